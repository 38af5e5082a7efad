//! Layers of settings: leaves by key, each with its source; the higher layer wins key by key.
//!
//! Invariant: only known keys with values of the right shape and range enter a layer.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::{Table, Value};

use super::error::{ConfigError, Origin};
use super::schema;

/// A key as its parts: names of keys and tiers may hold dots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPath(Vec<String>);

impl KeyPath {
    pub(super) fn new<S: Into<String>>(parts: impl IntoIterator<Item = S>) -> Self {
        Self(parts.into_iter().map(Into::into).collect())
    }

    /// From a text whose parts hold no dots themselves.
    pub(super) fn from_dotted(text: &str) -> Self {
        Self::new(text.split('.'))
    }

    pub(super) fn parts(&self) -> &[String] {
        &self.0
    }

    pub(super) fn child(&self, part: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.to_owned());
        Self(parts)
    }

    pub(super) fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// Whether it fits a dotted pattern in which `*` stands for any one part.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        let mut wanted = pattern.split('.');
        let fits = |part: &String| {
            wanted
                .next()
                .is_some_and(|want| want == "*" || want == part)
        };
        self.0.iter().all(fits) && wanted.next().is_none()
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// All values that are not tables, by key.
pub(super) fn leaves_of(table: &Table) -> BTreeMap<KeyPath, Value> {
    let mut leaves = BTreeMap::new();
    collect(&KeyPath(Vec::new()), table, &mut leaves);
    leaves
}

fn collect(prefix: &KeyPath, table: &Table, leaves: &mut BTreeMap<KeyPath, Value>) {
    for (name, value) in table {
        let path = prefix.child(name);
        match value {
            Value::Table(inner) => collect(&path, inner, leaves),
            leaf => drop(leaves.insert(path, leaf.clone())),
        }
    }
}

/// The merged layers so far.
#[derive(Debug, Default)]
pub(super) struct Layers(BTreeMap<KeyPath, (Value, Origin)>);

impl Layers {
    /// Starts from `default.toml`.
    pub(super) fn from_default() -> Self {
        let leaves = schema::defaults().iter();
        Self(
            leaves
                .map(|(path, value)| (path.clone(), (value.clone(), Origin::Default)))
                .collect(),
        )
    }

    /// Puts one value on top.
    pub(super) fn set(
        &mut self,
        path: KeyPath,
        value: Value,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let shape = known(&path, &origin)?;
        schema::check(&path, shape, &value).map_err(|rule| ConfigError::BadValue {
            key: path.to_string(),
            origin: origin.clone(),
            rule,
        })?;
        self.0.insert(path, (value, origin));
        Ok(())
    }

    /// Puts the text of a variable or flag on top.
    pub(super) fn set_text(
        &mut self,
        path: KeyPath,
        text: &str,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let value = known(&path, &origin)?
            .parse(text)
            .map_err(|rule| ConfigError::BadValue {
                key: path.to_string(),
                origin: origin.clone(),
                rule,
            })?;
        self.set(path, value, origin)
    }

    /// Puts a TOML text on top; `origin` makes the source of a value from its line.
    pub(super) fn set_toml(
        &mut self,
        text: &str,
        name: &Path,
        origin: impl Fn(usize) -> Origin,
    ) -> Result<(), ConfigError> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| ConfigError::Syntax {
                path: name.to_owned(),
                line: error.span().map_or(1, |span| line_of(text, span.start)),
                problem: error.message().trim().to_owned(),
            })?;
        let lines = lines_of(text);
        for (path, value) in leaves_of(&table) {
            let line = lines.get(&path).copied().unwrap_or(1);
            self.set(path, value, origin(line))?;
        }
        Ok(())
    }

    /// The value and source of a key.
    pub(super) fn get(&self, dotted: &str) -> Option<&(Value, Origin)> {
        self.0.get(&KeyPath::from_dotted(dotted))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&KeyPath, &(Value, Origin))> {
        self.0.iter()
    }

    /// Everything as one table.
    pub(super) fn table(&self) -> Table {
        let mut root = Table::new();
        for (path, (value, _)) in &self.0 {
            let (last, parents) = path
                .parts()
                .split_last()
                .expect("a key has at least one part");
            let mut table = &mut root;
            for part in parents {
                let slot = table
                    .entry(part.clone())
                    .or_insert_with(|| Table::new().into());
                table = slot
                    .as_table_mut()
                    .expect("a leaf of one key is never the table of another");
            }
            table.insert(last.clone(), value.clone());
        }
        root
    }
}

fn known(path: &KeyPath, origin: &Origin) -> Result<schema::Shape, ConfigError> {
    schema::shape(path).ok_or_else(|| ConfigError::UnknownKey {
        key: path.to_string(),
        origin: origin.clone(),
        nearest: schema::nearest(path),
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// The line of every key in a text that has already been parsed once.
fn lines_of(text: &str) -> BTreeMap<KeyPath, usize> {
    fn walk(
        text: &str,
        prefix: &KeyPath,
        table: &toml::de::DeTable<'_>,
        lines: &mut BTreeMap<KeyPath, usize>,
    ) {
        for (name, value) in table {
            let path = prefix.child(name.get_ref());
            if let toml::de::DeValue::Table(inner) = value.get_ref() {
                walk(text, &path, inner, lines);
            } else {
                lines.insert(path, line_of(text, name.span().start));
            }
        }
    }
    let mut lines = BTreeMap::new();
    if let Ok(table) = toml::de::DeTable::parse(text) {
        walk(text, &KeyPath(Vec::new()), table.get_ref(), &mut lines);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_toml(text: &str) -> Result<Layers, ConfigError> {
        let mut layers = Layers::from_default();
        let name = Path::new("aios.toml");
        layers.set_toml(text, name, |line| Origin::File(name.to_owned(), line))?;
        Ok(layers)
    }

    #[test]
    fn a_bad_file_is_refused_with_file_line_and_key() {
        let cases = [
            (
                "[server]\nbnid = 1",
                "aios.toml:2: `server.bnid` is not a setting; did you mean `server.bind`?",
            ),
            (
                "\n[server]\nbind = 1",
                "aios.toml:3: `server.bind` must be a text",
            ),
            (
                "limits = { head_bytes_max = 7 }",
                "aios.toml:1: `limits.head_bytes_max` must be between 4096 and 262144, not 7",
            ),
            (
                "[telemetry]\nlog_format = \"xml\"",
                "aios.toml:2: `telemetry.log_format` must be one of auto, json, text, not `xml`",
            ),
            ("server = 3", "aios.toml:1: `server` is not a setting"),
            (
                "[server]\nbind.port = 3",
                "aios.toml:2: `server.bind.port` is not a setting; did you mean `server.bind`?",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(set_toml(text).unwrap_err().to_string(), message, "{text}");
        }
        let syntax = set_toml("[server]\nbind = ").unwrap_err().to_string();
        assert!(syntax.starts_with("aios.toml:2: "), "{syntax}");
    }

    #[test]
    fn the_higher_layer_wins_and_keeps_its_source() {
        let layers = set_toml("[engine]\nattempts_max = 5").unwrap();
        let (value, origin) = layers.get("engine.attempts_max").unwrap();
        assert_eq!(value.as_integer(), Some(5));
        assert_eq!(*origin, Origin::File("aios.toml".into(), 2));
        assert_eq!(
            layers.table()["engine"]["attempts_max"].as_integer(),
            Some(5)
        );
        assert_eq!(
            layers.table()["engine"]["jobs_running_max"].as_integer(),
            Some(64)
        );
    }
}
