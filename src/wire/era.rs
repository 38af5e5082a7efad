//! Which era a posted message belongs to: a pure function of headers and message.
//!
//! Invariant: a request is modern exactly when it says so in `_meta`; nothing in a session or connection changes that.

use super::envelope::Message;
use super::fault::Fault;
use super::headers::{Field, McpHeaders, fit_body};
use super::members::string;
use super::params::Params;
use super::version::{Version, is_modern_date};

/// The era of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Self-contained requests of 2026-07-28.
    Modern,
    /// Handshake and, mostly, a session.
    Legacy {
        /// The version header, where it was sent.
        header: Option<Version>,
    },
}

/// Judges one message.
///
/// # Errors
/// The faults of 2026-07-28 (-32020, -32022, -32602, -32600) and 400 for an unknown version header.
pub fn classify(
    headers: &McpHeaders<'_>,
    message: &Message<'_>,
    params: &Params<'_>,
) -> Result<Era, Fault> {
    match message {
        Message::Request { method, .. } if params.meta.protocol_version.is_some() => {
            modern(headers, method, params)
        }
        Message::Request { method, .. } => {
            if method == "server/discover" || is_modern_header(headers) {
                return Err(unfinished_modern(headers));
            }
            legacy(headers)
        }
        Message::Notification { .. } => {
            let says_modern = params.meta.protocol_version.is_some() || is_modern_header(headers);
            if says_modern {
                Ok(Era::Modern)
            } else {
                legacy(headers)
            }
        }
        Message::Response { .. } if is_modern_header(headers) => Err(Fault::invalid_request(
            "this version has no requests of the server to answer",
        )),
        Message::Response { .. } => legacy(headers),
    }
}

/// Whether an array body is legal: only 2025-03-26 has batches, and clients without a version header may mean it.
pub fn allows_batch(headers: &McpHeaders<'_>, negotiated: Option<Version>) -> bool {
    match headers.version {
        Field::Absent => negotiated.is_none_or(|version| version == Version::V2025_03_26),
        Field::One(text) => text == Version::V2025_03_26.name(),
        Field::Unusable => false,
    }
}

/// Whether GET and DELETE are refused with 405: the modern era has neither.
pub fn is_modern_header(headers: &McpHeaders<'_>) -> bool {
    headers.version.text().is_some_and(is_modern_date)
}

/// Whether the version header, where it is sent, names a version: for requests without a message to judge.
///
/// # Errors
/// 400.
pub fn check_version(headers: &McpHeaders<'_>) -> Result<(), Fault> {
    match headers.version {
        Field::One(text) if is_modern_date(text) && Version::parse(text).is_none() => {
            Err(Fault::unsupported_version(text))
        }
        Field::One(text) if is_modern_date(text) => Ok(()),
        _ => legacy(headers).map(|_| ()),
    }
}

fn modern(headers: &McpHeaders<'_>, method: &str, params: &Params<'_>) -> Result<Era, Fault> {
    let version = params
        .meta
        .protocol_version
        .and_then(string)
        .ok_or_else(|| {
            Fault::invalid_params(
                "`_meta` io.modelcontextprotocol/protocolVersion must be a string",
            )
        })?;
    match headers.version {
        Field::One(header) if header == version => {}
        Field::Absent => return Err(Fault::header_mismatch("MCP-Protocol-Version is missing")),
        _ => {
            return Err(Fault::header_mismatch(
                "MCP-Protocol-Version does not fit the body",
            ));
        }
    }
    if Version::parse(&version).is_none_or(|version| !version.is_modern()) {
        let shown: String = version.chars().take(40).collect();
        return Err(Fault::unsupported_version(&shown));
    }
    let has_capabilities = params
        .meta
        .client_capabilities
        .is_some_and(|raw| raw.starts_with('{'));
    if !has_capabilities {
        return Err(Fault::invalid_params(
            "`_meta` io.modelcontextprotocol/clientCapabilities must be an object",
        ));
    }
    fit_body(headers, method, params)?;
    Ok(Era::Modern)
}

/// A request that speaks modern by header or method, but lacks the `_meta` that says so.
fn unfinished_modern(headers: &McpHeaders<'_>) -> Fault {
    match headers.version {
        Field::One(text) if is_modern_date(text) && Version::parse(text).is_none() => {
            Fault::unsupported_version(text)
        }
        _ => Fault::invalid_params("`_meta` io.modelcontextprotocol/protocolVersion is missing"),
    }
}

fn legacy(headers: &McpHeaders<'_>) -> Result<Era, Fault> {
    match headers.version {
        Field::Absent => Ok(Era::Legacy { header: None }),
        Field::One(text) => Version::parse(text)
            .map(|version| Era::Legacy {
                header: Some(version),
            })
            .ok_or_else(|| Fault::invalid_request("MCP-Protocol-Version names no known version")),
        Field::Unusable => Err(Fault::invalid_request("MCP-Protocol-Version is not usable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::envelope::message;

    const MODERN: &str = "2026-07-28";

    fn judge(version: Option<&str>, method: &str, meta: &str, rest: &str) -> Result<Era, Fault> {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"_meta":{meta}{rest}}}}}"#
        );
        judge_text(version, &text, method)
    }

    fn judge_text(version: Option<&str>, text: &str, method: &str) -> Result<Era, Fault> {
        let message = message(text).unwrap();
        let params = Params::read(message.params());
        let headers = McpHeaders {
            version: version.map_or(Field::Absent, Field::One),
            method: Field::One(method),
            name: Field::One("x"),
            ..McpHeaders::default()
        };
        classify(&headers, &message, &params)
    }

    fn meta(version: &str) -> String {
        format!(
            r#"{{"io.modelcontextprotocol/protocolVersion":"{version}","io.modelcontextprotocol/clientCapabilities":{{}}}}"#
        )
    }

    #[test]
    fn a_request_is_modern_exactly_when_meta_says_so() {
        let modern = meta(MODERN);
        assert_eq!(
            judge(Some(MODERN), "tools/list", &modern, ""),
            Ok(Era::Modern)
        );
        assert_eq!(
            judge(Some(MODERN), "server/discover", &modern, ""),
            Ok(Era::Modern)
        );
        assert_eq!(
            judge(Some(MODERN), "initialize", &modern, ""),
            Ok(Era::Modern)
        );
        for version in [
            None,
            Some("2025-11-25"),
            Some("2025-03-26"),
            Some("2024-11-05"),
        ] {
            let header = version.and_then(Version::parse);
            for method in ["tools/list", "initialize", "ping"] {
                assert_eq!(judge(version, method, "{}", ""), Ok(Era::Legacy { header }));
            }
        }
    }

    #[test]
    fn every_malformed_modern_request_is_refused_with_its_code() {
        let modern = meta(MODERN);
        let future = meta("2030-01-01");
        let old = meta("2025-11-25");
        let no_capabilities = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
        let bad_version = r#"{"io.modelcontextprotocol/protocolVersion":7}"#;
        let table = [
            (None, "tools/list", modern.as_str(), -32020),
            (Some("2025-11-25"), "tools/list", &modern, -32020),
            (Some("2030-01-01"), "tools/list", &future, -32022),
            (Some("2025-11-25"), "tools/list", &old, -32022),
            (Some(MODERN), "tools/list", no_capabilities, -32602),
            (Some(MODERN), "tools/list", bad_version, -32602),
            (Some(MODERN), "tools/list", "{}", -32602),
            (Some(MODERN), "initialize", "{}", -32602),
            (None, "server/discover", "{}", -32602),
            (Some("2025-06-18"), "server/discover", "{}", -32602),
            (Some("2030-01-01"), "tools/list", "{}", -32022),
            (Some("1999-01-01"), "tools/list", "{}", -32600),
            (Some("zzz"), "tools/list", "{}", -32600),
        ];
        for (version, method, meta, code) in table {
            let fault = judge(version, method, meta, "").unwrap_err();
            assert_eq!(
                (fault.http_status, fault.code),
                (400, code),
                "{version:?} {method} {meta}"
            );
        }
    }

    #[test]
    fn names_are_checked_in_the_modern_era_only() {
        let modern = meta(MODERN);
        assert!(judge(Some(MODERN), "tools/call", &modern, r#","name":"x""#).is_ok());
        assert!(judge(Some(MODERN), "tools/call", &modern, r#","name":"y""#).is_err());
        assert!(judge(None, "tools/call", "{}", r#","name":"y""#).is_ok());
    }

    #[test]
    fn notifications_and_responses_follow_the_header() {
        let note = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}"#;
        assert_eq!(judge_text(Some(MODERN), note, ""), Ok(Era::Modern));
        assert_eq!(judge_text(None, note, ""), Ok(Era::Legacy { header: None }));
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(
            judge_text(None, answer, ""),
            Ok(Era::Legacy { header: None })
        );
        assert_eq!(
            judge_text(Some(MODERN), answer, "").unwrap_err().code,
            -32600
        );
    }

    #[test]
    fn batches_are_for_clients_that_may_mean_2025_03_26() {
        let with = |field| McpHeaders {
            version: field,
            ..McpHeaders::default()
        };
        let old = Some(Version::V2025_03_26);
        let table = [
            (Field::Absent, None, true),
            (Field::One("2025-03-26"), None, true),
            (Field::Absent, old, true),
            (Field::Absent, Some(Version::LEGACY_LATEST), false),
            (Field::One("2025-06-18"), old, false),
            (Field::One("2025-06-18"), None, false),
            (Field::One("2025-11-25"), Some(Version::V2025_11_25), false),
            (Field::One(MODERN), None, false),
            (Field::Unusable, old, false),
        ];
        for (field, negotiated, allowed) in table {
            assert_eq!(allows_batch(&with(field), negotiated), allowed, "{field:?}");
        }
    }
}
