//! The answers of `aios_get_artifact`: an index, a part of a text, a file of an archive, or a link.
//!
//! Invariant: an answer holds at most the bytes that were asked for; text is cut at character boundaries, and
//! `next_offset` continues exactly there.

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::domain::artifact::{ArtifactRow, names_of_type};
use aios_actors::domain::job::StepStatus;
use aios_actors::domain::record::JobRecord;
use serde_json::{Map, Value, json};

use super::{ToolAnswer, artifact_uri, job, resource_link};
use crate::wire::archive;
use crate::wire::arguments::{ArtifactCall, Format};

/// Longest file of an archive that is inflated, in bytes.
const FILE_BYTES_MAX: u64 = 8 * 1_024 * 1_024;

/// The archive of everything a job has made.
pub const BUNDLE: &str = "bundle.zip";

/// What has to be read to answer a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: the index of all artifacts.
    Index,
    /// Nothing: a link to this artifact.
    Link(ArtifactRow),
    /// The content of this artifact.
    Content(ArtifactRow),
    /// A file, or all files below a folder, of this archive.
    Member(ArtifactRow, String),
    /// All of these in one archive, which is made when it is asked for.
    Bundle(Vec<ArtifactRow>),
}

/// Decides what to read.
///
/// # Errors
/// `ARTIFACT_NOT_READY` when the job is still to make it, `INVALID_INPUT` when it never will, with what there is.
pub fn plan(record: &JobRecord, call: &ArtifactCall) -> Result<Plan, PublicError> {
    if let Some(path) = &call.path {
        let name = match call.kind {
            "code" | "code_files" | "all" => "code.zip",
            _ => return Err(PublicError::invalid("path", "needs type code")),
        };
        return Ok(Plan::Member(row(record, call, name)?, path.clone()));
    }
    let name = match (call.kind, call.format) {
        ("all", Format::Zip) => return bundle(record).map(Plan::Bundle),
        ("all", _) => return Ok(Plan::Index),
        (kind, format) => name_of(kind, format).ok_or_else(|| {
            let names = names_of_type(kind).map_or(&[][..], |(_, names)| names);
            let rule = format!(
                "{} is not made for type {kind}; there is {}",
                format.name(),
                names.join(", ")
            );
            PublicError::invalid("format", rule)
        })?,
    };
    let row = row(record, call, name)?;
    let is_archive = row.media_type == "application/zip";
    Ok(if is_archive || call.format == Format::Url {
        Plan::Link(row)
    } else {
        Plan::Content(row)
    })
}

/// The artifact of a type in a form.
fn name_of(kind: &str, format: Format) -> Option<&'static str> {
    let (_, names) = names_of_type(kind)?;
    let ending = match format {
        Format::Json | Format::Url => ".json",
        Format::Markdown => ".md",
        Format::Zip => ".zip",
    };
    names.iter().copied().find(|name| name.ends_with(ending))
}

fn row(record: &JobRecord, call: &ArtifactCall, name: &str) -> Result<ArtifactRow, PublicError> {
    let found = record.artifact(name).filter(|row| !row.internal);
    found.cloned().ok_or_else(|| missing(record, call, name))
}

/// Why there is no such artifact: it is still to come, or it never will.
fn missing(record: &JobRecord, call: &ArtifactCall, name: &str) -> PublicError {
    let status = job::status_word(record.state());
    let kind = if call.kind == "all" {
        "code"
    } else {
        call.kind
    };
    let step = names_of_type(kind).map_or(kind, |(step, _)| step);
    let mut steps = record.machine.steps().iter();
    let is_to_come = !record.state().is_terminal()
        && steps.any(|other| other.name == step && other.status != StepStatus::Completed);
    if is_to_come {
        let message = format!("the job is {status} and has no {name} yet");
        return PublicError::new(ErrorCode::ArtifactNotReady, message);
    }
    let rule = format!(
        "{}: the job is {status} and does not make {name}; available are {}",
        call.kind,
        available(record)
    );
    PublicError::invalid("type", rule)
}

/// The names a caller can ask for now, each with its type.
fn available(record: &JobRecord) -> String {
    let names: Vec<_> = record
        .public_artifacts()
        .map(|row| format!("{} ({})", row.name, job::kind_of(&row.name, &row.step)))
        .collect();
    if names.is_empty() {
        "no artifacts".to_owned()
    } else {
        names.join(", ")
    }
}

/// What the archive of a whole job holds.
///
/// # Errors
/// `ARTIFACT_NOT_READY` while the job goes on, `INVALID_INPUT` when it ended with nothing.
pub fn bundle(record: &JobRecord) -> Result<Vec<ArtifactRow>, PublicError> {
    if !record.state().is_terminal() {
        let status = job::status_word(record.state());
        let message = format!("the job is {status}; the archive of everything is made at its end");
        return Err(PublicError::new(ErrorCode::ArtifactNotReady, message));
    }
    let rows: Vec<_> = record.public_artifacts().cloned().collect();
    if rows.is_empty() {
        let rule = "zip: the job has ended without artifacts";
        return Err(PublicError::invalid("format", rule));
    }
    Ok(rows)
}

/// The answer that links the archive of everything.
pub fn with_bundle(record: &JobRecord, call: &ArtifactCall, bytes: usize) -> ToolAnswer {
    let uri = artifact_uri(record.id, BUNDLE);
    let mut structured = header(record, call);
    structured.insert("url".to_owned(), uri.as_str().into());
    structured.insert("total_bytes".to_owned(), bytes.into());
    let next = "Read it as the MCP resource in url.";
    structured.insert("next".to_owned(), next.into());
    let link = json!({
        "type": "resource_link",
        "uri": uri,
        "name": BUNDLE,
        "mimeType": "application/zip",
        "size": bytes,
    });
    ToolAnswer {
        text: format!("{BUNDLE} ({bytes} bytes): {uri}\n{next}"),
        links: vec![link],
        structured: Some(structured),
        is_error: false,
    }
}

/// The answer without any content.
pub fn without_content(record: &JobRecord, call: &ArtifactCall, plan: &Plan) -> ToolAnswer {
    let mut structured = header(record, call);
    let mut links: Vec<_> = record
        .public_artifacts()
        .map(|row| resource_link(record.id, row))
        .collect();
    let mut text = job::summary(record, None);
    if let Plan::Link(row) = plan {
        let uri = artifact_uri(record.id, &row.name);
        structured.insert("url".to_owned(), uri.as_str().into());
        structured.insert("total_bytes".to_owned(), row.bytes.into());
        let next = if row.name == "code.zip" {
            "Read single files with path (a folder ends in /), or the whole archive as the MCP resource in url."
        } else {
            "Read it as the MCP resource in url."
        };
        structured.insert("next".to_owned(), next.into());
        text = format!("{} ({} bytes): {uri}\n{next}", row.name, row.bytes);
        links = vec![resource_link(record.id, row)];
    }
    ToolAnswer {
        text,
        links,
        structured: Some(structured),
        is_error: false,
    }
}

/// The answer with (a part of) a content.
pub fn with_content(
    record: &JobRecord,
    call: &ArtifactCall,
    row: &ArtifactRow,
    bytes: &[u8],
) -> ToolAnswer {
    let mut structured = header(record, call);
    structured.insert("total_bytes".to_owned(), bytes.len().into());
    let is_whole = call.offset == 0 && bytes.len() as u64 <= call.max_bytes;
    let parsed = is_whole
        .then(|| serde_json::from_slice::<Value>(bytes).ok())
        .flatten()
        .filter(|_| row.media_type.contains("json"));
    let text = match parsed {
        Some(value) => {
            structured.insert("content".to_owned(), value);
            format!(
                "{}: {} bytes of JSON in structuredContent.content.",
                row.name,
                bytes.len()
            )
        }
        None => part(&mut structured, call, &row.name, bytes),
    };
    let links = vec![resource_link(record.id, row)];
    ToolAnswer {
        text,
        links,
        structured: Some(structured),
        is_error: false,
    }
}

/// The answer with a file, or the files below a folder, of an archive.
///
/// # Errors
/// `INVALID_INPUT` when nothing in the archive has this path.
pub fn with_member(
    record: &JobRecord,
    call: &ArtifactCall,
    path: &str,
    archive: &[u8],
) -> Result<ToolAnswer, PublicError> {
    if path.ends_with('/') {
        return folder(record, call, path, archive);
    }
    let content = archive::read(archive, path, FILE_BYTES_MAX)
        .ok_or_else(|| PublicError::invalid("path", "names no file of the archive"))?;
    let mut structured = header(record, call);
    structured.insert("path".to_owned(), path.into());
    structured.insert("total_bytes".to_owned(), content.len().into());
    let text = part(&mut structured, call, path, &content);
    Ok(ToolAnswer {
        text,
        structured: Some(structured),
        ..ToolAnswer::default()
    })
}

/// Files below a folder, from the `offset`-th on, as many as fit.
fn folder(
    record: &JobRecord,
    call: &ArtifactCall,
    path: &str,
    archive: &[u8],
) -> Result<ToolAnswer, PublicError> {
    let all: Vec<_> = archive::list(archive)
        .into_iter()
        .filter(|(name, _)| path == "/" || name.starts_with(path))
        .collect();
    if all.is_empty() {
        return Err(PublicError::invalid(
            "path",
            "names no folder of the archive",
        ));
    }
    let start = usize::try_from(call.offset)
        .unwrap_or(usize::MAX)
        .min(all.len());
    let (mut files, mut left, mut end) = (Vec::new(), call.max_bytes, start);
    for (name, bytes) in &all[start..] {
        if *bytes > left && !files.is_empty() {
            break;
        }
        let content = archive::read(archive, name, left).unwrap_or_default();
        left = left.saturating_sub(*bytes);
        files.push(json!({ "path": name, "content": String::from_utf8_lossy(&content) }));
        end += 1;
    }
    let mut structured = header(record, call);
    let text = format!("{} of {} files below {path}.", files.len(), all.len());
    structured.insert("path".to_owned(), path.into());
    structured.insert("content".to_owned(), files.into());
    structured.insert("offset".to_owned(), start.into());
    let next = (end < all.len()).then_some(end);
    structured.insert("next_offset".to_owned(), next.into());
    structured.insert("total_files".to_owned(), all.len().into());
    Ok(ToolAnswer {
        text,
        structured: Some(structured),
        ..ToolAnswer::default()
    })
}

fn header(record: &JobRecord, call: &ArtifactCall) -> Map<String, Value> {
    let mut structured = job::base(record, None);
    structured.insert("type".to_owned(), call.kind.into());
    structured.insert("artifact_type".to_owned(), call.kind.into());
    structured.insert("format".to_owned(), call.format.name().into());
    structured
}

/// Puts the part that was asked for into `structured`; the text shows its beginning.
fn part(
    structured: &mut Map<String, Value>,
    call: &ArtifactCall,
    name: &str,
    bytes: &[u8],
) -> String {
    let text = String::from_utf8_lossy(bytes);
    let start = usize::try_from(call.offset)
        .unwrap_or(usize::MAX)
        .min(text.len());
    let start = text.floor_char_boundary(start);
    let wanted = usize::try_from(call.max_bytes).unwrap_or(usize::MAX);
    let end = text.floor_char_boundary(start.saturating_add(wanted).min(text.len()));
    let next = (end < text.len()).then_some(end);
    structured.insert("content".to_owned(), text[start..end].into());
    structured.insert("offset".to_owned(), start.into());
    structured.insert("next_offset".to_owned(), next.into());
    let more = next.map_or(String::new(), |next| format!(" Go on with offset {next}."));
    format!(
        "{name}: bytes {start} to {end} of {} in structuredContent.content.{more}",
        text.len()
    )
}
