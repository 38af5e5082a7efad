//! x
pub mod auth;
pub mod door;
pub mod listen;
pub mod mcp;
pub mod problem;
pub mod rest;
pub mod wire;
