//! The engine on the memory store: jobs end to end, recovery, cancel, panics, breakers, attach.
//!
//! Invariant under test: what was acknowledged is finished once, whatever happens in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::json;

use super::*;
use crate::agents::pool::Pool;
use crate::base::entropy::SeededEntropy;
use crate::base::error::{ErrorCode, PublicError};
use crate::base::time::SystemClock;
use crate::crypto::keyring::Keyring;
use crate::domain::job::JobState;
use crate::domain::key::Principal;
use crate::domain::pipeline::Pipeline;
use crate::ports::agent::{AgentError, AgentProvider, Brief, Draft, DraftArtifact, Progress};
use crate::ports::store::{Store, StoreError};
use crate::stores::memory::MemoryStore;

/// What the test provider does with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Deliver,
    Fail,
    Panic,
    Hang,
    /// Delivers as soon as the script says something else.
    Wait,
}

/// Delivers, unless told otherwise for a step; keeps a list of its invocations.
#[derive(Default)]
struct Scripted {
    acts: Mutex<BTreeMap<String, Act>>,
    calls: Mutex<Vec<(String, u32)>>,
}

impl Scripted {
    fn act(&self, step: &str, act: Act) {
        self.acts.lock().insert(step.to_owned(), act);
    }

    fn calls_of(&self, step: &str) -> usize {
        self.calls
            .lock()
            .iter()
            .filter(|(name, _)| name == step)
            .count()
    }
}

struct ScriptedProvider(Arc<Scripted>);

impl AgentProvider for ScriptedProvider {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn run(
        &self,
        brief: Arc<Brief>,
        progress: Progress,
    ) -> BoxFuture<'static, Result<Draft, AgentError>> {
        self.0
            .calls
            .lock()
            .push((brief.step.clone(), brief.attempt));
        let script = Arc::clone(&self.0);
        let act = self
            .0
            .acts
            .lock()
            .get(&brief.step)
            .copied()
            .unwrap_or(Act::Deliver);
        Box::pin(async move {
            progress.report(50, "half way");
            match act {
                Act::Deliver => Ok(delivered(&brief)),
                Act::Wait => {
                    while script.acts.lock().get(&brief.step) == Some(&Act::Wait) {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    Ok(delivered(&brief))
                }
                Act::Fail => Err(AgentError {
                    error: PublicError::new(ErrorCode::AgentFailure, "as ordered"),
                    retryable: true,
                }),
                Act::Panic => panic!("as ordered"),
                Act::Hang => std::future::pending().await,
            }
        })
    }
}

fn delivered(brief: &Brief) -> Draft {
    let text = format!("{} of {}", brief.step, brief.arguments["spec"]);
    let big = "x".repeat(100_000);
    let artifact = |name: String, text: String| DraftArtifact {
        name,
        media_type: "text/plain".to_owned(),
        bytes: Bytes::from(text),
        internal: false,
    };
    Draft {
        artifacts: vec![
            artifact(format!("{}.txt", brief.step), text),
            artifact(format!("{}.big", brief.step), big),
        ],
        warnings: Vec::new(),
        engine: "embedded",
        provider: "scripted".to_owned(),
    }
}

struct Bench {
    engine: Engine,
    script: Arc<Scripted>,
    store: Arc<MemoryStore>,
    keyring: Arc<Keyring>,
    principal: Arc<Principal>,
}

async fn engine_on(
    store: Arc<MemoryStore>,
    keyring: Arc<Keyring>,
    script: Arc<Scripted>,
) -> Engine {
    let mut settings = EngineSettings::default();
    settings.job.retry.base = Duration::from_millis(10);
    Engine::start(EngineParts {
        store,
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SeededEntropy::new(3)),
        keyring,
        providers: vec![Arc::new(ScriptedProvider(script))],
        pipeline: Pipeline::standard(),
        pool: Pool::new(1),
        settings,
        failure: Failure::default(),
    })
    .await
    .unwrap()
}

async fn bench() -> Bench {
    let (store, script) = (
        Arc::new(MemoryStore::default()),
        Arc::new(Scripted::default()),
    );
    let keyring = Arc::new(Keyring::ephemeral(Arc::new(SeededEntropy::new(1))));
    let engine = engine_on(
        Arc::clone(&store),
        Arc::clone(&keyring),
        Arc::clone(&script),
    )
    .await;
    let (_, key) = engine
        .create_key(NewKey::named("test", "internal"))
        .await
        .unwrap();
    let principal = engine.authenticate(&key).unwrap();
    Bench {
        engine,
        script,
        store,
        keyring,
        principal,
    }
}

fn request(steps: &[&str]) -> JobRequest {
    JobRequest {
        tool: "aios_full_pipeline".to_owned(),
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
        arguments: json!({ "spec": "Quiz app" }),
        idempotency_key: None,
        webhook_url: None,
        from_job: None,
        warnings: Vec::new(),
    }
}

const ALL: [&str; 4] = ["strategy", "architecture", "ux", "code"];
const LONG: Duration = Duration::from_secs(10);

impl Bench {
    async fn submit(&self, steps: &[&str]) -> Arc<JobView> {
        self.engine
            .submit(&self.principal, request(steps))
            .await
            .unwrap()
            .view
    }

    async fn finish(&self, view: &JobView) -> Arc<JobView> {
        self.engine
            .wait(&self.principal, view.record.id, None, LONG)
            .await
            .unwrap()
    }

    /// Waits until the job's record fits `condition`.
    async fn until(&self, view: &JobView, condition: impl Fn(&JobView) -> bool) -> Arc<JobView> {
        let (mut seen, id) = (0, view.record.id);
        loop {
            let view = self
                .engine
                .wait(&self.principal, id, Some(seen), LONG)
                .await
                .unwrap();
            if condition(&view) {
                return view;
            }
            seen = view.record.revision;
        }
    }
}

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
