//! Answers as bytes: a rendered result object is put into its envelope by copying, never by parsing it again.
//!
//! Invariant: `object` is a compact JSON object; what only the modern era has (`resultType`, `_meta`, caching) is added
//! here as a tail, so that one rendering serves every era.

use bytes::Bytes;
use serde_json::json;

/// How long and for whom an answer may be kept (2026-07-28, caching).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// The method has no caching members.
    None,
    /// The same for every caller, for an hour.
    Public,
    /// For this caller only, and stale at once.
    Private,
}

/// What the modern era adds to each result.
#[derive(Clone, Debug)]
pub struct Tails {
    plain: Bytes,
    public: Bytes,
    private: Bytes,
}

impl Tails {
    /// For the server of this name and version.
    pub fn new(name: &str, version: &str) -> Self {
        let info = json!({ "name": name, "version": version });
        let meta = format!(r#""_meta":{{"io.modelcontextprotocol/serverInfo":{info}}}"#);
        Self {
            plain: format!(r#""resultType":"complete",{meta}"#).into(),
            public: format!(
                r#""resultType":"complete","ttlMs":3600000,"cacheScope":"public",{meta}"#
            )
            .into(),
            private: format!(r#""resultType":"complete","ttlMs":0,"cacheScope":"private",{meta}"#)
                .into(),
        }
    }

    /// The tail of a modern answer.
    pub fn of(&self, caching: Caching) -> &[u8] {
        match caching {
            Caching::None => &self.plain,
            Caching::Public => &self.public,
            Caching::Private => &self.private,
        }
    }
}

/// The answer to the request with this raw id. An empty `tail` adds nothing.
pub fn result(id: &str, object: &[u8], tail: &[u8]) -> Bytes {
    const HEAD: &[u8] = br#"{"jsonrpc":"2.0","id":"#;
    const MIDDLE: &[u8] = br#","result":"#;
    let mut body =
        Vec::with_capacity(HEAD.len() + id.len() + MIDDLE.len() + object.len() + tail.len() + 2);
    body.extend_from_slice(HEAD);
    body.extend_from_slice(id.as_bytes());
    body.extend_from_slice(MIDDLE);
    if tail.is_empty() {
        body.extend_from_slice(object);
    } else {
        let open = object.strip_suffix(b"}").unwrap_or(object);
        body.extend_from_slice(open);
        if open.len() > 1 {
            body.push(b',');
        }
        body.extend_from_slice(tail);
        body.push(b'}');
    }
    body.push(b'}');
    body.into()
}

/// A notification with these raw params.
pub fn notification(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)
}

/// Several answers as one array.
pub fn batch(answers: &[Bytes]) -> Bytes {
    let mut body = Vec::with_capacity(answers.iter().map(|one| one.len() + 1).sum::<usize>() + 2);
    body.push(b'[');
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(answer);
    }
    body.push(b']');
    body.into()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn one_rendering_serves_both_eras() {
        let tails = Tails::new("server", "1.0");
        for object in ["{}", r#"{"tools":[]}"#] {
            let legacy: Value =
                serde_json::from_slice(&result("7", object.as_bytes(), b"")).unwrap();
            assert_eq!(legacy["result"].to_string(), object);
            let tail = tails.of(Caching::Public);
            let modern: Value =
                serde_json::from_slice(&result("\"x\"", object.as_bytes(), tail)).unwrap();
            assert_eq!(modern["id"], "x");
            assert_eq!(modern["result"]["resultType"], "complete");
            assert_eq!(modern["result"]["ttlMs"], 3_600_000);
            let info = &modern["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
            assert_eq!(info["name"], "server");
        }
        let plain: Value =
            serde_json::from_slice(&result("1", b"{}", tails.of(Caching::None))).unwrap();
        assert!(plain["result"].get("ttlMs").is_none());
    }

    #[test]
    fn a_batch_is_an_array() {
        let answers = [result("1", b"{}", b""), result("2", b"{}", b"")];
        let body: Value = serde_json::from_slice(&batch(&answers)).unwrap();
        assert_eq!(body.as_array().unwrap().len(), 2);
    }
}
