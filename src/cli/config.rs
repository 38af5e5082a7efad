//! `config check` and `config print`. Invariant: a secret is never printed.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, SettingsArgs, output};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check all layers; exit code 78 names what is wrong.
    Check(SettingsArgs),
    /// Print every setting with its source; secrets are redacted.
    Print(PrintArgs),
}

#[derive(Args, Debug)]
pub(super) struct PrintArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn config(command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check(settings) => {
            let loaded = settings.load()?;
            for warning in &loaded.warnings {
                output::note(format!("warning: {warning}"));
            }
            output::line(format!("ok: {} settings", loaded.settings.len()));
            Ok(())
        }
        ConfigCommand::Print(args) => print(args),
    }
}

fn print(args: &PrintArgs) -> Result<(), Failure> {
    let loaded = args.settings.load()?;
    if args.json {
        let row = |row: &crate::config::Setting| {
            let value = json!({ "value": row.value, "source": row.origin.to_string() });
            (row.key.clone(), value)
        };
        return output::json(&serde_json::Value::Object(
            loaded.settings.iter().map(row).collect(),
        ));
    }
    let assignment = |row: &crate::config::Setting| format!("{} = {}", row.key, row.value);
    let width = loaded
        .settings
        .iter()
        .map(|row| assignment(row).len())
        .max()
        .unwrap_or(0)
        .min(60);
    for row in &loaded.settings {
        output::line(format!("{:width$}  # {}", assignment(row), row.origin));
    }
    Ok(())
}
