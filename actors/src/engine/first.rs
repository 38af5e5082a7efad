//! The first record of a job, what is committed with it, and what tells one call from another.
//!
//! Invariant: equal calls have equal digests, whatever order their members came in.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::Engine;
use super::submit::JobRequest;
use crate::base::ids::JobId;
use crate::crypto::mac::sha256_hex;
use crate::domain::event::EventType;
use crate::domain::job::{Announcement, JobMachine};
use crate::domain::key::Principal;
use crate::domain::record::{JobRecord, RECORD_FORMAT};
use crate::ports::store::{Batch, Guard, Table};
use crate::tree::{commits, janitor};

/// What tells one call from another.
pub(super) struct Digests {
    /// Tool and canonical arguments.
    pub(super) input: String,
    /// The same within the workspace.
    pub(super) memo: String,
    /// Within the key, or the caller's own key within the workspace.
    pub(super) claim: String,
}

impl Engine {
    /// The record of a new job.
    pub(super) fn new_record(
        &self,
        principal: &Principal,
        request: &JobRequest,
        (steps, digests): (&[String], &Digests),
    ) -> JobRecord {
        let deps = &self.0.deps;
        let now = self.now();
        let names: Vec<&str> = steps.iter().map(String::as_str).collect();
        let is_idempotent = request.idempotency_key.is_some();
        let mut record = JobRecord {
            format: RECORD_FORMAT,
            id: JobId::in_order(&self.0.job_order, now, deps.entropy.as_ref()),
            workspace: Arc::clone(&principal.workspace),
            key: principal.key,
            tool: request.tool.clone(),
            revision: 1,
            epoch: deps.store.epoch(),
            created_at: now,
            updated_at: now,
            expires_at: None,
            machine: JobMachine::new(&names),
            artifacts: Vec::new(),
            warnings: Vec::new(),
            attach_key: (!is_idempotent).then(|| digests.claim.clone()),
            idempotency_key: is_idempotent.then(|| digests.claim.clone()),
            input_digest: digests.input.clone(),
            memo_key: (steps.len() == 1).then(|| digests.memo.clone()),
            webhook_url: request.webhook_url.clone(),
            from_job: request.from_job,
            cancel_reason: None,
            usage: Vec::new(),
            events_count: 0,
            events: Vec::new(),
        };
        for warning in &request.warnings {
            record.warn(warning.clone());
        }
        let data = serde_json::json!({ "tool": record.tool, "phases": steps });
        record.announce(
            Announcement {
                kind: EventType::JobCreated,
                at: None,
                data,
            },
            now,
        );
        record
    }
}

/// The commit that makes it durable.
pub(super) fn first_batch(record: &Arc<JobRecord>, sealed: Vec<u8>, epoch: u64) -> Batch {
    let key = Bytes::copy_from_slice(record.id.as_bytes());
    let mut batch = Batch {
        ops: Vec::with_capacity(7),
        guard: Some(Guard {
            job: record.id,
            revision_before: 0,
            epoch,
        }),
        record: Some(Arc::clone(record)),
    };
    batch = batch
        .put(Table::Jobs, key.clone(), record.to_stored())
        .put(Table::Open, key.clone(), Bytes::new())
        .put(
            Table::ByWorkspace,
            janitor::workspace_key(&record.workspace, record.id),
            Bytes::new(),
        )
        .put(Table::Inputs, key.clone(), sealed);
    for event in &record.events {
        let value = serde_json::to_vec(event).unwrap_or_default();
        batch = batch.put(
            Table::Events,
            commits::event_key(record.id, event.seq),
            value,
        );
    }
    if let Some(digest) = &record.idempotency_key {
        batch = batch.put(Table::Idempotency, digest.clone(), key);
    }
    batch
}

/// The digests of a call.
pub(super) fn digests(principal: &Principal, request: &JobRequest) -> Digests {
    let mut call = format!("{}\n", request.tool);
    canonical(&request.arguments, &mut call);
    if let Some(parent) = request.from_job {
        call.push_str(&parent.to_string());
    }
    let mut phases = request.steps.clone();
    phases.sort_unstable();
    call.push_str(&phases.join(","));
    let workspace = &principal.workspace;
    let memo = sha256_hex(format!("memo\n{workspace}\n{call}").as_bytes());
    // Where the outcome goes is part of the call, but not of the brief.
    if let Some(url) = &request.webhook_url {
        call.push('\n');
        call.push_str(url);
    }
    let input = sha256_hex(call.as_bytes());
    let claim = match &request.idempotency_key {
        Some(own) => format!("idempotency\n{workspace}\n{own}"),
        None => format!("attach\n{}\n{input}", principal.key),
    };
    Digests {
        input,
        memo,
        claim: sha256_hex(claim.as_bytes()),
    }
}

/// JSON with sorted members: the same arguments in another order are the same call.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (key, member) in members {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(member, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
