//! Sled is opened when there is something to bring to it, and nobody notices.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// More rows than a scan reads at once.
const ROWS: u32 = 2_500;

fn has_db(dir: &Path) -> bool {
    dir.join("db").exists()
}

/// Waits until sled holds everything.
fn settle(store: &LocalStore) {
    while store.stats().sled_lag_ops > 0 {
        std::thread::yield_now();
    }
}

/// Rows `from..to`, of `len` bytes each.
fn rows(from: u32, to: u32, len: usize) -> Batch {
    (from..to).fold(Batch::default(), |batch, number| {
        batch.put(Table::Events, number.to_be_bytes().to_vec(), vec![5; len])
    })
}

#[test]
fn an_empty_store_has_no_sled() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let (store, report) = open_in(dir.path());
        assert!(report.is_empty && !report.sled_rebuilt, "{report:?}");
        assert_eq!(store.get(Table::Inputs, b"a").unwrap(), None);
        assert!(dump(&store).iter().all(|(_, pairs)| pairs.is_empty()));
        // A guard that fails leaves nothing behind, nor does a batch without operations.
        assert!(wait(store.commit(write(job(1), 2, 1))).is_err());
        wait(store.commit(Batch::default())).unwrap();
        store.close().unwrap();
        assert!(!has_db(dir.path()));
        assert!(store.get(Table::Inputs, b"a").is_err(), "closed");
        let checked = LocalStore::check(dir.path()).unwrap();
        assert!(checked.is_clean() && checked.keys == 0, "{checked:?}");
        assert!(!has_db(dir.path()), "checking makes none");
    }
}

#[test]
fn the_first_row_makes_sled() {
    let (store, dir) = fresh(options());
    assert!(!has_db(dir.path()));
    put(&store, "a", vec![1; 10]);
    put(&store, "large", vec![2; 7_000]);
    settle(&store);
    assert!(has_db(dir.path()));
    let expected = dump(&store);
    store.close().unwrap();
    let checked = LocalStore::check(dir.path()).unwrap();
    assert!(checked.is_clean() && checked.keys_ahead == 0, "{checked:?}");
    assert_eq!((checked.keys, checked.sled_sequence), (2, checked.sequence));
    let (store, report) = open_in(dir.path());
    assert_eq!((report.frames_replayed, report.sled_rebuilt), (0, false));
    assert!(dump(&store) == expected);
}

#[test]
fn closing_at_once_brings_the_first_rows_to_sled() {
    let (store, dir) = fresh(options());
    put(&store, "a", vec![1; 10]);
    store.close().unwrap();
    let checked = LocalStore::check(dir.path()).unwrap();
    assert!(checked.is_clean() && checked.keys_ahead == 0 && checked.keys == 1);
    assert!(has_db(dir.path()));
}

#[test]
fn a_crash_before_sled_was_made_loses_nothing() {
    let (store, dir) = fresh(options());
    for round in 1..=3 {
        wait(store.commit(write(job(1), round, 1))).unwrap();
        put(&store, "large", vec![u8::try_from(round).unwrap(); 90_000]);
        put(&store, &round.to_string(), vec![1; 10]);
    }
    wait(store.commit(Batch::default().delete(Table::Inputs, &b"1"[..]))).unwrap();
    let expected = dump(&store);
    let image = crash_image(dir.path());
    // The applier may have been faster.
    let _ = std::fs::remove_dir_all(image.path().join("db"));
    let checked = LocalStore::check(image.path()).unwrap();
    assert!(
        checked.is_clean() && checked.keys_ahead > 0 && checked.sled_sequence == 0,
        "{checked:?}"
    );
    // Twice: the second time from an image of the first.
    let (first, report) = open_in(image.path());
    assert!(report.sled_rebuilt && !report.is_empty, "{report:?}");
    let again = crash_image(image.path());
    let (second, _) = open_in(again.path());
    for (store, dir) in [(first, image), (second, again)] {
        assert!(dump(&store) == expected);
        settle(&store);
        assert!(has_db(dir.path()) && dump(&store) == expected);
        store.close().unwrap();
        let checked = LocalStore::check(dir.path()).unwrap();
        assert!(checked.is_clean() && checked.keys_ahead == 0, "{checked:?}");
    }
}

#[test]
fn a_long_journal_without_sled_is_replayed_in_parts() {
    let (store, dir) = fresh(Options {
        segment_bytes: 8 << 20,
        preallocate: false,
        ..options()
    });
    // Above the 16 MiB that a replay keeps in memory.
    for part in 0..4 {
        wait(store.commit(rows(part * 800, (part + 1) * 800, 6_000))).unwrap();
    }
    store.close().unwrap();
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let (store, report) = open_in(dir.path());
    assert!(report.sled_rebuilt && has_db(dir.path()));
    let scan = |limit| store.scan(Table::Events, b"", None, limit).unwrap();
    assert_eq!(scan(usize::MAX).len(), 3_200);
    store.close().unwrap();
    assert!(LocalStore::check(dir.path()).unwrap().is_clean());
}

#[test]
fn a_scan_sees_every_row_while_sled_is_opened() {
    for _ in 0..4 {
        // So small a lag makes the rows move at once.
        let (store, _dir) = fresh(Options {
            sled_lag_bytes_max: 2 << 10,
            ..options()
        });
        wait(store.commit(rows(0, ROWS, 8))).unwrap();
        loop {
            let is_settled = store.stats().sled_lag_ops == 0;
            let found = store.scan(Table::Events, b"", None, usize::MAX).unwrap();
            assert_eq!(found.len(), ROWS as usize);
            let last = (ROWS - 1).to_be_bytes();
            assert!(store.get(Table::Events, &last).unwrap().is_some());
            if is_settled {
                break;
            }
        }
    }
}

#[test]
fn what_stands_in_the_place_of_sled_is_moved_aside() {
    let (store, dir) = fresh(options());
    std::fs::write(dir.path().join("db"), b"a file").unwrap();
    std::fs::write(dir.path().join("db.suspect"), b"").unwrap();
    put(&store, "a", vec![1; 10]);
    store.close().unwrap();
    assert!(dir.path().join("db.corrupt.1").is_file());
    assert!(!dir.path().join("db.suspect").exists());
    let checked = LocalStore::check(dir.path()).unwrap();
    assert!(checked.is_clean() && checked.keys_ahead == 0 && checked.keys == 1);
}

#[test]
fn sled_that_cannot_be_made_stops_the_store_and_loses_nothing() {
    let told = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&told);
    let outer = tempfile::tempdir().unwrap();
    let (dir, moved) = (outer.path().join("data"), outer.path().join("moved"));
    let options_told = Options {
        on_failure: Arc::new(move |_: String| {
            counter.fetch_add(1, Ordering::SeqCst);
        }),
        ..options()
    };
    let store = LocalStore::open(&dir, options_told).unwrap().0;
    // Its journal stays open, but nothing can be made where the directory was.
    std::fs::rename(&dir, &moved).unwrap();
    std::fs::write(&dir, b"a file").unwrap();
    put(&store, "a", vec![1; 10]);
    while store.failed().is_none() {
        std::thread::yield_now();
    }
    assert!(!store.accepts());
    assert!(
        store.get(Table::Inputs, b"a").unwrap().is_some(),
        "reads go on"
    );
    let answer = wait(store.commit(write(job(1), 1, 1)));
    assert!(matches!(answer, Err(StoreError::Stopped(_))), "{answer:?}");
    assert!(store.close().is_err());
    assert_eq!(told.load(Ordering::SeqCst), 1);
    let (store, _) = open_in(&moved);
    assert!(store.get(Table::Inputs, b"a").unwrap().is_some());
}
