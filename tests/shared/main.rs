//! Measurements on outside data, which is not in the repository: one file per
//! golden file of numbers. Run with `--features shared-data`; a missing folder fails.

mod agreement;
mod duplicates;
mod extraction;
mod formats;
mod names;
mod relevance;
mod reuters;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder of the outside data.
fn shared() -> PathBuf {
    std::env::var_os("NEWSDEX_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from)
}

/// Returns the program, set to use the index in `index`.
fn newsdex(index: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newsdex"));
    command.env_remove("NEWSDEX_INDEX").arg("-i").arg(index);
    command
}

/// Runs a command that must not fail, and returns what it printed. No hits are fine.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{command:?} failed: {told}"
    );
    String::from_utf8(output.stdout).expect("programs print UTF-8")
}
