//! Recovery: what the store knows becomes what the process knows.
//!
//! Invariant: runs before anything is accepted. Unfinished jobs are resumed by their parent's start, finished phases are
//! never run again, and nothing is decided here.

use std::sync::Arc;

use bytes::Bytes;

use super::deps::Deps;
use super::sessions::SessionTable;
use crate::base::ids::{JobId, SessionId};
use crate::domain::event::Event;
use crate::domain::key::KeyRecord;
use crate::domain::record::{JobRecord, RECORD_FORMAT};
use crate::domain::session::SessionRecord;
use crate::ports::store::{Pair, StoreError, Table};

const PAGE: usize = 1_000;

/// Visits every pair of a table whose key starts with `prefix`.
pub(crate) fn each(
    deps: &Deps,
    table: Table,
    prefix: &[u8],
    mut visit: impl FnMut(&Pair) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after: Option<Bytes> = None;
    loop {
        let page = deps.store.scan(table, prefix, after.as_deref(), PAGE)?;
        page.iter().try_for_each(&mut visit)?;
        let Some((last, _)) = page.last().filter(|_| page.len() == PAGE) else {
            return Ok(());
        };
        after = Some(last.clone());
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

/// A stored record, with its events if it is open.
///
/// # Errors
/// When it does not decode or was written by a newer version.
pub(crate) fn record(deps: &Deps, id: JobId) -> Result<Option<JobRecord>, StoreError> {
    let Some(value) = deps.store.get(Table::Jobs, id.as_bytes())? else {
        return Ok(None);
    };
    let mut record: JobRecord =
        serde_json::from_slice(&value).map_err(|_| corrupt("a job record does not decode"))?;
    if record.format > RECORD_FORMAT {
        return Err(corrupt("a job record was written by a newer version"));
    }
    if !record.state().is_terminal() {
        each(deps, Table::Events, id.as_bytes(), |(_, value)| {
            let event: Event =
                serde_json::from_slice(value).map_err(|_| corrupt("an event does not decode"))?;
            record.events.push(Arc::new(event));
            Ok(())
        })?;
    }
    Ok(Some(record))
}

/// Loads keys, sessions, idempotency keys and open jobs. Blocks. Answers with the number of open jobs.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn load(deps: &Deps, sessions: &SessionTable) -> Result<usize, StoreError> {
    each(deps, Table::Keys, &[], |(_, value)| {
        let key: KeyRecord =
            serde_json::from_slice(value).map_err(|_| corrupt("a key does not decode"))?;
        deps.keys.insert(key);
        Ok(())
    })?;
    each(deps, Table::Sessions, &[], |row| {
        load_session(sessions, row)
    })?;
    each(deps, Table::Idempotency, &[], |(key, value)| {
        if let (Ok(key), Ok(id)) = (std::str::from_utf8(key), value.as_ref().try_into()) {
            deps.intake.remember(key.to_owned(), JobId::from_bytes(id));
        }
        Ok(())
    })?;
    let mut open = Vec::new();
    each(deps, Table::Open, &[], |(key, _)| {
        let id = key
            .as_ref()
            .try_into()
            .map_err(|_| corrupt("an open job has a bad key"))?;
        open.push(JobId::from_bytes(id));
        Ok(())
    })?;
    for id in &open {
        let found = record(deps, *id)?.ok_or_else(|| corrupt("an open job has no record"))?;
        deps.intake.opened(&found);
        deps.view.insert(Arc::new(found));
    }
    Ok(open.len())
}

fn load_session(sessions: &SessionTable, (key, value): &Pair) -> Result<(), StoreError> {
    let id = key.as_ref().try_into().ok().map(SessionId::from_bytes);
    let read = id.and_then(|id| SessionRecord::from_stored(id, value));
    let (record, last_seen) = read.ok_or_else(|| corrupt("a session does not decode"))?;
    sessions.insert(Arc::new(record), last_seen);
    Ok(())
}
