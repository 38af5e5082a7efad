//! Resources: artifacts of the caller's jobs, and the full schemas of the tools.
//!
//! Invariant: `resources/list` shows only the caller's workspace; a foreign URI and an unknown one give the same fault.

use std::sync::Arc;

use aios_actors::Engine;
use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::base::ids::JobId;
use aios_actors::domain::key::Principal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::reads::packed;
use crate::mcp::catalogue::{Answered, Caller, Started};
use crate::wire::answers::artifact::BUNDLE;
use crate::wire::answers::artifact_uri;
use crate::wire::fault::{Fault, RESOURCE_NOT_FOUND};
use crate::wire::schemas;
use crate::wire::tools::TOOLS;
use crate::wire::version::Version;

/// The templates.
pub(super) const TEMPLATES: [&str; 2] = [
    "aios://jobs/{jobId}/artifacts/{name}",
    "aios://schemas/{tool}.{direction}",
];
/// Jobs whose artifacts stand on one page.
const PAGE_JOBS: usize = 20;
/// Where schemas are.
const SCHEMAS: &str = "aios://schemas/";
/// Where artifacts are.
const JOBS: &str = "aios://jobs/";

/// The result of `resources/templates/list`.
pub(super) fn templates() -> Bytes {
    json!({ "resourceTemplates": [
        {
            "uriTemplate": TEMPLATES[0],
            "name": "artifact",
            "title": "Artifact of a job",
            "description": "For example requirements.md, architecture.json, ux-spec.md or code.zip.",
        },
        {
            "uriTemplate": TEMPLATES[1],
            "name": "schema",
            "title": "Full schema of a tool",
            "description": "JSON Schema with every limit; direction is input or output.",
            "mimeType": "application/schema+json",
        },
    ]})
    .to_string()
    .into()
}

/// The result of `resources/list`: artifacts of recent jobs, newest first; the schemas end the first page.
pub(super) async fn list(
    engine: &Engine,
    principal: &Principal,
    before: Option<JobId>,
) -> Answered {
    let jobs = engine
        .jobs(principal, before, PAGE_JOBS)
        .await
        .map_err(|error| Fault::door(&error))?;
    let mut resources: Vec<Value> = Vec::new();
    for view in &jobs {
        let record = &view.record;
        resources.extend(record.public_artifacts().map(|row| {
            json!({
                "uri": artifact_uri(record.id, &row.name),
                "name": row.name,
                "title": format!("{} of {}", row.name, record.id),
                "description": format!("Made by {} at {}.", record.tool, row.created_at),
                "mimeType": row.media_type,
                "size": row.bytes,
            })
        }));
    }
    if before.is_none() {
        resources.extend(TOOLS.iter().flat_map(|tool| {
            [("input", tool.input), ("output", tool.output)].map(|(direction, schema)| {
                json!({
                    "uri": format!("{SCHEMAS}{}.{direction}", tool.name),
                    "name": format!("{}.{direction}", tool.name),
                    "description": format!("Full {direction} schema of {}.", tool.name),
                    "mimeType": "application/schema+json",
                    "size": schema.len(),
                })
            })
        }));
    }
    let mut result = json!({ "resources": resources });
    if let Some(last) = jobs.last().filter(|_| jobs.len() == PAGE_JOBS) {
        result["nextCursor"] = last.record.id.to_string().into();
    }
    Ok(result.to_string().into())
}

/// The result of `resources/read`.
pub(super) fn read(engine: &Engine, caller: &Caller, uri: &str) -> Started {
    let version = caller.version;
    if let Some(schema) = uri.strip_prefix(SCHEMAS).and_then(schemas::full) {
        let item = json!({ "uri": uri, "mimeType": "application/schema+json", "text": schema });
        return Started::Done(Ok(contents(&item)));
    }
    let named = uri
        .strip_prefix(JOBS)
        .and_then(|rest| rest.split_once("/artifacts/"));
    let Some((job, name)) = named.and_then(|(job, name)| Some((job.parse::<JobId>().ok()?, name)))
    else {
        return Started::Done(Err(not_found(version, uri)));
    };
    let (engine, principal) = (engine.clone(), Arc::clone(&caller.principal));
    let (name, uri) = (name.to_owned(), uri.to_owned());
    Started::Soon(
        async move {
            if name == BUNDLE {
                return match packed(&engine, &principal, job).await {
                    Ok(bytes) => Ok(contents(&item(&uri, "application/zip", &bytes))),
                    Err(error) => Err(fault(version, &uri, &error)),
                };
            }
            match engine.artifact(&principal, job, &name).await {
                Ok((row, bytes)) => Ok(contents(&item(&uri, &row.media_type, &bytes))),
                Err(error) => Err(fault(version, &uri, &error)),
            }
        }
        .boxed(),
    )
}

fn contents(item: &Value) -> Bytes {
    json!({ "contents": [item] }).to_string().into()
}

/// Texts as text, the rest in Base64.
fn item(uri: &str, media_type: &str, bytes: &[u8]) -> Value {
    let is_text = media_type.starts_with("text/") || media_type.contains("json");
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text => json!({ "uri": uri, "mimeType": media_type, "text": text }),
        _ => json!({ "uri": uri, "mimeType": media_type, "blob": STANDARD.encode(bytes) }),
    }
}

fn fault(version: Version, uri: &str, error: &PublicError) -> Fault {
    match error.code {
        ErrorCode::JobNotFound | ErrorCode::ArtifactNotReady | ErrorCode::InvalidInput => {
            not_found(version, uri)
        }
        _ => Fault::door(error),
    }
}

fn not_found(version: Version, uri: &str) -> Fault {
    let shown: String = uri.chars().take(300).collect();
    let mut fault = Fault::in_band("Resource not found").with(json!({ "uri": shown }));
    if !version.is_modern() {
        fault.code = RESOURCE_NOT_FOUND;
    }
    fault
}
