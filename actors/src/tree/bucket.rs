//! One API key's rate limits: two sliding windows, from which the front leases allowance in chunks.
//!
//! Invariant: never above the limit. The actor stops when it has been idle for two windows: an idle window equals a new
//! one, so forgetting it loses nothing.

use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

use super::effects::AbortOnDrop;
use crate::base::time::Clock;
use crate::domain::bucket::{Bucket, Lease};
use crate::observe::metrics::{self, ActorKind, LiveActor};

/// The window of both limits.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// Kinds of call, each with its own window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallClass {
    /// Creates work.
    Create,
    /// Everything else.
    Housekeeping,
}

/// Answer to a request for a lease.
pub(crate) type LeaseAnswer = Result<(Lease, Duration), Duration>;

/// What a bucket can be told.
#[derive(Debug)]
pub(crate) enum BucketMsg {
    /// Lease some calls; gives back what an earlier lease left. Answers with the lease and the time until the window is
    /// free again, or with the time to wait.
    Lease {
        class: CallClass,
        unused: Option<(u64, u32)>,
        reply: RpcReplyPort<LeaseAnswer>,
    },
    /// Look whether anyone still calls.
    Look,
    /// Crash.
    #[cfg(test)]
    Poison,
}

/// The actor.
pub(crate) struct BucketActor {
    pub(crate) clock: Arc<dyn Clock>,
    /// Calls that create work, per minute.
    pub(crate) create: u32,
    /// Housekeeping calls, per minute.
    pub(crate) housekeeping: u32,
}

pub(crate) struct State {
    create: Bucket,
    housekeeping: Bucket,
    idle_looks: u32,
    look: Option<AbortOnDrop>,
    _live: LiveActor,
}

impl BucketActor {
    fn lease(
        &self,
        state: &mut State,
        class: CallClass,
        unused: Option<(u64, u32)>,
    ) -> LeaseAnswer {
        state.idle_looks = 0;
        let bucket = match class {
            CallClass::Create => &mut state.create,
            CallClass::Housekeeping => &mut state.housekeeping,
        };
        let now = self.clock.now();
        if let Some((slot, count)) = unused {
            bucket.give_back(slot, count, now);
        }
        // A quarter of what one sub-slot may use on average: small enough that what is left over hardly counts.
        let chunk = (bucket.limit() / 240).max(1);
        let lease = bucket.lease(chunk, now);
        metrics::limit_decided(lease.is_ok());
        lease.map(|lease| (lease, bucket.reset_after(now)))
    }

    fn look_again(myself: &ActorRef<BucketMsg>, state: &mut State) {
        let timer = myself.send_after(WINDOW, || BucketMsg::Look);
        state.look = Some(AbortOnDrop::new(&timer));
    }
}

impl Actor for BucketActor {
    type Msg = BucketMsg;
    type State = State;
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<BucketMsg>,
        (): (),
    ) -> Result<State, ActorProcessingErr> {
        let mut state = State {
            create: Bucket::new(self.create, WINDOW),
            housekeeping: Bucket::new(self.housekeeping, WINDOW),
            idle_looks: 0,
            look: None,
            _live: LiveActor::new(ActorKind::Bucket),
        };
        Self::look_again(&myself, &mut state);
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<BucketMsg>,
        message: BucketMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            BucketMsg::Lease {
                class,
                unused,
                reply,
            } => {
                let answer = self.lease(state, class, unused);
                let _ = reply.send(answer);
            }
            #[cfg(test)]
            BucketMsg::Poison => panic!("as ordered"),
            BucketMsg::Look => {
                state.idle_looks += 1;
                let now = self.clock.now();
                let is_idle = state.create.is_idle(now) && state.housekeeping.is_idle(now);
                if state.idle_looks > 2 && is_idle {
                    myself.stop(None);
                } else {
                    Self::look_again(&myself, state);
                }
            }
        }
        Ok(())
    }
}
