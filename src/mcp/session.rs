//! Sessions of the legacy eras: the handshake, and which session a request belongs to.
//!
//! Invariant: a session is found only with the key that opened it. Where the client sends `MCP-Protocol-Version`, or an id
//! in our own format, missing and unknown sessions are refused; only older clients are served without one.

use std::sync::Arc;

use aios_actors::base::ids::SessionId;
use aios_actors::domain::key::Principal;
use aios_actors::domain::session::SessionRecord;
use aios_actors::engine::NewSession;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde_json::json;

use super::Front;
use super::gate::Gate;
use super::outcome::Outcome;
use crate::wire::fault::{Fault, SESSION_NOT_FOUND};
use crate::wire::headers::{Field, McpHeaders};
use crate::wire::members::{member, string};
use crate::wire::params::Params;
use crate::wire::reply;
use crate::wire::version::Version;

/// Longest client name or version that is kept, in bytes.
const CLIENT_BYTES_MAX: usize = 100;

/// The session of a request; `None`: it is served without one.
pub(super) type Found = Option<Arc<SessionRecord>>;

/// Finds the session that the headers name.
///
/// # Errors
/// 400 -32600 when one is needed and missing, 404 -32001 when it is unknown or has ended.
pub(super) fn find(
    gate: &dyn Gate,
    principal: &Principal,
    headers: &McpHeaders<'_>,
) -> Result<Found, Fault> {
    let is_strict = headers.version != Field::Absent;
    match headers.session {
        Field::Absent if is_strict => Err(Fault::invalid_request("Mcp-Session-Id is missing")),
        Field::Unusable => Err(Fault::invalid_request("Mcp-Session-Id is not usable")),
        Field::One(text) if is_strict || text.starts_with("ses_") => {
            let found = text
                .parse()
                .ok()
                .and_then(|id: SessionId| gate.session(principal, id));
            found.map(Some).ok_or_else(unknown)
        }
        // No version header: the predecessor's examples send none, or name sessions as they like.
        Field::Absent | Field::One(_) => Ok(None),
    }
}

/// 404 -32001: clients then begin a new session.
pub(super) fn unknown() -> Fault {
    Fault::new(
        404,
        SESSION_NOT_FOUND,
        "the session is unknown or has ended",
    )
}

/// The version a request of this session speaks.
pub(super) fn version_of(found: &Found, header: Option<Version>) -> Version {
    let negotiated = found
        .as_ref()
        .and_then(|session| Version::parse(&session.version));
    negotiated.or(header).unwrap_or(Version::ASSUMED)
}

impl Front {
    /// Answers `initialize`.
    pub(super) fn initialize(
        &self,
        principal: &Arc<Principal>,
        id: &str,
        params: &Params<'_>,
    ) -> BoxFuture<'static, Outcome> {
        let requested = params.text("protocolVersion").unwrap_or_default();
        let version = Version::negotiated(&requested);
        let client = params.get("clientInfo").unwrap_or("{}");
        let capabilities = params.get("capabilities").unwrap_or("{}");
        let new = NewSession {
            version: version.name().to_owned(),
            client: format!(
                "{}/{}",
                client_text(client, "name"),
                client_text(client, "version")
            ),
            elicitation: member(capabilities, "elicitation").is_some(),
        };
        let server = self.catalogue.server();
        let mut capabilities = server.capabilities.clone();
        // Only the legacy eras have a level to set.
        capabilities["logging"] = json!({});
        let result = json!({
            "protocolVersion": version.name(),
            "capabilities": capabilities,
            "serverInfo": { "name": server.name, "title": server.title, "version": server.version },
            "instructions": server.instructions,
        });
        let body = reply::result(id, result.to_string().as_bytes(), b"");
        let opening = self.gate.open_session(Arc::clone(principal), new);
        let id = id.to_owned();
        async move {
            match opening.await {
                Ok(session) => Outcome::Json {
                    status: StatusCode::OK,
                    body,
                    session: Some(session.id),
                    retry_after: None,
                },
                Err(error) => Outcome::fault(&Fault::door(&error), Some(&id)),
            }
        }
        .boxed()
    }
}

fn client_text(client: &str, name: &str) -> String {
    let text = member(client, name).and_then(string).unwrap_or_default();
    let cut = &text[..text.floor_char_boundary(CLIENT_BYTES_MAX)];
    cut.chars().filter(|c| !c.is_control()).collect()
}
