//! `architecture.md`, sections 9 to 12 and 14 to 17: quality, operation, tests, delivery, risks, traceability.
//!
//! Invariant: each row names the ids it is about; nothing here is general advice without an item behind it.

use super::super::md::{self, Document};
use super::super::requirements::target;
use super::super::view::{View, cut};
use super::{Design, diagrams};
use crate::model::{AppModel, Entity, NonFunctional, Priority, Requirement};
use crate::stack::NODE_MIN;

/// Section 9.
pub(super) fn quality(out: &mut Document, design: &Design) {
    out.heading(2, "9 Quality");
    let row = |nfr: &NonFunctional| {
        let goal = target(nfr.target.as_ref());
        let wanted = if goal.is_empty() {
            cut(&nfr.description, 200)
        } else {
            format!("{} ({goal})", cut(&nfr.description, 200))
        };
        vec![
            nfr.id.clone(),
            md::text(&wanted),
            tactic(nfr).to_owned(),
            md::or_dash(md::text(&nfr.verification)),
        ]
    };
    let rows: Vec<_> = design.view.model.non_functional.iter().map(row).collect();
    out.table(
        &["Id", "Wanted", "Tactic", "Test"],
        &rows,
        "The specification states no quality requirements.",
    );
}

/// How this architecture meets a kind of requirement.
fn tactic(nfr: &NonFunctional) -> &'static str {
    match (nfr.aspect.as_str(), nfr.category.as_str()) {
        ("accessibility", _) => {
            "Labelled controls, focus rings, computed contrast, keyboard paths in every component"
        }
        ("privacy" | "compliance", _) => {
            "Personal fields marked in the model, policies per role, region of the project fixed"
        }
        ("maintainability", _) => {
            "One model; types, forms, tables and policies generated from it; small files"
        }
        ("observability", _) => {
            "One place that reports errors; logs of the interface with account and duration"
        }
        ("cost", _) => "Static pages and one hosted database; no server of our own",
        ("i18n", _) => {
            "All words of the interface in one place; dates and numbers through the locale of the browser"
        }
        ("portability", _) => {
            "Standard SQL and a repository interface; the database can be hosted by oneself"
        }
        (_, "performance") => {
            "Paged lists, indexes on keys and state fields, pages loaded on demand"
        }
        (_, "security") => {
            "Row-level security on every table, roles in their own table, no secrets in the pages"
        }
        (_, "scalability") => {
            "Stateless pages, indexed queries, range-limited lists; the database scales by size"
        }
        (_, "usability") => {
            "The same four states on every screen, messages at the field, mobile first"
        }
        _ => {
            "Constraints in the database, retry on reading, backups and point-in-time recovery of the project"
        }
    }
}

/// Section 10.
pub(super) fn deployment(out: &mut Document, design: &Design) {
    out.heading(2, "10 Deployment and environments");
    out.fence("mermaid", &diagrams::environments());
    let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
    let rows = [
        row([
            "Local",
            "memory repository with sample rows",
            "none",
            "development, preview in Lovable",
        ]),
        row([
            "Staging",
            "own Supabase project",
            "`VITE_SUPABASE_URL`, `VITE_SUPABASE_ANON_KEY`",
            "acceptance",
        ]),
        row([
            "Production",
            "own Supabase project",
            "the same two names",
            "people",
        ]),
    ];
    out.table(&["Environment", "Data", "Settings", "For"], &rows, "");
    out.bullets([
        format!("Build: Node.js {NODE_MIN} or later, `npm run build`; the result is a folder of static files."),
        "Migrations run in order before the pages of the same release; they only add, so that the old pages keep working.".to_owned(),
        "Roll back: publish the previous folder; the database stays.".to_owned(),
        "The anonymous key is public by design; the service key never enters pages, repository or build.".to_owned(),
    ]);
    let of_money = design
        .view
        .model
        .constraints
        .iter()
        .filter(|c| c.kind == "business");
    out.bullets(of_money.map(|c| format!("{}: {}", c.id, md::text(&c.description))));
}

/// Section 11.
pub(super) fn observability(out: &mut Document) {
    out.heading(2, "11 Observability");
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let rows = [
        row([
            "Errors in pages",
            "error boundary with a reference number",
            "any new error in production",
        ]),
        row([
            "Calls of the interface",
            "logs of Supabase: path, account, status, duration",
            "share of 5xx above 1 % in 5 minutes",
        ]),
        row([
            "Slow queries",
            "query statistics of PostgreSQL",
            "mean above 500 ms",
        ]),
        row([
            "Refused calls",
            "403 by table and role",
            "a sudden rise: a wrong policy or an attack",
        ]),
        row([
            "Sign-in",
            "failed attempts per hour",
            "ten times the usual number",
        ]),
    ];
    out.table(&["What", "Where", "Alarm"], &rows, "");
    out.paragraph("Logs hold ids and codes, never the content of rows or personal fields.");
}

/// Section 12.
pub(super) fn testing(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "12 Testing");
    let criteria: usize = model.requirements.iter().map(|r| r.acceptance.len()).sum();
    let moves: usize = model
        .entities
        .iter()
        .filter_map(|e| e.states.as_ref())
        .map(|s| s.transitions.len())
        .sum();
    let row = |level: &str, what: String, tool: &str| vec![level.to_owned(), what, tool.to_owned()];
    let rows = [
        row("Types", "whole application".to_owned(), "TypeScript"),
        row(
            "Schemas",
            format!(
                "{} entities: limits, required fields, values",
                model.entities.len()
            ),
            "Vitest",
        ),
        row(
            "Row policies",
            format!(
                "{} policies: allowed, and refused for everyone else",
                design.policies.len()
            ),
            "PGlite in Vitest",
        ),
        row(
            "Moves",
            format!("{moves} allowed moves, all others refused"),
            "PGlite in Vitest",
        ),
        row(
            "Pages",
            format!(
                "{} screens: loading, empty, error, forbidden",
                design.view.screens.len()
            ),
            "Testing Library",
        ),
        row(
            "Acceptance",
            format!("{criteria} criteria, by id"),
            "by hand or end to end, on staging",
        ),
    ];
    out.table(&["Level", "What is proven", "With"], &rows, "");
}

/// Section 14.
pub(super) fn delivery(out: &mut Document, design: &Design) {
    let view = design.view;
    out.heading(2, "14 Delivery plan");
    let of = |priority: Priority| -> Vec<&Requirement> {
        view.model
            .requirements
            .iter()
            .filter(|r| r.priority == priority)
            .collect()
    };
    let mut rows = vec![vec![
        "M0".to_owned(),
        "Foundation: migration, accounts, roles, navigation, tokens".to_owned(),
        md::codes(build_order(view.model)),
        "Tables and policies pass their tests".to_owned(),
    ]];
    let steps = [
        ("M1", "Must", of(Priority::P0)),
        ("M2", "Should", of(Priority::P1)),
        ("M3", "Could", of(Priority::P2)),
    ];
    for (id, word, requirements) in steps {
        if requirements.is_empty() {
            continue;
        }
        let ids: Vec<&str> = requirements.iter().map(|r| r.id.as_str()).collect();
        let criteria: usize = requirements.iter().map(|r| r.acceptance.len()).sum();
        rows.push(vec![
            id.to_owned(),
            format!("{word}: {} requirements", requirements.len()),
            ids.join(", "),
            format!("{criteria} acceptance criteria pass"),
        ]);
    }
    rows.push(vec![
        "M4".to_owned(),
        "Release: quality targets, alarms, restore of a backup".to_owned(),
        md::or_dash(
            view.model
                .non_functional
                .iter()
                .map(|n| n.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        ),
        "Section 9 is measured on staging".to_owned(),
    ]);
    out.table(
        &["Milestone", "Content", "Items in order", "Done when"],
        &rows,
        "",
    );
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
    let mut rows: Vec<Vec<String>> = Vec::new();
    for asm in model.assumptions.iter().filter(|asm| asm.risk != "low") {
        let what = format!("The assumption is wrong: {}", asm.description);
        rows.push(vec![
            asm.id.clone(),
            md::text(&what),
            md::text(&asm.risk),
            "Confirm before M1".to_owned(),
        ]);
    }
    for question in model
        .open_questions
        .iter()
        .filter(|question| question.blocking)
    {
        let answer = "Answer before the requirements it concerns are started".to_owned();
        rows.push(vec![
            question.id.clone(),
            md::text(&question.question),
            "high".to_owned(),
            answer,
        ]);
    }
    for case in model
        .edge_cases
        .iter()
        .filter(|c| matches!(c.severity.as_str(), "high" | "critical"))
    {
        rows.push(vec![
            case.id.clone(),
            md::text(&case.scenario),
            md::text(&case.severity),
            md::text(&case.handling),
        ]);
    }
    let c = model.complexity;
    let dimensions = [
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
    ];
    for (score, what, answer) in dimensions {
        if score >= 4 {
            rows.push(vec![
                format!("complexity {score}"),
                what.to_owned(),
                "high".to_owned(),
                answer.to_owned(),
            ]);
        }
    }
    out.table(
        &["From", "Risk", "Weight", "Answer"],
        &rows,
        "Nothing above a low risk was found.",
    );
}

/// Section 16.
pub(super) fn traceability(out: &mut Document, design: &Design) {
    out.heading(2, "16 Traceability");
    let View { model, screens, .. } = design.view;
    let row = |requirement: &Requirement| {
        let id = &requirement.id;
        let pages = screens.iter().filter(|screen| screen.fr.contains(id));
        let calls = design
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.fr.contains(id));
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
            md::codes(
                calls
                    .map(|call| format!("{} {}", call.method, call.path))
                    .take(6),
            ),
            md::codes(tables.map(|entity| entity.table.as_str())),
            bound
                .map(|decision| decision.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            md::or_dash(tests.join(", ")),
        ]
    };
    let rows: Vec<_> = model.requirements.iter().map(row).collect();
    out.table(
        &[
            "Requirement",
            "Components",
            "Endpoints",
            "Tables",
            "Decisions",
            "Criteria",
        ],
        &rows,
        "",
    );
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
