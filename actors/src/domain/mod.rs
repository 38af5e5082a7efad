//! Pure machines and the values they are made of: no clock, randomness, I/O, async or logging.

pub mod artifact;
pub mod bucket;
pub mod circuit;
pub mod event;
pub mod job;
pub mod key;
pub mod pipeline;
pub mod record;
pub mod retry;
pub mod session;
pub mod tier;
