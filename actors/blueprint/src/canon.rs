//! Canonical text: what is read, stored and quoted.
//!
//! Invariant: idempotent, and free of characters that a reader of the text can not see. Every span of a model is a
//! byte range of [`Canonical::text`].

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::Request;

/// Characters of the specification that are kept; the tool's limit is the same.
pub const SPEC_CHARS_MAX: usize = 200_000;
/// Characters of all other content arguments together.
const SECTIONS_CHARS_MAX: usize = 200_000;
/// Characters of one line. Longer ones are broken at a space.
const LINE_CHARS_MAX: usize = 20_000;
/// Marks on one letter. Vietnamese and Hebrew need three.
const MARKS_MAX: usize = 4;

/// Canonical text, with what was taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canonical {
    /// The text.
    pub text: String,
    /// What was taken out.
    pub removed: Removed,
}

/// How much was taken out, per kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Control characters other than line feed and tab.
    pub control: usize,
    /// Zero-width and other invisible characters.
    pub invisible: usize,
    /// Characters that turn the direction of text.
    pub bidi: usize,
    /// Tag characters and supplementary variation selectors.
    pub tags: usize,
    /// Combining marks past the fourth.
    pub marks: usize,
    /// HTML comments.
    pub comments: usize,
    /// Lines that were broken.
    pub wrapped: usize,
    /// Characters past the limit.
    pub cut: usize,
}

impl Removed {
    /// Characters that a person could not have seen: the ones worth a warning.
    pub fn hidden(&self) -> usize {
        self.invisible + self.bidi + self.tags + self.comments
    }
}

/// The canonical text of `request`: the specification, then every other content argument under its heading.
pub fn canonical(request: &Request) -> Canonical {
    let mut removed = Removed::default();
    let mut text = clean(&request.spec, SPEC_CHARS_MAX, &mut removed);
    let mut room = SECTIONS_CHARS_MAX;
    for (heading, markdown) in &request.sections {
        let heading = clean(heading, 200, &mut removed).replace('\n', " ");
        let body = clean(markdown, room, &mut removed);
        room = room.saturating_sub(body.chars().count());
        if body.trim().is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.truncate(text.trim_end().len());
            text.push_str("\n\n");
        }
        text.push_str("## ");
        text.push_str(heading.trim().trim_start_matches('#').trim());
        text.push_str("\n\n");
        text.push_str(body.trim());
        text.push('\n');
    }
    Canonical { text, removed }
}

fn clean(input: &str, chars_max: usize, removed: &mut Removed) -> String {
    let visible = visible(input, removed);
    let plain = without_comments(&visible, removed);
    let text: String = capped_marks(&plain, removed).nfc().collect();
    let Some((end, _)) = text.char_indices().nth(chars_max) else {
        return wrapped(&text, removed);
    };
    removed.cut += text[end..].chars().count();
    // The breaks that we add do not count: nobody wrote them.
    wrapped(&text[..end], removed)
}

/// Drops what is not shown. A carriage return becomes a line feed, alone or before one.
fn visible(input: &str, removed: &mut Removed) -> String {
    let mut out = String::with_capacity(input.len());
    let mut chars = input.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(char),
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\u{200C}' | '\u{200D}' => match (out.chars().next_back(), chars.peek()) {
                (Some(before), Some(after)) if joins(before) && joins(*after) => out.push(char),
                _ => removed.invisible += 1,
            },
            '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'
            | '\u{2060}'..='\u{2064}'
            | '\u{206A}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}' => {
                removed.invisible += 1;
            }
            '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                removed.bidi += 1;
            }
            '\u{E0000}'..='\u{E0FFF}' => removed.tags += 1,
            char if char.is_control() => removed.control += 1,
            char => out.push(char),
        }
    }
    out
}

/// Whether a joiner next to this character changes what is seen: Arabic and Indic letters, emoji.
fn joins(char: char) -> bool {
    matches!(char, '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{0900}'..='\u{0DFF}'
        | '\u{2600}'..='\u{27BF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Takes `<!-- … -->` out, again and again: what is left may form a new comment. An open one stays: it is shown.
fn without_comments(text: &str, removed: &mut Removed) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find("-->") {
        out.push_str(&rest[..end]);
        rest = &rest[end + 3..];
        // The innermost opening that is still unmatched; removal of the pair joins what surrounds it.
        if let Some(start) = out.rfind("<!--") {
            out.truncate(start);
            removed.comments += 1;
        } else {
            out.push_str("-->");
        }
    }
    out.push_str(rest);
    out
}

fn capped_marks<'a>(text: &'a str, removed: &'a mut Removed) -> impl Iterator<Item = char> + 'a {
    let mut marks = 0;
    text.chars().filter(move |char| {
        marks = if is_combining_mark(*char) {
            marks + 1
        } else {
            0
        };
        removed.marks += usize::from(marks > MARKS_MAX);
        marks <= MARKS_MAX
    })
}

/// Breaks enormous lines, so that no sentence and no table row is as long as the whole text.
fn wrapped(text: &str, removed: &mut Removed) -> String {
    if text.lines().all(|line| line.len() <= LINE_CHARS_MAX) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some((limit, _)) = rest
            .trim_end_matches('\n')
            .char_indices()
            .nth(LINE_CHARS_MAX)
        {
            let at = rest[..limit]
                .rfind(' ')
                .filter(|at| *at > limit / 2)
                .unwrap_or(limit);
            out.push_str(&rest[..at]);
            out.push('\n');
            removed.wrapped += 1;
            rest = &rest[at..];
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(spec: &str) -> String {
        canonical(&Request {
            spec: spec.to_owned(),
            ..Request::default()
        })
        .text
    }

    #[test]
    fn drops_what_can_not_be_seen() {
        let hidden = "a\u{200B}b\u{202E}c\u{E0041}d\u{0007}e\u{FEFF}";
        let canonical = canonical(&Request {
            spec: hidden.to_owned(),
            ..Request::default()
        });
        assert_eq!(canonical.text, "abcde");
        assert_eq!(canonical.removed.hidden(), 4);
        assert_eq!(canonical.removed.control, 1);
    }

    #[test]
    fn joins_letters_with_their_accents_and_lines_with_line_feeds() {
        assert_eq!(text("cafe\u{0301}\r\nb\rc"), "caf\u{e9}\nb\nc");
    }

    #[test]
    fn takes_comments_out_even_when_they_are_nested() {
        assert_eq!(text("a<!-- x -->b"), "ab");
        assert_eq!(text("a<!<!-- x -->-- y -->b"), "ab");
        assert_eq!(text("a --> b <!-- c"), "a --> b <!-- c");
    }

    #[test]
    fn keeps_a_joiner_inside_an_emoji() {
        assert_eq!(text("👩\u{200D}💻 a\u{200D}b"), "👩\u{200D}💻 ab");
    }

    #[test]
    fn caps_marks_lines_and_length() {
        let marks = format!("z{}", "\u{0330}".repeat(50));
        assert!(text(&marks).chars().count() <= 5);
        assert!(
            text(&"word ".repeat(10_000))
                .lines()
                .all(|line| line.chars().count() <= LINE_CHARS_MAX)
        );
        let breaks = SPEC_CHARS_MAX / LINE_CHARS_MAX - 1;
        let cut = text(&"x".repeat(300_000));
        assert_eq!(cut.chars().count(), SPEC_CHARS_MAX + breaks);
    }

    #[test]
    fn appends_sections_under_their_headings() {
        let request = Request {
            spec: "A shop.".to_owned(),
            sections: vec![("Target segments".to_owned(), "- students".to_owned())],
            ..Request::default()
        };
        assert_eq!(
            canonical(&request).text,
            "A shop.\n\n## Target segments\n\n- students\n"
        );
    }

    proptest! {
        #[test]
        fn is_idempotent(spec in ".{0,300}") {
            let once = text(&spec);
            prop_assert_eq!(text(&once), once);
        }
    }
}
