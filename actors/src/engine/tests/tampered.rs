//! A memory store that a test can make slow, full or broken in one place.
//!
//! Invariant: what it does not tamper with is what the memory store does.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::oneshot;

use super::*;
use crate::base::ids::JobId;
use crate::ports::store::{Batch, Op, Pair, Publish, Table};

type Answer = oneshot::Sender<Result<(), StoreError>>;

/// The store.
#[derive(Default)]
pub(super) struct Tampered {
    pub(super) inner: Arc<MemoryStore>,
    /// Commits of this job wait.
    gate: Mutex<Option<JobId>>,
    waiting: Mutex<Vec<(Batch, Answer)>>,
    /// So many second revisions are refused as damaged.
    pub(super) refused_starts: AtomicUsize,
    /// Packs find no space.
    pub(super) is_full: AtomicBool,
    pub(super) refused_packs: AtomicUsize,
    /// Reads of jobs fail.
    pub(super) is_unreadable: AtomicBool,
    /// So many deletions of sessions panic.
    pub(super) session_panics: AtomicUsize,
}

fn spend(count: &AtomicUsize) -> bool {
    let spent = count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        left.checked_sub(1)
    });
    spent.is_ok()
}

impl Tampered {
    pub(super) fn on(inner: Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            ..Self::default()
        })
    }

    /// From now on commits of `job` are submitted, and not durable before [`Self::open`].
    pub(super) fn hold(&self, job: JobId) {
        *self.gate.lock() = Some(job);
    }

    pub(super) fn held(&self) -> usize {
        self.waiting.lock().len()
    }

    pub(super) fn open(&self) {
        *self.gate.lock() = None;
        let waiting = std::mem::take(&mut *self.waiting.lock());
        for (batch, answer) in waiting {
            let outcome = futures_util::FutureExt::now_or_never(self.inner.commit(batch));
            let _ = answer.send(outcome.unwrap());
        }
    }

    /// The job's own batches, and what is submitted behind them.
    fn is_held(&self, batch: &Batch) -> bool {
        let Some(job) = *self.gate.lock() else {
            return false;
        };
        let is_its = batch.guard.is_some_and(|guard| guard.job == job);
        let is_barrier = batch.ops.is_empty() && self.held() > 0;
        is_its || is_barrier
    }
}

impl Store for Tampered {
    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }

    fn publish_to(&self, publish: Arc<dyn Publish>) {
        self.inner.publish_to(publish);
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<(), StoreError>> {
        let ends_session =
            |op: &Op| matches!(op, Op::Delete { table, .. } if *table == Table::Sessions);
        assert!(
            !(batch.ops.iter().any(ends_session) && spend(&self.session_panics)),
            "as ordered"
        );
        let is_start = batch.guard.is_some_and(|guard| guard.revision_before == 1);
        if is_start && spend(&self.refused_starts) {
            let refused = StoreError::Corrupt("as ordered".to_owned());
            return Box::pin(std::future::ready(Err(refused)));
        }
        if self.is_held(&batch) {
            let (answer, outcome) = oneshot::channel();
            self.waiting.lock().push((batch, answer));
            return Box::pin(async move { outcome.await.unwrap() });
        }
        self.inner.commit(batch)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        if table == Table::Jobs && self.is_unreadable.load(Ordering::SeqCst) {
            return Err(StoreError::Read("as ordered".to_owned()));
        }
        self.inner.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        self.inner.scan(table, prefix, after, limit)
    }

    fn write_pack(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::SeqCst) {
            self.refused_packs.fetch_add(1, Ordering::SeqCst);
            return Err(StoreError::ReadOnly);
        }
        self.inner.write_pack(name, content)
    }

    fn read_pack(&self, name: &str, offset: u64, len: u64) -> Result<Bytes, StoreError> {
        self.inner.read_pack(name, offset, len)
    }

    fn remove_pack(&self, name: &str) -> Result<(), StoreError> {
        self.inner.remove_pack(name)
    }

    fn packs(&self) -> Result<Vec<String>, StoreError> {
        self.inner.packs()
    }

    fn accepts(&self) -> bool {
        self.inner.accepts()
    }

    fn close(&self) -> Result<(), StoreError> {
        self.inner.close()
    }
}

/// A bench on such a store.
pub(super) async fn tampered_bench(
    change: impl FnOnce(&mut EngineParts),
) -> (Bench, Arc<Tampered>) {
    let store = Tampered::on(Arc::default());
    let inner = Arc::clone(&store.inner);
    let of_engine = Arc::clone(&store);
    let mut bench = bench_with(move |parts| {
        parts.store = of_engine;
        change(parts);
    })
    .await;
    bench.store = inner;
    (bench, store)
}
