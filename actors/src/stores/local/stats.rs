//! Counters of the local store, for metrics and benches.
//!
//! Invariant: they are written by one thread each and read by anyone; a reader may see one of them ahead of another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The one place where this adapter reads time: to measure its own waits, never to decide what is stored.
#[expect(
    clippy::disallowed_methods,
    reason = "durations of our own I/O; nothing stored depends on them"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// A copy of all counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Last durable frame.
    pub sequence: u64,
    /// Frames written since the start.
    pub frames: u64,
    /// Batches that became durable.
    pub batches: u64,
    /// Groups of batches that were brought to disk together.
    pub groups: u64,
    /// Operations that became durable.
    pub ops: u64,
    /// Bytes of the frames.
    pub bytes: u64,
    /// Calls of fdatasync for frames.
    pub fsyncs: u64,
    /// How long the last of them took.
    pub fsync_last: Duration,
    /// Number of the current segment.
    pub segments: u64,
    /// Last frame that sled holds.
    pub sled_sequence: u64,
    /// Rows that sled does not hold yet.
    pub sled_lag_ops: u64,
    /// Their bytes.
    pub sled_lag_bytes: u64,
    /// Batches that wait for the writer.
    pub inbox_batches: u64,
}

/// The counters.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) sequence: AtomicU64,
    pub(super) frames: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) groups: AtomicU64,
    pub(super) ops: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) fsyncs: AtomicU64,
    pub(super) fsync_last_ns: AtomicU64,
    pub(super) segments: AtomicU64,
    pub(super) sled_sequence: AtomicU64,
}

impl Counters {
    /// Reads those that are counters; the rest is the caller's.
    pub(super) fn read(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            sequence: read(&self.sequence),
            frames: read(&self.frames),
            batches: read(&self.batches),
            groups: read(&self.groups),
            ops: read(&self.ops),
            bytes: read(&self.bytes),
            fsyncs: read(&self.fsyncs),
            fsync_last: Duration::from_nanos(read(&self.fsync_last_ns)),
            segments: read(&self.segments),
            sled_sequence: read(&self.sled_sequence),
            ..Stats::default()
        }
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

/// Sets a counter.
pub(super) fn set(counter: &AtomicU64, value: u64) {
    counter.store(value, Ordering::Relaxed);
}
