//! Wireframes: a small layout tree per screen, drawn with plain characters.
//!
//! Invariant: every line of a drawing has the same number of characters, whatever the labels are.

/// Width of a drawing in characters.
const WIDTH: usize = 76;

/// Part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A line of text.
    Text(String),
    /// Something to press.
    Button(String),
    /// A labelled control; `*` stands at required ones.
    Control {
        label: String,
        sample: &'static str,
        required: bool,
    },
    /// Column heads and a number of empty rows.
    Table { heads: Vec<String>, rows: usize },
    /// Parts below each other.
    Column(Vec<Node>),
    /// Parts beside each other, with their shares of the width.
    Row(Vec<(usize, Node)>),
    /// A box to tick.
    Tick(String),
    /// Parts in a frame with a title.
    Card(String, Vec<Node>),
    /// An empty line.
    Gap,
}

/// The drawing of a page inside a frame.
pub(crate) fn draw(title: &str, parts: Vec<Node>) -> String {
    lines(&Node::Card(title.to_owned(), parts), WIDTH).join("\n")
}

/// Lines of exactly `width` characters.
fn lines(node: &Node, width: usize) -> Vec<String> {
    match node {
        Node::Text(text) => vec![fit(text, width)],
        Node::Button(label) => {
            let label = fit(
                label,
                clean(label).chars().count().min(width.saturating_sub(4)),
            );
            vec![fit_raw(&format!("[ {label} ]"), width)]
        }
        Node::Tick(label) => vec![fit_raw(&format!("[x] {}", clean(label)), width)],
        Node::Control {
            label,
            sample,
            required,
        } => control(label, sample, *required, width),
        Node::Table { heads, rows } => table(heads, *rows, width),
        Node::Column(parts) => parts.iter().flat_map(|part| lines(part, width)).collect(),
        Node::Row(parts) => row(parts, width),
        Node::Card(title, parts) => card(title, parts, width),
        Node::Gap => vec![" ".repeat(width)],
    }
}

fn control(label: &str, sample: &str, required: bool, width: usize) -> Vec<String> {
    let label_width = (width / 3).clamp(6, 22).min(width);
    let star = if required { " *" } else { "" };
    let name = fit(label, label_width.saturating_sub(star.len()));
    let name = fit_raw(&format!("{}{star}", name.trim_end()), label_width);
    let field = width.saturating_sub(label_width + 3);
    vec![fit_raw(
        &format!("{name} [{}]", fit_with(sample, field, '_')),
        width,
    )]
}

fn table(heads: &[String], rows: usize, width: usize) -> Vec<String> {
    let columns = heads.len().max(1);
    let each = (width.saturating_sub(columns + 1) / columns).max(1);
    let line = |cell: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (0..columns).map(cell).collect();
        fit_raw(&format!("|{}|", cells.join("|")), width)
    };
    let head = |at: usize| fit(heads.get(at).map_or("", String::as_str), each);
    let rule = fit_raw(
        &format!("+{}", format!("{}+", "-".repeat(each)).repeat(columns)),
        width,
    );
    let mut all = vec![rule.clone(), line(&head), rule.clone()];
    let dots = |_: usize| fit_raw(" ...", each);
    all.extend((0..rows).map(|_| line(&dots)));
    all.push(rule);
    all
}

fn row(parts: &[(usize, Node)], width: usize) -> Vec<String> {
    let shares: usize = parts.iter().map(|(share, _)| share).sum::<usize>().max(1);
    let room = width.saturating_sub(parts.len().saturating_sub(1));
    let mut drawn: Vec<(usize, Vec<String>)> = Vec::new();
    for (share, part) in parts {
        let own = room * share / shares;
        drawn.push((own, lines(part, own)));
    }
    let height = drawn
        .iter()
        .map(|(_, lines)| lines.len())
        .max()
        .unwrap_or(0);
    let cell = |at: usize, own: usize, lines: &[String]| {
        lines.get(at).cloned().unwrap_or_else(|| " ".repeat(own))
    };
    (0..height)
        .map(|at| {
            let cells: Vec<String> = drawn.iter().map(|(own, l)| cell(at, *own, l)).collect();
            fit_raw(&cells.join(" "), width)
        })
        .collect()
}

fn card(title: &str, parts: &[Node], width: usize) -> Vec<String> {
    let inner = width.saturating_sub(4);
    let title = clean(title);
    let length = title.chars().count().min(inner.saturating_sub(2));
    let title = fit(&title, length);
    let tail = width.saturating_sub(5 + title.chars().count());
    let top = if title.is_empty() {
        format!("+{}+", "-".repeat(width.saturating_sub(2)))
    } else {
        format!("+- {title} {}+", "-".repeat(tail))
    };
    let mut all = vec![fit_raw(&top, width)];
    for part in parts {
        all.extend(
            lines(part, inner)
                .into_iter()
                .map(|line| format!("| {line} |")),
        );
    }
    all.push(format!("+{}+", "-".repeat(width.saturating_sub(2))));
    all
}

/// One line of printable text without the signs that draw frames.
fn clean(text: &str) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = line
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    // Angle brackets would be markup for a reader that does not know about code blocks.
    line.replace(['|', '`'], "/")
        .replace('<', "(")
        .replace('>', ")")
}

/// A label, cleaned, then cut or filled to `width`.
fn fit(text: &str, width: usize) -> String {
    fit_with(text, width, ' ')
}

fn fit_with(text: &str, width: usize, fill: char) -> String {
    filled(&clean(text), width, fill)
}

/// A line that was drawn here, cut or filled to `width`.
fn fit_raw(text: &str, width: usize) -> String {
    filled(text, width, ' ')
}

fn filled(text: &str, width: usize, fill: char) -> String {
    let length = text.chars().count();
    if length > width {
        let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
        if width > 0 {
            short.push('~');
        }
        return short;
    }
    text.chars()
        .chain(std::iter::repeat_n(fill, width - length))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::HOSTILE;

    #[test]
    fn every_line_has_the_same_width() {
        let control = Node::Control {
            label: HOSTILE.repeat(3),
            sample: "",
            required: true,
        };
        let table = Node::Table {
            heads: vec![HOSTILE.to_owned(); 9],
            rows: 2,
        };
        let inner = Node::Card(HOSTILE.to_owned(), vec![control, table, Node::Gap]);
        let button = Node::Button(HOSTILE.repeat(2));
        let drawing = draw(HOSTILE, vec![Node::Row(vec![(1, button), (3, inner)])]);
        for line in drawing.lines() {
            assert_eq!(line.chars().count(), WIDTH, "{line}");
        }
    }

    #[test]
    fn a_label_that_looks_like_a_frame_stays_one_line() {
        let drawing = draw(
            "t",
            vec![
                Node::Text("|a\nb".to_owned()),
                Node::Tick("+c\nd".to_owned()),
            ],
        );
        assert_eq!(drawing.lines().count(), 4);
    }
}
