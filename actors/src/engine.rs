//! The handle the front uses: submit, status, artifacts, cancel, watch, sessions, keys, drain.
//!
//! Invariant: every lookup is by (workspace, id); a foreign id and an unknown id give the same answer.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::base::error::PublicError;
use crate::base::ids::{JobId, KeyId, SessionId};
use crate::base::time::Timestamp;
use crate::domain::artifact::ArtifactRow;
use crate::domain::event::Event;
use crate::domain::key::{KeyRecord, Principal, Scope};
use crate::domain::record::{JobRecord, Workspace};
use crate::domain::session::SessionRecord;

/// A job as readers see it.
#[derive(Debug)]
pub struct JobView {
    /// The record, as of its latest durable revision.
    pub record: Arc<JobRecord>,
    /// Answers rendered from this revision, kept by whoever renders them; the engine does not look inside.
    pub faces: [OnceLock<Bytes>; 4],
}

/// What a tool call asks for.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// Tool name: `aios_full_pipeline`.
    pub tool: String,
    /// Step names, in any order.
    pub steps: Vec<String>,
    /// Normalised arguments without `wait_seconds`, `mode`, `idempotency_key` and `webhook_url`.
    pub arguments: Value,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Where terminal events go.
    pub webhook_url: Option<String>,
    /// Job whose artifacts are the input.
    pub from_job: Option<JobId>,
    /// Sentences for the caller, from the normaliser.
    pub warnings: Vec<String>,
}

/// The answer to a submission: the job is durable.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The job.
    pub view: Arc<JobView>,
    /// An identical call was already running, or the idempotency key was known: no new job was made.
    pub attached: bool,
}

/// Kinds of call, each with its own window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallClass {
    /// Creates work.
    Create,
    /// Everything else.
    Housekeeping,
}

/// What is left of a window, for the rate-limit headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls per minute; `None`: no limit.
    pub limit: Option<u32>,
    /// Calls left, at least.
    pub remaining: u32,
    /// Seconds until the window is free again.
    pub reset_seconds: u64,
}

/// Why a job waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedBy {
    /// `permit`, `role`, `circuit`, `backoff` or `parked`.
    pub kind: &'static str,
    /// One sentence.
    pub detail: String,
    /// Until when, where known.
    pub until: Option<Timestamp>,
    /// Place in line, from 1.
    pub position: Option<usize>,
}

/// News of one job.
#[derive(Clone, Debug)]
pub enum News {
    /// A durable event; the record is at least as new.
    Event(Event, Arc<JobRecord>),
    /// How far the attempt under way is; not durable.
    Progress {
        /// Step name.
        step: String,
        /// Percent of the whole job, 0–99.
        percent: u8,
        /// Section that is being worked on.
        section: String,
    },
    /// Some news were dropped because they were not fetched in time: read the job again.
    Lagged,
}

/// A bounded subscription to one job's news.
#[derive(Debug)]
pub struct Watch;

impl Watch {
    /// The next news; `None` when the engine stops.
    pub async fn next(&mut self) -> Option<News> {
        unimplemented!()
    }
}

/// What a client said at `initialize`.
#[derive(Clone, Debug, Default)]
pub struct NewSession {
    /// Negotiated version.
    pub version: String,
    /// Client name and version.
    pub client: String,
    /// The client can be asked questions.
    pub elicitation: bool,
}

/// Health, for `/health*`.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Recovery is done, the store accepts, no drain.
    pub ready: bool,
    /// A drain has begun.
    pub draining: bool,
    /// Why it is not ready, or what is degraded; empty when all is well.
    pub reasons: Vec<String>,
    /// (role, circuit state, running, waiting).
    pub roles: Vec<(String, &'static str, usize, usize)>,
    /// Jobs that are not finished.
    pub jobs_open: usize,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Name.
    pub name: String,
    /// Workspace slug; the slug of the name when absent.
    pub workspace: Option<String>,
    /// Tier name.
    pub tier: String,
    /// Scopes.
    pub scopes: Vec<Scope>,
    /// Own limit.
    pub requests_per_minute: Option<u32>,
}

/// The engine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine;

#[expect(unused_variables, clippy::unused_async, missing_docs, reason = "signatures first; bodies follow")]
impl Engine {
    /// Checks a presented key. No I/O.
    ///
    /// # Errors
    /// `INVALID_KEY`.
    pub fn authenticate(&self, presented: &str) -> Result<Arc<Principal>, PublicError> {
        unimplemented!()
    }

    /// Takes one call out of the caller's window. `try_allow` answers without waiting when a lease is at hand.
    pub fn try_allow(&self, principal: &Principal, class: CallClass) -> Option<Allowance> {
        unimplemented!()
    }

    /// # Errors
    /// `RATE_LIMITED` with `retry_after_ms`.
    pub async fn allow(&self, principal: &Principal, class: CallClass) -> Result<Allowance, PublicError> {
        unimplemented!()
    }

    /// Makes a job durable and starts it. Needs no scope check: the caller has done that.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `JOB_NOT_FOUND` (`from_job`), `QUOTA_EXCEEDED`, `CIRCUIT_OPEN`, `IDEMPOTENCY_MISMATCH`,
    /// `DRAINING`, `STORE_READ_ONLY`.
    pub async fn submit(&self, principal: &Principal, request: JobRequest) -> Result<Submitted, PublicError> {
        unimplemented!()
    }

    /// The job, if it is in memory; `None` says nothing about whether it exists.
    pub fn peek(&self, principal: &Principal, id: JobId) -> Option<Arc<JobView>> {
        unimplemented!()
    }

    /// # Errors
    /// `JOB_NOT_FOUND`.
    pub async fn job(&self, principal: &Principal, id: JobId) -> Result<Arc<JobView>, PublicError> {
        unimplemented!()
    }

    /// Waits until the job has ended, is parked, or `timeout` is over; with `seen`, also until its revision is above it.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`.
    pub async fn wait(&self, principal: &Principal, id: JobId, seen: Option<u64>, timeout: Duration) -> Result<Arc<JobView>, PublicError> {
        unimplemented!()
    }

    /// News from now on: subscribe first, then read the job.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` while the hub restarts.
    pub async fn watch(&self, id: JobId) -> Result<Watch, PublicError> {
        unimplemented!()
    }

    /// Ends a job. A job that has already ended is answered as it is.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`.
    pub async fn cancel(&self, principal: &Principal, id: JobId, reason: Option<String>) -> Result<Arc<JobView>, PublicError> {
        unimplemented!()
    }

    /// Content of an artifact by name.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`, `ARTIFACT_NOT_READY`.
    pub async fn artifact(&self, principal: &Principal, id: JobId, name: &str) -> Result<(ArtifactRow, Bytes), PublicError> {
        unimplemented!()
    }

    /// The workspace's jobs, newest first, older than `before`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the store cannot be read.
    pub async fn jobs(&self, principal: &Principal, before: Option<JobId>, limit: usize) -> Result<Vec<Arc<JobView>>, PublicError> {
        unimplemented!()
    }

    /// Why a job waits, if it does.
    pub fn blocked_by(&self, record: &JobRecord) -> Option<BlockedBy> {
        unimplemented!()
    }

    /// Opens a session; durable when it returns.
    ///
    /// # Errors
    /// `DRAINING`, `STORE_READ_ONLY`.
    pub async fn open_session(&self, principal: &Principal, new: NewSession) -> Result<Arc<SessionRecord>, PublicError> {
        unimplemented!()
    }

    /// The session, if it is this caller's and has not ended. Counts as activity.
    pub fn session(&self, principal: &Principal, id: SessionId) -> Option<Arc<SessionRecord>> {
        unimplemented!()
    }

    /// Ends a session; `false` when there was none.
    pub async fn close_session(&self, principal: &Principal, id: SessionId) -> bool {
        unimplemented!()
    }

    /// Opens the session's standalone stream: an actor lives until the returned guard is dropped. Opening a second one
    /// replaces the first, whose [`SessionStream::replaced`] resolves.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` while the sessions actor restarts.
    pub async fn open_stream(&self, session: &SessionRecord) -> Result<SessionStream, PublicError> {
        unimplemented!()
    }

    /// Makes a key; the text is shown once.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `STORE_READ_ONLY`.
    pub async fn create_key(&self, new: NewKey) -> Result<(KeyRecord, String), PublicError> {
        unimplemented!()
    }

    /// A key that settings hold (`AIOS_API_KEYS`): not stored, known until the process ends.
    pub fn add_static_key(&self, new: NewKey, key: &str) {
        unimplemented!()
    }

    /// Stored keys.
    pub fn keys(&self) -> Vec<KeyRecord> {
        unimplemented!()
    }

    pub fn health(&self) -> Health {
        unimplemented!()
    }

    pub fn now(&self) -> Timestamp {
        unimplemented!()
    }

    /// Stops accepting, gives running attempts `timeout`, leaves the rest to the next start (no attempt is burnt), closes
    /// the store.
    pub async fn drain(&self, timeout: Duration) {
        unimplemented!()
    }

    /// Resolves when the engine cannot go on, with the reason. `io` failures exit 74, others 70.
    pub async fn failed(&self) -> EngineFailure {
        unimplemented!()
    }
}

/// A session's standalone stream.
#[derive(Debug)]
pub struct SessionStream;

impl SessionStream {
    /// Resolves when another stream took over or the session ended.
    pub async fn replaced(&mut self) {
        unimplemented!()
    }
}

/// Why the engine cannot go on.
#[derive(Clone, Debug)]
pub enum EngineFailure {
    /// The store failed.
    Store(String),
    /// A supervisor gave up.
    Supervisor(String),
}

/// Marks types that the signatures above mention only in docs.
type _Unused = (KeyId, Workspace);
