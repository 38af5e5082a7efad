//! One MCP session while its stream is open.
//!
//! Invariant: lives exactly as long as the stream: it ends when the stream goes, another takes over, or the session ends,
//! and the stream hears of the last two by the closing of its channel.

use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;

use crate::observe::metrics::{ActorKind, LiveActor};

/// What a session can be told.
#[derive(Debug)]
pub(crate) enum SessionMsg {
    /// The stream is gone.
    StreamClosed,
    /// Crash.
    #[cfg(test)]
    Poison,
}

/// The actor.
pub(crate) struct SessionActor;

pub(crate) struct State {
    /// Dropped with the actor: the stream's end of it resolves then.
    _replaced: oneshot::Sender<()>,
    _live: LiveActor,
}

impl Actor for SessionActor {
    type Msg = SessionMsg;
    type State = State;
    type Arguments = oneshot::Sender<()>;

    async fn pre_start(
        &self,
        _myself: ActorRef<SessionMsg>,
        replaced: oneshot::Sender<()>,
    ) -> Result<State, ActorProcessingErr> {
        Ok(State {
            _replaced: replaced,
            _live: LiveActor::new(ActorKind::Session),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<SessionMsg>,
        message: SessionMsg,
        _state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SessionMsg::StreamClosed => myself.stop(None),
            #[cfg(test)]
            SessionMsg::Poison => panic!("as ordered"),
        }
        Ok(())
    }
}
