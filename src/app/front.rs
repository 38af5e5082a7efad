//! The front before the engine: routes, listener, and its end.
//!
//! Invariant: health and metrics stand outside the checks of `Host` and keys; everything else is inside.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::base::time::Timestamp;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::health::{Health, MetricsAccess, routes};
use crate::telemetry::Metrics;

/// What the routes work on.
pub(super) struct Inside {
    pub(super) engine: Engine,
    pub(super) metrics: Metrics,
    pub(super) started: Timestamp,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) scrape: Arc<dyn Fn() + Send + Sync>,
}

/// The front that serves.
pub(super) struct Front {
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    upkeep: JoinHandle<()>,
}

impl Front {
    /// Serves on `listener` from now on.
    pub(super) fn start(config: &Config, listener: TcpListener, inside: Inside) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let upkeep = tokio::spawn(inside.metrics.clone().upkeep());
        let router = router(config, inside);
        let until = async move { drop(stopped.wait_for(|stop| *stop).await) };
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router)
                .with_graceful_shutdown(until)
                .await;
        });
        Self {
            stop,
            serving,
            upkeep,
        }
    }

    /// Takes no more connections and gives requests under way `grace`.
    pub(super) async fn stop(self, grace: Duration) {
        let _ = self.stop.send(true);
        let abort = self.serving.abort_handle();
        if tokio::time::timeout(grace, self.serving).await.is_err() {
            abort.abort();
        }
        self.upkeep.abort();
    }
}

fn router(config: &Config, inside: Inside) -> Router {
    let is_loopback = config.address().ip().is_loopback();
    let token = config.telemetry.metrics_token.given();
    routes(Health {
        engine: inside.engine,
        metrics: inside.metrics,
        access: MetricsAccess::new(token, is_loopback),
        started: inside.started,
        stopping: inside.stopping,
        scrape: inside.scrape,
    })
}
