//! The job machine, event by event and at random.
//!
//! Invariant under test: a terminal state is never left, and late replies change nothing.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::retry::RetryPolicy;

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
