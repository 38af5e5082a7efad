//! Arguments of the agent tools and the pipeline: both generations of names in, one canonical form out.
//!
//! Invariant: every content argument of the caller stands in [`AgentCall::arguments`] or in a warning; equal wishes give
//! equal arguments whatever their order and generation.

use std::time::Duration;

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::base::ids::JobId;
use serde_json::{Map, Value};

use super::fields::{CONTENT, EXECUTION, PHASE_LIST, STYLES};
use super::rules::Field;
use super::{WAIT_SECONDS_DEFAULT, WAIT_SECONDS_MAX, parse_job_id};
use crate::wire::tools::{PHASES, Tool, ToolKind};

/// How generated code is handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The list of files.
    #[default]
    Manifest,
    /// With contents, up to a limit.
    Inline,
    /// As one archive.
    Zip,
}

/// A call of an agent tool or the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentCall {
    /// Steps to run, in pipeline order.
    pub steps: Vec<&'static str>,
    /// Canonical arguments.
    pub arguments: Map<String, Value>,
    /// Job whose artifacts are the input.
    pub from_job: Option<JobId>,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Where terminal events go.
    pub webhook_url: Option<String>,
    /// How long the call may wait for the job.
    pub wait: Duration,
    /// How code is handed over.
    pub delivery: Delivery,
    /// What was mapped or ignored.
    pub warnings: Vec<String>,
}

impl AgentCall {
    /// As [`Self::read`]; the `Idempotency-Key` header stands in for the argument.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_with_key(
        tool: &Tool,
        mut given: Map<String, Value>,
        header: Option<&str>,
    ) -> Result<Self, PublicError> {
        let Some(header) = header else {
            return Self::read(tool, given);
        };
        let own = given.get("idempotency_key").filter(|own| !own.is_null());
        let is_ignored = own.is_some_and(|own| own != header);
        if own.is_none() {
            given.insert("idempotency_key".to_owned(), header.into());
        }
        let mut call = Self::read(tool, given)?;
        if is_ignored {
            let warning =
                "the header Idempotency-Key was ignored because `idempotency_key` says otherwise";
            call.warnings.push(warning.to_owned());
        }
        Ok(call)
    }

    /// Reads the arguments of `tool`.
    ///
    /// # Errors
    /// `INVALID_INPUT` with path and rule, `INVALID_WEBHOOK_URL`, `JOB_NOT_FOUND` for a `from_job` that is none of ours.
    pub fn read(tool: &Tool, mut given: Map<String, Value>) -> Result<Self, PublicError> {
        let mut warnings = Vec::new();
        given.retain(|_, value| !value.is_null());
        read_older_names(tool, &mut given, &mut warnings);
        let mut arguments = take(CONTENT, &mut given, &mut warnings)?;
        let mut execution = take(EXECUTION, &mut given, &mut warnings)?;
        let steps = take_steps(tool, &mut given, &mut warnings)?;
        name_unknown(&given, &mut warnings);
        let from_job = match text(&mut execution, "from_job") {
            Some(id) => Some(parse_job_id("from_job", &id)?),
            None => None,
        };
        if from_job.is_none() && !arguments.contains_key("spec") {
            return Err(PublicError::invalid(
                "spec",
                "is required unless `from_job` is given",
            ));
        }
        if tool.kind == ToolKind::Pipeline {
            arguments.insert("phases".to_owned(), steps.clone().into());
        }
        if let Some(id) = from_job {
            arguments.insert("from_job".to_owned(), id.to_string().into());
        }
        let webhook_url = text(&mut execution, "webhook_url");
        if let Some(url) = &webhook_url {
            check_webhook_url(url)?;
        }
        let delivery = delivery_of(tool, &execution, &mut warnings);
        say_unbuilt(&arguments, webhook_url.as_deref(), &mut warnings);
        Ok(Self {
            steps,
            arguments,
            from_job,
            idempotency_key: text(&mut execution, "idempotency_key"),
            webhook_url,
            wait: wait_of(&execution),
            delivery,
            warnings,
        })
    }
}

fn delivery_of(
    tool: &Tool,
    execution: &Map<String, Value>,
    warnings: &mut Vec<String>,
) -> Delivery {
    let delivery = match execution.get("delivery").and_then(Value::as_str) {
        Some("inline") => Delivery::Inline,
        Some("zip") => Delivery::Zip,
        _ => Delivery::Manifest,
    };
    let makes_code_here = tool.kind == (ToolKind::Agent { step: "code" });
    match delivery {
        Delivery::Manifest => {}
        _ if !makes_code_here => {
            warnings.push("`delivery` has no effect on this tool".to_owned());
        }
        Delivery::Inline => warnings.push(
            "`delivery` inline: file contents up to 60 kB stand in the result, the others are in code.zip"
                .to_owned(),
        ),
        Delivery::Zip => warnings.push(
            "`delivery` zip is not supported yet: the result is the manifest, and the archive is the artifact code.zip"
                .to_owned(),
        ),
    }
    delivery
}

/// Says of arguments that are taken what they do not do yet.
fn say_unbuilt(
    arguments: &Map<String, Value>,
    webhook_url: Option<&str>,
    warnings: &mut Vec<String>,
) {
    let said = [
        (
            arguments.contains_key("target_files"),
            "`target_files` is not supported yet: the whole program was generated",
        ),
        (
            arguments.contains_key("template"),
            "`template` is not supported yet: there is no template library in this version",
        ),
        (
            arguments.contains_key("limits"),
            "`limits` are kept, but not enforced in this version",
        ),
        (
            arguments
                .get("design_preferences")
                .is_some_and(|design| design.get("dark_mode").is_some()),
            "`design_preferences.dark_mode` is not supported yet",
        ),
        (
            webhook_url.is_some(),
            "webhook_url is kept, but deliveries are not sent in this version",
        ),
    ];
    let said = said.into_iter().filter(|(is_given, _)| *is_given);
    warnings.extend(said.map(|(_, sentence)| sentence.to_owned()));
}

fn take(
    fields: &[Field],
    given: &mut Map<String, Value>,
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, PublicError> {
    let mut taken = Map::new();
    for field in fields {
        if let Some(value) = given.shift_remove(field.name) {
            taken.insert(
                field.name.to_owned(),
                field.rule.apply(field.name, value, warnings)?,
            );
        }
    }
    Ok(taken)
}

fn take_steps(
    tool: &Tool,
    given: &mut Map<String, Value>,
    warnings: &mut Vec<String>,
) -> Result<Vec<&'static str>, PublicError> {
    if tool.kind != ToolKind::Pipeline {
        return Ok(tool.steps().to_vec());
    }
    let Some(value) = given.shift_remove(PHASE_LIST.name) else {
        return Ok(PHASES.to_vec());
    };
    let value = PHASE_LIST.rule.apply(PHASE_LIST.name, value, warnings)?;
    let wanted = value.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(PHASES
        .into_iter()
        .filter(|phase| wanted.iter().any(|word| word == phase))
        .collect())
}

fn name_unknown(given: &Map<String, Value>, warnings: &mut Vec<String>) {
    for name in given.keys().take(20) {
        let shown: String = name.chars().take(60).collect();
        warnings.push(format!("unknown field `{shown}` was ignored"));
    }
}

fn text(taken: &mut Map<String, Value>, name: &str) -> Option<String> {
    match taken.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn wait_of(execution: &Map<String, Value>) -> Duration {
    let mode = execution.get("mode").and_then(Value::as_str);
    let given = execution.get("wait_seconds").and_then(Value::as_u64);
    Duration::from_secs(match (mode, given) {
        (Some("async"), _) => 0,
        (_, Some(seconds)) => seconds,
        (Some("sync"), None) => WAIT_SECONDS_MAX,
        _ => WAIT_SECONDS_DEFAULT,
    })
}

/// Whether the address may be one at all; which networks it may reach is judged where it is called.
fn check_webhook_url(url: &str) -> Result<(), PublicError> {
    let host = |rest: &str| {
        rest.split(['/', '?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let is_loopback = |host: &str| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    };
    let is_fine = url.bytes().all(|byte| byte.is_ascii_graphic())
        && match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => !host(rest).is_empty() && !host(rest).contains('@'),
            (None, Some(rest)) => is_loopback(&host(rest)),
            _ => false,
        };
    if is_fine {
        return Ok(());
    }
    let mut error = PublicError::invalid("webhook_url", "must be an https URL without user name");
    error.code = ErrorCode::InvalidWebhookUrl;
    Err(error)
}

/// Maps the names of the predecessor.
fn read_older_names(tool: &Tool, given: &mut Map<String, Value>, warnings: &mut Vec<String>) {
    // `framework` and `stack_preference` are aliases both ways; the code tool is the one that advertises the former.
    let prefers_framework = tool.kind == (ToolKind::Agent { step: "code" });
    if prefers_framework && given.contains_key("framework") {
        if given.shift_remove("stack_preference").is_some() {
            warnings.push("`stack_preference` was ignored because `framework` is given".to_owned());
        }
        rename(given, "framework", "stack_preference", None);
    }
    rename(
        given,
        "tech_stack",
        "stack_preference",
        Some(&mut *warnings),
    );
    rename(given, "framework", "stack_preference", Some(&mut *warnings));
    if let Some(Value::Array(parts)) = given.get("stack_preference") {
        let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
        let joined = parts.join(", ");
        given.insert("stack_preference".to_owned(), joined.into());
    }
    read_older_style(given, warnings);
    if !given.contains_key("spec") {
        compose_spec(given, warnings);
    }
}

/// `design_preferences.style`, which was free text: one of our styles is one, anything else stays text.
fn read_older_style(given: &mut Map<String, Value>, warnings: &mut Vec<String>) {
    let has_style = given.contains_key("style_preference");
    let Some(Value::Object(design)) = given.get_mut("design_preferences") else {
        return;
    };
    let word = design
        .get("style")
        .and_then(Value::as_str)
        .map(|style| style.trim().to_lowercase());
    let Some(word) = word.filter(|_| !has_style) else {
        return;
    };
    if STYLES.contains(&word.as_str()) {
        design.shift_remove("style");
        warnings.push("`design_preferences.style` was read as `style_preference`".to_owned());
        given.insert("style_preference".to_owned(), word.into());
    } else {
        warnings.push(format!(
            "`design_preferences.style` is read as free text; styles are {}",
            STYLES.join(", ")
        ));
    }
}

/// `spec` out of `product_name` and `description`. The lists beside them stay fields of their own.
fn compose_spec(given: &mut Map<String, Value>, warnings: &mut Vec<String>) {
    let name = given
        .get("product_name")
        .and_then(Value::as_str)
        .map(str::trim);
    let description = given.get("description").and_then(Value::as_str);
    let spec = match (name, description) {
        (Some(name), Some(description)) => format!("# {name}\n\n{description}"),
        (Some(name), None) if !given.contains_key("from_job") => format!("# {name}"),
        (None, Some(description)) => description.to_owned(),
        _ => return,
    };
    if spec.trim_matches(['#', ' ', '\n']).is_empty() {
        return;
    }
    let sources = match (name.is_some(), description.is_some()) {
        (true, true) => "`product_name` and `description`",
        (true, false) => "`product_name`",
        _ => "`description`",
    };
    warnings.push(format!("`spec` was made from {sources}"));
    given.shift_remove("description");
    given.insert("spec".to_owned(), spec.into());
}

fn rename(
    given: &mut Map<String, Value>,
    from: &str,
    to: &str,
    warnings: Option<&mut Vec<String>>,
) {
    let Some(value) = given.shift_remove(from) else {
        return;
    };
    let is_taken = given.contains_key(to);
    if !is_taken {
        given.insert(to.to_owned(), value);
    }
    if let Some(warnings) = warnings {
        warnings.push(if is_taken {
            format!("`{from}` was ignored because `{to}` is given")
        } else {
            format!("`{from}` was read as `{to}`")
        });
    }
}
