//! The recorder behind `/metrics`.
//!
//! Invariant: one recorder per process; rendering takes no lock that a request path waits for.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Unit, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::{buckets, process};
use crate::build_info;

/// Recorded values wait in buffers until they are folded into buckets; nobody may scrape for hours.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The recorder could not be installed.
    #[error("failed to install the metrics recorder: {0}")]
    Install(#[from] metrics_exporter_prometheus::BuildError),
}

/// What `/metrics` answers with. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Installs the recorder, or gives back the one that is there: tests start several servers in one process.
    ///
    /// # Errors
    /// [`MetricsError::Install`] when another library's recorder is installed.
    pub fn install() -> Result<Self, MetricsError> {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        if let Some(metrics) = INSTALLED.get() {
            return Ok(metrics.clone());
        }
        let handle = buckets::apply(PrometheusBuilder::new())?.install_recorder()?;
        let metrics = INSTALLED.get_or_init(|| Self { handle }).clone();
        describe();
        Ok(metrics)
    }

    /// Folds recorded values into buckets, for ever.
    pub async fn upkeep(self) {
        let mut ticks = tokio::time::interval(UPKEEP_INTERVAL);
        loop {
            ticks.tick().await;
            self.handle.run_upkeep();
        }
    }

    /// The text of a scrape: recorded metrics, the runtime's, the process's.
    pub fn render(&self) -> String {
        let runtime = tokio::runtime::Handle::try_current();
        if let Ok(runtime) = runtime {
            let numbers = runtime.metrics();
            gauge!("aios_tokio_alive_tasks").set(as_f64(numbers.num_alive_tasks()));
            gauge!("aios_tokio_global_queue_depth").set(as_f64(numbers.global_queue_depth()));
        }
        let mut text = self.handle.render();
        process::append(&mut text);
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

/// Help texts of what this crate measures outside of requests; the engine describes its own.
fn describe() {
    describe_gauge!(
        "aios_build_info",
        Unit::Count,
        "1; its labels say what is running."
    );
    describe_gauge!(
        "aios_tokio_alive_tasks",
        Unit::Count,
        "Tasks of the runtime that have not ended."
    );
    describe_gauge!(
        "aios_tokio_global_queue_depth",
        Unit::Count,
        "Tasks that wait in the runtime's shared queue."
    );
    describe_gauge!("aios_ready", Unit::Count, "1 while new work is welcome.");
    describe_gauge!(
        "aios_draining",
        Unit::Count,
        "1 while the process is ending."
    );
    let labels = [
        ("version", build_info::VERSION),
        ("revision", build_info::REVISION),
    ];
    gauge!("aios_build_info", &labels).set(1.0);
}
