//! The job machine: queued, running, waiting for a retry, or ended.
//!
//! Invariant: pure. Equal inputs give equal outputs, a terminal state is never left, and every reply names its attempt,
//! so that a late answer to an earlier question changes nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base::error::{ErrorCode, PublicError};
use crate::base::time::Timestamp;
use crate::domain::event::EventType;
use crate::domain::retry::RetryPolicy;

/// Names one try of one step. Every effect carries it out and every reply brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// Index of the step.
    pub step: u8,
    /// Counts from 1 in each step.
    pub number: u32,
}

/// Where a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted; no step has been started.
    Queued,
    /// This attempt is under way or waits for its role.
    Running {
        /// The attempt.
        at: Attempt,
    },
    /// The attempt failed; the next one starts at `until`.
    Backoff {
        /// The attempt that failed.
        failed: Attempt,
        /// When the next one starts.
        until: Timestamp,
    },
    /// Set aside after crashes; an operator releases it. Not terminal.
    Parked {
        /// Why.
        reason: String,
    },
    /// Every step is done.
    Completed,
    /// A step failed for good.
    Failed {
        /// Why.
        error: PublicError,
    },
    /// Someone cancelled it.
    Cancelled,
    /// It ran out of time.
    TimedOut {
        /// What was late.
        error: PublicError,
    },
}

impl JobState {
    /// Nothing follows this state.
    pub const fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed { .. } | Self::Cancelled | Self::TimedOut { .. }
        )
    }

    /// Why it ended badly.
    pub const fn error(&self) -> Option<&PublicError> {
        match self {
            Self::Failed { error } | Self::TimedOut { error } => Some(error),
            _ => None,
        }
    }
}

/// Status of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepStatus {
    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl StepStatus {
    /// The wire word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Name from the catalogue: `strategy`.
    pub name: String,
    /// Where it is.
    pub status: StepStatus,
    /// Latest attempt; 0 before the first.
    pub attempt: u32,
    /// When the latest attempt was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What the latest failed attempt said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<PublicError>,
}

/// A failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to tell the caller.
    pub error: PublicError,
    /// Another attempt may succeed.
    pub retryable: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEvent {
    /// The job got its permit.
    Started,
    /// The attempt delivered; its artifacts are durable with the commit of this event.
    StepDone(Attempt),
    /// The attempt failed. `jitter` is a random number in `0.0..1.0`.
    StepFailed {
        /// Which.
        at: Attempt,
        /// Why.
        failure: Failure,
        /// Random number in `0.0..1.0` for the backoff.
        jitter: f64,
    },
    /// The backoff after this attempt is over.
    RetryDue(Attempt),
    /// Someone wants it to end.
    Cancel,
    /// The pipeline's time is over.
    DeadlinePassed,
    /// The job's actor crashed; the process went on.
    Crashed {
        /// What the panic said.
        message: String,
    },
}

/// What the shell must now do, in order. Effects name intent; they carry no handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Start this attempt.
    Run(Attempt),
    /// Stop this attempt, if it is still under way.
    Abort(Attempt),
    /// Send [`JobEvent::RetryDue`] at this time.
    WakeAt(Timestamp, Attempt),
    /// Send [`JobEvent::DeadlinePassed`] at this time.
    DeadlineAt(Timestamp),
}

/// A durable event to be written with the new state.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Type.
    pub kind: EventType,
    /// Attempt it is about.
    pub at: Option<Attempt>,
    /// More, by type.
    pub data: Value,
}

/// The outcome of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The machine after it.
    pub machine: JobMachine,
    /// To do, after the commit.
    pub effects: Vec<Effect>,
    /// To write with the commit.
    pub announcements: Vec<Announcement>,
}

/// The event does not belong to this state.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("event does not fit the state of the job")]
pub struct IllegalEvent {
    /// The event, so that the caller can count it by kind.
    pub event: JobEvent,
}

/// Rules of one job that come from settings.
#[derive(Clone, Debug, PartialEq)]
pub struct JobPolicy {
    /// Attempts per step, and the wait between them.
    pub retry: RetryPolicy,
    /// Time for all steps together, from the first start.
    pub pipeline_timeout: std::time::Duration,
    /// Crashes of the job's actor after which it is parked.
    pub crashes_max: u32,
}

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const STEPS: [&str; 2] = ["strategy", "code"];
    const FIRST: Attempt = Attempt { step: 0, number: 1 };

    fn now() -> Timestamp {
        Timestamp::from_unix_ms(1_000)
    }

    fn policy() -> JobPolicy {
        JobPolicy {
            retry: RetryPolicy::default(),
            pipeline_timeout: Duration::from_mins(40),
            crashes_max: 3,
        }
    }

    fn failure(code: ErrorCode, retryable: bool) -> Failure {
        Failure {
            error: PublicError::new(code, "as ordered"),
            retryable,
        }
    }

    /// The machine after these events; each must be legal.
    fn after(events: Vec<JobEvent>) -> JobMachine {
        events
            .into_iter()
            .fold(JobMachine::new(&STEPS), |machine, event| {
                machine.on(event, now(), &policy()).unwrap().machine
            })
    }

    fn failed(at: Attempt, code: ErrorCode, retryable: bool) -> JobEvent {
        JobEvent::StepFailed {
            at,
            failure: failure(code, retryable),
            jitter: 0.5,
        }
    }

    #[test]
    fn the_next_step_starts_with_the_end_of_the_one_before() {
        let started = after(vec![JobEvent::Started]);
        let change = started
            .on(JobEvent::StepDone(FIRST), now(), &policy())
            .unwrap();
        let next = Attempt { step: 1, number: 1 };
        assert_eq!(*change.machine.state(), JobState::Running { at: next });
        assert_eq!(change.effects, [Effect::Run(next)]);
        let kinds: Vec<_> = change.announcements.iter().map(|a| a.kind).collect();
        assert_eq!(kinds, [EventType::StepCompleted, EventType::StepStarted]);
    }

    #[test]
    fn a_late_reply_to_an_earlier_attempt_changes_nothing() {
        let machine = after(vec![JobEvent::Started, JobEvent::StepDone(FIRST)]);
        machine
            .on(JobEvent::StepDone(FIRST), now(), &policy())
            .unwrap_err();
        machine
            .on(
                failed(FIRST, ErrorCode::AgentFailure, true),
                now(),
                &policy(),
            )
            .unwrap_err();
    }

    #[test]
    fn the_third_failure_ends_the_job() {
        let mut machine = after(vec![JobEvent::Started]);
        for number in 1..=2 {
            let at = Attempt { step: 0, number };
            let event = failed(at, ErrorCode::AgentFailure, true);
            machine = machine.on(event, now(), &policy()).unwrap().machine;
            machine = machine
                .on(JobEvent::RetryDue(at), now(), &policy())
                .unwrap()
                .machine;
        }
        let event = failed(
            Attempt { step: 0, number: 3 },
            ErrorCode::AgentFailure,
            true,
        );
        machine = machine.on(event, now(), &policy()).unwrap().machine;
        assert_eq!(
            machine.state().error().unwrap().code,
            ErrorCode::AgentFailure
        );
    }

    #[test]
    fn a_failure_that_cannot_be_retried_ends_the_job_at_once() {
        let event = failed(FIRST, ErrorCode::InvalidInput, false);
        let machine = after(vec![JobEvent::Started, event]);
        assert!(matches!(machine.state(), JobState::Failed { .. }));
    }

    #[test]
    fn an_attempt_that_takes_too_long_for_the_last_time_times_the_job_out() {
        let event = failed(FIRST, ErrorCode::AgentTimeout, false);
        let machine = after(vec![JobEvent::Started, event]);
        assert!(matches!(machine.state(), JobState::TimedOut { .. }));
    }

    #[test]
    fn a_restart_runs_the_same_attempt_again_until_its_deadline() {
        let machine = after(vec![JobEvent::Started]);
        let deadline = machine.deadline().unwrap();
        assert_eq!(
            machine.resume(),
            [Effect::DeadlineAt(deadline), Effect::Run(FIRST)]
        );
        assert_eq!(JobMachine::new(&STEPS).resume(), []);
    }

    #[test]
    fn the_third_crash_parks_the_job_and_cancel_still_ends_it() {
        let crash = || JobEvent::Crashed {
            message: "boom".to_owned(),
        };
        let machine = after(vec![JobEvent::Started, crash(), crash()]);
        assert_eq!(*machine.state(), JobState::Running { at: FIRST });
        let parked = machine.on(crash(), now(), &policy()).unwrap().machine;
        assert!(matches!(parked.state(), JobState::Parked { .. }));
        let ended = parked
            .on(JobEvent::Cancel, now(), &policy())
            .unwrap()
            .machine;
        assert_eq!(*ended.state(), JobState::Cancelled);
    }

    #[test]
    fn cancel_aborts_what_is_under_way_and_skips_the_rest() {
        let change = after(vec![JobEvent::Started])
            .on(JobEvent::Cancel, now(), &policy())
            .unwrap();
        assert_eq!(change.effects, [Effect::Abort(FIRST)]);
        let statuses: Vec<_> = change
            .machine
            .steps()
            .iter()
            .map(|step| step.status)
            .collect();
        assert_eq!(statuses, [StepStatus::Cancelled, StepStatus::Cancelled]);
    }

    fn attempts() -> impl Strategy<Value = Attempt> {
        (0_u8..2, 1_u32..4).prop_map(|(step, number)| Attempt { step, number })
    }

    fn events() -> impl Strategy<Value = JobEvent> {
        prop_oneof![
            4 => Just(JobEvent::Started),
            8 => attempts().prop_map(JobEvent::StepDone),
            8 => (attempts(), any::<bool>())
                .prop_map(|(at, retryable)| failed(at, ErrorCode::AgentFailure, retryable)),
            8 => attempts().prop_map(JobEvent::RetryDue),
            1 => Just(JobEvent::Cancel),
            1 => Just(JobEvent::DeadlinePassed),
            2 => Just(JobEvent::Crashed { message: "boom".to_owned() }),
        ]
    }

    proptest! {
        #[test]
        fn invariants_hold_after_every_event(events in prop::collection::vec(events(), 0..60)) {
            let mut machine = JobMachine::new(&STEPS);
            for (tick, event) in events.into_iter().enumerate() {
                let was_over = machine.state().is_terminal();
                let at = Timestamp::from_unix_ms(tick as u64);
                if let Ok(change) = machine.on(event, at, &policy()) {
                    prop_assert!(!was_over, "left a terminal state");
                    machine = change.machine;
                }
                let done = machine.steps().iter().filter(|s| s.status == StepStatus::Completed);
                let all_done = done.count() == STEPS.len();
                prop_assert_eq!(*machine.state() == JobState::Completed, all_done);
                prop_assert!(machine.steps().iter().all(|step| step.attempt <= 3));
                let stored = serde_json::to_vec(&machine).unwrap();
                let restored: JobMachine = serde_json::from_slice(&stored).unwrap();
                prop_assert_eq!(&restored, &machine);
            }
        }
    }
}
