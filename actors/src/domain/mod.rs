//! Pure machines and the values they are made of: no clock, randomness, I/O, async or logging.

pub mod artifact;
pub mod event;
pub mod job;
pub mod record;
pub mod retry;
