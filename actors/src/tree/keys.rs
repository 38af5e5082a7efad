//! The keys this process knows: stored ones and those of the settings.
//!
//! Invariant: a key is looked up by its digest under the pepper; the key itself is never kept.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::base::ids::KeyId;
use crate::base::time::Timestamp;
use crate::domain::key::{KeyRecord, Principal};

/// Known keys.
#[derive(Debug, Default)]
pub(crate) struct KeyTable(RwLock<Keys>);

#[derive(Debug, Default)]
struct Keys {
    by_digest: HashMap<String, Arc<Principal>>,
    records: HashMap<KeyId, KeyRecord>,
    by_id: HashMap<KeyId, Arc<Principal>>,
}

impl KeyTable {
    /// Adds or replaces a key.
    pub(crate) fn insert(&self, record: KeyRecord) {
        let principal = Arc::new(Principal::of(&record));
        let mut keys = self.0.write();
        if record.revoked_at.is_none() {
            keys.by_digest
                .insert(record.digest.clone(), Arc::clone(&principal));
        } else {
            keys.by_digest.remove(&record.digest);
        }
        keys.by_id.insert(record.id, principal);
        keys.records.insert(record.id, record);
    }

    /// The principal of a digest, unless the key has expired.
    pub(crate) fn by_digest(&self, digest: &str, now: Timestamp) -> Option<Arc<Principal>> {
        let keys = self.0.read();
        let principal = keys.by_digest.get(digest)?;
        let is_valid = principal.expires_at.is_none_or(|expiry| now < expiry);
        is_valid.then(|| Arc::clone(principal))
    }

    /// The principal of a key, valid or not.
    pub(crate) fn by_id(&self, id: KeyId) -> Option<Arc<Principal>> {
        self.0.read().by_id.get(&id).cloned()
    }

    /// All records, oldest first.
    pub(crate) fn records(&self) -> Vec<KeyRecord> {
        let mut records: Vec<_> = self.0.read().records.values().cloned().collect();
        records.sort_unstable_by_key(|record| record.id);
        records
    }
}
