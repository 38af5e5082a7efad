//! Demo rows: believable, always the same, and acceptable to every constraint of the migration.
//!
//! Invariant: a value depends on the entity, the field and the number of the row alone; unique fields never repeat.

mod words;

use super::domain::property;
use super::escape::ts;
use super::names::Names;
use super::shape::{LifeCycle, Shape, UrlUse, is_unique, life_cycle, shape};
use super::source::{Imports, Source};
use crate::model::{AppModel, Entity, Field};
use crate::screens::is_portuguese;

/// Rows per entity: enough to fill more than one page of a list.
const ROWS: usize = 12;
/// Rows per entity of a large application.
const ROWS_OF_MANY: usize = 6;
/// Entities from which on an application is large.
const MANY: usize = 20;

/// One field of one row.
struct Cell<'a> {
    model: &'a AppModel,
    entity: &'a Entity,
    field: &'a Field,
    counts: &'a [usize],
    row: usize,
    /// Distance from the first value, so that two fields of a row differ.
    shift: usize,
}

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
        // In (0, 12]: a cast cannot lose anything.
        (1..=ROWS)
            .take_while(|n| *n as f64 <= max - min + 1.0)
            .last()
            .unwrap_or(1)
    };
    match shape {
        #[expect(
            clippy::cast_precision_loss,
            reason = "only compared with numbers up to twelve"
        )]
        Shape::Integer { min, max, .. } | Shape::Duration { min, max } => {
            of_range(*min as f64, *max as f64)
        }
        Shape::Money { min, max } => of_range(*min, *max),
        Shape::Decimal {
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

impl Cell<'_> {
    /// The value as a TypeScript expression.
    fn literal(&self, cycle: Option<&LifeCycle<'_>>) -> String {
        if let Some(cycle) = cycle.filter(|cycle| cycle.field.name == self.field.name) {
            return ts(cycle.values[self.row % cycle.values.len()]);
        }
        let unique = is_unique(self.model, self.field);
        let shape = shape(self.model, self.field);
        // Some optional values are missing, as in real life. Pictures always are: they would come from elsewhere.
        let skipped = !unique && (self.row + self.shift) % 4 == 3;
        let picture = matches!(shape, Shape::Url(UrlUse::Image));
        if !self.field.required && shape != Shape::Flag && (skipped || picture) {
            return "null".to_owned();
        }
        self.value(&shape, unique)
    }

    fn value(&self, shape: &Shape<'_>, unique: bool) -> String {
        let pick = self.row * 5 + self.shift * 3;
        let day = 1 + pick % 28;
        match shape {
            Shape::Text { max, long } => ts(&self.text(*max, *long, unique)),
            Shape::Email => ts(&format!("{}@example.com", words::slug(self.person()))),
            Shape::Url(UrlUse::Link) => ts(&format!("https://example.com/{}", self.row + 1)),
            Shape::Url(UrlUse::Image) => ts(&format!("https://example.com/{}.jpg", self.row + 1)),
            Shape::Phone => ts(&format!("+1 555 01{:02}", self.row)),
            Shape::Slug { max } => ts(&self.slug(*max)),
            Shape::Geo => ts(&format!(
                "38.7{:02}, -9.1{:02}",
                self.row * 3,
                self.shift * 7 % 100
            )),
            Shape::Integer { min, max, .. } => {
                whole(*min, *max, if unique { self.row } else { pick }, unique)
            }
            Shape::Duration { min, max } => whole(
                *min,
                *max,
                if unique {
                    self.row
                } else {
                    15 * (1 + pick % 8)
                },
                unique,
            ),
            Shape::Decimal { min, max } => {
                real(min.unwrap_or(0.0), max.unwrap_or(1e6), self.row, unique)
            }
            Shape::Money { min, max } => real(
                min.max(0.0).min(*max),
                *max,
                if unique { self.row } else { pick },
                unique,
            ),
            Shape::Flag => (pick % 3 != 0).to_string(),
            Shape::Date if unique => ts(&format!("2026-04-{:02}", self.row + 1)),
            Shape::Date => ts(&self.date(day)),
            Shape::Moment if unique => ts(&format!("2026-04-{:02}T09:30:00.000Z", self.row + 1)),
            Shape::Moment => ts(&format!(
                "{}T{:02}:30:00.000Z",
                self.date(day),
                8 + pick % 9
            )),
            Shape::Choice(values) => ts(values[pick % values.len()]),
            Shape::Json => format!(
                "{{ note: {} }}",
                ts(words::THINGS[pick % words::THINGS.len()])
            ),
            Shape::Reference(target) => {
                let target = position(self.model, &target.name);
                let row = if unique {
                    self.row
                } else {
                    pick % self.counts[target].max(1)
                };
                ts(&row_id(target, row))
            }
            Shape::Uuid => ts(&format!(
                "00000000-0000-4000-a000-{:04x}{:08x}",
                self.shift,
                self.row + 1
            )),
        }
    }

    /// People are born in the past; everything else happens this year.
    fn date(&self, day: usize) -> String {
        let name = &self.field.name;
        if name.contains("birth") || name.contains("nascimento") {
            format!("19{}-0{}-{day:02}", 70 + self.row * 2, 1 + self.row % 9)
        } else {
            format!("2026-0{}-{day:02}", 4 + self.row % 6)
        }
    }

    fn person(&self) -> &'static str {
        words::PEOPLE[self.row % words::PEOPLE.len()]
    }

    fn slug(&self, max: u32) -> String {
        let thing = format!(
            "{}-{}",
            words::slug(words::THINGS[self.row % words::THINGS.len()]),
            self.row + 1
        );
        if thing.len() <= max as usize {
            thing
        } else {
            short(self.row, max)
        }
    }

    fn text(&self, max: u32, long: bool, unique: bool) -> String {
        let portuguese = is_portuguese(self.model);
        let text = if long {
            let sentences = if portuguese {
                &words::SENTENCES_PT
            } else {
                &words::SENTENCES
            };
            sentences[(self.row + self.shift) % sentences.len()].to_owned()
        } else {
            words::one_line(&self.field.name, &self.entity.name, self.row, portuguese)
        };
        let fits = text.chars().count() <= max as usize;
        match (fits, unique) {
            (true, false) => text,
            (true, true) if !words::repeats(&self.field.name) => text,
            (_, true) => short(self.row, max),
            (false, false) => {
                let cut: String = text.chars().take(max as usize).collect();
                // Schemas trim: an end made of spaces would come back shorter.
                let cut = cut.trim();
                if cut.is_empty() {
                    short(self.row, max)
                } else {
                    cut.to_owned()
                }
            }
        }
    }
}

/// A code that differs from row to row, even in one character.
fn short(row: usize, max: u32) -> String {
    let letter = char::from(b'a' + u8::try_from(row % 26).unwrap_or(0));
    if max >= 4 {
        format!("{letter}{:03}", 101 + row)
    } else {
        letter.to_string()
    }
}

fn whole(min: i64, max: i64, step: usize, unique: bool) -> String {
    let start = if min <= 0 && max >= 0 {
        0
    } else if min > 0 {
        min
    } else {
        max
    };
    let room = max.saturating_sub(start).saturating_add(1).max(1);
    let step = i64::try_from(step).unwrap_or(0);
    // Unique values count up from the smallest; the number of rows is not larger than the range.
    let value = if unique {
        min.max(start.min(max - room + 1)).min(min.max(start)) + step
    } else {
        start + step % room
    };
    let value = if unique && value > max {
        min + step
    } else {
        value
    };
    value.to_string()
}

fn real(min: f64, max: f64, step: usize, unique: bool) -> String {
    let step = u32::try_from(step % 1000).map_or(0.0, f64::from);
    let value = if unique {
        min + step
    } else {
        min + (9.5 + step * 7.25) % (max - min).max(0.01)
    };
    let value = (value * 100.0).round() / 100.0;
    format!("{}", value.clamp(min, max))
}
