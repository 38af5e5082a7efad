//! Tests of the bundle. Invariant checked: closed imports, no escapes, an honest manifest, the same bytes every time.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::bundle;
use crate::fixture;

fn models() -> [AppModel; 3] {
    [fixture::clinic(), samples::tiny(), samples::large()]
}

fn text_files(model: &AppModel) -> Vec<(String, String)> {
    let files = files(model, &Meter::default()).unwrap();
    let text = |(path, bytes): (String, Vec<u8>)| (path, String::from_utf8(bytes).unwrap());
    files.into_iter().map(text).collect()
}

/// Modules that a source file imports, statically or with `import()`.
fn imported(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in source.lines() {
        let line = line.trim();
        let tail = if line.starts_with("import ") || line.starts_with("} from ") {
            line.rsplit_once("from ")
                .map_or_else(|| line.strip_prefix("import "), |(_, tail)| Some(tail))
        } else {
            line.split_once("import(\"")
                .map(|(before, _)| &line[before.len() + "import(".len()..])
        };
        let module = tail
            .and_then(|tail| tail.strip_prefix('"'))
            .and_then(|tail| tail.split_once('"'));
        found.extend(module.map(|(module, _)| module));
    }
    found
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// What is wrong with the imports of a bundle; empty when nothing is.
fn open_imports(files: &[(String, String)]) -> Vec<String> {
    let paths: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let mut wrong = Vec::new();
    for (path, text) in files {
        if !matches!(extension(path), "ts" | "tsx") || path == "src/vite-env.d.ts" {
            continue;
        }
        for module in imported(text) {
            let known = module.strip_prefix("@/").map_or_else(
                || {
                    let node = module.starts_with("node:");
                    let package = crate::stack::PACKAGES.iter().any(|package| {
                        module == package.name || module.starts_with(&format!("{}/", package.name))
                    });
                    node || package
                },
                |own| {
                    ["", ".ts", ".tsx", "/index.ts"]
                        .iter()
                        .any(|end| paths.contains(format!("src/{own}{end}").as_str()))
                },
            );
            if !known {
                wrong.push(format!("{path}: {module}"));
            }
        }
    }
    wrong
}

#[test]
fn every_import_resolves() {
    for model in models() {
        let files = text_files(&model);
        assert_eq!(open_imports(&files), Vec::<String>::new());
        let count: usize = files.iter().map(|(_, text)| imported(text).len()).sum();
        assert!(count > 150, "the check found only {count} imports");
    }
}

#[test]
fn every_screen_is_a_page_with_a_route() {
    for model in models() {
        let files = files(&model, &Meter::default()).unwrap();
        let routes = String::from_utf8(files["src/routes.tsx"].clone()).unwrap();
        for screen in screens(&model) {
            let page = &files[&format!("src/pages/{}.tsx", screen.component)];
            let page = String::from_utf8(page.clone()).unwrap();
            assert!(page.contains(&format!("export default function {}()", screen.component)));
            assert!(routes.contains(&format!(
                "{{ path: {}, Page: {}",
                escape::ts(&screen.route),
                screen.component
            )));
        }
    }
}

#[test]
fn every_entity_is_a_table_with_policies_and_a_schema() {
    for model in models() {
        let sql = crate::sql::migration(&model);
        let files = text_files(&model);
        for entity in &model.entities {
            let table = escape::sql_name(&entity.table);
            assert!(
                sql.contains(&format!("create table public.{table} (")),
                "{table}"
            );
            assert!(
                sql.contains(&format!(
                    "alter table public.{table} enable row level security;"
                )),
                "{table}"
            );
            let schema = format!("{}Entity: EntityDef<", heck::AsLowerCamelCase(&entity.name));
            assert!(
                files.iter().any(|(_, text)| text.contains(&schema)),
                "{schema}"
            );
        }
        let policies = sql.matches("create policy ").count();
        let rights: usize = crate::screens::rights(&model)
            .iter()
            .map(|right| right.actions.len())
            .sum();
        // Two tables of accounts have five policies of their own.
        assert_eq!(policies, rights + 5);
        assert!(!sql.contains("(true)"));
    }
}

#[test]
fn no_file_keeps_a_placeholder_an_any_or_a_note_to_self() {
    for model in [fixture::clinic(), samples::tiny()] {
        for (path, text) in text_files(&model) {
            for word in [
                ": any",
                "as any",
                "<any>",
                "TODO",
                "FIXME",
                "{{slug",
                "{{name",
                "{{component",
                "{{rows",
            ] {
                assert!(!text.contains(word), "{path}: {word}");
            }
        }
    }
}

#[test]
fn components_use_semantic_colours_only() {
    let palette = [
        "red", "blue", "green", "gray", "slate", "zinc", "white", "black", "yellow", "amber",
        "indigo",
    ];
    for (path, text) in text_files(&fixture::clinic()) {
        if extension(&path) != "tsx" {
            continue;
        }
        for colour in palette {
            for use_of in ["bg", "text", "border", "outline", "ring", "fill"] {
                assert!(
                    !text.contains(&format!("{use_of}-{colour}")),
                    "{path}: {use_of}-{colour}"
                );
            }
        }
        assert!(!text.contains("dangerouslySetInnerHTML"), "{path}");
    }
}

#[test]
fn the_manifest_is_valid_and_its_sums_are_right() {
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../config/schemas/code-manifest.schema.json"
    );
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for model in models() {
        let artifacts = render(&model, &Meter::default()).unwrap();
        let manifest: Value = serde_json::from_slice(&artifacts[0].bytes).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&manifest)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        let zip = &artifacts[1].bytes;
        assert_eq!(manifest["bundleSha256"], manifest::sha256(zip));
        let rows = manifest["files"].as_array().unwrap();
        assert_eq!(rows.len(), bundle::list(zip).len());
        for row in rows {
            let bytes = bundle::read(zip, row["path"].as_str().unwrap()).unwrap();
            assert_eq!(row["sha256"], manifest::sha256(&bytes));
            assert_eq!(row["bytes"], bytes.len());
        }
        assert_eq!(manifest["verification"]["tests"], "skipped");
    }
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let once = render(&samples::large(), &Meter::default()).unwrap();
    assert_eq!(once, render(&samples::large(), &Meter::default()).unwrap());
}

#[test]
fn a_cancelled_run_stops() {
    let meter = Meter::default();
    meter.cancel();
    assert_eq!(render(&fixture::clinic(), &meter), Err(Stopped::Cancelled));
}

#[test]
fn an_administrators_role_is_never_the_default() {
    assert!(crate::sql::default_role(&samples::tiny()).is_none());
    let sql = crate::sql::migration(&samples::tiny());
    assert!(!sql.contains("values (new.id, 'admin')"));
}

#[test]
fn tables_of_accounts_step_aside_for_entities() {
    let model = samples::large();
    assert_eq!(crate::sql::roles_table(&model), "user_roles_");
    assert!(crate::sql::migration(&model).contains("from public.user_roles_ as given"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_model_gives_a_closed_bundle(model in samples::any_model()) {
        let files = text_files(&model);
        prop_assert_eq!(open_imports(&files), Vec::<String>::new());
        let mut seen = BTreeSet::new();
        for (path, _) in &files {
            prop_assert!(seen.insert(path.to_lowercase()), "{} differs from another path only by case", path);
        }
        let artifacts = render(&model, &Meter::default()).unwrap();
        prop_assert_eq!(&artifacts, &render(&model, &Meter::default()).unwrap());
    }
}

/// Writes bundles for the npm harness: `AIOS_EMIT_DIR=… cargo test emits_the_samples -- --ignored`.
#[test]
#[ignore = "needs a directory in AIOS_EMIT_DIR"]
fn emits_the_samples() {
    use proptest::strategy::ValueTree as _;
    let root = std::path::PathBuf::from(std::env::var("AIOS_EMIT_DIR").unwrap());
    let named = ["clinic", "tiny", "large"]
        .map(str::to_owned)
        .into_iter()
        .zip(models());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let random = (0..6).map(|n| {
        let model = samples::any_model()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        (format!("random{n}"), model)
    });
    for (name, model) in named.chain(random) {
        for (path, bytes) in files(&model, &Meter::default()).unwrap() {
            let path = root.join(&name).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}
