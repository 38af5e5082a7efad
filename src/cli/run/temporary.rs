//! A directory of our own that does not outlive us.
//!
//! Invariant: readable by us alone, and removed when the value goes, however the command ends short of a kill.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aios_actors::base::entropy::{Entropy, SystemEntropy};

use crate::cli::{Failure, output};

/// How often removing is tried.
const REMOVALS_MAX: u32 = 100;
const REMOVAL_PAUSE: Duration = Duration::from_millis(20);

/// The directory.
pub(crate) struct TemporaryDir(PathBuf);

impl TemporaryDir {
    /// In the system's directory for temporary files.
    pub(crate) fn create() -> Result<Self, Failure> {
        Self::below(&std::env::temp_dir())
    }

    /// In the current directory: on the disk where data would be, which a memory file system would not show.
    pub(crate) fn beside_data() -> Result<Self, Failure> {
        Self::below(Path::new("."))
    }

    fn below(parent: &Path) -> Result<Self, Failure> {
        let dir = parent.join(format!(".aios-{}", random_text(8)));
        let made = DirBuilder::new().mode(0o700).create(&dir);
        made.map_err(|error| Failure::failed(format!("cannot make {}: {error}", dir.display())))?;
        Ok(Self(dir))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        // A thread that is just ending may put one more file beside those that were removed.
        for _ in 0..REMOVALS_MAX {
            match std::fs::remove_dir_all(&self.0) {
                Ok(()) => return,
                Err(error) if error.kind() == ErrorKind::NotFound => return,
                Err(_) => std::thread::sleep(REMOVAL_PAUSE),
            }
        }
        output::note(format!("cannot remove {}", self.0.display()));
    }
}

/// Random bytes in hex.
pub(super) fn random_text(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    SystemEntropy.fill(&mut buffer);
    aios_actors::crypto::mac::hex(&buffer)
}
