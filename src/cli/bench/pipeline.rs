//! One whole pipeline of a 1,500-word specification: engine and embedded agents, without HTTP.
//!
//! Invariant: every run has a specification of its own, so that no answer is remembered.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use aios_actors::base::time::SystemClock;
use aios_actors::domain::job::JobState;

use super::child::settings;
use super::durable::request;
use super::table::{Row, Target};
use super::{KEY, Stopwatch, broken, median};
use crate::app::{self, Opened, Options};
use crate::cli::run::TemporaryDir;
use crate::cli::{Failure, runtime};

const RUNS: usize = 15;
const WORDS: usize = 1_500;
const TIMEOUT: Duration = Duration::from_mins(1);

const ROLES: [&str; 5] = [
    "gardener",
    "plot owner",
    "treasurer",
    "volunteer",
    "visitor",
];
const THINGS: [&str; 8] = [
    "plot",
    "harvest",
    "tool",
    "workshop",
    "invoice",
    "message",
    "seed packet",
    "waiting list entry",
];
const DEEDS: [&str; 6] = ["create", "search", "edit", "share", "archive", "approve"];

/// A product specification of about [`WORDS`] words, different for each number.
fn specification(number: usize) -> String {
    let mut text = format!(
        "# Allotment Garden {number}\n\nMembers share plots, tools and harvests.\n\n## Stories\n\n"
    );
    let mut index = number;
    while text.split_whitespace().count() < WORDS {
        let (role, thing) = (ROLES[index % ROLES.len()], THINGS[index % THINGS.len()]);
        let deed = DEEDS[(index / 3) % DEEDS.len()];
        let _ = writeln!(
            text,
            "- As a {role} I want to {deed} a {thing} with a title, a date and a status, so that the others know about \
             it. The list shows the {thing} within 2 seconds and can be sorted by date."
        );
        index += 1;
    }
    text
}

pub(super) fn measure() -> Result<Row, Failure> {
    runtime()?.block_on(async {
        let dir = TemporaryDir::beside_data()?;
        let loaded = settings(dir.path())?;
        let clock = Arc::new(SystemClock::start());
        let opened = app::open_engine(&loaded.config, Options::default(), clock).await;
        let Opened { engine, .. } = opened.map_err(|error| broken("engine", error))?;
        let principal = engine
            .authenticate(KEY)
            .map_err(|error| broken("key", error))?;
        let mut times_ms = Vec::new();
        for number in 0..RUNS {
            let request = request(&specification(number));
            let clock = Stopwatch::start();
            let submitted = engine.submit(&principal, request).await;
            let id = submitted
                .map_err(|error| broken("submit", error))?
                .view
                .record
                .id;
            let ended = engine.wait(&principal, id, None, TIMEOUT).await;
            let view = ended.map_err(|error| broken("wait", error))?;
            times_ms.push(clock.elapsed().as_secs_f64() * 1e3);
            if *view.record.state() != JobState::Completed {
                return Err(broken("pipeline", format!("{:?}", view.record.state())));
            }
        }
        engine.drain(Duration::ZERO).await;
        let slowest = times_ms.iter().copied().fold(0.0, f64::max);
        Ok(Row {
            what: "pipeline of 1,500 words, median",
            measured: median(times_ms),
            unit: " ms",
            target: Target::AtMost(300.0),
            absolute: format!("{RUNS} runs, slowest {slowest:.0} ms"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_has_its_length_and_differs() {
        let words = specification(0).split_whitespace().count();
        assert!((WORDS..WORDS + 60).contains(&words), "{words}");
        assert_ne!(specification(0), specification(1));
    }
}
