//! The command line: one file per subcommand.
//!
//! Invariant: a command returns `Ok` or a [`Failure`]; only [`main`] turns it into a line on standard error and a code.

mod bench;
mod config;
mod connect;
mod exit;
mod healthcheck;
mod keys;
mod output;
mod privileges;
mod run;
mod serve;
mod signals;
mod store;
mod version;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Environment, Loaded, Sources};
pub use exit::{Exit, Failure};

/// A product specification in; requirements, architecture, UX and code out: AI agents as durable jobs behind MCP.
#[derive(Debug, Parser)]
#[command(
    name = "aios-lovable-mcp",
    version,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// What `serve` takes, for calls without a subcommand.
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP and REST (the default).
    Serve(serve::ServeArgs),
    /// Run one specification through the pipeline and write the artifacts to disk.
    Run(run::RunArgs),
    /// Make API keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Look after a data directory.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Ask a running server whether it is ready; for container health checks.
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Show or check the settings.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Measure this machine: ratios against floors taken in the same run.
    Bench(bench::BenchArgs),
    /// Print the version.
    Version(version::VersionArgs),
}

/// Flags of every command that reads settings.
#[derive(Args, Clone, Debug, Default)]
struct SettingsArgs {
    /// Settings file (TOML), above the defaults and the profile.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log level or filter: error, warn, info, debug, trace, `info,aios_actors=debug`.
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Data directory.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl SettingsArgs {
    /// Where the settings come from.
    fn sources(&self) -> Sources {
        let mut flags = Vec::new();
        if let Some(level) = &self.log_level {
            flags.push(("--log-level", "telemetry.log_level", level.clone()));
        }
        if let Some(dir) = &self.data_dir {
            flags.push((
                "--data-dir",
                "store.dir",
                dir.to_string_lossy().into_owned(),
            ));
        }
        Sources {
            file: self.config.clone(),
            env: Environment::of_process(),
            flags,
        }
    }

    /// All layers, merged.
    fn load(&self) -> Result<Loaded, Failure> {
        Ok(crate::config::load(&self.sources())?)
    }
}

/// Parses the command line, runs the command, reports how it ended.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    match dispatch(command) {
        Ok(()) => Exit::Ok.into(),
        Err(failure) => {
            output::error_line(&failure.message);
            failure.exit.into()
        }
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve::serve(&args),
        Command::Run(args) => run::run(&args),
        Command::Keys(command) => keys::keys(&command),
        Command::Store(command) => store::store(&command),
        Command::Healthcheck(args) => healthcheck::healthcheck(&args),
        Command::Config(command) => config::config(&command),
        Command::Bench(args) => bench::bench(&args),
        Command::Version(args) => version::version(&args),
    }
}

/// The runtime of a command.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("aios")
        .build()
        .map_err(|error| Failure::new(Exit::Io, format!("failed to start threads: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default_and_takes_its_flags_there() {
        let cli = Cli::try_parse_from(["aios-lovable-mcp", "--bind", "127.0.0.1:0"]).unwrap();
        assert!(cli.command.is_none());
        let cli =
            Cli::try_parse_from(["aios-lovable-mcp", "serve", "--bind", "127.0.0.1:0"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Serve(_))));
    }
}
