//! `version`. Invariant: what it prints is what was compiled in.

use clap::Args;

use super::{Failure, output};
use crate::build_info as build;

#[derive(Args, Debug)]
pub(super) struct VersionArgs {
    /// Also print revision, target, formats and protocol versions.
    #[arg(long)]
    verbose: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn version(args: &VersionArgs) -> Result<(), Failure> {
    let rows = [
        ("version", build::VERSION),
        ("revision", build::REVISION),
        ("target", build::TARGET),
        (
            "profile",
            if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
        ),
    ];
    if args.json {
        let map = rows
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()));
        return output::json(&serde_json::Value::Object(map.collect()));
    }
    output::line(format!("{} {}", build::NAME, build::VERSION));
    if args.verbose {
        for (name, value) in &rows[1..] {
            output::line(format!("{name}: {value}"));
        }
    }
    Ok(())
}
