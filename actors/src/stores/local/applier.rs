//! The applier: one thread that brings durable rows to sled, coalesced to the latest of each key.
//!
//! Invariant: rows leave the overlay only after sled and its file were synced with them; a failure other than a full
//! disk stops the store, since sled never recovers from an error by itself. Sled that was not needed so far is opened
//! for the first row.

use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::journal::PROBE_EVERY;
use super::overlay::Portion;
use super::shared::Shared;
use super::slot::{DB_NAME, Slot, open_view};
use super::stats;
use super::view::View;

/// Rows wait this long for others, so that a key that changes often is written once.
const PACE: Duration = Duration::from_millis(500);
/// The part of the lag's limit at which rows do not wait any longer.
const PORTION_OF_LAG: usize = 4;
/// Free space that a full disk must have again before sled is opened anew: opening writes.
const REOPEN_SPACE_BYTES: u64 = 64 << 20;

/// Bytes of rows that do not wait any longer.
pub(super) fn portion_bytes(shared: &Shared) -> usize {
    shared.options.sled_lag_bytes_max / PORTION_OF_LAG
}

/// Serves the overlay until the store closes, then brings the rest to sled.
pub(super) fn run(shared: &Shared) {
    let served = catch_unwind(AssertUnwindSafe(|| serve(shared)));
    match served {
        Ok(Ok(())) => {}
        Ok(Err(error)) => shared.health.fail(format!("writing sled failed: {error}")),
        Err(_) => shared.health.fail("sled panicked".to_owned()),
    }
    shared.caught_up.notify_all();
}

fn serve(shared: &Shared) -> io::Result<()> {
    loop {
        let is_closing = wait(shared);
        let portion = shared.overlay.write().take();
        if let Some(portion) = portion {
            let Some(sequence) = bring(shared, &portion)? else {
                // Closed while the disk was full: the next start brings what is missing.
                return Ok(());
            };
            let mut overlay = shared.overlay.write();
            let applied = overlay.applied();
            shared
                .lag_bytes
                .store(overlay.lag_bytes(), Ordering::Relaxed);
            drop(overlay);
            drop((applied, portion));
            stats::set(&shared.health.counters.sled_sequence, sequence);
            shared.caught_up.notify_all();
        } else if is_closing {
            return Ok(());
        }
    }
}

/// Waits until there is enough to do; `true` when the store closes.
fn wait(shared: &Shared) -> bool {
    let mut is_closing = shared.bell.is_closing.lock();
    loop {
        let (oldest, bytes) = {
            let overlay = shared.overlay.read();
            (overlay.oldest(), overlay.pending_bytes())
        };
        let age = oldest.map(|oldest| stats::now().saturating_duration_since(oldest));
        if *is_closing
            || (oldest.is_some() && bytes >= portion_bytes(shared))
            || age.is_some_and(|age| age >= PACE)
        {
            return *is_closing;
        }
        // The writer rings without the lock, so a ring may be missed: never wait longer than the pace.
        shared.bell.rung.wait_for(
            &mut is_closing,
            PACE.saturating_sub(age.unwrap_or_default()),
        );
    }
}

/// Brings rows to sled; gives the frame that sled is complete up to, or `None` when the store closes while the disk is
/// full.
fn bring(shared: &Shared, portion: &Portion) -> io::Result<Option<u64>> {
    loop {
        let brought = match view(shared, portion) {
            // Frames without operations: a start without sled reads them again.
            Ok(None) => return Ok(Some(0)),
            Ok(Some(view)) => apply(shared, portion, &view),
            Err(error) => Err(error),
        };
        let Err(error) = brought else {
            return Ok(Some(portion.sequence));
        };
        if error.kind() != ErrorKind::StorageFull {
            return Err(error);
        }
        shared.health.short_of_space.store(true, Ordering::Relaxed);
        tracing::warn!("sled found no space; waiting for some");
        if !reopen_when_there_is_space(shared)? {
            return Ok(None);
        }
        shared.health.short_of_space.store(false, Ordering::Relaxed);
    }
}

/// Sled, opened when it was not needed so far and there are rows for it. Readers go on meanwhile, without it: whatever
/// there is, is in the overlay.
fn view(shared: &Shared, portion: &Portion) -> io::Result<Option<Arc<View>>> {
    match &*shared.view.read() {
        Slot::Open(view) => return Ok(Some(Arc::clone(view))),
        Slot::Closed => return Err(io::Error::other("sled is gone")),
        Slot::Absent if portion.rows.is_empty() => return Ok(None),
        Slot::Absent => {}
    }
    let view = Arc::new(open_view(&shared.dir, shared.options.sled_cache_bytes)?);
    *shared.view.write() = Slot::Open(Arc::clone(&view));
    Ok(Some(view))
}

fn apply(shared: &Shared, portion: &Portion, view: &View) -> io::Result<()> {
    // Who waits for sled goes on step by step, not only when all is done.
    let on_progress = |bytes| {
        let mut overlay = shared.overlay.write();
        overlay.progressed(bytes);
        shared
            .lag_bytes
            .store(overlay.lag_bytes(), Ordering::Relaxed);
        drop(overlay);
        shared.caught_up.notify_all();
    };
    view.apply(&portion.rows, portion.sequence, on_progress)
}

/// Sled keeps its first error for good, so it is opened anew; what it missed is still in the overlay.
fn reopen_when_there_is_space(shared: &Shared) -> io::Result<bool> {
    let db = shared.dir.join(DB_NAME);
    loop {
        {
            let mut is_closing = shared.bell.is_closing.lock();
            shared.bell.rung.wait_for(&mut is_closing, PROBE_EVERY);
            if *is_closing {
                return Ok(false);
            }
        }
        // A first opening that failed may not even have made its directory.
        let space = rustix::fs::statvfs(&db).or_else(|_| rustix::fs::statvfs(&shared.dir))?;
        if space.f_bavail * space.f_frsize < REOPEN_SPACE_BYTES {
            continue;
        }
        let mut slot = shared.view.write();
        // An absent one is opened by the next try, which may move what the last one left aside.
        if let Slot::Open(_) = &*slot {
            slot.close();
            let view = View::open(&db, shared.options.sled_cache_bytes)?;
            *slot = Slot::Open(Arc::new(view));
        }
        return Ok(true);
    }
}
