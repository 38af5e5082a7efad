//! Log lines on standard error. Invariant: installed once per process; a second call changes nothing.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{LogFormat, Telemetry};

/// Why there are no logs.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is none.
    #[error("the log filter is not valid: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
}

/// Installs the subscriber.
///
/// # Errors
/// [`LogError::Filter`], which a checked configuration excludes.
pub fn init_logs(telemetry: &Telemetry) -> Result<(), LogError> {
    let filter = EnvFilter::builder().parse(telemetry.log_level.to_ascii_lowercase())?;
    let is_terminal = std::io::stderr().is_terminal();
    let is_json = match telemetry.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !is_terminal,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(is_terminal && !is_json);
    // An embedding program or a test may have a subscriber of its own: it stays.
    let _ = if is_json {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init()
    } else {
        lines.try_init()
    };
    Ok(())
}
