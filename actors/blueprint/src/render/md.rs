//! Markdown: the one place that prints it.
//!
//! Invariant: text of the specification goes through [`text`] or [`code`], so it can open no heading, table cell,
//! link, image, code fence or HTML element of its own.

use std::fmt::Write as _;

/// A document that grows.
#[derive(Debug, Default)]
pub(crate) struct Document {
    out: String,
}

impl Document {
    /// An empty document.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A heading; `title` is escaped here.
    pub(crate) fn heading(&mut self, level: usize, title: &str) {
        self.block(&format!("{} {}", "#".repeat(level), text(title)));
    }

    /// A paragraph of finished Markdown.
    pub(crate) fn paragraph(&mut self, markdown: &str) {
        self.block(markdown);
    }

    /// A list of finished Markdown items; nothing when there are none.
    pub(crate) fn bullets<S: AsRef<str>>(&mut self, items: impl IntoIterator<Item = S>) {
        let lines: Vec<String> = items
            .into_iter()
            .map(|item| format!("- {}", item.as_ref()))
            .collect();
        if !lines.is_empty() {
            self.block(&lines.join("\n"));
        }
    }

    /// A numbered list of finished Markdown items.
    pub(crate) fn numbered<S: AsRef<str>>(&mut self, items: impl IntoIterator<Item = S>) {
        let number = |(at, item): (usize, S)| format!("{}. {}", at + 1, item.as_ref());
        let lines: Vec<String> = items.into_iter().enumerate().map(number).collect();
        if !lines.is_empty() {
            self.block(&lines.join("\n"));
        }
    }

    /// A table of finished Markdown cells; `nothing` in its place when it has no rows.
    pub(crate) fn table(&mut self, header: &[&str], rows: &[Vec<String>], nothing: &str) {
        if rows.is_empty() {
            self.block(nothing);
            return;
        }
        let mut lines = vec![format!("| {} |", header.join(" | "))];
        lines.push(format!("|{}", " --- |".repeat(header.len())));
        for row in rows {
            lines.push(format!("| {} |", row.join(" | ")));
        }
        self.block(&lines.join("\n"));
    }

    /// A fenced block; the fence is longer than any run of backticks inside.
    pub(crate) fn fence(&mut self, language: &str, body: &str) {
        let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        self.block(&format!("{fence}{language}\n{}\n{fence}", body.trim_end()));
    }

    /// The text of the document.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn block(&mut self, block: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{block}");
    }
}

/// Plain text as one line of inline Markdown.
pub(crate) fn text(plain: &str) -> String {
    let words: Vec<&str> = plain
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    let line = words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let letters: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' if after.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '#') => {
                out.push_str("&amp;");
            }
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => out.extend(['\\', *letter]),
            // snake_case words stay readable: an underscore inside a word opens no emphasis.
            '_' if !(is_word(before) && is_word(after)) => out.push_str("\\_"),
            // Only at the beginning of a line would these open a heading, a list or a rule.
            '#' | '+' | '-' | '=' if at == 0 => out.extend(['\\', *letter]),
            '.' | ')' if starts_as_number(&letters[..at]) => out.extend(['\\', *letter]),
            _ => out.push(*letter),
        }
    }
    out
}

/// A code span of an identifier, a route or a version.
pub(crate) fn code(plain: &str) -> String {
    let clean: String = plain
        .chars()
        .map(|c| match c {
            '`' => '\'',
            '|' => '/',
            '<' => '(',
            '>' => ')',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    let clean = clean.trim();
    if clean.is_empty() {
        "–".to_owned()
    } else {
        format!("`{clean}`")
    }
}

/// Code spans joined by commas; a dash when there are none.
pub(crate) fn codes<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    or_dash(
        items
            .into_iter()
            .map(|item| code(item.as_ref()))
            .collect::<Vec<_>>()
            .join(", "),
    )
}

/// A dash in the place of nothing.
pub(crate) fn or_dash(text: String) -> String {
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}

fn is_word(letter: Option<&char>) -> bool {
    letter.is_some_and(|c| c.is_alphanumeric())
}

fn starts_as_number(before: &[char]) -> bool {
    !before.is_empty() && before.len() < 10 && before.iter().all(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_open_a_construct() {
        assert_eq!(
            text("a|b <b>&lt; `x` *y* [z](q)\n## h"),
            "a\\|b &lt;b&gt;&amp;lt; \\`x\\` \\*y\\* \\[z\\](q) ## h"
        );
        assert_eq!(text("# no heading"), "\\# no heading");
        assert_eq!(text("1. no list"), "1\\. no list");
        assert_eq!(text("owner_id and _x_"), "owner_id and \\_x\\_");
    }

    #[test]
    fn a_fence_outgrows_the_backticks_inside() {
        let mut document = Document::new();
        document.fence("sql", "select '````'");
        assert!(document.finish().starts_with("`````sql\n"));
    }

    #[test]
    fn a_code_span_holds_its_text() {
        assert_eq!(code("a`b|c\nd"), "`a'b/c d`");
        assert_eq!(code(" "), "–");
    }
}
