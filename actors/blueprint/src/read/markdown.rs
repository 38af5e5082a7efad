//! From Markdown to a [`Doc`].
//!
//! Invariant: one pass over the parser's events; nothing is looked up by searching the text again.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::doc::{Block, BlockKind, Doc, Section, Table, TableRow};
use super::sections::{SectionKind, classify, own_kind};
use super::units::{bare_heading, units};
use crate::{Meter, Stopped};

/// Level of a section that a line announces instead of a heading.
const ANNOUNCED: u8 = 7;

/// Parses `text`.
pub(super) fn parse<'a>(text: &'a str, meter: &Meter) -> Result<Doc<'a>, Stopped> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut builder = Builder::new(text);
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        meter.spend(1)?;
        builder.on(event, &range);
    }
    builder.flush();
    let mut doc = builder.doc;
    units(&mut doc, meter)?;
    Ok(doc)
}

struct Builder<'a> {
    doc: Doc<'a>,
    /// The block that inline events go to.
    current: Option<Block>,
    /// Blocks of the open list items; none until the item has text.
    items: Vec<Option<usize>>,
    /// Lists that are open.
    depth: usize,
    heading: Option<(u8, Block)>,
    table: Option<Table>,
    cell: Option<String>,
    /// Inside front matter, images: text that is not the product's.
    muted: usize,
    strong_from: Option<usize>,
    checkbox: bool,
    /// Latest paragraph, as long as nothing but its list follows.
    paragraph: Option<usize>,
    /// Section that blocks go to.
    section: usize,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let root = Section {
            heading: String::new(),
            level: 0,
            kind: SectionKind::Other,
            parent: None,
            span: 0..0,
        };
        Self {
            doc: Doc {
                text,
                sections: vec![root],
                ..Doc::default()
            },
            current: None,
            items: Vec::new(),
            depth: 0,
            heading: None,
            table: None,
            cell: None,
            muted: 0,
            strong_from: None,
            checkbox: false,
            paragraph: None,
            section: 0,
        }
    }

    fn section(&self) -> usize {
        self.section
    }

    fn on(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.inline(&text, range),
            Event::Code(code) => self.code(&code, range),
            Event::SoftBreak | Event::HardBreak => self.inline("\n", range),
            Event::TaskListMarker(_) => self.checkbox = true,
            Event::InlineHtml(html) if html.starts_with("<br") => self.inline("\n", range),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some((
                    level as u8,
                    Block::new(BlockKind::Paragraph, self.section()),
                ));
            }
            Tag::Paragraph if self.items.is_empty() => self.open(BlockKind::Paragraph),
            Tag::Paragraph => self.open_item(),
            Tag::List(_) => {
                self.flush();
                self.depth += 1;
            }
            Tag::Item => {
                self.items.push(None);
                self.checkbox = false;
                self.open_item();
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_lowercase(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.open(BlockKind::Fence(language));
            }
            Tag::Table(_) => {
                self.flush();
                let intro = self.paragraph;
                self.table = Some(Table {
                    section: self.section(),
                    span: range.clone(),
                    intro,
                    ..Table::default()
                });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(TableRow {
                        cells: Vec::new(),
                        span: range.clone(),
                    });
                }
            }
            Tag::TableCell => self.cell = Some(String::new()),
            Tag::Strong => self.strong_from = self.target().map(|block| block.plain.len()),
            Tag::MetadataBlock(_) | Tag::Image { .. } => self.muted += 1,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::Paragraph | TagEnd::CodeBlock => self.flush(),
            TagEnd::List(_) => {
                self.flush();
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.paragraph = None;
                }
            }
            TagEnd::Item => {
                self.flush();
                self.items.pop();
            }
            TagEnd::Strong => {
                let from = self.strong_from.take();
                if let Some(block) = self.target()
                    && from.is_some_and(|from| block.plain[..from].trim().is_empty())
                    && block.lead.is_none()
                {
                    block.lead = Some(block.plain.len());
                }
            }
            TagEnd::TableCell => {
                if let (Some(cell), Some(table)) = (self.cell.take(), &mut self.table)
                    && let Some(row) = table.rows.last_mut()
                {
                    row.cells.push(cell.trim().to_owned());
                }
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    let head = table.rows.pop().unwrap_or_default();
                    table.header = head.cells;
                    table.span = head.span;
                }
            }
            TagEnd::Table => self.doc.tables.extend(self.table.take()),
            TagEnd::MetadataBlock(_) | TagEnd::Image => self.muted = self.muted.saturating_sub(1),
            _ => {}
        }
    }

    fn target(&mut self) -> Option<&mut Block> {
        self.heading
            .as_mut()
            .map(|(_, block)| block)
            .or(self.current.as_mut())
    }

    fn inline(&mut self, text: &str, range: &Range<usize>) {
        if self.muted > 0 {
            return;
        }
        if let Some(cell) = &mut self.cell {
            cell.push_str(text);
            return;
        }
        if self.target().is_none() {
            // Text of a tight item after a nested list.
            self.open_item();
        }
        if let Some(block) = self.target() {
            block.crossed |= text.contains(['❌', '✗', '✘', '🚫']);
            block.push(text, range);
        }
    }

    fn code(&mut self, code: &str, range: &Range<usize>) {
        let inner = range.start + 1..range.end;
        let first = self
            .target()
            .is_some_and(|block| block.plain.trim().is_empty());
        self.inline(code, &inner);
        if first && let Some(block) = self.target() {
            block.lead = Some(block.plain.len());
        }
    }

    fn open(&mut self, kind: BlockKind) {
        self.flush();
        self.current = Some(Block::new(kind, self.section()));
    }

    fn open_item(&mut self) {
        self.flush();
        if self.items.is_empty() {
            self.current = Some(Block::new(BlockKind::Paragraph, self.section()));
            return;
        }
        let outer = self.items.len() - 1;
        let kind = match self.items[outer] {
            // A second paragraph of the same item.
            Some(first) => BlockKind::Item {
                depth: outer + 1,
                parent: Some(first),
                checkbox: false,
            },
            None => BlockKind::Item {
                depth: outer,
                parent: self.items[..outer].iter().rev().find_map(|item| *item),
                checkbox: self.checkbox,
            },
        };
        let mut block = Block::new(kind, self.section());
        block.intro = self.paragraph;
        self.current = Some(block);
    }

    /// Stores the open block.
    fn flush(&mut self) {
        self.strong_from = None;
        let Some(mut block) = self.current.take() else {
            return;
        };
        if block.plain.trim().is_empty() {
            return;
        }
        if let BlockKind::Item { checkbox, .. } = &mut block.kind {
            *checkbox |= std::mem::take(&mut self.checkbox);
        }
        let index = self.doc.blocks.len();
        match block.kind {
            BlockKind::Item { .. } => {
                if let Some(item @ None) = self.items.last_mut() {
                    *item = Some(index);
                }
            }
            BlockKind::Paragraph => {
                self.announce(&mut block);
                self.paragraph = Some(index);
            }
            BlockKind::Fence(_) => {}
        }
        self.doc.blocks.push(block);
    }

    /// A bold or colon-ended line that says what follows is a heading in all but name.
    fn announce(&mut self, block: &mut Block) {
        let plain = block.plain.trim();
        let bold = block
            .lead
            .is_some_and(|end| block.plain[end..].trim().trim_matches(':').is_empty());
        let count = plain.split_whitespace().count();
        // Notes announce with a bare word or two on a line of its own.
        let bare = count <= 4 && !plain.contains(['.', ',', '(', ':', '\n']);
        let label = ((bold || plain.ends_with(':')) && count <= 7) || bare;
        let this = &self.doc.sections[self.section];
        let (around, level) = if this.level == ANNOUNCED {
            (this.parent.unwrap_or_default(), this.level)
        } else {
            (self.section, ANNOUNCED)
        };
        let lead = block
            .lead
            .map(|end| block.plain[..end].trim())
            .filter(|lead| lead.split_whitespace().count() <= 4);
        let label = label || lead.is_some();
        let heading = bare_heading(if bold { plain } else { lead.unwrap_or(plain) });
        let names = label && own_kind(&heading) != SectionKind::Other;
        if !names {
            // Prose after an announced list is the section's own again.
            self.section = around;
            block.section = around;
            return;
        }
        let kind = classify(&heading, self.doc.sections[around].kind);
        block.section = self.doc.sections.len();
        // With text on the same line only this paragraph is meant.
        block.announces = bold || bare || plain.ends_with(':');
        self.section = if bold || bare || plain.ends_with(':') {
            block.section
        } else {
            around
        };
        self.doc.sections.push(Section {
            heading,
            level,
            kind,
            parent: Some(around),
            span: block.span.clone(),
        });
    }

    fn close_heading(&mut self) {
        let Some((level, block)) = self.heading.take() else {
            return;
        };
        self.strong_from = None;
        self.paragraph = None;
        let heading = bare_heading(&block.plain);
        let parent = self
            .doc
            .sections
            .iter()
            .rposition(|section| section.level < level && section.level != ANNOUNCED);
        let above = parent.map_or(SectionKind::Other, |parent| self.doc.sections[parent].kind);
        // The title of the document is the product's name, whatever words are in it.
        let kind = if level == 1 && self.doc.sections.iter().all(|section| section.level == 0) {
            SectionKind::Other
        } else {
            classify(&heading, above)
        };
        let span = if block.span.start <= block.span.end {
            block.span
        } else {
            0..0
        };
        self.section = self.doc.sections.len();
        self.doc.sections.push(Section {
            heading,
            level,
            kind,
            parent,
            span,
        });
    }
}
