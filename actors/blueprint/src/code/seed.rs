//! Demo rows: believable, always the same, and acceptable to every constraint of the migration.
//!
//! Invariant: a value depends on the entity, the field and the number of the row alone; unique fields never repeat.

mod values;
mod words;

use values::Cell;

use super::domain::property;
use super::escape::ts;
use super::names::Names;
use super::shape::{Shape, is_unique, life_cycle, shape};
use super::source::{Imports, Source};
use crate::model::{AppModel, Entity};

/// Rows per entity: enough to fill more than one page of a list.
const ROWS: usize = 12;
/// Rows per entity of a large application.
const ROWS_OF_MANY: usize = 6;
/// Entities from which on an application is large.
const MANY: usize = 20;

/// Demo rows per entity. A one-to-one reference cannot have more rows than its target.
fn counts(model: &AppModel) -> Vec<usize> {
    let most = if model.entities.len() > MANY {
        ROWS_OF_MANY
    } else {
        ROWS
    };
    let mut counts: Vec<usize> = model
        .entities
        .iter()
        .map(|entity| {
            let fields = entity.fields.iter().filter(|field| is_unique(model, field));
            fields
                .map(|field| distinct(&shape(model, field)))
                .fold(most, usize::min)
        })
        .collect();
    // A chain of references is at most as long as there are entities.
    for _ in 0..model.entities.len() {
        for (index, entity) in model.entities.iter().enumerate() {
            for field in entity.fields.iter().filter(|field| is_unique(model, field)) {
                if let Shape::Reference(target) = shape(model, field) {
                    let target = position(model, &target.name);
                    counts[index] = counts[index].min(counts[target]);
                }
            }
        }
    }
    counts
}

/// How many different values there are, at most [`ROWS`].
fn distinct(shape: &Shape<'_>) -> usize {
    let of_range = |min: f64, max: f64| {
        let fits = |n: &usize| u32::try_from(*n).is_ok_and(|n| f64::from(n) <= max - min + 1.0);
        (1..=ROWS).take_while(fits).last().unwrap_or(1)
    };
    match shape {
        Shape::Integer { min, max, .. } | Shape::Duration { min, max } => {
            let range = max.saturating_sub(*min).saturating_add(1);
            usize::try_from(range).map_or(ROWS, |range| range.clamp(1, ROWS))
        }
        Shape::Money { min, max }
        | Shape::Decimal {
            min: Some(min),
            max: Some(max),
        } => of_range(*min, *max),
        _ => ROWS,
    }
}

fn position(model: &AppModel, name: &str) -> usize {
    model
        .entities
        .iter()
        .position(|entity| entity.name == name)
        .unwrap_or(0)
}

/// Id of a demo row: version 4, so that every check accepts it.
fn row_id(entity: usize, row: usize) -> String {
    format!("00000000-0000-4000-8000-{:04x}{:08x}", entity + 1, row + 1)
}

/// Id of the demo account of a role.
pub(super) fn person_id(role: usize) -> String {
    format!("00000000-0000-4000-9000-{:012x}", role + 1)
}

/// `src/data/seed/people.ts`.
pub(super) fn people_file(model: &AppModel) -> String {
    let mut out = Source::default();
    out.line("import type { Person } from \"@/auth/backend\";")
        .line("");
    out.line("/** One made-up person per role. */");
    out.open("export const demoPeople: readonly Person[] = [");
    for (index, role) in model.roles.iter().enumerate() {
        let name = words::PEOPLE[index % words::PEOPLE.len()];
        let (id, email) = (
            person_id(index),
            format!("{}@example.com", role.id.replace('_', ".")),
        );
        out.line(format!(
            "{{ id: {}, email: {}, name: {}, roles: [{}] }},",
            ts(&id),
            ts(&email),
            ts(name),
            ts(&role.id)
        ));
    }
    out.close("];");
    out.finish()
}

/// `src/data/seed/index.ts`.
pub(super) fn index_file(all: &[Names<'_>]) -> String {
    let mut imports = Imports::default();
    imports
        .add("@/lib/entity", "type Stored")
        .add("@/lib/names", "type EntityName");
    let mut body = Source::default();
    body.line("/** Made-up rows that the demo starts with. */");
    body.open("export const seedRows: Readonly<Record<EntityName, Stored[]>> = {");
    for names in all {
        let constant = format!("{}Seed", names.camel);
        imports.add(&format!("@/data/seed/{}", names.file), &constant);
        body.line(format!("{}: {constant},", names.entity.name));
    }
    body.close("};");
    format!("{}{}", imports.print(), body.finish())
}

/// `src/data/seed/<entity>.ts`.
pub(super) fn entity_file(model: &AppModel, names: &Names<'_>) -> String {
    let counts = counts(model);
    let index = position(model, &names.entity.name);
    let cycle = life_cycle(model, names.entity);
    let mut out = Source::default();
    out.line(format!(
        "import type {{ {} }} from \"{}\";",
        names.row(),
        names.module()
    ))
    .line("");
    out.open(format!(
        "export const {}Seed: {}[] = [",
        names.camel,
        names.row()
    ));
    for row in 0..counts[index] {
        out.open("{");
        out.line(format!("id: {},", ts(&row_id(index, row))));
        if names.entity.owned {
            out.line(format!(
                "owner_id: {},",
                ts(&owner(model, names.entity, row))
            ));
        }
        for (shift, field) in names.entity.fields.iter().enumerate() {
            let cell = Cell {
                model,
                entity: names.entity,
                field,
                counts: &counts,
                row,
                shift,
            };
            out.line(format!(
                "{}: {},",
                property(&field.name),
                cell.literal(cycle.as_ref())
            ));
        }
        let at = format!(
            "2026-0{}-{:02}T{:02}:15:00.000Z",
            1 + row / 6,
            3 + (row % 6) * 4,
            8 + index % 10
        );
        out.line(format!("created_at: {},", ts(&at)))
            .line(format!("updated_at: {},", ts(&at)));
        out.close("},");
    }
    out.close("];");
    out.finish()
}

/// Mostly the role that makes such rows, now and then another one, so that "own" can be told from "all".
fn owner(model: &AppModel, entity: &Entity, row: usize) -> String {
    let named = model
        .roles
        .iter()
        .position(|role| Some(&role.id) == entity.owner_role.as_ref());
    let usual = named.unwrap_or(0);
    let role = if row % 3 == 2 {
        (usual + 1) % model.roles.len().max(1)
    } else {
        usual
    };
    person_id(role)
}
