//! What the store refuses to open or to do, and how it says so.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn a_directory_in_use_is_locked() {
    let (store, dir) = fresh(options());
    let second = LocalStore::open(dir.path(), options());
    assert!(
        matches!(second, Err(OpenError::Locked { .. })),
        "{second:?}"
    );
    assert!(matches!(
        LocalStore::check(dir.path()),
        Err(OpenError::Locked { .. })
    ));
    drop(store);
    LocalStore::open(dir.path(), options()).unwrap();
}

#[test]
fn a_directory_that_cannot_be_written_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = LocalStore::open(&file.join("below"), options());
    assert!(
        matches!(refused, Err(OpenError::NotWritable { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let (store, dir) = fresh(options());
    drop(store);
    let file = dir.path().join("FORMAT");
    std::fs::write(&file, "aios-lovable-mcp store 2\n").unwrap();
    let refused = LocalStore::open(dir.path(), options());
    assert!(
        matches!(
            refused,
            Err(OpenError::NewerFormat {
                found: 2,
                known: 1,
                ..
            })
        ),
        "{refused:?}"
    );
    std::fs::write(&file, "something else").unwrap();
    let refused = LocalStore::open(dir.path(), options());
    assert!(
        matches!(refused, Err(OpenError::Damaged { .. })),
        "{refused:?}"
    );
}

/// A store with a switch for faults, and a counter of the failures it told.
fn faulty() -> (LocalStore, tempfile::TempDir, Faults, Arc<AtomicUsize>) {
    let (faults, told) = (Faults::default(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&told);
    let on_failure = Arc::new(move |_: String| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let (store, dir) = fresh(Options {
        faults: faults.clone(),
        on_failure,
        ..options()
    });
    (store, dir, faults, told)
}

#[test]
fn a_failed_write_or_sync_stops_the_store_and_is_told_once() {
    for fault in [Fault::Write, Fault::Sync] {
        let (store, dir, faults, told) = faulty();
        wait(store.commit(write(job(1), 1, 1))).unwrap();
        faults.set(fault);
        for revision in 2..5 {
            let answer = wait(store.commit(write(job(1), revision, 1)));
            assert!(matches!(answer, Err(StoreError::Stopped(_))), "{answer:?}");
            // The disk works again, but what it lost is unknown.
            faults.set(Fault::None);
        }
        assert!(!store.accepts() && store.failed().is_some());
        assert_eq!(told.load(Ordering::SeqCst), 1);
        assert!(
            store.get(Table::Jobs, job(1).as_bytes()).unwrap().is_some(),
            "reads go on"
        );
        assert!(store.close().is_err());
        let (store, _) = open_in(dir.path());
        assert!(store.get(Table::Jobs, job(1).as_bytes()).unwrap().is_some());
    }
}

#[test]
fn a_full_disk_is_read_only_until_there_is_space() {
    let (store, dir, faults, told) = faulty();
    wait(store.commit(write(job(1), 1, 1))).unwrap();
    faults.set(Fault::NoSpace);
    assert_eq!(
        wait(store.commit(write(job(1), 2, 1))),
        Err(StoreError::ReadOnly)
    );
    assert!(!store.accepts());
    assert!(store.get(Table::Jobs, job(1).as_bytes()).unwrap().is_some());
    faults.set(Fault::None);
    wait(store.commit(write(job(1), 2, 1))).unwrap();
    assert!(store.accepts());
    assert_eq!(told.load(Ordering::SeqCst), 0);
    let expected = dump(&store);
    drop(store);
    let (store, report) = open_in(dir.path());
    assert_eq!((dump(&store), report.torn_tail), (expected, None));
}

#[test]
fn a_full_disk_is_noticed_to_have_space_again_without_a_commit() {
    let (store, _dir, faults, _) = faulty();
    faults.set(Fault::NoSpace);
    assert_eq!(
        wait(store.commit(write(job(1), 1, 1))),
        Err(StoreError::ReadOnly)
    );
    faults.set(Fault::None);
    while !store.accepts() {
        std::thread::yield_now();
    }
    wait(store.commit(write(job(1), 1, 1))).unwrap();
}

#[test]
fn a_panicking_publisher_stops_the_store() {
    struct Panics;
    impl Publish for Panics {
        fn publish(&self, _: Arc<crate::domain::record::JobRecord>) {
            panic!("expected by the test");
        }
    }
    let (store, _dir, _, told) = faulty();
    store.publish_to(Arc::new(Panics));
    let answer = wait(store.commit(write(job(1), 1, 1)));
    assert!(matches!(answer, Err(StoreError::Stopped(_))), "{answer:?}");
    let answer = wait(store.commit(write(job(2), 1, 1)));
    assert!(matches!(answer, Err(StoreError::Stopped(_))), "{answer:?}");
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[test]
fn checking_what_is_not_a_store_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        LocalStore::check(dir.path()),
        Err(OpenError::Io { .. })
    ));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
