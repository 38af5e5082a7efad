//! Sealing: one object in, one authenticated ciphertext out.
//!
//! Invariant: a sealed object opens only for the workspace, the object id and the kind it was sealed for, and only while
//! its wrapping key exists; every bit of it is authenticated.
//!
//! Each object has a random data key of its own, wrapped by the workspace's key, or by the key of an hour bucket for
//! inputs that must be gone by then. Both layers are AES-256-GCM. Numbers are big-endian.
//!
//! | bytes | field |
//! |---|---|
//! | 0 | format, 1 |
//! | 1 | wrapped by: 1 workspace key, 2 hour bucket |
//! | 2–3 | reserved, 0 |
//! | 4–11 | id of the wrapping key |
//! | 12–19 | hour since the Unix epoch of the bucket, else 0 |
//! | 20–31 | nonce of the wrapped key |
//! | 32–79 | data key, wrapped: 32 bytes and a tag of 16 |
//! | 80… | content, then a tag of 16 bytes |
//!
//! Additional data of both layers: the header bytes before it, then workspace, object id and kind, each behind its length.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::keyring::{Keyring, KeyringError};
use crate::base::limits::SEAL_BYTES_MAX;

/// First byte of every sealed object. Newer ones are refused.
pub const SEAL_FORMAT: u8 = 1;

/// Bytes that sealing adds to an object.
pub const OVERHEAD_BYTES: usize = BODY + TAG_BYTES;

const NONCE: usize = 20;
const WRAPPED: usize = NONCE + NONCE_LEN;
const BODY: usize = WRAPPED + KEY_BYTES + TAG_BYTES;
const TAG_BYTES: usize = 16;
const KEY_BYTES: usize = 32;

/// Whose key seals an object, and thereby what destroys it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The workspace's key: gone when the workspace is erased.
    Workspace(&'a str),
    /// The key of an hour bucket: gone when the bucket is destroyed.
    Input {
        /// Owner.
        workspace: &'a str,
        /// Hours since the Unix epoch after which the input must be gone.
        hour: u64,
    },
}

impl Scope<'_> {
    const fn workspace(&self) -> &str {
        let (Self::Workspace(workspace) | Self::Input { workspace, .. }) = self;
        workspace
    }

    const fn tag_and_hour(&self) -> (u8, u64) {
        match *self {
            Self::Workspace(_) => (1, 0),
            Self::Input { hour, .. } => (2, hour),
        }
    }
}

/// Why an object was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Above [`SEAL_BYTES_MAX`].
    #[error("the object is larger than {SEAL_BYTES_MAX} bytes")]
    TooLarge,
    /// Written by a newer version.
    #[error("sealed in format {0}, which this version does not know")]
    NewerFormat(u8),
    /// The key was destroyed, and the object with it.
    #[error("the key of the object was destroyed")]
    Erased,
    /// Cut, changed, or sealed for something else. Which of them is not said.
    #[error("the sealed object is damaged or not the one asked for")]
    Damaged,
    /// The keys could not be read or written.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Seals `plaintext` as the `kind` of object `object_id`.
///
/// # Errors
/// [`SealError::TooLarge`], or [`SealError::Keyring`] when the wrapping key could not be made durable.
pub fn seal(
    keyring: &Keyring,
    scope: Scope<'_>,
    object_id: &str,
    kind: &str,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    if plaintext.len() > SEAL_BYTES_MAX {
        return Err(SealError::TooLarge);
    }
    let wrapping = match scope {
        Scope::Workspace(workspace) => keyring.workspace_key(workspace)?,
        Scope::Input { hour, .. } => keyring.input_key(hour)?,
    };
    let data_key: [u8; KEY_BYTES] = keyring.entropy().bytes();
    // Random: a wrapping key seals many data keys. 96 bits keep the chance of a repeat below 2^-32 up to 2^32 objects.
    let nonce: [u8; NONCE_LEN] = keyring.entropy().bytes();

    let context = context(scope.workspace(), object_id, kind);
    let (tag, hour) = scope.tag_and_hour();
    let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD_BYTES);
    sealed.extend([SEAL_FORMAT, tag, 0, 0]);
    sealed.extend(wrapping.id.to_be_bytes());
    sealed.extend(hour.to_be_bytes());
    sealed.extend(nonce);
    let wrapped = encrypt(&wrapping.key, nonce, &sealed, &context, &data_key)?;
    sealed.extend(wrapped);
    let body = encrypt(&aes(&data_key), ONE_USE_NONCE, &sealed, &context, plaintext)?;
    sealed.extend(body);
    Ok(sealed)
}

/// Opens what [`seal`] made for the same workspace, object id and kind.
///
/// # Errors
/// [`SealError::Erased`] when the wrapping key is gone; [`SealError::Damaged`] for everything that fails its check;
/// [`SealError::NewerFormat`]; [`SealError::Keyring`] when a key file could not be read.
pub fn open(
    keyring: &Keyring,
    workspace: &str,
    object_id: &str,
    kind: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, SealError> {
    match sealed.first() {
        Some(&SEAL_FORMAT) => {}
        Some(&format) if format > SEAL_FORMAT => return Err(SealError::NewerFormat(format)),
        _ => return Err(SealError::Damaged),
    }
    if !(OVERHEAD_BYTES..=OVERHEAD_BYTES + SEAL_BYTES_MAX).contains(&sealed.len()) {
        return Err(SealError::Damaged);
    }
    let number = |at: usize| {
        sealed[at..at + 8]
            .iter()
            .fold(0, |number, &byte| (number << 8) | u64::from(byte))
    };
    let (id, hour) = (number(4), number(12));
    let known = match (sealed[1], hour) {
        (1, 0) => keyring.known_workspace_key(workspace)?,
        (2, hour) => keyring.known_input_key(hour)?,
        _ => return Err(SealError::Damaged),
    };
    // A key with another id took the place of the destroyed one.
    let wrapping = known.filter(|key| key.id == id).ok_or(SealError::Erased)?;

    let context = context(workspace, object_id, kind);
    let nonce = sealed[NONCE..WRAPPED]
        .try_into()
        .map_err(|_| SealError::Damaged)?;
    let data_key = decrypt(
        &wrapping.key,
        nonce,
        &sealed[..WRAPPED],
        &context,
        &sealed[WRAPPED..BODY],
    )?;
    let data_key = data_key.try_into().map_err(|_| SealError::Damaged)?;
    decrypt(
        &aes(&data_key),
        ONE_USE_NONCE,
        &sealed[..BODY],
        &context,
        &sealed[BODY..],
    )
}

/// A data key encrypts exactly one message, so a fixed nonce can never meet the same key twice.
const ONE_USE_NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

/// What an object is bound to, without ambiguity: each part stands behind its length.
pub(super) fn context(workspace: &str, object_id: &str, kind: &str) -> Vec<u8> {
    let parts = [workspace, object_id, kind];
    let mut context = Vec::with_capacity(24 + parts.iter().map(|part| part.len()).sum::<usize>());
    for part in parts {
        context.extend((part.len() as u64).to_be_bytes());
        context.extend(part.as_bytes());
    }
    context
}

pub(super) fn aes(key: &[u8; KEY_BYTES]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

pub(super) fn encrypt(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    header: &[u8],
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut buffer = Vec::with_capacity(plaintext.len() + TAG_BYTES);
    buffer.extend(plaintext);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let aad = Aad::from([header, context].concat());
    key.seal_in_place_append_tag(nonce, aad, &mut buffer)
        .map_err(|_| SealError::TooLarge)?;
    Ok(buffer)
}

pub(super) fn decrypt(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    header: &[u8],
    context: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut buffer = ciphertext.to_vec();
    let aad = Aad::from([header, context].concat());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let len = key
        .open_in_place(nonce, aad, &mut buffer)
        .map_err(|_| SealError::Damaged)?
        .len();
    buffer.truncate(len);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::entropy::SeededEntropy;

    const INPUT: Scope<'_> = Scope::Input {
        workspace: "acme",
        hour: 498_675,
    };
    const ARTIFACT: Scope<'_> = Scope::Workspace("acme");

    fn keyring() -> Keyring {
        Keyring::ephemeral(Arc::new(SeededEntropy::new(1)))
    }

    #[test]
    fn opens_what_was_sealed() {
        let keyring = keyring();
        for scope in [INPUT, ARTIFACT] {
            for plaintext in [&b""[..], b"specification", &[7; 16_000]] {
                let sealed = seal(&keyring, scope, "art_1", "artifact", plaintext).unwrap();
                assert_eq!(sealed.len(), plaintext.len() + OVERHEAD_BYTES);
                let opened = open(&keyring, "acme", "art_1", "artifact", &sealed).unwrap();
                assert_eq!(opened, plaintext);
            }
        }
    }

    #[test]
    fn the_same_object_is_never_sealed_to_the_same_bytes() {
        let keyring = keyring();
        let twice = [(); 2].map(|()| seal(&keyring, ARTIFACT, "art_1", "artifact", b"x").unwrap());
        assert_ne!(twice[0][NONCE..], twice[1][NONCE..]);
    }

    #[test]
    fn another_workspace_object_or_kind_is_refused() {
        let keyring = keyring();
        keyring.workspace_key("other").unwrap();
        for scope in [INPUT, ARTIFACT] {
            let sealed = seal(&keyring, scope, "art_1", "artifact", b"x").unwrap();
            let cases = [
                ("other", "art_1", "artifact"),
                ("acme", "art_2", "artifact"),
                ("acme", "art_1", "input"),
            ];
            for (workspace, id, kind) in cases {
                assert!(
                    open(&keyring, workspace, id, kind, &sealed).is_err(),
                    "{workspace} {id} {kind}"
                );
            }
            let shifted = open(&keyring, "acme", "art_1a", "rtifact", &sealed);
            assert!(
                matches!(shifted, Err(SealError::Damaged)),
                "parts are apart"
            );
        }
    }

    #[test]
    fn every_changed_bit_is_refused() {
        let keyring = keyring();
        for scope in [INPUT, ARTIFACT] {
            let sealed = seal(&keyring, scope, "art_1", "artifact", &[9; 300]).unwrap();
            for bit in 0..sealed.len() * 8 {
                let mut changed = sealed.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(
                    open(&keyring, "acme", "art_1", "artifact", &changed).is_err(),
                    "bit {bit}"
                );
            }
        }
    }

    #[test]
    fn every_cut_is_refused() {
        let keyring = keyring();
        let sealed = seal(&keyring, ARTIFACT, "art_1", "artifact", b"0123456789").unwrap();
        for len in 0..sealed.len() {
            assert!(
                open(&keyring, "acme", "art_1", "artifact", &sealed[..len]).is_err(),
                "{len}"
            );
        }
    }

    #[test]
    fn a_destroyed_key_takes_its_objects_along() {
        let keyring = keyring();
        let artifact = seal(&keyring, ARTIFACT, "art_1", "artifact", b"x").unwrap();
        let input = seal(&keyring, INPUT, "job_1", "input", b"x").unwrap();
        keyring.destroy_workspace("acme").unwrap();
        let opened = open(&keyring, "acme", "art_1", "artifact", &artifact);
        assert!(matches!(opened, Err(SealError::Erased)));
        open(&keyring, "acme", "job_1", "input", &input).unwrap();
        keyring.destroy_input_bucket(498_675).unwrap();
        assert!(matches!(
            open(&keyring, "acme", "job_1", "input", &input),
            Err(SealError::Erased)
        ));
        // The workspace may come back; what was erased does not.
        seal(&keyring, ARTIFACT, "art_2", "artifact", b"y").unwrap();
        let opened = open(&keyring, "acme", "art_1", "artifact", &artifact);
        assert!(matches!(opened, Err(SealError::Erased)));
    }

    #[test]
    fn an_object_above_the_limit_and_a_newer_format_are_refused() {
        let keyring = keyring();
        let large = vec![0; SEAL_BYTES_MAX + 1];
        assert!(matches!(
            seal(&keyring, ARTIFACT, "a", "b", &large),
            Err(SealError::TooLarge)
        ));
        let mut newer = seal(&keyring, ARTIFACT, "a", "b", b"").unwrap();
        newer[0] = 2;
        assert!(matches!(
            open(&keyring, "acme", "a", "b", &newer),
            Err(SealError::NewerFormat(2))
        ));
    }
}
