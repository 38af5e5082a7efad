//! How far two words are apart, for suggestions of what was probably meant.
//!
//! Invariant: pure; the cost is the product of the two lengths, so callers bound what they compare.

/// Insertions, deletions and replacements that make `right` of `left`.
/// Source: Wagner and Fischer, "The String-to-String Correction Problem", with one row kept.
pub(crate) fn distance<T: PartialEq>(left: &[T], right: &[T]) -> usize {
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut diagonal = above[0];
        above[0] = row + 1;
        for (column, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = above[column + 1];
            above[column + 1] = replaced.min(diagonal + 1).min(above[column] + 1);
        }
    }
    above[right.len()]
}
