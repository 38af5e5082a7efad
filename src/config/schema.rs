//! What a setting may be: the shape from `default.toml`, the range from the table below.
//!
//! Invariant: a key is known if, and only if, it stands in `default.toml` or in an open table (`tiers`, `auth.keys`).

use crate::edits;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use toml::Value;

use super::layers::{KeyPath, leaves_of};

/// The lowest layer, with the documentation of every key.
pub(super) const DEFAULT_TOML: &str = include_str!("../../config/default.toml");

/// Settings that are never printed.
const SECRETS: &[&str] = &[
    "auth.admin_key",
    "auth.keys.*.key",
    "webhooks.signing_secret",
    "telemetry.metrics_token",
];

/// Rows of the open tables: field, shape, whether a row must have it.
const KEY_ROW: &[(&str, Shape, bool)] = &[
    ("key", Shape::Text, true),
    ("workspace", Shape::Text, false),
    ("tier", Shape::Text, false),
    ("requests_per_minute", Shape::Int, false),
    ("requests_per_day", Shape::Int, false),
    ("concurrent_jobs", Shape::Int, false),
    ("pipelines_per_hour", Shape::Int, false),
];
const TIER_ROW: &[(&str, Shape, bool)] = &[
    ("requests_per_minute", Shape::Int, true),
    ("requests_per_day", Shape::Int, true),
    ("concurrent_jobs", Shape::Int, true),
    ("pipelines_per_hour", Shape::Int, true),
];

/// Inclusive ranges of every whole number; `default.toml` says the same in its comments.
pub(super) const RANGES: &[(&str, i64, i64)] = &[
    ("server.drain_delay_seconds", 0, 300),
    ("server.drain_timeout_seconds", 1, 600),
    ("server.run_as_uid", 0, 4_294_967_294),
    ("auth.keys.*.requests_per_minute", 0, 1_000_000),
    ("auth.keys.*.requests_per_day", 0, 1_000_000),
    ("auth.keys.*.concurrent_jobs", 0, 1_000_000),
    ("auth.keys.*.pipelines_per_hour", 0, 1_000_000),
    ("tiers.*.requests_per_minute", 0, 1_000_000),
    ("tiers.*.requests_per_day", 0, 1_000_000),
    ("tiers.*.concurrent_jobs", 0, 1_000_000),
    ("tiers.*.pipelines_per_hour", 0, 1_000_000),
    ("limits.body_bytes_max", 1_024, 67_108_864),
    ("limits.head_bytes_max", 4_096, 262_144),
    ("limits.header_timeout_ms", 100, 600_000),
    ("limits.body_grace_ms", 100, 3_600_000),
    ("limits.body_bytes_per_second_min", 1, 1_073_741_824),
    ("limits.idle_timeout_ms", 1_000, 3_600_000),
    ("limits.connections_max", 1, 1_000_000),
    ("limits.jobs_open_max", 1, 10_000_000),
    ("engine.jobs_running_max", 1, 100_000),
    ("engine.finished_views_max", 0, 1_000_000),
    ("engine.pipeline_timeout_ms", 1_000, 86_400_000),
    ("engine.attempts_max", 1, 20),
    ("engine.crashes_max", 1, 20),
    ("engine.backoff_initial_ms", 1, 3_600_000),
    ("engine.backoff_max_ms", 1, 86_400_000),
    ("engine.cancel_grace_ms", 0, 600_000),
    ("engine.hub_buffer_events", 16, 1_000_000),
    ("roles.*.running_max", 1, 10_000),
    ("roles.*.timeout_ms", 1_000, 86_400_000),
    ("roles.circuit.failure_threshold", 1, 1_000),
    ("roles.circuit.success_threshold", 1, 1_000),
    ("roles.circuit.reset_timeout_ms", 1, 86_400_000),
    ("store.lock_wait_seconds", 0, 3_600),
    ("store.view_lag_ms_max", 10, 600_000),
    ("store.view_lag_bytes_max", 1_048_576, 4_294_967_296),
    ("store.inbox_operations_max", 64, 1_000_000),
    ("store.frame_bytes_max", 65_536, 67_108_864),
    ("store.segment_bytes", 1_048_576, 1_073_741_824),
    ("store.view_cache_bytes", 1_048_576, 4_294_967_296),
    ("retention.artifacts_seconds", 60, 315_360_000),
    ("retention.input_after_completion_seconds", 0, 315_360_000),
    ("retention.input_after_failure_seconds", 0, 315_360_000),
    ("sessions.idle_seconds", 10, 86_400),
    ("sessions.per_key_max", 1, 1_000_000),
    ("webhooks.timeout_ms", 100, 120_000),
    ("webhooks.retries_max", 0, 20),
];

/// Settings that take one of a few words.
const WORDS: &[(&str, &[&str])] = &[("telemetry.log_format", &["auto", "json", "text"])];

/// What kind of value a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Bool,
    Int,
    Texts,
}

impl Shape {
    fn of(value: &Value) -> Self {
        match value {
            Value::Boolean(_) => Self::Bool,
            Value::Integer(_) => Self::Int,
            Value::Array(_) => Self::Texts,
            _ => Self::Text,
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::Text => "must be a text",
            Self::Bool => "must be true or false",
            Self::Int => "must be a whole number",
            Self::Texts => "must be a list of texts",
        }
    }

    /// Reads the text of an environment variable or a flag.
    pub(super) fn parse(self, text: &str) -> Result<Value, String> {
        let rule = || self.rule().to_owned();
        match self {
            Self::Text => Ok(Value::String(text.to_owned())),
            Self::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Value::Boolean(true)),
                "false" | "0" => Ok(Value::Boolean(false)),
                _ => Err(rule()),
            },
            Self::Int => text.trim().parse().map(Value::Integer).map_err(|_| rule()),
            Self::Texts if text.trim_start().starts_with('[') => {
                let list: Vec<String> = serde_json::from_str(text).map_err(|_| rule())?;
                Ok(list.into())
            }
            Self::Texts => {
                let words = text
                    .split(',')
                    .map(str::trim)
                    .filter(|word| !word.is_empty());
                Ok(words.map(str::to_owned).collect::<Vec<String>>().into())
            }
        }
    }
}

static DEFAULTS: LazyLock<BTreeMap<KeyPath, Value>> = LazyLock::new(|| {
    let table: toml::Table = DEFAULT_TOML
        .parse()
        .expect("default.toml is checked by a test");
    leaves_of(&table)
});

/// The values of `default.toml`, by key.
pub(super) fn defaults() -> &'static BTreeMap<KeyPath, Value> {
    &DEFAULTS
}

/// The row template of the open table that `path` points into.
fn open_row(path: &KeyPath) -> Option<&'static [(&'static str, Shape, bool)]> {
    match path.parts() {
        [section, _, _] if section == "tiers" => Some(TIER_ROW),
        [section, table, _, _] if section == "auth" && table == "keys" => Some(KEY_ROW),
        _ => None,
    }
}

/// The shape of a known setting.
pub(super) fn shape(path: &KeyPath) -> Option<Shape> {
    if let Some(row) = open_row(path) {
        let field = path.parts().last()?;
        return row
            .iter()
            .find(|(name, ..)| name == field)
            .map(|&(_, shape, _)| shape);
    }
    defaults().get(path).map(Shape::of)
}

/// Whether the value must not be shown.
pub(super) fn is_secret(path: &KeyPath) -> bool {
    SECRETS.iter().any(|pattern| path.matches(pattern))
}

/// Checks shape, range and words.
///
/// # Errors
/// The rule that the value breaks, completing "`key` …".
pub(super) fn check(path: &KeyPath, shape: Shape, value: &Value) -> Result<(), String> {
    let fits = match (shape, value) {
        (Shape::Texts, Value::Array(list)) => list.iter().all(Value::is_str),
        (Shape::Texts, _) => false,
        _ => Shape::of(value) == shape && !value.is_table() && !value.is_float(),
    };
    if !fits {
        return Err(shape.rule().to_owned());
    }
    if let Value::Integer(number) = value
        && let Some((_, min, max)) = RANGES.iter().find(|(pattern, ..)| path.matches(pattern))
        && !(min..=max).contains(&number)
    {
        return Err(format!("must be between {min} and {max}, not {number}"));
    }
    if let Value::String(word) = value
        && let Some((_, words)) = WORDS.iter().find(|(pattern, _)| path.matches(pattern))
        && !words.contains(&word.as_str())
    {
        return Err(format!("must be one of {}, not `{word}`", words.join(", ")));
    }
    Ok(())
}

/// Fields that a row of an open table must have and that `present` lacks: (row, field).
pub(super) fn missing_fields(present: &BTreeSet<&KeyPath>) -> Option<(KeyPath, &'static str)> {
    let rows = present
        .iter()
        .filter_map(|path| Some((path.parent(), open_row(path)?)));
    for (row, template) in rows {
        for (field, _, required) in template {
            if *required && !present.contains(&row.child(field)) {
                return Some((row, field));
            }
        }
    }
    None
}

/// The known key that is most like `path`, if one is near enough to be meant.
pub(super) fn nearest(path: &KeyPath) -> Option<String> {
    let text = path.to_string();
    let row = open_row(path).unwrap_or_default();
    let siblings = row
        .iter()
        .map(|(field, ..)| path.parent().child(field).to_string());
    let (distance, best) = defaults()
        .keys()
        .map(KeyPath::to_string)
        .chain(siblings)
        .map(|known| (edits::distance(text.as_bytes(), known.as_bytes()), known))
        .min()?;
    (distance <= text.len().div_ceil(3)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_whole_number_has_a_range_that_its_comment_names() {
        let numbers = defaults().iter().filter(|(_, value)| value.is_integer());
        for (path, value) in numbers {
            let range = RANGES.iter().find(|(pattern, ..)| path.matches(pattern));
            let (_, min, max) = range.unwrap_or_else(|| panic!("`{path}` has no range"));
            assert!(
                (*min..=*max).contains(&value.as_integer().unwrap()),
                "`{path}`: its default"
            );
            assert!(
                DEFAULT_TOML.contains(&format!("{min}..{max}")),
                "`{path}`: its comment"
            );
        }
    }

    #[test]
    fn a_typing_error_finds_the_key_that_was_meant() {
        let cases = [
            ("server.bnid", Some("server.bind")),
            ("engine.jobs_runing_max", Some("engine.jobs_running_max")),
            (
                "tiers.gold.requests_per_minutes",
                Some("tiers.gold.requests_per_minute"),
            ),
            ("weather.tomorrow", None),
        ];
        for (typed, meant) in cases {
            assert_eq!(
                nearest(&KeyPath::from_dotted(typed)).as_deref(),
                meant,
                "{typed}"
            );
        }
    }

    #[test]
    fn texts_of_variables_become_values_of_the_right_shape() {
        assert_eq!(Shape::Int.parse(" 7 "), Ok(Value::Integer(7)));
        assert_eq!(Shape::Bool.parse("FALSE"), Ok(Value::Boolean(false)));
        let list: Value = vec!["a", "b"].into();
        assert_eq!(Shape::Texts.parse("a, b"), Ok(list.clone()));
        assert_eq!(Shape::Texts.parse(r#"["a","b"]"#), Ok(list));
        assert_eq!(
            Shape::Int.parse("seven"),
            Err("must be a whole number".to_owned())
        );
    }
}
