//! Mermaid diagrams: the one place that prints them.
//!
//! Invariant: node names are made here and labels pass [`label`], so no text of the specification can end a label,
//! open a directive or add a statement.

use std::fmt::Write as _;

/// Longest label in characters; longer ones are cut, the full words stand in the text.
const LABEL_MAX: usize = 72;

/// Text as the inside of a label: every sign with a meaning in one of the diagram languages becomes an entity code.
pub(crate) fn label(plain: &str) -> String {
    let line = plain.split(|c: char| c.is_whitespace() || c.is_control());
    let line = line
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let mut letters: Vec<char> = line.chars().take(LABEL_MAX + 1).collect();
    if letters.len() > LABEL_MAX {
        letters.truncate(LABEL_MAX - 1);
        letters.push('…');
    }
    let mut out = String::with_capacity(letters.len());
    for letter in letters {
        match letter {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '#' | ';' | ':' | '%' | '`' | '\\' | '[' | ']' | '{' | '}' | '(' | ')' | '|' | '~'
            | '*' | '@' | '$' | '=' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "#{};", u32::from(letter));
            }
            // "--" and "->" would be arrows where a label stands without quotes.
            '-' if out.ends_with('-') => out.push_str("#45;"),
            _ => out.push(letter),
        }
    }
    if out.is_empty() {
        "unnamed".to_owned()
    } else {
        out
    }
}

/// An identifier made of ASCII letters, digits and underscores.
pub(crate) fn identifier(plain: &str) -> String {
    let clean = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = plain.chars().map(clean).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("x{name}"),
    }
}

/// A diagram that grows line by line.
#[derive(Debug)]
pub(crate) struct Diagram {
    lines: Vec<String>,
}

impl Diagram {
    /// A `flowchart`; `direction` is `LR` or `TD`.
    pub(crate) fn flowchart(direction: &str) -> Self {
        Self {
            lines: vec![format!("flowchart {direction}")],
        }
    }

    /// An `erDiagram`.
    pub(crate) fn er() -> Self {
        Self {
            lines: vec!["erDiagram".to_owned()],
        }
    }

    /// A `stateDiagram-v2`.
    pub(crate) fn states() -> Self {
        Self {
            lines: vec!["stateDiagram-v2".to_owned(), "  direction LR".to_owned()],
        }
    }

    /// A `sequenceDiagram`.
    pub(crate) fn sequence() -> Self {
        Self {
            lines: vec!["sequenceDiagram".to_owned(), "  autonumber".to_owned()],
        }
    }

    /// Flowchart: a box; `shape` is `[]`, `()`, `{}` or `[()]` (a store).
    pub(crate) fn node(&mut self, id: &str, shape: Shape, text: &str) {
        let (open, close) = shape.brackets();
        self.lines
            .push(format!("  {id}{open}\"{}\"{close}", label(text)));
    }

    /// Flowchart: an arrow, with a label unless it is empty.
    pub(crate) fn edge(&mut self, from: &str, to: &str, text: &str) {
        let arrow = if text.is_empty() {
            "-->".to_owned()
        } else {
            format!("-->|\"{}\"|", label(text))
        };
        self.lines.push(format!("  {from} {arrow} {to}"));
    }

    /// Flowchart: opens a frame; close it with [`Self::end`].
    pub(crate) fn frame(&mut self, id: &str, text: &str) {
        self.lines
            .push(format!("  subgraph {id}[\"{}\"]", label(text)));
    }

    /// Closes a frame or an alternative.
    pub(crate) fn end(&mut self) {
        self.lines.push("  end".to_owned());
    }

    /// ER: a table with its (type, name, key) columns.
    pub(crate) fn table(&mut self, name: &str, columns: &[(String, String, &str)]) {
        self.lines.push(format!("  \"{}\" {{", identifier(name)));
        for (kind, column, key) in columns {
            let mut column = identifier(column);
            // The three key words would be read as a key, not as a name.
            if ["pk", "fk", "uk"].contains(&column.to_ascii_lowercase().as_str()) {
                column.push('_');
            }
            let line = format!("    {} {column} {key}", identifier(kind));
            self.lines.push(line.trim_end().to_owned());
        }
        self.lines.push("  }".to_owned());
    }

    /// ER: a relation; `ends` is such as `}o--||`.
    pub(crate) fn relation(&mut self, from: &str, ends: &str, to: &str, text: &str) {
        let (from, to) = (identifier(from), identifier(to));
        self.lines.push(format!(
            "  \"{from}\" {ends} \"{to}\" : \"{}\"",
            label(text)
        ));
    }

    /// States: names a state.
    pub(crate) fn state(&mut self, id: &str, text: &str) {
        self.lines
            .push(format!("  state \"{}\" as {id}", label(text)));
    }

    /// States: a move; `[*]` is the beginning or the end.
    pub(crate) fn step(&mut self, from: &str, to: &str, text: &str) {
        let tail = if text.is_empty() {
            String::new()
        } else {
            format!(" : {}", label(text))
        };
        self.lines.push(format!("  {from} --> {to}{tail}"));
    }

    /// Sequence: names a participant; `kind` is `actor` or `participant`.
    pub(crate) fn participant(&mut self, kind: &str, id: &str, text: &str) {
        self.lines.push(format!("  {kind} {id} as {}", label(text)));
    }

    /// Sequence: a message.
    pub(crate) fn call(&mut self, from: &str, to: &str, text: &str) {
        self.lines.push(format!("  {from}->>{to}: {}", label(text)));
    }

    /// Sequence: an answer.
    pub(crate) fn answer(&mut self, from: &str, to: &str, text: &str) {
        self.lines
            .push(format!("  {from}-->>{to}: {}", label(text)));
    }

    /// Sequence: opens an alternative (`alt`) or its other branch (`else`).
    pub(crate) fn branch(&mut self, word: &str, text: &str) {
        self.lines.push(format!("  {word} {}", label(text)));
    }

    /// The diagram.
    pub(crate) fn finish(self) -> String {
        self.lines.join("\n")
    }
}

/// Shape of a box in a flowchart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A step or a part.
    Box,
    /// A person, a beginning or an end.
    Round,
    /// A question.
    Diamond,
    /// A store.
    Cylinder,
}

impl Shape {
    fn brackets(self) -> (&'static str, &'static str) {
        match self {
            Self::Box => ("[", "]"),
            Self::Round => ("([", "])"),
            Self::Diamond => ("{", "}"),
            Self::Cylinder => ("[(", ")]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_can_not_end_itself() {
        let hostile = "a\"]; --> b\n%%{init: {}}%% `x` <i> {y} (z) | # end";
        let safe = label(hostile);
        for sign in [
            '"', '[', ']', '{', '}', '(', ')', '|', '<', '>', '`', '%', '\n', ':',
        ] {
            assert!(!safe.contains(sign), "{sign} in {safe}");
        }
        assert!(!safe.contains("--"));
    }

    #[test]
    fn every_semicolon_belongs_to_an_entity_code() {
        let safe = label("one; two; #3");
        assert_eq!(safe, "one#59; two#59; #35;3");
    }

    #[test]
    fn an_identifier_starts_with_a_letter() {
        assert_eq!(identifier("9 lives"), "x9_lives");
        assert_eq!(identifier("é"), "x_");
    }
}
