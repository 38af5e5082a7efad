//! Functional requirements: numbered ones, stories, feature lists, sentences of duty.
//!
//! Invariant: an excluded sentence yields none; every requirement quotes the words it was read from.

use std::collections::BTreeSet;
use std::ops::Range;

use super::doc::{BlockKind, Doc, Unit};
use super::draft::Draft;
use super::exclusions::Excluded;
use super::ids;
use super::phrases;
use super::roles;
use super::sections::{SectionKind, own_kind};
use super::stories::{self, Story};
use super::words::{capitalised, label, plural, shortened, singular, words};
use crate::model::{Acceptance, Origin, Priority, Requirement, Role};
use crate::{Meter, Stopped};

/// Requirements of one model; the schema's limit.
const REQUIREMENTS_MAX: usize = 400;

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

/// Reads every requirement. `quality` are units that are non-functional requirements.
pub(super) fn read(
    doc: &Doc<'_>,
    draft: &Draft,
    excluded: &Excluded,
    quality: &BTreeSet<usize>,
    roles: &[Role],
    meter: &Meter,
) -> Result<Vec<Found>, Stopped> {
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
struct Raw {
    text: String,
    title: Option<String>,
    id: Option<String>,
    story: Option<Story>,
    span: Range<usize>,
}

fn candidate(doc: &Doc<'_>, unit: &Unit, draft: &Draft, roles: &[Role]) -> Option<Raw> {
    let kind = doc.kind(unit.section);
    if let Some((table, row)) = unit.row {
        return from_row(doc, unit, table, row, draft);
    }
    let block = &doc.blocks[unit.block?];
    let numbered = ids::source_id(&unit.text).filter(|(id, _)| !ids::is_quality(id));
    if matches!(
        kind,
        SectionKind::Noise
            | SectionKind::Questions
            | SectionKind::Glossary
            | SectionKind::Excluded
            | SectionKind::Later
            | SectionKind::Edges
            | SectionKind::Acceptance
    ) && numbered.is_none()
    {
        return None;
    }
    if kind == SectionKind::Noise || kind == SectionKind::Metrics {
        return None;
    }
    let whole = if block.is_item() && starts_block(doc, unit) {
        block_text(block.plain.as_str())
    } else {
        unit.text.trim().to_owned()
    };
    let span = if block.is_item() && starts_block(doc, unit) {
        block.span.clone()
    } else {
        unit.span.clone()
    };
    if let Some((id, after)) = numbered {
        let id = id.to_owned();
        let in_whole = ids::source_id(&whole).map_or(after, |(_, after)| after);
        let text = whole.get(in_whole..).unwrap_or_default().trim().to_owned();
        let story = stories::story(&text);
        return (text.split_whitespace().count() >= 2).then_some(Raw {
            text,
            id: Some(id),
            story,
            span,
            title: None,
        });
    }
    if let Some(story) = stories::story(&unit.text) {
        return Some(Raw {
            text: unit.text.trim().to_owned(),
            story: Some(story),
            span: unit.span.clone(),
            ..Raw::default()
        });
    }
    if is_aside(block, kind) {
        return None;
    }
    // How success is told is measured, not built.
    if whole.to_lowercase().contains("success")
        && whole.contains(|char: char| char.is_ascii_digit())
        && !kind.lists_requirements()
    {
        return None;
    }
    if is_step(&whole)
        || whole.trim_end().ends_with(':')
        || whole.trim_end().ends_with('?')
        || field_like(doc, block, draft)
    {
        return None;
    }
    let BlockKind::Item { checkbox, .. } = block.kind else {
        return sentence(doc, unit, kind, draft, roles);
    };
    let listed = kind.lists_requirements() || (checkbox && kind.is_product());
    let enough = whole.split_whitespace().count() >= 2 && !phrases::nouns(&whole).is_empty();
    if listed && enough && starts_block(doc, unit) && !is_grouping(doc, unit, &whole) {
        let title = block
            .lead()
            .filter(|(head, tail)| !tail.is_empty() && head.split_whitespace().count() <= 8)
            .map(|(head, _)| head.to_owned());
        return Some(Raw {
            text: whole,
            title,
            span,
            ..Raw::default()
        });
    }
    sentence(doc, unit, kind, draft, roles)
}

/// "Rationale: …", "Pain points: …": what explains, and does not demand.
fn is_aside(block: &super::doc::Block, kind: SectionKind) -> bool {
    const ASIDES: &[&str] = &[
        "tbd",
        "tbc",
        "open question",
        "rationale",
        "note",
        "notes",
        "why",
        "why this priority",
        "example",
        "examples",
        "reason",
        "goals",
        "goal",
        "pain points",
        "pain point",
        "description",
        "success metric",
        "impact",
        "priority",
        "status",
        "dependencies",
        "effort",
        "estimate",
        "demographics",
        "background",
        "age",
        "motivation",
        "frustrations",
        "input",
        "version",
        "date",
        "author",
        "independent test",
        "current behaviors",
        "quote",
        "feature branch",
        "created",
    ];
    let head = block.lead().map(|(head, _)| head.to_lowercase());
    let aside = head.as_deref().is_some_and(|head| ASIDES.contains(&head));
    let rights = head.as_deref().is_some_and(|head| {
        [
            "interaction",
            "can",
            "may",
            "permission",
            "responsib",
            "task",
            "right",
            "pode",
        ]
        .iter()
        .any(|word| head.contains(word))
    });
    aside
        || (kind == SectionKind::Roles
            && block.depth() == 0
            && block.is_item()
            && !rights
            && head.is_none()
            && block.plain.split_whitespace().count() < 4)
}

fn starts_block(doc: &Doc<'_>, unit: &Unit) -> bool {
    unit.block
        .is_some_and(|block| unit.span.start <= doc.blocks[block].span.start + 4)
}

fn block_text(plain: &str) -> String {
    let flat = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = flat.trim_start_matches(|char: char| {
        !char.is_alphanumeric() && !matches!(char, '[' | '(' | '"')
    });
    // "3. Release" is the third item, not its text.
    let digits = bare.len()
        - bare
            .trim_start_matches(|char: char| char.is_ascii_digit())
            .len();
    bare.get(digits..)
        .and_then(|rest| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .filter(|_| digits > 0)
        .unwrap_or(bare)
        .to_owned()
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
fn is_grouping(doc: &Doc<'_>, unit: &Unit, text: &str) -> bool {
    unit.block
        .is_some_and(|block| !doc.children(block).is_empty())
        && text.split_whitespace().count() <= 4
}

/// Items of a list of attributes.
fn field_like(doc: &Doc<'_>, block: &super::doc::Block, draft: &Draft) -> bool {
    let announced = block.intro.or(block.parent()).is_some_and(|intro| {
        let lower = doc.blocks[intro].plain.to_lowercase();
        [
            "attribute",
            "field",
            "column",
            "values",
            "entities",
            "campos",
            "atributos",
        ]
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
    let modal = [
        " can ",
        " must ",
        " should ",
        " shall ",
        " may ",
        " will ",
        " able to ",
        " allow",
        " lets ",
        " let ",
        " needs to ",
        " need to ",
        " has to ",
        " enables ",
        " pode ",
        " podem ",
        " deve ",
        " devem ",
        " permite",
        " permitir",
        " precisa",
        " puede",
        " pueden",
        " debe",
        " cannot ",
        " never ",
        " only ",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let deeds = phrases::deeds(text);
    let known = deeds.iter().any(|deed| known(draft, &deed.object))
        || (modal && !mentioned(text, draft).is_empty());
    let actor = !roles::actors(text, roles).is_empty()
        || [
            " user",
            " app ",
            " system ",
            " they ",
            " platform ",
            " people ",
            " you ",
            " we ",
            " sistema ",
            " everyone ",
            " anyone ",
        ]
        .iter()
        .any(|word| lower.contains(word));
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

/// Rows of requirement tables.
fn from_row(doc: &Doc<'_>, unit: &Unit, table: usize, row: usize, draft: &Draft) -> Option<Raw> {
    let table = &doc.tables[table];
    let kind = doc.kind(table.section);
    if !kind.is_product() || kind == SectionKind::Entities {
        return None;
    }
    let cells = &table.rows[row].cells;
    let header: Vec<String> = table
        .header
        .iter()
        .map(|cell| cell.trim().to_lowercase())
        .collect();
    let column = |names: &[&str]| {
        header
            .iter()
            .position(|cell| names.contains(&cell.as_str()))
            .and_then(|at| cells.get(at))
            .filter(|cell| !cell.is_empty())
    };
    let id = cells
        .iter()
        .take(2)
        .find_map(|cell| ids::source_id(cell))
        .map(|(id, _)| id.to_owned());
    if id.as_deref().is_some_and(ids::is_quality) {
        return None;
    }
    let role = column(&[
        "role",
        "user",
        "actor",
        "papel",
        "perfil",
        "user type",
        "persona",
        "who",
    ]);
    let rights = column(&[
        "can",
        "permissions",
        "may",
        "access",
        "pode",
        "permissões",
        "abilities",
        "rights",
        "what they can do",
        "can do",
        "responsibilities",
    ]);
    if let (Some(role), Some(rights)) = (role, rights) {
        let text = format!("{} can {}", role.trim_matches('*'), lower_first(rights));
        return Some(Raw {
            text,
            span: unit.span.clone(),
            ..Raw::default()
        });
    }
    let body = column(&[
        "requirement",
        "description",
        "user story",
        "story",
        "details",
        "what it does",
        "requisito",
        "descrição",
        "behaviour",
        "behavior",
        "capability",
    ]);
    let name = column(&[
        "feature",
        "title",
        "name",
        "module",
        "funcionalidade",
        "requirement",
        "capability",
        "function",
    ]);
    let announces = header.iter().any(|cell| {
        [
            "requirement",
            "feature",
            "story",
            "capability",
            "function",
            "module",
            "requisito",
            "funcionalidade",
        ]
        .iter()
        .any(|word| cell.contains(word))
    });
    let listed = id.is_some() || (kind.lists_requirements() && announces);
    let text = body.or(name)?.clone();
    let useful = text.split_whitespace().count() >= 3
        || mentioned(&text, draft).len() + usize::from(id.is_some()) > 0;
    let title = name
        .filter(|name| Some(*name) != body && ids::source_id(name).is_none())
        .cloned();
    let story = stories::story(&text);
    (listed && useful).then_some(Raw {
        text,
        title,
        id,
        story,
        span: unit.span.clone(),
    })
}

/// Whether the text lists its requirements, so that its prose need not be read for them.
fn is_structured(doc: &Doc<'_>) -> bool {
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

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let second_upper = text.chars().nth(1).is_some_and(char::is_uppercase);
    match chars.next() {
        Some(first) if !second_upper => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
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

/// The bold line, or the item around it, that groups a list of requirements.
fn announced_feature(doc: &Doc<'_>, unit: &Unit) -> Option<String> {
    let block = &doc.blocks[unit.block?];
    let above = &doc.blocks[block.parent().or(block.intro)?];
    let whole = above.is_item()
        || above
            .lead
            .is_some_and(|end| above.plain[end..].trim().trim_matches(':').is_empty());
    let text = block_text(above.lead().map_or(above.plain.as_str(), |(head, _)| head));
    let text = text.trim_end_matches([':', '.', ' ']);
    let generic = own_kind(text) != SectionKind::Other || text.is_empty();
    (whole && !generic && text.split_whitespace().count() <= 5).then(|| shortened(text, 80))
}

/// Without brackets that ask, and marks of done or not.
fn without_markers(text: &str) -> String {
    let mut out = text.trim().to_owned();
    while let Some(from) = out.find("[NEEDS CLARIFICATION") {
        let to = out[from..]
            .find(']')
            .map_or(out.len(), |len| from + len + 1);
        out.replace_range(from..to, "");
    }
    let bare = out
        .trim_start_matches(|char: char| {
            !char.is_alphanumeric() && !matches!(char, '"' | '(' | '[' | '$')
        })
        .trim();
    for mark in [
        "(must)",
        "(should)",
        "(could)",
        "(must have)",
        "(should have)",
        "(could have)",
        "(p0)",
        "(p1)",
        "(p2)",
        "(p3)",
    ] {
        let cut = bare.len().saturating_sub(mark.len());
        if bare
            .get(cut..)
            .is_some_and(|tail| tail.eq_ignore_ascii_case(mark))
        {
            return bare[..cut].trim().to_owned();
        }
    }
    bare.to_owned()
}

fn title(text: &str, story: Option<&Story>) -> String {
    if let Some(story) = story {
        return story.want.clone();
    }
    let first = super::sentences::split(text)
        .first()
        .map_or(text, |range| &text[range.clone()]);
    let mut first = first.trim_end_matches(['.', ';', ' ']);
    for opening in [
        "The system must ",
        "The system shall ",
        "The system should ",
        "System MUST ",
        "System SHOULD ",
        "System SHALL ",
        "System MAY ",
        "System must ",
        "System shall ",
        "The application must ",
        "The application should ",
        "The app must ",
        "The app should ",
        "The platform must ",
        "The platform should ",
        "Users MUST be able to ",
        "O sistema deve ",
        "El sistema debe ",
    ] {
        if let Some(rest) = first.strip_prefix(opening) {
            first = rest;
            break;
        }
    }
    for mark in [" so that ", " in order to ", " — ", "; "] {
        if let Some((head, _)) = first.split_once(mark)
            && head.split_whitespace().count() >= 3
        {
            first = head;
        }
    }
    first.to_owned()
}

/// Keys of the entities that a text names, in order.
pub(super) fn mentioned(text: &str, draft: &Draft) -> Vec<String> {
    let all: Vec<String> = words(text)
        .iter()
        .map(|word| singular(&word.lower))
        .collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let longest = (1..=3).rev().find_map(|len| {
            let phrase = all.get(at..at + len)?.join(" ");
            let found = draft
                .find(&phrase)
                .or_else(|| super::hints::find(&phrase).and_then(|hint| draft.find(&hint.key)));
            found.map(|found| (found, len))
        });
        match longest {
            Some((found, len)) => {
                let key = &draft.entities[found].key;
                if !out.contains(key) {
                    out.push(key.clone());
                }
                at += len;
            }
            None => at += 1,
        }
    }
    // Users are everywhere; they are meant only where their accounts are.
    let accounts = ["account", "profile", "registration", "role", "permission"]
        .iter()
        .any(|word| all.iter().any(|other| other == word));
    if !accounts || out.len() > 1 {
        out.retain(|key| key != "user");
    }
    // "orders" for order items only where nothing else is meant.
    if out.is_empty() {
        let partial = draft.entities.iter().find(|entity| {
            entity
                .key
                .rsplit_once(' ')
                .is_some_and(|(_, last)| all.iter().any(|word| word == last))
        });
        out.extend(partial.map(|entity| entity.key.clone()));
    }
    out
}

/// "Epic: Trips" and "User Story 1 - Trips (Priority: P1)" are about trips.
fn plain_heading(heading: &str) -> &str {
    let main = heading.split(" (").next().unwrap_or(heading);
    for label in [
        "epic",
        "feature",
        "module",
        "user story",
        "story",
        "theme",
        "épico",
    ] {
        let head = main
            .get(..label.len())
            .filter(|head| head.eq_ignore_ascii_case(label));
        if head.is_some() {
            let rest = main[label.len()..].trim_start_matches(|char: char| {
                char.is_ascii_digit() || matches!(char, ' ' | ':' | '-' | '–' | '—' | '.' | '#')
            });
            if rest.len() > 2 && rest.len() < main.len() - label.len() {
                return rest;
            }
        }
    }
    main
}

fn feature(doc: &Doc<'_>, section: usize, entities: &[String]) -> String {
    let mut at = Some(section);
    while let Some(index) = at {
        let this = &doc.sections[index];
        let own = own_kind(&this.heading);
        let story = plain_heading(&this.heading).len() < this.heading.len();
        if this.level >= 2 && (own == SectionKind::Other || story) && !this.heading.is_empty() {
            return shortened(plain_heading(&this.heading), 80);
        }
        at = this.parent;
    }
    entities
        .first()
        .map_or_else(|| "General".to_owned(), |key| capitalised(&plural(key)))
}

/// Priority from words in the text or in the headings above.
fn priority(doc: &Doc<'_>, unit: &Unit, text: &str) -> Option<Priority> {
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
    if cell(&["must", "must have", "high", "critical", "alta", "essential"]) {
        return Some(Priority::P0);
    }
    if cell(&["should", "should have", "medium", "média", "media"]) {
        return Some(Priority::P1);
    }
    if cell(&[
        "could",
        "could have",
        "low",
        "baixa",
        "nice to have",
        "optional",
        "baja",
    ]) {
        return Some(Priority::P2);
    }
    let mut at = Some(unit.section);
    while let Some(index) = at {
        let heading = doc.sections[index].heading.to_lowercase();
        let any = |names: &[&str]| names.iter().any(|name| heading.contains(name));
        if let Some(found) = tagged(&heading) {
            return Some(found);
        }
        if any(&[
            "nice to have",
            "nice-to-have",
            "could have",
            "could-have",
            "optional",
            "stretch",
            "desejável",
            "low priority",
        ]) {
            return Some(Priority::P2);
        }
        if any(&["should have", "should-have", "medium priority"]) {
            return Some(Priority::P1);
        }
        if any(&[
            "must have",
            "must-have",
            "mvp",
            "essential",
            "core feature",
            "high priority",
            "critical",
        ]) {
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

/// Gives each scenario to the requirement it belongs to; without one it becomes a requirement.
pub(super) fn place(
    doc: &Doc<'_>,
    draft: &Draft,
    roles: &[Role],
    scenarios: Vec<stories::Scenario>,
    found: &mut Vec<Found>,
    meter: &Meter,
) -> Result<(), Stopped> {
    let bags: Vec<BTreeSet<String>> = found
        .iter()
        .map(|found| bag(&found.requirement.description))
        .collect();
    for scenario in scenarios.into_iter().take(800) {
        meter.spend(1 + found.len() as u64 * 8)?;
        let given = if scenario.given.is_empty() {
            "the application is open"
        } else {
            &scenario.given
        };
        let acceptance = Acceptance {
            id: String::new(),
            given: shortened(given, 400),
            when: shortened(&scenario.when, 400),
            then: shortened(&scenario.then, 600),
        };
        let own = doc.sections[scenario.section].kind;
        let pooled = own == SectionKind::Acceptance
            && !found.iter().any(|found| found.section == scenario.section);
        let near = found.iter().rposition(|found| {
            found.span.start < scenario.span.start && related(doc, found.section, scenario.section)
        });
        let words = bag(&format!(
            "{} {} {}",
            scenario.given, scenario.when, scenario.then
        ));
        let alike = || {
            (0..bags.len())
                .map(|at| (bags[at].intersection(&words).count(), at))
                .max_by_key(|(common, at)| (*common, usize::MAX - at))
                .filter(|(common, _)| *common >= 2)
                .map(|(_, at)| at)
        };
        let target = if pooled { alike() } else { near.or_else(alike) };
        match target {
            Some(at) if found[at].requirement.acceptance.len() < 12 => {
                found[at].requirement.acceptance.push(acceptance)
            }
            Some(_) => {}
            None if found.len() < REQUIREMENTS_MAX => {
                let text = format!("{}, {}", acceptance.when, acceptance.then);
                found.push(Found {
                    requirement: Requirement {
                        title: shortened(&capitalised(&acceptance.when), 150),
                        description: shortened(&capitalised(&text), 1_900),
                        feature: feature(doc, scenario.section, &[]),
                        actors: roles::actors(&acceptance.given, roles),
                        entities: mentioned(&text, draft),
                        acceptance: vec![acceptance],
                        trace: doc.trace(Origin::Spec, &scenario.span),
                        ..Requirement::default()
                    },
                    span: scenario.span,
                    section: scenario.section,
                    ranked: false,
                });
            }
            None => {}
        }
    }
    Ok(())
}

fn related(doc: &Doc<'_>, requirement: usize, scenario: usize) -> bool {
    let mut at = Some(scenario);
    while let Some(index) = at {
        if index == requirement {
            return true;
        }
        if doc.sections[index].level <= 2 {
            return false;
        }
        at = doc.sections[index].parent;
    }
    false
}

fn bag(text: &str) -> BTreeSet<String> {
    words(text)
        .iter()
        .map(|word| singular(&word.lower))
        .filter(|word| word.chars().count() > 3 && !super::lexicon::is_glue(word))
        .collect()
}

/// A label for the feature of a requirement that follows from an entity.
pub(super) fn feature_of(label_plural: &str) -> String {
    label(label_plural)
}
