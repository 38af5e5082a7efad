//! Rules for single values: what is allowed, what is quietly put right, and the sentence when neither holds.
//!
//! Invariant: every refusal names the path of the field and the rule; no value of the caller stands in an error text.

use aios_actors::base::error::PublicError;
use serde_json::{Map, Value};

use super::nearest::nearest;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// A text with so many characters, not counting white space around it.
    Text {
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
    /// One word of a list; the second list maps older words.
    Word(
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    ),
    /// A list of different words, as above.
    Words(
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    ),
    /// A list of texts.
    Texts {
        /// Most items.
        items: usize,
        /// Most characters of one.
        chars: usize,
    },
    /// A list of relative paths or globs.
    Paths {
        /// Most items.
        items: usize,
    },
    /// A text that passes the check; the sentence says what the check wants.
    Checked(fn(&str) -> bool, &'static str),
    /// `#rrggbb`; `#rgb` is widened.
    Color,
    /// An integer.
    Whole {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
    },
    /// A number from 0 to the maximum.
    Amount {
        /// Most.
        max: f64,
    },
    /// True or false.
    Flag,
    /// An object up to so many bytes of JSON.
    Object {
        /// Most.
        bytes: usize,
        /// It has at least one of these members.
        members: &'static [&'static str],
    },
    /// An object with known members.
    Group {
        /// The members.
        fields: &'static [Field],
        /// Unknown members.
        others: Others,
    },
}

/// What becomes of the unknown members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Ignored, and said.
    Ignored,
    /// Texts of up to so many characters are kept.
    Kept(usize),
    /// The same, and said.
    KeptAndSaid(usize),
}

/// A named value.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Rule.
    pub rule: Rule,
}

type Checked = Result<Value, PublicError>;

impl Rule {
    /// The value as the rule wants it. What had to be changed is said in `warnings`.
    ///
    /// # Errors
    /// `INVALID_INPUT` with `path` and the rule.
    pub fn apply(self, path: &str, value: Value, warnings: &mut Vec<String>) -> Checked {
        match self {
            Self::Text { min, max } => text(path, value, (min, max)),
            Self::Word(known, older) => {
                word(path, &value, (known, older), warnings).map(Value::from)
            }
            Self::Words(known, older) => words(path, value, (known, older), warnings),
            Self::Texts { items, chars } => texts(path, value, (items, chars), warnings),
            Self::Paths { items } => {
                let value = texts(path, value, (items, 300), warnings)?;
                let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
                match all
                    .iter()
                    .position(|path| !path.as_str().is_some_and(is_relative_path))
                {
                    Some(at) => Err(PublicError::invalid(
                        &format!("{path}[{at}]"),
                        "must be a relative path without `..` or backslashes",
                    )),
                    None => Ok(value),
                }
            }
            Self::Checked(check, wanted) => match value {
                Value::String(text) if check(&text) => Ok(Value::String(text)),
                _ => Err(PublicError::invalid(path, wanted)),
            },
            Self::Color => color(path, &value),
            Self::Whole { min, max } => whole(path, &value, (min, max)),
            Self::Amount { max } => match number(&value) {
                Some(amount) if (0.0..=max).contains(&amount) => Ok(amount.into()),
                _ => Err(PublicError::invalid(
                    path,
                    format!("must be a number from 0 to {max}"),
                )),
            },
            Self::Flag => match &value {
                Value::Bool(_) => Ok(value),
                Value::String(text) if text == "true" || text == "false" => {
                    Ok((text == "true").into())
                }
                _ => Err(PublicError::invalid(path, "must be true or false")),
            },
            Self::Object { bytes, members } => {
                readable(path, object(path, value, bytes)?, members, warnings).map(Value::Object)
            }
            Self::Group { fields, others } => {
                group(path, value, (fields, others), warnings).map(Value::Object)
            }
        }
    }
}

fn text(path: &str, value: Value, (min, max): (usize, usize)) -> Checked {
    let Value::String(text) = value else {
        return Err(PublicError::invalid(path, "must be a string"));
    };
    if min > 0 && text.trim().is_empty() {
        return Err(PublicError::invalid(path, "must not be empty"));
    }
    // A text has at most as many characters as bytes: counting is for long ones only.
    if text.len() > max && text.chars().count() > max {
        return Err(PublicError::invalid(
            path,
            format!("must have at most {max} characters"),
        ));
    }
    Ok(Value::String(text))
}

type Lists = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

fn word(
    path: &str,
    value: &Value,
    (known, older): Lists,
    warnings: &mut Vec<String>,
) -> Result<&'static str, PublicError> {
    let given = value.as_str().unwrap_or_default();
    if let Some(word) = known.iter().find(|word| **word == given) {
        return Ok(word);
    }
    if let Some((old, new)) = older.iter().find(|(old, _)| *old == given) {
        warnings.push(format!("`{path}`: `{old}` was read as `{new}`"));
        return Ok(new);
    }
    let list = known.join(", ");
    let hint = nearest(given, known).map(|word| format!("; did you mean `{word}`?"));
    let rule = format!("must be one of {list}{}", hint.unwrap_or_default());
    Err(PublicError::invalid(path, rule))
}

fn words(path: &str, value: Value, lists: Lists, warnings: &mut Vec<String>) -> Checked {
    let items = list(path, value, warnings)?;
    if items.is_empty() {
        return Err(PublicError::invalid(
            path,
            "must not be empty; leave it out for the default",
        ));
    }
    let mut found: Vec<&'static str> = Vec::new();
    for (at, item) in items.iter().enumerate().take(100) {
        let word = word(&format!("{path}[{at}]"), item, lists, warnings)?;
        if !found.contains(&word) {
            found.push(word);
        }
    }
    // The list's own order, so that equal wishes are equal arguments.
    found.sort_by_key(|word| lists.0.iter().position(|known| known == word));
    Ok(found.into())
}

/// A list; a single text counts as a list of one.
fn list(path: &str, value: Value, warnings: &mut Vec<String>) -> Result<Vec<Value>, PublicError> {
    match value {
        Value::Array(items) => Ok(items),
        Value::String(_) => {
            warnings.push(format!("`{path}` was read as a list of one item"));
            Ok(vec![value])
        }
        _ => Err(PublicError::invalid(path, "must be a list of strings")),
    }
}

fn texts(
    path: &str,
    value: Value,
    (items_max, chars_max): (usize, usize),
    warnings: &mut Vec<String>,
) -> Checked {
    let items = list(path, value, warnings)?;
    if items.len() > items_max {
        return Err(PublicError::invalid(
            path,
            format!("must have at most {items_max} items"),
        ));
    }
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| text(&format!("{path}[{at}]"), item, (1, chars_max)))
        .collect()
}

fn is_relative_path(path: &str) -> bool {
    !path.starts_with('/') && !path.contains("..") && !path.contains(['\\', '\0'])
}

fn color(path: &str, value: &Value) -> Checked {
    let digits = value
        .as_str()
        .and_then(|text| text.trim().strip_prefix('#'))
        .unwrap_or("");
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) || ![3, 6].contains(&digits.len()) {
        return Err(PublicError::invalid(
            path,
            "must be a colour like `#1a2b3c`",
        ));
    }
    let repeat = 6 / digits.len();
    let wide: String = digits
        .chars()
        .flat_map(|digit| std::iter::repeat_n(digit, repeat))
        .collect();
    Ok(format!("#{}", wide.to_ascii_lowercase()).into())
}

/// A number, also where a client sent it as text.
fn number(value: &Value) -> Option<f64> {
    let parsed = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    parsed.filter(|number| number.is_finite())
}

fn whole(path: &str, value: &Value, (min, max): (u64, u64)) -> Checked {
    let parsed = match value {
        Value::String(text) => text.trim().parse().ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "only whole numbers far below 2^53 pass the filter"
        )]
        Value::Number(given) => given.as_u64().or_else(|| {
            let float = given.as_f64().filter(|n| n.fract() == 0.0);
            float
                .filter(|n| *n >= 0.0 && *n <= max.min(1 << 52) as f64)
                .map(|n| n as u64)
        }),
        _ => None,
    };
    match parsed {
        Some(number) if (min..=max).contains(&number) => Ok(number.into()),
        _ => Err(PublicError::invalid(
            path,
            format!("must be an integer from {min} to {max}"),
        )),
    }
}

/// An object, also where a client sent it as JSON text.
fn object(path: &str, value: Value, bytes_max: usize) -> Result<Map<String, Value>, PublicError> {
    let value = match value {
        Value::String(text) if text.trim_start().starts_with('{') && text.len() <= bytes_max => {
            serde_json::from_str(&text).unwrap_or(Value::Null)
        }
        other => other,
    };
    let Value::Object(members) = value else {
        return Err(PublicError::invalid(path, "must be an object"));
    };
    let fits = serde_json::to_vec(&members).is_ok_and(|text| text.len() <= bytes_max);
    if fits {
        Ok(members)
    } else {
        Err(PublicError::invalid(
            path,
            format!("must have at most {bytes_max} bytes of JSON"),
        ))
    }
}

/// An object in which something can be read. One that is wrapped in its own name is unwrapped.
fn readable(
    path: &str,
    mut given: Map<String, Value>,
    members: &[&str],
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, PublicError> {
    let has_one =
        |object: &Map<String, Value>| members.iter().any(|name| object.contains_key(*name));
    if has_one(&given) {
        return Ok(given);
    }
    if let Some(Value::Object(inner)) = given.get_mut(path)
        && has_one(inner)
    {
        warnings.push(format!("`{path}.{path}` was read as `{path}`"));
        return Ok(std::mem::take(inner));
    }
    let list = members.join(", ");
    Err(PublicError::invalid(
        path,
        format!("has none of the members {list}"),
    ))
}

fn group(
    path: &str,
    value: Value,
    (fields, others): (&'static [Field], Others),
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, PublicError> {
    let mut given = object(path, value, 64 * 1024)?;
    let mut kept = Map::new();
    for field in fields {
        let Some(value) = given
            .shift_remove(field.name)
            .filter(|value| !value.is_null())
        else {
            continue;
        };
        let value = field
            .rule
            .apply(&format!("{path}.{}", field.name), value, warnings)?;
        kept.insert(field.name.to_owned(), value);
    }
    // Sorted, so that equal wishes are equal arguments.
    let mut rest: Vec<_> = given.into_iter().collect();
    rest.sort_by(|left, right| left.0.cmp(&right.0));
    for (name, value) in rest.into_iter().take(50) {
        let shown: String = name.chars().take(60).collect();
        match (others, value) {
            (Others::Kept(max) | Others::KeptAndSaid(max), value @ Value::String(_)) => {
                if others != Others::Kept(max) {
                    warnings.push(format!(
                        "`{path}.{shown}` is not a known field; it is read as text"
                    ));
                }
                let value = text(&format!("{path}.{shown}"), value, (1, max))?;
                kept.insert(shown, value);
            }
            _ => warnings.push(format!("unknown field `{path}.{shown}` was ignored")),
        }
    }
    Ok(kept)
}
