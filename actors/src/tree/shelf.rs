//! The shelf: artifacts and inputs, sealed on the way in and opened on the way out.
//!
//! Invariant: blocks, so it runs on the pool only. What it returns as rows becomes visible with the commit that names
//! them; a pack without such a commit is an orphan.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::deps::Deps;
use crate::base::error::{ErrorCode, PublicError};
use crate::base::ids::{ArtifactId, JobId};
use crate::base::limits::ARTIFACT_INLINE_BYTES_MAX;
use crate::base::time::Timestamp;
use crate::crypto::mac::sha256_hex;
use crate::crypto::seal::{self, Scope, SealError};
use crate::domain::artifact::{ArtifactRow, Place};
use crate::domain::record::{JobRecord, Workspace};
use crate::ports::agent::{AgentError, DraftArtifact, Shared};
use crate::ports::store::{Op, StoreError, Table};

const KIND_INPUT: &str = "input";
const KIND_ARTIFACT: &str = "artifact";
const MS_PER_HOUR: u64 = 3_600_000;

/// Arguments and artifacts of a job.
pub(crate) type Loaded = (Arc<Value>, Shared);

fn failed(cause: impl std::fmt::Display) -> AgentError {
    tracing::error!(%cause, "reading or sealing failed");
    AgentError {
        error: PublicError::internal(),
        retryable: true,
    }
}

/// Hour bucket of an input.
pub(crate) const fn bucket_of(created_at: Timestamp) -> u64 {
    created_at.unix_ms() / MS_PER_HOUR
}

/// Seals the arguments of a new job.
///
/// # Errors
/// When the keys cannot be written.
pub(crate) fn seal_input(
    deps: &Deps,
    (workspace, job): (&str, JobId),
    created_at: Timestamp,
    arguments: &Value,
) -> Result<Vec<u8>, SealError> {
    let text = serde_json::to_vec(arguments).unwrap_or_default();
    let scope = Scope::Input {
        workspace,
        hour: bucket_of(created_at),
    };
    seal::seal(&deps.keyring, scope, &job.to_string(), KIND_INPUT, &text)
}

/// The arguments of a job; `None` when they were destroyed.
///
/// # Errors
/// When the store or the keys cannot be read.
pub(crate) fn input(deps: &Deps, record: &JobRecord) -> Result<Option<Value>, AgentError> {
    let stored = deps
        .store
        .get(Table::Inputs, record.id.as_bytes())
        .map_err(failed)?;
    let Some(sealed) = stored else {
        return Ok(None);
    };
    let id = record.id.to_string();
    match seal::open(&deps.keyring, &record.workspace, &id, KIND_INPUT, &sealed) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(failed),
        Err(SealError::Erased) => Ok(None),
        Err(cause) => Err(failed(cause)),
    }
}

/// Content of a row.
///
/// # Errors
/// When it is missing or damaged.
pub(crate) fn content(
    deps: &Deps,
    workspace: &Workspace,
    row: &ArtifactRow,
) -> Result<Bytes, AgentError> {
    let sealed = match &row.place {
        Place::Journal => deps
            .store
            .get(Table::Artifacts, row.id.as_bytes())
            .map_err(failed)?
            .ok_or_else(|| failed("an artifact is missing"))?,
        Place::Pack { pack, offset, len } => {
            deps.store.read_pack(pack, *offset, *len).map_err(failed)?
        }
    };
    let id = row.id.to_string();
    let opened = seal::open(&deps.keyring, workspace, &id, KIND_ARTIFACT, &sealed);
    opened.map(Bytes::from).map_err(failed)
}

/// Loads what an attempt needs and does not have yet: the arguments, and the artifacts of earlier steps and of the job
/// that this one builds on.
///
/// # Errors
/// `INPUT_EXPIRED` when the arguments were destroyed; a retryable internal error when reading failed.
pub(crate) fn load(
    deps: &Deps,
    record: &JobRecord,
    (inputs, artifacts): (Option<Arc<Value>>, Option<Shared>),
) -> Result<Loaded, AgentError> {
    let inputs = match inputs {
        Some(inputs) => inputs,
        None => Arc::new(input(deps, record)?.ok_or_else(|| {
            let message = "the specification of this job was destroyed";
            let error = PublicError::new(ErrorCode::InputExpired, message);
            AgentError {
                error,
                retryable: false,
            }
        })?),
    };
    let artifacts = match artifacts {
        Some(artifacts) => artifacts,
        None => Arc::new(stored_artifacts(deps, record)?),
    };
    Ok((inputs, artifacts))
}

fn stored_artifacts(deps: &Deps, record: &JobRecord) -> Result<Vec<(String, Bytes)>, AgentError> {
    let mut artifacts: Vec<(String, Bytes)> = Vec::new();
    if let Some(parent) = record
        .from_job
        .map(|id| job_record(deps, id))
        .transpose()?
        .flatten()
    {
        for row in &parent.artifacts {
            artifacts.push((row.name.clone(), content(deps, &parent.workspace, row)?));
        }
    }
    for row in &record.artifacts {
        artifacts.retain(|(name, _)| *name != row.name);
        artifacts.push((row.name.clone(), content(deps, &record.workspace, row)?));
    }
    Ok(artifacts)
}

/// A record, from memory or from the store.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn job_record(deps: &Deps, id: JobId) -> Result<Option<Arc<JobRecord>>, AgentError> {
    if let Some(view) = deps.view.get(id) {
        return Ok(Some(Arc::clone(&view.record)));
    }
    let stored = deps.store.get(Table::Jobs, id.as_bytes()).map_err(failed)?;
    stored
        .map(|bytes| serde_json::from_slice(&bytes).map(Arc::new).map_err(failed))
        .transpose()
}

/// Seals artifacts: small ones become operations of the commit, big ones one pack file.
///
/// # Errors
/// When sealing or writing the pack failed.
pub(crate) fn shelve(
    deps: &Deps,
    record: &JobRecord,
    step: &str,
    artifacts: Vec<DraftArtifact>,
) -> Result<(Vec<Op>, Vec<ArtifactRow>), AgentError> {
    let now = deps.clock.now();
    let (mut ops, mut rows, mut pack) = (Vec::new(), Vec::new(), Vec::new());
    let pack_name = ArtifactId::new(now, deps.entropy.as_ref()).to_string();
    for artifact in artifacts {
        let id = ArtifactId::new(now, deps.entropy.as_ref());
        let scope = Scope::Workspace(&record.workspace);
        let sealed = seal::seal(
            &deps.keyring,
            scope,
            &id.to_string(),
            KIND_ARTIFACT,
            &artifact.bytes,
        )
        .map_err(failed)?;
        let place = if sealed.len() <= ARTIFACT_INLINE_BYTES_MAX {
            let key = Bytes::copy_from_slice(id.as_bytes());
            ops.push(Op::Put {
                table: Table::Artifacts,
                key,
                value: sealed.into(),
            });
            Place::Journal
        } else {
            let (offset, len) = (pack.len() as u64, sealed.len() as u64);
            pack.extend(sealed);
            Place::Pack {
                pack: pack_name.clone(),
                offset,
                len,
            }
        };
        rows.push(ArtifactRow {
            id,
            name: artifact.name,
            step: step.to_owned(),
            media_type: artifact.media_type,
            bytes: artifact.bytes.len() as u64,
            sha256: sha256_hex(&artifact.bytes),
            created_at: now,
            internal: artifact.internal,
            place,
        });
    }
    if !pack.is_empty() {
        write_pack(deps, &pack_name, &pack)?;
    }
    Ok((ops, rows))
}

/// A full disk is waited out: the attempt has its result and burns nothing.
fn write_pack(deps: &Deps, name: &str, content: &[u8]) -> Result<(), AgentError> {
    match deps.store.write_pack(name, content) {
        Ok(()) => Ok(()),
        Err(StoreError::ReadOnly) => {
            let message = "the store has no space for artifacts";
            let error = PublicError::new(ErrorCode::StoreReadOnly, message);
            Err(AgentError {
                error,
                retryable: true,
            })
        }
        Err(cause) => Err(failed(cause)),
    }
}
