//! Exit codes, and errors that carry one.
//!
//! Invariant: `serve` ends with the codes of sysexits.h that supervisors know; every other command with 0 to 5,
//! or with 128 and the number of the signal that ended it.

use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Ok = 0,
    /// It could not; the message says why.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// What was named does not exist.
    NotFound = 3,
    /// The key was refused.
    Unauthorised = 4,
    /// The server does not answer, or is not ready.
    Unavailable = 5,
    /// `EX_UNAVAILABLE`: the port is in use.
    PortInUse = 69,
    /// `EX_SOFTWARE`: a supervisor gave up.
    Software = 70,
    /// `EX_CANTCREAT`: the data directory cannot be written.
    CannotCreate = 73,
    /// `EX_IOERR`: the disk failed.
    Io = 74,
    /// `EX_TEMPFAIL`: another process holds the data directory.
    Locked = 75,
    /// `EX_CONFIG`: settings or the format of stored data.
    Config = 78,
    /// The terminal was closed: 128 + SIGHUP.
    HungUp = 129,
    /// Interrupted from the keyboard: 128 + SIGINT.
    Interrupted = 130,
    /// Asked to end: 128 + SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed: one line for standard error, and the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// One line.
    pub message: String,
}

impl Failure {
    /// A failure with this code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }

    /// Code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(Exit::Config, error.to_string())
    }
}
