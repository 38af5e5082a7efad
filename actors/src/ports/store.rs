//! The store port: atomic durable batches, reads, artifact packs.
//!
//! Invariant: when a commit's answer is `Ok`, all of its operations are on disk or none is; a batch whose guard does not
//! fit changes nothing.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::base::ids::JobId;
use crate::domain::record::JobRecord;

/// Key spaces. Numbers are part of the file format and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Facts about the store itself.
    Meta = 0,
    /// Job records: job id → [`JobRecord`].
    Jobs = 1,
    /// Events of open jobs: job id, seq as 8 big-endian bytes → event.
    Events = 2,
    /// Open jobs: job id → nothing.
    Open = 3,
    /// Sealed inputs: job id → sealed arguments.
    Inputs = 4,
    /// Sealed artifacts that ride in the journal: artifact id → sealed bytes.
    Artifacts = 5,
    /// Jobs by workspace: workspace, 0, job id → nothing.
    ByWorkspace = 6,
    /// API keys: key id → key record.
    Keys = 7,
    /// MCP sessions: session id → session record.
    Sessions = 8,
    /// Idempotency: workspace, 0, digest → job id.
    Idempotency = 9,
    /// Answers by brief: workspace, 0, digest → job id and step.
    Memo = 10,
    /// Role state that outlives a restart: role → circuit.
    Roles = 11,
    /// Due times: 8 big-endian bytes of milliseconds, kind, id → nothing.
    Due = 12,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 13] = [
        Self::Meta,
        Self::Jobs,
        Self::Events,
        Self::Open,
        Self::Inputs,
        Self::Artifacts,
        Self::ByWorkspace,
        Self::Keys,
        Self::Sessions,
        Self::Idempotency,
        Self::Memo,
        Self::Roles,
        Self::Due,
    ];

    /// The table with this number.
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.get(usize::from(tag)).copied()
    }
}

/// One typed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Sets a value.
    Put {
        /// Key space.
        table: Table,
        /// Key, at most 256 bytes.
        key: Bytes,
        /// Value.
        value: Bytes,
    },
    /// Removes a value; nothing happens when there is none.
    Delete {
        /// Key space.
        table: Table,
        /// Key.
        key: Bytes,
    },
}

/// The state of a job's record that a batch rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The job.
    pub job: JobId,
    /// Revision in the store before this batch; 0 when there must be none.
    pub revision_before: u64,
    /// Epoch of the writer; an older one than the stored is refused.
    pub epoch: u64,
}

/// Operations that become durable together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Changes, in order.
    pub ops: Vec<Op>,
    /// Compare-and-swap on a job's record.
    pub guard: Option<Guard>,
    /// The record to publish to readers once it is durable. Must be the one that `ops` writes.
    pub record: Option<Arc<JobRecord>>,
}

impl Batch {
    /// Adds a put.
    #[must_use]
    pub fn put(mut self, table: Table, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        self.ops.push(Op::Put {
            table,
            key: key.into(),
            value: value.into(),
        });
        self
    }

    /// Adds a delete.
    #[must_use]
    pub fn delete(mut self, table: Table, key: impl Into<Bytes>) -> Self {
        self.ops.push(Op::Delete {
            table,
            key: key.into(),
        });
        self
    }
}

/// Why a store could not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The guard did not fit: someone else wrote the job.
    #[error("job {job} is at revision {revision} of epoch {epoch}")]
    Conflict {
        /// The job.
        job: JobId,
        /// Stored revision.
        revision: u64,
        /// Stored epoch.
        epoch: u64,
    },
    /// The inbox is full; nothing was written.
    #[error("the store is busy")]
    Busy,
    /// No space: nothing was written; reads and deletes go on.
    #[error("the disk is full")]
    ReadOnly,
    /// The writer has stopped; the outcome is unknown.
    #[error("the store has stopped: {0}")]
    Stopped(String),
    /// A value does not decode or fails its check.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// A read failed.
    #[error("reading the store failed: {0}")]
    Read(String),
}

/// Hears of each durable record, in commit order, before the commit is answered. Must not block.
pub trait Publish: Send + Sync + 'static {
    /// `record` is durable.
    fn publish(&self, record: Arc<JobRecord>);
}

/// A key with its value.
pub type Pair = (Bytes, Bytes);

/// Durable storage.
pub trait Store: Send + Sync + 'static {
    /// The number of this start, higher than that of every start before.
    fn epoch(&self) -> u64;

    /// Who hears of durable records. Called once, before the first commit.
    fn publish_to(&self, publish: Arc<dyn Publish>);

    /// Submits a batch; the future resolves when it is durable. Submitting happens at the call, not at the first poll,
    /// and dropping the future does not take the batch back.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Busy`] and [`StoreError::ReadOnly`]: nothing was written.
    /// [`StoreError::Stopped`]: the outcome is unknown until the next start.
    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<(), StoreError>>;

    /// The value of a key, as of the last commit that was answered. May read from disk: not for actors.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] or [`StoreError::Read`].
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// At most `limit` pairs whose keys start with `prefix` and come after `after`, in key order.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] or [`StoreError::Read`].
    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError>;

    /// Writes a pack file; durable when it returns. Blocks: not for actors. A pack that no committed row names is an
    /// orphan and is swept at the next start.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Stopped`].
    fn write_pack(&self, name: &str, content: &[u8]) -> Result<(), StoreError>;

    /// Reads `len` bytes from `offset` of a pack. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Read`] when it is missing or too short.
    fn read_pack(&self, name: &str, offset: u64, len: u64) -> Result<Bytes, StoreError>;

    /// Removes a pack; nothing happens when there is none. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Stopped`].
    fn remove_pack(&self, name: &str) -> Result<(), StoreError>;

    /// Names of all packs. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn packs(&self) -> Result<Vec<String>, StoreError>;

    /// New jobs are accepted: the disk is neither full nor broken, and the view is not too far behind.
    fn accepts(&self) -> bool;

    /// Finishes what was submitted, brings the view up to date and stops. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when the writer had failed before.
    fn close(&self) -> Result<(), StoreError>;
}
