//! The answers of the agent tools and the pipeline.
//!
//! Invariant: a job that has ended answers with everything its artifacts allow within [`STRUCTURED_BYTES_MAX`]; what was
//! left out is named in `truncated` and reachable by its link.

use aios_actors::domain::job::JobState;
use aios_actors::domain::record::JobRecord;
use aios_actors::engine::BlockedBy;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{STRUCTURED_BYTES_MAX, ToolAnswer, job, projections, resource_link};
use crate::wire::archive;
use crate::wire::arguments::Delivery;

/// Most bytes of file contents in an inline delivery.
const INLINE_BYTES_MAX: usize = 60_000;

/// Members in the order in which they give way.
const GIVE_WAY: [&str; 14] = [
    "prd_markdown",
    "strategy_markdown",
    "architecture_markdown",
    "ux_markdown",
    "wireframes",
    "design_system",
    "prd",
    "strategy",
    "manifest",
    "requirements",
    "architecture",
    "ux_spec",
    "files",
    "dependencies",
];

/// Contents of artifacts by name.
pub type Contents = Vec<(String, Bytes)>;

/// The artifacts that the answer of an agent tool with this step is made from.
pub fn sources(step: &str, delivery: Delivery) -> &'static [&'static str] {
    match (step, delivery) {
        ("strategy", _) => &["requirements.json", "requirements.md"],
        ("architecture", _) => &["architecture.json", "architecture.md"],
        ("ux", _) => &["ux-spec.json", "ux-spec.md"],
        ("code", Delivery::Inline) => &["code.json", "code.zip"],
        ("code", _) => &["code.json"],
        _ => &[],
    }
}

/// The answer of an agent tool: the result of a finished job, the handle of one that goes on.
pub fn answer(
    record: &JobRecord,
    blocked: Option<&BlockedBy>,
    contents: &Contents,
    delivery: Delivery,
) -> ToolAnswer {
    let mut structured = job::base(record, blocked);
    if matches!(record.state(), JobState::Completed) {
        for step in record.machine.steps() {
            structured.extend(result(&step.name, contents, delivery));
        }
        structured.retain(|_, value| !value.is_null());
        truncate(&mut structured);
    }
    ToolAnswer {
        text: job::summary(record, blocked),
        links: record
            .public_artifacts()
            .map(|row| resource_link(record.id, row))
            .collect(),
        structured: Some(structured),
        is_error: record.state().is_terminal() && !matches!(record.state(), JobState::Completed),
    }
}

/// The immediate answer of the pipeline.
pub fn accepted(record: &JobRecord, blocked: Option<&BlockedBy>, step_seconds: u64) -> ToolAnswer {
    let mut structured = job::base(record, blocked);
    let mut word = job::status_word(record.state());
    if !record.state().is_terminal() {
        word = "running";
        structured.insert("status".to_owned(), word.into());
    }
    let phases: Vec<_> = record
        .machine
        .steps()
        .iter()
        .map(|step| step.name.as_str())
        .collect();
    let seconds = step_seconds * phases.len() as u64;
    structured.insert("phases_queued".to_owned(), phases.into());
    structured.insert("estimated_duration_seconds".to_owned(), seconds.into());
    ToolAnswer {
        text: job::summary_as(word, record, blocked),
        structured: Some(structured),
        ..ToolAnswer::default()
    }
}

/// The main members of a finished step, out of its artifacts; empty where they are not at hand.
pub fn result(step: &str, contents: &Contents, delivery: Delivery) -> Map<String, Value> {
    let bytes = |name: &str| {
        contents
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, b)| b)
    };
    let value = |name: &str| bytes(name).and_then(|b| serde_json::from_slice::<Value>(b).ok());
    let text = |name: &str| {
        bytes(name).map_or(Value::Null, |b| {
            String::from_utf8_lossy(b).into_owned().into()
        })
    };
    let mut object = Map::new();
    match step {
        "strategy" => {
            if let Some(full) = value("requirements.json") {
                object = projections::strategy(&full);
                let markdown = projections::strategy_markdown(&full);
                object.insert("strategy_markdown".to_owned(), markdown.into());
            }
            object.insert("prd_markdown".to_owned(), text("requirements.md"));
        }
        "architecture" => {
            object.insert("architecture".to_owned(), value("architecture.json").into());
            object.insert("architecture_markdown".to_owned(), text("architecture.md"));
        }
        "ux" => {
            object = value("ux-spec.json")
                .map(projections::ux)
                .unwrap_or_default();
            object.insert("ux_markdown".to_owned(), text("ux-spec.md"));
        }
        "code" => {
            let archive = bytes("code.zip").filter(|_| delivery == Delivery::Inline);
            let mut left = INLINE_BYTES_MAX;
            let content = |path: &str| {
                let content = archive::read(archive?, path, left as u64 + 1)?;
                left = left.checked_sub(content.len())?;
                String::from_utf8(content).ok()
            };
            object = value("code.json")
                .map(|full| projections::code(&full, content))
                .unwrap_or_default();
        }
        _ => {}
    }
    object
}

/// Drops members until the rest fits.
fn truncate(structured: &mut Map<String, Value>) {
    let size = |value: &Value| serde_json::to_vec(value).map_or(0, |text| text.len());
    let mut total: usize = structured.values().map(size).sum();
    let mut dropped = Vec::new();
    for name in GIVE_WAY {
        if total <= STRUCTURED_BYTES_MAX {
            break;
        }
        if let Some(value) = structured.shift_remove(name) {
            total -= size(&value);
            dropped.push(name);
        }
    }
    if !dropped.is_empty() {
        structured.insert("truncated".to_owned(), json!(dropped));
    }
}
