//! Pack files: artifacts too large for the journal.
//!
//! Invariant: a file under its own name is complete and on disk; one under a temporary name belongs to nobody and is
//! swept at the next start.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::segment::sync_dir;

/// Names that start like this were never finished.
const TEMPORARY_PREFIX: &str = ".tmp-";

/// The directory of packs. Names were checked by the caller.
pub(super) struct Packs {
    dir: PathBuf,
}

impl Packs {
    /// Opens the directory and removes what was never finished; gives their number.
    pub(super) fn open(dir: &Path) -> io::Result<(Self, u64)> {
        let mut swept = 0;
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(TEMPORARY_PREFIX)
            {
                fs::remove_file(entry.path())?;
                swept += 1;
            }
        }
        Ok((
            Self {
                dir: dir.to_owned(),
            },
            swept,
        ))
    }

    /// Writes a pack; durable when it returns.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let temporary = self.dir.join(format!("{TEMPORARY_PREFIX}{name}"));
        let written = write_synced(&temporary, content)
            .and_then(|()| fs::rename(&temporary, self.dir.join(name)))
            .and_then(|()| sync_dir(&self.dir));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Reads a part of a pack.
    pub(super) fn read(&self, name: &str, offset: u64, len: u64) -> io::Result<Bytes> {
        let file = File::open(self.dir.join(name))?;
        let end = offset
            .checked_add(len)
            .filter(|&end| file.metadata().is_ok_and(|metadata| end <= metadata.len()));
        // Checked first, so that a wrong length never asks for memory.
        let len = end
            .and_then(|_| usize::try_from(len).ok())
            .ok_or(ErrorKind::UnexpectedEof)?;
        let mut content = vec![0; len];
        file.read_exact_at(&mut content, offset)?;
        Ok(content.into())
    }

    /// Removes a pack; nothing happens when there is none.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.dir.join(name)) {
            Ok(()) => sync_dir(&self.dir),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Names of all packs, in order.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name().into_string();
            names.extend(name.ok().filter(|name| !name.starts_with('.')));
        }
        names.sort_unstable();
        Ok(names)
    }
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
