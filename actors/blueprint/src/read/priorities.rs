//! Priorities: from words of duty, tags and headings.
//!
//! Invariant: nothing is guessed here; where the text gives no priority there is none.

use super::doc::{Doc, Unit};
use super::lexicon;
use crate::model::Priority;

/// Priority from words in the text or in the headings above.
pub(super) fn priority(doc: &Doc<'_>, unit: &Unit, text: &str) -> Option<Priority> {
    let tags = [
        ("p0", Priority::P0),
        ("p1", Priority::P0),
        ("p2", Priority::P1),
        ("p3", Priority::P2),
    ];
    let zero_based = doc.text.contains("P0");
    let lower = text.to_lowercase();
    let row: String = unit
        .row
        .map(|(table, row)| doc.tables[table].rows[row].cells.join(" | ").to_lowercase())
        .unwrap_or_default();
    let near = format!("{lower} {row}");
    let tagged = |text: &str| {
        tags.iter()
            .find(|(tag, _)| {
                text.split(|char: char| !char.is_alphanumeric())
                    .any(|word| word == *tag)
            })
            .map(|(tag, priority)| match (zero_based, *tag) {
                (true, "p1") => Priority::P1,
                (true, "p2" | "p3") => Priority::P2,
                _ => *priority,
            })
    };
    if let Some(found) = tagged(&near) {
        return Some(found);
    }
    let cell = |names: &[&str]| row.split(" | ").any(|cell| names.contains(&cell.trim()));
    if cell(lexicon::marks("priority.must_cells")) {
        return Some(Priority::P0);
    }
    if cell(&["should", "should have", "medium", "média", "media"]) {
        return Some(Priority::P1);
    }
    if cell(lexicon::marks("priority.could_cells")) {
        return Some(Priority::P2);
    }
    let mut at = Some(unit.section);
    while let Some(index) = at {
        let heading = doc.sections[index].heading.to_lowercase();
        let any = |names: &[&str]| names.iter().any(|name| heading.contains(name));
        if let Some(found) = tagged(&heading) {
            return Some(found);
        }
        if any(lexicon::marks("priority.could_headings")) {
            return Some(Priority::P2);
        }
        if any(&["should have", "should-have", "medium priority"]) {
            return Some(Priority::P1);
        }
        if any(lexicon::marks("priority.must_headings")) {
            return Some(Priority::P0);
        }
        at = doc.sections[index].parent;
    }
    let after: String = doc.text[unit.span.end..]
        .chars()
        .take(16)
        .collect::<String>()
        .to_lowercase();
    let marked = |word: &str| {
        lower.contains(&format!("({word}")) || after.trim_start().starts_with(&format!("({word}"))
    };
    for (words, found) in [
        (["must", "essential"], Priority::P0),
        (["should", "important"], Priority::P1),
        (["could", "nice"], Priority::P2),
        (["won't", "optional"], Priority::P2),
    ] {
        if words.iter().any(|word| marked(word)) {
            return Some(found);
        }
    }
    if text.contains("MUST")
        || text.contains("SHALL")
        || lower.contains(" must ")
        || lower.contains(" shall ")
        || lower.contains(" deve ")
    {
        return Some(Priority::P0);
    }
    if lower.contains("nice to have")
        || lower.contains(" could ")
        || text.contains(" MAY ")
        || lower.contains("if time allows")
        || lower.contains("optional")
    {
        return Some(Priority::P2);
    }
    (text.contains("SHOULD") || lower.contains(" should ")).then_some(Priority::P1)
}
