//! Whether the store works: counters, the two kinds of "no space", and the end.
//!
//! Invariant: the first failure wins, is told once, and is never taken back within this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::options::Options;
use super::stats::Counters;
use crate::ports::store::StoreError;

/// What every part of the store knows about its state.
pub(super) struct Health {
    pub(super) counters: Arc<Counters>,
    /// The last write found no space.
    pub(super) read_only: AtomicBool,
    /// The next segment found no space: what is left of the current one is for jobs that run.
    pub(super) short_of_space: Arc<AtomicBool>,
    stopped: AtomicBool,
    reason: Mutex<Option<String>>,
    on_failure: Arc<dyn Fn(String) + Send + Sync>,
}

impl Health {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            counters: Arc::default(),
            read_only: AtomicBool::new(false),
            short_of_space: Arc::default(),
            stopped: AtomicBool::new(false),
            reason: Mutex::default(),
            on_failure: Arc::clone(&options.on_failure),
        }
    }

    /// Nothing is durable any more. Tells the process, unless it was told before.
    pub(super) fn fail(&self, reason: String) {
        {
            let mut known = self.reason.lock();
            if known.is_some() {
                return;
            }
            *known = Some(reason.clone());
        }
        self.stopped.store(true, Ordering::SeqCst);
        tracing::error!(reason, "the store has stopped");
        (self.on_failure)(reason);
    }

    /// The store has failed.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Why it has failed.
    pub(super) fn failure(&self) -> Option<String> {
        self.reason.lock().clone()
    }

    /// The answer to everything that comes after the end.
    pub(super) fn stopped_error(&self) -> StoreError {
        StoreError::Stopped(self.failure().unwrap_or_else(|| "closed".to_owned()))
    }

    /// There is space and nothing has failed.
    pub(super) fn is_good(&self) -> bool {
        !self.is_stopped()
            && !self.read_only.load(Ordering::Relaxed)
            && !self.short_of_space.load(Ordering::Relaxed)
    }
}
