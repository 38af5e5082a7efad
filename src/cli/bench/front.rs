//! Calls per second: `tools/call aios_get_status` against a bare handler.
//!
//! Invariant: both servers get the same bytes and answer with as many, on the same core, behind the same accept loop.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::child::{self, Child, Kind};
use super::load::{self, Figures};
use super::table::{Row, Target};
use super::{BenchArgs, KEY, broken, median};
use crate::cli::run::client::McpClient;
use crate::cli::{Failure, output, runtime};

const CONNECTIONS: usize = 32;
const TARGET: f64 = 0.75;
const LEGACY: &str = "2025-11-25";
const MODERN: &str = "2026-07-28";

/// One way of calling.
struct Way {
    what: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Way {
    fn request(&self, address: SocketAddr) -> Vec<u8> {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        load::post(address, &headers, &self.body)
    }
}

pub(super) fn measure(args: &BenchArgs) -> Result<Vec<Row>, Failure> {
    let ours = child::spawn(Kind::Held, 0)?;
    let ways = runtime()?.block_on(ways(ours.address))?;
    ways.iter().map(|way| compare(args, way, &ours)).collect()
}

fn common_headers() -> Vec<(&'static str, String)> {
    vec![
        ("authorization", format!("Bearer {KEY}")),
        ("accept", "application/json, text/event-stream".to_owned()),
    ]
}

async fn ways(address: SocketAddr) -> Result<[Way; 2], Failure> {
    let base = format!("http://{address}");
    let client = McpClient::new(&base, KEY)?;
    let submitted = client
        .tool(
            "aios_full_pipeline",
            json!({ "spec": "Recipe box with tags" }),
        )
        .await?;
    let job = submitted["jobId"].clone();
    let session = open_session(&base).await?;
    let call = |meta: Option<Value>| {
        let mut params = json!({ "name": "aios_get_status", "arguments": { "jobId": job } });
        if let Some(meta) = meta {
            params["_meta"] = meta;
        }
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
    };
    let mut with_session = common_headers();
    with_session.extend([
        ("mcp-session-id", session),
        ("mcp-protocol-version", LEGACY.to_owned()),
    ]);
    let mut stateless = common_headers();
    stateless.extend([
        ("mcp-protocol-version", MODERN.to_owned()),
        ("mcp-method", "tools/call".to_owned()),
        ("mcp-name", "aios_get_status".to_owned()),
    ]);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    Ok([
        Way {
            what: "get_status, session, of the floor",
            headers: with_session,
            body: call(None),
        },
        Way {
            what: "get_status, stateless, of the floor",
            headers: stateless,
            body: call(Some(meta)),
        },
    ])
}

/// The body of an `initialize`.
pub(super) fn initialize() -> String {
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {},
        "clientInfo": { "name": "bench", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }).to_string()
}

async fn open_session(base: &str) -> Result<String, Failure> {
    let mut request = reqwest::Client::new()
        .post(format!("{base}/mcp"))
        .body(initialize());
    for (name, value) in common_headers() {
        request = request.header(name, value);
    }
    let sent = request
        .header("content-type", "application/json")
        .send()
        .await;
    let answer = sent.map_err(|error| broken("initialize", error))?;
    let header = answer
        .headers()
        .get("mcp-session-id")
        .and_then(|value| value.to_str().ok());
    header
        .map(str::to_owned)
        .ok_or_else(|| broken("initialize", "no session id"))
}

/// Alternates floor and ours, so that a busy machine hurts both.
fn compare(args: &BenchArgs, way: &Way, ours: &Child) -> Result<Row, Failure> {
    let request = way.request(ours.address);
    let answer_bytes = runtime()?.block_on(answer_bytes(ours.address, &request))?;
    let floor = child::spawn(Kind::Floor, answer_bytes)?;
    let (to_floor, duration) = (
        way.request(floor.address),
        Duration::from_secs(args.seconds),
    );
    let mut rounds: Vec<(Figures, Figures)> = Vec::new();
    for round in 1..=args.rounds {
        let bare = load::drive(floor.address, &to_floor, CONNECTIONS, duration)?;
        let full = load::drive(ours.address, &request, CONNECTIONS, duration)?;
        output::note(format!(
            "{}: round {round}: {:.0} of {:.0} req/s",
            way.what, full.per_second, bare.per_second
        ));
        rounds.push((bare, full));
    }
    let of = |figure: fn(&(Figures, Figures)) -> f64| median(rounds.iter().map(figure).collect());
    let last = rounds
        .last()
        .map(|(_, full)| (full.p50_us, full.p99_us))
        .unwrap_or_default();
    Ok(Row {
        what: way.what,
        measured: of(|(bare, full)| full.per_second / bare.per_second),
        unit: "",
        target: Target::AtLeast(TARGET),
        absolute: format!(
            "{:.0} of {:.0} req/s, p50 {} µs, p99 {} µs, answer {answer_bytes} B",
            of(|(_, full)| full.per_second),
            of(|(bare, _)| bare.per_second),
            last.0,
            last.1
        ),
    })
}

async fn answer_bytes(address: SocketAddr, request: &[u8]) -> Result<usize, Failure> {
    let opened = load::Connection::open(address).await;
    let mut connection = opened.map_err(|error| broken("connect", error))?;
    let answer = connection
        .exchange(request)
        .await
        .map_err(|error| broken("call", error))?;
    let parsed: Value = serde_json::from_slice(answer).map_err(|error| broken("answer", error))?;
    if parsed["result"]["structuredContent"]["jobId"].is_string() {
        return Ok(answer.len());
    }
    Err(broken("answer", "it holds no job"))
}
