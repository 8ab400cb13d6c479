//! Writes the articles of a query to a file, all of them, as they are read: CSV, JSON
//! lines or Parquet, with a manifest that says what is in it.
//!
//! Nothing is held but the rows under way, so that memory does not grow with the number
//! of articles. The rows are counted and compared with the total of the query: a file that
//! lacks any is an error, not a file. It decides nothing about which articles match.

mod columns;
mod parquet_file;
pub mod rss;
mod table;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use columns::Column;
pub(crate) use rss::escaped;
pub(crate) use table::{Separator, write_row};

use crate::index::{FORMAT_VERSION, IndexError, Snapshot};
use crate::json::ArticleReply;
use crate::query::{Order, Request};
use columns::Value;
use parquet_file::ParquetFile;

/// The format of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A table for spreadsheets; cells that look like formulas get an apostrophe.
    Csv,
    /// An article a line, as `newsdex ingest` reads it.
    Jsonl,
    /// A table for programs.
    Parquet,
}

impl Format {
    /// Returns the name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
        }
    }
}

/// What to write.
#[derive(Clone, Debug)]
pub struct Options {
    /// The format.
    pub format: Format,
    /// The columns, in order; all of them if empty. JSON lines without a choice are whole
    /// articles.
    pub columns: Vec<Column>,
    /// The order of the articles; by id if `None`, which is the cheapest.
    pub order: Option<Order>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The index cannot be read, or the query takes too long.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nobody reads standard output any more, or it cannot be written.
    #[error("cannot write the rows")]
    Output(#[source] io::Error),
    /// Fewer or more articles came than match: the index changed in a way it must not.
    #[error("{rows} of {total} articles were written; nothing is kept")]
    Incomplete {
        /// The rows written.
        rows: u64,
        /// The articles that match.
        total: u64,
    },
}

/// What an exported file is, kept beside it.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// The file's name.
    pub file: String,
    /// Its format.
    pub format: &'static str,
    /// Its columns; empty for whole articles.
    pub columns: Vec<&'static str>,
    /// The query as typed.
    pub query: String,
    /// The query and the filters as read.
    pub parsed: String,
    /// What the rows are: `articles`, or `stories` where copies are left out.
    pub counts: &'static str,
    /// How many match.
    pub total: u64,
    /// How many rows there are: as many.
    pub rows: u64,
    /// What the articles were taken from.
    pub index: IndexState,
    /// The program that wrote it.
    pub made_by: String,
    /// When, in UTC.
    pub made_at: String,
}

/// Which articles an index held.
#[derive(Clone, Debug, Serialize)]
pub struct IndexState {
    /// The version of its format.
    pub format: u64,
    /// How many articles it held.
    pub articles: u64,
    /// The same only for the same articles.
    pub state: String,
}

/// Writes the articles that match `request` to `path`, and a manifest beside it
/// (`FILE.manifest.json`); `query` is what was typed, `made_at` the time. The files appear
/// whole or not at all.
///
/// # Errors
///
/// If the index cannot be read or a file not be written.
pub fn to_file(
    snapshot: &Snapshot,
    request: &Request,
    options: &Options,
    path: &Path,
    query: &str,
    made_at: String,
) -> Result<Manifest, ExportError> {
    let failed = |source: io::Error| ExportError::File {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".newsdex-export");
    #[cfg(unix)]
    {
        // Whoever may read what a person writes may read this too.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    let mut buffered = BufWriter::new(file.as_file_mut());
    let (rows, total) = match write(snapshot, request, options, &mut buffered) {
        Err(ExportError::Output(source)) => return Err(failed(source)),
        written => written?,
    };
    buffered.flush().map_err(failed)?;
    drop(buffered);
    let manifest = Manifest {
        file: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        format: options.format.name(),
        columns: match (options.format, options.columns.is_empty()) {
            (Format::Jsonl, true) => Vec::new(),
            (_, true) => Column::ALL.iter().map(|column| column.name()).collect(),
            (_, false) => options.columns.iter().map(|column| column.name()).collect(),
        },
        query: query.to_owned(),
        parsed: request.whole_query().to_string(),
        counts: match request.collapse {
            Some(_) => "stories",
            None => "articles",
        },
        total,
        rows,
        index: IndexState {
            format: FORMAT_VERSION,
            articles: snapshot.articles(),
            state: snapshot.state(),
        },
        made_by: format!("newsdex {}", env!("CARGO_PKG_VERSION")),
        made_at,
    };
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| failed(error.into()))?;
    fs::write(manifest_path(path), text + "\n").map_err(failed)?;
    Ok(manifest)
}

/// Returns where the manifest of `path` lies.
pub fn manifest_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".manifest.json");
    PathBuf::from(name)
}

/// Writes the articles that match `request` to `out`; returns how many rows there are, and
/// how many articles match.
///
/// # Errors
///
/// If the index cannot be read, or nothing be written.
pub fn write(
    snapshot: &Snapshot,
    request: &Request,
    options: &Options,
    out: &mut (impl Write + Send),
) -> Result<(u64, u64), ExportError> {
    let columns = match options.columns.as_slice() {
        [] => &Column::ALL[..],
        chosen => chosen,
    };
    let mut rows = Rows::begin(options, columns, out).map_err(ExportError::Output)?;
    let (mut count, mut failure) = (0, None);
    let total = snapshot.export(request, options.order, &mut |hit| match rows.add(&hit) {
        Ok(()) => {
            count += 1;
            ControlFlow::Continue(())
        }
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failure {
        return Err(ExportError::Output(error));
    }
    rows.end().map_err(ExportError::Output)?;
    if count != total {
        return Err(ExportError::Incomplete { rows: count, total });
    }
    Ok((count, total))
}

/// Rows under way.
enum Rows<'a, W: Write + Send> {
    Csv(&'a [Column], &'a mut W),
    /// Whole articles.
    Articles(&'a mut W),
    Jsonl(&'a [Column], &'a mut W),
    Parquet(Box<ParquetFile<'a, W>>),
}

impl<'a, W: Write + Send> Rows<'a, W> {
    fn begin(options: &Options, columns: &'a [Column], out: &'a mut W) -> io::Result<Rows<'a, W>> {
        Ok(match options.format {
            Format::Csv => {
                let header: Vec<String> = columns
                    .iter()
                    .map(|column| column.name().to_owned())
                    .collect();
                write_row(out, &header, Separator::Comma)?;
                Rows::Csv(columns, out)
            }
            Format::Jsonl if options.columns.is_empty() => Rows::Articles(out),
            Format::Jsonl => Rows::Jsonl(columns, out),
            Format::Parquet => Rows::Parquet(Box::new(ParquetFile::begin(columns, out)?)),
        })
    }

    fn add(&mut self, hit: &crate::index::Hit) -> io::Result<()> {
        match self {
            Rows::Csv(columns, out) => {
                let cells = columns.iter().map(|column| column.of(hit).into_cell());
                write_row(out, &cells.collect::<Vec<_>>(), Separator::Comma)
            }
            Rows::Articles(out) => {
                let reply = ArticleReply::new(&hit.article).with_highlights(&hit.matches);
                serde_json::to_writer(&mut **out, &reply)?;
                out.write_all(b"\n")
            }
            Rows::Jsonl(columns, out) => {
                let mut object = serde_json::Map::new();
                for column in *columns {
                    object.insert(column.name().to_owned(), column.of(hit).into_json());
                }
                serde_json::to_writer(&mut **out, &object)?;
                out.write_all(b"\n")
            }
            Rows::Parquet(file) => file.add(hit),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Rows::Csv(_, out) | Rows::Articles(out) | Rows::Jsonl(_, out) => out.flush(),
            Rows::Parquet(file) => file.end(),
        }
    }
}

impl Value {
    /// Returns what stands in a cell of a table; lists have semicolons between.
    fn into_cell(self) -> String {
        match self {
            Value::Text(text) => text.unwrap_or_default(),
            Value::Number(number) => number.map(|number| number.to_string()).unwrap_or_default(),
            Value::List(list) => list.join("; "),
        }
    }

    fn into_json(self) -> serde_json::Value {
        match self {
            Value::Text(text) => text.into(),
            Value::Number(number) => number.into(),
            Value::List(list) => list.into(),
        }
    }
}
