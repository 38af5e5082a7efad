//! The kill loop: kill -9 at any moment loses no acknowledged job and runs no finished phase again.
//!
//! `AIOS_KILL_CYCLES` sets the number of cycles (5 by default; `tests/run` takes 50). The agents are those of
//! `examples/slow_agents.rs`; all else is what ships.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Program, binary, example, finished, free_port, until};

/// Jobs that are acknowledged before each kill.
const JOBS_PER_CYCLE: usize = 20;
const STEPS: [&str; 4] = ["strategy", "architecture", "ux", "code"];

fn start(dir: &Path, slowest_ms: u64) -> Program {
    let port = free_port();
    let mut command = example("slow_agents");
    let (data, log) = (dir.join("data"), dir.join("invocations"));
    command.arg(format!("127.0.0.1:{port}")).arg(data).arg(log);
    command.args(["key-of-the-kill-loop", &slowest_ms.to_string()]);
    Program::start(command, port, "key-of-the-kill-loop")
}

/// (job, step) → the number of the cycle in which it was invoked, once per invocation.
fn invocations(
    dir: &Path,
    cycle_of_pid: &BTreeMap<u32, usize>,
) -> BTreeMap<(String, String), Vec<usize>> {
    let mut invoked: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for line in std::fs::read_to_string(dir.join("invocations"))
        .unwrap_or_default()
        .lines()
    {
        let words: Vec<&str> = line.split(' ').collect();
        let cycle = cycle_of_pid[&words[3].parse::<u32>().unwrap()];
        invoked
            .entry((words[0].to_owned(), words[1].to_owned()))
            .or_default()
            .push(cycle);
    }
    invoked
}

/// Steps of a status answer that are completed.
fn completed_steps(status: &Value) -> impl Iterator<Item = &'static str> {
    STEPS
        .into_iter()
        .filter(|step| status["phases"][step]["status"] == "completed")
}

#[derive(Default)]
struct Loop {
    acknowledged: Vec<String>,
    /// (job, step) → the cycle at whose end a client had seen it completed.
    seen_completed: BTreeMap<(String, String), usize>,
    ended: BTreeSet<String>,
    cycle_of_pid: BTreeMap<u32, usize>,
    in_flight_min: usize,
    start_slowest: Duration,
}

impl Loop {
    /// Submits, looks, and kills at a moment that differs from cycle to cycle.
    fn cycle(&mut self, dir: &Path, number: usize) {
        let begun = Instant::now();
        let mut program = start(dir, 500);
        self.start_slowest = self.start_slowest.max(begun.elapsed());
        self.cycle_of_pid.insert(program.pid(), number);
        for index in 0..JOBS_PER_CYCLE {
            let spec = format!("Job {index} of cycle {number}");
            let id = program.submit("aios_full_pipeline", &json!({ "spec": spec }));
            self.acknowledged
                .push(id.expect("a live server acknowledges"));
        }
        std::thread::sleep(Duration::from_millis((number as u64 * 37) % 400));
        self.look(&program, number);
        let in_flight = self.acknowledged.len() - self.ended.len();
        self.in_flight_min = if number == 0 {
            in_flight
        } else {
            self.in_flight_min.min(in_flight)
        };
        program.kill();
    }

    /// Notes what a client can see as finished.
    fn look(&mut self, program: &Program, cycle: usize) {
        for id in self
            .acknowledged
            .iter()
            .filter(|id| !self.ended.contains(*id))
            .cloned()
            .collect::<Vec<_>>()
        {
            let status = program
                .job(&id)
                .unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
            for step in completed_steps(&status) {
                self.seen_completed
                    .entry((id.clone(), step.to_owned()))
                    .or_insert(cycle);
            }
            if status["status"] == "completed" {
                self.ended.insert(id);
            }
        }
    }
}

#[test]
fn no_kill_loses_an_acknowledged_job_or_repeats_a_finished_phase() {
    let cycles = std::env::var("AIOS_KILL_CYCLES").map_or(5, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let mut state = Loop::default();
    for number in 0..cycles {
        state.cycle(dir.path(), number);
    }
    let mut program = start(dir.path(), 500);
    state.cycle_of_pid.insert(program.pid(), cycles);
    until("every acknowledged job to end", || {
        state.look(&program, cycles);
        state.ended.len() == state.acknowledged.len()
    });
    program.kill();

    let invoked = invocations(dir.path(), &state.cycle_of_pid);
    let repeated = |(done, cycle): &(&(String, String), &usize)| {
        invoked[*done].iter().any(|invocation| invocation > *cycle)
    };
    let repeated = state.seen_completed.iter().filter(repeated).count();
    let lost = state.acknowledged.len() - state.ended.len();
    let total: usize = invoked.values().map(Vec::len).sum();
    println!("kill loop\n{:28} {cycles}", "cycles");
    println!("{:28} {}", "jobs acknowledged", state.acknowledged.len());
    println!(
        "{:28} {}",
        "in flight at a kill, least", state.in_flight_min
    );
    println!("{:28} {total}", "phase invocations");
    println!(
        "{:28} {}",
        "slowest start, ms",
        state.start_slowest.as_millis()
    );
    println!("{:28} {lost}", "jobs lost");
    println!("{:28} {repeated}\n", "finished phases run again");
    assert_eq!((lost, repeated), (0, 0));
    assert!(state.in_flight_min >= JOBS_PER_CYCLE);

    let mut check = binary();
    check
        .args(["store", "check", "--data-dir"])
        .arg(dir.path().join("data"));
    let (code, out, err) = finished(&mut check);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn the_metric_of_live_job_actors_counts_the_running_jobs_over_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let series = "aios_actors{kind=\"job\"}";
    let mut program = start(dir.path(), 20_000);
    for index in 0..12 {
        let spec = json!({ "spec": format!("Slow job {index}") });
        program.submit("aios_full_pipeline", &spec).unwrap();
    }
    until("12 job actors", || program.metric(series) == Some(12.0));
    program.kill();
    let program = start(dir.path(), 20_000);
    until("12 job actors after the restart", || {
        program.metric(series) == Some(12.0)
    });
}
