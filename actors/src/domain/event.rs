//! Durable events: what happened to a job, numbered per job.
//!
//! Invariant: `seq` counts from 1 without gaps, and the list of types is closed. Source of the list: project
//! requirement; the same words appear in streams, webhooks and task notifications.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::time::Timestamp;

/// The closed list of event types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum EventType {
    #[serde(rename = "job.created")]
    JobCreated,
    #[serde(rename = "job.started")]
    JobStarted,
    #[serde(rename = "job.step.started")]
    StepStarted,
    #[serde(rename = "job.step.retrying")]
    StepRetrying,
    #[serde(rename = "job.step.degraded")]
    StepDegraded,
    #[serde(rename = "job.step.completed")]
    StepCompleted,
    #[serde(rename = "artifact.created")]
    ArtifactCreated,
    #[serde(rename = "job.parked")]
    JobParked,
    #[serde(rename = "job.completed")]
    JobCompleted,
    #[serde(rename = "job.failed")]
    JobFailed,
    #[serde(rename = "job.cancelled")]
    JobCancelled,
    #[serde(rename = "job.timed_out")]
    JobTimedOut,
}

impl EventType {
    /// The wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobCreated => "job.created",
            Self::JobStarted => "job.started",
            Self::StepStarted => "job.step.started",
            Self::StepRetrying => "job.step.retrying",
            Self::StepDegraded => "job.step.degraded",
            Self::StepCompleted => "job.step.completed",
            Self::ArtifactCreated => "artifact.created",
            Self::JobParked => "job.parked",
            Self::JobCompleted => "job.completed",
            Self::JobFailed => "job.failed",
            Self::JobCancelled => "job.cancelled",
            Self::JobTimedOut => "job.timed_out",
        }
    }
}

/// One durable event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts from 1 in each job.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The attempt it is about, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// More, by type. Never texts of specifications or artifacts.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}
