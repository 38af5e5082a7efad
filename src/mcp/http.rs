//! The HTTP side of the endpoint: methods, headers, bodies.
//!
//! Invariant: cheap checks come first and need no body: door, key, method, media types, size.

use std::sync::Arc;

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::domain::key::{Principal, Scope};
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::join_all;
use http::header::EXPECT;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Body as HttpBody;
use tokio::time::Instant;

use super::Front;
use super::body::{EVENTS, JSON, accepts, check_media_types, names, read_body};
use super::dispatch::{Allowed, Around};
use super::outcome::{Begun, Outcome, event_stream, json, not_allowed, status};
use super::{session, stream};
use crate::auth::Denied;
use crate::door;
use crate::wire::envelope::{self, BadMessage, Message};
use crate::wire::era::{allows_batch, check_version, is_modern_header};
use crate::wire::fault::Fault;
use crate::wire::headers::{Field, McpHeaders};
use crate::wire::version::Version;
use crate::wire::{json as json_check, reply};

/// Answers one request for `/mcp`.
pub(super) async fn answer<B>(front: &Arc<Front>, request: Request<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let origin = match front.door.check(&parts.headers, &parts.uri) {
        Ok(origin) => origin,
        Err(error) => return Outcome::fault(&Fault::door(&error), None).into_response(),
    };
    if parts.method == Method::OPTIONS {
        return preflight(origin);
    }
    let mut response = match front.gate.principal(&parts.headers) {
        Ok(principal) if principal.may(Scope::Admin) => {
            let message = "the admin key is for administration; use a workspace key here";
            let error = PublicError::new(ErrorCode::Forbidden, message);
            Outcome::fault(&Fault::door(&error), None).into_response()
        }
        Ok(principal) => match parts.method {
            Method::POST => post(front, &parts, &principal, body).await,
            Method::GET => get(front, &parts, &principal).await,
            Method::DELETE => delete(front, &parts, &principal).await,
            _ => not_allowed("GET, POST, DELETE"),
        },
        Err(denied) => refuse(denied),
    };
    if let Some(origin) = origin {
        door::cors(response.headers_mut(), origin);
    }
    response
}

fn refuse(denied: Denied) -> Response<Body> {
    Outcome::Denied(denied, None).into_response()
}

fn preflight(origin: Option<&HeaderValue>) -> Response<Body> {
    let Some(origin) = origin else {
        return not_allowed("GET, POST, DELETE");
    };
    let mut response = status(StatusCode::NO_CONTENT);
    door::cors(response.headers_mut(), origin);
    door::preflight(response.headers_mut());
    response
}

async fn post<B>(
    front: &Arc<Front>,
    parts: &Parts,
    principal: &Arc<Principal>,
    body: B,
) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let since = Instant::now();
    let read = match check_media_types(&parts.headers) {
        Ok(()) => {
            let may_discard = !parts.headers.contains_key(EXPECT);
            read_body(body, front.settings.body_bytes_max, may_discard).await
        }
        Err(fault) => Err(fault),
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(fault) => {
            front.meters.failed();
            return Outcome::fault(&fault, None).into_response();
        }
    };
    let headers = McpHeaders::of(&parts.headers);
    let takes_streams = accepts(&parts.headers, EVENTS);
    let around = Around {
        principal,
        headers: &headers,
        is_batch: false,
        takes_streams,
    };
    let mut allowed = None;
    let (mut outcome, is_held) = serve(front, around, bytes, &mut allowed).await;
    if takes_streams && !accepts(&parts.headers, JSON) {
        outcome = outcome.streamed();
    }
    let mut response = outcome.into_response();
    match &allowed {
        Some(Ok(allowance)) => door::rate_limit_headers(response.headers_mut(), allowance),
        Some(Err(error)) => door::refusal_headers(response.headers_mut(), error),
        None => {}
    }
    front.meters.answered(since, is_held);
    response
}

/// Answers a body; whether the caller had it wait.
async fn serve(
    front: &Arc<Front>,
    around: Around<'_>,
    bytes: Bytes,
    allowed: &mut Option<Allowed>,
) -> (Outcome, bool) {
    let refused = |fault: Fault, id: Option<&str>| {
        front.meters.failed();
        (Outcome::fault(&fault, id), false)
    };
    let text = match json_check::check(&bytes) {
        Ok(text) => text,
        Err(fault) => return refused(fault.into(), None),
    };
    let message = match envelope::read(text) {
        Ok(envelope::Body::One(Ok(message))) => message,
        Ok(envelope::Body::One(Err(BadMessage { id, fault }))) => return refused(*fault, id),
        Ok(envelope::Body::Batch(batch)) => {
            return (answer_batch(front, around, batch).await, false);
        }
        Err(fault) => return refused(fault, None),
    };
    loop {
        match front.begin(around, &message, allowed) {
            Begun::Done(outcome) => {
                let is_held = matches!(outcome, Outcome::Stream(_));
                return (outcome, is_held);
            }
            Begun::Later(future) => return (future.await, false),
            Begun::Held(future) => {
                // The request's bytes are not needed while the caller waits.
                drop(message);
                drop(bytes);
                return (future.await, true);
            }
            Begun::Allow(class) => {
                *allowed = Some(front.gate.allow(around.principal, class).await);
            }
        }
    }
}

/// A batch: each message by itself, the waits side by side, answers in one array.
async fn answer_batch(
    front: &Arc<Front>,
    around: Around<'_>,
    batch: Vec<Result<Message<'_>, BadMessage<'_>>>,
) -> Outcome {
    let found = session::find(&*front.gate, around.principal, around.headers)
        .ok()
        .flatten();
    let negotiated = found.and_then(|session| Version::parse(&session.version));
    if !allows_batch(around.headers, negotiated) {
        let fault = Fault::invalid_request("batches are part of version 2025-03-26 only");
        return Outcome::fault(&fault, None);
    }
    let around = Around {
        is_batch: true,
        takes_streams: false,
        ..around
    };
    let answers = join_all(
        batch
            .into_iter()
            .map(|message| one_of_batch(front, around, message)),
    );
    let answers: Vec<Bytes> = answers.await.into_iter().flatten().collect();
    if answers.is_empty() {
        return Outcome::Accepted;
    }
    let body = reply::batch(&answers);
    Outcome::Json {
        status: StatusCode::OK,
        body,
        session: None,
        retry_after: None,
    }
}

async fn one_of_batch(
    front: &Arc<Front>,
    around: Around<'_>,
    message: Result<Message<'_>, BadMessage<'_>>,
) -> Option<Bytes> {
    let message = match message {
        Ok(message) => message,
        Err(bad) => return Some(bad.fault.render(bad.id)),
    };
    let mut allowed = None;
    loop {
        let outcome = match front.begin(around, &message, &mut allowed) {
            Begun::Done(outcome) => outcome,
            Begun::Later(future) | Begun::Held(future) => future.await,
            Begun::Allow(class) => {
                allowed = Some(front.gate.allow(around.principal, class).await);
                continue;
            }
        };
        return outcome.into_batch_item();
    }
}

/// GET and DELETE are for the legacy eras: 405 in the modern one, 400 where the version is none.
fn wrong_version(headers: &McpHeaders<'_>) -> Option<Response<Body>> {
    match check_version(headers) {
        Err(fault) => Some(Outcome::fault(&fault, None).into_response()),
        Ok(()) => is_modern_header(headers).then(|| not_allowed("POST")),
    }
}

async fn get(front: &Arc<Front>, parts: &Parts, principal: &Principal) -> Response<Body> {
    let headers = McpHeaders::of(&parts.headers);
    if let Some(refused) = wrong_version(&headers) {
        return refused;
    }
    let wants_stream = names(&parts.headers, EVENTS);
    let is_ours = headers
        .session
        .text()
        .is_some_and(|text| text.starts_with("ses_"));
    if !wants_stream && !is_ours {
        return json(StatusCode::OK, front.information.clone());
    }
    let found = match session::find(&*front.gate, principal, &headers) {
        Ok(Some(found)) => found,
        Ok(None) if headers.session == Field::Absent => {
            let fault = Fault::invalid_request("Mcp-Session-Id is missing");
            return Outcome::fault(&fault, None).into_response();
        }
        Ok(None) => return Outcome::fault(&session::unknown(), None).into_response(),
        Err(fault) => return Outcome::fault(&fault, None).into_response(),
    };
    if !wants_stream {
        let fault = Fault::new(406, 406, "Accept must list text/event-stream");
        return Outcome::fault(&fault, None).into_response();
    }
    match front.gate.open_stream(&found).await {
        Ok(replaced) => {
            let every = front.settings.keep_alive_interval;
            event_stream(stream::standalone(replaced, front.closed(), every))
        }
        Err(error) => Outcome::fault(&Fault::door(&error), None).into_response(),
    }
}

async fn delete(front: &Arc<Front>, parts: &Parts, principal: &Principal) -> Response<Body> {
    let headers = McpHeaders::of(&parts.headers);
    if let Some(refused) = wrong_version(&headers) {
        return refused;
    }
    let id = match headers.session {
        Field::One(text) => text.parse().map_err(|_| session::unknown()),
        _ => Err(Fault::invalid_request("Mcp-Session-Id is missing")),
    };
    match id {
        Ok(id) if front.gate.close_session(principal, id).await => status(StatusCode::NO_CONTENT),
        Ok(_) => Outcome::fault(&session::unknown(), None).into_response(),
        Err(fault) => Outcome::fault(&fault, None).into_response(),
    }
}
