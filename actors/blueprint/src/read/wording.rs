//! What a requirement is called, where it belongs, and which entities it names.
//!
//! Invariant: wording only cuts; it never adds words.

use super::doc::{Doc, Unit};
use super::draft::Draft;
use super::lexicon;
use super::sections::{SectionKind, own_kind};
use super::stories::Story;
use super::words::{capitalised, plural, shortened, singular, words};

pub(super) fn block_text(plain: &str) -> String {
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

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let second_upper = text.chars().nth(1).is_some_and(char::is_uppercase);
    match chars.next() {
        Some(first) if !second_upper => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// The bold line, or the item around it, that groups a list of requirements.
pub(super) fn announced_feature(doc: &Doc<'_>, unit: &Unit) -> Option<String> {
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
pub(super) fn without_markers(text: &str) -> String {
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
    for mark in lexicon::marks("priority.markers").iter().copied() {
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

pub(super) fn title(text: &str, story: Option<&Story>) -> String {
    if let Some(story) = story {
        return story.want.clone();
    }
    let first = super::sentences::split(text)
        .first()
        .map_or(text, |range| &text[range.clone()]);
    let mut first = first.trim_end_matches(['.', ';', ' ']);
    for opening in lexicon::marks("requirement.openings").iter().copied() {
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
    for label in lexicon::marks("requirement.groups").iter().copied() {
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

pub(super) fn feature(doc: &Doc<'_>, section: usize, entities: &[String]) -> String {
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
