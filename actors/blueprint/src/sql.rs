//! The initial migration: tables, keys, indexes, triggers and row-level security, for PostgreSQL with Supabase's `auth`.
//!
//! Invariant: every table has row-level security on, and a policy for each right of the permission matrix, no more.

use crate::code::escape::{comment, sql, sql_name};
use crate::code::shape::{LifeCycle, Shape, is_unique, life_cycle, shape};
use crate::code::source::fill;
use crate::model::{Action, AppModel, Entity, Field, Permission, Role, Scope};
use crate::screens::rights;

/// Text of `supabase/migrations/…_init.sql`.
pub fn migration(model: &AppModel) -> String {
    let mut out = vec![
        "-- Tables, keys, indexes, triggers and row-level security.".to_owned(),
        "-- Applied once; later changes are migrations of their own.".to_owned(),
        String::new(),
    ];
    out.push(accounts(model));
    for entity in &model.entities {
        out.push(table(model, entity));
    }
    out.push(foreign_keys(model));
    out.push(indexes(model));
    out.push(touch_triggers(model));
    out.extend(model.entities.iter().filter_map(|entity| {
        Some(life_cycle_trigger(
            model,
            entity,
            &life_cycle(model, entity)?,
        ))
    }));
    let rights = rights(model);
    for entity in &model.entities {
        let own: Vec<&Permission> = rights
            .iter()
            .filter(|row| row.entity == entity.name)
            .collect();
        out.push(policies(entity, &own));
    }
    let mut text = out.join("\n");
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The role that a new user gets. Never an administrator's: anybody can sign up.
pub(crate) fn default_role(model: &AppModel) -> Option<&Role> {
    model.roles.iter().find(|role| !role.is_admin)
}

/// Name of the table of roles; another one when an entity took it.
pub(crate) fn roles_table(model: &AppModel) -> String {
    free_name(model, "user_roles")
}

/// Name of the table of accounts; another one when an entity took it.
pub(crate) fn users_table(model: &AppModel) -> String {
    free_name(model, "app_users")
}

fn free_name(model: &AppModel, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    while model.entities.iter().any(|entity| entity.table == name) {
        name.push('_');
    }
    name
}

/// Condition that the signed-in person has the role. The inner select is evaluated once per statement, not per row.
fn has_role(role: &str) -> String {
    format!("(select public.has_role({}))", sql(role))
}

fn accounts(model: &AppModel) -> String {
    let (users, roles) = (users_table(model), roles_table(model));
    let ids: Vec<String> = model.roles.iter().map(|role| sql(&role.id)).collect();
    let admin: Vec<String> = model
        .roles
        .iter()
        .filter(|role| role.is_admin)
        .map(|role| has_role(&role.id))
        .collect();
    let admin = if admin.is_empty() {
        "false".to_owned()
    } else {
        admin.join(" or ")
    };
    let give = default_role(model).map_or_else(String::new, |role| {
        format!(
            "  insert into public.{roles} (user_id, role) values (new.id, {});\n",
            sql(&role.id)
        )
    });
    let values = [
        ("users", users.as_str()),
        ("roles", &roles),
        ("role_ids", &ids.join(", ")),
        ("is_admin", &admin),
        ("give_role", &give),
    ];
    fill(include_str!("code/templates/sql/accounts.sql"), &values)
}

fn table(model: &AppModel, entity: &Entity) -> String {
    let mut columns = vec!["id uuid primary key default gen_random_uuid()".to_owned()];
    if entity.owned {
        columns.push("owner_id uuid not null default auth.uid() references auth.users (id) on delete cascade".to_owned());
    }
    let cycle = life_cycle(model, entity);
    for field in &entity.fields {
        let initial = cycle
            .as_ref()
            .filter(|cycle| cycle.field.name == field.name)
            .map(|cycle| cycle.initial);
        columns.push(column(model, field, initial));
    }
    columns.push("created_at timestamptz not null default now()".to_owned());
    columns.push("updated_at timestamptz not null default now()".to_owned());
    format!(
        "-- {}\ncreate table public.{} (\n  {}\n);\n",
        comment(&entity.label_plural),
        sql_name(&entity.table),
        columns.join(",\n  ")
    )
}

/// Name and type, nullability, default, uniqueness, check.
fn column(model: &AppModel, field: &Field, initial: Option<&str>) -> String {
    let name = sql_name(&field.name);
    let shape = shape(model, field);
    let (kind, check) = column_type(&name, &shape);
    let mut text = format!("{name} {kind}");
    if field.required || initial.is_some() || shape == Shape::Flag {
        text.push_str(" not null");
    }
    if let Some(initial) = initial {
        text.push_str(" default ");
        text.push_str(&sql(initial));
    } else if shape == Shape::Flag {
        text.push_str(" default false");
    }
    if is_unique(model, field) {
        text.push_str(" unique");
    }
    if let Some(check) = check {
        text.push_str(" check (");
        text.push_str(&check);
        text.push(')');
    }
    text
}

fn column_type(name: &str, shape: &Shape<'_>) -> (&'static str, Option<String>) {
    let length = |max: u32| format!("char_length({name}) between 1 and {max}");
    match shape {
        Shape::Text { max, .. } => ("text", Some(length(*max))),
        Shape::Email => (
            "text",
            Some(format!(
                "{name} ~ '^[^@[:space:]]+@[^@[:space:]]+$' and {}",
                length(254)
            )),
        ),
        Shape::Url(_) => (
            "text",
            Some(format!("{name} ~* '^https?://' and {}", length(2000))),
        ),
        Shape::Phone => ("text", Some(length(30))),
        Shape::Slug { max } => (
            "text",
            Some(format!(
                "{name} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and {}",
                length(*max)
            )),
        ),
        Shape::Geo => (
            "text",
            Some(format!(
                "{name} ~ '^-?[0-9.]+, ?-?[0-9.]+$' and {}",
                length(50)
            )),
        ),
        Shape::Integer { min, max, big } => {
            let whole = (i64::from(i32::MIN), i64::from(i32::MAX));
            let check =
                (*big || (*min, *max) != whole).then(|| format!("{name} between {min} and {max}"));
            (if *big { "bigint" } else { "integer" }, check)
        }
        Shape::Duration { min, max } => {
            ("integer", Some(format!("{name} between {min} and {max}")))
        }
        Shape::Decimal { min, max } => ("numeric(18, 6)", bounds(name, *min, *max)),
        Shape::Money { min, max } => ("numeric(14, 2)", bounds(name, Some(*min), Some(*max))),
        Shape::Flag => ("boolean", None),
        Shape::Date => ("date", None),
        Shape::Moment => ("timestamptz", None),
        Shape::Choice(values) => {
            let values: Vec<String> = values.iter().map(|value| sql(value)).collect();
            ("text", Some(format!("{name} in ({})", values.join(", "))))
        }
        Shape::Json => (
            "jsonb",
            Some(format!("jsonb_typeof({name}) in ('object', 'array')")),
        ),
        Shape::Reference(_) | Shape::Uuid => ("uuid", None),
    }
}

fn bounds(name: &str, min: Option<f64>, max: Option<f64>) -> Option<String> {
    let min = min.map(|n| format!("{name} >= {n}"));
    let max = max.map(|n| format!("{name} <= {n}"));
    let parts: Vec<String> = min.into_iter().chain(max).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// After all tables, because tables may point to each other in a circle.
fn foreign_keys(model: &AppModel) -> String {
    let mut text = String::new();
    for entity in &model.entities {
        for field in &entity.fields {
            if let Shape::Reference(target) = shape(model, field) {
                let action = if field.required {
                    "restrict"
                } else {
                    "set null"
                };
                text.push_str(&format_lines(&[
                    &format!("alter table public.{}", sql_name(&entity.table)),
                    &format!(
                        "  add foreign key ({}) references public.{} (id) on delete {action};",
                        sql_name(&field.name),
                        sql_name(&target.table)
                    ),
                ]));
            }
        }
    }
    text
}

fn format_lines(lines: &[&str]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// For foreign keys, ownership, the state and the order of lists.
fn indexes(model: &AppModel) -> String {
    let mut text = String::new();
    for entity in &model.entities {
        let state = life_cycle(model, entity).map(|cycle| cycle.field.name.as_str());
        let mut columns: Vec<String> = Vec::new();
        if entity.owned {
            columns.push("owner_id".to_owned());
        }
        for field in &entity.fields {
            let reference = matches!(shape(model, field), Shape::Reference(_));
            if (reference && !is_unique(model, field)) || Some(field.name.as_str()) == state {
                columns.push(sql_name(&field.name));
            }
        }
        columns.push("created_at desc".to_owned());
        let table = sql_name(&entity.table);
        text.extend(
            columns
                .iter()
                .map(|column| format!("create index on public.{table} ({column});\n")),
        );
    }
    text
}

fn touch_triggers(model: &AppModel) -> String {
    let mut text = include_str!("code/templates/sql/touch.sql").to_owned();
    for entity in &model.entities {
        text.push_str(&format_lines(&[
            &format!(
                "create trigger touch before update on public.{}",
                sql_name(&entity.table)
            ),
            "  for each row execute function public.touch_updated_at();",
        ]));
    }
    text
}

/// Lets a state change only along the life cycle, and only by the people who may. Work without a signed-in person, such
/// as maintenance in the SQL editor, is free.
fn life_cycle_trigger(model: &AppModel, entity: &Entity, cycle: &LifeCycle<'_>) -> String {
    let column = sql_name(&cycle.field.name);
    let admins: Vec<&str> = model
        .roles
        .iter()
        .filter(|role| role.is_admin)
        .map(|role| role.id.as_str())
        .collect();
    let moves: Vec<String> = cycle
        .moves
        .iter()
        .map(|(from, to, by)| {
            let pair = format!(
                "old.{column} = {} and new.{column} = {}",
                sql(from),
                sql(to)
            );
            let roles: Vec<String> = by
                .iter()
                .chain(admins.iter().filter(|id| !by.contains(id)))
                .map(|id| has_role(id))
                .collect();
            if by.is_empty() {
                format!("({pair})")
            } else {
                format!("({pair} and ({}))", roles.join(" or "))
            }
        })
        .collect();
    let function = sql_name(&short(&format!(
        "check_{}_{}",
        entity.table, cycle.field.name
    )));
    let table = sql_name(&entity.table);
    let template = include_str!("code/templates/sql/life_cycle.sql");
    let values = [
        ("function", function.as_str()),
        ("table", &table),
        ("column", &column),
        ("initial", &sql(cycle.initial)),
        ("moves", &moves.join("\n    or ")),
    ];
    fill(template, &values)
}

/// PostgreSQL cuts longer names, which could make two of them equal; the tail keeps them apart.
fn short(name: &str) -> String {
    const NAME_MAX: usize = 63;
    if name.len() <= NAME_MAX {
        return name.to_owned();
    }
    let hash = name.bytes().fold(5381_u32, |hash, byte| {
        hash.wrapping_mul(33) ^ u32::from(byte)
    });
    let kept: String = name
        .chars()
        .filter(char::is_ascii)
        .take(NAME_MAX - 9)
        .collect();
    format!("{kept}_{hash:08x}")
}

fn policies(entity: &Entity, rights: &[&Permission]) -> String {
    let table = sql_name(&entity.table);
    let mut text = format_lines(&[
        &format!("alter table public.{table} enable row level security;"),
        &format!("revoke all on public.{table} from anon;"),
        &format!("grant select, insert, update, delete on public.{table} to authenticated;"),
    ]);
    for right in rights {
        for action in &right.actions {
            text.push_str(&policy(&table, right, *action));
        }
    }
    text
}

fn policy(table: &str, right: &Permission, action: Action) -> String {
    let condition = match right.scope {
        Scope::All => has_role(&right.role),
        Scope::Own => format!(
            "{} and owner_id = (select auth.uid())",
            has_role(&right.role)
        ),
    };
    let (command, clauses) = match action {
        Action::Create => ("insert", format!("with check ({condition})")),
        Action::Read => ("select", format!("using ({condition})")),
        Action::Update => (
            "update",
            format!("using ({condition}) with check ({condition})"),
        ),
        Action::Delete => ("delete", format!("using ({condition})")),
    };
    let name = sql_name(&short(&format!("{}_{command}", right.role)));
    format!("create policy {name} on public.{table} for {command} to authenticated\n  {clauses};\n")
}
