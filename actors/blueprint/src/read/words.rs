//! Words: splitting, number, case and identifiers.
//!
//! Invariant: an identifier made here matches `[a-z][a-z0-9_]*` or `[A-Z][A-Za-z0-9]*`, whatever the input was.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest identifier.
const IDENTIFIER_MAX: usize = 56;

/// A word of a text, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case, straight apostrophes.
    pub(super) lower: String,
    /// Byte offsets in the text that was split.
    pub(super) start: usize,
    /// End of it.
    pub(super) end: usize,
    /// Punctuation between this word and the one before: it ends a phrase.
    pub(super) breaks: bool,
    /// A comma is all that stands between this word and the one before.
    pub(super) comma: bool,
    /// First letter is upper case.
    pub(super) capital: bool,
}

/// Splits `text` into words. Hyphens and apostrophes inside a word belong to it.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let mut gap_start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some(&(at, char)) = chars.peek() {
            let inner = matches!(char, '-' | '\'' | '’' | '_')
                && text[at + char.len_utf8()..]
                    .chars()
                    .next()
                    .is_some_and(char::is_alphanumeric);
            if !char.is_alphanumeric() && !inner && !is_combining_mark(char) {
                break;
            }
            end = at + char.len_utf8();
            chars.next();
        }
        let gap = text[gap_start..start].trim();
        out.push(Word {
            lower: text[start..end].to_lowercase().replace('’', "'"),
            start,
            end,
            breaks: !gap
                .chars()
                .all(|char| matches!(char, '"' | '“' | '”' | '`' | '*' | '\'')),
            comma: gap == ",",
            capital: first.is_uppercase(),
        });
        gap_start = end;
    }
    out
}

static IRREGULAR: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    include_str!("../../../../config/lexicon/irregular.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect()
});

static SINGULAR: LazyLock<BTreeMap<&'static str, &'static str>> =
    LazyLock::new(|| IRREGULAR.iter().map(|(one, many)| (*many, *one)).collect());

static PLURAL: LazyLock<BTreeMap<&'static str, &'static str>> =
    LazyLock::new(|| IRREGULAR.iter().copied().collect());

/// The singular of a lower-case word; also of a phrase and of a compound, whose last word is turned.
pub(super) fn singular(word: &str) -> String {
    if let Some(at) = word.rfind([' ', '-', '_']) {
        let (head, tail) = word.split_at(at + 1);
        return format!("{head}{}", singular(tail));
    }
    let word = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix("s'"))
        .unwrap_or(word);
    if let Some(one) = SINGULAR.get(word) {
        return (*one).to_owned();
    }
    if PLURAL.contains_key(word) || word.len() < 4 {
        return word.to_owned();
    }
    for (ending, replacement) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}{replacement}");
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Plural endings and what they were; the first that fits is used. The last ones are Portuguese and Spanish.
const ENDINGS: &[(&str, &str)] = &[
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zzes", "zz"),
    ("oes", "o"),
    ("ies", "y"),
    ("ções", "ção"),
    ("sões", "são"),
    ("ães", "ão"),
    ("ões", "ão"),
    ("ciones", "ción"),
    ("siones", "sión"),
    ("óveis", "óvel"),
    ("áveis", "ável"),
    ("éis", "el"),
    ("ais", "al"),
    ("óis", "ol"),
    ("ores", "or"),
    ("dades", "dade"),
    ("gens", "gem"),
    ("dades", "dad"),
    ("nches", "nch"),
    ("ses", "se"),
];

/// The plural of a lower-case singular word; of a phrase, whose last word is turned.
pub(super) fn plural(word: &str) -> String {
    if let Some(at) = word.rfind([' ', '-', '_']) {
        let (head, tail) = word.split_at(at + 1);
        return format!("{head}{}", plural(tail));
    }
    if let Some(many) = PLURAL.get(word) {
        return (*many).to_owned();
    }
    if let Some(stem) = word
        .strip_suffix("ção")
        .or_else(|| word.strip_suffix("são"))
    {
        return format!(
            "{stem}{}",
            if word.ends_with("ção") {
                "ções"
            } else {
                "sões"
            }
        );
    }
    if let Some(stem) = word
        .strip_suffix("ável")
        .or_else(|| word.strip_suffix("óvel"))
    {
        return format!(
            "{stem}{}",
            if word.ends_with("ável") {
                "áveis"
            } else {
                "óveis"
            }
        );
    }
    if let Some(stem) = word.strip_suffix("gem") {
        return format!("{stem}gens");
    }
    if let Some(stem) = word.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if word.ends_with(['s', 'x', 'z']) || word.ends_with("ch") || word.ends_with("sh") {
        return format!("{word}es");
    }
    format!("{word}s")
}

/// Latin letters and digits of `text` in lower case, in pieces. `camelCase` and `snake_case` are split as well.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut piece = String::new();
    let mut last = ' ';
    let folded = text
        .nfd()
        .filter(|char| !is_combining_mark(*char))
        .flat_map(fold);
    for char in folded {
        let hump =
            char.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit());
        if (hump || !char.is_ascii_alphanumeric()) && !piece.is_empty() {
            // An apostrophe joins: "customer's" is one piece too many otherwise.
            if !matches!(char, '\'' | '’') {
                out.push(std::mem::take(&mut piece));
            }
        }
        if char.is_ascii_alphanumeric() {
            piece.push(char.to_ascii_lowercase());
        }
        last = char;
    }
    if !piece.is_empty() {
        out.push(piece);
    }
    out
}

/// Letters that do not decompose, and Cyrillic and Greek ones, with their Latin spelling.
#[rustfmt::skip]
const SPELLINGS: &[(&str, &str)] = &[
    ("аα", "a"), ("бβ", "b"), ("вv", "v"), ("гγ", "g"), ("дδđ", "d"), ("еэε", "e"), ("зζ", "z"), ("ийιηı", "i"),
    ("кκ", "k"), ("лλł", "l"), ("мμ", "m"), ("нν", "n"), ("оοωø", "o"), ("пπ", "p"), ("рρ", "r"), ("сσς", "s"),
    ("тτ", "t"), ("уυ", "u"), ("фφ", "f"), ("ы", "y"), ("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ж", "zh"),
    ("хχ", "kh"), ("ц", "ts"), ("ч", "ch"), ("шщ", "sh"), ("ю", "yu"), ("я", "ya"),
];

/// `char` as Latin letters.
fn fold(char: char) -> impl Iterator<Item = char> {
    let small = char.to_lowercase().next().unwrap_or(char);
    let spelled = if char.is_ascii() {
        None
    } else {
        SPELLINGS
            .iter()
            .find(|(letters, _)| letters.contains(small))
    };
    let latin = spelled.map_or("", |(_, latin)| *latin);
    latin
        .chars()
        .chain(if latin.is_empty() { Some(char) } else { None })
}

/// `snake_case`, or nothing when no Latin letter is in `text`.
pub(super) fn snake(text: &str) -> Option<String> {
    let joined = pieces(text).join("_");
    let name = joined.trim_start_matches(|char: char| !char.is_ascii_lowercase());
    let cut = cut_identifier(name);
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// `PascalCase`, or nothing when no Latin letter is in `text`.
pub(super) fn pascal(text: &str) -> Option<String> {
    let snake = snake(text)?;
    Some(snake.split('_').map(capitalised).collect())
}

fn cut_identifier(name: &str) -> &str {
    if name.len() <= IDENTIFIER_MAX {
        return name;
    }
    let cut = &name[..IDENTIFIER_MAX];
    cut.rfind('_')
        .filter(|at| *at > 20)
        .map_or(cut, |at| &cut[..at])
}

/// The same with a capital first letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// A label from an identifier or a phrase: "Due date".
pub(super) fn label(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|char| if matches!(char, '_' | '-') { ' ' } else { char })
        .collect();
    capitalised(
        spaced
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .as_str(),
    )
}

/// At most `max` characters, cut after a word, with an ellipsis where something is missing.
pub(super) fn shortened(text: &str, max: usize) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((limit, _)) = joined.char_indices().nth(max) else {
        return joined;
    };
    let room = joined[..limit]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    let cut = joined[..room]
        .rfind(' ')
        .filter(|at| *at > room / 2)
        .unwrap_or(room);
    format!("{}…", joined[..cut].trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_number_both_ways() {
        for (one, many) in [
            ("movie", "movies"),
            ("category", "categories"),
            ("quiz", "quizzes"),
            ("box", "boxes"),
            ("order item", "order items"),
            ("status", "statuses"),
            ("address", "addresses"),
            ("consultation", "consultations"),
            ("branch", "branches"),
            ("person", "people"),
            ("avaliação", "avaliações"),
            ("imóvel", "imóveis"),
            ("leave request", "leave requests"),
            ("expense", "expenses"),
            ("toy", "toys"),
            ("cliente", "clientes"),
            ("bus", "buses"),
        ] {
            assert_eq!(plural(one), many);
            assert_eq!(singular(many), one, "{many}");
            assert_eq!(singular(one), one);
        }
    }

    #[test]
    fn makes_identifiers_from_anything() {
        assert_eq!(
            snake("AffiliateLink ID").as_deref(),
            Some("affiliate_link_id")
        );
        assert_eq!(
            snake("Descrição do Imóvel").as_deref(),
            Some("descricao_do_imovel")
        );
        assert_eq!(pascal("order item").as_deref(), Some("OrderItem"));
        assert_eq!(pascal("Заказ").as_deref(), Some("Zakaz"));
        assert_eq!(snake("12 % 7"), None);
        assert_eq!(snake("漢字"), None);
        assert!(snake(&"word ".repeat(50)).unwrap().len() <= IDENTIFIER_MAX);
    }

    #[test]
    fn sees_where_phrases_end() {
        let words = words("browse restaurants, place the customer's orders; pay");
        let lower: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
        assert_eq!(
            lower,
            [
                "browse",
                "restaurants",
                "place",
                "the",
                "customer's",
                "orders",
                "pay"
            ]
        );
        assert!(words[2].comma && words[6].breaks && !words[6].comma && !words[5].breaks);
    }

    #[test]
    fn shortens_after_a_word() {
        assert_eq!(shortened("a  short text", 40), "a short text");
        let cut = shortened(&"word ".repeat(40), 30);
        assert!(cut.chars().count() <= 30 && cut.ends_with('…'));
    }
}
