//! Prompts: three ways into the tools for people who pick from a menu.
//!
//! Invariant: arguments are quoted into the text as they are; nothing is looked up.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::mcp::catalogue::Answered;
use crate::wire::fault::Fault;
use crate::wire::members::{member, string};

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
        let value = arguments
            .and_then(|raw| member(raw, placeholder))
            .and_then(string)
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| Fault::in_band(format!("`arguments.{placeholder}` is required")))?;
        text.push_str(&value);
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
        let given = json!({ "jobId": "job_{phase}", "phase": "ux" }).to_string();
        let result = get("regenerate_phase", Some(&given)).unwrap();
        let text = String::from_utf8_lossy(&result);
        assert!(
            text.contains("phase ux again on the results of job job_{phase}"),
            "{text}"
        );
        for (name, given) in [
            ("plan_app", None),
            ("plan_app", Some("{\"spec\":\" \"}")),
            ("x", None),
        ] {
            assert_eq!(
                get(name, given).unwrap_err().code,
                crate::wire::fault::INVALID_PARAMS
            );
        }
    }
}
