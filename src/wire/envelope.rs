//! JSON-RPC messages, borrowed from the checked text: request, notification or response, and the batch around them.
//!
//! Invariant: an id is kept as the raw token the client sent and goes back byte for byte; `null` is not an id.

use std::borrow::Cow;

use super::fault::Fault;
use super::members::{items, members, string};

/// Longest id that is echoed, in bytes.
pub const ID_BYTES_MAX: usize = 1_024;
/// Most messages in one batch.
pub const BATCH_MAX: usize = 50;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Wants an answer.
    Request {
        /// Raw id.
        id: &'a str,
        /// Method.
        method: Cow<'a, str>,
        /// Raw object, or nothing.
        params: Option<&'a str>,
    },
    /// Wants none.
    Notification {
        /// Method.
        method: Cow<'a, str>,
        /// Raw object, or nothing.
        params: Option<&'a str>,
    },
    /// Answers a request of ours.
    Response {
        /// Raw id.
        id: &'a str,
        /// The whole message.
        raw: &'a str,
    },
}

impl<'a> Message<'a> {
    /// Raw params.
    pub fn params(&self) -> Option<&'a str> {
        match self {
            Self::Request { params, .. } | Self::Notification { params, .. } => *params,
            Self::Response { .. } => None,
        }
    }

    /// Raw id of a request.
    pub fn request_id(&self) -> Option<&'a str> {
        match self {
            Self::Request { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// A message that is refused, with the id it carried when that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct BadMessage<'a> {
    /// Raw id.
    pub id: Option<&'a str>,
    /// Why. Boxed: good messages should not pay for its size.
    pub fault: Box<Fault>,
}

/// What a body holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<'a> {
    /// One message.
    One(Result<Message<'a>, BadMessage<'a>>),
    /// Several, each judged by itself.
    Batch(Vec<Result<Message<'a>, BadMessage<'a>>>),
}

/// Reads a checked text.
///
/// # Errors
/// [`Fault`] for an empty or overlong batch.
pub fn read(text: &str) -> Result<Body<'_>, Fault> {
    if !text.trim_ascii_start().starts_with('[') {
        return Ok(Body::One(message(text)));
    }
    let batch: Vec<_> = items(text).take(BATCH_MAX + 1).map(message).collect();
    if batch.is_empty() {
        return Err(Fault::invalid_request("a batch must not be empty"));
    }
    if batch.len() > BATCH_MAX {
        return Err(Fault::invalid_request(format!(
            "a batch has at most {BATCH_MAX} messages"
        )));
    }
    Ok(Body::Batch(batch))
}

#[derive(Default)]
struct Parts<'a> {
    jsonrpc: Option<&'a str>,
    id: Option<&'a str>,
    method: Option<&'a str>,
    params: Option<&'a str>,
    is_answer: bool,
}

/// Reads one checked message.
///
/// # Errors
/// [`BadMessage`].
pub fn message(text: &str) -> Result<Message<'_>, BadMessage<'_>> {
    let bad = |id, problem: &str| BadMessage {
        id,
        fault: Box::new(Fault::invalid_request(problem)),
    };
    let mut parts = Parts::default();
    for (key, value) in members(text) {
        match &*key {
            "jsonrpc" => parts.jsonrpc = Some(value),
            "id" => parts.id = Some(value),
            "method" => parts.method = Some(value),
            "params" => parts.params = Some(value),
            "result" | "error" => parts.is_answer = true,
            _ => {}
        }
    }
    let id = parts.id.filter(|id| is_id(id));
    if !text.trim_ascii_start().starts_with('{') {
        return Err(bad(None, "a message must be an object"));
    }
    if parts.jsonrpc != Some("\"2.0\"") {
        return Err(bad(id, "`jsonrpc` must be \"2.0\""));
    }
    if parts.id.is_some() && id.is_none() {
        return Err(bad(None, "`id` must be a string or a number"));
    }
    let Some(method) = parts.method else {
        return match id {
            Some(id) if parts.is_answer => Ok(Message::Response { id, raw: text }),
            _ => Err(bad(id, "`method` is missing")),
        };
    };
    let method = string(method).ok_or_else(|| bad(id, "`method` must be a string"))?;
    let params = parts.params.filter(|params| *params != "null");
    if params.is_some_and(|params| !params.starts_with('{')) {
        let fault = Box::new(Fault::invalid_params("`params` must be an object"));
        return Err(BadMessage { id, fault });
    }
    Ok(match id {
        Some(id) => Message::Request { id, method, params },
        None => Message::Notification { method, params },
    })
}

fn is_id(raw: &str) -> bool {
    raw.len() <= ID_BYTES_MAX && matches!(raw.as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::fault::{INVALID_PARAMS, INVALID_REQUEST};

    #[test]
    fn zero_and_strings_are_ids_and_come_back_as_sent() {
        for id in ["0", "-7", "1.5e3", "\"a\\u00e9\"", "\"\""] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            assert_eq!(message(&text).unwrap().request_id(), Some(id));
        }
    }

    #[test]
    fn what_is_no_message_is_refused_with_the_id_where_it_can_be_read() {
        let table = [
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
                None,
                INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":[1],"method":"x"}"#,
                None,
                INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":true,"method":"x"}"#,
                None,
                INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"1.0","id":1,"method":"x"}"#,
                Some("1"),
                INVALID_REQUEST,
            ),
            (r#"{"id":1,"method":"x"}"#, Some("1"), INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1}"#, Some("1"), INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0"}"#, None, INVALID_REQUEST),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
                Some("1"),
                INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}"#,
                Some("1"),
                INVALID_PARAMS,
            ),
            ("1", None, INVALID_REQUEST),
            ("\"x\"", None, INVALID_REQUEST),
        ];
        for (text, id, code) in table {
            let bad = message(text).unwrap_err();
            assert_eq!((bad.id, bad.fault.code), (id, code), "{text}");
            assert_eq!(bad.fault.http_status, 400);
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert!(matches!(
            message(notification),
            Ok(Message::Notification { .. })
        ));
        for member in ["\"result\":{}", "\"error\":{\"code\":1,\"message\":\"\"}"] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":4,{member}}}"#);
            assert!(matches!(
                message(&text),
                Ok(Message::Response { id: "4", .. })
            ));
        }
        let escaped = r#"{"jsonrpc":"2.0","id":1,"method":"to\u006fls/list","params":null}"#;
        let Ok(Message::Request {
            method,
            params: None,
            ..
        }) = message(escaped)
        else {
            panic!()
        };
        assert_eq!(method, "tools/list");
    }

    #[test]
    fn batches_are_bounded() {
        assert!(read("[]").is_err());
        let one = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let many = |n: usize| format!("[{}]", vec![one; n].join(","));
        assert!(read(&many(BATCH_MAX + 1)).is_err());
        let text = many(BATCH_MAX);
        assert!(matches!(read(&text), Ok(Body::Batch(batch)) if batch.len() == BATCH_MAX));
        assert!(matches!(read("[1]"), Ok(Body::Batch(batch)) if batch[0].is_err()));
    }
}
