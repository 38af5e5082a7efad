//! A job as `aios_get_status`, waiting calls and REST show it.
//!
//! Invariant: one function decides the status word of each state; parked is `queued` with the reason beside it.

use aios_actors::base::time::Timestamp;
use aios_actors::domain::job::{JobState, Step, StepStatus};
use aios_actors::domain::record::JobRecord;
use aios_actors::engine::BlockedBy;
use serde_json::{Map, Value, json};

use super::{ToolAnswer, artifact_uri, error_object};
use crate::wire::tools::agent_of;

/// Most events in one answer.
const EVENTS_MAX: usize = 200;
/// Seconds after which a client that cannot wait should ask again.
const POLL_AFTER_SECONDS: u64 = 2;

/// The status word over MCP.
pub const fn status_word(state: &JobState) -> &'static str {
    match state {
        JobState::Queued | JobState::Parked { .. } => "queued",
        JobState::Running { .. } | JobState::Backoff { .. } => "running",
        JobState::Completed => "completed",
        JobState::Failed { .. } => "failed",
        JobState::Cancelled => "cancelled",
        JobState::TimedOut { .. } => "timeout",
    }
}

/// The status word over REST: the predecessor's.
pub const fn rest_status_word(state: &JobState) -> &'static str {
    match state {
        JobState::Queued | JobState::Parked { .. } => "queued",
        JobState::Running { .. } | JobState::Backoff { .. } => "processing",
        JobState::Completed => "completed",
        JobState::Failed { .. } | JobState::TimedOut { .. } => "failed",
        JobState::Cancelled => "cancelled",
    }
}

/// Members that every answer about a job has.
pub fn base(record: &JobRecord, blocked: Option<&BlockedBy>) -> Map<String, Value> {
    let state = record.state();
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    let id = record.id.to_string();
    set("jobId", id.as_str().into());
    set("job_id", id.as_str().into());
    set("status", status_word(state).into());
    set("progress_percent", record.progress_percent().into());
    if !state.is_terminal() {
        set("poll_after_seconds", POLL_AFTER_SECONDS.into());
    }
    if let Some(outcome) = outcome(record) {
        set("outcome", outcome.into());
    }
    set("artifacts", artifacts(record));
    if let Some(usage) = usage(record) {
        set("usage", usage);
    }
    if record.usage.iter().any(|step| step.cached) {
        set("cached", true.into());
    }
    if !record.warnings.is_empty() {
        set("warnings", record.warnings.as_slice().into());
    }
    if let Some(error) = state.error() {
        set("error", error_object(error));
    }
    if let Some(blocked) = blocked {
        set("blocked_by", blocked_by(blocked));
    }
    set("next", next(record).into());
    object
}

/// Everything `aios_get_status` tells; events only when `since` asks for them.
pub fn status(
    record: &JobRecord,
    blocked: Option<&BlockedBy>,
    since: Option<u64>,
) -> Map<String, Value> {
    let mut object = base(record, blocked);
    let steps = record.machine.steps();
    let current = record.machine.current().map(|step| step.name.as_str());
    object.insert("current_phase".to_owned(), current.into());
    let phases: Map<_, _> = steps
        .iter()
        .map(|step| (step.name.clone(), phase(step)))
        .collect();
    object.insert("phases".to_owned(), phases.into());
    let mut last_told = record.events_count;
    if let Some(since) = since {
        let events = events(record, since);
        // More than one answer holds: the next call goes on after the last of these.
        let told = events.as_array().filter(|told| told.len() == EVENTS_MAX);
        last_told = told
            .and_then(|told| told.last()?["seq"].as_u64())
            .unwrap_or(last_told);
        object.insert("events".to_owned(), events);
    }
    object.insert("last_event_seq".to_owned(), last_told.into());
    object.insert("created_at".to_owned(), record.created_at.rfc3339().into());
    if let Some(at) = record.expires_at {
        object.insert("expires_at".to_owned(), at.rfc3339().into());
    }
    object
}

/// The answer of `aios_get_status`.
pub fn status_answer(
    record: &JobRecord,
    blocked: Option<&BlockedBy>,
    since: Option<u64>,
) -> ToolAnswer {
    ToolAnswer {
        text: summary(record, blocked),
        structured: Some(status(record, blocked, since)),
        ..ToolAnswer::default()
    }
}

/// Says in an answer to a call that joined an earlier job what became of this call's own wishes.
pub fn say_joined(
    structured: &mut Map<String, Value>,
    record: &JobRecord,
    (own, webhook_url): (Vec<String>, Option<&str>),
) {
    let mut warnings = record.warnings.clone();
    warnings.extend(own);
    if webhook_url.is_some_and(|url| record.webhook_url.as_deref() != Some(url)) {
        warnings.push(
            "this call joined an earlier job, which keeps its own webhook_url (or none)".to_owned(),
        );
    }
    let mut seen = Vec::new();
    warnings.retain(|warning| {
        let is_new = !seen.contains(warning);
        seen.push(warning.clone());
        is_new
    });
    if !warnings.is_empty() {
        structured.insert("warnings".to_owned(), warnings.into());
    }
}

/// The answer to a call whose wait ends because the server restarts; `structured` is what it would have said.
pub fn at_restart(record: &JobRecord, mut structured: Map<String, Value>) -> ToolAnswer {
    let next = format!(
        "The server restarts; call aios_get_status with jobId {} in a few seconds: the job goes on by itself.",
        record.id
    );
    structured.insert("next".to_owned(), next.as_str().into());
    ToolAnswer {
        text: format!(
            "Job {}: {}.\n{next}",
            record.id,
            status_word(record.state())
        ),
        structured: Some(structured),
        ..ToolAnswer::default()
    }
}

/// A few lines for models and people, with links.
pub fn summary(record: &JobRecord, blocked: Option<&BlockedBy>) -> String {
    summary_as(status_word(record.state()), record, blocked)
}

/// The same with this status word.
pub fn summary_as(word: &str, record: &JobRecord, blocked: Option<&BlockedBy>) -> String {
    let state = record.state();
    let mut lines = vec![format!(
        "Job {} ({}): {word}, {} %.",
        record.id,
        record.tool,
        record.progress_percent()
    )];
    if let Some(step) = record.machine.current() {
        lines.push(format!("Phase {}, attempt {}.", step.name, step.attempt));
    }
    if let Some(blocked) = blocked {
        lines.push(format!("Waiting: {}", blocked.detail));
    }
    if let Some(error) = state.error() {
        lines.push(format!("{}: {}", error.code.row().name, error.message));
    }
    for row in record.public_artifacts() {
        let uri = artifact_uri(record.id, &row.name);
        lines.push(format!("- {} ({} bytes): {uri}", row.name, row.bytes));
    }
    lines.extend(
        record
            .warnings
            .iter()
            .take(10)
            .map(|warning| format!("Warning: {warning}")),
    );
    lines.push(next(record));
    lines.join("\n")
}

/// What the calling model should do next, in one sentence.
fn next(record: &JobRecord) -> String {
    let id = record.id;
    match record.state() {
        JobState::Queued | JobState::Running { .. } | JobState::Backoff { .. } => format!(
            "Call aios_get_status with jobId {id} and wait_seconds 25 until status is completed."
        ),
        JobState::Parked { .. } => format!(
            "The job was set aside after crashes and goes on once an operator releases it; call aios_get_status with \
             jobId {id} later."
        ),
        JobState::Completed => format!(
            "Read the artifacts with aios_get_artifact and jobId {id}, or pass from_job {id} to the next tool."
        ),
        JobState::Failed { error } | JobState::TimedOut { error } => {
            format!(
                "{} Artifacts of jobId {id} stay readable.",
                error.code.row().recovery
            )
        }
        JobState::Cancelled => format!("Finished artifacts of jobId {id} stay readable."),
    }
}

fn outcome(record: &JobRecord) -> Option<&'static str> {
    match record.state() {
        JobState::Completed => Some("complete"),
        state if !state.is_terminal() => None,
        _ if record.public_artifacts().next().is_some() => Some("partial"),
        _ => Some("blocked"),
    }
}

/// The rows of all public artifacts.
pub fn artifacts(record: &JobRecord) -> Value {
    let rows = record.public_artifacts().map(|row| {
        let mut object = json!({
            "id": row.id,
            "type": kind_of(&row.name, &row.step),
            "name": row.name,
            "mediaType": row.media_type,
            "bytes": row.bytes,
            "sha256": row.sha256,
            "uri": artifact_uri(record.id, &row.name),
        });
        if let Some(at) = record.expires_at {
            object["expires_at"] = at.rfc3339().into();
        }
        object
    });
    rows.collect()
}

pub(super) fn kind_of<'a>(name: &str, step: &'a str) -> &'a str {
    match name {
        "tokens.json" => "design_tokens",
        "wireframes.zip" => "wireframes",
        "handover.zip" => "knowledge",
        "bundle.zip" => "all",
        name if name.starts_with("report-") => "report",
        _ => step,
    }
}

fn usage(record: &JobRecord) -> Option<Value> {
    let first = record.usage.first()?;
    let is_mixed = record.usage.iter().any(|step| step.engine != first.engine);
    let engine = if is_mixed {
        "mixed"
    } else {
        first.engine.as_str()
    };
    let last = record.usage.last().unwrap_or(first);
    Some(json!({ "engine": engine, "provider": last.provider }))
}

/// `blocked_by` for MCP and REST.
pub fn blocked_by(blocked: &BlockedBy) -> Value {
    json!({
        "kind": blocked.kind,
        "detail": blocked.detail,
        "until": blocked.until.map(Timestamp::rfc3339),
        "position": blocked.position,
    })
}

fn phase(step: &Step) -> Value {
    let mut object = json!({ "status": step.status.name() });
    if let Some(agent) = agent_of(&step.name) {
        object["agent"] = agent.into();
    }
    if step.attempt > 0 {
        object["attempt"] = step.attempt.into();
    }
    if let Some(at) = step.started_at {
        object["started_at"] = at.rfc3339().into();
        if let Some(end) = step.ended_at {
            object["duration_ms"] = end.unix_ms().saturating_sub(at.unix_ms()).into();
        }
    }
    if let Some(error) = &step.error
        && step.status != StepStatus::Completed
    {
        object["error"] = error_object(error);
    }
    object
}

fn events(record: &JobRecord, since: u64) -> Value {
    let new = record
        .events
        .iter()
        .filter(|event| event.seq > since)
        .take(EVENTS_MAX);
    new.map(|event| {
        let mut object = json!({
            "seq": event.seq,
            "at": event.at.rfc3339(),
            "type": event.kind.name(),
            "event": event.kind.name(),
        });
        if let Some(step) = &event.step {
            object["phase"] = step.as_str().into();
        }
        if let Some(attempt) = event.attempt {
            object["attempt"] = attempt.into();
        }
        if event.data.is_object() {
            object["data"] = event.data.clone();
        }
        object
    })
    .collect()
}
