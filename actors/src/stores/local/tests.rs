//! Tests of the local store. Invariant: each uses a directory of its own and waits on conditions, never on time.

use super::*;
use crate::ports::contract::{dump, job, wait, write};

fn options() -> Options {
    Options {
        segment_bytes_first: 64 << 10,
        segment_bytes: 256 << 10,
        sled_cache_bytes: 1 << 20,
        ..Options::default()
    }
}

fn open_in(dir: &Path) -> (LocalStore, OpenReport) {
    LocalStore::open(dir, options()).unwrap()
}

fn fresh(options: Options) -> (LocalStore, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (LocalStore::open(dir.path(), options).unwrap().0, dir)
}

crate::store_contract!(on_disk, fresh(options()));
crate::store_contract!(
    growing,
    fresh(Options {
        preallocate: false,
        ..options()
    })
);
crate::store_contract!(
    lagging,
    fresh(Options {
        sled_lag_bytes_max: 1 << 10,
        ..options()
    })
);
