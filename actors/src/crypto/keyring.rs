//! The keys of one data directory: master key, pepper, a key per workspace, a key per hour of input.
//!
//! Invariant: a key that something was sealed with is on disk before the sealed object can be, and a destroyed key is
//! never made again: its successor has another id. Keys lie outside the journal and outside every backup of it.
//!
//! | file under `keys/` | content |
//! |---|---|
//! | `master.key` | 32 random bytes; wraps the others, and HKDF subkeys come from it |
//! | `pepper` | 32 random bytes; keys the digests of API keys |
//! | `workspaces/<workspace>.key` | a wrapped key |
//! | `inputs/<hour>.key` | a wrapped key |
//!
//! A wrapped key, numbers big-endian: `AKEY`, format 1, three zero bytes, key id (8 bytes), nonce (12), key and tag (48).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{LessSafeKey, NONCE_LEN};
use parking_lot::Mutex;

use super::mac::{DIGEST_BYTES, MacKey, derive, sha256_hex};
use super::{files, seal};
use crate::base::entropy::Entropy;

const MAGIC: [u8; 8] = *b"AKEY\x01\0\0\0";
const NONCE: usize = 16;
const WRAPPED: usize = NONCE + NONCE_LEN;
const FILE_BYTES: usize = WRAPPED + 32 + 16;

/// Longest workspace that names its key file itself; others are named by their digest.
const PLAIN_NAME_BYTES_MAX: usize = 64;

/// Why the keys are not usable.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The store holds data that only the lost key opens. Exit code 78.
    #[error("{} is missing, and the store is not empty: restore it from the backup of the keys", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The file is not one of ours, or was wrapped with another master key. Exit code 78.
    #[error("{} is damaged or belongs to another data directory", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// Reading or writing failed.
    #[error("key file {} failed: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A key that wraps data keys.
pub(super) struct WrappingKey {
    /// Random, and part of every object it wraps.
    pub(super) id: u64,
    pub(super) key: LessSafeKey,
}

/// What a wrapped key is for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Purpose {
    Workspace(String),
    Input(u64),
}

impl Purpose {
    /// Binds the wrapped key to its name, so that files cannot be swapped.
    fn context(&self) -> Vec<u8> {
        match self {
            Self::Workspace(workspace) => seal::context(workspace, "", "workspace key"),
            Self::Input(hour) => seal::context("", &hour.to_string(), "input key"),
        }
    }

    fn file(&self, dir: &Path) -> PathBuf {
        match self {
            Self::Workspace(workspace) => dir.join("workspaces").join(file_name(workspace)),
            Self::Input(hour) => dir.join("inputs").join(format!("{hour}.key")),
        }
    }
}

/// A slug names its file itself; anything else is named by its digest. No slug starts with `~`.
fn file_name(workspace: &str) -> String {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_slug = (1..=PLAIN_NAME_BYTES_MAX).contains(&workspace.len());
    if is_slug && workspace.bytes().all(is_plain) {
        format!("{workspace}.key")
    } else {
        format!("~{}.key", sha256_hex(workspace.as_bytes()))
    }
}

/// The keys. Wrapping keys are read once and kept.
pub struct Keyring {
    /// `None`: the keys live and die with this value.
    dir: Option<PathBuf>,
    entropy: Arc<dyn Entropy>,
    master: [u8; DIGEST_BYTES],
    master_key: LessSafeKey,
    pepper: MacKey,
    /// Held while a key is made, so that two threads never make one each.
    known: Mutex<HashMap<Purpose, Arc<WrappingKey>>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Keyring {
    /// Reads the keys under `dir`. Missing ones are made only when the store is empty: otherwise nothing in it could be
    /// opened, and new keys would hide that. Blocks.
    ///
    /// # Errors
    /// [`KeyringError::Missing`], [`KeyringError::Damaged`] or [`KeyringError::Io`].
    pub fn open(
        dir: &Path,
        is_store_empty: bool,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyringError> {
        for dir in [dir.to_owned(), dir.join("workspaces"), dir.join("inputs")] {
            files::create_dir(&dir).map_err(|source| KeyringError::Io { file: dir, source })?;
        }
        let secret = |name: &str| secret_file(dir.join(name), is_store_empty, entropy.as_ref());
        let (master, pepper) = (secret("master.key")?, secret("pepper")?);
        Ok(Self::new(Some(dir.to_owned()), master, &pepper, entropy))
    }

    /// Keys in memory only, for tests, simulation and `run`.
    pub fn ephemeral(entropy: Arc<dyn Entropy>) -> Self {
        let (master, pepper) = (entropy.bytes(), entropy.bytes());
        Self::new(None, master, &pepper, entropy)
    }

    fn new(
        dir: Option<PathBuf>,
        master: [u8; DIGEST_BYTES],
        pepper: &[u8; DIGEST_BYTES],
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            dir,
            entropy,
            master,
            master_key: seal::aes(&derive(&master, "wrap keys")),
            pepper: MacKey::new(pepper),
            known: Mutex::default(),
        }
    }

    /// The pepper: keys the digests of API keys. Its id belongs into their records.
    pub const fn pepper(&self) -> &MacKey {
        &self.pepper
    }

    /// What is stored of an API key.
    pub fn digest_key(&self, full_key: &str) -> [u8; DIGEST_BYTES] {
        self.pepper.sign(full_key.as_bytes())
    }

    /// `digest` is that of `full_key`. Takes the same time wherever they differ.
    pub fn verify_key(&self, full_key: &str, digest: &[u8]) -> bool {
        self.pepper.verify(full_key.as_bytes(), digest)
    }

    /// A key for one purpose: `cursor`, `link`. The same for every start with the same master key.
    pub fn subkey(&self, purpose: &str) -> MacKey {
        MacKey::new(&derive(&self.master, purpose))
    }

    /// Destroys the key of a workspace: nothing sealed with it can be opened again. Blocks.
    ///
    /// # Errors
    /// [`KeyringError::Io`]: the key may still exist.
    pub fn destroy_workspace(&self, workspace: &str) -> Result<(), KeyringError> {
        self.destroy(&Purpose::Workspace(workspace.to_owned()))
    }

    /// Destroys the key of an hour of input. Blocks.
    ///
    /// # Errors
    /// [`KeyringError::Io`]: the key may still exist.
    pub fn destroy_input_bucket(&self, hour: u64) -> Result<(), KeyringError> {
        self.destroy(&Purpose::Input(hour))
    }

    /// The key of this hour of input is in memory. Never blocks: while another key is being made the answer is no.
    pub fn has_input_key(&self, hour: u64) -> bool {
        self.known
            .try_lock()
            .is_some_and(|known| known.contains_key(&Purpose::Input(hour)))
    }

    /// Hours that have an input key, ascending: those in the past are due to be destroyed. Blocks.
    ///
    /// # Errors
    /// [`KeyringError::Io`].
    pub fn input_buckets(&self) -> Result<Vec<u64>, KeyringError> {
        let mut hours: Vec<u64> = if let Some(dir) = &self.dir {
            let dir = dir.join("inputs");
            let io = |source| KeyringError::Io {
                file: dir.clone(),
                source,
            };
            let entries = std::fs::read_dir(&dir).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let names = entries
                .map_err(io)?
                .into_iter()
                .map(|entry| entry.file_name());
            names
                .filter_map(|name| name.to_str()?.strip_suffix(".key")?.parse().ok())
                .collect()
        } else {
            let hour = |purpose: &Purpose| match purpose {
                Purpose::Input(hour) => Some(*hour),
                Purpose::Workspace(_) => None,
            };
            self.known.lock().keys().filter_map(hour).collect()
        };
        hours.sort_unstable();
        Ok(hours)
    }

    pub(super) fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// The key of a workspace, made durable before the first use.
    pub(super) fn workspace_key(&self, workspace: &str) -> Result<Arc<WrappingKey>, KeyringError> {
        self.key(Purpose::Workspace(workspace.to_owned()))
    }

    /// The key of an hour of input, made durable before the first use.
    pub(super) fn input_key(&self, hour: u64) -> Result<Arc<WrappingKey>, KeyringError> {
        self.key(Purpose::Input(hour))
    }

    /// The key of a workspace, if it has one.
    pub(super) fn known_workspace_key(
        &self,
        workspace: &str,
    ) -> Result<Option<Arc<WrappingKey>>, KeyringError> {
        self.find(
            &mut self.known.lock(),
            &Purpose::Workspace(workspace.to_owned()),
        )
    }

    /// The key of an hour of input, if there is one.
    pub(super) fn known_input_key(
        &self,
        hour: u64,
    ) -> Result<Option<Arc<WrappingKey>>, KeyringError> {
        self.find(&mut self.known.lock(), &Purpose::Input(hour))
    }

    fn key(&self, purpose: Purpose) -> Result<Arc<WrappingKey>, KeyringError> {
        let mut known = self.known.lock();
        if let Some(key) = self.find(&mut known, &purpose)? {
            return Ok(key);
        }
        let id = u64::from_be_bytes(self.entropy().bytes());
        let secret = self.entropy().bytes();
        if let Some(dir) = &self.dir {
            let file = purpose.file(dir);
            let wrapped = self.wrap(&purpose, id, &secret, &file)?;
            files::write(&file, &wrapped).map_err(|source| KeyringError::Io { file, source })?;
        }
        let key = Arc::new(WrappingKey {
            id,
            key: seal::aes(&secret),
        });
        known.insert(purpose, Arc::clone(&key));
        Ok(key)
    }

    fn find(
        &self,
        known: &mut HashMap<Purpose, Arc<WrappingKey>>,
        purpose: &Purpose,
    ) -> Result<Option<Arc<WrappingKey>>, KeyringError> {
        if let Some(key) = known.get(purpose) {
            return Ok(Some(Arc::clone(key)));
        }
        let Some(dir) = &self.dir else {
            return Ok(None);
        };
        let file = purpose.file(dir);
        let content = files::read(&file).map_err(|source| KeyringError::Io {
            file: file.clone(),
            source,
        })?;
        let Some(content) = content else {
            return Ok(None);
        };
        let key = self
            .unwrap(purpose, &content)
            .ok_or(KeyringError::Damaged { file })?;
        let key = Arc::new(key);
        known.insert(purpose.clone(), Arc::clone(&key));
        Ok(Some(key))
    }

    fn wrap(
        &self,
        purpose: &Purpose,
        id: u64,
        secret: &[u8; 32],
        file: &Path,
    ) -> Result<Vec<u8>, KeyringError> {
        // Random: the master key wraps one key per workspace and hour, far below where 96 random bits repeat.
        let nonce: [u8; NONCE_LEN] = self.entropy().bytes();
        let header = [&MAGIC[..], &id.to_be_bytes(), &nonce].concat();
        let wrapped = seal::encrypt(&self.master_key, nonce, &header, &purpose.context(), secret)
            .map_err(|_| KeyringError::Damaged {
            file: file.to_owned(),
        })?;
        Ok([header, wrapped].concat())
    }

    fn unwrap(&self, purpose: &Purpose, content: &[u8]) -> Option<WrappingKey> {
        if content.len() != FILE_BYTES || !content.starts_with(&MAGIC) {
            return None;
        }
        let (header, wrapped) = content.split_at(WRAPPED);
        let nonce = header[NONCE..].try_into().ok()?;
        let id = u64::from_be_bytes(header[MAGIC.len()..NONCE].try_into().ok()?);
        let secret = seal::decrypt(&self.master_key, nonce, header, &purpose.context(), wrapped);
        Some(WrappingKey {
            id,
            key: seal::aes(&secret.ok()?.try_into().ok()?),
        })
    }

    fn destroy(&self, purpose: &Purpose) -> Result<(), KeyringError> {
        let mut known = self.known.lock();
        known.remove(purpose);
        let Some(dir) = &self.dir else { return Ok(()) };
        let file = purpose.file(dir);
        files::destroy(&file).map_err(|source| KeyringError::Io { file, source })
    }
}

/// The 32 bytes in `file`, made first when there are none and `may_create` says so.
fn secret_file(
    file: PathBuf,
    may_create: bool,
    entropy: &dyn Entropy,
) -> Result<[u8; DIGEST_BYTES], KeyringError> {
    let content = files::read(&file).map_err(|source| KeyringError::Io {
        file: file.clone(),
        source,
    })?;
    match content {
        Some(content) => content
            .try_into()
            .map_err(|_| KeyringError::Damaged { file }),
        None if !may_create => Err(KeyringError::Missing { file }),
        None => {
            let secret = entropy.bytes();
            files::write(&file, &secret).map_err(|source| KeyringError::Io { file, source })?;
            Ok(secret)
        }
    }
}

#[cfg(test)]
mod tests;
