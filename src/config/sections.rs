//! The settings as types, one struct per section of `default.toml`, which documents every key.
//!
//! Invariant: field names are the keys; units stand last in the name; a value in here has passed its range.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text. Not for logs, messages or labels.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The text, unless it is empty, which means "not set".
    pub fn given(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() {
            "(not set)"
        } else {
            "(secret)"
        })
    }
}

/// `[server]`: where it listens and how it ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub bind: String,
    /// Address under which clients reach the server; empty: not set.
    pub public_url: String,
    /// Values of `Host` that are let in.
    pub allowed_hosts: Vec<String>,
    /// Values of `Origin` that are let in.
    pub allowed_origins: Vec<String>,
    /// Serve /api.
    pub rest_enabled: bool,
    /// Between "not ready" and the end of accepting.
    pub drain_delay_seconds: u64,
    /// What running attempts get at shutdown.
    pub drain_timeout_seconds: u64,
    /// User to run as when started as root; 0: stay.
    pub run_as_uid: u32,
}

/// `[auth]`: who may call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Ask for a bearer key.
    pub required: bool,
    /// The operator's key.
    pub admin_key: Secret,
    /// Keys held by the settings, by name.
    #[serde(default)]
    pub keys: BTreeMap<String, StaticKey>,
}

/// `[auth.keys.NAME]`: one key held by the settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticKey {
    /// The key.
    pub key: Secret,
    /// Its workspace; the slug of the name when absent.
    pub workspace: Option<String>,
    /// Its tier.
    #[serde(default = "StaticKey::default_tier")]
    pub tier: String,
    /// Own limit.
    pub requests_per_minute: Option<u32>,
    /// Own limit.
    pub requests_per_day: Option<u32>,
    /// Own limit.
    pub concurrent_jobs: Option<u32>,
    /// Own limit.
    pub pipelines_per_hour: Option<u32>,
}

impl StaticKey {
    fn default_tier() -> String {
        "pro".to_owned()
    }

    /// A key without tier limits, for tools of ours that start a server for themselves.
    pub fn internal(key: &str) -> Self {
        Self {
            key: Secret(key.to_owned()),
            workspace: None,
            tier: "internal".to_owned(),
            requests_per_minute: None,
            requests_per_day: None,
            concurrent_jobs: None,
            pipelines_per_hour: None,
        }
    }
}

/// `[tiers.NAME]`: limits of a workspace; 0 means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Calls per minute that create work.
    pub requests_per_minute: u32,
    /// Calls per day that create work.
    pub requests_per_day: u32,
    /// Jobs at the same time.
    pub concurrent_jobs: u32,
    /// Full pipelines per hour.
    pub pipelines_per_hour: u32,
}

/// `[limits]`: sizes, counts and waits that bound what a client can take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names say it, and default.toml gives the reasons"
)]
pub struct Limits {
    pub body_bytes_max: usize,
    pub head_bytes_max: usize,
    pub header_timeout_ms: u64,
    pub body_grace_ms: u64,
    pub body_bytes_per_second_min: u64,
    pub idle_timeout_ms: u64,
    pub connections_max: usize,
    pub jobs_open_max: usize,
}

/// `[engine]`: how many jobs run, how long, how often they are tried.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names say it, and default.toml gives the reasons"
)]
pub struct EngineSection {
    pub jobs_running_max: usize,
    pub finished_views_max: usize,
    pub pipeline_timeout_ms: u64,
    pub attempts_max: u32,
    pub crashes_max: u32,
    pub backoff_initial_ms: u64,
    pub backoff_max_ms: u64,
    pub cancel_grace_ms: u64,
    pub hub_buffer_events: usize,
}

/// `[roles]`: the four agent roles and their circuit breaker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// @pm.
    pub pm: Role,
    /// @architect.
    pub architect: Role,
    /// @ux.
    pub ux: Role,
    /// @dev.
    pub dev: Role,
    /// When a role is paused.
    pub circuit: Circuit,
}

/// `[roles.NAME]`: one agent role.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Attempts at the same time.
    pub running_max: usize,
    /// Time for one attempt.
    pub timeout_ms: u64,
}

/// `[roles.circuit]`: when a role is paused, and when it is tried again.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circuit {
    /// Consecutive failures that open it.
    pub failure_threshold: u32,
    /// Consecutive successes that close it.
    pub success_threshold: u32,
    /// How long it stays open before a trial.
    pub reset_timeout_ms: u64,
}

/// `[store]`: the data directory and its bounds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names say it, and default.toml gives the reasons"
)]
pub struct StoreSection {
    pub dir: PathBuf,
    pub lock_wait_seconds: u64,
    pub view_lag_ms_max: u64,
    pub view_lag_bytes_max: usize,
    pub inbox_operations_max: usize,
    pub frame_bytes_max: usize,
    pub segment_bytes: u64,
    pub view_cache_bytes: u64,
}

/// `[retention]`: how long things are kept.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names say it, and default.toml gives the reasons"
)]
pub struct Retention {
    pub artifacts_seconds: u64,
    pub input_after_completion_seconds: u64,
    pub input_after_failure_seconds: u64,
}

/// `[sessions]`: MCP sessions.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names say it, and default.toml gives the reasons"
)]
pub struct Sessions {
    pub idle_seconds: u64,
    pub per_key_max: usize,
}

/// `[webhooks]`: deliveries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names say it, and default.toml gives the reasons"
)]
pub struct Webhooks {
    pub enabled: bool,
    pub timeout_ms: u64,
    pub retries_max: u32,
    pub signing_secret: Secret,
}

/// `[llm]`: models.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Llm {
    /// The embedded agents answer when every model failed.
    pub embedded_fallback: bool,
}

/// `[telemetry]`: logs and metrics.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Level or filter directives.
    pub log_level: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Bearer token for /metrics.
    pub metrics_token: Secret,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// JSON where standard error is not a terminal.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}
