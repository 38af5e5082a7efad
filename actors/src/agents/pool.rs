//! The bounded pool for work that computes or blocks: embedded agents, sealing, pack files.
//!
//! Invariant: at most as many run at once as the pool has places (cores − 1, at least 1), so that the front always has a
//! core left.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// The pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Semaphore>);

/// The work panicked; the text says where, never with what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work panicked")]
pub struct Panicked;

impl Pool {
    /// A pool with `places` places.
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.max(1))))
    }

    /// A pool that leaves one core to the front.
    pub fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new(cores.saturating_sub(1))
    }

    /// Runs `work` when a place is free. Dropping the future before that takes it out of the line; work that has begun
    /// runs to its end.
    ///
    /// # Errors
    /// [`Panicked`] when it did.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(|_| Panicked)?;
        let guarded = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(guarded)
            .await
            .map_err(|_| Panicked)
    }
}
