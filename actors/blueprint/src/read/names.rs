//! Final names: from keys to entities with valid, unique, unreserved names.
//!
//! Invariant: after [`build`], names, tables, fields, values and references keep the rules of the model, for any input.

use std::collections::{BTreeMap, BTreeSet};

use super::derived::Language;
use super::doc::Doc;
use super::draft::{Draft, EntityDraft, Evidence};
use super::fields;
use super::lexicon;
use super::words::{capitalised, label, pascal, plural, shortened, singular, snake};
use crate::model::{Entity, Field, FieldType, Origin, Role, States, Trace};

/// Fields of one entity.
const FIELDS_MAX: usize = 40;

/// Turns drafts into entities. Returns them with the name of each key.
pub(super) fn build(
    doc: &Doc<'_>,
    draft: &Draft,
    roles: &[Role],
    language: Language,
) -> (Vec<Entity>, BTreeMap<String, String>) {
    let mut names = Names::default();
    let mut keys = BTreeMap::new();
    for entity in &draft.entities {
        keys.insert(entity.key.clone(), names.entity(&entity.key));
    }
    let mut tables = BTreeSet::new();
    let mut out = Vec::new();
    for drafted in &draft.entities {
        let Some(name) = keys.get(&drafted.key) else {
            continue;
        };
        let one = label(&drafted.key);
        let mut entity = Entity {
            name: name.clone(),
            table: table(&drafted.key, name, &mut tables),
            label: shortened(&one, 60),
            label_plural: shortened(&capitalised(&plural(&one.to_lowercase())), 60),
            description: described(doc, drafted, &one, language),
            owner_role: drafted
                .owner_role
                .clone()
                .filter(|id| roles.iter().any(|role| role.id == *id)),
            owned: drafted.owned.unwrap_or(false),
            states: drafted.states.clone(),
            trace: if drafted.origin == Origin::Assumption {
                Trace {
                    confidence: Some(0.4),
                    ..Trace::default()
                }
            } else {
                doc.trace(drafted.origin, &drafted.span)
            },
            ..Entity::default()
        };
        entity.fields = own_fields(&drafted.fields, &keys, name);
        ensure_display(&mut entity, language);
        settle_states(&mut entity);
        out.push(entity);
    }
    super::references::break_cycles(&mut out);
    (out, keys)
}

#[derive(Default)]
struct Names {
    used: BTreeSet<String>,
}

impl Names {
    /// A valid, unreserved, unused name for `key`.
    fn entity(&mut self, key: &str) -> String {
        let base = pascal(key)
            .filter(|name| name.len() > 1)
            .unwrap_or_else(|| "Item".to_owned());
        // Names of generated components end like this; the entity must not be taken for one of them.
        let component = lexicon::marks("entity.component_endings")
            .iter()
            .any(|ending| base.ends_with(ending) && base.len() > ending.len());
        let base = if lexicon::is_reserved("entity", &base)
            || (component
                && self
                    .used
                    .iter()
                    .any(|used| base.to_lowercase().starts_with(used.as_str())))
        {
            format!("{base}Item")
        } else {
            base
        };
        let mut name = base.clone();
        let mut count = 2;
        while !self.used.insert(name.to_lowercase()) {
            name = format!("{base}{count}");
            count += 1;
        }
        name
    }
}

fn table(key: &str, name: &str, used: &mut BTreeSet<String>) -> String {
    let base = snake(&plural(&singular(&key.to_lowercase())))
        .or_else(|| snake(name))
        .unwrap_or_else(|| "items".to_owned());
    let base = if lexicon::is_reserved("table", &base) {
        format!("{base}_items")
    } else {
        base
    };
    let mut table = base.clone();
    let mut count = 2;
    while !used.insert(table.clone()) {
        table = format!("{base}_{count}");
        count += 1;
    }
    table
}

/// The words of the text about the entity: its own description, a sentence that defines it, or where it was found.
fn described(doc: &Doc<'_>, drafted: &EntityDraft, one: &str, language: Language) -> String {
    let said = drafted
        .description
        .as_ref()
        .map(|text| text.trim().trim_end_matches([':', ' ']).to_owned())
        .filter(|text| text.split_whitespace().count() > 1);
    let found = || {
        let unit = doc.units.iter().find(|unit| {
            unit.span.start <= drafted.span.start && drafted.span.start < unit.span.end
        })?;
        let short = (4..40).contains(&unit.text.split_whitespace().count())
            && drafted.evidence != Evidence::Listed;
        short.then(|| {
            language.pick(
                format!("{one}, from \"{}\"", shortened(&unit.text, 200)),
                format!("{one}, de \"{}\"", shortened(&unit.text, 200)),
            )
        })
    };
    let text = said
        .or_else(|| defined(doc, &drafted.key))
        .or_else(found)
        .unwrap_or_else(|| {
            let labels: Vec<String> = drafted
                .fields
                .iter()
                .take(5)
                .map(|field| field.label.to_lowercase())
                .collect();
            if labels.is_empty() {
                language.pick(
                    format!("{one} as the specification names it."),
                    format!("{one}, como a especificação chama."),
                )
            } else {
                language.pick(
                    format!("{one} with {}.", labels.join(", ")),
                    format!("{one} com {}.", labels.join(", ")),
                )
            }
        });
    let text = shortened(&text, 480);
    if text.ends_with(['.', '!', '?', '"', '…']) {
        text
    } else {
        format!("{text}.")
    }
}

/// "A seat is an individual seating position."
fn defined(doc: &Doc<'_>, key: &str) -> Option<String> {
    let openings = [
        format!("a {key} "),
        format!("an {key} "),
        format!("each {key} "),
        format!("um {key} "),
        format!("uma {key} "),
    ];
    doc.units.iter().find_map(|unit| {
        let lower = unit.text.to_lowercase();
        let rest = openings
            .iter()
            .find_map(|opening| lower.strip_prefix(opening.as_str()))?;
        let rest = rest
            .split_once(") ")
            .filter(|_| rest.starts_with('('))
            .map_or(rest, |(_, rest)| rest);
        let defines = [
            "is ",
            "represents ",
            "describes ",
            "means ",
            "é ",
            "representa ",
        ]
        .iter()
        .any(|verb| rest.starts_with(verb));
        defines.then(|| unit.text.clone())
    })
}

fn own_fields(drafted: &[Field], keys: &BTreeMap<String, String>, owner: &str) -> Vec<Field> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut out: Vec<Field> = Vec::new();
    for field in drafted {
        if out.len() == FIELDS_MAX {
            break;
        }
        let mut field = field.clone();
        if let Some(key) = field.references.take() {
            field.references = keys.get(&key).cloned();
            // A row can not need another row of its own kind before it exists.
            field.required &= field.references.as_deref() != Some(owner);
        }
        if field.kind == FieldType::Uuid && field.references.is_none() {
            field.kind = FieldType::String;
        }
        if field.kind == FieldType::Enum && field.values.is_empty() {
            field.kind = FieldType::String;
        }
        if field.kind != FieldType::Enum {
            field.values.clear();
        }
        let name = snake(&field.name).unwrap_or_else(|| "value".to_owned());
        let name = if lexicon::is_reserved("field", &name) {
            format!("{name}_value")
        } else {
            name
        };
        // Two fields whose camelCase is the same would be one property.
        if !used.insert(name.replace('_', "")) {
            continue;
        }
        field.name = name;
        if field.label.trim().is_empty() {
            field.label = label(&field.name);
        }
        fields::fit(&mut field);
        out.push(field);
    }
    out
}

/// Rows need a name to be shown by.
fn ensure_display(entity: &mut Entity, language: Language) {
    let shown = entity.fields.iter().position(|field| {
        matches!(
            field.kind,
            FieldType::String | FieldType::Email | FieldType::Slug
        )
    });
    let linked = entity
        .fields
        .iter()
        .filter(|field| field.references.is_some())
        .count()
        >= 2;
    let telling = entity.fields.iter().any(|field| {
        matches!(
            field.kind,
            FieldType::Text | FieldType::Date | FieldType::Timestamp | FieldType::Url
        )
    });
    let enough = linked || (telling && entity.fields.len() > 1);
    if shown.is_none() && !enough {
        let name = if entity.fields.iter().any(|field| field.name == "name") {
            "label"
        } else {
            "name"
        };
        let mut field = Field {
            name: name.to_owned(),
            label: language.pick("Name", "Nome").to_owned(),
            required: true,
            ..Field::default()
        };
        fields::fit(&mut field);
        entity.fields.insert(0, field);
        entity.fields.truncate(FIELDS_MAX);
        return;
    }
    // What names the row is what it can not do without.
    let named = entity.fields.iter_mut().find(|field| {
        matches!(
            field.name.as_str(),
            "name" | "title" | "full_name" | "nome" | "titulo" | "nombre"
        )
    });
    if let Some(field) = named {
        field.required = true;
    } else if !entity.fields.iter().any(|field| field.required)
        && let Some(field) = entity.fields.first_mut()
    {
        field.required = true;
    }
}

/// A life cycle speaks of a field that is there, and of its values.
fn settle_states(entity: &mut Entity) {
    let Some(states) = entity.states.take() else {
        return;
    };
    let Some(field) = entity
        .fields
        .iter()
        .find(|field| field.name == states.field && field.kind == FieldType::Enum)
    else {
        return;
    };
    let known = |value: &String| field.values.contains(value);
    let mut seen = BTreeSet::new();
    let transitions = states
        .transitions
        .into_iter()
        .filter(|step| {
            known(&step.from)
                && known(&step.to)
                && step.from != step.to
                && seen.insert((step.from.clone(), step.to.clone()))
        })
        .take(60)
        .collect();
    let initial = if known(&states.initial) {
        states.initial
    } else {
        field.values[0].clone()
    };
    entity.states = Some(States {
        field: states.field,
        initial,
        transitions,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_repeated_names_are_changed() {
        let mut names = Names::default();
        assert_eq!(names.entity("object"), "ObjectItem");
        assert_eq!(names.entity("order"), "Order");
        assert_eq!(names.entity("Order"), "Order2");
        assert_eq!(names.entity("漢字"), "Item");
        assert_eq!(names.entity("order list"), "OrderListItem");
    }
}
