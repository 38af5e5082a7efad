//! `code.json`: what the bundle holds, and honestly what was and was not checked.
//!
//! Invariant: valid against `config/schemas/code-manifest.schema.json`; a check that was not run says "skipped".

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::MIGRATION;
use super::names::Names;
use super::project::packages;
use crate::bundle::Files;
use crate::model::AppModel;
use crate::screens::Screen;
use crate::tokens::tokens;

/// Most requirement ids of one file; the schema's limit.
const FR_MAX: usize = 50;

/// What the files are about.
pub(super) struct About<'a> {
    /// The application.
    pub(super) model: &'a AppModel,
    /// Its pages.
    pub(super) screens: &'a [Screen],
    /// Names of its entities.
    pub(super) all: &'a [Names<'a>],
}

/// The manifest of `files`, packed as `zip`.
pub(super) fn manifest(about: &About<'_>, files: &Files, zip: &[u8]) -> Value {
    let rows: Vec<Value> = files
        .iter()
        .map(|(path, bytes)| row(about, path, bytes))
        .collect();
    json!({
        "schemaVersion": "1.0",
        "framework": "vite-react",
        "root": ".",
        "totalBytes": files.values().map(Vec::len).sum::<usize>(),
        "fileCount": files.len(),
        "bundleSha256": sha256(zip),
        "files": rows,
        "dependencies": { "production": packages(false), "development": packages(true) },
        "setup_instructions": format!(
            "Node.js {} or newer. Unpack, then: npm install; npm run dev. Sign in with a demo account; data stays in the \
             browser. For a real database apply supabase/migrations/{MIGRATION} to a Supabase project and copy \
             .env.example to .env. README.md has the steps. npm run check runs types, build and tests.",
            crate::stack::NODE_MIN
        ),
        "verification": verification(about.model),
    })
}

/// Only the contrast of the colours is computed while rendering; everything else needs the tool chain.
fn verification(model: &AppModel) -> Value {
    let pairs = tokens(&model.design).contrast;
    let holds = !pairs.is_empty() && pairs.iter().all(|(_, _, level)| *level != "fail");
    json!({
        "syntax": "skipped",
        "sql": "skipped",
        "contrast": if holds { "pass" } else { "fail" },
        "typecheck": "skipped",
        "build": "skipped",
        "tests": "skipped",
        "details": [
            format!("contrast: {} pairs of colours computed against WCAG 2.2 AA", pairs.len()),
            "syntax, typecheck, build, tests: not run by the generator; run `npm install && npm run check`".to_owned(),
            "sql: not run by the generator; tests/policies.test.ts applies the migration to PostgreSQL and checks its \
             policies".to_owned(),
        ],
    })
}

fn row(about: &About<'_>, path: &str, bytes: &[u8]) -> Value {
    let (language, media_type) = language(path);
    json!({
        "path": path,
        "language": language,
        "mediaType": media_type,
        "bytes": bytes.len(),
        "sha256": sha256(bytes),
        "role": role(path),
        "fr": requirements(about, path),
    })
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn language(path: &str) -> (&'static str, &'static str) {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "ts" => ("typescript", "text/typescript"),
        "tsx" => ("tsx", "text/tsx"),
        "css" => ("css", "text/css"),
        "html" => ("html", "text/html"),
        "json" => ("json", "application/json"),
        "md" => ("markdown", "text/markdown"),
        "sql" => ("sql", "application/sql"),
        "svg" => ("svg", "image/svg+xml"),
        "toml" => ("toml", "application/toml"),
        _ => ("text", "text/plain"),
    }
}

fn role(path: &str) -> &'static str {
    let starts = |prefix: &str| path.starts_with(prefix);
    match path {
        "src/index.css" => "style",
        "src/routes.tsx" | "src/navigation.ts" => "route",
        "src/App.tsx" | "src/main.tsx" => "component",
        _ if starts("src/pages/") => "page",
        _ if starts("src/components/") => "component",
        _ if starts("src/") => "lib",
        _ if starts("supabase/migrations/") => "migration",
        _ if starts("tests/") => "test",
        _ if starts("public/") => "asset",
        "README.md" | "AGENTS.md" => "doc",
        _ => "config",
    }
}

/// Ids of the requirements that a file serves: those of its screen, or of the entity it is about.
fn requirements(about: &About<'_>, path: &str) -> Vec<String> {
    let stem = path
        .rsplit('/')
        .next()
        .and_then(|name| name.split('.').next())
        .unwrap_or_default();
    let mut ids = if path.starts_with("src/pages/") {
        let screen = about.screens.iter().find(|screen| screen.component == stem);
        screen.map_or_else(Vec::new, |screen| screen.fr.clone())
    } else if path.starts_with("supabase/migrations/") {
        let about_data = about
            .model
            .requirements
            .iter()
            .filter(|requirement| !requirement.entities.is_empty());
        about_data
            .map(|requirement| requirement.id.clone())
            .collect()
    } else {
        let own = about.all.iter().find(|names| {
            (path.starts_with("src/domain/") && stem == names.file)
                || (path.starts_with("src/components/forms/")
                    && stem.strip_suffix("-fields") == Some(&names.file))
        });
        own.map_or_else(Vec::new, |names| {
            about.model.requirements_of(&names.entity.name)
        })
    };
    ids.retain(|id| is_requirement_id(id));
    ids.truncate(FR_MAX);
    ids
}

fn is_requirement_id(id: &str) -> bool {
    id.strip_prefix("FR-").is_some_and(|number| {
        (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
}
