//! What this binary was built from. Invariant: constants only; nothing here is read at run time.

/// Name of the program.
pub const NAME: &str = "aios-lovable-mcp";
/// Version of the package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Source revision; the image build passes it in `AIOS_REVISION`.
pub const REVISION: &str = match option_env!("AIOS_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};
/// Architecture, system and C library.
pub const TARGET: &str = match (cfg!(target_arch = "x86_64"), cfg!(target_env = "musl")) {
    (true, true) => "x86_64-linux-musl",
    (true, false) if cfg!(target_os = "linux") => "x86_64-linux-gnu",
    (true, false) => "x86_64",
    (false, true) => "aarch64-linux-musl",
    (false, false) if cfg!(target_os = "linux") => "aarch64-linux-gnu",
    (false, false) => "aarch64",
};
