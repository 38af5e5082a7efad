//! The output contract: what a draft must look like before anything of it is stored.
//!
//! Invariant: names are plain file names and unique in the job, sizes are bounded, JSON parses.

use crate::base::error::{ErrorCode, PublicError};
use crate::base::limits::{SEAL_BYTES_MAX, STEP_ARTIFACTS_MAX};
use crate::ports::agent::{AgentError, Draft, DraftArtifact};

fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=100).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain)
}

fn fault_of(artifact: &DraftArtifact) -> Option<&'static str> {
    if !is_file_name(&artifact.name) {
        return Some("has a name that is not a plain file name");
    }
    if artifact.bytes.is_empty() {
        return Some("is empty");
    }
    if artifact.bytes.len() > SEAL_BYTES_MAX {
        return Some("is too large");
    }
    let is_json = artifact.media_type == "application/json";
    if is_json && serde_json::from_slice::<serde::de::IgnoredAny>(&artifact.bytes).is_err() {
        return Some("is not valid JSON");
    }
    None
}

/// Checks `draft`; `taken` are the names the job already has.
///
/// # Errors
/// A retryable `AGENT_FAILURE` that names the artifact and the rule, never its content.
pub fn check(draft: &Draft, taken: &[String]) -> Result<(), AgentError> {
    let refuse = |message: String| AgentError {
        error: PublicError::new(ErrorCode::AgentFailure, message),
        retryable: true,
    };
    if draft.artifacts.is_empty() || draft.artifacts.len() > STEP_ARTIFACTS_MAX {
        let count = draft.artifacts.len();
        return Err(refuse(format!("the agent delivered {count} artifacts")));
    }
    for (index, artifact) in draft.artifacts.iter().enumerate() {
        if let Some(fault) = fault_of(artifact) {
            return Err(refuse(format!(
                "artifact {} of the agent's draft {fault}",
                index + 1
            )));
        }
        let earlier = draft.artifacts[..index].iter().map(|other| &other.name);
        if earlier.chain(taken).any(|name| *name == artifact.name) {
            return Err(refuse(format!(
                "the agent delivered {} twice",
                artifact.name
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn draft(name: &str, media_type: &str, text: &'static str) -> Draft {
        let artifact = DraftArtifact {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            bytes: Bytes::from_static(text.as_bytes()),
            internal: false,
        };
        Draft {
            artifacts: vec![artifact],
            ..Draft::default()
        }
    }

    #[test]
    fn a_good_draft_passes() {
        check(&draft("a.json", "application/json", "{}"), &[]).unwrap();
    }

    #[test]
    fn bad_drafts_are_refused_and_can_be_tried_again() {
        let bad = [
            Draft::default(),
            draft("../a", "text/plain", "x"),
            draft(".a", "text/plain", "x"),
            draft("a", "text/plain", ""),
            draft("a.json", "application/json", "{"),
            draft("taken", "text/plain", "x"),
        ];
        for draft in bad {
            assert!(check(&draft, &["taken".to_owned()]).unwrap_err().retryable);
        }
    }
}
