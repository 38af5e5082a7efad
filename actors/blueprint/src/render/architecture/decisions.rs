//! Architecture decisions `AD-n`: what they bind, what they prevent, the rule to follow.
//!
//! Invariant: every functional requirement, non-functional requirement, constraint and exclusion is bound by a decision.

use serde_json::{Value, json};

use super::super::view::View;
use crate::model::{AppModel, Entity, NonFunctional, Scope};
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
    let mut made = vec![(SHELL, Vec::new())];
    let own = |name: &str| own_scope(view, name);
    let secure = of_quality(model, &["security"], &["privacy"]);
    made.push((RLS, join(secure, of_entities(model, &own))));
    made.push((ROLES, of_administrators(model)));
    made.extend(of_the_domain(model));
    let reliable = of_quality(model, &["reliability"], &[]);
    made.push((FORMS, join(reliable, of_screen(view, ScreenKind::Form))));
    let fast = of_quality(model, &["performance", "scalability"], &[]);
    made.push((LISTS, join(fast, of_screen(view, ScreenKind::List))));
    made.push((
        TOKENS,
        of_quality(model, &["usability"], &["accessibility", "i18n"]),
    ));
    let kept = ["maintainability", "portability", "cost", "observability"];
    made.push((PORT, of_quality(model, &[], &kept)));
    made.extend(of_limits(model));
    bind_the_rest(model, &mut made);
    let numbered = made.into_iter().enumerate();
    numbered
        .map(|(at, (words, binds))| decision(at + 1, words, binds))
        .collect()
}

/// Decisions that only exist when the domain has owners or life cycles.
fn of_the_domain(model: &AppModel) -> Vec<(Words, Vec<String>)> {
    let mut made = Vec::new();
    let owned = |name: &str| model.entity(name).is_some_and(|entity| entity.owned);
    if model.entities.iter().any(|entity| entity.owned) {
        made.push((OWNER, of_entities(model, &owned)));
    }
    let moves = |name: &str| {
        model
            .entity(name)
            .is_some_and(|entity| entity.states.is_some())
    };
    if model.entities.iter().any(|entity| entity.states.is_some()) {
        made.push((STATES, of_entities(model, &moves)));
    }
    made
}

/// Decisions that follow from personal data, the law and exclusions.
fn of_limits(model: &AppModel) -> Vec<(Words, Vec<String>)> {
    let mut made = Vec::new();
    let holds = |entity: &Entity| entity.fields.iter().any(|field| field.pii);
    let personal = |name: &str| model.entity(name).is_some_and(holds);
    let law = model
        .constraints
        .iter()
        .filter(|limit| limit.kind == "regulatory");
    let law: Vec<String> = law.map(|limit| limit.id.clone()).collect();
    if !law.is_empty() || model.entities.iter().any(holds) {
        let bound = join(law, of_quality(model, &[], &["compliance"]));
        made.push((PRIVACY, join(bound, of_entities(model, &personal))));
    }
    if !model.exclusions.is_empty() {
        made.push((
            SCOPE,
            model
                .exclusions
                .iter()
                .map(|item| item.id.clone())
                .collect(),
        ));
    }
    made
}

fn of_quality(model: &AppModel, categories: &[&str], aspects: &[&str]) -> Vec<String> {
    let hit = |nfr: &&NonFunctional| {
        categories.contains(&nfr.category.as_str()) || aspects.contains(&nfr.aspect.as_str())
    };
    model
        .non_functional
        .iter()
        .filter(hit)
        .map(|nfr| nfr.id.clone())
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

/// Requirements that an administrator acts in.
fn of_administrators(model: &AppModel) -> Vec<String> {
    let admin = |id: &String| {
        model
            .roles
            .iter()
            .any(|role| role.is_admin && role.id == *id)
    };
    let theirs = model
        .requirements
        .iter()
        .filter(|requirement| requirement.actors.iter().any(admin));
    theirs.map(|requirement| requirement.id.clone()).collect()
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
