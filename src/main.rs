//! The `newsdex` program: turns what the command line returns into an exit status.
//!
//! 0 for hits or success, 1 for no hits, 2 for a failure, 0 for a closed pipe.

use std::process::ExitCode;

fn main() -> ExitCode {
    newsdex::cli::main()
}
