//! Noun phrases, and what is done to them.
//!
//! Invariant: a key is lower case, singular, one to three words, without determiners, adjectives and abstract heads.

use super::keys::key;
use super::lexicon::{self, Verb, VerbClass};
use super::words::{Word, singular, words};
use crate::model::Action;

/// Words of one phrase.
const PHRASE_WORDS_MAX: usize = 3;
/// Objects of one verb in an enumeration.
const OBJECTS_MAX: usize = 12;

/// A verb with one of its objects.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    /// The verb.
    pub(super) verb: Verb,
    /// Index of the verb among the words.
    pub(super) at: usize,
    /// Key of the object.
    pub(super) object: String,
    /// The object is a word like "applications", which names an entity only where one is called so.
    pub(super) vague: bool,
}

/// Nouns in a row.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) words: Vec<String>,
    pub(super) next: usize,
}

/// What is done to what in `text`.
pub(super) fn deeds(text: &str) -> Vec<Deed> {
    deeds_in(&words(text))
}

/// The same, for words that are split already.
pub(super) fn deeds_in(words: &[Word]) -> Vec<Deed> {
    let mut out = all_deeds_in(words);
    out.retain(|deed| !deed.vague);
    out
}

/// Deeds, also those on objects that only the model can tell to be entities.
pub(super) fn all_deeds_in(words: &[Word]) -> Vec<Deed> {
    let mut out = Vec::new();
    let mut free = 0;
    for (at, word) in words.iter().enumerate() {
        if at < free {
            continue;
        }
        let Some(verb) = lexicon::verb(&word.lower).filter(|_| reads_as_verb(words, at)) else {
            continue;
        };
        let mut from = at + 1;
        // "apply for a plot", "sign up for a course": the object is there already.
        let aims = words
            .get(from)
            .is_some_and(|next| matches!(next.lower.as_str(), "for" | "up" | "in" | "to"));
        let verb = if aims {
            Verb {
                class: VerbClass::Weak,
                action: Action::Read,
            }
        } else {
            verb
        };
        // "sellers list bikes" makes them; "list the bikes" only shows them.
        let offers = matches!(word.lower.as_str(), "list" | "lists")
            && at > 0
            && !word.breaks
            && lexicon::is_person(&singular(&words[at - 1].lower));
        let verb = if offers {
            Verb {
                class: VerbClass::Strong,
                action: Action::Create,
            }
        } else {
            verb
        };
        for _ in 0..OBJECTS_MAX {
            let Some(chunk) = chunk(words, from) else {
                break;
            };
            let named = key(&chunk.words);
            let vague = named.is_none();
            let object = named.or_else(|| chunk.words.last().map(|word| singular(word)));
            out.extend(object.map(|object| Deed {
                verb,
                at,
                object,
                vague,
            }));
            free = chunk.next;
            let Some(next) = continued(words, chunk.next) else {
                break;
            };
            from = next;
        }
    }
    managed(words, &mut out);
    out
}

/// Whether the word at `at`, which may be a verb or a noun, is a verb here.
fn reads_as_verb(words: &[Word], at: usize) -> bool {
    let Some(next) = words.get(at + 1) else {
        return false;
    };
    if next.breaks {
        return false;
    }
    let word = words[at].lower.as_str();
    let before = at.checked_sub(1).map(|before| words[before].lower.as_str());
    // "their orders", "order placed by": a determiner before it says noun.
    if before.is_some_and(|before| {
        matches!(
            before,
            "the"
                | "a"
                | "an"
                | "their"
                | "his"
                | "her"
                | "its"
                | "my"
                | "our"
                | "each"
                | "every"
                | "of"
                | "o"
                | "os"
                | "as"
                | "um"
                | "uma"
                | "el"
                | "la"
                | "los"
        )
    }) && !words[at].breaks
    {
        return false;
    }
    // Third persons are plurals of nouns as well: "orders", "reviews".
    if word.ends_with('s') && lexicon::is_known_noun(&singular(word)) {
        return !lexicon::is_glue(&next.lower)
            && before.is_some_and(|before| lexicon::is_person(&singular(before)));
    }
    !(word.ends_with("ed")
        && before
            .is_some_and(|before| matches!(before, "is" | "are" | "was" | "were" | "be" | "been")))
}

/// "lead management", "expense tracking": what stands before such a word is kept.
fn managed(words: &[Word], out: &mut Vec<Deed>) {
    for (at, word) in words.iter().enumerate() {
        if !lexicon::marks("phrase.managed").contains(&word.lower.as_str())
            || word.breaks
            || at == 0
        {
            continue;
        }
        let from = (0..at)
            .rev()
            .take(2)
            .take_while(|index| !words[index + 1].breaks && is_noun(words, *index))
            .last();
        let Some(from) = from else { continue };
        let names: Vec<String> = words[from..at]
            .iter()
            .map(|word| word.lower.clone())
            .collect();
        let (class, action) = match word.lower.as_str() {
            "browsing" | "history" => (VerbClass::Weak, Action::Read),
            "tracking" | "tracker" | "catalog" | "catalogue" | "database" | "directory"
            | "registry" => (VerbClass::Strong, Action::Read),
            "placement" | "creation" | "submission" | "registration" | "booking" | "scheduling"
            | "posting" | "logging" | "entry" => (VerbClass::Strong, Action::Create),
            _ => (VerbClass::Strong, Action::Update),
        };
        if let Some(object) = key(&names) {
            out.push(Deed {
                verb: Verb { class, action },
                at,
                object,
                vague: false,
            });
        }
    }
}

fn is_noun(words: &[Word], at: usize) -> bool {
    let lower = words[at].lower.as_str();
    let verb_only = lexicon::base_verb(lower).is_some() && !lexicon::is_known_noun(lower);
    !lexicon::is_glue(lower) && !lexicon::is_adjective(lower) && !verb_only
}

/// Where the next object of an enumeration begins, if there is one after `next`.
fn continued(words: &[Word], next: usize) -> Option<usize> {
    let word = words.get(next)?;
    let joins = matches!(
        word.lower.as_str(),
        "and" | "or" | "&" | "e" | "ou" | "y" | "o"
    );
    let from = match (joins, word.comma) {
        (true, _) if !word.breaks || word.comma => next + 1,
        (false, true) => next,
        _ => return None,
    };
    let first = words.get(from)?;
    if first.breaks && !first.comma {
        return None;
    }
    // "browse properties, make enquiries": a base verb with something after it begins a new deed.
    let verb = lexicon::base_verb(&first.lower).is_some()
        && words.get(from + 1).is_some_and(|after| {
            !after.breaks && !matches!(after.lower.as_str(), "and" | "or" | "e" | "ou" | "y")
        });
    (!verb).then_some(from)
}

/// The noun phrase that begins at `from`, after determiners and adjectives.
pub(super) fn chunk(words: &[Word], from: usize) -> Option<Chunk> {
    let mut at = from;
    // "sign up for walking shifts": particles first, then what describes.
    let mut particles = true;
    while let Some(word) = words.get(at) {
        if at > from && word.breaks {
            return None;
        }
        let skips = lexicon::is_adjective(&word.lower)
            || word.lower.ends_with("'s")
            || word.lower.ends_with("s'")
            || word.lower.ends_with("ly")
            || is_participle(words, at)
            || (particles
                && at < from + 3
                && matches!(
                    word.lower.as_str(),
                    "up" | "out"
                        | "for"
                        | "through"
                        | "all"
                        | "of"
                        | "in"
                        | "to"
                        | "on"
                        | "them"
                        | "at"
                ))
                && words.get(at + 1).is_some_and(|next| !next.breaks);
        if !skips {
            break;
        }
        particles &= lexicon::is_glue(&word.lower);
        at += 1;
    }
    let start = at;
    while let Some(word) = words.get(at) {
        let ends = at - start == PHRASE_WORDS_MAX
            || (at > start && word.breaks)
            || lexicon::is_glue(&word.lower)
            || (at > start && (lexicon::is_adjective(&word.lower) || ends_phrase(words, at)));
        if ends {
            break;
        }
        at += 1;
        if is_plural(&word.lower) {
            // Plurals do not describe: "trainers create" is no name, "order items" is.
            break;
        }
        if word.lower.ends_with("'s") {
            // "pet's vaccines": the owner is no part of the name.
            return chunk(words, at);
        }
    }
    (at > start).then(|| Chunk {
        words: words[start..at]
            .iter()
            .map(|word| word.lower.clone())
            .collect(),
        next: at,
    })
}

/// "assigned tasks", "incoming orders": a participle before a noun.
fn is_participle(words: &[Word], at: usize) -> bool {
    let lower = words[at].lower.as_str();
    (lower.ends_with("ed") || lower.ends_with("ing"))
        && !lexicon::is_known_noun(lower)
        && lower.len() > 4
        && words
            .get(at + 1)
            .is_some_and(|next| !next.breaks && !lexicon::is_glue(&next.lower))
}

/// Whether a noun phrase ends with this word, because it is a plural.
fn is_plural(word: &str) -> bool {
    let modifier = matches!(
        word,
        "sales" | "sports" | "savings" | "goods" | "customs" | "news" | "series"
    );
    !modifier && singular(word) != word
}

/// Verbs after a noun: "orders placed", "appointments using".
fn ends_phrase(words: &[Word], at: usize) -> bool {
    let lower = words[at].lower.as_str();
    let acts = lower.ends_with('s')
        && lexicon::verb(lower).is_some()
        && !lexicon::is_known_noun(&singular(lower));
    acts || (lower.ends_with("ed") && lower.len() > 4 && !lexicon::is_known_noun(lower))
        || (lower.ends_with("ing") && words.get(at + 1).is_some_and(|next| !next.breaks))
            && !lexicon::is_known_noun(lower)
}

/// Every noun phrase in `text`, verbs or not.
pub(super) fn nouns(text: &str) -> Vec<String> {
    let words = words(text);
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match chunk(&words, at) {
            Some(chunk) => {
                // "staff feed animals": a person and what they do are no part of a name.
                let doer = chunk.words.len() == PHRASE_WORDS_MAX
                    && lexicon::is_person(&singular(&chunk.words[0]));
                // "create workout plans" after its doer: the verb is no part either.
                let verb = lexicon::base_verb(&chunk.words[0]).is_some()
                    && !lexicon::is_known_noun(&chunk.words[0])
                    && chunk.words.len() > 1;
                out.extend(key(&chunk.words[if doer { 2 } else { usize::from(verb) }..]));
                at = chunk.next.max(at + 1);
            }
            None => at += 1,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str) -> Vec<String> {
        deeds(text).into_iter().map(|deed| deed.object).collect()
    }

    #[test]
    fn finds_objects_of_verbs() {
        for (text, expected) in [
            (
                "I want to browse properties, make enquiries, and track the status of my enquiries",
                vec!["property", "enquiry"],
            ),
            (
                "Restaurant owners manage menus and orders",
                vec!["menu", "order"],
            ),
            ("Allow adding menu items to a cart", vec!["menu item"]),
            ("Staff can approve leave requests", vec!["leave request"]),
            (
                "Lead management and expense tracking",
                vec!["lead", "expense"],
            ),
            ("View a customer's invoices", vec!["invoice"]),
            (
                "cadastrar produtos e fornecedores",
                vec!["produto", "fornecedor"],
            ),
            ("provide a great user experience", vec![]),
        ] {
            assert_eq!(objects(text), expected, "{text}");
        }
    }
}
