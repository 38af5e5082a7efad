//! Starts after crashes: what was acknowledged is there, what is damaged is named.

use std::os::unix::fs::FileExt;

use super::*;
use crate::stores::local::frame::{Frame, SEGMENT_HEADER_BYTES};

type Dump = Vec<(Table, Vec<Pair>)>;
type Break = fn(&Path);

/// A closed store with a few frames in its first segment, and what it holds.
fn small() -> (tempfile::TempDir, Dump) {
    let (store, dir) = fresh(options());
    for number in 1..=4 {
        wait(store.commit(write(job(number), 1, 1))).unwrap();
    }
    put(&store, "large", vec![1; 10_000]);
    let content = dump(&store);
    store.close().unwrap();
    (dir, content)
}

fn first_segment(dir: &Path) -> std::path::PathBuf {
    dir.join("journal/00000001.seg")
}

/// Offset and length of every frame in the first segment.
fn frames(dir: &Path) -> Vec<(usize, usize)> {
    let bytes = std::fs::read(first_segment(dir)).unwrap();
    let mut frames = Vec::new();
    let mut at = SEGMENT_HEADER_BYTES;
    while let Ok(frame) = Frame::decode(&bytes[at..]) {
        frames.push((at, frame.len));
        at += frame.len;
    }
    frames
}

/// Removes sled, so that nothing shows what was acknowledged.
fn without_sled(dir: &Path) {
    std::fs::remove_dir_all(dir.join("db")).unwrap();
}

#[test]
fn a_torn_last_frame_is_cut_wherever_it_was_torn() {
    let (dir, content) = small();
    let bytes = std::fs::read(first_segment(dir.path())).unwrap();
    let &(offset, len) = frames(dir.path()).last().unwrap();
    let step = 97;
    // Close to its ends every byte; in the middle of its large value some.
    let cuts = (0..len).filter(|at| *at < 64 || *at > len - 32 || at % step == 0);
    for (cut, keeps_end) in cuts.flat_map(|cut| [(cut, false), (cut, true)]) {
        let image = tempfile::tempdir().unwrap();
        let mut torn = bytes.clone();
        // Either the end is missing, or the disk wrote the end before the start.
        let lost = if keeps_end {
            offset..offset + cut
        } else {
            offset + cut..offset + len
        };
        torn[lost].fill(0);
        std::fs::create_dir(image.path().join("journal")).unwrap();
        std::fs::write(first_segment(image.path()), &torn).unwrap();
        let (store, report) = LocalStore::open(
            image.path(),
            Options {
                preallocate: false,
                ..options()
            },
        )
        .unwrap();
        let is_whole = torn == bytes;
        let is_gone = torn[offset..offset + len].iter().all(|&byte| byte == 0);
        assert_eq!(
            report.torn_tail.is_none(),
            is_whole || is_gone,
            "{cut} {keeps_end}"
        );
        let inputs = store.scan(Table::Inputs, b"", None, 9).unwrap();
        assert_eq!(inputs.len(), usize::from(is_whole), "{cut} {keeps_end}");
        assert_eq!(
            dump(&store)[Table::Jobs as usize],
            content[Table::Jobs as usize]
        );
        if let Some(torn) = report.torn_tail {
            assert_eq!(
                (torn.segment.as_str(), torn.offset),
                ("00000001.seg", offset as u64)
            );
        }
        put(&store, "next", vec![2; 10]);
        drop(store);
        let (store, report) = open_in(image.path());
        assert_eq!(report.torn_tail, None, "was cut for good");
        assert!(store.get(Table::Inputs, b"next").unwrap().is_some());
    }
}

#[test]
fn a_torn_frame_that_sled_has_seen_is_refused() {
    let (dir, _) = small();
    let &(offset, len) = frames(dir.path()).last().unwrap();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(first_segment(dir.path()))
        .unwrap();
    for lost in [len - 1, len] {
        file.write_all_at(&vec![0; lost], (offset + len - lost) as u64)
            .unwrap();
        let refused = LocalStore::open(dir.path(), options());
        let Err(OpenError::Damaged {
            file,
            offset: at,
            repair,
            ..
        }) = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((file, at), (first_segment(dir.path()), offset as u64));
        assert_eq!(repair, "aios-lovable-mcp store repair");
        assert!(LocalStore::check(dir.path()).is_err());
    }
}

#[test]
fn a_changed_bit_in_an_older_frame_is_refused_with_its_place() {
    let (dir, content) = small();
    without_sled(dir.path());
    let path = first_segment(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    let frames = frames(dir.path());
    for &(offset, len) in &frames[..frames.len() - 1] {
        for at in [0, 4, 9, 13, 20, 28, 33, len / 2, len - 1] {
            let at = at.min(len - 1);
            let mut changed = bytes.clone();
            changed[offset + at] ^= 4;
            std::fs::write(&path, changed).unwrap();
            let refused = LocalStore::open(dir.path(), options());
            let Err(OpenError::Damaged {
                file,
                offset: found,
                ..
            }) = refused
            else {
                panic!("{offset} {at} {refused:?}")
            };
            assert_eq!((&file, found), (&path, offset as u64), "{at}");
        }
    }
    let mut header = bytes.clone();
    header[9] ^= 1;
    std::fs::write(&path, header).unwrap();
    let refused = LocalStore::open(dir.path(), options());
    assert!(
        matches!(refused, Err(OpenError::Damaged { offset: 0, .. })),
        "{refused:?}"
    );
    std::fs::write(&path, bytes).unwrap();
    assert!(
        dump(&open_in(dir.path()).0) == content,
        "refusing changed nothing"
    );
}

#[test]
fn a_lost_segment_or_end_of_segment_is_refused() {
    let (store, dir) = fresh(options());
    for number in 0..60 {
        put(&store, &number.to_string(), vec![1; 20_000]);
    }
    let segments = store.stats().segments;
    assert!(segments >= 4, "{segments}");
    drop(store);
    let path = dir.path().join("journal/00000002.seg");
    let bytes = std::fs::read(&path).unwrap();
    for sled in [true, false] {
        if !sled {
            without_sled(dir.path());
            let mut short = bytes.clone();
            let last = short.iter().rposition(|&byte| byte != 0).unwrap();
            short[last - 20_000..].fill(0);
            std::fs::write(&path, short).unwrap();
            let refused = LocalStore::open(dir.path(), options());
            assert!(
                matches!(refused, Err(OpenError::Damaged { .. })),
                "{refused:?}"
            );
        }
        std::fs::remove_file(&path).unwrap();
        let refused = LocalStore::open(dir.path(), options());
        let Err(OpenError::Damaged { file, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(file, path);
        std::fs::write(&path, &bytes).unwrap();
    }
    let (store, report) = open_in(dir.path());
    assert!(report.sled_rebuilt);
    assert_eq!(store.scan(Table::Inputs, b"", None, 99).unwrap().len(), 60);
}

#[test]
fn a_crash_loses_nothing_that_was_acknowledged() {
    for portions in [0, 1, 2] {
        let (store, dir) = fresh(options());
        for round in 0..=portions {
            for number in 0..40 {
                wait(store.commit(write(job(number), round + 1, 1))).unwrap();
                put(&store, &format!("{round}-{number}"), vec![3; 7_000]);
            }
            // Let sled catch up in between, so that images are taken at all distances.
            while round < portions && store.stats().sled_lag_ops > 0 {
                std::thread::yield_now();
            }
        }
        store.write_pack("art_1", b"pack").unwrap();
        let expected = dump(&store);
        let image = crash_image(dir.path());
        std::fs::write(image.path().join("packs/.tmp-art_2"), b"half").unwrap();
        let (copied, report) = open_in(image.path());
        assert!(dump(&copied) == expected);
        assert!(
            report.frames_replayed > 0 && report.files_swept >= 1,
            "{report:?}"
        );
        assert_eq!(copied.read_pack("art_1", 0, 4).unwrap(), "pack");
        assert_eq!(copied.packs().unwrap(), ["art_1"]);
        assert_eq!(report.epoch, store.epoch() + 1);
        copied.close().unwrap();
        let checked = LocalStore::check(image.path()).unwrap();
        assert!(checked.is_clean() && checked.keys_ahead == 0, "{checked:?}");
        assert_eq!(checked.records, 40);
    }
}

#[test]
fn every_start_has_a_higher_epoch_than_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    for epoch in 1..=4 {
        let (store, report) = open_in(dir.path());
        assert_eq!((store.epoch(), report.epoch), (epoch, epoch));
        assert!(
            report.is_empty && report.torn_tail.is_none() && !report.sled_rebuilt,
            "{report:?}"
        );
        if epoch == 2 {
            without_sled_after_drop(store, dir.path());
        }
    }
    put(&open_in(dir.path()).0, "a", vec![1]);
    assert!(!open_in(dir.path()).1.is_empty);
}

fn without_sled_after_drop(store: LocalStore, dir: &Path) {
    drop(store);
    // An epoch is in the journal; sled, which has nothing to hold, was never made.
    let image = crash_image(dir);
    assert!(!image.path().join("db").exists());
    assert_eq!(open_in(image.path()).1.epoch, 3);
}

#[test]
fn a_deleted_or_broken_sled_is_made_anew() {
    let (dir, content) = small();
    let breaks: [(Break, bool); 4] = [
        (|db| std::fs::remove_dir_all(db).unwrap(), false),
        (
            |db| std::fs::write(db.with_file_name("db.suspect"), b"").unwrap(),
            true,
        ),
        (|db| std::fs::remove_file(db.join("db")).unwrap(), false),
        (
            |db| {
                std::fs::remove_dir_all(db).unwrap();
                std::fs::write(db, b"a file").unwrap();
            },
            true,
        ),
    ];
    for (case, (break_it, is_aside)) in breaks.into_iter().enumerate() {
        let image = crash_image(dir.path());
        break_it(&image.path().join("db"));
        let (store, report) = open_in(image.path());
        assert!(dump(&store) == content, "case {case}");
        assert_eq!(
            image.path().join("db.corrupt.1").exists(),
            is_aside,
            "case {case}"
        );
        assert!(
            report.sled_rebuilt && report.sled_sequence == 0,
            "case {case}"
        );
        assert!(!image.path().join("db.suspect").exists());
        store.close().unwrap();
        assert!(
            LocalStore::check(image.path()).unwrap().is_clean(),
            "case {case}"
        );
    }
}

#[test]
fn damage_inside_of_sled_never_changes_what_is_read() {
    let (dir, content) = small();
    let len = std::fs::metadata(dir.path().join("db/db")).unwrap().len();
    let bytes = std::fs::read(dir.path().join("db/db")).unwrap();
    let used = bytes.iter().rposition(|&byte| byte != 0).unwrap();
    for part in 0..24 {
        let image = crash_image(dir.path());
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(image.path().join("db/db"))
            .unwrap();
        let at = (used * part / 24) as u64;
        file.write_all_at(&[0xA5; 16], at.min(len - 16)).unwrap();
        let (store, _) = open_in(image.path());
        assert!(dump(&store) == content, "damage at {at} of {used}");
    }
}

#[test]
fn check_finds_what_differs() {
    let (dir, _) = small();
    let clean = LocalStore::check(dir.path()).unwrap();
    assert!(
        clean.is_clean() && clean.records == 4 && clean.keys == 5,
        "{clean:?}"
    );
    let db = dir.path().join("db");
    let view = view::View::open(&db, 1 << 20).unwrap();
    let key = |name: &[u8]| overlay::key_of(Table::Inputs, name);
    let rows = [
        (
            overlay::key_of(Table::Jobs, job(1).as_bytes()),
            overlay::Row::Gone,
        ),
        (key(b"large"), overlay::Row::Inline("other".into())),
        (key(b"extra"), overlay::Row::Inline("value".into())),
    ];
    let sequence = view.sequence().unwrap();
    view.apply(&rows.into_iter().collect(), sequence, |_| {})
        .unwrap();
    drop(view);
    let report = LocalStore::check(dir.path()).unwrap();
    let [different, extra, missing] = report.differences.as_slice() else {
        panic!("{report:?}")
    };
    assert!(matches!(missing, Difference::Missing(_)), "{report:?}");
    let names = [
        Difference::Extra("Inputs/6578747261".into()),
        Difference::Different("Inputs/6c61726765".into()),
    ];
    assert!(
        names.contains(different) && names.contains(extra),
        "{report:?}"
    );
}
