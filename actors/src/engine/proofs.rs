//! Proofs that the keys on disk are those of the store: a sealed row per workspace, and a digest under the pepper.
//!
//! Invariant: a start with keys that cannot open what is stored fails and names the file; it never makes new keys over
//! sealed data. Proofs are written with the first job of a workspace and with the first stored key.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Engine, StartError};
use crate::base::error::PublicError;
use crate::crypto::seal::{self, Scope, SealError};
use crate::ports::store::{Batch, Table};
use crate::tree::deps::Deps;
use crate::tree::recovery;

const WORKSPACE: &str = "proof/workspace/";
const PEPPER: &str = "proof/pepper";
const KIND: &str = "proof";

/// Workspaces whose proof is stored.
#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<BTreeSet<String>>);

fn wrong(file: &str, what: impl std::fmt::Display) -> StartError {
    StartError::Keys(format!(
        "keys/{file} is not the one this store was sealed with: {what}"
    ))
}

/// Checks every stored proof. Blocks.
///
/// # Errors
/// [`StartError::Keys`], or that of the store.
pub(super) fn check(deps: &Deps) -> Result<Proofs, StartError> {
    let pepper = deps.store.get(Table::Meta, PEPPER.as_bytes())?;
    if pepper.is_some_and(|stored| !deps.keyring.verify_key(PEPPER, &stored)) {
        return Err(wrong("pepper", "the digests of the API keys do not fit it"));
    }
    let mut known = BTreeSet::new();
    let mut rows = Vec::new();
    recovery::each(deps, Table::Meta, WORKSPACE.as_bytes(), |row| {
        rows.push(row.clone());
        Ok(())
    })?;
    for (key, sealed) in rows {
        let name = String::from_utf8_lossy(&key).replacen(WORKSPACE, "", 1);
        match seal::open(&deps.keyring, &name, &name, KIND, &sealed) {
            Ok(_) => {}
            Err(SealError::Erased) => {
                return Err(wrong(&format!("workspaces/{name}.key"), "it is missing"));
            }
            Err(cause) => return Err(wrong(&format!("workspaces/{name}.key"), cause)),
        }
        known.insert(name);
    }
    Ok(Proofs(Mutex::new(known)))
}

impl Engine {
    /// `batch` with the proof of `workspace`, if it is the workspace's first.
    pub(super) async fn with_proof(
        &self,
        batch: Batch,
        workspace: &str,
    ) -> Result<Batch, PublicError> {
        if self.0.proofs.0.lock().contains(workspace) {
            return Ok(batch);
        }
        let (deps, name) = (Arc::clone(&self.0.deps), workspace.to_owned());
        // Makes the workspace's key file, which blocks.
        let seal = move || {
            let scope = Scope::Workspace(&name);
            seal::seal(&deps.keyring, scope, &name, KIND, name.as_bytes())
        };
        let sealed = tokio::task::spawn_blocking(seal).await;
        let sealed = sealed
            .map_err(|_| PublicError::internal())?
            .map_err(|cause| {
                tracing::error!(%cause, "the key of a workspace could not be made");
                PublicError::internal()
            })?;
        Ok(batch.put(Table::Meta, format!("{WORKSPACE}{workspace}"), sealed))
    }

    /// A batch with a proof of this workspace is durable.
    pub(super) fn proven(&self, workspace: &str) {
        let mut known = self.0.proofs.0.lock();
        if !known.contains(workspace) {
            known.insert(workspace.to_owned());
        }
    }

    /// `batch` with the proof of the pepper.
    pub(super) fn with_pepper_proof(&self, batch: Batch) -> Batch {
        let digest = self.0.deps.keyring.digest_key(PEPPER);
        batch.put(Table::Meta, PEPPER, Bytes::copy_from_slice(&digest))
    }
}
