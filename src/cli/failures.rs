//! `newsdex failures`.

use std::io::Write;

use super::args::{open_index, open_output};
use super::{Globals, Status};
use crate::index::last_failures;

/// List the records that the last ingest could not read
///
/// Files that have not changed since keep their failures. Exits with 0 if there are
/// any and 1 if there are none.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Jsonl,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let index = open_index(globals)?;
        let failures = last_failures(index.root())?;
        let mut out = open_output(None)?;
        for entry in &failures {
            match self.format {
                Format::Pretty => writeln!(out, "{}", super::ingest::describe(entry))?,
                Format::Jsonl => {
                    serde_json::to_writer(&mut out, entry).map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
            }
        }
        out.flush()?;
        Ok(if failures.is_empty() {
            Status::Nothing
        } else {
            Status::Success
        })
    }
}
