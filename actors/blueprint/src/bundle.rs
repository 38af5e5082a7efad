//! A deterministic zip: sorted names, fixed time, fixed modes.
//!
//! Invariant: the same files give the same bytes, whatever their order, and what is read back is bounded in size.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Files by path, relative, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Largest file that [`read`] gives back.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A file that everybody may read and its owner may change.
const MODE: u32 = 0o644;

/// Packs `files`. The time of every entry is the beginning of 1980, the earliest that the format knows.
///
/// # Panics
/// Never: a vector in memory accepts every write.
pub fn zip(files: &Files) -> Vec<u8> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(MODE);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        let written = archive
            .start_file(path.as_str(), options)
            .and_then(|()| Ok(archive.write_all(bytes)?));
        written.expect("writing to memory does not fail");
    }
    let finished = archive.finish();
    finished
        .expect("writing to memory does not fail")
        .into_inner()
}

/// Paths and sizes in bytes of the files of a bundle, in the order of the archive; empty when it is no zip.
pub fn list(bundle: &[u8]) -> Vec<(String, u64)> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bundle)) else {
        return Vec::new();
    };
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let Ok(file) = archive.by_index(index) else {
            continue;
        };
        if let Ok(name) = file.name() {
            entries.push((name.into_owned(), file.size()));
        }
    }
    entries
}

/// Content of the file at `path`; `None` when there is none, or it is larger than [`FILE_BYTES_MAX`].
pub fn read(bundle: &[u8], path: &str) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bundle)).ok()?;
    let file = archive.by_name(path).ok()?;
    let mut bytes = Vec::new();
    // The size in the header is a claim; what is read is bounded by itself.
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= FILE_BYTES_MAX).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let pairs = [
            ("src/main.ts", "export {};\n"),
            ("a.txt", ""),
            ("ü/x.md", "# ü"),
        ];
        pairs
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn gives_back_what_was_packed() {
        let bundle = zip(&files());
        for (path, bytes) in files() {
            assert_eq!(read(&bundle, &path), Some(bytes), "{path}");
        }
        assert_eq!(read(&bundle, "missing"), None);
    }

    #[test]
    fn lists_names_in_order() {
        let names: Vec<String> = list(&zip(&files()))
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["a.txt", "src/main.ts", "ü/x.md"]);
    }

    #[test]
    fn is_the_same_every_time() {
        assert_eq!(zip(&files()), zip(&files()));
    }

    #[test]
    fn something_else_has_no_files() {
        assert!(list(b"not a zip").is_empty());
        assert_eq!(read(b"not a zip", "a"), None);
    }
}
