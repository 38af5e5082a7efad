//! The actors, one file each, and what they share.
//!
//! Invariant: actors translate messages, commit, then start effects; rules live in `domain`. No handler awaits a network
//! call or a model.

pub(crate) mod bucket;
pub(crate) mod commits;
pub(crate) mod deps;
pub(crate) mod effects;
pub(crate) mod expiry;
pub(crate) mod hub;
pub(crate) mod intake;
pub(crate) mod janitor;
pub(crate) mod job;
pub(crate) mod job_messages;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod line;
pub(crate) mod recovery;
pub(crate) mod role;
pub(crate) mod root;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod shelf;
pub(crate) mod slot;
pub(crate) mod supervisor;
pub(crate) mod view;
pub(crate) mod watch;

pub use bucket::CallClass;
pub use deps::{EngineSettings, RoleSettings};
pub use hub::{News, Watch};
pub use limits::Allowance;
pub use view::JobView;
