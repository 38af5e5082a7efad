//! Errors over REST: RFC 9457 problem documents that also carry the predecessor's `error` member.
//!
//! Invariant: one rendering for every error; it says the code, the public message and what helps, never a cause.

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::base::ids::RequestId;
use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::auth::Denied;
use crate::door;

/// An error on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    error: PublicError,
    challenge: Option<HeaderValue>,
    request_id: Option<RequestId>,
}

impl Problem {
    /// With the id that the caller can give to the operator.
    #[must_use]
    pub const fn with_request_id(mut self, id: RequestId) -> Self {
        self.request_id = Some(id);
        self
    }

    /// The document.
    pub fn body(&self) -> Value {
        let row = self.error.code.row();
        let request_id = self.request_id.map(|id| id.to_string());
        let mut error = json!({ "code": row.name, "message": self.error.message });
        let mut document = json!({
            "type": format!("urn:aios:error:{}", row.name.to_lowercase()),
            "title": row.title,
            "status": row.http_status,
            "detail": self.error.message,
            "code": row.name,
            "retryable": row.retryable,
            "recovery": row.recovery,
        });
        if let Some(field) = &self.error.field {
            let pointer = format!("/{}", field.replace(['.', '['], "/").replace(']', ""));
            document["errors"] = json!([{ "pointer": pointer, "detail": self.error.message }]);
            error["details"] = json!({ "field": field });
        }
        if let Some(wait) = self.error.retry_after_ms {
            document["retry_after_ms"] = wait.into();
        }
        if let Some(id) = request_id {
            document["request_id"] = id.as_str().into();
            error["request_id"] = id.into();
        }
        document["error"] = error;
        document
    }
}

impl From<PublicError> for Problem {
    fn from(error: PublicError) -> Self {
        Self {
            error,
            challenge: None,
            request_id: None,
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let challenge = Some(denied.challenge());
        Self {
            error: denied.error,
            challenge,
            request_id: None,
        }
    }
}

impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let row = self.error.code.row();
        if self.error.code == ErrorCode::InternalError {
            tracing::error!(request.id = ?self.request_id, "request failed");
        }
        let mut response = Response::new(Body::from(self.body().to_string()));
        *response.status_mut() =
            StatusCode::from_u16(row.http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.error.retry_after_ms {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.div_ceil(1_000).max(1)));
        }
        door::refusal_headers(headers, &self.error);
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn old_and_new_clients_both_read_it() {
        let problem = Problem::from(PublicError::invalid("input.items[2].x", "must be a string"));
        let body = problem.body();
        assert_eq!(body["code"], "INVALID_INPUT");
        assert_eq!(body["error"]["code"], "INVALID_INPUT");
        assert_eq!(body["errors"][0]["pointer"], "/input/items/2/x");
        assert_eq!(problem.into_response().status(), 400);
    }

    #[test]
    fn a_used_up_window_is_said_in_headers() {
        let error = PublicError::new(ErrorCode::RateLimited, "more than 10 calls of this kind")
            .at_limit(10)
            .retry_after(std::time::Duration::from_millis(1_500));
        let response = Problem::from(error).into_response();
        let headers = response.headers();
        assert_eq!(headers["retry-after"], "2");
        assert_eq!(headers["x-ratelimit-limit"], "10");
        assert_eq!(headers["x-ratelimit-remaining"], "0");
        assert_eq!(headers["ratelimit"], r#""rpm";r=0;t=2"#);
        assert!(headers.contains_key("x-ratelimit-reset"));
    }

    #[test]
    fn waiting_and_challenges_are_headers() {
        let error = PublicError::new(ErrorCode::RateLimited, "too many")
            .retry_after(std::time::Duration::from_millis(1_500));
        let response = Problem::from(error).into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[RETRY_AFTER]),
            (429, &HeaderValue::from(2))
        );
        let error = PublicError::new(ErrorCode::Unauthorized, "no");
        let denied = Denied {
            error,
            has_token: false,
            scope: None,
        };
        let response = Problem::from(denied).into_response();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }
}
