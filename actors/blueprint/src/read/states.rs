//! Life cycles: "draft → submitted → approved", "status: open, closed".
//!
//! Invariant: initial state and both ends of every transition are values of the field.

use std::ops::Range;

use super::chains::{chain, listed};
use super::doc::{Block, Doc, Unit};
use super::draft::{Draft, Evidence};
use super::lexicon;
use super::phrases;
use super::sections::SectionKind;
use super::words::{singular, words};
use crate::model::{Field, FieldType, Origin, Role, States, Transition};
use crate::{Meter, Stopped};

pub(super) const ARROWS: &[&str] = &["→", "->", "=>", "➔", "➜", "⇒", "—>"];

/// States that a sentence names.
struct Said {
    values: Vec<String>,
    /// The words before them.
    before: String,
    /// By arrows.
    explicit: bool,
}

/// Reads life cycles of entities that are known.
pub(super) fn read(
    doc: &Doc<'_>,
    draft: &mut Draft,
    roles: &[Role],
    meter: &Meter,
) -> Result<(), Stopped> {
    for unit in &doc.units {
        meter.spend(2 + unit.text.len() as u64 / 16)?;
        if let Some((at, said)) = cycle(doc, unit, draft) {
            attach(doc, draft, at, &said, &unit.span);
            draft.read.push(unit.span.clone());
        }
    }
    for unit in &doc.units {
        meter.spend(1 + unit.text.len() as u64 / 8)?;
        movers(&unit.text, draft, roles);
    }
    Ok(())
}

/// The states that a sentence names, and the entity they belong to.
fn cycle(doc: &Doc<'_>, unit: &Unit, draft: &Draft) -> Option<(usize, Said)> {
    let kind = doc.kind(unit.section);
    if matches!(
        kind,
        SectionKind::Noise
            | SectionKind::Excluded
            | SectionKind::Later
            | SectionKind::Tech
            | SectionKind::Metrics
    ) {
        return None;
    }
    let block = unit.block.map(|block| &doc.blocks[block]);
    let head = block
        .filter(|_| kind == SectionKind::Entities)
        .and_then(Block::lead);
    // A listed entity carries its values in its own field.
    if head
        .and_then(|(head, _)| super::entities::listed_key(head))
        .is_some_and(|key| draft.find(&key).is_some())
    {
        return None;
    }
    let arrows = chain(&unit.text).map(|(values, before)| Said {
        values,
        before,
        explicit: true,
    });
    let said = arrows.or_else(|| {
        listed(&unit.text).map(|(values, before)| Said {
            values,
            before,
            explicit: false,
        })
    })?;
    let heading = &doc.sections[unit.section].heading;
    let told = lexicon::has_mark(
        "state.told",
        &format!("{} {heading}", unit.text).to_lowercase(),
    );
    // Paths through pages are arrows as well.
    let is_page = |value: &String| {
        value
            .split('_')
            .any(|word| lexicon::marks("state.paths").contains(&word))
    };
    let subject_before = subject(&said.before, draft);
    if said.values.iter().any(is_page) || (said.explicit && !told && subject_before.is_none()) {
        return None;
    }
    let above = block
        .and_then(|block| block.parent().or(block.intro))
        .map(|above| &doc.blocks[above].plain);
    let above = above.filter(|text| text.len() < 80);
    let at = subject_before
        .or_else(|| subject(&unit.text, draft))
        .or_else(|| above.and_then(|above| subject(above, draft)))
        .or_else(|| if told { subject(heading, draft) } else { None })
        .or_else(|| (draft.entities.len() == 1).then_some(0))?;
    Some((at, said))
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
        .or_else(|| values.first())
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

/// Gives the entity at `at` the states that a sentence names.
fn attach(doc: &Doc<'_>, draft: &mut Draft, at: usize, said: &Said, span: &Range<usize>) {
    let entity = &mut draft.entities[at];
    if entity.states.is_some() && !said.explicit {
        return;
    }
    let fields = lexicon::marks("state.fields");
    let place = entity
        .fields
        .iter()
        .position(|field| fields.contains(&field.name.as_str()));
    let name = place.map_or_else(
        || "status".to_owned(),
        |place| entity.fields[place].name.clone(),
    );
    // Several chains of one entity are branches of the same life cycle.
    let known = entity.states.take();
    let mut states = if said.explicit {
        path(&name, &said.values)
    } else {
        sequence(&name, &said.values)
    };
    if let Some(known) = known {
        let more = states
            .transitions
            .into_iter()
            .filter(|step| !known.transitions.contains(step));
        states = States {
            transitions: known.transitions.iter().cloned().chain(more).collect(),
            ..known
        };
    }
    let kept = place
        .filter(|_| said.explicit)
        .map(|place| entity.fields[place].values.as_slice());
    let mut values = merged(kept.unwrap_or_default(), &said.values, &states);
    values.truncate(50);
    states
        .transitions
        .retain(|step| values.contains(&step.from) && values.contains(&step.to));
    states.transitions.truncate(60);
    let field = Field {
        trace: doc.trace(Origin::Spec, span),
        ..super::values::choice(&states.field, values)
    };
    match place {
        Some(place) => entity.fields[place] = field,
        None => entity.fields.push(field),
    }
    entity.evidence = entity.evidence.max(Evidence::Prose);
    entity.states = Some(states);
}

/// The listed values that some move reaches, then the new ones.
fn merged(listed: &[String], said: &[String], states: &States) -> Vec<String> {
    let reached = |value: &&String| {
        states
            .transitions
            .iter()
            .any(|step| step.from == **value || step.to == **value)
    };
    let mut values: Vec<String> = listed.iter().filter(reached).cloned().collect();
    for value in said {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

/// Only the moves that an arrow shows.
fn path(field: &str, values: &[String]) -> States {
    States {
        field: field.to_owned(),
        initial: values.first().cloned().unwrap_or_default(),
        transitions: values
            .windows(2)
            .map(|pair| step(&pair[0], &pair[1]))
            .collect(),
    }
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
