//! The job record: everything durable about one job except its input, its artifacts' bytes and, while it is open, its
//! events (which are keys of their own).
//!
//! Invariant: a new revision follows the one before it by exactly one; a record's epoch never falls.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::base::ids::{JobId, KeyId};
use crate::base::limits::{JOB_EVENTS_MAX, JOB_WARNINGS_MAX};
use crate::base::time::Timestamp;
use crate::domain::artifact::ArtifactRow;
use crate::domain::event::{Event, EventType};
use crate::domain::job::{Announcement, Change, JobMachine, JobState};

/// Format of stored records. Older ones are read, newer ones refused.
pub const RECORD_FORMAT: u16 = 1;

/// Who owns a job: lookups by anyone else find nothing.
pub type Workspace = Arc<str>;

/// One job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// [`RECORD_FORMAT`] when it was written.
    pub format: u16,
    /// Its id.
    pub id: JobId,
    /// Owner.
    pub workspace: Workspace,
    /// Key that submitted it.
    pub key: KeyId,
    /// Tool that was called: `aios_full_pipeline`.
    pub tool: String,
    /// Counts writes from 1.
    pub revision: u64,
    /// Process start that wrote it; a writer of an earlier start is refused.
    pub epoch: u64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// When it and its artifacts are deleted; set at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// State.
    pub machine: JobMachine,
    /// Stored artifacts, in the order they were made.
    #[serde(default)]
    pub artifacts: Vec<ArtifactRow>,
    /// Sentences for the caller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Digest of principal, tool and canonical arguments, in hex: a repeat attaches while this job is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach_key: Option<String>,
    /// Digest of the caller's idempotency key, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Digest of tool and canonical arguments, in hex.
    #[serde(default)]
    pub input_digest: String,
    /// Under which the finished job answers identical calls while its role's circuit is open; jobs of one step only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo_key: Option<String>,
    /// Where terminal events go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
    /// Job whose artifacts are the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_job: Option<JobId>,
    /// Cancelled by: shown to the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// What each finished step was made with: engine, provider, calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<StepUsage>,
    /// Number of durable events so far.
    pub events_count: u64,
    /// The events. Stored with the record only when it is terminal; while it is open they are keys of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Arc<Event>>,
}

/// What one finished step was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUsage {
    /// Name of the step.
    pub step: String,
    /// `embedded` or `llm`.
    pub engine: String,
    /// Name of the provider that delivered.
    pub provider: String,
    /// Answered from an identical earlier brief.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cached: bool,
}

/// What a change adds to a record beside the machine's new state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amend {
    /// New artifacts.
    pub rows: Vec<ArtifactRow>,
    /// Sentences for the caller.
    pub warnings: Vec<String>,
    /// What the finished step was made with.
    pub usage: Option<StepUsage>,
    /// Why it was cancelled.
    pub reason: Option<String>,
}

impl JobRecord {
    /// Takes in `amend`. Must be followed by [`Self::advanced`], which makes the events of it.
    pub fn absorb(&mut self, amend: Amend) {
        self.artifacts.extend(amend.rows);
        for warning in amend.warnings {
            self.warn(warning);
        }
        self.usage.extend(amend.usage);
        if amend.reason.is_some() {
            self.cancel_reason = amend.reason;
        }
    }

    /// The record after `change`, with its new events appended, and those events.
    #[must_use]
    pub fn advanced(&self, change: &Change, epoch: u64, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.revision += 1;
        next.epoch = epoch;
        next.updated_at = now;
        next.machine = change.machine.clone();
        for announcement in &change.announcements {
            if announcement.kind == EventType::StepCompleted {
                next.announce_artifacts(announcement, now);
            }
            next.announce(announcement.clone(), now);
        }
        next
    }

    /// One event for each artifact of the step that `done` is about.
    fn announce_artifacts(&mut self, done: &Announcement, now: Timestamp) {
        let step = done
            .at
            .and_then(|at| self.machine.steps().get(usize::from(at.step)));
        let Some(name) = step.map(|step| step.name.clone()) else {
            return;
        };
        let rows: Vec<_> = self
            .public_artifacts()
            .filter(|row| row.step == name)
            .map(|row| json!({ "id": row.id, "name": row.name, "bytes": row.bytes }))
            .collect();
        for data in rows {
            let kind = EventType::ArtifactCreated;
            self.announce(
                Announcement {
                    kind,
                    at: done.at,
                    data,
                },
                now,
            );
        }
    }

    /// The bytes to store: with the events only when the job has ended.
    pub fn to_stored(&self) -> Vec<u8> {
        let encode = |record: &Self| serde_json::to_vec(record).unwrap_or_default();
        if self.state().is_terminal() {
            return encode(self);
        }
        encode(&Self {
            events: Vec::new(),
            ..self.clone()
        })
    }

    /// Appends an event; past the limit it is dropped, terminal ones excepted.
    pub fn announce(&mut self, announcement: Announcement, now: Timestamp) {
        let is_last = self.machine.state().is_terminal();
        if self.events.len() >= JOB_EVENTS_MAX && !is_last {
            return;
        }
        self.events_count += 1;
        self.events.push(Arc::new(Event {
            seq: self.events_count,
            at: now,
            kind: announcement.kind,
            step: announcement
                .at
                .and_then(|at| self.machine.steps().get(usize::from(at.step)))
                .map(|step| step.name.clone()),
            attempt: announcement.at.map(|at| at.number),
            data: announcement.data,
        }));
    }

    /// Appends a warning, up to the limit.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if self.warnings.len() < JOB_WARNINGS_MAX && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Its state.
    pub const fn state(&self) -> &JobState {
        self.machine.state()
    }

    /// The artifact called `name` that may be read from outside.
    pub fn artifact(&self, name: &str) -> Option<&ArtifactRow> {
        self.artifacts
            .iter()
            .find(|row| row.name == name && !row.internal)
    }

    /// Artifacts that may be seen from outside.
    pub fn public_artifacts(&self) -> impl Iterator<Item = &ArtifactRow> {
        self.artifacts.iter().filter(|row| !row.internal)
    }

    /// 0–100: finished steps count fully, the one under way counts half.
    pub fn progress_percent(&self) -> u8 {
        if matches!(self.state(), JobState::Completed) {
            return 100;
        }
        let steps = self.machine.steps();
        let halves: usize = steps
            .iter()
            .map(|step| match step.status {
                crate::domain::job::StepStatus::Completed => 2,
                crate::domain::job::StepStatus::Running => 1,
                _ => 0,
            })
            .sum();
        u8::try_from(halves * 100 / (steps.len() * 2).max(1))
            .unwrap_or(99)
            .min(99)
    }
}
