//! MCP sessions: a table of records, and the parent of the actors of those that have a stream open.
//!
//! Invariant: an idle session is a record and nothing else; another key finds no session.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::sync::oneshot;

use super::session::{SessionActor, SessionMsg};
use super::slot::Slot;
use crate::base::ids::{KeyId, SessionId};
use crate::base::time::Timestamp;
use crate::domain::session::SessionRecord;
use crate::observe::metrics;

const SHARDS: usize = 16;

#[derive(Debug)]
struct Entry {
    record: Arc<SessionRecord>,
    last_seen_ms: AtomicU64,
    streams: AtomicU32,
}

/// All sessions that have not ended.
#[derive(Debug)]
pub(crate) struct SessionTable {
    shards: Vec<RwLock<HashMap<SessionId, Entry>>>,
    count: AtomicU64,
    by_key: RwLock<BTreeMap<KeyId, u32>>,
}

impl Default for SessionTable {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            count: AtomicU64::new(0),
            by_key: RwLock::default(),
        }
    }
}

impl SessionTable {
    fn shard(&self, id: SessionId) -> &RwLock<HashMap<SessionId, Entry>> {
        &self.shards[usize::from(id.as_bytes()[15]) % SHARDS]
    }

    pub(crate) fn insert(&self, record: Arc<SessionRecord>, last_seen: Timestamp) {
        let (id, key) = (record.id, record.key);
        let last_seen_ms = AtomicU64::new(last_seen.unix_ms());
        let entry = Entry {
            record,
            last_seen_ms,
            streams: AtomicU32::new(0),
        };
        if self.shard(id).write().insert(id, entry).is_none() {
            self.count.fetch_add(1, Ordering::Relaxed);
            *self.by_key.write().entry(key).or_default() += 1;
        }
        self.measure();
    }

    /// The session of this key; counts as activity.
    pub(crate) fn touch(
        &self,
        id: SessionId,
        key: KeyId,
        now: Timestamp,
    ) -> Option<Arc<SessionRecord>> {
        let shard = self.shard(id).read();
        let entry = shard.get(&id).filter(|entry| entry.record.key == key)?;
        entry
            .last_seen_ms
            .fetch_max(now.unix_ms(), Ordering::Relaxed);
        Some(Arc::clone(&entry.record))
    }

    /// Takes a session out; answers with it and the time of its last use.
    pub(crate) fn remove(&self, id: SessionId) -> Option<(Arc<SessionRecord>, Timestamp)> {
        let entry = self.shard(id).write().remove(&id)?;
        self.count.fetch_sub(1, Ordering::Relaxed);
        let mut by_key = self.by_key.write();
        if let Some(count) = by_key.get_mut(&entry.record.key) {
            *count -= 1;
            if *count == 0 {
                by_key.remove(&entry.record.key);
            }
        }
        drop(by_key);
        self.measure();
        let last_seen = entry.last_seen_ms.into_inner();
        Some((entry.record, Timestamp::from_unix_ms(last_seen)))
    }

    /// Sessions of a key.
    pub(crate) fn count_of(&self, key: KeyId) -> usize {
        self.by_key
            .read()
            .get(&key)
            .map_or(0, |count| *count as usize)
    }

    /// The session of `key` that has been idle longest.
    pub(crate) fn oldest_of(&self, key: KeyId) -> Option<SessionId> {
        let oldest = self.shards.iter().filter_map(|shard| {
            let shard = shard.read();
            let idle = shard.iter().filter(|(_, entry)| {
                entry.record.key == key && entry.streams.load(Ordering::Relaxed) == 0
            });
            idle.map(|(id, entry)| (entry.last_seen_ms.load(Ordering::Relaxed), *id))
                .min()
        });
        oldest.min().map(|(_, id)| id)
    }

    /// Sessions that have ended by idleness. `is_busy` tells whether a key has an unfinished job.
    pub(crate) fn idle(
        &self,
        now: Timestamp,
        idle_max: Duration,
        is_busy: &dyn Fn(KeyId) -> bool,
    ) -> Vec<SessionId> {
        let mut idle = Vec::new();
        for shard in &self.shards {
            let shard = shard.read();
            let over = shard.iter().filter(|(_, entry)| {
                let last_seen = Timestamp::from_unix_ms(entry.last_seen_ms.load(Ordering::Relaxed));
                let has_stream = entry.streams.load(Ordering::Relaxed) > 0;
                let busy = has_stream || is_busy(entry.record.key);
                SessionRecord::is_over(last_seen, now, busy, idle_max)
            });
            idle.extend(over.map(|(id, _)| *id));
        }
        idle.sort_unstable();
        idle
    }

    /// Sessions used since `since`, with the time of their last use.
    pub(crate) fn used_since(&self, since: Timestamp) -> Vec<(Arc<SessionRecord>, Timestamp)> {
        let mut used = Vec::new();
        for shard in &self.shards {
            for entry in shard.read().values() {
                let last_seen = Timestamp::from_unix_ms(entry.last_seen_ms.load(Ordering::Relaxed));
                if last_seen >= since {
                    used.push((Arc::clone(&entry.record), last_seen));
                }
            }
        }
        used.sort_unstable_by_key(|(record, _)| record.id);
        used
    }

    fn stream_count(&self, id: SessionId, change: i32) {
        if let Some(entry) = self.shard(id).read().get(&id) {
            entry
                .streams
                .fetch_add(change.cast_unsigned(), Ordering::Relaxed);
        }
    }

    /// No stream is open: their actors went with their parent.
    fn forget_streams(&self) {
        for shard in &self.shards {
            for entry in shard.read().values() {
                entry.streams.store(0, Ordering::Relaxed);
            }
        }
    }

    /// The session has not ended.
    pub(crate) fn has(&self, id: SessionId) -> bool {
        self.shard(id).read().contains_key(&id)
    }

    fn measure(&self) {
        metrics::sessions(usize::try_from(self.count.load(Ordering::Relaxed)).unwrap_or(0));
    }
}

/// What the parent of sessions can be told.
pub(crate) enum SessionsMsg {
    /// A stream wants to open; an earlier one of the same session is replaced.
    Open {
        session: SessionId,
        reply: RpcReplyPort<(ActorRef<SessionMsg>, oneshot::Receiver<()>)>,
    },
    /// The session ended.
    Close(SessionId),
    /// Crash, or make the actor of this session crash.
    #[cfg(test)]
    Poison(Option<SessionId>),
}

/// The actor.
pub(crate) struct Sessions {
    pub(crate) slot: Slot<SessionsMsg>,
    pub(crate) table: Arc<SessionTable>,
}

#[derive(Default)]
pub(crate) struct SessionsState {
    actors: HashMap<SessionId, ActorRef<SessionMsg>>,
    ids: HashMap<ActorId, SessionId>,
}

impl Sessions {
    async fn open(
        &self,
        myself: &ActorRef<SessionsMsg>,
        state: &mut SessionsState,
        session: SessionId,
    ) -> Result<(ActorRef<SessionMsg>, oneshot::Receiver<()>), ActorProcessingErr> {
        if let Some(earlier) = state.actors.remove(&session) {
            earlier.stop(None);
        }
        let (replaced, receiver) = oneshot::channel();
        let (actor, _) =
            Actor::spawn_linked(None, SessionActor, replaced, myself.get_cell()).await?;
        state.ids.insert(actor.get_id(), session);
        state.actors.insert(session, actor.clone());
        self.table.stream_count(session, 1);
        Ok((actor, receiver))
    }
}

impl Actor for Sessions {
    type Msg = SessionsMsg;
    type State = SessionsState;
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<SessionsMsg>,
        (): (),
    ) -> Result<SessionsState, ActorProcessingErr> {
        // Else the sessions whose streams a crash ended would count as busy for ever.
        self.table.forget_streams();
        self.slot.set(myself);
        Ok(SessionsState::default())
    }

    async fn handle(
        &self,
        myself: ActorRef<SessionsMsg>,
        message: SessionsMsg,
        state: &mut SessionsState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SessionsMsg::Open { session, reply } => {
                let opened = self.open(&myself, state, session).await?;
                let _ = reply.send(opened);
            }
            SessionsMsg::Close(session) => {
                if let Some(actor) = state.actors.remove(&session) {
                    actor.stop(None);
                }
            }
            #[cfg(test)]
            SessionsMsg::Poison(None) => panic!("as ordered"),
            #[cfg(test)]
            SessionsMsg::Poison(Some(session)) => {
                let actor = state.actors.get(&session);
                actor.map(|actor| actor.cast(SessionMsg::Poison));
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<SessionsMsg>,
        event: SupervisionEvent,
        state: &mut SessionsState,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorTerminated(cell, _, _)
        | SupervisionEvent::ActorFailed(cell, _) = event
            && let Some(session) = state.ids.remove(&cell.get_id())
        {
            self.table.stream_count(session, -1);
            let is_current = state
                .actors
                .get(&session)
                .is_some_and(|actor| actor.get_id() == cell.get_id());
            if is_current {
                state.actors.remove(&session);
            }
        }
        Ok(())
    }
}
