//! The janitor: what is past its date goes.
//!
//! Invariant: never decides about a job that has not ended, and works in bounded slices, on the pool.

use std::sync::Arc;

use bytes::Bytes;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::deps::Deps;
use super::effects::{self, AbortOnDrop};
use super::jobs::JobsMsg;
use super::sessions::{SessionTable, SessionsMsg};
use super::shelf;
use crate::base::ids::{JobId, SessionId};
use crate::base::time::Timestamp;
use crate::domain::artifact::Place;
use crate::domain::job::JobState;
use crate::domain::record::JobRecord;
use crate::observe::metrics;
use crate::ports::store::{Batch, StoreError, Table};

/// Rows looked at in one round.
const SLICE: usize = 1_000;
/// How long an idempotency key is remembered.
const IDEMPOTENCY: std::time::Duration = std::time::Duration::from_hours(24);

/// What the janitor can be told.
#[derive(Debug)]
pub(crate) enum JanitorMsg {
    /// Look around.
    Round,
    /// The round is over.
    Done,
}

/// The actor.
pub(crate) struct Janitor {
    pub(crate) deps: Arc<Deps>,
    pub(crate) sessions: Arc<SessionTable>,
}

pub(crate) struct State {
    last_round: Timestamp,
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
    let due = {
        let deps = Arc::clone(&deps);
        let pool = deps.pool.clone();
        pool.run(move || due_rows(&deps)).await
    };
    if let Ok(Ok(batch)) = due {
        commit(&deps, batch).await;
    }
    let expired = {
        let deps = Arc::clone(&deps);
        let pool = deps.pool.clone();
        pool.run(move || expired_jobs(&deps)).await
    };
    for record in expired.ok().and_then(Result::ok).unwrap_or_default() {
        remove_job(&deps, record).await;
    }
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

async fn commit(deps: &Deps, batch: Batch) -> bool {
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
        let mut batch = Batch::default();
        for (record, last_seen) in chunk {
            let key = Bytes::copy_from_slice(record.id.as_bytes());
            batch = batch.put(Table::Sessions, key, stored_session(record, *last_seen));
        }
        commit(deps, batch).await;
    }
}

/// A session as it is stored: 8 big-endian bytes of its last use, then the record.
pub(crate) fn stored_session(
    record: &crate::domain::session::SessionRecord,
    last_seen: Timestamp,
) -> Bytes {
    let mut value = last_seen.unix_ms().to_be_bytes().to_vec();
    value.extend(serde_json::to_vec(record).unwrap_or_default());
    value.into()
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
    destroy_empty_buckets(deps, now)?;
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

/// Finished jobs past their date. Job ids sort by age, so the search ends at the first that is too young to be due.
fn expired_jobs(deps: &Deps) -> Result<Vec<Arc<JobRecord>>, StoreError> {
    let now = deps.clock.now();
    let mut expired = Vec::new();
    for (_, value) in deps.store.scan(Table::Jobs, &[], None, SLICE)? {
        let Ok(record) = serde_json::from_slice::<JobRecord>(&value) else {
            continue;
        };
        if now.since(record.created_at) < deps.settings.artifact_retention {
            break;
        }
        let is_due = record.expires_at.is_some_and(|expiry| expiry <= now);
        if is_due && record.state().is_terminal() {
            expired.push(Arc::new(record));
        }
    }
    Ok(expired)
}

async fn remove_job(deps: &Arc<Deps>, record: Arc<JobRecord>) {
    let key = Bytes::copy_from_slice(record.id.as_bytes());
    let mut batch = Batch::default()
        .delete(Table::Jobs, key.clone())
        .delete(Table::Inputs, key)
        .delete(
            Table::ByWorkspace,
            workspace_key(&record.workspace, record.id),
        );
    if let Some(digest) = &record.idempotency_key {
        batch = batch.delete(
            Table::Idempotency,
            Bytes::copy_from_slice(digest.as_bytes()),
        );
    }
    if let Some(memo) = &record.memo_key {
        batch = batch.delete(Table::Memo, Bytes::copy_from_slice(memo.as_bytes()));
    }
    let mut packs = Vec::new();
    for row in &record.artifacts {
        match &row.place {
            Place::Journal => {
                batch = batch.delete(Table::Artifacts, Bytes::copy_from_slice(row.id.as_bytes()));
            }
            Place::Pack { pack, .. } if !packs.contains(pack) => packs.push(pack.clone()),
            Place::Pack { .. } => {}
        }
    }
    if commit(deps, batch).await {
        if let Some(digest) = &record.idempotency_key {
            deps.intake.forget(digest);
        }
        deps.view.remove(record.id);
        let (pool, deps) = (deps.pool.clone(), Arc::clone(deps));
        let remove = move || {
            packs
                .iter()
                .try_for_each(|pack| deps.store.remove_pack(pack))
        };
        let _ = pool.run(remove).await;
    }
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
        let mut state = State {
            last_round: self.deps.clock.now(),
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
                let work = round(Arc::clone(&self.deps), Arc::clone(&self.sessions), since);
                let done = myself.clone();
                let task = effects::spawn(async move {
                    work.await;
                    let _ = done.cast(JanitorMsg::Done);
                });
                state.timer = Some(AbortOnDrop::new(&task));
            }
            JanitorMsg::Done => self.next_round(&myself, state),
        }
        Ok(())
    }
}
