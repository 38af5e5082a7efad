//! Who may do what.
//!
//! Invariant: the administrator may do everything; a right on own rows exists only where rows have owners; whoever may
//! change rows may read them.

use std::collections::BTreeMap;

use super::doc::Doc;
use super::hints::{self, Keeping};
use super::lexicon;
use super::phrases;
use super::roles;
use super::sections::SectionKind;
use super::words::{pieces, singular, words};
use crate::model::{Action, AppModel, Permission, Scope};
use crate::{Meter, Stopped};

const ALL: [Action; 4] = [Action::Create, Action::Read, Action::Update, Action::Delete];

/// Rights that the text gives: (role, entity) → actions, and whether it says "own".
type Stated = BTreeMap<(String, String), (Vec<Action>, bool)>;

/// Builds the matrix. Returns whether parts of it were assumed.
pub(super) fn read(doc: &Doc<'_>, model: &mut AppModel, keys: &BTreeMap<String, String>, meter: &Meter) -> Result<bool, Stopped> {
    let stated = stated(doc, model, keys, meter)?;
    let mut assumed = false;
    let mut rows = Vec::new();
    let staff = model.roles.iter().filter(|role| !role.is_admin).count();
    for (at, role) in model.roles.iter().enumerate() {
        for entity in &model.entities {
            let given = stated.get(&(role.id.clone(), entity.name.clone()));
            if role.is_admin {
                rows.push(Permission { role: role.id.clone(), entity: entity.name.clone(), actions: ALL.to_vec(), scope: Scope::All });
                continue;
            }
            let anyone = stated.keys().any(|(_, name)| *name == entity.name);
            let key = pieces(&entity.name).join(" ");
            let keeping = hints::nearest(&key).map(|hint| hint.keeping);
            let (actions, scope) = match given {
                Some((actions, own)) => granted(actions, *own || (entity.owned && entity.owner_role.as_deref().is_none_or(|owner| owner == role.id) && actions.contains(&Action::Create)), entity.owned),
                None => {
                    assumed = true;
                    let first = at == 0;
                    by_default(entity.owned, keeping, first, anyone, staff == 1)
                }
            };
            if !actions.is_empty() {
                rows.push(Permission { role: role.id.clone(), entity: entity.name.clone(), actions, scope });
            }
        }
    }
    model.permissions = rows;
    Ok(assumed)
}

fn granted(actions: &[Action], own: bool, owned: bool) -> (Vec<Action>, Scope) {
    let mut all = actions.to_vec();
    all.push(Action::Read);
    // Whoever makes rows may mend them.
    if all.contains(&Action::Create) {
        all.push(Action::Update);
    }
    if own && owned {
        all.push(Action::Delete);
    }
    all.sort();
    all.dedup();
    (all, if own && owned { Scope::Own } else { Scope::All })
}

fn by_default(owned: bool, keeping: Option<Keeping>, first: bool, stated: bool, only: bool) -> (Vec<Action>, Scope) {
    if owned {
        // Where the text says who works with it, the others stay out.
        return if stated && !first { (Vec::new(), Scope::Own) } else { (ALL.to_vec(), Scope::Own) };
    }
    match keeping {
        _ if only && keeping != Some(Keeping::Catalog) => (vec![Action::Create, Action::Read, Action::Update], Scope::All),
        Some(Keeping::Record) if first && !only => (Vec::new(), Scope::All),
        Some(Keeping::Record) => (vec![Action::Create, Action::Read, Action::Update], Scope::All),
        _ => (vec![Action::Read], Scope::All),
    }
}

fn stated(doc: &Doc<'_>, model: &AppModel, keys: &BTreeMap<String, String>, meter: &Meter) -> Result<Stated, Stopped> {
    let mut out = Stated::new();
    for unit in &doc.units {
        meter.spend(4 + unit.text.len() as u64 / 4)?;
        let kind = doc.kind(unit.section);
        if !kind.is_product() {
            continue;
        }
        let mut actors = roles::actors(&subject_part(&unit.text), &model.roles);
        if actors.is_empty() && matches!(kind, SectionKind::Roles | SectionKind::Features | SectionKind::Requirements | SectionKind::Permissions | SectionKind::Other) {
            actors = roles::actors(&doc.sections[unit.section].heading, &model.roles);
        }
        if actors.is_empty() {
            continue;
        }
        let lower = unit.text.to_lowercase();
        let own = [" own ", " their ", " my ", " his or her ", "seus ", "suas ", "próprio"].iter().any(|word| lower.contains(word));
        for deed in phrases::deeds(&unit.text) {
            let Some(entity) = resolve(&deed.object, keys) else { continue };
            let all = words(&unit.text).get(deed.at).is_some_and(|word| matches!(word.lower.as_str(), "manage" | "manages" | "maintain" | "administer" | "gerenciar" | "gerir" | "managing" | "management" | "oversee"));
            for actor in &actors {
                let row = out.entry((actor.clone(), entity.clone())).or_insert_with(|| (Vec::new(), own));
                row.0.push(deed.verb.action);
                if all {
                    row.0.extend(ALL);
                }
                row.1 |= own;
            }
        }
    }
    matrices(doc, model, keys, &mut out);
    Ok(out)
}

/// What stands before the reason of a story and after nothing: the doer's half.
fn subject_part(text: &str) -> String {
    if let Some(story) = super::stories::story(text) {
        return story.role;
    }
    let cut = ["so that", " can ", " may ", " must ", " to ", " pode ", " podem ", " puede "].iter().filter_map(|mark| text.find(mark)).min();
    let head = cut.map_or(text, |at| &text[..at]);
    if head.split_whitespace().count() <= 8 { head.to_owned() } else { head.split(',').next().unwrap_or(head).to_owned() }
}

fn resolve(key: &str, keys: &BTreeMap<String, String>) -> Option<String> {
    keys.get(key)
        .or_else(|| hints::find(key).and_then(|hint| keys.get(&hint.key)))
        .or_else(|| key.rsplit_once(' ').and_then(|(_, last)| keys.get(last)))
        .cloned()
}

/// Tables whose header names roles: a mark, or the words create, view, edit, in the cell.
fn matrices(doc: &Doc<'_>, model: &AppModel, keys: &BTreeMap<String, String>, out: &mut Stated) {
    for table in &doc.tables {
        let columns: Vec<(usize, String)> = table.header.iter().enumerate().skip(1).filter_map(|(at, cell)| roles::actors(cell, &model.roles).into_iter().next().map(|role| (at, role))).collect();
        if columns.len() < 2 {
            continue;
        }
        for row in &table.rows {
            let Some(first) = row.cells.first() else { continue };
            let deeds = phrases::deeds(first);
            let subjects: Vec<(String, Vec<Action>)> = if deeds.is_empty() {
                phrases::nouns(first).into_iter().map(|key| (key, vec![Action::Read])).collect()
            } else {
                deeds.into_iter().map(|deed| (deed.object, vec![deed.verb.action])).collect()
            };
            for (at, role) in &columns {
                let cell = row.cells.get(*at).map(|cell| cell.to_lowercase()).unwrap_or_default();
                let Some(cell_actions) = cell_actions(&cell) else { continue };
                for (key, actions) in &subjects {
                    if let Some(entity) = resolve(&singular(key), keys) {
                        let row = out.entry((role.clone(), entity)).or_insert_with(|| (Vec::new(), false));
                        row.0.extend(if cell_actions.is_empty() { actions } else { &cell_actions });
                        row.1 |= cell.contains("own");
                    }
                }
            }
        }
    }
}

/// Actions that a cell names; empty for a plain mark, nothing for a refusal.
fn cell_actions(cell: &str) -> Option<Vec<Action>> {
    let cell = cell.trim();
    if cell.is_empty() || ["-", "–", "—", "no", "none", "❌", "✗", "✘", "n", "não", "n/a"].contains(&cell) {
        return None;
    }
    if ["full", "all", "crud", "manage", "everything", "tudo"].iter().any(|word| cell.contains(word)) {
        return Some(ALL.to_vec());
    }
    let letters = cell.len() <= 4 && cell.chars().all(|char| matches!(char, 'c' | 'r' | 'u' | 'd'));
    if letters {
        return Some(cell.chars().map(|char| match char { 'c' => Action::Create, 'u' => Action::Update, 'd' => Action::Delete, _ => Action::Read }).collect());
    }
    Some(words(cell).iter().filter_map(|word| lexicon::verb(&word.lower)).map(|verb| verb.action).collect())
}
