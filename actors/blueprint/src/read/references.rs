//! References: the fields that back relations.
//!
//! Invariant: a reference points to an entity of the model; required references never form a cycle.

use super::doc::Doc;
use super::draft::{Draft, Evidence, Link};
use super::fields;
use super::words::{label, singular, snake};
use crate::model::{Field, FieldType, Origin, RelationType, Role};
use std::collections::BTreeMap;

/// Turns fields that name an entity or a person into references or ownership.
pub(super) fn resolve(draft: &mut Draft, roles: &[Role]) {
    for at in 0..draft.entities.len() {
        let mut kept: Vec<Field> = Vec::new();
        for mut field in std::mem::take(&mut draft.entities[at].fields) {
            if resolve_field(draft, at, &mut field, roles)
                && !kept.iter().any(|known| known.name == field.name)
            {
                kept.push(field);
            }
        }
        draft.entities[at].fields = kept;
    }
}

/// Whether the field stays.
fn resolve_field(draft: &mut Draft, at: usize, field: &mut Field, roles: &[Role]) -> bool {
    let own = draft.entities[at].key.clone();
    let stem = field
        .name
        .strip_suffix("_id")
        .or_else(|| field.name.strip_suffix("_ids"))
        .or_else(|| field.name.strip_suffix("_ref"));
    let base = stem.unwrap_or(&field.name).replace('_', " ");
    // "lead_id" in a lead is its own key.
    let own_key = stem.is_some()
        && (own == base || (own.ends_with(&format!(" {base}")) && draft.find(&base).is_none()));
    if own_key {
        return false;
    }
    let person = super::roles::is_role(&base, roles)
        || matches!(
            base.as_str(),
            "user"
                | "owner"
                | "creator"
                | "created by"
                | "submitted by"
                | "posted by"
                | "made by"
                | "usuario"
        )
        || (stem.is_some() && base == "author");
    let target = field
        .references
        .clone()
        .and_then(|key| draft.find(&key))
        .or_else(|| {
            let whole = draft.find(&base);
            whole.or_else(|| {
                stem.and_then(|_| base.rsplit(' ').next().and_then(|last| draft.find(last)))
            })
        });
    if let Some(target) =
        target.filter(|target| *target != at || stem.is_some() || field.references.is_some())
    {
        let key = draft.entities[target].key.clone();
        let is_user = matches!(key.as_str(), "user" | "account");
        if is_user && stem.is_some() && draft.entities[at].owned.is_none() {
            draft.entities[at].owned = Some(true);
            return false;
        }
        let typed = matches!(
            field.kind,
            FieldType::String | FieldType::Uuid | FieldType::Text | FieldType::Integer
        ) && field.values.is_empty();
        let plain_text =
            stem.is_none() && matches!(field.kind, FieldType::Text) && field.references.is_none();
        if typed && !plain_text {
            if singular(&field.name) != field.name && stem.is_none() {
                // "tags" in an article: many of them, so the reference is theirs or a join.
                return false;
            }
            reference(field, &key);
        }
        return true;
    }
    if person && (stem.is_some() || field.kind == FieldType::String) {
        if draft.entities[at].owned.is_none() {
            draft.entities[at].owned = Some(true);
            draft.entities[at].owner_role = roles
                .iter()
                .find(|role| role.label.to_lowercase() == base)
                .map(|role| role.id.clone());
            return false;
        }
        field.references = None;
        field.name = snake(&base).unwrap_or_else(|| "person".to_owned());
        field.label = label(&field.name);
        field.kind = FieldType::String;
        field.required = false;
        fields::fit(field);
        return true;
    }
    if stem.is_some() {
        // A key of something that is not in the model is text.
        field.kind = FieldType::String;
        field.references = None;
        fields::fit(field);
    } else if field.kind == FieldType::Uuid {
        field.kind = FieldType::String;
        field.references = None;
        fields::fit(field);
    }
    true
}

fn reference(field: &mut Field, key: &str) {
    let base = field
        .name
        .trim_end_matches("_ids")
        .trim_end_matches("_id")
        .to_owned();
    field.name = format!("{base}_id");
    field.label = label(&base);
    field.kind = FieldType::Uuid;
    field.references = Some(key.to_owned());
    field.max_length = None;
    field.min = None;
    field.max = None;
    field.unique = false;
    field.pii = false;
    field.values.clear();
}

/// Backs every link by a reference, or by a join entity.
pub(super) fn back(doc: &Doc<'_>, draft: &mut Draft) {
    for link in draft.links.clone() {
        let (Some(from), Some(to)) = (draft.find(&link.from), draft.find(&link.to)) else {
            continue;
        };
        if from == to {
            continue;
        }
        match link.kind {
            RelationType::OneToMany | RelationType::OneToOne => point(doc, draft, to, from, &link),
            RelationType::ManyToOne => point(doc, draft, from, to, &link),
            RelationType::ManyToMany => join(doc, draft, from, to, &link),
        }
    }
}

fn point(doc: &Doc<'_>, draft: &mut Draft, child: usize, parent: usize, link: &Link) {
    let key = draft.entities[parent].key.clone();
    let known = draft.entities[child]
        .fields
        .iter()
        .any(|field| field.references.as_deref() == Some(&key));
    let back = draft.entities[parent]
        .fields
        .iter()
        .any(|field| field.references.as_deref() == Some(&draft.entities[child].key));
    if known || back {
        return;
    }
    let Some(name) = snake(&key) else { return };
    let mut field = Field {
        name,
        trace: doc.trace(link.origin, &link.span),
        required: true,
        ..Field::default()
    };
    reference(&mut field, &key);
    draft.entities[child].add_field(field);
}

fn join(doc: &Doc<'_>, draft: &mut Draft, from: usize, to: usize, link: &Link) {
    let (left, right) = (
        draft.entities[from].key.clone(),
        draft.entities[to].key.clone(),
    );
    let key = format!("{left} {right}");
    let between = draft.entities.iter().any(|entity| {
        let points = |key: &str| {
            entity
                .fields
                .iter()
                .any(|field| field.references.as_deref() == Some(key))
        };
        points(&left) && points(&right)
    });
    if between || draft.find(&key).is_some() {
        return;
    }
    let at = draft.entity(&key, Evidence::Prose, Origin::Inferred, &link.span);
    draft.entities[at].owned = Some(false);
    draft.entities[at].description = Some(format!("Connects one {left} with one {right}."));
    for end in [left, right] {
        let one = Link {
            from: key.clone(),
            to: end.clone(),
            kind: RelationType::ManyToOne,
            name: "belongs to".to_owned(),
            span: link.span.clone(),
            origin: Origin::Inferred,
        };
        if let Some(parent) = draft.find(&end) {
            point(doc, draft, at, parent, &one);
        }
    }
}

/// Makes references optional until no cycle of required ones is left.
pub(super) fn break_cycles(entities: &mut [crate::model::Entity]) {
    let index: BTreeMap<String, usize> = entities
        .iter()
        .enumerate()
        .map(|(at, entity)| (entity.name.clone(), at))
        .collect();
    // Required references may only point to entities that are already safe to create.
    let mut safe = vec![false; entities.len()];
    for _ in 0..=entities.len() {
        let mut grew = false;
        for at in 0..entities.len() {
            let ready = !safe[at]
                && entities[at].fields.iter().all(|field| {
                    !field.required
                        || field
                            .references
                            .as_ref()
                            .and_then(|name| index.get(name))
                            .is_none_or(|target| safe[*target])
                });
            if ready {
                safe[at] = true;
                grew = true;
            }
        }
        if safe.iter().all(|safe| *safe) {
            return;
        }
        if !grew && let Some(at) = safe.iter().position(|safe| !safe) {
            for field in &mut entities[at].fields {
                let stuck = field
                    .references
                    .as_ref()
                    .and_then(|name| index.get(name))
                    .is_some_and(|target| !safe[*target]);
                field.required &= !stuck;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Entity;

    #[test]
    fn breaks_cycles_of_required_references() {
        let entity = |name: &str, to: &str| Entity {
            name: name.to_owned(),
            fields: vec![Field {
                name: "x_id".into(),
                required: true,
                references: Some(to.to_owned()),
                ..Field::default()
            }],
            ..Entity::default()
        };
        let mut entities = vec![
            entity("A", "B"),
            entity("B", "C"),
            entity("C", "A"),
            entity("D", "D"),
        ];
        break_cycles(&mut entities);
        assert!(
            entities
                .iter()
                .filter(|entity| entity.fields[0].required)
                .count()
                <= 2
        );
        assert!(!entities[3].fields[0].required);
    }
}
