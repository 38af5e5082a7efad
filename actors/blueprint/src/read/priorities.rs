//! Priorities: from words of duty, tags and headings.
//!
//! Invariant: nothing is guessed here; where the text gives no priority there is none.

use super::doc::{Doc, Unit};
use super::lexicon;
use crate::model::Priority;

/// Priority from words in the text, in its row, or in the headings above.
pub(super) fn priority(doc: &Doc<'_>, unit: &Unit, text: &str) -> Option<Priority> {
    let lower = text.to_lowercase();
    let cells = unit
        .row
        .map(|(table, row)| &doc.tables[table].rows[row].cells);
    let row = cells
        .map(|cells| cells.join(" | ").to_lowercase())
        .unwrap_or_default();
    tagged(doc, &format!("{lower} {row}"))
        .or_else(|| by_cell(&row))
        .or_else(|| by_heading(doc, unit.section))
        .or_else(|| by_mark(&lower, &doc.text[unit.span.end..]))
        .or_else(|| by_duty(text, &lower))
}

/// P0 to P3. Where there is no P0, P1 is the first of three.
fn tagged(doc: &Doc<'_>, text: &str) -> Option<Priority> {
    let zero_based = doc.text.contains("P0");
    let mut words = text.split(|char: char| !char.is_alphanumeric());
    words.find_map(|word| match (word, zero_based) {
        ("p0", _) | ("p1", false) => Some(Priority::P0),
        ("p1", true) | ("p2", false) => Some(Priority::P1),
        ("p2", true) | ("p3", _) => Some(Priority::P2),
        _ => None,
    })
}

fn by_cell(row: &str) -> Option<Priority> {
    let cell = |name: &str| {
        row.split(" | ")
            .any(|cell| lexicon::marks(name).contains(&cell.trim()))
    };
    first_of(&[
        (cell("priority.must_cells"), Priority::P0),
        (cell("priority.should_cells"), Priority::P1),
        (cell("priority.could_cells"), Priority::P2),
    ])
}

fn by_heading(doc: &Doc<'_>, section: usize) -> Option<Priority> {
    let mut at = Some(section);
    while let Some(index) = at {
        let heading = doc.sections[index].heading.to_lowercase();
        let found = tagged(doc, &heading).or_else(|| {
            first_of(&[
                (
                    lexicon::has_mark("priority.could_headings", &heading),
                    Priority::P2,
                ),
                (
                    lexicon::has_mark("priority.should_headings", &heading),
                    Priority::P1,
                ),
                (
                    lexicon::has_mark("priority.must_headings", &heading),
                    Priority::P0,
                ),
            ])
        });
        if found.is_some() {
            return found;
        }
        at = doc.sections[index].parent;
    }
    None
}

/// "(Must)" in the sentence or right behind it.
fn by_mark(lower: &str, behind: &str) -> Option<Priority> {
    let behind: String = behind.chars().take(16).collect::<String>().to_lowercase();
    let marked = |word: &str| {
        let mark = format!("({word}");
        lower.contains(&mark) || behind.trim_start().starts_with(&mark)
    };
    first_of(&[
        (marked("must") || marked("essential"), Priority::P0),
        (marked("should") || marked("important"), Priority::P1),
        (
            marked("could") || marked("nice") || marked("won't") || marked("optional"),
            Priority::P2,
        ),
    ])
}

/// Verbs of duty.
fn by_duty(text: &str, lower: &str) -> Option<Priority> {
    let must = text.contains("MUST")
        || text.contains("SHALL")
        || lexicon::has_mark("priority.must_words", lower);
    let could = text.contains(" MAY ") || lexicon::has_mark("priority.could_words", lower);
    let should = text.contains("SHOULD") || lower.contains(" should ");
    first_of(&[
        (must, Priority::P0),
        (could, Priority::P2),
        (should, Priority::P1),
    ])
}

fn first_of(rules: &[(bool, Priority)]) -> Option<Priority> {
    rules
        .iter()
        .find(|(holds, _)| *holds)
        .map(|(_, priority)| *priority)
}
