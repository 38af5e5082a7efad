//! Logs and metrics of the process.
//!
//! Invariant: standard output is for results and generated keys, logs go to standard error; no label value and no log
//! field comes from a specification, an artifact or a key.

mod buckets;
mod logs;
mod metrics;
mod process;

pub use logs::{LogError, init_logs};
pub use metrics::{Metrics, MetricsError};
