//! Entities that the text lists: bullets, headings with field lists, column tables.
//!
//! Invariant: what is found here was named as an entity by the writer; its fields carry the span of their own words.

use std::ops::Range;

use super::asides::anywhere;
use super::columns::column_table;
use super::doc::{Block, BlockKind, Doc};
use super::draft::{Draft, Evidence};
use super::fields;
use super::lexicon;
use super::sections::SectionKind;
use super::words::{pieces, singular};
use crate::model::Origin;
use crate::{Meter, Stopped};

/// Reads every list of entities.
pub(super) fn read(doc: &Doc<'_>, draft: &mut Draft, meter: &Meter) -> Result<(), Stopped> {
    for index in 0..doc.blocks.len() {
        meter.spend(8)?;
        let block = &doc.blocks[index];
        match doc.kind(block.section) {
            SectionKind::Entities => entity_block(doc, index, draft),
            SectionKind::Excluded
            | SectionKind::Later
            | SectionKind::Noise
            | SectionKind::Tech
            | SectionKind::Nfr => {}
            _ => anywhere(doc, index, draft),
        }
    }
    for table in &doc.tables {
        meter.spend(8)?;
        if !matches!(
            doc.kind(table.section),
            SectionKind::Excluded | SectionKind::Later | SectionKind::Tech | SectionKind::Metrics
        ) {
            column_table(doc, table, draft);
        }
    }
    Ok(())
}

/// A block in a section about entities.
fn entity_block(doc: &Doc<'_>, index: usize, draft: &mut Draft) {
    let block = &doc.blocks[index];
    if matches!(block.kind, BlockKind::Fence(_)) {
        return;
    }
    if let Some(owner) = heading_entity(doc, block.section) {
        let named = block.lead.is_some()
            && block.depth() == 0
            && block.plain.contains(['('])
            && block.plain.matches(',').count() > 1;
        if !named {
            heading_fields(doc, index, &owner, draft);
            return;
        }
    }
    if !block.is_item() {
        // "User (id, name)" as a line of its own.
        for line in block.plain.lines() {
            let span = block.source(doc.text, line_range(&block.plain, line));
            bracketed(doc, line, &span, draft);
        }
        return;
    }
    if block.depth() > 0 {
        return;
    }
    item(doc, index, draft);
}

fn line_range(plain: &str, line: &str) -> Range<usize> {
    let start = line.as_ptr() as usize - plain.as_ptr() as usize;
    start..start + line.len()
}

/// "**Lead**: Represents … Attributes: a, b", "Order: customer, total", "Tag (name, description)", "Product".
fn item(doc: &Doc<'_>, index: usize, draft: &mut Draft) {
    let block = &doc.blocks[index];
    if bracketed(doc, &block.plain, &block.span, draft) {
        return;
    }
    let (name, rest) = block.lead().unwrap_or_else(|| (block.plain.trim(), ""));
    let Some(key) = listed_key(name) else { return };
    let at = draft.entity(&key, Evidence::Listed, Origin::Spec, &block.span);
    let (about, listed) = split_fields(rest);
    if draft.entities[at].description.is_none() && about.split_whitespace().count() > 2 {
        draft.entities[at].description = Some(about.to_owned());
    }
    for part in fields::split_list(listed) {
        add(doc, block, &part, at, draft);
    }
    for child in doc.children(index) {
        let child = &doc.blocks[child];
        let (head, tail) = child.lead().unwrap_or_else(|| (child.plain.trim(), ""));
        if is_field_mark(head) {
            for part in fields::split_list(tail) {
                add(doc, child, &part, at, draft);
            }
        } else if child.plain.split_whitespace().count() <= 14 || child.lead.is_some() {
            if child.plain.contains(',') && child.lead().is_none() && !child.plain.contains('(') {
                for part in fields::split_list(&child.plain) {
                    add(doc, child, &part, at, draft);
                }
            } else {
                add(doc, child, &child.plain, at, draft);
            }
        }
    }
}

fn is_field_mark(head: &str) -> bool {
    let lower = head.to_lowercase();
    lexicon::marks("entity.field_marks")
        .iter()
        .any(|mark| lower.trim_end_matches(':') == mark.trim_end_matches(':'))
}

/// What is said about an entity, and the list of its fields.
fn split_fields(rest: &str) -> (&str, &str) {
    let lower = rest.to_lowercase();
    // Lower case may change the length of exotic letters; then there is no safe cut.
    if lower.len() == rest.len() {
        for mark in lexicon::marks("entity.field_marks").iter().copied() {
            if let Some(at) = lower.find(mark) {
                return (
                    rest[..at].trim_end_matches(['.', ' ', '\n', '(']).trim(),
                    sentence(&rest[at + mark.len()..]),
                );
            }
        }
        for mark in lexicon::marks("entity.holds").iter().copied() {
            if let Some(at) = lower.find(mark)
                && is_field_list(sentence(&rest[at + mark.len()..]))
            {
                return (rest.trim(), sentence(&rest[at + mark.len()..]));
            }
        }
    }
    if is_field_list(sentence(rest)) {
        ("", sentence(rest))
    } else {
        (rest.trim(), "")
    }
}

pub(super) fn sentence(text: &str) -> &str {
    super::sentences::split(text)
        .first()
        .map_or("", |range| text[range.clone()].trim_end_matches('.'))
}

/// Whether `text` is an enumeration of short names.
pub(super) fn is_field_list(text: &str) -> bool {
    let parts = fields::split_list(text);
    let short = parts
        .iter()
        .filter(|part| {
            let bare = part.split(['(', ':']).next().unwrap_or_default();
            (1..=3).contains(&bare.split_whitespace().count())
        })
        .count();
    parts.len() >= 2 && short == parts.len()
}

/// Adds the field that `part` of the block describes.
pub(super) fn add(doc: &Doc<'_>, block: &Block, part: &str, at: usize, draft: &mut Draft) {
    let place = block
        .plain
        .find(part)
        .map(|start| block.source(doc.text, start..start + part.len()));
    if let Some(field) = fields::parse(part, doc, &place.unwrap_or_else(|| block.span.clone())) {
        draft.entities[at].add_field(field);
    }
}

/// The key of a name in a list of entities: less strict than prose, but still a noun.
pub(super) fn listed_key(name: &str) -> Option<String> {
    let name = name
        .split(['(', '[', '/', '`'])
        .find(|part| part.chars().any(char::is_alphabetic))?
        .trim();
    let name = name.trim_matches(['*', '`', ':', '.', ' ']);
    let words = pieces(name);
    if words.is_empty() || words.len() > 4 || name.chars().count() > 48 {
        return None;
    }
    let lower = if name.contains(' ') {
        name.to_lowercase()
    } else {
        words.join(" ")
    };
    let lower = lower
        .strip_suffix(" table")
        .or_else(|| lower.strip_suffix(" entity"))
        .unwrap_or(&lower);
    let lower = ["the ", "a ", "an ", "each ", "every "]
        .iter()
        .fold(lower, |name, word| name.strip_prefix(word).unwrap_or(name));
    let one = singular(lower.trim());
    let head = one.rsplit(' ').next().unwrap_or_default();
    let first = one.split(' ').next().unwrap_or_default();
    let order = name.contains(' ')
        && one.contains(' ')
        && lexicon::base_verb(first).is_some()
        && !lexicon::is_known_noun(first);
    let bad = order
        || matches!(
            first,
            "prevent"
                | "ensure"
                | "provide"
                | "support"
                | "allow"
                | "only"
                | "all"
                | "no"
                | "enforce"
                | "avoid"
                | "must"
        )
        || one.chars().count() < 2
        || lexicon::is_glue(&one)
        || (lexicon::marks("entity.never").contains(&head) && !one.contains(' '))
        || (lexicon::marks("entity.never").contains(&head) && head.ends_with("ship"));
    (!bad).then_some(one)
}

/// "User (id, name, email)": a name with a list of fields in brackets.
pub(super) fn bracketed(doc: &Doc<'_>, text: &str, span: &Range<usize>, draft: &mut Draft) -> bool {
    let text = text.trim();
    let Some(open) = text.find('(') else {
        return false;
    };
    let Some(close) = text.rfind(')').filter(|close| *close > open) else {
        return false;
    };
    let inner = &text[open + 1..close];
    let name = text[..open].trim().trim_matches(['*', '`', ':']);
    let tail = text[close + 1..].trim_start_matches([':', '-', '–', '—', '.', ' ']);
    if name.split_whitespace().count() > 3
        || !is_field_list(inner)
        || (tail.starts_with(char::is_lowercase) && !tail.is_empty())
    {
        return false;
    }
    let Some(key) = listed_key(name) else {
        return false;
    };
    let at = draft.entity(&key, Evidence::Listed, Origin::Spec, span);
    if tail.split_whitespace().count() > 2 && draft.entities[at].description.is_none() {
        draft.entities[at].description = Some(tail.to_owned());
    }
    for part in fields::split_list(inner) {
        if let Some(field) = fields::parse(&part, doc, span) {
            draft.entities[at].add_field(field);
        }
    }
    true
}

/// The entity that the heading of `section` names, where the section around it is about entities.
fn heading_entity(doc: &Doc<'_>, section: usize) -> Option<String> {
    let this = &doc.sections[section];
    let parent = &doc.sections[this.parent?];
    let inside = parent.kind == SectionKind::Entities
        && super::sections::own_kind(&this.heading) != SectionKind::Entities;
    let named = inside.then(|| listed_key(&this.heading)).flatten()?;
    (pieces(&this.heading).len() <= 3).then_some(named)
}

fn heading_fields(doc: &Doc<'_>, index: usize, owner: &str, draft: &mut Draft) {
    let block = &doc.blocks[index];
    let section = &doc.sections[block.section];
    let at = draft.entity(owner, Evidence::Listed, Origin::Spec, &section.span);
    if !block.is_item() {
        let (about, listed) = split_fields(&block.plain);
        if draft.entities[at].description.is_none()
            && about.split_whitespace().count() > 3
            && !about.ends_with(':')
        {
            draft.entities[at].description = Some(about.to_owned());
        }
        for part in fields::split_list(listed) {
            add(doc, block, &part, at, draft);
        }
    } else if block.depth() == 0 && !is_rule(block) && !introduces_rules(doc, block) {
        let (head, tail) = block.lead().unwrap_or_else(|| (block.plain.trim(), ""));
        if is_field_mark(head) {
            for part in fields::split_list(tail) {
                add(doc, block, &part, at, draft);
            }
        } else {
            add(doc, block, &block.plain, at, draft);
        }
    }
}

fn is_rule(block: &Block) -> bool {
    let lower = block.plain.to_lowercase();
    lexicon::has_mark("entity.rule", &lower)
}

fn introduces_rules(doc: &Doc<'_>, block: &Block) -> bool {
    block.intro.is_some_and(|intro| {
        let lower = doc.blocks[intro].plain.to_lowercase();
        lexicon::has_mark("entity.rule_intro", &lower)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FieldType;

    fn draft(text: &str) -> Draft {
        let meter = Meter::default();
        let doc = super::super::markdown::parse(text, &meter).unwrap();
        let mut draft = Draft::default();
        read(&doc, &mut draft, &meter).unwrap();
        draft
    }

    fn names(draft: &Draft, entity: usize) -> Vec<&str> {
        draft.entities[entity]
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect()
    }

    #[test]
    fn reads_bullets_with_attributes() {
        let draft = draft(
            "### Key Entities\n- **Lead**: Represents a client. Attributes: Lead ID, Name, Email.\n- User (id, name, role)\n- Order: customer, total, status\n",
        );
        assert_eq!(draft.entities.len(), 3);
        assert_eq!(names(&draft, 0), ["lead_id", "name", "email"]);
        assert_eq!(names(&draft, 1), ["name", "role"]);
        assert_eq!(names(&draft, 2), ["customer", "total", "status"]);
    }

    #[test]
    fn reads_headings_with_column_tables() {
        let draft = draft(
            "## Data model\n\n#### `movies`\n\n| Column | Type | Notes |\n|--|--|--|\n| title | varchar(255) | required |\n| runtime | integer | minutes |\n",
        );
        assert_eq!(draft.entities[0].key, "movie");
        assert_eq!(names(&draft, 0), ["title", "runtime"]);
        assert_eq!(draft.entities[0].fields[1].kind, FieldType::Duration);
    }

    #[test]
    fn reads_attribute_lists_outside_of_data_models() {
        let draft = draft(
            "## Shows\n\n**Show Attributes:**\n- `id` - key\n- `start_time` - start (required)\n- `base_price` - price\n",
        );
        assert_eq!(
            (draft.entities[0].key.as_str(), names(&draft, 0)),
            ("show", vec!["start_time", "base_price"])
        );
    }
}
