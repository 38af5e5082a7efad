//! Reads single files out of a ZIP artifact, and makes one of several artifacts.
//!
//! Invariant: never inflates more than the limit it was given, whatever the archive claims; equal files make equal bytes.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Most files of one archive that are looked at.
const FILES_MAX: usize = 10_000;

/// Path and length in bytes of each file, in the archive's order.
pub fn list(archive: &[u8]) -> Vec<(String, u64)> {
    let Ok(mut zip) = ZipArchive::new(Cursor::new(archive)) else {
        return Vec::new();
    };
    let count = zip.len().min(FILES_MAX);
    (0..count)
        .filter_map(|index| {
            let file = zip.by_index(index).ok()?;
            let name = file.name().ok()?.into_owned();
            file.is_file().then(|| (name, file.size()))
        })
        .collect()
}

/// The content of the file at `path`, or the first `bytes_max` bytes of it.
pub fn read(archive: &[u8], path: &str, bytes_max: u64) -> Option<Vec<u8>> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).ok()?;
    let file = zip.by_name(path).ok()?;
    let mut content = Vec::new();
    file.take(bytes_max).read_to_end(&mut content).ok()?;
    Some(content)
}

/// One archive of these files, with the earliest time a ZIP can say. Archives inside are stored as they are.
pub fn pack<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let method = if name.rsplit('.').next() == Some("zip") {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default());
        writer.start_file(name, options).ok()?;
        writer.write_all(content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in files {
            writer
                .start_file(*path, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn equal_files_make_equal_archives() {
        let files = || [("a.md", &b"# x"[..]), ("b.zip", &b"PK"[..])];
        let archive = pack(files()).unwrap();
        assert_eq!(archive, pack(files()).unwrap());
        assert_eq!(
            list(&archive),
            [("a.md".to_owned(), 3), ("b.zip".to_owned(), 2)]
        );
        assert_eq!(read(&archive, "a.md", 10).as_deref(), Some(&b"# x"[..]));
    }

    #[test]
    fn files_are_listed_and_read_up_to_the_limit() {
        let archive = zip_of(&[("src/a.ts", "let a;"), ("README.md", "# x")]);
        let expected = [("src/a.ts".to_owned(), 6), ("README.md".to_owned(), 3)];
        assert_eq!(list(&archive), expected);
        assert_eq!(
            read(&archive, "src/a.ts", 100).as_deref(),
            Some(&b"let a;"[..])
        );
        assert_eq!(read(&archive, "src/a.ts", 3).as_deref(), Some(&b"let"[..]));
        assert_eq!(read(&archive, "../etc/passwd", 3), None);
        assert_eq!(read(b"no archive", "a", 3), None);
        assert!(list(b"").is_empty());
    }
}
