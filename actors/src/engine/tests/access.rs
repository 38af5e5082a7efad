//! Who may do what, how often, and which calls are the same job.
//!
//! Invariant under test: nothing of another workspace is seen, and of identical calls one runs.

use super::*;

#[tokio::test]
async fn identical_calls_attach_while_the_first_runs() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Hang);
    let calls = (0..8).map(|_| bench.engine.submit(&bench.principal, request(&ALL)));
    let submitted = futures_util::future::join_all(calls).await;
    let mut ids: Vec<_> = submitted
        .iter()
        .map(|s| s.as_ref().unwrap().view.record.id)
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        submitted
            .iter()
            .filter(|s| !s.as_ref().unwrap().attached)
            .count(),
        1
    );
}

#[tokio::test]
async fn an_idempotency_key_names_one_job_and_one_body() {
    let bench = bench().await;
    let keyed = |spec: &str| JobRequest {
        idempotency_key: Some("k1".to_owned()),
        arguments: json!({ "spec": spec }),
        ..request(&["strategy"])
    };
    let first = bench
        .engine
        .submit(&bench.principal, keyed("a"))
        .await
        .unwrap();
    bench.finish(&first.view).await;
    let again = bench
        .engine
        .submit(&bench.principal, keyed("a"))
        .await
        .unwrap();
    assert_eq!(
        (again.attached, again.view.record.id),
        (true, first.view.record.id)
    );
    let other = bench
        .engine
        .submit(&bench.principal, keyed("b"))
        .await
        .unwrap_err();
    assert_eq!(other.code, ErrorCode::IdempotencyMismatch);
}

#[tokio::test]
async fn a_foreign_job_and_an_unknown_one_give_the_same_answer() {
    let bench = bench().await;
    let view = bench.submit(&["strategy"]).await;
    let (_, key) = bench
        .engine
        .create_key(NewKey::named("other", "pro"))
        .await
        .unwrap();
    let other = bench.engine.authenticate(&key).unwrap();
    let foreign = bench.engine.job(&other, view.record.id).await.unwrap_err();
    let unknown = crate::base::ids::JobId::from_bytes([7; 16]);
    assert_eq!(
        foreign,
        bench.engine.job(&other, unknown).await.unwrap_err()
    );
    assert_eq!(foreign.code, ErrorCode::JobNotFound);
}

#[tokio::test]
async fn the_free_tier_runs_one_job_and_says_what_the_next_one_waits_for() {
    let bench = bench().await;
    let (_, key) = bench
        .engine
        .create_key(NewKey::named("free", "free"))
        .await
        .unwrap();
    let principal = bench.engine.authenticate(&key).unwrap();
    bench.script.act("strategy", Act::Hang);
    let mut views = Vec::new();
    for n in 0..21 {
        let arguments = json!({ "spec": format!("job {n}") });
        let request = JobRequest {
            arguments,
            ..request(&["strategy"])
        };
        views.push(bench.engine.submit(&principal, request).await.unwrap().view);
    }
    let blocked = bench.engine.blocked_by(&views[3].record).unwrap();
    assert_eq!((blocked.kind, blocked.position), ("permit", Some(3)));
    let refused = bench
        .engine
        .submit(&principal, request(&["strategy"]))
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::QuotaExceeded);
}

#[tokio::test]
async fn calls_past_the_limit_are_refused_with_a_time_to_wait() {
    let bench = bench().await;
    let (_, key) = bench
        .engine
        .create_key(NewKey::named("free", "free"))
        .await
        .unwrap();
    let principal = bench.engine.authenticate(&key).unwrap();
    for left in (0..10).rev() {
        let allowance = bench
            .engine
            .allow(&principal, CallClass::Create)
            .await
            .unwrap();
        assert_eq!((allowance.limit, allowance.remaining), (Some(10), left));
    }
    let refused = bench
        .engine
        .allow(&principal, CallClass::Create)
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::RateLimited);
    assert!(refused.retry_after_ms.unwrap() <= 61_000);
    bench
        .engine
        .allow(&principal, CallClass::Housekeeping)
        .await
        .unwrap();
}

#[tokio::test]
async fn sessions_are_bound_to_their_key_and_survive_a_restart() {
    let bench = bench().await;
    let new = NewSession {
        version: "2025-11-25".to_owned(),
        ..NewSession::default()
    };
    let session = bench
        .engine
        .open_session(&bench.principal, new)
        .await
        .unwrap();
    let (_, key) = bench
        .engine
        .create_key(NewKey::named("other", "pro"))
        .await
        .unwrap();
    let other = bench.engine.authenticate(&key).unwrap();
    assert!(bench.engine.session(&other, session.id).is_none());
    let store = Arc::new(bench.store.restarted(2));
    let engine = engine_on(store, Arc::clone(&bench.keyring), Arc::default()).await;
    assert_eq!(
        engine
            .session(&bench.principal, session.id)
            .unwrap()
            .version,
        session.version
    );
    let mut first = engine.open_stream(&session).await.unwrap();
    let second = engine.open_stream(&session).await.unwrap();
    first.replaced().await;
    drop(second);
    assert!(engine.close_session(&bench.principal, session.id).await);
    assert!(engine.session(&bench.principal, session.id).is_none());
}
