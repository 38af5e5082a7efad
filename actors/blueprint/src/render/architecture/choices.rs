//! The stack: what each part is, why, and what was not taken.
//!
//! Invariant: versions come from [`crate::stack`], the table that the code bundle is built from.

use serde_json::{Value, json};

use crate::model::AppModel;
use crate::stack::{NODE_MIN, version};

/// One choice.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) area: &'static str,
    pub(super) taken: &'static str,
    pub(super) version: String,
    pub(super) why: &'static str,
    pub(super) rejected: &'static [&'static str],
}

impl Choice {
    pub(super) fn json(&self) -> Value {
        json!({
            "area": self.area, "choice": self.taken, "version": self.version,
            "why": self.why, "alternatives": self.rejected,
        })
    }
}

/// One line per side, for the summary.
pub(super) fn summary() -> [(&'static str, String); 3] {
    let v = version;
    [
        (
            "frontend",
            format!(
                "React {} with React Router {}, TypeScript {}, Tailwind CSS {}, built by Vite {}",
                v("react"),
                v("react-router-dom"),
                v("typescript"),
                v("tailwindcss"),
                v("vite")
            ),
        ),
        (
            "backend",
            format!(
                "Supabase: PostgreSQL with row-level security, authentication and REST interface; \
                 client @supabase/supabase-js {}",
                v("@supabase/supabase-js")
            ),
        ),
        (
            "deployment",
            "Static files on any web host or in Lovable; one Supabase project per environment"
                .to_owned(),
        ),
    ]
}

/// Area, choice, package (empty: hosted), why, rejected.
const ROWS: [(&str, &str, &str, &str, &[&str]); 12] = [
    (
        "Interface",
        "React",
        "react",
        "Known to most developers and to the tools that take over the code",
        &[
            "Vue: smaller pool of ready components",
            "Server-rendered templates: no live preview",
        ],
    ),
    (
        "Routing",
        "React Router",
        "react-router-dom",
        "Routes are data, so that access rules and navigation come from one list",
        &["File-based routing: ties the code to one framework"],
    ),
    (
        "Language",
        "TypeScript",
        "typescript",
        "Rows, forms and policies share types; a wrong field name does not compile",
        &["JavaScript: errors appear at run time"],
    ),
    (
        "Build",
        "Vite",
        "vite",
        "Starts at once and needs no server of its own",
        &["Next.js: a server to run for pages that are all behind a sign-in"],
    ),
    (
        "Styling",
        "Tailwind CSS",
        "tailwindcss",
        "Semantic tokens as CSS variables; light and dark theme from one set of classes",
        &[
            "CSS-in-JS: run-time cost",
            "Hand-written CSS: drifts from the tokens",
        ],
    ),
    (
        "Class names",
        "clsx and tailwind-merge",
        "tailwind-merge",
        "Variants of components stay readable and later classes win",
        &["String concatenation: conflicting classes"],
    ),
    (
        "Validation",
        "Zod",
        "zod",
        "One schema per entity checks forms and answers and gives the types",
        &["Checks by hand in every form: they drift apart"],
    ),
    (
        "Data client",
        "supabase-js",
        "@supabase/supabase-js",
        "Session handling and typed queries in one small client",
        &["Own REST client: session renewal to write and to test"],
    ),
    (
        "Unit and component tests",
        "Vitest",
        "vitest",
        "Same configuration as the build",
        &["Jest: a second tool chain"],
    ),
    (
        "Database tests",
        "PGlite",
        "@electric-sql/pglite",
        "A real PostgreSQL inside the test run proves the row policies, without a container",
        &["Mocks of the database: prove nothing about policies"],
    ),
    (
        "Page tests",
        "Testing Library",
        "@testing-library/react",
        "Tests use the page as people do: by roles and labels",
        &["Snapshots of markup: break on every change of style"],
    ),
    (
        "Database and authentication",
        "Supabase (PostgreSQL)",
        "",
        "Rights are enforced beside the data, not in each caller; standard SQL, can be hosted by oneself",
        &[
            "Firebase: no relations",
            "Own server: rights, sessions and operation to build first",
        ],
    ),
];

/// All choices.
pub(super) fn choices() -> Vec<Choice> {
    let mut all: Vec<Choice> = ROWS
        .into_iter()
        .map(|(area, choice, package, why, rejected)| Choice {
            area,
            taken: choice,
            version: if package.is_empty() {
                "hosted".to_owned()
            } else {
                version(package).to_owned()
            },
            why,
            rejected,
        })
        .collect();
    all.push(Choice {
        area: "Tool chain",
        taken: "Node.js",
        version: format!(">= {NODE_MIN}"),
        why: "Needed to build and test only; nothing of it runs in production",
        rejected: &["Bun, Deno: not what the test tools are proven on"],
    });
    all
}

/// A sentence about a stack that was asked for and is not the one that is generated.
pub(super) fn requested(model: &AppModel) -> Option<String> {
    let wanted = model.stack.requested.as_deref()?;
    if wanted.eq_ignore_ascii_case(&model.stack.framework) {
        return None;
    }
    Some(format!(
        "Requested was “{wanted}”; generated is the preset “{}”.",
        model.stack.framework
    ))
}
