//! What the threads of one local store share, and how its readers find a value.
//!
//! Invariant: locks are held for memory operations only, never across a read or write of a file or of sled.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex, RwLock};

use super::health::Health;
use super::inbox::Inbox;
use super::options::Options;
use super::overlay::{Key, Overlay, Page, Place, Row, key_of};
use super::segment::file_name;
use super::slot::Slot;
use super::stats::{Stats, now};
use super::view::View;
use crate::ports::store::{Pair, StoreError, Table};
use crate::stores::{Listener, prefix_end};

/// Exists when a read found sled damaged.
pub(super) const SUSPECT_NAME: &str = "db.suspect";
/// Segments that are kept open for readers.
const FILES_MAX: usize = 64;
/// Rows that a scan reads at once from each source.
const PAGE_ROWS_MIN: usize = 16;
const PAGE_ROWS_MAX: usize = 1_024;

/// Wakes the thread that brings rows to sled, and the writer that waits for it.
#[derive(Default)]
pub(super) struct Bell {
    pub(super) is_closing: Mutex<bool>,
    pub(super) rung: Condvar,
}

/// Everything that is shared.
pub(super) struct Shared {
    pub(super) dir: PathBuf,
    pub(super) options: Options,
    pub(super) epoch: u64,
    pub(super) health: Health,
    pub(super) inbox: Inbox,
    pub(super) listener: Listener,
    pub(super) overlay: RwLock<Overlay>,
    /// Copy of the overlay's lag, to be read without its lock.
    pub(super) lag_bytes: AtomicUsize,
    pub(super) bell: Bell,
    /// The writer waits here when sled is too far behind.
    pub(super) caught_up: Condvar,
    pub(super) caught_up_lock: Mutex<()>,
    /// Swappable, since sled is opened on first need and never recovers from an error by itself.
    pub(super) view: RwLock<Slot>,
    files: RwLock<HashMap<u64, Arc<File>>>,
}

impl Shared {
    pub(super) fn new(
        dir: PathBuf,
        options: Options,
        epoch: u64,
        health: Health,
        (view, overlay): (Option<View>, Overlay),
    ) -> Self {
        Self {
            dir,
            epoch,
            health,
            inbox: Inbox::new(options.inbox_ops_max),
            options,
            listener: Listener::default(),
            lag_bytes: AtomicUsize::new(overlay.lag_bytes()),
            overlay: RwLock::new(overlay),
            bell: Bell::default(),
            caught_up: Condvar::new(),
            caught_up_lock: Mutex::default(),
            view: RwLock::new(Slot::new(view)),
            files: RwLock::default(),
        }
    }

    /// Sled is not further behind than new jobs may find it.
    pub(super) fn keeps_up(&self) -> bool {
        if self.lag_bytes.load(Ordering::Relaxed) > self.options.sled_lag_bytes_max {
            return false;
        }
        let oldest = self.overlay.read().oldest();
        oldest.is_none_or(|oldest| {
            now().saturating_duration_since(oldest) <= self.options.sled_lag_time_max
        })
    }

    pub(super) fn stats(&self) -> Stats {
        let overlay = self.overlay.read();
        Stats {
            sled_lag_ops: overlay.lag_rows() as u64,
            sled_lag_bytes: overlay.lag_bytes() as u64,
            inbox_batches: self.inbox.state().0 as u64,
            ..self.health.counters.read()
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let full = key_of(table, key);
        // The overlay first: a row leaves it only when sled has it.
        let seen = self.overlay.read().get(&full);
        let row = match seen {
            Some(row) => Some(row),
            None => match self.view()? {
                Some(view) => view.get(&full).map_err(|error| read_error(&error))?,
                None => None,
            },
        };
        row.map_or(Ok(None), |row| self.value(&row))
    }

    /// At most `limit` pairs under `prefix` and behind `after`.
    pub(super) fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let mut start = match after.filter(|&after| after >= prefix) {
            Some(after) => Bound::Excluded(key_of(table, after)),
            None => Bound::Included(key_of(table, prefix)),
        };
        // Tables have small numbers: there is always a key behind all keys of one.
        let full = key_of(table, prefix);
        let end = prefix_end(&full).map_or(Bound::Unbounded, |end| Bound::Excluded(end.into()));
        let mut pairs = Vec::new();
        while pairs.len() < limit {
            if is_empty(&start, &end) {
                break;
            }
            let count = (limit - pairs.len()).clamp(PAGE_ROWS_MIN, PAGE_ROWS_MAX);
            let page = self.page(&start, &end, count)?;
            for (key, row) in page.complete() {
                if pairs.len() == limit {
                    break;
                }
                if let Some(value) = self.value(row)? {
                    pairs.push((Bytes::copy_from_slice(&key[1..]), value));
                }
            }
            match page.horizon {
                Some(horizon) => start = Bound::Excluded(horizon),
                None => break,
            }
        }
        Ok(pairs)
    }

    /// The next part of a scan. The overlay is read before sled, for the same reason as in [`Shared::get`], and wins.
    /// Sled is looked up behind that, each time: it may have been opened, and taken the rows, since the page before.
    fn page(
        &self,
        start: &Bound<Key>,
        end: &Bound<Key>,
        count: usize,
    ) -> Result<Page<Row>, StoreError> {
        let newer = self.overlay.read().page(start, end, count);
        let stored: Result<Vec<_>, _> = match self.view()? {
            Some(view) => view.range(start, end).take(count).collect(),
            None => Ok(Vec::new()),
        };
        let stored = stored.map_err(|error| self.view_error(&error))?;
        let mut page = Page::default();
        page.merge(stored.into_iter(), count);
        page.overlay(newer);
        Ok(page)
    }

    /// The bytes of a row, read from the journal when they stand there.
    fn value(&self, row: &Row) -> Result<Option<Bytes>, StoreError> {
        match row {
            Row::Gone => Ok(None),
            Row::Inline(value) => Ok(Some(value.clone())),
            Row::Placed(place) => self.read_place(*place).map(Some),
        }
    }

    fn read_place(&self, place: Place) -> Result<Bytes, StoreError> {
        let file = self.segment(place.segment)?;
        let mut value = vec![0; place.len as usize];
        file.read_exact_at(&mut value, place.offset)
            .map_err(|error| read_error(&error))?;
        if crc32c::crc32c(&value) != place.crc {
            let (segment, offset) = (file_name(place.segment), place.offset);
            return Err(StoreError::Corrupt(format!(
                "the value at byte {offset} of {segment}"
            )));
        }
        Ok(value.into())
    }

    fn segment(&self, number: u64) -> Result<Arc<File>, StoreError> {
        if let Some(file) = self.files.read().get(&number) {
            return Ok(Arc::clone(file));
        }
        let path = self.dir.join("journal").join(file_name(number));
        let file = Arc::new(File::open(path).map_err(|error| read_error(&error))?);
        let mut files = self.files.write();
        if files.len() >= FILES_MAX {
            files.clear();
        }
        files.insert(number, Arc::clone(&file));
        Ok(file)
    }

    /// Sled; `None` while it has nothing to hold.
    fn view(&self) -> Result<Option<Arc<View>>, StoreError> {
        match &*self.view.read() {
            Slot::Open(view) => Ok(Some(Arc::clone(view))),
            Slot::Absent => Ok(None),
            Slot::Closed => Err(StoreError::Read("closed".to_owned())),
        }
    }
}

impl Shared {
    /// A failed read of sled. When sled is damaged, notes it for the next start, which makes it anew.
    fn view_error(&self, error: &std::io::Error) -> StoreError {
        if error.kind() == std::io::ErrorKind::InvalidData {
            tracing::error!(%error, "sled is damaged; the next start makes it anew");
            // When even this fails, the next start may serve reads that fail, never wrong ones.
            let _ = File::create(self.dir.join(SUSPECT_NAME));
        }
        read_error(error)
    }
}

/// A range that sled and the maps would refuse: its start lies at or behind its end.
fn is_empty(start: &Bound<Key>, end: &Bound<Key>) -> bool {
    match (start, end) {
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        _ => false,
    }
}

pub(super) fn read_error(error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Read(error.to_string()),
    }
}
