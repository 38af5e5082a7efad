//! `store check`: the view compared with a replay of the journal.
//!
//! Invariant: it changes nothing, and refuses a directory that a server has open.

use std::path::Path;

use aios_actors::stores::local::{CheckReport, LocalStore, OpenError};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Exit, Failure, SettingsArgs, output};

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Verify every checksum and compare sled with a replay of the journal.
    Check(CheckArgs),
}

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn store(command: &StoreCommand) -> Result<(), Failure> {
    let StoreCommand::Check(args) = command;
    let dir = args.settings.load()?.config.store.dir;
    let report = LocalStore::check(&dir).map_err(|error| failure(&dir, &error))?;
    print(&report, args.json)?;
    if report.is_clean() {
        return Ok(());
    }
    let (count, dir) = (report.differences_count, dir.display());
    Err(Failure::failed(format!(
        "{count} differences in {dir}; the next start rebuilds the view"
    )))
}

fn failure(dir: &Path, error: &OpenError) -> Failure {
    let exit = match error {
        OpenError::Locked { .. } => Exit::Unavailable,
        _ if !dir.exists() => Exit::NotFound,
        _ => Exit::Failed,
    };
    Failure::new(exit, crate::app::open_failure(error))
}

fn print(report: &CheckReport, as_json: bool) -> Result<(), Failure> {
    let rows = [
        ("frames", report.frames),
        ("sequence", report.sequence),
        ("view_sequence", report.sled_sequence),
        ("keys", report.keys),
        ("keys_ahead", report.keys_ahead),
        ("records", report.records),
        ("packs", report.packs),
        ("packs_orphaned", report.packs_orphaned),
        ("torn_bytes", report.torn_bytes),
        ("differences", report.differences_count),
    ];
    if as_json {
        let mut map: serde_json::Map<_, _> = rows
            .iter()
            .map(|(name, number)| ((*name).to_owned(), json!(number)))
            .collect();
        let listed: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        map.insert("listed".to_owned(), json!(listed));
        return output::json(&map.into());
    }
    for (name, number) in rows {
        output::line(format!("{name:15} {number}"));
    }
    for difference in &report.differences {
        output::line(difference);
    }
    Ok(())
}
