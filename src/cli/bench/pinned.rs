//! Server on one core, load on another. Invariant: with a single core nothing is pinned, and the table still comes out.

use std::thread;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Who runs where.
#[derive(Clone, Copy, Debug)]
pub(super) enum Core {
    Server,
    Load,
}

/// The first two cores that this process may use.
fn cores() -> Option<(usize, usize)> {
    let allowed = sched_getaffinity(None).ok()?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    Some((cores.next()?, cores.next()?))
}

/// Runs `work` on a thread of its own that is pinned; processes it starts are pinned with it.
pub(super) fn on<T: Send>(core: Core, work: impl FnOnce() -> T + Send) -> T {
    let pinned = move || {
        if let Some((server, load)) = cores() {
            let mut set = CpuSet::new();
            set.set(match core {
                Core::Server => server,
                Core::Load => load,
            });
            // Where it is not allowed, figures are worse, not wrong.
            let _ = sched_setaffinity(None, &set);
        }
        work()
    };
    thread::scope(|scope| match scope.spawn(pinned).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
