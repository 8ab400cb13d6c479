//! The `newsdex` program: turns what the command line returns into an exit status.
//!
//! 0 for hits or success, 1 for no hits, 2 for a failure, 0 for a closed pipe.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Searches and articles are made of many small things: with this allocator, results are read
/// and marked in half the time, and ingest takes no more memory.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    newsdex::cli::main()
}
