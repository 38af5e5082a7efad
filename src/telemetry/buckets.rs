//! Histogram buckets by family of metrics. Invariant: edges rise strictly, and those of alert thresholds are among them.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// HTTP; holds the alert thresholds 0.5 s and 2 s.
const HTTP: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];
/// MCP. Source: OpenTelemetry semantic conventions for MCP, `mcp.server.operation.duration`.
const MCP: &[f64] = &[
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];
/// Jobs, phases and agents; holds the phase timeouts 300, 600 and 900 s.
const JOB: &[f64] = &[
    0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0,
];
/// Waiting for a permit or a role.
const WAIT: &[f64] = &[
    0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];
/// The store, around the cost of one fdatasync.
const STORE: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0,
];
/// Records per fsync.
const RECORDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
/// Sizes.
const BYTES: &[f64] = &[
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
];

/// The longest fitting prefix wins over a suffix, a full name over both.
pub(super) fn apply(builder: PrometheusBuilder) -> Result<PrometheusBuilder, BuildError> {
    let prefix = |text: &str| Matcher::Prefix(text.to_owned());
    let suffix = |text: &str| Matcher::Suffix(text.to_owned());
    builder
        .set_buckets(HTTP)?
        .set_buckets_for_metric(suffix("_bytes"), BYTES)?
        .set_buckets_for_metric(suffix("_records"), RECORDS)?
        .set_buckets_for_metric(suffix("_wait_seconds"), WAIT)?
        .set_buckets_for_metric(prefix("aios_mcp_"), MCP)?
        .set_buckets_for_metric(prefix("aios_job_"), JOB)?
        .set_buckets_for_metric(prefix("aios_agent_"), JOB)?
        .set_buckets_for_metric(prefix("aios_store_"), STORE)?
        .set_buckets_for_metric(
            Matcher::Full("aios_job_queue_wait_seconds".to_owned()),
            WAIT,
        )?
        .set_buckets_for_metric(
            Matcher::Full("aios_store_flush_batch_records".to_owned()),
            RECORDS,
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_rise_strictly() {
        for edges in [HTTP, MCP, JOB, WAIT, STORE, RECORDS, BYTES] {
            assert!(edges.is_sorted_by(|left, right| left < right), "{edges:?}");
        }
        assert!(apply(PrometheusBuilder::new()).is_ok());
    }
}
