//! The diagrams of `architecture.md`.
//!
//! Invariant: all text passes the Mermaid builder; every diagram stays small enough to be drawn.

use super::super::flows::movers;
use super::super::mermaid::{Diagram, Shape};
use super::super::view::{View, capital, standard_columns, type_word, words};
use crate::model::{Action, AppModel, Entity, RelationType, States};
use crate::screens::ScreenKind;

/// Most tables in one ER diagram; the field tables below it are complete.
const TABLES_MAX: usize = 30;

/// C4 level 1: people and systems.
pub(super) fn context(model: &AppModel) -> String {
    let mut flow = Diagram::flowchart("LR");
    for (at, role) in model.roles.iter().enumerate() {
        flow.node(&format!("r{at}"), Shape::Round, &capital(&role.label));
    }
    flow.node("app", Shape::Box, &model.product.name);
    flow.node("supabase", Shape::Box, "Supabase - accounts and data");
    for at in 0..model.roles.len() {
        flow.edge(&format!("r{at}"), "app", "uses");
    }
    flow.edge(
        "app",
        "supabase",
        "reads and writes under the session of the person",
    );
    flow.finish()
}

/// C4 level 2: what runs where.
pub(super) fn containers(model: &AppModel) -> String {
    let mut flow = Diagram::flowchart("TD");
    flow.frame("browser", "Browser");
    flow.node(
        "pages",
        Shape::Box,
        &format!("{} - pages (React)", model.product.name),
    );
    flow.node("port", Shape::Box, "Repository interface");
    flow.node(
        "memory",
        Shape::Cylinder,
        "Memory repository - preview and tests",
    );
    flow.end();
    flow.frame("hosted", "Supabase project");
    flow.node("auth", Shape::Box, "Authentication");
    flow.node("rest", Shape::Box, "REST interface");
    flow.node(
        "database",
        Shape::Cylinder,
        "PostgreSQL with row-level security",
    );
    flow.end();
    flow.edge("pages", "port", "calls");
    flow.edge("port", "memory", "without a project");
    flow.edge("port", "rest", "HTTPS, JSON");
    flow.edge("pages", "auth", "sign-in");
    flow.edge("rest", "database", "SQL as the signed-in account");
    flow.edge("auth", "database", "accounts");
    flow.finish()
}

/// Tables, columns and references.
pub(super) fn data(model: &AppModel) -> String {
    let mut er = Diagram::er();
    let shown = &model.entities[..model.entities.len().min(TABLES_MAX)];
    for entity in shown {
        er.table(&entity.name, &columns(entity));
    }
    let is_shown = |name: &str| shown.iter().any(|entity| entity.name == name);
    for entity in shown {
        for field in &entity.fields {
            let Some(target) = field.references.as_deref().filter(|name| is_shown(name)) else {
                continue;
            };
            let ends = match (field.unique, field.required) {
                (false, true) => "}o--||",
                (false, false) => "}o--o|",
                (true, true) => "|o--||",
                (true, false) => "|o--o|",
            };
            er.relation(&entity.name, ends, target, &field.label);
        }
    }
    for relation in &model.relations {
        let both = is_shown(&relation.from) && is_shown(&relation.to);
        if both && relation.kind == RelationType::ManyToMany {
            er.relation(&relation.from, "}o--o{", &relation.to, &relation.name);
        }
    }
    er.finish()
}

fn columns(entity: &Entity) -> Vec<(String, String, &'static str)> {
    let standard = standard_columns(entity).into_iter().map(|(name, kind, _)| {
        let key = match name {
            "id" => "PK",
            "owner_id" => "FK",
            _ => "",
        };
        (type_word(kind).to_owned(), name.to_owned(), key)
    });
    let own = entity.fields.iter().map(|field| {
        let key = match (&field.references, field.unique) {
            (Some(_), _) => "FK",
            (None, true) => "UK",
            (None, false) => "",
        };
        (type_word(field.kind).to_owned(), field.name.clone(), key)
    });
    let (first, last): (Vec<_>, Vec<_>) = standard.partition(|(_, name, _)| name.ends_with("id"));
    first.into_iter().chain(own).chain(last).collect()
}

/// Title and diagram of each key sequence.
pub(super) fn sequences(view: &View) -> Vec<(String, String)> {
    let mut all = vec![("Sign in and first page".to_owned(), sign_in())];
    let entities = &view.model.entities;
    if let Some(entity) = entities
        .iter()
        .find(|e| view.screens.iter().any(|s| creates(s, e)))
    {
        all.push((
            format!("Making a row: {}", entity.label),
            create(view, entity),
        ));
    }
    let moving = entities
        .iter()
        .filter_map(|entity| Some((entity, entity.states.as_ref()?)));
    for (entity, states) in moving.take(3) {
        if let Some(diagram) = transition(view, entity, states) {
            all.push((format!("Moving a state: {}", entity.label), diagram));
        }
    }
    all
}

fn creates(screen: &crate::screens::Screen, entity: &Entity) -> bool {
    screen.kind == ScreenKind::Form
        && !screen.is_edit()
        && screen.entity.as_deref() == Some(entity.name.as_str())
}

fn people(who: &str) -> Diagram {
    let mut sequence = Diagram::sequence();
    sequence.participant("actor", "person", who);
    sequence.participant("participant", "page", "Page");
    sequence.participant("participant", "rest", "Supabase");
    sequence.participant("participant", "db", "PostgreSQL");
    sequence
}

fn sign_in() -> String {
    let mut s = people("Person");
    s.call("person", "page", "e-mail and password");
    s.call("page", "rest", "POST /auth/v1/token");
    s.branch("alt", "right");
    s.answer("rest", "page", "session");
    s.call("page", "rest", "GET roles of the account");
    s.call("rest", "db", "select as the account");
    s.answer("db", "page", "roles");
    s.answer("page", "person", "dashboard");
    s.branch("else", "wrong");
    s.answer("rest", "page", "400");
    s.answer("page", "person", "one message for every reason");
    s.end();
    s.finish()
}

fn create(view: &View, entity: &Entity) -> String {
    let who = view.who_may(&entity.name, Action::Create);
    let mut s = people(who.first().map_or("Person", |id| view.role(id)));
    s.call(
        "person",
        "page",
        &format!("fills in the form of {}", entity.label),
    );
    s.call("page", "page", "checks the fields");
    s.call("page", "rest", &format!("POST /rest/v1/{}", entity.table));
    s.call("rest", "db", "insert as the account");
    s.branch("alt", "policy and constraints hold");
    s.answer("db", "page", "the new row");
    s.answer("page", "person", "page of the row");
    s.branch("else", "refused");
    s.answer("db", "page", "error");
    s.answer("page", "person", "message, the form keeps its content");
    s.end();
    s.finish()
}

fn transition(view: &View, entity: &Entity, states: &States) -> Option<String> {
    let step = states.transitions.first()?;
    let may = view.who_may(&entity.name, Action::Update);
    let who = movers(view, step, &may);
    let mut s = people(view.role(who.first()?));
    let (from, to) = (words(&step.from), words(&step.to));
    s.call("person", "page", &format!("chooses {to}"));
    s.call(
        "page",
        "rest",
        &format!(
            "PATCH /rest/v1/{} - {} is {}",
            entity.table, states.field, step.to
        ),
    );
    s.call("rest", "db", "update as the account");
    s.branch("alt", &format!("the row is still {from}"));
    s.answer("db", "page", "changed row");
    s.answer("page", "person", &format!("shows {to} and the next moves"));
    s.branch("else", "it was moved meanwhile, or the move is not allowed");
    s.answer("db", "page", "error");
    s.answer("page", "person", "shows the state as it is now");
    s.end();
    Some(s.finish())
}

/// The life cycle of one entity.
pub(super) fn states(view: &View, entity: &Entity, states: &States) -> String {
    let mut diagram = Diagram::states();
    let mut names: Vec<&str> = vec![&states.initial];
    for step in &states.transitions {
        for name in [step.from.as_str(), step.to.as_str()] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let id = |name: &str| {
        format!(
            "s{}",
            names
                .iter()
                .position(|known| *known == name)
                .unwrap_or_default()
        )
    };
    for name in &names {
        diagram.state(&id(name), &words(name));
    }
    diagram.step("[*]", &id(&states.initial), "");
    let may = view.who_may(&entity.name, Action::Update);
    for step in &states.transitions {
        diagram.step(
            &id(&step.from),
            &id(&step.to),
            &view.roles(&movers(view, step, &may)),
        );
    }
    for name in &names {
        if !states.transitions.iter().any(|step| step.from == *name) {
            diagram.step(&id(name), "[*]", "");
        }
    }
    diagram.finish()
}

/// Environments and what moves between them.
pub(super) fn environments() -> String {
    let mut flow = Diagram::flowchart("LR");
    flow.node("local", Shape::Box, "Local - memory repository");
    flow.node("checks", Shape::Diamond, "types, tests, build");
    flow.node("staging", Shape::Box, "Staging - own Supabase project");
    flow.node(
        "production",
        Shape::Box,
        "Production - own Supabase project",
    );
    flow.edge("local", "checks", "push");
    flow.edge("checks", "staging", "passes");
    flow.edge("staging", "production", "approved release");
    flow.finish()
}
