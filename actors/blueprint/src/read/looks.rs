//! Wishes about looks.
//!
//! Invariant: colours are `#rrggbb`, and a font stack holds nothing that ends a CSS value.

use super::lexicon;
use crate::Request;
use crate::model::Design;

/// Wishes about looks: the caller's, then words of the text.
pub(super) fn design(text: &str, request: &Request) -> Design {
    let lower = text.to_lowercase();
    let wish = request
        .style_preference
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let any = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let playful = lexicon::marks("design.playful");
    let corporate = lexicon::marks("design.corporate");
    let style = if any(&wish, playful) {
        "playful"
    } else if any(&wish, corporate) {
        "corporate"
    } else if !wish.is_empty() {
        "minimal"
    } else if any(&lower, &playful[..1]) {
        "playful"
    } else if any(&lower, &corporate[..1]) {
        "corporate"
    } else {
        "minimal"
    };
    Design {
        style: style.to_owned(),
        primary_color: colour(request.primary_color.as_deref()).or_else(|| first_colour(&lower)),
        secondary_color: colour(request.secondary_color.as_deref()),
        font_family: request.font_family.clone().filter(|font| {
            !font.trim().is_empty()
                && font.len() <= 200
                && !font.contains([';', '{', '}', '<', '\n', '\\'])
        }),
        radius: request
            .radius
            .clone()
            .filter(|radius| ["none", "sm", "md", "lg", "full"].contains(&radius.as_str())),
    }
}

fn colour(text: Option<&str>) -> Option<String> {
    let text = text?.trim().to_lowercase();
    let digits = text.strip_prefix('#')?;
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.clone())
}

/// A colour that the text writes out: `#1a73e8`.
fn first_colour(lower: &str) -> Option<String> {
    lower.match_indices('#').take(200).find_map(|(at, _)| {
        let after = lower
            .get(at + 7..at + 8)
            .is_some_and(|next| next.starts_with(|char: char| char.is_ascii_alphanumeric()));
        lower
            .get(at..at + 7)
            .filter(|_| !after)
            .and_then(|text| colour(Some(text)))
    })
}
