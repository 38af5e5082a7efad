//! What a sentence is about: requirements, or something beside them.
//!
//! Invariant: only looks; nothing is read here.

use super::doc::{Block, BlockKind, Doc, Unit};
use super::draft::Draft;
use super::ids;
use super::lexicon;
use super::sections::SectionKind;

pub(super) fn is_todo(block: &Block, kind: SectionKind) -> bool {
    matches!(block.kind, BlockKind::Item { checkbox: true, .. }) && kind.is_product()
}

/// Words that explain, ask, measure or describe data, and demand nothing.
pub(super) fn is_comment(doc: &Doc<'_>, block: &Block, text: &str, draft: &Draft) -> bool {
    let kind = doc.kind(block.section);
    let figure = text.to_lowercase().contains("success")
        && text.contains(|char: char| char.is_ascii_digit());
    // How success is told is measured, not built.
    (figure && !kind.lists_requirements())
        || text.trim_end().ends_with([':', '?'])
        || is_step(text)
        || is_aside(block, kind)
        || field_like(doc, block, draft)
}

/// Sections whose sentences are read by others, unless they are numbered.
pub(super) fn is_other_matter(kind: SectionKind) -> bool {
    matches!(
        kind,
        SectionKind::Questions
            | SectionKind::Glossary
            | SectionKind::Excluded
            | SectionKind::Later
            | SectionKind::Edges
            | SectionKind::Acceptance
    )
}

/// "Rationale: …", "Pain points: …": what explains, and does not demand.
fn is_aside(block: &Block, kind: SectionKind) -> bool {
    let head = block.lead().map(|(head, _)| head.to_lowercase());
    let aside = head
        .as_deref()
        .is_some_and(|head| lexicon::marks("requirement.asides").contains(&head));
    let rights = head
        .as_deref()
        .is_some_and(|head| lexicon::has_mark("requirement.rights", head));
    aside
        || (kind == SectionKind::Roles
            && block.depth() == 0
            && block.is_item()
            && !rights
            && head.is_none()
            && block.plain.split_whitespace().count() < 4)
}

pub(super) fn starts_block(doc: &Doc<'_>, unit: &Unit) -> bool {
    unit.block
        .is_some_and(|block| unit.span.start <= doc.blocks[block].span.start + 4)
}

fn is_step(text: &str) -> bool {
    let first = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let first = first.trim_matches(|char: char| !char.is_alphanumeric());
    matches!(
        first,
        "given" | "when" | "then" | "scenario" | "dado" | "dada" | "quando" | "então" | "cenário"
    )
}

/// A short item with items of its own is a heading in disguise.
pub(super) fn is_grouping(doc: &Doc<'_>, unit: &Unit, text: &str) -> bool {
    unit.block
        .is_some_and(|block| !doc.children(block).is_empty())
        && text.split_whitespace().count() <= 4
}

/// Items of a list of attributes.
fn field_like(doc: &Doc<'_>, block: &Block, draft: &Draft) -> bool {
    let announced = block.intro.or_else(|| block.parent()).is_some_and(|intro| {
        let lower = doc.blocks[intro].plain.to_lowercase();
        lexicon::marks("requirement.columns_intro")
            .iter()
            .any(|word| {
                lower.trim_end_matches(':').ends_with(word)
                    || lower.trim_end_matches(':').ends_with(&format!("{word}s"))
            })
    });
    let kind = doc.kind(block.section);
    // "`total` - price in all": names in code are columns.
    let column = block
        .lead
        .is_some_and(|end| !block.plain[..end].trim().contains(' '))
        && doc.text.as_bytes().get(block.span.start.wrapping_sub(1)) == Some(&b'`');
    column
        || announced
        || (kind == SectionKind::Entities && block.is_item())
        || (kind == SectionKind::Roles
            && block.is_item()
            && block.lead.is_none()
            && draft.entities.is_empty())
}

/// Whether the text lists its requirements, so that its prose need not be read for them.
pub(super) fn is_structured(doc: &Doc<'_>) -> bool {
    doc.sections
        .iter()
        .any(|section| section.kind.lists_requirements())
        || doc
            .units
            .iter()
            .filter(|unit| ids::source_id(&unit.text).is_some())
            .take(3)
            .count()
            == 3
}
