//! Units and headings: what is left of Markdown once it is parsed.
//!
//! Invariant: a line that announces is a heading, and no unit.

use super::doc::{BlockKind, Doc, Unit};
use super::sentences;
use crate::{Meter, Stopped};

/// A heading without its number, emoji and closing marks.
pub(super) fn bare_heading(plain: &str) -> String {
    let mut text = plain.replace('\n', " ");
    // "(👤)" behind a name is decoration.
    while let Some((open, close)) = text
        .find('(')
        .and_then(|open| text[open..].find(')').map(|len| (open, open + len)))
    {
        if text[open..close].chars().any(char::is_alphanumeric) {
            break;
        }
        text.replace_range(open..=close, "");
    }
    let text = text.trim_start_matches(|char: char| !char.is_alphanumeric());
    let numbered =
        text.trim_start_matches(|char: char| char.is_ascii_digit() || matches!(char, '.' | ')'));
    let text = if numbered.starts_with(' ') || numbered.starts_with('\u{a0}') {
        numbered
    } else {
        text
    };
    text.trim_end_matches(|char: char| {
        !char.is_alphanumeric() && !matches!(char, ')' | '"' | '?' | '%' | '!')
    })
    .trim()
    .to_owned()
}

pub(super) fn units(doc: &mut Doc<'_>, meter: &Meter) -> Result<(), Stopped> {
    let mut units = Vec::new();
    for (index, block) in doc.blocks.iter().enumerate() {
        if matches!(block.kind, BlockKind::Fence(_)) || block.announces {
            continue;
        }
        for range in sentences::split(&block.plain) {
            meter.spend(1 + range.len() as u64)?;
            units.push(Unit {
                text: block.plain[range.clone()].replace('\n', " "),
                span: block.source(doc.text, range),
                section: block.section,
                block: Some(index),
                row: None,
            });
        }
    }
    for (index, table) in doc.tables.iter().enumerate() {
        for (at, row) in table.rows.iter().enumerate() {
            meter.spend(1)?;
            units.push(Unit {
                text: row.cells.join(" | "),
                span: row.span.clone(),
                section: table.section,
                block: None,
                row: Some((index, at)),
            });
        }
    }
    units.sort_by_key(|unit| unit.span.start);
    doc.units = units;
    Ok(())
}
