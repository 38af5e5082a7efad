//! Measures durable 1 KiB records per second of the local store against a raw floor in the same run.
//!
//! Invariant: the floor writes the same bytes, in the same groups, into a zero-written file: what the store takes longer
//! is what the store costs.
//!
//! `cargo run --release -p aios-actors --example store_bench [directory] [seconds per case]`

use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aios_actors::ports::store::{Batch, Store, Table};
use aios_actors::stores::local::{LocalStore, Options};
use bytes::Bytes;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const RECORD_BYTES: usize = 1_024;
/// Size of the floor's file; it starts over at its end.
const FLOOR_BYTES: u64 = 256 << 20;
/// Keys that are overwritten again and again in the second workload: each record of a job replaces the one before.
const HOT_KEYS: u64 = 4_096;

/// Rate and latencies of one case.
struct Figures {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds = arguments.next().map_or(Ok(3.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds);
    let dir = dir.join(format!("store-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    println!(
        "| in flight | keys | floor rec/s | store rec/s | ratio | floor p50/p99 | store p50/p99 | group |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for in_flight in [1_u64, 64, 512] {
        for (name, keys) in [("hot", HOT_KEYS), ("new", u64::MAX)] {
            let (store, group) = store(&dir.join("store"), in_flight, keys, time)?;
            // Two sets of committers alternate: one waits in the inbox while the other is brought to disk.
            let floor = floor(&dir.join("floor"), group.round().max(1.0), time)?;
            println!(
                "| {in_flight} | {name} | {:.0} | {:.0} | {:.2} | {:?} / {:?} | {:?} / {:?} | {group:.1} |",
                floor.per_second,
                store.per_second,
                store.per_second / floor.per_second,
                floor.p50,
                floor.p99,
                store.p50,
                store.p99,
            );
        }
    }
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// Writes groups of records, each with one pwrite and one fdatasync.
fn floor(path: &Path, group: f64, time: Duration) -> Outcome<Figures> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    let records = group as u64;
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    for at in (0..FLOOR_BYTES).step_by(1 << 20) {
        file.write_all_at(&vec![0; 1 << 20], at)?;
    }
    file.sync_all()?;
    let bytes = vec![7; (RECORD_BYTES + 26) * usize::try_from(records)? + 32];
    let (start, mut at, mut latencies) = (now(), 0, Vec::new());
    while start.elapsed() < time {
        if at + bytes.len() as u64 > FLOOR_BYTES {
            at = 0;
        }
        let begun = now();
        file.write_all_at(&bytes, at)?;
        file.sync_data()?;
        latencies.push(begun.elapsed());
        at += bytes.len() as u64;
    }
    let count = latencies.len() as u64 * records;
    std::fs::remove_file(path)?;
    Ok(figures(count, start.elapsed(), latencies))
}

/// Commits records from `in_flight` tasks; also gives the average size of a group.
fn store(dir: &Path, in_flight: u64, keys: u64, time: Duration) -> Outcome<(Figures, f64)> {
    let (store, _) = LocalStore::open(dir, Options::default())?;
    let store = Arc::new(store);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()?;
    let next = Arc::new(AtomicU64::new(0));
    let value = Bytes::from(vec![7; RECORD_BYTES]);
    let start = now();
    let committers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (store, next, value) = (Arc::clone(&store), Arc::clone(&next), value.clone());
            runtime.spawn(async move {
                let mut latencies = Vec::new();
                while start.elapsed() < time {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let key = u128::from(number % keys).to_be_bytes().to_vec();
                    let begun = now();
                    let batch = Batch::default().put(Table::Inputs, key, value.clone());
                    store.commit(batch).await?;
                    latencies.push(begun.elapsed());
                }
                Outcome::Ok(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for committer in committers {
        latencies.extend(runtime.block_on(committer)??);
    }
    let took = start.elapsed();
    let stats = store.stats();
    store.close()?;
    drop(store);
    std::fs::remove_dir_all(dir)?;
    #[expect(clippy::cast_precision_loss, reason = "counts of a short run")]
    let group = stats.batches as f64 / stats.groups as f64;
    Ok((figures(latencies.len() as u64, took, latencies), group))
}

fn figures(count: u64, took: Duration, mut latencies: Vec<Duration>) -> Figures {
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    #[expect(clippy::cast_precision_loss, reason = "counts of a short run")]
    let per_second = count as f64 / took.as_secs_f64();
    Figures {
        per_second,
        p50: at(50),
        p99: at(99),
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}
