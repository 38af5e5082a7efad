//! The one place that prints foreign text into TypeScript, JSX, SQL, HTML and Markdown.
//!
//! Invariant: whatever a label holds, it stays inside the literal, comment or cell it was printed into.

use std::fmt::Write as _;

/// A TypeScript string literal. Also safe inside HTML, because `<` and the line separators are escaped.
pub(crate) fn ts(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '\u{2028}' | '\u{2029}' | '\u{feff}' => hex(&mut out, c),
            c if c.is_control() => hex(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn hex(out: &mut String, c: char) {
    // Writing to a string does not fail. Every character given here lies in the basic plane.
    let _ = write!(out, "\\u{:04x}", u32::from(c));
}

/// A list of string literals: `["a", "b"]`.
pub(crate) fn ts_list<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<String> = items.iter().map(|item| ts(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A JSX attribute: `label="Due date"`, or with braces where the text needs escapes.
pub(crate) fn attribute(name: &str, text: &str) -> String {
    if text.chars().all(is_plain) {
        format!("{name}=\"{text}\"")
    } else {
        format!("{name}={{{}}}", ts(text))
    }
}

/// Characters that mean themselves in a JSX attribute.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            ' ' | '-' | '_' | '.' | ',' | '/' | '(' | ')' | '?' | '!' | ':'
        )
}

/// Text for a line or block comment: one line, without an end of comment.
pub(crate) fn comment(text: &str) -> String {
    one_line(text).replace("*/", "* /").replace("/*", "/ *")
}

/// Text on one line, at most 300 characters.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
        })
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(300).collect()
}

/// Text between HTML tags or in a quoted attribute.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text in Markdown, also inside a table cell.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '{' | '}' | '~'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// An SQL string literal, for `standard_conforming_strings`.
pub(crate) fn sql(text: &str) -> String {
    let text: String = text.chars().filter(|c| *c != '\0').collect();
    format!("'{}'", text.replace('\'', "''"))
}

/// An SQL identifier, quoted where PostgreSQL needs it.
pub(crate) fn sql_name(name: &str) -> String {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain && !RESERVED.contains(&name) {
        name.to_owned()
    } else {
        let name: String = name.chars().filter(|c| *c != '\0').collect();
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Key words of PostgreSQL that cannot stand alone as the name of a table or column.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable",
    "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign",
    "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner",
    "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral", "leading", "least",
    "left", "like", "limit", "localtime", "localtimestamp", "national", "natural", "nchar", "none", "normalize", "not",
    "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay",
    "placing", "position", "precision", "primary", "real", "references", "returning", "right", "row", "select",
    "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric", "system_user", "table",
    "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user",
    "using", "values", "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes",
    "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\"b'c`d${1}</script>*/\n\\e\u{2028}|{{x}}\0";

    #[test]
    fn a_typescript_literal_reads_back_as_the_text() {
        let literal = ts(HOSTILE);
        assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), HOSTILE);
        assert!(!literal.contains('<') && !literal.contains('\n') && !literal.contains('\u{2028}'));
    }

    #[test]
    fn an_attribute_gets_braces_only_when_it_needs_them() {
        assert_eq!(attribute("label", "Due date"), "label=\"Due date\"");
        assert_eq!(attribute("label", "a\"b"), "label={\"a\\\"b\"}");
        assert_eq!(attribute("label", "a&b"), "label={\"a&b\"}");
    }

    #[test]
    fn a_comment_stays_on_its_line_and_open() {
        let text = comment(HOSTILE);
        assert!(!text.contains("*/") && !text.contains('\n'));
    }

    #[test]
    fn sql_literals_and_names_stay_closed() {
        assert_eq!(sql("it's"), "'it''s'");
        assert_eq!(sql_name("orders"), "orders");
        assert_eq!(sql_name("order"), "\"order\"");
        assert_eq!(sql_name("a\"b"), "\"a\"\"b\"");
        assert_eq!(sql_name("1st"), "\"1st\"");
    }

    #[test]
    fn markdown_and_html_hold_no_markup() {
        assert!(!html(HOSTILE).contains('<'));
        assert_eq!(markdown("a|b<c>"), "a\\|b\\<c\\>");
    }
}
