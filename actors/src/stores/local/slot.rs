//! Where sled is for the threads of a store, and how it is opened: when there is something to bring to it.
//!
//! Invariant: sled is absent only while it has nothing to hold, so that a reader who misses a row in the overlay and
//! then finds sled absent knows that there is no such row. Once open, it is never absent again.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::segment::sync_dir;
use super::shared::SUSPECT_NAME;
use super::view::View;

/// The directory of sled.
pub(super) const DB_NAME: &str = "db";

/// Sled, as the threads of the store share it.
pub(super) enum Slot {
    /// Not needed so far: sled takes 20 MB of memory as soon as it is open.
    Absent,
    /// Readers hold it for one read.
    Open(Arc<View>),
    /// The store was closed, or sled could not be opened anew.
    Closed,
}

impl Slot {
    /// What a start found.
    pub(super) fn new(view: Option<View>) -> Self {
        view.map_or(Self::Absent, |view| Self::Open(Arc::new(view)))
    }

    /// Closes it; waits for readers.
    pub(super) fn close(&mut self) {
        if let Self::Open(view) = std::mem::replace(self, Self::Closed) {
            View::release(view);
        }
    }
}

/// Opens the sled of the data directory `dir`, if it was ever needed.
pub(super) fn open_existing(dir: &Path, cache_bytes: u64) -> io::Result<Option<View>> {
    let exists = dir.join(DB_NAME).exists();
    exists.then(|| open_view(dir, cache_bytes)).transpose()
}

/// Opens the sled of the data directory `dir`; makes it when there is none. When it does not work, now or at the last
/// read of the process before, it is moved aside and made anew: it is only a view.
pub(super) fn open_view(dir: &Path, cache_bytes: u64) -> io::Result<View> {
    let db = dir.join(DB_NAME);
    let suspect = dir.join(SUSPECT_NAME);
    let open = || View::open(&db, cache_bytes);
    if db.exists() {
        let error = match open() {
            Ok(view) if !suspect.exists() => return Ok(view),
            Ok(view) => {
                View::release(Arc::new(view));
                ErrorKind::InvalidData.into()
            }
            Err(error) => error,
        };
        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::StorageFull) {
            return Err(error);
        }
        let aside = free_name(dir);
        tracing::warn!(%error, aside = %aside.display(), "sled does not work; made anew from the journal");
        fs::rename(&db, &aside).and_then(|()| sync_dir(dir))?;
    }
    // What was suspected is not there any more.
    match fs::remove_file(&suspect) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => open(),
    }
}

fn free_name(dir: &Path) -> PathBuf {
    let mut number = 1_u32;
    loop {
        let name = dir.join(format!("db.corrupt.{number}"));
        if !name.exists() {
            return name;
        }
        number += 1;
    }
}
