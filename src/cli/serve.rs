//! `serve`: the life of the server process.
//!
//! Invariant: generated keys go to standard output once and nowhere else; a first signal drains, a second one ends at
//! once.

use std::time::Duration;

use aios_actors::engine::EngineFailure;
use aios_actors::stores::local::OpenError;
use clap::Args;

use super::signals::Signals;
use super::{Exit, Failure, SettingsArgs, connect, output, privileges, runtime};
use crate::app::{self, Server, StartError};
use crate::config::{Config, Loaded};
use crate::telemetry::init_logs;

#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    /// Address and port to listen on, like 127.0.0.1:3000.
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Seconds to wait for a data directory that another process holds.
    #[arg(long, value_name = "SECONDS")]
    lock_wait_seconds: Option<u64>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let mut sources = args.settings.sources();
    if let Some(bind) = &args.bind {
        sources.flags.push(("--bind", "server.bind", bind.clone()));
    }
    if let Some(seconds) = args.lock_wait_seconds {
        sources.flags.push((
            "--lock-wait-seconds",
            "store.lock_wait_seconds",
            seconds.to_string(),
        ));
    }
    let loaded = crate::config::load(&sources)?;
    let logs = init_logs(&loaded.config.telemetry);
    logs.map_err(|error| Failure::new(Exit::Config, error.to_string()))?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    // Before any thread exists: the kernel keeps user ids per thread.
    privileges::drop_to(loaded.config.server.run_as_uid, &loaded.config.store.dir)?;
    runtime()?.block_on(live(&loaded))
}

/// Start, wait, drain.
async fn live(loaded: &Loaded) -> Result<(), Failure> {
    let mut signals = Signals::of_servers()?;
    let prepared = tokio::select! {
        prepared = app::prepare(loaded, app::Options::default()) => prepared,
        // Nothing was acknowledged yet, so there is nothing to drain.
        _ = signals.next() => return Ok(()),
    };
    let prepared = prepared.map_err(|error| start_failure(&error))?;
    // Not to be interrupted: keys that are durable and were not shown would be lost.
    let server = prepared.serve().await;
    let server = server.map_err(|error| start_failure(&error))?;
    greet(&server, &loaded.config);
    tokio::select! {
        failure = server.failed() => return Err(engine_failure(failure)),
        _ = signals.next() => {}
    }
    drain(server, loaded, signals).await;
    Ok(())
}

/// Ends in order, unless a second signal comes.
async fn drain(server: Server, loaded: &Loaded, mut signals: Signals) {
    tracing::info!("draining");
    let delay = Duration::from_secs(loaded.config.server.drain_delay_seconds);
    let timeout = Duration::from_secs(loaded.config.server.drain_timeout_seconds);
    tokio::select! {
        () = server.drain(delay, timeout) => tracing::info!("drained"),
        _ = signals.next() => tracing::warn!("a second signal: ending without a drain"),
    }
}

/// How `serve` ends when it cannot start.
pub(super) fn start_failure(error: &StartError) -> Failure {
    use aios_actors::crypto::keyring::KeyringError;
    use aios_actors::engine::StartError as EngineStartError;
    let exit = match error {
        StartError::Listen { source, .. } => match source.kind() {
            std::io::ErrorKind::AddrInUse => Exit::PortInUse,
            _ => Exit::Config,
        },
        StartError::Store(OpenError::Locked { .. }) => Exit::Locked,
        StartError::Store(OpenError::NotWritable { .. }) => Exit::CannotCreate,
        StartError::Store(error) if app::is_foreign_format(error) => Exit::Config,
        StartError::Keyring(KeyringError::Missing { .. } | KeyringError::Damaged { .. })
        | StartError::Engine(EngineStartError::Keys(_))
        | StartError::StaticKey { .. } => Exit::Config,
        StartError::Store(_)
        | StartError::Keyring(KeyringError::Io { .. })
        | StartError::Engine(_)
        | StartError::IssueKeys(_) => Exit::Io,
        StartError::Metrics(_) | StartError::Interrupted => Exit::Software,
    };
    Failure::new(exit, error.to_string())
}

fn engine_failure(failure: EngineFailure) -> Failure {
    match failure {
        EngineFailure::Store(reason) => {
            Failure::new(Exit::Io, format!("the store failed: {reason}"))
        }
        EngineFailure::Supervisor(reason) => {
            Failure::new(Exit::Software, format!("a supervisor gave up: {reason}"))
        }
    }
}

/// What a person needs to go on, once, on standard output.
fn greet(server: &Server, config: &Config) {
    let base = if config.server.public_url.is_empty() {
        format!("http://{}", connect::reachable(server.address))
    } else {
        config.server.public_url.trim_end_matches('/').to_owned()
    };
    output::line(connect::page(&base, config, &server.issued));
}
