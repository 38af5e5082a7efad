//! The language of a text.
//!
//! Invariant: counts only; the same text is always in the same language.

use super::lexicon;

/// BCP 47 tag of the text: en, pt, es, fr, de, it, or `und` for other scripts.
pub(super) fn language(text: &str) -> &'static str {
    const TAGS: [(&str, &str); 6] = [
        ("en", "language.en"),
        ("pt", "language.pt"),
        ("es", "language.es"),
        ("fr", "language.fr"),
        ("de", "language.de"),
        ("it", "language.it"),
    ];
    let mut counts = [0_usize; 6];
    let (mut latin, mut other) = (0_usize, 0_usize);
    for char in text
        .chars()
        .filter(|char| char.is_alphabetic())
        .take(20_000)
    {
        if char.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&char) {
            latin += 1;
        } else {
            other += 1;
        }
    }
    for word in text.split_whitespace().take(4_000) {
        let word = word
            .trim_matches(|char: char| !char.is_alphanumeric())
            .to_lowercase();
        for (count, (_, marks)) in counts.iter_mut().zip(TAGS) {
            *count += usize::from(lexicon::marks(marks).contains(&word.as_str()));
        }
    }
    if other > latin {
        return "und";
    }
    let best = counts.iter().max().copied().unwrap_or_default();
    // English wins a tie, and where nothing speaks for anything.
    TAGS.iter()
        .zip(counts)
        .find(|(_, count)| *count == best && best > 0)
        .map_or("en", |((tag, _), _)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_languages_apart() {
        assert_eq!(
            language("Os usuários podem agendar uma consulta com o médico."),
            "pt"
        );
        assert_eq!(language("Users can book a visit with the doctor."), "en");
        assert_eq!(
            language("Los usuarios pueden reservar una mesa en el restaurante."),
            "es"
        );
        assert_eq!(language("Приложение для заказов"), "und");
        assert_eq!(language(""), "en");
    }
}
