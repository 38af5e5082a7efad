//! The parameters that methods share, and `_meta`, read in one walk.
//!
//! Invariant: values stay raw JSON until the method that owns them judges them; an absent member and `null` are the same.

use std::borrow::Cow;

use super::members::{member, members, string};

/// Prefix of the keys that the protocol itself puts into `_meta`.
const META_PREFIX: &str = "io.modelcontextprotocol/";

/// `params`, by the names that more than one place reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    /// The whole object, where there is one.
    pub raw: Option<&'a str>,
    /// `name`.
    pub name: Option<&'a str>,
    /// `uri`.
    pub uri: Option<&'a str>,
    /// `taskId`.
    pub task_id: Option<&'a str>,
    /// `arguments`.
    pub arguments: Option<&'a str>,
    /// `cursor`.
    pub cursor: Option<&'a str>,
    /// `_meta`.
    pub meta: Meta<'a>,
}

/// `params._meta`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meta<'a> {
    /// The key that makes a request modern. `Some` even when its value is not a string.
    pub protocol_version: Option<&'a str>,
    /// What the client can do.
    pub client_capabilities: Option<&'a str>,
    /// Who the client is.
    pub client_info: Option<&'a str>,
    /// Asks for progress notifications: a string or an integer.
    pub progress_token: Option<&'a str>,
    /// W3C trace context.
    pub traceparent: Option<&'a str>,
}

impl<'a> Params<'a> {
    /// Reads a checked object.
    pub fn read(raw: Option<&'a str>) -> Self {
        let mut params = Self {
            raw,
            ..Self::default()
        };
        for (key, value) in raw.into_iter().flat_map(members) {
            if value == "null" {
                continue;
            }
            match &*key {
                "name" => params.name = Some(value),
                "uri" => params.uri = Some(value),
                "taskId" => params.task_id = Some(value),
                "arguments" => params.arguments = Some(value),
                "cursor" => params.cursor = Some(value),
                "_meta" => params.meta = Meta::read(value),
                _ => {}
            }
        }
        params
    }

    /// Any other member, raw.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.raw
            .and_then(|raw| member(raw, name))
            .filter(|value| *value != "null")
    }

    /// Any other member that is a string.
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(string)
    }
}

impl<'a> Meta<'a> {
    fn read(raw: &'a str) -> Self {
        let mut meta = Self::default();
        for (key, value) in members(raw) {
            match key.strip_prefix(META_PREFIX).unwrap_or(&key) {
                "protocolVersion" if key.len() > META_PREFIX.len() => {
                    meta.protocol_version = Some(value);
                }
                "clientCapabilities" => meta.client_capabilities = Some(value),
                "clientInfo" => meta.client_info = Some(value),
                "progressToken" if is_token(value) => meta.progress_token = Some(value),
                "traceparent" => meta.traceparent = Some(value),
                _ => {}
            }
        }
        meta
    }
}

/// A progress token is a string or an integer.
fn is_token(raw: &str) -> bool {
    raw.starts_with('"') || raw.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_walk_finds_what_methods_share() {
        let raw = r#"{"name":"x","arguments":{"a":1},"cursor":null,"level":"info",
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":0,
            "io.modelcontextprotocol/clientCapabilities":{},"protocolVersion":"other"}}"#;
        let params = Params::read(Some(raw));
        assert_eq!(params.name, Some("\"x\""));
        assert_eq!(params.arguments, Some("{\"a\":1}"));
        assert_eq!(params.cursor, None);
        assert_eq!(params.text("level").as_deref(), Some("info"));
        assert_eq!(params.meta.protocol_version, Some("\"2026-07-28\""));
        assert_eq!(params.meta.client_capabilities, Some("{}"));
        assert_eq!(params.meta.progress_token, Some("0"));
    }

    #[test]
    fn a_token_of_another_kind_is_none() {
        for token in ["1.5", "true", "{}", "[]"] {
            let raw = format!(r#"{{"_meta":{{"progressToken":{token}}}}}"#);
            assert_eq!(
                Params::read(Some(&raw)).meta.progress_token,
                None,
                "{token}"
            );
        }
    }
}
