//! Segment files: names, creation, and reading them frame by frame.
//!
//! Invariant: a segment that exists under its number was begun by the writer; zeros written ahead lie under a temporary
//! name until then.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::frame::{Bad, Frame, SEGMENT_HEADER_BYTES, SegmentHeader};

/// Bytes that are written at once when a segment is filled with zeros.
const ZEROS_BYTES: usize = 1 << 20;
/// Bytes of zeros after which they are brought to disk: small enough that a commit's fdatasync does not wait long.
const ZEROS_SYNC_BYTES: u64 = 4 << 20;

/// Bytes that are read at once.
const READ_BYTES: usize = 64 << 10;
static NOTHING: [u8; READ_BYTES] = [0; READ_BYTES];

/// The file name of segment `number`.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:08}.seg")
}

/// Numbers of the segments in `dir`, ascending.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_suffix(".seg")?.parse::<u64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Opens a segment for writing; makes it when there is none.
pub(super) fn open_for_writing(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Writes zeros over `range` of `file` and brings them to disk. Allocating without writing would gain little: the first
/// write to an allocated block still changes the file's extents, which an fdatasync then has to write too.
pub(super) fn write_zeros(file: &File, range: std::ops::Range<u64>) -> io::Result<()> {
    let zeros = vec![0; ZEROS_BYTES];
    let (mut at, mut unsynced) = (range.start, 0);
    while at < range.end {
        let len = (range.end - at).min(ZEROS_BYTES as u64);
        let chunk = usize::try_from(len).unwrap_or(ZEROS_BYTES);
        file.write_all_at(&zeros[..chunk], at)?;
        at += len;
        unsynced += len;
        if unsynced >= ZEROS_SYNC_BYTES {
            file.sync_data()?;
            unsynced = 0;
        }
    }
    file.sync_all()
}

/// Reads a whole segment. The zeros behind its frames are left as the allocator gave them, which takes no memory.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    let mut chunk = vec![0; READ_BYTES];
    let mut offset = 0;
    for part in bytes.chunks_mut(READ_BYTES) {
        let read = &mut chunk[..part.len()];
        file.read_exact_at(read, offset)?;
        if *read != NOTHING[..part.len()] {
            part.copy_from_slice(read);
        }
        offset += part.len() as u64;
    }
    Ok(bytes)
}

/// Makes names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// A segment as it was found.
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) path: PathBuf,
    /// `Err` when the first bytes are no header: never begun, or damaged.
    pub(super) header: Result<SegmentHeader, Bad>,
}

impl Found {
    /// Looks at the header of segment `number`.
    pub(super) fn look(dir: &Path, number: u64) -> io::Result<Self> {
        let path = dir.join(file_name(number));
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        let header = match File::open(&path)?.read_exact_at(&mut bytes, 0) {
            Ok(()) => SegmentHeader::decode(&bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Bad::Invalid),
            Err(error) => return Err(error),
        };
        Ok(Self {
            number,
            path,
            header,
        })
    }

    pub(super) fn name(&self) -> String {
        file_name(self.number)
    }
}

/// Where the frames of a segment end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// First byte behind the last frame.
    pub(super) offset: usize,
    /// Sequence of the frame that would come next.
    pub(super) next_sequence: u64,
    /// Highest epoch that was seen.
    pub(super) epoch: u64,
    /// The format of the frame at `offset`, when it is whole but newer.
    pub(super) newer: Option<u8>,
}

/// Hands every whole frame of a segment, with its offset, to `on_frame`, up to the first that is not one or does not
/// follow.
pub(super) fn read_frames<E>(
    bytes: &[u8],
    header: SegmentHeader,
    mut on_frame: impl FnMut(usize, &Frame<'_>) -> Result<(), E>,
) -> Result<End, E> {
    let mut end = End {
        offset: SEGMENT_HEADER_BYTES,
        next_sequence: header.first_sequence,
        epoch: header.epoch,
        newer: None,
    };
    loop {
        let rest = bytes.get(end.offset..).unwrap_or_default();
        match Frame::decode(rest) {
            Ok(frame) if frame.sequence == end.next_sequence => {
                on_frame(end.offset, &frame)?;
                end.offset += frame.len;
                end.next_sequence += 1;
                end.epoch = end.epoch.max(frame.epoch);
            }
            Ok(_) | Err(Bad::Invalid) => return Ok(end),
            Err(Bad::Newer(format)) => {
                end.newer = Some(format);
                return Ok(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_file_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("segment");
        for len in [0, 1, READ_BYTES - 1, READ_BYTES, 3 * READ_BYTES + 7] {
            for at in [0, len / 2, len.saturating_sub(1)] {
                let mut content = vec![0; len];
                fs::write(&path, &content).unwrap();
                assert!(read(&path).unwrap() == content);
                content.get_mut(at).into_iter().for_each(|byte| *byte = 9);
                fs::write(&path, &content).unwrap();
                assert!(read(&path).unwrap() == content, "{at} of {len}");
            }
        }
    }
}
