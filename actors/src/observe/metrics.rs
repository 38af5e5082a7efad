//! Names, help texts and recording functions of the engine's metrics.
//!
//! Invariant: units stand in the names; a metric is recorded only through a function of this file.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

/// Live actors, by `kind`.
pub const ACTORS: &str = "aios_actors";
const ACTOR_RESTARTS: &str = "aios_actor_restarts_total";
const JOBS_SUBMITTED: &str = "aios_jobs_submitted_total";
const JOBS_FINISHED: &str = "aios_jobs_finished_total";
const JOBS_OPEN: &str = "aios_jobs_open";
const JOBS_RECOVERED: &str = "aios_jobs_recovered_total";
const JOB_DURATION: &str = "aios_job_duration_seconds";
const QUEUE_WAIT: &str = "aios_job_queue_wait_seconds";
const PHASE_DURATION: &str = "aios_job_phase_duration_seconds";
const PHASE_ATTEMPTS: &str = "aios_job_phase_attempts_total";
const EVENTS_DROPPED: &str = "aios_job_events_dropped_total";
const CIRCUIT_STATE: &str = "aios_circuit_breaker_state";
const CIRCUIT_TRANSITIONS: &str = "aios_circuit_breaker_transitions_total";
const ROLE_RUNNING: &str = "aios_role_running";
const ROLE_WAITING: &str = "aios_role_waiting";
const AGENT_CALLS: &str = "aios_agent_calls_total";
const LIMIT_DECISIONS: &str = "aios_rate_limit_decisions_total";
const SESSIONS: &str = "aios_mcp_sessions";
const RECOVERY_SECONDS: &str = "aios_recovery_duration_seconds";
const ATTEMPT_PANICS: &str = "aios_attempt_panics_total";
const NEWS_LAGGED: &str = "aios_hub_lagged_total";

/// Registers help texts and units. Called once, by the telemetry set-up.
pub fn describe() {
    describe_gauge!(ACTORS, "Live actors, by kind.");
    describe_counter!(ACTOR_RESTARTS, "Restarts by a supervisor, by child.");
    describe_counter!(JOBS_SUBMITTED, "Accepted jobs, by tool.");
    describe_counter!(JOBS_FINISHED, "Jobs that ended, by tool and outcome.");
    describe_gauge!(JOBS_OPEN, "Jobs that have not ended.");
    describe_counter!(JOBS_RECOVERED, "Unfinished jobs found at start.");
    describe_histogram!(
        JOB_DURATION,
        Unit::Seconds,
        "From accepted to ended, by outcome."
    );
    describe_histogram!(QUEUE_WAIT, Unit::Seconds, "From accepted to its permit.");
    describe_histogram!(
        PHASE_DURATION,
        Unit::Seconds,
        "One attempt, by phase and outcome."
    );
    describe_counter!(PHASE_ATTEMPTS, "Attempts that ended, by phase and outcome.");
    describe_counter!(EVENTS_DROPPED, "Late or illegal job events, dropped.");
    describe_gauge!(
        CIRCUIT_STATE,
        "1 for the state the role's circuit is in, else 0."
    );
    describe_counter!(
        CIRCUIT_TRANSITIONS,
        "Changes of a role's circuit, by the new state."
    );
    describe_gauge!(ROLE_RUNNING, "Attempts under way, by role.");
    describe_gauge!(ROLE_WAITING, "Attempts waiting for the role, by role.");
    describe_counter!(
        AGENT_CALLS,
        "Calls of providers, by role, provider and outcome."
    );
    describe_counter!(LIMIT_DECISIONS, "Leases asked of buckets, by decision.");
    describe_gauge!(SESSIONS, "MCP sessions that have not ended.");
    describe_gauge!(
        RECOVERY_SECONDS,
        Unit::Seconds,
        "How long recovery took at the last start."
    );
    describe_counter!(ATTEMPT_PANICS, "Attempts that ended in a panic, by phase.");
    describe_counter!(
        NEWS_LAGGED,
        "Times a subscriber was too slow and lost news."
    );
}

/// Kinds of actor, as labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ActorKind {
    Job,
    Session,
    Bucket,
    Role,
}

impl ActorKind {
    const ALL: [Self; 4] = [Self::Job, Self::Session, Self::Bucket, Self::Role];

    const fn label(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Session => "session",
            Self::Bucket => "bucket",
            Self::Role => "role",
        }
    }
}

/// Counts one live actor for as long as it exists. Part of the actor's state, so that a panic counts it out, too.
#[derive(Debug)]
pub struct LiveActor(ActorKind);

impl LiveActor {
    /// One more of `kind`.
    pub fn new(kind: ActorKind) -> Self {
        gauge!(ACTORS, "kind" => kind.label()).increment(1.0);
        Self(kind)
    }
}

impl Drop for LiveActor {
    fn drop(&mut self) {
        gauge!(ACTORS, "kind" => self.0.label()).decrement(1.0);
    }
}

/// Known tools as labels; anything else is `other`.
fn tool_label(tool: &str) -> &'static str {
    const TOOLS: [&str; 5] = [
        "aios_strategize",
        "aios_design_architecture",
        "aios_design_ux",
        "aios_generate_code",
        "aios_full_pipeline",
    ];
    TOOLS
        .into_iter()
        .find(|known| *known == tool)
        .unwrap_or("other")
}

/// Known phases as labels; anything else is `other`.
fn phase_label(step: &str) -> &'static str {
    const PHASES: [&str; 4] = ["strategy", "architecture", "ux", "code"];
    PHASES
        .into_iter()
        .find(|known| *known == step)
        .unwrap_or("other")
}

/// Makes the series that alerts and dashboards rest on exist before anything happened.
pub fn register(roles: &[String]) {
    for kind in ActorKind::ALL {
        gauge!(ACTORS, "kind" => kind.label()).set(0.0);
    }
    for outcome in ["completed", "failed", "cancelled", "timed_out"] {
        let labels = [("tool", "aios_full_pipeline"), ("outcome", outcome)];
        counter!(JOBS_FINISHED, &labels).increment(0);
    }
    counter!(JOBS_SUBMITTED, "tool" => "aios_full_pipeline").increment(0);
    counter!(EVENTS_DROPPED).increment(0);
    counter!(NEWS_LAGGED).increment(0);
    gauge!(JOBS_OPEN).set(0.0);
    gauge!(SESSIONS).set(0.0);
    for role in roles {
        role_load(role, 0, 0);
        circuit_changed(role, "closed", false);
    }
}

/// A supervisor restarted a child.
pub fn actor_restarted(child: &str) {
    counter!(ACTOR_RESTARTS, "child" => child.to_owned()).increment(1);
}

/// A job was accepted.
pub fn job_submitted(tool: &str) {
    counter!(JOBS_SUBMITTED, "tool" => tool_label(tool)).increment(1);
}

/// A job ended.
pub fn job_finished(tool: &str, outcome: &'static str, duration: Duration) {
    let labels = [("tool", tool_label(tool)), ("outcome", outcome)];
    counter!(JOBS_FINISHED, &labels).increment(1);
    histogram!(JOB_DURATION, "outcome" => outcome).record(duration);
}

/// How many jobs have not ended.
pub fn jobs_open(count: usize) {
    gauge!(JOBS_OPEN).set(to_f64(count));
}

/// Unfinished jobs were found at start.
pub fn jobs_recovered(count: usize, took: Duration) {
    counter!(JOBS_RECOVERED).increment(count as u64);
    gauge!(RECOVERY_SECONDS).set(took.as_secs_f64());
}

/// A job got its permit.
pub fn queue_waited(waited: Duration) {
    histogram!(QUEUE_WAIT).record(waited);
}

/// An attempt ended.
pub fn attempt_finished(step: &str, outcome: &'static str, took: Duration) {
    let labels = [("phase", phase_label(step)), ("outcome", outcome)];
    counter!(PHASE_ATTEMPTS, &labels).increment(1);
    histogram!(PHASE_DURATION, &labels).record(took);
}

/// An attempt panicked.
pub fn attempt_panicked(step: &str) {
    counter!(ATTEMPT_PANICS, "phase" => phase_label(step)).increment(1);
}

/// A late or illegal event was dropped.
pub fn event_dropped() {
    counter!(EVENTS_DROPPED).increment(1);
}

/// A subscriber was too slow.
pub fn news_lagged() {
    counter!(NEWS_LAGGED).increment(1);
}

/// A role's circuit is in this state.
pub fn circuit_changed(role: &str, state: &'static str, counts: bool) {
    for name in ["closed", "open", "half_open"] {
        let labels = [("role", role.to_owned()), ("state", name.to_owned())];
        gauge!(CIRCUIT_STATE, &labels).set(f64::from(u8::from(name == state)));
    }
    if counts {
        let labels = [("role", role.to_owned()), ("to", state.to_owned())];
        counter!(CIRCUIT_TRANSITIONS, &labels).increment(1);
    }
}

/// How busy a role is.
pub fn role_load(role: &str, running: usize, waiting: usize) {
    gauge!(ROLE_RUNNING, "role" => role.to_owned()).set(to_f64(running));
    gauge!(ROLE_WAITING, "role" => role.to_owned()).set(to_f64(waiting));
}

/// A provider was called.
pub fn agent_called(role: &str, provider: &'static str, outcome: &'static str) {
    let labels = [
        ("role", role.to_owned()),
        ("provider", provider.to_owned()),
        ("outcome", outcome.to_owned()),
    ];
    counter!(AGENT_CALLS, &labels).increment(1);
}

/// A bucket decided.
pub fn limit_decided(allowed: bool) {
    counter!(LIMIT_DECISIONS, "decision" => if allowed { "allowed" } else { "denied" })
        .increment(1);
}

/// How many sessions have not ended.
pub fn sessions(count: usize) {
    gauge!(SESSIONS).set(to_f64(count));
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn to_f64(count: usize) -> f64 {
    count as f64
}
