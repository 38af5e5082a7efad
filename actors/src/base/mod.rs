//! Values that everything else is made of: ids, time, entropy, error codes, limits. No I/O beyond the two ports' real
//! implementations.

pub mod entropy;
pub mod error;
pub mod ids;
pub mod limits;
pub mod time;
