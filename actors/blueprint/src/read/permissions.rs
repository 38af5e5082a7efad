//! Who may do what.
//!
//! Invariant: the administrator may do everything; a right on own rows exists only where rows have owners; whoever may
//! change rows may read them.

use std::collections::BTreeMap;

use super::doc::Doc;
use super::hints::{self, Keeping};
use super::lexicon;
use super::rights::{Right, stated};
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
