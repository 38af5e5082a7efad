//! Prepares the next segment in the background: a file of zeros under a temporary name.
//!
//! Invariant: at most one file is prepared ahead, and it gets a segment's name only when the writer begins it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use super::journal::PROBE_EVERY;
use super::segment::{open_for_writing, write_zeros};

/// Names of files that are not segments yet.
pub(super) const TEMPORARY_NAME: &str = "next.tmp";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Requested,
    /// Being written.
    Busy,
    Ready,
    /// The disk is full; tried again by itself after a while.
    NoSpace,
    Stopped,
}

struct Desk {
    state: Mutex<State>,
    changed: Condvar,
    /// Seen by the rest of the store.
    short_of_space: Arc<AtomicBool>,
}

/// The thread that prepares, as the writer sees it. It ends with this value.
pub(super) struct Preparer {
    desk: Arc<Desk>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Preparer {
    /// Starts the thread.
    pub(super) fn start(
        dir: &Path,
        bytes: u64,
        short_of_space: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let (state, changed) = (Mutex::new(State::Idle), Condvar::new());
        let desk = Arc::new(Desk {
            state,
            changed,
            short_of_space,
        });
        let path = dir.join(TEMPORARY_NAME);
        let (of_thread, file) = (Arc::clone(&desk), path.clone());
        let thread = std::thread::Builder::new()
            .name("store-prepare".to_owned())
            .spawn(move || prepare(&of_thread, &file, bytes))?;
        Ok(Self {
            desk,
            path,
            thread: Some(thread),
        })
    }

    /// Asks for a segment, unless there is one or one is being made.
    pub(super) fn request(&self) {
        let mut state = self.desk.state.lock();
        if *state == State::Idle {
            *state = State::Requested;
            self.desk.changed.notify_one();
        }
    }

    /// The prepared file, when it is ready.
    pub(super) fn take(&self) -> Option<PathBuf> {
        let mut state = self.desk.state.lock();
        (*state == State::Ready).then(|| {
            *state = State::Idle;
            self.path.clone()
        })
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        *self.desk.state.lock() = State::Stopped;
        self.desk.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It does not panic, and there is nobody left who could be told.
            let _ = thread.join();
        }
    }
}

fn prepare(desk: &Desk, path: &Path, bytes: u64) {
    while desk.wait_for_request() {
        let made = open_for_writing(path).and_then(|file| write_zeros(&file, 0..bytes));
        let next = match made {
            Ok(()) => State::Ready,
            Err(error) => {
                let _ = fs::remove_file(path);
                // Any other failure meets the writer too, which then knows what to do about it.
                if error.kind() == ErrorKind::StorageFull {
                    State::NoSpace
                } else {
                    State::Idle
                }
            }
        };
        desk.short_of_space
            .store(next == State::NoSpace, Ordering::Relaxed);
        let mut state = desk.state.lock();
        if *state == State::Busy {
            *state = next;
        }
    }
    let _ = fs::remove_file(path);
}

impl Desk {
    /// Waits until there is something to do; `false` at the end.
    fn wait_for_request(&self) -> bool {
        let mut state = self.state.lock();
        loop {
            match *state {
                State::Stopped => return false,
                State::Requested => {
                    *state = State::Busy;
                    return true;
                }
                State::NoSpace => {
                    let waited = self.changed.wait_for(&mut state, PROBE_EVERY);
                    if waited.timed_out() && *state == State::NoSpace {
                        *state = State::Requested;
                    }
                }
                State::Idle | State::Busy | State::Ready => self.changed.wait(&mut state),
            }
        }
    }
}
