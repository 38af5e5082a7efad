//! Arguments of the tools that read or end a job.
//!
//! Invariant: `job_id` and `jobId` are two spellings of one name; the quick reading of a plain status call gives what the
//! full one gives.

use std::time::Duration;

use aios_actors::base::error::PublicError;
use aios_actors::base::ids::JobId;
use serde_json::{Map, Value};

use super::rules::Rule;
use super::{WAIT_SECONDS_MAX, parse_job_id};
use crate::wire::members::{members, string};

/// Largest part of an artifact in one answer, in bytes.
pub const PART_BYTES_MAX: u64 = 400_000;
const PART_BYTES_DEFAULT: u64 = 100_000;

/// `aios_get_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCall {
    /// The job.
    pub job: JobId,
    /// How long to wait for news.
    pub wait: Duration,
    /// Events after this number are wanted.
    pub since: Option<u64>,
}

impl StatusCall {
    /// Reads raw arguments that hold nothing but the id. `None`: use [`Self::read`].
    pub fn quick(raw: &str) -> Option<Self> {
        let mut job = None;
        for (key, value) in members(raw) {
            if !matches!(&*key, "jobId" | "job_id") || job.is_some() {
                return None;
            }
            job = Some(string(value)?.parse().ok()?);
        }
        Some(Self {
            job: job?,
            wait: Duration::ZERO,
            since: None,
        })
    }

    /// Reads the arguments.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `JOB_NOT_FOUND` for an id that is none of ours.
    pub fn read(mut given: Map<String, Value>) -> Result<Self, PublicError> {
        let job = take_job(&mut given)?;
        let wait = Rule::Whole {
            min: 0,
            max: WAIT_SECONDS_MAX,
        };
        let wait = take_whole(&mut given, "wait_seconds", wait)?.unwrap_or(0);
        let since = take_whole(
            &mut given,
            "since",
            Rule::Whole {
                min: 0,
                max: 1 << 52,
            },
        )?;
        Ok(Self {
            job,
            wait: Duration::from_secs(wait),
            since,
        })
    }
}

/// In which form an artifact is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the wire words say it")]
pub enum Format {
    Json,
    Markdown,
    Zip,
    Url,
}

impl Format {
    /// The wire word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Zip => "zip",
            Self::Url => "url",
        }
    }
}

/// `aios_get_artifact`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactCall {
    /// The job.
    pub job: JobId,
    /// Public type or one of its aliases.
    pub kind: &'static str,
    /// Form.
    pub format: Format,
    /// One file of an archive; with `/` at the end, all below it.
    pub path: Option<String>,
    /// First byte.
    pub offset: u64,
    /// Most bytes.
    pub max_bytes: u64,
}

const KINDS: &[&str] = &[
    "strategy",
    "prd",
    "requirements",
    "architecture",
    "ux",
    "design_system",
    "wireframes",
    "design_tokens",
    "code",
    "code_files",
    "all",
];

impl ArtifactCall {
    /// Reads the arguments.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `JOB_NOT_FOUND` for an id that is none of ours.
    pub fn read(mut given: Map<String, Value>) -> Result<Self, PublicError> {
        let job = take_job(&mut given)?;
        let kind = take_either(&mut given, ("type", "artifact_type"))?;
        let kind = one_of("type", kind.as_ref(), KINDS)?.unwrap_or("all");
        let format = given.shift_remove("format");
        if format.as_ref().and_then(Value::as_str) == Some("html") {
            let rule = "html is not available; use json, markdown, zip or url";
            return Err(PublicError::invalid("format", rule));
        }
        let format = match one_of(
            "format",
            format.as_ref(),
            &["json", "markdown", "zip", "url"],
        )? {
            Some("markdown") => Format::Markdown,
            Some("zip") => Format::Zip,
            Some("url") => Format::Url,
            _ => Format::Json,
        };
        let path = match given.shift_remove("path").filter(|value| !value.is_null()) {
            Some(value) => {
                let rule = Rule::Text { min: 1, max: 300 };
                rule.apply("path", value, &mut Vec::new())?
                    .as_str()
                    .map(str::to_owned)
            }
            None => None,
        };
        let offset = take_whole(
            &mut given,
            "offset",
            Rule::Whole {
                min: 0,
                max: 1 << 40,
            },
        )?;
        let part = Rule::Whole {
            min: 1_024,
            max: PART_BYTES_MAX,
        };
        let max_bytes = take_whole(&mut given, "max_bytes", part)?;
        Ok(Self {
            job,
            kind,
            format,
            path,
            offset: offset.unwrap_or(0),
            max_bytes: max_bytes.unwrap_or(PART_BYTES_DEFAULT),
        })
    }
}

/// `aios_cancel_job`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelCall {
    /// The job.
    pub job: JobId,
    /// Shown to whoever reads the job.
    pub reason: Option<String>,
}

impl CancelCall {
    /// Reads the arguments.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `JOB_NOT_FOUND` for an id that is none of ours.
    pub fn read(mut given: Map<String, Value>) -> Result<Self, PublicError> {
        let job = take_job(&mut given)?;
        let reason = match given
            .shift_remove("reason")
            .filter(|value| !value.is_null())
        {
            Some(value) => {
                let value = Rule::Text { min: 0, max: 300 }.apply("reason", value, &mut Vec::new());
                value?.as_str().map(str::to_owned)
            }
            None => None,
        };
        Ok(Self { job, reason })
    }
}

fn take_job(given: &mut Map<String, Value>) -> Result<JobId, PublicError> {
    match take_either(given, ("jobId", "job_id"))?.unwrap_or_default() {
        Value::Null => Err(PublicError::invalid("jobId", "is required")),
        Value::String(text) => parse_job_id("jobId", &text),
        _ => Err(PublicError::invalid("jobId", "must be a string")),
    }
}

/// The value under one of two spellings of a name.
fn take_either(
    given: &mut Map<String, Value>,
    (name, older): (&str, &str),
) -> Result<Option<Value>, PublicError> {
    let mut take = |name: &str| given.shift_remove(name).filter(|value| !value.is_null());
    match (take(name), take(older)) {
        (Some(value), Some(other)) if value != other => Err(PublicError::invalid(
            name,
            format!("and `{older}` are two spellings of one name and must not differ"),
        )),
        (value, other) => Ok(value.or(other)),
    }
}

fn take_whole(
    given: &mut Map<String, Value>,
    name: &str,
    rule: Rule,
) -> Result<Option<u64>, PublicError> {
    let Some(value) = given.shift_remove(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    Ok(rule.apply(name, value, &mut Vec::new())?.as_u64())
}

fn one_of(
    name: &str,
    value: Option<&Value>,
    known: &'static [&'static str],
) -> Result<Option<&'static str>, PublicError> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let value = Rule::Word(known, &[]).apply(name, value.clone(), &mut Vec::new())?;
    Ok(known.iter().copied().find(|word| value == *word))
}
