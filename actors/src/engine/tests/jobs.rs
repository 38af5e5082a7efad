//! Jobs end to end: artifacts, retries, panics of providers, cancel, circuits, watchers.
//!
//! Invariant under test: what was acknowledged ends once, and whoever watches hears of it.

use super::*;

#[tokio::test]
async fn a_pipeline_runs_to_its_end_and_its_artifacts_can_be_read() {
    let bench = bench().await;
    let view = bench.submit(&ALL).await;
    let view = bench.finish(&view).await;
    assert_eq!(*view.record.state(), JobState::Completed);
    assert_eq!(view.record.progress_percent(), 100);
    let seqs: Vec<_> = view.record.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    for (name, len) in [("ux.txt", 16), ("code.big", 100_000)] {
        let read = bench
            .engine
            .artifact(&bench.principal, view.record.id, name)
            .await;
        let (row, bytes) = read.unwrap();
        assert_eq!(
            (row.bytes, bytes.len()),
            (len, usize::try_from(len).unwrap())
        );
    }
}

#[tokio::test]
async fn a_failed_phase_is_retried_then_ends_the_job_with_its_finished_artifacts() {
    let bench = bench().await;
    bench.script.act("ux", Act::Fail);
    let view = bench.submit(&ALL).await;
    let view = bench.finish(&view).await;
    assert_eq!(
        view.record.state().error().unwrap().code,
        ErrorCode::AgentFailure
    );
    assert_eq!(bench.script.calls_of("ux"), 3);
    assert_eq!(bench.script.calls_of("code"), 0);
    bench
        .engine
        .artifact(&bench.principal, view.record.id, "architecture.txt")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_panicking_agent_is_a_failed_attempt_and_nobody_else_notices() {
    let bench = bench().await;
    bench.script.act("code", Act::Panic);
    let broken = bench.submit(&["code"]).await;
    let fine = bench.submit(&["strategy"]).await;
    let broken = bench.finish(&broken).await;
    let error = broken.record.state().error().unwrap();
    assert_eq!(error.code, ErrorCode::AgentFailure);
    assert_eq!(error.message, "the agent panicked: as ordered");
    assert_eq!(
        *bench.finish(&fine).await.record.state(),
        JobState::Completed
    );
    assert_eq!(bench.engine.health().reasons, Vec::<String>::new());
}

#[tokio::test]
async fn cancel_ends_a_running_job_and_stays() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Hang);
    let view = bench.submit(&ALL).await;
    bench
        .until(&view, |view| view.record.machine.current().is_some())
        .await;
    let id = view.record.id;
    let reason = Some("changed my mind".to_owned());
    let ended = bench
        .engine
        .cancel(&bench.principal, id, reason)
        .await
        .unwrap();
    assert_eq!(*ended.record.state(), JobState::Cancelled);
    let again = bench
        .engine
        .cancel(&bench.principal, id, None)
        .await
        .unwrap();
    assert_eq!(again.record.revision, ended.record.revision);
}

#[tokio::test]
async fn five_failures_open_the_circuit_and_a_known_call_is_answered_from_before() {
    let bench = bench().await;
    let known = bench.submit(&["strategy"]).await;
    bench.finish(&known).await;
    bench.script.act("strategy", Act::Fail);
    for n in 0..2 {
        let arguments = json!({ "spec": format!("failing {n}") });
        let failing = JobRequest {
            arguments,
            ..request(&["strategy"])
        };
        let view = bench
            .engine
            .submit(&bench.principal, failing)
            .await
            .unwrap()
            .view;
        if n == 0 {
            bench.finish(&view).await;
        } else {
            bench
                .until(&view, |_| {
                    bench.engine.health().roles.iter().any(|r| r.1 == "open")
                })
                .await;
        }
    }
    let cached = bench
        .engine
        .submit(&bench.principal, request(&["strategy"]))
        .await
        .unwrap();
    assert_eq!(cached.view.record.id, known.record.id);
    assert!(cached.cached_age.is_some());
    let unknown = JobRequest {
        arguments: json!({ "spec": "new" }),
        ..request(&["strategy"])
    };
    let refused = bench
        .engine
        .submit(&bench.principal, unknown)
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::CircuitOpen);
}

#[tokio::test]
async fn watchers_hear_events_in_order_and_progress() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Hang);
    let view = bench.submit(&["strategy"]).await;
    let mut watch = bench.engine.watch(view.record.id).await.unwrap();
    bench
        .engine
        .cancel(&bench.principal, view.record.id, None)
        .await
        .unwrap();
    let mut last = 0;
    loop {
        if let News::Event(event, record) = watch.next().await.unwrap() {
            assert!(event.seq > last);
            last = event.seq;
            if record.state().is_terminal() && last == record.events_count {
                break;
            }
        }
    }
    assert!(bench.store.epoch() > 0);
}
