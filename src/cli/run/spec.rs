//! The specification on the command line: a text, a file, or `-` for standard input.
//!
//! Invariant: a word that can only be a file name is never taken for a specification.

use std::io::Read as _;
use std::path::Path;

use crate::cli::{Exit, Failure};

/// Endings that a specification in prose would not have.
const FILE_ENDINGS: [&str; 4] = [".md", ".markdown", ".txt", ".yaml"];

/// Reads what the argument stands for.
pub(super) fn read(argument: &str) -> Result<String, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    if argument == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| usage(format!("cannot read standard input: {error}")))?;
        return not_empty(text);
    }
    let path = Path::new(argument);
    if path.is_file() {
        let read = std::fs::read_to_string(path);
        return not_empty(read.map_err(|error| usage(format!("cannot read {argument}: {error}")))?);
    }
    let is_one_word = !argument.contains(char::is_whitespace);
    if is_one_word && FILE_ENDINGS.iter().any(|ending| argument.ends_with(ending)) {
        return Err(Failure::new(
            Exit::NotFound,
            format!("there is no file {argument}"),
        ));
    }
    not_empty(argument.to_owned())
}

fn not_empty(text: String) -> Result<String, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::new(Exit::Usage, "the specification is empty"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_itself_and_a_file_is_its_content() {
        assert_eq!(
            read("Quiz app with leaderboards").unwrap(),
            "Quiz app with leaderboards"
        );
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spec.md");
        std::fs::write(&path, "# Quiz").unwrap();
        assert_eq!(read(path.to_str().unwrap()).unwrap(), "# Quiz");
        assert_eq!(read("missing.md").unwrap_err().exit, Exit::NotFound);
        assert_eq!(read("  ").unwrap_err().exit, Exit::Usage);
    }
}
