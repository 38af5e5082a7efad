//! `architecture.md`, sections 9 to 12: quality, deployment, observability, tests.
//!
//! Invariant: each row names the ids it is about; nothing here is general advice without an item behind it.

use super::super::md::{self, Document};
use super::super::requirements::target;
use super::super::view::cut;
use super::{Design, diagrams};
use crate::model::NonFunctional;
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
pub(super) fn deployment(out: &mut Document) {
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
            "`VITE_SUPABASE_URL`, `VITE_SUPABASE_PUBLISHABLE_KEY`",
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
        "The publishable key is public by design; the service-role key never enters pages, repository or build.".to_owned(),
    ]);
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
    let (entities, screens) = (model.entities.len(), design.view.screens.len());
    let policies = design.policies.len();
    let rows = [
        row("Types", "the whole application".to_owned(), "TypeScript"),
        row(
            "Rights",
            format!("permission table: {policies} rights allowed, all others refused"),
            "Vitest",
        ),
        row(
            "Row policies",
            format!(
                "the migration in a real PostgreSQL: {policies} policies over {entities} tables"
            ),
            "PGlite in Vitest",
        ),
        row(
            "Life cycles",
            format!("{moves} allowed moves, all others refused"),
            "Vitest, PGlite",
        ),
        row(
            "Pages",
            format!("{screens} screens: open for their roles, closed to everybody else"),
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
