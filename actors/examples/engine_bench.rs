//! Quick figures of the engine on a real directory. Invariant: prints what it measured.
#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    clippy::disallowed_methods
)]
use aios_actors::{
    agents::{embedded::Embedded, pool::Pool},
    base::{entropy::SystemEntropy, time::SystemClock},
    crypto::keyring::Keyring,
    domain::pipeline::Pipeline,
    engine::*,
    ports::{agent::*, store::Store},
    stores::local::{LocalStore, Options},
};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
struct Hang;
impl AgentProvider for Hang {
    fn name(&self) -> &'static str {
        "hang"
    }
    fn is_deterministic(&self) -> bool {
        true
    }
    fn run(
        &self,
        _: Arc<Brief>,
        _: Progress,
    ) -> futures_util::future::BoxFuture<'static, Result<Draft, AgentError>> {
        Box::pin(std::future::pending())
    }
}
async fn engine(
    dir: &std::path::Path,
    delay: Option<Duration>,
    embedded: bool,
) -> (Engine, Arc<LocalStore>) {
    let t = Instant::now();
    let (store, _r) = LocalStore::open(
        dir,
        Options {
            sync_delay: delay,
            ..Options::default()
        },
    )
    .unwrap();
    let store = Arc::new(store);
    println!("open {:?}", t.elapsed());
    let pool = Pool::for_this_machine();
    let p: Arc<dyn AgentProvider> = if embedded {
        Arc::new(Embedded::new(pool.clone()))
    } else {
        Arc::new(Hang)
    };
    let e = Engine::start(EngineParts {
        store: store.clone(),
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SystemEntropy),
        keyring: Arc::new(Keyring::ephemeral(Arc::new(SystemEntropy))),
        providers: vec![p],
        pipeline: Pipeline::standard(),
        pool,
        settings: EngineSettings::default(),
        failure: Failure::default(),
    })
    .await
    .unwrap();
    println!("start {:?}", t.elapsed());
    (e, store)
}
fn req(spec: String) -> JobRequest {
    JobRequest {
        tool: "aios_full_pipeline".into(),
        steps: ["strategy", "architecture", "ux", "code"]
            .map(String::from)
            .to_vec(),
        arguments: json!({"spec":spec}),
        idempotency_key: None,
        webhook_url: None,
        from_job: None,
        warnings: vec![],
    }
}
#[tokio::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("start") {
        for _ in 0..5 {
            let d = tempfile::tempdir().unwrap();
            let (e, _s) = engine(d.path(), None, true).await;
            e.drain(Duration::from_millis(10)).await;
        }
        return;
    }
    let spec = std::env::args()
        .nth(1)
        .map(|p| std::fs::read_to_string(p).unwrap())
        .unwrap_or("Quiz app with leaderboards and social sharing".into());
    let d = tempfile::tempdir().unwrap();
    let (e, _s) = engine(d.path(), None, true).await;
    let (_, k) = e.create_key(NewKey::named("b", "internal")).await.unwrap();
    let p = e.authenticate(&k).unwrap();
    let mut times = vec![];
    for i in 0..15 {
        let t = Instant::now();
        let s = e
            .submit(&p, req(format!("{spec}\n\nRun {i}.")))
            .await
            .unwrap();
        let v = e
            .wait(&p, s.view.record.id, None, Duration::from_secs(60))
            .await
            .unwrap();
        times.push(t.elapsed());
        if i == 0 {
            println!(
                "{:?} {:?}",
                v.record.state(),
                v.record
                    .artifacts
                    .iter()
                    .map(|a| (a.name.clone(), a.bytes))
                    .collect::<Vec<_>>()
            );
        }
    }
    times.sort();
    println!("pipeline median {:?} min {:?}", times[7], times[0]);
    e.drain(Duration::from_secs(1)).await;
    let d = tempfile::tempdir().unwrap();
    let (e, s) = engine(d.path(), Some(Duration::from_millis(2)), false).await;
    let (_, k) = e.create_key(NewKey::named("b", "internal")).await.unwrap();
    let p = e.authenticate(&k).unwrap();
    let before = s.stats();
    let t = Instant::now();
    let tasks: Vec<_> = (0..64)
        .map(|c| {
            let (e, p) = (e.clone(), p.clone());
            tokio::spawn(async move {
                for i in 0..100 {
                    e.submit(&p, req(format!("job {c} {i}"))).await.unwrap();
                }
            })
        })
        .collect();
    for t in tasks {
        t.await.unwrap();
    }
    let after = s.stats();
    println!("6400 submits {:?} {:?} -> {:?}", t.elapsed(), before, after);
    let _ = s.accepts();
}
