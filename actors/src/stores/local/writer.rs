//! The writer: one thread that makes batches durable, a group at a time.
//!
//! Invariant: durable before visible. Readers, publisher and submitter hear of a batch only after the fdatasync of the
//! frame that holds it, in this order.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::applier::portion_bytes;
use super::frame::Encoder;
use super::inbox::{GroupLimits, Submission, Taken};
use super::journal::{AppendError, Journal, Location, PROBE_EVERY};
use super::overlay::{Key, Row, key_of};
use super::shared::Shared;
use super::stats;
use crate::base::ids::JobId;
use crate::ports::store::{Batch, Op, StoreError, Table};
use crate::stores::{Head, heads_after};

/// Heads that are kept in memory. They are a cache: a miss reads the record.
const HEADS_MAX: usize = 65_536;

type Verdict = Result<(), StoreError>;

/// A value of the frame that is being built: whose it is and where it stands in the frame.
struct Written {
    key: Key,
    value: Option<(bytes::Bytes, usize)>,
}

/// The writer's own state.
pub(super) struct Writer {
    shared: Arc<Shared>,
    journal: Journal,
    encoder: Encoder,
    sequence: u64,
    heads: HashMap<JobId, Head>,
}

impl Writer {
    /// A writer that goes on behind frame `sequence`.
    pub(super) fn new(shared: Arc<Shared>, journal: Journal, sequence: u64) -> Self {
        let (encoder, heads) = (Encoder::default(), HashMap::new());
        Self {
            shared,
            journal,
            encoder,
            sequence,
            heads,
        }
    }

    /// Serves the inbox until it is closed and empty, or until a write fails for good.
    pub(super) fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let served = catch_unwind(AssertUnwindSafe(|| self.serve()));
        match served {
            Ok(Ok(())) => {}
            Ok(Err(error)) => shared
                .health
                .fail(format!("writing the journal failed: {error}")),
            Err(_) => shared.health.fail("the writer panicked".to_owned()),
        }
        for waiting in shared.inbox.abandon() {
            // Who no longer waits need not hear.
            let _ = waiting.answer.send(Err(shared.health.stopped_error()));
        }
    }

    fn serve(&mut self) -> std::io::Result<()> {
        let options = &self.shared.options;
        let limits = GroupLimits {
            ops: options.group_ops_max,
            bytes: options.group_bytes_max,
        };
        let mut group = Vec::new();
        loop {
            let is_full = self.shared.health.read_only.load(Ordering::Relaxed);
            match self
                .shared
                .inbox
                .take(&mut group, limits, is_full.then_some(PROBE_EVERY))
            {
                Taken::Closed => return Ok(()),
                Taken::Nothing => self.probe()?,
                Taken::Group => {
                    self.wait_for_view();
                    let outcome = self.commit(&group);
                    self.answer(&mut group, outcome)?;
                }
            }
        }
    }

    /// Writes one group as one frame. `Ok` holds a verdict for each batch.
    fn commit(&mut self, group: &[Submission]) -> Result<Vec<Verdict>, AppendError> {
        if self.shared.health.is_stopped() {
            let failure = self.shared.health.failure().unwrap_or_default();
            return Err(AppendError::Fatal(std::io::Error::other(failure)));
        }
        let sequence = self.sequence + 1;
        self.encoder.start(sequence, self.shared.epoch);
        let mut written = Vec::new();
        let mut verdicts = Vec::with_capacity(group.len());
        for submission in group {
            let verdict = self.admit(&submission.batch);
            if verdict.is_ok() {
                self.encode(&submission.batch, &mut written);
            }
            verdicts.push(verdict);
        }
        if !self.encoder.is_empty() {
            let appended = self.journal.append(sequence, self.encoder.finish());
            self.encoder.trim();
            let location = appended?;
            self.sequence = sequence;
            self.show(sequence, location, written);
        }
        self.publish(group, &verdicts);
        Ok(verdicts)
    }

    /// Writes a frame without operations: it makes this start's epoch durable before anything else is.
    pub(super) fn write_first_frame(&mut self) -> Result<(), AppendError> {
        let sequence = self.sequence + 1;
        self.encoder.start(sequence, self.shared.epoch);
        let location = self.journal.append(sequence, self.encoder.finish())?;
        self.sequence = sequence;
        self.show(sequence, location, Vec::new());
        Ok(())
    }

    /// Checks a batch against the records as they are after the batches before it, and notes what it makes of them.
    fn admit(&mut self, batch: &Batch) -> Verdict {
        if let Some(guard) = &batch.guard {
            let head = match self.heads.get(&guard.job) {
                Some(head) => *head,
                None => self.read_head(guard.job)?,
            };
            head.check(guard)?;
        }
        self.heads.extend(heads_after(batch)?);
        Ok(())
    }

    fn read_head(&self, job: JobId) -> Result<Head, StoreError> {
        let value = self.shared.get(Table::Jobs, job.as_bytes())?;
        value.map_or_else(|| Ok(Head::default()), |value| Head::of_value(&value))
    }

    fn encode(&mut self, batch: &Batch, written: &mut Vec<Written>) {
        for op in &batch.ops {
            let offset = self.encoder.push(op);
            written.push(match op {
                Op::Put { table, key, value } => Written {
                    key: key_of(*table, key),
                    value: Some((value.clone(), offset)),
                },
                Op::Delete { table, key } => Written {
                    key: key_of(*table, key),
                    value: None,
                },
            });
        }
    }

    /// Lets readers see a frame, and sled have it.
    fn show(&self, sequence: u64, frame: Location, written: Vec<Written>) {
        stats::add(&self.shared.health.counters.ops, written.len());
        let rows = written.into_iter().map(|Written { key, value }| {
            let row = value.map_or(Row::Gone, |(value, offset)| {
                Row::of_value(&value, frame.segment, frame.offset + offset as u64)
            });
            (key, row)
        });
        let rows: Vec<_> = rows.collect();
        let mut overlay = self.shared.overlay.write();
        let is_first = overlay.oldest().is_none();
        overlay.add(sequence, rows);
        self.shared
            .lag_bytes
            .store(overlay.lag_bytes(), Ordering::Relaxed);
        let is_much = overlay.pending_bytes() >= portion_bytes(&self.shared);
        drop(overlay);
        if is_first || is_much {
            self.shared.bell.rung.notify_one();
        }
    }

    fn publish(&mut self, group: &[Submission], verdicts: &[Verdict]) {
        let listener = self.shared.listener.read().clone();
        let durable = group
            .iter()
            .zip(verdicts)
            .filter(|(_, verdict)| verdict.is_ok());
        let mut batches = 0;
        for (submission, _) in durable {
            batches += 1;
            let Some(record) = &submission.batch.record else {
                continue;
            };
            if let Some(listener) = &listener {
                listener.publish(Arc::clone(record));
            }
            if record.state().is_terminal() {
                self.heads.remove(&record.id);
            }
        }
        if self.heads.len() > HEADS_MAX {
            self.heads = HashMap::new();
        }
        stats::add(&self.shared.health.counters.batches, batches);
        stats::add(&self.shared.health.counters.groups, 1);
    }

    /// Answers a whole group, in order.
    fn answer(
        &mut self,
        group: &mut Vec<Submission>,
        outcome: Result<Vec<Verdict>, AppendError>,
    ) -> std::io::Result<()> {
        let health = &self.shared.health;
        let (verdicts, failure) = match outcome {
            Ok(verdicts) => {
                health.read_only.store(false, Ordering::Relaxed);
                (verdicts, None)
            }
            Err(AppendError::NoSpace) => {
                health.read_only.store(true, Ordering::Relaxed);
                // They were noted for a frame that does not exist.
                self.heads.clear();
                (vec![Err(StoreError::ReadOnly); group.len()], None)
            }
            Err(AppendError::Fatal(error)) => {
                health.fail(format!("writing the journal failed: {error}"));
                (vec![Err(health.stopped_error()); group.len()], Some(error))
            }
        };
        for (submission, verdict) in group.drain(..).zip(verdicts) {
            // Who no longer waits need not hear.
            let _ = submission.answer.send(verdict);
        }
        failure.map_or(Ok(()), Err)
    }

    fn probe(&mut self) -> std::io::Result<()> {
        match self.journal.probe() {
            Ok(()) => self.shared.health.read_only.store(false, Ordering::Relaxed),
            Err(AppendError::NoSpace) => {}
            Err(AppendError::Fatal(error)) => return Err(error),
        }
        Ok(())
    }

    /// Waits while sled is so far behind that the rows in between take too much memory.
    fn wait_for_view(&self) {
        let shared = &self.shared;
        let is_behind =
            || shared.lag_bytes.load(Ordering::Relaxed) > shared.options.sled_lag_bytes_max;
        if !is_behind() {
            return;
        }
        let mut guard = shared.caught_up_lock.lock();
        while is_behind() && !shared.health.is_stopped() {
            shared.bell.rung.notify_one();
            // With a limit: the thread that would ring may have failed in between.
            shared.caught_up.wait_for(&mut guard, PROBE_EVERY / 10);
        }
    }
}
