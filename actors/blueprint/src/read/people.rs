//! Words for people: which of them are roles.
//!
//! Invariant: a role is one to three words, singular, lower case.

use super::lexicon;
use super::words::{Word, singular, snake, words};

/// One word for the same role: "system administrators" and "admins" are `admin`.
pub(super) fn canonical(name: &str) -> String {
    let one = singular(&name.to_lowercase());
    let bare = one
        .trim_matches(|char: char| !char.is_alphanumeric())
        .trim()
        .to_owned();
    let admin = lexicon::marks("role.admins");
    let last = bare.rsplit(' ').next().unwrap_or_default();
    if admin.contains(&last)
        && (bare.split(' ').count() == 1
            || lexicon::marks("role.admin_of")
                .contains(&bare.split(' ').next().unwrap_or_default()))
    {
        return "admin".to_owned();
    }
    match bare.as_str() {
        "registered user" | "end user" | "end-user" | "logged-in user" | "authenticated user"
        | "app user" | "regular user" => "user".to_owned(),
        _ => bare,
    }
}

/// A role from a name in a list: one to four words that end in a person, or any short name.
pub(super) fn role_name(name: &str) -> Option<String> {
    // "owner (admin)" is the administrator.
    if name.to_lowercase().contains("(admin") {
        return Some("admin".to_owned());
    }
    let bare = name
        .split(['(', '[', '–', '—'])
        .next()?
        .trim()
        .trim_matches(['*', '`', ':', '.', '"']);
    let bare = bare.trim_start_matches(|char: char| !char.is_alphanumeric());
    let bare = bare.split(['/', ',']).next()?.trim();
    let lower = bare.to_lowercase();
    let lower = lexicon::marks("role.determiners")
        .iter()
        .fold(lower.as_str(), |name, word| {
            name.strip_prefix(word).unwrap_or(name)
        })
        .to_owned();
    let one = singular(lower.trim());
    let count = one.split_whitespace().count();
    let last = one.rsplit(' ').next().unwrap_or_default();
    let words_ok =
        (1..=3).contains(&count) && snake(&one).is_some() && !one.split(' ').any(lexicon::is_glue);
    let person = lexicon::is_person(last)
        || looks_like_person(last)
        || one.split(' ').any(lexicon::is_person);
    (words_ok && person && one.len() <= 40).then_some(one)
}

fn looks_like_person(word: &str) -> bool {
    let ending = lexicon::marks("role.endings")
        .iter()
        .any(|ending| word.ends_with(ending));
    let quality = lexicon::is_abstract(word) && word != "person";
    let thing = lexicon::is_known_noun(word) && !lexicon::is_person(word);
    ending && word.len() > 3 && !quality && !thing
}

/// Roles in one sentence, with their strength.
pub(super) fn in_sentence(text: &str) -> Vec<(String, u8)> {
    let mut out = Vec::new();
    let lower = text.to_lowercase();
    if let Some(role) = super::stories::actor(text) {
        out.push((role, 3));
    }
    if let Some(at) = lexicon::marks("role.marks")
        .iter()
        .find_map(|mark| lower.find(mark).map(|at| at + mark.len()))
        && lower.len() == text.len()
    {
        let rest = &text[at..];
        for part in super::fields::split_list(rest.split('.').next().unwrap_or_default()) {
            out.extend(role_name(&part).map(|key| (key, 3)));
        }
    }
    let all = words(text);
    out.extend((0..all.len()).filter_map(|at| doer(&all, at)));
    out
}

/// The person at `at`, where the words around say that they use the application.
fn doer(all: &[Word], at: usize) -> Option<(String, u8)> {
    let word = &all[at];
    let one = singular(&word.lower);
    if !lexicon::is_person(&one) || word.lower.ends_with("'s") || word.lower.ends_with("s'") {
        return None;
    }
    let next = all
        .get(at + 1)
        .filter(|next| !next.breaks)
        .map(|next| next.lower.as_str());
    let before = at
        .checked_sub(1)
        .filter(|_| !word.breaks)
        .map(|before| all[before].lower.as_str());
    let is = |word: Option<&str>, name: &str| {
        word.is_some_and(|word| lexicon::marks(name).contains(&word))
    };
    let verb = |next: &str| lexicon::base_verb(&singular(next)).or_else(|| lexicon::verb(next));
    let acts =
        is(next, "role.modals") || is(before, "role.allowing") || next.and_then(verb).is_some();
    let strength = if acts {
        2
    } else {
        u8::from(is(before, "role.audience"))
    };
    let key = match before.filter(|before| is_title(before, &one)) {
        Some(before) => format!("{before} {one}"),
        None => one,
    };
    (strength > 0).then_some((key, strength))
}

/// "restaurant owner", "shop manager": a noun that belongs to the name of the role.
fn is_title(before: &str, person: &str) -> bool {
    let generic = lexicon::marks("role.generic");
    generic.contains(&person)
        && !lexicon::is_glue(before)
        && !lexicon::is_adjective(before)
        && lexicon::base_verb(before).is_none_or(|_| lexicon::is_known_noun(before))
}
