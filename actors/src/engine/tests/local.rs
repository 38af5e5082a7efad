//! The engine on the real store: the image of a killed process, and a disk that fails.
//!
//! Invariant under test: the same promises as in memory, from what stands in files.

use std::path::Path;

use super::*;
use crate::base::ids::JobId;
use crate::domain::job::StepStatus;
use crate::stores::local::{Fault, Faults, LocalStore, Options};

struct Started {
    engine: Engine,
    keyring: Arc<Keyring>,
}

/// What a start of the process does, without the process.
async fn start(dir: &Path, script: &Arc<Scripted>, faults: &Faults) -> Started {
    let failure = Failure::default();
    let told = failure.clone();
    let options = Options {
        segment_bytes_first: 1 << 16,
        segment_bytes: 1 << 20,
        faults: faults.clone(),
        on_failure: Arc::new(move |reason| told.store(reason)),
        ..Options::default()
    };
    let (store, report) = LocalStore::open(dir, options).unwrap();
    let entropy = Arc::new(SeededEntropy::new(report.epoch));
    let keys = Keyring::open(&dir.join("keys"), report.is_empty, entropy.clone()).unwrap();
    let keyring = Arc::new(keys);
    let of_engine = Arc::clone(&keyring);
    let engine = engine_with(Arc::new(store), of_engine, Arc::clone(script), |parts| {
        parts.failure = failure;
        parts.entropy = entropy;
    });
    Started {
        engine: engine.await,
        keyring,
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else if std::fs::copy(&source, &target).is_err() {
            // It was renamed or removed while the directory was read.
            assert!(!source.exists());
        }
    }
}

/// An image as a kill would leave it: each part is at least as new as what points to it.
fn image(dir: &Path) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    for part in ["db", "journal", "packs", "keys"] {
        // There is no view until the first rows are moved to it.
        if dir.join(part).exists() {
            copy(&dir.join(part), &image.path().join(part));
        }
    }
    std::fs::copy(dir.join("FORMAT"), image.path().join("FORMAT")).unwrap();
    image
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_image_of_a_running_engine_recovers_every_acknowledged_job() {
    let (dir, script) = (tempfile::tempdir().unwrap(), Arc::new(Scripted::default()));
    let first = start(dir.path(), &script, &Faults::default()).await;
    let principal = principal_of(&first.engine, "internal").await;
    script.act("ux", Act::Wait);
    let mut acknowledged: Vec<JobId> = Vec::new();
    let mut images = Vec::new();
    for n in 0..30 {
        let submitted = first.engine.submit(&principal, nth(n, &ALL)).await.unwrap();
        acknowledged.push(submitted.view.record.id);
        if n % 10 == 9 {
            images.push((image(dir.path()), acknowledged.clone()));
        }
    }
    eventually("some are half way", || script.calls_of("ux") > 3).await;
    images.push((image(dir.path()), acknowledged.clone()));
    for (image, acknowledged) in images {
        let script = Arc::new(Scripted::default());
        script.act("strategy", Act::Wait);
        let next = start(image.path(), &script, &Faults::default()).await;
        let mut done = 0;
        for id in &acknowledged {
            let view = next.engine.job(&principal, *id).await.unwrap();
            let steps = view.record.machine.steps();
            done += steps
                .iter()
                .filter(|step| step.status == StepStatus::Completed)
                .count();
        }
        script.act("strategy", Act::Deliver);
        for id in &acknowledged {
            let ended = next
                .engine
                .wait(&principal, *id, None, LONG * 3)
                .await
                .unwrap();
            assert_eq!(*ended.record.state(), JobState::Completed);
            for step in ALL {
                let name = format!("{step}.big");
                let read = next.engine.artifact(&principal, *id, &name).await.unwrap();
                assert_eq!(read.1.len(), 100_000);
            }
        }
        let calls = script.calls.lock().len();
        assert!(
            calls <= acknowledged.len() * ALL.len() - done + 4 * 30,
            "{calls}"
        );
        next.engine.drain(LONG).await;
    }
    first.engine.drain(Duration::ZERO).await;
    drop(first.keyring);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_ends_the_engine_and_the_next_start_has_every_acknowledged_job() {
    let (dir, script) = (tempfile::tempdir().unwrap(), Arc::new(Scripted::default()));
    script.act("strategy", Act::Wait);
    let faults = Faults::default();
    let first = start(dir.path(), &script, &faults).await;
    let principal = principal_of(&first.engine, "internal").await;
    let kept = first
        .engine
        .submit(&principal, nth(1, &["strategy"]))
        .await
        .unwrap()
        .view;
    faults.set(Fault::Sync);
    let refused = first
        .engine
        .submit(&principal, nth(2, &["strategy"]))
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::InternalError);
    let reason = tokio::time::timeout(LONG, first.engine.failed())
        .await
        .unwrap();
    assert!(matches!(reason, EngineFailure::Store(_)), "{reason:?}");
    assert!(!first.engine.health().ready);
    tokio::time::timeout(LONG, first.engine.drain(Duration::from_millis(100)))
        .await
        .unwrap();
    script.act("strategy", Act::Deliver);
    let next = start(dir.path(), &script, &Faults::default()).await;
    let ended = next
        .engine
        .wait(&principal, kept.record.id, None, LONG)
        .await
        .unwrap();
    assert_eq!(*ended.record.state(), JobState::Completed);
    next.engine.drain(LONG).await;
}
