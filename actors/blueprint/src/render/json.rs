//! Pieces of JSON that several documents share: traces, fields, states, relations.
//!
//! Invariant: keys and limits are those of `config/schemas`; absent values are left out, not written as null.

use serde_json::{Map, Number, Value, json};

use super::view::{View, standard_columns, type_word};
use crate::model::{AppModel, Entity, Field, FieldType, Relation, RelationType, States, Trace};

/// Pretty-printed JSON with a line feed at its end.
pub(crate) fn print(value: &Value) -> String {
    // `{:#}` of a JSON value cannot fail and keeps the order of keys.
    format!("{value:#}\n")
}

/// A source. Cut to what the schema holds; spans stay as they are, a quote may be the beginning of its span.
pub(crate) fn trace(trace: &Trace) -> Value {
    let mut map = Map::new();
    map.insert("origin".to_owned(), json!(trace.origin));
    if let Some(quote) = &trace.quote {
        map.insert(
            "quote".to_owned(),
            json!(quote.chars().take(500).collect::<String>()),
        );
    }
    if let Some(span) = trace.span {
        map.insert("span".to_owned(), json!(span));
    }
    if let Some(confidence) = trace.confidence.filter(|value| value.is_finite()) {
        map.insert("confidence".to_owned(), json!(confidence.clamp(0.0, 1.0)));
    }
    Value::Object(map)
}

/// A number; whole ones without a fraction, infinite ones as zero, which JSON could not hold.
pub(crate) fn number(value: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and below 2^53 by the check"
    )]
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return Value::Number(Number::from(value as i64));
    }
    Number::from_f64(value).map_or_else(|| json!(0), Value::Number)
}

/// A field.
pub(crate) fn field(field: &Field) -> Value {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(field.name));
    map.insert("type".to_owned(), json!(type_word(field.kind)));
    map.insert("required".to_owned(), json!(field.required));
    if field.unique {
        map.insert("unique".to_owned(), json!(true));
    }
    if !field.values.is_empty() {
        map.insert("values".to_owned(), json!(field.values));
    }
    for (name, limit) in [("min", field.min), ("max", field.max)] {
        if let Some(limit) = limit.filter(|limit| limit.is_finite()) {
            map.insert(name.to_owned(), number(limit));
        }
    }
    if let Some(length) = field.max_length {
        map.insert("max_length".to_owned(), json!(length));
    }
    if let Some(entity) = &field.references {
        map.insert("references".to_owned(), json!(entity));
    }
    if field.pii {
        map.insert("pii".to_owned(), json!(true));
    }
    map.insert("trace".to_owned(), trace(&field.trace));
    Value::Object(map)
}

/// All columns of the table: the standard ones around the own fields.
pub(crate) fn columns(entity: &Entity) -> Vec<Value> {
    let standard = |(name, kind, _): (&str, FieldType, &str)| {
        let mut column = json!({ "name": name, "type": type_word(kind), "required": true });
        if name == "id" {
            column["primary"] = json!(true);
        }
        if name == "owner_id" {
            column["references"] = json!("auth.users");
        }
        column
    };
    let (before, after): (Vec<_>, Vec<_>) = standard_columns(entity)
        .into_iter()
        .partition(|(name, ..)| name.ends_with("id"));
    let own = entity.fields.iter().map(field);
    before
        .into_iter()
        .map(standard)
        .chain(own)
        .chain(after.into_iter().map(standard))
        .collect()
}

/// A life cycle.
pub(crate) fn states(states: &States) -> Value {
    let moves: Vec<Value> = states
        .transitions
        .iter()
        .map(|step| json!({ "from": step.from, "to": step.to, "by": step.by }))
        .collect();
    json!({ "field": states.field, "initial": states.initial, "transitions": moves })
}

/// A relation. What happens when the other row is deleted follows from the field behind it, as in the migration: a
/// required reference keeps the row from being deleted, an optional one is emptied.
pub(crate) fn relation(model: &AppModel, relation: &Relation) -> Value {
    let mut map = Map::new();
    map.insert("from".to_owned(), json!(relation.from));
    map.insert("to".to_owned(), json!(relation.to));
    map.insert("type".to_owned(), json!(relation.kind));
    if !relation.name.is_empty() {
        map.insert("name".to_owned(), json!(relation.name));
    }
    let (holder, target) = match relation.kind {
        RelationType::OneToMany => (&relation.to, &relation.from),
        _ => (&relation.from, &relation.to),
    };
    let fields = model
        .entity(holder)
        .map_or(&[][..], |entity| &entity.fields);
    if let Some(field) = fields
        .iter()
        .find(|field| field.references.as_ref() == Some(target))
    {
        let action = if field.required {
            "restrict"
        } else {
            "set null"
        };
        map.insert("on_delete".to_owned(), json!(action));
    }
    map.insert("trace".to_owned(), trace(&relation.trace));
    Value::Object(map)
}

/// The description of an entity in both documents that hold it.
pub(crate) fn entity(entity: &Entity, fields: Vec<Value>) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(entity.name));
    map.insert("table".to_owned(), json!(entity.table));
    map.insert("description".to_owned(), json!(entity.description));
    if let Some(role) = &entity.owner_role {
        map.insert("owner_role".to_owned(), json!(role));
    }
    map.insert("fields".to_owned(), Value::Array(fields));
    if let Some(life) = &entity.states {
        map.insert("states".to_owned(), states(life));
    }
    map.insert("trace".to_owned(), trace(&entity.trace));
    map
}

/// The completed permission matrix.
pub(crate) fn permissions(view: &View) -> Vec<Value> {
    let rows = view.rights.iter();
    rows.map(|row| {
        json!({ "role": row.role, "entity": row.entity, "actions": row.actions, "scope": row.scope })
    })
    .collect()
}
