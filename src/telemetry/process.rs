//! The standard process metrics, read from `/proc` at each scrape.
//!
//! Invariant: a number that the system does not give is left out, never guessed. Names are those of the Prometheus
//! client libraries, so that ready-made rules and dashboards work.

use std::fmt::Write as _;
use std::fs;

/// Clock ticks per second in `/proc`; the kernel's interface fixes it at 100 for user space on every Linux port we build.
const TICKS_PER_SECOND: f64 = 100.0;

/// Appends the metrics to a scrape.
pub(super) fn append(text: &mut String) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let system = fs::read_to_string("/proc/stat").unwrap_or_default();
    let open_fds = fs::read_dir("/proc/self/fd")
        .map(|entries| count_as_f64(entries.count()))
        .ok();
    let kilobytes = |name| field(&status, name).map(|kb| kb * 1_024.0);
    let rows = [
        (
            "process_resident_memory_bytes",
            "gauge",
            kilobytes("VmRSS:"),
        ),
        (
            "process_virtual_memory_bytes",
            "gauge",
            kilobytes("VmSize:"),
        ),
        ("process_threads", "gauge", field(&status, "Threads:")),
        ("process_cpu_seconds_total", "counter", cpu_seconds(&stat)),
        (
            "process_start_time_seconds",
            "gauge",
            start_seconds(&stat, &system),
        ),
        ("process_open_fds", "gauge", open_fds),
        ("process_max_fds", "gauge", field(&limits, "Max open files")),
    ];
    for (name, kind, value) in rows {
        if let Some(value) = value {
            let _ = writeln!(text, "# TYPE {name} {kind}\n{name} {value}");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a process has few files")]
fn count_as_f64(count: usize) -> f64 {
    count as f64
}

/// The first number after `name` on its line.
fn field(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Field `number` of `/proc/self/stat`, counted from 1 as in proc(5). The second one, the program's name in brackets,
/// may hold spaces, so counting starts behind it.
fn stat_field(stat: &str, number: usize) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace()
        .nth(number.checked_sub(3)?)?
        .parse()
        .ok()
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    Some((stat_field(stat, 14)? + stat_field(stat, 15)?) / TICKS_PER_SECOND)
}

fn start_seconds(stat: &str, system: &str) -> Option<f64> {
    Some(field(system, "btime")? + stat_field(stat, 22)? / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_a_name_with_spaces_and_brackets() {
        let mut stat = "7 (a (b) c) S".to_owned();
        for number in 4..=30 {
            let _ = write!(stat, " {number}");
        }
        assert_eq!(stat_field(&stat, 14), Some(14.0));
        assert_eq!(cpu_seconds(&stat), Some(0.29));
        assert_eq!(start_seconds(&stat, "cpu 1\nbtime 1000\n"), Some(1_000.22));
        assert_eq!(cpu_seconds("nonsense"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_threads_and_files() {
        let mut text = String::new();
        append(&mut text);
        for name in [
            "process_resident_memory_bytes",
            "process_threads",
            "process_open_fds",
        ] {
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("{name} ")))
                .unwrap();
            assert!(
                line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() > 0.0,
                "{line}"
            );
        }
    }
}
