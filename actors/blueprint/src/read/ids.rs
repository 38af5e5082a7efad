//! Ids that the specification itself uses: `FR-AUTH-01`, `US-003`, `R12`.
//!
//! Invariant: an id is letters, then digits, at the beginning of the text; ordinary words are none.

use super::lexicon;

/// Longest id; the schema's limit is 64.
const ID_MAX: usize = 32;
/// The id at the beginning of `text`, with the number of bytes up to what it names.
pub(super) fn source_id(text: &str) -> Option<(&str, usize)> {
    let body = text.trim_start_matches(['[', '(', '*', '#', ' ', '`']);
    let skipped = text.len() - body.len();
    let end = body
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')))
        .unwrap_or(body.len());
    let id = body[..end].trim_end_matches(['.', '-', '_']);
    let letters = id.bytes().take_while(u8::is_ascii_alphabetic).count();
    let known = lexicon::marks("id.prefixes").contains(&&id[..letters]);
    if !known
        || id.len() > ID_MAX
        || !id.ends_with(|char: char| char.is_ascii_alphanumeric())
        || !id.bytes().any(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    // R2-D2 and F16 are ids as well, but "US" alone or "F" is a word.
    let rest = &id[letters..];
    if !rest.bytes().all(|byte| {
        byte.is_ascii_digit() || byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_' | b'.')
    }) {
        return None;
    }
    let after = body[id.len()..]
        .trim_start_matches([']', ')', '*', ':', '.', ' ', '-', '–', '—', '`', '|', '\n']);
    Some((id, skipped + body.len() - after.len()))
}

/// Whether `id` names a quality rather than a function.
pub(super) fn is_quality(id: &str) -> bool {
    ["NFR", "NF", "RNF", "QR"]
        .iter()
        .any(|prefix| id.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_ids_at_the_beginning() {
        for (text, id, rest) in [
            ("FR-001: System MUST sell", "FR-001", "System MUST sell"),
            ("**FR-AUTH-01** Sign in", "FR-AUTH-01", "Sign in"),
            ("R12. Export", "R12", "Export"),
            ("[US-003] As a clerk", "US-003", "As a clerk"),
            ("RF01 - Cadastrar", "RF01", "Cadastrar"),
        ] {
            let (found, after) = source_id(text).unwrap();
            assert_eq!((found, &text[after..]), (id, rest));
        }
    }

    #[test]
    fn words_are_no_ids() {
        for text in [
            "US market",
            "Return goods",
            "Food 24",
            "R is a language",
            "",
            "F",
        ] {
            assert!(source_id(text).is_none(), "{text}");
        }
    }
}
