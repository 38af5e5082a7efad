//! Metrics of the endpoint.
//!
//! Invariant: handles are made once; no label has more values than this file shows.

use metrics::{Counter, Histogram, counter, histogram};
use tokio::time::Instant;

use crate::wire::version::Version;

/// Handles.
pub(super) struct Meters {
    duration: Histogram,
    held: Histogram,
    versions: [Counter; Version::ALL.len()],
    faults: Counter,
}

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            duration: histogram!("aios_http_request_seconds", "route" => "mcp"),
            held: histogram!("aios_http_held_first_byte_seconds", "route" => "mcp"),
            versions: Version::ALL.map(
                |version| counter!("aios_mcp_requests_total", "protocol_version" => version.name()),
            ),
            faults: counter!("aios_mcp_faults_total"),
        }
    }

    /// A request of this version was read.
    pub(super) fn spoke(&self, version: Version) {
        if let Some(at) = Version::ALL.iter().position(|known| *known == version) {
            self.versions[at].increment(1);
        }
    }

    /// A request ended in a protocol fault.
    pub(super) fn failed(&self) {
        self.faults.increment(1);
    }

    /// An answer begins. Held ones have a histogram of their own: their time is the caller's wish.
    pub(super) fn answered(&self, since: Instant, is_held: bool) {
        let histogram = if is_held { &self.held } else { &self.duration };
        histogram.record(since.elapsed().as_secs_f64());
    }
}
