//! The parent of all job actors: dispatch, one permit book, crashes.
//!
//! Invariant: at most one actor per job, and never more than the permits of process and key allow. A job without a permit
//! is a record, not an actor.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};

use super::deps::Deps;
use super::job::{JobActor, JobArguments, JobMsg};
use super::line::Line;
use crate::base::ids::{JobId, KeyId};
use crate::domain::job::JobState;
use crate::domain::record::JobRecord;
use crate::observe::metrics;
use crate::ports::store::Batch;

/// What the parent of jobs can be told.
pub(crate) enum JobsMsg {
    /// A job is durable and wants to run.
    Accepted(Arc<JobRecord>),
    /// Start the actor of this job again, after it crashed with this message.
    Restart { job: JobId, message: String },
    /// A parked job's time is over.
    GiveUp(JobId),
    /// End this job. The reply comes when that is durable, or the job had ended before.
    Cancel {
        job: JobId,
        reason: Option<String>,
        reply: RpcReplyPort<()>,
    },
    /// Dispatch nothing more; the reply comes when no attempt is under way.
    Drain { reply: RpcReplyPort<()> },
    /// Stop what is still under way; nothing of it is written.
    Abandon,
    /// Crash, or make the actor of this job crash.
    #[cfg(test)]
    Poison(Option<JobId>),
}

/// Why a job's actor is started.
#[derive(Debug)]
pub(crate) enum Wake {
    /// The job has its permit.
    Work,
    /// The actor before it crashed. Counted without a permit: the job then waits for one like any other.
    Crashed { message: String },
    /// The job is to end.
    Cancel {
        reason: Option<String>,
        reply: RpcReplyPort<()>,
    },
    /// It is parked, and its time is over.
    GiveUp,
}

/// Wait before a crashed job's actor starts again, so that a job that crashes at once does not keep the process busy.
const RESTART_DELAY: std::time::Duration = std::time::Duration::from_millis(200);

/// Longest wait for what the children of a crashed parent had submitted.
const BARRIER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

struct Live {
    job: JobId,
    key: KeyId,
    actor: ActorRef<JobMsg>,
    has_permit: bool,
}

pub(crate) struct JobsState {
    live: HashMap<ActorId, Live>,
    by_job: HashMap<JobId, ActorId>,
    line: Line,
    running: usize,
    running_by_key: BTreeMap<KeyId, usize>,
    draining: Vec<RpcReplyPort<()>>,
    is_draining: bool,
}

/// The actor.
pub(crate) struct Jobs {
    pub(crate) deps: Arc<Deps>,
}

/// The job is open and not set aside.
fn wants_permit(record: &JobRecord) -> bool {
    !record.state().is_terminal() && !matches!(record.state(), JobState::Parked { .. })
}

impl Jobs {
    /// Starts waiting jobs as long as there are permits, oldest first; a key at its limit lets others pass.
    async fn dispatch(&self, myself: &ActorRef<JobsMsg>, state: &mut JobsState) {
        while !state.is_draining && state.running < self.deps.settings.running_jobs_max {
            let running = &state.running_by_key;
            let Some(job) = state.line.take(|key| !self.is_at_limit(running, key)) else {
                break;
            };
            // One that has an actor (it is being cancelled) comes back when that actor goes and the job is still open.
            let view = self.deps.view.get(job);
            if let Some(view) = view.filter(|view| wants_permit(&view.record))
                && !state.by_job.contains_key(&job)
            {
                self.start(myself, state, (Arc::clone(&view.record), Wake::Work))
                    .await;
            }
        }
    }

    fn is_at_limit(&self, running: &BTreeMap<KeyId, usize>, key: KeyId) -> bool {
        let limit = self.deps.concurrent_jobs(key);
        let running = running.get(&key).copied().unwrap_or(0);
        limit.is_some_and(|limit| running >= usize::try_from(limit).unwrap_or(usize::MAX))
    }

    async fn start(
        &self,
        myself: &ActorRef<JobsMsg>,
        state: &mut JobsState,
        (record, wake): (Arc<JobRecord>, Wake),
    ) {
        let (job, key) = (record.id, record.key);
        let has_permit = matches!(wake, Wake::Work);
        let again = Arc::clone(&record);
        let arguments = JobArguments { record, wake };
        let actor = JobActor {
            deps: Arc::clone(&self.deps),
        };
        match Actor::spawn_linked(None, actor, arguments, myself.get_cell()).await {
            Ok((actor, _)) => {
                if has_permit {
                    state.running += 1;
                    *state.running_by_key.entry(key).or_default() += 1;
                }
                state.by_job.insert(job, actor.get_id());
                state.live.insert(
                    actor.get_id(),
                    Live {
                        job,
                        key,
                        actor,
                        has_permit,
                    },
                );
            }
            Err(cause) => {
                let cause = super::effects::short_cause(&cause.to_string());
                tracing::error!(job.id = %job, cause, "job {job} could not be started");
                myself.send_after(RESTART_DELAY, move || JobsMsg::Accepted(again));
            }
        }
    }

    /// A child ended: its permit is free. Answers with its job.
    fn ended(state: &mut JobsState, id: ActorId) -> Option<JobId> {
        let live = state.live.remove(&id)?;
        if state.by_job.get(&live.job) == Some(&id) {
            state.by_job.remove(&live.job);
        }
        if live.has_permit {
            state.running = state.running.saturating_sub(1);
            if let Some(count) = state.running_by_key.get_mut(&live.key) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    state.running_by_key.remove(&live.key);
                }
            }
        }
        Some(live.job)
    }

    /// An actor went and left its job open: the job waits for a permit again, before all others.
    fn requeue(&self, state: &mut JobsState, job: JobId) {
        let view = self.deps.view.get(job);
        if let Some(view) = view.filter(|view| wants_permit(&view.record)) {
            state.line.push_front(job, view.record.key);
        }
    }

    async fn cancel(
        &self,
        myself: &ActorRef<JobsMsg>,
        state: &mut JobsState,
        (job, reason, reply): (JobId, Option<String>, RpcReplyPort<()>),
    ) {
        let live = state.by_job.get(&job).and_then(|id| state.live.get(id));
        if let Some(live) = live {
            let _ = live.actor.cast(JobMsg::Cancel { reason, reply });
            return;
        }
        match self.deps.view.get(job) {
            Some(view) if !view.record.state().is_terminal() => {
                let wake = Wake::Cancel { reason, reply };
                self.start(myself, state, (Arc::clone(&view.record), wake))
                    .await;
            }
            _ => {
                let _ = reply.send(());
            }
        }
    }

    fn answer_drained(state: &mut JobsState) {
        if state.is_draining && state.live.is_empty() {
            for reply in state.draining.drain(..) {
                let _ = reply.send(());
            }
        }
    }
}

impl Actor for Jobs {
    type Msg = JobsMsg;
    type State = JobsState;
    type Arguments = ();

    /// Also the way back after a crash of this actor: every open job that is not parked waits for a permit again.
    async fn pre_start(
        &self,
        myself: ActorRef<JobsMsg>,
        (): (),
    ) -> Result<JobsState, ActorProcessingErr> {
        // Before the look at the open jobs: one that becomes durable in between is in the mailbox then.
        self.deps.slots.jobs.set(myself);
        // Children of a crashed predecessor may have submitted a step's end that is not durable yet: a commit of nothing
        // is answered after it. Without this the step would run again.
        let barrier = self.deps.store.commit(Batch::default());
        let _ = tokio::time::timeout(BARRIER_TIMEOUT, barrier).await;
        let mut line = Line::default();
        let open = self.deps.view.open_jobs();
        let is_fresh = |record: &JobRecord| matches!(record.state(), JobState::Queued);
        let (fresh, begun): (Vec<_>, Vec<_>) = open.iter().partition(|view| is_fresh(&view.record));
        for view in begun.into_iter().chain(fresh) {
            if wants_permit(&view.record) {
                line.push_back(view.record.id, view.record.key);
            }
        }
        Ok(JobsState {
            live: HashMap::new(),
            by_job: HashMap::new(),
            line,
            running: 0,
            running_by_key: BTreeMap::new(),
            draining: Vec::new(),
            is_draining: false,
        })
    }

    async fn post_start(
        &self,
        myself: ActorRef<JobsMsg>,
        state: &mut JobsState,
    ) -> Result<(), ActorProcessingErr> {
        self.dispatch(&myself, state).await;
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<JobsMsg>,
        message: JobsMsg,
        state: &mut JobsState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            JobsMsg::Accepted(record) => {
                if !state.by_job.contains_key(&record.id) {
                    state.line.push_back(record.id, record.key);
                }
                self.dispatch(&myself, state).await;
            }
            JobsMsg::Restart { job, message } => {
                let view = self.deps.view.get(job);
                let open = view.filter(|view| !view.record.state().is_terminal());
                if let Some(view) = open
                    && !state.is_draining
                    && !state.by_job.contains_key(&job)
                {
                    let wake = Wake::Crashed { message };
                    self.start(&myself, state, (Arc::clone(&view.record), wake))
                        .await;
                }
            }
            JobsMsg::GiveUp(job) => {
                let view = self.deps.view.get(job);
                let is_parked =
                    |record: &JobRecord| matches!(record.state(), JobState::Parked { .. });
                if let Some(view) = view.filter(|view| is_parked(&view.record))
                    && !state.is_draining
                    && !state.by_job.contains_key(&job)
                {
                    self.start(&myself, state, (Arc::clone(&view.record), Wake::GiveUp))
                        .await;
                }
            }
            JobsMsg::Cancel { job, reason, reply } => {
                self.cancel(&myself, state, (job, reason, reply)).await;
            }
            JobsMsg::Drain { reply } => {
                state.is_draining = true;
                state.draining.push(reply);
                for live in state.live.values() {
                    let _ = live.actor.cast(JobMsg::Drain);
                }
                Self::answer_drained(state);
            }
            JobsMsg::Abandon => {
                for live in state.live.values() {
                    live.actor.stop(None);
                }
            }
            #[cfg(test)]
            JobsMsg::Poison(None) => panic!("as ordered"),
            #[cfg(test)]
            JobsMsg::Poison(Some(job)) => {
                let live = state.by_job.get(&job).and_then(|id| state.live.get(id));
                live.map(|live| live.actor.cast(JobMsg::Poison));
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<JobsMsg>,
        event: SupervisionEvent,
        state: &mut JobsState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(cell, _, _) => {
                if let Some(job) = Self::ended(state, cell.get_id()) {
                    self.requeue(state, job);
                }
            }
            SupervisionEvent::ActorFailed(cell, cause) => {
                if let Some(job) = Self::ended(state, cell.get_id()) {
                    tracing::error!(job.id = %job, "the actor of job {job} crashed");
                    metrics::actor_restarted("job");
                    let message = super::effects::short_cause(&cause.to_string());
                    myself.send_after(RESTART_DELAY, move || JobsMsg::Restart { job, message });
                }
            }
            _ => return Ok(()),
        }
        self.dispatch(&myself, state).await;
        Self::answer_drained(state);
        Ok(())
    }
}
