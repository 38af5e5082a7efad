//! Sessions: open, find, close, and the standalone stream.
//!
//! Invariant: a session is durable when its id leaves; another key finds nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ractor::ActorRef;
use ractor::rpc::CallResult;
use tokio::sync::oneshot;

use super::Engine;
use crate::base::error::{ErrorCode, PublicError};
use crate::base::ids::SessionId;
use crate::domain::key::Principal;
use crate::domain::session::SessionRecord;
use crate::ports::store::{Batch, Table};
use crate::tree::session::SessionMsg;
use crate::tree::sessions::SessionsMsg;

/// Longest version and client text kept.
const TEXT_BYTES_MAX: usize = 100;

/// What a client said at `initialize`.
#[derive(Clone, Debug, Default)]
pub struct NewSession {
    /// Negotiated version.
    pub version: String,
    /// Client name and version.
    pub client: String,
    /// The client can be asked questions.
    pub elicitation: bool,
}

/// A session's standalone stream. Dropping it closes the stream.
#[derive(Debug)]
pub struct SessionStream {
    actor: ActorRef<SessionMsg>,
    replaced: oneshot::Receiver<()>,
}

impl SessionStream {
    /// Resolves when another stream took over or the session ended.
    pub async fn replaced(&mut self) {
        let _ = (&mut self.replaced).await;
    }
}

impl Drop for SessionStream {
    fn drop(&mut self) {
        let _ = self.actor.cast(SessionMsg::StreamClosed);
    }
}

fn cut(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(TEXT_BYTES_MAX)].into()
}

impl Engine {
    /// Opens a session; durable when it returns. Beyond the key's maximum the one that was idle longest ends.
    ///
    /// # Errors
    /// `DRAINING`, `STORE_READ_ONLY`.
    pub async fn open_session(
        &self,
        principal: &Principal,
        new: NewSession,
    ) -> Result<Arc<SessionRecord>, PublicError> {
        if self.is_draining() {
            return Err(PublicError::new(
                ErrorCode::Draining,
                "the server is restarting",
            ));
        }
        let now = self.now();
        if self.0.sessions.count_of(principal.key) >= self.0.deps.settings.sessions_per_key_max
            && let Some(oldest) = self.0.sessions.oldest_of(principal.key)
        {
            self.close_session(principal, oldest).await;
        }
        let record = Arc::new(SessionRecord {
            id: SessionId::new(now, self.0.deps.entropy.as_ref()),
            key: principal.key,
            version: cut(&new.version),
            client: cut(&new.client),
            elicitation: new.elicitation,
            created_at: now,
        });
        let key = Bytes::copy_from_slice(record.id.as_bytes());
        let value = record.to_stored(now);
        let batch = Batch::default().put(Table::Sessions, key, value);
        self.0.deps.store.commit(batch).await.map_err(|_| {
            PublicError::new(
                ErrorCode::StoreReadOnly,
                "the store takes no new sessions right now",
            )
        })?;
        self.0.sessions.insert(Arc::clone(&record), now);
        Ok(record)
    }

    /// The session, if it is this caller's and has not ended. Counts as activity.
    pub fn session(&self, principal: &Principal, id: SessionId) -> Option<Arc<SessionRecord>> {
        self.0.sessions.touch(id, principal.key, self.now())
    }

    /// Ends a session; `false` when the caller has none of this id.
    pub async fn close_session(&self, principal: &Principal, id: SessionId) -> bool {
        if self.session(principal, id).is_none() {
            return false;
        }
        // Out of the table first: what the janitor writes after that it takes back.
        let Some((record, last_seen)) = self.0.sessions.remove(id) else {
            return false;
        };
        let key = Bytes::copy_from_slice(id.as_bytes());
        let batch = Batch::default().delete(Table::Sessions, key);
        if self.0.deps.store.commit(batch).await.is_err() {
            self.0.sessions.insert(record, last_seen);
            return false;
        }
        self.0.deps.slots.sessions.cast(SessionsMsg::Close(id));
        true
    }

    /// Opens the session's standalone stream. A second one replaces the first.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the parent of sessions does not come back.
    pub async fn open_stream(&self, session: &SessionRecord) -> Result<SessionStream, PublicError> {
        for _ in 0..super::RESTART_LOOKS {
            if let Some(parent) = self.0.deps.slots.sessions.get() {
                let open = |reply| SessionsMsg::Open {
                    session: session.id,
                    reply,
                };
                let call = parent.call(open, Some(Duration::from_secs(2)));
                if let Ok(CallResult::Success((actor, replaced))) = call.await {
                    return Ok(SessionStream { actor, replaced });
                }
            }
            // It restarts.
            tokio::time::sleep(super::RESTART_WAIT).await;
        }
        Err(PublicError::internal())
    }
}
