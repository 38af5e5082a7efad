//! Random operations: both adapters hold the same, and a restart changes nothing.

use proptest::prelude::*;

use super::*;
use crate::stores::memory::MemoryStore;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<(bool, u8, u8, usize)>),
    Job {
        number: u64,
        revision: u64,
        epoch: u64,
    },
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let len = prop_oneof![4 => 0..50_usize, 1 => 6_000..7_000_usize, 1 => 60_000..90_000_usize];
    let op = (any::<bool>(), 2..13_u8, 0..12_u8, len);
    let step = prop_oneof![
        8 => prop::collection::vec(op, 0..6).prop_map(Step::Commit),
        4 => (0..3_u64, 1..4_u64, 1..3_u64)
            .prop_map(|(number, revision, epoch)| Step::Job { number, revision, epoch }),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

fn batch(ops: &[(bool, u8, u8, usize)]) -> Batch {
    ops.iter()
        .fold(Batch::default(), |batch, &(is_put, tag, key, len)| {
            let (table, key) = (
                Table::from_tag(tag).unwrap(),
                vec![key; usize::from(key) % 4],
            );
            if is_put {
                batch.put(table, key, vec![tag; len])
            } else {
                batch.delete(table, key)
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn both_adapters_hold_the_same(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let memory = MemoryStore::default();
        let mut local = open_in(dir.path()).0;
        for step in steps {
            let make = || match &step {
                Step::Commit(ops) => batch(ops),
                Step::Job { number, revision, epoch } => write(job(*number), *revision, *epoch),
                Step::Reopen => Batch::default(),
            };
            prop_assert_eq!(wait(local.commit(make())), wait(memory.commit(make())));
            if matches!(step, Step::Reopen) {
                drop(local);
                local = open_in(dir.path()).0;
            }
        }
        prop_assert!(dump(&local) == dump(&memory));
        for limit in [1, 3, 17] {
            let after: &[u8] = &[5];
            let scan = |store: &dyn Store| store.scan(Table::Open, b"", Some(after), limit).unwrap();
            prop_assert!(scan(&local) == scan(&memory));
        }
        local.close().unwrap();
        let report = LocalStore::check(dir.path()).unwrap();
        prop_assert!(report.is_clean(), "{:?}", report);
        prop_assert_eq!(report.keys_ahead, 0);
        let local = open_in(dir.path()).0;
        prop_assert!(dump(&local) == dump(&memory));
    }
}
