//! Arguments of the tools: older names mapped, values checked, canonical form out.
//!
//! Invariant: bad input gets one error that names the field and the rule; nothing half-checked leaves this module.

pub mod agent;
pub mod fields;
pub mod nearest;
pub mod reads;
pub mod rules;
#[cfg(test)]
mod tests;

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::base::ids::JobId;
use serde_json::{Map, Value};

use super::members::{items, members};

pub use agent::{AgentCall, Delivery};
pub use reads::{ArtifactCall, CancelCall, Format, StatusCall};

/// How long an agent tool waits when the caller does not say: many clients give up at 60 s.
pub const WAIT_SECONDS_DEFAULT: u64 = 25;
/// Longest wait of one call.
pub const WAIT_SECONDS_MAX: u64 = 55;

/// The arguments object out of its raw text; absent means empty.
///
/// # Errors
/// `INVALID_INPUT` when it is no object.
pub fn object(raw: Option<&str>) -> Result<Map<String, Value>, PublicError> {
    let Some(raw) = raw else {
        return Ok(Map::new());
    };
    serde_json::from_str(raw).map_err(|_| match endless_number(raw, "") {
        Some(path) if raw.trim_ascii_start().starts_with('{') => {
            PublicError::invalid(&path, "is a number out of range")
        }
        _ => PublicError::invalid("arguments", "must be an object"),
    })
}

/// The path of the first number that no 64-bit float holds: the one thing in checked JSON that cannot be read.
fn endless_number(raw: &str, path: &str) -> Option<String> {
    let raw = raw.trim_ascii();
    match raw.as_bytes().first()? {
        b'{' => members(raw).find_map(|(name, value)| {
            let name: String = name.chars().take(60).collect();
            let dot = if path.is_empty() { "" } else { "." };
            endless_number(value, &format!("{path}{dot}{name}"))
        }),
        b'[' => items(raw)
            .enumerate()
            .find_map(|(at, item)| endless_number(item, &format!("{path}[{at}]"))),
        b'-' | b'0'..=b'9' => {
            let number: f64 = raw.parse().ok()?;
            number.is_infinite().then(|| path.to_owned())
        }
        _ => None,
    }
}

/// An id of ours. Other texts of an id's shape are unknown jobs, the rest is no id at all.
fn parse_job_id(field: &str, text: &str) -> Result<JobId, PublicError> {
    text.parse().map_err(|_| {
        if fields::is_job_id(text) {
            PublicError::new(ErrorCode::JobNotFound, "there is no such job")
        } else {
            PublicError::invalid(field, "must be a jobId like `job_` and 26 characters")
        }
    })
}
