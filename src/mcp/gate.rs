//! What the transport needs of the engine: who calls, how often it may, and its sessions.
//!
//! Invariant: nothing here knows a job; [`super::catalogue::Catalogue`] does.

use std::sync::Arc;

use aios_actors::Engine;
use aios_actors::base::error::PublicError;
use aios_actors::base::ids::SessionId;
use aios_actors::domain::key::Principal;
use aios_actors::domain::session::SessionRecord;
use aios_actors::engine::{Allowance, CallClass, NewSession};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderMap;

use crate::auth::{self, Access, Denied};

/// Resolves when another stream took over; the stream is open until it is dropped.
pub type Replaced = BoxFuture<'static, ()>;

/// The gate.
pub trait Gate: Send + Sync + 'static {
    /// Who is calling. No I/O.
    ///
    /// # Errors
    /// [`Denied`].
    fn principal(&self, headers: &HeaderMap) -> Result<Arc<Principal>, Denied>;

    /// Takes one call out of the caller's window where that needs no waiting.
    fn try_allow(&self, principal: &Principal, class: CallClass) -> Option<Allowance>;

    /// The same where it does.
    fn allow<'a>(
        &'a self,
        principal: &'a Principal,
        class: CallClass,
    ) -> BoxFuture<'a, Result<Allowance, PublicError>>;

    /// Opens a session; durable when it resolves.
    fn open_session(
        &self,
        principal: Arc<Principal>,
        new: NewSession,
    ) -> BoxFuture<'static, Result<Arc<SessionRecord>, PublicError>>;

    /// The caller's session, if it has not ended.
    fn session(&self, principal: &Principal, id: SessionId) -> Option<Arc<SessionRecord>>;

    /// Ends a session; `false` when there was none.
    fn close_session<'a>(&'a self, principal: &'a Principal, id: SessionId) -> BoxFuture<'a, bool>;

    /// Opens the session's standalone stream in place of an earlier one.
    fn open_stream<'a>(
        &'a self,
        session: &'a SessionRecord,
    ) -> BoxFuture<'a, Result<Replaced, PublicError>>;
}

/// The engine as gate.
#[derive(Clone, Debug)]
pub struct EngineGate {
    /// The engine.
    pub engine: Engine,
    /// How callers are known.
    pub access: Access,
}

impl Gate for EngineGate {
    fn principal(&self, headers: &HeaderMap) -> Result<Arc<Principal>, Denied> {
        auth::principal(&self.engine, &self.access, headers)
    }

    fn try_allow(&self, principal: &Principal, class: CallClass) -> Option<Allowance> {
        self.engine.try_allow(principal, class)
    }

    fn allow<'a>(
        &'a self,
        principal: &'a Principal,
        class: CallClass,
    ) -> BoxFuture<'a, Result<Allowance, PublicError>> {
        self.engine.allow(principal, class).boxed()
    }

    fn open_session(
        &self,
        principal: Arc<Principal>,
        new: NewSession,
    ) -> BoxFuture<'static, Result<Arc<SessionRecord>, PublicError>> {
        let engine = self.engine.clone();
        async move { engine.open_session(&principal, new).await }.boxed()
    }

    fn session(&self, principal: &Principal, id: SessionId) -> Option<Arc<SessionRecord>> {
        self.engine.session(principal, id)
    }

    fn close_session<'a>(&'a self, principal: &'a Principal, id: SessionId) -> BoxFuture<'a, bool> {
        self.engine.close_session(principal, id).boxed()
    }

    fn open_stream<'a>(
        &'a self,
        session: &'a SessionRecord,
    ) -> BoxFuture<'a, Result<Replaced, PublicError>> {
        async move {
            let mut stream = self.engine.open_stream(session).await?;
            Ok(async move { stream.replaced().await }.boxed())
        }
        .boxed()
    }
}
