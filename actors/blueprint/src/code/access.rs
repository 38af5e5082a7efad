//! Names of roles and entities, the permission table, routes and navigation.
//!
//! Invariant: rights come from `screens::rights` and addresses from `screens::screens`, so the pages, the policies and the
//! documents never disagree.

use super::domain::property;
use super::escape::{ts, ts_list};
use super::names::Names;
use super::source::{Imports, Source};
use crate::model::{Action, AppModel, Permission, Scope};
use crate::screens::{Screen, ScreenKind, rights};
use crate::sql::default_role;

/// `src/lib/names.ts`.
pub(super) fn names_file(model: &AppModel) -> String {
    let entities: Vec<&str> = model
        .entities
        .iter()
        .map(|entity| entity.name.as_str())
        .collect();
    let roles: Vec<&str> = model.roles.iter().map(|role| role.id.as_str()).collect();
    let admins: Vec<&str> = model
        .roles
        .iter()
        .filter(|role| role.is_admin)
        .map(|role| role.id.as_str())
        .collect();
    let mut out = Source::default();
    out.line("/** All entities, in order of importance. */");
    out.line(format!(
        "export const entityNames = {} as const;",
        ts_list(&entities)
    ));
    out.line("export type EntityName = (typeof entityNames)[number];")
        .line("");
    out.line(format!(
        "export const roles = {} as const;",
        ts_list(&roles)
    ));
    out.line("export type Role = (typeof roles)[number];")
        .line("");
    out.open("export const roleLabels: Readonly<Record<Role, string>> = {");
    for role in &model.roles {
        out.line(format!("{}: {},", property(&role.id), ts(&role.label)));
    }
    out.close("};").line("");
    out.line("/** Roles that may do everything, and give roles to others. */");
    out.line(format!(
        "export const adminRoles: readonly Role[] = {};",
        ts_list(&admins)
    ))
    .line("");
    out.line(
        "/** What somebody who signs up gets; `null`: nothing until an administrator decides. */",
    );
    let default = default_role(model).map_or_else(|| "null".to_owned(), |role| ts(&role.id));
    out.line(format!(
        "export const defaultRole: Role | null = {default};"
    ))
    .line("");
    out.open("export function isRole(value: unknown): value is Role {");
    out.line("return roles.some((role) => role === value);")
        .close("}");
    out.finish()
}

/// `src/auth/permissions.ts`.
pub(super) fn permissions_file(model: &AppModel) -> String {
    let rights = rights(model);
    let mut table = Source::default();
    for role in &model.roles {
        table.open(format!("{}: {{", property(&role.id)));
        for right in rights.iter().filter(|right| right.role == role.id) {
            let scope = scope_word(right);
            let cells: Vec<String> = right
                .actions
                .iter()
                .map(|action| format!("{}: \"{scope}\"", action_word(*action)))
                .collect();
            table.line(format!("{}: {{ {} }},", right.entity, cells.join(", ")));
        }
        table.close("},");
    }
    let table = table.finish();
    let rows: Vec<String> = table.lines().map(|line| format!("  {line}")).collect();
    super::source::fill(
        include_str!("templates/auth/permissions.ts"),
        &[("rows", &rows.join("\n"))],
    )
}

/// Rows of the table in `tests/permissions.test.ts`.
pub(super) fn rights_rows(model: &AppModel) -> String {
    let rows = rights(model)
        .iter()
        .map(|right| {
            let actions: Vec<&str> = right
                .actions
                .iter()
                .map(|action| action_word(*action))
                .collect();
            format!(
                "  [{}, {}, \"{}\", {}],",
                ts(&right.role),
                ts(&right.entity),
                scope_word(right),
                ts_list(&actions)
            )
        })
        .collect::<Vec<_>>();
    rows.join("\n")
}

/// "create" …
pub(super) fn action_word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

fn scope_word(right: &Permission) -> &'static str {
    match right.scope {
        Scope::Own => "own",
        Scope::All => "all",
    }
}

/// `src/routes.tsx`.
pub(super) fn routes_file(screens: &[Screen]) -> String {
    let mut imports = Imports::default();
    imports
        .add("react", "lazy")
        .add("react", "type ComponentType")
        .add("@/lib/names", "type Role");
    let (mut pages, mut public, mut guarded) =
        (Source::default(), Source::default(), Source::default());
    public.line("/** Pages that everybody may open. */");
    public.open("export const publicRoutes: readonly { path: string; Page: ComponentType }[] = [");
    guarded.line("/** Pages inside the shell, for people with one of the roles. */");
    guarded.open("export const guardedRoutes: readonly { path: string; Page: ComponentType; roles: readonly Role[] }[] = [");
    for screen in screens {
        let (name, path) = (&screen.component, ts(&screen.route));
        pages.line(format!(
            "const {name} = lazy(() => import(\"@/pages/{name}\"));"
        ));
        if screen.roles.is_empty() {
            public.line(format!("{{ path: {path}, Page: {name} }},"));
        } else {
            guarded.line(format!(
                "{{ path: {path}, Page: {name}, roles: {} }},",
                ts_list(&screen.roles)
            ));
        }
    }
    pages.line("");
    public.close("];").line("");
    guarded.close("];");
    format!(
        "{}{}{}{}",
        imports.print(),
        pages.finish(),
        public.finish(),
        guarded.finish()
    )
}

/// `src/navigation.ts`.
pub(super) fn navigation_file(screens: &[Screen], all: &[Names<'_>]) -> String {
    let mut out = Source::default();
    out.line("import type { Role } from \"@/lib/names\";")
        .line("");
    out.open("export type NavigationItem = {");
    out.line("to: string;")
        .line("label: string;")
        .line("icon: \"dashboard\" | \"list\" | \"roles\";");
    out.line("roles: readonly Role[];").close("};").line("");
    out.line("/** Entries of the main menu, each for the people with one of its roles. */");
    out.open("export const navigation: readonly NavigationItem[] = [");
    for screen in screens {
        let icon = match screen.kind {
            ScreenKind::Dashboard => "dashboard",
            ScreenKind::List => "list",
            ScreenKind::Roles => "roles",
            _ => continue,
        };
        let entity = all
            .iter()
            .find(|names| Some(&names.entity.name) == screen.entity.as_ref());
        let label = entity.map_or(&screen.name, |names| &names.entity.label_plural);
        let (to, label, roles) = (ts(&screen.route), ts(label), ts_list(&screen.roles));
        out.line(format!(
            "{{ to: {to}, label: {label}, icon: \"{icon}\", roles: {roles} }},"
        ));
    }
    out.close("];");
    out.finish()
}
