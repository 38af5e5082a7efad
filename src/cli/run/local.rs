//! The server that `run` starts for itself.
//!
//! Invariant: it is the whole product on a free loopback port; its temporary directory is removed however `run` ends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aios_actors::base::entropy::{Entropy, SystemEntropy};

use crate::app::{self, Options, Server};
use crate::cli::{Exit, Failure, SettingsArgs};
use crate::config::{Loaded, Origin};
use crate::telemetry::init_logs;

/// Name of the key that only this process knows.
const KEY_NAME: &str = "run";

/// A directory that is removed when this value goes.
struct TemporaryDir(PathBuf);

impl TemporaryDir {
    fn create() -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt as _;
        let dir = std::env::temp_dir().join(format!("aios-run-{}", random_text(8)));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&dir);
        made.map_err(|error| Failure::failed(format!("cannot make {}: {error}", dir.display())))?;
        Ok(Self(dir))
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn random_text(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    SystemEntropy.fill(&mut buffer);
    aios_actors::crypto::mac::hex(&buffer)
}

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
    let loaded = load(settings, dir.as_ref().map(|dir| dir.0.as_path()), &key)?;
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
