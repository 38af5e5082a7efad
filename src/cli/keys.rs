//! `keys create`: makes a key in the data directory of a server that is not running.
//!
//! Invariant: the key is printed once and stored as a digest only.

use std::sync::Arc;
use std::time::Duration;

use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::base::time::SystemClock;
use aios_actors::domain::key::Scope;
use aios_actors::engine::NewKey;
use aios_actors::stores::local::OpenError;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Exit, Failure, SettingsArgs, output, runtime};
use crate::app::{Options, StartError, open_engine};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key; it is shown once.
    Create(CreateArgs),
}

#[derive(Args, Debug)]
pub(super) struct CreateArgs {
    /// Name, to recognise it by.
    #[arg(long)]
    name: String,
    /// Workspace (lower-case letters, digits, hyphens); default: made from the name.
    #[arg(long)]
    workspace: Option<String>,
    /// Tier: free, pro, enterprise, internal, or one of the settings.
    #[arg(long, default_value = "pro")]
    tier: String,
    /// Calls per minute that create work, if not the tier's.
    #[arg(long, value_name = "NUMBER")]
    requests_per_minute: Option<u32>,
    /// Also allow managing keys and administration.
    #[arg(long)]
    admin: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn keys(command: &KeysCommand) -> Result<(), Failure> {
    let KeysCommand::Create(args) = command;
    runtime()?.block_on(create(args))
}

async fn create(args: &CreateArgs) -> Result<(), Failure> {
    let mut loaded = args.settings.load()?;
    // A running server is not waited for: it does not end because someone makes a key.
    loaded.config.store.lock_wait_seconds = 0;
    let clock = Arc::new(SystemClock::start());
    let opened = open_engine(&loaded.config, Options::default(), clock).await;
    let engine = opened.map_err(|error| start_failure(&error))?.engine;
    let mut scopes = Scope::DEFAULT.to_vec();
    if args.admin {
        scopes.extend([Scope::KeysManage, Scope::Admin]);
    }
    let new = NewKey {
        workspace: args.workspace.clone(),
        scopes,
        requests_per_minute: args.requests_per_minute,
        ..NewKey::named(&args.name, &args.tier)
    };
    let created = engine.create_key(new).await;
    engine.drain(Duration::ZERO).await;
    let (record, key) = created.map_err(|error| create_failure(&error))?;
    if args.json {
        return output::json(&json!({
            "id": record.id.to_string(), "name": record.name, "workspace": &*record.workspace,
            "tier": record.tier, "key": key,
        }));
    }
    output::note(format!(
        "key {} of workspace {}, shown this once:",
        record.name, record.workspace
    ));
    output::line(key);
    Ok(())
}

fn start_failure(error: &StartError) -> Failure {
    if let StartError::Store(OpenError::Locked { .. }) = error {
        let hint =
            "stop the server first, or put the key into its AIOS_API_KEYS and start it again";
        return Failure::new(Exit::Unavailable, format!("{error}: {hint}"));
    }
    Failure::failed(error.to_string())
}

fn create_failure(error: &PublicError) -> Failure {
    let exit = if error.code == ErrorCode::InvalidInput {
        Exit::Usage
    } else {
        Exit::Failed
    };
    Failure::new(exit, error.to_string())
}
