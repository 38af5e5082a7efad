//! The axum side of `/mcp`: one endpoint for every era.
//!
//! Invariant: a call ends its wait when its caller goes away, never the job behind it; answers that do not wait are one
//! write with a content length.

pub mod aios;
mod body;
mod calls;
pub mod catalogue;
mod dispatch;
pub mod gate;
mod http;
mod meters;
mod outcome;
mod session;
mod stream;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::{Request, Response};
use aios_actors::base::error::{ErrorCode, PublicError};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either};
use serde_json::json;
use tokio::sync::watch;
use tower::Service;

use crate::door::Door;
use crate::wire::fault::Fault;
use crate::wire::reply::Tails;
use crate::wire::version::Version;
use calls::Calls;
use catalogue::{Answered, Catalogue};
use gate::Gate;
use meters::Meters;

/// Where the endpoint is.
pub const PATH: &str = "/mcp";

/// Time after which callers of a closing server come back.
const COME_BACK_MS: u64 = 2_000;
/// How long a wait may take to answer with what it has when the server closes.
const CLOSING_TIME_MAX: Duration = Duration::from_secs(2);

/// Limits of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontSettings {
    /// Largest request body. Default: 4 MiB.
    pub body_bytes_max: usize,
    /// Longest time between two progress notifications. Default: 10 s.
    pub progress_interval: Duration,
    /// Time between keep-alive comments on idle streams. Default: 15 s.
    pub keep_alive_interval: Duration,
}

impl Default for FrontSettings {
    fn default() -> Self {
        Self {
            body_bytes_max: 4 * 1_024 * 1_024,
            progress_interval: Duration::from_secs(10),
            keep_alive_interval: Duration::from_secs(15),
        }
    }
}

/// The endpoint's state: one per process.
pub struct Front {
    gate: Arc<dyn Gate>,
    catalogue: Arc<dyn Catalogue>,
    door: Door,
    settings: FrontSettings,
    tails: Tails,
    /// Result of `server/discover`.
    discover: Bytes,
    /// What `GET /mcp` says without a session.
    information: Bytes,
    calls: Calls,
    meters: Meters,
    closing: watch::Sender<bool>,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Front {
    /// A front for `catalogue`, guarded by `gate` and `door`.
    pub fn new(
        gate: Arc<dyn Gate>,
        catalogue: Arc<dyn Catalogue>,
        door: Door,
        settings: FrontSettings,
    ) -> Self {
        let server = catalogue.server();
        let versions = Version::ALL.map(Version::name);
        let discover = json!({
            "supportedVersions": versions,
            "capabilities": server.capabilities,
            "instructions": server.instructions,
        });
        let information = json!({
            "name": server.name,
            "title": server.title,
            "version": server.version,
            "status": "ready",
            "protocolVersions": versions,
            "transport": "streamable-http",
            "instructions": server.instructions,
        });
        Self {
            tails: Tails::new(server.name, server.version),
            discover: discover.to_string().into(),
            information: information.to_string().into(),
            calls: Calls::default(),
            meters: Meters::new(),
            closing: watch::Sender::new(false),
            gate,
            catalogue,
            door,
            settings,
        }
    }

    /// Ends all waits and streams, so that a drain does not wait for them. Callers are told to come back.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves once [`Self::close`] was called.
    fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closing = self.closing.subscribe();
        async move {
            let _ = closing.wait_for(|closing| *closing).await;
        }
    }

    /// The answer to a wait that says nothing itself although the server closes.
    fn turned_away(&self) -> impl Future<Output = Answered> + Send + 'static {
        let closed = self.closed();
        async move {
            closed.await;
            tokio::time::sleep(CLOSING_TIME_MAX).await;
            let error = PublicError {
                retry_after_ms: Some(COME_BACK_MS),
                ..PublicError::new(
                    ErrorCode::Draining,
                    "the server is restarting; call again to go on waiting",
                )
            };
            Err(Fault::door(&error))
        }
    }
}

/// `/mcp` as an axum router.
pub fn routes(front: Arc<Front>) -> Router {
    let handler = move |request: Request<Body>| {
        let front = Arc::clone(&front);
        async move { http::answer(&front, request).await }
    };
    Router::new().route(PATH, axum::routing::any(handler))
}

/// `/mcp` in front of everything else: one comparison instead of a walk through the router.
#[derive(Clone, Debug)]
pub struct Dispatch {
    front: Arc<Front>,
    others: Router,
}

impl Dispatch {
    /// Requests for [`PATH`] go to `front`, all others to `others`.
    pub const fn new(front: Arc<Front>, others: Router) -> Self {
        Self { front, others }
    }
}

impl<B> Service<Request<B>> for Dispatch
where
    B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<
        BoxFuture<'static, Result<Response<Body>, Infallible>>,
        <Router as Service<Request<B>>>::Future,
    >;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The router is always ready, too: axum says so in its documentation of `Router`.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().path() == PATH {
            let front = Arc::clone(&self.front);
            Either::Left(async move { Ok(http::answer(&front, request).await) }.boxed())
        } else {
            Either::Right(self.others.call(request))
        }
    }
}
