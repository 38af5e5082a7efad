//! The store in memory: for tests, simulation and the contract suite's second opinion.
//!
//! Invariant: the same as every adapter's, and nothing depends on threads or time: a commit is done when `commit`
//! returns, and iteration is in key order.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parking_lot::{Mutex, RwLock};

use super::{
    BATCH_VALUE_BYTES_MAX, Head, Listener, check_pack_name, check_shape, heads_after, prefix_end,
};
use crate::base::ids::JobId;
use crate::ports::store::{Batch, Op, Pair, Publish, Store, StoreError, Table};

/// A store that forgets everything when it is dropped.
pub struct MemoryStore {
    epoch: u64,
    rows: RwLock<BTreeMap<(Table, Bytes), Bytes>>,
    /// Held for the whole of a commit, so that records are published in the order in which they were applied.
    heads: Mutex<HashMap<JobId, Head>>,
    packs: RwLock<BTreeMap<String, Bytes>>,
    listener: Listener,
    closed: AtomicBool,
    /// What commits are answered instead of being applied, and how often that happened.
    refusal: Mutex<(Option<StoreError>, usize)>,
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(1)
    }
}

impl MemoryStore {
    /// An empty store that says it is start number `epoch`.
    pub fn new(epoch: u64) -> Self {
        Self {
            epoch,
            rows: RwLock::default(),
            heads: Mutex::default(),
            packs: RwLock::default(),
            listener: Listener::default(),
            closed: AtomicBool::new(false),
            refusal: Mutex::default(),
        }
    }

    /// The same rows and packs as start number `epoch`: what a restart would find. For simulation.
    #[must_use]
    pub fn restarted(&self, epoch: u64) -> Self {
        let heads = self.heads.lock();
        Self {
            rows: RwLock::new(self.rows.read().clone()),
            heads: Mutex::new(heads.clone()),
            packs: RwLock::new(self.packs.read().clone()),
            ..Self::new(epoch)
        }
    }

    /// Answers every commit with `refusal` from now on; `None` takes them again. For simulation.
    pub fn refuse(&self, refusal: Option<StoreError>) {
        self.refusal.lock().0 = refusal;
    }

    /// How many commits were refused on purpose.
    pub fn refused(&self) -> usize {
        self.refusal.lock().1
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let mut refusal = self.refusal.lock();
        if let Some(error) = refusal.0.clone() {
            refusal.1 += 1;
            return Err(error);
        }
        drop(refusal);
        let mut heads = self.heads.lock();
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::Stopped("closed".to_owned()));
        }
        check_shape(&batch, BATCH_VALUE_BYTES_MAX)?;
        if let Some(guard) = &batch.guard {
            heads
                .get(&guard.job)
                .copied()
                .unwrap_or_default()
                .check(guard)?;
        }
        heads.extend(heads_after(&batch)?);
        let mut rows = self.rows.write();
        for op in batch.ops {
            match op {
                Op::Put { table, key, value } => rows.insert((table, key), value),
                Op::Delete { table, key } => rows.remove(&(table, key)),
            };
        }
        drop(rows);
        let listener = self.listener.read().clone();
        if let (Some(listener), Some(record)) = (listener, batch.record) {
            listener.publish(record);
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn publish_to(&self, publish: Arc<dyn Publish>) {
        *self.listener.write() = Some(publish);
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(std::future::ready(self.apply(batch)))
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self
            .rows
            .read()
            .get(&(table, Bytes::copy_from_slice(key)))
            .cloned())
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let start = match after.filter(|&after| after >= prefix) {
            Some(after) => Bound::Excluded((table, Bytes::copy_from_slice(after))),
            None => Bound::Included((table, Bytes::copy_from_slice(prefix))),
        };
        let end = prefix_end(prefix);
        let rows = self.rows.read();
        let pairs = rows
            .range((start, Bound::Unbounded))
            .take_while(|((of, key), _)| {
                *of == table && end.as_deref().is_none_or(|end| key.as_ref() < end)
            })
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()));
        Ok(pairs.collect())
    }

    fn write_pack(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        check_pack_name(name)?;
        self.packs
            .write()
            .insert(name.to_owned(), Bytes::copy_from_slice(content));
        Ok(())
    }

    fn read_pack(&self, name: &str, offset: u64, len: u64) -> Result<Bytes, StoreError> {
        check_pack_name(name)?;
        let packs = self.packs.read();
        let content = packs
            .get(name)
            .ok_or_else(|| StoreError::Read("no such pack".to_owned()))?;
        let range = usize::try_from(offset)
            .ok()
            .and_then(|from| Some(from..from.checked_add(usize::try_from(len).ok()?)?))
            .filter(|range| range.end <= content.len());
        range
            .map(|range| content.slice(range))
            .ok_or_else(|| StoreError::Read("a pack is too short".to_owned()))
    }

    fn remove_pack(&self, name: &str) -> Result<(), StoreError> {
        check_pack_name(name)?;
        self.packs.write().remove(name);
        Ok(())
    }

    fn packs(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.packs.read().keys().cloned().collect())
    }

    fn accepts(&self) -> bool {
        !self.closed.load(Ordering::Acquire)
    }

    fn close(&self) -> Result<(), StoreError> {
        let _no_commit_under_way = self.heads.lock();
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::store_contract!(in_memory, (MemoryStore::default(), ()));
}
