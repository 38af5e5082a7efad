//! Compares journal, sled and packs: what `store check` prints.
//!
//! Invariant: after a close there is nothing to report; keys of frames that sled had not seen when the process died are
//! counted, not compared, since they may be either way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Bound;
use std::path::Path;

use bytes::Bytes;

use super::overlay::{Key, Place, Row, Rows, key_of};
use super::replay::{damaged, io, replay};
use super::segment::file_name;
use super::slot::DB_NAME;
use super::start::{check_format, lock};
use super::view::View;
use crate::base::limits::SLED_VALUE_BYTES_MAX;
use crate::domain::artifact;
use crate::domain::record::JobRecord;
use crate::ports::store::Table;

/// Memory for sled while it is compared.
const CACHE_BYTES: u64 = 32 << 20;
/// Differences that are listed; the others are counted.
const LISTED_MAX: usize = 100;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// In the journal, not in sled.
    Missing(String),
    /// In sled, not in the journal.
    Extra(String),
    /// In both, with different values.
    Different(String),
    /// A job record that does not decode.
    BadRecord(String),
    /// A pack that a record names is not there or too short.
    BadPack(String),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, name) = match self {
            Self::Missing(key) => ("missing in sled", key),
            Self::Extra(key) => ("only in sled", key),
            Self::Different(key) => ("different in sled", key),
            Self::BadRecord(key) => ("record does not decode", key),
            Self::BadPack(name) => ("pack missing or too short", name),
        };
        write!(f, "{what}: {name}")
    }
}

/// What was compared, and what did not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Frames whose checksum was verified.
    pub frames: u64,
    /// Last frame of the journal.
    pub sequence: u64,
    /// Frame up to which sled is complete.
    pub sled_sequence: u64,
    /// Keys with a value.
    pub keys: u64,
    /// Keys that were not compared, because frames that sled had not seen touch them.
    pub keys_ahead: u64,
    /// Job records that were decoded.
    pub records: u64,
    /// Packs that records name.
    pub packs: u64,
    /// Packs that no record names: swept at the next start of the engine.
    pub packs_orphaned: u64,
    /// Bytes of a torn frame at the end, which the next start cuts.
    pub torn_bytes: u64,
    /// Number of differences.
    pub differences_count: u64,
    /// The first hundred of them.
    pub differences: Vec<Difference>,
}

impl CheckReport {
    /// Everything fits.
    pub const fn is_clean(&self) -> bool {
        self.differences_count == 0
    }

    fn note(&mut self, difference: Difference) {
        self.differences_count += 1;
        if self.differences.len() < LISTED_MAX {
            self.differences.push(difference);
        }
    }
}

/// The journal's content, as sled should have it.
#[derive(Default)]
struct Content {
    rows: Rows,
    /// Values that sled does not hold and that the check reads: large job records.
    records: BTreeMap<Key, Bytes>,
    ahead: BTreeSet<Key>,
}

pub(super) fn check(dir: &Path) -> Result<CheckReport, super::OpenError> {
    // Opening would make a directory that is not there.
    let format = dir.join("FORMAT");
    fs::metadata(&format).map_err(|error| io(&format, error))?;
    let _lock = lock(dir)?;
    check_format(dir)?;
    let db = dir.join(DB_NAME);
    let failed = |error| io(&db, error);
    let open = || View::open(&db, CACHE_BYTES);
    let view = db.exists().then(open).transpose().map_err(failed)?;
    let sled_sequence = match &view {
        Some(view) => view.sequence().map_err(failed)?,
        None => 0,
    };
    let (content, mut report) = read_journal(dir, sled_sequence)?;
    report.sled_sequence = sled_sequence;
    report.keys = content
        .rows
        .values()
        .filter(|row| **row != Row::Gone)
        .count() as u64;
    report.keys_ahead = content.ahead.len() as u64;
    // Without sled, every key is ahead of it.
    if let Some(view) = &view {
        compare(&content, view, &mut report).map_err(failed)?;
    }
    check_records(dir, &content, &mut report).map_err(|error| io(dir, error))?;
    Ok(report)
}

/// Reads the whole journal. Every checksum is verified on the way.
fn read_journal(
    dir: &Path,
    sled_sequence: u64,
) -> Result<(Content, CheckReport), super::OpenError> {
    let journal = dir.join("journal");
    let mut content = Content::default();
    let found = replay(&journal, 0, |segment, offset, frame| {
        for op in frame.ops() {
            let Ok(op) = op else {
                let file = journal.join(file_name(segment));
                return Err(damaged(file, offset, "an operation does not decode"));
            };
            let key = key_of(op.table, op.key);
            if frame.sequence > sled_sequence {
                content.ahead.insert(key.clone());
            }
            content.records.remove(&key);
            let Some((value, at)) = op.value else {
                content.rows.insert(key, Row::Gone);
                continue;
            };
            let value = Bytes::copy_from_slice(value);
            if op.table == Table::Jobs && value.len() > SLED_VALUE_BYTES_MAX {
                content.records.insert(key.clone(), value.clone());
            }
            content
                .rows
                .insert(key, Row::of_value(&value, segment, (offset + at) as u64));
        }
        Ok(())
    })?;
    if sled_sequence > found.tail.sequence {
        let file = journal.join(file_name(found.tail.segment));
        return Err(damaged(file, 0, "a frame that was acknowledged is missing"));
    }
    let report = CheckReport {
        frames: found.frames,
        sequence: found.tail.sequence,
        torn_bytes: found.torn.map_or(0, |torn| torn.bytes),
        ..CheckReport::default()
    };
    Ok((content, report))
}

fn compare(content: &Content, view: &View, report: &mut CheckReport) -> std::io::Result<()> {
    let mut found = 0_u64;
    for pair in view.range(&Bound::Unbounded, &Bound::Unbounded) {
        let (key, row) = pair?;
        if content.ahead.contains(&key) {
            continue;
        }
        found += 1;
        match content.rows.get(&key) {
            Some(known) if *known == row => {}
            Some(Row::Gone) | None => report.note(Difference::Extra(name(&key))),
            Some(_) => report.note(Difference::Different(name(&key))),
        }
    }
    let expected = content
        .rows
        .iter()
        .filter(|(key, row)| **row != Row::Gone && !content.ahead.contains(*key));
    // Counting first spares a lookup per key in a store that is as it should be.
    if report.is_clean() && expected.clone().count() as u64 == found {
        return Ok(());
    }
    for (key, _) in expected {
        if view.get(key)?.is_none() {
            report.note(Difference::Missing(name(key)));
        }
    }
    Ok(())
}

/// Decodes every job record and looks for the packs it names.
fn check_records(dir: &Path, content: &Content, report: &mut CheckReport) -> std::io::Result<()> {
    let mut named = BTreeMap::<String, u64>::new();
    let jobs = content
        .rows
        .iter()
        .filter(|(key, _)| key.first() == Some(&(Table::Jobs as u8)));
    for (key, row) in jobs {
        let value = match row {
            Row::Gone => continue,
            Row::Inline(value) => value,
            Row::Placed(Place { .. }) => &content.records[key],
        };
        let Ok(record) = serde_json::from_slice::<JobRecord>(value) else {
            report.note(Difference::BadRecord(name(key)));
            continue;
        };
        report.records += 1;
        for row in record.artifacts {
            if let artifact::Place::Pack { pack, offset, len } = row.place {
                let end = named.entry(pack).or_default();
                *end = offset.saturating_add(len).max(*end);
            }
        }
    }
    report.packs = named.len() as u64;
    let dir = dir.join("packs");
    for (pack, end) in &named {
        if !fs::metadata(dir.join(pack)).is_ok_and(|metadata| metadata.len() >= *end) {
            report.note(Difference::BadPack(pack.clone()));
        }
    }
    for entry in fs::read_dir(&dir)? {
        let is_named = entry?
            .file_name()
            .to_str()
            .is_some_and(|name| named.contains_key(name));
        report.packs_orphaned += u64::from(!is_named);
    }
    Ok(())
}

/// A key for people: its table, then hex.
fn name(key: &[u8]) -> String {
    let table = key.first().and_then(|&tag| Table::from_tag(tag));
    let rest = crate::crypto::mac::hex(key.get(1..).unwrap_or_default());
    table.map_or_else(
        || "unknown table".to_owned(),
        |table| format!("{table:?}/{rest}"),
    )
}
