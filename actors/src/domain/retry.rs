//! The retry policy: how often, and how long to wait between attempts.
//!
//! Invariant: pure. The delay follows from the attempt and one random number, so a restart does not reset the schedule.
//! `backoff` is used here and nowhere else, as a source of delays.

use std::time::Duration;

use backoff::ExponentialBackoffBuilder;
use backoff::backoff::Backoff;

/// Attempts and delays.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Attempts per step, the first included.
    pub attempts_max: u32,
    /// Delay after the first failed attempt.
    pub base: Duration,
    /// Growth from one delay to the next.
    pub multiplier: f64,
    /// Longest delay.
    pub delay_max: Duration,
}

impl RetryPolicy {
    /// Delay after `attempt` (counted from 1) failed. `jitter` in `0.0..1.0` spreads it over 50–100 % of its full
    /// length: equal jitter, so that a provider that just failed is never asked again at once.
    pub fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let mut delays = ExponentialBackoffBuilder::new()
            .with_initial_interval(self.base)
            .with_multiplier(self.multiplier)
            .with_max_interval(self.delay_max)
            // Randomness is injected by the caller, and time is kept by the job's own deadline.
            .with_randomization_factor(0.0)
            .with_max_elapsed_time(None)
            .build();
        let mut full = self.base;
        for _ in 0..attempt.max(1) {
            full = delays.next_backoff().unwrap_or(self.delay_max);
        }
        full.min(self.delay_max)
            .mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 3,
            base: Duration::from_secs(2),
            multiplier: 2.0,
            delay_max: Duration::from_mins(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = RetryPolicy {
            delay_max: Duration::from_secs(5),
            ..RetryPolicy::default()
        };
        let full: Vec<_> = (1..=4)
            .map(|attempt| policy.delay(attempt, 1.0).as_millis())
            .collect();
        assert_eq!(full, [2_000, 4_000, 5_000, 5_000]);
    }

    #[test]
    fn jitter_halves_at_most() {
        assert_eq!(RetryPolicy::default().delay(1, 0.0), Duration::from_secs(1));
    }
}
