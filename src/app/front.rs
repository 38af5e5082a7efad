//! The front before the engine: routes, listener, and its end.
//!
//! Invariant: health and metrics stand outside the checks of `Host` and keys; everything else is inside.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::base::ids::KeyId;
use aios_actors::base::time::Timestamp;
use aios_actors::domain::key::{Principal, Scope};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::FRONT_GRACE;
use crate::auth::Access;
use crate::config::Config;
use crate::door::{Door, DoorSettings};
use crate::health::{self, Health, MetricsAccess};
use crate::listen::{self, ListenSettings};
use crate::mcp::aios::AiosCatalogue;
use crate::mcp::gate::EngineGate;
use crate::mcp::{self, Dispatch, FrontSettings};
use crate::rest::{self, Rest};
use crate::telemetry::Metrics;

/// Name, workspace and tier of everyone where no key is asked for.
const LOCAL: &str = "local";
/// What one step of the embedded agents takes, for the first estimate that a caller gets.
const STEP_SECONDS: u64 = 1;

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
    mcp: Arc<mcp::Front>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    upkeep: JoinHandle<()>,
}

impl Front {
    /// Serves on `listener` from now on.
    pub(super) fn start(config: &Config, listener: TcpListener, inside: Inside) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let upkeep = tokio::spawn(inside.metrics.clone().upkeep());
        let address = listener.local_addr().unwrap_or_else(|_| config.address());
        let door = door(config, address);
        let access = access(config);
        let gate = EngineGate {
            engine: inside.engine.clone(),
            access: access.clone(),
        };
        let catalogue = AiosCatalogue::new(inside.engine.clone(), STEP_SECONDS);
        let settings = FrontSettings {
            body_bytes_max: config.limits.body_bytes_max,
            ..FrontSettings::default()
        };
        let (gate, catalogue) = (Arc::new(gate), Arc::new(catalogue));
        let mcp = Arc::new(mcp::Front::new(gate, catalogue, door.clone(), settings));
        let others = others(config, inside, access, door);
        let service = Dispatch::new(Arc::clone(&mcp), others);
        let until = async move { drop(stopped.wait_for(|stop| *stop).await) };
        let limits = listen_settings(config);
        let serving =
            tokio::spawn(async move { listen::serve(listener, service, limits, until).await });
        Self {
            mcp,
            stop,
            serving,
            upkeep,
        }
    }

    /// Ends waits and streams, takes no more connections and gives requests under way a moment.
    pub(super) async fn stop(self) {
        self.mcp.close();
        let _ = self.stop.send(true);
        let _ = self.serving.await;
        self.upkeep.abort();
    }
}

/// The limits of the accept loop.
fn listen_settings(config: &Config) -> ListenSettings {
    let ms = Duration::from_millis;
    ListenSettings {
        connections_max: config.limits.connections_max,
        header_timeout: ms(config.limits.header_timeout_ms),
        idle_timeout: ms(config.limits.idle_timeout_ms),
        header_bytes_max: config.limits.head_bytes_max,
        body_grace: ms(config.limits.body_grace_ms),
        body_bytes_per_second_min: config.limits.body_bytes_per_second_min,
        drain_timeout: FRONT_GRACE,
        ..ListenSettings::default()
    }
}

fn access(config: &Config) -> Access {
    if config.auth.required {
        return Access::Keys;
    }
    let mut scopes = Scope::DEFAULT;
    scopes.sort_unstable();
    Access::Open(Arc::new(Principal {
        key: KeyId::from_bytes([0; 16]),
        name: LOCAL.into(),
        workspace: LOCAL.into(),
        tier: "internal".into(),
        scopes: scopes.as_slice().into(),
        requests_per_minute: None,
        expires_at: None,
    }))
}

/// `Host` is checked on loopback and where a list is set; the public address is then on the list by itself.
fn door(config: &Config, address: SocketAddr) -> Door {
    let mut allowed_hosts = config.server.allowed_hosts.clone();
    let public = config
        .server
        .public_url
        .split_once("://")
        .map(|(_, host)| host);
    let is_loopback = address.ip().is_loopback();
    if let Some(host) = public.filter(|_| is_loopback || !allowed_hosts.is_empty()) {
        allowed_hosts.push(host.split('/').next().unwrap_or(host).to_owned());
    }
    let allowed_origins = config.server.allowed_origins.clone();
    Door::new(DoorSettings {
        is_loopback,
        allowed_hosts,
        allowed_origins,
    })
}

/// Everything but `/mcp`.
fn others(config: &Config, inside: Inside, access: Access, door: Door) -> Router {
    let token = config.telemetry.metrics_token.given();
    let engine = inside.engine.clone();
    let health = health::routes(Health {
        engine: inside.engine,
        metrics: inside.metrics,
        access: MetricsAccess::new(token, config.address().ip().is_loopback()),
        started: inside.started,
        stopping: inside.stopping,
        scrape: inside.scrape,
    });
    if !config.server.rest_enabled {
        return health;
    }
    let body_bytes_max = config.limits.body_bytes_max;
    health.merge(rest::routes(Rest {
        engine,
        access,
        door,
        body_bytes_max,
    }))
}
