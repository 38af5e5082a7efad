//! `code.json` and `code.zip`: a Vite and React application that installs, type-checks, builds and passes its own tests.
//!
//! Invariant: every screen, entity and right of the model is in the bundle, and nothing of the model reaches a file
//! except through [`escape`].

mod access;
mod domain;
pub(crate) mod escape;
mod forms;
mod manifest;
mod names;
mod pages;
mod project;
mod seed;
pub(crate) mod shape;
mod shell;
pub(crate) mod source;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use crate::bundle::{Files, zip};
use crate::model::AppModel;
use crate::screens::{ScreenKind, screens};
use crate::{Artifact, Meter, Stopped};

/// File name of the first migration. Its time is fixed, so that the same model gives the same bundle.
const MIGRATION: &str = "20260101000000_init.sql";
/// Steps that one generated file costs.
const STEPS_PER_FILE: u64 = 1_000;

/// The manifest and the bundle.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn render(model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    let files = files(model, meter)?;
    let bundle = zip(&files);
    let manifest = manifest::manifest(model, &screens(model), &files, &bundle);
    let mut json = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    json.push('\n');
    Ok(vec![
        Artifact::text("code.json", "application/json", json),
        Artifact {
            name: "code.zip".to_owned(),
            media_type: "application/zip".to_owned(),
            bytes: bundle,
        },
    ])
}

/// Every file of the application by path.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn files(model: &AppModel, meter: &Meter) -> Result<Files, Stopped> {
    let screens = screens(model);
    let all = names::names(model, &screens);
    let mut files = Files::new();
    let mut add = |path: String, text: String| -> Result<(), Stopped> {
        meter.spend(STEPS_PER_FILE)?;
        files.insert(path, text.into_bytes());
        Ok(())
    };
    for (path, text) in shell::files(model, &screens) {
        add(path, text)?;
    }
    for (path, text) in project::style_files(model) {
        add(path.to_owned(), text)?;
    }
    add("package.json".to_owned(), project::package_json(model))?;
    add("index.html".to_owned(), project::index_html(model))?;
    add(
        "README.md".to_owned(),
        project::readme(model, &all, &screens),
    )?;
    add("src/lib/text.ts".to_owned(), project::text_file(model))?;
    add("src/lib/about.ts".to_owned(), project::about_file(model))?;
    add("src/lib/names.ts".to_owned(), access::names_file(model))?;
    add(
        "src/auth/permissions.ts".to_owned(),
        access::permissions_file(model),
    )?;
    add("src/routes.tsx".to_owned(), access::routes_file(&screens))?;
    add(
        "src/navigation.ts".to_owned(),
        access::navigation_file(&screens, &all),
    )?;
    add("src/domain/index.ts".to_owned(), domain::index_file(&all))?;
    add("src/data/seed/index.ts".to_owned(), seed::index_file(&all))?;
    add(
        "src/data/seed/people.ts".to_owned(),
        seed::people_file(model),
    )?;
    for (path, text) in domain::repos_files(&all) {
        add(path.to_owned(), text)?;
    }
    add(
        format!("supabase/migrations/{MIGRATION}"),
        crate::sql::migration(model),
    )?;
    for names in &all {
        add(
            format!("src/domain/{}.ts", names.file),
            domain::entity_file(model, names),
        )?;
        add(
            format!("src/data/seed/{}.ts", names.file),
            seed::entity_file(model, names),
        )?;
        add(
            format!("src/components/forms/{}-fields.tsx", names.file),
            forms::fields_file(model, names),
        )?;
    }
    for screen in &screens {
        let Some(names) = all
            .iter()
            .find(|names| Some(&names.entity.name) == screen.entity.as_ref())
        else {
            continue;
        };
        let page = pages::Page {
            model,
            all: &all,
            names,
            screen,
        };
        let text = match screen.kind {
            ScreenKind::List => pages::list(page),
            ScreenKind::Detail => pages::detail(page),
            ScreenKind::Form if screen.is_edit() => pages::edit(page),
            _ => pages::create(page),
        };
        add(format!("src/pages/{}.tsx", screen.component), text)?;
    }
    Ok(files)
}
