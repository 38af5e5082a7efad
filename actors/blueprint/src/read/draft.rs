//! What the readers have found so far.
//!
//! Invariant: an entity's key is unique; the order of finding is kept, so that the same text gives the same model.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Field, Origin, RelationType, States};

use super::words::singular;

/// How sure it is that something is an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// It comes with an archetype.
    Hint,
    /// Sentences about it.
    Prose,
    /// The text lists it.
    Listed,
}

/// An entity before it has a name.
#[derive(Clone, Debug)]
pub(super) struct EntityDraft {
    /// Singular, lower case, words separated by spaces.
    pub(super) key: String,
    /// How sure it is.
    pub(super) evidence: Evidence,
    /// Origin of its trace.
    pub(super) origin: Origin,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// Words of the text about it.
    pub(super) description: Option<String>,
    /// Fields found so far.
    pub(super) fields: Vec<Field>,
    /// Life cycle found so far.
    pub(super) states: Option<States>,
    /// Rows belong to the person who made them, where something says so.
    pub(super) owned: Option<bool>,
    /// Role that makes rows.
    pub(super) owner_role: Option<String>,
    /// Strength of evidence in prose.
    pub(super) score: usize,
}

/// A relation between keys.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Key.
    pub(super) from: String,
    /// Key.
    pub(super) to: String,
    /// Kind from `from` to `to`.
    pub(super) kind: RelationType,
    /// "has".
    pub(super) name: String,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// Origin.
    pub(super) origin: Origin,
}

/// What the readers have found so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Entities in order of finding.
    pub(super) entities: Vec<EntityDraft>,
    index: BTreeMap<String, usize>,
    /// Relations.
    pub(super) links: Vec<Link>,
    /// Places that were read without leaving a trace of their own.
    pub(super) read: Vec<Range<usize>>,
}

impl Draft {
    /// The entity `key`, with the small variations that writers use ("orderitem", "order-item").
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.index.get(&normal(key)).copied()
    }

    /// The entity called `key`, new where there is none; evidence only grows.
    pub(super) fn entity(
        &mut self,
        key: &str,
        evidence: Evidence,
        origin: Origin,
        span: &Range<usize>,
    ) -> usize {
        let normal = normal(key);
        if let Some(&at) = self.index.get(&normal) {
            let known = &mut self.entities[at];
            if known.evidence < evidence {
                known.evidence = evidence;
                known.origin = origin;
                known.span = span.clone();
            }
            return at;
        }
        let at = self.entities.len();
        self.index.insert(normal, at);
        self.entities.push(EntityDraft {
            key: key.to_owned(),
            evidence,
            origin,
            span: span.clone(),
            description: None,
            fields: Vec::new(),
            states: None,
            owned: None,
            owner_role: None,
            score: 0,
        });
        at
    }

    /// Rebuilds the index after entities were moved.
    pub(super) fn reindex(&mut self) {
        self.index = self
            .entities
            .iter()
            .enumerate()
            .map(|(at, entity)| (normal(&entity.key), at))
            .collect();
    }

    /// Whether the text lists entities of its own.
    pub(super) fn has_list(&self) -> bool {
        self.entities
            .iter()
            .filter(|entity| entity.evidence == Evidence::Listed)
            .count()
            >= 2
    }
}

impl EntityDraft {
    /// Adds `field` unless one of that name is there.
    pub(super) fn add_field(&mut self, field: Field) {
        if !self.fields.iter().any(|known| known.name == field.name) {
            self.fields.push(field);
        }
    }
}

/// Letters of the singular of `key`: "Order-Items" and "orderitem" are one entity.
fn normal(key: &str) -> String {
    singular(&key.to_lowercase())
        .chars()
        .filter(|char| char.is_alphanumeric())
        .collect()
}
