//! The product: name, vision, problem, language, looks.
//!
//! Invariant: the slug matches `[a-z][a-z0-9-]*` and the name is never empty.

use super::doc::Doc;
use super::lexicon;
use super::sections::SectionKind;
use super::words::{Word, capitalised, pieces, shortened, words};
use crate::Request;
use crate::model::Product;

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
    doc.units.iter().take(20).find_map(|unit| {
        let (label, rest) = unit.text.split_once(':')?;
        let label = label.trim().to_lowercase();
        let short = rest.split_whitespace().count() <= 8 && !rest.trim().is_empty();
        (lexicon::marks("product.labels").contains(&label.as_str()) && short)
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
        // Right under a title that says nothing stands the name, whatever the heading sounds like.
        titles
            .enumerate()
            .filter(|(index, section)| *index <= 1 || section.kind == SectionKind::Other)
            .find_map(|(_, section)| title_of(&section.heading))
    })
}

fn title_of(heading: &str) -> Option<String> {
    let mut text = heading.to_owned();
    for opening in lexicon::marks("product.openings").iter().copied() {
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
    for ending in lexicon::marks("product.endings").iter().copied() {
        let cut = text.len().saturating_sub(ending.len());
        if text
            .get(cut..)
            .is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
        {
            text.truncate(cut);
            break;
        }
    }
    let numbered = text.trim_start_matches(|char: char| !char.is_alphanumeric());
    let plain = numbered.trim_start_matches(|char: char| char.is_ascii_digit() || char == '.');
    // "1. Overview" is a numbered heading, "3D printing shop" is a name.
    let main = if plain.starts_with(' ') {
        plain.trim_start()
    } else {
        numbered
    };
    let main = main.to_owned();
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
        for mark in lexicon::marks("product.called").iter().copied() {
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
            .take_while(|word| word.capital && (!word.breaks || word.start == 0))
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
        let all = words(text);
        let dull = |word: &&Word| lexicon::marks("product.dull").contains(&word.lower.as_str());
        // "Quiz app with …": what stands before the preposition is the name.
        let head = all
            .iter()
            .skip_while(dull)
            .take_while(|word| !lexicon::is_glue(&word.lower));
        let head: Vec<String> = head.take(6).map(|word| capitalised(&word.lower)).collect();
        if (2..=4).contains(&head.len()) {
            return tidy(&head.join(" "));
        }
        let meaningful = all
            .iter()
            .filter(|word| !lexicon::is_glue(&word.lower) && !dull(word));
        let taken: Vec<String> = meaningful
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
    if lexicon::has_mark("product.mobile", &lower) {
        out.push("mobile-web".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(text: &str) -> Product {
        let doc = super::super::markdown::parse(text, &crate::Meter::default()).unwrap();
        read(&doc, &Request::default(), "en")
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
}
