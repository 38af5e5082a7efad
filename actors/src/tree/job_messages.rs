//! What a job's actor is started with and can be told.
//!
//! Invariant: news of an attempt carries the attempt, so that late news is known as such.

use std::sync::Arc;

use ractor::RpcReplyPort;

use super::effects::Attempted;
use super::jobs::Wake;
use super::role::Permit;
use crate::domain::job::Attempt;
use crate::domain::record::JobRecord;

/// What the actor is started with.
#[derive(Debug)]
pub(crate) struct JobArguments {
    pub(crate) record: Arc<JobRecord>,
    pub(crate) wake: Wake,
}

/// What a job can be told.
#[derive(Debug)]
pub(crate) enum JobMsg {
    /// Begin. Sent once, by the actor itself.
    Wake(Wake),
    /// The role lets this attempt run.
    Granted(Attempt, Permit),
    /// The role crashed while this attempt waited.
    RoleLost(Attempt),
    /// The attempt ended.
    Attempted(Attempt, Box<Attempted>),
    /// The backoff after this attempt is over.
    RetryDue(Attempt),
    /// The pipeline's time is over.
    DeadlinePassed,
    /// Someone wants it to end.
    Cancel {
        reason: Option<String>,
        reply: RpcReplyPort<()>,
    },
    /// Try the held commit again.
    CommitAgain,
    /// The process stops: start nothing new, go when the attempt under way has ended.
    Drain,
    /// Crash.
    #[cfg(test)]
    Poison,
}
