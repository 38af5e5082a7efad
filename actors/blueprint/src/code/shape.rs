//! What a field is once all doubts are settled: the migration, the schemas, the forms and the demo rows all read this.
//!
//! Invariant: limits are finite, in order and inside what the column can hold, so that no layer is stricter than another.

use crate::model::{AppModel, Entity, Field, FieldType, States};

/// A settled type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    /// Text of 1 to `max` characters; `long`: several lines.
    Text {
        max: u32,
        long: bool,
    },
    Email,
    /// `http` or `https`.
    Url(UrlUse),
    Phone,
    Slug {
        max: u32,
    },
    Geo,
    Integer {
        min: i64,
        max: i64,
        big: bool,
    },
    /// Whole minutes.
    Duration {
        min: i64,
        max: i64,
    },
    Decimal {
        min: Option<f64>,
        max: Option<f64>,
    },
    Money {
        min: f64,
        max: f64,
    },
    Flag,
    Date,
    Moment,
    Choice(Vec<&'a str>),
    Json,
    Reference(&'a Entity),
    Uuid,
}

/// What an address points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlUse {
    Link,
    Image,
}

/// Largest whole number that JavaScript holds exactly.
const SAFE_INTEGER: i64 = 9_007_199_254_740_991;
/// What `numeric(14, 2)` holds.
const MONEY_MAX: f64 = 999_999_999_999.99;
/// What `numeric(18, 6)` holds.
const DECIMAL_MAX: f64 = 999_999_999_999.0;
const TEXT_MAX: u32 = 100_000;

/// The shape of `field`.
pub(crate) fn shape<'a>(model: &'a AppModel, field: &'a Field) -> Shape<'a> {
    let max = |default: u32| field.max_length.unwrap_or(default).clamp(1, TEXT_MAX);
    match field.kind {
        FieldType::Uuid => match field
            .references
            .as_deref()
            .and_then(|name| model.entity(name))
        {
            Some(entity) => Shape::Reference(entity),
            None => Shape::Uuid,
        },
        FieldType::Text => Shape::Text {
            max: max(5000),
            long: true,
        },
        FieldType::String => Shape::Text {
            max: max(200),
            long: false,
        },
        FieldType::Integer => whole(field, i64::from(i32::MIN), i64::from(i32::MAX), false),
        FieldType::Bigint => whole(field, -SAFE_INTEGER, SAFE_INTEGER, true),
        FieldType::Duration => {
            let (min, max) = whole_limits(field, 0, i64::from(i32::MAX));
            Shape::Duration { min, max }
        }
        FieldType::Decimal => {
            let (min, max) = limits(field, -DECIMAL_MAX, DECIMAL_MAX);
            Shape::Decimal { min, max }
        }
        FieldType::Money => {
            let (min, max) = limits(field, -MONEY_MAX, MONEY_MAX);
            Shape::Money {
                min: min.unwrap_or(-MONEY_MAX),
                max: max.unwrap_or(MONEY_MAX),
            }
        }
        FieldType::Boolean => Shape::Flag,
        FieldType::Date => Shape::Date,
        FieldType::Timestamp => Shape::Moment,
        FieldType::Email => Shape::Email,
        FieldType::Url | FieldType::File => Shape::Url(UrlUse::Link),
        FieldType::Image => Shape::Url(UrlUse::Image),
        FieldType::Phone => Shape::Phone,
        FieldType::Slug => Shape::Slug { max: max(80) },
        FieldType::Geo => Shape::Geo,
        FieldType::Json => Shape::Json,
        FieldType::Enum => {
            let values = values(field);
            // A choice without choices is just a word.
            if values.is_empty() {
                Shape::Text {
                    max: 200,
                    long: false,
                }
            } else {
                Shape::Choice(values)
            }
        }
    }
}

fn values(field: &Field) -> Vec<&str> {
    let mut values: Vec<&str> = Vec::new();
    for value in &field.values {
        if !value.is_empty() && !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    values
}

fn whole<'a>(field: &Field, least: i64, most: i64, big: bool) -> Shape<'a> {
    let (min, max) = whole_limits(field, least, most);
    Shape::Integer { min, max, big }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "clamped to whole numbers that a float holds"
)]
fn whole_limits(field: &Field, least: i64, most: i64) -> (i64, i64) {
    let (min, max) = limits(field, least as f64, most as f64);
    let (min, max) = (
        min.map_or(least, |n| n.ceil() as i64),
        max.map_or(most, |n| n.floor() as i64),
    );
    if min <= max {
        (min, max)
    } else {
        (least, most)
    }
}

/// The limits of the model, where they make sense.
fn limits(field: &Field, least: f64, most: f64) -> (Option<f64>, Option<f64>) {
    let known = |limit: Option<f64>| limit.filter(|n| n.is_finite() && (least..=most).contains(n));
    match (known(field.min), known(field.max)) {
        (Some(min), Some(max)) if min > max => (None, None),
        // A decimal without limits still has those of its column.
        pair => pair,
    }
}

impl Shape<'_> {
    /// Whether a unique constraint makes sense: there must be enough different values.
    pub(crate) fn can_be_unique(&self) -> bool {
        !matches!(
            self,
            Shape::Flag | Shape::Choice(_) | Shape::Json | Shape::Text { long: true, .. }
        )
    }

    /// Whether the column holds text in which people search.
    pub(crate) fn is_searchable(&self) -> bool {
        matches!(
            self,
            Shape::Text { .. } | Shape::Email | Shape::Phone | Shape::Slug { .. } | Shape::Url(_)
        )
    }

    /// Whether a value can name a row.
    pub(crate) fn is_title(&self) -> bool {
        matches!(
            self,
            Shape::Text { .. } | Shape::Email | Shape::Slug { .. } | Shape::Phone
        )
    }
}

/// Whether `field` is unique in the database.
pub(crate) fn is_unique(model: &AppModel, field: &Field) -> bool {
    field.unique && shape(model, field).can_be_unique()
}

/// A life cycle that holds together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LifeCycle<'a> {
    /// The field with the state.
    pub(crate) field: &'a Field,
    /// All states.
    pub(crate) values: Vec<&'a str>,
    /// First state.
    pub(crate) initial: &'a str,
    /// From, to, role ids.
    pub(crate) moves: Vec<(&'a str, &'a str, Vec<&'a str>)>,
}

/// The life cycle of `entity`, cut down to states and roles that exist; without any move every move is allowed.
pub(crate) fn life_cycle<'a>(model: &'a AppModel, entity: &'a Entity) -> Option<LifeCycle<'a>> {
    let states: &States = entity.states.as_ref()?;
    let field = entity
        .fields
        .iter()
        .find(|field| field.name == states.field)?;
    let Shape::Choice(values) = shape(model, field) else {
        return None;
    };
    let first = *values.first()?;
    let initial = values
        .iter()
        .copied()
        .find(|value| *value == states.initial)
        .unwrap_or(first);
    let mut moves: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for step in &states.transitions {
        let known = |state: &str| values.contains(&state);
        let new = !moves
            .iter()
            .any(|(from, to, _)| *from == step.from && *to == step.to);
        if known(&step.from) && known(&step.to) && step.from != step.to && new {
            let by = step.by.iter().map(String::as_str);
            let by = by
                .filter(|id| model.roles.iter().any(|role| role.id == *id))
                .collect();
            moves.push((&step.from, &step.to, by));
        }
    }
    if moves.is_empty() {
        for from in &values {
            moves.extend(
                values
                    .iter()
                    .filter(|to| *to != from)
                    .map(|to| (*from, *to, Vec::new())),
            );
        }
    }
    Some(LifeCycle {
        field,
        values,
        initial,
        moves,
    })
}

/// Fields that people fill in: all but the state, which only moves.
pub(crate) fn inputs<'a>(model: &'a AppModel, entity: &'a Entity) -> Vec<(&'a Field, Shape<'a>)> {
    let state = life_cycle(model, entity).map(|cycle| cycle.field.name.as_str());
    let fields = entity
        .fields
        .iter()
        .filter(|field| Some(field.name.as_str()) != state);
    fields.map(|field| (field, shape(model, field))).collect()
}

/// The field whose value names a row.
pub(crate) fn title_field<'a>(model: &'a AppModel, entity: &'a Entity) -> Option<&'a Field> {
    let display = entity.display_field();
    if shape(model, display).is_title() {
        return Some(display);
    }
    entity
        .fields
        .iter()
        .find(|field| shape(model, field).is_title())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(min: f64, max: f64) -> Field {
        Field {
            kind: FieldType::Integer,
            min: Some(min),
            max: Some(max),
            ..Field::default()
        }
    }

    #[test]
    fn senseless_limits_are_ignored() {
        let model = AppModel::default();
        let all = Shape::Integer {
            min: i64::from(i32::MIN),
            max: i64::from(i32::MAX),
            big: false,
        };
        for field in [
            integer(5.0, 1.0),
            integer(f64::NAN, f64::INFINITY),
            integer(0.2, 0.8),
            integer(-1e300, 1e300),
        ] {
            assert_eq!(shape(&model, &field), all);
        }
        assert_eq!(
            shape(&model, &integer(0.5, 3.0)),
            Shape::Integer {
                min: 1,
                max: 3,
                big: false
            }
        );
    }

    #[test]
    fn a_reference_to_nothing_is_a_plain_id() {
        let field = Field {
            kind: FieldType::Uuid,
            references: Some("Gone".to_owned()),
            ..Field::default()
        };
        assert_eq!(shape(&AppModel::default(), &field), Shape::Uuid);
    }

    #[test]
    fn a_choice_without_values_is_text() {
        let field = Field {
            kind: FieldType::Enum,
            ..Field::default()
        };
        assert_eq!(
            shape(&AppModel::default(), &field),
            Shape::Text {
                max: 200,
                long: false
            }
        );
    }
}
