//! What can go wrong with an index, and what a person can do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why an index could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no index in the folder.
    #[error("no index in {}; make one with `newsdex ingest PATH`, or name another with -i DIR", .0.display())]
    Missing(PathBuf),
    /// The folder holds something else.
    #[error("{} is not empty and holds no index; name another folder with -i DIR", .0.display())]
    NotAnIndex(PathBuf),
    /// The index was written by another version.
    #[error(
        "the index in {} has format {found}, this program reads format {expected}; \
         move it away and ingest again",
        path.display()
    )]
    Version {
        /// The index folder.
        path: PathBuf,
        /// The format it has.
        found: u64,
        /// The format this program writes.
        expected: u64,
    },
    /// Another process writes to the index.
    #[error("another newsdex is writing to {}; wait for it to finish", .0.display())]
    Locked(PathBuf),
    /// A file of the index could not be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the index does not hold what newsdex writes there.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The query was given up.
    #[error(
        "the query was given up after {} s; ask for rarer words, or allow more with --time-limit",
        .0.as_secs_f64()
    )]
    TimeLimit(std::time::Duration),
    /// A wildcard or fuzzy word stands for too many words of the index.
    #[error(
        "{pattern} stands for more than {most} words{}; write more of its letters",
        if *.places { ", too many to look for their places" } else { "" }
    )]
    TooManyWords {
        /// The word as it was read.
        pattern: String,
        /// How many are allowed.
        most: usize,
        /// Whether their places are asked for, not just articles that have one.
        places: bool,
    },
    /// The search library failed.
    #[error("the search library failed")]
    Search(#[from] tantivy::TantivyError),
}

impl IndexError {
    /// Returns a function that says which file an I/O error is about.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> IndexError + '_ {
        |source| IndexError::Io {
            path: path.to_owned(),
            source,
        }
    }
}
