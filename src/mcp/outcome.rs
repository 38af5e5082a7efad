//! Outcomes of requests, and how they become HTTP answers.
//!
//! Invariant: JSON is one piece with a known length; only [`Outcome::Stream`] is an event stream.

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use aios_actors::base::ids::SessionId;
use aios_actors::engine::CallClass;

use super::catalogue::Answered;
use crate::auth::Denied;
use crate::wire::fault::Fault;
use crate::wire::headers::SESSION_ID;
use crate::wire::{reply, sse};

const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What a request ends in.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A JSON-RPC answer.
    Json {
        /// HTTP status.
        status: StatusCode,
        /// The answer.
        body: Bytes,
        /// A session that was opened.
        session: Option<SessionId>,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
    },
    /// 202 without a body.
    Accepted,
    /// Server-sent events.
    Stream(Body),
    /// Refused for want of a scope.
    Denied(Denied, Option<Box<str>>),
}

/// The first step of a request.
pub(super) enum Begun {
    /// It is answered.
    Done(Outcome),
    /// It is answered when this resolves.
    Later(BoxFuture<'static, Outcome>),
    /// As above, and the caller asked for the wait.
    Held(BoxFuture<'static, Outcome>),
    /// First one call of this class has to be taken out of the caller's window, which needs waiting.
    Allow(CallClass),
}

impl Outcome {
    /// The answer to `id`.
    pub(super) fn of(id: &str, answered: Answered, tail: &[u8]) -> Self {
        match answered {
            Ok(object) => Self::Json {
                status: StatusCode::OK,
                body: reply::result(id, &object, tail),
                session: None,
                retry_after: None,
            },
            Err(fault) => Self::fault(&fault, Some(id)),
        }
    }

    /// An error answer.
    pub(super) fn fault(fault: &Fault, id: Option<&str>) -> Self {
        Self::Json {
            status: StatusCode::from_u16(fault.http_status).unwrap_or(StatusCode::BAD_REQUEST),
            body: fault.render(id),
            session: None,
            retry_after: fault.retry_after_seconds(),
        }
    }

    /// The JSON-RPC answer alone, as it stands in a batch; nothing for notifications.
    pub(super) fn into_batch_item(self) -> Option<Bytes> {
        match self {
            Self::Json { body, .. } => Some(body),
            Self::Denied(denied, id) => Some(Fault::door(&denied.error).render(id.as_deref())),
            Self::Accepted | Self::Stream(_) => None,
        }
    }

    /// A good answer as a stream of one event, for clients that take nothing else.
    pub(super) fn streamed(self) -> Self {
        match self {
            Self::Json {
                status: StatusCode::OK,
                body,
                session: None,
                ..
            } => Self::Stream(Body::from(sse::frame(None, &body))),
            other => other,
        }
    }

    /// The HTTP answer.
    pub(super) fn into_response(self) -> Response<Body> {
        match self {
            Self::Json {
                status,
                body,
                session,
                retry_after,
            } => {
                let mut response = json(status, body);
                if let Some(Ok(value)) = session.map(|id| HeaderValue::try_from(id.to_string())) {
                    response.headers_mut().insert(SESSION_ID, value);
                }
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                response
            }
            Self::Accepted => status(StatusCode::ACCEPTED),
            Self::Stream(body) => event_stream(body),
            Self::Denied(denied, id) => {
                let fault = Fault::door(&denied.error);
                let mut response = Self::fault(&fault, id.as_deref()).into_response();
                response
                    .headers_mut()
                    .insert(WWW_AUTHENTICATE, denied.challenge());
                response
            }
        }
    }
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without a body.
pub(super) fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// 405 with the methods that exist.
pub(super) fn not_allowed(allow: &'static str) -> Response<Body> {
    let fault = Fault::new(405, 405, "method not allowed");
    let mut response = Outcome::fault(&fault, None).into_response();
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// An event stream that no proxy may hold back.
pub(super) fn event_stream(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store"),
    );
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}
