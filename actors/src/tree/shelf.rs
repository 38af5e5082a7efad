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

fn expired(message: &str) -> AgentError {
    AgentError {
        error: PublicError::new(ErrorCode::InputExpired, message),
        retryable: false,
    }
}

/// Hour bucket of an input.
pub(crate) const fn bucket_of(made_at: Timestamp) -> u64 {
    made_at.unix_ms() / MS_PER_HOUR
}

/// The key of that hour's inputs is in memory: sealing with it does not touch the disk.
pub(crate) fn has_input_key(deps: &Deps, made_at: Timestamp) -> bool {
    deps.keyring.has_input_key(bucket_of(made_at))
}

/// Seals the arguments of a new job, given as JSON text. `made_at` is that of its id.
///
/// # Errors
/// When the keys cannot be written.
pub(crate) fn seal_input(
    deps: &Deps,
    (workspace, job): (&str, JobId),
    made_at: Timestamp,
    arguments: &[u8],
) -> Result<Vec<u8>, SealError> {
    let scope = Scope::Input {
        workspace,
        hour: bucket_of(made_at),
    };
    seal::seal(
        &deps.keyring,
        scope,
        &job.to_string(),
        KIND_INPUT,
        arguments,
    )
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
    let inputs = if let Some(inputs) = inputs {
        inputs
    } else {
        let input = input(deps, record)?;
        Arc::new(input.ok_or_else(|| expired("the specification of this job was destroyed"))?)
    };
    let artifacts = match artifacts {
        Some(artifacts) => artifacts,
        None => Arc::new(stored_artifacts(deps, record)?),
    };
    Ok((inputs, artifacts))
}

fn stored_artifacts(deps: &Deps, record: &JobRecord) -> Result<Vec<(String, Bytes)>, AgentError> {
    let mut artifacts: Vec<(String, Bytes)> = Vec::new();
    if let Some(id) = record.from_job {
        // Going on without them would deliver something else than was asked for.
        let parent = job_record(deps, id)?
            .ok_or_else(|| expired("the job that this one builds on was deleted"))?;
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

/// The big artifacts of a step, sealed: the file of this name is to hold them before the commit that names it.
#[derive(Debug)]
pub(crate) struct Pack {
    name: String,
    content: Vec<u8>,
}

/// What a step leaves: operations and rows of its commit, and its pack.
pub(crate) type Shelved = (Vec<Op>, Vec<ArtifactRow>, Option<Pack>);

/// Seals artifacts: small ones become operations of the commit, big ones one pack file.
///
/// # Errors
/// When sealing failed.
pub(crate) fn shelve(
    deps: &Deps,
    record: &JobRecord,
    step: &str,
    artifacts: Vec<DraftArtifact>,
) -> Result<Shelved, AgentError> {
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
    let pack = (!pack.is_empty()).then_some(Pack {
        name: pack_name,
        content: pack,
    });
    Ok((ops, rows, pack))
}

/// Writes a pack; `false` when the disk is full: to be tried again.
///
/// # Errors
/// When it cannot be written at all.
pub(crate) fn write_pack(deps: &Deps, pack: &Pack) -> Result<bool, AgentError> {
    match deps.store.write_pack(&pack.name, &pack.content) {
        Ok(()) => Ok(true),
        Err(StoreError::ReadOnly | StoreError::Busy) => Ok(false),
        Err(cause) => Err(failed(cause)),
    }
}
