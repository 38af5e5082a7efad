//! Tests of the real program: each starts the binary (or the example on the same `app`) and talks to it over HTTP.
//!
//! Invariant: every program that is started is killed when its value goes, and works in a directory of its own.

mod config;
mod faults;
mod kill;
mod mcp;
mod program;
mod serve;
