//! The servers that are measured, each a process of its own.
//!
//! Invariant: a child ends when its standard input does, so that none outlives the bench.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child as Process, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use aios_actors::ports::agent::{AgentError, AgentProvider, Brief, Draft, Progress};
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use clap::ValueEnum;
use futures_util::future::BoxFuture;

use super::pinned::{self, Core};
use super::{KEY, broken};
use crate::app::{self, Options};
use crate::cli::run::TemporaryDir;
use crate::cli::{Failure, output, runtime};
use crate::config::{Environment, Loaded, Sources, StaticKey};
use crate::listen::{self, ListenSettings};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// The bare handler.
    Floor,
    /// The product, with agents that never answer.
    Held,
}

/// An agent that never answers: jobs stay open, and roles are held.
pub(super) struct Held;

impl AgentProvider for Held {
    fn name(&self) -> &'static str {
        "held"
    }

    fn is_deterministic(&self) -> bool {
        false
    }

    fn run(&self, _: Arc<Brief>, _: Progress) -> BoxFuture<'static, Result<Draft, AgentError>> {
        Box::pin(std::future::pending())
    }
}

/// Settings of a server in `dir` on a free port, with the bench's key.
pub(super) fn settings(dir: &std::path::Path) -> Result<Loaded, Failure> {
    let flags = vec![
        ("(bench)", "server.bind", "127.0.0.1:0".to_owned()),
        ("(bench)", "store.dir", dir.to_string_lossy().into_owned()),
        ("(bench)", "telemetry.log_level", "error".to_owned()),
    ];
    let mut loaded = crate::config::load(&Sources {
        file: None,
        env: Environment::default(),
        flags,
    })?;
    loaded
        .config
        .auth
        .keys
        .insert("bench".to_owned(), StaticKey::internal(KEY));
    Ok(loaded)
}

/// Options with agents that never answer.
pub(super) fn held() -> Options {
    Options {
        providers: Some(vec![Arc::new(Held)]),
        ..Options::default()
    }
}

/// Serves until standard input ends.
pub(super) fn be(kind: Kind, answer_bytes: usize) -> Result<(), Failure> {
    runtime()?.block_on(async {
        match kind {
            Kind::Floor => serve_floor(answer_bytes).await,
            Kind::Held => serve_held().await,
        }
    })
}

async fn input_ended() {
    let read = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    let _ = tokio::task::spawn_blocking(read).await;
}

async fn serve_held() -> Result<(), Failure> {
    let dir = TemporaryDir::create()?;
    let loaded = settings(dir.path())?;
    let started = app::start(&loaded, held()).await;
    let server = started.map_err(|error| broken("server", error))?;
    output::line(server.address);
    input_ended().await;
    server.drain(Duration::ZERO, Duration::ZERO).await;
    Ok(())
}

/// Bytes in, parsed, a fixed answer out; the same accept loop as ours.
async fn serve_floor(answer_bytes: usize) -> Result<(), Failure> {
    let answer = Bytes::from(format!(
        "\"{}\"",
        "x".repeat(answer_bytes.saturating_sub(2))
    ));
    let handler = move |body: Bytes| {
        let answer = answer.clone();
        async move {
            let parsed = serde_json::from_slice::<serde_json::Value>(&body);
            std::hint::black_box(parsed.is_ok());
            ([(header::CONTENT_TYPE, "application/json")], answer)
        }
    };
    let router = Router::new().route("/mcp", post(handler));
    let bound = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = bound.map_err(|error| broken("listener", error))?;
    output::line(
        listener
            .local_addr()
            .map_err(|error| broken("listener", error))?,
    );
    listen::serve(listener, router, ListenSettings::default(), input_ended()).await;
    Ok(())
}

/// A running child.
pub(super) struct Child {
    process: Process,
    pub(super) address: SocketAddr,
}

impl Drop for Child {
    fn drop(&mut self) {
        // Its standard input closes with the process handle; a child that hangs is ended.
        drop(self.process.stdin.take());
        for _ in 0..200 {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts one of the servers on the server's core.
pub(super) fn spawn(kind: Kind, answer_bytes: usize) -> Result<Child, Failure> {
    let word = match kind {
        Kind::Floor => "floor",
        Kind::Held => "held",
    };
    let args = [
        "bench",
        "--child",
        word,
        "--answer-bytes",
        &answer_bytes.to_string(),
    ]
    .map(str::to_owned);
    let mut process = pinned::on(Core::Server, move || {
        let mut command = Command::new(program()?);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command.spawn().map_err(|error| broken("child", error))
    })?;
    let mut line = String::new();
    if let Some(stdout) = process.stdout.take() {
        let read = BufReader::new(stdout).read_line(&mut line);
        read.map_err(|error| broken("child", error))?;
    }
    let address = line
        .trim()
        .parse()
        .map_err(|_| broken("child", "it did not start"))?;
    Ok(Child { process, address })
}

/// This program.
pub(super) fn program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| broken("own path", error))
}
