//! The store on a local disk: an append-only journal is the truth, sled is a view of it.
//!
//! Invariant: what was acknowledged survives a kill, a power cut, a full disk and the loss of sled.
//!
//! Two threads serve a store: the writer ([`writer`]) makes batches durable in groups, the applier ([`applier`]) brings
//! them to sled behind the answer. In between, readers see them in the [`overlay`]. `adr/0002-store-format.md` says why.
//!
//! | in the directory | content |
//! |---|---|
//! | `FORMAT` | format of the directory, as text |
//! | `LOCK` | locked while a process has the store open |
//! | `journal/` | segments `NNNNNNNN.seg`, see [`frame`] |
//! | `db/` | sled, see [`view`], made for the first row, see [`slot`]; `db.corrupt.N` were moved aside |
//! | `packs/` | large artifacts, see [`packs`] |
//! | `keys/` | not ours: see [`crate::crypto::keyring`] |

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{check_pack_name, check_shape};
use crate::ports::store::{Batch, Pair, Publish, Store, StoreError, Table};

mod applier;
mod check;
mod frame;
mod health;
mod inbox;
mod journal;
mod options;
mod overlay;
mod packs;
mod prepare;
mod replay;
mod segment;
mod shared;
mod slot;
mod start;
mod stats;
mod view;
mod writer;

#[cfg(test)]
mod tests;

pub use check::{CheckReport, Difference};
pub use options::{Fault, Faults, OpenError, OpenReport, Options, REPAIR_COMMAND, TornTail};
pub use stats::Stats;

use inbox::{Refusal, Submission};
use packs::Packs;
use shared::{Shared, read_error};

/// The store. Closing waits for its threads; so does dropping.
pub struct LocalStore {
    shared: Arc<Shared>,
    packs: Packs,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    writer: JoinHandle<()>,
    applier: JoinHandle<()>,
    /// Given back last.
    lock: File,
}

impl std::fmt::Debug for LocalStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalStore")
            .field("dir", &self.shared.dir)
            .finish_non_exhaustive()
    }
}

impl LocalStore {
    /// Opens the store in `dir`, which is made when it does not exist. Blocks.
    ///
    /// # Errors
    /// [`OpenError`] says why, and how the process should end.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, OpenReport), OpenError> {
        let opened = start::open(dir, options)?;
        let (shared, writer) = (opened.shared, opened.writer);
        let of_applier = Arc::clone(&shared);
        let spawn = |name: &str| Builder::new().name(name.to_owned());
        let failed = |source| OpenError::Io {
            file: dir.to_owned(),
            source,
        };
        let applier = spawn("store-applier").spawn(move || applier::run(&of_applier));
        let applier = applier.map_err(failed)?;
        let writer = spawn("store-writer")
            .spawn(move || writer.run())
            .map_err(failed)?;
        let threads = Mutex::new(Some(Threads {
            writer,
            applier,
            lock: opened.lock,
        }));
        Ok((
            Self {
                shared,
                packs: opened.packs,
                threads,
            },
            opened.report,
        ))
    }

    /// Compares the journal, sled and the pack files of a store that no process has open. Changes none of them, but locks
    /// the directory. Blocks.
    ///
    /// # Errors
    /// [`OpenError`], among them [`OpenError::Damaged`] for a journal that does not read.
    pub fn check(dir: &Path) -> Result<CheckReport, OpenError> {
        check::check(dir)
    }

    /// Counters since the start.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Why the store has stopped by itself, if it has.
    pub fn failed(&self) -> Option<String> {
        self.shared.health.failure()
    }

    /// A failed change of a pack: a full disk is an answer, anything else the end.
    fn pack_error(&self, error: &io::Error) -> StoreError {
        if error.kind() == ErrorKind::StorageFull {
            return StoreError::ReadOnly;
        }
        self.shared
            .health
            .fail(format!("writing a pack failed: {error}"));
        self.shared.health.stopped_error()
    }
}

impl Store for LocalStore {
    fn epoch(&self) -> u64 {
        self.shared.epoch
    }

    fn publish_to(&self, publish: Arc<dyn Publish>) {
        *self.shared.listener.write() = Some(publish);
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<(), StoreError>> {
        let shape = check_shape(&batch, self.shared.options.frame_bytes_max);
        if let Err(refused) = shape.and_then(|()| self.check_weight(&batch)) {
            return Box::pin(std::future::ready(Err(refused)));
        }
        let (answer, outcome) = oneshot::channel();
        let refused = match self.shared.inbox.submit(Submission { batch, answer }) {
            Ok(()) => None,
            Err(Refusal::Full) => Some(StoreError::Busy),
            Err(Refusal::Closed) => Some(self.shared.health.stopped_error()),
        };
        Box::pin(async move {
            match refused {
                Some(error) => Err(error),
                None => outcome.await.unwrap_or_else(|_| {
                    Err(StoreError::Stopped(
                        "the writer went without an answer".to_owned(),
                    ))
                }),
            }
        })
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.shared.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        self.shared.scan(table, prefix, after, limit)
    }

    fn write_pack(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        check_pack_name(name)?;
        if self.shared.health.is_stopped() {
            return Err(self.shared.health.stopped_error());
        }
        self.packs
            .write(name, content)
            .map_err(|error| self.pack_error(&error))
    }

    fn read_pack(&self, name: &str, offset: u64, len: u64) -> Result<Bytes, StoreError> {
        check_pack_name(name)?;
        self.packs
            .read(name, offset, len)
            .map_err(|error| read_error(&error))
    }

    fn remove_pack(&self, name: &str) -> Result<(), StoreError> {
        check_pack_name(name)?;
        self.packs
            .remove(name)
            .map_err(|error| self.pack_error(&error))
    }

    fn packs(&self) -> Result<Vec<String>, StoreError> {
        self.packs.names().map_err(|error| read_error(&error))
    }

    fn accepts(&self) -> bool {
        self.shared.health.is_good() && self.shared.inbox.state().1 && self.shared.keeps_up()
    }

    fn close(&self) -> Result<(), StoreError> {
        let Some(threads) = self.threads.lock().take() else {
            return self.outcome();
        };
        self.shared.inbox.close();
        // They catch their own panics and report them as failures.
        let _ = threads.writer.join();
        *self.shared.bell.is_closing.lock() = true;
        self.shared.bell.rung.notify_all();
        let _ = threads.applier.join();
        self.shared.view.write().close();
        drop(threads.lock);
        self.outcome()
    }
}

impl LocalStore {
    /// Refuses a batch that would never fit into the inbox.
    fn check_weight(&self, batch: &Batch) -> Result<(), StoreError> {
        let ops_max = self.shared.options.inbox_ops_max;
        if inbox::weight(batch) > ops_max {
            return Err(StoreError::Corrupt(format!(
                "a batch above {ops_max} operations"
            )));
        }
        Ok(())
    }

    fn outcome(&self) -> Result<(), StoreError> {
        self.failed()
            .map_or(Ok(()), |reason| Err(StoreError::Stopped(reason)))
    }
}

impl Drop for LocalStore {
    fn drop(&mut self) {
        // A failure was told to `on_failure` when it happened.
        let _ = self.close();
    }
}
