//! Fields: from words like "due date (optional)" to a typed field.
//!
//! Invariant: a field made here has a valid name that is none of the standard columns.

use std::ops::Range;

use crate::model::{Field, FieldType, Origin};

use super::doc::Doc;
use super::lexicon;
use super::values::values;
use super::words::{label, snake};
/// Longest one-line text.
const LINE_MAX: u32 = 200;

/// A field called `name`, typed by its name.
pub(super) fn named(name: &str) -> Option<Field> {
    let name = snake(name)?;
    let standard = matches!(
        name.as_str(),
        "id" | "owner_id"
            | "created_at"
            | "updated_at"
            | "created"
            | "updated"
            | "uuid"
            | "_id"
            | "creation_date"
            | "created_on"
            | "date_created"
            | "createdat"
            | "updatedat"
            | "deleted_at"
    );
    if standard {
        return None;
    }
    let found = lexicon::named_field(&name);
    let mut field = Field {
        label: label(&name),
        kind: found.map_or(FieldType::String, |found| found.kind),
        required: found.is_some_and(|found| found.required),
        unique: found.is_some_and(|found| found.unique && found.kind != FieldType::Email),
        pii: found.is_some_and(|found| found.pii),
        name,
        ..Field::default()
    };
    fit(&mut field);
    Some(field)
}

/// Gives `field` the limits of its type.
pub(super) fn fit(field: &mut Field) {
    let line = matches!(field.kind, FieldType::String | FieldType::Slug);
    field.max_length = line.then(|| field.max_length.unwrap_or(LINE_MAX).clamp(1, 10_000));
    field.min = match field.kind {
        FieldType::Money | FieldType::Duration => Some(0.0),
        FieldType::Integer if !field.name.contains("level") && !field.name.contains("floor") => {
            Some(0.0)
        }
        _ => None,
    };
    let stars =
        field.kind == FieldType::Integer && matches!(field.name.as_str(), "stars" | "rating");
    if stars {
        field.min = Some(1.0);
        field.max = Some(5.0);
    }
    if field.name.ends_with("_percent") {
        field.min = Some(0.0);
        field.max = Some(100.0);
    }
    if matches!(
        field.kind,
        FieldType::Text | FieldType::Json | FieldType::Boolean | FieldType::Enum
    ) {
        field.unique = false;
    }
}

/// Reads one field as people write it: "`total`: decimal, required", "status (draft, sent)", "due date?".
pub(super) fn parse(text: &str, doc: &Doc<'_>, span: &Range<usize>) -> Option<Field> {
    let text = text
        .trim()
        .trim_matches(['`', '*', '.', ',', ';', ' ', '"']);
    let name_end = text
        .find([':', '(', '=', '[', '–', '—', '?', '{', '<'])
        .unwrap_or(text.len());
    let dash = text.find(" - ").unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end.min(dash));
    let name = name.trim().trim_matches(['`', '*']).trim();
    let name = strip_determiner(name);
    let words = name.split_whitespace().count();
    if name.is_empty() || words > 4 || name.chars().count() > 48 {
        return None;
    }
    let mut field = named(name)?;
    qualify(&mut field, rest);
    field.label = label(name).chars().take(60).collect();
    if !field.label.contains(' ') {
        field.label = label(&field.name);
    }
    field.trace = doc.trace(Origin::Spec, span);
    fit(&mut field);
    Some(field)
}

fn strip_determiner(name: &str) -> &str {
    let lower = name.to_lowercase();
    for word in lexicon::marks("field.determiners").iter().copied() {
        if lower.starts_with(word) {
            return name.get(word.len()..).map_or(name, str::trim);
        }
    }
    name
}

/// What stands after the name: type, values, flags.
fn qualify(field: &mut Field, rest: &str) {
    let lower = rest.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(lexicon::marks("field.required")) && !has(&["not required"]) {
        field.required = true;
    }
    if has(lexicon::marks("field.optional")) || rest.starts_with('?') {
        field.required = false;
    }
    field.unique |= has(&["unique", "único"]);
    let values = values(rest);
    let kind = said_type(&lower);
    if values.len() >= 2 && matches!(kind, None | Some(FieldType::Enum | FieldType::String)) {
        field.kind = FieldType::Enum;
        field.values = values;
    } else if let Some(kind) = kind.filter(|kind| !is_vague(*kind, field.kind)) {
        field.kind = kind;
    }
}

/// The type that the words name: the first word, or any that means nothing but a type.
fn said_type(lower: &str) -> Option<FieldType> {
    let words: Vec<&str> = lower
        .split(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '/' | '-')))
        .filter(|word| !word.is_empty())
        .collect();
    let ambiguous = lexicon::marks("field.ambiguous_types");
    let sure = || {
        words
            .iter()
            .filter(|word| !ambiguous.contains(word))
            .find_map(|word| lexicon::field_type(word))
    };
    words
        .first()
        .and_then(|word| lexicon::field_type(word))
        .or_else(sure)
}

/// Whether the name of the field knows more than its stated type does.
fn is_vague(said: FieldType, named: FieldType) -> bool {
    use FieldType as T;
    match said {
        T::String => !matches!(named, T::Integer | T::Boolean | T::Duration),
        T::Text => matches!(named, T::Image | T::Url | T::Email),
        T::Integer | T::Decimal => {
            matches!(named, T::Money | T::Decimal | T::Duration | T::Integer)
        }
        T::Uuid | T::Enum => true,
        _ => false,
    }
}

/// Splits a list of fields at commas, semicolons and "and", but not inside brackets.
pub(super) fn split_list(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut depth = 0_usize;
    for char in text.chars() {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' | ';' | '•' | '|' if depth == 0 => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(char);
        }
    }
    let joined = ["and ", "e ", "y ", "& "];
    out.into_iter()
        .flat_map(|part| {
            let part = part.trim();
            let part = joined
                .iter()
                .fold(part, |part, word| part.strip_prefix(word).unwrap_or(part))
                .to_owned();
            // "name and email": two fields; brackets keep their "and".
            match part.split_once(" and ").or_else(|| part.split_once(" e ")) {
                Some((left, right)) if !left.contains('(') => {
                    vec![left.trim().to_owned(), right.trim().to_owned()]
                }
                _ => vec![part],
            }
        })
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Field {
        parse(
            text,
            &Doc {
                text,
                ..Doc::default()
            },
            &(0..text.len()),
        )
        .unwrap()
    }

    #[test]
    fn reads_fields_as_people_write_them() {
        assert_eq!(read("`total`: decimal, required").kind, FieldType::Money);
        assert!(read("`total`: decimal, required").required);
        let status = read("status (draft, in review, paid)");
        assert_eq!(
            (status.kind, status.values.join(" ")),
            (FieldType::Enum, "draft in_review paid".to_owned())
        );
        assert_eq!(
            read("seat_type - Enum: `REGULAR`, `PREMIUM`").values,
            ["regular", "premium"]
        );
        assert_eq!(read("due date").name, "due_date");
        assert_eq!(
            read("duration - Runtime in minutes (required)").kind,
            FieldType::Duration
        );
        assert!(parse("id", &Doc::default(), &(0..0)).is_none());
        assert_eq!(read("email (unique)").kind, FieldType::Email);
    }

    #[test]
    fn splits_lists_outside_of_brackets() {
        assert_eq!(
            split_list("name, status (a, b), price and photo"),
            ["name", "status (a, b)", "price", "photo"]
        );
    }
}
