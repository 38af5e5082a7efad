//! The janitor: what is past its date goes.
//!
//! Invariant: never decides about a job that has not ended, and works in bounded slices, on the pool.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::deps::Deps;
use super::effects::{self, AbortOnDrop};
use super::jobs::JobsMsg;
use super::sessions::{SessionTable, SessionsMsg};
use super::{expiry, shelf};
use crate::base::ids::{JobId, SessionId};
use crate::base::time::Timestamp;
use crate::domain::job::JobState;
use crate::domain::record::JobRecord;
use crate::domain::session::SessionRecord;
use crate::observe::metrics;
use crate::ports::store::{Batch, StoreError, Table};

/// Rows looked at in one go.
pub(super) const SLICE: usize = 1_000;
/// How long an idempotency key is remembered.
const IDEMPOTENCY: std::time::Duration = std::time::Duration::from_hours(24);

/// What the janitor can be told.
#[derive(Debug)]
pub(crate) enum JanitorMsg {
    /// Look around.
    Round,
    /// The round is over.
    Done,
    /// Crash.
    #[cfg(test)]
    Poison,
}

/// The actor.
pub(crate) struct Janitor {
    pub(crate) deps: Arc<Deps>,
    pub(crate) sessions: Arc<SessionTable>,
    /// When the engine started, not this actor.
    pub(crate) started_at: Timestamp,
}

pub(crate) struct State {
    last_round: Timestamp,
    /// Packs older than this that no job names are still to be swept.
    sweep: Option<Timestamp>,
    timer: Option<AbortOnDrop>,
}

impl Janitor {
    fn next_round(&self, myself: &ActorRef<JanitorMsg>, state: &mut State) {
        let timer = myself.send_after(self.deps.settings.janitor_interval, || JanitorMsg::Round);
        state.timer = Some(AbortOnDrop::new(&timer));
    }
}

/// Key of a due row: when, and what.
pub(crate) fn due_key(due: Timestamp, job: JobId) -> Bytes {
    [&due.unix_ms().to_be_bytes(), job.as_bytes().as_slice()]
        .concat()
        .into()
}

fn split_due(key: &[u8]) -> Option<(Timestamp, JobId)> {
    let due = u64::from_be_bytes(key.get(..8)?.try_into().ok()?);
    let job = JobId::from_bytes(key.get(8..24)?.try_into().ok()?);
    Some((Timestamp::from_unix_ms(due), job))
}

async fn round(deps: Arc<Deps>, sessions: Arc<SessionTable>, since: Timestamp) {
    metrics::jobs_open(deps.view.open_count());
    give_up_parked(&deps);
    end_sessions(&deps, &sessions).await;
    flush_sessions(&deps, &sessions, since).await;
    let _ = remove_due(&deps).await;
    let _ = expiry::remove_expired(&deps).await;
}

/// Does `work` on the pool.
pub(super) async fn on_pool<T: Send + 'static>(
    deps: &Arc<Deps>,
    work: impl FnOnce(&Deps) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let of_pool = Arc::clone(deps);
    let done = deps.pool.run(move || work(&of_pool)).await;
    done.unwrap_or_else(|panicked| Err(StoreError::Read(panicked.to_string())))
}

/// Removes inputs that are due, slice by slice until none is left.
pub(crate) async fn remove_due(deps: &Arc<Deps>) -> Result<(), StoreError> {
    loop {
        let batch = on_pool(deps, due_rows).await?;
        let is_last = batch.ops.len() < 2 * SLICE;
        if !commit(deps, batch).await || is_last {
            break;
        }
    }
    on_pool(deps, |deps| destroy_empty_buckets(deps, deps.clock.now())).await
}

/// Parked jobs whose pipeline time is over end as failed: nobody released them in time.
fn give_up_parked(deps: &Deps) {
    let now = deps.clock.now();
    for view in deps.view.open_jobs() {
        let is_parked = matches!(view.record.state(), JobState::Parked { .. });
        if is_parked
            && view
                .record
                .machine
                .deadline()
                .is_some_and(|deadline| deadline <= now)
        {
            deps.slots.jobs.cast(JobsMsg::GiveUp(view.record.id));
        }
    }
}

pub(super) async fn commit(deps: &Deps, batch: Batch) -> bool {
    if batch.ops.is_empty() {
        return true;
    }
    deps.store.commit(batch).await.is_ok()
}

async fn end_sessions(deps: &Deps, sessions: &SessionTable) {
    let is_busy = |key| deps.intake.open_jobs(key) > 0;
    let idle = sessions.idle(deps.clock.now(), deps.settings.session_idle_max, &is_busy);
    for chunk in idle.chunks(SLICE) {
        let delete = |batch: Batch, id: &SessionId| {
            batch.delete(Table::Sessions, Bytes::copy_from_slice(id.as_bytes()))
        };
        if commit(deps, chunk.iter().fold(Batch::default(), delete)).await {
            for id in chunk {
                sessions.remove(*id);
                deps.slots.sessions.cast(SessionsMsg::Close(*id));
            }
        }
    }
}

async fn flush_sessions(deps: &Deps, sessions: &SessionTable, since: Timestamp) {
    for chunk in sessions.used_since(since).chunks(SLICE) {
        let key = |record: &SessionRecord| Bytes::copy_from_slice(record.id.as_bytes());
        let mut batch = Batch::default();
        for (record, last_seen) in chunk {
            batch = batch.put(Table::Sessions, key(record), record.to_stored(*last_seen));
        }
        commit(deps, batch).await;
        // One that was closed in between must not come back with the next start.
        let ended = chunk.iter().filter(|(record, _)| !sessions.has(record.id));
        let back = |batch: Batch, (record, _): &(Arc<SessionRecord>, Timestamp)| {
            batch.delete(Table::Sessions, key(record))
        };
        commit(deps, ended.fold(Batch::default(), back)).await;
    }
}

/// Inputs that are due, and hour buckets in which nothing is left.
fn due_rows(deps: &Deps) -> Result<Batch, StoreError> {
    let now = deps.clock.now();
    let mut batch = Batch::default();
    for (key, _) in deps.store.scan(Table::Due, &[], None, SLICE)? {
        let Some((due, job)) = split_due(&key) else {
            continue;
        };
        if due > now {
            break;
        }
        batch = batch
            .delete(Table::Inputs, Bytes::copy_from_slice(job.as_bytes()))
            .delete(Table::Due, key);
    }
    Ok(batch)
}

fn destroy_empty_buckets(deps: &Deps, now: Timestamp) -> Result<(), StoreError> {
    let Ok(buckets) = deps.keyring.input_buckets() else {
        return Ok(());
    };
    let this_hour = shelf::bucket_of(now);
    // The bucket before this hour's may still get a job that was accepted at the turn of the hour.
    for hour in buckets.into_iter().filter(|hour| hour + 1 < this_hour) {
        let first = JobId::earliest(Timestamp::from_unix_ms(hour * 3_600_000));
        let next = deps
            .store
            .scan(Table::Inputs, &[], Some(first.as_bytes()), 1)?;
        let id = next
            .first()
            .and_then(|(key, _)| key.as_ref().try_into().ok());
        let made_in = id.map(|bytes| shelf::bucket_of(JobId::from_bytes(bytes).made_at()));
        if made_in != Some(hour) {
            let _ = deps.keyring.destroy_input_bucket(hour);
        }
    }
    Ok(())
}

/// Key of a job in the list of its workspace.
pub(crate) fn workspace_key(workspace: &str, job: JobId) -> Bytes {
    [workspace.as_bytes(), &[0], job.as_bytes().as_slice()]
        .concat()
        .into()
}

/// When the input of an ended job is due.
pub(crate) fn input_due(deps: &Deps, record: &JobRecord) -> Timestamp {
    let settings = &deps.settings;
    let kept = match record.state() {
        JobState::Completed => settings.input_retention_completed,
        _ => settings.input_retention_failed,
    };
    record.updated_at.plus(kept)
}

/// Whether an idempotency key of a job made at `made_at` is still remembered.
pub(crate) fn remembers(made_at: Timestamp, now: Timestamp) -> bool {
    now.since(made_at) < IDEMPOTENCY
}

impl Actor for Janitor {
    type Msg = JanitorMsg;
    type State = State;
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<JanitorMsg>,
        (): (),
    ) -> Result<State, ActorProcessingErr> {
        let now = self.deps.clock.now();
        let mut state = State {
            last_round: now,
            sweep: Some(self.started_at),
            timer: None,
        };
        self.next_round(&myself, &mut state);
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<JanitorMsg>,
        message: JanitorMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            JanitorMsg::Round => {
                let since = std::mem::replace(&mut state.last_round, self.deps.clock.now());
                let (deps, sessions) = (Arc::clone(&self.deps), Arc::clone(&self.sessions));
                let (sweep, done) = (state.sweep.take(), myself.clone());
                let work = async move {
                    if let Some(started_at) = sweep {
                        let _ =
                            on_pool(&deps, move |deps| expiry::sweep_packs(deps, started_at)).await;
                    }
                    round(deps, sessions, since).await;
                };
                let task = effects::spawn(async move {
                    // A round that panics is over as well: the next one must come.
                    if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                        tracing::error!("a round of the janitor panicked");
                    }
                    let _ = done.cast(JanitorMsg::Done);
                });
                state.timer = Some(AbortOnDrop::new(&task));
            }
            JanitorMsg::Done => self.next_round(&myself, state),
            #[cfg(test)]
            JanitorMsg::Poison => panic!("as ordered"),
        }
        Ok(())
    }
}
