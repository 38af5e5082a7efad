//! Functional requirements: numbered ones, stories, feature lists, sentences of duty.
//!
//! Invariant: an excluded sentence yields none; every requirement quotes the words it was read from.

use std::collections::BTreeSet;
use std::ops::Range;

use super::doc::{Doc, Unit};
use super::draft::Draft;
use super::exclusions::Excluded;
use super::ids;
use super::lexicon;
use super::matters::{
    is_comment, is_grouping, is_other_matter, is_structured, is_todo, starts_block,
};
use super::phrases;
use super::priorities::priority;
use super::roles;
use super::rows::from_row;
use super::sections::SectionKind;
use super::stories::{self, Story};
use super::wording::{announced_feature, block_text, feature, mentioned, title, without_markers};
use super::words::{capitalised, shortened};
use crate::model::{Origin, Requirement, Role};
use crate::{Meter, Stopped};

/// Requirements of one model; the schema's limit.
pub(super) const REQUIREMENTS_MAX: usize = 400;

/// A requirement with what is needed to place scenarios.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The requirement; entities are keys still.
    pub(super) requirement: Requirement,
    /// Bytes.
    pub(super) span: Range<usize>,
    /// Section that holds it.
    pub(super) section: usize,
    /// Whether the text gave the priority.
    pub(super) ranked: bool,
}

/// What requirements are read against.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The text.
    pub(super) doc: &'a Doc<'a>,
    /// Entities.
    pub(super) draft: &'a Draft,
    /// Roles.
    pub(super) roles: &'a [Role],
}

/// Reads every requirement. `quality` are units that are non-functional requirements.
pub(super) fn read(
    scene: &Scene<'_>,
    excluded: &Excluded,
    quality: &BTreeSet<usize>,
    meter: &Meter,
) -> Result<Vec<Found>, Stopped> {
    let Scene { doc, draft, roles } = *scene;
    let mut out: Vec<Found> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut done_block = usize::MAX;
    for (index, unit) in doc.units.iter().enumerate() {
        meter.spend(8 + unit.text.len() as u64 / 4)?;
        if out.len() == REQUIREMENTS_MAX
            || excluded.units.contains(&index)
            || quality.contains(&index)
        {
            continue;
        }
        if unit.block == Some(done_block)
            && unit.block.is_some_and(|block| doc.blocks[block].is_item())
            && ids::source_id(&unit.text).is_none()
            && stories::story(&unit.text).is_none()
        {
            continue;
        }
        let Some(raw) = candidate(doc, unit, draft, roles) else {
            continue;
        };
        if let Some(block) = unit.block {
            done_block = block;
        }
        let found = built(doc, unit, raw, draft, roles);
        let keys = phrases::deeds(&found.requirement.description)
            .into_iter()
            .map(|deed| deed.object)
            .collect::<Vec<_>>();
        if excluded.covers_all(&keys) && found.requirement.source_id.is_none() {
            continue;
        }
        let same = found.requirement.title.to_lowercase();
        if found.requirement.description.chars().count() >= 10 && seen.insert(same) {
            out.push(found);
        }
    }
    Ok(out)
}

/// What a unit says, before it becomes a requirement.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) text: String,
    pub(super) title: Option<String>,
    pub(super) id: Option<String>,
    pub(super) story: Option<Story>,
    pub(super) span: Range<usize>,
}

fn candidate(doc: &Doc<'_>, unit: &Unit, draft: &Draft, roles: &[Role]) -> Option<Raw> {
    let kind = doc.kind(unit.section);
    if let Some((table, row)) = unit.row {
        return from_row(doc, unit, table, row, draft);
    }
    let block = &doc.blocks[unit.block?];
    let opens = block.is_item() && starts_block(doc, unit);
    let whole = if opens {
        block_text(&block.plain)
    } else {
        unit.text.trim().to_owned()
    };
    let span = if opens {
        block.span.clone()
    } else {
        unit.span.clone()
    };
    if matches!(kind, SectionKind::Noise | SectionKind::Metrics) {
        return None;
    }
    let numbered = ids::source_id(&unit.text).filter(|(id, _)| !ids::is_quality(id));
    if let Some((id, after)) = numbered {
        return from_id(id, after, &whole, span);
    }
    if is_other_matter(kind) {
        return None;
    }
    if let Some(story) = stories::story(&unit.text) {
        let text = unit.text.trim().to_owned();
        return Some(Raw {
            text,
            story: Some(story),
            span: unit.span.clone(),
            ..Raw::default()
        });
    }
    if is_comment(doc, block, &whole, draft) {
        return None;
    }
    let listed = kind.lists_requirements() || is_todo(block, kind);
    let enough = whole.split_whitespace().count() >= 2 && !phrases::nouns(&whole).is_empty();
    if opens && listed && enough && !is_grouping(doc, unit, &whole) {
        let title = block
            .lead()
            .filter(|(head, tail)| !tail.is_empty() && head.split_whitespace().count() <= 8);
        let title = title.map(|(head, _)| head.to_owned());
        return Some(Raw {
            text: whole,
            title,
            span,
            ..Raw::default()
        });
    }
    sentence(doc, unit, kind, draft, roles)
}

/// "FR-12: …", alone or as the beginning of its item.
fn from_id(id: &str, after: usize, whole: &str, span: Range<usize>) -> Option<Raw> {
    let after = ids::source_id(whole).map_or(after, |(_, after)| after);
    let text = whole.get(after..).unwrap_or_default().trim().to_owned();
    let story = stories::story(&text);
    let enough = text.split_whitespace().count() >= 2;
    enough.then(|| Raw {
        text,
        id: Some(id.to_owned()),
        story,
        span,
        title: None,
    })
}

/// A sentence of duty or of right, or an order: "Staff can …", "The system must …", "Track expenses".
fn sentence(
    doc: &Doc<'_>,
    unit: &Unit,
    kind: SectionKind,
    draft: &Draft,
    roles: &[Role],
) -> Option<Raw> {
    let text = unit.text.trim();
    // A bold line is a heading in disguise.
    let bold = unit
        .block
        .map(|block| &doc.blocks[block])
        .is_some_and(|block| {
            !block.is_item()
                && block
                    .lead
                    .is_some_and(|end| block.plain[end..].trim().is_empty())
        });
    if bold && text.split_whitespace().count() <= 8 {
        return None;
    }
    let count = text.split_whitespace().count();
    if !(kind.is_product() || kind == SectionKind::Assumptions || kind == SectionKind::Constraints)
        || count < 3
        || text.ends_with(':')
    {
        return None;
    }
    let lower = format!(" {} ", text.to_lowercase());
    // Where requirements are listed, the words around them only introduce.
    let around = kind == SectionKind::Vision
        || (kind == SectionKind::Other && doc.sections[unit.section].level <= 1);
    if around && is_structured(doc) {
        return None;
    }
    let modal = lexicon::has_mark("requirement.modals", &lower);
    let deeds = phrases::deeds(text);
    let known = deeds.iter().any(|deed| known(draft, &deed.object))
        || (modal && !mentioned(text, draft).is_empty());
    let actor =
        !roles::actors(text, roles).is_empty() || lexicon::has_mark("requirement.actors", &lower);
    let order = deeds.first().is_some_and(|deed| deed.at <= 1);
    let short_text = doc.units.len() <= 4;
    let says = known
        && ((modal && (actor || !deeds.is_empty())) || (actor && !deeds.is_empty()) || order)
        || (short_text && (known || !mentioned(text, draft).is_empty()));
    says.then(|| Raw {
        text: text.to_owned(),
        span: unit.span.clone(),
        ..Raw::default()
    })
}

fn known(draft: &Draft, key: &str) -> bool {
    draft.find(key).is_some()
        || key
            .rsplit_once(' ')
            .is_some_and(|(_, last)| draft.find(last).is_some())
        || super::hints::find(key).is_some_and(|hint| draft.find(&hint.key).is_some())
}

fn built(doc: &Doc<'_>, unit: &Unit, raw: Raw, draft: &Draft, roles: &[Role]) -> Found {
    let clean = without_markers(&raw.text);
    let title = raw.title.map_or_else(
        || title(&clean, raw.story.as_ref()),
        |title| title.trim_matches(['*', ' ', '.', ':']).to_owned(),
    );
    let mut actors = raw
        .story
        .as_ref()
        .map(|story| roles::actors(&story.role, roles))
        .unwrap_or_default();
    if actors.is_empty() {
        actors = roles::actors(&clean, roles);
    }
    actors.truncate(8);
    let heading = &doc.sections[unit.section].heading;
    let mut entities = mentioned(&clean, draft);
    if entities.is_empty() {
        entities = mentioned(&title, draft);
    }
    if entities.is_empty() {
        entities = mentioned(heading, draft);
    }
    entities.truncate(8);
    let ranked = priority(doc, unit, &raw.text);
    let above = announced_feature(doc, unit);
    if entities.is_empty() {
        entities = above
            .as_deref()
            .map(|above| mentioned(above, draft))
            .unwrap_or_default();
    }
    let feature = above.unwrap_or_else(|| feature(doc, unit.section, &entities));
    let rationale = raw
        .story
        .and_then(|story| story.reason)
        .map(|reason| shortened(&reason, 400));
    Found {
        requirement: Requirement {
            title: shortened(&capitalised(&title), 150),
            description: shortened(&clean, 1_900),
            priority: ranked.unwrap_or_default(),
            feature,
            actors,
            entities,
            rationale,
            source_id: raw.id,
            trace: doc.trace(Origin::Spec, &raw.span),
            ..Requirement::default()
        },
        span: raw.span,
        section: unit.section,
        ranked: ranked.is_some(),
    }
}
