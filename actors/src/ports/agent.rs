//! The agent port: a brief in, progress streamed, a draft out.
//!
//! Invariant: a provider sees only the brief; it may be asked twice for the same attempt (after a crash) and gets the
//! same idempotency key both times.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::base::error::PublicError;
use crate::base::ids::JobId;
use crate::base::time::Timestamp;

/// What an agent is given.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The job.
    pub job: JobId,
    /// The step: `strategy`.
    pub step: String,
    /// Counts from 1.
    pub attempt: u32,
    /// The same for every repetition of this attempt; goes on every outside call.
    pub idempotency_key: String,
    /// When the job was accepted.
    pub created_at: Timestamp,
    /// The caller's normalised arguments.
    pub arguments: Arc<Value>,
    /// Artifacts of earlier steps, by name; internal ones included.
    pub artifacts: Shared,
}

impl Brief {
    /// The artifact called `name`.
    pub fn artifact(&self, name: &str) -> Option<&Bytes> {
        self.artifacts
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, bytes)| bytes)
    }
}

/// One artifact of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftArtifact {
    /// Public name, unique in the job.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub bytes: Bytes,
    /// Not readable from outside.
    pub internal: bool,
}

/// What an agent gives back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Artifacts.
    pub artifacts: Vec<DraftArtifact>,
    /// Sentences for the caller.
    pub warnings: Vec<String>,
    /// `embedded` or `llm`.
    pub engine: &'static str,
    /// Name of the provider that delivered.
    pub provider: String,
}

/// Why there is no draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct AgentError {
    /// What the caller is told.
    pub error: PublicError,
    /// Another attempt may succeed.
    pub retryable: bool,
}

/// Takes a percentage of the step and the name of a section.
pub type Report = Arc<dyn Fn(u8, &str) + Send + Sync>;

/// Artifacts by name, shared between the attempts of a job.
pub type Shared = Arc<Vec<(String, Bytes)>>;

/// Where a provider reports how far it is, and hears that it should stop. Cheap to clone.
#[derive(Clone)]
pub struct Progress {
    report: Report,
    cancelled: Arc<AtomicBool>,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("cancelled", &self.cancelled)
            .finish_non_exhaustive()
    }
}

impl Progress {
    /// Reports go to `report` as percent of the step and a section name.
    pub fn new(report: Report) -> Self {
        Self {
            report,
            cancelled: Arc::default(),
        }
    }

    /// `percent` of the step is done; now at `section`. Never text of specifications or artifacts.
    pub fn report(&self, percent: u8, section: &str) {
        (self.report)(percent.min(100), section);
    }

    /// The job wants the provider to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the provider to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// A source of drafts: a model behind the network, or the embedded agents.
pub trait AgentProvider: Send + Sync + 'static {
    /// Short name for metrics and records: `embedded`.
    fn name(&self) -> &'static str;

    /// The same brief gives the same draft.
    fn is_deterministic(&self) -> bool;

    /// Works on `brief`.
    fn run(
        &self,
        brief: Arc<Brief>,
        progress: Progress,
    ) -> BoxFuture<'static, Result<Draft, AgentError>>;
}
