//! The handle the front uses: submit, status, artifacts, cancel, watch, sessions, keys, drain.
//!
//! Invariant: every lookup is by (workspace, id); a foreign id and an unknown id give the same answer.

mod access;
mod first;
mod lifecycle;
mod proofs;
mod published;
mod read;
mod sessions;
mod submit;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use access::NewKey;
pub use lifecycle::{EngineFailure, EngineParts, Failure, Health, StartError};
pub use read::BlockedBy;
pub use sessions::{NewSession, SessionStream};
pub use submit::{JobRequest, Submitted};

pub use crate::tree::{Allowance, CallClass, EngineSettings, JobView, News, RoleSettings, Watch};

use crate::tree::deps::Deps;
use crate::tree::limits::Purses;
use crate::tree::sessions::SessionTable;

/// How often, and after which wait, an actor that restarts is looked for.
const RESTART_LOOKS: u32 = 20;
const RESTART_WAIT: std::time::Duration = std::time::Duration::from_millis(50);

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    deps: Arc<Deps>,
    sessions: Arc<SessionTable>,
    purses: Purses,
    proofs: proofs::Proofs,
    job_order: crate::base::ids::Order,
    life: lifecycle::Life,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("chain", &self.0.deps.chain)
            .finish_non_exhaustive()
    }
}
