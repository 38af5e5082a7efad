//! Endpoints and row policies: what the data interface accepts, and from whom.
//!
//! Invariant: an endpoint exists only for an action that some role has; each policy is one right of one role.

use serde_json::{Value, json};

use super::super::view::{View, action_word};
use crate::model::{Action, Entity, Permission, Requirement, Scope};
use crate::screens::{Screen, ScreenKind};
use crate::sql::roles_table;

/// One call that the interface accepts.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) description: String,
    /// Who may call it.
    pub(super) auth: String,
    pub(super) fr: Vec<String>,
}

impl Endpoint {
    pub(super) fn json(&self) -> Value {
        json!({
            "method": self.method, "path": self.path, "description": self.description,
            "auth": self.auth, "fr": self.fr,
        })
    }
}

/// One right of one role on one table.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) table: String,
    pub(super) role: String,
    pub(super) action: &'static str,
    /// Which rows are visible to the action; absent for insert.
    pub(super) using: Option<String>,
    /// What a new or changed row must satisfy; absent for select and delete.
    pub(super) check: Option<String>,
}

impl Policy {
    pub(super) fn json(&self) -> Value {
        json!({
            "table": self.table, "role": self.role, "action": self.action,
            "using": self.using, "check": self.check,
        })
    }
}

/// All endpoints: session, then tables in order of the model, then roles.
pub(super) fn endpoints(view: &View) -> Vec<Endpoint> {
    let mut all = session(view);
    for entity in &view.model.entities {
        all.extend(table(view, entity));
    }
    if let Some(screen) = view
        .screens
        .iter()
        .find(|screen| screen.kind == ScreenKind::Roles)
    {
        all.extend(role_administration(&roles_table(view.model), screen));
    }
    all
}

fn session(view: &View) -> Vec<Endpoint> {
    let screen = view
        .screens
        .iter()
        .find(|screen| screen.kind == ScreenKind::SignIn);
    let fr = screen.map(|screen| screen.fr.clone()).unwrap_or_default();
    let call = |path: &str, description: &str, auth: &str| Endpoint {
        method: "POST",
        path: path.to_owned(),
        description: description.to_owned(),
        auth: auth.to_owned(),
        fr: fr.clone(),
    };
    vec![
        call(
            "/auth/v1/signup",
            "Creates an account; the first role is given by the database",
            "public",
        ),
        call(
            "/auth/v1/token",
            "Exchanges e-mail and password for a session",
            "public",
        ),
        call("/auth/v1/logout", "Ends the session", "signed in"),
    ]
}

fn table(view: &View, entity: &Entity) -> Vec<Endpoint> {
    let path = format!("/rest/v1/{}", entity.table);
    let one = format!("{path}?id=eq.{{id}}");
    let rows = [
        (
            Action::Read,
            "GET",
            path.clone(),
            "Lists rows, with search, filter, order and range",
        ),
        (Action::Read, "GET", one.clone(), "Reads one row"),
        (Action::Create, "POST", path, "Makes a row"),
        (Action::Update, "PATCH", one.clone(), "Changes a row"),
        (Action::Delete, "DELETE", one, "Deletes a row"),
    ];
    let mut all = Vec::new();
    for (action, method, path, description) in rows {
        let who = view.who_may(&entity.name, action);
        if who.is_empty() {
            continue;
        }
        let moves = match (&entity.states, action) {
            (Some(states), Action::Update) => {
                format!("; `{}` moves only as section 7 allows", states.field)
            }
            _ => String::new(),
        };
        all.push(Endpoint {
            method,
            path,
            description: format!("{}: {}{moves}", entity.label_plural, lower(description)),
            auth: who.join(", "),
            fr: served(view, entity, action),
        });
    }
    all
}

/// Requirements behind an action: those of the screens that use it; behind deleting only those that speak of it.
fn served(view: &View, entity: &Entity, action: Action) -> Vec<String> {
    let uses = |screen: &Screen| match action {
        Action::Create => screen.kind == ScreenKind::Form && !screen.is_edit(),
        Action::Update => {
            screen.is_edit() || (screen.kind == ScreenKind::Detail && entity.states.is_some())
        }
        Action::Read => matches!(screen.kind, ScreenKind::List | ScreenKind::Detail),
        Action::Delete => screen.kind == ScreenKind::Detail,
    };
    let about = |screen: &&Screen| screen.entity.as_ref() == Some(&entity.name) && uses(screen);
    let screens: Vec<&Screen> = view.screens.iter().filter(about).collect();
    let wanted = |requirement: &&Requirement| {
        let shown = screens
            .iter()
            .any(|screen| screen.fr.contains(&requirement.id));
        shown && (action != Action::Delete || speaks_of_deleting(&requirement.title))
    };
    let all = view.model.requirements.iter().filter(wanted);
    all.map(|requirement| requirement.id.clone()).collect()
}

/// In both languages of the interface.
fn speaks_of_deleting(title: &str) -> bool {
    const WORDS: [&str; 9] = [
        "delete",
        "remove",
        "manage",
        "maintain",
        "excluir",
        "apagar",
        "remover",
        "gerenciar",
        "administrar",
    ];
    title.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let word = word.to_lowercase();
        WORDS.iter().any(|stem| word.starts_with(stem))
    })
}

fn role_administration(table: &str, screen: &Screen) -> Vec<Endpoint> {
    let path = format!("/rest/v1/{table}");
    let auth = screen.roles.join(", ");
    let call = |method, path: &str, description: &str| Endpoint {
        method,
        path: path.to_owned(),
        description: description.to_owned(),
        auth: auth.clone(),
        fr: screen.fr.clone(),
    };
    vec![
        call("GET", &path, "Lists who has which role"),
        call("POST", &path, "Gives a role"),
        call(
            "DELETE",
            &format!("{path}?user_id=eq.{{id}}&role=eq.{{role}}"),
            "Takes a role away",
        ),
    ]
}

/// All row policies, ordered by table, role, action.
pub(super) fn policies(view: &View) -> Vec<Policy> {
    let mut all = Vec::new();
    for entity in &view.model.entities {
        for row in view.rights_on(&entity.name) {
            all.extend(
                row.actions
                    .iter()
                    .map(|action| policy(entity, row, *action)),
            );
        }
    }
    all.extend(
        view.model
            .roles
            .iter()
            .filter(|role| role.is_admin)
            .flat_map(|role| {
                [Action::Create, Action::Read, Action::Update, Action::Delete]
                    .map(|action| administration(roles_table(view.model), &role.id, action))
            }),
    );
    all
}

/// Giving and taking roles. That everyone may read their own roles belongs to no role and is said in the strategy.
fn administration(table: String, role: &str, action: Action) -> Policy {
    let right = Permission {
        role: role.to_owned(),
        scope: Scope::All,
        ..Permission::default()
    };
    let roles = Entity {
        table,
        ..Entity::default()
    };
    policy(&roles, &right, action)
}

fn policy(entity: &Entity, row: &Permission, action: Action) -> Policy {
    let role = format!("(select public.has_role('{}'))", row.role);
    let any = match row.scope {
        Scope::Own => format!("{role} and owner_id = (select auth.uid())"),
        Scope::All => role,
    };
    let (using, check) = match action {
        Action::Create => (None, Some(any)),
        Action::Read | Action::Delete => (Some(any), None),
        Action::Update => (Some(any.clone()), Some(any)),
    };
    Policy {
        table: entity.table.clone(),
        role: row.role.clone(),
        action: action_word(action),
        using,
        check,
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
