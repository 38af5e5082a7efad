//! Reads the journal back and finds its end.
//!
//! Invariant: only the last frame may be torn, and only when nothing shows that it was acknowledged. Everything else
//! that is wrong stops the start, with file and offset: data that was promised is not dropped silently.

use std::io;
use std::path::{Path, PathBuf};

use super::frame::{Bad, FORMAT, Frame, find_frame};
use super::journal::Tail;
use super::options::{OpenError, REPAIR_COMMAND, TornTail};
use super::segment::{End, Found, file_name, list, read, read_frames};

/// What reading the journal found.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) tail: Tail,
    /// Highest epoch that was seen.
    pub(super) epoch: u64,
    /// Frames that were checked.
    pub(super) frames: u64,
    pub(super) torn: Option<TornTail>,
}

pub(super) fn damaged(file: PathBuf, offset: usize, what: &'static str) -> OpenError {
    let repair = REPAIR_COMMAND.to_owned();
    OpenError::Damaged {
        file,
        offset: offset as u64,
        what,
        repair,
    }
}

fn newer(file: PathBuf, found: u8) -> OpenError {
    OpenError::NewerFormat {
        file,
        found: found.into(),
        known: FORMAT.into(),
    }
}

pub(super) fn io(file: &Path, source: io::Error) -> OpenError {
    OpenError::Io {
        file: file.to_owned(),
        source,
    }
}

/// Hands the frames of every segment that may hold one newer than `acknowledged` to `on_frame`, with the number of the
/// segment and the offset in it. `acknowledged` is a frame that is known to have been durable.
pub(super) fn replay(
    dir: &Path,
    acknowledged: u64,
    mut on_frame: impl FnMut(u64, usize, &Frame<'_>) -> Result<(), OpenError>,
) -> Result<Replayed, OpenError> {
    let (begun, fresh) = segments(dir)?;
    let mut replayed = Replayed::default();
    let mut previous: Option<(&Begun, End)> = None;
    for (index, segment) in begun
        .iter()
        .enumerate()
        .skip(first_needed(&begun, acknowledged))
    {
        if let Some((before, end)) = &previous
            && end.next_sequence != segment.header.first_sequence
        {
            return Err(damaged(
                before.found.path.clone(),
                end.offset,
                "a frame is missing",
            ));
        }
        let path = &segment.found.path;
        let bytes = read(path).map_err(|error| io(path, error))?;
        let end = read_frames(&bytes, segment.header, |offset, frame| {
            replayed.frames += 1;
            on_frame(segment.found.number, offset, frame)
        })?;
        if let Some(format) = end.newer {
            return Err(newer(path.clone(), format));
        }
        if index + 1 == begun.len() {
            replayed.torn = torn(&segment.found, &bytes, end, fresh.is_some())?;
        }
        replayed.epoch = replayed.epoch.max(end.epoch);
        previous = Some((segment, end));
    }
    if let Some((segment, end)) = previous {
        let (offset, sequence) = (end.offset as u64, end.next_sequence - 1);
        replayed.tail = Tail {
            segment: segment.found.number,
            offset,
            sequence,
        };
        if acknowledged > sequence {
            let path = segment.found.path.clone();
            return Err(damaged(
                path,
                end.offset,
                "a frame that was acknowledged is missing",
            ));
        }
    } else if acknowledged > 0 {
        return Err(damaged(dir.join(file_name(1)), 0, "the journal is missing"));
    }
    if let Some(fresh) = fresh {
        replayed.torn = torn_start(&fresh)?;
        replayed.tail = Tail {
            segment: fresh.number,
            offset: 0,
            ..replayed.tail
        };
    }
    Ok(replayed)
}

struct Begun {
    found: Found,
    header: super::frame::SegmentHeader,
}

/// Segments with a header, and the one behind them that was made but never begun, if there is one.
fn segments(dir: &Path) -> Result<(Vec<Begun>, Option<Found>), OpenError> {
    let numbers = list(dir).map_err(|error| io(dir, error))?;
    let mut begun = Vec::with_capacity(numbers.len());
    let mut fresh: Option<Found> = None;
    for (expected, number) in (1..).zip(numbers) {
        if number != expected {
            return Err(damaged(
                dir.join(file_name(expected)),
                0,
                "a segment is missing",
            ));
        }
        if let Some(before) = fresh {
            return Err(damaged(before.path, 0, "the header of the segment"));
        }
        let found =
            Found::look(dir, number).map_err(|error| io(&dir.join(file_name(number)), error))?;
        fresh = match found.header {
            Ok(header) => {
                begun.push(Begun { found, header });
                None
            }
            Err(Bad::Newer(format)) => return Err(newer(found.path, format)),
            Err(Bad::Invalid) => Some(found),
        };
    }
    if let Some(first) = begun
        .first()
        .filter(|first| first.header.first_sequence != 1)
    {
        return Err(damaged(
            first.found.path.clone(),
            0,
            "the first frames are missing",
        ));
    }
    Ok((begun, fresh))
}

/// The last segment that starts at or before the first frame that is needed.
fn first_needed(begun: &[Begun], acknowledged: u64) -> usize {
    let needed = acknowledged.saturating_add(1);
    begun
        .iter()
        .rposition(|segment| segment.header.first_sequence <= needed)
        .unwrap_or(0)
}

/// What stands behind the last frame of the last segment: zeros, or a frame that was not finished.
fn torn(
    found: &Found,
    bytes: &[u8],
    end: End,
    is_followed: bool,
) -> Result<Option<TornTail>, OpenError> {
    let rest = bytes.get(end.offset..).unwrap_or_default();
    let Some(last) = rest.iter().rposition(|&byte| byte != 0) else {
        return Ok(None);
    };
    // The writer never starts a frame before the one before it is on disk: a whole one behind it means that this one
    // was whole once, and so does a later segment.
    if is_followed || find_frame(&rest[1..], end.next_sequence).is_some() {
        return Err(damaged(
            found.path.clone(),
            end.offset,
            "a frame fails its check",
        ));
    }
    let (segment, offset) = (found.name(), end.offset as u64);
    Ok(Some(TornTail {
        segment,
        offset,
        bytes: last as u64 + 1,
    }))
}

/// The same for a segment whose header is not valid.
fn torn_start(fresh: &Found) -> Result<Option<TornTail>, OpenError> {
    let bytes = read(&fresh.path).map_err(|error| io(&fresh.path, error))?;
    let Some(last) = bytes.iter().rposition(|&byte| byte != 0) else {
        return Ok(None);
    };
    if find_frame(&bytes, 0).is_some() {
        return Err(damaged(fresh.path.clone(), 0, "the header of the segment"));
    }
    Ok(Some(TornTail {
        segment: fresh.name(),
        offset: 0,
        bytes: last as u64 + 1,
    }))
}
