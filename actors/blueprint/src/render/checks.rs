//! Checks of all documents together: schemas, diagrams, tables, sameness.
//!
//! Invariant: they hold for the fixture and for every random model.

use std::collections::BTreeSet;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use super::{architecture, generator, requirements, ux};
use crate::fixture::{self, HOSTILE};
use crate::screens::{Screen, screens};
use crate::{AppModel, Artifact, Meter, Stopped};

const SCHEMAS: [(&str, &str); 3] = [
    (
        "requirements.json",
        include_str!("../../../../config/schemas/requirements.schema.json"),
    ),
    (
        "architecture.json",
        include_str!("../../../../config/schemas/architecture.schema.json"),
    ),
    (
        "ux-spec.json",
        include_str!("../../../../config/schemas/ux-spec.schema.json"),
    ),
];

fn all(model: &AppModel) -> Vec<Artifact> {
    let meter = Meter::default();
    let mut all = requirements::render(model, "2026-01-02T03:04:05Z", &meter).unwrap();
    all.extend(architecture::render(model, &meter).unwrap());
    all.extend(ux::render(model, &meter).unwrap());
    all
}

fn text<'a>(artifacts: &'a [Artifact], name: &str) -> &'a str {
    let found = artifacts
        .iter()
        .find(|artifact| artifact.name == name)
        .unwrap();
    std::str::from_utf8(&found.bytes).unwrap()
}

fn json(artifacts: &[Artifact], name: &str) -> Value {
    serde_json::from_str(text(artifacts, name)).unwrap()
}

/// What is wrong with the artifacts of a model.
fn faults(artifacts: &[Artifact]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, schema) in SCHEMAS {
        let schema: Value = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors = validator
            .iter_errors(&json(artifacts, name))
            .map(|e| format!("{name} {}: {e}", e.instance_path()))
            .collect::<Vec<_>>();
        faults.extend(errors);
    }
    for artifact in artifacts
        .iter()
        .filter(|artifact| artifact.media_type == "text/markdown")
    {
        let markdown = text(artifacts, &artifact.name);
        faults.extend(markdown_faults(&artifact.name, markdown));
        for diagram in diagrams(markdown) {
            faults.extend(diagram_faults(&diagram));
        }
    }
    faults
}

/// Contents of the Mermaid blocks, as a Markdown reader sees them.
fn diagrams(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(language)))
                if &*language == "mermaid" =>
            {
                open = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(body) = &mut open {
                    body.push_str(&text);
                }
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

/// HTML, images and links never come from a specification; every table line has the cells of its head.
fn markdown_faults(name: &str, markdown: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                faults.push(format!("{name}: html {html}"));
            }
            Event::Start(Tag::Image { .. } | Tag::Link { .. }) => {
                faults.push(format!("{name}: link or image"));
            }
            _ => {}
        }
    }
    let mut cells = None;
    for line in markdown.lines() {
        if !line.starts_with("| ") && !line.starts_with("| -") && !line.starts_with("| ---") {
            cells = None;
            continue;
        }
        // Drawings also start with a bar, but end their rows differently from an escaped table.
        if markdown_table_line(line) {
            let count = line
                .replace("\\\\", "")
                .replace("\\|", "")
                .matches('|')
                .count();
            if *cells.get_or_insert(count) != count {
                faults.push(format!("{name}: {count} bars in {line}"));
            }
        }
    }
    faults
}

/// Drawings are exactly 76 characters wide between two frames; tables of documents are not checked when they are too.
fn markdown_table_line(line: &str) -> bool {
    line.ends_with(" |") && line.chars().count() != 76
}

/// A small grammar: each line of a diagram must be one of the statements that the builder prints.
fn diagram_faults(diagram: &str) -> Vec<String> {
    let mut lines = diagram.lines();
    let kind = lines.next().unwrap_or_default();
    let mut depth = 0i32;
    let mut faults = Vec::new();
    for line in lines {
        let line = line.trim();
        let known = match kind.split(' ').next().unwrap_or_default() {
            "flowchart" => flowchart_line(line),
            "erDiagram" => er_line(line),
            "stateDiagram-v2" => state_line(line),
            "sequenceDiagram" => sequence_line(line),
            _ => false,
        };
        if line.starts_with("subgraph ") || line.starts_with("alt ") || line.ends_with('{') {
            depth += 1;
        }
        if line == "end" || line == "}" {
            depth -= 1;
        }
        if !known || depth < 0 {
            faults.push(format!("{kind}: {line}"));
        }
    }
    if depth != 0 {
        faults.push(format!("{kind}: frames do not close"));
    }
    faults
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Inside of a label: no sign that ends it, every `#` begins an entity code, every `;` ends one.
fn is_label(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(['#', ';']) {
        let Some(code) = rest[at..].strip_prefix('#') else {
            return false;
        };
        let Some(end) = code.find(';') else {
            return false;
        };
        if !is_id(&code[..end]) {
            return false;
        }
        rest = &code[end + 1..];
    }
    !text.is_empty()
        && !text.contains([
            '"', '[', ']', '{', '}', '(', ')', '|', '<', '>', '%', ':', '`',
        ])
}

fn flowchart_line(line: &str) -> bool {
    if line == "end" {
        return true;
    }
    let node = line.strip_prefix("subgraph ").unwrap_or(line);
    for (open, close) in [
        ("[(\"", "\")]"),
        ("([\"", "\"])"),
        ("[\"", "\"]"),
        ("{\"", "\"}"),
    ] {
        if let Some((id, label)) = node.split_once(open) {
            return is_id(id) && label.strip_suffix(close).is_some_and(is_label);
        }
    }
    let Some((from, to)) = line.split_once(" -->") else {
        return false;
    };
    match to.strip_prefix("|\"").and_then(|to| to.split_once("\"| ")) {
        Some((label, to)) => is_id(from) && is_label(label) && is_id(to),
        None => is_id(from) && to.strip_prefix(' ').is_some_and(is_id),
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

fn er_line(line: &str) -> bool {
    if line == "}" {
        return true;
    }
    if let Some(name) = line.strip_suffix(" {") {
        return quoted(name).is_some_and(is_id);
    }
    let parts: Vec<&str> = line.splitn(5, ' ').collect();
    match parts.as_slice() {
        [from, ends, to, ":", label] => {
            let known = ["}o--||", "}o--o|", "|o--||", "|o--o|", "}o--o{"].contains(ends);
            let names = [from, to]
                .into_iter()
                .all(|name| quoted(name).is_some_and(is_id));
            known && names && quoted(label).is_some_and(is_label)
        }
        [kind, name] => is_id(kind) && is_id(name) && !["pk", "fk", "uk"].contains(name),
        [kind, name, key] => is_id(kind) && is_id(name) && ["PK", "FK", "UK"].contains(key),
        _ => false,
    }
}

fn state_line(line: &str) -> bool {
    if line == "direction LR" {
        return true;
    }
    if let Some(rest) = line.strip_prefix("state \"") {
        let parts = rest.rsplit_once("\" as ");
        return parts.is_some_and(|(label, id)| is_label(label) && is_id(id));
    }
    let Some((from, to)) = line.split_once(" --> ") else {
        return false;
    };
    let (to, label) = to
        .split_once(" : ")
        .map_or((to, "x"), |(to, label)| (to, label));
    let place = |id: &str| id == "[*]" || is_id(id);
    place(from) && place(to) && is_label(label)
}

fn sequence_line(line: &str) -> bool {
    if line == "autonumber" || line == "end" {
        return true;
    }
    for word in ["alt ", "else "] {
        if let Some(label) = line.strip_prefix(word) {
            return is_label(label);
        }
    }
    for word in ["actor ", "participant "] {
        if let Some(rest) = line.strip_prefix(word) {
            return rest
                .split_once(" as ")
                .is_some_and(|(id, label)| is_id(id) && is_label(label));
        }
    }
    let Some((ends, label)) = line.split_once(": ") else {
        return false;
    };
    let parts = ends.split_once("-->>").or_else(|| ends.split_once("->>"));
    is_label(label) && parts.is_some_and(|(from, to)| is_id(from) && is_id(to))
}

#[test]
fn the_clinic_gives_sound_documents() {
    let artifacts = all(&fixture::clinic());
    let names: Vec<&str> = artifacts
        .iter()
        .map(|artifact| artifact.name.as_str())
        .collect();
    let expected = [
        "requirements.json",
        "requirements.md",
        "architecture.json",
        "architecture.md",
        "ux-spec.json",
        "ux-spec.md",
        "tokens.json",
    ];
    assert_eq!(names, expected);
    assert_eq!(faults(&artifacts), Vec::<String>::new());
}

#[test]
fn every_requirement_is_bound() {
    let model = fixture::clinic();
    let artifacts = all(&model);
    let decisions = json(&artifacts, "architecture.json")["decisions"].clone();
    let pages = json(&artifacts, "ux-spec.json")["pages"].clone();
    let ids = |list: &Value, key: &str| -> BTreeSet<String> {
        let rows = list.as_array().unwrap().iter();
        rows.flat_map(|row| row[key].as_array().unwrap().clone())
            .map(|id| id.as_str().unwrap().to_owned())
            .collect()
    };
    let (bound, shown) = (ids(&decisions, "binds"), ids(&pages, "fr"));
    for requirement in &model.requirements {
        assert!(
            bound.contains(&requirement.id),
            "{} has no decision",
            requirement.id
        );
        assert!(
            shown.contains(&requirement.id),
            "{} has no page",
            requirement.id
        );
    }
}

#[test]
fn the_time_stands_in_the_requirements_alone() {
    let artifacts = all(&fixture::clinic());
    for artifact in &artifacts {
        let has = text(&artifacts, &artifact.name).contains("2026-01-02T03:04:05Z");
        assert_eq!(
            has,
            artifact.name == "requirements.json",
            "{}",
            artifact.name
        );
    }
}

#[test]
fn hostile_words_never_appear_unescaped_in_a_document() {
    let artifacts = all(&fixture::clinic());
    for name in ["requirements.md", "architecture.md", "ux-spec.md"] {
        assert!(!text(&artifacts, name).contains("<script>"), "{name}");
        assert!(!text(&artifacts, name).contains(HOSTILE), "{name}");
    }
}

#[test]
fn a_used_up_budget_stops_every_renderer() {
    let model = fixture::clinic();
    let meter = || Meter::new(3);
    assert_eq!(
        requirements::render(&model, "", &meter()),
        Err(Stopped::OutOfSteps)
    );
    assert_eq!(
        architecture::render(&model, &meter()),
        Err(Stopped::OutOfSteps)
    );
    assert_eq!(ux::render(&model, &meter()), Err(Stopped::OutOfSteps));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_model_gives_sound_documents(model in generator::model()) {
        let artifacts = all(&model);
        let found = faults(&artifacts);
        prop_assert!(found.is_empty(), "{}", found.join("\n"));
        prop_assert_eq!(all(&model), artifacts);
        let list = screens(&model);
        for key in [|s: &Screen| s.name.clone(), |s: &Screen| s.component.clone(), |s: &Screen| s.route.clone()] {
            prop_assert_eq!(list.iter().map(key).collect::<BTreeSet<_>>().len(), list.len());
        }
        for requirement in &model.requirements {
            prop_assert!(list.iter().any(|screen| screen.fr.contains(&requirement.id)));
        }
    }
}
