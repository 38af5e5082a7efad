//! The product: name, vision, problem, language, looks.
//!
//! Invariant: the slug matches `[a-z][a-z0-9-]*` and the name is never empty.

use super::doc::Doc;
use super::lexicon;
use super::sections::SectionKind;
use super::words::{capitalised, pieces, shortened, words};
use crate::Request;
use crate::model::{Design, Product};

/// Longest slug; the story id appends a hash.
const SLUG_MAX: usize = 60;

/// Reads the product.
pub(super) fn read(doc: &Doc<'_>, request: &Request, language: &str) -> Product {
    let name = name(doc, request);
    let slug = slug(&name);
    let vision = vision(doc).unwrap_or_else(|| {
        if language == "pt" {
            format!("{name} é uma aplicação web.")
        } else {
            format!("{name} is a web application.")
        }
    });
    Product {
        vision,
        problem: problem(doc),
        language: request
            .language
            .clone()
            .filter(|tag| !tag.trim().is_empty())
            .unwrap_or_else(|| language.to_owned()),
        platforms: platforms(doc),
        name,
        slug,
    }
}

/// `[a-z][a-z0-9-]*` from a name.
fn slug(name: &str) -> String {
    let joined = pieces(name).join("-");
    let bare = joined.trim_start_matches(|char: char| !char.is_ascii_lowercase());
    let cut: String = bare.chars().take(SLUG_MAX).collect();
    let cut = cut.trim_end_matches('-').to_owned();
    if cut.is_empty() {
        "app".to_owned()
    } else {
        cut
    }
}

fn name(doc: &Doc<'_>, request: &Request) -> String {
    let given = request
        .product_name
        .as_deref()
        .map(tidy)
        .filter(|name| !name.is_empty());
    given
        .or_else(|| stated(doc))
        .or_else(|| title(doc))
        .or_else(|| called(doc))
        .unwrap_or_else(|| first_words(doc))
}

/// "Product: Tidy", "Project name: Tidy".
fn stated(doc: &Doc<'_>) -> Option<String> {
    const LABELS: &[&str] = &[
        "product name",
        "product",
        "project name",
        "project",
        "app name",
        "application name",
        "name of the product",
        "nome do produto",
        "produto",
        "nome do projeto",
        "projeto",
        "nome do app",
        "working title",
        "nombre del producto",
    ];
    doc.units.iter().take(20).find_map(|unit| {
        let (label, rest) = unit.text.split_once(':')?;
        let label = label.trim().to_lowercase();
        let short = rest.split_whitespace().count() <= 8 && !rest.trim().is_empty();
        (LABELS.contains(&label.as_str()) && short)
            .then(|| tidy(rest))
            .filter(|name| !name.is_empty())
    })
}

/// The first heading of the first level, without what says that it is a specification.
fn title(doc: &Doc<'_>) -> Option<String> {
    let titles = doc
        .sections
        .iter()
        .skip(1)
        .take(2)
        .filter(|section| section.level <= 2);
    let first = doc.sections.iter().find(|section| section.level == 1)?;
    title_of(&first.heading).or_else(|| {
        titles
            .filter(|section| section.kind == SectionKind::Other)
            .find_map(|section| title_of(&section.heading))
    })
}

fn title_of(heading: &str) -> Option<String> {
    let mut text = heading.to_owned();
    for opening in [
        "feature specification:",
        "feature specification",
        "specification:",
        "feature:",
        "project brief:",
        "product brief:",
        "product requirements document for",
        "product requirements document (prd):",
        "product requirements document (prd)",
        "software requirements specification (srs)",
        "product requirements document:",
        "product requirements document",
        "product requirement document",
        "software requirements specification",
        "requirements document",
        "requirements:",
        "prd:",
        "prd for",
        "prd -",
        "prd —",
        "prd –",
        "prd",
        "spec:",
        "spec -",
        "spec —",
        "user stories for",
        "user stories:",
        "user stories —",
        "user stories",
        "notes:",
        "notes on",
        "documento de requisitos:",
        "documento de requisitos do",
        "documento de requisitos",
        "especificação:",
        "project:",
        "brief:",
        "produto:",
        "product:",
    ] {
        if let Some(rest) = text
            .get(..opening.len())
            .filter(|head| head.eq_ignore_ascii_case(opening))
            .map(|_| text[opening.len()..].to_owned())
            && (rest.is_empty() || !rest.starts_with(char::is_alphanumeric))
        {
            text = rest;
            break;
        }
    }
    for ending in [
        " product specification",
        " product requirements document",
        " product requirements",
        " prd",
        " specification",
        " spec",
        " requirements",
        " (prd)",
        " user stories",
        " product brief",
        " project brief",
        " brief",
        " — notes",
        " notes",
    ] {
        let cut = text.len().saturating_sub(ending.len());
        if text
            .get(cut..)
            .is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
        {
            text.truncate(cut);
            break;
        }
    }
    let main = text
        .trim_start_matches(|char: char| !char.is_alphanumeric())
        .to_owned();
    let main = [": ", " — ", " – ", " - ", " | "]
        .iter()
        .fold(main, |text, mark| match text.split_once(mark) {
            Some((head, _)) if head.split_whitespace().count() <= 4 && !head.trim().is_empty() => {
                head.to_owned()
            }
            _ => text,
        });
    let name = tidy(&main);
    let generic = matches!(
        name.to_lowercase().as_str(),
        "" | "overview"
            | "introduction"
            | "specification"
            | "vision"
            | "idea"
            | "product"
            | "app"
            | "readme"
            | "table of contents"
            | "requirements"
            | "user stories"
            | "features"
    );
    (!generic && name.split_whitespace().count() <= 9).then_some(name)
}

/// "Tidy is a …", "an app called Tidy".
fn called(doc: &Doc<'_>) -> Option<String> {
    for unit in doc.units.iter().take(6) {
        let text = &unit.text;
        for mark in [
            " called ",
            " named ",
            " chamado ",
            " chamada ",
            " llamada ",
            " llamado ",
        ] {
            if let Some((_, rest)) = text.split_once(mark) {
                let taken: Vec<&str> = rest
                    .split_whitespace()
                    .take_while(|word| {
                        word.trim_matches(['"', '“', '”', '*'])
                            .starts_with(char::is_uppercase)
                    })
                    .take(4)
                    .collect();
                let name = tidy(&taken.join(" "));
                if !name.is_empty() {
                    return Some(name);
                }
            }
        }
        let all = words(text);
        let capitals = all
            .iter()
            .take_while(|word| word.capital && !word.breaks || word.start == 0 && word.capital)
            .count();
        if (1..=3).contains(&capitals)
            && all.get(capitals).is_some_and(|word| {
                matches!(word.lower.as_str(), "is" | "é" | "es" | "helps" | "lets")
            })
        {
            let name = tidy(&text[..all[capitals - 1].end]);
            if !matches!(
                name.to_lowercase().as_str(),
                "this" | "it" | "the app" | "the system" | "the" | "este" | "esta" | "there"
            ) && !lexicon::is_glue(&name.to_lowercase())
            {
                return Some(name);
            }
        }
    }
    None
}

/// Three to five meaningful words from the beginning.
fn first_words(doc: &Doc<'_>) -> String {
    let heading = doc
        .sections
        .iter()
        .skip(1)
        .map(|section| section.heading.as_str());
    let texts = doc
        .units
        .iter()
        .filter(|unit| !is_metadata(&unit.text))
        .take(3)
        .map(|unit| unit.text.as_str())
        .chain(heading.take(1));
    for text in texts {
        // "Quiz app with …": what stands before the preposition is the name.
        let dull = |word: &str| {
            matches!(
                word,
                "a" | "an"
                    | "the"
                    | "my"
                    | "simple"
                    | "um"
                    | "uma"
                    | "new"
                    | "build"
                    | "create"
                    | "make"
                    | "please"
                    | "want"
                    | "need"
                    | "i"
                    | "we"
                    | "me"
                    | "us"
                    | "should"
                    | "would"
                    | "like"
                    | "to"
            )
        };
        let head: Vec<String> = words(text)
            .iter()
            .skip_while(|word| dull(&word.lower))
            .take_while(|word| !lexicon::is_glue(&word.lower))
            .take(6)
            .map(|word| capitalised(&word.lower))
            .collect();
        if (2..=4).contains(&head.len()) {
            return tidy(&head.join(" "));
        }
        let taken: Vec<String> = words(text)
            .iter()
            .filter(|word| {
                !lexicon::is_glue(&word.lower)
                    && !matches!(
                        word.lower.as_str(),
                        "a" | "an"
                            | "the"
                            | "my"
                            | "simple"
                            | "um"
                            | "uma"
                            | "new"
                            | "build"
                            | "create"
                            | "make"
                            | "please"
                            | "want"
                            | "need"
                    )
            })
            .take(4)
            .map(|word| capitalised(&word.lower))
            .collect();
        let name = tidy(&taken.join(" "));
        if !name.is_empty() {
            return name;
        }
    }
    "New application".to_owned()
}

fn tidy(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = one_line
        .trim_matches(|char: char| !char.is_alphanumeric() && !matches!(char, ')' | '!' | '+'));
    let cut: String = bare.chars().take(119).collect();
    if cut.chars().any(char::is_alphanumeric) {
        cut.trim().to_owned()
    } else {
        String::new()
    }
}

/// The first sentences under a heading about vision, else the first of the text.
fn vision(doc: &Doc<'_>) -> Option<String> {
    // Spec-kit quotes the wish it was made from.
    let wish = doc.units.iter().take(12).find_map(|unit| {
        unit.text
            .split_once("User description:")
            .map(|(_, wish)| wish.trim_matches([' ', '"', '“', '”']).to_owned())
    });
    if let Some(wish) = wish.filter(|wish| wish.split_whitespace().count() > 4) {
        return Some(shortened(&wish, 600));
    }
    let usable = |text: &str| {
        super::stories::story(text).is_none()
            && super::ids::source_id(text).is_none()
            && text.split_whitespace().count() >= 5
            && !text.trim_end().ends_with(':')
            && !text.contains('|')
            && !is_metadata(text)
    };
    let under = doc
        .units
        .iter()
        .position(|unit| doc.kind(unit.section) == SectionKind::Vision && usable(&unit.text));
    let any = || {
        doc.units.iter().position(|unit| {
            (doc.kind(unit.section).is_product() || doc.kind(unit.section) == SectionKind::Problem)
                && usable(&unit.text)
        })
    };
    let first = under.or_else(any)?;
    let mut text = doc.units[first].text.trim().to_owned();
    if let Some(next) = doc.units.get(first + 1)
        && next.block == doc.units[first].block
        && text.chars().count() < 200
    {
        text.push(' ');
        text.push_str(next.text.trim());
    }
    Some(shortened(&text, 600))
}

/// "Status: Draft", "**Created**: 2025-09-18".
pub(super) fn is_metadata(text: &str) -> bool {
    let head = text
        .split(':')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    matches!(
        head.as_str(),
        "version"
            | "date"
            | "status"
            | "author"
            | "created"
            | "last updated"
            | "owner"
            | "project owner"
            | "document type"
            | "feature branch"
            | "word count"
    ) || text
        .split_whitespace()
        .filter(|word| word.ends_with(':'))
        .count()
        > 1
}

fn problem(doc: &Doc<'_>) -> Option<String> {
    doc.units
        .iter()
        .find(|unit| {
            doc.kind(unit.section) == SectionKind::Problem
                && unit.text.split_whitespace().count() >= 5
                && !unit.text.trim_end().ends_with(':')
        })
        .map(|unit| shortened(&unit.text, 600))
}

fn platforms(doc: &Doc<'_>) -> Vec<String> {
    let mut out = vec!["web".to_owned()];
    let lower = doc.text.to_lowercase();
    if [
        "mobile",
        "phone",
        "tablet",
        "celular",
        "móvil",
        "responsive",
    ]
    .iter()
    .any(|word| lower.contains(word))
    {
        out.push("mobile-web".to_owned());
    }
    out
}

/// BCP 47 tag of the text: en, pt, es, fr, de, it, or `und` for other scripts.
pub(super) fn language(text: &str) -> &'static str {
    const MARKS: &[(&str, &[&str])] = &[
        (
            "en",
            &[
                "the", "and", "of", "to", "with", "for", "is", "can", "users", "that", "are", "an",
                "app", "their", "by",
            ],
        ),
        (
            "pt",
            &[
                "de",
                "que",
                "não",
                "uma",
                "para",
                "com",
                "os",
                "um",
                "dos",
                "são",
                "pode",
                "podem",
                "do",
                "da",
                "deve",
                "usuários",
                "usuário",
                "ser",
                "em",
                "e",
            ],
        ),
        (
            "es",
            &[
                "el", "los", "las", "una", "que", "con", "para", "del", "usuarios", "puede",
                "pueden", "debe", "y", "es", "de", "en",
            ],
        ),
        (
            "fr",
            &[
                "le",
                "les",
                "des",
                "une",
                "est",
                "avec",
                "pour",
                "dans",
                "et",
                "peut",
                "utilisateurs",
                "du",
                "sur",
                "qui",
            ],
        ),
        (
            "de",
            &[
                "der", "die", "das", "und", "mit", "für", "ein", "eine", "ist", "können", "nicht",
                "den", "auf", "benutzer",
            ],
        ),
        (
            "it",
            &[
                "il", "gli", "della", "che", "per", "con", "una", "sono", "può", "utenti", "nel",
                "di", "e",
            ],
        ),
    ];
    let mut counts = [0_usize; 6];
    let (mut latin, mut other) = (0_usize, 0_usize);
    for char in text
        .chars()
        .filter(|char| char.is_alphabetic())
        .take(20_000)
    {
        if char.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&char) {
            latin += 1
        } else {
            other += 1
        }
    }
    for word in text.split_whitespace().take(4_000) {
        let word = word
            .trim_matches(|char: char| !char.is_alphanumeric())
            .to_lowercase();
        for (count, (_, marks)) in counts.iter_mut().zip(MARKS) {
            *count += usize::from(marks.contains(&word.as_str()));
        }
    }
    if other > latin {
        return "und";
    }
    let best = counts.iter().max().copied().unwrap_or_default();
    // English wins a tie, and where nothing speaks for anything.
    MARKS
        .iter()
        .zip(counts)
        .find(|(_, count)| *count == best && best > 0)
        .map_or("en", |((tag, _), _)| tag)
}

/// Wishes about looks: the caller's, then words of the text.
pub(super) fn design(text: &str, request: &Request) -> Design {
    let lower = text.to_lowercase();
    let wish = request
        .style_preference
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let any = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let playful = [
        "playful",
        "fun ",
        "colourful",
        "colorful",
        "kids",
        "children",
        "lúdic",
    ];
    let corporate = [
        "corporate",
        "professional",
        "enterprise",
        "formal",
        "corporativ",
        "business-like",
    ];
    let style = if any(&wish, &playful) {
        "playful"
    } else if any(&wish, &corporate) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn product(text: &str) -> Product {
        let doc = super::super::markdown::parse(text, &crate::Meter::default()).unwrap();
        read(&doc, &Request::default(), language(text))
    }

    #[test]
    fn finds_names() {
        for (text, name) in [
            (
                "# Feature Specification: Real Estate Platform\n\nText.",
                "Real Estate Platform",
            ),
            ("# USMLE Trivia Product Specification\n", "USMLE Trivia"),
            ("Product: Tidy Up\n\nA list.", "Tidy Up"),
            ("Build an app called Meadow for gardeners.", "Meadow"),
            ("Quiz app with leaderboards and social sharing", "Quiz App"),
            ("???", "New application"),
        ] {
            assert_eq!(product(text).name, name);
        }
    }

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
