//! Frames and segment headers: the bytes of the journal, format 1.
//!
//! Invariant: the format is final. A frame is whole or it is not there: one checksum covers its header and its
//! operations, and a sequence number that does not follow makes it invalid where it stands.
//!
//! Numbers are big-endian, like the numbers inside keys. A frame:
//!
//! | bytes | field |
//! |---|---|
//! | 0–3 | magic, `AFRM` |
//! | 4 | format, 1 |
//! | 5 | flags, 0 |
//! | 6–7 | reserved, 0 |
//! | 8–11 | length of the operations in bytes |
//! | 12–15 | CRC-32C of bytes 0–11 and of everything from byte 16 on |
//! | 16–23 | sequence: counts frames of this store from 1 |
//! | 24–31 | epoch: the start of the process that wrote it |
//! | 32… | operations, one behind the other |
//!
//! An operation:
//!
//! | bytes | field |
//! |---|---|
//! | 0 | 1 put, 2 delete |
//! | 1 | table, see [`Table`] |
//! | 2–3 | length of the key |
//! | 4–7 | length of the value; 0 for a delete |
//! | 8 | version of the value, 1 |
//! | 9 | flags of the value, 0 |
//! | 10… | key, then value |
//!
//! A segment starts with 64 bytes; frames follow without gaps, then zeros up to the end of the file:
//!
//! | bytes | field |
//! |---|---|
//! | 0–3 | magic, `ASEG` |
//! | 4 | format, 1 |
//! | 5–7 | reserved, 0 |
//! | 8–15 | sequence of its first frame |
//! | 16–23 | epoch in which it was begun |
//! | 24–31 | oldest due time of what it holds, reserved, 0 |
//! | 32–35 | CRC-32C of bytes 0–31 |
//! | 36–63 | zeros |

use crc32c::{crc32c, crc32c_append};

use crate::ports::store::{Op, Table};

/// Format of frames and segments. Newer ones are refused.
pub(super) const FORMAT: u8 = 1;
/// Bytes before the operations of a frame.
pub(super) const FRAME_HEADER_BYTES: usize = 32;
/// Bytes before the first frame of a segment.
pub(super) const SEGMENT_HEADER_BYTES: usize = 64;

const FRAME_MAGIC: [u8; 4] = *b"AFRM";
const SEGMENT_MAGIC: [u8; 4] = *b"ASEG";
const OP_HEADER_BYTES: usize = 10;
const VALUE_VERSION: u8 = 1;
const PUT: u8 = 1;
const DELETE: u8 = 2;

/// Memory of the buffer that is kept between frames: enough for most groups. A larger frame gives the rest back.
const KEPT_BYTES_MAX: usize = 256 << 10;

/// Builds one frame in a buffer that is used again and again.
#[derive(Default)]
pub(super) struct Encoder {
    buffer: Vec<u8>,
}

impl Encoder {
    /// Starts a new frame.
    pub(super) fn start(&mut self, sequence: u64, epoch: u64) {
        self.buffer.clear();
        self.buffer.extend(FRAME_MAGIC);
        self.buffer.extend([FORMAT, 0, 0, 0]);
        self.buffer.extend([0; 8]);
        self.buffer.extend(sequence.to_be_bytes());
        self.buffer.extend(epoch.to_be_bytes());
    }

    /// Adds an operation; gives the offset of its value in the frame. Lengths were checked at the door.
    pub(super) fn push(&mut self, op: &Op) -> usize {
        let (code, table, key, value) = match op {
            Op::Put { table, key, value } => (PUT, *table, key, value.as_ref()),
            Op::Delete { table, key } => (DELETE, *table, key, &[][..]),
        };
        let key_len = u16::try_from(key.len()).expect("keys are short");
        let value_len = u32::try_from(value.len()).expect("values are below 4 GiB");
        self.buffer.extend([code, table as u8]);
        self.buffer.extend(key_len.to_be_bytes());
        self.buffer.extend(value_len.to_be_bytes());
        self.buffer.extend([VALUE_VERSION, 0]);
        self.buffer.extend_from_slice(key);
        let offset = self.buffer.len();
        self.buffer.extend_from_slice(value);
        offset
    }

    /// The frame holds no operation.
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.len() <= FRAME_HEADER_BYTES
    }

    /// The frame was written: gives back what a large one took.
    pub(super) fn trim(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BYTES_MAX);
    }

    /// Fills in length and checksum; gives the whole frame.
    pub(super) fn finish(&mut self) -> &[u8] {
        let payload = self.buffer.len() - FRAME_HEADER_BYTES;
        let payload = u32::try_from(payload).expect("frames are below 4 GiB");
        self.buffer[8..12].copy_from_slice(&payload.to_be_bytes());
        let crc = frame_crc(&self.buffer);
        self.buffer[12..16].copy_from_slice(&crc.to_be_bytes());
        &self.buffer
    }
}

fn frame_crc(frame: &[u8]) -> u32 {
    crc32c_append(crc32c(&frame[..12]), &frame[16..])
}

/// A frame as it stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) sequence: u64,
    pub(super) epoch: u64,
    /// Its length, header included.
    pub(super) len: usize,
    payload: &'a [u8],
}

/// One operation of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoredOp<'a> {
    pub(super) table: Table,
    pub(super) key: &'a [u8],
    /// Value and its offset in the frame; `None` for a delete.
    pub(super) value: Option<(&'a [u8], usize)>,
}

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// Not a frame, cut short, or its checksum does not fit.
    Invalid,
    /// Whole, but of a newer format.
    Newer(u8),
}

impl<'a> Frame<'a> {
    /// Reads the frame at the start of `bytes`.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, Bad> {
        if bytes.len() < FRAME_HEADER_BYTES || !bytes.starts_with(&FRAME_MAGIC) {
            return Err(Bad::Invalid);
        }
        let payload = number(&bytes[8..12]);
        let len = usize::try_from(payload).map_err(|_| Bad::Invalid)? + FRAME_HEADER_BYTES;
        let frame = bytes.get(..len).ok_or(Bad::Invalid)?;
        if u64::from(frame_crc(frame)) != number(&frame[12..16]) {
            return Err(Bad::Invalid);
        }
        if frame[4] != FORMAT {
            return Err(Bad::Newer(frame[4]));
        }
        let (sequence, epoch) = (number(&frame[16..24]), number(&frame[24..32]));
        Ok(Self {
            sequence,
            epoch,
            len,
            payload: &frame[FRAME_HEADER_BYTES..],
        })
    }

    /// Its operations. An `Err` means that the writer was wrong or newer, since the checksum fits.
    pub(super) fn ops(&self) -> impl Iterator<Item = Result<StoredOp<'a>, Bad>> + use<'a> {
        let payload = self.payload;
        let mut at = 0;
        std::iter::from_fn(move || {
            if at >= payload.len() {
                return None;
            }
            let op = decode_op(payload, &mut at);
            if op.is_none() {
                at = payload.len();
            }
            Some(op.ok_or(Bad::Invalid))
        })
    }
}

fn decode_op<'a>(payload: &'a [u8], at: &mut usize) -> Option<StoredOp<'a>> {
    let header = payload.get(*at..*at + OP_HEADER_BYTES)?;
    let table = Table::from_tag(header[1])?;
    let key_len = usize::try_from(number(&header[2..4])).ok()?;
    let value_len = usize::try_from(number(&header[4..8])).ok()?;
    if header[8] != VALUE_VERSION || header[9] != 0 {
        return None;
    }
    let key_at = *at + OP_HEADER_BYTES;
    let value_at = key_at + key_len;
    let key = payload.get(key_at..value_at)?;
    let value = payload.get(value_at..value_at + value_len)?;
    *at = value_at + value_len;
    match header[0] {
        PUT => Some(StoredOp {
            table,
            key,
            value: Some((value, FRAME_HEADER_BYTES + value_at)),
        }),
        DELETE if value.is_empty() => Some(StoredOp {
            table,
            key,
            value: None,
        }),
        _ => None,
    }
}

/// Where the first whole frame in `bytes` starts whose sequence is at least `sequence_min`.
pub(super) fn find_frame(bytes: &[u8], sequence_min: u64) -> Option<usize> {
    let starts = bytes.windows(FRAME_MAGIC.len()).enumerate();
    starts
        .filter(|(_, window)| *window == FRAME_MAGIC)
        .map(|(at, _)| at)
        .find(|&at| match Frame::decode(&bytes[at..]) {
            Ok(frame) => frame.sequence >= sequence_min,
            Err(Bad::Newer(_)) => true,
            Err(Bad::Invalid) => false,
        })
}

/// The start of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) first_sequence: u64,
    pub(super) epoch: u64,
}

impl SegmentHeader {
    /// Its bytes.
    pub(super) fn encode(self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..4].copy_from_slice(&SEGMENT_MAGIC);
        bytes[4] = FORMAT;
        bytes[8..16].copy_from_slice(&self.first_sequence.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.epoch.to_be_bytes());
        let crc = crc32c(&bytes[..32]);
        bytes[32..36].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads the header at the start of `bytes`.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Bad> {
        let bytes = bytes.get(..SEGMENT_HEADER_BYTES).ok_or(Bad::Invalid)?;
        let is_whole = u64::from(crc32c(&bytes[..32])) == number(&bytes[32..36]);
        let is_padded = bytes[36..].iter().all(|&byte| byte == 0);
        if !bytes.starts_with(&SEGMENT_MAGIC) || !is_whole || !is_padded {
            return Err(Bad::Invalid);
        }
        if bytes[4] != FORMAT {
            return Err(Bad::Newer(bytes[4]));
        }
        Ok(Self {
            first_sequence: number(&bytes[8..16]),
            epoch: number(&bytes[16..24]),
        })
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

#[cfg(test)]
mod tests;
