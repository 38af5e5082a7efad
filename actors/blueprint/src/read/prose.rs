//! Entities in running text: scored by what is done to them.
//!
//! Invariant: an entity found here is a noun of the text (or what such a noun triggers), never a filler word.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::doc::Doc;
use super::draft::{Draft, Evidence};
use super::exclusions::Excluded;
use super::hints;
use super::holdings::defined;
use super::lexicon::{self, VerbClass};
use super::phrases;
use super::roles::{is_only_person, is_role};
use super::sections::SectionKind;
use super::words::{Word, words};
use crate::model::{Origin, Role};
use crate::{Meter, Stopped};

/// Evidence that one noun can gather.
const SCORE_MAX: usize = 60;
/// Words up to which a text counts as a short one, where a single mention is enough.
const SHORT_WORDS: usize = 60;

/// Words up to which two mentions of a thing that applications keep are enough.
const MEDIUM_WORDS: usize = 160;

/// Evidence for one noun.
#[derive(Clone, Debug, Default)]
struct Evidences {
    score: usize,
    /// Times someone makes or keeps it.
    strong: usize,
    units: usize,
    span: Range<usize>,
    /// Triggered by a phrase of several words.
    phrase: bool,
}

/// Finds entities in sentences and headings.
pub(super) fn read(
    doc: &Doc<'_>,
    draft: &mut Draft,
    excluded: &Excluded,
    roles: &[Role],
    meter: &Meter,
) -> Result<(), Stopped> {
    let mut found: BTreeMap<String, Evidences> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let structured = doc
        .sections
        .iter()
        .any(|section| section.kind.lists_requirements());
    for (index, unit) in doc.units.iter().enumerate() {
        meter.spend(4 + unit.text.len() as u64 / 4)?;
        let kind = doc.kind(unit.section);
        if excluded.units.contains(&index)
            || !(kind.is_product()
                || kind == SectionKind::Problem
                || kind == SectionKind::Assumptions)
        {
            continue;
        }
        // Problems, roles and visions speak of much that is not kept.
        let aside = matches!(
            kind,
            SectionKind::Problem
                | SectionKind::Assumptions
                | SectionKind::Roles
                | SectionKind::Vision
        );
        let weight = if aside && structured { 1 } else { 2 };
        sentence(&unit.text, &unit.span, weight, &mut found, &mut order);
    }
    headings(doc, &mut found, &mut order);
    merge_variants(&mut found);
    let total: usize = doc
        .units
        .iter()
        .map(|unit| unit.text.split_whitespace().count())
        .sum();
    if ["reservation", "appointment"]
        .iter()
        .any(|event| found.contains_key(*event))
    {
        found.remove("booking");
    }
    for key in order {
        meter.spend(1)?;
        let Some(evidence) = found.get(&key) else {
            continue;
        };
        if excluded.covers(&key) || (excluded.later.contains(&key) && evidence.strong == 0) {
            continue;
        }
        if accepted(&key, evidence, draft, roles, total) {
            let origin = if evidence.phrase && evidence.strong == 0 {
                Origin::Archetype
            } else {
                Origin::Spec
            };
            let at = draft.entity(&key, Evidence::Prose, origin, &evidence.span);
            // A short text puts first what matters most.
            if total > SHORT_WORDS {
                draft.entities[at].score = draft.entities[at].score.max(evidence.score);
            }
        }
    }
    Ok(())
}

fn note<'a>(
    key: String,
    span: &Range<usize>,
    found: &'a mut BTreeMap<String, Evidences>,
    order: &mut Vec<String>,
) -> &'a mut Evidences {
    // An archetype's name stands for its triggers: "leaderboard" is kept as leaderboard entries.
    // Where the writer's own word is a good name ("reservation"), it stays.
    let key = match hints::find(&key) {
        Some(hint) if !lexicon::is_known_noun(&key) && !lexicon::is_person(&key) => {
            hint.key.clone()
        }
        _ => key,
    };
    if !found.contains_key(&key) {
        order.push(key.clone());
    }
    found.entry(key).or_insert_with(|| Evidences {
        span: span.clone(),
        ..Evidences::default()
    })
}

fn sentence(
    text: &str,
    span: &Range<usize>,
    weight: usize,
    found: &mut BTreeMap<String, Evidences>,
    order: &mut Vec<String>,
) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let all = words(text);
    if let Some(key) = defined(text) {
        let evidence = note(key, span, found, order);
        evidence.score = (evidence.score + 14).min(SCORE_MAX);
        evidence.strong += 2;
        evidence.units += 2;
    }
    // Nouns first: they give the order in which things are named.
    for key in phrases::nouns(text) {
        let last = key.rsplit(' ').next().unwrap_or_default();
        if (lexicon::is_known_noun(last) || hints::find(&key).is_some()) && seen.insert(key.clone())
        {
            let evidence = note(key, span, found, order);
            evidence.score = (evidence.score + weight).min(SCORE_MAX);
            evidence.units += 1;
        }
    }
    for deed in phrases::deeds_in(&all) {
        let evidence = note(deed.object.clone(), span, found, order);
        let gain = match deed.verb.class {
            VerbClass::Strong => 3,
            VerbClass::Act => 2,
            VerbClass::Weak => 1,
        };
        evidence.score = (evidence.score + gain * weight).min(SCORE_MAX);
        evidence.strong += usize::from(deed.verb.class == VerbClass::Strong && weight > 1);
        if seen.insert(deed.object) {
            evidence.units += 1;
        }
    }
    for event in events(&all) {
        let evidence = note(event.to_owned(), span, found, order);
        evidence.score = (evidence.score + 3 * weight).min(SCORE_MAX);
        evidence.phrase = true;
    }
    for (_, hint) in hints::phrases_in(&hints::singulars(text)) {
        let evidence = note(hint.key.clone(), span, found, order);
        evidence.score = (evidence.score + 2 * weight).min(SCORE_MAX);
        evidence.phrase = true;
    }
}

/// "### Order management" says as much as two sentences.
fn headings(doc: &Doc<'_>, found: &mut BTreeMap<String, Evidences>, order: &mut Vec<String>) {
    for section in doc
        .sections
        .iter()
        .skip(1)
        .filter(|section| section.level > 1)
    {
        if !section.kind.is_product()
            || super::sections::own_kind(&section.heading) != SectionKind::Other
        {
            continue;
        }
        for key in phrases::nouns(&section.heading) {
            let last = key.rsplit(' ').next().unwrap_or_default();
            if lexicon::is_known_noun(last) || hints::find(&key).is_some() {
                let evidence = note(key, &section.span, found, order);
                evidence.score = (evidence.score + 4).min(SCORE_MAX);
            }
        }
    }
}

/// "menu item" and "item", "clinic slot" and "slot": one thing under two names.
fn merge_variants(found: &mut BTreeMap<String, Evidences>) {
    let keys: Vec<String> = found.keys().cloned().collect();
    let mut longer: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for key in &keys {
        if let Some((_, last)) = key.rsplit_once(' ') {
            longer.entry(last).or_default().push(key);
        }
    }
    for (last, variants) in longer {
        let Some(plain) = found
            .get(last)
            .map(|evidence| (evidence.score, evidence.strong, evidence.span.clone()))
        else {
            continue;
        };
        let best = variants
            .iter()
            .max_by_key(|key| found.get(**key).map_or(0, |evidence| evidence.score))
            .copied();
        let Some(best) = best else { continue };
        let best_score = found.get(best).map_or(0, |evidence| evidence.score);
        if variants.len() == 1
            && best_score * 2 >= plain.0
            && best_score >= 4
            && !lexicon::is_person(last)
            && !independent(best, last)
        {
            found.remove(last);
            if let Some(evidence) = found.get_mut(best) {
                evidence.score = (evidence.score + plain.0).min(SCORE_MAX);
                evidence.strong += plain.1;
            }
            continue;
        }
        for variant in variants {
            let weak = found
                .get(variant)
                .is_some_and(|evidence| evidence.score < plain.0.max(4) && evidence.strong < 2);
            if weak && !independent(variant, last) {
                let lost = found.remove(variant).unwrap_or_default();
                if let Some(evidence) = found.get_mut(last) {
                    evidence.score = (evidence.score + lost.score).min(SCORE_MAX);
                    evidence.strong += lost.strong;
                }
            }
        }
    }
}

/// Whether an archetype knows the two as different things.
fn independent(key: &str, last: &str) -> bool {
    let own = hints::find(key);
    own.is_some_and(|own| hints::find(last).is_none_or(|other| other.key != own.key))
}

/// "Members book classes", "sign up for a shift": the thing is there already, and a booking or a participation is made.
fn events(all: &[Word]) -> Vec<&'static str> {
    let of = |deed: &phrases::Deed| {
        let thing =
            hints::nearest(&deed.object).is_none_or(|hint| hint.keeping != hints::Keeping::Owned);
        let verb = all[deed.at].lower.trim_end_matches('s');
        let next = |place: usize| all.get(deed.at + place).map(|word| word.lower.as_str());
        let signs = verb == "sign" && next(1) == Some("up") && next(2) == Some("for");
        if !thing || lexicon::marks("booking.events").contains(&deed.object.as_str()) {
            None
        } else if matches!(verb, "book" | "reserve") {
            Some("booking")
        } else {
            signs.then_some("participation")
        }
    };
    phrases::deeds_in(all).iter().filter_map(of).collect()
}

fn accepted(key: &str, evidence: &Evidences, draft: &Draft, roles: &[Role], total: usize) -> bool {
    let short = total <= SHORT_WORDS;
    if draft.find(key).is_some() {
        return true;
    }
    let last = key.rsplit(' ').next().unwrap_or_default();
    let words = key.split(' ').count();
    let hint = hints::find(key).is_some();
    let known = hint || (words == 1 && lexicon::is_known_noun(key));
    let known_head = known || lexicon::is_known_noun(last) || hints::find(last).is_some();
    // "end date" and "phone number" are fields.
    let field = super::words::snake(key).is_some_and(|name| lexicon::named_field(&name).is_some());
    if field && !hint && !lexicon::is_known_noun(last) {
        return false;
    }
    if is_only_person(key) || (lexicon::is_abstract(last) && !hint) {
        return false;
    }
    if lexicon::is_person(last) {
        let role = is_role(key, roles);
        return evidence.strong >= if role { 2 } else { 1 }
            && evidence.score >= if role { 8 } else { 4 };
    }
    if draft.has_list() {
        let near = draft.find(last).is_some()
            || draft.entities.iter().any(|entity| {
                entity.key.ends_with(&format!(" {key}"))
                    || entity.key.starts_with(&format!("{key} "))
            });
        return known && !near && evidence.strong >= 2 && evidence.score >= 14;
    }
    // "items" beside "menu items" says nothing new.
    let generic = matches!(
        key,
        "item" | "entry" | "line" | "record" | "part" | "thing" | "object"
    );
    if generic && !short {
        return false;
    }
    if lexicon::is_shy(key) && !evidence.phrase {
        return (evidence.strong >= 2 && evidence.score >= 12) || (short && evidence.strong >= 1);
    }
    if short {
        return known_head && evidence.score >= 2 || evidence.strong >= 1;
    }
    match (known, known_head) {
        (true, _) if total <= MEDIUM_WORDS => evidence.score >= 4,
        (true, _) => {
            evidence.score >= 6 && (evidence.strong >= 1 || evidence.score >= 10 || evidence.phrase)
        }
        (_, true) => evidence.score >= 8 && evidence.strong >= 1,
        _ => evidence.score >= 10 && evidence.strong >= 2 && evidence.units >= 2 && words <= 2,
    }
}
