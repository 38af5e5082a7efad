//! Secrets: the keys of this data directory, sealing of objects, and message authentication.
//!
//! Invariant: nothing that a caller gave us is stored unsealed, and no key, plaintext or cause of a failed check appears
//! in an error text or a `Debug` output.

pub mod keyring;
pub mod mac;
pub mod seal;

mod files;
