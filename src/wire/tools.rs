//! The table of tools: names, words for people and models, scope, and what each call turns into.
//!
//! Invariant: the order of [`TOOLS`] is the order of `tools/list`, and names never change.

use aios_actors::domain::key::Scope;

/// Phases of the pipeline, in the order they run.
pub const PHASES: [&str; 4] = ["strategy", "architecture", "ux", "code"];

/// What a call of a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolKind {
    /// One agent works on one step; the call may wait for it.
    Agent {
        /// The step.
        step: &'static str,
    },
    /// All agents, one after the other; the call does not wait.
    Pipeline,
    /// Reads a job.
    Status,
    /// Reads an artifact.
    Artifact,
    /// Ends a job.
    Cancel,
}

/// One tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Name on the wire.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// What a model has to know to choose it.
    pub description: &'static str,
    /// What a call is.
    pub kind: ToolKind,
    /// Full input schema.
    pub input: &'static str,
    /// Full output schema.
    pub output: &'static str,
}

impl Tool {
    /// What the caller's key must allow.
    pub const fn scope(&self) -> Scope {
        match self.kind {
            ToolKind::Agent { .. } | ToolKind::Pipeline | ToolKind::Cancel => Scope::JobsWrite,
            ToolKind::Status => Scope::JobsRead,
            ToolKind::Artifact => Scope::ArtifactsRead,
        }
    }

    /// Each call makes a job.
    pub const fn creates_work(&self) -> bool {
        matches!(self.kind, ToolKind::Agent { .. } | ToolKind::Pipeline)
    }

    /// Changes nothing.
    pub const fn is_read_only(&self) -> bool {
        matches!(self.kind, ToolKind::Status | ToolKind::Artifact)
    }

    /// The steps of a job of this tool when the caller names none.
    pub fn steps(&self) -> &'static [&'static str] {
        match self.kind {
            ToolKind::Agent { step } => {
                let at = PHASES.iter().position(|phase| *phase == step).unwrap_or(0);
                &PHASES[at..=at]
            }
            ToolKind::Pipeline => &PHASES,
            _ => &[],
        }
    }
}

macro_rules! schema {
    ($name:literal, $direction:literal) => {
        include_str!(concat!(
            "../../config/schemas/",
            $name,
            ".",
            $direction,
            ".json"
        ))
    };
}

macro_rules! tool {
    ($name:literal, $title:literal, $kind:expr, $description:literal) => {
        Tool {
            name: $name,
            title: $title,
            description: $description,
            kind: $kind,
            input: schema!($name, "input"),
            output: schema!($name, "output"),
        }
    };
}

/// All tools.
pub const TOOLS: [Tool; 8] = [
    tool!(
        "aios_strategize",
        "Product strategy and requirements",
        ToolKind::Agent { step: "strategy" },
        "Turns a product specification into traced requirements (functional, non-functional, constraints), a strategy \
         and a PRD. Waits up to wait_seconds; otherwise returns a jobId for aios_get_status."
    ),
    tool!(
        "aios_design_architecture",
        "Software architecture",
        ToolKind::Agent {
            step: "architecture"
        },
        "Designs stack, data model, API, security and decisions for a specification. Pass from_job to build on an \
         earlier job instead of pasting its result."
    ),
    tool!(
        "aios_design_ux",
        "UX specification",
        ToolKind::Agent { step: "ux" },
        "Designs user flows, pages with wireframes, design tokens and accessibility rules. Pass from_job to build on \
         an earlier job."
    ),
    tool!(
        "aios_generate_code",
        "Application code",
        ToolKind::Agent { step: "code" },
        "Generates a runnable web application: files, dependencies, setup instructions. Read single files with \
         aios_get_artifact (type code, path)."
    ),
    tool!(
        "aios_full_pipeline",
        "Whole pipeline",
        ToolKind::Pipeline,
        "Runs strategy, architecture, ux and code as one durable job and returns its jobId at once. Then call \
         aios_get_status with wait_seconds until it has completed."
    ),
    tool!(
        "aios_get_status",
        "Status of a job",
        ToolKind::Status,
        "Tells how far a job is, what blocks it, and which artifacts exist. wait_seconds makes it wait for news."
    ),
    tool!(
        "aios_get_artifact",
        "Read an artifact",
        ToolKind::Artifact,
        "Reads an artifact of a job in parts: type selects it, format its form, path one file of the code bundle."
    ),
    tool!(
        "aios_cancel_job",
        "Cancel a job",
        ToolKind::Cancel,
        "Ends a job that has not finished. Finished artifacts stay readable; a finished job is left as it is."
    ),
];

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The tool of this name, with or without the `aios_` prefix: REST accepts both.
pub fn find_short(name: &str) -> Option<&'static Tool> {
    TOOLS
        .iter()
        .find(|tool| tool.name == name || tool.name.strip_prefix("aios_") == Some(name))
}

/// The agent behind a step.
pub fn agent_of(step: &str) -> Option<&'static str> {
    Some(match step {
        "strategy" => "pm",
        "architecture" => "architect",
        "ux" => "ux",
        "code" => "dev",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_found_by_both_names() {
        assert_eq!(
            find("aios_get_status").map(|tool| tool.kind),
            Some(ToolKind::Status)
        );
        assert!(find("get_status").is_none());
        assert_eq!(
            find_short("strategize").map(|tool| tool.name),
            Some("aios_strategize")
        );
        assert!(find_short("aios_nothing").is_none());
    }

    #[test]
    fn each_agent_tool_has_its_one_step_and_the_pipeline_has_all() {
        let steps: Vec<_> = TOOLS.iter().map(Tool::steps).collect();
        assert_eq!(steps[0], ["strategy"]);
        assert_eq!(steps[3], ["code"]);
        assert_eq!(steps[4], PHASES);
        assert!(steps[5..].iter().all(|steps| steps.is_empty()));
        assert!(PHASES.iter().all(|phase| agent_of(phase).is_some()));
    }
}
