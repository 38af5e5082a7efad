//! The writer's inbox: batches that wait, in the order in which they were submitted.
//!
//! Invariant: never more operations than the limit, and what was taken in is answered.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::ports::store::{Batch, Op, StoreError};

/// A batch and who waits for it.
pub(super) struct Submission {
    pub(super) batch: Batch,
    pub(super) answer: oneshot::Sender<Result<(), StoreError>>,
}

/// How much is taken at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupLimits {
    pub(super) ops: usize,
    pub(super) bytes: usize,
}

/// Why a batch was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Full,
    Closed,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Submission>,
    ops: usize,
    is_closed: bool,
    is_writer_idle: bool,
}

/// The inbox.
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    ops_max: usize,
}

/// What [`Inbox::take`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Group,
    /// Nothing came in time.
    Nothing,
    /// Nothing will ever come again.
    Closed,
}

impl Inbox {
    pub(super) fn new(ops_max: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            changed: Condvar::new(),
            ops_max,
        }
    }

    /// Takes a batch in.
    pub(super) fn submit(&self, submission: Submission) -> Result<(), Refusal> {
        let ops = weight(&submission.batch);
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return Err(Refusal::Closed);
        }
        if waiting.ops + ops > self.ops_max {
            return Err(Refusal::Full);
        }
        waiting.ops += ops;
        waiting.batches.push_back(submission);
        let is_writer_idle = std::mem::take(&mut waiting.is_writer_idle);
        drop(waiting);
        if is_writer_idle {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Moves what waits into `group`, up to the limits but at least one batch. Waits for the first batch, never for more.
    pub(super) fn take(
        &self,
        group: &mut Vec<Submission>,
        limits: GroupLimits,
        patience: Option<Duration>,
    ) -> Taken {
        let mut waiting = self.waiting.lock();
        while waiting.batches.is_empty() {
            if waiting.is_closed {
                return Taken::Closed;
            }
            waiting.is_writer_idle = true;
            match patience {
                None => self.changed.wait(&mut waiting),
                Some(patience) => {
                    let timed_out = self.changed.wait_for(&mut waiting, patience).timed_out();
                    if timed_out && waiting.batches.is_empty() && !waiting.is_closed {
                        return Taken::Nothing;
                    }
                }
            }
        }
        let (mut ops, mut bytes) = (0, 0);
        while let Some(next) = waiting.batches.front() {
            let (next_ops, next_bytes) = (weight(&next.batch), size(&next.batch));
            let is_full = ops + next_ops > limits.ops || bytes + next_bytes > limits.bytes;
            if is_full && !group.is_empty() {
                break;
            }
            ops += next_ops;
            bytes += next_bytes;
            group.extend(waiting.batches.pop_front());
        }
        waiting.ops -= ops;
        Taken::Group
    }

    /// Takes nothing in any more; what is in is still served.
    pub(super) fn close(&self) {
        self.waiting.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Closes, and gives back what was not served.
    pub(super) fn abandon(&self) -> VecDeque<Submission> {
        let mut waiting = self.waiting.lock();
        waiting.is_closed = true;
        waiting.ops = 0;
        std::mem::take(&mut waiting.batches)
    }

    /// Batches that wait, and whether more may come.
    pub(super) fn state(&self) -> (usize, bool) {
        let waiting = self.waiting.lock();
        (waiting.batches.len(), !waiting.is_closed)
    }
}

/// What a batch counts: its operations, and at least one, so that empty batches are bounded too.
pub(super) fn weight(batch: &Batch) -> usize {
    batch.ops.len().max(1)
}

fn size(batch: &Batch) -> usize {
    let bytes = |op: &Op| match op {
        Op::Put { key, value, .. } => key.len() + value.len() + 10,
        Op::Delete { key, .. } => key.len() + 10,
    };
    batch.ops.iter().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::store::Table;

    const LIMITS: GroupLimits = GroupLimits {
        ops: 4,
        bytes: 1_000,
    };

    fn submission(ops: usize, bytes: usize) -> Submission {
        let put = |batch: Batch, _| batch.put(Table::Open, &b"k"[..], vec![0; bytes]);
        let batch = (0..ops).fold(Batch::default(), put);
        Submission {
            batch,
            answer: oneshot::channel().0,
        }
    }

    fn take(inbox: &Inbox) -> usize {
        let mut group = Vec::new();
        assert_eq!(inbox.take(&mut group, LIMITS, None), Taken::Group);
        group.len()
    }

    #[test]
    fn a_full_inbox_takes_nothing_in_until_some_was_taken_out() {
        let inbox = Inbox::new(3);
        inbox.submit(submission(2, 0)).unwrap();
        assert_eq!(inbox.submit(submission(2, 0)), Err(Refusal::Full));
        inbox.submit(submission(0, 0)).unwrap();
        assert_eq!(
            inbox.submit(submission(0, 0)),
            Err(Refusal::Full),
            "an empty batch counts"
        );
        assert_eq!(take(&inbox), 2);
        inbox.submit(submission(3, 0)).unwrap();
    }

    #[test]
    fn a_group_ends_at_its_limits_but_holds_one_batch() {
        let inbox = Inbox::new(100);
        for (ops, bytes) in [
            (2, 0),
            (2, 0),
            (1, 0),
            (9, 0),
            (1, 5_000),
            (1, 600),
            (1, 600),
        ] {
            inbox.submit(submission(ops, bytes)).unwrap();
        }
        let groups: Vec<_> = (0..6).map(|_| take(&inbox)).collect();
        assert_eq!(groups, [2, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn a_closed_inbox_is_emptied_first() {
        let inbox = Inbox::new(100);
        inbox.submit(submission(1, 0)).unwrap();
        inbox.close();
        assert_eq!(inbox.submit(submission(1, 0)), Err(Refusal::Closed));
        assert_eq!(take(&inbox), 1);
        assert_eq!(inbox.take(&mut Vec::new(), LIMITS, None), Taken::Closed);
    }
}
