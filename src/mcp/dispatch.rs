//! From a judged message to the catalogue and back: methods of every era.
//!
//! Invariant: no tool, prompt or resource is known here by name; whatever awaits owns what it needs, so the request's
//! bytes are free while a call waits.

use std::sync::Arc;

use aios_actors::base::error::PublicError;
use aios_actors::domain::key::{Principal, Scope};
use aios_actors::engine::{Allowance, CallClass};
use bytes::Bytes;
use futures_util::FutureExt;

use super::Front;
use super::catalogue::{Answered, Caller, Started, ToolTraits, Waiting};
use super::outcome::{Begun, Outcome};
use super::session;
use super::stream::{self, Held};
use crate::auth::require;
use crate::wire::envelope::Message;
use crate::wire::era::{Era, classify};
use crate::wire::fault::Fault;
use crate::wire::headers::{Field, McpHeaders};
use crate::wire::members::string;
use crate::wire::params::Params;
use crate::wire::reply::Caching;
use crate::wire::version::Version;

/// What stands around a message.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The caller.
    pub(super) principal: &'a Arc<Principal>,
    /// The protocol's headers.
    pub(super) headers: &'a McpHeaders<'a>,
    /// The message is one of a batch.
    pub(super) is_batch: bool,
    /// The client takes event streams.
    pub(super) takes_streams: bool,
}

/// One call taken out of the window, or why not.
pub(super) type Allowed = Result<Allowance, PublicError>;

struct Request<'a> {
    id: &'a str,
    method: &'a str,
    params: &'a Params<'a>,
    caller: Caller,
    tool: Option<ToolTraits>,
    takes_streams: bool,
}

impl Front {
    /// Begins with one message. `allowed` is what the window said, where that had to be awaited.
    pub(super) fn begin(
        self: &Arc<Self>,
        around: Around<'_>,
        message: &Message<'_>,
        allowed: &mut Option<Allowed>,
    ) -> Begun {
        let params = Params::read(message.params());
        match self.admit(around, message, &params, allowed) {
            Ok(begun) => begun,
            Err(fault) => {
                self.meters.failed();
                Begun::Done(Outcome::fault(&fault, message.request_id()))
            }
        }
    }

    fn admit(
        self: &Arc<Self>,
        around: Around<'_>,
        message: &Message<'_>,
        params: &Params<'_>,
        allowed: &mut Option<Allowed>,
    ) -> Result<Begun, Fault> {
        let era = classify(around.headers, message, params)?;
        let is_handshake =
            matches!(message, Message::Request { method, .. } if method == "initialize");
        if around.is_batch && (era == Era::Modern || is_handshake) {
            return Err(Fault::invalid_request(
                "this message must not be in a batch",
            ));
        }
        let (found, version) = match era {
            Era::Modern => (None, Version::MODERN),
            Era::Legacy { header } if is_handshake => {
                (None, header.unwrap_or(Version::LEGACY_LATEST))
            }
            Era::Legacy { header } => {
                let found = session::find(&*self.gate, around.principal, around.headers)?;
                let version = session::version_of(&found, header);
                (found, version)
            }
        };
        self.meters.spoke(version);
        let caller = Caller {
            principal: Arc::clone(around.principal),
            version,
            session: found,
            idempotency_key: key_of(around),
        };
        let Message::Request { id, method, .. } = message else {
            return Ok(self.note(&caller, message, params, allowed));
        };
        let tool = (method == "tools/call")
            .then(|| {
                params
                    .name
                    .and_then(string)
                    .and_then(|name| self.catalogue.tool(&name))
            })
            .flatten();
        if let Some(tool) = tool
            && let Err(denied) = require(&caller.principal, tool.scope)
        {
            return Ok(Begun::Done(Outcome::Denied(denied, Some((*id).into()))));
        }
        let request = Request {
            id,
            method,
            params,
            caller,
            tool,
            takes_streams: around.takes_streams,
        };
        let class = tool.map_or(CallClass::Housekeeping, |tool| tool.class);
        Ok(match self.take(&request.caller.principal, class, allowed) {
            None => Begun::Allow(class),
            Some(Ok(())) => self.route(&request),
            Some(Err(error)) => Begun::Done(self.over_the_limit(&request, class, &error)),
        })
    }

    /// Takes one call out of the window. `None`: that has to be awaited.
    fn take(
        &self,
        principal: &Principal,
        class: CallClass,
        allowed: &mut Option<Allowed>,
    ) -> Option<Result<(), PublicError>> {
        match allowed {
            Some(Ok(_)) => Some(Ok(())),
            Some(Err(error)) => Some(Err(error.clone())),
            None => {
                *allowed = Some(Ok(self.gate.try_allow(principal, class)?));
                Some(Ok(()))
            }
        }
    }

    /// Notifications and responses.
    fn note(
        &self,
        caller: &Caller,
        message: &Message<'_>,
        params: &Params<'_>,
        allowed: &mut Option<Allowed>,
    ) -> Begun {
        match self.take(&caller.principal, CallClass::Housekeeping, allowed) {
            None => return Begun::Allow(CallClass::Housekeeping),
            Some(Err(error)) => return Begun::Done(Outcome::fault(&Fault::door(&error), None)),
            Some(Ok(())) => {}
        }
        if let Message::Notification { method, .. } = message
            && method == "notifications/cancelled"
            && !caller.version.is_modern()
            && let Some(request) = params.get("requestId")
        {
            self.calls.cancel(caller, request);
        }
        Begun::Done(Outcome::Accepted)
    }

    /// Tools say it so that a model sees it; everything else is turned away at the door.
    fn over_the_limit(
        &self,
        request: &Request<'_>,
        class: CallClass,
        error: &PublicError,
    ) -> Outcome {
        if class == CallClass::Create {
            let refusal = self.catalogue.refusal(&request.caller, error);
            return self.outcome(request, Ok(refusal), Caching::None);
        }
        Outcome::fault(&Fault::door(error), Some(request.id))
    }

    fn tail(&self, version: Version, caching: Caching) -> &[u8] {
        if version.is_modern() {
            self.tails.of(caching)
        } else {
            b""
        }
    }

    fn outcome(&self, request: &Request<'_>, answered: Answered, caching: Caching) -> Outcome {
        Outcome::of(
            request.id,
            answered,
            self.tail(request.caller.version, caching),
        )
    }

    fn route(self: &Arc<Self>, request: &Request<'_>) -> Begun {
        let is_modern = request.caller.version.is_modern();
        let done = |answered, caching| Begun::Done(self.outcome(request, answered, caching));
        let empty = || Ok(Bytes::from_static(b"{}"));
        match request.method {
            "tools/call" => self.call_tool(request),
            "tools/list" => done(one_page(request, self.catalogue.tools()), Caching::Public),
            "prompts/list" => done(one_page(request, self.catalogue.prompts()), Caching::Public),
            "resources/templates/list" => done(
                one_page(request, self.catalogue.templates()),
                Caching::Public,
            ),
            "prompts/get" => {
                let name = request.params.name.and_then(string);
                let answered = name
                    .ok_or_else(|| Fault::in_band("`name` must be a string"))
                    .and_then(|name| self.catalogue.prompt(&name, request.params.arguments));
                done(answered, Caching::None)
            }
            "resources/list" => self.list_resources(request),
            "resources/read" => self.read_resource(request),
            "completion/complete" => {
                let started = self.catalogue.complete(&request.caller, request.params);
                self.started(request, started, Caching::None)
            }
            "server/discover" if is_modern => done(Ok(self.discover.clone()), Caching::Public),
            "initialize" if !is_modern && request.params.raw.is_none() => {
                let fault = Fault::in_band("`params` with `protocolVersion` is required");
                done(Err(fault), Caching::None)
            }
            "initialize" if !is_modern => {
                let principal = &request.caller.principal;
                Begun::Later(self.initialize(principal, request.id, request.params))
            }
            "ping" if !is_modern => done(empty(), Caching::None),
            "logging/setLevel" if !is_modern => {
                let level = request.params.text("level");
                let is_known = level.is_some_and(|level| LEVELS.contains(&&*level));
                let fault = || Fault::in_band("`level` must be a syslog level, like `info`");
                done(if is_known { empty() } else { Err(fault()) }, Caching::None)
            }
            method => {
                let fault = Fault::method_not_found(request.caller.version, method);
                done(Err(fault), Caching::None)
            }
        }
    }

    fn list_resources(self: &Arc<Self>, request: &Request<'_>) -> Begun {
        let cursor = match request.params.cursor.map(string) {
            Some(None) => {
                let fault = Fault::in_band("`cursor` must be a string");
                return Begun::Done(Outcome::fault(&fault, Some(request.id)));
            }
            cursor => cursor.flatten(),
        };
        let started = self.catalogue.resources(&request.caller, cursor.as_deref());
        self.started(request, started, Caching::Private)
    }

    fn read_resource(self: &Arc<Self>, request: &Request<'_>) -> Begun {
        let Some(uri) = request.params.uri.and_then(string) else {
            let fault = Fault::in_band("`uri` must be a string");
            return Begun::Done(Outcome::fault(&fault, Some(request.id)));
        };
        if let Err(denied) = require(&request.caller.principal, Scope::ArtifactsRead) {
            return Begun::Done(Outcome::Denied(denied, Some(request.id.into())));
        }
        let started = self.catalogue.read(&request.caller, &uri);
        self.started(request, started, Caching::Private)
    }

    fn call_tool(self: &Arc<Self>, request: &Request<'_>) -> Begun {
        let Some(name) = request.params.name.and_then(string) else {
            let fault = Fault::in_band("`name` must be a string");
            return Begun::Done(Outcome::fault(&fault, Some(request.id)));
        };
        if request.tool.is_none() {
            let shown: String = name.chars().take(100).collect();
            let fault = Fault::in_band(format!("Unknown tool: {shown}"));
            return Begun::Done(Outcome::fault(&fault, Some(request.id)));
        }
        if request
            .params
            .arguments
            .is_some_and(|raw| !raw.starts_with('{'))
        {
            let fault = Fault::in_band("`arguments` must be an object");
            return Begun::Done(Outcome::fault(&fault, Some(request.id)));
        }
        let started = self
            .catalogue
            .call(&request.caller, &name, request.params.arguments);
        self.started(request, started, Caching::None)
    }

    fn started(
        self: &Arc<Self>,
        request: &Request<'_>,
        started: Started,
        caching: Caching,
    ) -> Begun {
        let tail = || Bytes::copy_from_slice(self.tail(request.caller.version, caching));
        match started {
            Started::Done(answered) => {
                // What may be kept is said of answers only.
                Begun::Done(self.outcome(request, answered, caching))
            }
            Started::Soon(future) => {
                let (id, tail) = (request.id.to_owned(), tail());
                Begun::Later(async move { Outcome::of(&id, future.await, &tail) }.boxed())
            }
            Started::Waits(waiting) => self.wait(request, waiting, tail()),
        }
    }

    /// A call that waits: as a stream where progress is wanted, else as one answer at the end.
    fn wait(self: &Arc<Self>, request: &Request<'_>, waiting: Waiting, tail: Bytes) -> Begun {
        let id = request.id.to_owned();
        let mut wait = self.calls.begin(&request.caller, request.id);
        let closing = self.closed().boxed();
        let closed = self.turned_away();
        if let (Some(token), true) = (request.params.meta.progress_token, request.takes_streams) {
            let token = token.to_owned();
            let held = Held {
                id,
                token,
                tail,
                wait,
                closed: closed.boxed(),
            };
            let body = stream::call((waiting, closing), held, self.settings.progress_interval);
            return Begun::Done(Outcome::Stream(body));
        }
        let answer = waiting(None, closing);
        Begun::Held(
            async move {
                tokio::select! {
                    answered = answer => Outcome::of(&id, answered, &tail),
                    answered = closed => Outcome::of(&id, answered, &tail),
                    // A cancelled request has no answer; over HTTP that is an empty one.
                    () = wait.cancelled() => Outcome::Accepted,
                }
            }
            .boxed(),
        )
    }
}

/// The key of the one message that a body holds.
fn key_of(around: Around<'_>) -> Option<Box<str>> {
    match around.headers.idempotency_key {
        Field::One(key) if !around.is_batch => Some(key.into()),
        Field::Unusable if !around.is_batch => Some("".into()),
        _ => None,
    }
}

/// Lists of one page: any cursor is none of ours.
fn one_page(request: &Request<'_>, list: Bytes) -> Answered {
    match request.params.cursor {
        None => Ok(list),
        Some(_) => Err(Fault::in_band("`cursor` is not one that this list gave")),
    }
}

/// Levels of `logging/setLevel` (RFC 5424).
const LEVELS: [&str; 8] = [
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
];
