//! Sentences of a paragraph.
//!
//! Invariant: ranges are in order, do not overlap, and hold every letter of the text.

use super::lexicon;

use std::ops::Range;

/// Splits `plain` into sentences.
pub(super) fn split(plain: &str) -> Vec<Range<usize>> {
    let lines_are_sentences = lines_stand_alone(plain);
    let mut out = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    let mut chars = plain.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        depth = match char {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            '\n' => 0,
            _ => depth,
        };
        let end = match char {
            // A remark in brackets belongs to its sentence, unless it never ends.
            '.' | '!' | '?' | '…' if depth > 0 && at - start < 400 => None,
            '.' | '!' | '?' | '…'
                if next.is_none_or(|next| {
                    next.is_whitespace() || matches!(next, '"' | '”' | ')' | '*')
                }) =>
            {
                (char != '.' || ends_sentence(plain, start, at)).then_some(at + char.len_utf8())
            }
            '。' | '！' | '？' => Some(at + char.len_utf8()),
            '\n' if lines_are_sentences || structured(&plain[at + 1..]) => Some(at),
            _ => None,
        };
        if let Some(end) = end {
            push(plain, start..end, &mut out);
            start = end;
        }
    }
    push(plain, start..plain.len(), &mut out);
    out
}

fn push(plain: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let piece = &plain[range.clone()];
    let trimmed = piece
        .trim_start_matches(|char: char| char.is_whitespace() || matches!(char, '"' | '”' | ')'));
    let start = range.start + (piece.len() - trimmed.len());
    let end = start + trimmed.trim_end().len();
    let piece = &plain[start..end];
    // "(Must)" after a full stop belongs to what it marks.
    if piece.starts_with('(')
        && piece.ends_with(')')
        && piece.split_whitespace().count() <= 3
        && let Some(last) = out.last_mut()
    {
        last.end = end;
        return;
    }
    if piece.chars().any(char::is_alphanumeric) {
        out.push(start..end);
    }
}

/// Whether the full stop at `at` ends the sentence that began at `start`.
fn ends_sentence(plain: &str, start: usize, at: usize) -> bool {
    let word = plain[start..at]
        .rsplit([' ', '\n', '('])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let next = plain[at + 1..]
        .trim_start_matches([' ', '\n', '"', ')'])
        .chars()
        .next();
    if lexicon::marks("sentence.abbreviations").contains(&word.as_str()) {
        return word == "etc" && next.is_some_and(char::is_uppercase);
    }
    // "1." at the beginning of a line, and initials.
    if word.chars().all(|char| char.is_ascii_digit())
        && !word.is_empty()
        && plain[start..at].trim().len() == word.len()
    {
        return false;
    }
    next.is_none_or(|next| !next.is_lowercase())
}

/// Whether every line is a statement of its own: short lines that begin with capitals.
fn lines_stand_alone(plain: &str) -> bool {
    let lines: Vec<&str> = plain
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.len() > 1
        && lines.iter().all(|line| {
            line.chars().count() < 90
                && line.chars().next().is_some_and(|char| !char.is_lowercase())
                && !line.ends_with(',')
        })
        && lines
            .iter()
            .filter(|line| line.chars().count() < 60)
            .count()
            * 2
            > lines.len()
}

/// Whether a line begins like a story, a step, a numbered requirement or a list item.
fn structured(line: &str) -> bool {
    let line = line.trim_start();
    let head: String = line.chars().take(12).collect::<String>().to_lowercase();
    let labelled = line.split_once(": ").is_some_and(|(head, _)| {
        head.split_whitespace().count() <= 3
            && head.starts_with(char::is_uppercase)
            && !head.contains(['.', ','])
    });
    labelled
        || lexicon::marks("sentence.starts")
            .iter()
            .any(|start| head.starts_with(start))
        || super::ids::source_id(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn splits_at_ends_of_sentences_only() {
        assert_eq!(
            parts("Staff log calls, e.g. by phone. Costs 3.5 euros! Version 1.2 works? Yes"),
            [
                "Staff log calls, e.g. by phone.",
                "Costs 3.5 euros!",
                "Version 1.2 works?",
                "Yes"
            ]
        );
    }

    #[test]
    fn keeps_wrapped_prose_together_and_lists_apart() {
        assert_eq!(parts("The shop sells\nbooks and more.").len(), 1);
        assert_eq!(
            parts("As a clerk I want to sell\nAs a boss I want to see").len(),
            2
        );
        assert_eq!(parts("Users\nOrders\nProducts").len(), 3);
    }
}
