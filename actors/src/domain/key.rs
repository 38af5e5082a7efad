//! API keys and the principals they stand for.
//!
//! Invariant: a record never holds the key itself, only its digest; a principal is all that the engine knows of a caller.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::ids::KeyId;
use crate::base::time::Timestamp;
use crate::domain::record::Workspace;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum Scope {
    #[serde(rename = "jobs:read")]
    JobsRead,
    #[serde(rename = "jobs:write")]
    JobsWrite,
    #[serde(rename = "artifacts:read")]
    ArtifactsRead,
    #[serde(rename = "webhooks:manage")]
    WebhooksManage,
    #[serde(rename = "usage:read")]
    UsageRead,
    #[serde(rename = "keys:manage")]
    KeysManage,
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// What a key gets when nothing else is asked for: everything but managing keys and administration.
    pub const DEFAULT: [Self; 5] = [
        Self::JobsRead,
        Self::JobsWrite,
        Self::ArtifactsRead,
        Self::WebhooksManage,
        Self::UsageRead,
    ];

    /// The wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobsRead => "jobs:read",
            Self::JobsWrite => "jobs:write",
            Self::ArtifactsRead => "artifacts:read",
            Self::WebhooksManage => "webhooks:manage",
            Self::UsageRead => "usage:read",
            Self::KeysManage => "keys:manage",
            Self::Admin => "admin",
        }
    }
}

/// A stored key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// Name given by whoever made it.
    pub name: String,
    /// Whose jobs it sees.
    pub workspace: Workspace,
    /// Name of the tier.
    pub tier: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// HMAC of the key under the pepper, in hex.
    pub digest: String,
    /// Last four characters, to recognise it.
    pub last4: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Own limit, never above the tier's unless an admin set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// When it stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// A caller whose key was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its key.
    pub key: KeyId,
    /// Name of the key.
    pub name: Arc<str>,
    /// Whose jobs it sees.
    pub workspace: Workspace,
    /// Name of the tier.
    pub tier: Arc<str>,
    /// What it may do, sorted.
    pub scopes: Arc<[Scope]>,
    /// Own limit in requests a minute.
    pub requests_per_minute: Option<u32>,
    /// When the key stops working.
    pub expires_at: Option<Timestamp>,
}

impl Principal {
    /// Whether it may do what `scope` names. `jobs:write` implies `jobs:read`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
            || (scope == Scope::JobsRead && self.scopes.contains(&Scope::JobsWrite))
    }

    /// The principal of a stored key.
    pub fn of(record: &KeyRecord) -> Self {
        let mut scopes = record.scopes.clone();
        scopes.sort_unstable();
        Self {
            key: record.id,
            name: record.name.as_str().into(),
            workspace: Arc::clone(&record.workspace),
            tier: record.tier.as_str().into(),
            scopes: scopes.into(),
            requests_per_minute: record.requests_per_minute,
            expires_at: record.expires_at,
        }
    }
}
