//! What tools answer: job records and artifacts in, result objects out.
//!
//! Invariant: pure. Every `structuredContent` made here fits the schema that `tools/list` advertises, and `content` is a
//! summary of at most [`SUMMARY_BYTES_MAX`] bytes, never a mirror of it.

pub mod agent;
pub mod artifact;
pub mod job;
mod projections;
#[cfg(test)]
mod tests;

use aios_actors::base::error::PublicError;
use aios_actors::base::ids::JobId;
use aios_actors::domain::artifact::ArtifactRow;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::version::Version;

/// Largest text summary, in bytes.
pub const SUMMARY_BYTES_MAX: usize = 4_096;
/// Largest `structuredContent`; past it Markdown members, then the main object, give way to their links.
pub const STRUCTURED_BYTES_MAX: usize = 80 * 1_024;

/// A tool's answer, before it is put into an envelope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolAnswer {
    /// Summary for models and people.
    pub text: String,
    /// Artifacts to link.
    pub links: Vec<Value>,
    /// The data.
    pub structured: Option<Map<String, Value>>,
    /// The tool ran into trouble.
    pub is_error: bool,
}

impl ToolAnswer {
    /// A refusal or failure that has no job to show (decision 43: no structured content then).
    pub fn error(error: &PublicError) -> Self {
        let text = json!({ "error": error_object(error) }).to_string();
        Self {
            text,
            is_error: true,
            ..Self::default()
        }
    }

    /// The result object of `tools/call`.
    pub fn render(&self, version: Version) -> Bytes {
        let mut content = vec![json!({ "type": "text", "text": cut(&self.text) })];
        for link in &self.links {
            content.push(if version.has_resource_links() {
                link.clone()
            } else {
                json!({ "type": "text", "text": link["uri"] })
            });
        }
        let mut object = Map::new();
        object.insert("content".to_owned(), content.into());
        if let Some(structured) = &self.structured {
            object.insert(
                "structuredContent".to_owned(),
                Value::Object(structured.clone()),
            );
        }
        object.insert("isError".to_owned(), self.is_error.into());
        Value::Object(object).to_string().into()
    }
}

/// The error object of tools, REST and job records.
pub fn error_object(error: &PublicError) -> Value {
    let row = error.code.row();
    let mut details = json!({ "retryable": row.retryable, "recovery": row.recovery });
    if let Some(field) = &error.field {
        details["field"] = field.as_str().into();
    }
    let mut object = json!({ "code": row.name, "message": error.message, "details": details });
    if let Some(wait) = error.retry_after_ms {
        object["retry_after_ms"] = wait.into();
    }
    object
}

/// The resource URI of an artifact.
pub fn artifact_uri(job: JobId, name: &str) -> String {
    format!("aios://jobs/{job}/artifacts/{name}")
}

/// A `resource_link` content item.
pub fn resource_link(job: JobId, row: &ArtifactRow) -> Value {
    json!({
        "type": "resource_link",
        "uri": artifact_uri(job, &row.name),
        "name": row.name,
        "mimeType": row.media_type,
        "size": row.bytes,
    })
}

/// `text`, cut at a character boundary below the limit of a summary.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(SUMMARY_BYTES_MAX)]
}
