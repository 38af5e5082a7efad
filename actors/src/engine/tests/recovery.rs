//! Restarts, drains and stores that do not take a commit.
//!
//! Invariant under test: no attempt is burnt for what is not the agent's fault, and finished phases do not run again.

use super::*;

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
