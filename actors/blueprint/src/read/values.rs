//! Values of an enum.
//!
//! Invariant: values are `snake_case`, unique, and none of them reads like prose.

use super::lexicon;
use super::words::{label, snake};
use crate::model::{Field, FieldType};

/// Values of an enum; the schema's limit.
const VALUES_MAX: usize = 50;

/// Values in "(draft, sent, paid)", "enum: `A`, `B`", "draft | sent | paid", "'A', 'B'", "draft/sent".
pub(super) fn values(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let inner = text
        .find(['(', '[', '{'])
        .and_then(|from| {
            text[from + 1..]
                .find([')', ']', '}'])
                .map(|len| &text[from + 1..from + 1 + len])
        })
        .filter(|inner| inner.contains([',', '|', '/']));
    let listed = inner.map(str::to_owned).or_else(|| {
        let marked = lower.contains("enum")
            || lower.contains("one of")
            || text.contains('|')
            || text.contains('→')
            || text.contains("->")
            || text.matches('`').count() >= 4
            || text.matches('/').count() >= 2;
        marked.then(|| {
            text.trim_start_matches([':', '-', ' ', '–', '='])
                .replace("one of", "")
                .replace("enum", "")
                .replace("Enum", "")
                .replace("ENUM", "")
        })
    });
    let example = |text: &String| {
        lexicon::marks("field.examples")
            .iter()
            .any(|word| text.trim_start().to_lowercase().starts_with(word))
    };
    let Some(listed) = listed.filter(|listed| !example(listed)) else {
        return Vec::new();
    };
    let out = value_list(&listed);
    if out.len() >= 2 { out } else { Vec::new() }
}

/// Splits a list of values. Empty where one of them reads like prose.
pub(super) fn value_list(listed: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let separated = listed
        .replace(" or ", ",")
        .replace(" and ", ",")
        .replace(" ou ", ",")
        .replace(" e ", ",")
        .replace("->", ",");
    for part in separated.split([',', '|', '/', ';', '→', '>']) {
        let part = part
            .trim()
            .trim_matches(['`', '\'', '"', '(', ')', ':', '.', '*', '[', ']', '“', '”'])
            .trim();
        let part = ["e.g. ", "e.g.", "or ", "and ", "eg ", "i.e. "]
            .iter()
            .fold(part, |part, word| part.strip_prefix(word).unwrap_or(part));
        if part.is_empty() {
            continue;
        }
        let words = part.split_whitespace().count();
        let flag = matches!(
            part.to_lowercase().as_str(),
            "required"
                | "optional"
                | "unique"
                | "nullable"
                | "not null"
                | "etc"
                | "etc."
                | "string"
                | "text"
                | "integer"
                | "number"
                | "decimal"
                | "boolean"
                | "date"
                | "uuid"
                | "enum"
                | "pk"
                | "fk"
                | "primary key"
                | "default"
                | "timestamp"
                | "foreign key"
        );
        if words > 3 || part.len() > 40 || flag {
            if flag {
                continue;
            }
            return Vec::new();
        }
        if let Some(value) = value(part)
            && !out.contains(&value)
        {
            out.push(value);
        }
    }
    out.truncate(VALUES_MAX);
    out
}

/// A value of an enum: `snake_case`, beginning with a letter.
pub(super) fn value(text: &str) -> Option<String> {
    let value = snake(text)?;
    let reserved = matches!(
        value.as_str(),
        "constructor" | "prototype" | "proto" | "null" | "undefined"
    );
    Some(if reserved {
        format!("{value}_value")
    } else {
        value
    })
}

/// An enum field of `values`.
pub(super) fn choice(name: &str, values: Vec<String>) -> Field {
    Field {
        name: name.to_owned(),
        label: label(name),
        kind: FieldType::Enum,
        required: true,
        values,
        ..Field::default()
    }
}
