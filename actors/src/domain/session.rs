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

impl SessionRecord {
    /// Whether it has ended: idle for `idle_max` since `last_seen`, with no stream open and no job of its own running.
    pub fn is_over(last_seen: Timestamp, now: Timestamp, busy: bool, idle_max: Duration) -> bool {
        !busy && now.since(last_seen) >= idle_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_session_is_not_idle() {
        let (then, now) = (Timestamp::from_unix_ms(0), Timestamp::from_unix_ms(300_000));
        let idle_max = Duration::from_mins(5);
        assert!(SessionRecord::is_over(then, now, false, idle_max));
        assert!(!SessionRecord::is_over(then, now, true, idle_max));
        assert!(!SessionRecord::is_over(now, now, false, idle_max));
    }
}
