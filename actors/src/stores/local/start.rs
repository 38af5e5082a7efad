//! Opens the store: lock, format, sled, the frames sled has not seen, the new epoch.
//!
//! Invariant: when it returns, everything that was ever acknowledged is visible, and the new epoch is durable.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::frame::Frame;
use super::health::Health;
use super::journal::{AppendError, Journal};
use super::options::{OpenError, OpenReport, Options};
use super::overlay::{Overlay, Row, Rows, key_of};
use super::packs::Packs;
use super::prepare::TEMPORARY_NAME;
use super::replay::{Replayed, damaged, io, replay};
use super::segment::{file_name, open_for_writing, sync_dir};
use super::shared::Shared;
use super::slot::{DB_NAME, open_existing, open_view};
use super::stats::{self, now};
use super::view::View;
use super::writer::Writer;

/// Content of the file `FORMAT`, before the number and a line feed.
const FORMAT_LABEL: &str = "aios-lovable-mcp store ";
/// The newest format of the directory that this version knows.
const FORMAT: u64 = 1;
/// Bytes of replayed rows that go to sled at once, so that a rebuild needs no more memory than that.
const REPLAY_BYTES: usize = 16 << 20;

/// An opened store whose threads have not been started.
pub(super) struct Opened {
    pub(super) shared: Arc<Shared>,
    pub(super) writer: Writer,
    pub(super) packs: Packs,
    pub(super) lock: File,
    pub(super) report: OpenReport,
}

/// Opens the store in `dir`.
pub(super) fn open(dir: &Path, options: Options) -> Result<Opened, OpenError> {
    let start = now();
    let lock = lock(dir)?;
    check_format(dir)?;
    let journal_dir = dir.join("journal");
    let swept = sweep(&journal_dir)?;
    let packs_dir = dir.join("packs");
    let (packs, packs_swept) = Packs::open(&packs_dir).map_err(|error| io(&packs_dir, error))?;
    let CaughtUp {
        found,
        content,
        sled_sequence,
        frames,
        ops,
        is_empty,
    } = catch_up(dir, options.sled_cache_bytes)?;
    cut(&journal_dir, &found)?;

    let epoch = found.epoch + 1;
    let health = Health::new(&options);
    stats::set(&health.counters.sled_sequence, sled_sequence);
    let journal = Journal::open(&journal_dir, found.tail, epoch, &options, &health)
        .map_err(|error| not_writable(dir, error))?;
    let shared = Arc::new(Shared::new(dir.to_owned(), options, epoch, health, content));
    let mut writer = Writer::new(Arc::clone(&shared), journal, found.tail.sequence);
    writer.write_first_frame().map_err(|error| match error {
        AppendError::NoSpace => not_writable(dir, ErrorKind::StorageFull.into()),
        AppendError::Fatal(error) => io(&journal_dir, error),
    })?;
    let report = OpenReport {
        epoch,
        is_empty,
        frames_replayed: frames,
        sled_rebuilt: sled_sequence == 0 && ops > 0,
        torn_tail: found.torn,
        sled_sequence,
        files_swept: swept + packs_swept,
        took: start.elapsed(),
    };
    Ok(Opened {
        shared,
        writer,
        packs,
        lock,
        report,
    })
}

/// The journal as it was read, and what sled had not seen of it.
struct CaughtUp {
    found: Replayed,
    content: (Option<View>, Overlay),
    sled_sequence: u64,
    frames: u64,
    ops: u64,
    is_empty: bool,
}

/// Opens sled, if there is one, and reads the frames that it has not seen: without one, all.
fn catch_up(dir: &Path, cache_bytes: u64) -> Result<CaughtUp, OpenError> {
    let failed = |error| view_failed(dir, error);
    let view = open_existing(dir, cache_bytes).map_err(failed)?;
    let (sled_sequence, is_empty) = match &view {
        Some(view) => (
            view.sequence().map_err(failed)?,
            view.is_empty().map_err(failed)?,
        ),
        None => (0, true),
    };
    let mut newer = Newer {
        view,
        dir,
        cache_bytes,
        rows: Rows::new(),
        bytes: 0,
        frames: 0,
        ops: 0,
    };
    let found = replay(
        &dir.join("journal"),
        sled_sequence,
        |segment, offset, frame| {
            if frame.sequence <= sled_sequence {
                Ok(())
            } else {
                newer.add(segment, offset, frame)
            }
        },
    )?;
    let Newer {
        view,
        rows,
        frames,
        ops,
        ..
    } = newer;
    let mut overlay = Overlay::default();
    overlay.add(found.tail.sequence, rows);
    Ok(CaughtUp {
        found,
        content: (view, overlay),
        sled_sequence,
        frames,
        ops,
        is_empty: is_empty && ops == 0,
    })
}

fn not_writable(dir: &Path, source: std::io::Error) -> OpenError {
    OpenError::NotWritable {
        dir: dir.to_owned(),
        source,
    }
}

/// Makes the directories and takes the lock, which lasts as long as the file.
pub(super) fn lock(dir: &Path) -> Result<File, OpenError> {
    let not_writable = |error| not_writable(dir, error);
    for name in ["journal", "packs"] {
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(dir.join(name))
            .map_err(not_writable)?;
    }
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    let lock = options.open(dir.join("LOCK")).map_err(not_writable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            dir: dir.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(not_writable(error)),
    }
}

/// Reads the format; writes it in a new directory.
pub(super) fn check_format(dir: &Path) -> Result<(), OpenError> {
    let file = dir.join("FORMAT");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let temporary = dir.join("FORMAT.tmp");
            let text = format!("{FORMAT_LABEL}{FORMAT}\n");
            let written = fs::write(&temporary, text)
                .and_then(|()| File::open(&temporary)?.sync_all())
                .and_then(|()| fs::rename(&temporary, &file))
                .and_then(|()| sync_dir(dir));
            return written.map_err(|error| not_writable(dir, error));
        }
        Err(error) => return Err(io(&file, error)),
    };
    let number = text
        .trim_end()
        .strip_prefix(FORMAT_LABEL)
        .and_then(|text| text.parse().ok());
    match number {
        Some(FORMAT) => Ok(()),
        Some(found) if found > FORMAT => Err(OpenError::NewerFormat {
            file,
            found,
            known: FORMAT,
        }),
        _ => Err(damaged(file, 0, "the format of the directory")),
    }
}

/// Removes a segment that was prepared and never begun.
fn sweep(journal: &Path) -> Result<u64, OpenError> {
    let file = journal.join(TEMPORARY_NAME);
    match fs::remove_file(&file) {
        Ok(()) => Ok(1),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(io(&file, error)),
    }
}

/// A failed opening of sled: only another process keeps its lock that long.
fn view_failed(dir: &Path, error: std::io::Error) -> OpenError {
    if error.kind() == ErrorKind::WouldBlock {
        let dir = dir.to_owned();
        return OpenError::Locked { dir };
    }
    io(&dir.join(DB_NAME), error)
}

/// Removes what is left of a frame that was never acknowledged.
fn cut(journal: &Path, found: &Replayed) -> Result<(), OpenError> {
    let Some(torn) = &found.torn else {
        return Ok(());
    };
    let path = journal.join(file_name(found.tail.segment));
    tracing::warn!(
        segment = torn.segment,
        offset = torn.offset,
        bytes = torn.bytes,
        "cut a torn frame"
    );
    let cut = open_for_writing(&path).and_then(|file| {
        file.set_len(found.tail.offset)?;
        file.sync_all()
    });
    cut.map_err(|error| io(&path, error))
}

/// Collects rows that sled has not seen; passes them on when they become many.
struct Newer<'a> {
    view: Option<View>,
    dir: &'a Path,
    cache_bytes: u64,
    rows: Rows,
    bytes: usize,
    frames: u64,
    ops: u64,
}

impl Newer<'_> {
    fn add(&mut self, segment: u64, offset: usize, frame: &Frame<'_>) -> Result<(), OpenError> {
        self.frames += 1;
        for op in frame.ops() {
            let Ok(op) = op else {
                let file = self.dir.join("journal").join(file_name(segment));
                return Err(damaged(file, offset, "an operation does not decode"));
            };
            let row = op.value.map_or(Row::Gone, |(value, at)| {
                Row::of_value(
                    &Bytes::copy_from_slice(value),
                    segment,
                    (offset + at) as u64,
                )
            });
            self.ops += 1;
            self.bytes += op.key.len() + row.bytes();
            self.rows.insert(key_of(op.table, op.key), row);
        }
        if self.bytes < REPLAY_BYTES {
            return Ok(());
        }
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        self.apply(&rows, frame.sequence)
            .map_err(|error| view_failed(self.dir, error))
    }

    fn apply(&mut self, rows: &Rows, sequence: u64) -> std::io::Result<()> {
        let view = match self.view.take() {
            Some(view) => view,
            None => open_view(self.dir, self.cache_bytes)?,
        };
        self.view.insert(view).apply(rows, sequence, |_| {})
    }
}
