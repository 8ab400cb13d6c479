//! `newsdex significant`.

use std::io::Write;
use std::path::PathBuf;

use clap_complete::engine::ArgValueCompleter;
use serde_json::json;

use super::args::{FilterArgs, open_output, open_snapshot, read_query};
use super::output::{self, ASIDE, NAME, TITLE, counted, grouped};
use super::{Globals, Status, completions, page};
use crate::index::{Significance, Significant};
use crate::query::Request;

/// Show the words and names that set the articles of a query apart
///
/// Words, people, organizations and places that stand in more of the matching articles
/// than chance would have it, beside all articles of the index; the strongest first. All
/// numbers are of articles, copies counted each.
///
/// Exits with 0 if there are any, 1 if there are none.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look for; several words need no quotes around them
    #[arg(add = ArgValueCompleter::new(completions::query))]
    query: Vec<String>,
    #[command(flatten)]
    filters: FilterArgs,
    /// Show at most this many of each kind
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    limit: usize,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
    /// Give a query up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time_limit: u64,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Jsonl,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let text = self.query.join(" ");
        let (filters, names) = self.filters.filters();
        let parsed = read_query(globals, &text, !filters.is_empty())?;
        if !globals.quiet {
            parsed.warnings.iter().for_each(output::warn);
        }
        let snapshot = open_snapshot(globals)?;
        let mut request = Request::new(parsed.query);
        (request.filters, request.names) = (filters, names);
        request.time_limit = Some(std::time::Duration::from_secs(self.time_limit));
        let found = snapshot.significant(&request, self.limit)?;
        let read_as = request.whole_query().to_string();
        let mut out = open_output(self.output.as_ref())?;
        match self.format {
            Format::Pretty => print(&mut out, &read_as, &found)?,
            Format::Json => {
                let mut reply = json!({
                    "query": text,
                    "parsed": read_as,
                    "counts": "articles",
                    "total": found.total,
                    "all": found.all,
                });
                for (kind, list) in lists(&found) {
                    reply[kind] = list.iter().map(|one| row(kind, one)).collect();
                }
                serde_json::to_writer_pretty(&mut out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for (kind, list) in lists(&found) {
                    for one in list {
                        writeln!(out, "{}", row(kind, one))?;
                    }
                }
            }
        }
        out.flush()?;
        Ok(match found.total {
            0 => Status::Nothing,
            _ => Status::Success,
        })
    }
}

fn lists(found: &Significance) -> impl Iterator<Item = (&'static str, &Vec<Significant>)> {
    let names = found.names.iter().map(|(kind, list)| (kind.plural(), list));
    std::iter::once(("words", &found.words)).chain(names)
}

fn row(kind: &str, one: &Significant) -> serde_json::Value {
    json!({
        "kind": kind,
        "text": one.text,
        "articles": one.articles,
        "everywhere": one.everywhere,
        "log_likelihood": (one.strength * 1e3).round() / 1e3,
    })
}

fn print(out: &mut impl Write, read_as: &str, found: &Significance) -> std::io::Result<()> {
    writeln!(
        out,
        "{} {ASIDE}of {}, read as: {read_as}{ASIDE:#}",
        counted(found.total, "article", "articles"),
        grouped(found.all)
    )?;
    for (kind, list) in lists(found) {
        if list.is_empty() {
            continue;
        }
        writeln!(
            out,
            "\n{TITLE}{kind}{TITLE:#} {ASIDE}here, everywhere{ASIDE:#}"
        )?;
        for one in list {
            let text = page::shortened(&one.text, output::width().saturating_sub(20).max(20));
            let (here, all) = (grouped(one.articles), grouped(one.everywhere));
            writeln!(
                out,
                "{here:>7} {ASIDE}{all:>9}{ASIDE:#}  {NAME}{text}{NAME:#}"
            )?;
        }
    }
    Ok(())
}
