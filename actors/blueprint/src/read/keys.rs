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
            // Hints overrule: a goal is abstract, but a goal tracker keeps goals.
            let good = one.chars().count() > 2
                && one.chars().any(char::is_alphabetic)
                && !lexicon::is_abstract(&one)
                && !lexicon::is_adjective(&one)
                && !lexicon::is_glue(&one)
                && !one.ends_with("ing")
                && !one.ends_with("ly")
                && (lexicon::base_verb(&one).is_none() || lexicon::is_known_noun(&one))
                && !(whole > 1 && last == "sales");
            return good.then_some(one);
        }
        if !lexicon::is_abstract(&one)
            && !(one.ends_with("ing") && !lexicon::is_known_noun(&one))
            && !lexicon::is_adjective(last)
        {
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
                && !matches!(
                    name.as_str(),
                    "system"
                        | "application"
                        | "app"
                        | "platform"
                        | "user"
                        | "sistema"
                        | "online"
                        | "web"
                )
        })
        .collect();
    let mut joined = heads;
    joined.push(singular(&last));
    Some(joined.join(" "))
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
