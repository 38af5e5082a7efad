//! Restarts, drains and stores that do not take a commit.
//!
//! Invariant under test: no attempt is burnt for what is not the agent's fault, and finished phases do not run again.

use super::*;
use crate::ports::store::Table;

#[tokio::test]
async fn after_a_restart_an_unfinished_job_goes_on_and_finished_phases_do_not_run_again() {
    let bench = bench().await;
    bench.script.act("ux", Act::Hang);
    let view = bench.submit(&ALL).await;
    bench
        .until(&view, |view| {
            view.record
                .machine
                .current()
                .is_some_and(|s| s.name == "ux")
        })
        .await;
    // No drain: the process is gone.
    let script = Arc::new(Scripted::default());
    let store = Arc::new(bench.store.restarted(2));
    let engine = engine_on(store, Arc::clone(&bench.keyring), Arc::clone(&script)).await;
    let after = engine
        .wait(&bench.principal, view.record.id, None, LONG)
        .await
        .unwrap();
    assert_eq!(*after.record.state(), JobState::Completed);
    let calls: Vec<_> = script.calls.lock().clone();
    assert_eq!(calls, [("ux".to_owned(), 1), ("code".to_owned(), 1)]);
    let (_, bytes) = engine
        .artifact(&bench.principal, after.record.id, "strategy.txt")
        .await
        .unwrap();
    assert!(bytes.starts_with(b"strategy of"));
}

#[tokio::test]
async fn a_drain_burns_no_attempt() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Hang);
    let view = bench.submit(&ALL).await;
    bench
        .until(&view, |view| view.record.machine.current().is_some())
        .await;
    bench.engine.drain(Duration::from_millis(50)).await;
    let refused = bench
        .engine
        .submit(&bench.principal, request(&ALL))
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::Draining);
    let script = Arc::new(Scripted::default());
    let store = Arc::new(bench.store.restarted(2));
    let engine = engine_on(store, Arc::clone(&bench.keyring), script).await;
    let after = engine
        .wait(&bench.principal, view.record.id, None, LONG)
        .await
        .unwrap();
    assert_eq!(*after.record.state(), JobState::Completed);
    assert_eq!(after.record.machine.steps()[0].attempt, 1);
}

#[tokio::test]
async fn a_full_store_holds_a_finished_step_and_burns_no_attempt() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Wait);
    let view = bench.submit(&["strategy"]).await;
    bench
        .until(&view, |view| view.record.machine.current().is_some())
        .await;
    bench.store.refuse(Some(StoreError::ReadOnly));
    bench.script.act("strategy", Act::Deliver);
    while bench.store.refused() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let held = bench
        .engine
        .job(&bench.principal, view.record.id)
        .await
        .unwrap();
    assert!(!held.record.state().is_terminal());
    bench.store.refuse(None);
    let after = bench.finish(&view).await;
    assert_eq!(*after.record.state(), JobState::Completed);
    assert_eq!(bench.script.calls_of("strategy"), 1);
}

#[tokio::test]
async fn a_step_that_this_version_does_not_know_fails_its_job() {
    let bench = bench().await;
    bench.script.act("ux", Act::Hang);
    let view = bench.submit(&["ux"]).await;
    eventually("it runs", || bench.script.calls_of("ux") == 1).await;
    let store = Arc::new(bench.store.restarted(2));
    let keyring = Arc::clone(&bench.keyring);
    let engine = engine_with(store, keyring, Arc::default(), |parts| {
        let steps = parts.pipeline.steps().to_vec();
        let known = steps.into_iter().filter(|step| step.name != "ux");
        parts.pipeline = Pipeline::new(known.collect());
    })
    .await;
    let after = engine
        .wait(&bench.principal, view.record.id, None, LONG)
        .await;
    let after = after.unwrap();
    assert_eq!(
        after.record.state().error().unwrap().code,
        ErrorCode::AgentFailure
    );
}

#[tokio::test]
async fn who_asks_for_a_second_drain_waits_for_the_first() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Hang);
    bench.submit(&ALL).await;
    eventually("it runs", || bench.script.calls_of("strategy") == 1).await;
    let engine = bench.engine.clone();
    let first = tokio::spawn(async move { engine.drain(Duration::from_millis(50)).await });
    eventually("it began", || bench.engine.health().draining).await;
    bench.engine.drain(Duration::ZERO).await;
    assert!(!bench.store.accepts(), "the store was not closed yet");
    first.await.unwrap();
}

#[tokio::test]
async fn every_kind_of_open_job_is_recovered_with_its_books() {
    let bench = bench_with(|parts| {
        parts.settings.running_jobs_max = 2;
        parts.settings.job.retry.base = Duration::from_secs(2);
    })
    .await;
    bench.script.act("strategy", Act::Hang);
    bench.script.act("ux", Act::Fail);
    let running = bench.submit_nth(1, &["strategy"]).await;
    let backoff = bench.submit_nth(2, &["ux"]).await;
    bench
        .until(&backoff, |view| {
            matches!(view.record.state(), JobState::Backoff { .. })
        })
        .await;
    let keyed = |spec| JobRequest {
        idempotency_key: Some("k".to_owned()),
        ..nth(spec, &["code"])
    };
    let queued = bench
        .engine
        .submit(&bench.principal, keyed(3))
        .await
        .unwrap()
        .view;
    let (store, script) = (
        Arc::new(bench.store.restarted(2)),
        Arc::new(Scripted::default()),
    );
    script.act("strategy", Act::Wait);
    let engine = engine_on(
        Arc::clone(&store),
        Arc::clone(&bench.keyring),
        Arc::clone(&script),
    )
    .await;
    assert_eq!(engine.health().jobs_open, 3);
    let attached = engine
        .submit(&bench.principal, nth(1, &["strategy"]))
        .await
        .unwrap();
    assert_eq!(
        (attached.attached, attached.view.record.id),
        (true, running.record.id)
    );
    let again = engine.submit(&bench.principal, keyed(3)).await.unwrap();
    assert_eq!(again.view.record.id, queued.record.id);
    script.act("strategy", Act::Deliver);
    for (view, attempt) in [(&running, 1), (&backoff, 2), (&queued, 1)] {
        let after = engine.wait(&bench.principal, view.record.id, None, LONG);
        let after = after.await.unwrap();
        assert_eq!(*after.record.state(), JobState::Completed);
        assert_eq!(after.record.machine.steps()[0].attempt, attempt);
        let seqs: Vec<_> = after.record.events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=after.record.events_count).collect::<Vec<_>>());
    }
    assert_books_are_closed(&engine, &store, &bench.principal);
}

fn assert_books_are_closed(engine: &Engine, store: &MemoryStore, principal: &Principal) {
    for table in [Table::Open, Table::Events] {
        assert!(store.scan(table, &[], None, 9).unwrap().is_empty());
    }
    assert_eq!(engine.0.deps.intake.open_jobs(principal.key), 0);
}
