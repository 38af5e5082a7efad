//! The overlay: what is durable in the journal and not yet in sled, as readers see it.
//!
//! Invariant: a row leaves the overlay only after sled holds it, so that a reader who misses it here finds it there.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::stats::now;
use crate::base::limits::SLED_VALUE_BYTES_MAX;
use crate::ports::store::Table;

/// A key as sled has it: the table's number, then the key.
pub(super) type Key = Box<[u8]>;

/// Builds the key that sled has.
pub(super) fn key_of(table: Table, key: &[u8]) -> Key {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(table as u8);
    full.extend_from_slice(key);
    full.into_boxed_slice()
}

/// Where a value stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) offset: u64,
    pub(super) len: u32,
    /// CRC-32C of the value.
    pub(super) crc: u32,
}

/// The latest state of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A value small enough for sled.
    Inline(Bytes),
    /// A value that stays in the journal.
    Placed(Place),
    /// Deleted.
    Gone,
}

impl Row {
    /// The row of a value that stands at `offset` of `segment`.
    pub(super) fn of_value(value: &Bytes, segment: u64, offset: u64) -> Self {
        match u32::try_from(value.len()) {
            Ok(len) if value.len() > SLED_VALUE_BYTES_MAX => Self::Placed(Place {
                segment,
                offset,
                len,
                crc: crc32c::crc32c(value),
            }),
            _ => Self::Inline(value.clone()),
        }
    }

    /// Memory it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Inline(value) => value.len() + 32,
            Self::Placed(_) | Self::Gone => 32,
        }
    }
}

/// Rows by key.
pub(super) type Rows = BTreeMap<Key, Row>;

/// Rows that were taken together to be brought to sled.
#[derive(Clone, Debug, Default)]
pub(super) struct Portion {
    pub(super) rows: Arc<Rows>,
    /// Sled is complete up to this frame once it holds the rows.
    pub(super) sequence: u64,
    pub(super) bytes: usize,
}

/// The rows in between.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    pending: Rows,
    pending_bytes: usize,
    /// Last frame whose rows are in `pending`.
    sequence: u64,
    oldest: Option<Instant>,
    applying: Portion,
}

impl Overlay {
    /// Adds the rows of frame `sequence`.
    pub(super) fn add(&mut self, sequence: u64, rows: impl IntoIterator<Item = (Key, Row)>) {
        for (key, row) in rows {
            let (key_bytes, bytes) = (key.len(), row.bytes());
            self.pending_bytes += match self.pending.insert(key, row) {
                Some(old) => {
                    self.pending_bytes -= old.bytes();
                    bytes
                }
                None => key_bytes + bytes,
            };
        }
        self.sequence = sequence;
        self.oldest.get_or_insert_with(now);
    }

    /// Takes everything that waits; readers go on seeing it until [`Overlay::applied`].
    pub(super) fn take(&mut self) -> Option<Portion> {
        self.oldest.take()?;
        self.applying = Portion {
            rows: Arc::new(std::mem::take(&mut self.pending)),
            sequence: self.sequence,
            bytes: std::mem::take(&mut self.pending_bytes),
        };
        Some(self.applying.clone())
    }

    /// Sled has taken these bytes of what was taken last; its rows stay here until all of it is on disk. Memory may thus
    /// reach twice the lag's limit.
    pub(super) fn progressed(&mut self, bytes: usize) {
        self.applying.bytes = self.applying.bytes.saturating_sub(bytes);
    }

    /// Sled holds what was taken last. The caller drops the result outside of the lock: it may be large.
    pub(super) fn applied(&mut self) -> Portion {
        std::mem::take(&mut self.applying)
    }

    /// Bytes that sled does not hold yet.
    pub(super) fn lag_bytes(&self) -> usize {
        self.pending_bytes + self.applying.bytes
    }

    /// Rows that sled does not hold yet.
    pub(super) fn lag_rows(&self) -> usize {
        self.pending.len() + self.applying.rows.len()
    }

    /// Bytes that no one has taken yet.
    pub(super) const fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// When the oldest row came that no one has taken yet.
    pub(super) const fn oldest(&self) -> Option<Instant> {
        self.oldest
    }

    /// The state of `key`, if it is here.
    pub(super) fn get(&self, key: &[u8]) -> Option<Row> {
        self.pending
            .get(key)
            .or_else(|| self.applying.rows.get(key))
            .cloned()
    }

    /// States of the keys in a range, in order, and the key behind which there may be more that is not among them.
    pub(super) fn page(&self, start: &Bound<Key>, end: &Bound<Key>, count: usize) -> Page<Row> {
        let mut page = Page::default();
        // The older map first, so that the newer one overwrites it.
        for rows in [self.applying.rows.as_ref(), &self.pending] {
            let range = rows.range::<[u8], _>((borrowed(start), borrowed(end)));
            page.merge(range.map(|(key, row)| (key.clone(), row.clone())), count);
        }
        page
    }
}

/// A part of a scan: complete up to its horizon.
#[derive(Debug)]
pub(super) struct Page<R> {
    pub(super) rows: BTreeMap<Key, R>,
    /// Behind this key a source was not read; `None` when all were read to the end.
    pub(super) horizon: Option<Key>,
}

impl<R> Default for Page<R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            horizon: None,
        }
    }
}

impl<R> Page<R> {
    /// Adds at most `count` rows of a source that is newer than those before.
    pub(super) fn merge(&mut self, source: impl Iterator<Item = (Key, R)>, count: usize) {
        let mut newer = Self::default();
        for (taken, (key, row)) in source.take(count).enumerate() {
            if taken + 1 == count {
                newer.horizon = Some(key.clone());
            }
            newer.rows.insert(key, row);
        }
        self.overlay(newer);
    }

    /// Lays a page of newer rows over this one.
    pub(super) fn overlay(&mut self, newer: Self) {
        self.rows.extend(newer.rows);
        self.horizon = match (self.horizon.take(), newer.horizon) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Rows up to the horizon, in order: those behind it may be hidden by something that was not read.
    pub(super) fn complete(&self) -> impl Iterator<Item = (&Key, &R)> {
        let horizon = self.horizon.as_ref();
        self.rows
            .iter()
            .take_while(move |(key, _)| horizon.is_none_or(|horizon| *key <= horizon))
    }
}

fn borrowed(bound: &Bound<Key>) -> Bound<&[u8]> {
    bound.as_ref().map(AsRef::as_ref)
}
