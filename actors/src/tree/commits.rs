//! What a change of a job writes: the record, its new events, and what the end of a job takes with it.
//!
//! Invariant: one commit holds all of a change or none, and rests on the revision before it.

use std::sync::Arc;

use bytes::Bytes;
use ractor::RpcReplyPort;

use super::janitor;
use crate::base::ids::JobId;
use crate::base::time::Timestamp;
use crate::domain::job::{Effect, JobState};
use crate::domain::record::{Amend, JobRecord};
use crate::observe::metrics;
use crate::ports::store::{Batch, Guard, Op, Table};

/// A decided change that is not durable yet.
pub(super) struct Held {
    pub(super) next: Arc<JobRecord>,
    pub(super) effects: Vec<Effect>,
    pub(super) extra: Vec<Op>,
    pub(super) replies: Vec<RpcReplyPort<()>>,
    /// When the input goes, if the job has ended.
    pub(super) input_due: Timestamp,
}

/// What goes into a commit beside the new state.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) ops: Vec<Op>,
    pub(super) amend: Amend,
    pub(super) replies: Vec<RpcReplyPort<()>>,
}

impl Extra {
    /// A cancellation.
    pub(super) fn cancel(reason: Option<String>, reply: RpcReplyPort<()>) -> Self {
        let amend = Amend {
            reason,
            ..Amend::default()
        };
        Self {
            amend,
            replies: vec![reply],
            ..Self::default()
        }
    }
}

/// Whoever asked may have gone.
pub(super) fn answer(reply: RpcReplyPort<()>) {
    let _ = reply.send(());
}

/// Key of an event row.
pub(crate) fn event_key(job: JobId, seq: u64) -> Bytes {
    [job.as_bytes().as_slice(), &seq.to_be_bytes()]
        .concat()
        .into()
}

/// The commit of `held`.
pub(super) fn batch(before: &JobRecord, held: &Held, epoch: u64) -> Batch {
    let next = &held.next;
    let key = Bytes::copy_from_slice(next.id.as_bytes());
    let mut batch = Batch {
        ops: held.extra.clone(),
        guard: Some(Guard {
            job: next.id,
            revision_before: before.revision,
            epoch,
        }),
        record: Some(Arc::clone(next)),
    };
    batch = batch.put(Table::Jobs, key.clone(), next.to_stored());
    if next.state().is_terminal() {
        batch = batch.delete(Table::Open, key).put(
            Table::Due,
            janitor::due_key(held.input_due, next.id),
            Bytes::new(),
        );
        if let (JobState::Completed, Some(memo)) = (next.state(), &next.memo_key) {
            let job = Bytes::copy_from_slice(next.id.as_bytes());
            batch = batch.put(Table::Memo, memo.clone(), job);
        }
        for event in &before.events {
            batch = batch.delete(Table::Events, event_key(next.id, event.seq));
        }
        return batch;
    }
    for event in next
        .events
        .iter()
        .filter(|event| event.seq > before.events_count)
    {
        let value = serde_json::to_vec(event).unwrap_or_default();
        batch = batch.put(Table::Events, event_key(next.id, event.seq), value);
    }
    batch
}

/// Counts what became durable.
pub(super) fn observe(before: &JobRecord, after: &JobRecord) {
    for (old, new) in before.machine.steps().iter().zip(after.machine.steps()) {
        if let (Some(start), Some(end)) = (new.started_at, new.ended_at)
            && old.ended_at != new.ended_at
        {
            metrics::attempt_finished(&new.name, new.status.name(), end.since(start));
        }
    }
    let outcome = match after.state() {
        JobState::Completed => "completed",
        JobState::Failed { .. } => "failed",
        JobState::Cancelled => "cancelled",
        JobState::TimedOut { .. } => "timed_out",
        _ => return,
    };
    let took = after.updated_at.since(after.created_at);
    metrics::job_finished(&after.tool, outcome, took);
    tracing::info!(job.id = %after.id, outcome, "job {} {outcome}", after.id);
}
