//! Finished jobs past their date, and packs that no job names.
//!
//! Invariant: never decides about a job that has not ended; a row that names a newer job stays, and a pack goes only when
//! nothing that is stored can name it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::deps::Deps;
use super::janitor::{SLICE, commit, on_pool, workspace_key};
use super::recovery;
use crate::base::ids::ArtifactId;
use crate::base::time::Timestamp;
use crate::domain::artifact::Place;
use crate::domain::record::JobRecord;
use crate::ports::store::{Batch, StoreError, Table};

/// Jobs removed by one commit: with their artifacts they stay within what a batch may hold.
const JOBS_AT_ONCE: usize = 20;

/// Removes finished jobs past their date, slice by slice: what is old but not due never hides what is behind it.
pub(super) async fn remove_expired(deps: &Arc<Deps>) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let slice = on_pool(deps, move |deps| expired_jobs(deps, after.as_ref())).await?;
        let mut expired = slice.expired;
        while !expired.is_empty() {
            let rest = expired.split_off(expired.len().min(JOBS_AT_ONCE));
            remove_jobs(deps, std::mem::replace(&mut expired, rest)).await;
        }
        let Some(last) = slice.last else {
            return Ok(());
        };
        after = Some(last);
    }
}

/// A finished job past its date, its packs, and what deletes it.
struct Expired {
    record: JobRecord,
    packs: Vec<String>,
    batch: Batch,
}

/// What one look at the oldest jobs found.
struct Slice {
    expired: Vec<Expired>,
    /// Where to go on; `None` at the end.
    last: Option<Bytes>,
}

/// Finished jobs past their date. Job ids sort by age, so the search ends at the first that is too young to be due.
fn expired_jobs(deps: &Deps, after: Option<&Bytes>) -> Result<Slice, StoreError> {
    let now = deps.clock.now();
    let mut expired = Vec::new();
    let rows = deps
        .store
        .scan(Table::Jobs, &[], after.map(AsRef::as_ref), SLICE)?;
    for (_, value) in &rows {
        let Ok(record) = serde_json::from_slice::<JobRecord>(value) else {
            continue;
        };
        if now.since(record.created_at) < deps.settings.artifact_retention {
            return Ok(Slice {
                expired,
                last: None,
            });
        }
        let is_due = record.expires_at.is_some_and(|expiry| expiry <= now);
        if is_due && record.state().is_terminal() {
            expired.push(removal(deps, record)?);
        }
    }
    let is_full = rows.len() == SLICE;
    let last = rows.into_iter().next_back().map(|(key, _)| key);
    Ok(Slice {
        expired,
        last: last.filter(|_| is_full),
    })
}

/// What deletes a job. Rows that name a newer job by now stay.
fn removal(deps: &Deps, record: JobRecord) -> Result<Expired, StoreError> {
    let key = Bytes::copy_from_slice(record.id.as_bytes());
    let mut batch = Batch::default()
        .delete(Table::Jobs, key.clone())
        .delete(Table::Inputs, key.clone())
        .delete(
            Table::ByWorkspace,
            workspace_key(&record.workspace, record.id),
        );
    let named = [
        (Table::Idempotency, &record.idempotency_key),
        (Table::Memo, &record.memo_key),
    ];
    for (table, digest) in named {
        if let Some(digest) = digest
            && deps.store.get(table, digest.as_bytes())?.as_ref() == Some(&key)
        {
            batch = batch.delete(table, Bytes::copy_from_slice(digest.as_bytes()));
        }
    }
    let mut packs = Vec::new();
    for row in &record.artifacts {
        match &row.place {
            Place::Journal => {
                batch = batch.delete(Table::Artifacts, Bytes::copy_from_slice(row.id.as_bytes()));
            }
            Place::Pack { pack, .. } if !packs.contains(pack) => packs.push(pack.clone()),
            Place::Pack { .. } => {}
        }
    }
    Ok(Expired {
        record,
        packs,
        batch,
    })
}

async fn remove_jobs(deps: &Arc<Deps>, mut jobs: Vec<Expired>) {
    let mut batch = Batch::default();
    for job in &mut jobs {
        batch.ops.append(&mut job.batch.ops);
    }
    if !commit(deps, batch).await {
        return;
    }
    for Expired { record, .. } in &jobs {
        if let Some(digest) = &record.idempotency_key {
            deps.intake.forget(digest, record.id);
        }
        deps.view.remove(record.id);
    }
    let remove = move |deps: &Deps| {
        let mut packs = jobs.iter().flat_map(|job| &job.packs);
        packs.try_for_each(|pack| deps.store.remove_pack(pack))
    };
    let _ = on_pool(deps, remove).await;
}

/// Removes packs that no job names: their attempts ended, with their process or before it, without a commit. Packs made
/// since `started_at` are left alone, one of them may be about to be named.
pub(super) fn sweep_packs(deps: &Deps, started_at: Timestamp) -> Result<(), StoreError> {
    let is_old = |name: &String| {
        let id = name.parse::<ArtifactId>();
        id.is_ok_and(|id| id.made_at() < started_at)
    };
    let mut orphans: BTreeSet<String> = deps.store.packs()?.into_iter().filter(is_old).collect();
    if orphans.is_empty() {
        return Ok(());
    }
    recovery::each(deps, Table::Jobs, &[], |(_, value)| {
        // Damaged: what it names is unknown, so nothing is removed.
        let record: JobRecord = serde_json::from_slice(value)
            .map_err(|_| StoreError::Corrupt("a job record does not decode".to_owned()))?;
        for row in &record.artifacts {
            if let Place::Pack { pack, .. } = &row.place {
                orphans.remove(pack);
            }
        }
        Ok(())
    })?;
    tracing::info!(count = orphans.len(), "packs that no job names are removed");
    orphans
        .iter()
        .try_for_each(|pack| deps.store.remove_pack(pack))
}
