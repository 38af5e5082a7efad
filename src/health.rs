//! `GET /`, `/health`, `/health/live`, `/health/ready` and `/metrics`.
//!
//! Invariant: health needs no key and names no job, key or path; liveness never asks a dependency.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aios_actors::Engine;
use aios_actors::base::time::Timestamp;
use aios_actors::crypto::mac::sha256;
use aios_actors::domain::key::Scope;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::build_info;
use crate::telemetry::Metrics;

/// Who may read `/metrics`.
#[derive(Clone, Debug)]
pub enum MetricsAccess {
    /// Everyone: the listener is on loopback.
    Open,
    /// Whoever shows the token with this SHA-256.
    Token([u8; 32]),
    /// Whoever shows a key with the scope `admin`.
    Admin,
}

impl MetricsAccess {
    /// The rule for a listener: a token if one is set, else open on loopback, else the admin key.
    pub fn new(token: Option<&str>, is_loopback: bool) -> Self {
        match token {
            Some(token) => Self::Token(sha256(token.as_bytes())),
            None if is_loopback => Self::Open,
            None => Self::Admin,
        }
    }
}

/// What the health pages need.
#[derive(Clone)]
pub struct Health {
    /// The engine.
    pub engine: Engine,
    /// What `/metrics` answers with.
    pub metrics: Metrics,
    /// Who may read it.
    pub access: MetricsAccess,
    /// When the process was started.
    pub started: Timestamp,
    /// Set when the process was told to end, before the engine drains.
    pub stopping: Arc<AtomicBool>,
    /// Copies counters that are kept elsewhere into metrics; called at each scrape.
    pub scrape: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health")
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// The routes. To be mounted outside the check of `Host`: platforms probe with names of their own.
pub fn routes(health: Health) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/health", get(report))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// A JSON answer that nobody keeps.
fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}

/// `GET /`: what this is and where to go on; the predecessor's shape.
async fn root(State(health): State<Health>) -> Response {
    let status = if health.is_ready() {
        "ready"
    } else {
        "not_ready"
    };
    let endpoints = json!({ "health": "/health", "jobs": "/api/jobs", "mcp": "/mcp" });
    answer(
        StatusCode::OK,
        &json!({
            "name": build_info::NAME, "version": build_info::VERSION, "status": status,
            "endpoints": endpoints,
        }),
    )
}

/// `GET /health`: 200 when healthy or degraded, 503 when not ready.
async fn report(State(health): State<Health>) -> Response {
    let now = health.engine.now();
    let engine = health.engine.health();
    let is_ready = health.is_ready();
    let word = match (is_ready, engine.reasons.is_empty()) {
        (true, true) => "healthy",
        (true, false) => "degraded",
        (false, _) => "unhealthy",
    };
    let roles = engine
        .roles
        .iter()
        .map(|(name, circuit, running, waiting)| {
            let row = json!({ "circuit": circuit, "running": running, "waiting": waiting });
            (name.clone(), row)
        });
    let body = json!({
        "status": word,
        "uptime": now.since(health.started).as_secs_f64(),
        "timestamp": now.rfc3339(),
        "version": build_info::VERSION,
        "draining": engine.draining || health.is_stopping(),
        "reasons": engine.reasons,
        "roles": roles.collect::<serde_json::Map<_, _>>(),
        "jobs_open": engine.jobs_open,
    });
    answer(
        if is_ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        &body,
    )
}

/// `GET /health/live`: the process answers.
async fn live() -> Response {
    answer(StatusCode::OK, &json!({ "status": "alive" }))
}

/// `GET /health/ready`: new work is welcome.
async fn ready(State(health): State<Health>) -> Response {
    if health.is_ready() {
        return answer(StatusCode::OK, &json!({ "status": "ready" }));
    }
    let mut reasons = health.engine.health().reasons;
    if health.is_stopping() {
        reasons.push("the server is stopping".to_owned());
    }
    answer(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({ "status": "not_ready", "reasons": reasons }),
    )
}

/// `GET /metrics`: Prometheus text.
async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    if !health.may_scrape(&headers) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    }
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    health.record_gauges();
    (kind, health.metrics.render()).into_response()
}

impl Health {
    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn is_ready(&self) -> bool {
        !self.is_stopping() && self.engine.health().ready
    }

    fn may_scrape(&self, headers: &HeaderMap) -> bool {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim);
        match (&self.access, bearer) {
            (MetricsAccess::Open, _) => true,
            // Digests are compared, so the time it takes says nothing about the token.
            (MetricsAccess::Token(digest), Some(token)) => sha256(token.as_bytes()) == *digest,
            (MetricsAccess::Admin, Some(key)) => self
                .engine
                .authenticate(key)
                .is_ok_and(|principal| principal.may(Scope::Admin)),
            (_, None) => false,
        }
    }

    fn record_gauges(&self) {
        (self.scrape)();
        let engine = self.engine.health();
        let as_gauge = |flag: bool| if flag { 1.0 } else { 0.0 };
        metrics::gauge!("aios_ready").set(as_gauge(self.is_ready()));
        metrics::gauge!("aios_draining").set(as_gauge(engine.draining || self.is_stopping()));
    }
}
