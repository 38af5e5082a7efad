//! The store's counters as metrics, copied at each scrape.
//!
//! Invariant: counters only rise; a scrape costs the writer nothing.

use aios_actors::ports::store::Store as _;
use aios_actors::stores::local::LocalStore;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

/// Registers help texts. Called once.
pub(super) fn describe() {
    describe_gauge!("aios_store_writable", "1 while the store accepts new jobs.");
    describe_counter!("aios_store_frames_total", "Journal frames written.");
    describe_counter!("aios_store_fsyncs_total", "Calls of fdatasync for frames.");
    describe_counter!("aios_store_batches_total", "Commits that became durable.");
    describe_counter!(
        "aios_store_written_bytes_total",
        Unit::Bytes,
        "Bytes of the frames."
    );
    describe_gauge!(
        "aios_store_fsync_last_seconds",
        Unit::Seconds,
        "The latest fdatasync."
    );
    describe_gauge!(
        "aios_store_view_lag_operations",
        "Operations that sled does not hold yet."
    );
    describe_gauge!("aios_store_view_lag_bytes", Unit::Bytes, "Their bytes.");
    describe_gauge!(
        "aios_store_inbox_batches",
        "Commits that wait for the writer."
    );
}

/// Copies the counters.
pub(super) fn record(store: &LocalStore) {
    let stats = store.stats();
    gauge!("aios_store_writable").set(if store.accepts() { 1.0 } else { 0.0 });
    counter!("aios_store_frames_total").absolute(stats.frames);
    counter!("aios_store_fsyncs_total").absolute(stats.fsyncs);
    counter!("aios_store_batches_total").absolute(stats.batches);
    counter!("aios_store_written_bytes_total").absolute(stats.bytes);
    gauge!("aios_store_fsync_last_seconds").set(stats.fsync_last);
    gauge!("aios_store_view_lag_operations").set(as_f64(stats.sled_lag_ops));
    gauge!("aios_store_view_lag_bytes").set(as_f64(stats.sled_lag_bytes));
    gauge!("aios_store_inbox_batches").set(as_f64(stats.inbox_batches));
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
