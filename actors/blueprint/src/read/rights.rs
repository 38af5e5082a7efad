//! Rights that the text states.
//!
//! Invariant: a right belongs to the role named nearest before its verb, in the same clause.

use super::doc::Doc;
use super::hints::{self, Keeping};
use super::lexicon;
use super::permissions::ALL;
use super::phrases::{self, Deed};
use super::roles;
use super::sections::SectionKind;
use super::words::{Word, singular, words};
use crate::model::{Action, AppModel, Role};
use crate::{Meter, Stopped};
use std::collections::BTreeMap;

/// What the text says about one role and one entity.
#[derive(Clone, Debug, Default)]
pub(super) struct Right {
    pub(super) actions: Vec<Action>,
    /// "their own".
    pub(super) own: bool,
    /// It makes rows, by a verb that says so.
    pub(super) makes: bool,
}

/// Rights that the text gives, by role and entity.
pub(super) type Stated = BTreeMap<(String, String), Right>;

/// Reads every right that the text gives.
pub(super) fn stated(
    doc: &Doc<'_>,
    model: &AppModel,
    keys: &BTreeMap<String, String>,
    meter: &Meter,
) -> Result<Stated, Stopped> {
    let mut out = Stated::new();
    for unit in &doc.units {
        meter.spend(8 + unit.text.len() as u64)?;
        let kind = doc.kind(unit.section);
        if kind.is_product() {
            let heading = if kind == SectionKind::Vision {
                ""
            } else {
                &doc.sections[unit.section].heading
            };
            sentence(&unit.text, heading, model, keys, &mut out);
        }
    }
    matrices(doc, model, keys, &mut out);
    Ok(out)
}

/// Who does what in one sentence.
fn sentence(
    text: &str,
    heading: &str,
    model: &AppModel,
    keys: &BTreeMap<String, String>,
    out: &mut Stated,
) {
    let story = super::stories::story(text);
    let told = story
        .as_ref()
        .map(|story| roles::actors(&story.role, &model.roles));
    let heading = roles::actors(heading, &model.roles);
    let all = words(text);
    for deed in &phrases::all_deeds_in(&all) {
        let Some(entity) = resolve(&deed.object, keys) else {
            continue;
        };
        let public =
            told.is_none() && deed.verb.action == Action::Read && is_public(&all[..deed.at]);
        let doers = match &told {
            _ if public => model
                .roles
                .iter()
                .filter(|role| !role.is_admin)
                .map(|role| role.id.clone())
                .collect(),
            Some(told) => told.clone(),
            None => doers(&text[..all[deed.at].start], &model.roles, &heading),
        };
        let into = made_instead(&all, deed, keys).filter(|place| *place != entity);
        for actor in doers {
            if let Some(place) = &into {
                let right = out.entry((actor.clone(), place.clone())).or_default();
                right.actions.push(Action::Create);
                right.makes = true;
                out.entry((actor, entity.clone()))
                    .or_default()
                    .actions
                    .push(Action::Read);
            } else {
                out.entry((actor, entity.clone()))
                    .or_default()
                    .add(deed, &all);
            }
        }
    }
    // "I want to see which forms are missing": what a story speaks of can be read.
    let wants = story
        .map(|story| phrases::nouns(&story.want))
        .unwrap_or_default();
    for entity in wants.iter().filter_map(|key| resolve(key, keys)) {
        for actor in told.iter().flatten() {
            out.entry((actor.clone(), entity.clone()))
                .or_default()
                .actions
                .push(Action::Read);
        }
    }
}

/// What a deed makes beside its object: "add products to the cart" a row of the cart, "book a class" a booking.
fn made_instead(all: &[Word], deed: &Deed, keys: &BTreeMap<String, String>) -> Option<String> {
    let first = |names: &[&str]| names.iter().find_map(|key| keys.get(*key).cloned());
    let signs =
        verb_is(all, deed, "sign") && all.get(deed.at + 1).is_some_and(|next| next.lower == "up");
    if signs {
        return first(&["sign up", "participation", "registration"]);
    }
    if verb_is(all, deed, "book") || verb_is(all, deed, "reserve") {
        return first(&["booking"]);
    }
    destination(all, deed).and_then(|place| resolve(&place, keys))
}

fn verb_is(all: &[Word], deed: &Deed, verb: &str) -> bool {
    all[deed.at].lower.trim_end_matches('s') == verb
}

/// What follows "to" after the object of adding or saving.
fn destination(all: &[Word], deed: &Deed) -> Option<String> {
    let verb = all[deed.at]
        .lower
        .trim_end_matches('s')
        .trim_end_matches("ing");
    let head = deed
        .object
        .rsplit(' ')
        .next()
        .filter(|_| matches!(verb, "add" | "save" | "put"))?;
    let mut near = deed.at + 1..all.len().min(deed.at + 6);
    let object = near.find(|at| singular(&all[*at].lower) == head)?;
    let to = all.get(object + 1)?;
    if to.breaks || !matches!(to.lower.as_str(), "to" | "into" | "in") {
        return None;
    }
    let rest = all[object + 2..]
        .iter()
        .take(4)
        .take_while(|word| !word.breaks);
    super::keys::key_of(
        &rest
            .map(|word| word.lower.as_str())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// "Visitors browse animals": everyone may.
fn is_public(before: &[Word]) -> bool {
    before
        .iter()
        .any(|word| lexicon::marks("right.public").contains(&word.lower.as_str()))
}

impl Right {
    /// Adds what a deed needs.
    fn add(&mut self, deed: &Deed, all: &[Word]) {
        let verb = all[deed.at].lower.as_str();
        let catalog =
            hints::nearest(&deed.object).is_some_and(|hint| hint.keeping == Keeping::Catalog);
        // Who books a room makes a booking, not a room.
        let takes = catalog && lexicon::marks("right.taking").contains(&verb.trim_end_matches('s'));
        let action = if takes {
            Action::Read
        } else {
            deed.verb.action
        };
        self.actions.push(action);
        if lexicon::marks("right.managing").contains(&verb) {
            self.actions.extend(ALL);
        }
        self.makes |= action == Action::Create;
        self.own |= is_own(all, deed);
    }
}

/// The roles that stand nearest before a verb, in its clause; else those of the heading.
fn doers(before: &str, roles: &[Role], heading: &[String]) -> Vec<String> {
    let clause = before.rsplit([';', '.']).next().unwrap_or(before);
    let named = roles::actors(clause, roles);
    if named.is_empty() {
        return heading.to_vec();
    }
    let lower = clause.to_lowercase();
    let place = |id: &String| {
        let label = roles
            .iter()
            .find(|role| role.id == *id)
            .map(|role| role.label.to_lowercase())
            .unwrap_or_default();
        lower.rfind(label.as_str()).unwrap_or_default()
    };
    let last = named.iter().map(place).max().unwrap_or_default();
    // "customers and clerks" act together; one named long before does not.
    named
        .into_iter()
        .filter(|id| place(id) + 32 > last)
        .collect()
}

/// Whether a possessive stands right before the object: "their orders", but not "orders of their shop".
fn is_own(all: &[Word], deed: &Deed) -> bool {
    let head = deed.object.rsplit(' ').next().unwrap_or_default();
    let owns = |word: &Word| {
        matches!(
            word.lower.as_str(),
            "their"
                | "own"
                | "my"
                | "her"
                | "his"
                | "seus"
                | "suas"
                | "meus"
                | "minhas"
                | "meu"
                | "minha"
                | "seu"
                | "sua"
                | "próprio"
                | "própria"
                | "próprios"
                | "próprias"
                | "sus"
                | "mis"
        )
    };
    all.iter()
        .enumerate()
        .skip(deed.at)
        .filter(|(_, word)| owns(word))
        .any(|(at, _)| {
            let near = all.iter().skip(at + 1).take(3).enumerate();
            near.take_while(|(place, word)| *place == 0 || !word.breaks)
                .any(|(_, word)| singular(&word.lower) == head)
        })
}

fn resolve(key: &str, keys: &BTreeMap<String, String>) -> Option<String> {
    keys.get(key)
        .or_else(|| hints::find(key).and_then(|hint| keys.get(&hint.key)))
        .or_else(|| key.rsplit_once(' ').and_then(|(_, last)| keys.get(last)))
        .or_else(|| {
            // "applications" where adoption applications are the only ones.
            let mut ending = keys
                .iter()
                .filter(|(known, _)| known.rsplit_once(' ').is_some_and(|(_, last)| last == key));
            ending
                .next()
                .filter(|_| ending.next().is_none())
                .map(|(_, name)| name)
        })
        .cloned()
}

/// Tables whose header names roles: a mark, or the words create, view, edit, in the cell.
fn matrices(doc: &Doc<'_>, model: &AppModel, keys: &BTreeMap<String, String>, out: &mut Stated) {
    for table in &doc.tables {
        let columns: Vec<(usize, String)> = table
            .header
            .iter()
            .enumerate()
            .skip(1)
            .filter_map(|(at, cell)| {
                roles::actors(cell, &model.roles)
                    .into_iter()
                    .next()
                    .map(|role| (at, role))
            })
            .collect();
        if columns.len() < 2 {
            continue;
        }
        for row in &table.rows {
            let Some(first) = row.cells.first() else {
                continue;
            };
            let deeds = phrases::deeds(first);
            let subjects: Vec<(String, Vec<Action>)> = if deeds.is_empty() {
                phrases::nouns(first)
                    .into_iter()
                    .map(|key| (key, vec![Action::Read]))
                    .collect()
            } else {
                deeds
                    .into_iter()
                    .map(|deed| (deed.object, vec![deed.verb.action]))
                    .collect()
            };
            for (at, role) in &columns {
                let cell = row
                    .cells
                    .get(*at)
                    .map(|cell| cell.to_lowercase())
                    .unwrap_or_default();
                let Some(named) = cell_actions(&cell) else {
                    continue;
                };
                for (key, actions) in &subjects {
                    let Some(entity) = resolve(&singular(key), keys) else {
                        continue;
                    };
                    let right = out.entry((role.clone(), entity)).or_default();
                    let given = if named.is_empty() { actions } else { &named };
                    right.makes |= given.contains(&Action::Create);
                    right.actions.extend(given);
                    right.own |= cell.contains("own") || cell.contains("própri");
                }
            }
        }
    }
}

/// Actions that a cell names; empty for a plain mark, nothing for a refusal.
fn cell_actions(cell: &str) -> Option<Vec<Action>> {
    let cell = cell.trim();
    if cell.is_empty() || lexicon::marks("right.refusals").contains(&cell) {
        return None;
    }
    if lexicon::has_mark("right.all", cell) {
        return Some(ALL.to_vec());
    }
    let letters = cell.len() <= 4
        && cell
            .chars()
            .all(|char| matches!(char, 'c' | 'r' | 'u' | 'd'));
    if letters {
        return Some(
            cell.chars()
                .map(|char| match char {
                    'c' => Action::Create,
                    'u' => Action::Update,
                    'd' => Action::Delete,
                    _ => Action::Read,
                })
                .collect(),
        );
    }
    Some(
        words(cell)
            .iter()
            .filter_map(|word| lexicon::verb(&word.lower))
            .map(|verb| verb.action)
            .collect(),
    )
}
