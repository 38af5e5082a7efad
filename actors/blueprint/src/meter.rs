//! The step budget and cancel flag of one run. Invariant: a loop over input spends at least one step a turn.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The run ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Someone called [`Meter::cancel`].
    #[error("the run was cancelled")]
    Cancelled,
    /// The input needs more steps than the budget holds.
    #[error("the step budget is used up")]
    OutOfSteps,
}

/// A budget of steps with a cancel flag, shared with whoever may stop the run.
#[derive(Debug)]
pub struct Meter {
    steps_left: AtomicU64,
    cancelled: AtomicBool,
}

impl Meter {
    /// Steps that the largest allowed specification (200,000 characters) never needs.
    pub const STEPS_DEFAULT: u64 = 200_000_000;

    /// A budget of `steps`.
    pub fn new(steps: u64) -> Self {
        Self {
            steps_left: AtomicU64::new(steps),
            cancelled: AtomicBool::new(false),
        }
    }

    /// Asks the run to end at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Spends `steps`.
    ///
    /// # Errors
    /// [`Stopped`] when the run has to end.
    pub fn spend(&self, steps: u64) -> Result<(), Stopped> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Stopped::Cancelled);
        }
        let left = self.steps_left.load(Ordering::Relaxed);
        let Some(rest) = left.checked_sub(steps) else {
            return Err(Stopped::OutOfSteps);
        };
        self.steps_left.store(rest, Ordering::Relaxed);
        Ok(())
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(Self::STEPS_DEFAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_when_the_budget_is_used_up() {
        let meter = Meter::new(2);
        meter.spend(2).unwrap();
        assert_eq!(meter.spend(1), Err(Stopped::OutOfSteps));
    }

    #[test]
    fn stops_when_cancelled() {
        let meter = Meter::default();
        meter.cancel();
        assert_eq!(meter.spend(1), Err(Stopped::Cancelled));
    }
}
