//! `run`: one specification through the pipeline, artifacts to disk.
//!
//! Invariant: it is a plain MCP client over HTTP. Without `--url` the server it talks to is the whole product, started
//! in this process on a free loopback port with a temporary data directory, which is gone however `run` ends.

mod artifacts;
pub(crate) mod client;
mod local;
mod out;
mod progress;
mod spec;
mod temporary;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde_json::{Value, json};

use self::client::McpClient;
use self::out::Out;
use self::progress::Progress;
pub(crate) use self::temporary::TemporaryDir;
use super::signals::Signals;
use super::{Failure, SettingsArgs, output, runtime};

const PHASES: [&str; 4] = ["strategy", "architecture", "ux", "code"];
/// A held status call answers at each change; this bounds one call.
const WAIT_SECONDS: u64 = 20;

/// Longest wait for threads of the server to end.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);

/// The phases, and the name that the predecessor had for one of them.
fn phase_names() -> PossibleValuesParser {
    let [strategy, architecture, ux, code] = PHASES.map(PossibleValue::new);
    PossibleValuesParser::new([strategy, architecture, ux.alias("design"), code])
}

#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// The product specification: a text, a file, or `-` for standard input.
    #[arg(value_name = "SPEC")]
    spec: String,
    /// Phases to run, in pipeline order: strategy, architecture, ux, code.
    #[arg(long, value_delimiter = ',', value_name = "PHASES", value_parser = phase_names())]
    phases: Vec<String>,
    /// Where the artifacts go; default: `./aios-out/<job>`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write into a directory that is not empty: replaces the artifact files and `code/` in it, keeps all else.
    #[arg(long, requires = "out")]
    force: bool,
    /// Use a running server instead of starting one.
    #[arg(long, value_name = "URL", requires = "key")]
    url: Option<String>,
    /// Key for that server.
    #[arg(long, value_name = "KEY", env = "AIOS_API_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    // Declared before the runtime: removed after the threads that write into it, on a panic too.
    let dir = OnceCell::new();
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let mut signals = Signals::of_commands()?;
        go(args, &dir, &mut signals).await
    });
    runtime.shutdown_timeout(SHUTDOWN_MAX);
    outcome
}

async fn go(
    args: &RunArgs,
    dir: &OnceCell<TemporaryDir>,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let spec = until(signals, spec::read_aside(args.spec.clone())).await?;
    let out = Out::check(args.out.as_deref(), args.force)?;
    if let (Some(url), Some(key)) = (&args.url, &args.key) {
        let client = McpClient::new(url, key)?;
        return until(signals, drive(args, &spec, &out, &client)).await;
    }
    let server = until(signals, local::start(&args.settings, dir)).await?;
    let client = McpClient::new(&server.url, &server.key)?;
    let outcome = until(signals, drive(args, &spec, &out, &client)).await;
    server.stop().await;
    outcome
}

/// `work`, unless a signal comes first.
async fn until<T>(
    signals: &mut Signals,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        exit = signals.next() => Err(Failure::new(exit, "interrupted")),
    }
}

/// Submits, follows, fetches, reports.
async fn drive(args: &RunArgs, spec: &str, out: &Out, client: &McpClient) -> Result<(), Failure> {
    let phases = phases(args);
    let mut arguments = json!({ "spec": spec, "phases": phases });
    if !args.phases.is_empty() {
        // In the caller's own words, for the server to say how it reads them.
        arguments["phases"] = json!(args.phases);
    }
    let submitted = client.tool("aios_full_pipeline", arguments).await?;
    let job = submitted["jobId"].as_str().unwrap_or_default().to_owned();
    if !args.json {
        output::note(format!("job {job}"));
    }
    let status = follow(client, &job, &phases, args.json).await?;
    let dir = out.of_job(&job);
    let has_artifacts = status["artifacts"]
        .as_array()
        .is_some_and(|rows| !rows.is_empty());
    if args.force && has_artifacts {
        artifacts::clear(&dir)?;
    }
    let written = fetch(client, &status, &dir).await?;
    report(args, &status, &dir, &written)
}

fn phases(args: &RunArgs) -> Vec<String> {
    let is_meant = |name: &str, phase: &str| name == phase || (name == "design" && phase == "ux");
    let wanted = |phase: &&str| {
        args.phases.is_empty() || args.phases.iter().any(|name| is_meant(name, phase))
    };
    PHASES
        .into_iter()
        .filter(wanted)
        .map(str::to_owned)
        .collect()
}

/// Shows the job until it has ended.
async fn follow(
    client: &McpClient,
    job: &str,
    phases: &[String],
    json: bool,
) -> Result<Value, Failure> {
    let mut progress = Progress::new(phases, json);
    // The first answer comes at once; the next ones when the job has changed.
    let mut wait_seconds = 0;
    loop {
        let arguments = json!({ "jobId": job, "wait_seconds": wait_seconds });
        let status = client.tool("aios_get_status", arguments).await?;
        progress.update(&status);
        let word = status["status"].as_str().unwrap_or_default();
        let is_parked = status["blocked_by"]["kind"].as_str() == Some("parked");
        if is_parked || matches!(word, "completed" | "failed" | "cancelled" | "timeout") {
            progress.finish();
            return Ok(status);
        }
        wait_seconds = WAIT_SECONDS;
    }
}

/// What was written.
#[derive(Default)]
struct Written {
    files: Vec<String>,
    code_files: usize,
}

async fn fetch(
    client: &McpClient,
    status: &Value,
    out: &std::path::Path,
) -> Result<Written, Failure> {
    let mut written = Written::default();
    for row in status["artifacts"].as_array().into_iter().flatten() {
        let name = row["name"].as_str().unwrap_or_default();
        let uri = row["uri"].as_str().unwrap_or_default();
        let content = client.resource(uri).await?;
        if name == "code.zip" {
            written.code_files = artifacts::unpack(&out.join(artifacts::CODE), &content)?;
        } else {
            artifacts::write(out, name, &content)?;
            written.files.push(name.to_owned());
        }
    }
    Ok(written)
}

fn report(
    args: &RunArgs,
    status: &Value,
    out: &std::path::Path,
    written: &Written,
) -> Result<(), Failure> {
    let word = status["status"].as_str().unwrap_or("failed");
    if args.json {
        output::json(&json!({
            "jobId": status["jobId"], "status": word, "out": out, "artifacts": written.files,
            "code_files": written.code_files, "warnings": status["warnings"], "error": status["error"],
        }))?;
    } else {
        summary(status, out, written);
    }
    if word == "completed" {
        return Ok(());
    }
    let message = status["error"]["message"]
        .as_str()
        .unwrap_or("no reason was given");
    let code = status["error"]["code"].as_str().unwrap_or("ERROR");
    let kept = if written.files.is_empty() {
        ""
    } else {
        "; finished artifacts were kept"
    };
    Err(Failure::failed(format!(
        "the job ended as {word}: {code}: {message}{kept}"
    )))
}

fn summary(status: &Value, out: &std::path::Path, written: &Written) {
    for warning in status["warnings"].as_array().into_iter().flatten() {
        output::note(format!("warning: {}", warning.as_str().unwrap_or_default()));
    }
    if !written.files.is_empty() || written.code_files > 0 {
        output::line(format!("artifacts in {}:", out.display()));
    }
    for name in &written.files {
        output::line(format!("  {name}"));
    }
    if written.code_files > 0 {
        output::line(format!("  code/ ({} files)", written.code_files));
        let code = out.join(artifacts::CODE);
        output::line(format!(
            "next: cd {} && npm install && npm run build",
            code.display()
        ));
    }
}
