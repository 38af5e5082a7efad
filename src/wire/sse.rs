//! Server-sent events: frames, the priming event and keep-alive comments.
//!
//! Invariant: `data` is one line of JSON, so a frame is `data: …` and an empty line; a priming event goes only to
//! versions whose clients take empty data.

use bytes::Bytes;

use super::version::Version;

/// A comment that keeps idle connections open; clients ignore it.
pub const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// A frame with one message. Frames without `id` are not replayed.
pub fn frame(id: Option<&str>, data: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(data.len() + id.map_or(0, |id| id.len() + 5) + 24);
    if let Some(id) = id {
        out.extend_from_slice(b"id: ");
        out.extend_from_slice(id.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"event: message\ndata: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
    out.into()
}

/// The event that opens a stream which can be resumed: an id and the time after which to come back.
/// `None` for versions that do not know it.
pub fn priming(version: Version, id: &str, retry_ms: u64) -> Option<Bytes> {
    version
        .has_priming()
        .then(|| format!("id: {id}\nretry: {retry_ms}\ndata: \n\n").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_end_with_an_empty_line() {
        assert_eq!(&frame(None, b"{}")[..], b"event: message\ndata: {}\n\n");
        assert_eq!(
            &frame(Some("a-1"), b"{}")[..],
            b"id: a-1\nevent: message\ndata: {}\n\n"
        );
    }

    #[test]
    fn only_2025_11_25_is_primed() {
        for version in Version::ALL {
            let primed = priming(version, "a-0", 500).is_some();
            assert_eq!(primed, version == Version::V2025_11_25, "{version:?}");
        }
    }
}
