//! Screens: which pages the application has. The UX specification describes them, the code bundle implements them.
//!
//! Invariant: derived from the model alone, so that the two artifacts never disagree; names, components and routes
//! are unique, and no page about data is ever open to everyone.

mod purpose;

use std::collections::BTreeSet;

use heck::ToKebabCase;

use self::purpose::Purpose;
use crate::model::{Action, AppModel, Entity, Permission, Requirement, Scope};

/// One page of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// "Orders", unique.
    pub name: String,
    /// Name of the React component and of its file: `OrderList`, unique, and never the name of an entity.
    pub component: String,
    /// React-Router route: `/orders/:id`.
    pub route: String,
    /// What kind of page.
    pub kind: ScreenKind,
    /// Entity name, for pages about one entity.
    pub entity: Option<String>,
    /// Role ids that may open it; empty: everyone, also without signing in.
    pub roles: Vec<String>,
    /// Requirement ids that it serves.
    pub fr: Vec<String>,
}

/// Kinds of page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenKind {
    /// Public start page `/`.
    Landing,
    /// `/sign-in`.
    SignIn,
    /// `/dashboard`: counts and latest rows per entity.
    Dashboard,
    /// `/orders`: table with search, filter by state and paging.
    List,
    /// `/orders/:id`: one row, its relations, its state moves.
    Detail,
    /// `/orders/new` and `/orders/:id/edit`: one form.
    Form,
    /// `/admin/roles`: who has which role.
    Roles,
}

impl Screen {
    /// Whether this is the form that changes an existing row (`…/:id/edit`), not the one that makes a new row.
    pub fn is_edit(&self) -> bool {
        self.kind == ScreenKind::Form && self.route.ends_with("/edit")
    }
}

/// First path segments that belong to the application itself; a table of that name gets another path.
const RESERVED_SEGMENTS: [&str; 8] = [
    "admin",
    "api",
    "assets",
    "dashboard",
    "sign-in",
    "src",
    "static",
    "public",
];

/// All screens, in navigation order; of two routes that could match one address the static one stands first.
pub fn screens(model: &AppModel) -> Vec<Screen> {
    let mut list = Draft::new(model);
    let everyone: Vec<String> = model.roles.iter().map(|role| role.id.clone()).collect();
    let admins: Vec<String> = model
        .roles
        .iter()
        .filter(|role| role.is_admin)
        .map(|role| role.id.clone())
        .collect();
    let pt = is_portuguese(model);
    let name = |en: &str, p: &str| if pt { p } else { en }.to_owned();
    let general = [
        (
            name("Home", "Início"),
            "Landing",
            "/",
            ScreenKind::Landing,
            Vec::new(),
        ),
        (
            name("Sign in", "Entrar"),
            "SignIn",
            "/sign-in",
            ScreenKind::SignIn,
            Vec::new(),
        ),
        (
            name("Dashboard", "Painel"),
            "Dashboard",
            "/dashboard",
            ScreenKind::Dashboard,
            everyone,
        ),
    ];
    for (name, component, route, kind, roles) in general {
        list.add(screen(name, component, route, kind, roles));
    }
    for entity in &model.entities {
        list.add_entity(entity, pt);
    }
    if !admins.is_empty() {
        let name = name("Roles and access", "Papéis e acesso");
        list.add(screen(
            name,
            "RoleAdmin",
            "/admin/roles",
            ScreenKind::Roles,
            admins,
        ));
    }
    list.bind_requirements();
    list.screens
}

/// Whether the interface is Portuguese; every other language gets English.
pub fn is_portuguese(model: &AppModel) -> bool {
    let language = model.product.language.to_ascii_lowercase();
    language == "pt" || language.starts_with("pt-")
}

/// The rights of the model, completed: an administrator may do everything to every entity, stated or not.
/// Ordered by entity, then role; actions sorted, never empty. SQL, documents and pages all read this list.
pub fn rights(model: &AppModel) -> Vec<Permission> {
    let mut all = Vec::new();
    for entity in &model.entities {
        for role in &model.roles {
            let row = if role.is_admin {
                let actions = vec![Action::Create, Action::Read, Action::Update, Action::Delete];
                Some(Permission {
                    role: role.id.clone(),
                    entity: entity.name.clone(),
                    actions,
                    scope: Scope::All,
                })
            } else {
                model.permission(&role.id, &entity.name).cloned()
            };
            let Some(mut row) = row else { continue };
            row.actions.sort_unstable();
            row.actions.dedup();
            // `own` has no meaning where rows have no owner.
            if !entity.owned {
                row.scope = Scope::All;
            }
            if !row.actions.is_empty() {
                all.push(row);
            }
        }
    }
    all
}

/// Path of the list page of `entity`: `/order-items`.
pub fn base_route(entity: &Entity) -> String {
    let segment = entity.table.to_kebab_case();
    if RESERVED_SEGMENTS.contains(&segment.as_str()) {
        format!("/{segment}-records")
    } else {
        format!("/{segment}")
    }
}

/// Ids of the roles that may do `action` to rows of `entity`.
pub fn roles_that_may(model: &AppModel, entity: &str, action: Action) -> Vec<String> {
    rights(model)
        .into_iter()
        .filter(|row| row.entity == entity && row.actions.contains(&action))
        .map(|row| row.role)
        .collect()
}

fn screen(
    name: String,
    component: &str,
    route: &str,
    kind: ScreenKind,
    roles: Vec<String>,
) -> Screen {
    let (component, route) = (component.to_owned(), route.to_owned());
    Screen {
        name,
        component,
        route,
        kind,
        entity: None,
        roles,
        fr: Vec::new(),
    }
}

/// Name, suffix of the component, tail of the route, kind, and the right that opens the page.
type PageRow = (String, &'static str, &'static str, ScreenKind, Action);

/// The four pages of an entity, static routes before dynamic ones.
fn pages(entity: &Entity, pt: bool) -> [PageRow; 4] {
    let lower = lower_first(&entity.label);
    let [new, edit] = if pt {
        ["Criar", "Editar"]
    } else {
        ["New", "Edit"]
    };
    let details = if pt {
        format!("Detalhes: {lower}")
    } else {
        format!("{} details", entity.label)
    };
    let plural = entity.label_plural.clone();
    [
        (plural, "List", "", ScreenKind::List, Action::Read),
        (
            format!("{new} {lower}"),
            "Form",
            "/new",
            ScreenKind::Form,
            Action::Create,
        ),
        (details, "Detail", "/:id", ScreenKind::Detail, Action::Read),
        (
            format!("{edit} {lower}"),
            "Edit",
            "/:id/edit",
            ScreenKind::Form,
            Action::Update,
        ),
    ]
}

/// The list while it is made.
struct Draft<'a> {
    model: &'a AppModel,
    rights: Vec<Permission>,
    screens: Vec<Screen>,
    taken: BTreeSet<String>,
}

impl<'a> Draft<'a> {
    fn new(model: &'a AppModel) -> Self {
        let taken = model
            .entities
            .iter()
            .map(|entity| entity.name.clone())
            .collect();
        Self {
            model,
            rights: rights(model),
            screens: Vec::new(),
            taken,
        }
    }

    /// Adds a screen under a name and a component name of its own.
    fn add(&mut self, mut screen: Screen) {
        let known = |name: &str| self.screens.iter().any(|other| other.name == name);
        screen.name = unique(screen.name, known, " ");
        if self.taken.contains(&screen.component) {
            let page = format!("{}Page", screen.component);
            screen.component = unique(page, |name| self.taken.contains(name), "");
        }
        self.taken.insert(screen.component.clone());
        self.screens.push(screen);
    }

    fn add_entity(&mut self, entity: &Entity, pt: bool) {
        let base = unique(
            base_route(entity),
            |r| self.screens.iter().any(|s| s.route == r),
            "-",
        );
        for (name, suffix, tail, kind, action) in pages(entity, pt) {
            let roles = self.who_may(&entity.name, action);
            // A page that nobody may open would be dead weight, and an empty list would mean "everyone".
            if roles.is_empty() {
                continue;
            }
            let (component, route) = (format!("{}{suffix}", entity.name), format!("{base}{tail}"));
            let mut screen = screen(name, &component, &route, kind, roles);
            screen.entity = Some(entity.name.clone());
            self.add(screen);
        }
    }

    fn who_may(&self, entity: &str, action: Action) -> Vec<String> {
        let rows = self.rights.iter();
        let rows = rows.filter(|row| row.entity == entity && row.actions.contains(&action));
        rows.map(|row| row.role.clone()).collect()
    }

    /// Gives each requirement at least one page: the pages of its entities that fit its verb, else a general one.
    fn bind_requirements(&mut self) {
        for requirement in &self.model.requirements {
            let purpose = Purpose::of(requirement);
            let mut bound = false;
            for entity in &requirement.entities {
                bound |= self.bind_entity(requirement, entity, purpose);
            }
            if !bound {
                self.bind_general(requirement, purpose);
            }
        }
    }

    fn bind_entity(&mut self, requirement: &Requirement, entity: &str, purpose: Purpose) -> bool {
        let fits = |screen: &Screen| match purpose {
            Purpose::Create => screen.kind == ScreenKind::Form && !screen.is_edit(),
            Purpose::Change => screen.is_edit(),
            Purpose::Browse => screen.kind == ScreenKind::List,
            Purpose::Manage => true,
            Purpose::Access | Purpose::Other => {
                matches!(screen.kind, ScreenKind::List | ScreenKind::Detail)
            }
        };
        let of_entity = |screen: &Screen| screen.entity.as_deref() == Some(entity);
        let exact = self
            .screens
            .iter()
            .any(|screen| of_entity(screen) && fits(screen));
        let mut bound = false;
        for screen in self.screens.iter_mut().filter(|screen| of_entity(screen)) {
            let read = matches!(screen.kind, ScreenKind::List | ScreenKind::Detail);
            if (fits(screen) || (!exact && read)) && !screen.fr.contains(&requirement.id) {
                screen.fr.push(requirement.id.clone());
            }
            bound |= screen.fr.contains(&requirement.id);
        }
        bound
    }

    fn bind_general(&mut self, requirement: &Requirement, purpose: Purpose) {
        let wanted = match purpose {
            Purpose::Access => ScreenKind::SignIn,
            _ => ScreenKind::Dashboard,
        };
        if let Some(screen) = self.screens.iter_mut().find(|screen| screen.kind == wanted) {
            screen.fr.push(requirement.id.clone());
        }
    }
}

/// `wanted`, or `wanted` with a number when it is taken.
fn unique(wanted: String, taken: impl Fn(&str) -> bool, separator: &str) -> String {
    if !taken(&wanted) {
        return wanted;
    }
    // As many numbers as there are strings in memory can never all be taken.
    let mut numbers = 2u32..u32::MAX;
    let free = numbers.find_map(|n| Some(format!("{wanted}{separator}{n}")).filter(|n| !taken(n)));
    free.unwrap_or(wanted)
}

/// "Order item" → "order item", but "PDF report" stays.
fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    let (first, second) = (letters.next(), letters.next());
    match first {
        Some(first) if second.is_none_or(char::is_lowercase) => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests;
