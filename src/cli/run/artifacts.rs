//! Artifacts on disk: one file each, the code bundle unpacked.
//!
//! Invariant: nothing is ever written outside the output directory, whatever the names say, and the unpacked size is
//! bounded.

use std::fs;
use std::io::{Cursor, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::cli::{Exit, Failure};

/// Most files of a bundle.
const FILES_MAX: usize = 10_000;
/// Largest unpacked bundle in bytes.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What `run` writes into its output directory.
const FILES: [&str; 8] = [
    "requirements.json",
    "requirements.md",
    "architecture.json",
    "architecture.md",
    "ux-spec.json",
    "ux-spec.md",
    "tokens.json",
    "code.json",
];
/// Where the code bundle is unpacked.
pub(super) const CODE: &str = "code";

/// Removes what an earlier run wrote. Links are removed, not followed.
pub(super) fn clear(root: &Path) -> Result<(), Failure> {
    for path in FILES.into_iter().chain([CODE]).map(|name| root.join(name)) {
        let removed = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let path = path.display();
                return Err(Failure::failed(format!("cannot replace {path}: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// `name` below `root`, when it is a plain relative path.
pub(super) fn safe_path(root: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = !name.is_empty() && !name.contains(['\\', ':', '\0']);
    let parts = Path::new(name).components();
    let stays_inside = parts
        .clone()
        .all(|part| matches!(part, Component::Normal(_)));
    (is_plain && stays_inside).then(|| root.join(name))
}

/// Writes one artifact.
pub(super) fn write(root: &Path, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
    let path = safe_path(root, name).ok_or_else(|| {
        Failure::failed(format!("the artifact name `{name}` is not a plain path"))
    })?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| cannot(parent, &error))?;
    }
    fs::write(&path, content).map_err(|error| cannot(&path, &error))?;
    Ok(path)
}

/// Unpacks a code bundle and says how many files it held.
pub(super) fn unpack(root: &Path, bundle: &[u8]) -> Result<usize, Failure> {
    let bad = |error: zip::result::ZipError| {
        Failure::failed(format!("the code bundle is damaged: {error}"))
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bundle)).map_err(bad)?;
    if archive.len() > FILES_MAX {
        return Err(Failure::failed(format!(
            "the code bundle has more than {FILES_MAX} files"
        )));
    }
    let mut left = UNPACKED_BYTES_MAX;
    let mut files = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(bad)?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(bad)?.into_owned();
        let mut content = Vec::new();
        // One byte more than is left tells "exactly full" from "too much".
        let read = entry.take(left + 1).read_to_end(&mut content);
        read.map_err(|error| Failure::failed(format!("`{name}` in the code bundle: {error}")))?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| {
            Failure::failed(format!(
                "the code bundle unpacks to more than {UNPACKED_BYTES_MAX} bytes"
            ))
        })?;
        write(root, &name, &content)?;
        files += 1;
    }
    Ok(files)
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Failed,
        format!("cannot write {}: {error}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn only_plain_relative_paths_are_safe() {
        let root = Path::new("out");
        for good in [
            "a.json",
            "src/App.tsx",
            "supabase/migrations/1_init.sql",
            ".gitignore",
        ] {
            assert_eq!(safe_path(root, good), Some(root.join(good)), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a\\..\\x",
            "C:x",
            "a\0b",
            "./x/..",
        ] {
            assert_eq!(safe_path(root, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bundle_is_unpacked_and_a_path_that_leaves_it_is_refused() {
        let bundle = |name: &str| {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            writer
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(b"text").unwrap();
            writer.finish().unwrap().into_inner()
        };
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("code");
        assert_eq!(unpack(&root, &bundle("src/a.ts")), Ok(1));
        assert_eq!(fs::read(root.join("src/a.ts")).unwrap(), b"text");
        assert!(unpack(&root, &bundle("../evil.ts")).is_err());
        assert!(!dir.path().join("evil.ts").exists());
        assert!(unpack(&root, b"not a zip").is_err());
    }
}
