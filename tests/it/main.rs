//! Tests of the real program: each starts the binary (or the example on the same `app`) and talks to it over HTTP.
//!
//! Invariant: every program that is started is killed when its value goes, and works in a directory of its own.

#![expect(
    clippy::unwrap_used,
    reason = "whatever is missing here has failed the test"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the real program is waited for in real time"
)]

mod config;
mod faults;
mod kill;
mod mcp;
mod program;
mod serve;
