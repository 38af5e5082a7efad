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

use manifest::About;
use names::Names;

use crate::bundle::{Files, zip};
use crate::model::AppModel;
use crate::screens::{Screen, ScreenKind, screens};
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
    let screens = screens(model);
    let all = names::names(model, &screens);
    let about = About {
        model,
        screens: &screens,
        all: &all,
    };
    let manifest = manifest::manifest(&about, &files, &bundle);
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
    let about = About {
        model,
        screens: &screens,
        all: &all,
    };
    let mut files = Files::new();
    let mut add = |(path, text): (String, String)| -> Result<(), Stopped> {
        meter.spend(STEPS_PER_FILE)?;
        files.insert(path, text.into_bytes());
        Ok(())
    };
    shell::files(model, &screens)
        .into_iter()
        .try_for_each(&mut add)?;
    project_files(&about).into_iter().try_for_each(&mut add)?;
    for names in &all {
        entity_files(model, names)
            .into_iter()
            .try_for_each(&mut add)?;
    }
    for screen in &screens {
        if let Some(file) = page_file(&about, screen) {
            add(file)?;
        }
    }
    Ok(files)
}

/// Files of which every application has exactly one.
fn project_files(about: &About<'_>) -> Vec<(String, String)> {
    let About {
        model,
        screens,
        all,
    } = *about;
    let mut files = vec![
        ("package.json", project::package_json(model)),
        ("index.html", project::index_html(model)),
        ("README.md", project::readme(model, all, screens)),
        ("src/lib/text.ts", project::text_file(model)),
        ("src/lib/about.ts", project::about_file(model)),
        ("src/lib/names.ts", access::names_file(model)),
        ("src/auth/permissions.ts", access::permissions_file(model)),
        ("src/routes.tsx", access::routes_file(screens)),
        ("src/navigation.ts", access::navigation_file(screens, all)),
        ("src/domain/index.ts", domain::index_file(all)),
        ("src/data/seed/index.ts", seed::index_file(all)),
        ("src/data/seed/people.ts", seed::people_file(model)),
    ];
    files.extend(project::style_files(model));
    files.extend(domain::repos_files(all));
    let migration = (
        format!("supabase/migrations/{MIGRATION}"),
        crate::sql::migration(model),
    );
    let files = files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text));
    files.chain([migration]).collect()
}

fn entity_files(model: &AppModel, names: &Names<'_>) -> [(String, String); 3] {
    let file = &names.file;
    [
        (
            format!("src/domain/{file}.ts"),
            domain::entity_file(model, names),
        ),
        (
            format!("src/data/seed/{file}.ts"),
            seed::entity_file(model, names),
        ),
        (
            format!("src/components/forms/{file}-fields.tsx"),
            forms::fields_file(model, names),
        ),
    ]
}

/// The page of a screen about an entity.
fn page_file(about: &About<'_>, screen: &Screen) -> Option<(String, String)> {
    let mut all = about.all.iter();
    let names = all.find(|names| Some(&names.entity.name) == screen.entity.as_ref())?;
    let page = pages::Page {
        model: about.model,
        all: about.all,
        names,
        screen,
    };
    let text = match screen.kind {
        ScreenKind::List => pages::list(page),
        ScreenKind::Detail => pages::detail(page),
        ScreenKind::Form if screen.is_edit() => pages::edit(page),
        _ => pages::create(page),
    };
    Some((format!("src/pages/{}.tsx", screen.component), text))
}
