//! Progress of a job: one bar per phase on a terminal, plain lines elsewhere.
//!
//! Invariant: it writes to standard error only, and shows what the status said, nothing guessed.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::cli::output;

/// Shows one job.
pub(super) struct Progress {
    bars: Option<BTreeMap<String, ProgressBar>>,
    /// Last line said per phase, where there are no bars.
    said: BTreeMap<String, String>,
    phases: Vec<String>,
}

impl Progress {
    /// For these phases, in this order.
    pub(super) fn new(phases: &[String], json: bool) -> Self {
        let is_live = std::io::stderr().is_terminal() && !json;
        let bars = is_live.then(|| bars(phases));
        Self {
            bars,
            said: BTreeMap::new(),
            phases: phases.to_vec(),
        }
    }

    /// Shows the structured content of a status answer.
    pub(super) fn update(&mut self, status: &Value) {
        for phase in self.phases.clone() {
            let row = &status["phases"][&phase];
            let word = row["status"].as_str().unwrap_or("queued");
            let attempt = row["attempt"].as_u64().unwrap_or(0);
            match &self.bars {
                Some(bars) => show(&bars[&phase], word, row, attempt),
                None => self.say(&phase, word, row, attempt),
            }
        }
    }

    fn say(&mut self, phase: &str, word: &str, row: &Value, attempt: u64) {
        let line = format!("{phase}: {}", describe(word, row, attempt));
        if word != "queued" && self.said.get(phase) != Some(&line) {
            output::note(&line);
            self.said.insert(phase.to_owned(), line);
        }
    }

    /// Leaves the last state on the screen.
    pub(super) fn finish(&self) {
        for bar in self.bars.iter().flat_map(BTreeMap::values) {
            bar.abandon();
        }
    }
}

fn bars(phases: &[String]) -> BTreeMap<String, ProgressBar> {
    let all = MultiProgress::new();
    let width = phases.iter().map(String::len).max().unwrap_or(0);
    let style = ProgressStyle::with_template("{prefix} {bar:24} {msg}")
        .expect("the template is a constant")
        .progress_chars("=> ");
    let bar = |phase: &String| {
        let bar = all.add(ProgressBar::new(100).with_style(style.clone()));
        bar.set_prefix(format!("{phase:width$}"));
        bar.set_message("queued");
        (phase.clone(), bar)
    };
    phases.iter().map(bar).collect()
}

fn show(bar: &ProgressBar, word: &str, row: &Value, attempt: u64) {
    let percent = match word {
        "completed" => 100,
        "running" => row["progress_percent"].as_u64().unwrap_or(50),
        _ => 0,
    };
    bar.set_position(percent);
    bar.set_message(describe(word, row, attempt));
    bar.tick();
}

/// `completed in 0.12 s`, `running, attempt 2`.
fn describe(word: &str, row: &Value, attempt: u64) -> String {
    let duration_ms = row["duration_ms"].as_u64();
    let error = row["error"]["message"].as_str();
    match (word, duration_ms, error) {
        ("completed", Some(ms), _) => format!("completed in {}.{:03} s", ms / 1_000, ms % 1_000),
        ("running", ..) if attempt > 1 => format!("running, attempt {attempt}"),
        ("failed", _, Some(error)) => format!("failed: {error}"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_phase_is_described_by_what_its_status_said() {
        let cases = [
            (
                json!({ "status": "completed", "duration_ms": 1_234 }),
                1,
                "completed in 1.234 s",
            ),
            (json!({ "status": "running" }), 2, "running, attempt 2"),
            (json!({ "status": "running" }), 1, "running"),
            (
                json!({ "status": "failed", "error": { "message": "no" } }),
                3,
                "failed: no",
            ),
        ];
        for (row, attempt, text) in cases {
            assert_eq!(
                describe(row["status"].as_str().unwrap(), &row, attempt),
                text
            );
        }
    }
}
