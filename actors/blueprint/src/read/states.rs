//! Life cycles: "draft → submitted → approved", "status: open, closed".
//!
//! Invariant: initial state and both ends of every transition are values of the field.

use std::ops::Range;

use super::chains::{chain, listed};
use super::doc::Doc;
use super::draft::{Draft, Evidence};
use super::lexicon;
use super::phrases;
use super::sections::SectionKind;
use super::words::{singular, words};
use crate::model::{Field, FieldType, Origin, Role, States, Transition};
use crate::{Meter, Stopped};

pub(super) const ARROWS: &[&str] = &["→", "->", "=>", "➔", "➜", "⇒", "—>"];

/// Reads life cycles of entities that are known.
pub(super) fn read(
    doc: &Doc<'_>,
    draft: &mut Draft,
    roles: &[Role],
    meter: &Meter,
) -> Result<(), Stopped> {
    for unit in &doc.units {
        meter.spend(2 + unit.text.len() as u64 / 16)?;
        if matches!(
            doc.kind(unit.section),
            SectionKind::Noise
                | SectionKind::Excluded
                | SectionKind::Later
                | SectionKind::Tech
                | SectionKind::Metrics
        ) {
            continue;
        }
        // A listed entity carries its values in its own field.
        let listed_entity = doc.kind(unit.section) == SectionKind::Entities
            && unit
                .block
                .and_then(|block| doc.blocks[block].lead())
                .and_then(|(head, _)| super::entities::listed_key(head))
                .is_some_and(|key| draft.find(&key).is_some());
        if listed_entity {
            continue;
        }
        let Some((values, before, explicit)) = chain(&unit.text)
            .map(|(values, before)| (values, before, true))
            .or_else(|| listed(&unit.text).map(|(values, before)| (values, before, false)))
        else {
            continue;
        };
        let heading = &doc.sections[unit.section].heading;
        let lower = format!("{} {heading}", unit.text).to_lowercase();
        let told = lexicon::has_mark("state.told", &lower);
        // Paths through pages are arrows as well.
        let path = values.iter().any(|value| {
            value
                .split('_')
                .any(|word| lexicon::marks("state.paths").contains(&word))
        });
        if path || (explicit && !told && subject(&before, draft).is_none()) {
            continue;
        }
        let intro = unit
            .block
            .and_then(|block| doc.blocks[block].parent().or(doc.blocks[block].intro))
            .map(|intro| doc.blocks[intro].plain.clone())
            .filter(|text| text.len() < 80);
        let Some(at) = subject(&before, draft)
            .or_else(|| subject(&unit.text, draft))
            .or_else(|| intro.and_then(|intro| subject(&intro, draft)))
            .or_else(|| told.then(|| subject(heading, draft)).flatten())
            .or_else(|| only(draft))
        else {
            continue;
        };
        attach(doc, draft, at, &values, &unit.span, explicit);
        draft.read.push(unit.span.clone());
    }
    for unit in &doc.units {
        meter.spend(1)?;
        movers(&unit.text, draft, roles);
    }
    Ok(())
}

/// A life cycle for every enum that is called status.
pub(super) fn complete(draft: &mut Draft) {
    for entity in &mut draft.entities {
        if entity.states.is_some() {
            continue;
        }
        let field = entity.fields.iter().find(|field| {
            field.kind == FieldType::Enum
                && field.values.len() > 1
                && matches!(
                    field.name.as_str(),
                    "status"
                        | "state"
                        | "stage"
                        | "situacao"
                        | "estado"
                        | "order_status"
                        | "booking_status"
                        | "phase"
                )
        });
        if let Some(field) = field {
            entity.states = Some(sequence(&field.name, &field.values));
        }
    }
}

/// A life cycle that goes through `values` in order; the usual ends can be reached early.
pub(super) fn sequence(field: &str, values: &[String]) -> States {
    let is_end = |value: &String| lexicon::marks("state.ends").contains(&value.as_str());
    let path: Vec<&String> = values.iter().filter(|value| !is_end(value)).collect();
    let mut transitions: Vec<Transition> =
        path.windows(2).map(|pair| step(pair[0], pair[1])).collect();
    let last = path.len().saturating_sub(1);
    for end in values.iter().filter(|value| is_end(value)) {
        let from: Vec<&&String> = if path.len() > 1 {
            path[..last].iter().collect()
        } else {
            path.iter().collect()
        };
        let late = matches!(end.as_str(), "archived" | "refunded" | "arquivado");
        if late {
            transitions.extend(path.last().map(|from| step(from, end)));
        } else {
            transitions.extend(from.into_iter().map(|from| step(from, end)));
        }
    }
    transitions.truncate(60);
    let initial = path
        .first()
        .copied()
        .or(values.first())
        .cloned()
        .unwrap_or_default();
    States {
        field: field.to_owned(),
        initial,
        transitions,
    }
}

fn step(from: &str, to: &str) -> Transition {
    Transition {
        from: from.to_owned(),
        to: to.to_owned(),
        by: Vec::new(),
    }
}

/// The entity that `text` speaks of, the last one named.
fn subject(text: &str, draft: &Draft) -> Option<usize> {
    let all: Vec<String> = words(text)
        .iter()
        .map(|word| singular(&word.lower))
        .collect();
    let pairs = all
        .windows(2)
        .rev()
        .find_map(|pair| draft.find(&pair.join(" ")));
    pairs
        .or_else(|| all.iter().rev().find_map(|word| draft.find(word)))
        .or_else(|| super::keys::key_of(text).and_then(|key| draft.find(&key)))
}

fn only(draft: &Draft) -> Option<usize> {
    (draft.entities.len() == 1).then_some(0)
}

fn attach(
    doc: &Doc<'_>,
    draft: &mut Draft,
    at: usize,
    values: &[String],
    span: &Range<usize>,
    explicit: bool,
) {
    let trace = doc.trace(Origin::Spec, span);
    let entity = &mut draft.entities[at];
    if entity.states.is_some() && !explicit {
        return;
    }
    let name = entity
        .fields
        .iter()
        .find(|field| {
            matches!(
                field.name.as_str(),
                "status" | "state" | "stage" | "situacao" | "estado"
            )
        })
        .map_or_else(|| "status".to_owned(), |field| field.name.clone());
    // Several chains of one entity are branches of the same life cycle.
    let known = entity.states.take().filter(|_| explicit);
    let mut states = sequence(&name, values);
    if explicit {
        states.transitions = values
            .windows(2)
            .map(|pair| step(&pair[0], &pair[1]))
            .collect();
        if let Some(first) = values.first() {
            first.clone_into(&mut states.initial);
        }
    }
    let mut all = values.to_vec();
    if let Some(mut known) = known {
        for transition in states.transitions {
            if !known
                .transitions
                .iter()
                .any(|other| other.from == transition.from && other.to == transition.to)
            {
                known.transitions.push(transition);
            }
        }
        states = known;
    }
    let old = entity
        .fields
        .iter()
        .position(|field| field.name == states.field);
    let position = old.unwrap_or(entity.fields.len());
    if let Some(old) = old {
        let listed = std::mem::take(&mut entity.fields[old].values);
        if explicit {
            let mut merged = listed
                .into_iter()
                .filter(|value| {
                    states
                        .transitions
                        .iter()
                        .any(|step| step.from == *value || step.to == *value)
                })
                .collect::<Vec<_>>();
            merged.extend(
                all.drain(..)
                    .filter(|value| !merged.contains(value))
                    .collect::<Vec<_>>(),
            );
            all = merged;
        }
        entity.fields.remove(old);
    }
    all.truncate(50);
    states
        .transitions
        .retain(|step| all.contains(&step.from) && all.contains(&step.to));
    states.transitions.truncate(60);
    entity.fields.insert(
        position.min(entity.fields.len()),
        Field {
            trace,
            ..super::values::choice(&states.field, all)
        },
    );
    if entity.evidence < Evidence::Prose {
        entity.evidence = Evidence::Prose;
    }
    entity.states = Some(states);
}

/// "A manager approves leave requests": who may move to `approved`.
fn movers(text: &str, draft: &mut Draft, roles: &[Role]) {
    if super::roles::actors(text, roles).is_empty() {
        return;
    }
    let all = words(text);
    let told = super::stories::story(text).map(|story| story.role);
    for deed in phrases::all_deeds_in(&all) {
        // Whoever stands before the verb does it; "a confirmed order" is no deed.
        let before = all.get(deed.at).map_or(0, |verb| verb.start);
        let actors = super::roles::actors(told.as_deref().unwrap_or(&text[..before]), roles);
        if actors.is_empty()
            || all
                .get(deed.at)
                .is_some_and(|verb| verb.lower.ends_with("ed"))
        {
            continue;
        }
        let ending = || {
            draft.entities.iter().position(|entity| {
                entity
                    .key
                    .rsplit_once(' ')
                    .is_some_and(|(_, last)| last == deed.object)
            })
        };
        let Some(at) = draft.find(&deed.object).or_else(ending) else {
            continue;
        };
        let Some(states) = &mut draft.entities[at].states else {
            continue;
        };
        let verb = all
            .get(deed.at)
            .map(|word| word.lower.clone())
            .unwrap_or_default();
        let stem: String = verb
            .trim_end_matches("ing")
            .trim_end_matches('s')
            .trim_end_matches('e')
            .chars()
            .collect();
        if stem.len() < 4 {
            continue;
        }
        for transition in &mut states.transitions {
            if transition.to.starts_with(&stem) {
                for actor in &actors {
                    if !transition.by.contains(actor) && transition.by.len() < 8 {
                        transition.by.push(actor.clone());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_can_be_reached_early() {
        let values: Vec<String> = ["pending", "paid", "sent", "cancelled"]
            .map(str::to_owned)
            .to_vec();
        let states = sequence("status", &values);
        assert_eq!(states.initial, "pending");
        assert!(
            states
                .transitions
                .iter()
                .any(|step| step.from == "pending" && step.to == "cancelled")
        );
        assert!(
            !states
                .transitions
                .iter()
                .any(|step| step.from == "cancelled")
        );
    }
}
