//! The journal as its writer sees it: append one frame, bring it to disk, go on to the next segment in time.
//!
//! Invariant: frame n + 1 is not written before the fdatasync of frame n returned, so that at most one frame, the last,
//! can be torn. An fdatasync is never repeated: after a failed one nobody knows what is on disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::frame::{SEGMENT_HEADER_BYTES, SegmentHeader};
use super::health::Health;
use super::options::Options;
use super::prepare::Preparer;
use super::segment::{file_name, open_for_writing, sync_dir, write_zeros};
use super::stats::{self, Counters, now};

/// Where to go on after a start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// The last segment; 0 when there is none.
    pub(super) segment: u64,
    /// First byte behind its last frame; 0 when not even its header is valid.
    pub(super) offset: u64,
    /// Sequence of the last frame; 0 when there is none.
    pub(super) sequence: u64,
}

/// Why a frame was not written.
#[derive(Debug)]
pub(super) enum AppendError {
    /// No space. Nothing of the frame is left; a later try may work.
    NoSpace,
    /// Whether the frame is on disk is unknown: the writer must stop.
    Fatal(io::Error),
}

/// Where a frame stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// The open end of the journal.
pub(super) struct Journal {
    dir: PathBuf,
    options: Options,
    counters: Arc<Counters>,
    file: File,
    number: u64,
    /// First byte behind the last frame.
    tail: u64,
    /// Size of the segment: a frame that would cross it goes to the next one.
    capacity: u64,
    epoch: u64,
    preparer: Option<Preparer>,
}

impl Journal {
    /// Goes on at `tail`; everything behind it must have been cut already.
    pub(super) fn open(
        dir: &Path,
        tail: Tail,
        epoch: u64,
        options: &Options,
        health: &Health,
    ) -> io::Result<Self> {
        let number = tail.segment.max(1);
        let path = dir.join(file_name(number));
        let file = open_for_writing(&path)?;
        let nominal = if number == 1 {
            options.segment_bytes_first
        } else {
            options.segment_bytes
        };
        let capacity = file.metadata()?.len().max(nominal);
        if options.preallocate {
            let written = file.metadata()?.len();
            let ahead = tail.offset + options.segment_bytes_first;
            write_zeros(&file, written..capacity.min(ahead))?;
        }
        sync_dir(dir)?;
        let counters = Arc::clone(&health.counters);
        stats::set(&counters.segments, number);
        let start = || {
            Preparer::start(
                dir,
                options.segment_bytes,
                Arc::clone(&health.short_of_space),
            )
        };
        let preparer = options.preallocate.then(start).transpose()?;
        let (dir, options, tail) = (dir.to_owned(), options.clone(), tail.offset);
        Ok(Self {
            dir,
            options,
            counters,
            file,
            number,
            tail,
            capacity,
            epoch,
            preparer,
        })
    }

    /// Writes a whole frame and brings it to disk.
    pub(super) fn append(&mut self, sequence: u64, frame: &[u8]) -> Result<Location, AppendError> {
        let len = frame.len() as u64;
        if self.tail > SEGMENT_HEADER_BYTES as u64 && self.tail + len > self.capacity {
            self.next_segment(len)?;
        }
        let before = self.tail;
        self.write(sequence, frame)
            .map_err(|error| self.take_back(before, error))?;
        self.sync().map_err(AppendError::Fatal)?;
        let offset = self.tail;
        self.tail += len;
        stats::add(&self.counters.frames, 1);
        stats::add(&self.counters.bytes, frame.len());
        stats::set(&self.counters.sequence, sequence);
        if self.tail > self.capacity / 2
            && let Some(preparer) = &self.preparer
        {
            preparer.request();
        }
        Ok(Location {
            segment: self.number,
            offset,
        })
    }

    /// Tries whether there is space again, by writing zeros ahead. Nothing changes when there is none.
    pub(super) fn probe(&mut self) -> Result<(), AppendError> {
        let end = (self.tail + PROBE_BYTES).max(self.capacity.min(self.tail + 4 * PROBE_BYTES));
        let zeros = self
            .options
            .faults
            .on_write()
            .and_then(|()| write_zeros(&self.file, self.tail..end));
        let tail = self.tail;
        zeros.map_err(|error| self.take_back(tail, error))
    }

    fn write(&mut self, sequence: u64, frame: &[u8]) -> io::Result<()> {
        self.options.faults.on_write()?;
        if self.tail == 0 {
            let header = SegmentHeader {
                first_sequence: sequence,
                epoch: self.epoch,
            };
            self.file.write_all_at(&header.encode(), 0)?;
            self.tail = SEGMENT_HEADER_BYTES as u64;
        }
        self.file.write_all_at(frame, self.tail)
    }

    fn sync(&self) -> io::Result<()> {
        self.options.faults.on_sync()?;
        let start = now();
        self.file.sync_data()?;
        if let Some(delay) = self.options.sync_delay {
            std::thread::sleep(delay);
        }
        let took = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        stats::add(&self.counters.fsyncs, 1);
        self.counters.fsync_last_ns.store(took, Ordering::Relaxed);
        Ok(())
    }

    /// After a write that found no space: gives back what it had written, so that no part of the frame is ever found.
    fn take_back(&mut self, tail: u64, error: io::Error) -> AppendError {
        if error.kind() != ErrorKind::StorageFull {
            return AppendError::Fatal(error);
        }
        self.tail = tail;
        match self.file.set_len(tail) {
            Ok(()) => AppendError::NoSpace,
            Err(error) => AppendError::Fatal(error),
        }
    }

    /// Goes on in a new segment that has room for a frame of `len` bytes.
    fn next_segment(&mut self, len: u64) -> Result<(), AppendError> {
        let number = self.number + 1;
        let path = self.dir.join(file_name(number));
        let needed = len + SEGMENT_HEADER_BYTES as u64;
        let prepared = self.preparer.as_ref().and_then(Preparer::take);
        let made = match prepared {
            Some(temporary) => fs::rename(temporary, &path).and_then(|()| open_for_writing(&path)),
            // Not ready: a file that grows costs a little with each frame, waiting would cost much at once.
            None => self
                .options
                .faults
                .on_write()
                .and_then(|()| open_for_writing(&path)),
        };
        let made = made.and_then(|file| sync_dir(&self.dir).map(|()| file));
        match made {
            Ok(file) => self.file = file,
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                // A name without content must not stand between two segments.
                let _ = fs::remove_file(&path);
                return Err(AppendError::NoSpace);
            }
            Err(error) => return Err(AppendError::Fatal(error)),
        }
        self.number = number;
        self.tail = 0;
        self.capacity = self.options.segment_bytes.max(needed);
        stats::set(&self.counters.segments, number);
        Ok(())
    }
}

/// Space that must be free before new jobs are taken again.
const PROBE_BYTES: u64 = 1 << 20;

/// How often a full disk is looked at again.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(1);
