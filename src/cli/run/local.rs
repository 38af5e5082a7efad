//! The server that `run` starts for itself.
//!
//! Invariant: it is the whole product on a free loopback port; its temporary directory belongs to the caller.

use std::cell::OnceCell;
use std::path::Path;
use std::time::Duration;

use super::temporary::{TemporaryDir, random_text};
use crate::app::{self, Options, Server};
use crate::cli::{Exit, Failure, SettingsArgs};
use crate::config::{Loaded, Origin, StaticKey};
use crate::telemetry::init_logs;

/// Name of the key that only this process knows.
const KEY_NAME: &str = "run";

/// Longest wait for requests under way.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// A server of our own.
pub(super) struct Local {
    /// Its base address.
    pub(super) url: String,
    /// A key for it.
    pub(super) key: String,
    server: Server,
}

/// Starts it. The temporary directory is put into `dir`, to be dropped once nothing writes into it.
pub(super) async fn start(
    settings: &SettingsArgs,
    dir: &OnceCell<TemporaryDir>,
) -> Result<Local, Failure> {
    let key = random_text(24);
    let mut path = None;
    if settings.data_dir.is_none() {
        let made = TemporaryDir::create()?;
        path = Some(dir.get_or_init(|| made).path());
    }
    let loaded = load(settings, path, &key)?;
    let options = Options {
        is_ephemeral: path.is_some(),
        ..Options::default()
    };
    let server = app::start(&loaded, options)
        .await
        .map_err(|error| Failure::failed(format!("the server did not start: {error}")))?;
    Ok(Local {
        url: format!("http://{}", server.address),
        key,
        server,
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
        .insert(KEY_NAME.to_owned(), StaticKey::internal(key));
    if loaded.config.auth.admin_key.given().is_none() {
        // Else one would be generated, stored in `--data-dir`, and never shown to anyone.
        loaded.config.auth.admin_key = StaticKey::internal(&random_text(24)).key;
    }
    loaded.is_platform = false;
    Ok(loaded)
}

impl Local {
    /// Ends it; attempts under way are not waited for: nobody will ask for them.
    pub(super) async fn stop(self) {
        let drained = self.server.drain(Duration::ZERO, Duration::ZERO);
        let _ = tokio::time::timeout(DRAIN_MAX, drained).await;
    }
}
