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

mod access;
mod crashes;
mod jobs;
mod keeping;
mod keys;
mod local;
mod permits;
mod recovery;
mod simulation;
mod tampered;

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
    /// Invocations under way, and the most there ever were.
    under_way: Mutex<(usize, usize)>,
}

/// One invocation under way.
struct UnderWay(Arc<Scripted>);

impl UnderWay {
    fn new(script: &Arc<Scripted>) -> Self {
        let mut under_way = script.under_way.lock();
        under_way.0 += 1;
        under_way.1 = under_way.1.max(under_way.0);
        Self(Arc::clone(script))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.lock().0 -= 1;
    }
}

impl Scripted {
    fn act(&self, step: &str, act: Act) {
        self.acts.lock().insert(step.to_owned(), act);
    }

    fn peak(&self) -> usize {
        self.under_way.lock().1
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
        let (script, under_way) = (Arc::clone(&self.0), UnderWay::new(&self.0));
        let act = self
            .0
            .acts
            .lock()
            .get(&brief.step)
            .copied()
            .unwrap_or(Act::Deliver);
        Box::pin(async move {
            let _under_way = under_way;
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
    engine_with(store, keyring, script, |_| {}).await
}

/// What a test's engine is made of.
fn parts(store: Arc<dyn Store>, keyring: Arc<Keyring>, script: Arc<Scripted>) -> EngineParts {
    let mut settings = EngineSettings::default();
    settings.job.retry.base = Duration::from_millis(10);
    EngineParts {
        store,
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SeededEntropy::new(3)),
        keyring,
        providers: vec![Arc::new(ScriptedProvider(script))],
        pipeline: Pipeline::standard(),
        pool: Pool::new(1),
        settings,
        failure: Failure::default(),
    }
}

/// An engine of parts that the test may change.
async fn engine_with(
    store: Arc<dyn Store>,
    keyring: Arc<Keyring>,
    script: Arc<Scripted>,
    change: impl FnOnce(&mut EngineParts),
) -> Engine {
    let mut parts = parts(store, keyring, script);
    change(&mut parts);
    Engine::start(parts).await.unwrap()
}

async fn bench() -> Bench {
    bench_with(|_| {}).await
}

async fn bench_with(change: impl FnOnce(&mut EngineParts)) -> Bench {
    let (store, script) = (
        Arc::new(MemoryStore::default()),
        Arc::new(Scripted::default()),
    );
    let keyring = Arc::new(Keyring::ephemeral(Arc::new(SeededEntropy::new(1))));
    let engine = engine_with(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::clone(&keyring),
        Arc::clone(&script),
        change,
    )
    .await;
    let principal = principal_of(&engine, "internal").await;
    Bench {
        engine,
        script,
        store,
        keyring,
        principal,
    }
}

async fn principal_of(engine: &Engine, tier: &str) -> Arc<Principal> {
    let new = NewKey::named("test", tier);
    let (_, key) = engine.create_key(new).await.unwrap();
    engine.authenticate(&key).unwrap()
}

/// Looks until `condition` holds.
async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let looking = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let seen = tokio::time::timeout(LONG, looking).await;
    assert!(seen.is_ok(), "never happened: {what}");
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

/// The `n`th of calls that are all different.
fn nth(n: usize, steps: &[&str]) -> JobRequest {
    JobRequest {
        arguments: json!({ "spec": format!("call {n}") }),
        ..request(steps)
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

    /// The `n`th of calls that are all different.
    async fn submit_nth(&self, n: usize, steps: &[&str]) -> Arc<JobView> {
        let request = nth(n, steps);
        let submitted = self.engine.submit(&self.principal, request).await;
        submitted.unwrap().view
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
