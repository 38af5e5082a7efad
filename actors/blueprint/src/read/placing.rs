//! Scenarios find the requirement that they belong to.
//!
//! Invariant: a scenario is used once; one without a requirement becomes a requirement.

use super::doc::Doc;
use super::draft::Draft;
use super::requirements::{Found, REQUIREMENTS_MAX};
use super::roles;
use super::sections::SectionKind;
use super::stories::{self};
use super::wording::{feature, mentioned};
use super::words::{capitalised, shortened, singular, words};
use crate::model::{Acceptance, Origin, Requirement, Role};
use crate::{Meter, Stopped};
use std::collections::BTreeSet;

/// Gives each scenario to the requirement it belongs to; without one it becomes a requirement.
pub(super) fn place(
    doc: &Doc<'_>,
    draft: &Draft,
    roles: &[Role],
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
        let own = doc.sections[scenario.section].kind;
        let pooled = own == SectionKind::Acceptance
            && !found.iter().any(|found| found.section == scenario.section);
        let near = found.iter().rposition(|found| {
            found.span.start < scenario.span.start && related(doc, found.section, scenario.section)
        });
        let words = bag(&format!(
            "{} {} {}",
            scenario.given, scenario.when, scenario.then
        ));
        let alike = || {
            (0..bags.len())
                .map(|at| (bags[at].intersection(&words).count(), at))
                .max_by_key(|(common, at)| (*common, usize::MAX - at))
                .filter(|(common, _)| *common >= 2)
                .map(|(_, at)| at)
        };
        let target = if pooled { alike() } else { near.or_else(alike) };
        match target {
            Some(at) if found[at].requirement.acceptance.len() < 12 => {
                found[at].requirement.acceptance.push(acceptance)
            }
            Some(_) => {}
            None if found.len() < REQUIREMENTS_MAX => {
                let text = format!("{}, {}", acceptance.when, acceptance.then);
                found.push(Found {
                    requirement: Requirement {
                        title: shortened(&capitalised(&acceptance.when), 150),
                        description: shortened(&capitalised(&text), 1_900),
                        feature: feature(doc, scenario.section, &[]),
                        actors: roles::actors(&acceptance.given, roles),
                        entities: mentioned(&text, draft),
                        acceptance: vec![acceptance],
                        trace: doc.trace(Origin::Spec, &scenario.span),
                        ..Requirement::default()
                    },
                    span: scenario.span,
                    section: scenario.section,
                    ranked: false,
                });
            }
            None => {}
        }
    }
    Ok(())
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
