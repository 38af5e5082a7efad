//! Sled as a view of the journal: the latest value of every key, with the number of the frame it is complete up to.
//!
//! Invariant: sled never holds anything that is not durable in the journal, and never a value above 6 KiB: larger ones
//! stay in the journal and sled keeps their place. The sequence goes into the same sled batch as the last rows.
//!
//! One tree. A key is the number of its table and the key; a value is `0` and the bytes, or `1` and segment (8 bytes),
//! offset (8), length (4) and CRC-32C (4), big-endian. Keys of our own start with 0xFF, which no table has.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::overlay::{Key, Place, Row, Rows};
use super::stats::now;

const SEQUENCE: &[u8] = b"\xFFsequence";
const CANARY: &[u8] = b"\xFFcanary";
const OWN_KEYS: &[u8] = b"\xFF";
const INLINE: u8 = 0;
const PLACED: u8 = 1;
const PLACED_BYTES: usize = 25;

/// Rows in one sled batch: readers of sled wait for at most that many.
const BATCH_ROWS_MAX: usize = 1_024;

/// How long sled may hold its lock after it was dropped, and how often that is looked at.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(1);

/// How often sled syncs by itself. Never `None`: that would remove the only regular fsync sled has.
const FLUSH_EVERY_MS: u64 = 500;

/// An open sled.
pub(super) struct View {
    db: sled::Db,
    /// Sled's own data file: its `flush` does not bring the data through the disk's cache, our fdatasync does.
    file: File,
}

impl View {
    /// Opens sled in `dir` and makes sure that it can write and read. Its panics become errors.
    pub(super) fn open(dir: &Path, cache_bytes: u64) -> io::Result<Self> {
        wait_for_lock(dir)?;
        let open = AssertUnwindSafe(|| {
            let config = sled::Config::new().path(dir).cache_capacity(cache_bytes);
            let db = config
                .flush_every_ms(Some(FLUSH_EVERY_MS))
                .open()
                .map_err(io_error)?;
            let view = Self {
                db,
                file: File::open(dir.join("db"))?,
            };
            view.check_canary()?;
            view.sequence()?;
            Ok(view)
        });
        catch_unwind(open).unwrap_or_else(|_| Err(io::Error::other("sled panicked")))
    }

    /// Gives sled's files back: waits for readers that still hold `view`, which they do for one read only.
    pub(super) fn release(mut view: Arc<Self>) {
        while let Err(still_read) = Arc::try_unwrap(view).map(drop) {
            view = still_read;
            std::thread::yield_now();
        }
    }

    /// Writes a value that was not there before, reads it back and looks whether the rest can be read at all.
    fn check_canary(&self) -> io::Result<()> {
        let before = self.db.get(CANARY).map_err(io_error)?;
        let counter =
            before.and_then(|value| Some(u64::from_be_bytes(value.as_ref().try_into().ok()?)));
        let next = counter.unwrap_or(0).wrapping_add(1).to_be_bytes();
        self.db.insert(CANARY, &next).map_err(io_error)?;
        self.flush()?;
        let read = self.db.get(CANARY).map_err(io_error)?;
        if read.as_deref() != Some(&next[..]) {
            return Err(io::Error::other("sled lost its canary"));
        }
        self.db.iter().next().transpose().map_err(io_error)?;
        Ok(())
    }

    /// The frame it is complete up to; 0 when there is none. An unreadable one is an error: the view is not ours.
    pub(super) fn sequence(&self) -> io::Result<u64> {
        let value = self.db.get(SEQUENCE).map_err(io_error)?;
        let decode = |value: sled::IVec| value.as_ref().try_into().map(u64::from_be_bytes);
        value
            .map_or(Ok(0), decode)
            .map_err(|_| io::Error::other("the sequence in sled does not decode"))
    }

    /// No row of any table is there.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        let first = self
            .db
            .range(..OWN_KEYS)
            .next()
            .transpose()
            .map_err(io_error)?;
        Ok(first.is_none())
    }

    /// Brings rows to sled and to disk; afterwards it is complete up to `sequence`. Tells `on_progress` now and then how
    /// many bytes of rows sled has taken since.
    pub(super) fn apply(
        &self,
        rows: &Rows,
        sequence: u64,
        mut on_progress: impl FnMut(usize),
    ) -> io::Result<()> {
        let mut batch = sled::Batch::default();
        let (mut count, mut bytes) = (0, 0);
        for (key, row) in rows {
            match row {
                Row::Inline(value) => batch.insert(key.as_ref(), encode_inline(value)),
                Row::Placed(place) => batch.insert(key.as_ref(), encode_place(*place)),
                Row::Gone => batch.remove(key.as_ref()),
            }
            count += 1;
            bytes += key.len() + row.bytes();
            if count == BATCH_ROWS_MAX {
                // Rows ahead of the sequence do no harm: a replay from the older sequence ends in the same state.
                self.db
                    .apply_batch(std::mem::take(&mut batch))
                    .map_err(io_error)?;
                count = 0;
                on_progress(std::mem::take(&mut bytes));
            }
        }
        batch.insert(SEQUENCE, &sequence.to_be_bytes());
        self.db.apply_batch(batch).map_err(io_error)?;
        self.flush()
    }

    /// What sled has under `key`.
    pub(super) fn get(&self, key: &[u8]) -> io::Result<Option<Row>> {
        let value = self.db.get(key).map_err(io_error)?;
        value.map(|value| decode(&value)).transpose()
    }

    /// Pairs in a range, in key order. Keys of our own lie behind every table's.
    pub(super) fn range(
        &self,
        start: &Bound<Key>,
        end: &Bound<Key>,
    ) -> impl Iterator<Item = io::Result<(Key, Row)>> + use<> {
        let (start, end) = (
            start.as_ref().map(AsRef::as_ref),
            end.as_ref().map(AsRef::as_ref),
        );
        let end = if end == Bound::Unbounded {
            Bound::Excluded(OWN_KEYS)
        } else {
            end
        };
        self.db.range::<&[u8], _>((start, end)).map(|pair| {
            let (key, value) = pair.map_err(io_error)?;
            Ok((key.as_ref().into(), decode(&value)?))
        })
    }

    fn flush(&self) -> io::Result<()> {
        self.db.flush().map_err(io_error)?;
        self.file.sync_data()
    }
}

/// After sled was dropped, threads of its own hold its lock a little longer. Waits for them, so that a sled that is only
/// locked is never taken for a broken one.
fn wait_for_lock(dir: &Path) -> io::Result<()> {
    let file = match File::open(dir.join("db")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let start = now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(LOCK_POLL);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn encode_inline(value: &Bytes) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(1 + value.len());
    encoded.push(INLINE);
    encoded.extend_from_slice(value);
    encoded
}

fn encode_place(place: Place) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(PLACED_BYTES);
    encoded.push(PLACED);
    encoded.extend(place.segment.to_be_bytes());
    encoded.extend(place.offset.to_be_bytes());
    encoded.extend(place.len.to_be_bytes());
    encoded.extend(place.crc.to_be_bytes());
    encoded
}

fn decode(value: &[u8]) -> io::Result<Row> {
    let number = |range: std::ops::Range<usize>| {
        value[range]
            .iter()
            .fold(0, |number, &byte| (number << 8) | u64::from(byte))
    };
    let short = |range| u32::try_from(number(range)).unwrap_or_default();
    match value.first() {
        Some(&INLINE) => Ok(Row::Inline(Bytes::copy_from_slice(&value[1..]))),
        Some(&PLACED) if value.len() == PLACED_BYTES => Ok(Row::Placed(Place {
            segment: number(1..9),
            offset: number(9..17),
            len: short(17..21),
            crc: short(21..25),
        })),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a value in sled does not decode",
        )),
    }
}

fn io_error(error: sled::Error) -> io::Error {
    match error {
        sled::Error::Io(error) => error,
        damaged => io::Error::new(io::ErrorKind::InvalidData, damaged.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_sequence_survive_a_reopen() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place {
            segment: 1,
            offset: 2,
            len: 3,
            crc: u32::MAX,
        };
        let mut rows: Rows = (0..3_000_u32)
            .map(|number| (number.to_be_bytes().into(), Row::Inline(vec![1; 10].into())))
            .collect();
        rows.insert(b"\x0Cplaced".as_slice().into(), Row::Placed(place));
        let view = View::open(dir.path(), 1 << 20).unwrap();
        assert!(view.is_empty().unwrap() && view.sequence().unwrap() == 0);
        view.apply(&rows, 7, |_| {}).unwrap();
        drop(view);
        let view = View::open(dir.path(), 1 << 20).unwrap();
        assert_eq!(view.sequence().unwrap(), 7);
        assert!(!view.is_empty().unwrap());
        let found: Rows = view
            .range(&Bound::Unbounded, &Bound::Unbounded)
            .map(Result::unwrap)
            .collect();
        assert!(found == rows);
        assert_eq!(view.get(b"\x0Cplaced").unwrap(), Some(Row::Placed(place)));
        let gone: Rows = rows.into_keys().map(|key| (key, Row::Gone)).collect();
        view.apply(&gone, 8, |_| {}).unwrap();
        assert!(view.is_empty().unwrap());
    }
}
