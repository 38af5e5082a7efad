//! Who may do what.
//!
//! Invariant: the administrator may do everything; a right on own rows exists only where rows have owners; whoever may
//! change rows may read them.

use std::collections::{BTreeMap, BTreeSet};

use super::doc::Doc;
use super::hints::{self, Keeping};
use super::lexicon;
use super::rights::{Right, Stated, stated};
use super::words::pieces;
use crate::model::{Action, AppModel, Entity, Permission, Role, Scope};
use crate::{Meter, Stopped};

pub(super) const ALL: [Action; 4] = [Action::Create, Action::Read, Action::Update, Action::Delete];

/// Builds the matrix. Returns whether parts of it were assumed.
pub(super) fn read(
    doc: &Doc<'_>,
    model: &mut AppModel,
    keys: &BTreeMap<String, String>,
    meter: &Meter,
) -> Result<bool, Stopped> {
    let stated = stated(doc, model, keys, meter)?;
    let people = people(&model.roles);
    for entity in &mut model.entities {
        entity.owned |= keeping(entity).is_none() && is_personal(entity, &people, &stated);
    }
    let mut matrix = Matrix {
        rows: BTreeMap::new(),
        stated,
        people,
    };
    let mut open: Vec<(&Role, &Entity)> = Vec::new();
    for role in model.roles.iter().filter(|role| !role.is_admin) {
        for entity in &model.entities {
            if !matrix.grant(role, entity) {
                open.push((role, entity));
            }
        }
    }
    for (role, entity) in &open {
        matrix.assume(role, entity);
    }
    matrix.let_workers_make();
    let assumed = !open.is_empty();
    let mut out = Vec::new();
    for role in &model.roles {
        for entity in &model.entities {
            if role.is_admin {
                out.push(row(role, entity, ALL.to_vec(), Scope::All));
            } else {
                out.extend(matrix.rows.remove(&cell(&role.id, entity)));
            }
        }
    }
    model.permissions = out;
    Ok(assumed)
}

/// Whether rows are their maker's own where nothing else says whose they are: newcomers alone make them, or there is but
/// one kind of people. A join belongs to what it joins.
fn is_personal(entity: &Entity, people: &[String], stated: &Stated) -> bool {
    let join = entity
        .fields
        .iter()
        .filter(|field| field.required && field.references.is_some())
        .count()
        >= 2;
    let mut makers = people
        .iter()
        .filter(|id| {
            stated
                .get(&cell(id, entity))
                .is_some_and(|right| right.makes)
        })
        .peekable();
    let made = makers.peek().is_some() && makers.all(|id| is_newcomer(id));
    !join && (made || people.len() == 1)
}

/// Whether people get the role by signing up.
fn is_newcomer(role: &str) -> bool {
    lexicon::newbie_rank(&role.replace('_', " ")).is_some()
}

fn people(roles: &[Role]) -> Vec<String> {
    roles
        .iter()
        .filter(|role| !role.is_admin)
        .map(|role| role.id.clone())
        .collect()
}

fn cell(role: &str, entity: &Entity) -> (String, String) {
    (role.to_owned(), entity.name.clone())
}

fn row(role: &Role, entity: &Entity, actions: Vec<Action>, scope: Scope) -> Permission {
    Permission {
        role: role.id.clone(),
        entity: entity.name.clone(),
        actions,
        scope,
    }
}

/// The matrix while it grows.
struct Matrix {
    rows: BTreeMap<(String, String), Permission>,
    stated: Stated,
    /// Ids of the roles that are no administrators; new users get the first.
    people: Vec<String>,
}

impl Matrix {
    fn insert(&mut self, role: &Role, entity: &Entity, actions: Vec<Action>, scope: Scope) {
        if !actions.is_empty() {
            self.rows
                .insert(cell(&role.id, entity), row(role, entity, actions, scope));
        }
    }

    /// What the text gives; whether it gives anything.
    fn grant(&mut self, role: &Role, entity: &Entity) -> bool {
        let Some(right) = self.stated.get(&cell(&role.id, entity)) else {
            return false;
        };
        let others = self.people.iter().filter(|id| **id != role.id);
        let others: Vec<&Right> = others
            .filter_map(|id| self.stated.get(&cell(id, entity)))
            .collect();
        let others_make = others.iter().any(|other| other.makes);
        let (actions, scope) = granted(right, others_make, others.is_empty(), role, entity);
        self.insert(role, entity, actions, scope);
        true
    }

    /// What seems usual where the text is silent.
    fn assume(&mut self, role: &Role, entity: &Entity) {
        let spoken = self
            .people
            .iter()
            .any(|id| self.stated.contains_key(&cell(id, entity)));
        let ruled = self.stated.keys().any(|(_, name)| *name == entity.name);
        let (actions, scope) = if !spoken && ruled && entity.owned {
            // Administrators keep it for everyone, unless it is what newcomers make.
            if is_newcomer(&role.id) {
                (ALL.to_vec(), Scope::Own)
            } else {
                (vec![Action::Read], Scope::All)
            }
        } else if !spoken && ruled {
            // What administrators are named for is theirs; a catalogue is there to be read.
            let catalog = keeping(entity) == Some(Keeping::Catalog);
            (
                if catalog {
                    vec![Action::Read]
                } else {
                    Vec::new()
                },
                Scope::All,
            )
        } else {
            let parts = if spoken {
                None
            } else {
                inherited(&self.rows, role, entity)
            };
            parts.unwrap_or_else(|| self.usual(role, entity, spoken))
        };
        self.insert(role, entity, actions, scope);
    }

    /// Whoever works with what nobody else makes, makes it.
    fn let_workers_make(&mut self) {
        let makes = |row: &&Permission| row.actions.contains(&Action::Create);
        let made: BTreeSet<String> = self
            .rows
            .values()
            .filter(makes)
            .map(|row| row.entity.clone())
            .collect();
        for row in self
            .rows
            .values_mut()
            .filter(|row| !made.contains(&row.entity))
        {
            if row.actions.contains(&Action::Update) {
                row.actions.insert(0, Action::Create);
            }
        }
    }

    fn usual(&self, role: &Role, entity: &Entity, spoken: bool) -> (Vec<Action>, Scope) {
        let first = self.people.first() == Some(&role.id);
        let only = self.people.len() == 1;
        let keeping = keeping(entity);
        if entity.owned {
            let is_clerk = |id: &str| !is_newcomer(id);
            let speaks = |id: &&String| self.stated.contains_key(&cell(id, entity));
            // Makers alone do not end a life cycle that someone has to act on.
            let worked =
                entity.states.is_none() || self.people.iter().filter(speaks).any(|id| is_clerk(id));
            let clerk = !first && is_clerk(&role.id);
            return match (spoken && worked, clerk && entity.states.is_some()) {
                // A life cycle means that someone other than the maker acts on it.
                (false, true) => (vec![Action::Read, Action::Update], Scope::All),
                (false, false) => (ALL.to_vec(), Scope::Own),
                // Where the text says who works with it, the others stay out.
                (true, _) => (Vec::new(), Scope::Own),
            };
        }
        let work = vec![Action::Create, Action::Read, Action::Update];
        let actions = match keeping {
            // What others are named to work with is not everyone's to read, unless it is a catalogue.
            Some(Keeping::Record) | None if spoken => Vec::new(),
            Some(Keeping::Record) if first && !only => Vec::new(),
            Some(Keeping::Record) => work,
            None if only => work,
            _ => vec![Action::Read],
        };
        (actions, Scope::All)
    }
}

/// Whose rows the archetype of an entity says they are.
fn keeping(entity: &Entity) -> Option<Keeping> {
    hints::nearest(&pieces(&entity.name).join(" ")).map(|hint| hint.keeping)
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
    // A newcomer who changes what nobody else makes changes their own.
    let mends = is_newcomer(&role.id) && !others_make && !looks;
    let said = right.own && (right.makes || looks || !others_make);
    let own = entity.owned && (said || mends || (makes && owner));
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
