//! Tests of the local store. Invariant: each uses a directory of its own and waits on conditions, never on time.

use super::*;
use crate::ports::contract::{dump, job, wait, write};

mod first_need;
mod groups;
mod random;
mod recovery;
mod refusals;

/// Small segments, so that a test crosses several.
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

/// Puts a value under `key`.
fn put(store: &LocalStore, key: &str, value: Vec<u8>) {
    let batch = Batch::default().put(Table::Inputs, key.to_owned(), value);
    wait(store.commit(batch)).unwrap();
}

/// What a crash at this moment would leave: a copy of the directory while the store is open. Sled first, so that it is
/// never ahead of the journal. Without sled when it was not needed so far.
fn crash_image(dir: &Path) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    let names = ["db", "packs", "journal"].into_iter();
    for name in names.filter(|name| dir.join(name).exists()) {
        copy(&dir.join(name), &image.path().join(name));
    }
    std::fs::copy(dir.join("FORMAT"), image.path().join("FORMAT")).unwrap();
    image
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else if entry.path().exists() {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
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
