//! The contract suite of the store port: every adapter runs the same tests through [`crate::store_contract`].
//!
//! Invariant: a test here rests on nothing but the port's documentation.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::json;

use super::store::{Batch, Guard, Publish, Store, StoreError, Table};
use crate::base::entropy::SeededEntropy;
use crate::base::ids::{JobId, KeyId};
use crate::base::time::Timestamp;
use crate::domain::job::JobMachine;
use crate::domain::record::JobRecord;

/// Makes one test per clause of the contract. `$open` gives a fresh store and something to keep alive with it.
#[macro_export]
macro_rules! store_contract {
    ($backend:ident, $open:expr) => {
        $crate::store_contract!(@ $backend, $open,
            reads_back_what_was_written,
            deletes_and_overwrites,
            refuses_a_revision_that_does_not_follow,
            refuses_a_stale_epoch,
            refuses_a_new_job_that_exists,
            a_deleted_job_may_be_created_again,
            a_refused_batch_changes_nothing,
            one_batch_may_touch_every_table,
            scans_in_key_order,
            scans_within_a_prefix,
            scans_after_a_key_up_to_a_limit,
            publishes_before_the_answer_in_order,
            large_values_round_trip,
            packs_round_trip,
            pack_names_stay_in_their_directory,
            of_concurrent_committers_one_wins_each_revision,
            a_dropped_future_does_not_take_the_batch_back,
            refuses_commits_after_close,
        );
    };
    (@ $backend:ident, $open:expr, $($clause:ident,)*) => {
        mod $backend {
            use super::*;
            $(
                #[test]
                fn $clause() {
                    let (store, _keep) = $open;
                    $crate::ports::contract::$clause(&store);
                }
            )*
        }
    };
}

/// Waits for a future on this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A job id that depends on `number` only.
pub(crate) fn job(number: u64) -> JobId {
    JobId::new(Timestamp::from_unix_ms(1_000), &SeededEntropy::new(number))
}

/// A record of `job`.
pub(crate) fn record(job: JobId, revision: u64, epoch: u64) -> Arc<JobRecord> {
    let key = KeyId::new(Timestamp::from_unix_ms(1), &SeededEntropy::new(1));
    let record = json!({
        "format": 1, "id": job, "workspace": "default", "key": key, "tool": "aios_full_pipeline",
        "revision": revision, "epoch": epoch, "created_at": 1, "updated_at": 2, "events_count": 0,
        "machine": JobMachine::new(&["strategy"]),
    });
    Arc::new(serde_json::from_value(record).unwrap())
}

/// A batch that writes `revision` of `job` over the one before.
pub(crate) fn write(job: JobId, revision: u64, epoch: u64) -> Batch {
    let record = record(job, revision, epoch);
    let value = serde_json::to_vec(&record).unwrap();
    let mut batch = Batch::default().put(Table::Jobs, job.as_bytes().to_vec(), value);
    batch.guard = Some(Guard {
        job,
        revision_before: revision - 1,
        epoch,
    });
    batch.record = Some(record);
    batch
}

/// Everything in the store, table by table.
pub(crate) fn dump(store: &dyn Store) -> Vec<(Table, Vec<(Bytes, Bytes)>)> {
    let all = |table| (table, store.scan(table, b"", None, usize::MAX).unwrap());
    Table::ALL.into_iter().map(all).collect()
}

fn keys(store: &dyn Store, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<Bytes> {
    let pairs = store.scan(Table::Events, prefix, after, limit).unwrap();
    pairs.into_iter().map(|(key, _)| key).collect()
}

fn fill(store: &dyn Store, names: &[&'static str]) {
    let batch = names.iter().fold(Batch::default(), |batch, name| {
        batch.put(Table::Events, name.as_bytes(), format!("value of {name}"))
    });
    wait(store.commit(batch)).unwrap();
}

pub(crate) fn reads_back_what_was_written(store: &dyn Store) {
    assert_eq!(store.get(Table::Keys, b"a").unwrap(), None);
    wait(store.commit(Batch::default().put(Table::Keys, &b"a"[..], &b"1"[..]))).unwrap();
    wait(store.commit(Batch::default().put(Table::Keys, &b"empty"[..], &b""[..]))).unwrap();
    assert_eq!(store.get(Table::Keys, b"a").unwrap().unwrap(), "1");
    assert_eq!(store.get(Table::Keys, b"empty").unwrap().unwrap(), "");
    assert_eq!(
        store.get(Table::Sessions, b"a").unwrap(),
        None,
        "tables are apart"
    );
}

pub(crate) fn deletes_and_overwrites(store: &dyn Store) {
    let twice = Batch::default()
        .put(Table::Keys, &b"a"[..], &b"1"[..])
        .put(Table::Keys, &b"a"[..], &b"2"[..])
        .put(Table::Keys, &b"b"[..], &b"3"[..])
        .delete(Table::Keys, &b"b"[..]);
    wait(store.commit(twice)).unwrap();
    assert_eq!(store.get(Table::Keys, b"a").unwrap().unwrap(), "2");
    assert_eq!(store.get(Table::Keys, b"b").unwrap(), None);
    wait(store.commit(Batch::default().delete(Table::Keys, &b"a"[..]))).unwrap();
    wait(store.commit(Batch::default().delete(Table::Keys, &b"never there"[..]))).unwrap();
    assert_eq!(store.scan(Table::Keys, b"", None, 10).unwrap(), []);
}

pub(crate) fn refuses_a_revision_that_does_not_follow(store: &dyn Store) {
    let job = job(1);
    wait(store.commit(write(job, 1, 1))).unwrap();
    let conflict = StoreError::Conflict {
        job,
        revision: 1,
        epoch: 1,
    };
    assert_eq!(wait(store.commit(write(job, 1, 1))), Err(conflict.clone()));
    assert_eq!(wait(store.commit(write(job, 3, 1))), Err(conflict));
    wait(store.commit(write(job, 2, 1))).unwrap();
}

pub(crate) fn refuses_a_stale_epoch(store: &dyn Store) {
    let job = job(1);
    wait(store.commit(write(job, 1, 5))).unwrap();
    let conflict = StoreError::Conflict {
        job,
        revision: 1,
        epoch: 5,
    };
    assert_eq!(wait(store.commit(write(job, 2, 4))), Err(conflict));
    wait(store.commit(write(job, 2, 6))).unwrap();
}

pub(crate) fn refuses_a_new_job_that_exists(store: &dyn Store) {
    let mut first = write(job(1), 1, 1);
    first.guard = None;
    wait(store.commit(first)).unwrap();
    let refused = wait(store.commit(write(job(1), 1, 1)));
    assert!(
        matches!(refused, Err(StoreError::Conflict { revision: 1, .. })),
        "{refused:?}"
    );
    let absent = wait(store.commit(write(job(2), 2, 1)));
    assert!(
        matches!(absent, Err(StoreError::Conflict { revision: 0, .. })),
        "{absent:?}"
    );
}

pub(crate) fn a_deleted_job_may_be_created_again(store: &dyn Store) {
    wait(store.commit(write(job(1), 1, 1))).unwrap();
    let key = job(1).as_bytes().to_vec();
    wait(store.commit(Batch::default().delete(Table::Jobs, key))).unwrap();
    wait(store.commit(write(job(1), 1, 1))).unwrap();
}

pub(crate) fn a_refused_batch_changes_nothing(store: &dyn Store) {
    wait(store.commit(write(job(1), 1, 1))).unwrap();
    let before = dump(store);
    let refused = write(job(1), 7, 1).put(Table::Events, &b"e"[..], &b"1"[..]);
    assert!(wait(store.commit(refused)).is_err());
    let long = Batch::default().put(Table::Events, vec![7; 257], &b""[..]);
    assert!(wait(store.commit(long)).is_err());
    let large = Batch::default().put(Table::Inputs, &b"i"[..], vec![7; 8 * 1024 * 1024 + 1]);
    assert!(wait(store.commit(large)).is_err());
    assert_eq!(dump(store), before);
}

pub(crate) fn one_batch_may_touch_every_table(store: &dyn Store) {
    let batch = Table::ALL.into_iter().filter(|table| *table != Table::Jobs);
    let batch = batch.fold(Batch::default(), |batch, table| {
        batch.put(table, vec![table as u8; 3], vec![table as u8])
    });
    wait(store.commit(batch)).unwrap();
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Jobs) {
        let pairs = store.scan(table, b"", None, 9).unwrap();
        assert_eq!(
            pairs,
            [(vec![table as u8; 3].into(), vec![table as u8].into())]
        );
    }
}

pub(crate) fn scans_in_key_order(store: &dyn Store) {
    fill(store, &["m", "z", "a"]);
    fill(store, &["b", "", "aa"]);
    assert_eq!(keys(store, b"", None, 99), ["", "a", "aa", "b", "m", "z"]);
    let pairs = store.scan(Table::Events, b"m", None, 1).unwrap();
    assert_eq!(pairs, [("m".into(), "value of m".into())]);
}

pub(crate) fn scans_within_a_prefix(store: &dyn Store) {
    fill(store, &["a", "ab", "abc", "ac", "b"]);
    assert_eq!(keys(store, b"ab", None, 99), ["ab", "abc"]);
    assert_eq!(keys(store, b"c", None, 99), [""; 0]);
    let high = Batch::default()
        .put(Table::Events, vec![0xFF, 0xFF], &b""[..])
        .put(Table::Open, &b"other table"[..], &b""[..]);
    wait(store.commit(high)).unwrap();
    assert_eq!(keys(store, &[0xFF], None, 99), [vec![0xFF, 0xFF]]);
}

pub(crate) fn scans_after_a_key_up_to_a_limit(store: &dyn Store) {
    fill(store, &["a1", "a2", "a3", "a4", "b1"]);
    assert_eq!(keys(store, b"a", None, 2), ["a1", "a2"]);
    assert_eq!(keys(store, b"a", Some(b"a2"), 2), ["a3", "a4"]);
    assert_eq!(
        keys(store, b"a", Some(b"a25"), 9),
        ["a3", "a4"],
        "need not exist"
    );
    assert_eq!(keys(store, b"a", Some(b"a4"), 9), [""; 0]);
    assert_eq!(
        keys(store, b"a", Some(b"0"), 9).len(),
        4,
        "before the prefix"
    );
    assert_eq!(
        keys(store, b"a", Some(b"c"), 9),
        [""; 0],
        "behind the prefix"
    );
    assert_eq!(keys(store, b"a", None, 0), [""; 0]);
}

/// Notes what it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<(JobId, u64)>>);

impl Publish for Heard {
    fn publish(&self, record: Arc<JobRecord>) {
        self.0.lock().push((record.id, record.revision));
    }
}

pub(crate) fn publishes_before_the_answer_in_order(store: &dyn Store) {
    let heard = Arc::new(Heard::default());
    store.publish_to(Arc::clone(&heard) as Arc<dyn Publish>);
    wait(store.commit(write(job(1), 1, 1))).unwrap();
    assert_eq!(*heard.0.lock(), [(job(1), 1)]);
    assert!(wait(store.commit(write(job(1), 5, 1))).is_err());
    let all: Vec<_> = (2..=40)
        .map(|revision| store.commit(write(job(1), revision, 1)))
        .collect();
    for (revision, future) in (2..).zip(all) {
        wait(future).unwrap();
        assert!(heard.0.lock().contains(&(job(1), revision)));
    }
    let expected: Vec<_> = (1..=40).map(|revision| (job(1), revision)).collect();
    assert_eq!(*heard.0.lock(), expected);
}

pub(crate) fn large_values_round_trip(store: &dyn Store) {
    let sizes = [6 * 1024, 6 * 1024 + 1, 64 * 1024, 8 * 1024 * 1024];
    let value = |len: usize| (0..=250_u8).cycle().take(len).collect::<Vec<_>>();
    for len in sizes {
        let batch = Batch::default().put(Table::Inputs, len.to_string(), value(len));
        wait(store.commit(batch)).unwrap();
    }
    for len in sizes {
        let read = store
            .get(Table::Inputs, len.to_string().as_bytes())
            .unwrap()
            .unwrap();
        assert!(read == value(len), "{len}");
    }
    let lens = store.scan(Table::Inputs, b"", None, 9).unwrap();
    let total: usize = lens.iter().map(|(_, value)| value.len()).sum();
    assert_eq!(total, sizes.iter().sum::<usize>());
}

pub(crate) fn packs_round_trip(store: &dyn Store) {
    store.write_pack("art_2", b"0123456789").unwrap();
    store.write_pack("art_1", b"").unwrap();
    assert_eq!(store.read_pack("art_2", 3, 4).unwrap(), "3456");
    assert_eq!(store.read_pack("art_2", 0, 10).unwrap(), "0123456789");
    assert!(matches!(
        store.read_pack("art_2", 8, 3),
        Err(StoreError::Read(_))
    ));
    assert!(matches!(
        store.read_pack("art_2", u64::MAX, 3),
        Err(StoreError::Read(_))
    ));
    assert!(matches!(
        store.read_pack("art_3", 0, 1),
        Err(StoreError::Read(_))
    ));
    assert_eq!(store.packs().unwrap(), ["art_1", "art_2"]);
    store.remove_pack("art_1").unwrap();
    store.remove_pack("art_1").unwrap();
    assert_eq!(store.packs().unwrap(), ["art_2"]);
}

pub(crate) fn pack_names_stay_in_their_directory(store: &dyn Store) {
    for name in ["../out", "a/b", ".hidden", ""] {
        assert!(store.write_pack(name, b"1").is_err(), "{name}");
        assert!(store.read_pack(name, 0, 1).is_err(), "{name}");
    }
    assert_eq!(store.packs().unwrap(), [""; 0]);
}

pub(crate) fn of_concurrent_committers_one_wins_each_revision(store: &dyn Store) {
    const THREADS: u64 = 4;
    const REVISIONS: u64 = 25;
    let wins: u64 = std::thread::scope(|scope| {
        let commit_all = || {
            let mine = |revision| wait(store.commit(write(job(9), revision, 1))).is_ok();
            (1..=REVISIONS).filter(|&revision| mine(revision)).count() as u64
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(commit_all)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    let stored = store.get(Table::Jobs, job(9).as_bytes()).unwrap().unwrap();
    let stored: JobRecord = serde_json::from_slice(&stored).unwrap();
    assert_eq!(stored.revision, wins, "each revision was won once");
    assert_eq!(stored.revision, REVISIONS);
}

pub(crate) fn a_dropped_future_does_not_take_the_batch_back(store: &dyn Store) {
    drop(store.commit(write(job(1), 1, 1)));
    wait(store.commit(write(job(1), 2, 1))).unwrap();
}

pub(crate) fn refuses_commits_after_close(store: &dyn Store) {
    wait(store.commit(write(job(1), 1, 1))).unwrap();
    assert!(store.accepts());
    store.close().unwrap();
    assert!(!store.accepts());
    let refused = wait(store.commit(write(job(1), 2, 1)));
    assert!(
        matches!(refused, Err(StoreError::Stopped(_))),
        "{refused:?}"
    );
}
