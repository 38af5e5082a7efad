//! `architecture.md`, sections 14 to 17: delivery, risks, traceability, open ends.
//!
//! Invariant: the order of work follows references between tables and the priorities of the requirements.

use super::super::md::{self, Document};
use super::super::requirements::moscow;
use super::super::view::{View, capital};
use super::Design;
use crate::model::{AppModel, Complexity, Entity, Priority, Requirement};

/// Section 14.
pub(super) fn delivery(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "14 Delivery plan");
    let mut rows = vec![vec![
        "M0".to_owned(),
        "Foundation: migration, accounts, roles, navigation, tokens".to_owned(),
        md::codes(build_order(model)),
        "Tables and policies pass their tests".to_owned(),
    ]];
    let steps = [
        ("M1", Priority::P0),
        ("M2", Priority::P1),
        ("M3", Priority::P2),
    ];
    rows.extend(
        steps
            .into_iter()
            .filter_map(|(id, priority)| milestone(model, id, priority)),
    );
    let quality: Vec<&str> = model
        .non_functional
        .iter()
        .map(|nfr| nfr.id.as_str())
        .collect();
    rows.push(vec![
        "M4".to_owned(),
        "Release: quality targets, alarms, restore of a backup".to_owned(),
        md::or_dash(quality.join(", ")),
        "Section 9 is measured on staging".to_owned(),
    ]);
    let header = ["Milestone", "Content", "Items in order", "Done when"];
    out.table(&header, &rows, "");
    let limits = model
        .constraints
        .iter()
        .filter(|limit| limit.kind == "business");
    let limits: Vec<String> = limits
        .map(|limit| format!("{}: {}", limit.id, md::text(&limit.description)))
        .collect();
    if !limits.is_empty() {
        out.paragraph("Dates and budget that the plan must respect:");
    }
    out.bullets(limits);
}

/// The requirements of one priority; nothing when there are none.
fn milestone(model: &AppModel, id: &str, priority: Priority) -> Option<Vec<String>> {
    let wanted = model.requirements.iter().filter(|r| r.priority == priority);
    let wanted: Vec<&Requirement> = wanted.collect();
    let ids: Vec<&str> = wanted.iter().map(|r| r.id.as_str()).collect();
    let criteria: usize = wanted.iter().map(|r| r.acceptance.len()).sum();
    let word = capital(moscow(priority));
    (!wanted.is_empty()).then(|| {
        vec![
            id.to_owned(),
            format!(
                "{word}: {} of {} requirements",
                wanted.len(),
                model.requirements.len()
            ),
            ids.join(", "),
            format!("{criteria} acceptance criteria pass"),
        ]
    })
}

/// Tables in an order in which each one comes after those it refers to; a cycle keeps the order of the model.
fn build_order(model: &AppModel) -> Vec<String> {
    let mut left: Vec<&Entity> = model.entities.iter().collect();
    let mut order: Vec<&Entity> = Vec::new();
    while !left.is_empty() {
        let ready = |entity: &&Entity| {
            let mut targets = entity
                .fields
                .iter()
                .filter_map(|field| field.references.as_deref());
            targets.all(|target| target == entity.name || !left.iter().any(|e| e.name == target))
        };
        let at = left.iter().position(ready).unwrap_or(0);
        order.push(left.remove(at));
    }
    order
        .into_iter()
        .map(|entity| entity.table.clone())
        .collect()
}

/// Section 15.
pub(super) fn risks(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "15 Risks");
    let row = |id: &str, what: &str, weight: &str, answer: &str| {
        [id, what, weight, answer].map(md::text).to_vec()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for asm in model.assumptions.iter().filter(|asm| asm.risk != "low") {
        let what = format!("The assumption is wrong: {}", asm.description);
        rows.push(row(&asm.id, &what, &asm.risk, "Confirm before M1"));
    }
    for open in model
        .open_questions
        .iter()
        .filter(|question| question.blocking)
    {
        let answer = "Answer before the requirements it concerns are started";
        rows.push(row(&open.id, &open.question, "high", answer));
    }
    let heavy = |weight: &str| matches!(weight, "high" | "critical");
    for case in model.edge_cases.iter().filter(|case| heavy(&case.severity)) {
        rows.push(row(
            &case.id,
            &case.scenario,
            &case.severity,
            &case.handling,
        ));
    }
    for (score, what, answer) in dimensions(model.complexity) {
        if score >= 4 {
            rows.push(row(&format!("complexity {score}"), what, "high", answer));
        }
    }
    let header = ["From", "Risk", "Weight", "Answer"];
    out.table(&header, &rows, "Nothing above a low risk was found.");
}

/// What a high score of a dimension means.
fn dimensions(c: Complexity) -> [(u8, &'static str, &'static str); 4] {
    [
        (
            c.integration,
            "Outside systems behave differently from what is expected",
            "A typed port and a test double for each",
        ),
        (
            c.infrastructure,
            "Load or availability exceed a single hosted project",
            "Load test on staging before release",
        ),
        (
            c.knowledge,
            "Rules of the domain are misread",
            "Review the life cycles and the matrix with an expert",
        ),
        (
            c.risk,
            "Errors harm people or break the law",
            "Review of policies and personal fields before release",
        ),
    ]
}

/// Section 16.
pub(super) fn traceability(out: &mut Document, design: &Design) {
    out.heading(2, "16 Traceability");
    let View { model, screens, .. } = design.view;
    let row = |requirement: &Requirement| {
        let id = &requirement.id;
        let pages = screens.iter().filter(|screen| screen.fr.contains(id));
        let bound = design
            .decisions
            .iter()
            .filter(|decision| decision.binds.contains(id));
        let tests: Vec<&str> = requirement
            .acceptance
            .iter()
            .map(|ac| ac.id.as_str())
            .collect();
        let tables = requirement
            .entities
            .iter()
            .filter_map(|name| model.entity(name));
        vec![
            id.clone(),
            md::codes(pages.map(|screen| screen.component.as_str())),
            md::codes(calls(design, id)),
            md::codes(tables.map(|entity| entity.table.as_str())),
            bound
                .map(|decision| decision.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            md::or_dash(tests.join(", ")),
        ]
    };
    let rows: Vec<_> = model.requirements.iter().map(row).collect();
    let header = [
        "Requirement",
        "Components",
        "Endpoints",
        "Tables",
        "Decisions",
        "Criteria",
    ];
    out.table(&header, &rows, "");
}

/// `GET PATCH /rest/v1/orders` for every path that a requirement needs.
fn calls(design: &Design, id: &String) -> Vec<String> {
    let mut paths: Vec<(&str, Vec<&str>)> = Vec::new();
    for endpoint in design
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.fr.contains(id))
    {
        let path = endpoint.path.split('?').next().unwrap_or_default();
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) if methods.contains(&endpoint.method) => {}
            Some((_, methods)) => methods.push(endpoint.method),
            None => paths.push((path, vec![endpoint.method])),
        }
    }
    paths
        .into_iter()
        .map(|(path, methods)| format!("{} {path}", methods.join(" ")))
        .collect()
}

/// Section 17.
pub(super) fn open_ends(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "17 Open questions and assumptions");
    let questions = model.open_questions.iter().map(|question| {
        let blocking = if question.blocking {
            " **(blocks work)**"
        } else {
            ""
        };
        format!("{} {}{blocking}", question.id, md::text(&question.question))
    });
    let assumptions = model.assumptions.iter().map(|asm| {
        format!(
            "{} {} (risk: {})",
            asm.id,
            md::text(&asm.description),
            md::text(&asm.risk)
        )
    });
    let lines: Vec<String> = questions.chain(assumptions).collect();
    if lines.is_empty() {
        out.paragraph("None.");
    }
    out.bullets(lines);
}
