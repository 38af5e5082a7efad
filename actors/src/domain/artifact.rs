//! Artifact rows: what is known about a stored artifact without reading it.
//!
//! Invariant: a row exists only for content that is durable, and names the exact bytes by their SHA-256.

use serde::{Deserialize, Serialize};

use crate::base::ids::ArtifactId;
use crate::base::time::Timestamp;

/// Where the sealed bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the journal, as the value of the artifact's own key.
    Journal,
    /// In a pack file: name, first byte and length of the sealed object.
    Pack {
        /// Name of the pack.
        pack: String,
        /// First byte.
        offset: u64,
        /// Length in bytes.
        len: u64,
    },
}

/// One stored artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRow {
    /// Its id.
    pub id: ArtifactId,
    /// Public name, unique in its job: `requirements.json`.
    pub name: String,
    /// The step that made it.
    pub step: String,
    /// Media type.
    pub media_type: String,
    /// Length of the content in bytes, before sealing.
    pub bytes: u64,
    /// SHA-256 of the content, in hex.
    pub sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Not listed and not readable from outside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    /// Where the sealed bytes are.
    pub place: Place,
}

/// The step that delivers an artifact of this public `type` (and the predecessor's aliases), and the main names in it.
///
/// Returns `None` for an unknown type. `all` is not a type here.
pub fn names_of_type(kind: &str) -> Option<(&'static str, &'static [&'static str])> {
    Some(match kind {
        "strategy" | "prd" | "requirements" => {
            ("strategy", &["requirements.json", "requirements.md"])
        }
        "architecture" => ("architecture", &["architecture.json", "architecture.md"]),
        "ux" | "design_system" | "wireframes" => ("ux", &["ux-spec.json", "ux-spec.md"]),
        "design_tokens" => ("ux", &["tokens.json"]),
        "code" | "code_files" => ("code", &["code.json", "code.zip"]),
        _ => return None,
    })
}
