//! The parent of bucket actors, and the leased allowance that the front takes calls from without asking anyone.
//!
//! Invariant: at most one bucket per key; a lease is used up, given back, or void when its sub-slot ends.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};

use super::bucket::{BucketActor, BucketMsg, CallClass};
use super::slot::Slot;
use crate::base::ids::KeyId;
use crate::base::time::{Clock, Timestamp};
use crate::domain::bucket::Lease;
use crate::domain::tier::Tier;

/// What is left of a window, for the rate-limit headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls per minute; `None`: no limit.
    pub limit: Option<u32>,
    /// Calls left, at least.
    pub remaining: u32,
    /// Seconds until the window is free again.
    pub reset_seconds: u64,
}

impl Allowance {
    /// No limit.
    pub const UNLIMITED: Self = Self {
        limit: None,
        remaining: u32::MAX,
        reset_seconds: 0,
    };
}

/// One class's lease.
#[derive(Debug, Default)]
struct Pocket {
    lease: Option<Lease>,
    left: u32,
    reset_at: Timestamp,
}

impl Pocket {
    fn take(&mut self, limit: u32, now: Timestamp) -> Option<Allowance> {
        let lease = self
            .lease
            .filter(|lease| self.left > 0 && now < lease.until)?;
        self.left -= 1;
        Some(Allowance {
            limit: Some(limit),
            remaining: lease.remaining + self.left,
            reset_seconds: self.reset_at.since(now).as_secs(),
        })
    }

    fn unused(&mut self) -> Option<(u64, u32)> {
        let lease = self.lease.take()?;
        let left = std::mem::take(&mut self.left);
        (left > 0).then_some((lease.slot, left))
    }
}

/// The leases of one key.
#[derive(Debug)]
pub(crate) struct Purse {
    create: Mutex<Pocket>,
    housekeeping: Mutex<Pocket>,
    pub(crate) bucket: Mutex<Option<ActorRef<BucketMsg>>>,
}

impl Purse {
    fn pocket(&self, class: CallClass) -> &Mutex<Pocket> {
        match class {
            CallClass::Create => &self.create,
            CallClass::Housekeeping => &self.housekeeping,
        }
    }

    /// Takes one call, if a lease is at hand.
    pub(crate) fn take(&self, class: CallClass, limit: u32, now: Timestamp) -> Option<Allowance> {
        self.pocket(class).lock().take(limit, now)
    }

    /// What an old lease left, to be given back with the next request.
    pub(crate) fn unused(&self, class: CallClass) -> Option<(u64, u32)> {
        self.pocket(class).lock().unused()
    }

    /// Puts a lease in, and takes one call from it, also when its sub-slot ended on the way here: the call was counted.
    /// What a lease that came in meanwhile had left is void.
    pub(crate) fn fill(
        &self,
        class: CallClass,
        (lease, reset_at): (Lease, Timestamp),
        (limit, now): (u32, Timestamp),
    ) -> Allowance {
        let mut pocket = self.pocket(class).lock();
        *pocket = Pocket {
            lease: Some(lease),
            left: lease.granted.saturating_sub(1),
            reset_at,
        };
        Allowance {
            limit: Some(limit),
            remaining: lease.remaining + pocket.left,
            reset_seconds: reset_at.since(now).as_secs(),
        }
    }
}

/// Purses by key.
#[derive(Debug, Default)]
pub(crate) struct Purses(RwLock<HashMap<KeyId, Arc<Purse>>>);

impl Purses {
    pub(crate) fn of(&self, key: KeyId) -> Arc<Purse> {
        if let Some(purse) = self.0.read().get(&key) {
            return Arc::clone(purse);
        }
        let new = || {
            Arc::new(Purse {
                create: Mutex::default(),
                housekeeping: Mutex::default(),
                bucket: Mutex::default(),
            })
        };
        Arc::clone(self.0.write().entry(key).or_insert_with(new))
    }
}

/// The window of `class` in `tier`; `None`: no limit.
pub(crate) fn limit_of(tier: Tier, own: Option<u32>, class: CallClass) -> Option<u32> {
    let create = match (tier.requests_per_minute, own) {
        (Some(tier), Some(own)) => Some(tier.min(own)),
        (tier, own) => tier.or(own),
    };
    match class {
        CallClass::Create => create,
        CallClass::Housekeeping => {
            create.map(|limit| limit.saturating_mul(Tier::HOUSEKEEPING_FACTOR))
        }
    }
}

/// What the parent of buckets can be told.
pub(crate) enum LimitsMsg {
    /// The bucket of a key, started if it does not run.
    Bucket {
        key: KeyId,
        create: u32,
        reply: RpcReplyPort<ActorRef<BucketMsg>>,
    },
    /// Crash.
    #[cfg(test)]
    Poison,
}

/// The actor.
pub(crate) struct Limits {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) slot: Slot<LimitsMsg>,
}

#[derive(Default)]
pub(crate) struct LimitsState {
    buckets: HashMap<KeyId, ActorRef<BucketMsg>>,
    keys: HashMap<ActorId, KeyId>,
}

impl Actor for Limits {
    type Msg = LimitsMsg;
    type State = LimitsState;
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<LimitsMsg>,
        (): (),
    ) -> Result<LimitsState, ActorProcessingErr> {
        self.slot.set(myself);
        Ok(LimitsState::default())
    }

    async fn handle(
        &self,
        myself: ActorRef<LimitsMsg>,
        message: LimitsMsg,
        state: &mut LimitsState,
    ) -> Result<(), ActorProcessingErr> {
        let (key, create, reply) = match message {
            LimitsMsg::Bucket { key, create, reply } => (key, create, reply),
            #[cfg(test)]
            LimitsMsg::Poison => panic!("as ordered"),
        };
        if let Some(bucket) = state.buckets.get(&key) {
            let _ = reply.send(bucket.clone());
            return Ok(());
        }
        let housekeeping = create.saturating_mul(Tier::HOUSEKEEPING_FACTOR);
        let bucket = BucketActor {
            clock: Arc::clone(&self.clock),
            create,
            housekeeping,
        };
        let (actor, _) = Actor::spawn_linked(None, bucket, (), myself.get_cell()).await?;
        state.keys.insert(actor.get_id(), key);
        state.buckets.insert(key, actor.clone());
        let _ = reply.send(actor);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<LimitsMsg>,
        event: SupervisionEvent,
        state: &mut LimitsState,
    ) -> Result<(), ActorProcessingErr> {
        // A bucket that passivated or crashed is started again by the next call of its key.
        if let SupervisionEvent::ActorTerminated(cell, _, _)
        | SupervisionEvent::ActorFailed(cell, _) = event
            && let Some(key) = state.keys.remove(&cell.get_id())
        {
            state.buckets.remove(&key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_from_a_lease_that_ended_on_its_way_is_not_given_back() {
        let purses = Purses::default();
        let purse = purses.of(KeyId::from_bytes([1; 16]));
        let at = Timestamp::from_unix_ms;
        let lease = Lease {
            granted: 3,
            until: at(1_000),
            slot: 0,
            remaining: 7,
        };
        let allowance = purse.fill(CallClass::Create, (lease, at(60_000)), (10, at(1_001)));
        assert_eq!((allowance.limit, allowance.remaining), (Some(10), 9));
        assert_eq!(purse.unused(CallClass::Create), Some((0, 2)));
    }
}
