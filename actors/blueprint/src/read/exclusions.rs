//! What the specification rules out.
//!
//! Invariant: a sentence that says "not this" never becomes a requirement, and what only it names never an entity.

use std::collections::BTreeSet;

use super::doc::{Doc, Unit};
use super::lexicon;
use super::phrases;
use super::sections::SectionKind;
use super::words::{singular, words};
use crate::model::{Exclusion, Origin};
use crate::{Meter, Stopped};

/// What is out of scope.
#[derive(Clone, Debug, Default)]
pub(super) struct Excluded {
    /// For the model, ids not yet given.
    pub(super) list: Vec<Exclusion>,
    /// Units that say so.
    pub(super) units: BTreeSet<usize>,
    /// Keys that they name.
    keys: BTreeSet<String>,
    /// Keys named only as "later": they give way to any other mention.
    pub(super) later: BTreeSet<String>,
}

impl Excluded {
    /// Whether `key`, or the noun it ends in, is ruled out.
    pub(super) fn covers(&self, key: &str) -> bool {
        let one = singular(key);
        self.keys.contains(&one)
            || one.rsplit_once(' ').is_some_and(|(_, last)| {
                self.keys.contains(last) && lexicon::is_known_noun(last) && self.bare(last)
            })
    }

    /// Whether the noun stands alone in a key: "no payments" rules out card payments, "no loyalty points" not all points.
    fn bare(&self, noun: &str) -> bool {
        self.keys.contains(noun)
    }

    /// Whether every object of a sentence is ruled out.
    pub(super) fn covers_all(&self, keys: &[String]) -> bool {
        !keys.is_empty() && keys.iter().all(|key| self.covers(key))
    }
}

/// Verbs of duty make a refusal a rule: "users must not see drafts" is a requirement.
const RULES: &[&str] = &["must not", "may not", "cannot", "can not", "can't"];

/// Reads what is ruled out.
pub(super) fn read(doc: &Doc<'_>, meter: &Meter) -> Result<Excluded, Stopped> {
    let mut out = Excluded::default();
    for (index, unit) in doc.units.iter().enumerate() {
        meter.spend(4)?;
        let kind = doc.kind(unit.section);
        let crossed = unit.block.is_some_and(|block| doc.blocks[block].crossed)
            && !matches!(
                kind,
                SectionKind::Metrics | SectionKind::Noise | SectionKind::Permissions
            );
        let listed = kind == SectionKind::Excluded || crossed || announced(doc, unit.block);
        let named = match kind {
            SectionKind::Later => postponed(doc, unit),
            _ if listed && explained(doc, unit.block) => None,
            _ if listed => Some(objects(&unit.text)),
            SectionKind::Noise
            | SectionKind::Nfr
            | SectionKind::Tech
            | SectionKind::Metrics
            | SectionKind::Problem
            | SectionKind::Questions
            | SectionKind::Edges
            | SectionKind::Constraints
            | SectionKind::Assumptions => None,
            _ => refused(&unit.text),
        };
        let Some(named) = named else { continue };
        if unit.text.split_whitespace().count() < 2 && named.is_empty() && !listed {
            continue;
        }
        if unit.text.trim_end().ends_with([':', '?']) {
            out.units.insert(index);
            continue;
        }
        if kind == SectionKind::Later {
            out.later.extend(named.into_iter().map(|(key, _)| key));
        } else {
            for (key, qualified) in named {
                // "No online payment" leaves room for payments at the counter.
                if qualified {
                    out.later.insert(key)
                } else {
                    out.keys.insert(key)
                };
            }
        }
        let whole = listed || kind == SectionKind::Later || !partial(&unit.text);
        if whole {
            out.units.insert(index);
        }
        out.list.push(Exclusion {
            description: unit.text.trim().to_owned(),
            trace: doc.trace(Origin::Spec, &unit.span),
            ..Exclusion::default()
        });
    }
    Ok(out)
}

/// What a section about later puts off: features in its lists, not its figures and dates.
fn postponed(doc: &Doc<'_>, unit: &Unit) -> Option<Vec<Named>> {
    let item = unit.block.is_some_and(|block| doc.blocks[block].is_item());
    let figure = unit
        .text
        .starts_with(|char: char| char.is_ascii_digit() || matches!(char, '$' | '€'))
        || unit.text.contains('%');
    let keys = objects(&unit.text);
    let dated = lexicon::marks("exclusion.dated")
        .iter()
        .any(|word| unit.text.to_lowercase().starts_with(word));
    (item && !figure && !dated && !keys.is_empty()).then_some(keys)
}

/// "Why these are out": reasons, not exclusions.
fn explained(doc: &Doc<'_>, block: Option<usize>) -> bool {
    let Some(block) = block.map(|block| &doc.blocks[block]) else {
        return false;
    };
    block.intro.is_some_and(|intro| {
        let lower = doc.blocks[intro].plain.to_lowercase();
        lower.contains("why") || lower.contains("reason") || lower.contains("rationale")
    })
}

/// Whether the list that the block is in is announced as out of scope.
fn announced(doc: &Doc<'_>, block: Option<usize>) -> bool {
    let Some(block) = block.map(|block| &doc.blocks[block]) else {
        return false;
    };
    let above = block.parent().or(block.intro);
    above.is_some_and(|above| {
        let text = doc.blocks[above]
            .plain
            .trim()
            .trim_end_matches(':')
            .to_lowercase();
        text.len() < 60 && super::sections::own_kind(&text) == SectionKind::Excluded
    })
}

/// Keys that a sentence rules out; nothing where it does not.
fn refused(text: &str) -> Option<Vec<Named>> {
    let lower = text.to_lowercase();
    if RULES.iter().any(|rule| lower.contains(rule)) {
        return None;
    }
    let bare = lower.trim_start_matches(|char: char| !char.is_alphanumeric());
    for start in lexicon::marks("exclusion.openings").iter().copied() {
        if let Some(rest) = bare.strip_prefix(start) {
            let first = super::keys::key_of(rest);
            // "No overlapping shows" is a rule.
            let rule = words(rest).first().is_some_and(|word| {
                (word.lower.ends_with("ing") || word.lower.ends_with("ed"))
                    && !lexicon::is_known_noun(&word.lower)
            }) && words(rest).len() > 1;
            if rule {
                return None;
            }
            let sentence = rest.contains(" can ")
                || rest.contains(" may ")
                || rest.contains(" should ")
                || rest.split_whitespace().count() > 14;
            let dull = lexicon::has_mark("exclusion.dull", rest);
            return (!sentence && !dull && (first.is_some() || start != "not "))
                .then(|| objects(rest));
        }
    }
    if let Some(at) = lexicon::marks("exclusion.phrases")
        .iter()
        .find_map(|phrase| lower.find(phrase).map(|at| at + phrase.len()))
    {
        let dull = lower.contains("if ")
            || lower.contains("not required") && lower.contains("is not required to");
        let (before, after) = lower.split_at(at);
        let passive = before.contains("not needed")
            || before.contains("out of scope")
            || before.contains("excluded")
            || before.contains("not in scope")
            || before.contains("not supported")
            || before.contains("not part of")
            || before.contains("not planned")
            || before.contains("not required")
            || before.contains("not a goal")
            || before.contains("fora do escopo");
        let mut keys = objects(after);
        if passive {
            keys.extend(objects(before));
        }
        return (!dull && !keys.is_empty()).then_some(keys);
    }
    clause(&lower)
}

/// ", no ads", "without payments" inside of a sentence.
fn clause(lower: &str) -> Option<Vec<Named>> {
    for mark in lexicon::marks("exclusion.clauses").iter().copied() {
        let Some(at) = lower.find(mark) else { continue };
        let rest = lower[at + mark.len()..]
            .split(['.', ';', ')'])
            .next()
            .unwrap_or_default();
        let first = words(rest)
            .first()
            .map(|word| word.lower.clone())
            .unwrap_or_default();
        let gerund = first.ends_with("ing") && !lexicon::is_known_noun(&first);
        let keys = enumeration(rest);
        // "without an account", "without losing momentum" say how, not what.
        let manner = gerund
            || matches!(
                first.as_str(),
                "a" | "an" | "the" | "any" | "having" | "needing" | "um" | "uma"
            )
            || lexicon::is_glue(&first);
        if !manner && !keys.is_empty() {
            return Some(keys);
        }
    }
    None
}

/// Only the first nouns of `rest`: "payments, ads or chat".
fn enumeration(rest: &str) -> Vec<Named> {
    let mut out = Vec::new();
    for part in super::fields::split_list(
        &rest
            .replace(" or ", ", ")
            .replace(" nor ", ", ")
            .replace(" no ", ", ")
            .replace(" ou ", ", "),
    ) {
        match super::keys::key_of(&part) {
            Some(key) if part.split_whitespace().count() <= 4 => {
                let qualified = is_qualified(&part, &key);
                out.push((key, qualified));
            }
            _ => break,
        }
    }
    out
}

/// Whether the refusal is only a clause of a sentence that also says what is.
fn partial(text: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = lower.trim_start_matches(|char: char| !char.is_alphanumeric());
    let begins = ["no ", "not ", "sem ", "sin ", "without "]
        .iter()
        .any(|start| bare.starts_with(start));
    !begins && clause(&lower).is_some() && !lexicon::has_mark("exclusion.phrases", &lower)
}

/// Nouns that are ruled out by a text about nothing else.
fn objects(text: &str) -> Vec<Named> {
    let main = text.split(['(', '—', '–']).next().unwrap_or(text);
    let main = main
        .split(" because ")
        .next()
        .unwrap_or(main)
        .split(" since ")
        .next()
        .unwrap_or(main);
    let main = main
        .split(": ")
        .next()
        .filter(|head| head.split_whitespace().count() <= 5)
        .unwrap_or(main);
    let plain = main.replace(" or ", ", ").replace(" nor ", ", ");
    let mut keys = phrases::nouns(&plain);
    keys.retain(|key| !lexicon::is_person(key));
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .map(|key| {
            let qualified = is_qualified(&plain, &key);
            (key, qualified)
        })
        .collect()
}

/// A key, and whether an adjective narrows it.
type Named = (String, bool);

/// Whether an adjective stands before `key` in `text`: "online payment" is not every payment.
fn is_qualified(text: &str, key: &str) -> bool {
    let all = words(text);
    let first = key.split(' ').next().unwrap_or_default();
    all.windows(2).any(|pair| {
        singular(&pair[1].lower) == first
            && !pair[1].breaks
            && lexicon::is_adjective(&pair[0].lower)
            && !lexicon::marks("exclusion.determiners").contains(&pair[0].lower.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(text: &str) -> Excluded {
        let meter = Meter::default();
        let doc = super::super::markdown::parse(text, &meter).unwrap();
        read(&doc, &meter).unwrap()
    }

    #[test]
    fn honours_sections_sentences_and_clauses() {
        let found = excluded(
            "# App\n\nUsers post photos, no comments. No payments. The app will not have a chat.\n\n## Out of scope\n\n- Invoices\n- Refund handling\n",
        );
        for key in ["comment", "payment", "chat", "invoice", "refund"] {
            assert!(found.covers(key), "{key}: {found:?}");
        }
        assert!(!found.covers("photo"));
        assert_eq!(found.list.len(), 5);
    }

    #[test]
    fn manners_and_rules_are_no_exclusions() {
        for text in [
            "Edit orders without leaving the page.",
            "Readers must not see drafts.",
            "No configuration required.",
            "It works without an account.",
        ] {
            assert!(excluded(text).list.is_empty(), "{text}");
        }
    }
}
