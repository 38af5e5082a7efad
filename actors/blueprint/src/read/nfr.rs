//! Non-functional requirements: qualities, with their numbers.
//!
//! Invariant: a target's number stands in the text; category and aspect are words of the schema.

use super::doc::Doc;
use super::exclusions::Excluded;
use super::ids;
use super::sections::SectionKind;
use super::words::words;
use crate::model::{NonFunctional, Origin, Target};
use crate::{Meter, Stopped};

/// Non-functional requirements of one model; the schema's limit.
const NFR_MAX: usize = 200;

/// (words, category, aspect, how it is checked); the first row with a word in the sentence wins.
const KINDS: &[(&[&str], &str, &str, &str)] = &[
    (
        &[
            "wcag",
            "screen reader",
            "keyboard navigation",
            "accessib",
            "contrast",
            "acessib",
            "aria ",
        ],
        "usability",
        "accessibility",
        "Automated accessibility scan and a keyboard walk-through",
    ),
    (
        &[
            "gdpr",
            "lgpd",
            "ccpa",
            "privacy",
            "personal data",
            "data protection",
            "privacidade",
            "dados pessoais",
            "anonymi",
            "retention",
        ],
        "security",
        "privacy",
        "Review of stored personal data and a deletion test",
    ),
    (
        &[
            "hipaa",
            "pci",
            "soc 2",
            "soc2",
            "iso 27001",
            "compliance",
            "compliant",
            "regulat",
            "ferpa",
            "coppa",
            "audit log",
            "audit trail",
        ],
        "security",
        "compliance",
        "Compliance checklist reviewed before release",
    ),
    (
        &[
            "encrypt",
            "password",
            "authenticat",
            "authoriz",
            "https",
            "tls",
            "oauth",
            "jwt",
            "hash",
            "secure",
            "security",
            "segurança",
            "criptograf",
            "vulnerab",
            "injection",
            "two-factor",
            "2fa",
            "session expir",
        ],
        "security",
        "none",
        "Policy tests per role and a dependency audit",
    ),
    (
        &[
            "uptime",
            "availab",
            "downtime",
            "backup",
            "recover",
            "failover",
            "disponibilidade",
            "disponível",
            "data loss",
            "offline",
            "durab",
            "reliab",
        ],
        "reliability",
        "none",
        "Uptime monitoring and a restore test",
    ),
    (
        &[
            "concurrent",
            "scale",
            "scalab",
            "simultaneous",
            "users at once",
            "peak",
            "simultâne",
            "escalab",
            "registered users",
            "active users",
            "up to",
        ],
        "scalability",
        "none",
        "Load test at the stated volume",
    ),
    (
        &[
            "translat",
            "i18n",
            "locali",
            "multilingual",
            "multi-language",
            "languages",
            "idioma",
            "english and",
            "time zone",
            "timezone",
        ],
        "usability",
        "i18n",
        "Every screen checked in each language",
    ),
    (
        &[
            "browser",
            "mobile devices",
            "tablet",
            "ios",
            "android",
            "responsive",
            "cross-platform",
            "navegador",
            "screen size",
            "phone screen",
        ],
        "usability",
        "portability",
        "Tests at the stated sizes and browsers",
    ),
    (
        &[
            "log ",
            "logging",
            "monitor",
            "observab",
            "metrics are",
            "alerting",
            "tracing",
        ],
        "reliability",
        "observability",
        "Log and metric review in staging",
    ),
    (
        &[
            "maintain",
            "test coverage",
            "coverage",
            "documented",
            "code quality",
            "modular",
        ],
        "reliability",
        "maintainability",
        "Checks in continuous integration",
    ),
    (
        &[
            "cost per",
            "hosting cost",
            "per month",
            "cheap to run",
            "monthly cost",
            "budget",
        ],
        "scalability",
        "cost",
        "Monthly cost report",
    ),
    (
        &[
            "second",
            "millisecond",
            " ms",
            "latency",
            "response time",
            "load time",
            "fast",
            "performance",
            "loads in",
            "throughput",
            "segundos",
            "desempenho",
            "requests per",
            "real-time",
            "real time",
            "within ",
        ],
        "performance",
        "none",
        "Timed test of the named operation at the 95th percentile",
    ),
    (
        &[
            "easy",
            "intuitive",
            "usab",
            "training",
            "first-time",
            "clear error",
            "friendly",
            "fácil",
        ],
        "usability",
        "none",
        "Task test with new users",
    ),
];

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
        if out.len() == NFR_MAX || excluded.units.contains(&index) {
            continue;
        }
        let kind = doc.kind(unit.section);
        let id = ids::source_id(&unit.text);
        let quality_id = id.is_some_and(|(id, _)| ids::is_quality(id));
        let listed = kind == SectionKind::Nfr || quality_id;
        if !listed
            && (!(kind.is_product()
                || kind == SectionKind::Constraints
                || kind == SectionKind::Tech)
                || id.is_some())
        {
            continue;
        }
        let text = id
            .filter(|_| quality_id)
            .map_or(unit.text.as_str(), |(_, after)| {
                unit.text.get(after..).unwrap_or_default()
            })
            .trim();
        if text.ends_with(':')
            || text.split_whitespace().count() < 3 && !listed
            || text.chars().count() < 10
        {
            continue;
        }
        let heading = doc.sections[unit.section].heading.to_lowercase();
        let lower = text.to_lowercase();
        let target = target(text);
        let Some(row) = classify(&lower)
            .or_else(|| listed.then(|| classify(&heading)).flatten())
            .or_else(|| listed.then(|| &KINDS[KINDS.len() - 1]))
        else {
            continue;
        };
        // In prose only what is measurable, or names a standard, is a quality; "fast" alone is a wish.
        let standard = [
            "wcag",
            "gdpr",
            "lgpd",
            "hipaa",
            "pci",
            "ccpa",
            "soc 2",
            "iso 27001",
            "ferpa",
            "coppa",
            "uptime",
            "encrypt",
            "accessib",
        ]
        .iter()
        .any(|word| lower.contains(word));
        let measured = target.is_some()
            && !lower.contains("success")
            && matches!(row.1, "performance" | "scalability" | "reliability")
            && evident(&lower);
        if !listed && !standard && !measured {
            continue;
        }
        out.push((
            index,
            NonFunctional {
                category: row.1.to_owned(),
                aspect: row.2.to_owned(),
                description: super::words::shortened(text, 600),
                target: target.filter(|target| row.1 != "security" || target.unit == "%"),
                verification: row.3.to_owned(),
                trace: doc.trace(Origin::Spec, &unit.span),
                ..NonFunctional::default()
            },
        ));
    }
    Ok(out)
}

fn classify(
    lower: &str,
) -> Option<&'static (
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
)> {
    KINDS
        .iter()
        .find(|(words, ..)| words.iter().any(|word| lower.contains(word)))
}

/// Words without which a number in prose is about the business, not about quality.
fn evident(lower: &str) -> bool {
    [
        "load",
        "respon",
        "latency",
        "concurrent",
        "simultan",
        "uptime",
        "availab",
        "within",
        "faster than",
        "under",
        "less than",
        "p95",
        "scale",
        "at the same time",
        "at once",
        "throughput",
        "<",
    ]
    .iter()
    .any(|word| lower.contains(word))
        && [
            "second",
            "ms",
            "%",
            "users",
            "people",
            "usuários",
            "requests",
            "segundos",
            " s ",
            " s.",
        ]
        .iter()
        .any(|word| lower.contains(word))
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
    if ends(&[
        "<=",
        "≤",
        "at most",
        "no more than",
        "up to",
        "within",
        "maximum",
        "max ",
        "no máximo",
        "até",
    ]) {
        return if matches!(unit, "users" | "requests" | "records") {
            ">="
        } else {
            "<="
        };
    }
    if ends(&[
        "<",
        "under",
        "less than",
        "below",
        "faster than",
        "menos de",
        "abaixo de",
        "shorter",
    ]) {
        return "<";
    }
    if ends(&[">=", "≥", "at least", "minimum", "pelo menos", "no mínimo"])
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
