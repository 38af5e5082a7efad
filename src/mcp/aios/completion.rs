//! Completion of prompt and template arguments.
//!
//! Invariant: at most [`VALUES_MAX`] values, all of the caller's own workspace.

use std::sync::Arc;

use aios_actors::Engine;
use bytes::Bytes;
use futures_util::FutureExt;
use serde_json::json;

use super::{prompts, resources};
use crate::mcp::catalogue::{Caller, Started};
use crate::wire::fault::Fault;
use crate::wire::members::{member, string};
use crate::wire::params::Params;
use crate::wire::tools::PHASES;

/// Most values of one answer (2025-06-18, completion).
const VALUES_MAX: usize = 100;
/// Names of artifacts that jobs have.
const NAMES: [&str; 9] = [
    "requirements.json",
    "requirements.md",
    "architecture.json",
    "architecture.md",
    "ux-spec.json",
    "ux-spec.md",
    "tokens.json",
    "code.json",
    "code.zip",
];

/// The result of `completion/complete`.
pub(super) fn complete(engine: &Engine, caller: &Caller, params: &Params<'_>) -> Started {
    let argument = params.get("argument").unwrap_or("{}");
    let text = |name: &str| member(argument, name).and_then(string);
    let (Some(name), Some(value), true) = (
        text("name"),
        text("value"),
        params.get("ref").is_some_and(|raw| raw.starts_with('{')),
    ) else {
        let fault = Fault::in_band("`ref` and `argument` with `name` and `value` are required");
        return Started::Done(Err(fault));
    };
    if !is_known(params.get("ref").unwrap_or("{}")) {
        let fault = Fault::in_band(
            "`ref` must be a ref/prompt with the name of a prompt, or a ref/resource with the uri of a template",
        );
        return Started::Done(Err(fault));
    }
    match &*name {
        "phase" => Started::Done(Ok(starting_with(&value, PHASES.into_iter()))),
        "name" => Started::Done(Ok(starting_with(&value, NAMES.into_iter()))),
        "direction" => Started::Done(Ok(starting_with(&value, ["input", "output"].into_iter()))),
        "jobId" => {
            let (engine, principal) = (engine.clone(), Arc::clone(&caller.principal));
            let value = value.into_owned();
            let list = async move {
                let jobs = engine.jobs(&principal, None, VALUES_MAX).await;
                let jobs = jobs.map_err(|error| Fault::door(&error))?;
                let ids: Vec<_> = jobs.iter().map(|view| view.record.id.to_string()).collect();
                Ok(starting_with(&value, ids.iter().map(String::as_str)))
            };
            Started::Soon(list.boxed())
        }
        _ => Started::Done(Ok(starting_with("", std::iter::empty()))),
    }
}

/// Whether a reference names a prompt or a template of ours.
fn is_known(reference: &str) -> bool {
    let text = |name: &str| member(reference, name).and_then(string);
    match text("type").as_deref() {
        Some("ref/prompt") => text("name").is_some_and(|name| prompts::is_known(&name)),
        Some("ref/resource") => {
            text("uri").is_some_and(|uri| resources::TEMPLATES.contains(&&*uri))
        }
        _ => false,
    }
}

fn starting_with<'a>(value: &str, known: impl Iterator<Item = &'a str>) -> Bytes {
    let values: Vec<_> = known
        .filter(|known| known.starts_with(value))
        .take(VALUES_MAX)
        .collect();
    let total = values.len();
    json!({ "completion": { "values": values, "total": total, "hasMore": false } })
        .to_string()
        .into()
}
