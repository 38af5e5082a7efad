//! What sentences say that a thing holds.
//!
//! Invariant: a list is taken for fields only where at least half of it reads like fields.

use super::doc::Doc;
use super::draft::{Draft, Evidence};
use super::exclusions::Excluded;
use super::fields;
use super::lexicon::{self};
use super::sections::SectionKind;
use super::words::{singular, words};
use crate::{Meter, Stopped};

/// "A stop has a name, an address and an arrival time": whoever says what a thing holds, keeps it.
pub(super) fn defined(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let relative = [", which has ", ", which have ", " which has ", " that has "]
        .iter()
        .find_map(|verb| lower.split_once(verb))
        .map(|(head, rest)| {
            let from = head.rfind([' ']).map_or(0, |at| at + 1);
            (&head[from..], rest)
        });
    let (head, rest) = relative.or_else(|| {
        lexicon::marks("prose.holds")
            .iter()
            .find_map(|verb| lower.split_once(verb))
    })?;
    let bare = [
        "a ", "an ", "each ", "every ", "um ", "uma ", "cada ", "un ", "una ", "the ",
    ]
    .iter()
    .find_map(|word| head.strip_prefix(word))
    .unwrap_or(head);
    let parts = fields::split_list(rest.split(['.', ';']).next().unwrap_or_default());
    let sure = parts.iter().filter(|part| is_field(part)).count();
    let short = (1..=2).contains(&bare.split_whitespace().count());
    let holds = short && parts.len() >= 2 && sure >= 2 && sure * 2 >= parts.len();
    let key: Vec<String> = bare.split_whitespace().map(str::to_owned).collect();
    holds
        .then(|| super::keys::key(&key))
        .flatten()
        .filter(|key| !lexicon::is_person(key))
}

/// Fields in sentences: "each recipe has a title, a photo and ingredients", "products with name, price and image".
pub(super) fn read_fields(
    doc: &Doc<'_>,
    draft: &mut Draft,
    excluded: &Excluded,
    meter: &Meter,
) -> Result<(), Stopped> {
    for (index, unit) in doc.units.iter().enumerate() {
        meter.spend(2 + unit.text.len() as u64 / 4)?;
        let kind = doc.kind(unit.section);
        if excluded.units.contains(&index) || !kind.is_product() || kind == SectionKind::Entities {
            continue;
        }
        let lower = unit.text.to_lowercase();
        for mark in lexicon::marks("prose.lists_fields").iter().copied() {
            let Some(at) = lower.find(mark) else { continue };
            let Some(owner) = owner_of(&lower[..at], draft) else {
                continue;
            };
            // A list of fields is complete; prose only repeats it.
            if draft.entities[owner].evidence == Evidence::Listed
                && draft.entities[owner].fields.len() >= 3
            {
                continue;
            }
            let rest = lower[at + mark.len()..]
                .split(if mark == " (" {
                    &['.', ';', ')'][..]
                } else {
                    &['.', ';'][..]
                })
                .next()
                .unwrap_or_default();
            let rest = rest.split(" so that ").next().unwrap_or_default();
            let parts = before_deeds(fields::split_list(rest));
            let sure = parts.iter().filter(|part| is_field(part)).count();
            if parts.len() >= 2 && sure >= 2 && sure * 2 >= parts.len() {
                for part in parts
                    .iter()
                    .filter(|part| part.split_whitespace().count() <= 4)
                {
                    let bare = part.split('(').next().unwrap_or_default().trim();
                    let plural_entity = draft
                        .find(&singular(bare))
                        .is_some_and(|found| singular(bare) != bare && found != owner);
                    if !plural_entity && let Some(field) = fields::parse(part, doc, &unit.span) {
                        draft.entities[owner].add_field(field);
                    }
                }
                break;
            }
        }
    }
    Ok(())
}

/// The names before the sentence goes on: "title, photo, and buyers send offers" lists two.
fn before_deeds(mut parts: Vec<String>) -> Vec<String> {
    let acts = |part: &String| {
        let mut words = part.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let onward = second.is_some_and(lexicon::is_glue);
        let deed =
            lexicon::base_verb(first).is_some() && (onward || !lexicon::is_known_noun(first));
        let doer = lexicon::is_person(&singular(first))
            && second.is_some_and(|second| lexicon::verb(second).is_some());
        second.is_some() && (deed || doer)
    };
    if let Some(end) = parts.iter().skip(1).position(acts).map(|at| at + 1) {
        parts.truncate(end);
        // "rate and comment on recipes": the first of two deeds.
        let verb =
            |part: &String| lexicon::base_verb(part).is_some() && !lexicon::is_known_noun(part);
        if parts.len() > 1 && parts.last().is_some_and(verb) {
            parts.pop();
        }
    }
    parts
}

/// The entity that ends `text`, at most four words back.
fn owner_of(text: &str, draft: &Draft) -> Option<usize> {
    let all: Vec<String> = words(text)
        .iter()
        .map(|word| singular(&word.lower))
        .collect();
    let find = |at: usize| {
        let pair = at
            .checked_sub(1)
            .and_then(|before| draft.find(&format!("{} {}", all[before], all[at])));
        pair.or_else(|| draft.find(&all[at]))
    };
    let from = all.len().saturating_sub(4);
    let (at, last) = (from..all.len())
        .rev()
        .find_map(|at| find(at).map(|found| (at, found)))?;
    // "vaccinations for each animal, with …": the vaccinations have it.
    let aim = (at.saturating_sub(2)..at).find(|index| {
        matches!(
            all[*index].as_str(),
            "for" | "of" | "to" | "in" | "on" | "per" | "under"
        )
    });
    let before = aim.and_then(|aim| (aim.saturating_sub(2)..aim).rev().find_map(find));
    Some(before.unwrap_or(last))
}

fn is_field(part: &str) -> bool {
    let bare = part.split('(').next().unwrap_or_default().trim();
    let bare = [
        "a ",
        "an ",
        "the ",
        "its ",
        "um ",
        "uma ",
        "their ",
        "optional ",
    ]
    .iter()
    .fold(bare, |name, word| name.strip_prefix(word).unwrap_or(name));
    let Some(name) = super::words::snake(bare) else {
        return false;
    };
    bare.split_whitespace().count() <= 3
        && (lexicon::named_field(&name).is_some()
            || matches!(
                name.as_str(),
                "type"
                    | "status"
                    | "category"
                    | "location"
                    | "genre"
                    | "color"
                    | "colour"
                    | "size"
                    | "brand"
                    | "species"
                    | "breed"
                    | "unit"
                    | "source"
                    | "role"
                    | "kind"
                    | "city"
                    | "country"
                    | "skills"
                    | "topic"
                    | "tags"
                    | "tag"
                    | "method"
                    | "variety"
                    | "author"
                    | "publisher"
                    | "model"
                    | "make"
            ))
}
