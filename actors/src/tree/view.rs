//! What readers see: job records in memory, published by the store's writer after each commit.
//!
//! Invariant: a published record is durable. Reading takes no actor call and no lock that a writer holds for long.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use crate::base::ids::JobId;
use crate::domain::record::JobRecord;

/// Slots in which the front keeps what it rendered from a revision.
pub(crate) const FACES: usize = 4;
const SHARDS: usize = 64;

/// A job as readers see it.
#[derive(Debug)]
pub struct JobView {
    /// The record, as of its latest durable revision.
    pub record: Arc<JobRecord>,
    /// Answers rendered from this revision, kept by whoever renders them; the engine does not look inside.
    pub faces: [OnceLock<Bytes>; FACES],
}

impl JobView {
    pub(crate) fn new(record: Arc<JobRecord>) -> Arc<Self> {
        Arc::new(Self {
            record,
            faces: Default::default(),
        })
    }
}

/// Open jobs, and the latest finished ones.
#[derive(Debug)]
pub(crate) struct View {
    shards: Vec<RwLock<HashMap<JobId, Arc<JobView>>>>,
    finished: Mutex<VecDeque<JobId>>,
    finished_max: usize,
    open: AtomicUsize,
}

impl View {
    /// Keeps at most `finished_max` finished jobs.
    pub(crate) fn new(finished_max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            finished: Mutex::default(),
            finished_max,
            open: AtomicUsize::new(0),
        }
    }

    /// The job, if it is in memory.
    pub(crate) fn get(&self, id: JobId) -> Option<Arc<JobView>> {
        self.shard(id).read().get(&id).cloned()
    }

    /// Jobs that have not ended.
    pub(crate) fn open_count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Takes a record; answers with the one it replaces.
    pub(crate) fn insert(&self, record: Arc<JobRecord>) -> Option<Arc<JobView>> {
        let (id, is_over) = (record.id, record.state().is_terminal());
        let before = self.shard(id).write().insert(id, JobView::new(record));
        let was_open = before
            .as_ref()
            .is_some_and(|view| !view.record.state().is_terminal());
        match (was_open, is_over) {
            (false, false) => {
                self.open.fetch_add(1, Ordering::Relaxed);
            }
            (true, true) => {
                self.open.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
        if is_over && (before.is_none() || was_open) {
            self.remember_finished(id);
        }
        before
    }

    /// Forgets a job.
    pub(crate) fn remove(&self, id: JobId) {
        self.shard(id).write().remove(&id);
    }

    /// Ids of all jobs that have not ended, oldest first.
    pub(crate) fn open_jobs(&self) -> Vec<Arc<JobView>> {
        let mut open: Vec<_> = self
            .shards
            .iter()
            .flat_map(|shard| shard.read().values().cloned().collect::<Vec<_>>())
            .filter(|view| !view.record.state().is_terminal())
            .collect();
        open.sort_unstable_by_key(|view| view.record.id);
        open
    }

    fn remember_finished(&self, id: JobId) {
        let mut finished = self.finished.lock();
        finished.push_back(id);
        if finished.len() > self.finished_max
            && let Some(oldest) = finished.pop_front()
        {
            drop(finished);
            self.remove(oldest);
        }
    }

    fn shard(&self, id: JobId) -> &RwLock<HashMap<JobId, Arc<JobView>>> {
        // The last byte of a UUIDv7 is random.
        &self.shards[usize::from(id.as_bytes()[15]) % SHARDS]
    }
}
