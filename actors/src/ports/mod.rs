//! What the engine needs from outside, as traits, with the contract suites that adapters must pass.

pub mod agent;
#[cfg(test)]
pub mod contract;
pub mod store;
