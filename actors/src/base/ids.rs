//! Typed ids: a prefix and a UUID of version 7 as 26 lower-case Crockford characters.
//!
//! Invariant: an id of one kind cannot be taken for one of another, and ids sort by the time they were made. Ids are
//! not secrets: every lookup is by workspace and id.

use std::fmt;
use std::str::FromStr;

use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::entropy::Entropy;
use super::time::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters that 128 bits need at 5 bits each.
const TEXT_LEN: usize = 26;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `{prefix}_` and 26 characters of 0-9 and a-z without i, l, o, u")]
pub struct ParseIdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

fn encode(bits: u128, out: &mut [u8; TEXT_LEN]) {
    for (index, slot) in out.iter_mut().enumerate() {
        let shift = 5 * (TEXT_LEN - 1 - index);
        *slot = ALPHABET[((bits >> shift) & 31) as usize];
    }
}

fn decode(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    // 26 × 5 = 130 bits: the first character may only use three of its five.
    if bytes.len() != TEXT_LEN || !(b'0'..=b'7').contains(&bytes[0]) {
        return None;
    }
    bytes.iter().try_fold(0_u128, |bits, byte| {
        let lower = byte.to_ascii_lowercase();
        let value = ALPHABET.iter().position(|&known| known == lower)?;
        Some((bits << 5) | value as u128)
    })
}

/// Keeps ids in the order they were made in: the 12 bits behind the milliseconds count up within one of them.
/// Source: RFC 9562, section 6.2, method 1.
#[derive(Debug, Default)]
pub struct Order(Mutex<(u64, u16)>);

impl Order {
    const COUNT_MAX: u16 = 0x0FFF;

    fn next(&self, now: Timestamp) -> (Timestamp, u16) {
        let mut last = self.0.lock();
        *last = match *last {
            (ms, _) if now.unix_ms() > ms => (now.unix_ms(), 0),
            (ms, Self::COUNT_MAX) => (ms + 1, 0),
            (ms, count) => (ms, count + 1),
        };
        (Timestamp::from_unix_ms(last.0), last.1)
    }
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Text before the underscore; part of the public wire format.
            pub const PREFIX: &'static str = $prefix;

            /// Makes a new id at `now`.
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let random: [u8; 10] = entropy.bytes();
                let builder = uuid::Builder::from_unix_timestamp_millis(now.unix_ms(), &random);
                Self(builder.into_uuid())
            }

            /// Makes a new id that sorts behind every id this `order` gave before, also within one millisecond.
            pub fn in_order(order: &Order, now: Timestamp, entropy: &dyn Entropy) -> Self {
                let (at, count) = order.next(now);
                let mut random: [u8; 10] = entropy.bytes();
                random[..2].copy_from_slice(&count.to_be_bytes());
                let builder = uuid::Builder::from_unix_timestamp_millis(at.unix_ms(), &random);
                Self(builder.into_uuid())
            }

            /// The 16 raw bytes, in key order.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The smallest id that can be made at `at`.
            pub fn earliest(at: Timestamp) -> Self {
                let mut bytes = [0; 16];
                bytes[..6].copy_from_slice(&at.unix_ms().to_be_bytes()[2..]);
                Self(Uuid::from_bytes(bytes))
            }

            /// When it was made.
            pub fn made_at(&self) -> Timestamp {
                let mut ms = [0; 8];
                ms[2..].copy_from_slice(&self.as_bytes()[..6]);
                Timestamp::from_unix_ms(u64::from_be_bytes(ms))
            }

            /// From the 16 raw bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; TEXT_LEN];
                encode(self.0.as_u128(), &mut text);
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            /// Accepts our own text and a raw UUID.
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let ours = text.strip_prefix(concat!($prefix, "_")).and_then(decode);
                ours.map(Uuid::from_u128)
                    .or_else(|| Uuid::try_parse(text).ok())
                    .map(Self)
                    .ok_or(ParseIdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(
    /// Names one durable run of a tool; also the MCP task id.
    JobId,
    "job"
);
typed_id!(
    /// Names one stored artifact.
    ArtifactId,
    "art"
);
typed_id!(
    /// Names one MCP session.
    SessionId,
    "ses"
);
typed_id!(
    /// Names one API key.
    KeyId,
    "key"
);
typed_id!(
    /// Names one request, in logs and error bodies.
    RequestId,
    "req"
);
typed_id!(
    /// Names one webhook endpoint.
    WebhookId,
    "whk"
);
typed_id!(
    /// Names one webhook delivery.
    DeliveryId,
    "dlv"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    #[test]
    fn text_round_trips_and_sorts_by_time() {
        let entropy = SeededEntropy::new(1);
        let early = JobId::new(Timestamp::from_unix_ms(1_000), &entropy);
        let late = JobId::new(Timestamp::from_unix_ms(2_000), &entropy);
        assert_eq!(early.to_string().parse::<JobId>().unwrap(), early);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().len(), 30);
        assert_eq!(late.made_at(), Timestamp::from_unix_ms(2_000));
        assert!(JobId::earliest(late.made_at()) < late);
    }

    #[test]
    fn ids_made_in_order_sort_in_order() {
        let (order, entropy) = (Order::default(), SeededEntropy::new(1));
        let at = |n: u64| Timestamp::from_unix_ms(1_000 + n / 6_000);
        let ids: Vec<_> = (0..20_000)
            .map(|n| JobId::in_order(&order, at(n), &entropy))
            .collect();
        assert!(ids.is_sorted() && ids[0].made_at() == at(0));
    }

    #[test]
    fn a_raw_uuid_is_accepted() {
        let text = "0192f0c1-2345-7abc-8def-0123456789ab";
        let id: JobId = text.parse().unwrap();
        assert_eq!(id.to_string().parse::<JobId>().unwrap(), id);
    }

    #[test]
    fn another_kind_and_garbage_are_refused() {
        let id = ArtifactId::new(Timestamp::from_unix_ms(1), &SeededEntropy::new(1)).to_string();
        for text in [
            id.as_str(),
            "",
            "job_",
            "job_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            "job_é",
            "quatsch",
        ] {
            assert!(text.parse::<JobId>().is_err(), "{text}");
        }
    }
}
