//! A swappable handle to an actor that may be restarted.
//!
//! Invariant: a message is sent to the actor that runs now or not at all; the sender learns which.

use std::sync::Arc;

use parking_lot::RwLock;
use ractor::{ActorRef, Message};

/// Where a parent publishes the reference of a child.
pub(crate) struct Slot<M>(Arc<RwLock<Option<ActorRef<M>>>>);

impl<M> Clone for Slot<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> std::fmt::Debug for Slot<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot")
            .field("is_set", &self.0.read().is_some())
            .finish()
    }
}

impl<M> Default for Slot<M> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<M: Message> Slot<M> {
    /// The actor runs.
    pub(crate) fn set(&self, actor: ActorRef<M>) {
        *self.0.write() = Some(actor);
    }

    /// The actor that runs now.
    pub(crate) fn get(&self) -> Option<ActorRef<M>> {
        self.0.read().clone()
    }

    /// Sends `message`; `false` when nobody is there to take it.
    pub(crate) fn cast(&self, message: M) -> bool {
        let actor = self.0.read();
        actor
            .as_ref()
            .is_some_and(|actor| actor.cast(message).is_ok())
    }
}
