//! Files about the project as a whole: package, start page, style, documents.
//!
//! Invariant: versions come from `stack::PACKAGES` and colours from `tokens`, nothing is written down twice.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::MIGRATION;
use super::access::action_word;
use super::escape::{html, markdown, one_line, sql, ts};
use super::names::Names;
use super::source::{Source, fill};
use crate::model::{AppModel, Priority, Scope};
use crate::screens::{Screen, ScreenKind, is_portuguese, rights};
use crate::sql::{default_role, roles_table};
use crate::stack::{NODE_MIN, PACKAGES};
use crate::tokens::{Tokens, tokens};

/// Most features on the start page.
const FEATURES_MAX: usize = 6;

/// Packages of one kind with their exact versions.
pub(super) fn packages(development: bool) -> Value {
    let rows = PACKAGES
        .iter()
        .filter(|package| package.development == development);
    Value::Object(
        rows.map(|package| (package.name.to_owned(), json!(package.version)))
            .collect::<Map<_, _>>(),
    )
}

/// `package.json`.
pub(super) fn package_json(model: &AppModel) -> String {
    let package = json!({
        "name": slug(model),
        "private": true,
        "version": "0.1.0",
        "type": "module",
        "engines": { "node": format!(">={NODE_MIN}") },
        "scripts": {
            "dev": "vite",
            "build": "vite build",
            "preview": "vite preview",
            "typecheck": "tsc --noEmit",
            "test": "vitest run",
            "check": "npm run typecheck && npm run build && npm test",
        },
        "dependencies": packages(false),
        "devDependencies": packages(true),
    });
    let mut text = serde_json::to_string_pretty(&package).unwrap_or_default();
    text.push('\n');
    text
}

/// The slug of the product, safe in JSON, TOML and a storage key.
pub(super) fn slug(model: &AppModel) -> String {
    let slug = model
        .product
        .slug
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-');
    let slug: String = slug.take(60).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "app".to_owned()
    } else {
        slug.to_owned()
    }
}

fn name(model: &AppModel) -> String {
    let name = one_line(&model.product.name);
    if name.is_empty() {
        "App".to_owned()
    } else {
        name
    }
}

/// `index.html`.
pub(super) fn index_html(model: &AppModel) -> String {
    let lang = if is_portuguese(model) { "pt-BR" } else { "en" };
    let (title, description) = (html(&name(model)), html(&model.product.vision));
    let values = [
        ("lang", lang),
        ("title", title.as_str()),
        ("description", &description),
    ];
    fill(include_str!("templates/root/index.html"), &values)
}

/// `src/lib/text.ts`.
pub(super) fn text_file(model: &AppModel) -> String {
    let (template, locale) = if is_portuguese(model) {
        (include_str!("templates/lib/text.pt.ts"), "pt-BR")
    } else {
        (include_str!("templates/lib/text.en.ts"), "en")
    };
    let (name, tagline) = (ts(&name(model)), ts(&one_line(&model.product.vision)));
    fill(
        template,
        &[
            ("locale", locale),
            ("appName", &name),
            ("tagline", &tagline),
        ],
    )
}

/// `src/lib/about.ts`: what the start page tells.
pub(super) fn about_file(model: &AppModel) -> String {
    let mut features: Vec<&str> = Vec::new();
    for priority in [Priority::P0, Priority::P1, Priority::P2] {
        let fitting = model
            .requirements
            .iter()
            .filter(|requirement| requirement.priority == priority);
        features.extend(fitting.map(|requirement| requirement.title.as_str()));
    }
    features.truncate(FEATURES_MAX);
    let mut out = Source::default();
    out.line("type About = {")
        .line("  features: readonly string[];");
    out.line("  problem: string | null;");
    out.line("  audience: readonly { label: string; description: string }[];")
        .line("};")
        .line("");
    out.line("/** What the start page tells about the product. */");
    out.open("export const about: About = {");
    out.open("features: [");
    for feature in features {
        out.line(format!("{},", ts(&one_line(feature))));
    }
    out.close("],");
    let problem = model
        .product
        .problem
        .as_deref()
        .map_or_else(|| "null".to_owned(), |text| ts(&one_line(text)));
    out.line(format!("problem: {problem},"));
    out.open("audience: [");
    for role in &model.roles {
        let (label, description) = (ts(&one_line(&role.label)), ts(&one_line(&role.description)));
        out.line(format!("{{ label: {label}, description: {description} }},"));
    }
    out.close("],").close("};");
    out.finish()
}

/// `src/index.css` and `public/favicon.svg`.
pub(super) fn style_files(model: &AppModel) -> [(&'static str, String); 2] {
    let tokens = tokens(&model.design);
    let lines = |theme: &[(&'static str, String)]| {
        let lines: Vec<String> = theme
            .iter()
            .map(|(name, value)| format!("  --{name}: {value};"))
            .collect();
        lines.join("\n")
    };
    let theme: Vec<String> = tokens
        .light
        .iter()
        .map(|(name, _)| format!("  --color-{name}: var(--{name});"))
        .collect();
    let values = [
        ("light", lines(&tokens.light)),
        ("dark", lines(&tokens.dark)),
        ("theme", theme.join("\n")),
        ("radius", format!("{}", tokens.radius_rem)),
        ("font", font(&tokens)),
    ];
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let css = fill(include_str!("templates/root/index.css"), &values);
    let colour = |name: &str| {
        let found = tokens.light.iter().find(|(token, _)| *token == name);
        found.map_or_else(|| "#222222".to_owned(), |(_, value)| value.clone())
    };
    let (primary, on) = (colour("primary"), colour("primary-foreground"));
    let icon = fill(
        include_str!("templates/root/favicon.svg"),
        &[("primary", &primary), ("onPrimary", &on)],
    );
    [("src/index.css", css), ("public/favicon.svg", icon)]
}

/// The font stack without anything that could end the declaration.
fn font(tokens: &Tokens) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, ' ' | ',' | '-' | '_' | '"' | '\'');
    let font: String = tokens.font_family.chars().filter(|c| safe(*c)).collect();
    let closed =
        font.matches('"').count().is_multiple_of(2) && font.matches('\'').count().is_multiple_of(2);
    if closed && !font.trim().is_empty() {
        font
    } else {
        "ui-sans-serif, system-ui, sans-serif".to_owned()
    }
}

/// `README.md`.
pub(super) fn readme(model: &AppModel, all: &[Names<'_>], screens: &[Screen]) -> String {
    let default = default_role(model).map_or_else(
        || "A new account has no role until an administrator gives it one.".to_owned(),
        |role| format!("A new account gets the role `{}`.", role.id),
    );
    let (title, vision) = (markdown(&name(model)), markdown(&model.product.vision));
    let entities = entity_rows(model, all, screens);
    let permissions = permission_table(model);
    let (first_admin, questions) = (first_admin(model), questions(model));
    let values = [
        ("name", title.as_str()),
        ("vision", &vision),
        ("node", NODE_MIN),
        ("migration", MIGRATION),
        ("defaultRole", &default),
        ("firstAdmin", &first_admin),
        ("entities", &entities),
        ("permissions", &permissions),
        ("questions", &questions),
    ];
    fill(include_str!("templates/root/README.md"), &values)
}

fn first_admin(model: &AppModel) -> String {
    let Some(role) = model.roles.iter().find(|role| role.is_admin) else {
        return String::new();
    };
    let table = roles_table(model);
    format!(
        "4. Make the first administrator in the SQL editor; that one gives roles to everybody else on the page\n   \
         `/admin/roles`:\n\n   ```sql\n   insert into public.{table} (user_id, role)\n   select id, {} from auth.users \
         where email = 'you@example.com';\n   ```\n",
        sql(&role.id)
    )
}

fn entity_rows(model: &AppModel, all: &[Names<'_>], screens: &[Screen]) -> String {
    let mut rows = Vec::new();
    for names in all {
        let entity = names.entity;
        let list = screens.iter().find(|screen| {
            screen.kind == ScreenKind::List && screen.entity.as_ref() == Some(&entity.name)
        });
        let page = list.map_or_else(String::new, |screen| format!("`{}`", screen.route));
        let fr = model.requirements_of(&entity.name).join(", ");
        rows.push(format!(
            "| {} | `{}` | {page} | {fr} |",
            markdown(&entity.label),
            entity.table
        ));
    }
    rows.join("\n")
}

fn permission_table(model: &AppModel) -> String {
    let rights = rights(model);
    let heads: Vec<String> = model
        .roles
        .iter()
        .map(|role| markdown(&role.label))
        .collect();
    let mut text = format!(
        "| | {} |\n| --- |{}",
        heads.join(" | "),
        " --- |".repeat(heads.len())
    );
    for entity in &model.entities {
        // Writing to a string does not fail.
        let _ = write!(text, "\n| {} |", markdown(&entity.label));
        for role in &model.roles {
            let right = rights
                .iter()
                .find(|row| row.role == role.id && row.entity == entity.name);
            let cell = right.map_or_else(
                || "–".to_owned(),
                |right| {
                    let actions: Vec<&str> = right
                        .actions
                        .iter()
                        .map(|action| action_word(*action))
                        .collect();
                    let own = if right.scope == Scope::Own {
                        " (own)"
                    } else {
                        ""
                    };
                    format!("{}{own}", actions.join(", "))
                },
            );
            let _ = write!(text, " {cell} |");
        }
    }
    text
}

fn questions(model: &AppModel) -> String {
    if model.open_questions.is_empty() && model.assumptions.is_empty() {
        return String::new();
    }
    let mut text = "\n## Assumed, and still open\n\n".to_owned();
    for item in &model.assumptions {
        let _ = writeln!(text, "- {}: {}", item.id, markdown(&item.description));
    }
    for item in &model.open_questions {
        let _ = writeln!(text, "- {}: {}", item.id, markdown(&item.question));
    }
    text
}
