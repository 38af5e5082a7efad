//! Relations between known entities, and the references that back them.
//!
//! Invariant: a reference points to an entity of the model; required references never form a cycle.

use super::doc::Doc;
use super::draft::{Draft, Link};
use super::fields;
use super::sections::SectionKind;
use super::words::{singular, words};
use crate::model::{Origin, RelationType};
use crate::{Meter, Stopped};

/// Phrases between the two ends; the longest first.
const VERBS: &[(&str, RelationType, &str)] = &[
    ("can have many", RelationType::OneToMany, "has"),
    ("can have multiple", RelationType::OneToMany, "has"),
    ("can have several", RelationType::OneToMany, "has"),
    ("has one or more", RelationType::OneToMany, "has"),
    ("have one or more", RelationType::OneToMany, "has"),
    ("has many", RelationType::OneToMany, "has"),
    ("have many", RelationType::OneToMany, "has"),
    ("has multiple", RelationType::OneToMany, "has"),
    ("have multiple", RelationType::OneToMany, "has"),
    ("has several", RelationType::OneToMany, "has"),
    ("have several", RelationType::OneToMany, "has"),
    ("contains many", RelationType::OneToMany, "contains"),
    ("contains", RelationType::OneToMany, "contains"),
    ("contain", RelationType::OneToMany, "contains"),
    ("consists of", RelationType::OneToMany, "consists of"),
    ("is made up of", RelationType::OneToMany, "consists of"),
    ("is made of", RelationType::OneToMany, "consists of"),
    ("owns many", RelationType::OneToMany, "owns"),
    ("groups", RelationType::OneToMany, "groups"),
    ("lists", RelationType::OneToMany, "lists"),
    ("holds", RelationType::OneToMany, "holds"),
    ("has one", RelationType::OneToOne, "has"),
    ("has exactly one", RelationType::OneToOne, "has"),
    ("belongs to many", RelationType::ManyToMany, "belongs to"),
    ("belong to many", RelationType::ManyToMany, "belongs to"),
    ("belongs to", RelationType::ManyToOne, "belongs to"),
    ("belong to", RelationType::ManyToOne, "belongs to"),
    ("is part of", RelationType::ManyToOne, "is part of"),
    ("are part of", RelationType::ManyToOne, "is part of"),
    ("is assigned to", RelationType::ManyToOne, "is assigned to"),
    ("are assigned to", RelationType::ManyToOne, "is assigned to"),
    ("is linked to", RelationType::ManyToOne, "is linked to"),
    ("are linked to", RelationType::ManyToOne, "is linked to"),
    ("is for", RelationType::ManyToOne, "is for"),
    ("refers to", RelationType::ManyToOne, "refers to"),
    ("references", RelationType::ManyToOne, "refers to"),
    ("is based on", RelationType::ManyToOne, "is based on"),
    ("is attached to", RelationType::ManyToOne, "is attached to"),
    ("are attached to", RelationType::ManyToOne, "is attached to"),
    ("tem vários", RelationType::OneToMany, "tem"),
    ("tem várias", RelationType::OneToMany, "tem"),
    ("tem muitos", RelationType::OneToMany, "tem"),
    ("possui vários", RelationType::OneToMany, "possui"),
    ("pertence a", RelationType::ManyToOne, "pertence a"),
    ("contém", RelationType::OneToMany, "contém"),
    ("tiene varios", RelationType::OneToMany, "tiene"),
    ("tiene muchos", RelationType::OneToMany, "tiene"),
    ("pertenece a", RelationType::ManyToOne, "pertenece a"),
    ("has", RelationType::OneToMany, "has"),
    ("have", RelationType::OneToMany, "has"),
];

/// Reads sentences that relate two known entities.
pub(super) fn read(doc: &Doc<'_>, draft: &mut Draft, meter: &Meter) -> Result<(), Stopped> {
    for unit in &doc.units {
        meter.spend(2 + unit.text.len() as u64 / 4)?;
        if matches!(
            doc.kind(unit.section),
            SectionKind::Noise | SectionKind::Excluded | SectionKind::Later
        ) {
            continue;
        }
        let lower = format!(" {} ", unit.text.to_lowercase());
        let both_ways = lower.contains("many-to-many") || lower.contains("many to many");
        for (phrase, kind, name) in VERBS {
            let Some(at) = lower.find(&format!(" {phrase} ")) else {
                continue;
            };
            let (left, right) = (&lower[..at], &lower[at + phrase.len() + 2..]);
            let Some(from) = last_entity(left, draft) else {
                continue;
            };
            let bare = matches!(*phrase, "has" | "have");
            let mut found = false;
            for to in entities_after(right, draft, bare) {
                if to != from {
                    let kind = if both_ways {
                        RelationType::ManyToMany
                    } else {
                        *kind
                    };
                    let key = |at: usize| draft.entities[at].key.clone();
                    let found_link = Link {
                        from: key(from),
                        to: key(to),
                        kind,
                        name: (*name).to_owned(),
                        span: unit.span.clone(),
                        origin: Origin::Spec,
                    };
                    link(draft, found_link);
                    found = true;
                }
            }
            if found {
                break;
            }
        }
    }
    Ok(())
}

fn link(draft: &mut Draft, link: Link) {
    let same = |known: &Link| {
        (known.from == link.from && known.to == link.to)
            || (known.from == link.to && known.to == link.from)
    };
    if !draft.links.iter().any(same) {
        draft.links.push(link);
    }
}

/// The entity that `text` ends with.
fn last_entity(text: &str, draft: &Draft) -> Option<usize> {
    let all: Vec<String> = words(text).iter().map(|word| word.lower.clone()).collect();
    let tail: Vec<&String> = all.iter().rev().take(4).collect();
    for (index, word) in tail.iter().enumerate() {
        if let Some(before) = tail.get(index + 1)
            && let Some(at) = draft.find(&format!("{before} {}", singular(word)))
        {
            return Some(at);
        }
        if let Some(at) = draft.find(&singular(word)) {
            return Some(at);
        }
    }
    None
}

/// Entities at the beginning of `text`: an enumeration in plural. `plural_only` for plain "has".
fn entities_after(text: &str, draft: &Draft, plural_only: bool) -> Vec<usize> {
    let sentence = text.split(['.', ';', '(']).next().unwrap_or_default();
    let mut out = Vec::new();
    for part in fields::split_list(sentence).iter().take(8) {
        let all = words(part);
        let window: Vec<String> = all.iter().take(5).map(|word| word.lower.clone()).collect();
        let found = (0..window.len()).find_map(|at| {
            let pair = window.get(at + 1).and_then(|next| {
                draft
                    .find(&format!("{} {}", window[at], singular(next)))
                    .map(|found| (found, singular(next) != **next))
            });
            pair.or_else(|| {
                draft
                    .find(&singular(&window[at]))
                    .map(|found| (found, singular(&window[at]) != window[at]))
            })
        });
        if let Some((found, is_plural)) = found
            && (is_plural || !plural_only)
            && !out.contains(&found)
        {
            out.push(found);
        }
    }
    out
}
