//! Named limits that are not settings: sizes that formats and protocols rest on. Units stand in the names.
//!
//! Invariant: nothing is unbounded; what an operator may change stands in `config/default.toml` instead.

/// Longest specification, in characters.
pub const SPEC_CHARS_MAX: usize = 200_000;
/// Largest value that sled ever sees; larger ones stay in the journal and sled keeps their place.
pub const SLED_VALUE_BYTES_MAX: usize = 6 * 1024;
/// Largest artifact that rides in a frame; larger ones go to the phase's pack file.
pub const ARTIFACT_INLINE_BYTES_MAX: usize = 64 * 1024;
/// Largest object that is sealed at once.
pub const SEAL_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most durable events of one job.
pub const JOB_EVENTS_MAX: usize = 2_000;
/// Most warnings kept per job.
pub const JOB_WARNINGS_MAX: usize = 50;
/// Longest error message kept in a record, in bytes.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 500;
/// Most steps of one job.
pub const JOB_STEPS_MAX: usize = 16;
/// Most artifacts of one step.
pub const STEP_ARTIFACTS_MAX: usize = 16;
