//! The store's place in the tree: a thin actor that fails when the store has failed, which ends the process.
//!
//! Invariant: commits do not pass through here; they go straight to the writer's bounded inbox.

use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::slot::Slot;

/// What the store's actor can be told.
#[derive(Debug)]
pub(crate) enum StoreMsg {
    /// The writer stopped, for this reason.
    Failed(String),
}

/// The actor.
pub(crate) struct StoreWatch {
    pub(crate) slot: Slot<StoreMsg>,
}

impl Actor for StoreWatch {
    type Msg = StoreMsg;
    type State = ();
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<StoreMsg>,
        (): (),
    ) -> Result<(), ActorProcessingErr> {
        self.slot.set(myself);
        Ok(())
    }

    async fn handle(
        &self,
        _myself: ActorRef<StoreMsg>,
        StoreMsg::Failed(reason): StoreMsg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        tracing::error!(reason, "the store has failed; the process ends");
        Err(reason.into())
    }
}
