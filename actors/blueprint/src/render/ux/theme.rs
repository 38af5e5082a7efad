//! Tokens as JSON: the object inside `ux-spec.json` and the W3C design tokens document `tokens.json` (format 2025.10).
//!
//! Invariant: both carry the colours of [`crate::tokens`] unchanged.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::super::json::number;
use crate::tokens::{Tokens, components};

/// Type scale: name, size in rem, line height.
const SIZES: [(&str, f64, f64); 8] = [
    ("xs", 0.75, 1.35),
    ("sm", 0.875, 1.45),
    ("base", 1.0, 1.5),
    ("lg", 1.125, 1.5),
    ("xl", 1.25, 1.4),
    ("2xl", 1.5, 1.35),
    ("3xl", 1.875, 1.25),
    ("4xl", 2.25, 1.2),
];

/// Spacing scale in rem, steps of Tailwind.
const SPACES: [(&str, f64); 9] = [
    ("0", 0.0),
    ("1", 0.25),
    ("2", 0.5),
    ("3", 0.75),
    ("4", 1.0),
    ("6", 1.5),
    ("8", 2.0),
    ("12", 3.0),
    ("16", 4.0),
];

/// Durations in milliseconds.
const MOTION: [(&str, u32); 3] = [("fast", 120), ("normal", 200), ("slow", 320)];

/// The `design_tokens` member.
pub(super) fn design_tokens(tokens: &Tokens, document: &str) -> Value {
    let theme = |colours: &[(&'static str, String)]| -> Value {
        colours
            .iter()
            .map(|(name, hex)| ((*name).to_owned(), json!(hex)))
            .collect::<Map<_, _>>()
            .into()
    };
    let pick = |name: &str| colour(&tokens.light, name).to_owned();
    let sizes: Map<String, Value> = SIZES
        .iter()
        .map(|(name, rem, _)| ((*name).to_owned(), json!(format!("{rem}rem"))))
        .collect();
    let contrast: Vec<Value> = tokens
        .contrast
        .iter()
        .map(
            |(pair, ratio, level)| json!({ "pair": pair, "ratio": number(*ratio), "level": level }),
        )
        .collect();
    json!({
        "colors": {
            "primary": pick("primary"), "secondary": pick("secondary"),
            "background": pick("background"), "text": pick("foreground"),
            "light": theme(&tokens.light), "dark": theme(&tokens.dark),
        },
        "typography": {
            "font_family": tokens.font_family,
            "sizes": sizes,
            "heading_sizes": { "h1": "2.25rem", "h2": "1.875rem", "h3": "1.5rem", "h4": "1.25rem" },
        },
        "spacing": { "unit": "0.25rem", "scale": SPACES.map(|(_, rem)| number(rem * 4.0)) },
        "radius": { "base": format!("{}rem", tokens.radius_rem) },
        "shadows": { "card": "0 1px 2px 0 rgb(0 0 0 / 0.06)" },
        "motion": MOTION.iter().map(|(name, ms)| ((*name).to_owned(), json!(format!("{ms}ms")))).collect::<Map<_, _>>(),
        "dtcg": document,
        "css": css(tokens),
        "contrast": contrast,
    })
}

/// CSS variables of both themes.
pub(super) fn css(tokens: &Tokens) -> String {
    let mut out = String::new();
    for (selector, colours) in [(":root", &tokens.light), (".dark", &tokens.dark)] {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{selector} {{");
        for (name, hex) in colours {
            let _ = writeln!(out, "  --{name}: {hex};");
        }
        if selector == ":root" {
            let _ = writeln!(out, "  --radius: {}rem;", tokens.radius_rem);
            let _ = writeln!(out, "  --font-sans: {};", tokens.font_family);
        }
        out.push_str("}\n");
    }
    out
}

/// The W3C design tokens document.
pub(super) fn dtcg(tokens: &Tokens) -> Value {
    let theme = |colours: &[(&'static str, String)]| {
        let mut group = Map::new();
        group.insert("$type".to_owned(), json!("color"));
        for (name, hex) in colours {
            group.insert(
                (*name).to_owned(),
                json!({ "$value": {
                    "colorSpace": "srgb", "components": components(hex), "alpha": 1, "hex": hex,
                }}),
            );
        }
        Value::Object(group)
    };
    let group = |kind: &str, members: Vec<(String, Value)>| {
        let mut group = Map::new();
        group.insert("$type".to_owned(), json!(kind));
        group.extend(
            members
                .into_iter()
                .map(|(name, value)| (name, json!({ "$value": value }))),
        );
        Value::Object(group)
    };
    let rem = |value: f64| json!({ "value": number(value), "unit": "rem" });
    let families: Vec<String> = tokens
        .font_family
        .split(',')
        .map(|f| f.trim().trim_matches(['"', '\'']).to_owned())
        .collect();
    json!({
        "$description": "Colours of both themes, type, spacing, radius and motion.",
        "color": { "light": theme(&tokens.light), "dark": theme(&tokens.dark) },
        "font": {
            "family": group("fontFamily", vec![("sans".to_owned(), json!(families))]),
            "size": group("dimension", SIZES.iter().map(|(n, size, _)| ((*n).to_owned(), rem(*size))).collect()),
            "line-height": group("number", SIZES.iter().map(|(n, _, h)| ((*n).to_owned(), number(*h))).collect()),
        },
        "space": group("dimension", SPACES.iter().map(|(n, size)| ((*n).to_owned(), rem(*size))).collect()),
        "radius": group("dimension", vec![("base".to_owned(), rem(tokens.radius_rem))]),
        "duration": group("duration", MOTION.iter()
            .map(|(n, ms)| ((*n).to_owned(), json!({ "value": ms, "unit": "ms" }))).collect()),
    })
}

fn colour<'b>(theme: &'b [(&'static str, String)], name: &str) -> &'b str {
    theme
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("#000000", |(_, hex)| hex.as_str())
}
