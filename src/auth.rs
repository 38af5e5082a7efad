//! From the `Authorization` header to a principal, and the exact challenge when there is none.
//!
//! Invariant: credentials come in the header only, never in a query, and never reach a log line or an error text.

use std::sync::Arc;

use aios_actors::Engine;
use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::domain::key::{Principal, Scope};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

/// How callers are known.
#[derive(Clone, Debug)]
pub enum Access {
    /// By their keys.
    Keys,
    /// Everyone is this principal. Only for loopback listeners and only when asked for.
    Open(Arc<Principal>),
}

/// Why a caller is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The error.
    pub error: PublicError,
    /// A token was sent.
    pub has_token: bool,
    /// The scope that was missing.
    pub scope: Option<Scope>,
}

impl Denied {
    /// A valid key that lacks `scope`.
    pub fn lacks(scope: Scope) -> Self {
        let message = format!("the key lacks the scope {}", scope.name());
        let error = PublicError::new(ErrorCode::Forbidden, message);
        Self {
            error,
            has_token: true,
            scope: Some(scope),
        }
    }

    /// `WWW-Authenticate` (RFC 6750). Without an issuer there is no metadata to point to.
    pub fn challenge(&self) -> HeaderValue {
        match (self.scope, self.has_token) {
            (Some(scope), _) => {
                let text = format!(
                    r#"Bearer error="insufficient_scope", scope="{}""#,
                    scope.name()
                );
                HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer"))
            }
            (None, true) => HeaderValue::from_static(r#"Bearer error="invalid_token""#),
            (None, false) => HeaderValue::from_static("Bearer"),
        }
    }
}

/// The token of `Authorization: Bearer …`. Other schemes count as none.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Who is calling.
///
/// # Errors
/// [`Denied`] with `UNAUTHORIZED` without a token and `INVALID_KEY` with a wrong one.
pub fn principal(
    engine: &Engine,
    access: &Access,
    headers: &HeaderMap,
) -> Result<Arc<Principal>, Denied> {
    if let Access::Open(principal) = access {
        return Ok(Arc::clone(principal));
    }
    let Some(token) = bearer(headers) else {
        let error = PublicError::new(ErrorCode::Unauthorized, "no API key was sent");
        return Err(Denied {
            error,
            has_token: false,
            scope: None,
        });
    };
    engine.authenticate(token).map_err(|error| Denied {
        error,
        has_token: true,
        scope: None,
    })
}

/// Refuses a principal that lacks `scope`.
///
/// # Errors
/// [`Denied`] with `FORBIDDEN`.
pub fn require(principal: &Principal, scope: Scope) -> Result<(), Denied> {
    if principal.may(scope) {
        Ok(())
    } else {
        Err(Denied::lacks(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_are_read() {
        let table = [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("", None),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), expected, "{value}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn the_challenge_names_an_error_only_when_a_token_was_sent() {
        let error = PublicError::new(ErrorCode::InvalidKey, "no");
        let denied = |has_token| Denied {
            error: error.clone(),
            has_token,
            scope: None,
        };
        assert_eq!(denied(false).challenge(), "Bearer");
        assert_eq!(denied(true).challenge(), r#"Bearer error="invalid_token""#);
        let expected = r#"Bearer error="insufficient_scope", scope="jobs:write""#;
        assert_eq!(Denied::lacks(Scope::JobsWrite).challenge(), expected);
    }
}
