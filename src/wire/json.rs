//! The check that every JSON text passes before anything else reads it: one pass over the bytes, no tree.
//!
//! Invariant: a text that passes is valid JSON without duplicate keys, NUL or lone surrogates, at most
//! [`DEPTH_MAX`] deep and [`NODES_MAX`] values long; [`super::members`] and `serde_json` may rely on it.

use std::borrow::Cow;

/// Deepest nesting of objects and arrays.
pub const DEPTH_MAX: u32 = 64;
/// Most values in one text.
pub const NODES_MAX: u32 = 100_000;
/// Objects up to this size are searched pair by pair for duplicate keys, larger ones are sorted.
const PAIRWISE_KEYS_MAX: usize = 16;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// Not JSON (-32700); the byte where reading stopped.
    Malformed {
        /// Offset in bytes.
        at: usize,
    },
    /// JSON, but against one of our rules (-32600).
    Refused(&'static str),
}

/// Checks `bytes` and gives them back as text.
///
/// # Errors
/// [`JsonFault`].
pub fn check(bytes: &[u8]) -> Result<&str, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonFault::Malformed {
        at: error.valid_up_to(),
    })?;
    Checker {
        bytes,
        at: 0,
        depth: 0,
        objects: 0,
        nodes: 0,
        keys: Vec::new(),
        starts: [0; 64],
    }
    .document()?;
    Ok(text)
}

#[derive(Clone, Copy)]
struct Key<'a> {
    raw: &'a [u8],
    is_escaped: bool,
}

impl<'a> Key<'a> {
    fn text(self) -> Cow<'a, [u8]> {
        if !self.is_escaped {
            return Cow::Borrowed(self.raw);
        }
        let mut quoted = Vec::with_capacity(self.raw.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(self.raw);
        quoted.push(b'"');
        match serde_json::from_slice::<String>(&quoted) {
            Ok(text) => Cow::Owned(text.into_bytes()),
            Err(_) => Cow::Borrowed(self.raw),
        }
    }
}

struct Checker<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    /// Bit `d` is set when the container at depth `d` is an object.
    objects: u64,
    nodes: u32,
    keys: Vec<Key<'a>>,
    /// Where the keys of the object at each depth begin.
    starts: [usize; DEPTH_MAX as usize],
}

type Checked<T = ()> = Result<T, JsonFault>;

impl Checker<'_> {
    fn malformed<T>(&self) -> Checked<T> {
        Err(JsonFault::Malformed { at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) -> Option<u8> {
        while let Some(byte @ (b' ' | b'\n' | b'\r' | b'\t')) = self.peek() {
            let _ = byte;
            self.at += 1;
        }
        self.peek()
    }

    fn document(&mut self) -> Checked {
        self.value()?;
        loop {
            let next = self.skip_space();
            if self.depth == 0 {
                return if next.is_none() {
                    Ok(())
                } else {
                    self.malformed()
                };
            }
            let in_object = self.objects >> (self.depth - 1) & 1 == 1;
            match (next, in_object) {
                (Some(b','), true) => {
                    self.at += 1;
                    self.key()?;
                    self.value()?;
                }
                (Some(b','), false) => {
                    self.at += 1;
                    self.value()?;
                }
                (Some(b'}'), true) => self.close_object()?,
                (Some(b']'), false) => {
                    self.at += 1;
                    self.depth -= 1;
                }
                _ => return self.malformed(),
            }
        }
    }

    /// Reads one scalar, or opens containers down to the first scalar or empty container.
    fn value(&mut self) -> Checked {
        loop {
            let Some(byte) = self.skip_space() else {
                return self.malformed();
            };
            self.nodes += 1;
            if self.nodes > NODES_MAX {
                return Err(JsonFault::Refused("the request has too many values"));
            }
            match byte {
                b'{' => {
                    self.open(true)?;
                    if self.skip_space() == Some(b'}') {
                        return self.close_object();
                    }
                    self.key()?;
                }
                b'[' => {
                    self.open(false)?;
                    if self.skip_space() == Some(b']') {
                        self.at += 1;
                        self.depth -= 1;
                        return Ok(());
                    }
                }
                b'"' => return self.string().map(drop),
                b'-' | b'0'..=b'9' => return self.number(),
                b't' => return self.word(b"true"),
                b'f' => return self.word(b"false"),
                b'n' => return self.word(b"null"),
                _ => return self.malformed(),
            }
        }
    }

    fn open(&mut self, is_object: bool) -> Checked {
        if self.depth == DEPTH_MAX {
            return Err(JsonFault::Refused(
                "the request is nested deeper than 64 levels",
            ));
        }
        let bit = 1_u64 << self.depth;
        if is_object {
            self.objects |= bit;
            self.starts[self.depth as usize] = self.keys.len();
        } else {
            self.objects &= !bit;
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close_object(&mut self) -> Checked {
        self.at += 1;
        self.depth -= 1;
        let start = self.starts[self.depth as usize];
        if has_duplicates(&self.keys[start..]) {
            return Err(JsonFault::Refused("an object has the same key twice"));
        }
        self.keys.truncate(start);
        Ok(())
    }

    fn key(&mut self) -> Checked {
        if self.skip_space() != Some(b'"') {
            return self.malformed();
        }
        let start = self.at + 1;
        let is_escaped = self.string()?;
        self.keys.push(Key {
            raw: &self.bytes[start..self.at - 1],
            is_escaped,
        });
        if self.skip_space() != Some(b':') {
            return self.malformed();
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a string; whether it holds an escape.
    fn string(&mut self) -> Checked<bool> {
        let mut is_escaped = false;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(is_escaped);
                }
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape()?;
                }
                Some(0..0x20) | None => return self.malformed(),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Checked {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.code_unit()? {
                0 => return Err(JsonFault::Refused("a string holds a NUL character")),
                0xDC00..=0xDFFF => return self.malformed(),
                0xD800..=0xDBFF if !matches!(self.code_unit()?, 0xDC00..=0xDFFF) => {
                    return self.malformed();
                }
                _ => {}
            },
            _ => return self.malformed(),
        }
        Ok(())
    }

    /// Reads `\uXXXX`.
    fn code_unit(&mut self) -> Checked<u16> {
        let unit = self
            .bytes
            .get(self.at..self.at + 6)
            .filter(|escape| escape.starts_with(b"\\u"))
            .and_then(|escape| {
                escape[2..].iter().try_fold(0_u32, |unit, &byte| {
                    Some(unit << 4 | char::from(byte).to_digit(16)?)
                })
            })
            .and_then(|unit| u16::try_from(unit).ok());
        let Some(unit) = unit else {
            return self.malformed();
        };
        self.at += 6;
        Ok(unit)
    }

    fn digits(&mut self) -> Checked {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            self.malformed()
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Checked {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Checked {
        if !self.bytes[self.at..].starts_with(word) {
            return self.malformed();
        }
        self.at += word.len();
        Ok(())
    }
}

fn has_duplicates(keys: &[Key<'_>]) -> bool {
    if keys.len() <= PAIRWISE_KEYS_MAX && !keys.iter().any(|key| key.is_escaped) {
        return keys
            .iter()
            .enumerate()
            .any(|(index, key)| keys[..index].iter().any(|earlier| earlier.raw == key.raw));
    }
    let mut texts: Vec<_> = keys.iter().map(|key| key.text()).collect();
    texts.sort_unstable();
    texts.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests;
