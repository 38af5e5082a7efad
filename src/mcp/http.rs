//! The HTTP side of the endpoint: methods, headers, bodies.
//!
//! Invariant: cheap checks come first and need no body: door, key, method, media types, size.

use std::sync::Arc;

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::domain::key::{Principal, Scope};
use aios_actors::engine::Allowance;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::future::join_all;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as HttpBody;
use tokio::time::Instant;

use super::Front;
use super::dispatch::{Allowed, Around};
use super::outcome::{Begun, Outcome, event_stream, json, not_allowed, rate_limit_headers, status};
use super::{session, stream};
use crate::auth::Denied;
use crate::door;
use crate::listen::TooSlow;
use crate::wire::envelope::{self, BadMessage, Message};
use crate::wire::era::{allows_batch, is_modern_header};
use crate::wire::fault::Fault;
use crate::wire::headers::{Field, McpHeaders};
use crate::wire::version::Version;
use crate::wire::{json as json_check, reply};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

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
        Ok(()) => read_body(body, front.settings.body_bytes_max).await,
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
    let (outcome, is_held) = serve(front, around, bytes, &mut allowed).await;
    let mut response = outcome.into_response();
    if let Some(Ok(allowance)) = &allowed {
        say_allowance(&mut response, allowance);
    }
    front.meters.answered(since, is_held);
    response
}

fn say_allowance(response: &mut Response<Body>, allowance: &Allowance) {
    if allowance.limit.is_some() {
        #[expect(
            clippy::disallowed_methods,
            reason = "X-RateLimit-Reset is a wall-clock second"
        )]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        rate_limit_headers(response, allowance, now.map_or(0, |now| now.as_secs()));
    }
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

async fn get(front: &Arc<Front>, parts: &Parts, principal: &Principal) -> Response<Body> {
    let headers = McpHeaders::of(&parts.headers);
    if is_modern_header(&headers) {
        return not_allowed("POST");
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
    if is_modern_header(&headers) {
        return not_allowed("POST");
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

/// 415 unless the body is JSON, 406 when the client takes neither of our forms.
fn check_media_types(headers: &HeaderMap) -> Result<(), Fault> {
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|value| {
        value == JSON
            || value
                .to_str()
                .is_ok_and(|text| essence(text).eq_ignore_ascii_case(JSON))
    });
    if !is_json {
        return Err(Fault::new(
            415,
            415,
            "Content-Type must be application/json",
        ));
    }
    if accepts(headers, JSON) || accepts(headers, EVENTS) {
        Ok(())
    } else {
        Err(Fault::new(
            406,
            406,
            "Accept must allow application/json or text/event-stream",
        ))
    }
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether `Accept` names exactly this type.
fn names(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|text| text.split(','))
        .any(|one| essence(one).eq_ignore_ascii_case(media_type))
}

/// Whether the client takes this type: no `Accept` at all takes everything.
fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let family = media_type.split('/').next().unwrap_or_default();
    let mut values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .peekable();
    values.peek().is_none()
        || values
            .flat_map(|text| text.split(','))
            .map(essence)
            .any(|one| {
                one.eq_ignore_ascii_case(media_type)
                    || one == "*/*"
                    || one
                        .strip_suffix("/*")
                        .is_some_and(|known| known.eq_ignore_ascii_case(family))
            })
}

/// The whole body. One that came in one piece is not copied.
async fn read_body<B>(mut body: B, bytes_max: usize) -> Result<Bytes, Fault>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_large = || {
        let message = format!("the body has more than {bytes_max} bytes");
        Fault::door(&PublicError::new(ErrorCode::PayloadTooLarge, message))
    };
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_large());
    }
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let error: Box<dyn std::error::Error + Send + Sync> = error.into();
            let is_slow = error.downcast_ref::<TooSlow>().is_some();
            let status = if is_slow { 408 } else { 400 };
            Fault::new(status, i32::from(status), "the body could not be read")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > bytes_max {
            return Err(too_large());
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
