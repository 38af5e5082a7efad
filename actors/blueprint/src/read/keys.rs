//! Keys: what a noun phrase is called.
//!
//! Invariant: a key is lower case, singular, one to three words, without determiners and abstract heads.

use super::lexicon::{self};
use super::phrases::chunk;
use super::words::{singular, words};

/// The key of a noun phrase; none where no noun is left.
pub(super) fn key(names: &[String]) -> Option<String> {
    let mut names: Vec<String> = names
        .iter()
        .map(|name| name.trim_matches('\'').to_owned())
        .collect();
    let whole = names.len();
    // "adoption application": an archetype knows the whole phrase.
    if whole > 1
        && let Some(last) = names.last()
    {
        let phrase = format!("{} {}", names[..whole - 1].join(" "), singular(last));
        if super::hints::find(&phrase).is_some() {
            return Some(phrase);
        }
    }
    while let Some(last) = names.last() {
        let one = singular(last);
        if names.len() == 1 {
            let dull = whole > 1 && last == "sales";
            return (!dull && is_thing(&one)).then_some(one);
        }
        let gerund = one.ends_with("ing") && !lexicon::is_known_noun(&one);
        if !lexicon::is_abstract(&one) && !gerund && !lexicon::is_adjective(last) {
            break;
        }
        names.pop();
    }
    let last = names.pop()?;
    // "task list item" stays, "system order" does not.
    let heads: Vec<String> = names
        .into_iter()
        .filter(|name| {
            !lexicon::is_adjective(name)
                && !lexicon::is_glue(name)
                && !lexicon::marks("key.shells").contains(&name.as_str())
        })
        .collect();
    let mut joined = heads;
    joined.push(singular(&last));
    Some(joined.join(" "))
}

/// Whether one word alone names something that records are kept of.
fn is_thing(one: &str) -> bool {
    let letters = one.chars().count() > 2 && one.chars().any(char::is_alphabetic);
    let other = lexicon::is_abstract(one) || lexicon::is_adjective(one) || lexicon::is_glue(one);
    let verb = lexicon::base_verb(one).is_some() && !lexicon::is_known_noun(one);
    letters && !other && !verb && !one.ends_with("ing") && !one.ends_with("ly")
}

/// The key of a phrase given as text: "the customers' Orders" gives "order".
pub(super) fn key_of(text: &str) -> Option<String> {
    let words = words(text);
    let chunk = chunk(&words, 0)?;
    key(&chunk.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_what_names_nothing() {
        assert_eq!(key_of("the new order details").as_deref(), Some("order"));
        assert_eq!(key_of("customer information").as_deref(), Some("customer"));
        assert_eq!(key_of("ability"), None);
    }
}
