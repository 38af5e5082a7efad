//! What the reader knows about words. The knowledge is data, in `config/lexicon`, compiled in.
//!
//! Invariant: look-ups only; nothing here is iterated in an order that could reach a result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::model::{Action, FieldType};

/// What a verb says about its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VerbClass {
    /// Someone makes or keeps the object: it is an entity.
    Strong,
    /// Someone looks at it.
    Weak,
    /// Someone changes its state.
    Act,
}

/// A verb.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verb {
    /// What it says about its object.
    pub(super) class: VerbClass,
    /// The right it needs.
    pub(super) action: Action,
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

fn word_set(text: &'static str) -> BTreeSet<&'static str> {
    lines(text).flat_map(str::split_whitespace).collect()
}

static VERBS: LazyLock<BTreeMap<&'static str, Verb>> = LazyLock::new(|| {
    let mut verbs = BTreeMap::new();
    for line in lines(include_str!("../../../../config/lexicon/verbs.txt")) {
        let Some((head, forms)) = line.split_once(':') else {
            continue;
        };
        let class = match head.split_whitespace().next() {
            Some("strong") => VerbClass::Strong,
            Some("act") => VerbClass::Act,
            _ => VerbClass::Weak,
        };
        let action = match head.split_whitespace().nth(1) {
            Some("c") => Action::Create,
            Some("u") => Action::Update,
            Some("d") => Action::Delete,
            _ => Action::Read,
        };
        for form in forms.split_whitespace() {
            verbs.entry(form).or_insert(Verb { class, action });
        }
    }
    verbs
});
static GLUE: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| word_set(include_str!("../../../../config/lexicon/glue.txt")));
static ADJECTIVES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| word_set(include_str!("../../../../config/lexicon/adjectives.txt")));
static ABSTRACT: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| word_set(include_str!("../../../../config/lexicon/abstract.txt")));
static PERSONS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| word_set(include_str!("../../../../config/lexicon/persons.txt")));
static NOUNS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| word_set(include_str!("../../../../config/lexicon/nouns.txt")));
static SHY: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| word_set(include_str!("../../../../config/lexicon/shy.txt")));
static NEWBIES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    lines(include_str!("../../../../config/lexicon/newbies.txt"))
        .flat_map(str::split_whitespace)
        .collect()
});

static MARKS: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    lines(include_str!("../../../../config/lexicon/marks.txt"))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, quoted)| (name, quoted.split('"').skip(1).step_by(2).collect()))
        .collect()
});

/// The words and phrases called `name` in the data file.
pub(super) fn marks(name: &str) -> &'static [&'static str] {
    let found = MARKS.get(name);
    debug_assert!(found.is_some(), "no marks called {name}");
    found.map_or(&[], Vec::as_slice)
}

/// Whether one of the words called `name` is in `text`.
pub(super) fn has_mark(name: &str, text: &str) -> bool {
    marks(name).iter().any(|mark| text.contains(mark))
}

/// The verb that `word` is a base form, a third person, a participle or a gerund of.
pub(super) fn verb(word: &str) -> Option<Verb> {
    let derived = || base_forms(word).iter().find_map(|base| base_verb(base));
    base_verb(word).or_else(derived)
}

/// The verb that `word` is the base form of.
pub(super) fn base_verb(word: &str) -> Option<Verb> {
    VERBS.get(word).copied()
}

fn base_forms(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    if let Some(stem) = word.strip_suffix("ies") {
        forms.push(format!("{stem}y"));
    }
    for ending in ["s", "es", "d", "ed", "ing"] {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() > 2) {
            forms.push(stem.to_owned());
            forms.push(format!("{stem}e"));
            let mut letters = stem.chars().rev();
            if let (Some(last), Some(before)) = (letters.next(), letters.next())
                && last == before
            {
                forms.push(stem[..stem.len() - last.len_utf8()].to_owned());
            }
        }
    }
    // Portuguese and Spanish third persons.
    for (ending, infinitive) in [
        ("am", "ar"),
        ("an", "ar"),
        ("a", "ar"),
        ("em", "er"),
        ("em", "ir"),
        ("e", "er"),
        ("e", "ir"),
    ] {
        forms.extend(
            word.strip_suffix(ending)
                .filter(|stem| stem.len() > 2)
                .map(|stem| format!("{stem}{infinitive}")),
        );
    }
    if let Some(stem) = word.strip_suffix("ied") {
        forms.push(format!("{stem}y"));
    }
    forms
}

/// Whether `word` ends a noun phrase.
pub(super) fn is_glue(word: &str) -> bool {
    GLUE.contains(word)
}

/// Whether `word` stands before a noun without naming it.
pub(super) fn is_adjective(word: &str) -> bool {
    ADJECTIVES.contains(word)
        || word
            .chars()
            .all(|char| char.is_ascii_digit() || char == '-')
}

/// Whether the singular `word` names no entity.
pub(super) fn is_abstract(word: &str) -> bool {
    let quality = ["ness", "ility", "ization", "isation"];
    ABSTRACT.contains(word)
        || (word.len() > 7 && quality.iter().any(|ending| word.ends_with(ending)))
}

/// Whether the singular `word` is a person.
pub(super) fn is_person(word: &str) -> bool {
    PERSONS.contains(word)
}

/// Whether the singular `word` is a thing that applications keep records of.
pub(super) fn is_known_noun(word: &str) -> bool {
    NOUNS.contains(word)
}

/// Whether texts mention the singular `word` without keeping records of it.
pub(super) fn is_shy(word: &str) -> bool {
    SHY.contains(word)
}

/// How good `word` is as the role of a new user; smaller is better.
pub(super) fn newbie_rank(word: &str) -> Option<usize> {
    NEWBIES.iter().position(|newbie| *newbie == word)
}

/// What the name of a field says about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedField {
    /// Type.
    pub(super) kind: FieldType,
    /// Personal data.
    pub(super) pii: bool,
    /// Must have a value.
    pub(super) required: bool,
    /// Unique over the table.
    pub(super) unique: bool,
}

struct Pattern {
    text: &'static str,
    field: NamedField,
}

static FIELDS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let mut out = Vec::new();
    for line in lines(include_str!("../../../../config/lexicon/fields.txt")) {
        let Some((head, patterns)) = line.split_once(':') else {
            continue;
        };
        let mut head = head.split_whitespace();
        let Some(kind) = head.next().and_then(field_type) else {
            continue;
        };
        let flags = head.next().unwrap_or_default();
        let field = NamedField {
            kind,
            pii: flags.contains('p'),
            required: flags.contains('r'),
            unique: flags.contains('u'),
        };
        out.extend(
            patterns
                .split_whitespace()
                .map(|text| Pattern { text, field }),
        );
    }
    out
});

/// What the `snake_case` name says: whole names first, then patterns, in the order of the data file.
pub(super) fn named_field(name: &str) -> Option<NamedField> {
    let exact = FIELDS.iter().find(|pattern| pattern.text == name);
    let fits = |pattern: &&Pattern| match (
        pattern.text.strip_prefix('*'),
        pattern.text.strip_suffix('*'),
    ) {
        (Some(ending), _) => name.ends_with(ending),
        (_, Some(beginning)) => name.starts_with(beginning),
        _ => false,
    };
    exact
        .or_else(|| FIELDS.iter().find(fits))
        .map(|pattern| pattern.field)
}

/// The type that a word for a type means, in SQL, TypeScript, Prisma or plain English.
pub(super) fn field_type(word: &str) -> Option<FieldType> {
    let lower = word.to_lowercase();
    let base = lower.split(['(', ' ', '[']).next().unwrap_or_default();
    Some(match base {
        "uuid" | "guid" | "objectid" | "fk" | "reference" => FieldType::Uuid,
        "text" | "longtext" | "mediumtext" | "richtext" | "markdown" | "texto" => FieldType::Text,
        "string" | "varchar" | "char" | "character" | "str" | "nvarchar" | "citext" => {
            FieldType::String
        }
        "integer" | "int" | "int4" | "smallint" | "tinyint" | "number" | "inteiro" | "serial"
        | "número" => FieldType::Integer,
        "bigint" | "int8" | "long" | "bigserial" => FieldType::Bigint,
        "decimal" | "float" | "double" | "numeric" | "real" | "percent" | "percentage" => {
            FieldType::Decimal
        }
        "money" | "currency" | "price" | "moeda" => FieldType::Money,
        "boolean" | "bool" | "yes/no" | "flag" | "booleano" => FieldType::Boolean,
        "date" | "data" | "fecha" => FieldType::Date,
        "timestamp" | "timestamptz" | "datetime" | "datetimeoffset" | "time" => {
            FieldType::Timestamp
        }
        "duration" | "interval" => FieldType::Duration,
        "email" | "e-mail" => FieldType::Email,
        "url" | "uri" | "link" => FieldType::Url,
        "phone" | "telephone" => FieldType::Phone,
        "enum" | "select" | "choice" | "enumeration" => FieldType::Enum,
        "json" | "jsonb" | "object" | "array" => FieldType::Json,
        "image" | "photo" | "picture" => FieldType::Image,
        "file" | "attachment" | "blob" | "bytea" => FieldType::File,
        "geo" | "geography" | "point" | "coordinates" => FieldType::Geo,
        "slug" => FieldType::Slug,
        _ => return None,
    })
}

static RESERVED: LazyLock<BTreeMap<&'static str, BTreeSet<&'static str>>> = LazyLock::new(|| {
    let mut out: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for line in lines(include_str!("../../../../config/lexicon/reserved.txt")) {
        if let Some((kind, words)) = line.split_once(':') {
            out.entry(kind.trim())
                .or_default()
                .extend(words.split_whitespace());
        }
    }
    out
});

/// Whether generated code or SQL needs `word` for itself. `kind` is `entity`, `field` or `table`.
pub(super) fn is_reserved(kind: &str, word: &str) -> bool {
    RESERVED.get(kind).is_some_and(|words| words.contains(word))
}

static LABELS_PT: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    lines(include_str!("../../../../config/lexicon/labels_pt.txt"))
        .filter_map(|line| line.split_once(' '))
        .collect()
});

/// The Portuguese label of a field that we add ourselves.
pub(super) fn label_pt(field: &str) -> Option<&'static str> {
    LABELS_PT.get(field).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_forms_of_verbs() {
        for word in [
            "create",
            "creates",
            "created",
            "creating",
            "submitting",
            "applies",
            "manage",
            "cadastrar",
        ] {
            assert!(verb(word).is_some(), "{word}");
        }
        assert!(verb("table").is_none());
    }

    #[test]
    fn infers_types_from_names() {
        for (name, kind) in [
            ("email", FieldType::Email),
            ("unit_price", FieldType::Money),
            ("paid_at", FieldType::Timestamp),
            ("due_date", FieldType::Date),
            ("is_active", FieldType::Boolean),
            ("quantity", FieldType::Integer),
            ("notes", FieldType::Text),
            ("preco", FieldType::Money),
            ("birth_date", FieldType::Date),
        ] {
            assert_eq!(
                named_field(name).map(|field| field.kind),
                Some(kind),
                "{name}"
            );
        }
        assert!(named_field("colour").is_none());
    }
}
