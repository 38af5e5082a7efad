//! MCP sessions: a durable record, bound to the key that opened it.
//!
//! Invariant: a session is not authentication; every use needs its own key again, and another key finds nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::ids::{KeyId, SessionId};
use crate::base::time::Timestamp;

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Key that opened it.
    pub key: KeyId,
    /// Negotiated protocol version: `2025-11-25`.
    pub version: Box<str>,
    /// Client name and version as it gave them, at most 100 bytes each.
    pub client: Box<str>,
    /// The client can be asked questions.
    #[serde(default)]
    pub elicitation: bool,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// First byte of a stored session. Older formats are read, newer ones refused.
const FORMAT: u8 = 1;

impl SessionRecord {
    /// The bytes to store; the id is the key. Small, because a session is often all that is left of a client:
    /// format, last use and opening as 8 bytes each, key, flags, then version and client behind their lengths.
    pub fn to_stored(&self, last_seen: Timestamp) -> Vec<u8> {
        let texts = [self.version.as_bytes(), self.client.as_bytes()];
        let mut stored = vec![FORMAT];
        stored.extend(last_seen.unix_ms().to_be_bytes());
        stored.extend(self.created_at.unix_ms().to_be_bytes());
        stored.extend(self.key.as_bytes());
        stored.push(u8::from(self.elicitation));
        for text in texts {
            let len = text.len().min(usize::from(u8::MAX));
            stored.push(u8::try_from(len).unwrap_or(u8::MAX));
            stored.extend(&text[..len]);
        }
        stored
    }

    /// The session stored under `id`, and its last use; `None` when the bytes do not decode.
    pub fn from_stored(id: SessionId, stored: &[u8]) -> Option<(Self, Timestamp)> {
        let (&format, rest) = stored.split_first()?;
        let (last_seen, rest) = rest.split_first_chunk::<8>()?;
        let (created_at, rest) = rest.split_first_chunk::<8>()?;
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (&flags, rest) = rest.split_first()?;
        let (version, rest) = text(rest)?;
        let (client, rest) = text(rest)?;
        let at = |bytes: &[u8; 8]| Timestamp::from_unix_ms(u64::from_be_bytes(*bytes));
        let record = Self {
            id,
            key: KeyId::from_bytes(*key),
            version: version.into(),
            client: client.into(),
            elicitation: flags & 1 == 1,
            created_at: at(created_at),
        };
        (format == FORMAT && rest.is_empty()).then(|| (record, at(last_seen)))
    }

    /// Whether it has ended: idle for `idle_max` since `last_seen`, with no stream open and no job of its own running.
    pub fn is_over(last_seen: Timestamp, now: Timestamp, busy: bool, idle_max: Duration) -> bool {
        !busy && now.since(last_seen) >= idle_max
    }
}

/// A text behind its length, and what follows.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(len))?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_back_and_damage_is_not() {
        let record = SessionRecord {
            id: SessionId::from_bytes([1; 16]),
            key: KeyId::from_bytes([2; 16]),
            version: "2025-11-25".into(),
            client: "é".repeat(50).into(),
            elicitation: true,
            created_at: Timestamp::from_unix_ms(5),
        };
        let last_seen = Timestamp::from_unix_ms(9);
        let stored = record.to_stored(last_seen);
        let read = |bytes: &[u8]| SessionRecord::from_stored(record.id, bytes);
        assert_eq!(read(&stored), Some((record.clone(), last_seen)));
        assert!((0..stored.len()).all(|len| read(&stored[..len]).is_none()));
        assert_eq!(read(&[&stored[..], b"x"].concat()), None);
    }

    #[test]
    fn a_busy_session_is_not_idle() {
        let (then, now) = (Timestamp::from_unix_ms(0), Timestamp::from_unix_ms(300_000));
        let idle_max = Duration::from_mins(5);
        assert!(SessionRecord::is_over(then, now, false, idle_max));
        assert!(!SessionRecord::is_over(then, now, true, idle_max));
        assert!(!SessionRecord::is_over(now, now, false, idle_max));
    }
}
