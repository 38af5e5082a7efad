//! Archetypes: what people usually keep about a thing.
//!
//! Invariant: a hint gives nothing unless a word of the text triggers it; its items say so by their origin and span.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::doc::Doc;
use super::draft::{Draft, EntityDraft, Evidence};
use super::exclusions::Excluded;
use super::fields;
use super::lexicon;
use super::states;
use super::words::{label, pieces, singular, snake};
use crate::model::{Field, FieldType, Origin};

/// Fields of one's own that make an archetype's fields superfluous.
const OWN_FIELDS_ENOUGH: usize = 3;

/// Whose rows they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// The person who made them.
    Owned,
    /// Staff keeps them, everyone reads.
    Catalog,
    /// Staff works on them.
    Record,
}

/// What people usually keep about a thing.
#[derive(Clone, Debug)]
pub(super) struct Hint {
    /// Key of the entity.
    pub(super) key: String,
    /// Whose rows they are.
    pub(super) keeping: Keeping,
    fields: &'static str,
    needs: &'static str,
}

struct Library {
    hints: Vec<Hint>,
    /// Trigger or key → hint.
    triggers: BTreeMap<String, usize>,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut hints: Vec<Hint> = Vec::new();
    let mut triggers = BTreeMap::new();
    for line in include_str!("../../../../config/lexicon/hints.txt").lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            let key = pieces(name).join(" ");
            triggers.entry(key.clone()).or_insert(hints.len());
            hints.push(Hint {
                key,
                keeping: Keeping::Owned,
                fields: "",
                needs: "",
            });
            continue;
        }
        let (Some(at), Some((word, rest))) = (hints.len().checked_sub(1), line.split_once(':'))
        else {
            continue;
        };
        match word {
            "on" => {
                for trigger in rest.split(',') {
                    triggers.entry(trigger.trim().to_owned()).or_insert(at);
                }
            }
            "kind" => {
                hints[at].keeping = match rest.trim() {
                    "catalog" => Keeping::Catalog,
                    "record" => Keeping::Record,
                    _ => Keeping::Owned,
                };
            }
            "fields" => hints[at].fields = rest.trim(),
            "needs" => hints[at].needs = rest.trim(),
            _ => {}
        }
    }
    Library { hints, triggers }
});

/// The hint that the key or phrase triggers.
pub(super) fn find(key: &str) -> Option<&'static Hint> {
    LIBRARY.triggers.get(key).map(|at| &LIBRARY.hints[*at])
}

/// The hint for `key`, or for the noun it ends in.
pub(super) fn nearest(key: &str) -> Option<&'static Hint> {
    // "workout plan" is no pricing plan: such nouns need their whole phrase.
    let ending = key.rsplit_once(' ').map(|(_, last)| last);
    let ending = ending.filter(|last| !lexicon::marks("hint.vague_endings").contains(last));
    find(key).or_else(|| ending.and_then(find))
}

/// Phrases of two to four words in `all` (singular, in order) that trigger a hint.
pub(super) fn phrases_in(all: &[String]) -> Vec<(usize, &'static Hint)> {
    let mut out = Vec::new();
    for at in 0..all.len() {
        for len in (2..=4).rev() {
            let Some(window) = all.get(at..at + len) else {
                continue;
            };
            if let Some(hint) = find(&window.join(" ")) {
                out.push((at, hint));
                break;
            }
        }
    }
    out
}

/// Adds entities that come along, where the text lists none of its own.
pub(super) fn add_needed(draft: &mut Draft, excluded: &Excluded, portuguese: bool) {
    // They come with English names.
    if draft.has_list() || portuguese {
        return;
    }
    for at in 0..draft.entities.len() {
        let Some(hint) = find(&draft.entities[at].key) else {
            continue;
        };
        let span = draft.entities[at].span.clone();
        for need in hint
            .needs
            .split(',')
            .map(str::trim)
            .filter(|need| !need.is_empty())
        {
            let key = pieces(need).join(" ");
            if !excluded.covers(&key) && draft.find(&key).is_none() {
                draft.entity(&key, Evidence::Hint, Origin::Archetype, &span);
            }
        }
    }
}

/// Gives entities with few fields of their own the usual ones.
pub(super) fn add_fields(doc: &Doc<'_>, draft: &mut Draft, portuguese: bool) {
    for at in 0..draft.entities.len() {
        let entity = &draft.entities[at];
        let hint = nearest(&entity.key);
        if let Some(hint) = hint
            && entity.owned.is_none()
        {
            draft.entities[at].owned = Some(hint.keeping == Keeping::Owned);
        }
        let enough = draft.entities[at].fields.len() >= OWN_FIELDS_ENOUGH;
        if enough && (hint.is_none() || draft.entities[at].evidence == Evidence::Listed) {
            complete_choice(draft, at, hint);
            continue;
        }
        let span = draft.entities[at].span.clone();
        let specs = hint.map_or_else(|| default_fields(&draft.entities[at]), |hint| hint.fields);
        let origin = if hint.is_some() {
            Origin::Archetype
        } else {
            Origin::Assumption
        };
        // What the text gives is enough where no archetype knows better.
        if hint.is_none() && !draft.entities[at].fields.is_empty() {
            continue;
        }
        for spec in specs
            .split(',')
            .map(str::trim)
            .filter(|spec| !spec.is_empty())
        {
            // What a thing belongs to is worth knowing even where the text tells its fields.
            if enough && !spec.contains("->") {
                continue;
            }
            let Some(mut field) = field(spec, draft, at) else {
                continue;
            };
            if portuguese && let Some(label) = lexicon::label_pt(field.name.trim_end_matches("_id"))
            {
                label.clone_into(&mut field.label);
            }
            field.trace = if origin == Origin::Assumption {
                crate::model::Trace {
                    confidence: Some(0.4),
                    ..Default::default()
                }
            } else {
                doc.trace(origin, &span)
            };
            add(&mut draft.entities[at], field);
        }
        complete_choice(draft, at, hint);
    }
}

/// A status that the text names without its values gets the usual ones.
fn complete_choice(draft: &mut Draft, at: usize, hint: Option<&Hint>) {
    let Some(hint) = hint else { return };
    for spec in hint
        .fields
        .split(',')
        .map(str::trim)
        .filter(|spec| spec.contains('=') && !spec.contains("->"))
    {
        let Some(usual) = field(spec, draft, at) else {
            continue;
        };
        if let Some(known) = draft.entities[at]
            .fields
            .iter_mut()
            .find(|known| known.name == usual.name && known.kind == FieldType::String)
        {
            known.kind = FieldType::Enum;
            known.required = usual.required;
            known.values = usual.values;
            known.max_length = None;
            known.trace.origin = Origin::Archetype;
        }
    }
}

/// Adds `field` unless the text says the same in other words.
fn add(entity: &mut EntityDraft, field: Field) {
    let titled = |name: &str| {
        matches!(
            name,
            "name" | "title" | "full_name" | "label" | "subject" | "nome" | "titulo" | "nombre"
        )
    };
    let same = entity.fields.iter().any(|known| {
        known.name == field.name
            || (titled(&known.name) && titled(&field.name))
            || (known.references.is_some() && known.references == field.references)
            || known.name.trim_end_matches('s') == field.name.trim_end_matches('s')
            || (known.kind == FieldType::Enum
                && field.kind == FieldType::Enum
                && known.values == field.values)
            || (known.kind == FieldType::Enum && known.name == "status" && field.name == "stage")
    });
    if !same {
        entity.fields.push(field);
    }
}

fn default_fields(entity: &EntityDraft) -> &'static str {
    let last = entity.key.rsplit(' ').next().unwrap_or_default();
    if lexicon::is_person(last) {
        "full_name!, email, phone, notes"
    } else {
        "name!, description"
    }
}

/// One field in the notation of the data file.
fn field(spec: &str, draft: &Draft, owner: usize) -> Option<Field> {
    let (head, target) = spec
        .split_once("->")
        .map_or((spec, None), |(head, target)| (head, Some(target)));
    let (head, values) = head
        .split_once('=')
        .map_or((head, None), |(head, values)| (head, Some(values)));
    let required = head.contains('!');
    let head = head.replace('!', "");
    let (name, kind) = head
        .split_once(':')
        .map_or((head.as_str(), None), |(name, kind)| (name, Some(kind)));
    let mut field = fields::named(name)?;
    field.required = required;
    if let Some(kind) = kind.and_then(lexicon::field_type) {
        field.kind = kind;
    }
    if let Some(values) = values {
        field.kind = FieldType::Enum;
        field.required = required || values.contains('>');
        field.values = values.split(['/', '>']).map(str::to_owned).collect();
    }
    if let Some(target) = target {
        let key = pieces(target).join(" ");
        // The text may have its own word for the target: "reservation" for a booking.
        let own = || {
            draft
                .entities
                .iter()
                .position(|entity| find(&entity.key).is_some_and(|hint| hint.key == key))
        };
        let found = draft
            .find(&key)
            .or_else(own)
            .filter(|found| *found != owner)?;
        let key = draft.entities[found].key.clone();
        let name = snake(&key)?;
        field = Field {
            name: format!("{name}_id"),
            label: label(&name),
            kind: FieldType::Uuid,
            required,
            references: Some(key),
            ..Field::default()
        };
    }
    fields::fit(&mut field);
    Some(field)
}

/// Life cycles of the archetypes, for entities whose status came from them.
pub(super) fn add_states(draft: &mut Draft) {
    for entity in &mut draft.entities {
        let Some(hint) = nearest(&entity.key).filter(|_| entity.states.is_none()) else {
            continue;
        };
        let spec = hint
            .fields
            .split(',')
            .map(str::trim)
            .find(|spec| spec.contains('>') && spec.contains('=') && !spec.contains("->"));
        let Some((name, values)) = spec.and_then(|spec| spec.split_once('=')) else {
            continue;
        };
        let values: Vec<String> = values.split('>').map(str::to_owned).collect();
        let name = name.trim_end_matches('!');
        if entity
            .fields
            .iter()
            .any(|field| field.name == name && field.values == values)
        {
            entity.states = Some(states::sequence(name, &values));
        }
    }
}

/// Singular words of a sentence, for [`phrases_in`].
pub(super) fn singulars(text: &str) -> Vec<String> {
    super::words::words(text)
        .iter()
        .map(|word| singular(&word.lower))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_well_formed() {
        let draft = Draft::default();
        for hint in &LIBRARY.hints {
            let own: Vec<&str> = hint
                .fields
                .split(',')
                .map(str::trim)
                .filter(|spec| !spec.contains("->"))
                .collect();
            assert!(!own.is_empty(), "{}", hint.key);
            for spec in own {
                let field = field(spec, &draft, 0).unwrap_or_else(|| panic!("{} {spec}", hint.key));
                assert!(
                    field.kind != FieldType::Enum || field.values.len() > 1,
                    "{} {spec}",
                    hint.key
                );
            }
            for need in hint
                .needs
                .split(',')
                .map(str::trim)
                .filter(|need| !need.is_empty())
            {
                assert!(find(&pieces(need).join(" ")).is_some(), "{need}");
            }
            let references = hint
                .fields
                .split(',')
                .filter_map(|spec| spec.split_once("->"));
            assert!(
                references
                    .clone()
                    .all(|(_, target)| pieces(target).join(" ") != hint.key)
            );
        }
    }
}
