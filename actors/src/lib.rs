//! The engine of aios-lovable-mcp: durable jobs run by supervised actors.
//!
//! Invariant: durable before visible. No reply and no event leaves before the record that justifies it is on disk.
//! Floors, each of which may use only those below it:
//! `engine` → `tree` → {`agents`, `crypto`, `observe`} → `ports` → `domain` → `base`; `stores` implement ports.

pub mod agents;
pub mod base;
pub mod crypto;
pub mod domain;
pub mod engine;
pub mod observe;
pub mod ports;
pub mod stores;
pub mod tree;

pub use engine::Engine;
