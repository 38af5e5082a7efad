//! What the compiler does not see: floors, file heads, forbidden crates, and tables in the README that must stay true.
//!
//! Invariant: a new module does not pass until it has been put on a floor.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the sources has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use aios_actors::base::error::ErrorCode;

/// Lowest floor first; a module may use its own floor and those below.
const ENGINE_FLOORS: &[&[&str]] = &[
    &["base"],
    &["domain"],
    // The suite that adapters must pass is a macro of `ports`.
    &["ports", "store_contract"],
    &["crypto", "observe"],
    &["stores", "agents"],
    &["tree"],
    &["engine", "Engine"],
];
const FRONT_FLOORS: &[&[&str]] = &[
    &["build_info", "edits", "config"],
    &["wire"],
    &["problem", "auth", "door", "telemetry"],
    &["listen"],
    &["health", "mcp", "rest"],
    &["app"],
    &["cli"],
];
/// Same floor, but strangers to each other.
const STRANGERS: &[(&str, &str)] = &[("mcp", "rest"), ("mcp", "health"), ("rest", "health")];
/// Longest file, tests not counted.
const LINES_MAX: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `dir`.
fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A file without its tests and comments.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
        || path.file_stem().is_some_and(|stem| stem == "tests")
}

/// The module of a file: its first path part below `src`.
fn module_of(src: &Path, file: &Path) -> String {
    let first = file.strip_prefix(src).unwrap().iter().next().unwrap();
    Path::new(first)
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

/// The words that follow `crate::` in a code text, grouped imports included.
fn used_modules(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map_or(rest, |group| {
            group.split_once('}').map_or(group, |(names, _)| names)
        });
        let names: Vec<&str> = if rest.starts_with('{') {
            group.split(',').collect()
        } else {
            vec![group]
        };
        for name in names {
            let word: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !word.is_empty() {
                used.insert(word);
            }
        }
    }
    used
}

/// Imports that point upwards, or to a module that stands on no floor.
fn wrong_arrows(src: &Path, floors: &[&[&str]]) -> Vec<String> {
    let floor_of = |module: &str| floors.iter().position(|floor| floor.contains(&module));
    let mut wrong = Vec::new();
    for file in sources(src) {
        let module = module_of(src, &file);
        if matches!(module.as_str(), "lib" | "main") || is_test_file(&file) {
            continue;
        }
        let Some(own) = floor_of(&module) else {
            wrong.push(format!("{}: `{module}` stands on no floor", file.display()));
            continue;
        };
        for used in used_modules(&code_of(&file)) {
            let is_stranger = STRANGERS
                .iter()
                .any(|&(a, b)| (a == module && b == used) || (b == module && a == used));
            match floor_of(&used) {
                Some(floor) if floor <= own && !is_stranger => {}
                _ => wrong.push(format!("{}: `{module}` uses `{used}`", file.display())),
            }
        }
    }
    wrong
}

#[test]
fn arrows_point_down_in_the_engine() {
    assert_eq!(
        wrong_arrows(&root().join("actors/src"), ENGINE_FLOORS),
        [""; 0]
    );
}

#[test]
fn arrows_point_down_in_the_front() {
    assert_eq!(wrong_arrows(&root().join("src"), FRONT_FLOORS), [""; 0]);
}

#[test]
fn rules_and_wire_know_no_machinery() {
    let checks: [(&str, &[&str]); 3] = [
        (
            "actors/src/domain",
            &["tokio::", "ractor::", "sled::", "tracing::", "metrics::"],
        ),
        (
            "actors/src/base",
            &["tokio::", "ractor::", "sled::", "tracing::", "metrics::"],
        ),
        ("src/wire", &["axum::", "tokio::", "hyper::", "reqwest::"]),
    ];
    for (dir, forbidden) in checks {
        for file in sources(&root().join(dir)) {
            let code = code_of(&file);
            for name in forbidden {
                // `crate::observe::metrics::` would be caught by the floors.
                let hit = code.split(name).count() > 1 && !code.contains(&format!("::{name}"));
                assert!(!hit, "{} uses {name}", file.display());
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_too_long() {
    let dirs = [
        "src",
        "actors/src",
        "actors/blueprint/src",
        "tests",
        "examples",
    ];
    let mut wrong = Vec::new();
    for dir in dirs
        .map(|dir| root().join(dir))
        .iter()
        .filter(|dir| dir.is_dir())
    {
        for file in sources(dir) {
            let text = fs::read_to_string(&file).unwrap();
            if !text.starts_with("//! ") || text.lines().next().unwrap().len() < 12 {
                wrong.push(format!("{}: no head", file.display()));
            }
            let lines = text
                .split("\n#[cfg(test)]\nmod ")
                .next()
                .unwrap()
                .lines()
                .count();
            if lines > LINES_MAX && !is_test_file(&file) {
                wrong.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn required_but_aged_crates_stay_in_their_corner() {
    let corners = [
        ("backoff", "actors/src/domain/retry.rs"),
        ("sled", "actors/src/stores/local/"),
    ];
    for (name, corner) in corners {
        for dir in ["src", "actors/src"] {
            for file in sources(&root().join(dir)) {
                let inside = file.starts_with(root().join(corner)) || file == root().join(corner);
                let code = code_of(&file);
                let uses =
                    code.contains(&format!("use {name}::")) || code.contains(&format!(" {name}::"));
                assert!(inside || !uses, "{} uses {name}", file.display());
            }
        }
    }
}

#[test]
fn a_caller_that_went_away_kills_no_actor() {
    for file in sources(&root().join("actors/src")) {
        for line in code_of(&file).lines() {
            let is_bad = line.contains("reply.send(") && line.trim_end().ends_with(")?;");
            assert!(!is_bad, "{}: {line}", file.display());
        }
    }
}

/// Everything that `package` needs, by Cargo.lock.
fn dependencies_of(package: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let lock: toml::Table = text.parse().unwrap();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in lock["package"].as_array().unwrap() {
        let first_word = |text: &str| text.split(' ').next().unwrap().to_owned();
        let needs = row
            .get("dependencies")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten();
        let needs = needs.map(|name| first_word(name.as_str().unwrap()));
        graph
            .entry(row["name"].as_str().unwrap().to_owned())
            .or_default()
            .extend(needs);
    }
    let (mut seen, mut open) = (BTreeSet::new(), vec![package.to_owned()]);
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            open.extend(graph.get(&name).into_iter().flatten().cloned());
        }
    }
    seen
}

#[test]
fn the_engine_brings_no_http_and_no_tls() {
    let needs = dependencies_of("aios-actors");
    assert!(
        needs.contains("ractor"),
        "the walk over Cargo.lock found nothing"
    );
    for name in [
        "axum",
        "hyper",
        "hyper-util",
        "reqwest",
        "http",
        "rustls",
        "tower",
        "h2",
    ] {
        assert!(!needs.contains(name), "aios-actors depends on {name}");
    }
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The rows of the README's table under `heading`, cell by cell, without backticks.
fn table_under(heading: &str) -> Vec<Vec<String>> {
    let readme = readme();
    let (_, section) = readme
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no {heading}"));
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let inner = line.trim_matches('|').split('|');
        inner
            .map(|cell| cell.trim().replace('`', ""))
            .collect::<Vec<_>>()
    };
    rows.skip(2).map(cells).collect()
}

#[test]
fn the_readmes_error_table_is_the_code_table() {
    let said: Vec<_> = table_under("### Errors")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    let real: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| code.row())
        .map(|row| {
            let again = if row.retryable { "yes" } else { "no" };
            (
                row.name.to_owned(),
                row.http_status.to_string(),
                again.to_owned(),
            )
        })
        .collect();
    assert_eq!(said, real);
}

#[test]
fn the_readmes_settings_exist() {
    use aios_lovable_mcp::config::{Sources, load};
    let known: BTreeSet<String> = load(&Sources::default())
        .unwrap()
        .settings
        .into_iter()
        .map(|row| row.key)
        .collect();
    for row in table_under("### Settings") {
        let key = &row[1];
        let is_known =
            known.contains(key) || key.starts_with("auth.keys") || key.contains('*') || key == "—";
        assert!(is_known, "README names the setting {key}");
    }
}

#[test]
fn the_readmes_endpoints_are_served() {
    let code: String = sources(&root().join("src"))
        .iter()
        .map(|file| code_of(file))
        .collect();
    for row in table_under("### Endpoints") {
        let path = row[0].split(' ').next_back().unwrap();
        assert!(code.contains(&format!("\"{path}\"")), "README names {path}");
    }
}
