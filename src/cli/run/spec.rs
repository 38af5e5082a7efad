//! The specification on the command line: a text, a file, or `-` for standard input.
//!
//! Invariant: a word that can only be a file name is never taken for a specification.

use std::io::Read as _;
use std::path::Path;

use crate::cli::{Exit, Failure};

/// Endings that a specification in prose would not have.
const FILE_ENDINGS: [&str; 4] = [".md", ".markdown", ".txt", ".yaml"];

/// Reads what the argument stands for on a thread of its own: standard input may take for ever, and does not hold up
/// the end of the program there.
pub(super) async fn read_aside(argument: String) -> Result<String, Failure> {
    let (done, text) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || done.send(read(&argument)));
    let ended = |_| Failure::failed("reading the specification was interrupted");
    text.await.map_err(ended)?
}

/// Reads what the argument stands for.
fn read(argument: &str) -> Result<String, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    if argument == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| usage(format!("cannot read standard input: {error}")))?;
        return not_empty(text);
    }
    let path = Path::new(argument);
    if path.is_dir() {
        return Err(usage(format!("{argument} is a directory")));
    }
    // A pipe is as good as a file.
    if path.exists() {
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
        let of_dir = read(dir.path().to_str().unwrap()).unwrap_err();
        assert_eq!(of_dir.exit, Exit::Usage);
        assert!(of_dir.message.ends_with("is a directory"), "{of_dir}");
        assert_eq!(read("missing.md").unwrap_err().exit, Exit::NotFound);
        assert_eq!(read("  ").unwrap_err().exit, Exit::Usage);
    }
}
