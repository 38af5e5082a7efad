//! The thin front of aios-lovable-mcp: everything that touches the network, and the program around the engine.
//!
//! Invariant: arrows point down. `main` → `cli` → `app` → {`listen`, `mcp`, `rest`, `health`} → {`wire`, `auth`, `door`,
//! `problem`, `telemetry`} → `edits` and the engine; `mcp`, `rest` and `health` never use each other.

pub mod app;
pub mod auth;
pub mod build_info;
pub mod cli;
pub mod config;
pub mod door;
mod edits;
pub mod health;
pub mod listen;
pub mod mcp;
pub mod problem;
pub mod rest;
pub mod telemetry;
pub mod wire;
