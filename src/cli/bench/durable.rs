//! Accept to durable ack against the disk's own fdatasync, and acks per fsync under load.
//!
//! Invariant: roles are held, so that only accepting is measured; the floor writes as many bytes to the same disk, in the
//! same process, into a file that was written with zeros before.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::base::time::SystemClock;
use aios_actors::engine::JobRequest;
use serde_json::json;

use super::child::{held, settings};
use super::load::{self, Connection};
use super::table::{Row, Target};
use super::{KEY, Stopwatch, broken, median};
use crate::app::{self, Opened, Options, Server};
use crate::cli::run::TemporaryDir;
use crate::cli::{Failure, runtime};

const ACKS: usize = 400;
const WARM_UP_ACKS: usize = 100;
const CALLERS: usize = 64;
const ACKS_PER_CALLER: usize = 40;
const SLOW_SYNC: Duration = Duration::from_millis(2);
const FLOOR_FILE_BYTES: usize = 8 << 20;

pub(super) fn measure() -> Result<Vec<Row>, Failure> {
    runtime()?.block_on(async { Ok(vec![ack().await?, group().await?]) })
}

async fn ack() -> Result<Row, Failure> {
    let dir = TemporaryDir::beside_data()?;
    let loaded = settings(dir.path())?;
    let started = app::start(&loaded, held()).await;
    let server = started.map_err(|error| broken("server", error))?;
    let opened = Connection::open(server.address).await;
    let mut connection = opened.map_err(|error| broken("connect", error))?;
    for number in 0..WARM_UP_ACKS {
        ack_us(&mut connection, server.address, number).await?;
    }
    let frame_bytes = frame_bytes(&server).await?;
    let mut floor = Floor::new(dir.path(), frame_bytes).map_err(|error| broken("floor", error))?;
    // In turns, so that another user of the disk hurts both.
    let (mut acks, mut syncs) = (Vec::new(), Vec::new());
    for number in 0..ACKS {
        acks.push(ack_us(&mut connection, server.address, WARM_UP_ACKS + number).await?);
        syncs.push(
            floor
                .write_us(number)
                .map_err(|error| broken("floor", error))?,
        );
    }
    server.drain(Duration::ZERO, Duration::ZERO).await;
    let (ack, sync) = (median(acks), median(syncs));
    Ok(Row {
        what: "accept to durable ack, one caller, of fdatasync",
        measured: ack / sync,
        unit: "",
        target: Target::AtMost(3.0),
        absolute: format!("p50 {ack:.0} µs of {sync:.0} µs, {frame_bytes} B a frame"),
    })
}

/// Time of one pipeline call, in microseconds.
async fn ack_us(
    connection: &mut Connection,
    address: SocketAddr,
    number: usize,
) -> Result<f64, Failure> {
    let bearer = format!("Bearer {KEY}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "aios_full_pipeline"),
    ];
    let spec = format!("Recipe box number {number} with tags and ratings");
    let body = json!({
        "jsonrpc": "2.0", "id": number, "method": "tools/call",
        "params": {
            "name": "aios_full_pipeline",
            "arguments": { "spec": spec },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let request = load::post(address, &headers, &body.to_string());
    let clock = Stopwatch::start();
    connection
        .exchange(&request)
        .await
        .map_err(|error| broken("call", error))?;
    Ok(micros(clock.elapsed()))
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Bytes of a frame, on average, from the server's own counters.
async fn frame_bytes(server: &Server) -> Result<usize, Failure> {
    let url = format!("http://{}/metrics", server.address);
    let fetched = reqwest::get(url)
        .await
        .map_err(|error| broken("metrics", error))?;
    let text = fetched
        .text()
        .await
        .map_err(|error| broken("metrics", error))?;
    let counter = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse::<usize>().ok())
            .unwrap_or(0)
    };
    let frames = counter("aios_store_frames_total ").max(1);
    Ok(counter("aios_store_written_bytes_total ") / frames)
}

/// A file that was written with zeros, as the journal's segments are.
struct Floor {
    file: File,
    content: Vec<u8>,
}

impl Floor {
    fn new(dir: &Path, bytes: usize) -> std::io::Result<Self> {
        let path = dir.join("floor");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(path)?;
        file.write_all(&vec![0; FLOOR_FILE_BYTES])?;
        file.sync_all()?;
        Ok(Self {
            file,
            content: vec![0x5a; bytes.max(1)],
        })
    }

    /// One write and fdatasync, in microseconds.
    fn write_us(&mut self, number: usize) -> std::io::Result<f64> {
        let places = (FLOOR_FILE_BYTES / self.content.len()).max(1);
        let clock = Stopwatch::start();
        self.file.write_all_at(
            &self.content,
            ((number % places) * self.content.len()) as u64,
        )?;
        self.file.sync_data()?;
        Ok(micros(clock.elapsed()))
    }
}

async fn group() -> Result<Row, Failure> {
    let dir = TemporaryDir::beside_data()?;
    let loaded = settings(dir.path())?;
    let options = Options {
        sync_delay: Some(SLOW_SYNC),
        ..held()
    };
    let opened = app::open_engine(&loaded.config, options, Arc::new(SystemClock::start())).await;
    let Opened { engine, store } = opened.map_err(|error| broken("engine", error))?;
    let before = store.stats().fsyncs;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| tokio::spawn(submit_many(engine.clone(), caller)))
        .collect();
    for caller in callers {
        caller.await.map_err(|error| broken("caller", error))??;
    }
    let fsyncs = store.stats().fsyncs - before;
    engine.drain(Duration::ZERO).await;
    let acks = CALLERS * ACKS_PER_CALLER;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let measured = acks as f64 / fsyncs.max(1) as f64;
    Ok(Row {
        what: "acks per fsync at 2 ms, 64 callers",
        measured,
        unit: "",
        target: Target::AtLeast(28.0),
        absolute: format!("{acks} acks, {fsyncs} fsyncs"),
    })
}

async fn submit_many(engine: Engine, caller: usize) -> Result<(), Failure> {
    let principal = engine
        .authenticate(KEY)
        .map_err(|error| broken("key", error))?;
    for number in 0..ACKS_PER_CALLER {
        let spec = format!("Recipe box {number} of caller {caller}");
        let submitted = engine.submit(&principal, request(&spec)).await;
        submitted.map_err(|error| broken("submit", error))?;
    }
    Ok(())
}

/// A whole pipeline for `spec`.
pub(super) fn request(spec: &str) -> JobRequest {
    let steps = ["strategy", "architecture", "ux", "code"];
    JobRequest {
        tool: "aios_full_pipeline".to_owned(),
        steps: steps.map(str::to_owned).to_vec(),
        arguments: json!({ "spec": spec }),
        idempotency_key: None,
        webhook_url: None,
        from_job: None,
        warnings: Vec::new(),
    }
}
