//! Tiers: what a workspace may use. Data from settings, not code.

use serde::{Deserialize, Serialize};

/// Limits of one tier. `None` means no limit of this kind; limits of the process still hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Calls that create work, per minute.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// Calls that create work, per day.
    #[serde(default)]
    pub requests_per_day: Option<u32>,
    /// Jobs that run at the same time.
    #[serde(default)]
    pub concurrent_jobs: Option<u32>,
    /// Pipelines per hour.
    #[serde(default)]
    pub pipelines_per_hour: Option<u32>,
}

impl Tier {
    /// Housekeeping calls (initialize, lists, status, artifact reads) have a window this many times as large.
    pub const HOUSEKEEPING_FACTOR: u32 = 20;
    /// Jobs over the concurrent limit that may wait, per key.
    pub const WAITING_JOBS_MAX: u32 = 20;
    /// No limits: operators' own tools, benches and tests.
    pub const INTERNAL: Self = Self {
        requests_per_minute: None,
        requests_per_day: None,
        concurrent_jobs: None,
        pipelines_per_hour: None,
    };
}
