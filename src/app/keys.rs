//! Keys at start: those of the settings, and what is missing for a first start.
//!
//! Invariant: only what is missing is generated, and a generated key leaves this process once, by [`IssuedKeys`].

use std::time::Duration;

use aios_actors::Engine;
use aios_actors::base::error::PublicError;
use aios_actors::domain::key::Scope;
use aios_actors::engine::NewKey;

use super::settings::tier_of_key;
use crate::config::Config;

/// Name and workspace of the first key.
const FIRST: &str = "default";
/// Name and workspace of the operator's key.
const ADMIN: &str = "operator";
/// How long generated keys work where standard output is a log that others may read.
const LOGGED_KEY_LIFETIME: Duration = Duration::from_hours(24);

/// Keys that were generated at this start.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct IssuedKeys {
    /// Key of the workspace `default`.
    pub workspace: Option<String>,
    /// The operator's key.
    pub admin: Option<String>,
    /// They stop working after a day.
    pub expire: bool,
}

impl std::fmt::Debug for IssuedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedKeys(secret)")
    }
}

/// Makes the engine know every key of the settings.
pub(super) fn add_static(engine: &Engine, config: &Config) -> Result<(), (String, PublicError)> {
    for (name, row) in &config.auth.keys {
        let new = NewKey {
            workspace: row.workspace.clone(),
            requests_per_minute: row.requests_per_minute.filter(|number| *number > 0),
            ..NewKey::named(name, &tier_of_key(config, name))
        };
        let added = engine.add_static_key(new, row.key.reveal());
        added.map_err(|error| (format!("auth.keys.{name}"), error))?;
    }
    if let Some(key) = config.auth.admin_key.given() {
        let added = engine.add_static_key(admin_key(), key);
        added.map_err(|error| ("auth.admin_key".to_owned(), error))?;
    }
    Ok(())
}

fn admin_key() -> NewKey {
    let mut scopes = Scope::DEFAULT.to_vec();
    scopes.extend([Scope::KeysManage, Scope::Admin]);
    NewKey {
        scopes,
        workspace: Some(ADMIN.to_owned()),
        ..NewKey::named(ADMIN, "internal")
    }
}

/// Generates what is missing for a first start.
///
/// # Errors
/// When the store takes no key.
pub(super) async fn issue_missing(
    engine: &Engine,
    config: &Config,
    is_logged: bool,
) -> Result<IssuedKeys, PublicError> {
    let now = engine.now();
    let is_usable = |expires_at: Option<_>| expires_at.is_none_or(|expiry| now < expiry);
    let known: Vec<_> = engine
        .keys()
        .into_iter()
        .filter(|key| key.revoked_at.is_none() && is_usable(key.expires_at))
        .collect();
    let is_admin = |scopes: &[Scope]| scopes.contains(&Scope::Admin);
    let expires_at = is_logged.then(|| now.plus(LOGGED_KEY_LIFETIME));
    let needs_workspace = config.auth.required && !known.iter().any(|key| !is_admin(&key.scopes));
    let needs_admin = !known.iter().any(|key| is_admin(&key.scopes));
    let first = NewKey {
        workspace: Some(FIRST.to_owned()),
        ..NewKey::named(FIRST, "pro")
    };
    let make = async |wanted: bool, new: NewKey| {
        if !wanted {
            return Ok(None);
        }
        engine
            .create_key(NewKey { expires_at, ..new })
            .await
            .map(|(_, key)| Some(key))
    };
    // Together: one fsync makes both durable.
    let both = tokio::join!(make(needs_workspace, first), make(needs_admin, admin_key()));
    let (workspace, admin) = match both {
        (Ok(workspace), Ok(admin)) => (workspace, admin),
        // One is durable: it must still be shown. The next start makes the other.
        (Ok(Some(key)), Err(error)) => {
            tracing::error!("the operator's key was not made: {error}");
            (Some(key), None)
        }
        (Err(error), Ok(Some(key))) => {
            tracing::error!("the first workspace's key was not made: {error}");
            (None, Some(key))
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    Ok(IssuedKeys {
        workspace,
        admin,
        expire: is_logged,
    })
}
