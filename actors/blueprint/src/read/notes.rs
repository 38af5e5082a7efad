//! What surrounds the requirements: questions, metrics, glossary, edge cases, constraints.
//!
//! Invariant: every entry keeps the writer's words.

use super::constraints::constraint;
use super::doc::Doc;
use super::exclusions::Excluded;
use super::lexicon;
use super::sections::SectionKind;
use super::words::shortened;
use crate::model::{Assumption, Constraint, EdgeCase, OpenQuestion, SuccessMetric, Term};
use crate::{Meter, Stopped};

/// Everything read here.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// With the unit that each came from.
    pub(super) questions: Vec<(usize, OpenQuestion)>,
    /// Success metrics.
    pub(super) metrics: Vec<SuccessMetric>,
    /// Glossary.
    pub(super) terms: Vec<Term>,
    /// Edge cases.
    pub(super) edges: Vec<EdgeCase>,
    /// Constraints.
    pub(super) constraints: Vec<Constraint>,
    /// Assumptions that the specification itself makes.
    pub(super) assumptions: Vec<Assumption>,
    /// Units that something was read from, beside those with a trace of their own.
    pub(super) units: Vec<usize>,
}

/// Reads all of it.
pub(super) fn read(doc: &Doc<'_>, excluded: &Excluded, meter: &Meter) -> Result<Notes, Stopped> {
    let mut out = Notes::default();
    for index in 0..doc.units.len() {
        meter.spend(4)?;
        let unit = &doc.units[index];
        if question(doc, index, &mut out) || excluded.units.contains(&index) {
            continue;
        }
        match doc.kind(unit.section) {
            SectionKind::Metrics => metric(&unit.text, index, &mut out),
            SectionKind::Glossary => term(doc, index, &mut out),
            SectionKind::Edges => edge(&unit.text, index, &mut out),
            SectionKind::Assumptions => assumption(&unit.text, index, &mut out),
            SectionKind::Constraints | SectionKind::Tech => constraint(doc, index, true, &mut out),
            kind if kind.is_product() => {
                let lower = unit.text.to_lowercase();
                if lower.contains("success") && unit.text.chars().any(|char| char.is_ascii_digit())
                {
                    metric(&unit.text, index, &mut out);
                }
                constraint(doc, index, false, &mut out);
            }
            _ => {}
        }
    }
    Ok(out)
}

/// [NEEDS CLARIFICATION: …], TBD, and sentences that ask. Whether the sentence is nothing but a question.
fn question(doc: &Doc<'_>, index: usize, out: &mut Notes) -> bool {
    let unit = &doc.units[index];
    let kind = doc.kind(unit.section);
    let text = unit.text.trim();
    if kind == SectionKind::Noise || out.questions.len() >= 90 || text.ends_with(':') {
        return false;
    }
    let lower = text.to_lowercase();
    let Some(asked) =
        asked(text, &lower, kind).filter(|asked| asked.split_whitespace().count() > 1)
    else {
        return false;
    };
    let mut asked = shortened(&asked, 400);
    if !asked.contains('?') {
        asked = format!("{}?", asked.trim_end_matches(['.', ':', '…']));
    }
    let blocking = lower.contains("blocking") || lower.contains("blocker");
    out.units.push(index);
    out.questions.push((
        index,
        OpenQuestion {
            question: asked,
            blocking,
            ..OpenQuestion::default()
        },
    ));
    kind == SectionKind::Questions || text.ends_with('?')
}

/// What a sentence asks.
fn asked(text: &str, lower: &str, kind: SectionKind) -> Option<String> {
    let short = || shortened(text.trim_end_matches('.'), 160);
    let marked = lexicon::marks("question.marks")
        .iter()
        .find_map(|mark| lower.find(mark));
    if let Some(at) = marked.filter(|_| lower.len() == text.len()) {
        let inner = text[at..]
            .trim_start_matches('[')
            .split(']')
            .next()
            .unwrap_or_default();
        let inner = inner.split_once(':').map_or("", |(_, rest)| rest.trim());
        let empty = inner.is_empty() || inner == "specific question";
        return Some(if empty {
            format!("What is meant by: {}?", short())
        } else {
            inner.to_owned()
        });
    }
    let mut words = lower.split(|char: char| !char.is_alphanumeric());
    if words.any(|word| matches!(word, "tbd" | "tbc")) {
        return Some(format!("What is still to be decided here: {}?", short()));
    }
    let asks =
        text.ends_with('?') && kind != SectionKind::Edges && text.split_whitespace().count() > 3;
    let bare = text.trim_start_matches(|char: char| !char.is_alphanumeric());
    (kind == SectionKind::Questions || asks).then(|| bare.to_owned())
}

fn metric(text: &str, index: usize, out: &mut Notes) {
    let text = text.trim().trim_end_matches('.');
    if out.metrics.len() >= 50 || text.ends_with(':') || text.split_whitespace().count() < 2 {
        return;
    }
    let number = text.chars().any(|char| char.is_ascii_digit());
    let (metric, target) = match text.split_once([':', '|']) {
        Some((name, goal)) if number && name.split_whitespace().count() <= 8 => {
            (name.trim(), Some(goal.replace('|', ",").trim().to_owned()))
        }
        _ => (text, number.then(|| phrase_around_number(text))),
    };
    out.units.push(index);
    out.metrics.push(SuccessMetric {
        metric: shortened(metric, 240),
        target: target.map(|goal| shortened(&goal, 240)),
        ..SuccessMetric::default()
    });
}

/// The words around the first number: "at least 80 % of users".
fn phrase_around_number(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words
        .iter()
        .position(|word| word.chars().any(|char| char.is_ascii_digit()))
        .unwrap_or(0);
    words[at.saturating_sub(2)..words.len().min(at + 6)].join(" ")
}

fn term(doc: &Doc<'_>, index: usize, out: &mut Notes) {
    let unit = &doc.units[index];
    let pair = match (unit.row, unit.block) {
        (Some((table, row)), _) => {
            let cells = &doc.tables[table].rows[row].cells;
            cells
                .first()
                .zip(cells.get(1))
                .map(|(term, meaning)| (term.clone(), meaning.clone()))
        }
        (_, Some(block)) => doc.blocks[block]
            .lead()
            .map(|(term, meaning)| (term.to_owned(), meaning.replace('\n', " "))),
        _ => None,
    };
    let Some((term, definition)) =
        pair.filter(|(term, meaning)| !term.is_empty() && !meaning.trim().is_empty())
    else {
        return;
    };
    out.units.push(index);
    if out.terms.len() < 200
        && term.split_whitespace().count() <= 6
        && !out.terms.iter().any(|known| known.term == term)
    {
        out.terms.push(Term {
            term,
            definition: shortened(&definition, 600),
        });
    }
}

fn edge(text: &str, index: usize, out: &mut Notes) {
    let text = text.trim();
    if out.edges.len() >= 150 || text.ends_with(':') || text.split_whitespace().count() < 3 {
        return;
    }
    let (scenario, handling) = ["→", " -> ", ": ", " | ", " — ", "? "]
        .iter()
        .find_map(|mark| text.split_once(mark))
        .unwrap_or((text, ""));
    let handling = if handling.trim().is_empty() {
        "The application keeps the data unchanged and explains the problem in plain words."
            .to_owned()
    } else {
        shortened(handling, 600)
    };
    let lower = text.to_lowercase();
    let severity = if lexicon::has_mark("edge.severe", &lower) {
        "high"
    } else {
        "medium"
    };
    out.units.push(index);
    out.edges.push(EdgeCase {
        scenario: shortened(scenario, 400),
        handling,
        severity: severity.to_owned(),
        ..EdgeCase::default()
    });
}

fn assumption(text: &str, index: usize, out: &mut Notes) {
    let text = text.trim();
    if text.chars().count() < 10 || text.ends_with(':') || out.assumptions.len() >= 60 {
        return;
    }
    out.units.push(index);
    out.assumptions.push(Assumption {
        description: shortened(&format!("The specification assumes: {text}"), 600),
        risk: "medium".to_owned(),
        ..Assumption::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(text: &str) -> Notes {
        let meter = Meter::default();
        let doc = super::super::markdown::parse(text, &meter).unwrap();
        read(&doc, &Excluded::default(), &meter).unwrap()
    }

    #[test]
    fn reads_questions_metrics_terms_edges_and_constraints() {
        let found = notes(
            "Pay affiliates. [NEEDS CLARIFICATION: By which bank?]\n\n## Success metrics\n- Retention: 80 % after a month\n\n## Glossary\n- **Slot**: a time that can be booked\n\n## Edge cases\n- What happens when two people book the same slot?\n\n## Constraints\n- Budget of 20,000 euros\n- Must use MySQL\n",
        );
        assert_eq!(found.questions[0].1.question, "By which bank?");
        assert_eq!(
            found.metrics[0].target.as_deref(),
            Some("80 % after a month")
        );
        assert_eq!(found.terms[0].term, "Slot");
        assert_eq!(found.edges.len(), 1);
        assert_eq!(found.constraints.len(), 2);
        assert!(found.constraints[1].impact.contains("MySQL"));
    }
}
