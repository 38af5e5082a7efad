//! Who may do what.
//!
//! Invariant: the administrator may do everything; a right on own rows exists only where rows have owners; whoever may
//! change rows may read them.

use std::collections::BTreeMap;

use super::doc::Doc;
use super::hints::{self, Keeping};
use super::lexicon;
use super::phrases::{self, Deed};
use super::roles;
use super::sections::SectionKind;
use super::words::{Word, pieces, singular, words};
use crate::model::{Action, AppModel, Entity, Permission, Role, Scope};
use crate::{Meter, Stopped};

const ALL: [Action; 4] = [Action::Create, Action::Read, Action::Update, Action::Delete];

/// What the text says about one role and one entity.
#[derive(Clone, Debug, Default)]
struct Right {
    actions: Vec<Action>,
    /// "their own".
    own: bool,
    /// It makes rows, by a verb that says so.
    makes: bool,
}

/// Rights that the text gives, by role and entity.
type Stated = BTreeMap<(String, String), Right>;

/// Builds the matrix. Returns whether parts of it were assumed.
pub(super) fn read(
    doc: &Doc<'_>,
    model: &mut AppModel,
    keys: &BTreeMap<String, String>,
    meter: &Meter,
) -> Result<bool, Stopped> {
    let stated = stated(doc, model, keys, meter)?;
    let people: Vec<&Role> = model.roles.iter().filter(|role| !role.is_admin).collect();
    let mut assumed = false;
    let mut rows: BTreeMap<(String, String), Permission> = BTreeMap::new();
    let mut open: Vec<(usize, &Role, &Entity)> = Vec::new();
    for (at, role) in people.iter().enumerate() {
        for entity in &model.entities {
            match stated.get(&(role.id.clone(), entity.name.clone())) {
                Some(right) => {
                    let others = people
                        .iter()
                        .filter(|other| other.id != role.id)
                        .filter_map(|other| stated.get(&(other.id.clone(), entity.name.clone())));
                    let (actions, scope) = granted(
                        right,
                        others.clone().any(|other| other.makes),
                        others.count() == 0,
                        role,
                        entity,
                    );
                    insert(&mut rows, role, entity, actions, scope);
                }
                None => open.push((at, role, entity)),
            }
        }
    }
    for (at, role, entity) in open {
        assumed = true;
        let spoken = people
            .iter()
            .any(|other| stated.contains_key(&(other.id.clone(), entity.name.clone())));
        let ruled = !spoken && entity.owned && stated.keys().any(|(_, name)| *name == entity.name);
        if ruled {
            // Administrators keep it for everyone.
            insert(&mut rows, role, entity, vec![Action::Read], Scope::All);
            continue;
        }
        let parts = if spoken {
            None
        } else {
            inherited(&rows, role, entity)
        };
        let (actions, scope) =
            parts.unwrap_or_else(|| by_default(entity, role, at == 0, spoken, people.len() == 1));
        insert(&mut rows, role, entity, actions, scope);
    }
    let made: Vec<String> = rows
        .values()
        .filter(|row| row.actions.contains(&Action::Create))
        .map(|row| row.entity.clone())
        .collect();
    for row in rows
        .values_mut()
        .filter(|row| row.actions.contains(&Action::Update) && !made.contains(&row.entity))
    {
        // Whoever works with what nobody else makes, makes it.
        row.actions.insert(0, Action::Create);
    }
    let mut out = Vec::new();
    for role in &model.roles {
        for entity in &model.entities {
            if role.is_admin {
                out.push(Permission {
                    role: role.id.clone(),
                    entity: entity.name.clone(),
                    actions: ALL.to_vec(),
                    scope: Scope::All,
                });
            } else {
                out.extend(rows.remove(&(role.id.clone(), entity.name.clone())));
            }
        }
    }
    model.permissions = out;
    Ok(assumed)
}

fn insert(
    rows: &mut BTreeMap<(String, String), Permission>,
    role: &Role,
    entity: &Entity,
    actions: Vec<Action>,
    scope: Scope,
) {
    if !actions.is_empty() {
        let row = Permission {
            role: role.id.clone(),
            entity: entity.name.clone(),
            actions,
            scope,
        };
        rows.insert((role.id.clone(), entity.name.clone()), row);
    }
}

/// A stated right. Who makes rows has their own; who only works on other people's rows needs all of them.
fn granted(
    right: &Right,
    others_make: bool,
    alone: bool,
    role: &Role,
    entity: &Entity,
) -> (Vec<Action>, Scope) {
    let looks = right.actions.iter().all(|action| *action == Action::Read);
    if right.own && !entity.owned && looks && !alone {
        // Their rows can not be told from others' where someone else makes them.
        return (Vec::new(), Scope::All);
    }
    let owner = entity
        .owner_role
        .as_deref()
        .is_none_or(|owner| owner == role.id);
    let makes = right.makes || (right.actions.contains(&Action::Create) && (!others_make || alone));
    let own =
        entity.owned && ((right.own && (right.makes || looks || !others_make)) || (makes && owner));
    let mut actions = right.actions.clone();
    actions.push(Action::Read);
    // Whoever makes rows may mend them.
    if actions.contains(&Action::Create) {
        actions.push(Action::Update);
    }
    if own && makes {
        actions.push(Action::Delete);
    }
    actions.sort();
    actions.dedup();
    (actions, if own { Scope::Own } else { Scope::All })
}

/// Parts follow what they are part of: order items the order.
fn inherited(
    rows: &BTreeMap<(String, String), Permission>,
    role: &Role,
    entity: &Entity,
) -> Option<(Vec<Action>, Scope)> {
    let parent = entity
        .fields
        .iter()
        .find(|field| field.required && field.references.is_some())?
        .references
        .clone()?;
    let row = rows.get(&(role.id.clone(), parent))?;
    let scope = if entity.owned { row.scope } else { Scope::All };
    // Reading a catalogue gives no right to its parts' making.
    let makes = row.actions.contains(&Action::Create) || !entity.owned || row.scope == Scope::All;
    (makes && scope == row.scope)
        .then(|| (row.actions.clone(), scope))
        .filter(|(actions, _)| actions.len() > 1 || !entity.owned)
}

fn by_default(
    entity: &Entity,
    role: &Role,
    first: bool,
    spoken: bool,
    only: bool,
) -> (Vec<Action>, Scope) {
    let keeping = hints::nearest(&pieces(&entity.name).join(" ")).map(|hint| hint.keeping);
    if entity.owned {
        // Where the text says who works with it, the others stay out.
        let clerk = !first && lexicon::newbie_rank(&role.id.replace('_', " ")).is_none();
        if !spoken && clerk && entity.states.is_some() {
            // A life cycle means that someone other than the maker acts on it.
            return (vec![Action::Read, Action::Update], Scope::All);
        }
        return if spoken {
            (Vec::new(), Scope::Own)
        } else {
            (ALL.to_vec(), Scope::Own)
        };
    }
    match keeping {
        // What others are named to work with is not everyone's to read, unless it is a catalogue.
        Some(Keeping::Record) | None if spoken => (Vec::new(), Scope::All),
        Some(Keeping::Record) if first && !only => (Vec::new(), Scope::All),
        Some(Keeping::Record) => (
            vec![Action::Create, Action::Read, Action::Update],
            Scope::All,
        ),
        None if only => (
            vec![Action::Create, Action::Read, Action::Update],
            Scope::All,
        ),
        _ => (vec![Action::Read], Scope::All),
    }
}

fn stated(
    doc: &Doc<'_>,
    model: &AppModel,
    keys: &BTreeMap<String, String>,
    meter: &Meter,
) -> Result<Stated, Stopped> {
    let mut out = Stated::new();
    for unit in &doc.units {
        meter.spend(8 + unit.text.len() as u64)?;
        let kind = doc.kind(unit.section);
        if !kind.is_product() {
            continue;
        }
        let heading = if kind == SectionKind::Vision {
            Vec::new()
        } else {
            roles::actors(&doc.sections[unit.section].heading, &model.roles)
        };
        let story = super::stories::story(&unit.text);
        let told = story
            .as_ref()
            .map(|story| roles::actors(&story.role, &model.roles));
        let all = words(&unit.text);
        let deeds = phrases::all_deeds_in(&all);
        for deed in &deeds {
            let Some(entity) = resolve(&deed.object, keys) else {
                continue;
            };
            let verb = &all[deed.at];
            let doers = told
                .clone()
                .unwrap_or_else(|| doers(&unit.text[..verb.start], &model.roles, &heading));
            let public = told.is_none()
                && deed.verb.action == Action::Read
                && ["visitor", "anyone", "everyone", "people", "public"]
                    .iter()
                    .any(|word| {
                        all[..deed.at]
                            .iter()
                            .any(|other| singular(&other.lower) == *word || other.lower == *word)
                    });
            let everyone = || {
                model
                    .roles
                    .iter()
                    .filter(|role| !role.is_admin)
                    .map(|role| role.id.clone())
                    .collect()
            };
            for actor in if public { everyone() } else { doers } {
                let right = out.entry((actor, entity.clone())).or_default();
                // Who books a room makes a booking, not a room.
                let takes = TAKING.contains(&verb.lower.trim_end_matches('s'))
                    && hints::nearest(&deed.object)
                        .is_some_and(|hint| hint.keeping == Keeping::Catalog);
                let action = if takes {
                    Action::Read
                } else {
                    deed.verb.action
                };
                right.actions.push(action);
                if MANAGING.contains(&verb.lower.as_str()) {
                    right.actions.extend(ALL);
                }
                right.makes |= action == Action::Create;
                right.own |= is_own(&all, deed);
            }
        }
        // "I want to see which forms are missing": what a story speaks of can be read.
        if let (Some(story), Some(told)) = (story, told) {
            for entity in phrases::nouns(&story.want)
                .iter()
                .filter_map(|key| resolve(key, keys))
            {
                for actor in &told {
                    out.entry((actor.clone(), entity.clone()))
                        .or_default()
                        .actions
                        .push(Action::Read);
                }
            }
        }
    }
    matrices(doc, model, keys, &mut out);
    Ok(out)
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

/// Verbs that stand for all four actions.
const MANAGING: &[&str] = &[
    "manage",
    "manages",
    "maintain",
    "maintains",
    "administer",
    "gerenciar",
    "gerenciam",
    "gerencia",
    "gerir",
    "managing",
    "management",
    "gestionar",
];

/// Verbs whose object is there already.
const TAKING: &[&str] = &[
    "book", "rent", "hire", "reserve", "buy", "order", "purchase", "borrow", "reservar", "comprar",
    "start", "join", "report", "place",
];

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
    if cell.is_empty()
        || [
            "-", "–", "—", "no", "none", "❌", "✗", "✘", "n", "não", "n/a",
        ]
        .contains(&cell)
    {
        return None;
    }
    if ["full", "all", "crud", "manage", "everything", "tudo"]
        .iter()
        .any(|word| cell.contains(word))
    {
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
