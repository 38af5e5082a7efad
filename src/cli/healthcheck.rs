//! `healthcheck`: exit 0 when the server is ready. Invariant: it needs no key, no shell and no other program.

use std::time::Duration;

use clap::Args;

use super::{Exit, Failure, SettingsArgs, output, runtime};

/// A container runtime kills a check that takes longer than a few seconds anyway.
const TIMEOUT: Duration = Duration::from_secs(4);

#[derive(Args, Debug)]
pub(super) struct HealthcheckArgs {
    /// Base address of the server; default: loopback at the configured port.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn healthcheck(args: &HealthcheckArgs) -> Result<(), Failure> {
    let base = match &args.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!(
            "http://127.0.0.1:{}",
            args.settings.load()?.config.address().port()
        ),
    };
    runtime()?.block_on(check(&base))
}

async fn check(base: &str) -> Result<(), Failure> {
    let unavailable = |problem: String| Failure::new(Exit::Unavailable, problem);
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .no_proxy()
        .build()
        .map_err(|error| Failure::failed(format!("failed to build a client: {error}")))?;
    let answer = client
        .get(format!("{base}/health/ready"))
        .send()
        .await
        .map_err(|error| unavailable(format!("{base} does not answer: {}", without_url(error))))?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    if !status.is_success() {
        return Err(unavailable(format!(
            "{base} is not ready ({}): {}",
            status.as_u16(),
            body.trim()
        )));
    }
    output::line("ready");
    Ok(())
}

/// The innermost cause: "connection refused" says more than "error sending request".
pub(super) fn without_url(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().to_lowercase()
}
