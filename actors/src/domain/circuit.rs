//! The circuit breaker: closed, open, half-open.
//!
//! Invariant: every call let through carries the generation it was let through in, so that the outcome of a call from
//! before a change of state is ignored. Source: M. Nygard, *Release It!*, 2nd ed., ch. 5; thresholds are a project
//! requirement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// Thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitPolicy {
    /// Consecutive failures that open it. Default 5.
    pub failure_threshold: u32,
    /// Consecutive successful trials that close it again. Default 3.
    pub success_threshold: u32,
    /// How long it stays open before the first trial. Default 60 s.
    pub reset_timeout: Duration,
}

impl Default for CircuitPolicy {
    fn default() -> Self {
        Self {
            failure_threshold: 5,
            success_threshold: 3,
            reset_timeout: Duration::from_mins(1),
        }
    }
}

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CircuitState {
    /// Calls pass.
    Closed {
        /// Consecutive failures so far.
        failures: u32,
    },
    /// Calls are refused.
    Open {
        /// First instant of a trial.
        until: Timestamp,
    },
    /// Trials pass, one at a time.
    HalfOpen {
        /// Consecutive successes so far.
        successes: u32,
        /// A trial is under way.
        trial_in_flight: bool,
    },
}

impl CircuitState {
    /// The wire word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed { .. } => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen { .. } => "half_open",
        }
    }
}

/// Proof that a call was let through; give it back with the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    generation: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It delivered.
    Success,
    /// It failed in a way that counts against the agent.
    Failure,
    /// It ended for a reason of the caller's: cancelled, drained, bad input.
    Ignored,
}

/// One breaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circuit {
    state: CircuitState,
    generation: u64,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            state: CircuitState::Closed { failures: 0 },
            generation: 0,
        }
    }
}

impl Circuit {
    /// Where it is.
    pub const fn state(&self) -> CircuitState {
        self.state
    }

    /// Until when calls are refused at `now`.
    pub fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            CircuitState::Open { until } if now < until => Some(until),
            _ => None,
        }
    }

    /// Asks to make a call at `now`.
    ///
    /// # Errors
    /// When to ask again; `None` when a trial is under way, and its outcome decides.
    pub fn admit(&mut self, now: Timestamp) -> Result<Pass, Option<Timestamp>> {
        match self.state {
            CircuitState::Closed { .. } => {}
            CircuitState::Open { until } if now < until => return Err(Some(until)),
            CircuitState::Open { .. } => self.enter(CircuitState::HalfOpen {
                successes: 0,
                trial_in_flight: true,
            }),
            CircuitState::HalfOpen {
                trial_in_flight: true,
                ..
            } => return Err(None),
            CircuitState::HalfOpen { successes, .. } => {
                self.state = CircuitState::HalfOpen {
                    successes,
                    trial_in_flight: true,
                };
            }
        }
        Ok(Pass {
            generation: self.generation,
        })
    }

    /// Takes the outcome of a call. Returns the new state if it changed by name.
    pub fn report(
        &mut self,
        pass: Pass,
        outcome: CallOutcome,
        now: Timestamp,
        policy: &CircuitPolicy,
    ) -> Option<CircuitState> {
        if pass.generation != self.generation {
            return None;
        }
        let before = self.state.name();
        match (self.state, outcome) {
            (CircuitState::Closed { .. }, CallOutcome::Success) => {
                self.state = CircuitState::Closed { failures: 0 };
            }
            (CircuitState::Closed { failures }, CallOutcome::Failure) => {
                if failures + 1 < policy.failure_threshold {
                    self.state = CircuitState::Closed {
                        failures: failures + 1,
                    };
                } else {
                    self.enter(CircuitState::Open {
                        until: now.plus(policy.reset_timeout),
                    });
                }
            }
            (CircuitState::HalfOpen { .. }, CallOutcome::Failure) => {
                self.enter(CircuitState::Open {
                    until: now.plus(policy.reset_timeout),
                });
            }
            (CircuitState::HalfOpen { successes, .. }, CallOutcome::Success) => {
                if successes + 1 < policy.success_threshold {
                    let successes = successes + 1;
                    self.state = CircuitState::HalfOpen {
                        successes,
                        trial_in_flight: false,
                    };
                } else {
                    self.enter(CircuitState::Closed { failures: 0 });
                }
            }
            (CircuitState::HalfOpen { successes, .. }, CallOutcome::Ignored) => {
                self.state = CircuitState::HalfOpen {
                    successes,
                    trial_in_flight: false,
                };
            }
            (CircuitState::Closed { .. }, CallOutcome::Ignored)
            | (CircuitState::Open { .. }, _) => {}
        }
        (self.state.name() != before).then_some(self.state)
    }

    fn enter(&mut self, state: CircuitState) {
        self.state = state;
        self.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000);

    fn open() -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 0..5 {
            let pass = circuit.admit(NOW).unwrap();
            circuit.report(pass, CallOutcome::Failure, NOW, &CircuitPolicy::default());
        }
        circuit
    }

    #[test]
    fn five_failures_in_a_row_open_it_for_a_minute() {
        let mut circuit = open();
        let until = NOW.plus(Duration::from_mins(1));
        assert_eq!(circuit.admit(NOW), Err(Some(until)));
        circuit.admit(until).unwrap();
    }

    #[test]
    fn a_success_in_between_resets_the_count() {
        let (mut circuit, policy) = (Circuit::default(), CircuitPolicy::default());
        for outcome in [CallOutcome::Failure, CallOutcome::Success].repeat(10) {
            let pass = circuit.admit(NOW).unwrap();
            assert_eq!(circuit.report(pass, outcome, NOW, &policy), None);
        }
    }

    #[test]
    fn three_trials_one_at_a_time_close_it() {
        let (mut circuit, policy) = (open(), CircuitPolicy::default());
        let later = NOW.plus(policy.reset_timeout);
        for _ in 0..3 {
            let pass = circuit.admit(later).unwrap();
            assert_eq!(
                circuit.admit(later),
                Err(None),
                "a second trial at the same time"
            );
            circuit.report(pass, CallOutcome::Success, later, &policy);
        }
        assert_eq!(circuit.state(), CircuitState::Closed { failures: 0 });
    }

    #[test]
    fn a_failed_trial_opens_it_again() {
        let (mut circuit, policy) = (open(), CircuitPolicy::default());
        let later = NOW.plus(policy.reset_timeout);
        let pass = circuit.admit(later).unwrap();
        let changed = circuit.report(pass, CallOutcome::Failure, later, &policy);
        assert_eq!(changed.map(CircuitState::name), Some("open"));
    }

    #[test]
    fn an_outcome_from_before_the_change_is_ignored() {
        let (mut circuit, policy) = (Circuit::default(), CircuitPolicy::default());
        let old = circuit.admit(NOW).unwrap();
        for _ in 0..5 {
            let pass = circuit.admit(NOW).unwrap();
            circuit.report(pass, CallOutcome::Failure, NOW, &policy);
        }
        let later = NOW.plus(policy.reset_timeout);
        circuit.admit(later).unwrap();
        assert_eq!(
            circuit.report(old, CallOutcome::Failure, later, &policy),
            None
        );
        assert_eq!(circuit.state().name(), "half_open");
    }
}
