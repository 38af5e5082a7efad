//! The one table of error codes: code → HTTP status, how it reaches an MCP client, whether to retry, what to do.
//!
//! Invariant: a code without a row does not compile; clients see the code, the title and a public detail, never a cause.

use serde::{Deserialize, Serialize};

/// How an error reaches an MCP client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum McpShape {
    /// The HTTP status: turned away at the door, before any JSON-RPC was answered.
    Door,
    /// A JSON-RPC error object with this code: the request itself was wrong.
    Protocol(i32),
    /// A normal result with `isError: true`: the tool ran into trouble, and the model should see why.
    ToolResult,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The stable public name.
    pub name: &'static str,
    /// HTTP status.
    pub http_status: u16,
    /// Shape over MCP.
    pub mcp: McpShape,
    /// The same call may succeed later.
    pub retryable: bool,
    /// One line for people.
    pub title: &'static str,
    /// What the caller can do.
    pub recovery: &'static str,
}

macro_rules! error_codes {
    ($($variant:ident = $name:literal, $status:literal, $mcp:expr, $retryable:literal, $title:literal, $recovery:literal;)*) => {
        /// Every code a client can see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ErrorCode {
            $(#[doc = $title] #[serde(rename = $name)] $variant,)*
        }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The row of this code.
            pub const fn row(self) -> Row {
                use McpShape::{Door, Protocol, ToolResult};
                // Every shape is named in scope even where a later edit of the table drops one.
                const _: [McpShape; 3] = [Door, Protocol(0), ToolResult];
                match self {
                    $(Self::$variant => Row {
                        name: $name, http_status: $status, mcp: $mcp, retryable: $retryable,
                        title: $title, recovery: $recovery,
                    },)*
                }
            }
        }
    };
}

error_codes! {
    Unauthorized = "UNAUTHORIZED", 401, Door, false, "No API key was sent", "Send `Authorization: Bearer <key>`.";
    InvalidKey = "INVALID_KEY", 401, Door, false, "The API key is not valid", "Check the key; create a new one with `keys create`.";
    Forbidden = "FORBIDDEN", 403, Door, false, "The key may not do this", "Use a key that has the scope named in the message.";
    InvalidInput = "INVALID_INPUT", 400, ToolResult, false, "The arguments are not valid", "Correct the field named in the message and call again.";
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413, Door, false, "The request is too large", "Send a smaller body; refer to earlier artifacts with from_job.";
    JobNotFound = "JOB_NOT_FOUND", 404, ToolResult, false, "No such job", "Check the jobId; jobs are kept as long as their artifacts.";
    ArtifactNotReady = "ARTIFACT_NOT_READY", 409, ToolResult, true, "The artifact is not there yet", "Call aios_get_status until the phase is completed.";
    Conflict = "CONFLICT", 409, ToolResult, false, "The job is not in a state that allows this", "Read the job's status first.";
    IdempotencyMismatch = "IDEMPOTENCY_MISMATCH", 422, ToolResult, false, "The idempotency key was used with another body", "Use a new key for a new request.";
    InvalidWebhookUrl = "INVALID_WEBHOOK_URL", 400, ToolResult, false, "The webhook URL is not allowed", "Use a public https URL.";
    RateLimited = "RATE_LIMITED", 429, ToolResult, true, "Too many requests", "Wait as long as Retry-After says.";
    QuotaExceeded = "QUOTA_EXCEEDED", 429, ToolResult, true, "The quota is used up", "Wait until running jobs end or the window resets.";
    BudgetExceeded = "BUDGET_EXCEEDED", 402, ToolResult, false, "The budget of this job is used up", "Raise limits.max_cost_usd or use the embedded engine.";
    AgentFailure = "AGENT_FAILURE", 502, ToolResult, true, "The agent failed", "Finished artifacts are kept; run the job again from the failed phase.";
    CircuitOpen = "CIRCUIT_OPEN", 503, ToolResult, true, "The agent is paused after repeated failures", "Wait until the time named in the message.";
    AgentTimeout = "AGENT_TIMEOUT", 504, ToolResult, true, "The agent did not answer in time", "Finished artifacts are kept; run the job again from the failed phase.";
    Draining = "DRAINING", 503, ToolResult, true, "The server is restarting", "Call again in a few seconds; accepted jobs go on after the restart.";
    StoreReadOnly = "STORE_READ_ONLY", 503, ToolResult, true, "The store takes no new jobs", "Wait; the operator has to free disk space.";
    InternalError = "INTERNAL_ERROR", 500, Protocol(-32603), true, "Internal error", "Call again; if it stays, give the request id to the operator.";
    Cancelled = "CANCELLED", 409, ToolResult, false, "The job was cancelled", "Start a new job if the result is still wanted.";
    InputExpired = "INPUT_EXPIRED", 410, ToolResult, false, "The job's specification was destroyed", "Send the specification again.";
}

/// An error as a caller gets it: code, public message, and what helps to recover.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct PublicError {
    /// Stable code.
    pub code: ErrorCode,
    /// One sentence for the caller. Never holds secrets, specifications or causes.
    pub message: String,
    /// Name of the field that was wrong, as a path: `limits.max_tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// When the call may be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Calls a minute that the caller may make, where that is what was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl PublicError {
    /// An error with a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            retry_after_ms: None,
            limit: None,
        }
    }

    /// `INVALID_INPUT` for `field`; `rule` completes "`field` …": "must be a string".
    pub fn invalid(field: &str, rule: impl std::fmt::Display) -> Self {
        let message = format!("`{field}` {rule}");
        Self {
            field: Some(field.to_owned()),
            ..Self::new(ErrorCode::InvalidInput, message)
        }
    }

    /// `INTERNAL_ERROR`; the cause goes to the log, not here.
    pub fn internal() -> Self {
        Self::new(ErrorCode::InternalError, "internal error")
    }

    /// With the limit that was reached.
    #[must_use]
    pub fn at_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// With a time to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: std::time::Duration) -> Self {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_statuses_are_errors() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.row().name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        assert!(
            ErrorCode::ALL
                .iter()
                .all(|code| (400..600).contains(&code.row().http_status))
        );
    }

    #[test]
    fn the_serialised_name_is_the_public_name() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.row().name));
        }
    }
}
