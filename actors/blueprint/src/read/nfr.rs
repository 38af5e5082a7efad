//! Non-functional requirements: qualities, with their numbers.
//!
//! Invariant: a target's number stands in the text; category and aspect are words of the schema.

use std::sync::LazyLock;

use super::doc::{Doc, Unit};
use super::exclusions::Excluded;
use super::ids;
use super::lexicon;
use super::sections::SectionKind;
use super::words::words;
use crate::model::{NonFunctional, Origin, Target};
use crate::{Meter, Stopped};

/// Non-functional requirements of one model; the schema's limit.
const NFR_MAX: usize = 200;

/// A kind of quality.
#[derive(Debug)]
struct Kind {
    category: &'static str,
    aspect: &'static str,
    /// How it is checked.
    verification: &'static str,
    words: Vec<&'static str>,
}

/// The first kind with a word in the sentence is meant; the last one is for all others.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    include_str!("../../../../config/lexicon/qualities.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut parts = line.splitn(3, " = ");
            let (category, aspect) = parts.next()?.split_once(' ')?;
            let verification = parts.next()?;
            let words = parts.next()?.split('"').skip(1).step_by(2).collect();
            Some(Kind {
                category,
                aspect,
                verification,
                words,
            })
        })
        .collect()
});

/// Units of numbers that make a sentence about quality.
const UNITS: &[(&str, &str)] = &[
    ("milliseconds", "ms"),
    ("millisecond", "ms"),
    ("ms", "ms"),
    ("seconds", "s"),
    ("second", "s"),
    ("secs", "s"),
    ("sec", "s"),
    ("s", "s"),
    ("segundos", "s"),
    ("segundo", "s"),
    ("minutes", "min"),
    ("minute", "min"),
    ("minutos", "min"),
    ("hours", "h"),
    ("hour", "h"),
    ("horas", "h"),
    ("days", "d"),
    ("day", "d"),
    ("dias", "d"),
    ("users", "users"),
    ("usuários", "users"),
    ("concurrent", "users"),
    ("simultaneous", "users"),
    ("people", "users"),
    ("members", "users"),
    ("requests", "requests"),
    ("rps", "requests/s"),
    ("records", "records"),
    ("mb", "MB"),
    ("gb", "GB"),
    ("kb", "kB"),
    ("fps", "fps"),
    ("clicks", "clicks"),
    ("taps", "taps"),
    ("px", "px"),
];

/// Reads qualities and their numbers. Returns them with the units that they came from.
pub(super) fn read(
    doc: &Doc<'_>,
    excluded: &Excluded,
    meter: &Meter,
) -> Result<Vec<(usize, NonFunctional)>, Stopped> {
    let mut out: Vec<(usize, NonFunctional)> = Vec::new();
    for (index, unit) in doc.units.iter().enumerate() {
        meter.spend(4 + unit.text.len() as u64 / 8)?;
        if out.len() < NFR_MAX && !excluded.units.contains(&index) {
            out.extend(quality(doc, unit).map(|found| (index, found)));
        }
    }
    Ok(out)
}

fn quality(doc: &Doc<'_>, unit: &Unit) -> Option<NonFunctional> {
    let section = doc.kind(unit.section);
    let id = ids::source_id(&unit.text);
    let quality_id = id.filter(|(id, _)| ids::is_quality(id));
    let listed = section == SectionKind::Nfr || quality_id.is_some();
    let open =
        section.is_product() || matches!(section, SectionKind::Constraints | SectionKind::Tech);
    if !listed && (!open || id.is_some()) {
        return None;
    }
    let after = quality_id.map_or(0, |(_, after)| after);
    let text = unit.text.get(after..).unwrap_or_default().trim();
    let short = text.split_whitespace().count() < 3 && !listed;
    if text.ends_with(':') || short || text.chars().count() < 10 {
        return None;
    }
    let heading = doc.sections[unit.section].heading.to_lowercase();
    let lower = text.to_lowercase();
    let target = target(text);
    let by_list = || {
        if listed {
            classify(&heading).or_else(|| KINDS.last())
        } else {
            None
        }
    };
    let kind = classify(&lower).or_else(by_list)?;
    // In prose only what is measurable, or names a standard, is a quality; "fast" alone is a wish.
    let standard = lexicon::has_mark("quality.standards", &lower);
    let measurable = matches!(kind.category, "performance" | "scalability" | "reliability");
    let measured = target.is_some() && measurable && !lower.contains("success") && evident(&lower);
    (listed || standard || measured).then(|| NonFunctional {
        category: kind.category.to_owned(),
        aspect: kind.aspect.to_owned(),
        description: super::words::shortened(text, 600),
        target: target.filter(|target| kind.category != "security" || target.unit == "%"),
        verification: kind.verification.to_owned(),
        trace: doc.trace(Origin::Spec, &unit.span),
        ..NonFunctional::default()
    })
}

fn classify(lower: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.words.iter().any(|word| lower.contains(word)))
}

/// Words without which a number in prose is about the business, not about quality.
fn evident(lower: &str) -> bool {
    lexicon::has_mark("quality.evident", lower) && lexicon::has_mark("quality.evident_units", lower)
}

/// The first number with a unit, and how it is compared.
pub(super) fn target(text: &str) -> Option<Target> {
    const SPELLED: &[(&str, &str)] = &[
        ("one", "1"),
        ("two", "2"),
        ("three", "3"),
        ("five", "5"),
        ("ten", "10"),
    ];
    if let Some((word, digit)) = SPELLED.iter().find(|(word, _)| {
        text.contains(&format!(" {word} second")) || text.contains(&format!(" {word} minute"))
    }) {
        return target(&text.replace(&format!(" {word} "), &format!(" {digit} ")));
    }
    let all = words(text);
    for (index, word) in all.iter().enumerate() {
        if !word.lower.starts_with(|char: char| char.is_ascii_digit())
            || (index > 0 && word.start == all[index - 1].end)
        {
            continue;
        }
        let (digits, mut end) = number(&text[word.start..]);
        end += word.start;
        let Ok(mut value) = digits.parse::<f64>() else {
            continue;
        };
        let mut rest = &text[end..];
        if let Some(after) = rest
            .strip_prefix(['k', 'K'])
            .filter(|after| !after.starts_with(char::is_alphanumeric))
        {
            value *= 1_000.0;
            rest = after;
        } else if let Some(after) = rest
            .strip_prefix('M')
            .filter(|after| !after.starts_with(char::is_alphanumeric))
        {
            value *= 1_000_000.0;
            rest = after;
        }
        let unit = unit(rest);
        let Some(unit) = unit else { continue };
        let before = text[..word.start].to_lowercase();
        return Some(Target {
            op: operator(&before, &rest.to_lowercase(), unit).to_owned(),
            value,
            unit: unit.to_owned(),
        });
    }
    None
}

/// Digits of the number at the beginning of `text`, without thousands separators, and its length.
fn number(text: &str) -> (String, usize) {
    let end = text
        .find(|char: char| !(char.is_ascii_digit() || matches!(char, '.' | ',')))
        .unwrap_or(text.len());
    let raw = text[..end].trim_end_matches(['.', ',']);
    let thousands = raw.split([',', '.']).skip(1).all(|group| group.len() == 3)
        && raw.contains(',')
        || raw.matches('.').count() > 1;
    let digits = if thousands {
        raw.replace([',', '.'], "")
    } else {
        raw.replace(',', ".")
    };
    (digits, raw.len())
}

fn unit(rest: &str) -> Option<&'static str> {
    let rest = rest.trim_start_matches([' ', '+', '-', '\u{a0}']);
    if rest.starts_with('%') || rest.starts_with("percent") || rest.starts_with("por cento") {
        return Some("%");
    }
    let lower: String = rest.chars().take(48).collect::<String>().to_lowercase();
    let mut following = lower
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let first = following.next()?;
    let find = |word: &str| {
        UNITS
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, unit)| *unit)
    };
    // "500 concurrent users", "5,000 registered customers".
    find(first).or_else(|| {
        following
            .take(2)
            .find_map(|word| find(word).filter(|unit| *unit == "users"))
    })
}

fn operator(before: &str, after: &str, unit: &str) -> &'static str {
    let near: String = before
        .chars()
        .rev()
        .take(28)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let ends = |marks: &[&str]| marks.iter().any(|mark| near.contains(mark));
    if ends(lexicon::marks("quality.at_most")) {
        return if matches!(unit, "users" | "requests" | "records") {
            ">="
        } else {
            "<="
        };
    }
    if ends(lexicon::marks("quality.below")) {
        return "<";
    }
    if ends(lexicon::marks("quality.at_least"))
        || after
            .trim_start_matches(char::is_alphabetic)
            .starts_with('+')
    {
        return ">=";
    }
    if ends(&[">", "more than", "over ", "above", "mais de"]) {
        return ">";
    }
    match unit {
        "ms" | "s" | "min" | "h" | "d" | "kB" | "MB" | "clicks" | "taps" => "<=",
        _ => ">=",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_units() {
        for (text, op, value, unit) in [
            ("Pages load in under 2 seconds", "<", 2.0, "s"),
            ("API responses (<500ms)", "<", 500.0, "ms"),
            ("99.9 % uptime", ">=", 99.9, "%"),
            ("Support 10k concurrent users", ">=", 10_000.0, "users"),
            ("up to 5,000 concurrent users", ">=", 5_000.0, "users"),
            ("Search answers within 300 ms", "<=", 300.0, "ms"),
        ] {
            let found = target(text).unwrap();
            assert_eq!(
                (found.op.as_str(), found.unit.as_str()),
                (op, unit),
                "{text}"
            );
            assert!((found.value - value).abs() < 1e-9, "{text}");
        }
        assert!(target("Step 3 of the plan").is_none());
    }
}
