//! Reading: from a [`Request`] to an [`AppModel`].
//!
//! Invariant: readers fill drafts, `names` and `finish` make the model valid; whatever the text, the result has an
//! entity, a requirement and two roles, and no item without words of the text or a listed assumption behind it.

mod asides;
mod chains;
mod columns;
mod constraints;
mod derived;
mod doc;
mod draft;
mod drafting;
mod entities;
mod exclusions;
mod fences;
mod fields;
mod finish;
mod hints;
mod holdings;
mod ids;
mod keys;
mod language;
mod lexicon;
mod looks;
mod markdown;
mod matters;
mod names;
mod nfr;
mod notes;
mod people;
mod permissions;
mod phrases;
mod placing;
mod priorities;
mod product;
mod prose;
mod references;
mod relations;
mod requirements;
mod rights;
mod roles;
mod rows;
mod sections;
mod sentences;
mod states;
mod stories;
mod units;
mod values;
mod wording;
mod words;

#[cfg(test)]
mod sound;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest;

use self::derived::Language;
use self::doc::Doc;
use self::exclusions::Excluded;
use self::requirements::Scene;
use crate::canon::{self, Canonical};
use crate::model::{Constraint, Exclusion, OpenQuestion, Role, Stack, Trace};
use crate::{AppModel, Meter, Request, Stopped};

/// The preset of the generated code.
const FRAMEWORK: &str = "vite-react";

/// Reads `request`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the run was cancelled.
pub fn read(request: &Request, meter: &Meter) -> Result<AppModel, Stopped> {
    let canonical = canon::canonical(request);
    meter.spend(1 + canonical.text.len() as u64 / 16)?;
    let doc = markdown::parse(&canonical.text, meter)?;
    let tag = language::language(&canonical.text);
    let product = product::read(&doc, request, tag);
    let language = Language::of(&product.language);
    let mut model = AppModel {
        product,
        design: looks::design(&canonical.text, request),
        ..AppModel::default()
    };
    let mut excluded = exclusions::read(&doc, meter)?;
    model.roles = roles::read(&doc, meter)?;
    let roles_assumed = complete_roles(&mut model.roles, language);
    let notes = notes::read(&doc, &excluded, meter)?;
    let quality = nfr::read(&doc, &excluded, meter)?;
    let mut draft = drafting::drafted(&doc, &excluded, &model.roles, language, meter)?;
    drafting::limit(&mut draft, &mut model);
    let quality_units: BTreeSet<usize> = quality.iter().map(|(unit, _)| *unit).collect();
    let scene = Scene {
        doc: &doc,
        draft: &draft,
        roles: &model.roles,
    };
    let mut found = requirements::read(&scene, &excluded, &quality_units, meter)?;
    let scenarios = stories::scenarios(&doc, meter)?;
    let mut seen = draft.read.clone();
    seen.extend(scenarios.iter().map(|scenario| scenario.span.clone()));
    placing::place(&scene, scenarios, &mut found, meter)?;
    let (entities, keys) = names::build(&doc, &draft, &model.roles, language);
    model.entities = entities;
    let asked: Vec<(usize, OpenQuestion)> = notes.questions.clone();
    let mut told: BTreeSet<usize> = notes.units.iter().copied().collect();
    told.extend(excluded.units.iter().copied());
    model.non_functional = quality.into_iter().map(|(_, item)| item).collect();
    model.constraints = notes.constraints;
    model.assumptions = notes.assumptions;
    model.terminology = notes.terms;
    model.success_metrics = notes.metrics;
    model.edge_cases = notes.edges;
    model.exclusions = exclusions_of(&mut excluded);
    finish::relations(&mut model, &draft, &keys);
    finish::requirements(&mut model, found, &keys, language);
    let permissions_assumed = permissions::read(&doc, &mut model, &keys, meter)?;
    own(&mut model);
    let derived_edges = derived::edge_cases(&model, language);
    model.edge_cases.extend(derived_edges);
    stack(request, &mut model, language);
    finish::assumptions(&mut model, permissions_assumed, &roles_assumed, language);
    finish::number(&mut model);
    questions(&doc, &mut model, asked);
    model.complexity = derived::complexity(&model, &canonical.text);
    finish::coverage(&doc, &mut model, &told, &seen, meter)?;
    warnings(&canonical, tag, &mut model);
    model.story_id = format!("{}-{}", model.product.slug, short_hash(&canonical.text));
    Ok(model)
}

/// At least one role that is no administrator, and one that is. Returns the labels of the assumed ones.
fn complete_roles(roles: &mut Vec<Role>, language: Language) -> Vec<String> {
    let mut assumed = Vec::new();
    if roles.iter().all(|role| role.is_admin) {
        let label = language.pick("Member", "Membro");
        roles.insert(0, assumed_role("member", label, false));
        assumed.push(label.to_owned());
    }
    if !roles.iter().any(|role| role.is_admin) {
        let label = language.pick("Administrator", "Administrador");
        roles.push(assumed_role("admin", label, true));
        assumed.push(label.to_owned());
    }
    for role in roles {
        if role.description.is_empty() {
            role.description = if role.is_admin {
                language
                    .pick(
                        "May do everything, and gives roles to people.",
                        "Pode tudo e define os papéis das pessoas.",
                    )
                    .to_owned()
            } else {
                let label = role.label.to_lowercase();
                language.pick(
                    format!("Uses the application as {label}."),
                    format!("Usa a aplicação como {label}."),
                )
            };
        }
    }
    assumed
}

fn assumed_role(id: &str, label: &str, is_admin: bool) -> Role {
    Role {
        id: id.to_owned(),
        label: label.to_owned(),
        is_admin,
        trace: Trace {
            confidence: Some(0.4),
            ..Trace::default()
        },
        ..Role::default()
    }
}

fn exclusions_of(excluded: &mut Excluded) -> Vec<Exclusion> {
    let mut seen = BTreeSet::new();
    let mut list = std::mem::take(&mut excluded.list);
    list.retain(|item| seen.insert(item.description.to_lowercase()));
    for item in &mut list {
        item.description = words::shortened(&item.description, 480);
    }
    list.truncate(200);
    list
}

/// The role that makes rows: the first that may create them.
fn own(model: &mut AppModel) {
    let mut makers: BTreeMap<String, String> = BTreeMap::new();
    for row in &model.permissions {
        let admin = model
            .roles
            .iter()
            .any(|role| role.id == row.role && role.is_admin);
        if row.actions.contains(&crate::model::Action::Create) && !admin {
            makers
                .entry(row.entity.clone())
                .or_insert_with(|| row.role.clone());
        }
    }
    let admin = model
        .roles
        .iter()
        .find(|role| role.is_admin)
        .map(|role| role.id.clone());
    for entity in &mut model.entities {
        if entity.owner_role.is_none() {
            entity.owner_role = makers.get(&entity.name).cloned().or_else(|| admin.clone());
        }
    }
}

/// Other stacks are recorded, not generated.
fn stack(request: &Request, model: &mut AppModel, language: Language) {
    model.stack = Stack {
        framework: FRAMEWORK.to_owned(),
        requested: None,
    };
    let Some(wish) = request
        .stack_preference
        .as_deref()
        .map(str::trim)
        .filter(|wish| !wish.is_empty() && *wish != FRAMEWORK)
    else {
        return;
    };
    let wish = words::shortened(wish, 80);
    model.warnings.push(format!(
        "The stack \"{wish}\" is not generated; the code is a {FRAMEWORK} application."
    ));
    model.constraints.push(Constraint {
        kind: "technical".to_owned(),
        description: language.pick(format!("The caller asked for the stack \"{wish}\"."), format!("Foi pedida a tecnologia \"{wish}\".")),
        impact: language.pick(format!("The generated code is a {FRAMEWORK} application; a port to {wish} needs a decision."), format!("O código gerado é uma aplicação {FRAMEWORK}; levar para {wish} exige uma decisão.")),
        ..Constraint::default()
    });
    model.stack.requested = Some(wish);
}

/// Questions with the requirements that they stand in.
fn questions(doc: &Doc<'_>, model: &mut AppModel, asked: Vec<(usize, OpenQuestion)>) {
    let generated = std::mem::take(&mut model.open_questions);
    for (unit, mut question) in asked {
        let span = &doc.units[unit].span;
        question.fr = model
            .requirements
            .iter()
            .filter(|requirement| {
                requirement
                    .trace
                    .span
                    .is_some_and(|[from, to]| from < span.end && span.start < to)
            })
            .map(|requirement| requirement.id.clone())
            .take(20)
            .collect();
        if !model
            .open_questions
            .iter()
            .any(|known| known.question == question.question)
        {
            model.open_questions.push(question);
        }
    }
    model.open_questions.extend(generated);
    model.open_questions.truncate(100);
    for (at, question) in model.open_questions.iter_mut().enumerate() {
        question.id = format!("OQ-{}", at + 1);
    }
}

fn warnings(canonical: &Canonical, tag: &str, model: &mut AppModel) {
    if !matches!(tag, "en" | "pt") {
        model.warnings.push("The specification is neither English nor Portuguese: only its structured parts were read with confidence, and the artifacts are in English.".to_owned());
    }
    let hidden = canonical.removed.hidden();
    if hidden > 0 {
        model.warnings.push(format!("{hidden} invisible characters or comments were removed from the specification before it was read."));
    }
    if canonical.removed.cut > 0 {
        model.warnings.push(format!(
            "The text was cut at {} characters; {} were not read.",
            canon::SPEC_CHARS_MAX,
            canonical.removed.cut
        ));
    }
}

/// Twelve hexadecimal digits of the text's SHA-256.
fn short_hash(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let number = digest
        .as_ref()
        .iter()
        .take(6)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:012x}")
}
