//! The program around the engine: opens the store, starts the engine, puts the front before it, ends both in order.
//!
//! Invariant: the only place that names stores. Nothing is served before recovery is done, and the directory's lock is
//! given back last.

mod front;
mod keys;
mod settings;
mod start;
mod store_metrics;
mod volume;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::engine::EngineFailure;
use aios_actors::ports::agent::AgentProvider;

pub use keys::IssuedKeys;
pub use settings::engine_settings;
pub use start::{
    Opened, Prepared, StartError, is_foreign_format, open_engine, open_failure, prepare, start,
};

/// Time that requests under way get once the engine has drained.
pub(crate) const FRONT_GRACE: Duration = Duration::from_secs(5);

/// Choices that are not settings.
#[derive(Clone, Default)]
pub struct Options {
    /// The data directory is thrown away afterwards: no zeros are written ahead.
    pub is_ephemeral: bool,
    /// Providers instead of the shipped chain, best first; for programs that embed this one, and for tests.
    pub providers: Option<Vec<Arc<dyn AgentProvider>>>,
    /// For benches: every fdatasync of the journal takes this much longer.
    pub sync_delay: Option<Duration>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("is_ephemeral", &self.is_ephemeral)
            .finish_non_exhaustive()
    }
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The engine.
    pub engine: Engine,
    /// Keys that were generated at this start; shown once.
    pub issued: IssuedKeys,
    stopping: Arc<AtomicBool>,
    front: front::Front,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Resolves when the engine cannot go on.
    pub async fn failed(&self) -> EngineFailure {
        self.engine.failed().await
    }

    /// Ends in order: not ready, `delay`, no new work, `timeout` for attempts under way, the rest to the next start.
    pub async fn drain(self, delay: Duration, timeout: Duration) {
        self.stopping.store(true, Ordering::Relaxed);
        tokio::time::sleep(delay).await;
        // The front goes on answering while the engine drains, so that callers can read what has become of their jobs.
        self.engine.drain(timeout).await;
        self.front.stop().await;
    }
}
