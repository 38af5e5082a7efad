//! Scenarios find the requirement that they belong to.
//!
//! Invariant: a scenario is used once; one without a requirement becomes a requirement.

use super::doc::Doc;
use super::requirements::{Found, REQUIREMENTS_MAX, Scene};
use super::roles;
use super::sections::SectionKind;
use super::stories::{self};
use super::wording::{feature, mentioned};
use super::words::{capitalised, shortened, singular, words};
use crate::model::{Acceptance, Origin, Requirement};
use crate::{Meter, Stopped};
use std::collections::BTreeSet;

/// Acceptance criteria of one requirement.
const ACCEPTANCE_MAX: usize = 12;

/// Gives each scenario to the requirement it belongs to; without one it becomes a requirement.
pub(super) fn place(
    scene: &Scene<'_>,
    scenarios: Vec<stories::Scenario>,
    found: &mut Vec<Found>,
    meter: &Meter,
) -> Result<(), Stopped> {
    let bags: Vec<BTreeSet<String>> = found
        .iter()
        .map(|found| bag(&found.requirement.description))
        .collect();
    for scenario in scenarios.into_iter().take(800) {
        meter.spend(1 + found.len() as u64 * 8)?;
        let given = if scenario.given.is_empty() {
            "the application is open"
        } else {
            &scenario.given
        };
        let acceptance = Acceptance {
            id: String::new(),
            given: shortened(given, 400),
            when: shortened(&scenario.when, 400),
            then: shortened(&scenario.then, 600),
        };
        match target(scene.doc, &scenario, found, &bags) {
            Some(at) => {
                let known = &mut found[at].requirement.acceptance;
                if known.len() < ACCEPTANCE_MAX {
                    known.push(acceptance);
                }
            }
            None if found.len() < REQUIREMENTS_MAX => {
                found.push(alone(scene, &scenario, acceptance));
            }
            None => {}
        }
    }
    Ok(())
}

/// The nearest requirement above in the same section; for scenarios of a section of their own, the most alike.
fn target(
    doc: &Doc<'_>,
    scenario: &stories::Scenario,
    found: &[Found],
    bags: &[BTreeSet<String>],
) -> Option<usize> {
    let own = doc.sections[scenario.section].kind;
    let pooled = own == SectionKind::Acceptance
        && !found.iter().any(|found| found.section == scenario.section);
    let above = |found: &Found| {
        found.span.start < scenario.span.start && related(doc, found.section, scenario.section)
    };
    let near = if pooled {
        None
    } else {
        found.iter().rposition(above)
    };
    let words = bag(&format!(
        "{} {} {}",
        scenario.given, scenario.when, scenario.then
    ));
    let alike = || {
        let common = bags
            .iter()
            .map(|bag| bag.intersection(&words).count())
            .enumerate();
        common
            .max_by_key(|(at, common)| (*common, usize::MAX - at))
            .filter(|(_, common)| *common >= 2)
            .map(|(at, _)| at)
    };
    near.or_else(alike)
}

/// A requirement made of a scenario that no other one covers.
fn alone(scene: &Scene<'_>, scenario: &stories::Scenario, acceptance: Acceptance) -> Found {
    let text = format!("{}, {}", acceptance.when, acceptance.then);
    let requirement = Requirement {
        title: shortened(&capitalised(&acceptance.when), 150),
        description: shortened(&capitalised(&text), 1_900),
        feature: feature(scene.doc, scenario.section, &[]),
        actors: roles::actors(&acceptance.given, scene.roles),
        entities: mentioned(&text, scene.draft),
        acceptance: vec![acceptance],
        trace: scene.doc.trace(Origin::Spec, &scenario.span),
        ..Requirement::default()
    };
    Found {
        requirement,
        span: scenario.span.clone(),
        section: scenario.section,
        ranked: false,
    }
}

fn related(doc: &Doc<'_>, requirement: usize, scenario: usize) -> bool {
    let mut at = Some(scenario);
    while let Some(index) = at {
        if index == requirement {
            return true;
        }
        if doc.sections[index].level <= 2 {
            return false;
        }
        at = doc.sections[index].parent;
    }
    false
}

fn bag(text: &str) -> BTreeSet<String> {
    words(text)
        .iter()
        .map(|word| singular(&word.lower))
        .filter(|word| word.chars().count() > 3 && !super::lexicon::is_glue(word))
        .collect()
}
