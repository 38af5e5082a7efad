//! The specification as blocks, sections, tables and sentences.
//!
//! Invariant: every piece knows its byte range in the canonical text; plain text (without Markdown's marks) is only
//! what patterns are matched on, never what is quoted.

use std::ops::Range;

use crate::model::{Origin, Trace};

use super::sections::SectionKind;

/// Longest quote in bytes; the schema's limit.
const QUOTE_MAX: usize = 500;

/// The text as it is read.
#[derive(Debug, Default)]
pub(super) struct Doc<'a> {
    /// Canonical text.
    pub(super) text: &'a str,
    /// Sections; the first one is what stands before any heading.
    pub(super) sections: Vec<Section>,
    /// Paragraphs, list items and fences in order.
    pub(super) blocks: Vec<Block>,
    /// Tables in order.
    pub(super) tables: Vec<Table>,
    /// Sentences, list items and table rows in order: what coverage counts.
    pub(super) units: Vec<Unit>,
}

/// What stands under one heading.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// Plain text of the heading, without numbers and emoji.
    pub(super) heading: String,
    /// 1–6; 0 before any heading.
    pub(super) level: u8,
    /// What it is about, inherited where its own heading does not say.
    pub(super) kind: SectionKind,
    /// The section around it.
    pub(super) parent: Option<usize>,
    /// The heading.
    pub(super) span: Range<usize>,
}

/// Kinds of block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// Paragraph.
    Paragraph,
    /// List item. Nested ones come right after.
    Item {
        /// 0 for the outermost list.
        depth: usize,
        /// Block of the item around it.
        parent: Option<usize>,
        /// `[ ]` or `[x]`.
        checkbox: bool,
    },
    /// Fenced code, with its language.
    Fence(String),
}

/// A paragraph, an item or a fence.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// What it is.
    pub(super) kind: BlockKind,
    /// Section that holds it.
    pub(super) section: usize,
    /// Text without marks. Soft line breaks are `\n`.
    pub(super) plain: String,
    /// (offset in `plain`, offset in the text), rising.
    map: Vec<(usize, usize)>,
    /// The text's bytes.
    pub(super) span: Range<usize>,
    /// End in `plain` of a bold or code beginning.
    pub(super) lead: Option<usize>,
    /// The paragraph that announces this list ("Attributes:").
    pub(super) intro: Option<usize>,
    /// Somewhere in it stands a cross: the item says what is not.
    pub(super) crossed: bool,
    /// It announces what follows, as a heading does.
    pub(super) announces: bool,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Section that holds it.
    pub(super) section: usize,
    /// Cells of the header.
    pub(super) header: Vec<String>,
    /// Rows.
    pub(super) rows: Vec<TableRow>,
    /// Bytes of the header.
    pub(super) span: Range<usize>,
    /// The paragraph before it.
    pub(super) intro: Option<usize>,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub(super) struct TableRow {
    /// Plain text of its cells.
    pub(super) cells: Vec<String>,
    /// Its bytes.
    pub(super) span: Range<usize>,
}

/// A sentence, item or row.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Plain text.
    pub(super) text: String,
    /// Its bytes.
    pub(super) span: Range<usize>,
    /// Section that holds it.
    pub(super) section: usize,
    /// Block it is part of; none for rows.
    pub(super) block: Option<usize>,
    /// Table and row.
    pub(super) row: Option<(usize, usize)>,
}

impl Block {
    /// A block without text yet.
    pub(super) fn new(kind: BlockKind, section: usize) -> Self {
        Self {
            kind,
            section,
            plain: String::new(),
            map: Vec::new(),
            span: Range {
                start: usize::MAX,
                end: 0,
            },
            lead: None,
            intro: None,
            crossed: false,
            announces: false,
        }
    }

    /// Adds what one event says; `range` is where it stands in the text.
    pub(super) fn push(&mut self, text: &str, range: &Range<usize>) {
        self.map.push((self.plain.len(), range.start));
        self.plain.push_str(text);
        self.span = self.span.start.min(range.start)..self.span.end.max(range.end);
    }

    /// Where the bytes `plain` of the plain text stand in the text.
    pub(super) fn source(&self, text: &str, plain: Range<usize>) -> Range<usize> {
        let at = |offset: usize| {
            let piece = self
                .map
                .partition_point(|(start, _)| *start <= offset)
                .saturating_sub(1);
            self.map
                .get(piece)
                .map_or(self.span.start, |(start, source)| {
                    source + offset.saturating_sub(*start)
                })
        };
        if plain.is_empty() {
            return floor(text, self.span.start)..floor(text, self.span.end);
        }
        // The end is one past the place of the last byte: past the end may be another event's piece.
        let (start, end) = (at(plain.start), at(plain.end - 1) + 1);
        let start = floor(text, start.min(self.span.end));
        let end = ceil(text, end.min(self.span.end));
        if start < end {
            start..end
        } else {
            floor(text, self.span.start)..ceil(text, self.span.end)
        }
    }

    /// Whether it is a list item.
    pub(super) fn is_item(&self) -> bool {
        matches!(self.kind, BlockKind::Item { .. })
    }

    /// Nesting of a list item.
    pub(super) fn depth(&self) -> usize {
        match self.kind {
            BlockKind::Item { depth, .. } => depth,
            _ => 0,
        }
    }

    /// The item around this item.
    pub(super) fn parent(&self) -> Option<usize> {
        match self.kind {
            BlockKind::Item { parent, .. } => parent,
            _ => None,
        }
    }

    /// The bold or code beginning, or what stands before the first colon or dash, with the rest.
    pub(super) fn lead(&self) -> Option<(&str, &str)> {
        if let Some(end) = self.lead {
            let (head, tail) = self.plain.split_at(end);
            let tail = tail.trim_start_matches([':', '-', '–', '—', ' ', '.', '\n']);
            let head = head.trim().trim_end_matches([':', '.', ' ']);
            return (!head.is_empty()).then_some((head, tail));
        }
        [": ", " - ", " – ", " — ", ":\n"]
            .iter()
            .filter_map(|mark| self.plain.find(mark).map(|at| (at, at + mark.len())))
            .min()
            .map(|(at, after)| (self.plain[..at].trim(), self.plain[after..].trim()))
            .filter(|(head, _)| !head.is_empty() && head.len() <= 80)
    }
}

impl Doc<'_> {
    /// A trace to the bytes `span`.
    pub(super) fn trace(&self, origin: Origin, span: &Range<usize>) -> Trace {
        trace(self.text, origin, span)
    }

    /// Kind of the section `index`.
    pub(super) fn kind(&self, section: usize) -> SectionKind {
        self.sections[section].kind
    }

    /// Items right inside the item or under the paragraph `block`.
    pub(super) fn children(&self, block: usize) -> Vec<usize> {
        let under = |index: &usize| {
            let child = &self.blocks[*index];
            child.is_item()
                && (child.parent() == Some(block)
                    || (child.intro == Some(block) && child.parent().is_none()))
        };
        let end = self.blocks.len().min(block + 400);
        (block + 1..end).filter(under).collect()
    }
}

/// A trace to the bytes `span` of `text`.
pub(super) fn trace(text: &str, origin: Origin, span: &Range<usize>) -> Trace {
    let start = floor(text, span.start.min(text.len()));
    let end = ceil(text, span.end.min(text.len())).max(start);
    let quote_end = floor(text, end.min(start + QUOTE_MAX));
    let confidence = match origin {
        Origin::Spec => 0.95,
        Origin::Archetype => 0.6,
        Origin::Inferred => 0.75,
        Origin::Assumption => 0.4,
    };
    Trace {
        origin,
        quote: Some(text[start..quote_end].to_owned()),
        span: Some([start, end]),
        confidence: Some(confidence),
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
