//! Start, health, drain, failure.
//!
//! Invariant: accepts nothing before recovery is done and nothing after a drain has begun; a drain burns no attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ractor::ActorRef;
use tokio::sync::{OnceCell, watch};

use super::published::Published;
use super::{Engine, Inner, proofs};
use crate::agents::chain::Chain;
use crate::agents::pool::Pool;
use crate::base::entropy::Entropy;
use crate::base::time::{Clock, Timestamp};
use crate::crypto::keyring::Keyring;
use crate::domain::pipeline::Pipeline;
use crate::observe::metrics;
use crate::ports::agent::AgentProvider;
use crate::ports::store::Store;
use crate::tree::deps::{Deps, EngineSettings, Slots};
use crate::tree::hub::Interest;
use crate::tree::intake::Intake;
use crate::tree::jobs::JobsMsg;
use crate::tree::limits::Purses;
use crate::tree::sessions::SessionTable;
use crate::tree::slot::Slot;
use crate::tree::supervisor::SupervisorMsg;
use crate::tree::view::View;
use crate::tree::watch::StoreMsg;
use crate::tree::{recovery, root};

/// What an engine is made of.
pub struct EngineParts {
    /// Durable storage.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Keys that seal.
    pub keyring: Arc<Keyring>,
    /// Providers, best first.
    pub providers: Vec<Arc<dyn AgentProvider>>,
    /// The table of steps.
    pub pipeline: Pipeline,
    /// Where work that computes or blocks runs.
    pub pool: Pool,
    /// Settings.
    pub settings: EngineSettings,
    /// Where failures are reported; the store's failure callback should call [`Failure::store`].
    pub failure: Failure,
}

/// Why the engine cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineFailure {
    /// The store failed.
    Store(String),
    /// A supervisor gave up.
    Supervisor(String),
}

/// Where failures that end the process are reported. Cheap to clone.
#[derive(Clone)]
pub struct Failure {
    reason: watch::Sender<Option<EngineFailure>>,
    store: Slot<StoreMsg>,
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Failure")
            .field(&*self.reason.borrow())
            .finish()
    }
}

impl Default for Failure {
    fn default() -> Self {
        Self {
            reason: watch::Sender::new(None),
            store: Slot::default(),
        }
    }
}

impl Failure {
    /// The store failed. The first reason stays.
    pub fn store(&self, reason: String) {
        self.set(EngineFailure::Store(reason.clone()));
        self.store.cast(StoreMsg::Failed(reason));
    }

    fn set(&self, failure: EngineFailure) {
        self.reason.send_if_modified(|reason| {
            let is_first = reason.is_none();
            if is_first {
                *reason = Some(failure);
            }
            is_first
        });
    }
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What is stored could not be read.
    #[error("recovery failed: {0}")]
    Recovery(#[from] crate::ports::store::StoreError),
    /// An actor did not start.
    #[error("the actor tree did not start: {0}")]
    Tree(String),
    /// A key file is missing or not the one the store was sealed with.
    #[error("{0}")]
    Keys(String),
}

/// Health, for the health pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Recovery is done, the store accepts, no drain has begun.
    pub ready: bool,
    /// A drain has begun.
    pub draining: bool,
    /// Why it is not ready, or what is degraded; empty when all is well.
    pub reasons: Vec<String>,
    /// (role, circuit state, running, waiting).
    pub roles: Vec<(String, &'static str, usize, usize)>,
    /// Jobs that have not ended.
    pub jobs_open: usize,
}

pub(super) struct Life {
    pub(super) root: ActorRef<SupervisorMsg>,
    failure: Failure,
    is_draining: AtomicBool,
    drained: OnceCell<()>,
}

fn deps(parts: EngineParts) -> Arc<Deps> {
    let slots = Slots {
        roles: Arc::new(
            parts
                .pipeline
                .roles()
                .into_iter()
                .map(|role| (role, Default::default()))
                .collect(),
        ),
        ..Slots::default()
    };
    let view = Arc::new(View::new(parts.settings.finished_views_max));
    Arc::new(Deps {
        store: parts.store,
        clock: parts.clock,
        entropy: parts.entropy,
        keyring: parts.keyring,
        chain: Chain::new(parts.providers),
        pipeline: parts.pipeline,
        pool: parts.pool,
        settings: parts.settings,
        view,
        intake: Arc::new(Intake::default()),
        keys: Arc::default(),
        interest: Interest::default(),
        slots,
    })
}

async fn recover(deps: &Arc<Deps>, sessions: &Arc<SessionTable>) -> Result<(), StartError> {
    let begun = deps.clock.now();
    let (work_deps, table) = (Arc::clone(deps), Arc::clone(sessions));
    let work = move || recovery::load(&work_deps, &table);
    let loaded = deps.pool.run(work).await;
    let open = loaded.map_err(|panicked| StartError::Tree(panicked.to_string()))??;
    let took = deps.clock.now().since(begun);
    metrics::jobs_recovered(open, took);
    metrics::jobs_open(open);
    if open > 0 {
        tracing::info!(
            open,
            took_ms = took.as_millis(),
            "{open} unfinished jobs were recovered"
        );
    }
    Ok(())
}

impl Engine {
    /// Recovers what is stored and starts the tree.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(parts: EngineParts) -> Result<Self, StartError> {
        let failure = parts.failure.clone();
        let deps = deps(parts);
        metrics::register(&deps.pipeline.roles());
        let sessions = Arc::new(SessionTable::default());
        recover(&deps, &sessions).await?;
        let proofs = {
            let deps = Arc::clone(&deps);
            let checked = tokio::task::spawn_blocking(move || proofs::check(&deps)).await;
            checked.map_err(|cause| StartError::Tree(cause.to_string()))??
        };
        deps.store.publish_to(Arc::new(Published {
            view: Arc::clone(&deps.view),
            intake: Arc::clone(&deps.intake),
            interest: deps.interest.clone(),
            slots: deps.slots.clone(),
        }));
        let gave_up = failure.clone();
        let on_give_up = Arc::new(move |why| gave_up.set(EngineFailure::Supervisor(why)));
        let (root, _) = root::start(&deps, &sessions, failure.store.clone(), on_give_up)
            .await
            .map_err(|cause| StartError::Tree(cause.to_string()))?;
        let life = Life {
            root,
            failure,
            is_draining: AtomicBool::new(false),
            drained: OnceCell::new(),
        };
        let (purses, job_order) = (Purses::default(), crate::base::ids::Order::default());
        Ok(Self(Arc::new(Inner {
            deps,
            sessions,
            purses,
            proofs,
            job_order,
            life,
        })))
    }

    /// Now, on the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.0.deps.clock.now()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.0.life.is_draining.load(Ordering::Relaxed)
    }

    /// How it is.
    pub fn health(&self) -> Health {
        let deps = &self.0.deps;
        let mut reasons = Vec::new();
        let draining = self.is_draining();
        let failure = self.0.life.failure.reason.borrow().clone();
        match &failure {
            Some(EngineFailure::Store(_)) => reasons.push("the store has failed".to_owned()),
            Some(EngineFailure::Supervisor(_)) => reasons.push("a supervisor gave up".to_owned()),
            None => {}
        }
        if draining {
            reasons.push("a drain has begun".to_owned());
        }
        let accepts = deps.store.accepts();
        if !accepts {
            reasons.push("the store takes no new jobs".to_owned());
        }
        let mut roles = Vec::new();
        for (role, (_, status)) in deps.slots.roles.iter() {
            let (circuit, running, waiting) = status.load();
            if circuit != "closed" {
                reasons.push(format!("the circuit of @{role} is {circuit}"));
            }
            roles.push((role.clone(), circuit, running, waiting));
        }
        let ready = accepts && !draining && failure.is_none();
        Health {
            ready,
            draining,
            reasons,
            roles,
            jobs_open: deps.view.open_count(),
        }
    }

    /// Stops accepting, gives attempts under way `timeout`, leaves the rest to the next start, closes the store. Whoever
    /// asks for a second one waits for the first.
    pub async fn drain(&self, timeout: Duration) {
        self.0.life.is_draining.store(true, Ordering::Relaxed);
        let drained = &self.0.life.drained;
        drained.get_or_init(|| self.drain_now(timeout)).await;
    }

    async fn drain_now(&self, timeout: Duration) {
        if let Some(jobs) = self.0.deps.slots.jobs.get() {
            let drained = jobs
                .call(|reply| JobsMsg::Drain { reply }, Some(timeout))
                .await;
            if !matches!(drained, Ok(ractor::rpc::CallResult::Success(()))) {
                tracing::info!("attempts still under way are left to the next start");
                let _ = jobs.cast(JobsMsg::Abandon);
            }
        }
        let _ = self
            .0
            .life
            .root
            .stop_and_wait(None, Some(Duration::from_secs(10)))
            .await;
        let store = Arc::clone(&self.0.deps.store);
        if let Ok(Err(cause)) = tokio::task::spawn_blocking(move || store.close()).await {
            tracing::error!(%cause, "the store did not close cleanly");
        }
    }

    /// Resolves when the engine cannot go on, with the reason.
    pub async fn failed(&self) -> EngineFailure {
        let mut reason = self.0.life.failure.reason.subscribe();
        loop {
            if let Some(failure) = reason.borrow_and_update().clone() {
                return failure;
            }
            if reason.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
