//! The output directory: looked at before anything runs.
//!
//! Invariant: what is not ours is never overwritten unasked, and a run that wrote nothing leaves no directory behind.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::temporary::random_text;
use crate::cli::{Exit, Failure};

/// Where jobs go that were given no directory, each into one of its own.
const DEFAULT: &str = "aios-out";

/// A directory that can be written.
pub(super) struct Out {
    root: PathBuf,
    is_default: bool,
    /// Directories that were made, the deepest first.
    made: Vec<PathBuf>,
}

impl Out {
    /// Makes the directory where it is missing. Fails with code 2 when it is something else or holds something.
    pub(super) fn check(given: Option<&Path>, force: bool) -> Result<Self, Failure> {
        let root = given.unwrap_or_else(|| Path::new(DEFAULT));
        let shown = root.display();
        let usage = |rule: &str| Failure::new(Exit::Usage, format!("{shown} {rule}"));
        let cannot = |error| Failure::failed(format!("cannot write {shown}: {error}"));
        match fs::metadata(root) {
            Ok(found) if !found.is_dir() => return Err(usage("is not a directory")),
            Ok(_) if given.is_some() && !force => {
                if fs::read_dir(root).map_err(cannot)?.next().is_some() {
                    return Err(usage(
                        "is not empty: name another directory, or say --force to replace what an earlier run wrote",
                    ));
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(error)),
        }
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing = root.ancestors().take_while(is_missing);
        let out = Self {
            made: missing.map(Path::to_owned).collect(),
            is_default: given.is_none(),
            root: root.to_owned(),
        };
        fs::create_dir_all(root)
            .and_then(|()| try_writing(root))
            .map_err(cannot)?;
        Ok(out)
    }

    /// Where the artifacts of this job go.
    pub(super) fn of_job(&self, job: &str) -> PathBuf {
        if self.is_default {
            self.root.join(job)
        } else {
            self.root.clone()
        }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // Fails, as it should, for a directory with something in it.
        let _ = self.made.iter().try_for_each(fs::remove_dir);
    }
}

fn try_writing(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!(".aios-{}", random_text(8)));
    fs::File::create_new(&probe)?;
    fs::remove_file(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_or_an_empty_directory_is_taken_unasked() {
        let dir = tempfile::tempdir().unwrap();
        let exit = |path: &Path, force| {
            let checked = Out::check(Some(path), force);
            checked.map_or_else(|failure| failure.exit, |_| Exit::Ok)
        };
        assert_eq!(exit(dir.path(), false), Exit::Ok);
        let deep = dir.path().join("a/b");
        assert_eq!(exit(&deep, false), Exit::Ok);
        assert!(!dir.path().join("a").exists(), "nothing was written");
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(exit(&file, true), Exit::Usage);
        assert_eq!(exit(&file.join("below"), true), Exit::Failed);
        assert_eq!(exit(dir.path(), false), Exit::Usage);
        assert_eq!(exit(dir.path(), true), Exit::Ok);
    }
}
