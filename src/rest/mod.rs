//! The REST side of jobs, in the predecessor's shapes.
//!
//! Invariant: the same arguments, scopes and limits as over MCP; handlers hold no rule.

mod jobs;

use std::sync::Arc;

use aios_actors::Engine;
use axum::Router;
use axum::routing::{get, post};

use crate::auth::Access;
use crate::door::Door;

/// What the handlers need.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The engine.
    pub engine: Engine,
    /// How callers are known.
    pub access: Access,
    /// Who may knock.
    pub door: Door,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
}

/// `/api/jobs`.
pub fn routes(rest: Rest) -> Router {
    Router::new()
        .route("/api/jobs", post(jobs::create))
        .route("/api/jobs/{id}", get(jobs::show))
        .layer(axum::extract::DefaultBodyLimit::max(rest.body_bytes_max))
        .with_state(Arc::new(rest))
}
