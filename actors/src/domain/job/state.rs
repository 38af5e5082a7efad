//! The words of the job machine: states, steps, attempts, events, effects.
//!
//! Invariant: values only; what may follow what is decided in the machine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::JobMachine;
use crate::base::error::PublicError;
use crate::base::time::Timestamp;
use crate::domain::event::EventType;
use crate::domain::retry::RetryPolicy;

/// Names one try of one step. Every effect carries it out and every reply brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// Index of the step.
    pub step: u8,
    /// Counts from 1 in each step.
    pub number: u32,
}

/// Where a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted; no step has been started.
    Queued,
    /// This attempt is under way or waits for its role.
    Running {
        /// The attempt.
        at: Attempt,
    },
    /// The attempt failed; the next one starts at `until`.
    Backoff {
        /// The attempt that failed.
        failed: Attempt,
        /// When the next one starts.
        until: Timestamp,
    },
    /// Set aside after crashes; an operator releases it. Not terminal.
    Parked {
        /// Why.
        reason: String,
    },
    /// Every step is done.
    Completed,
    /// A step failed for good.
    Failed {
        /// Why.
        error: PublicError,
    },
    /// Someone cancelled it.
    Cancelled,
    /// It ran out of time.
    TimedOut {
        /// What was late.
        error: PublicError,
    },
}

impl JobState {
    /// Nothing follows this state.
    pub const fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed { .. } | Self::Cancelled | Self::TimedOut { .. }
        )
    }

    /// Why it ended badly.
    pub const fn error(&self) -> Option<&PublicError> {
        match self {
            Self::Failed { error } | Self::TimedOut { error } => Some(error),
            _ => None,
        }
    }
}

/// Status of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepStatus {
    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl StepStatus {
    /// The wire word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Name from the catalogue: `strategy`.
    pub name: String,
    /// Where it is.
    pub status: StepStatus,
    /// Latest attempt; 0 before the first.
    pub attempt: u32,
    /// When the latest attempt was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What the latest failed attempt said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<PublicError>,
}

/// A failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to tell the caller.
    pub error: PublicError,
    /// Another attempt may succeed.
    pub retryable: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEvent {
    /// The job got its permit.
    Started,
    /// The attempt delivered; its artifacts are durable with the commit of this event.
    StepDone(Attempt),
    /// The attempt failed. `jitter` is a random number in `0.0..1.0`.
    StepFailed {
        /// Which.
        at: Attempt,
        /// Why.
        failure: Failure,
        /// Random number in `0.0..1.0` for the backoff.
        jitter: f64,
    },
    /// The backoff after this attempt is over.
    RetryDue(Attempt),
    /// Someone wants it to end.
    Cancel,
    /// The pipeline's time is over.
    DeadlinePassed,
    /// The job's actor crashed; the process went on.
    Crashed {
        /// What the panic said.
        message: String,
    },
}

/// What the shell must now do, in order. Effects name intent; they carry no handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Start this attempt.
    Run(Attempt),
    /// Stop this attempt, if it is still under way.
    Abort(Attempt),
    /// Send [`JobEvent::RetryDue`] at this time.
    WakeAt(Timestamp, Attempt),
    /// Send [`JobEvent::DeadlinePassed`] at this time.
    DeadlineAt(Timestamp),
}

/// A durable event to be written with the new state.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Type.
    pub kind: EventType,
    /// Attempt it is about.
    pub at: Option<Attempt>,
    /// More, by type.
    pub data: Value,
}

/// The outcome of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The machine after it.
    pub machine: JobMachine,
    /// To do, after the commit.
    pub effects: Vec<Effect>,
    /// To write with the commit.
    pub announcements: Vec<Announcement>,
}

/// The event does not belong to this state.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("event does not fit the state of the job")]
pub struct IllegalEvent {
    /// The event, so that the caller can count it by kind.
    pub event: JobEvent,
}

/// Rules of one job that come from settings.
#[derive(Clone, Debug, PartialEq)]
pub struct JobPolicy {
    /// Attempts per step, and the wait between them.
    pub retry: RetryPolicy,
    /// Time for all steps together, from the first start.
    pub pipeline_timeout: std::time::Duration,
    /// Crashes of the job's actor after which it is parked.
    pub crashes_max: u32,
}
