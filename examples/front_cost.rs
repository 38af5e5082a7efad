//! What the endpoint costs per `aios_get_status`, beside a bare axum handler that parses the same body and answers the
//! same bytes. In process, without sockets: `cargo run --release --example front_cost`.
//!
//! Invariant: both sides run on one thread, one after the other, in turns, and the median turn counts.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::agents::pool::Pool;
use aios_actors::base::entropy::SystemEntropy;
use aios_actors::base::ids::JobId;
use aios_actors::base::time::SystemClock;
use aios_actors::crypto::keyring::Keyring;
use aios_actors::domain::pipeline::Pipeline;
use aios_actors::engine::{EngineParts, EngineSettings, Failure, JobRequest, NewKey};
use aios_actors::ports::agent::{AgentError, AgentProvider, Brief, Draft, Progress};
use aios_actors::stores::memory::MemoryStore;
use aios_lovable_mcp::auth::Access;
use aios_lovable_mcp::door::{Door, DoorSettings};
use aios_lovable_mcp::mcp::aios::AiosCatalogue;
use aios_lovable_mcp::mcp::gate::EngineGate;
use aios_lovable_mcp::mcp::{Dispatch, Front, FrontSettings};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::{Service, ServiceExt};

const KEY: &str = "key-of-the-bench";
const CALLS: u32 = 50_000;
const TURNS: usize = 9;

/// Never delivers, so the job stays open.
struct Silent;

impl AgentProvider for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn run(
        &self,
        _brief: Arc<Brief>,
        _progress: Progress,
    ) -> BoxFuture<'static, Result<Draft, AgentError>> {
        std::future::pending().boxed()
    }
}

async fn engine() -> Engine {
    let entropy = Arc::new(SystemEntropy);
    let parts = EngineParts {
        store: Arc::new(MemoryStore::default()),
        clock: Arc::new(SystemClock::start()),
        entropy: entropy.clone(),
        keyring: Arc::new(Keyring::ephemeral(entropy)),
        providers: vec![Arc::new(Silent)],
        pipeline: Pipeline::standard(),
        pool: Pool::new(1),
        settings: EngineSettings::default(),
        failure: Failure::default(),
    };
    let engine = Engine::start(parts).await.expect("the memory store opens");
    engine
        .add_static_key(NewKey::named("bench", "internal"), KEY)
        .expect("the name is fine");
    engine
}

async fn run<S>(mut service: S, body: &str, headers: &[(&str, &str)]) -> (Duration, Bytes)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let mut last = Bytes::new();
    let since = Instant::now();
    for _ in 0..CALLS {
        let mut request = Request::post("/mcp").header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::from(body.to_owned()))
            .expect("the request is fine");
        let service = service.ready().await.unwrap_or_else(|never| match never {});
        let response = service
            .call(request)
            .await
            .unwrap_or_else(|never| match never {});
        last = response
            .into_body()
            .collect()
            .await
            .expect("the body is whole")
            .to_bytes();
    }
    (since.elapsed() / CALLS, last)
}

fn floor(answer: Bytes) -> Router {
    Router::new().route(
        "/mcp",
        post(move |body: Bytes| {
            let answer = answer.clone();
            async move {
                let parsed: Value = serde_json::from_slice(&body).unwrap_or_default();
                assert!(parsed["id"].is_u64());
                ([(http::header::CONTENT_TYPE, "application/json")], answer)
            }
        }),
    )
}

/// A job that stays open.
async fn open_job(engine: &Engine) -> JobId {
    let principal = engine.authenticate(KEY).expect("the key is known");
    let request = JobRequest {
        tool: "aios_strategize".to_owned(),
        steps: vec!["strategy".to_owned()],
        arguments: json!({ "spec": "x" }),
        idempotency_key: None,
        webhook_url: None,
        from_job: None,
        warnings: Vec::new(),
    };
    let id = engine
        .submit(&principal, request)
        .await
        .expect("the job is accepted")
        .view
        .record
        .id;
    // Its step begins meanwhile; from then on its record does not change.
    tokio::time::sleep(Duration::from_millis(200)).await;
    id
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let engine = engine().await;
    let id = open_job(&engine).await;
    let gate = EngineGate {
        engine: engine.clone(),
        access: Access::Keys,
    };
    let door = Door::new(DoorSettings {
        is_loopback: true,
        ..DoorSettings::default()
    });
    let catalogue = AiosCatalogue::new(engine.clone(), 15);
    let front = Front::new(
        Arc::new(gate),
        Arc::new(catalogue),
        door,
        FrontSettings::default(),
    );
    let dispatch = Dispatch::new(Arc::new(front), Router::new());
    let authorization = format!("Bearer {KEY}");
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("authorization", authorization.as_str()),
    ];
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call",
        "params": { "name": "aios_get_status", "arguments": { "jobId": id } } })
    .to_string();
    let (_, answer) = run(dispatch.clone(), &body, &headers).await;
    let bare = floor(answer.clone());
    let mut turns: Vec<(Duration, Duration)> = Vec::new();
    for _ in 0..TURNS {
        let (theirs, _) = run(bare.clone(), &body, &headers).await;
        let (ours, _) = run(dispatch.clone(), &body, &headers).await;
        turns.push((theirs, ours));
    }
    turns.sort_by_key(|(theirs, ours)| ours.saturating_sub(*theirs));
    let (theirs, ours) = turns[TURNS / 2];
    #[expect(clippy::print_stdout, reason = "the output of this program")]
    {
        println!(
            "answer {} bytes: bare {theirs:?}, ours {ours:?} a call",
            answer.len()
        );
    }
}
