//! The value of one field in one demo row.
//!
//! Invariant: accepted by the schema and the column, trimmed, and different in every row where the field is unique.

use super::super::escape::ts;
use super::super::shape::{LifeCycle, Shape, UrlUse, is_unique, shape};
use super::{ROWS, position, row_id, words};
use crate::model::{AppModel, Entity, Field};
use crate::screens::is_portuguese;

/// One field of one row.
pub(super) struct Cell<'a> {
    pub(super) model: &'a AppModel,
    pub(super) entity: &'a Entity,
    pub(super) field: &'a Field,
    pub(super) counts: &'a [usize],
    pub(super) row: usize,
    /// Distance from the first value, so that two fields of a row differ.
    pub(super) shift: usize,
}

impl Cell<'_> {
    /// The value as a TypeScript expression.
    pub(super) fn literal(&self, cycle: Option<&LifeCycle<'_>>) -> String {
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
        let pick = self.pick();
        match shape {
            Shape::Integer { min, max, .. } => whole(*min, *max, self.step(unique, pick), unique),
            Shape::Duration { min, max } => {
                whole(*min, *max, self.step(unique, 15 * (1 + pick % 8)), unique)
            }
            Shape::Decimal { min, max } => {
                let min = min.unwrap_or_else(|| max.map_or(0.0, |max| max.min(0.0)));
                let max = max.unwrap_or_else(|| min.max(0.0) + 1000.0);
                real(min, max, self.step(unique, pick), unique)
            }
            Shape::Money { min, max } => real(*min, *max, self.step(unique, pick), unique),
            Shape::Flag => (!pick.is_multiple_of(3)).to_string(),
            Shape::Json => {
                let thing = words::THINGS[pick % words::THINGS.len()];
                format!("{{ note: {} }}", ts(thing))
            }
            Shape::Reference(target) => {
                let target = position(self.model, &target.name);
                let row = self.step(unique, pick % self.counts[target].max(1));
                ts(&row_id(target, row))
            }
            other => ts(&self.words(other, unique)),
        }
    }

    /// Values that are text.
    fn words(&self, shape: &Shape<'_>, unique: bool) -> String {
        let (row, pick) = (self.row, self.pick());
        let day = 1 + pick % 28;
        match shape {
            Shape::Text { max, long } => self.text(*max, *long, unique),
            Shape::Email => format!("{}@example.com", words::slug(self.person())),
            Shape::Url(UrlUse::Image) => format!("https://example.com/{}.jpg", row + 1),
            Shape::Phone => format!("+1 555 01{row:02}"),
            Shape::Slug { max } => self.slug(*max),
            Shape::Geo => format!("38.7{:02}, -9.1{:02}", row * 3, self.shift * 7 % 100),
            Shape::Date if unique => format!("2026-04-{:02}", row + 1),
            Shape::Date => self.date(day),
            Shape::Moment if unique => format!("2026-04-{:02}T09:30:00.000Z", row + 1),
            Shape::Moment => format!("{}T{:02}:30:00.000Z", self.date(day), 8 + pick % 9),
            Shape::Choice(values) => values[pick % values.len()].to_owned(),
            Shape::Uuid => format!("00000000-0000-4000-a000-{:04x}{:08x}", self.shift, row + 1),
            _ => format!("https://example.com/{}", row + 1),
        }
    }

    /// A number that jumps about from row to row and from field to field.
    fn pick(&self) -> usize {
        self.row * 5 + self.shift * 3
    }

    /// `usual`, but the number of the row where values must differ.
    fn step(&self, unique: bool, usual: usize) -> usize {
        if unique { self.row } else { usual }
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
        if fits {
            // No list of words is shorter than the number of rows, so these differ.
            return text;
        }
        if unique {
            return short(self.row, max);
        }
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
    let step = i64::try_from(step).unwrap_or(0);
    let value = if unique {
        // Counts up, from zero where the range lets it; there are never more rows than values.
        let last = i64::try_from(ROWS).unwrap_or(0) - 1;
        0.clamp(min, max.saturating_sub(last).max(min)) + step
    } else {
        let start = 0.clamp(min, max);
        start + step % max.saturating_sub(start).saturating_add(1).max(1)
    };
    value.to_string()
}

fn real(min: f64, max: f64, step: usize, unique: bool) -> String {
    let step = u32::try_from(step % 1000).map_or(0.0, f64::from);
    let value = if unique {
        0_f64.clamp(min, (max - 11.0).max(min)) + step
    } else {
        let start = 0_f64.clamp(min, max);
        start + (9.5 + step * 7.25) % (max - start).clamp(0.01, 1e6)
    };
    let value = (value * 100.0).round() / 100.0;
    format!("{}", value.clamp(min, max))
}
