//! What is wrong with the settings, and where that was said.
//!
//! Invariant: every error names the key and its source; a secret's value is never part of a message.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The compiled-in `config/default.toml`.
    Default,
    /// What the hosting platform says about itself: the name of the variable.
    Platform(&'static str),
    /// A compiled-in profile, by name.
    Profile(&'static str),
    /// A file, and the line in it.
    File(PathBuf, usize),
    /// An environment variable, by name.
    Env(String),
    /// A command-line flag, by name.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Platform(name) => write!(f, "platform variable {name}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Why the settings cannot be used. Ends the process with exit code 78.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No setting has this name.
    #[error("{origin}: `{key}` is not a setting{}", hint(.nearest.as_deref()))]
    UnknownKey {
        /// The name.
        key: String,
        /// Who used it.
        origin: Origin,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// The value does not fit the setting.
    #[error("{origin}: `{key}` {rule}")]
    BadValue {
        /// The setting.
        key: String,
        /// Who gave the value.
        origin: Origin,
        /// Completes "`key` …": "must be a whole number".
        rule: String,
    },
    /// The text is not TOML at all.
    #[error("{}:{line}: {problem}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        problem: String,
    },
    /// A file that was named cannot be read.
    #[error("{origin}: cannot read {}: {problem}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Who named it.
        origin: Origin,
        /// What the system said.
        problem: String,
    },
    /// No profile has this name.
    #[error(
        "{variable}: there is no profile `{name}`; known: development, production, or a file config/{name}.toml"
    )]
    UnknownProfile {
        /// The name.
        name: String,
        /// The variable that asked for it.
        variable: &'static str,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_its_source_and_the_nearest_setting() {
        let error = ConfigError::UnknownKey {
            key: "server.bnid".to_owned(),
            origin: Origin::File("aios.toml".into(), 3),
            nearest: Some("server.bind".to_owned()),
        };
        assert_eq!(
            error.to_string(),
            "aios.toml:3: `server.bnid` is not a setting; did you mean `server.bind`?"
        );
    }
}
