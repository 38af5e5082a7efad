//! References: the fields that back relations.
//!
//! Invariant: a reference points to an entity of the model; required references never form a cycle.

use super::doc::Doc;
use super::draft::{Draft, Evidence, Link};
use super::fields;
use super::lexicon;
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
    let own = &draft.entities[at].key;
    let keyed = ["_id", "_ids", "_ref"]
        .iter()
        .find_map(|ending| field.name.strip_suffix(ending));
    let is_key = keyed.is_some();
    let base = keyed.unwrap_or(&field.name).replace('_', " ");
    // "lead_id" in a lead is its own key.
    let part = own.ends_with(&format!(" {base}")) && draft.find(&base).is_none();
    if is_key && (*own == base || part) {
        return false;
    }
    let named = field
        .references
        .as_ref()
        .and_then(|key| draft.find(key))
        .or_else(|| draft.find(&base));
    let last = || {
        base.rsplit(' ')
            .next()
            .and_then(|last| draft.find(last))
            .filter(|_| is_key)
    };
    let other = |target: &usize| *target != at || is_key || field.references.is_some();
    if let Some(target) = named.or_else(last).filter(other) {
        return point_field(draft, at, target, field, is_key);
    }
    let person = super::roles::is_role(&base, roles)
        || lexicon::marks("reference.persons").contains(&base.as_str())
        || (is_key && base == "author");
    if person && (is_key || field.kind == FieldType::String) {
        return person_field(draft, at, field, &base, roles);
    }
    if is_key || field.kind == FieldType::Uuid {
        // A key of something that is not in the model is text.
        plain(field);
    }
    true
}

/// A field that names another entity. Whether it stays.
fn point_field(
    draft: &mut Draft,
    at: usize,
    target: usize,
    field: &mut Field,
    is_key: bool,
) -> bool {
    let key = draft.entities[target].key.clone();
    if is_key && matches!(key.as_str(), "user" | "account") && draft.entities[at].owned.is_none() {
        draft.entities[at].owned = Some(true);
        return false;
    }
    let loose = matches!(
        field.kind,
        FieldType::String | FieldType::Uuid | FieldType::Text | FieldType::Integer
    );
    let prose = !is_key && field.kind == FieldType::Text && field.references.is_none();
    if !loose || prose || !field.values.is_empty() {
        return true;
    }
    if !is_key && singular(&field.name) != field.name {
        // "tags" in an article: many of them, so the reference is theirs, or a join's.
        let shared = matches!(
            key.as_str(),
            "tag" | "category" | "genre" | "skill" | "label" | "topic"
        );
        let kind = if shared {
            RelationType::ManyToMany
        } else {
            RelationType::OneToMany
        };
        let span = field.trace.span.map_or(0..0, |[start, end]| start..end);
        let from = draft.entities[at].key.clone();
        draft.links.push(Link {
            from,
            to: key,
            kind,
            name: "has".to_owned(),
            span,
            origin: Origin::Spec,
        });
        return false;
    }
    reference(field, &key);
    true
}

/// A field that names a person: the owner of the row, and only then text. Whether it stays.
fn person_field(
    draft: &mut Draft,
    at: usize,
    field: &mut Field,
    base: &str,
    roles: &[Role],
) -> bool {
    let entity = &mut draft.entities[at];
    if entity.owned.is_none() {
        entity.owned = Some(true);
        let role = roles.iter().find(|role| role.label.to_lowercase() == base);
        entity.owner_role = role.map(|role| role.id.clone());
        return false;
    }
    field.name = snake(base).unwrap_or_else(|| "person".to_owned());
    field.label = label(&field.name);
    field.required = false;
    plain(field);
    true
}

fn plain(field: &mut Field) {
    field.kind = FieldType::String;
    field.references = None;
    fields::fit(field);
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
