//! Measurements on outside data, which is not in the repository: one file per
//! golden file of numbers. Run with `--features shared-data`; a missing folder fails.

mod names;

use std::path::PathBuf;

/// Returns the folder of the outside data.
fn shared() -> PathBuf {
    std::env::var_os("NEWSDEX_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from)
}
