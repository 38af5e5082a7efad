//! One agent role: bulkhead, fair queue over workspaces, circuit breaker as state.
//!
//! Invariant: never more attempts under way than permits, and none while the circuit is open. A waiting attempt is
//! granted or, if this actor crashes, told so and asks again; it is never forgotten.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::deps::RoleSettings;
use super::effects::AbortOnDrop;
use super::job::JobMsg;
use super::slot::Slot;
use crate::base::ids::JobId;
use crate::base::time::{Clock, Timestamp};
use crate::domain::circuit::{CallOutcome, Circuit, CircuitState, Pass};
use crate::domain::job::Attempt;
use crate::domain::record::Workspace;
use crate::observe::metrics::{self, ActorKind, LiveActor};

/// An attempt that wants to run. Dropped without a grant, it tells its job so.
pub(crate) struct Waiting {
    pub(crate) job: JobId,
    pub(crate) workspace: Workspace,
    pub(crate) at: Attempt,
    to: Option<ActorRef<JobMsg>>,
}

impl Waiting {
    pub(crate) fn new(job: JobId, workspace: Workspace, at: Attempt, to: ActorRef<JobMsg>) -> Self {
        Self {
            job,
            workspace,
            at,
            to: Some(to),
        }
    }

    /// Goes without a word to its job.
    pub(crate) fn forget(mut self) {
        self.to = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(job) = self.to.take() {
            let _ = job.cast(JobMsg::RoleLost(self.at));
        }
    }
}

/// The right to make one attempt. Give the outcome with [`Permit::finish`]; dropped without, it counts neither way.
#[derive(Debug)]
pub(crate) struct Permit {
    role: Slot<RoleMsg>,
    /// Outlives the role's actor, so that a restarted one knows what is still under way.
    running: Arc<AtomicUsize>,
    pass: Pass,
    is_given_back: bool,
}

impl Permit {
    pub(crate) fn finish(mut self, outcome: CallOutcome) {
        self.give_back(outcome);
    }

    fn give_back(&mut self, outcome: CallOutcome) {
        if !std::mem::replace(&mut self.is_given_back, true) {
            self.running.fetch_sub(1, Ordering::AcqRel);
            self.role.cast(RoleMsg::Release {
                pass: self.pass,
                outcome,
            });
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.give_back(CallOutcome::Ignored);
    }
}

/// What a role can be told.
pub(crate) enum RoleMsg {
    /// This attempt wants to run.
    Acquire(Waiting),
    /// It no longer does.
    Withdraw(JobId),
    /// An attempt ended.
    Release { pass: Pass, outcome: CallOutcome },
    /// The circuit may let a trial pass now.
    TrialDue,
    /// Crash.
    #[cfg(test)]
    Poison,
}

/// What readers see of a role without asking it.
#[derive(Debug, Default)]
pub(crate) struct RoleStatus {
    shown: Mutex<Status>,
    /// Permits that were not given back.
    running: Arc<AtomicUsize>,
}

#[derive(Clone, Debug, Default)]
struct Status {
    circuit: Option<CircuitState>,
    /// Arrival number → job.
    waiting: BTreeMap<u64, JobId>,
}

impl RoleStatus {
    /// (circuit state, running, waiting).
    pub(crate) fn load(&self) -> (&'static str, usize, usize) {
        let status = self.shown.lock();
        (
            status.circuit.map_or("closed", CircuitState::name),
            self.running.load(Ordering::Acquire),
            status.waiting.len(),
        )
    }

    /// Until when the circuit is open.
    pub(crate) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.shown.lock().circuit {
            Some(CircuitState::Open { until }) if now < until => Some(until),
            _ => None,
        }
    }

    /// Place in line of a waiting job, from 1.
    pub(crate) fn position(&self, job: JobId) -> Option<usize> {
        let status = self.shown.lock();
        status
            .waiting
            .values()
            .position(|waiting| *waiting == job)
            .map(|index| index + 1)
    }
}

/// The role actor.
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) settings: RoleSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) slot: Slot<RoleMsg>,
    pub(crate) status: Arc<RoleStatus>,
}

pub(crate) struct RoleState {
    circuit: Circuit,
    /// Waiting attempts by workspace, and the order in which workspaces are served.
    queues: BTreeMap<Workspace, VecDeque<(u64, Waiting)>>,
    turns: VecDeque<Workspace>,
    arrivals: u64,
    /// Until the circuit lets a trial pass.
    trial: Option<AbortOnDrop>,
    _live: LiveActor,
}

impl RoleState {
    fn push(&mut self, waiting: Waiting) {
        let workspace = Arc::clone(&waiting.workspace);
        self.arrivals += 1;
        let queue = self.queues.entry(Arc::clone(&workspace)).or_default();
        if queue.is_empty() {
            self.turns.push_back(workspace);
        }
        queue.push_back((self.arrivals, waiting));
    }

    /// The next attempt, one workspace after the other.
    fn pop(&mut self) -> Option<Waiting> {
        let workspace = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&workspace)?;
        let (_, waiting) = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&workspace);
        } else {
            self.turns.push_back(workspace);
        }
        Some(waiting)
    }

    fn withdraw(&mut self, job: JobId) {
        for queue in self.queues.values_mut() {
            for (_, waiting) in queue.iter_mut().filter(|(_, waiting)| waiting.job == job) {
                waiting.to = None;
            }
            queue.retain(|(_, waiting)| waiting.job != job);
        }
        self.queues.retain(|_, queue| !queue.is_empty());
        let queues = &self.queues;
        self.turns
            .retain(|workspace| queues.contains_key(workspace));
    }
}

impl Role {
    /// Grants as long as there are permits and the circuit lets calls pass.
    fn serve(&self, myself: &ActorRef<RoleMsg>, state: &mut RoleState) {
        let running = &self.status.running;
        while running.load(Ordering::Acquire) < self.settings.concurrency && !state.turns.is_empty()
        {
            let now = self.clock.now();
            let pass = match state.circuit.admit(now) {
                Ok(pass) => pass,
                Err(Some(until)) => {
                    let timer = myself.send_after(until.since(now), || RoleMsg::TrialDue);
                    state.trial = Some(AbortOnDrop::new(&timer));
                    break;
                }
                Err(None) => break,
            };
            let permit = Permit {
                role: self.slot.clone(),
                running: Arc::clone(running),
                pass,
                is_given_back: false,
            };
            running.fetch_add(1, Ordering::AcqRel);
            // A job that went away drops the permit, which gives it back.
            let Some(mut waiting) = state.pop() else {
                continue;
            };
            if let Some(job) = waiting.to.take() {
                let _ = job.cast(JobMsg::Granted(waiting.at, permit));
            }
        }
        self.publish(state);
    }

    fn release(&self, state: &mut RoleState, pass: Pass, outcome: CallOutcome) {
        let policy = &self.settings.circuit;
        if let Some(new) = state
            .circuit
            .report(pass, outcome, self.clock.now(), policy)
        {
            tracing::warn!(
                agent.role = self.name,
                circuit = new.name(),
                "circuit changed"
            );
            metrics::circuit_changed(&self.name, new.name(), true);
        }
    }

    fn publish(&self, state: &RoleState) {
        let numbered = state.queues.values().flatten();
        let waiting: BTreeMap<_, _> = numbered.map(|(number, w)| (*number, w.job)).collect();
        let running = self.status.running.load(Ordering::Acquire);
        metrics::role_load(&self.name, running, waiting.len());
        *self.status.shown.lock() = Status {
            circuit: Some(state.circuit.state()),
            waiting,
        };
    }
}

impl Actor for Role {
    type Msg = RoleMsg;
    type State = RoleState;
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<RoleMsg>,
        (): (),
    ) -> Result<RoleState, ActorProcessingErr> {
        self.slot.set(myself);
        let state = RoleState {
            circuit: Circuit::default(),
            queues: BTreeMap::new(),
            turns: VecDeque::new(),
            arrivals: 0,
            trial: None,
            _live: LiveActor::new(ActorKind::Role),
        };
        self.publish(&state);
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<RoleMsg>,
        message: RoleMsg,
        state: &mut RoleState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            RoleMsg::Acquire(waiting) => state.push(waiting),
            RoleMsg::Withdraw(job) => state.withdraw(job),
            RoleMsg::Release { pass, outcome } => self.release(state, pass, outcome),
            RoleMsg::TrialDue => state.trial = None,
            #[cfg(test)]
            RoleMsg::Poison => panic!("as ordered"),
        }
        self.serve(&myself, state);
        Ok(())
    }
}
