//! `newsdex export`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap_complete::engine::ArgValueCompleter;

use super::args::{CollapseArgs, FilterArgs, open_snapshot, read_query};
use super::output::{self, counted};
use super::{Globals, Status, completions};
use crate::export::{self, Column, ExportError, Options};
use crate::query::{Order, Request};

/// Write all articles of a query to a file
///
/// CSV for spreadsheets, JSON lines that `newsdex ingest` reads back, Parquet for
/// programs. There is no limit, and memory does not grow with the number of articles.
/// Beside FILE lies FILE.manifest.json: the query, how it was read, the total, the state
/// of the index, the version and the time. The files appear whole or not at all.
///
/// In CSV, a cell that a spreadsheet would take for a formula gets an apostrophe in front,
/// and lists have semicolons between their values.
///
/// Exits with 0 if any article matches, 1 if none does.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look for; several words need no quotes around them
    #[arg(add = ArgValueCompleter::new(completions::query))]
    query: Vec<String>,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    collapse: CollapseArgs,
    /// The format; told from the ending of FILE if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write only these columns: id,title,published,url
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', value_parser = column)]
    fields: Vec<Column>,
    /// The order of the articles
    #[arg(long, value_name = "ORDER", default_value = "id")]
    sort: Sort,
    /// Give the query up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    time_limit: u64,
    /// The file to write; `-` is standard output, without a manifest
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    Csv,
    Jsonl,
    Parquet,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    Id,
    Relevance,
    Newest,
    Oldest,
}

fn column(name: &str) -> Result<Column, String> {
    Column::from_name(name).ok_or_else(|| {
        let names = Column::ALL.map(Column::name).join(", ");
        format!("there is no column {name:?}; columns are {names}")
    })
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let text = self.query.join(" ");
        let (filters, names) = self.filters.filters();
        let parsed = read_query(globals, &text, !filters.is_empty())?;
        if !globals.quiet {
            parsed.warnings.iter().for_each(output::warn);
        }
        let options = Options {
            format: self.format()?,
            columns: self.fields.clone(),
            order: match self.sort {
                Sort::Id => None,
                Sort::Relevance => Some(Order::Relevance),
                Sort::Newest => Some(Order::Newest),
                Sort::Oldest => Some(Order::Oldest),
            },
        };
        let mut request = Request::new(parsed.query);
        (request.filters, request.names) = (filters, names);
        request.collapse = self.collapse.prefer(false);
        request.time_limit = Some(std::time::Duration::from_secs(self.time_limit));
        let snapshot = open_snapshot(globals)?;
        let rows = match self.is_stdout() {
            true => {
                let mut out = std::io::BufWriter::new(std::io::stdout());
                match export::write(&snapshot, &request, &options, &mut out) {
                    // A closed pipe is no error, and so must be found at the top.
                    Err(ExportError::Output(error)) => return Err(error.into()),
                    written => {
                        let rows = written?.0;
                        out.flush()?;
                        rows
                    }
                }
            }
            false => {
                let now = jiff::Timestamp::now()
                    .strftime("%Y-%m-%dT%H:%M:%SZ")
                    .to_string();
                let written =
                    export::to_file(&snapshot, &request, &options, &self.output, &text, now)?;
                let rows = match written.counts {
                    "stories" => counted(written.rows, "story", "stories"),
                    _ => counted(written.rows, "article", "articles"),
                };
                output::note(globals, format!("{rows} in {}", self.output.display()));
                written.rows
            }
        };
        Ok(match rows {
            0 => Status::Nothing,
            _ => Status::Success,
        })
    }

    fn is_stdout(&self) -> bool {
        self.output.as_os_str() == "-"
    }

    fn format(&self) -> anyhow::Result<export::Format> {
        let ending = self
            .output
            .extension()
            .unwrap_or_default()
            .to_string_lossy();
        Ok(match (self.format, &*ending.to_ascii_lowercase()) {
            (Some(Format::Parquet), _) if self.is_stdout() => {
                bail!("Parquet goes to a file; name one with -o FILE")
            }
            (Some(Format::Csv), _) | (None, "csv") => export::Format::Csv,
            (Some(Format::Jsonl), _) | (None, "jsonl" | "ndjson") => export::Format::Jsonl,
            (Some(Format::Parquet), _) | (None, "parquet") => export::Format::Parquet,
            (None, _) if self.is_stdout() => export::Format::Jsonl,
            (None, _) => bail!("say which format: --format csv, jsonl or parquet"),
        })
    }
}
