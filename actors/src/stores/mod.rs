//! Adapters of the store port.

pub mod local;
pub mod memory;
