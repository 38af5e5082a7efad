//! The server that `run` starts for itself.
//!
//! Invariant: it is the whole product on a free loopback port; its temporary directory is removed however `run` ends.

use std::path::Path;
use std::time::Duration;

use super::temporary::{TemporaryDir, random_text};
use crate::app::{self, Options, Server};
use crate::cli::{Exit, Failure, SettingsArgs};
use crate::config::{Loaded, Origin};
use crate::telemetry::init_logs;

/// Name of the key that only this process knows.
const KEY_NAME: &str = "run";

/// A server of our own.
pub(super) struct Local {
    /// Its base address.
    pub(super) url: String,
    /// A key for it.
    pub(super) key: String,
    server: Server,
    /// Dropped last, after the store has let go of it.
    _dir: Option<TemporaryDir>,
}

/// Starts it.
pub(super) async fn start(settings: &SettingsArgs) -> Result<Local, Failure> {
    let key = random_text(24);
    let dir = if settings.data_dir.is_none() {
        Some(TemporaryDir::create()?)
    } else {
        None
    };
    let loaded = load(settings, dir.as_ref().map(TemporaryDir::path), &key)?;
    let options = Options {
        is_ephemeral: dir.is_some(),
        ..Options::default()
    };
    let server = app::start(&loaded, options)
        .await
        .map_err(|error| Failure::failed(format!("the server did not start: {error}")))?;
    Ok(Local {
        url: format!("http://{}", server.address),
        key,
        server,
        _dir: dir,
    })
}

fn load(settings: &SettingsArgs, dir: Option<&Path>, key: &str) -> Result<Loaded, Failure> {
    let mut sources = settings.sources();
    sources
        .flags
        .push(("(run)", "server.bind", "127.0.0.1:0".to_owned()));
    if let Some(dir) = dir {
        sources
            .flags
            .push(("(run)", "store.dir", dir.to_string_lossy().into_owned()));
    }
    let mut loaded = crate::config::load(&sources)?;
    let is_default = |row: &crate::config::Setting| {
        row.key == "telemetry.log_level"
            && matches!(row.origin, Origin::Default | Origin::Profile(_))
    };
    if loaded.settings.iter().any(is_default) {
        // Log lines would tear the progress bars apart.
        "error".clone_into(&mut loaded.config.telemetry.log_level);
    }
    let logs = init_logs(&loaded.config.telemetry);
    logs.map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    loaded
        .config
        .auth
        .keys
        .insert(KEY_NAME.to_owned(), crate::config::StaticKey::internal(key));
    loaded.is_platform = false;
    Ok(loaded)
}

impl Local {
    /// Ends it; nothing is waited for, the job has ended.
    pub(super) async fn stop(self) {
        self.server
            .drain(Duration::ZERO, Duration::from_secs(1))
            .await;
    }
}
