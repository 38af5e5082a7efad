//! Writing to the terminal. Invariant: a reader that went away (`| head`) ends the output, never the program.

use std::fmt::Display;
use std::io::Write as _;

use super::Failure;

/// One line on standard output.
pub(super) fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Progress or a hint on standard error.
pub(super) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Why the command failed, on standard error.
pub(super) fn error_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "error: {text}");
}

/// A value as JSON on standard output.
pub(super) fn json(value: &serde_json::Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::failed(format!("failed to write JSON: {error}")))?;
    line(text);
    Ok(())
}
