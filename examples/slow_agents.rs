//! A server on the product's own `app` whose agents take 50 to 500 ms and log each invocation; for the kill loop.
//!
//! Usage: `slow_agents BIND DATA_DIR LOG KEY [SLOWEST_MS]`. Invariant: an invocation is on disk before its work begins.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use aios_actors::ports::agent::{AgentError, AgentProvider, Brief, Draft, DraftArtifact, Progress};
use aios_lovable_mcp::app::{self, Options};
use aios_lovable_mcp::config::{Environment, Sources, load};
use futures_util::future::{BoxFuture, FutureExt as _};

const FASTEST_MS: u64 = 50;

struct Slow {
    log: File,
    slowest_ms: u64,
}

impl AgentProvider for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn run(&self, brief: Arc<Brief>, _: Progress) -> BoxFuture<'static, Result<Draft, AgentError>> {
        // One write of less than a page to a file opened for appending: lines never mix, and a kill keeps them.
        let line = format!(
            "{} {} {} {}\n",
            brief.job,
            brief.step,
            brief.attempt,
            std::process::id()
        );
        (&self.log)
            .write_all(line.as_bytes())
            .expect("the log takes a line");
        // Spread by the job's own bytes: no randomness, so that a repetition takes as long as the first time.
        let seed = line.bytes().fold(0_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let wait = Duration::from_millis(FASTEST_MS + seed % (self.slowest_ms - FASTEST_MS + 1));
        async move {
            tokio::time::sleep(wait).await;
            let name = format!("{}.json", brief.step);
            let bytes = format!("{{\"step\":\"{}\"}}", brief.step).into();
            let media_type = "application/json".to_owned();
            let artifact = DraftArtifact {
                name,
                media_type,
                bytes,
                internal: false,
            };
            let provider = "slow".to_owned();
            Ok(Draft {
                artifacts: vec![artifact],
                warnings: Vec::new(),
                engine: "embedded",
                provider,
            })
        }
        .boxed()
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [bind, dir, log, key, rest @ ..] = args.as_slice() else {
        panic!("usage: slow_agents BIND DATA_DIR LOG KEY [SLOWEST_MS]");
    };
    let slowest_ms = rest
        .first()
        .map_or(500, |text| text.parse().expect("milliseconds"));
    let keys = format!(r#"{{"loop":{{"key":"{key}","tier":"internal"}}}}"#);
    let env = Environment::of([
        ("AIOS_API_KEYS", keys.as_str()),
        ("AIOS__server__bind", bind),
        ("AIOS__store__dir", dir),
        ("AIOS__roles__pm__running_max", "64"),
        ("AIOS__roles__architect__running_max", "64"),
        ("AIOS__roles__ux__running_max", "64"),
        ("AIOS__roles__dev__running_max", "64"),
        ("LOG_LEVEL", "warn"),
    ]);
    let loaded = load(&Sources {
        env,
        ..Sources::default()
    })
    .expect("the settings are right");
    aios_lovable_mcp::telemetry::init_logs(&loaded.config.telemetry).expect("the filter is right");
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .expect("the log opens");
    let providers: Vec<Arc<dyn AgentProvider>> = vec![Arc::new(Slow { log, slowest_ms })];
    let options = Options {
        providers: Some(providers),
        ..Options::default()
    };
    let server = app::start(&loaded, options)
        .await
        .expect("the server starts");
    server.failed().await;
}
