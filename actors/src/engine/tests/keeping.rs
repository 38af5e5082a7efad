//! What is kept, what goes, and what a key still names.
//!
//! Invariant under test: nothing that is due stays, nothing goes that something still needs, and nothing runs twice.

use std::sync::atomic::{AtomicU64, Ordering};

use super::tampered::tampered_bench;
use super::*;
use crate::base::ids::{ArtifactId, JobId};
use crate::base::time::{Clock, ManualClock, Timestamp};
use crate::domain::artifact::Place;
use crate::domain::record::JobRecord;
use crate::ports::store::{Batch, Table};

const HOUR: Duration = Duration::from_hours(1);
const NOON: Timestamp = Timestamp::from_unix_ms(1_795_262_400_000);

fn exists(bench: &Bench, id: JobId) -> bool {
    bench
        .store
        .get(Table::Jobs, id.as_bytes())
        .unwrap()
        .is_some()
}

/// A bench with a janitor that never rests, and a clock that stands.
async fn standing_bench(retention: Duration) -> (Bench, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOON));
    let of_engine = Arc::clone(&clock);
    let bench = bench_with(move |parts| {
        parts.clock = of_engine;
        parts.settings.artifact_retention = retention;
        parts.settings.janitor_interval = Duration::from_millis(5);
    })
    .await;
    (bench, clock)
}

#[tokio::test]
async fn old_jobs_that_are_not_due_do_not_hide_those_that_are() {
    let (bench, clock) = standing_bench(HOUR).await;
    let view = bench.submit(&["strategy"]).await;
    let view = bench.finish(&view).await;
    let before = Timestamp::from_unix_ms(NOON.unix_ms() - 1);
    let mut batch = Batch::default();
    for n in 0..1_500_u16 {
        let mut id = *JobId::earliest(before).as_bytes();
        id[6..8].copy_from_slice(&n.to_be_bytes());
        let mut record: JobRecord = (*view.record).clone();
        record.id = JobId::from_bytes(id);
        record.expires_at = Some(NOON.plus(10 * HOUR));
        record.artifacts.clear();
        batch = batch.put(Table::Jobs, id.to_vec(), record.to_stored());
    }
    bench.store.commit(batch).await.unwrap();
    clock.advance(2 * HOUR);
    eventually("the job that is due went", || {
        !exists(&bench, view.record.id)
    })
    .await;
    eventually("its pack went", || bench.store.packs().unwrap().is_empty()).await;
    let left = bench.store.scan(Table::Jobs, &[], None, 2_000).unwrap();
    assert_eq!(left.len(), 1_500);
}

#[tokio::test]
async fn every_input_that_is_due_goes_in_one_round() {
    let bench = bench().await;
    let mut batch = Batch::default();
    for n in 0..2_500_u16 {
        let id = [&n.to_be_bytes()[..], &[0; 14]].concat();
        let due = [&1_000_u64.to_be_bytes()[..], &id].concat();
        batch = batch
            .put(Table::Inputs, id, "sealed")
            .put(Table::Due, due, "");
    }
    bench.store.commit(batch).await.unwrap();
    let round = crate::tree::janitor::remove_due(&bench.engine.0.deps);
    round.await.unwrap();
    for table in [Table::Inputs, Table::Due] {
        assert!(bench.store.scan(table, &[], None, 1).unwrap().is_empty());
    }
}

#[tokio::test]
async fn packs_that_no_job_names_are_swept_after_a_start_and_others_stay() {
    let bench = bench().await;
    let view = bench.submit(&["strategy"]).await;
    let view = bench.finish(&view).await;
    let early = Timestamp::from_unix_ms(1_000);
    let orphan = ArtifactId::new(early, &SeededEntropy::new(9)).to_string();
    let store = Arc::new(bench.store.restarted(2));
    store.write_pack(&orphan, b"left behind").unwrap();
    let keyring = Arc::clone(&bench.keyring);
    let engine = engine_with(
        Arc::clone(&store) as Arc<dyn Store>,
        keyring,
        Arc::default(),
        |parts| {
            parts.settings.janitor_interval = Duration::from_millis(5);
        },
    )
    .await;
    eventually("it was swept", || !store.packs().unwrap().contains(&orphan)).await;
    assert_eq!(store.packs().unwrap().len(), 1);
    let read = engine
        .artifact(&bench.principal, view.record.id, "strategy.big")
        .await;
    assert_eq!(read.unwrap().1.len(), 100_000);
}

#[tokio::test]
async fn a_key_that_names_a_newer_job_keeps_naming_it_when_the_older_one_goes() {
    let (bench, clock) = standing_bench(30 * HOUR).await;
    let keyed = || JobRequest {
        idempotency_key: Some("k".to_owned()),
        ..request(&["strategy"])
    };
    let old = bench
        .engine
        .submit(&bench.principal, keyed())
        .await
        .unwrap();
    bench.finish(&old.view).await;
    clock.advance(25 * HOUR);
    let new = bench
        .engine
        .submit(&bench.principal, keyed())
        .await
        .unwrap();
    assert!(!new.attached);
    bench.finish(&new.view).await;
    clock.advance(6 * HOUR);
    eventually("the old one went", || !exists(&bench, old.view.record.id)).await;
    let again = bench
        .engine
        .submit(&bench.principal, keyed())
        .await
        .unwrap();
    assert_eq!(
        (again.attached, again.view.record.id),
        (true, new.view.record.id)
    );
    let store = Arc::new(bench.store.restarted(2));
    let engine = engine_on(store, Arc::clone(&bench.keyring), Arc::default()).await;
    let after = engine.submit(&bench.principal, keyed()).await.unwrap();
    assert_eq!(after.view.record.id, new.view.record.id);
}

#[tokio::test]
async fn a_repeat_that_cannot_be_read_is_an_error_and_never_a_second_job() {
    let (bench, store) = tampered_bench(|parts| parts.settings.finished_views_max = 0).await;
    let keyed = || JobRequest {
        idempotency_key: Some("k".to_owned()),
        ..request(&["strategy"])
    };
    let first = bench
        .engine
        .submit(&bench.principal, keyed())
        .await
        .unwrap();
    bench.finish(&first.view).await;
    store.is_unreadable.store(true, Ordering::SeqCst);
    let refused = bench.engine.submit(&bench.principal, keyed()).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::InternalError);
    store.is_unreadable.store(false, Ordering::SeqCst);
    let again = bench
        .engine
        .submit(&bench.principal, keyed())
        .await
        .unwrap();
    assert_eq!(again.view.record.id, first.view.record.id);
}

#[tokio::test]
async fn a_job_whose_parent_was_deleted_says_so_instead_of_going_on_without() {
    let bench = bench_with(|parts| parts.settings.running_jobs_max = 1).await;
    let parent = bench.submit(&["strategy"]).await;
    let parent = bench.finish(&parent).await.record.id;
    bench.script.act("strategy", Act::Wait);
    let blocker = bench.submit_nth(1, &["strategy"]).await;
    let child = JobRequest {
        from_job: Some(parent),
        ..nth(2, &["architecture"])
    };
    let child = bench
        .engine
        .submit(&bench.principal, child)
        .await
        .unwrap()
        .view;
    let batch = Batch::default().delete(Table::Jobs, parent.as_bytes().to_vec());
    bench.store.commit(batch).await.unwrap();
    bench.engine.0.deps.view.remove(parent);
    bench.script.act("strategy", Act::Deliver);
    bench.finish(&blocker).await;
    let child = bench.finish(&child).await;
    assert_eq!(
        child.record.state().error().unwrap().code,
        ErrorCode::InputExpired
    );
    assert_eq!(bench.script.calls_of("architecture"), 0);
}

#[tokio::test]
async fn a_full_disk_holds_a_step_whose_pack_does_not_fit_and_burns_no_attempt() {
    let (bench, store) = tampered_bench(|_| {}).await;
    store.is_full.store(true, Ordering::SeqCst);
    let view = bench.submit(&["strategy"]).await;
    eventually("it was refused", || {
        store.refused_packs.load(Ordering::SeqCst) > 2
    })
    .await;
    store.is_full.store(false, Ordering::SeqCst);
    let view = bench.finish(&view).await;
    assert_eq!(*view.record.state(), JobState::Completed);
    assert_eq!(view.record.machine.steps()[0].attempt, 1);
    assert_eq!(bench.script.calls_of("strategy"), 1);
    let packs: Vec<_> = view.record.artifacts.iter().map(|row| &row.place).collect();
    assert!(
        packs
            .iter()
            .any(|place| matches!(place, Place::Pack { .. }))
    );
}

/// Two callers that read the time in one order and get their ids in the other.
struct Stepping(AtomicU64);

impl Clock for Stepping {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn an_input_is_sealed_for_the_hour_that_its_id_names() {
    let clock = Arc::new(Stepping(AtomicU64::new(NOON.unix_ms())));
    let of_engine = Arc::clone(&clock);
    let bench = bench_with(|parts| parts.clock = of_engine).await;
    let first = bench.submit_nth(1, &["strategy"]).await;
    clock.0.fetch_sub(1, Ordering::SeqCst);
    let second = bench.submit_nth(2, &["strategy"]).await;
    assert_eq!(second.record.id.made_at(), first.record.id.made_at());
    let hour = NOON.unix_ms() / 3_600_000;
    assert_eq!(bench.keyring.input_buckets().unwrap(), [hour]);
}

#[tokio::test]
async fn arguments_that_no_frame_holds_are_the_callers_fault() {
    let bench = bench().await;
    let huge = JobRequest {
        arguments: json!({ "spec": "x".repeat(9 << 20) }),
        ..request(&["strategy"])
    };
    let refused = bench
        .engine
        .submit(&bench.principal, huge)
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidInput);
    assert!(!refused.message.contains("xxx"));
}
