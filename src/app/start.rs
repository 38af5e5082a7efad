//! Starting: the directory's lock, the store, the engine, the port, the first keys; in this order.
//!
//! Invariant: whatever fails leaves nothing behind that a next start would trip over, and says how the process ends.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::agents::embedded::Embedded;
use aios_actors::agents::pool::Pool;
use aios_actors::base::entropy::{Entropy, SystemEntropy};
use aios_actors::base::error::PublicError;
use aios_actors::base::time::{Clock, SystemClock, Timestamp};
use aios_actors::crypto::keyring::{Keyring, KeyringError};
use aios_actors::engine::{EngineParts, Failure, StartError as EngineStartError};
use aios_actors::ports::agent::AgentProvider;
use aios_actors::ports::store::Store;
use aios_actors::stores::local::{self, LocalStore, OpenError, OpenReport};
use tokio::net::TcpListener;

use super::{Options, Server, front, keys, settings, store_metrics, volume};
use crate::config::{Config, Loaded};
use crate::telemetry::{Metrics, MetricsError};

/// How often a held lock is asked for again.
const LOCK_POLL: Duration = Duration::from_millis(250);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The store.
    #[error("{}", open_failure(.0))]
    Store(#[from] OpenError),
    /// The keys that seal.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineStartError),
    /// A key of the settings.
    #[error("`{setting}`: {error}")]
    StaticKey {
        /// The setting.
        setting: String,
        /// What is wrong with it.
        error: PublicError,
    },
    /// No key could be generated.
    #[error("failed to generate keys: {0}")]
    IssueKeys(PublicError),
    /// The recorder.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// A thread that was starting the store died.
    #[error("starting the store was interrupted")]
    Interrupted,
}

/// Why a data directory cannot be opened, with what an operator can do about it in this version.
pub fn open_failure(error: &OpenError) -> String {
    const ADVICE: &str = "restore the data directory from a copy";
    match error {
        OpenError::Damaged { file, .. } | OpenError::Io { file, .. }
            if is_foreign_format(error) =>
        {
            let file = file.display();
            format!("{file} does not name a format of this program; {ADVICE}")
        }
        OpenError::Damaged {
            file, offset, what, ..
        } => {
            let file = file.display();
            format!("{file} is damaged at byte {offset}: {what}; {ADVICE}")
        }
        _ => error.to_string(),
    }
}

/// The data directory is of a format that this version does not read, or of none at all.
pub fn is_foreign_format(error: &OpenError) -> bool {
    match error {
        OpenError::NewerFormat { .. } => true,
        OpenError::Damaged { file, .. } => names_the_format(file),
        // Bytes that are no text.
        OpenError::Io { file, source } => {
            names_the_format(file) && source.kind() == io::ErrorKind::InvalidData
        }
        _ => false,
    }
}

fn names_the_format(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "FORMAT")
}

/// An open data directory with a running engine.
pub struct Opened {
    /// The engine.
    pub engine: Engine,
    /// Its store, for counters.
    pub store: Arc<LocalStore>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").finish_non_exhaustive()
    }
}

/// Starts everything.
///
/// # Errors
/// [`StartError`].
pub async fn start(loaded: &Loaded, options: Options) -> Result<Server, StartError> {
    prepare(loaded, options).await?.serve().await
}

/// A server with its directory and its port, and no key of its own yet.
pub struct Prepared<'a> {
    loaded: &'a Loaded,
    engine: Engine,
    store: Arc<LocalStore>,
    metrics: Metrics,
    started: Timestamp,
    listener: TcpListener,
}

impl std::fmt::Debug for Prepared<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

/// All of a start that may fail for reasons outside, and that may be given up in the middle: nothing is lost with it.
///
/// # Errors
/// [`StartError`].
pub async fn prepare(loaded: &Loaded, options: Options) -> Result<Prepared<'_>, StartError> {
    let config = &loaded.config;
    let metrics = Metrics::install()?;
    aios_actors::observe::metrics::describe();
    store_metrics::describe();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let started = clock.now();
    let Opened { engine, store } = open_engine(config, options, clock).await?;
    // Before any key is generated: what is generated must reach the operator.
    let listener = bind(config.address()).await?;
    Ok(Prepared {
        loaded,
        engine,
        store,
        metrics,
        started,
        listener,
    })
}

impl Prepared<'_> {
    /// Generates the keys that are missing, and serves. To be waited for to its end: the keys it has made durable are
    /// in its answer and nowhere else.
    ///
    /// # Errors
    /// [`StartError::IssueKeys`].
    pub async fn serve(self) -> Result<Server, StartError> {
        let config = &self.loaded.config;
        let engine = self.engine;
        let issued = keys::issue_missing(&engine, config, self.loaded.is_platform);
        let issued = issued.await.map_err(StartError::IssueKeys)?;
        let address = self.listener.local_addr();
        let address = address.unwrap_or_else(|_| config.address());
        let store = self.store;
        let stopping = Arc::new(AtomicBool::new(false));
        let inside = front::Inside {
            engine: engine.clone(),
            metrics: self.metrics,
            started: self.started,
            stopping: Arc::clone(&stopping),
            scrape: Arc::new(move || store_metrics::record(&store)),
        };
        let front = front::Front::start(config, self.listener, inside);
        warn_about_volume(&config.store.dir, self.loaded.is_platform);
        let took_ms = ms(engine.now().since(self.started));
        tracing::info!(%address, took_ms, "listening on {address}");
        Ok(Server {
            address,
            engine,
            issued,
            stopping,
            front,
        })
    }
}

/// Whole milliseconds, for log fields.
fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn warn_about_volume(dir: &Path, is_platform: bool) {
    if is_platform && volume::is_ephemeral(dir) {
        let dir = dir.display();
        tracing::warn!("{dir} is not on a volume: jobs and keys are lost with this container");
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}

/// Opens the data directory and starts the engine with the keys of the settings; for `serve` and for commands that work
/// on the directory of a server that is not running.
///
/// # Errors
/// [`StartError`].
pub async fn open_engine(
    config: &Config,
    options: Options,
    clock: Arc<dyn Clock>,
) -> Result<Opened, StartError> {
    let failure = Failure::default();
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let of_store = failure.clone();
    let store_options =
        settings::store_options(config, &options, move |reason| of_store.store(reason));
    let (store, report) = open_store(config, store_options).await?;
    let store = Arc::new(store);
    log_report(&report);
    let keys_dir = config.store.dir.join("keys");
    let keyring = Keyring::open(&keys_dir, report.is_empty, Arc::clone(&entropy))?;
    let pool = Pool::for_this_machine();
    let parts = EngineParts {
        store: Arc::clone(&store) as Arc<dyn Store>,
        clock,
        entropy,
        keyring: Arc::new(keyring),
        providers: providers(config, options.providers, &pool),
        pipeline: settings::pipeline(config),
        pool,
        settings: settings::engine_settings(config),
        failure,
    };
    let engine = Engine::start(parts).await?;
    keys::add_static(&engine, config)
        .map_err(|(setting, error)| StartError::StaticKey { setting, error })?;
    Ok(Opened { engine, store })
}

/// The shipped chain, unless the program that embeds us brings its own.
fn providers(
    config: &Config,
    own: Option<Vec<Arc<dyn AgentProvider>>>,
    pool: &Pool,
) -> Vec<Arc<dyn AgentProvider>> {
    let shipped = || {
        config
            .llm
            .embedded_fallback
            .then(|| Embedded::new(pool.clone()))
    };
    own.unwrap_or_else(|| {
        shipped()
            .into_iter()
            .map(|link| Arc::new(link) as _)
            .collect()
    })
}

/// Opens the store, waiting for another process to let go of the directory.
async fn open_store(
    config: &Config,
    options: local::Options,
) -> Result<(LocalStore, OpenReport), StartError> {
    let dir: PathBuf = config.store.dir.clone();
    let tries = config.store.lock_wait_seconds * 1_000 / ms(LOCK_POLL);
    for number in 0..=tries {
        let (dir, options) = (dir.clone(), options.clone());
        let opened = tokio::task::spawn_blocking(move || LocalStore::open(&dir, options));
        match opened.await.map_err(|_| StartError::Interrupted)? {
            Err(OpenError::Locked { dir }) if number < tries => {
                if number == 0 {
                    let wait_seconds = config.store.lock_wait_seconds;
                    let dir = dir.display();
                    tracing::warn!("{dir} is in use; waiting up to {wait_seconds} s for it");
                }
                tokio::time::sleep(LOCK_POLL).await;
            }
            done => return Ok(done?),
        }
    }
    Err(OpenError::Locked { dir }.into())
}

fn log_report(report: &OpenReport) {
    let took_ms = ms(report.took);
    if let Some(torn) = &report.torn_tail {
        tracing::warn!(
            segment = torn.segment,
            offset = torn.offset,
            bytes = torn.bytes,
            "a torn frame was cut"
        );
    }
    if report.sled_rebuilt {
        tracing::warn!("the view was rebuilt from the journal");
    }
    tracing::info!(
        epoch = report.epoch,
        frames_replayed = report.frames_replayed,
        took_ms,
        "the store is open"
    );
}
