//! Adapters of the store port, and the rules they share.
//!
//! Invariant: every adapter passes the same contract suite ([`crate::ports::store`] says what it promises), so that the
//! engine cannot tell them apart.

use std::sync::Arc;

use serde::Deserialize;

use crate::base::ids::JobId;
use crate::ports::store::{Batch, Guard, Op, StoreError, Table};

pub mod local;
pub mod memory;

/// Longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 256;

/// Most bytes of values in one batch: an input of any allowed size rides in a frame.
pub const BATCH_VALUE_BYTES_MAX: usize = 8 << 20;

/// Longest name of a pack, in bytes.
const PACK_NAME_BYTES_MAX: usize = 128;

/// What a guard is compared with: where the stored record of a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Head {
    /// Revision; 0 when there is no record.
    pub(crate) revision: u64,
    /// Epoch of its writer.
    pub(crate) epoch: u64,
}

impl Head {
    /// Reads the head out of a stored record, without the rest of it.
    pub(crate) fn of_value(value: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(value)
            .map_err(|error| StoreError::Corrupt(format!("a job record: {error}")))
    }

    /// Compares this head with what `guard` expects.
    pub(crate) fn check(self, guard: &Guard) -> Result<(), StoreError> {
        if self.revision == guard.revision_before && guard.epoch >= self.epoch {
            return Ok(());
        }
        let Self { revision, epoch } = self;
        Err(StoreError::Conflict {
            job: guard.job,
            revision,
            epoch,
        })
    }
}

/// The job whose record `op` touches, if it is one.
fn job_of(op: &Op) -> Option<JobId> {
    let (Op::Put { table, key, .. } | Op::Delete { table, key }) = op;
    if *table != Table::Jobs {
        return None;
    }
    <[u8; 16]>::try_from(key.as_ref())
        .ok()
        .map(JobId::from_bytes)
}

/// Heads of the job records that `batch` writes or removes, in the order of its operations.
pub(crate) fn heads_after(batch: &Batch) -> Result<Vec<(JobId, Head)>, StoreError> {
    let mut heads = Vec::new();
    for op in &batch.ops {
        let Some(job) = job_of(op) else { continue };
        let head = match op {
            Op::Delete { .. } => Head::default(),
            Op::Put { value, .. } => match batch.record.as_ref().filter(|known| known.id == job) {
                Some(record) => Head {
                    revision: record.revision,
                    epoch: record.epoch,
                },
                None => Head::of_value(value)?,
            },
        };
        heads.push((job, head));
    }
    Ok(heads)
}

/// Refuses a batch that no adapter takes: keys and the values together have limits.
pub(crate) fn check_shape(batch: &Batch, value_bytes_max: usize) -> Result<(), StoreError> {
    let mut value_bytes = 0;
    for op in &batch.ops {
        let (Op::Put { key, .. } | Op::Delete { key, .. }) = op;
        if key.len() > KEY_BYTES_MAX {
            return Err(StoreError::Corrupt(format!(
                "a key above {KEY_BYTES_MAX} bytes"
            )));
        }
        if let Op::Put { value, .. } = op {
            value_bytes += value.len();
        }
    }
    if value_bytes > value_bytes_max {
        return Err(StoreError::Corrupt(format!(
            "a batch above {value_bytes_max} bytes"
        )));
    }
    Ok(())
}

/// Refuses names that could leave the directory or meet a temporary file: those start with a dot.
pub(crate) fn check_pack_name(name: &str) -> Result<(), StoreError> {
    let is_plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.')
    };
    let fits = (1..=PACK_NAME_BYTES_MAX).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(is_plain);
    if fits {
        Ok(())
    } else {
        Err(StoreError::Corrupt("the name of a pack".to_owned()))
    }
}

/// The first key after every key that starts with `prefix`; `None` when there is no such key.
pub(crate) fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// Who hears of durable records; empty until [`crate::ports::store::Store::publish_to`].
pub(crate) type Listener = parking_lot::RwLock<Option<Arc<dyn crate::ports::store::Publish>>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_one_starts() {
        assert_eq!(prefix_end(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(prefix_end(&[1, 0xFF]), Some(vec![2]));
        assert_eq!(prefix_end(&[0xFF]), None);
        assert_eq!(prefix_end(b""), None);
    }

    #[test]
    fn a_name_cannot_leave_the_directory() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "../a",
            "A",
            ".tmp-1",
            "a b",
            "ä",
            &"a".repeat(129),
        ] {
            assert!(check_pack_name(name).is_err(), "{name}");
        }
        for name in ["art_01k", "0f-2.pack", "job_1-3"] {
            assert!(check_pack_name(name).is_ok(), "{name}");
        }
    }
}
