//! `newsdex batch`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use anyhow::Context;

use super::args::{CollapseArgs, FilterArgs, open_output, open_snapshot};
use super::{Globals, Status};
use crate::index::{Ranked, Response, Snapshot};
use crate::json::HitReply;
use crate::query::{self, Expansion, Parsed, Request};

/// Answer a list of queries
///
/// The file has one query a line, or an id, a tab and the query; `-` is standard
/// input. A query that cannot be read is reported in its place, and the others are
/// answered.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file with the queries
    file: PathBuf,
    /// Take each line for plain text and rank by any of its words
    #[arg(long)]
    any: bool,
    /// Rank by telling words of the best articles too; with --any find by them too
    #[arg(long)]
    expand: bool,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    collapse: CollapseArgs,
    /// Give at most this many hits a query
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 1000)]
    limit: usize,
    /// How to print the hits: an object a query, or lines for trec_eval
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    Jsonl,
    Trec,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let input: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            let file = std::fs::File::open(&self.file);
            Box::new(BufReader::new(file.with_context(|| {
                format!("cannot read {}", self.file.display())
            })?))
        };
        let snapshot = open_snapshot(globals)?;
        let mut out = open_output(self.output.as_ref())?;
        let mut any_hits = false;
        for (at, line) in input.split(b'\n').enumerate() {
            let line = line.with_context(|| format!("cannot read {}", self.file.display()))?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() {
                continue;
            }
            let number = (at + 1).to_string();
            let (id, text) = line.split_once('\t').unwrap_or((&number, line));
            any_hits |= self.answer(globals, &snapshot, id.trim(), text.trim(), &mut out)?;
        }
        out.flush()?;
        Ok(if any_hits {
            Status::Success
        } else {
            Status::Nothing
        })
    }

    fn answer(
        &self,
        globals: &Globals,
        snapshot: &Snapshot,
        id: &str,
        text: &str,
        out: &mut impl Write,
    ) -> anyhow::Result<bool> {
        let parsed = match self.read(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                match self.format {
                    Format::Jsonl => {
                        let row = serde_json::json!({ "id": id, "query": text, "parsed": null, "total": 0,
                            "error": error.to_string(), "warnings": [], "hits": [] });
                        writeln!(out, "{row}")?;
                    }
                    Format::Trec => super::output::warn(format!("query {id}: {error}")),
                }
                return Ok(false);
            }
        };
        let (filters, names) = self.filters.filters();
        let mut request = Request::new(parsed.query.clone());
        (request.filters, request.names, request.limit) = (filters, names, self.limit);
        request.collapse = self.collapse.prefer(false);
        request.want_stories = self.format == Format::Jsonl;
        request.expansion = match (self.expand, self.any) {
            (false, _) => Expansion::Off,
            (true, false) => Expansion::Ranks,
            (true, true) => Expansion::Widens,
        };
        if self.format == Format::Trec {
            if !globals.quiet {
                parsed
                    .warnings
                    .iter()
                    .for_each(|warning| super::output::warn(format!("query {id}: {warning}")));
            }
            request.want_total = false;
            let ranking = snapshot.rank(&request)?;
            write_trec(out, id, snapshot, &ranking.hits)?;
            return Ok(!ranking.hits.is_empty());
        }
        let response = snapshot.search(&request)?;
        write_jsonl(out, id, text, &parsed, &request, &response)?;
        Ok(!response.hits.is_empty())
    }

    fn read(&self, text: &str) -> Result<Parsed, query::QueryError> {
        if self.any {
            return Ok(Parsed {
                query: query::parse_plain(text),
                warnings: Vec::new(),
            });
        }
        query::parse(text, jiff::ZonedDateTime::now().date())
    }
}

fn write_jsonl(
    out: &mut impl Write,
    id: &str,
    text: &str,
    parsed: &Parsed,
    request: &Request,
    response: &Response,
) -> anyhow::Result<()> {
    let hits: Vec<HitReply<'_>> = response.hits.iter().map(HitReply::new).collect();
    let warnings: Vec<String> = parsed.warnings.iter().map(ToString::to_string).collect();
    let row = serde_json::json!({ "id": id, "query": text, "parsed": request.whole_query().to_string(),
        "total": response.total, "stories": response.stories, "error": null, "warnings": warnings, "hits": hits });
    writeln!(out, "{row}")?;
    Ok(())
}

/// Scores have enough digits to keep the order; blanks, which the format splits at,
/// are taken out of ids.
fn write_trec(
    out: &mut impl Write,
    id: &str,
    snapshot: &Snapshot,
    ranking: &[Ranked],
) -> anyhow::Result<()> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("_");
    let id = plain(id);
    for (rank, ranked) in (1..).zip(ranking) {
        let article = plain(&snapshot.id_of(ranked)?);
        let score = ranked.score;
        writeln!(out, "{id} Q0 {article} {rank} {score:.9} newsdex")?;
    }
    Ok(())
}
