//! x
pub mod listen;
pub mod wire;
