//! User stories and Given/When/Then steps.
//!
//! Invariant: the parts of a story are words of the text, unchanged but for trimming.

use std::ops::Range;

use super::doc::{BlockKind, Doc};
use super::lexicon;
use super::sections::SectionKind;
use super::words::singular;
use crate::{Meter, Stopped};

/// The parts of "As a X I want Y so that Z".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Story {
    /// X.
    pub(super) role: String,
    /// Y.
    pub(super) want: String,
    /// Z.
    pub(super) reason: Option<String>,
}

/// The story in `text`, wherever in it it begins.
pub(super) fn story(text: &str) -> Option<Story> {
    let flat = text
        .replace(['*', '_', '`'], "")
        .replace('\n', " ")
        .replace('’', "'");
    let lower = flat.to_lowercase();
    // Cutting by positions found in lower case needs equal lengths.
    if lower.len() != flat.len() {
        return None;
    }
    let (start, after) = lexicon::marks("story.openings")
        .iter()
        .filter_map(|opening| {
            let at = lower.find(opening)?;
            let numbered = super::ids::source_id(&flat[..at]).is_some_and(|(_, after)| after >= at);
            let free = at == 0
                || numbered
                || !lower[..at].ends_with(|char: char| char.is_alphanumeric() || char == ' ')
                || lower[..at]
                    .trim_end()
                    .ends_with([':', '.', ')', ']', '-', '–', '—', '|']);
            free.then_some((at, at + opening.len()))
        })
        .min_by_key(|(at, after)| (*at, usize::MAX - after))?;
    let (want_at, want_from) = lexicon::marks("story.wants")
        .iter()
        .filter_map(|want| {
            lower[after..]
                .find(want)
                .map(|at| (after + at, after + at + want.len()))
        })
        .min_by_key(|(at, from)| (*at, usize::MAX - from))?;
    let role =
        flat[after..want_at].trim_matches([' ', ',', ':', '-', '"', '(', ')', '[', ']', '<', '>']);
    if start > 60 || role.is_empty() || role.split_whitespace().count() > 6 {
        return None;
    }
    let (want, reason) = reasoned(&flat[want_from..], &lower[want_from..]);
    (!want.is_empty()).then(|| Story {
        role: role.to_owned(),
        want: want.to_owned(),
        reason,
    })
}

/// The wish and its "so that".
fn reasoned<'a>(rest: &'a str, lower: &str) -> (&'a str, Option<String>) {
    let found = lexicon::marks("story.reasons").iter().find_map(|mark| {
        let at = lower.find(mark)?;
        (at > 0 && lower[..at].ends_with([' ', ','])).then_some((at, at + mark.len()))
    });
    let want = found.map_or(rest, |(at, _)| &rest[..at]);
    let reason = found.map(|(_, from)| {
        rest[from..]
            .trim()
            .trim_end_matches(['.', '|', ' '])
            .to_owned()
    });
    (
        want.trim().trim_end_matches([',', '.', ';', ' ', '|']),
        reason.filter(|reason| !reason.is_empty()),
    )
}

/// The role of the story in `text`, as a key.
pub(super) fn actor(text: &str) -> Option<String> {
    let role = story(text)?.role.to_lowercase();
    let bare = role.split([',', '(', '/']).next().unwrap_or_default();
    let bare = bare
        .trim()
        .strip_prefix("member of ")
        .map_or(bare, |rest| rest.trim_start_matches("the "));
    let bare = lexicon::marks("story.role_ends")
        .iter()
        .fold(bare, |name, word| name.split(word).next().unwrap_or(name));
    let skipped = lexicon::marks("story.role_begins")
        .iter()
        .fold(bare.trim(), |name, word| {
            name.strip_prefix(word).unwrap_or(name)
        });
    let one = singular(skipped.trim());
    (!one.is_empty() && one.split_whitespace().count() <= 3 && one.len() <= 40).then_some(one)
}

/// One Given/When/Then with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scenario {
    /// Given.
    pub(super) given: String,
    /// When.
    pub(super) when: String,
    /// Then.
    pub(super) then: String,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// Section that holds it.
    pub(super) section: usize,
}

const STEPS: &[(&str, Step)] = &[
    ("given", Step::Given),
    ("when", Step::When),
    ("then", Step::Then),
    ("and", Step::And),
    ("but", Step::And),
    ("dado", Step::Given),
    ("dada", Step::Given),
    ("dados", Step::Given),
    ("quando", Step::When),
    ("então", Step::Then),
    ("e", Step::And),
    ("mas", Step::And),
    ("cuando", Step::When),
    ("entonces", Step::Then),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Given,
    When,
    Then,
    And,
}

/// Every scenario in text order: steps in one sentence, on lines of their own, or in a fence.
pub(super) fn scenarios(doc: &Doc<'_>, meter: &Meter) -> Result<Vec<Scenario>, Stopped> {
    let mut out = Vec::new();
    let mut open = Scenario::default();
    let mut last = None;
    for block in &doc.blocks {
        meter.spend(1 + block.plain.len() as u64 / 8)?;
        if matches!(
            doc.kind(block.section),
            SectionKind::Excluded | SectionKind::Later
        ) {
            continue;
        }
        let gherkin = match &block.kind {
            BlockKind::Fence(language) => {
                language.contains("gherkin")
                    || language.contains("feature")
                    || (language.is_empty() && block.plain.contains("Given "))
            }
            _ => true,
        };
        if !gherkin {
            continue;
        }
        for line in block.plain.lines() {
            let start = line.as_ptr() as usize - block.plain.as_ptr() as usize;
            let span = block.source(doc.text, start..start + line.len().max(1));
            let steps = steps(line);
            if steps.is_empty()
                || steps.first().is_some_and(|(step, _)| {
                    *step == Step::Given || (*step == Step::When && !open.then.is_empty())
                })
            {
                finish(&mut open, &mut out);
                last = None;
            }
            for (step, words) in steps {
                if open.span.is_empty() {
                    open.span = span.clone();
                    open.section = block.section;
                }
                open.span.end = open.span.end.max(span.end);
                last = add(&mut open, step, &words, last);
            }
        }
    }
    finish(&mut open, &mut out);
    Ok(out)
}

fn add(open: &mut Scenario, step: Step, words: &str, last: Option<Step>) -> Option<Step> {
    let target = if step == Step::And { last? } else { step };
    let text = match target {
        Step::Given | Step::And => &mut open.given,
        Step::When => &mut open.when,
        Step::Then => &mut open.then,
    };
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(words);
    Some(target)
}

fn finish(open: &mut Scenario, out: &mut Vec<Scenario>) {
    let done = std::mem::take(open);
    if !done.when.is_empty() && !done.then.is_empty() {
        out.push(done);
    }
}

/// The steps of one line: a line that begins with a step word, cut at the others.
fn steps(line: &str) -> Vec<(Step, String)> {
    let line = line
        .trim()
        .trim_start_matches(|char: char| !char.is_alphabetic());
    let mut cuts: Vec<(usize, usize, Step)> = Vec::new();
    let mut at = 0;
    for word in line.split_inclusive(|char: char| char.is_whitespace()) {
        let bare = word.trim().trim_matches(['*', ',', ':', '_']);
        let step = STEPS
            .iter()
            .find(|(name, _)| bare.eq_ignore_ascii_case(name) || bare.to_lowercase() == **name)
            .map(|(_, step)| *step);
        if let Some(step) = step {
            let first = cuts.is_empty() && at == 0;
            let capital = bare.starts_with(char::is_uppercase);
            let after_comma = line[..at].trim_end().ends_with([',', ';', '.']);
            // "and" inside a step is an ordinary word.
            let cuts_here = first
                || (step != Step::And && !cuts.is_empty() && (capital || after_comma))
                || (step == Step::And && capital && after_comma && !cuts.is_empty());
            if cuts_here {
                cuts.push((at, at + word.len(), step));
            }
        }
        at += word.len();
    }
    let alone = cuts.len() == 1 && line.split_whitespace().count() < 3;
    if cuts.is_empty()
        || alone
        || (cuts.len() == 1 && !line.starts_with(|char: char| char.is_uppercase()))
    {
        return Vec::new();
    }
    cuts.iter()
        .enumerate()
        .map(|(index, (_, from, step))| {
            let to = cuts.get(index + 1).map_or(line.len(), |(at, _, _)| *at);
            let words = line
                .get(*from..to)
                .unwrap_or_default()
                .trim()
                .trim_matches([',', '.', ';', ' ', '*', ':'])
                .to_owned();
            (*step, words)
        })
        .filter(|(_, words)| !words.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_stories_apart_in_three_languages() {
        let found =
            story("US-1: As a shop owner, I want to edit prices so that they stay right.").unwrap();
        assert_eq!(
            found,
            Story {
                role: "shop owner".into(),
                want: "edit prices".into(),
                reason: Some("they stay right".into())
            }
        );
        assert_eq!(
            story("Como um aluno, quero ver notas para acompanhar meu progresso")
                .unwrap()
                .want,
            "ver notas"
        );
        assert_eq!(
            story("Como cliente quiero reservar mesas").unwrap().role,
            "cliente"
        );
        assert_eq!(story("Delivered as a service, and I want to say so"), None);
        assert_eq!(
            actor("As a busy parent of two, I want to plan meals").as_deref(),
            Some("parent")
        );
    }

    #[test]
    fn reads_steps_in_one_line_and_over_lines() {
        let meter = Meter::default();
        let text = "1. **Given** a cart, **When** I pay, **Then** an order exists.\n\n- Given a late loan\n- When it is returned\n- Then a fine is due\n- And the clerk sees it\n";
        let doc = super::super::markdown::parse(text, &meter).unwrap();
        let found = scenarios(&doc, &meter).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (
                found[0].given.as_str(),
                found[0].when.as_str(),
                found[0].then.as_str()
            ),
            ("a cart", "I pay", "an order exists")
        );
        assert_eq!(found[1].then, "a fine is due; the clerk sees it");
    }

    #[test]
    fn ordinary_sentences_have_no_steps() {
        assert!(steps("When it rains, people stay at home.").len() < 2);
    }
}
