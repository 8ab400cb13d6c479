//! `newsdex entities import` and `export`.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::json;

use super::super::args::{open_index, open_output};
use super::super::output::counted;
use super::super::table::{Separator, write_row};
use super::super::{Globals, Status};
use super::edit::make;
use super::{kind_word, write_json};
use crate::entities::{Change, Entry, Register};

/// Add the entries of another register to this one
///
/// Entries with a name that is known here are joined with that entry. One step, which
/// `undo` takes back.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// A register: an entities.toml of this or another index; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// Write the register that is in force
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "toml")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// As `import` reads it.
    Toml,
    /// A list of objects.
    Json,
    /// A row an entry.
    Csv,
}

impl ImportArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let index = open_index(globals)?;
        let path = self.file.display();
        let text = match self.file.as_os_str() == "-" {
            true => {
                let mut text = String::new();
                std::io::stdin().lock().read_to_string(&mut text)?;
                text
            }
            false => std::fs::read_to_string(&self.file)
                .with_context(|| format!("cannot read {path}"))?,
        };
        let register =
            Register::parse(&text).with_context(|| format!("cannot read {path} as a register"))?;
        let changes: Vec<Change> = register
            .entries()
            .iter()
            .cloned()
            .map(Change::Add)
            .collect();
        if changes.is_empty() {
            bail!("{path} has no entry");
        }
        let entries = counted(changes.len() as u64, "entry", "entries");
        let what = format!("import {entries} from {path}");
        make(
            globals,
            &index,
            &changes,
            &what,
            &format!("imported: {entries}"),
            self.dry_run,
        )
    }
}

impl ExportArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let index = open_index(globals)?;
        let snapshot = index.snapshot()?;
        super::super::args::warn_of_register(globals, &snapshot)?;
        let (register, _) = index.register()?;
        let mut out = open_output(self.output.as_ref())?;
        match self.format {
            Format::Toml => {
                let entries = register.entries().iter().cloned().map(Change::Add);
                let text = crate::entities::edit("", &entries.collect::<Vec<_>>())?;
                write!(out, "{text}")?;
            }
            Format::Json => {
                let entries: Vec<_> = register.entries().iter().map(reply).collect();
                write_json(&mut out, &entries)?;
            }
            Format::Csv => {
                let head = ["kind", "name", "aliases", "hide", "not_same_as", "notes"];
                write_row(&mut out, &head.map(str::to_owned), Separator::Comma)?;
                for entry in register.entries() {
                    let cells = [
                        kind_word(entry.kind).to_owned(),
                        entry.name.clone(),
                        entry.aliases.join("; "),
                        entry.hide.to_string(),
                        entry.not_same_as.join("; "),
                        entry.notes.clone(),
                    ];
                    write_row(&mut out, &cells, Separator::Comma)?;
                }
            }
        }
        out.flush()?;
        Ok(match register.entries().is_empty() {
            true => Status::Nothing,
            false => Status::Success,
        })
    }
}

fn reply(entry: &Entry) -> serde_json::Value {
    json!({
        "kind": kind_word(entry.kind),
        "name": entry.name,
        "aliases": entry.aliases,
        "taken_for": entry.taken_for.iter().map(|kind| kind_word(*kind)).collect::<Vec<_>>(),
        "hide": entry.hide,
        "not_same_as": entry.not_same_as,
        "notes": entry.notes,
    })
}
