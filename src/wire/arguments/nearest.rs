//! Finds the word a caller probably meant.
//!
//! Invariant: bounded work: words longer than [`WORD_CHARS_MAX`] have no nearest.

use crate::edits::distance;

/// Longest word that is compared, in characters.
const WORD_CHARS_MAX: usize = 40;

/// The word of `known` that is closest to `word`, when it is close enough to be a slip.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word
        .trim()
        .to_lowercase()
        .chars()
        .take(WORD_CHARS_MAX + 1)
        .collect();
    if word.is_empty() || word.len() > WORD_CHARS_MAX {
        return None;
    }
    let (distance, best) = known
        .iter()
        .map(|candidate| {
            (
                distance(&word, &candidate.chars().collect::<Vec<_>>()),
                *candidate,
            )
        })
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(word.len() / 3)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let phases = ["strategy", "architecture", "ux", "code"];
        for (word, expected) in [
            ("stratgy", Some("strategy")),
            ("Architecure", Some("architecture")),
            ("cod", Some("code")),
            ("ui", Some("ux")),
            ("marketing-plan", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &phases), expected, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(10_000), &phases), None);
    }
}
