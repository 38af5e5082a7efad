//! What the actors share: ports, settings, and the handles by which they reach each other.
//!
//! Invariant: everything here is cheap to clone and never changes after start, but for what the slots hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::hub::{HubMsg, Interest};
use super::intake::Intake;
use super::jobs::JobsMsg;
use super::keys::KeyTable;
use super::limits::LimitsMsg;
use super::role::{RoleMsg, RoleStatus};
use super::sessions::SessionsMsg;
use super::slot::Slot;
use super::view::View;
use crate::agents::chain::Chain;
use crate::agents::pool::Pool;
use crate::base::entropy::Entropy;
use crate::base::ids::KeyId;
use crate::base::time::Clock;
use crate::crypto::keyring::Keyring;
use crate::domain::circuit::CircuitPolicy;
use crate::domain::job::{Attempt, JobPolicy};
use crate::domain::pipeline::Pipeline;
use crate::domain::record::JobRecord;
use crate::domain::retry::RetryPolicy;
use crate::domain::tier::Tier;
use crate::ports::store::Store;

/// Settings of one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleSettings {
    /// Attempts at the same time.
    pub concurrency: usize,
    /// Its circuit breaker.
    pub circuit: CircuitPolicy,
}

impl Default for RoleSettings {
    fn default() -> Self {
        Self {
            concurrency: 16,
            circuit: CircuitPolicy::default(),
        }
    }
}

/// Settings of the engine. Defaults are those of `config/default.toml`.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Attempts, backoff, pipeline time, crashes.
    pub job: JobPolicy,
    /// Jobs that run at the same time in this process.
    pub running_jobs_max: usize,
    /// Jobs that have not ended, running or waiting.
    pub jobs_open_max: usize,
    /// Settings by role; a role that is not named has the defaults.
    pub roles: BTreeMap<String, RoleSettings>,
    /// Tiers by name.
    pub tiers: BTreeMap<String, Tier>,
    /// How long an idle session lives.
    pub session_idle_max: Duration,
    /// Sessions of one key; the oldest idle one goes when there are more.
    pub sessions_per_key_max: usize,
    /// How long a finished job and its artifacts are kept.
    pub artifact_retention: Duration,
    /// How long a completed job's specification is kept.
    pub input_retention_completed: Duration,
    /// How long the specification of a job that did not complete is kept.
    pub input_retention_failed: Duration,
    /// News a watcher may be behind.
    pub hub_buffer: usize,
    /// Finished jobs kept in memory.
    pub finished_views_max: usize,
    /// How often the janitor looks around.
    pub janitor_interval: Duration,
    /// Time a provider gets to stop after a cancel before it is aborted.
    pub cancel_grace: Duration,
}

impl Default for EngineSettings {
    fn default() -> Self {
        let tier = |rpm, jobs, pipelines| Tier {
            requests_per_minute: Some(rpm),
            requests_per_day: Some(10_000),
            concurrent_jobs: Some(jobs),
            pipelines_per_hour: pipelines,
        };
        let tiers = [
            ("free", tier(10, 1, Some(5))),
            ("pro", tier(60, 5, Some(30))),
            ("enterprise", tier(300, 20, None)),
            ("internal", Tier::INTERNAL),
        ];
        Self {
            job: JobPolicy {
                retry: RetryPolicy::default(),
                pipeline_timeout: Duration::from_mins(40),
                crashes_max: 3,
            },
            running_jobs_max: 64,
            jobs_open_max: 200_000,
            roles: BTreeMap::new(),
            tiers: tiers
                .into_iter()
                .map(|(name, tier)| (name.to_owned(), tier))
                .collect(),
            session_idle_max: Duration::from_mins(5),
            sessions_per_key_max: 10_000,
            artifact_retention: Duration::from_hours(7 * 24),
            input_retention_completed: Duration::from_hours(1),
            input_retention_failed: Duration::from_hours(24),
            hub_buffer: 1_024,
            finished_views_max: 2_000,
            janitor_interval: Duration::from_mins(1),
            cancel_grace: Duration::from_secs(5),
        }
    }
}

/// Handles and published state of the roles, by name.
pub(crate) type RoleSlots = BTreeMap<String, (Slot<RoleMsg>, Arc<RoleStatus>)>;

/// Handles by which the actors and the engine reach each other.
#[derive(Clone, Default)]
pub(crate) struct Slots {
    pub(crate) hub: Slot<HubMsg>,
    pub(crate) limits: Slot<LimitsMsg>,
    pub(crate) jobs: Slot<JobsMsg>,
    pub(crate) sessions: Slot<SessionsMsg>,
    /// By role name.
    pub(crate) roles: Arc<RoleSlots>,
}

/// Everything an actor may need.
pub(crate) struct Deps {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) chain: Chain,
    pub(crate) pipeline: Pipeline,
    pub(crate) pool: Pool,
    pub(crate) settings: EngineSettings,
    pub(crate) view: Arc<View>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) keys: Arc<KeyTable>,
    pub(crate) interest: Interest,
    pub(crate) slots: Slots,
}

impl Deps {
    /// The limits of a tier; an unknown name gets the strictest.
    pub(crate) fn tier(&self, name: &str) -> Tier {
        let tiers = &self.settings.tiers;
        tiers
            .get(name)
            .or_else(|| tiers.get("free"))
            .copied()
            .unwrap_or(Tier::INTERNAL)
    }

    /// Jobs of one key that may run at the same time; `None`: no limit of its own.
    pub(crate) fn concurrent_jobs(&self, key: KeyId) -> Option<u32> {
        let principal = self.keys.by_id(key)?;
        self.tier(&principal.tier).concurrent_jobs
    }

    /// The role that works on this attempt; empty when the table does not have its step.
    pub(crate) fn role_of<'a>(&'a self, record: &JobRecord, at: Attempt) -> &'a str {
        let step = record.machine.steps().get(usize::from(at.step));
        let spec = step.and_then(|step| self.pipeline.step(&step.name));
        spec.map_or("", |spec| spec.role.as_str())
    }
}
