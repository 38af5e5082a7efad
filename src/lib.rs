//! The thin front of aios-lovable-mcp: everything that touches the network, and the program around the engine.
//!
//! Invariant: arrows point down. `main` → `cli` → `app` → {`listen`, `mcp`, `rest`} → {`wire`, `auth`, `problem`} → the
//! engine.

pub mod app;
pub mod build_info;
pub mod cli;
pub mod config;
pub mod health;
pub mod telemetry;
