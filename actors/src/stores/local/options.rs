//! Settings of the local store, what opening it found, and why it could not be opened.
//!
//! Invariant: every size and time has a limit here, with its unit in its name or its type.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::stores::BATCH_VALUE_BYTES_MAX;

/// The command that an operator is pointed to when the journal is damaged.
pub const REPAIR_COMMAND: &str = "aios-lovable-mcp store repair";

/// Settings. The defaults are those of `serve`.
#[derive(Clone)]
pub struct Options {
    /// Size of the first segment; small, so that an empty store starts fast.
    pub segment_bytes_first: u64,
    /// Size of the others.
    pub segment_bytes: u64,
    /// Write zeros ahead, so that an fdatasync need not grow the file. Off for `run`, whose store is short-lived.
    pub preallocate: bool,
    /// Most bytes of values in one batch, and thereby in the frame of a batch that fills a group alone.
    pub frame_bytes_max: usize,
    /// Most operations that wait; above that commits are answered `Busy`.
    pub inbox_ops_max: usize,
    /// Most operations in one group.
    pub group_ops_max: usize,
    /// Most bytes in one group, unless it holds a single batch.
    pub group_bytes_max: usize,
    /// Bytes by which sled may be behind before the writer waits for it.
    pub sled_lag_bytes_max: usize,
    /// Time by which sled may be behind before new jobs are held back.
    pub sled_lag_time_max: Duration,
    /// Memory for sled's pages.
    pub sled_cache_bytes: u64,
    /// For tests and benches: every fdatasync of the journal takes this much longer.
    pub sync_delay: Option<Duration>,
    /// For tests: makes writes fail.
    pub faults: Faults,
    /// Called once, from the thread that failed, when the store has stopped for good: the process must end with 74.
    /// It must not close the store: closing waits for that thread.
    pub on_failure: Arc<dyn Fn(String) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes_first: 4 << 20,
            segment_bytes: 64 << 20,
            preallocate: true,
            frame_bytes_max: BATCH_VALUE_BYTES_MAX,
            inbox_ops_max: 4_096,
            group_ops_max: 512,
            group_bytes_max: 1 << 20,
            sled_lag_bytes_max: 64 << 20,
            sled_lag_time_max: Duration::from_secs(2),
            sled_cache_bytes: 8 << 20,
            sync_delay: None,
            faults: Faults::default(),
            on_failure: Arc::new(|_| {}),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

/// A switch that makes the journal's disk fail, for tests of what follows.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<AtomicU8>);

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// Nothing.
    None = 0,
    /// Writes find no space.
    NoSpace = 1,
    /// Writes fail for good.
    Write = 2,
    /// An fdatasync fails.
    Sync = 3,
}

impl Faults {
    /// From now on, this fails.
    pub fn set(&self, fault: Fault) {
        self.0.store(fault as u8, Ordering::SeqCst);
    }

    pub(super) fn on_write(&self) -> std::io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            1 => Err(std::io::ErrorKind::StorageFull.into()),
            2 => Err(std::io::Error::other("injected write error")),
            _ => Ok(()),
        }
    }

    pub(super) fn on_sync(&self) -> std::io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            3 => Err(std::io::Error::other("injected sync error")),
            _ => Ok(()),
        }
    }
}

/// A frame that was cut because the process or the machine stopped while it was written. It was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// File name of the segment.
    pub segment: String,
    /// Where the frame began.
    pub offset: u64,
    /// Bytes from there to the last one that was not zero.
    pub bytes: u64,
}

/// What opening found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// The number of this start.
    pub epoch: u64,
    /// Nothing was ever stored: missing keys may be made.
    pub is_empty: bool,
    /// Frames that sled had not seen.
    pub frames_replayed: u64,
    /// What was cut.
    pub torn_tail: Option<TornTail>,
    /// Sled was filled from the whole journal, because it held nothing or did not work.
    pub sled_rebuilt: bool,
    /// Sequence up to which sled was complete when it was opened; 0 when it was made anew.
    pub sled_sequence: u64,
    /// Temporary files that an earlier process left behind.
    pub files_swept: u64,
    /// How long it took.
    pub took: Duration,
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open. Exit code 75.
    #[error("the data directory {} is in use by another process", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// Files cannot be created there. Exit code 73.
    #[error("the data directory {} is not writable: {source}", dir.display())]
    NotWritable {
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Written by a newer version. Exit code 78.
    #[error("{} is of format {found}; this version knows up to {known}", file.display())]
    NewerFormat {
        /// The file that says so.
        file: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format this version knows.
        known: u64,
    },
    /// The journal lost something that may have been acknowledged. Exit code 74.
    #[error("{} is damaged at byte {offset}: {what}; run `{repair}`", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// First byte that is wrong.
        offset: u64,
        /// What is wrong.
        what: &'static str,
        /// What an operator can run.
        repair: String,
    },
    /// Reading or writing failed. Exit code 74.
    #[error("opening the store failed at {}: {source}", file.display())]
    Io {
        /// File or directory.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
