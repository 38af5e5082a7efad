//! Group commit: many batches share one fdatasync, and each is still judged alone.

use std::time::Duration;

use super::*;

/// A store whose writer sleeps long enough in its first group for the rest to gather.
fn slow(delay_ms: u64) -> (LocalStore, tempfile::TempDir) {
    fresh(Options {
        sync_delay: Some(Duration::from_millis(delay_ms)),
        ..options()
    })
}

#[test]
fn sixty_four_committers_share_fsyncs() {
    const COMMITTERS: u64 = 64;
    const ROUNDS: u64 = 20;
    let (store, _dir) = slow(2);
    let before = store.stats();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let store = Arc::new(store);
    let committers: Vec<_> = (0..COMMITTERS)
        .map(|number| {
            let store = Arc::clone(&store);
            runtime.spawn(async move {
                for revision in 1..=ROUNDS {
                    store.commit(write(job(number), revision, 1)).await.unwrap();
                }
            })
        })
        .collect();
    for committer in committers {
        runtime.block_on(committer).unwrap();
    }
    let after = store.stats();
    assert_eq!(after.batches - before.batches, COMMITTERS * ROUNDS);
    let fsyncs = after.fsyncs - before.fsyncs;
    assert!(COMMITTERS * ROUNDS >= 28 * fsyncs, "{fsyncs} fsyncs");
}

#[test]
fn the_second_batch_of_a_group_is_judged_after_the_first() {
    let (store, _dir) = slow(20);
    let blocker = store.commit(write(job(9), 1, 1));
    let first = store.commit(write(job(1), 1, 1));
    let follows = store.commit(write(job(1), 2, 1));
    let conflicts = store.commit(write(job(1), 2, 1));
    let follows_too = store.commit(write(job(1), 3, 1));
    for future in [blocker, first, follows, follows_too] {
        wait(future).unwrap();
    }
    assert!(matches!(
        wait(conflicts),
        Err(StoreError::Conflict { revision: 2, .. })
    ));
    assert!(store.stats().groups <= 3, "they shared a group");
}

#[test]
fn a_full_inbox_answers_busy_and_takes_more_later() {
    let inbox_ops_max = 4;
    let delay = Some(Duration::from_millis(20));
    let (store, _dir) = fresh(Options {
        inbox_ops_max,
        sync_delay: delay,
        ..options()
    });
    let answers: Vec<_> = (0..50)
        .map(|number| store.commit(write(job(number), 1, 1)))
        .collect();
    let answers: Vec<_> = answers.into_iter().map(wait).collect();
    let busy = answers
        .iter()
        .filter(|answer| **answer == Err(StoreError::Busy))
        .count();
    assert!((1..=46).contains(&busy), "{busy}");
    assert_eq!(dump(&store)[Table::Jobs as usize].1.len(), 50 - busy);
    wait(store.commit(write(job(99), 1, 1))).unwrap();
}

#[test]
fn a_reader_never_sees_what_is_not_durable() {
    let (store, _dir) = slow(20);
    let future = store.commit(write(job(1), 1, 1));
    let fsyncs = || store.stats().fsyncs;
    let before = fsyncs();
    while store.get(Table::Jobs, job(1).as_bytes()).unwrap().is_none() {
        std::thread::yield_now();
    }
    assert!(fsyncs() > before || before > 1, "visible before its fsync");
    wait(future).unwrap();
}

#[test]
fn readers_never_see_a_row_vanish_or_go_back_while_it_moves_to_sled() {
    const KEYS: u32 = 40;
    const ROUNDS: u64 = 60;
    // So small a lag makes rows move to sled all the time.
    let (store, _dir) = fresh(Options {
        sled_lag_bytes_max: 2 << 10,
        ..options()
    });
    let rows = |round: u64| {
        (0..KEYS).fold(Batch::default(), |batch, key| {
            let name = key.to_be_bytes().to_vec();
            // Some keys exist in every other round only; one value is long and lives in the journal.
            let batch = if round.is_multiple_of(2) {
                batch.put(Table::Open, name.clone(), vec![0; 9])
            } else {
                batch.delete(Table::Open, name.clone())
            };
            let mut value = vec![0; if key == 7 { 7_000 } else { 8 }];
            value[..8].copy_from_slice(&round.to_be_bytes());
            batch.put(Table::Events, name, value)
        })
    };
    wait(store.commit(rows(0))).unwrap();
    let round_of = |value: &[u8]| u64::from_be_bytes(value[..8].try_into().unwrap());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [0; KEYS as usize];
            while seen.iter().any(|&round| round < ROUNDS) {
                let pairs = store.scan(Table::Events, b"", None, usize::MAX).unwrap();
                assert_eq!(pairs.len(), seen.len());
                for (at, (_, value)) in pairs.iter().enumerate() {
                    assert!(round_of(value) >= seen[at], "key {at} went back");
                    seen[at] = round_of(value);
                }
                let value = store
                    .get(Table::Events, &7_u32.to_be_bytes())
                    .unwrap()
                    .unwrap();
                assert!(round_of(&value) >= seen[7]);
                store.scan(Table::Open, b"", None, 5).unwrap();
            }
        });
        for round in 1..=ROUNDS {
            wait(store.commit(rows(round))).unwrap();
        }
        reader.join().unwrap();
    });
    assert_eq!(
        store.scan(Table::Open, b"", None, 99).unwrap().len(),
        KEYS as usize
    );
}
