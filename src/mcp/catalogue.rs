//! What is mounted on the front: tools, prompts, resources, and who answers them.
//!
//! Invariant: the transport knows no tool by name; another catalogue (a conformance fixture) fits on the same front.

use std::sync::Arc;

use aios_actors::domain::key::{Principal, Scope};
use aios_actors::domain::session::SessionRecord;
use aios_actors::engine::CallClass;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::wire::fault::Fault;
use crate::wire::params::Params;
use crate::wire::version::Version;

/// Who calls, and how it speaks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The caller.
    pub principal: Arc<Principal>,
    /// Version of this request.
    pub version: Version,
    /// Its session, in eras that have them.
    pub session: Option<Arc<SessionRecord>>,
    /// The `Idempotency-Key` header; empty where it is not usable.
    pub idempotency_key: Option<Box<str>>,
}

/// A rendered result object, or a fault.
pub type Answered = Result<Bytes, Fault>;

/// News of a call that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// 0–100, of the whole call.
    pub percent: u8,
    /// What is being done, for people.
    pub message: String,
}

/// Where a waiting call reports; full or closed channels drop notes.
pub type Notes = mpsc::Sender<Note>;

/// Resolves when the server closes: what waits should answer with what it has.
pub type Closing = BoxFuture<'static, ()>;

/// Starts a call that waits, with a place for its news where the caller wants them.
pub type Waiting = Box<dyn FnOnce(Option<Notes>, Closing) -> BoxFuture<'static, Answered> + Send>;

/// How a call is answered.
pub enum Started {
    /// It is answered.
    Done(Answered),
    /// Soon: something has to be read or committed first.
    Soon(BoxFuture<'static, Answered>),
    /// It waits for something that takes its time; dropping the future ends the wait, nothing else.
    Waits(Waiting),
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Done(_) => "Done",
            Self::Soon(_) => "Soon",
            Self::Waits(_) => "Waits",
        })
    }
}

/// What the transport must know of a tool before it calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolTraits {
    /// What the key must allow.
    pub scope: Scope,
    /// Which window the call is taken from.
    pub class: CallClass,
}

/// What the server says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Name for programs.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Version.
    pub version: &'static str,
    /// How to use it, for models.
    pub instructions: &'static str,
    /// Capabilities of every era.
    pub capabilities: Value,
}

/// A catalogue. Methods are called on the request path and must not block.
pub trait Catalogue: Send + Sync + 'static {
    /// What the server says of itself.
    fn server(&self) -> &Server;

    /// The result of `tools/list`.
    fn tools(&self) -> Bytes;

    /// The traits of a tool; `None` when there is none of this name.
    fn tool(&self, name: &str) -> Option<ToolTraits>;

    /// Calls a tool. `arguments` is raw JSON of a checked text.
    fn call(&self, caller: &Caller, name: &str, arguments: Option<&str>) -> Started;

    /// A refusal as this catalogue's tools say it: limits that a model should see.
    fn refusal(&self, caller: &Caller, error: &aios_actors::base::error::PublicError) -> Bytes;

    /// The result of `prompts/list`.
    fn prompts(&self) -> Bytes;

    /// The result of `prompts/get`.
    ///
    /// # Errors
    /// -32602 for an unknown prompt or a missing argument.
    fn prompt(&self, name: &str, arguments: Option<&str>) -> Answered;

    /// The result of `resources/list`.
    fn resources(&self, caller: &Caller, cursor: Option<&str>) -> Started;

    /// The result of `resources/templates/list`.
    fn templates(&self) -> Bytes;

    /// The result of `resources/read`.
    fn read(&self, caller: &Caller, uri: &str) -> Started;

    /// The result of `completion/complete`.
    fn complete(&self, caller: &Caller, params: &Params<'_>) -> Started;
}
