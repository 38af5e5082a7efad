//! Giving up root before anything is opened; for images, whose volumes belong to root.
//!
//! Invariant: called before any thread is started, and there is no way back.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;

use rustix::process::{Gid, Uid, geteuid};

use super::{Exit, Failure};

/// Takes ownership of `dir` and goes on as `uid`. Does nothing when `uid` is 0 or the process is not root.
pub(super) fn drop_to(uid: u32, dir: &Path) -> Result<(), Failure> {
    if uid == 0 || !geteuid().is_root() {
        return Ok(());
    }
    let cannot = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(Exit::CannotCreate, format!("cannot {what}: {error}"))
    };
    fs::create_dir_all(dir).map_err(|error| cannot("make the data directory", &error))?;
    own(dir, uid).map_err(|error| cannot("take ownership of the data directory", &error))?;
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    let dropped = rustix::thread::set_thread_groups(&[])
        .and_then(|()| rustix::thread::set_thread_res_gid(group, group, group))
        .and_then(|()| rustix::thread::set_thread_res_uid(user, user, user));
    dropped.map_err(|error| cannot("give up root", &error))
}

/// Gives `path` and what is below it to `uid`; what already belongs to it is not descended into, so that a large
/// directory costs one look at the second start. Links are not followed.
fn own(path: &Path, uid: u32) -> std::io::Result<()> {
    let kind = fs::symlink_metadata(path)?;
    if kind.uid() == uid && kind.gid() == uid {
        return Ok(());
    }
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            own(&entry?.path(), uid)?;
        }
    }
    // The directory last: an interruption in the middle is continued at the next start.
    lchown(path, Some(uid), Some(uid))
}
