//! Prompts: three ways into the tools for people who pick from a menu.
//!
//! Invariant: arguments are quoted into the text as they are; nothing is looked up.

use std::borrow::Cow;

use aios_actors::base::limits::SPEC_CHARS_MAX;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::mcp::catalogue::Answered;
use crate::wire::arguments::fields::is_job_id;
use crate::wire::fault::Fault;
use crate::wire::members::{member, string};
use crate::wire::tools::PHASES;

struct Prompt {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Name and description; all are required.
    arguments: &'static [(&'static str, &'static str)],
    /// `{name}` stands for an argument.
    text: &'static str,
}

const PROMPTS: [Prompt; 3] = [
    Prompt {
        name: "plan_app",
        title: "Plan an application",
        description: "From a specification to requirements, architecture, UX and code.",
        arguments: &[("spec", "What the application should do")],
        text: "Call aios_full_pipeline with the specification below. Then call aios_get_status with the jobId and \
               wait_seconds 25 until status is completed, read the artifacts with aios_get_artifact, and sum up what was \
               decided, which assumptions were made and which questions are open.\n\nSpecification:\n\n{spec}",
    },
    Prompt {
        name: "review_architecture",
        title: "Review an architecture",
        description: "Reads the architecture of a job and looks for weaknesses.",
        arguments: &[("jobId", "Job whose architecture is reviewed")],
        text: "Read the requirements and the architecture of job {jobId} with aios_get_artifact (type strategy, then type \
               architecture). Judge the data model, access rules, failure modes and the fit to the requirements. List \
               findings by severity, each with the requirement or decision it is about.",
    },
    Prompt {
        name: "regenerate_phase",
        title: "Make one phase again",
        description: "Runs one phase of a finished job again as a new job.",
        arguments: &[
            ("jobId", "Job to build on"),
            ("phase", "strategy, architecture, ux or code"),
        ],
        text: "Run the phase {phase} again on the results of job {jobId}: call the tool for that phase (aios_strategize, \
               aios_design_architecture, aios_design_ux or aios_generate_code) with from_job {jobId}, then compare the \
               new artifacts with the old ones and say what has changed.",
    },
];

/// The result of `prompts/list`.
pub(super) fn list() -> Bytes {
    let prompts: Vec<Value> = PROMPTS
        .iter()
        .map(|prompt| {
            let arguments = prompt.arguments.iter().map(|(name, description)| {
                json!({ "name": name, "description": description, "required": true })
            });
            json!({
                "name": prompt.name,
                "title": prompt.title,
                "description": prompt.description,
                "arguments": arguments.collect::<Value>(),
            })
        })
        .collect();
    json!({ "prompts": prompts }).to_string().into()
}

/// Whether there is a prompt of this name.
pub(super) fn is_known(name: &str) -> bool {
    PROMPTS.iter().any(|prompt| prompt.name == name)
}

/// One argument, where it is one that the tools behind the prompt could use.
fn argument<'a>(arguments: Option<&'a str>, name: &str) -> Result<Cow<'a, str>, Fault> {
    let refused = |rule: &str| Fault::in_band(format!("`arguments.{name}` {rule}"));
    let raw = arguments
        .and_then(|raw| member(raw, name))
        .filter(|raw| *raw != "null")
        .ok_or_else(|| refused("is required"))?;
    let value = string(raw).ok_or_else(|| refused("must be a string"))?;
    if value.trim().is_empty() {
        return Err(refused("must not be empty"));
    }
    match name {
        "phase" if !PHASES.contains(&&*value) => {
            Err(refused(&format!("must be one of {}", PHASES.join(", "))))
        }
        "jobId" if !is_job_id(&value) => Err(refused("must be a jobId")),
        "spec" if value.chars().count() > SPEC_CHARS_MAX => Err(refused(&format!(
            "must have at most {SPEC_CHARS_MAX} characters"
        ))),
        _ => Ok(value),
    }
}

/// The result of `prompts/get`.
pub(super) fn get(name: &str, arguments: Option<&str>) -> Answered {
    let prompt = PROMPTS
        .iter()
        .find(|prompt| prompt.name == name)
        .ok_or_else(|| Fault::in_band("Unknown prompt"))?;
    // One pass over the template, so that an argument's text is never searched for placeholders.
    let mut text = String::new();
    for (index, part) in prompt.text.split('{').enumerate() {
        if index == 0 {
            text.push_str(part);
            continue;
        }
        let (placeholder, rest) = part.split_once('}').unwrap_or((part, ""));
        text.push_str(&argument(arguments, placeholder)?);
        text.push_str(rest);
    }
    let result = json!({
        "description": prompt.description,
        "messages": [{ "role": "user", "content": { "type": "text", "text": text } }],
    });
    Ok(result.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_and_required() {
        let given = json!({ "spec": "a {jobId} b" }).to_string();
        let result = get("plan_app", Some(&given)).unwrap();
        let text = String::from_utf8_lossy(&result);
        assert!(text.contains("a {jobId} b"), "{text}");
        for (name, given) in [
            ("plan_app", None),
            ("plan_app", Some("{\"spec\":\" \"}")),
            ("plan_app", Some("{\"spec\":7}")),
            (
                "regenerate_phase",
                Some(r#"{"jobId":"job_12","phase":"marketing"}"#),
            ),
            ("review_architecture", Some(r#"{"jobId":"a b"}"#)),
            ("x", None),
        ] {
            assert_eq!(
                get(name, given).unwrap_err().code,
                crate::wire::fault::INVALID_PARAMS
            );
        }
    }
}
