//! The endpoint on a real engine (memory store, scripted agents), request by request, without a socket.
//!
//! Invariant: nothing here sleeps; waits end by what they wait for.

mod door;
mod eras;
mod sessions;
mod socket;
mod tools;

use std::sync::Arc;

use aios_actors::Engine;
use aios_actors::agents::pool::Pool;
use aios_actors::base::entropy::SeededEntropy;
use aios_actors::base::time::SystemClock;
use aios_actors::crypto::keyring::Keyring;
use aios_actors::domain::pipeline::Pipeline;
use aios_actors::engine::{EngineParts, EngineSettings, Failure, NewKey};
use aios_actors::ports::agent::{AgentError, AgentProvider, Brief, Draft, DraftArtifact, Progress};
use aios_actors::stores::memory::MemoryStore;
use axum::Router;
use axum::body::Body;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::aios::AiosCatalogue;
use super::gate::EngineGate;
use super::{Dispatch, Front, FrontSettings, PATH};
use crate::auth::Access;
use crate::door::{Door, DoorSettings};

pub(super) const KEY: &str = "test-key-of-the-first-workspace";
pub(super) const OTHER_KEY: &str = "test-key-of-another-workspace";
pub(super) const FREE_KEY: &str = "test-key-with-limits";

/// Delivers what its step's artifacts are called; a specification that says HOLD waits for the test.
struct Scripted {
    gate: Arc<Semaphore>,
}

impl AgentProvider for Scripted {
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
        let gate = Arc::clone(&self.gate);
        async move {
            if brief.arguments["spec"]
                .as_str()
                .is_some_and(|spec| spec.contains("HOLD"))
            {
                progress.report(30, "waiting for the test");
                let _permit = gate.acquire().await;
            }
            Ok(draft(&brief.step))
        }
        .boxed()
    }
}

fn draft(step: &str) -> Draft {
    let text = |name: &str, media_type: &str, text: String| DraftArtifact {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: text.into(),
        internal: false,
    };
    let (json_name, markdown) = match step {
        "strategy" => ("requirements.json", "requirements.md"),
        "architecture" => ("architecture.json", "architecture.md"),
        "ux" => ("ux-spec.json", "ux-spec.md"),
        _ => ("code.json", "README.md"),
    };
    let full = json!({"product": {"name": "Quiz", "vision": "Learn."}, "complexity": {"result": "SIMPLE"},
        "functional": [{"id": "FR-1", "description": "Plays", "priority": "P0"}],
        "stack": {"frontend": "React"}, "files": []});
    Draft {
        artifacts: vec![
            text(json_name, "application/json", full.to_string()),
            text(markdown, "text/markdown", "# Text\n".to_owned()),
        ],
        warnings: Vec::new(),
        engine: "embedded",
        provider: "scripted".to_owned(),
    }
}

pub(super) struct Kit {
    pub(super) front: Arc<Front>,
    pub(super) engine: Engine,
    pub(super) held: Arc<Semaphore>,
    pub(super) service: Dispatch,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// HTTP status and JSON-RPC error code.
    pub(super) fn error(&self) -> (u16, i64) {
        (
            self.status.as_u16(),
            self.json()["error"]["code"].as_i64().unwrap_or_default(),
        )
    }

    /// Messages of an event stream.
    pub(super) fn events(&self) -> Vec<Value> {
        let data = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }
}

pub(super) async fn kit() -> Kit {
    let held = Arc::new(Semaphore::new(0));
    let engine = Engine::start(EngineParts {
        store: Arc::new(MemoryStore::default()),
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SeededEntropy::new(3)),
        keyring: Arc::new(Keyring::ephemeral(Arc::new(SeededEntropy::new(1)))),
        providers: vec![Arc::new(Scripted {
            gate: Arc::clone(&held),
        })],
        pipeline: Pipeline::standard(),
        pool: Pool::new(1),
        settings: EngineSettings::default(),
        failure: Failure::default(),
    })
    .await
    .unwrap();
    for (name, tier, key) in [
        ("first", "internal", KEY),
        ("other", "internal", OTHER_KEY),
        ("free", "free", FREE_KEY),
    ] {
        engine
            .add_static_key(NewKey::named(name, tier), key)
            .unwrap();
    }
    let gate = EngineGate {
        engine: engine.clone(),
        access: Access::Keys,
    };
    let door = Door::new(DoorSettings {
        is_loopback: true,
        ..DoorSettings::default()
    });
    let catalogue = Arc::new(AiosCatalogue::new(engine.clone(), 15));
    let settings = FrontSettings {
        body_bytes_max: 64 * 1_024,
        ..FrontSettings::default()
    };
    let front = Arc::new(Front::new(Arc::new(gate), catalogue, door, settings));
    let service = Dispatch::new(Arc::clone(&front), Router::new());
    Kit {
        front,
        engine,
        held,
        service,
    }
}

impl Kit {
    /// Sends a request with these headers beside the usual ones; a header with an empty value is left out.
    pub(super) async fn send(
        &self,
        method: Method,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> http::Response<Body> {
        let authorization = format!("Bearer {KEY}");
        let usual = [
            ("host", "localhost"),
            ("content-type", "application/json"),
            ("authorization", &authorization),
        ];
        let mut request = Request::builder().method(method).uri(PATH);
        for (name, value) in usual {
            if !headers.iter().any(|(other, _)| *other == name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        self.service.clone().oneshot(request).await.unwrap()
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let response = self.send(method, headers, body).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub(super) async fn post(&self, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.ask(Method::POST, headers, body).await
    }

    /// A request without session and version header, as the predecessor's clients send it.
    pub(super) async fn call(&self, method: &str, params: Value) -> Value {
        self.post(&[], request(method, params)).await.json()
    }

    /// The result of a tool.
    pub(super) async fn tool(&self, name: &str, arguments: Value) -> Value {
        let answer = self
            .call(
                "tools/call",
                json!({ "name": name, "arguments": arguments }),
            )
            .await;
        answer["result"].clone()
    }

    /// A session of this version.
    pub(super) async fn session(&self, version: &str) -> String {
        let answer = self
            .post(
                &[],
                request(
                    "initialize",
                    json!({ "protocolVersion": version,
            "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } }),
                ),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.headers["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers write json!(…) in place"
)]
pub(super) fn request(method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string()
}

/// A request of 2026-07-28, with the headers that go with it.
pub(super) fn modern(method: &str, mut params: Value) -> String {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    request(method, params)
}
