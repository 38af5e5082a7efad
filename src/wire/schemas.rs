//! Tool schemas: the full ones as resources, and the lean ones that `tools/list` advertises, derived from them.
//!
//! Invariant: whatever fits the full schema of an output fits the lean one, and the whole list stays under
//! [`LIST_BYTES_MAX`].

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::tools::{TOOLS, Tool, find};

/// Largest `tools/list` result, in bytes: every model pays for it in every conversation.
pub const LIST_BYTES_MAX: usize = 24 * 1024;

/// Output members that are worth advertising beside the main result; all others are in the full schema.
const OUTPUT_COMMON: [&str; 6] = [
    "jobId",
    "status",
    "progress_percent",
    "artifacts",
    "error",
    "next",
];
/// Output members that every tool has and that are left out of the advertised schema.
const OUTPUT_QUIET: [&str; 12] = [
    "job_id",
    "poll_after_seconds",
    "usage",
    "warnings",
    "cached",
    "cached_age_seconds",
    "outcome",
    "blocked_by",
    "truncated",
    "questions",
    "created_at",
    "expires_at",
];

/// The full schema called `{tool}.{input|output}`.
pub fn full(name: &str) -> Option<&'static str> {
    let (tool, direction) = name.rsplit_once('.')?;
    let tool = find(tool)?;
    match direction {
        "input" => Some(tool.input),
        "output" => Some(tool.output),
        _ => None,
    }
}

/// The result of `tools/list`, the same for every caller and era.
pub fn tools_list() -> Bytes {
    let tools: Vec<Value> = TOOLS.iter().map(describe).collect();
    json!({ "tools": tools }).to_string().into()
}

fn describe(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": lean_input(&parse(tool.input)),
        "outputSchema": lean_output(&parse(tool.output)),
        "annotations": {
            "title": tool.title,
            "readOnlyHint": tool.is_read_only(),
            "destructiveHint": tool.name == "aios_cancel_job",
            "idempotentHint": !tool.creates_work(),
            "openWorldHint": false,
        },
    })
}

/// Compiled-in text: that it is JSON is a test.
fn parse(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap_or_default()
}

fn lean_input(full: &Value) -> Value {
    let mut properties = Map::new();
    for (name, property) in full["properties"].as_object().into_iter().flatten() {
        properties.insert(name.clone(), lean(property, true));
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    let is_required = full["required"]
        .as_array()
        .is_some_and(|names| !names.is_empty());
    if is_required {
        schema["required"] = full["required"].clone();
    }
    schema
}

/// Type, allowed words, items and members; descriptions only on the first level.
fn lean(property: &Value, is_top: bool) -> Value {
    let mut kept = Map::new();
    let words = if is_top {
        &["type", "enum", "description"][..]
    } else {
        &["type", "enum"]
    };
    for word in words {
        if let Some(value) = property.get(*word) {
            kept.insert((*word).to_owned(), value.clone());
        }
    }
    if !kept.contains_key("type") {
        // Words are always strings here; a type beside the enum is what strict clients want.
        kept.insert("type".to_owned(), "string".into());
    }
    if let Some(items) = property.get("items") {
        kept.insert("items".to_owned(), lean(items, false));
    }
    if let Some(members) = property["properties"].as_object() {
        let members: Map<_, _> = members
            .iter()
            .map(|(name, member)| (name.clone(), lean(member, false)))
            .collect();
        kept.insert("properties".to_owned(), members.into());
    }
    kept.into()
}

fn lean_output(full: &Value) -> Value {
    let mut properties = Map::new();
    for (name, property) in full["properties"].as_object().into_iter().flatten() {
        let is_common = OUTPUT_COMMON.contains(&name.as_str());
        if OUTPUT_QUIET.contains(&name.as_str()) && !is_common {
            continue;
        }
        let lean = match property.get("type") {
            Some(kind) => json!({ "type": kind }),
            None if property.get("enum").is_some() => json!({ "type": "string" }),
            None => json!({}),
        };
        properties.insert(name.clone(), lean);
    }
    json!({ "type": "object", "properties": properties, "required": full["required"] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_lean_and_complete() {
        let list = tools_list();
        assert!(list.len() < LIST_BYTES_MAX, "{} bytes", list.len());
        let list: Value = serde_json::from_slice(&list).unwrap();
        let tools = list["tools"].as_array().unwrap();
        assert_eq!(tools.len(), TOOLS.len());
        for tool in tools {
            assert_eq!(tool["inputSchema"]["type"], "object");
            assert_eq!(tool["outputSchema"]["required"], json!(["jobId", "status"]));
            let text = tool.to_string();
            for word in [
                "minLength",
                "maxLength",
                "pattern",
                "anyOf",
                "oneOf",
                "$ref",
            ] {
                assert!(!text.contains(&format!("\"{word}\"")), "{word} in {text}");
            }
            for (name, property) in tool["inputSchema"]["properties"].as_object().unwrap() {
                assert!(property["type"].is_string(), "{name}");
            }
        }
    }

    #[test]
    fn every_schema_is_valid_and_found_by_name() {
        for tool in &TOOLS {
            for direction in ["input", "output"] {
                let schema = full(&format!("{}.{direction}", tool.name)).unwrap();
                let schema: Value = serde_json::from_str(schema).unwrap();
                assert!(
                    jsonschema::validator_for(&schema).is_ok(),
                    "{} {direction}",
                    tool.name
                );
            }
        }
        assert!(full("aios_nothing.input").is_none());
        assert!(full("aios_strategize.other").is_none());
        assert!(full("aios_strategize").is_none());
    }
}
