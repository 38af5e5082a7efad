//! The job machine: queued, running, waiting for a retry, or ended.
//!
//! Invariant: pure. Equal inputs give equal outputs, a terminal state is never left, and every reply names its attempt,
//! so that a late answer to an earlier question changes nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base::error::{ErrorCode, PublicError};
use crate::base::time::Timestamp;
use crate::domain::event::EventType;

mod state;
#[cfg(test)]
mod tests;

pub use state::*;

/// State of one job: what is persisted, without the data around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMachine {
    state: JobState,
    steps: Vec<Step>,
    #[serde(default)]
    crashes: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<Timestamp>,
}

impl JobMachine {
    /// A queued job with these steps. There must be at least one and at most 255.
    pub fn new(steps: &[&str]) -> Self {
        let step = |name: &&str| Step {
            name: (*name).to_owned(),
            status: StepStatus::Queued,
            attempt: 0,
            started_at: None,
            ended_at: None,
            error: None,
        };
        Self {
            state: JobState::Queued,
            steps: steps.iter().map(step).collect(),
            crashes: 0,
            deadline: None,
        }
    }

    /// Where it is.
    pub const fn state(&self) -> &JobState {
        &self.state
    }

    /// Its steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// When the pipeline's time is over, once it has started.
    pub const fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// The step that runs or waits for a retry.
    pub fn current(&self) -> Option<&Step> {
        let (JobState::Running { at } | JobState::Backoff { failed: at, .. }) = self.state else {
            return None;
        };
        self.steps.get(usize::from(at.step))
    }

    /// Applies one event. `self` is untouched.
    ///
    /// # Errors
    /// [`IllegalEvent`] when the event does not belong to this state: the caller counts and drops it.
    pub fn on(
        &self,
        event: JobEvent,
        now: Timestamp,
        policy: &JobPolicy,
    ) -> Result<Change, IllegalEvent> {
        use JobEvent as E;
        use JobState as S;
        match (&self.state, event) {
            (S::Queued, E::Started) => Ok(self.start(now, policy)),
            (S::Running { at }, E::StepDone(of)) if *at == of => Ok(self.step_done(of, now)),
            (
                S::Running { at },
                E::StepFailed {
                    at: of,
                    failure,
                    jitter,
                },
            ) if *at == of => Ok(self.step_failed(of, failure, jitter, (now, policy))),
            (S::Backoff { failed, .. }, E::RetryDue(of)) if *failed == of => Ok(self.run(
                Attempt {
                    number: of.number + 1,
                    ..of
                },
                now,
            )),
            (state, E::Cancel) if !state.is_terminal() => Ok(self.cancelled(now)),
            (S::Running { .. } | S::Backoff { .. }, E::DeadlinePassed) => Ok(self.timed_out(now)),
            (S::Parked { reason }, E::DeadlinePassed) => Ok(self.given_up(reason, now)),
            (state, E::Crashed { message }) if !state.is_terminal() => {
                Ok(self.crashed(message, now, policy))
            }
            (_, event) => Err(IllegalEvent { event }),
        }
    }

    /// Effects that put a restored job back to work. An attempt that was under way when the process died runs again
    /// under its own number: its outcome was never stored.
    pub fn resume(&self) -> Vec<Effect> {
        let mut effects: Vec<_> = self.deadline.map(Effect::DeadlineAt).into_iter().collect();
        match self.state {
            JobState::Running { at } => effects.push(Effect::Run(at)),
            JobState::Backoff { failed, until } => effects.push(Effect::WakeAt(until, failed)),
            _ => return Vec::new(),
        }
        effects
    }

    fn start(&self, now: Timestamp, policy: &JobPolicy) -> Change {
        let mut change = self.run(Attempt { step: 0, number: 1 }, now);
        let deadline = now.plus(policy.pipeline_timeout);
        change.machine.deadline = Some(deadline);
        change.effects.insert(0, Effect::DeadlineAt(deadline));
        change
            .announcements
            .insert(0, announce(EventType::JobStarted, None, Value::Null));
        change
    }

    fn run(&self, at: Attempt, now: Timestamp) -> Change {
        let mut machine = self.clone();
        machine.state = JobState::Running { at };
        let step = machine.step_mut(at);
        step.status = StepStatus::Running;
        step.attempt = at.number;
        step.started_at = Some(now);
        step.ended_at = None;
        Change {
            machine,
            effects: vec![Effect::Run(at)],
            announcements: vec![announce(EventType::StepStarted, Some(at), Value::Null)],
        }
    }

    fn step_done(&self, at: Attempt, now: Timestamp) -> Change {
        let mut machine = self.clone();
        let step = machine.step_mut(at);
        step.status = StepStatus::Completed;
        step.ended_at = Some(now);
        step.error = None;
        let took_ms = step
            .started_at
            .map_or(0, |start| now.since(start).as_millis());
        let done = announce(
            EventType::StepCompleted,
            Some(at),
            json!({ "duration_ms": took_ms }),
        );
        let next = Attempt {
            step: at.step + 1,
            number: 1,
        };
        if usize::from(next.step) < machine.steps.len() {
            let mut change = machine.run(next, now);
            change.announcements.insert(0, done);
            return change;
        }
        machine.state = JobState::Completed;
        let completed = announce(EventType::JobCompleted, None, Value::Null);
        Change {
            machine,
            effects: Vec::new(),
            announcements: vec![done, completed],
        }
    }

    fn step_failed(
        &self,
        at: Attempt,
        failure: Failure,
        jitter: f64,
        (now, policy): (Timestamp, &JobPolicy),
    ) -> Change {
        let mut machine = self.clone();
        let step = machine.step_mut(at);
        step.error = Some(failure.error.clone());
        if failure.retryable && at.number < policy.retry.attempts_max {
            let until = now.plus(policy.retry.delay(at.number, jitter));
            machine.state = JobState::Backoff { failed: at, until };
            let data = json!({ "code": failure.error.code, "message": failure.error.message, "until": until.rfc3339() });
            return Change {
                machine,
                effects: vec![Effect::WakeAt(until, at)],
                announcements: vec![announce(EventType::StepRetrying, Some(at), data)],
            };
        }
        step.status = StepStatus::Failed;
        step.ended_at = Some(now);
        let error = failure.error;
        let data = json!({ "code": error.code, "message": error.message });
        let (state, kind) = if error.code == ErrorCode::AgentTimeout {
            (JobState::TimedOut { error }, EventType::JobTimedOut)
        } else {
            (JobState::Failed { error }, EventType::JobFailed)
        };
        machine.state = state;
        Change {
            machine,
            effects: Vec::new(),
            announcements: vec![announce(kind, Some(at), data)],
        }
    }

    fn cancelled(&self, now: Timestamp) -> Change {
        let mut change = self.stopped(StepStatus::Cancelled, now);
        change.machine.state = JobState::Cancelled;
        change
            .announcements
            .push(announce(EventType::JobCancelled, None, Value::Null));
        change
    }

    fn timed_out(&self, now: Timestamp) -> Change {
        let error = PublicError::new(ErrorCode::AgentTimeout, "the pipeline's time was used up");
        let mut change = self.stopped(StepStatus::Failed, now);
        let data = json!({ "code": error.code, "message": error.message });
        change.machine.state = JobState::TimedOut { error };
        change
            .announcements
            .push(announce(EventType::JobTimedOut, None, data));
        change
    }

    fn given_up(&self, reason: &str, now: Timestamp) -> Change {
        let message = format!("set aside after crashes and not released in time: {reason}");
        let error = PublicError::new(ErrorCode::AgentFailure, message);
        let mut change = self.stopped(StepStatus::Failed, now);
        let data = json!({ "code": error.code, "message": error.message });
        change.machine.state = JobState::Failed { error };
        change
            .announcements
            .push(announce(EventType::JobFailed, None, data));
        change
    }

    /// Ends the step under way with `status`; the caller sets the state.
    fn stopped(&self, status: StepStatus, now: Timestamp) -> Change {
        let mut machine = self.clone();
        let mut effects = Vec::new();
        if let JobState::Running { at } | JobState::Backoff { failed: at, .. } = self.state {
            let step = machine.step_mut(at);
            step.status = status;
            step.ended_at = Some(now);
            effects.push(Effect::Abort(at));
        }
        for step in &mut machine.steps {
            match step.status {
                // A parked job's step was left running by the crash.
                StepStatus::Running => step.status = status,
                StepStatus::Queued => step.status = StepStatus::Cancelled,
                _ => {}
            }
        }
        Change {
            machine,
            effects,
            announcements: Vec::new(),
        }
    }

    fn crashed(&self, message: String, now: Timestamp, policy: &JobPolicy) -> Change {
        let mut machine = self.clone();
        machine.crashes += 1;
        if machine.crashes < policy.crashes_max {
            let effects = machine.resume();
            return Change {
                machine,
                effects,
                announcements: Vec::new(),
            };
        }
        let data = json!({ "reason": message });
        // One that never started is given up in time, too.
        let deadline = machine
            .deadline
            .unwrap_or_else(|| now.plus(policy.pipeline_timeout));
        machine.deadline = Some(deadline);
        machine.state = JobState::Parked { reason: message };
        Change {
            machine,
            effects: Vec::new(),
            announcements: vec![announce(EventType::JobParked, None, data)],
        }
    }

    fn step_mut(&mut self, at: Attempt) -> &mut Step {
        &mut self.steps[usize::from(at.step)]
    }
}

fn announce(kind: EventType, at: Option<Attempt>, data: Value) -> Announcement {
    Announcement { kind, at, data }
}
