//! `bench`: figures of this machine, each beside a floor taken in the same run.
//!
//! Invariant: a figure is printed as it was measured, with its target beside it, whether it meets it or not.

mod child;
mod durable;
mod front;
mod load;
mod pinned;
mod pipeline;
mod process;
mod table;

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::{Failure, output};

/// Key of the servers that a bench starts.
const KEY: &str = "bench-key-of-this-run";

#[derive(Args, Debug)]
pub(super) struct BenchArgs {
    /// What to measure; everything by default.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Seconds of load per round.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Rounds, of which the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=99))]
    rounds: u64,
    /// Exit with 1 when a target is missed.
    #[arg(long)]
    strict: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Be one of the servers that are measured.
    #[arg(long, hide = true, value_enum)]
    child: Option<child::Kind>,
    /// Size of the floor's answer.
    #[arg(long, hide = true, default_value_t = 0)]
    answer_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Calls per second against a bare handler.
    Front,
    /// Accept to durable ack, and acks per fsync.
    Durable,
    /// One whole pipeline.
    Pipeline,
    /// Start, memory, sessions.
    Process,
}

pub(super) fn bench(args: &BenchArgs) -> Result<(), Failure> {
    if let Some(kind) = args.child {
        return child::be(kind, args.answer_bytes);
    }
    if cfg!(debug_assertions) {
        output::note("note: this is a debug build; its figures say little");
    }
    let wants = |part| args.parts.is_empty() || args.parts.contains(&part);
    let mut rows = Vec::new();
    if wants(Part::Front) {
        rows.extend(front::measure(args)?);
    }
    if wants(Part::Durable) {
        rows.extend(durable::measure()?);
    }
    if wants(Part::Pipeline) {
        rows.push(pipeline::measure()?);
    }
    if wants(Part::Process) {
        rows.extend(process::measure()?);
    }
    table::print(&rows, args.json)?;
    let missed = rows.iter().filter(|row| !row.is_met()).count();
    if args.strict && missed > 0 {
        return Err(Failure::failed(format!("{missed} targets were missed")));
    }
    Ok(())
}

/// Time since it was made.
struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The median of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A failure of the machinery.
fn broken(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("bench: {what}: {error}"))
}
