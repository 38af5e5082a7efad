//! Protocol faults: HTTP status, JSON-RPC code, message and data, and their one rendering.
//!
//! Invariant: the reserved range -32768..=-32000 holds only codes that JSON-RPC or MCP define; errors at the door carry
//! the HTTP status as their code and our own name in `data.code`.

use aios_actors::base::error::{ErrorCode, PublicError};
use bytes::Bytes;
use serde_json::{Value, json};

use super::json::JsonFault;
use super::version::Version;

/// JSON-RPC: not JSON.
pub const PARSE_ERROR: i32 = -32700;
/// JSON-RPC: not a request.
pub const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC: unknown method.
pub const METHOD_NOT_FOUND: i32 = -32601;
/// JSON-RPC: wrong parameters.
pub const INVALID_PARAMS: i32 = -32602;
/// JSON-RPC: our fault.
pub const INTERNAL: i32 = -32603;
/// MCP up to 2025-11-25: no such resource.
pub const RESOURCE_NOT_FOUND: i32 = -32002;
/// Unknown or ended session.
pub const SESSION_NOT_FOUND: i32 = -32001;
/// MCP 2026-07-28: a header is missing or does not fit the body.
pub const HEADER_MISMATCH: i32 = -32020;
/// MCP 2026-07-28: a client capability is missing.
pub const MISSING_CAPABILITY: i32 = -32021;
/// MCP 2026-07-28: unsupported version.
pub const UNSUPPORTED_VERSION: i32 = -32022;

/// A request that is answered with a JSON-RPC error.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// HTTP status.
    pub http_status: u16,
    /// JSON-RPC code.
    pub code: i32,
    /// One sentence for the caller.
    pub message: String,
    /// More for programs; `Null` when there is nothing.
    pub data: Value,
    /// When the call may be repeated.
    pub retry_after_ms: Option<u64>,
}

impl Fault {
    /// A fault without data.
    pub fn new(http_status: u16, code: i32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            http_status,
            code,
            message,
            data: Value::Null,
            retry_after_ms: None,
        }
    }

    /// With data.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }

    /// 400 -32600.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, INVALID_REQUEST, message)
    }

    /// 400 -32602: the frame around the call is wrong. What a method's own parameters lack is
    /// [`Self::in_band`].
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(400, INVALID_PARAMS, message)
    }

    /// -32602 as a normal answer (HTTP 200).
    pub fn in_band(message: impl Into<String>) -> Self {
        Self::new(200, INVALID_PARAMS, message)
    }

    /// 400 -32020.
    pub fn header_mismatch(problem: impl std::fmt::Display) -> Self {
        Self::new(400, HEADER_MISMATCH, format!("Header mismatch: {problem}"))
    }

    /// 400 -32022, naming what is supported.
    pub fn unsupported_version(requested: &str) -> Self {
        let supported = Version::ALL.map(Version::name);
        Self::new(400, UNSUPPORTED_VERSION, "Unsupported protocol version")
            .with(json!({ "supported": supported, "requested": requested }))
    }

    /// -32601: HTTP 404 in the modern era, in-band before.
    pub fn method_not_found(version: Version, method: &str) -> Self {
        let http_status = if version.is_modern() { 404 } else { 200 };
        let shown: String = method.chars().take(100).collect();
        Self::new(
            http_status,
            METHOD_NOT_FOUND,
            format!("Method not found: {shown}"),
        )
    }

    /// Turned away at the door: `code` decides the status.
    pub fn door(error: &PublicError) -> Self {
        let row = error.code.row();
        let mut fault = Self::new(row.http_status, i32::from(row.http_status), &*error.message)
            .with(json!({ "code": row.name, "retryable": row.retryable }));
        fault.retry_after_ms = error.retry_after_ms;
        if let (Some(wait), Some(data)) = (error.retry_after_ms, fault.data.as_object_mut()) {
            data.insert("retry_after_ms".to_owned(), wait.into());
        }
        if error.code == ErrorCode::InternalError {
            fault.code = INTERNAL;
        }
        fault
    }

    /// Seconds for `Retry-After`, rounded up.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_ms.map(|ms| ms.div_ceil(1_000).max(1))
    }

    /// The JSON-RPC error answer. `id` is raw JSON; `None` becomes `null`.
    pub fn render(&self, id: Option<&str>) -> Bytes {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (false, Some(members)) = (self.data.is_null(), error.as_object_mut()) {
            members.insert("data".to_owned(), self.data.clone());
        }
        let id = id.unwrap_or("null");
        format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).into()
    }
}

impl From<JsonFault> for Fault {
    fn from(fault: JsonFault) -> Self {
        match fault {
            JsonFault::Malformed { at } => {
                Self::new(400, PARSE_ERROR, format!("Parse error at byte {at}"))
            }
            JsonFault::Refused(rule) => Self::invalid_request(rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_renders_with_the_id_it_answers() {
        let fault = Fault::unsupported_version("2030-01-01");
        let body: Value = serde_json::from_slice(&fault.render(Some("\"a\""))).unwrap();
        assert_eq!(body["id"], "a");
        assert_eq!(body["error"]["data"]["requested"], "2030-01-01");
        assert_eq!(body["error"]["data"]["supported"][0], "2026-07-28");
        let body: Value = serde_json::from_slice(&Fault::in_band("x").render(None)).unwrap();
        assert!(body["id"].is_null() && body["error"].get("data").is_none());
    }

    #[test]
    fn door_errors_stay_out_of_the_reserved_range() {
        for &code in ErrorCode::ALL {
            let fault = Fault::door(&PublicError::new(code, "no"));
            assert!(fault.code > 0 || fault.code == INTERNAL, "{code:?}");
            assert_eq!(fault.http_status, code.row().http_status);
        }
    }
}
