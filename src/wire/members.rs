//! Walks the members of a JSON object without building a tree: `(key, raw value)` pairs that borrow from the text.
//!
//! Invariant: only for texts that [`super::json::check`] has passed; on anything else the walk ends early, it never panics.

use std::borrow::Cow;

/// The members of `object` in order; nothing when it is not an object.
pub fn members(object: &str) -> Members<'_> {
    let text = object.trim_ascii();
    let rest = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .unwrap_or("");
    Members { rest }
}

/// The items of `array` in order; nothing when it is not an array.
pub fn items(array: &str) -> Items<'_> {
    let text = array.trim_ascii();
    let rest = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or("");
    Items { rest }
}

/// The text of a JSON string; `None` when `raw` is something else.
pub fn string(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// The raw value of member `name`.
pub fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    members(object)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

/// See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let key = take_value(&mut self.rest)?;
        self.rest = self.rest.trim_ascii_start().strip_prefix(':')?;
        let value = take_value(&mut self.rest)?;
        skip_comma(&mut self.rest);
        Some((string(key)?, value))
    }
}

/// See [`items`].
#[derive(Clone, Debug)]
pub struct Items<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let value = take_value(&mut self.rest)?;
        skip_comma(&mut self.rest);
        Some(value)
    }
}

fn skip_comma(rest: &mut &str) {
    let trimmed = rest.trim_ascii_start();
    *rest = trimmed.strip_prefix(',').unwrap_or(trimmed);
}

/// Cuts the first value off `rest`.
fn take_value<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_ascii_start();
    let end = match text.bytes().next()? {
        b'"' => string_end(text.as_bytes(), 0)?,
        b'{' | b'[' => container_end(text.as_bytes())?,
        _ => text
            .find([',', '}', ']', ':', ' ', '\n', '\r', '\t'])
            .unwrap_or(text.len()),
    };
    let (value, after) = text.split_at_checked(end)?;
    *rest = after;
    Some(value)
}

/// One past the closing quote of the string that opens at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// One past the bracket that closes the one at the beginning.
fn container_end(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_u32);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_order_with_their_raw_values() {
        let text = "\n { \"a\" : 1 , \"b\\u0062\": {\"x\":\"}\\\"\"} ,\"c\":[ [] , 2],\"d\":\"\" }";
        let found: Vec<_> = members(text)
            .map(|(key, value)| (key.into_owned(), value))
            .collect();
        let expected = [
            ("a", "1"),
            ("bb", "{\"x\":\"}\\\"\"}"),
            ("c", "[ [] , 2]"),
            ("d", "\"\""),
        ];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value)));
    }

    #[test]
    fn items_come_in_order() {
        assert_eq!(
            items("[1, \"a,b\" ,{}]").collect::<Vec<_>>(),
            ["1", "\"a,b\"", "{}"]
        );
        assert_eq!(items("[]").count(), 0);
    }

    #[test]
    fn other_texts_have_none_and_do_not_panic() {
        for text in ["", "1", "\"a\"", "[", "{\"a\"", "{\"a\":\"", "{é", "{\"\\"] {
            assert_eq!(members(text).count(), 0, "{text}");
            let _ = items(text).count();
        }
        assert_eq!(string("1"), None);
        assert_eq!(string("\"a\\n\"").as_deref(), Some("a\n"));
    }
}
