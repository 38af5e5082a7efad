//! Keys and limits: who is calling, and how often they may.
//!
//! Invariant: answers from memory; only a lease that ran out costs a call of the key's bucket.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ractor::ActorRef;
use ractor::rpc::CallResult;

use super::Engine;
use crate::base::error::{ErrorCode, PublicError};
use crate::base::ids::KeyId;
use crate::base::time::Timestamp;
use crate::crypto::mac::hex;
use crate::domain::key::{KeyRecord, Principal, Scope};
use crate::ports::store::{Batch, StoreError, Table};
use crate::tree::bucket::BucketMsg;
use crate::tree::limits::{LimitsMsg, Purse, limit_of};
use crate::tree::{Allowance, CallClass};

const CALL_TIMEOUT: Duration = Duration::from_secs(2);
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Name.
    pub name: String,
    /// Workspace slug; the slug of the name when absent.
    pub workspace: Option<String>,
    /// Tier name.
    pub tier: String,
    /// Scopes.
    pub scopes: Vec<Scope>,
    /// Own limit.
    pub requests_per_minute: Option<u32>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// A key with the default scopes.
    pub fn named(name: &str, tier: &str) -> Self {
        Self {
            name: name.to_owned(),
            workspace: None,
            tier: tier.to_owned(),
            scopes: Scope::DEFAULT.to_vec(),
            requests_per_minute: None,
            expires_at: None,
        }
    }
}

/// Lower-case letters, digits and single hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').chars().take(60).collect()
}

impl Engine {
    /// Checks a presented key. No I/O.
    ///
    /// # Errors
    /// `INVALID_KEY`.
    pub fn authenticate(&self, presented: &str) -> Result<Arc<Principal>, PublicError> {
        let deps = &self.0.deps;
        let digest = hex(&deps.keyring.digest_key(presented));
        let known = deps.keys.by_digest(&digest, self.now());
        known.ok_or_else(|| PublicError::new(ErrorCode::InvalidKey, "the API key is not valid"))
    }

    /// Takes one call out of the caller's window, if a lease is at hand; else ask [`Self::allow`].
    pub fn try_allow(&self, principal: &Principal, class: CallClass) -> Option<Allowance> {
        let tier = self.0.deps.tier(&principal.tier);
        let Some(limit) = limit_of(tier, principal.requests_per_minute, class) else {
            return Some(Allowance::UNLIMITED);
        };
        self.0
            .purses
            .of(principal.key)
            .take(class, limit, self.now())
    }

    /// Takes one call out of the caller's window.
    ///
    /// # Errors
    /// `RATE_LIMITED` with `retry_after_ms`.
    pub async fn allow(
        &self,
        principal: &Principal,
        class: CallClass,
    ) -> Result<Allowance, PublicError> {
        if let Some(allowance) = self.try_allow(principal, class) {
            return Ok(allowance);
        }
        let tier = self.0.deps.tier(&principal.tier);
        let limits = (CallClass::Create, class);
        let (create, limit) = (
            limit_of(tier, principal.requests_per_minute, limits.0).unwrap_or(u32::MAX),
            limit_of(tier, principal.requests_per_minute, limits.1).unwrap_or(u32::MAX),
        );
        let purse = self.0.purses.of(principal.key);
        let mut unused = purse.unused(class);
        for _ in 0..3 {
            let bucket = self.bucket(principal.key, create, &purse).await?;
            // Given back once: a call without an answer may have been heard.
            let back = unused.take();
            let lease = |reply| BucketMsg::Lease {
                class,
                unused: back,
                reply,
            };
            match bucket.call(lease, Some(CALL_TIMEOUT)).await {
                Ok(CallResult::Success(Ok((lease, reset_after)))) => {
                    let now = self.now();
                    return Ok(purse.fill(class, (lease, now.plus(reset_after)), (limit, now)));
                }
                Ok(CallResult::Success(Err(wait))) => {
                    let message = format!("more than {limit} calls of this kind in a minute");
                    let error = PublicError::new(ErrorCode::RateLimited, message).at_limit(limit);
                    return Err(error.retry_after(wait));
                }
                // It passivated or crashed in between: the next one is started.
                _ => *purse.bucket.lock() = None,
            }
        }
        Err(PublicError::internal())
    }

    async fn bucket(
        &self,
        key: KeyId,
        create: u32,
        purse: &Purse,
    ) -> Result<ActorRef<BucketMsg>, PublicError> {
        let known = purse.bucket.lock().clone();
        if let Some(bucket) = known {
            return Ok(bucket);
        }
        for _ in 0..super::RESTART_LOOKS {
            if let Some(limits) = self.0.deps.slots.limits.get() {
                let ask = |reply| LimitsMsg::Bucket { key, create, reply };
                if let Ok(CallResult::Success(bucket)) = limits.call(ask, Some(CALL_TIMEOUT)).await
                {
                    *purse.bucket.lock() = Some(bucket.clone());
                    return Ok(bucket);
                }
            }
            // It restarts.
            tokio::time::sleep(super::RESTART_WAIT).await;
        }
        Err(PublicError::internal())
    }

    /// Makes a key; the text is shown once.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `STORE_READ_ONLY`.
    pub async fn create_key(&self, new: NewKey) -> Result<(KeyRecord, String), PublicError> {
        let key = self.key_text();
        let record = self.key_record(new, &key)?;
        let value = serde_json::to_vec(&record).map_err(|_| PublicError::internal())?;
        let id = Bytes::copy_from_slice(record.id.as_bytes());
        let batch = self.with_pepper_proof(Batch::default().put(Table::Keys, id, value));
        self.0
            .deps
            .store
            .commit(batch)
            .await
            .map_err(|cause| match cause {
                StoreError::Busy | StoreError::ReadOnly => PublicError::new(
                    ErrorCode::StoreReadOnly,
                    "the store takes no new keys right now",
                ),
                _ => PublicError::internal(),
            })?;
        self.0.deps.keys.insert(record.clone());
        Ok((record, key))
    }

    /// A key that settings hold: not stored, known until the process ends. Its id follows from its name, so that jobs
    /// keep their key over restarts.
    ///
    /// # Errors
    /// `INVALID_INPUT`.
    pub fn add_static_key(&self, new: NewKey, key: &str) -> Result<(), PublicError> {
        let mut record = self.key_record(new, key)?;
        let digest = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            format!("env:{}", record.name).as_bytes(),
        );
        let mut id = [0; 16];
        id.copy_from_slice(&digest.as_ref()[..16]);
        record.id = KeyId::from_bytes(id);
        self.0.deps.keys.insert(record);
        Ok(())
    }

    /// Known keys, stored ones and those of the settings.
    pub fn keys(&self) -> Vec<KeyRecord> {
        self.0.deps.keys.records()
    }

    fn key_record(&self, new: NewKey, key: &str) -> Result<KeyRecord, PublicError> {
        let workspace = new.workspace.unwrap_or_else(|| slug(&new.name));
        if new.name.is_empty() || new.name.chars().count() > 100 {
            return Err(PublicError::invalid(
                "name",
                "must have 1 to 100 characters",
            ));
        }
        if workspace.is_empty() || slug(&workspace) != workspace {
            let rule = "must have 1 to 60 lower-case letters, digits and single hyphens";
            return Err(PublicError::invalid("workspace", rule));
        }
        if !self.0.deps.settings.tiers.contains_key(&new.tier) {
            let known: Vec<_> = self
                .0
                .deps
                .settings
                .tiers
                .keys()
                .map(String::as_str)
                .collect();
            return Err(PublicError::invalid(
                "tier",
                format!("must be one of {}", known.join(", ")),
            ));
        }
        let now = self.now();
        let last4 = key
            .chars()
            .rev()
            .take(4)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        Ok(KeyRecord {
            id: KeyId::new(now, self.0.deps.entropy.as_ref()),
            name: new.name,
            workspace: workspace.into(),
            tier: new.tier,
            scopes: new.scopes,
            digest: hex(&self.0.deps.keyring.digest_key(key)),
            last4,
            created_at: now,
            requests_per_minute: new.requests_per_minute,
            expires_at: new.expires_at,
            revoked_at: None,
        })
    }

    /// `aios_live_<8>_<32><checksum of 6>`: a prefix that secret scanners know, 190 random bits, and a checksum that
    /// catches typing mistakes.
    fn key_text(&self) -> String {
        let body = format!("aios_live_{}_{}", self.base62(8), self.base62(32));
        let mut crc = crc32c::crc32c(body.as_bytes());
        let mut checksum = [b'0'; 6];
        for slot in checksum.iter_mut().rev() {
            *slot = BASE62[(crc % 62) as usize];
            crc /= 62;
        }
        format!("{body}{}", String::from_utf8_lossy(&checksum))
    }

    fn base62(&self, len: usize) -> String {
        let mut text = String::with_capacity(len);
        while text.len() < len {
            // Bytes from 248 on would make some characters more likely than others.
            let [byte] = self.0.deps.entropy.bytes();
            if byte < 248 {
                text.push(char::from(BASE62[usize::from(byte) % 62]));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        let cases = [
            ("My App", "my-app"),
            ("--a__b--", "a-b"),
            ("é", ""),
            ("x", "x"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name), expected);
        }
    }
}
