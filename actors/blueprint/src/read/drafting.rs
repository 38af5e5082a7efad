//! Entities, from everything that is known about them.
//!
//! Invariant: readers run in the order in which their evidence weighs: lists, then prose, then archetypes.

use std::collections::BTreeSet;

use super::derived::Language;
use super::doc::Doc;
use super::draft::{self, Draft, Evidence};
use super::exclusions::Excluded;
use super::{
    entities, fences, hints, holdings, lexicon, phrases, prose, references, relations, states,
    words,
};
use crate::model::{OpenQuestion, Origin, Role};
use crate::{AppModel, Meter, Stopped};

/// Entities that are generated.
const ENTITIES_MAX: usize = 60;

/// Everything about entities, in the order in which evidence weighs.
pub(super) fn drafted(
    doc: &Doc<'_>,
    excluded: &Excluded,
    roles: &[Role],
    language: Language,
    meter: &Meter,
) -> Result<Draft, Stopped> {
    let mut draft = Draft::default();
    entities::read(doc, &mut draft, meter)?;
    fences::read(doc, &mut draft, meter)?;
    prose::read(doc, &mut draft, excluded, roles, meter)?;
    hints::add_needed(&mut draft, excluded, language == Language::Portuguese);
    if draft.entities.is_empty() {
        fallback(doc, &mut draft);
    }
    rank(&mut draft);
    holdings::read_fields(doc, &mut draft, excluded, meter)?;
    states::read(doc, &mut draft, roles, meter)?;
    references::resolve(&mut draft, roles);
    relations::read(doc, &mut draft, meter)?;
    hints::add_fields(doc, &mut draft, language == Language::Portuguese);
    references::back(doc, &mut draft);
    hints::add_states(&mut draft);
    states::complete(&mut draft);
    Ok(draft)
}

/// Listed entities keep their order; others follow by weight, what comes along last.
fn rank(draft: &mut Draft) {
    draft.entities.sort_by(|left, right| {
        let weight = |entity: &draft::EntityDraft| {
            if entity.evidence == Evidence::Listed {
                0
            } else {
                entity.score
            }
        };
        right
            .evidence
            .cmp(&left.evidence)
            .then(weight(right).cmp(&weight(left)))
    });
    draft.reindex();
}

/// One entity for a text that names none: the best noun of it, else an item.
fn fallback(doc: &Doc<'_>, draft: &mut Draft) {
    let noun = doc.units.iter().take(200).find_map(|unit| {
        let nouns = phrases::nouns(&unit.text);
        nouns
            .into_iter()
            .find(|key| {
                !lexicon::is_person(key) && words::snake(key).is_some_and(|name| name.len() > 2)
            })
            .map(|key| (key, unit.span.clone()))
    });
    match noun {
        Some((key, span)) => draft.entity(&key, Evidence::Prose, Origin::Inferred, &span),
        None => draft.entity("item", Evidence::Hint, Origin::Assumption, &(0..0)),
    };
}

/// At most sixty entities; the rest are questions.
pub(super) fn limit(draft: &mut Draft, model: &mut AppModel) {
    if draft.entities.len() <= ENTITIES_MAX {
        return;
    }
    let rest = draft.entities.split_off(ENTITIES_MAX);
    draft.reindex();
    let kept: BTreeSet<String> = draft
        .entities
        .iter()
        .map(|entity| entity.key.clone())
        .collect();
    for entity in &mut draft.entities {
        entity.fields.retain(|field| {
            field
                .references
                .as_ref()
                .is_none_or(|key| kept.contains(key))
        });
    }
    draft
        .links
        .retain(|link| kept.contains(&link.from) && kept.contains(&link.to));
    model.warnings.push(format!("The specification names {} entities; {ENTITIES_MAX} are generated, the others are open questions.", ENTITIES_MAX + rest.len()));
    model
        .open_questions
        .extend(rest.iter().take(40).map(|entity| OpenQuestion {
            question: format!(
                "Should \"{}\" be generated as well, and in place of which other entity?",
                words::shortened(&entity.key, 80)
            ),
            ..OpenQuestion::default()
        }));
}
