//! Who may knock: the `Host` and `Origin` rules with their CORS headers, and what is said of the caller's window.
//!
//! Invariant: a request with an `Origin` that is not allowed goes no further, and on a loopback listener neither does one
//! with a foreign `Host`: both are what DNS rebinding looks like.

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::engine::Allowance;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HOST, ORIGIN, RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Settings of the door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoorSettings {
    /// The listener is bound to loopback.
    pub is_loopback: bool,
    /// Host names that are answered; empty: any, except on loopback.
    pub allowed_hosts: Vec<String>,
    /// Origins (`https://app.example.com`) whose pages may call.
    pub allowed_origins: Vec<String>,
}

/// The rules, ready to be applied.
#[derive(Clone, Debug)]
pub struct Door {
    settings: DoorSettings,
}

impl Door {
    /// From settings.
    pub const fn new(settings: DoorSettings) -> Self {
        Self { settings }
    }

    /// Judges `Host` and `Origin`; the origin to be named in CORS headers, where there is one.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn check<'a>(
        &self,
        headers: &'a HeaderMap,
        uri: &'a Uri,
    ) -> Result<Option<&'a HeaderValue>, PublicError> {
        let host = host_of(headers, uri);
        let is_checked = self.settings.is_loopback || !self.settings.allowed_hosts.is_empty();
        if is_checked && !host.is_some_and(|host| self.allows_host(host)) {
            return Err(PublicError::new(
                ErrorCode::Forbidden,
                "the Host header is not allowed",
            ));
        }
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Ok(None);
        };
        let is_allowed = origins.next().is_none()
            && origin
                .to_str()
                .is_ok_and(|text| self.allows_origin(text, host));
        if is_allowed {
            Ok(Some(origin))
        } else {
            Err(PublicError::new(
                ErrorCode::Forbidden,
                "the Origin header is not allowed",
            ))
        }
    }

    fn allows_host(&self, host: &str) -> bool {
        let (name, _) = split(host);
        (self.settings.is_loopback && is_loopback(name))
            || self.settings.allowed_hosts.iter().any(|allowed| {
                let (allowed_name, port) = split(allowed);
                same(allowed_name, name) && (port.is_empty() || port == split(host).1)
            })
    }

    fn allows_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let Some((scheme, authority)) = origin.split_once("://") else {
            return false;
        };
        let default_port = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => "80",
            _ if scheme.eq_ignore_ascii_case("https") => "443",
            _ => return false,
        };
        if authority.contains(['/', '@', '?', '#', ' ']) {
            return false;
        }
        let (name, port) = split(authority);
        let is = |other: &str| {
            let (other_name, other_port) = split(other);
            same(other_name, name)
                && port_or(other_port, default_port) == port_or(port, default_port)
        };
        (self.settings.is_loopback && is_loopback(name))
            || host.is_some_and(is)
            || self.settings.allowed_origins.iter().any(|allowed| {
                allowed.split_once("://").is_some_and(|(known, rest)| {
                    known.eq_ignore_ascii_case(scheme) && is(rest.trim_end_matches('/'))
                })
            })
    }
}

/// Adds the headers that let a page of `origin` read the answer. Never with credentials.
pub fn cors(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Mcp-Session-Id, WWW-Authenticate, Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, \
             X-RateLimit-Reset, RateLimit, RateLimit-Policy"),
    );
}

/// Says what is left of the caller's window; nothing where there is no limit.
pub fn rate_limit_headers(headers: &mut HeaderMap, allowance: &Allowance) {
    let Some(limit) = allowance.limit else { return };
    #[expect(
        clippy::disallowed_methods,
        reason = "X-RateLimit-Reset is a wall-clock second"
    )]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now_s = now.map_or(0, |now| now.as_secs());
    headers.insert(LIMIT, limit.into());
    headers.insert(REMAINING, allowance.remaining.into());
    headers.insert(RESET, (now_s + allowance.reset_seconds).into());
    let current = format!(
        r#""rpm";r={};t={}"#,
        allowance.remaining, allowance.reset_seconds
    );
    let policy = format!(r#""rpm";q={limit};w=60"#);
    for (name, text) in [(RATE_LIMIT, current), (RATE_LIMIT_POLICY, policy)] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

/// The same for a call that was refused: nothing is left, and when to come back. Nothing for other refusals.
pub fn refusal_headers(headers: &mut HeaderMap, error: &PublicError) {
    if error.code != ErrorCode::RateLimited {
        return;
    }
    let seconds = error
        .retry_after_ms
        .map_or(60, |ms| ms.div_ceil(1_000).max(1));
    headers.insert(RETRY_AFTER, seconds.into());
    let allowance = Allowance {
        limit: error.limit,
        remaining: 0,
        reset_seconds: seconds,
    };
    rate_limit_headers(headers, &allowance);
}

/// Adds what a preflight asks for.
pub fn preflight(headers: &mut HeaderMap) {
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, DELETE, OPTIONS"),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name, \
             Last-Event-ID, Idempotency-Key",
        ),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

/// The host a request is for: the target's authority (HTTP/2), else the header. `None` when missing or ambiguous.
fn host_of<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Name and port of `name:port` or `[v6]:port`.
fn split(host: &str) -> (&str, &str) {
    let from = host.rfind(']').unwrap_or(0);
    match host[from..].rfind(':') {
        Some(at) => (&host[..from + at], &host[from + at + 1..]),
        None => (host, ""),
    }
}

fn port_or<'a>(port: &'a str, default: &'a str) -> &'a str {
    if port.is_empty() { default } else { port }
}

/// Equal but for case and a trailing dot.
fn same(left: &str, right: &str) -> bool {
    let bare = |name| str::strip_suffix(name, ".").unwrap_or(name);
    !bare(left).is_empty() && bare(left).eq_ignore_ascii_case(bare(right))
}

fn is_loopback(name: &str) -> bool {
    same(name, "localhost") || name == "127.0.0.1" || name == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(door: &Door, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::try_from(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::try_from(origin).unwrap());
        }
        door.check(&headers, &Uri::from_static("/mcp")).is_ok()
    }

    #[test]
    fn a_loopback_listener_answers_loopback_names_only() {
        let door = Door::new(DoorSettings {
            is_loopback: true,
            ..DoorSettings::default()
        });
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:3000", true),
            ("localhost.:3000", true),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("xn--localhost-9za", false),
            ("127.0.0.2", false),
            (":3000", false),
            ("", false),
        ] {
            assert_eq!(judge(&door, host, None), expected, "{host}");
        }
        assert!(
            door.check(&HeaderMap::new(), &Uri::from_static("/mcp"))
                .is_err()
        );
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table")]
    fn origins_are_allowed_by_list_by_own_host_and_on_loopback() {
        let local = Door::new(DoorSettings {
            is_loopback: true,
            ..DoorSettings::default()
        });
        let public = Door::new(DoorSettings {
            is_loopback: false,
            allowed_hosts: vec!["mcp.example.com".to_owned()],
            allowed_origins: vec!["https://app.example.com".to_owned()],
        });
        let table = [
            (&local, "localhost:3000", "http://localhost:5173", true),
            (&local, "localhost:3000", "http://127.0.0.1", true),
            (&local, "localhost:3000", "http://evil.example", false),
            (&local, "localhost:3000", "null", false),
            (&local, "localhost:3000", "file://", false),
            (&public, "mcp.example.com", "https://app.example.com", true),
            (
                &public,
                "mcp.example.com",
                "https://APP.example.com:443",
                true,
            ),
            (&public, "mcp.example.com", "http://app.example.com", false),
            (
                &public,
                "mcp.example.com",
                "https://app.example.com:8443",
                false,
            ),
            (
                &public,
                "mcp.example.com",
                "https://app.example.com.evil.example",
                false,
            ),
            (&public, "mcp.example.com", "https://mcp.example.com", true),
            (
                &public,
                "mcp.example.com",
                "https://u@app.example.com",
                false,
            ),
            (&public, "mcp.example.com", "null", false),
            (&public, "mcp.example.com", "", false),
            (
                &public,
                "other.example.com",
                "https://app.example.com",
                false,
            ),
        ];
        for (door, host, origin, expected) in table {
            assert_eq!(judge(door, host, Some(origin)), expected, "{host} {origin}");
        }
        let open = Door::new(DoorSettings::default());
        assert!(judge(&open, "anything.example", None));
        assert!(judge(
            &open,
            "anything.example",
            Some("https://anything.example")
        ));
        assert!(!judge(
            &open,
            "anything.example",
            Some("https://other.example")
        ));
    }

    #[test]
    fn two_origins_or_hosts_are_none() {
        let open = Door::new(DoorSettings::default());
        let mut headers = HeaderMap::new();
        headers.append(ORIGIN, HeaderValue::from_static("https://a"));
        headers.append(ORIGIN, HeaderValue::from_static("https://a"));
        assert!(open.check(&headers, &Uri::from_static("/")).is_err());
        let local = Door::new(DoorSettings {
            is_loopback: true,
            ..DoorSettings::default()
        });
        let mut headers = HeaderMap::new();
        headers.append(HOST, HeaderValue::from_static("localhost"));
        headers.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(local.check(&headers, &Uri::from_static("/")).is_err());
    }
}
