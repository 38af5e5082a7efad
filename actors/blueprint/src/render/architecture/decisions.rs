//! Architecture decisions `AD-n`: what they bind, what they prevent, the rule to follow.
//!
//! Invariant: every functional requirement, non-functional requirement, constraint and exclusion is bound by a decision.

use serde_json::{Value, json};

use super::super::view::View;
use crate::model::{AppModel, Scope};
use crate::screens::ScreenKind;

/// One decision.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) id: String,
    pub(super) title: &'static str,
    pub(super) binds: Vec<String>,
    pub(super) prevents: &'static str,
    pub(super) rule: &'static str,
    pub(super) consequences: &'static str,
}

impl Decision {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "title": self.title, "binds": self.binds, "prevents": self.prevents,
            "rule": self.rule, "consequences": self.consequences,
        })
    }
}

/// Title, prevents, rule, consequences.
type Words = [&'static str; 4];

const RLS: Words = [
    "The database enforces every right",
    "A page, a script or a forgotten check that shows rows to the wrong person",
    "Every table has row-level security on; a right that is not in the permission matrix has no policy",
    "Pages hide what a role may not do, but never protect anything",
];
const ROLES: Words = [
    "Roles live in their own table",
    "A person who gives themselves a role by changing their own profile",
    "Roles are rows of user_roles, read by the security-definer function has_role; only administrators write them",
    "A change of role holds from the next request",
];
const OWNER: Words = [
    "Ownership is a column, set from the session",
    "Rows made in the name of somebody else",
    "Owned tables have owner_id; policies with scope “own” compare it with auth.uid()",
    "Handing a row over is an action of its own, not an edit",
];
const STATES: Words = [
    "State changes follow a table of moves",
    "States that are skipped, or moved by the wrong role",
    "A state field changes only along the moves of section 7; pages offer exactly these moves as buttons",
    "A new move is a change of the model and of the migration",
];
const FORMS: Words = [
    "One schema per entity",
    "Forms, interface and database that disagree about what is valid",
    "Forms and answers are parsed by the same schema; the migration carries the same limits as constraints",
    "A changed limit is changed in the model and generated in both places",
];
const LISTS: Words = [
    "Lists are paged and indexed",
    "Pages that get slow when data grows",
    "No list asks for more than one page; foreign keys, owners and state fields have indexes",
    "Totals over all rows are computed in the database",
];
const TOKENS: Words = [
    "Semantic tokens only",
    "Colours without contrast and themes that drift apart",
    "Components use token names, never raw colours; every used pair has its computed contrast in the UX specification",
    "A new brand colour is one change",
];
const PORT: Words = [
    "Data access behind one interface",
    "Pages that can only be tried against a hosted database",
    "Pages call the repository interface; it has a memory implementation for preview and tests and one for Supabase",
    "The memory implementation follows the same rights as the policies",
];
const PRIVACY: Words = [
    "Personal data is marked and minimal",
    "Personal data in logs, in addresses or with people who do not need it",
    "Fields marked as personal are read only through the policies of their table and never written to logs",
    "Deleting a person deletes or detaches their rows",
];
const SCOPE: Words = [
    "What is excluded stays out",
    "Features that come in unasked",
    "No table, screen or endpoint exists for an exclusion; a wish for one reopens the requirements",
    "Exclusions are reviewed with each release",
];
const SHELL: Words = [
    "A page application over a hosted database",
    "A server of our own to write, run and secure before the first feature",
    "Pages are static files; all data goes through the REST interface of Supabase under the session of the person",
    "Work that needs secrets or long running time needs a server function and a decision of its own",
];

/// All decisions that this application needs, numbered.
pub(super) fn decisions(view: &View) -> Vec<Decision> {
    let model = view.model;
    let mut made: Vec<(Words, Vec<String>)> = vec![(SHELL, Vec::new())];
    let nfr = |categories: &[&str], aspects: &[&str]| -> Vec<String> {
        let hit = |n: &&crate::model::NonFunctional| {
            categories.contains(&n.category.as_str()) || aspects.contains(&n.aspect.as_str())
        };
        model
            .non_functional
            .iter()
            .filter(hit)
            .map(|n| n.id.clone())
            .collect()
    };
    let with_entity = |wanted: &dyn Fn(&str) -> bool| of_entities(model, wanted);
    made.push((
        RLS,
        join(
            nfr(&["security"], &["privacy"]),
            with_entity(&|name| own_scope(view, name)),
        ),
    ));
    made.push((ROLES, of_screen(view, ScreenKind::Roles)));
    let owned = |name: &str| model.entity(name).is_some_and(|entity| entity.owned);
    if model.entities.iter().any(|entity| entity.owned) {
        made.push((OWNER, with_entity(&owned)));
    }
    if model.entities.iter().any(|entity| entity.states.is_some()) {
        let moves = |name: &str| {
            model
                .entity(name)
                .is_some_and(|entity| entity.states.is_some())
        };
        made.push((STATES, with_entity(&moves)));
    }
    made.push((
        FORMS,
        join(
            nfr(&["reliability"], &[]),
            of_screen(view, ScreenKind::Form),
        ),
    ));
    made.push((
        LISTS,
        join(
            nfr(&["performance", "scalability"], &[]),
            of_screen(view, ScreenKind::List),
        ),
    ));
    made.push((TOKENS, nfr(&["usability"], &["accessibility", "i18n"])));
    made.push((
        PORT,
        nfr(
            &[],
            &["maintainability", "portability", "cost", "observability"],
        ),
    ));
    let personal = |name: &str| {
        model
            .entity(name)
            .is_some_and(|entity| entity.fields.iter().any(|field| field.pii))
    };
    let regulatory = model.constraints.iter().filter(|c| c.kind == "regulatory");
    let regulatory: Vec<String> = regulatory.map(|c| c.id.clone()).collect();
    if !regulatory.is_empty() || model.entities.iter().any(|entity| personal(&entity.name)) {
        made.push((
            PRIVACY,
            join(
                join(regulatory, nfr(&[], &["compliance"])),
                with_entity(&personal),
            ),
        ));
    }
    if !model.exclusions.is_empty() {
        made.push((
            SCOPE,
            model.exclusions.iter().map(|e| e.id.clone()).collect(),
        ));
    }
    bind_the_rest(model, &mut made);
    made.into_iter()
        .enumerate()
        .map(|(at, (words, binds))| decision(at + 1, words, binds))
        .collect()
}

fn decision(number: usize, words: Words, binds: Vec<String>) -> Decision {
    let [title, prevents, rule, consequences] = words;
    Decision {
        id: format!("AD-{number}"),
        title,
        binds,
        prevents,
        rule,
        consequences,
    }
}

/// The first decision carries what no other one binds.
fn bind_the_rest(model: &AppModel, made: &mut [(Words, Vec<String>)]) {
    let bound: std::collections::BTreeSet<String> = made
        .iter()
        .flat_map(|(_, binds)| binds.iter().cloned())
        .collect();
    let ids = model.requirements.iter().map(|item| &item.id);
    let ids = ids.chain(model.non_functional.iter().map(|item| &item.id));
    let ids = ids.chain(model.constraints.iter().map(|item| &item.id));
    let rest: Vec<String> = ids.filter(|id| !bound.contains(*id)).cloned().collect();
    if let Some((_, binds)) = made.first_mut() {
        binds.extend(rest);
    }
}

fn of_entities(model: &AppModel, wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let names: std::collections::BTreeSet<&str> = model
        .entities
        .iter()
        .map(|entity| entity.name.as_str())
        .filter(|name| wanted(name))
        .collect();
    let hit = |r: &&crate::model::Requirement| {
        r.entities.iter().any(|name| names.contains(name.as_str()))
    };
    model
        .requirements
        .iter()
        .filter(hit)
        .map(|requirement| requirement.id.clone())
        .collect()
}

fn of_screen(view: &View, kind: ScreenKind) -> Vec<String> {
    let serves = |id: &String| {
        view.screens
            .iter()
            .any(|s| s.kind == kind && s.fr.contains(id))
    };
    let ids = view
        .model
        .requirements
        .iter()
        .map(|requirement| &requirement.id);
    ids.filter(|id| serves(id)).cloned().collect()
}

fn own_scope(view: &View, entity: &str) -> bool {
    view.rights_on(entity).any(|row| row.scope == Scope::Own)
}

fn join(mut first: Vec<String>, second: Vec<String>) -> Vec<String> {
    for id in second {
        if !first.contains(&id) {
            first.push(id);
        }
    }
    first
}
