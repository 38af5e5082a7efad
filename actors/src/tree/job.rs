//! One job: from its permit to its end.
//!
//! Invariant: decide, persist, act. An effect starts only after the commit of the state that asked for it, and the only
//! thing this actor waits for is its own commit.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use serde_json::Value;

use super::commits::{Extra, Held, answer, batch, observe};
use super::deps::Deps;
use super::effects::{self, Attempted, Running};
use super::janitor;
pub(crate) use super::job_messages::{JobArguments, JobMsg};
use super::jobs::Wake;
use super::role::{Permit, RoleMsg, Waiting};
use crate::domain::job::{Attempt, Effect, Failure, JobEvent, JobState};
use crate::domain::record::{Amend, JobRecord};
use crate::observe::metrics::{self, ActorKind, LiveActor};
use crate::ports::agent::Shared;
use crate::ports::store::StoreError;

/// Wait before a commit that the store could not take is tried again.
const COMMIT_RETRY: Duration = Duration::from_millis(100);

/// The actor.
pub(crate) struct JobActor {
    pub(crate) deps: Arc<Deps>,
}

pub(crate) struct State {
    record: Arc<JobRecord>,
    running: Option<Running>,
    /// Arguments and artifacts that attempts of this start already loaded.
    inputs: Option<Arc<Value>>,
    artifacts: Option<Shared>,
    held: Option<Held>,
    /// Messages that arrived while a change is held.
    stash: VecDeque<JobMsg>,
    timers: Vec<effects::AbortOnDrop>,
    /// Start nothing new, go when the attempt under way has ended: the process stops, or the actor was started to write
    /// one change only.
    is_leaving: bool,
    _live: LiveActor,
}

impl State {
    /// The job is at this attempt.
    fn is_running(&self, at: Attempt) -> bool {
        matches!(self.record.state(), JobState::Running { at: now } if *now == at)
    }
}

impl JobActor {
    /// Decides, persists, acts: in this order, so that a crash between two steps may repeat work but never loses it.
    async fn advance(
        &self,
        myself: &ActorRef<JobMsg>,
        state: &mut State,
        event: JobEvent,
        extra: Extra,
    ) -> Result<(), ActorProcessingErr> {
        let now = self.deps.clock.now();
        let Ok(change) = state.record.machine.on(event, now, &self.deps.settings.job) else {
            metrics::event_dropped();
            tracing::debug!(job.id = %state.record.id, "an event came too late and was dropped");
            extra.replies.into_iter().for_each(answer);
            return Ok(());
        };
        let mut next = (*state.record).clone();
        next.absorb(extra.amend);
        let mut next = next.advanced(&change, self.deps.store.epoch(), now);
        if next.state().is_terminal() {
            next.expires_at = Some(now.plus(self.deps.settings.artifact_retention));
        }
        state.held = Some(Held {
            input_due: janitor::input_due(&self.deps, &next),
            next: Arc::new(next),
            effects: change.effects,
            extra: extra.ops,
            replies: extra.replies,
        });
        self.commit(myself, state).await
    }

    /// Commits what is held. A store that is full or busy keeps it held: no attempt is burnt for that.
    async fn commit(
        &self,
        myself: &ActorRef<JobMsg>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let Some(held) = state.held.take() else {
            return Ok(());
        };
        let batch = batch(&state.record, &held, self.deps.store.epoch());
        match self.deps.store.commit(batch).await {
            Ok(()) => {
                observe(&state.record, &held.next);
                state.record = held.next;
                held.replies.into_iter().for_each(answer);
                self.act(myself, state, held.effects);
                Ok(())
            }
            Err(StoreError::Busy | StoreError::ReadOnly) => {
                state.held = Some(held);
                myself.send_after(COMMIT_RETRY, || JobMsg::CommitAgain);
                Ok(())
            }
            // The actor before this one had submitted more than this one knew of: the job goes on from there.
            Err(StoreError::Conflict { epoch, .. }) if epoch == self.deps.store.epoch() => {
                metrics::event_dropped();
                myself.stop(None);
                Ok(())
            }
            // The process is about to end; the next start decides from what is durable.
            Err(StoreError::Stopped(_)) => {
                state.held = Some(held);
                Ok(())
            }
            Err(cause) => Err(cause.into()),
        }
    }

    fn act(&self, myself: &ActorRef<JobMsg>, state: &mut State, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Run(at) => self.acquire(myself, state, at),
                Effect::Abort(at) => self.abort(state, at),
                Effect::WakeAt(when, at) => {
                    let wait = when.since(self.deps.clock.now());
                    let timer = myself.send_after(wait, move || JobMsg::RetryDue(at));
                    state.timers.push(effects::AbortOnDrop::new(&timer));
                }
                Effect::DeadlineAt(when) => {
                    let wait = when.since(self.deps.clock.now());
                    let timer = myself.send_after(wait, || JobMsg::DeadlinePassed);
                    state.timers.push(effects::AbortOnDrop::new(&timer));
                }
            }
        }
        let is_over = state.record.state().is_terminal()
            || matches!(state.record.state(), JobState::Parked { .. });
        if is_over || (state.is_leaving && state.running.is_none()) {
            myself.stop(None);
        }
    }

    /// Asks the role for a permit.
    fn acquire(&self, myself: &ActorRef<JobMsg>, state: &State, at: Attempt) {
        if state.is_leaving {
            return;
        }
        let record = &state.record;
        let role = self.deps.role_of(record, at);
        let waiting = Waiting::new(record.id, Arc::clone(&record.workspace), at, myself.clone());
        if let Some((slot, _)) = self.deps.slots.roles.get(role) {
            // Nobody there: `waiting` is dropped and tells us so.
            slot.cast(RoleMsg::Acquire(waiting));
        } else {
            waiting.forget();
            let failed = Attempted::Failed(effects::unknown_step());
            let _ = myself.cast(JobMsg::Attempted(at, Box::new(failed)));
        }
    }

    fn abort(&self, state: &mut State, at: Attempt) {
        if let Some((slot, _)) = self
            .deps
            .slots
            .roles
            .get(self.deps.role_of(&state.record, at))
        {
            slot.cast(RoleMsg::Withdraw(state.record.id));
        }
        if let Some(running) = state.running.take() {
            running.stop(self.deps.settings.cancel_grace);
        }
    }

    fn granted(&self, myself: &ActorRef<JobMsg>, state: &mut State, at: Attempt, permit: Permit) {
        // A grant that came too late gives its permit back by being dropped.
        if !state.is_running(at) || state.is_leaving || state.running.is_some() {
            return;
        }
        let loaded = (state.inputs.clone(), state.artifacts.clone());
        let work = effects::Work {
            deps: Arc::clone(&self.deps),
            record: Arc::clone(&state.record),
            at,
            loaded,
        };
        state.running = Some(effects::start(work, permit, myself.clone()));
    }

    async fn attempted(
        &self,
        myself: &ActorRef<JobMsg>,
        state: &mut State,
        (at, attempted): (Attempt, Attempted),
    ) -> Result<(), ActorProcessingErr> {
        state.running.take_if(|running| running.at == at);
        match attempted {
            Attempted::Delivered(delivered) => {
                state.inputs = Some(delivered.inputs);
                state.artifacts = Some(delivered.artifacts);
                let extra = Extra {
                    ops: delivered.ops,
                    amend: Amend {
                        rows: delivered.rows,
                        warnings: delivered.warnings,
                        usage: Some(delivered.usage),
                        reason: None,
                    },
                    replies: Vec::new(),
                };
                self.advance(myself, state, JobEvent::StepDone(at), extra)
                    .await
            }
            Attempted::Failed(error) => {
                let failure = Failure {
                    error: error.error,
                    retryable: error.retryable,
                };
                let event = JobEvent::StepFailed {
                    at,
                    failure,
                    jitter: self.deps.entropy.unit(),
                };
                self.advance(myself, state, event, Extra::default()).await
            }
        }
    }

    async fn wake(
        &self,
        myself: &ActorRef<JobMsg>,
        state: &mut State,
        wake: Wake,
    ) -> Result<(), ActorProcessingErr> {
        match wake {
            Wake::Work if matches!(state.record.state(), JobState::Queued) => {
                metrics::queue_waited(self.deps.clock.now().since(state.record.created_at));
                self.advance(myself, state, JobEvent::Started, Extra::default())
                    .await
            }
            Wake::Work => {
                let effects = state.record.machine.resume();
                self.act(myself, state, effects);
                Ok(())
            }
            Wake::Crashed { message } => {
                let event = JobEvent::Crashed { message };
                self.write_and_go(myself, state, event, Extra::default())
                    .await
            }
            Wake::Cancel { reason, reply } => {
                let extra = Extra::cancel(reason, reply);
                self.write_and_go(myself, state, JobEvent::Cancel, extra)
                    .await
            }
            Wake::GiveUp => {
                let event = JobEvent::DeadlinePassed;
                self.write_and_go(myself, state, event, Extra::default())
                    .await
            }
        }
    }

    /// Writes one change without a permit. What the job does next, another actor does.
    async fn write_and_go(
        &self,
        myself: &ActorRef<JobMsg>,
        state: &mut State,
        event: JobEvent,
        extra: Extra,
    ) -> Result<(), ActorProcessingErr> {
        state.is_leaving = true;
        self.advance(myself, state, event, extra).await?;
        // Also when the event came too late; a held change goes first.
        if state.held.is_none() {
            myself.stop(None);
        }
        Ok(())
    }

    async fn dispatch(
        &self,
        myself: &ActorRef<JobMsg>,
        state: &mut State,
        message: JobMsg,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            JobMsg::Wake(wake) => self.wake(myself, state, wake).await?,
            JobMsg::Granted(at, permit) => self.granted(myself, state, at, permit),
            JobMsg::RoleLost(at) => self.role_lost(myself, state, at),
            JobMsg::Attempted(at, attempted) => {
                self.attempted(myself, state, (at, *attempted)).await?;
            }
            JobMsg::RetryDue(at) => {
                let event = JobEvent::RetryDue(at);
                self.advance(myself, state, event, Extra::default()).await?;
            }
            JobMsg::DeadlinePassed => {
                let event = JobEvent::DeadlinePassed;
                self.advance(myself, state, event, Extra::default()).await?;
            }
            JobMsg::Cancel { reason, reply } => {
                let extra = Extra::cancel(reason, reply);
                self.advance(myself, state, JobEvent::Cancel, extra).await?;
            }
            JobMsg::CommitAgain => {}
            JobMsg::Drain => {
                state.is_leaving = true;
                self.act(myself, state, Vec::new());
            }
            #[cfg(test)]
            JobMsg::Poison => panic!("as ordered"),
        }
        Ok(())
    }

    /// Asks again, a moment later: the role's supervisor needs time to start it.
    fn role_lost(&self, myself: &ActorRef<JobMsg>, state: &mut State, at: Attempt) {
        if state.is_running(at) && state.running.is_none() && !state.is_leaving {
            let (deps, actor) = (Arc::clone(&self.deps), myself.clone());
            let (job, workspace) = (state.record.id, Arc::clone(&state.record.workspace));
            let role = self.deps.role_of(&state.record, at).to_owned();
            let again = effects::after(COMMIT_RETRY, move || {
                let waiting = Waiting::new(job, workspace, at, actor);
                deps.slots
                    .roles
                    .get(&role)
                    .map(|(slot, _)| slot.cast(RoleMsg::Acquire(waiting)));
            });
            state.timers.push(again);
        }
    }
}

impl Actor for JobActor {
    type Msg = JobMsg;
    type State = State;
    type Arguments = JobArguments;

    async fn pre_start(
        &self,
        myself: ActorRef<JobMsg>,
        arguments: JobArguments,
    ) -> Result<State, ActorProcessingErr> {
        let _ = myself.cast(JobMsg::Wake(arguments.wake));
        Ok(State {
            record: arguments.record,
            running: None,
            inputs: None,
            artifacts: None,
            held: None,
            stash: VecDeque::new(),
            timers: Vec::new(),
            is_leaving: false,
            _live: LiveActor::new(ActorKind::Job),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<JobMsg>,
        message: JobMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        if state.held.is_some() {
            if !matches!(message, JobMsg::CommitAgain) {
                state.stash.push_back(message);
                return Ok(());
            }
            self.commit(&myself, state).await?;
        } else {
            self.dispatch(&myself, state, message).await?;
        }
        while state.held.is_none()
            && let Some(message) = state.stash.pop_front()
        {
            self.dispatch(&myself, state, message).await?;
        }
        Ok(())
    }
}
