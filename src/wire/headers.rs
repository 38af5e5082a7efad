//! The protocol's own HTTP headers as values, and the checks of 2026-07-28 that they fit the body.
//!
//! Invariant: a header sent twice with different values, or not readable as text, never counts as present and equal.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};

use super::fault::Fault;
use super::members::string;
use super::params::Params;

/// `MCP-Protocol-Version`.
pub const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Session-Id`.
pub const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
/// `Mcp-Method`.
pub const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Name`.
pub const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// `Idempotency-Key`.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<'a> {
    /// Not sent.
    #[default]
    Absent,
    /// Sent, once or several times with the same value; without surrounding white space.
    One(&'a str),
    /// Sent with several values, or not as text.
    Unusable,
}

impl<'a> Field<'a> {
    /// The header `name` of a request.
    pub fn of(headers: &'a HeaderMap, name: &HeaderName) -> Self {
        let mut values = headers.get_all(name).iter();
        let Some(first) = values.next() else {
            return Self::Absent;
        };
        if values.any(|other| other != first) {
            return Self::Unusable;
        }
        std::str::from_utf8(first.as_bytes()).map_or(Self::Unusable, |text| Self::One(text.trim()))
    }

    /// The value, where it is usable.
    pub const fn text(self) -> Option<&'a str> {
        match self {
            Self::One(text) => Some(text),
            _ => None,
        }
    }
}

/// The protocol's headers of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct McpHeaders<'a> {
    /// `MCP-Protocol-Version`.
    pub version: Field<'a>,
    /// `Mcp-Session-Id`.
    pub session: Field<'a>,
    /// `Mcp-Method`.
    pub method: Field<'a>,
    /// `Mcp-Name`.
    pub name: Field<'a>,
    /// `Idempotency-Key`.
    pub idempotency_key: Field<'a>,
}

impl<'a> McpHeaders<'a> {
    /// Of a request.
    pub fn of(headers: &'a HeaderMap) -> Self {
        Self {
            version: Field::of(headers, &PROTOCOL_VERSION),
            session: Field::of(headers, &SESSION_ID),
            method: Field::of(headers, &METHOD),
            name: Field::of(headers, &NAME),
            idempotency_key: Field::of(headers, &IDEMPOTENCY_KEY),
        }
    }
}

/// Checks `Mcp-Method` and `Mcp-Name` against the body (2026-07-28, basic/transports, header validation).
///
/// # Errors
/// -32020.
pub fn fit_body(headers: &McpHeaders<'_>, method: &str, params: &Params<'_>) -> Result<(), Fault> {
    match headers.method {
        Field::One(value) if value == method => {}
        Field::Absent => return Err(Fault::header_mismatch("Mcp-Method is missing")),
        _ => return Err(Fault::header_mismatch("Mcp-Method does not fit the body")),
    }
    let (named, is_required) = match method {
        "tools/call" | "prompts/get" => (params.name, true),
        "resources/read" => (params.uri, true),
        // Clients of the tasks extension exist that do not send it; a wrong value is refused all the same.
        "tasks/get" | "tasks/update" | "tasks/cancel" => (params.task_id, false),
        _ => return Ok(()),
    };
    let Some(named) = named.and_then(string) else {
        // The method itself refuses a body without the name, with the better message.
        return Ok(());
    };
    let value = match headers.name {
        Field::One(value) => value,
        Field::Absent if !is_required => return Ok(()),
        Field::Absent => return Err(Fault::header_mismatch("Mcp-Name is missing")),
        Field::Unusable => return Err(Fault::header_mismatch("Mcp-Name is not usable")),
    };
    let decoded = decoded(value)
        .ok_or_else(|| Fault::header_mismatch("Mcp-Name is not valid Base64 of UTF-8"))?;
    if decoded == named {
        Ok(())
    } else {
        Err(Fault::header_mismatch("Mcp-Name does not fit the body"))
    }
}

/// A header value, out of its `=?base64?…?=` wrapping where it has one. `None`: wrapped, but not valid inside.
pub fn decoded(value: &str) -> Option<Cow<'_, str>> {
    let inner = value
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    let Some(inner) = inner else {
        return Some(Cow::Borrowed(value));
    };
    // STANDARD insists on canonical padding and alphabet.
    let bytes = STANDARD.decode(inner).ok()?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::wire::fault::HEADER_MISMATCH;

    #[test]
    fn wrapped_names_are_decoded_strictly() {
        let table = [
            ("plain", Some("plain")),
            ("=?base64?YcOp?=", Some("aé")),
            ("=?base64?YQ==?=", Some("a")),
            ("=?base64?YQ?=", None),
            ("=?base64?YQ=?=", None),
            ("=?base64?Y-_=?=", None),
            ("=?base64?/w==?=", None),
            ("=?BASE64?YQ==?=", Some("=?BASE64?YQ==?=")),
            ("=?base64?YQ==", Some("=?base64?YQ==")),
        ];
        for (value, expected) in table {
            assert_eq!(decoded(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn headers_that_do_not_fit_are_refused() {
        use Field::{Absent, One, Unusable};
        let call = Params::read(Some(r#"{"name":"x"}"#));
        let task = Params::read(Some(r#"{"taskId":"t"}"#));
        let read = Params::read(Some(r#"{"uri":"a://b"}"#));
        let nothing = Params::default();
        let table = [
            ("tools/call", call, One("tools/call"), One("x"), true),
            (
                "tools/call",
                call,
                One("tools/call"),
                One("=?base64?eA==?="),
                true,
            ),
            ("tools/call", call, One("Tools/call"), One("x"), false),
            ("tools/call", call, Absent, One("x"), false),
            ("tools/call", call, Unusable, One("x"), false),
            ("tools/call", call, One("tools/call"), Absent, false),
            ("tools/call", call, One("tools/call"), One("X"), false),
            ("tools/call", call, One("tools/call"), Unusable, false),
            (
                "resources/read",
                read,
                One("resources/read"),
                One("a://b"),
                true,
            ),
            (
                "resources/read",
                read,
                One("resources/read"),
                One("a://c"),
                false,
            ),
            ("tasks/get", task, One("tasks/get"), Absent, true),
            ("tasks/get", task, One("tasks/get"), One("u"), false),
            ("tools/list", nothing, One("tools/list"), Absent, true),
            ("tools/list", nothing, One("tools/call"), Absent, false),
        ];
        for (method, params, header, name, fits) in table {
            let headers = McpHeaders {
                method: header,
                name,
                ..McpHeaders::default()
            };
            let result = fit_body(&headers, method, &params);
            assert_eq!(result.is_ok(), fits, "{method} {header:?} {name:?}");
            if let Err(fault) = result {
                assert_eq!((fault.http_status, fault.code), (400, HEADER_MISMATCH));
            }
        }
    }

    #[test]
    fn conflicting_and_unreadable_values_are_unusable() {
        let mut headers = HeaderMap::new();
        assert_eq!(Field::of(&headers, &NAME), Field::Absent);
        headers.append(NAME, HeaderValue::from_static(" a "));
        assert_eq!(Field::of(&headers, &NAME), Field::One("a"));
        headers.append(NAME, HeaderValue::from_static(" a "));
        assert_eq!(Field::of(&headers, &NAME), Field::One("a"));
        headers.append(NAME, HeaderValue::from_static("b"));
        assert_eq!(Field::of(&headers, &NAME), Field::Unusable);
        headers.insert(NAME, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(Field::of(&headers, &NAME), Field::Unusable);
    }
}
