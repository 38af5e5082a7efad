//! The program. Invariant: nothing happens here; the life of the process reads in `cli` and `app`.

use std::process::ExitCode;

/// The allocator of musl is slow under threads, and the image is built on musl.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    aios_lovable_mcp::cli::main()
}
