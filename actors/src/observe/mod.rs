//! Every metric of the engine, in one place. Invariant: label values come from enums and configured names, never from
//! callers, so the number of series is bounded by the program.

pub mod metrics;
