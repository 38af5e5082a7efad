//! Key files: written whole or not at all, readable by their owner only, overwritten before they are removed.
//!
//! Invariant: a file that exists under its final name is complete and on disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a directory that only its owner may enter, with its parents.
pub(super) fn create_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    sync_dir(dir.parent().unwrap_or(dir))
}

/// The content of a file; `None` when there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file under a temporary name, then moves it to `path`; durable when it returns.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let temporary = path.with_extension("tmp");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_dir(dir)
}

/// Overwrites and removes a file; nothing happens when there is none. Durable when it returns.
pub(super) fn destroy(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let len = usize::try_from(file.metadata()?.len())
        .unwrap_or(usize::MAX)
        .min(4_096);
    // Not a promise on every file system, but it costs nothing where the blocks are written in place.
    file.write_all(&vec![0; len])?;
    file.sync_all()?;
    fs::remove_file(path)?;
    sync_dir(path.parent().ok_or(ErrorKind::InvalidInput)?)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
