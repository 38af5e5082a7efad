//! A sliding window of sixty sub-slots, from which allowance is leased in chunks.
//!
//! Invariant: never more than `limit` in any window, leases that were not used included until they come back.

use std::time::Duration;

use crate::base::time::Timestamp;

/// Sub-slots of a window.
pub const SUB_SLOTS: u32 = 60;
/// Kept counts: the window's, and the sub-slot that it has left only in part.
const KEPT: usize = SUB_SLOTS as usize + 1;

/// A window's allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    limit: u32,
    slot: Duration,
    /// Counts of the latest sub-slots, by absolute slot number modulo their count.
    counts: [u32; KEPT],
    /// Absolute number of the newest sub-slot.
    newest: u64,
}

/// Allowance handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// How many calls.
    pub granted: u32,
    /// When what is left of it is void.
    pub until: Timestamp,
    /// Sub-slot it came from, for [`Bucket::give_back`].
    pub slot: u64,
    /// What the window has left after it.
    pub remaining: u32,
}

impl Bucket {
    /// `limit` per `window`.
    pub fn new(limit: u32, window: Duration) -> Self {
        let slot = window / SUB_SLOTS;
        Self {
            limit,
            slot,
            counts: [0; KEPT],
            newest: 0,
        }
    }

    /// What a window allows.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Leases up to `want` at `now`.
    ///
    /// # Errors
    /// How long to wait until at least one call is allowed.
    pub fn lease(&mut self, want: u32, now: Timestamp) -> Result<Lease, Duration> {
        let slot = self.slide(now);
        let left = self.limit.saturating_sub(self.used());
        if left == 0 {
            return Err(self.wait(now));
        }
        let granted = left.min(want.max(1));
        self.counts[index(slot)] += granted;
        let until = Timestamp::from_unix_ms((slot + 1) * self.slot_ms());
        Ok(Lease {
            granted,
            until,
            slot,
            remaining: left - granted,
        })
    }

    /// Takes back what was not used of a lease from `slot`.
    pub fn give_back(&mut self, slot: u64, unused: u32, now: Timestamp) {
        let newest = self.slide(now);
        if newest.saturating_sub(slot) < KEPT as u64 && slot <= newest {
            let count = &mut self.counts[index(slot)];
            *count = count.saturating_sub(unused);
        }
    }

    /// How long until the whole window is free again.
    pub fn reset_after(&mut self, now: Timestamp) -> Duration {
        let newest = self.slide(now);
        let last = (0..KEPT as u64).find(|back| {
            newest
                .checked_sub(*back)
                .is_some_and(|slot| self.counts[index(slot)] > 0)
        });
        last.map_or(Duration::ZERO, |back| {
            self.free_at(newest - back).since(now)
        })
    }

    /// Nothing in the window: forgetting the bucket loses nothing.
    pub fn is_idle(&mut self, now: Timestamp) -> bool {
        self.slide(now);
        self.used() == 0
    }

    fn used(&self) -> u32 {
        self.counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    fn slot_ms(&self) -> u64 {
        u64::try_from(self.slot.as_millis())
            .unwrap_or(u64::MAX)
            .max(1)
    }

    /// When calls of sub-slot `slot` leave the window.
    fn free_at(&self, slot: u64) -> Timestamp {
        Timestamp::from_unix_ms((slot + KEPT as u64) * self.slot_ms())
    }

    fn wait(&self, now: Timestamp) -> Duration {
        let oldest = (0..KEPT as u64).rev().find_map(|back| {
            let slot = self.newest.checked_sub(back)?;
            (self.counts[index(slot)] > 0).then_some(slot)
        });
        oldest
            .map_or(self.slot, |slot| self.free_at(slot).since(now))
            .max(Duration::from_millis(1))
    }

    fn slide(&mut self, now: Timestamp) -> u64 {
        let slot = now.unix_ms() / self.slot_ms();
        let passed = slot.saturating_sub(self.newest).min(KEPT as u64);
        for gone in 0..passed {
            self.counts[index(slot - gone)] = 0;
        }
        self.newest = self.newest.max(slot);
        self.newest
    }
}

fn index(slot: u64) -> usize {
    usize::try_from(slot % KEPT as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    #[test]
    fn refuses_past_the_limit_and_says_how_long() {
        let mut bucket = Bucket::new(2, Duration::from_mins(1));
        bucket.lease(1, at(500)).unwrap();
        bucket.lease(1, at(1_500)).unwrap();
        assert_eq!(bucket.lease(1, at(2_000)), Err(Duration::from_secs(59)));
        bucket.lease(1, at(61_000)).unwrap();
    }

    #[test]
    fn what_comes_back_can_be_used_again() {
        let mut bucket = Bucket::new(5, Duration::from_mins(1));
        let lease = bucket.lease(5, at(0)).unwrap();
        bucket.give_back(lease.slot, 3, at(100));
        assert_eq!(bucket.lease(9, at(100)).unwrap().granted, 3);
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_limit(
            limit in 1_u32..50,
            calls in prop::collection::vec((0_u64..5_000, 1_u32..8), 1..200),
        ) {
            let mut bucket = Bucket::new(limit, Duration::from_mins(1));
            let mut now = 0;
            let mut granted: Vec<(u64, u32)> = Vec::new();
            for (step, want) in calls {
                now += step;
                if let Ok(lease) = bucket.lease(want, at(now)) {
                    granted.push((now, lease.granted));
                }
                let recent = granted.iter().filter(|(then, _)| now - then <= 60_000);
                prop_assert!(recent.map(|(_, n)| n).sum::<u32>() <= limit);
            }
        }
    }
}
