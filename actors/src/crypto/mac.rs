//! Message authentication and digests: API keys, signed cursors and links, content hashes.
//!
//! Invariant: comparing takes the same time wherever the difference is, and every key knows its id, so that what was
//! made with a lost key is told apart from what was forged.

use std::fmt::Write as _;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hkdf, hmac};

/// Bytes of a digest, a tag and a key.
pub const DIGEST_BYTES: usize = 32;

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    sized(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-256 of `bytes` as 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A key for HMAC-SHA256.
#[derive(Clone)]
pub struct MacKey {
    id: u32,
    key: hmac::Key,
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MacKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl MacKey {
    /// A key from secret bytes. Its id is a part of their digest under a label of its own.
    pub fn new(secret: &[u8; DIGEST_BYTES]) -> Self {
        Self {
            id: key_id(secret),
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    /// Which key this is; not secret. Stored with what was made with it.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The tag of `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; DIGEST_BYTES] {
        sized(hmac::sign(&self.key, message).as_ref())
    }

    /// `tag` is the tag of `message`. Takes the same time wherever they differ.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        verify_slices_are_equal(&self.sign(message), tag).is_ok()
    }
}

/// The public id of a secret key.
pub(super) fn key_id(secret: &[u8; DIGEST_BYTES]) -> u32 {
    let label = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&label, b"aios key id 1");
    tag.as_ref()
        .iter()
        .take(4)
        .fold(0, |id, &byte| (id << 8) | u32::from(byte))
}

/// A key for one purpose, derived from `master` (RFC 5869, SHA-256).
pub(super) fn derive(master: &[u8; DIGEST_BYTES], purpose: &str) -> [u8; DIGEST_BYTES] {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"aios-lovable-mcp subkey 1");
    let mut key = [0; DIGEST_BYTES];
    let info = [purpose.as_bytes()];
    salt.extract(master)
        .expand(&info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .expect("32 bytes are within what HKDF-SHA256 can give");
    key
}

fn sized(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    bytes.try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_the_published_vectors() {
        // FIPS 180-4, "abc".
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        // RFC 4231, test case 2, with its key padded by zeros to the block, which HMAC does anyway.
        let mut secret = [0; DIGEST_BYTES];
        secret[..4].copy_from_slice(b"Jefe");
        let tag = MacKey::new(&secret).sign(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&tag), expected);
    }

    #[test]
    fn every_changed_bit_of_a_tag_is_refused() {
        let key = MacKey::new(&[7; DIGEST_BYTES]);
        let tag = key.sign(b"message");
        assert!(key.verify(b"message", &tag));
        assert!(!key.verify(b"massage", &tag));
        assert!(!key.verify(b"message", &tag[..31]));
        for bit in 0..tag.len() * 8 {
            let mut changed = tag;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.verify(b"message", &changed), "bit {bit}");
        }
    }

    #[test]
    fn purposes_give_different_keys_and_ids() {
        let keys = ["cursor", "link"].map(|purpose| MacKey::new(&derive(&[1; 32], purpose)));
        assert_ne!(keys[0].id(), keys[1].id());
        assert_ne!(keys[0].sign(b""), keys[1].sign(b""));
        assert_eq!(derive(&[1; 32], "link"), derive(&[1; 32], "link"));
    }
}
