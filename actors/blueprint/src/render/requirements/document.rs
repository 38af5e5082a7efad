//! `requirements.md`: the document a product manager signs.
//!
//! Invariant: every requirement shows the words it rests on, or says that it rests on an assumption.

use super::super::flows::Flow;
use super::super::md::{self, Document};
use super::super::view::{View, capital, quote, words};
use super::{Persona, domain, moscow, personas, ratio};
use crate::model::{AppModel, NonFunctional, Origin, Requirement, Target, Trace};
use crate::{Meter, Stopped};

/// Prints the document.
pub(super) fn document(view: &View, flows: &[Flow], meter: &Meter) -> Result<String, Stopped> {
    let model = view.model;
    let mut out = Document::new();
    out.heading(1, &format!("{} – product requirements", model.product.name));
    summary(&mut out, model);
    product(&mut out, model);
    people(&mut out, view);
    functional(&mut out, view, meter)?;
    quality(&mut out, model);
    domain::domain_model(&mut out, view);
    interactions(&mut out, flows);
    limits(&mut out, model);
    open_ends(&mut out, model);
    measures(&mut out, model);
    Ok(out.finish())
}

fn summary(out: &mut Document, model: &AppModel) {
    let count = |n: usize, one: &str, many: &str| {
        if n == 1 {
            format!("1 {one}")
        } else {
            format!("{n} {many}")
        }
    };
    out.paragraph(&format!(
        "Story {} · {} · {} · {} · complexity {}",
        md::code(&model.story_id),
        count(
            model.requirements.len(),
            "functional requirement",
            "functional requirements"
        ),
        count(model.entities.len(), "entity", "entities"),
        count(model.roles.len(), "role", "roles"),
        model.complexity.result(),
    ));
    if !model.warnings.is_empty() {
        out.paragraph("Please note:");
        out.bullets(model.warnings.iter().map(|warning| md::text(warning)));
    }
}

fn product(out: &mut Document, model: &AppModel) {
    out.heading(2, "Product and vision");
    out.paragraph(&md::or_dash(md::text(&model.product.vision)));
    if let Some(problem) = &model.product.problem {
        out.paragraph(&format!("**Problem.** {}", md::text(problem)));
    }
    let platforms = model.product.platforms.join(", ");
    out.bullets([
        format!(
            "Language: {}",
            md::or_dash(md::text(&model.product.language))
        ),
        format!("Platforms: {}", md::or_dash(md::text(&platforms))),
    ]);
}

fn people(out: &mut Document, view: &View) {
    out.heading(2, "Personas");
    for Persona {
        id,
        name,
        goals,
        pains,
        ..
    } in personas(view.model)
    {
        out.heading(3, &format!("{id} {}", capital(&name)));
        let goals = goals
            .iter()
            .map(|goal| format!("Wants: {}", md::text(goal)));
        let pains = pains
            .iter()
            .map(|pain| format!("Suffers from: {}", md::text(pain)));
        let lines: Vec<String> = goals.chain(pains).collect();
        if lines.is_empty() {
            out.paragraph("The specification states no goal of this persona.");
        }
        out.bullets(lines);
    }
    out.heading(2, "Roles and permissions");
    let row = |role: &crate::model::Role| {
        vec![
            md::text(&capital(&role.label)),
            md::code(&role.id),
            md::or_dash(md::text(&role.description)),
            if role.is_admin { "yes" } else { "no" }.to_owned(),
        ]
    };
    let rows: Vec<_> = view.model.roles.iter().map(row).collect();
    out.table(
        &["Role", "Id", "What for", "Manages roles"],
        &rows,
        "No roles.",
    );
    domain::permission_matrix(out, view);
}

/// Requirements under their feature, features in order of first appearance.
fn functional(out: &mut Document, view: &View, meter: &Meter) -> Result<(), Stopped> {
    let all = &view.model.requirements;
    out.heading(2, "Functional requirements");
    let row = |r: &Requirement| {
        vec![
            r.id.clone(),
            md::text(&r.title),
            format!("{:?}", r.priority),
            md::text(&r.feature),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    out.table(
        &["Id", "Requirement", "Priority", "Feature"],
        &rows,
        "No requirements.",
    );
    let mut features: Vec<&str> = Vec::new();
    for requirement in all {
        meter.spend(u64::try_from(features.len() + 1).unwrap_or(u64::MAX))?;
        if !features.contains(&requirement.feature.as_str()) {
            features.push(&requirement.feature);
        }
    }
    for feature in features {
        meter.spend(u64::try_from(all.len()).unwrap_or(u64::MAX))?;
        let title = if feature.trim().is_empty() {
            "General"
        } else {
            feature
        };
        out.heading(3, title);
        for requirement in all
            .iter()
            .filter(|requirement| requirement.feature == feature)
        {
            one_requirement(out, view, requirement);
        }
    }
    Ok(())
}

fn one_requirement(out: &mut Document, view: &View, requirement: &Requirement) {
    let id = &requirement.id;
    out.heading(4, &format!("{id} {}", requirement.title));
    out.paragraph(&md::text(&requirement.description));
    let priority = requirement.priority;
    let mut facts = vec![format!("Priority: {priority:?} ({})", moscow(priority))];
    if !requirement.actors.is_empty() {
        facts.push(format!(
            "Actors: {}",
            md::text(&view.roles(&requirement.actors))
        ));
    }
    if !requirement.entities.is_empty() {
        facts.push(format!("Entities: {}", md::codes(&requirement.entities)));
    }
    if let Some(why) = &requirement.rationale {
        facts.push(format!("So that: {}", md::text(why)));
    }
    if let Some(theirs) = &requirement.source_id {
        facts.push(format!("Id in the specification: {}", md::code(theirs)));
    }
    let screens: Vec<&str> = view
        .screens
        .iter()
        .filter(|screen| screen.fr.contains(id))
        .map(|screen| screen.route.as_str())
        .collect();
    facts.push(format!("Screens: {}", md::codes(screens)));
    facts.push(format!("Source: {}", source(&requirement.trace)));
    out.bullets(facts);
    out.paragraph("Acceptance criteria:");
    out.bullets(requirement.acceptance.iter().map(|ac| {
        format!(
            "{} **Given** {} **when** {} **then** {}",
            ac.id,
            md::text(&ac.given),
            md::text(&ac.when),
            md::text(&ac.then)
        )
    }));
}

/// The quoted words, or what else stands behind an item.
fn source(trace: &Trace) -> String {
    let kind = match trace.origin {
        Origin::Spec => "specification",
        Origin::Archetype => "domain pattern, triggered by the specification",
        Origin::Inferred => "follows from the specification",
        Origin::Assumption => "assumption",
    };
    match quote(trace) {
        Some(words) => format!("“{}” ({kind})", md::text(words)),
        None => kind.to_owned(),
    }
}

/// "< 2 s".
pub(in crate::render) fn target(target: Option<&Target>) -> String {
    target.map_or_else(String::new, |t| format!("{} {} {}", t.op, t.value, t.unit))
}

fn quality(out: &mut Document, model: &AppModel) {
    out.heading(2, "Non-functional requirements");
    let row = |nfr: &NonFunctional| {
        let kind = if nfr.aspect == "none" || nfr.aspect.is_empty() {
            nfr.category.clone()
        } else {
            format!("{} ({})", nfr.category, nfr.aspect)
        };
        vec![
            nfr.id.clone(),
            md::text(&kind),
            md::text(&nfr.description),
            md::or_dash(md::text(&target(nfr.target.as_ref()))),
            md::or_dash(md::text(&nfr.verification)),
            source(&nfr.trace),
        ]
    };
    let rows: Vec<_> = model.non_functional.iter().map(row).collect();
    let header = [
        "Id",
        "Kind",
        "Requirement",
        "Target",
        "Verified by",
        "Source",
    ];
    out.table(&header, &rows, "None stated.");
    out.heading(2, "Constraints");
    let row = |c: &crate::model::Constraint| {
        let impact = md::or_dash(md::text(&c.impact));
        vec![
            c.id.clone(),
            md::text(&c.kind),
            md::text(&c.description),
            impact,
        ]
    };
    let rows: Vec<_> = model.constraints.iter().map(row).collect();
    out.table(
        &["Id", "Type", "Constraint", "What follows"],
        &rows,
        "None stated.",
    );
}

fn interactions(out: &mut Document, flows: &[Flow]) {
    out.heading(2, "Interactions");
    let row = |flow: &Flow| {
        vec![
            flow.id.clone(),
            md::text(&flow.name),
            md::text(&flow.role),
            md::text(&flow.steps.join(" → ")),
            md::or_dash(flow.fr.join(", ")),
        ]
    };
    let rows: Vec<_> = flows.iter().map(row).collect();
    out.table(
        &["Id", "Flow", "Who", "Steps", "Requirements"],
        &rows,
        "None.",
    );
}

fn limits(out: &mut Document, model: &AppModel) {
    out.heading(2, "Edge cases");
    let row = |case: &crate::model::EdgeCase| {
        let (what, then) = (md::text(&case.scenario), md::text(&case.handling));
        vec![case.id.clone(), what, then, md::text(&case.severity)]
    };
    let rows: Vec<_> = model.edge_cases.iter().map(row).collect();
    out.table(&["Id", "When", "Then", "Severity"], &rows, "None stated.");
    out.heading(2, "Out of scope");
    let row = |exclusion: &crate::model::Exclusion| {
        vec![
            exclusion.id.clone(),
            md::text(&exclusion.description),
            source(&exclusion.trace),
        ]
    };
    let rows: Vec<_> = model.exclusions.iter().map(row).collect();
    out.table(
        &["Id", "Excluded", "Source"],
        &rows,
        "The specification excludes nothing.",
    );
    out.heading(2, "Glossary");
    let row = |term: &crate::model::Term| vec![md::text(&term.term), md::text(&term.definition)];
    let rows: Vec<_> = model.terminology.iter().map(row).collect();
    out.table(&["Term", "Meaning"], &rows, "No terms are defined.");
}

fn open_ends(out: &mut Document, model: &AppModel) {
    out.heading(2, "Assumptions");
    out.paragraph("Added without words of the specification behind them; please confirm each one.");
    let row = |asm: &crate::model::Assumption| {
        vec![
            asm.id.clone(),
            md::text(&asm.description),
            md::text(&asm.risk),
        ]
    };
    let rows: Vec<_> = model.assumptions.iter().map(row).collect();
    out.table(&["Id", "Assumption", "Risk"], &rows, "None.");
    out.heading(2, "Open questions");
    let row = |question: &crate::model::OpenQuestion| {
        let blocking = if question.blocking { "yes" } else { "no" };
        let fr = md::or_dash(question.fr.join(", "));
        vec![
            question.id.clone(),
            md::text(&question.question),
            blocking.to_owned(),
            fr,
        ]
    };
    let rows: Vec<_> = model.open_questions.iter().map(row).collect();
    out.table(
        &["Id", "Question", "Blocks work", "Concerns"],
        &rows,
        "None.",
    );
}

fn measures(out: &mut Document, model: &AppModel) {
    out.heading(2, "Success metrics");
    let row = |metric: &crate::model::SuccessMetric| {
        let target = metric.target.as_deref().unwrap_or("not stated");
        vec![
            metric.id.clone(),
            md::text(&metric.metric),
            md::text(target),
        ]
    };
    let rows: Vec<_> = model.success_metrics.iter().map(row).collect();
    out.table(
        &["Id", "Metric", "Goal"],
        &rows,
        "The specification names none.",
    );
    out.heading(2, "Complexity");
    let c = model.complexity;
    let dimensions = [
        ("Scope", c.scope),
        ("Integration", c.integration),
        ("Infrastructure", c.infrastructure),
        ("Knowledge", c.knowledge),
        ("Risk", c.risk),
    ];
    let mut rows: Vec<_> = dimensions
        .iter()
        .map(|(n, v)| vec![(*n).to_owned(), v.to_string()])
        .collect();
    rows.push(vec![
        format!("**Total: {}**", words(c.result())),
        format!("**{}**", c.total()),
    ]);
    out.table(&["Dimension", "1–5"], &rows, "");
    out.heading(2, "Coverage of the specification");
    let coverage = &model.coverage;
    out.paragraph(&format!(
        "{} of {} statements have at least one item derived from them ({:.1} %).",
        coverage.traced,
        coverage.sentences,
        ratio(coverage.traced, coverage.sentences) * 100.0
    ));
    if !coverage.untraced.is_empty() {
        out.paragraph("Statements that led to nothing; please say whether they should:");
        out.bullets(coverage.untraced.iter().map(|sentence| md::text(sentence)));
    }
}
