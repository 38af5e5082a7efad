//! Chains and lists of states in one sentence.
//!
//! Invariant: a value is at most three words; longer pieces are prose, and then there is no chain.

use super::lexicon;
use super::states::ARROWS;

/// The states of an arrow chain, with the words before it.
pub(super) fn chain(text: &str) -> Option<(Vec<String>, String)> {
    let mut flat = text.replace(['`', '*'], "");
    for arrow in ARROWS {
        flat = flat.replace(arrow, "→");
    }
    let parts: Vec<&str> = flat.split('→').collect();
    if parts.len() < 2 {
        return None;
    }
    let first = parts[0];
    let begin = first
        .rfind([':', '(', ',', '.', '"', '“', '|'])
        .map_or(0, |at| {
            at + first[at..].chars().next().map_or(1, char::len_utf8)
        });
    let (before, head) = first.split_at(begin);
    let mut values: Vec<String> = Vec::new();
    for (index, part) in std::iter::once(head)
        .chain(parts[1..].iter().copied())
        .enumerate()
    {
        let end = if index + 1 == parts.len() {
            part.find(['.', ',', ')', ';', '(', '"', '”', '|'])
                .unwrap_or(part.len())
        } else {
            part.len()
        };
        let part = part[..end].split('(').next().unwrap_or_default().trim();
        // The head may carry the subject: "order moves from draft → paid".
        let part = if index == 0 { last_words(part) } else { part };
        let several: Vec<&str> = part.split('/').collect();
        for one in several {
            let one = one.trim();
            if one.split_whitespace().count() > 3 || one.len() > 32 {
                if index + 1 < parts.len() || index == 0 {
                    return None;
                }
                continue;
            }
            values.extend(super::values::value(one).filter(|value| !values.contains(value)));
        }
    }
    let before = if before.is_empty() {
        first.to_owned()
    } else {
        before.to_owned()
    };
    (values.len() >= 2).then_some((values, before))
}

fn last_words(part: &str) -> &str {
    for mark in lexicon::marks("state.before").iter().copied() {
        if let Some(at) = part.rfind(mark) {
            return part[at + mark.len()..].trim();
        }
    }
    part
}

/// "status: open, closed", "update order status (confirm, ready)", "statuses are new, paid and done".
pub(super) fn listed(text: &str) -> Option<(Vec<String>, String)> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return None;
    }
    let mark = lexicon::marks("state.names")
        .iter()
        .find_map(|word| lower.find(word).map(|at| (at, at + word.len())))?;
    let rest = text[mark.1..].trim_start_matches(['*', '`', ' ']);
    let listed = if let Some(inner) = rest.strip_prefix('(') {
        inner.split(')').next()?
    } else if let Some(after) = rest.strip_prefix(':') {
        after.split('.').next()?
    } else {
        let after = lexicon::marks("state.lists")
            .iter()
            .find_map(|word| rest.strip_prefix(word))?;
        after.split(['.', ';']).next()?
    };
    let values = super::values::value_list(listed);
    (values.len() >= 2 && !values.iter().any(|value| value.len() > 30))
        .then(|| (values, text[..mark.0].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_chains_and_lists() {
        let (values, before) =
            chain("Expense status: draft → submitted → approved/rejected.").unwrap();
        assert_eq!(values, ["draft", "submitted", "approved", "rejected"]);
        assert!(before.contains("Expense"));
        assert_eq!(
            chain("Order moves from new -> paid -> sent").unwrap().0,
            ["new", "paid", "sent"]
        );
        assert_eq!(
            listed("Update order status (confirm, preparing, ready)")
                .unwrap()
                .0,
            ["confirm", "preparing", "ready"]
        );
        assert!(chain("Landing page → Sign up and then look around the place").is_none());
        assert!(listed("The status of the order is shown").is_none());
    }
}
