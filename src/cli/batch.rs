//! `newsdex batch`.

mod input;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::{Context, anyhow};
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::json;

use super::args::{CollapseArgs, FilterArgs, open_output, open_snapshot, synonyms};
use super::table::{Separator, write_row};
use super::{Globals, Status, output};
use crate::index::{Hit, Ranked, Response, Snapshot};
use crate::json::HitReply;
use crate::query::{self, Expansion, Filters, HalfLife, Parsed, Request, Synonyms};
use input::Row;

/// Answer a list of queries
///
/// The file has one query a line, or an id, a tab and the query, or is a table with a
/// header: id, query, and filters (org, person, place, source, lang, from, to,
/// provenance; several values with semicolons between). `-` is standard input.
///
/// Every query has one row in the answer, those without hits and those that cannot be
/// read too, which say why. JSON lines have the hits in the row; a table of queries has
/// them in a table of its own, with --hits. Answers are those of single searches, in the
/// order of the file.
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
    /// Let an article count half when it is so much older than the newest: 30d, 2w, 6m, 1y
    #[arg(long, value_name = "HALF-LIFE")]
    recency: Option<HalfLife>,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    collapse: CollapseArgs,
    /// Give at most this many hits a query
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 1000)]
    limit: usize,
    /// How to print the answers: an object or a row a query, or lines for trec_eval
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: Format,
    /// With --format csv: write the hits of all queries to this table
    #[arg(long, value_name = "FILE")]
    hits: Option<PathBuf>,
    /// Threads to use; all cores if not given
    #[arg(long, value_name = "COUNT")]
    threads: Option<std::num::NonZeroUsize>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    Jsonl,
    Csv,
    Trec,
}

/// What is to be written for one query.
#[derive(Default)]
struct Answer {
    /// For the main output.
    text: Vec<u8>,
    /// For the table of hits.
    hits: Vec<u8>,
    warnings: Vec<String>,
    has_hits: bool,
}

const COLUMNS: [&str; 7] = ["id", "query", "parsed", "total", "stories", "hits", "error"];
const HIT_COLUMNS: [&str; 9] = [
    "query_id",
    "rank",
    "id",
    "score",
    "matches",
    "published",
    "source",
    "title",
    "url",
];

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let rows = self.rows()?;
        let snapshot = open_snapshot(globals)?;
        let synonyms = synonyms(globals)?;
        let mut out = open_output(self.output.as_ref())?;
        let mut hits = match &self.hits {
            Some(_) if self.format != Format::Csv => {
                return Err(anyhow!(
                    "--hits goes with --format csv; the others have the hits in them"
                ));
            }
            hits => hits
                .as_ref()
                .map(|path| open_output(Some(path)))
                .transpose()?,
        };
        if self.format == Format::Csv {
            write_row(&mut out, &COLUMNS.map(str::to_owned), Separator::Comma)?;
        }
        if let Some(hits) = &mut hits {
            write_row(hits, &HIT_COLUMNS.map(str::to_owned), Separator::Comma)?;
        }
        let bar = progress(globals, rows.len());
        let mut any_hits = false;
        self.answer_all(&snapshot, &synonyms, &rows, &mut |answer| {
            if !globals.quiet {
                bar.suspend(|| answer.warnings.iter().for_each(output::warn));
            }
            out.write_all(&answer.text)?;
            if let Some(hits) = &mut hits {
                hits.write_all(&answer.hits)?;
            }
            any_hits |= answer.has_hits;
            bar.inc(1);
            Ok(())
        })?;
        bar.finish_and_clear();
        out.flush()?;
        if let Some(hits) = &mut hits {
            hits.flush()?;
        }
        Ok(match any_hits {
            true => Status::Success,
            false => Status::Nothing,
        })
    }

    fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let mut bytes = Vec::new();
        let read = match self.file.as_os_str() == "-" {
            true => std::io::stdin().lock().read_to_end(&mut bytes),
            false => File::open(&self.file).and_then(|mut file| file.read_to_end(&mut bytes)),
        };
        read.with_context(|| format!("cannot read {}", self.file.display()))?;
        input::read(&String::from_utf8_lossy(&bytes)).map_err(anyhow::Error::msg)
    }

    /// Answers all rows on all cores, and hands the answers over in the order of the rows.
    fn answer_all(
        &self,
        snapshot: &Snapshot,
        synonyms: &Synonyms,
        rows: &[Row],
        give: &mut dyn FnMut(Answer) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = self.threads.map_or_else(cores, std::num::NonZero::get);
        let next = AtomicUsize::new(0);
        let (sender, answers) = mpsc::sync_channel(4 * threads);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(rows.len()) {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(row) = rows.get(at) else {
                            return;
                        };
                        // Nobody listens once writing failed.
                        if sender
                            .send((at, self.answer(snapshot, synonyms, row)))
                            .is_err()
                        {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut early = BTreeMap::new();
            let mut due = 0;
            for (at, answer) in answers {
                early.insert(at, answer);
                while let Some(answer) = early.remove(&due) {
                    give(answer?)?;
                    due += 1;
                }
            }
            Ok(())
        })
    }

    fn answer(
        &self,
        snapshot: &Snapshot,
        synonyms: &Synonyms,
        row: &Row,
    ) -> anyhow::Result<Answer> {
        let read = match &row.fault {
            Some(fault) => Err(fault.clone()),
            None => self.read(row).map_err(|error| error.to_string()),
        };
        let (parsed, request) = match read {
            Ok(mut parsed) => {
                if !self.any {
                    parsed.query = synonyms.apply(&parsed.query);
                }
                let request = self.request(&parsed, row);
                (parsed, request)
            }
            Err(error) => return Ok(self.refused(row, error)),
        };
        let mut answer = Answer::default();
        if self.format == Format::Trec {
            let warnings = parsed.warnings.iter();
            answer.warnings = warnings
                .map(|warning| format!("query {}: {warning}", row.id))
                .collect();
            let ranking = snapshot.rank(&request)?;
            write_trec(&mut answer.text, &row.id, snapshot, &ranking.hits)?;
            answer.has_hits = !ranking.hits.is_empty();
            return Ok(answer);
        }
        let response = match snapshot.search(&request) {
            Ok(response) => response,
            // One query that takes too long does not end the others.
            Err(error) => return Ok(self.refused(row, error.to_string())),
        };
        answer.has_hits = !response.hits.is_empty();
        match self.format {
            Format::Csv => {
                write_summary(&mut answer.text, row, &request, &response)?;
                for (rank, hit) in (1..).zip(&response.hits) {
                    write_row(
                        &mut answer.hits,
                        &hit_row(&row.id, rank, hit),
                        Separator::Comma,
                    )?;
                }
            }
            _ => write_jsonl(&mut answer.text, row, &parsed, &request, &response)?,
        }
        Ok(answer)
    }

    /// Returns the row of a query that cannot be answered.
    fn refused(&self, row: &Row, error: String) -> Answer {
        let mut answer = Answer::default();
        let Row { id, query, .. } = row;
        match self.format {
            Format::Jsonl => {
                let reply = json!({ "id": id, "query": query, "parsed": null, "total": 0, "stories": 0,
                    "error": error, "warnings": [], "hits": [] });
                answer.text = format!("{reply}\n").into_bytes();
            }
            Format::Csv => {
                let cells = [id, query, "", "0", "0", "0", &error].map(str::to_owned);
                write_row(&mut answer.text, &cells, Separator::Comma)
                    .expect("memory takes everything");
            }
            Format::Trec => answer.warnings.push(format!("query {id}: {error}")),
        }
        answer
    }

    fn read(&self, row: &Row) -> Result<Parsed, query::QueryError> {
        if self.any {
            return Ok(Parsed {
                query: query::parse_plain(&row.query),
                warnings: Vec::new(),
            });
        }
        if row.query.trim().is_empty() && !self.filters_of(row).is_empty() {
            return query::parse("*", jiff::ZonedDateTime::now().date());
        }
        query::parse(&row.query, jiff::ZonedDateTime::now().date())
    }

    /// Returns the filters of the row; those of the command line where it has none.
    fn filters_of(&self, row: &Row) -> Filters {
        let (common, _) = self.filters.filters();
        let or = |own: &Vec<String>, common: Vec<String>| match own.is_empty() {
            true => common,
            false => own.clone(),
        };
        let own = &row.filters;
        Filters {
            people: or(&own.people, common.people),
            organizations: or(&own.organizations, common.organizations),
            places: or(&own.places, common.places),
            sources: or(&own.sources, common.sources),
            languages: or(&own.languages, common.languages),
            from: own.from.or(common.from),
            to: own.to.or(common.to),
        }
    }

    fn request(&self, parsed: &Parsed, row: &Row) -> Request {
        let mut request = Request::new(parsed.query.clone());
        request.filters = self.filters_of(row);
        request.names = row.names.unwrap_or(self.filters.filters().1);
        request.limit = self.limit;
        request.collapse = self.collapse.prefer(false);
        (request.want_total, request.want_stories) = match self.format {
            Format::Trec => (false, false),
            Format::Jsonl | Format::Csv => (true, true),
        };
        request.recency = self.recency;
        request.expansion = match (self.expand, self.any) {
            (false, _) => Expansion::Off,
            (true, false) => Expansion::Ranks,
            (true, true) => Expansion::Widens,
        };
        request
    }
}

fn progress(globals: &Globals, queries: usize) -> ProgressBar {
    let is_shown = std::io::stderr().is_terminal() && !globals.quiet && !globals.no_progress;
    let target = match is_shown {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    ProgressBar::with_draw_target(Some(queries as u64), target)
}

fn write_summary(
    out: &mut impl Write,
    row: &Row,
    request: &Request,
    response: &Response,
) -> std::io::Result<()> {
    let cells = [
        row.id.clone(),
        row.query.clone(),
        request.whole_query().to_string(),
        response.total.unwrap_or_default().to_string(),
        response.stories.unwrap_or_default().to_string(),
        response.hits.len().to_string(),
        String::new(),
    ];
    write_row(out, &cells, Separator::Comma)
}

fn hit_row(query: &str, rank: usize, hit: &Hit) -> [String; HIT_COLUMNS.len()] {
    let article = &hit.article;
    [
        query.to_owned(),
        rank.to_string(),
        article.id.to_string(),
        format!("{:.6}", hit.score),
        query::count_spans(&hit.matches).to_string(),
        article
            .published
            .map(|date| date.to_string())
            .unwrap_or_default(),
        article.source.clone().unwrap_or_default(),
        article.title.clone(),
        article.url.clone().unwrap_or_default(),
    ]
}

fn write_jsonl(
    out: &mut impl Write,
    row: &Row,
    parsed: &Parsed,
    request: &Request,
    response: &Response,
) -> anyhow::Result<()> {
    let hits: Vec<HitReply<'_>> = response.hits.iter().map(HitReply::new).collect();
    let warnings: Vec<String> = parsed.warnings.iter().map(ToString::to_string).collect();
    let reply = json!({ "id": row.id, "query": row.query, "parsed": request.whole_query().to_string(),
        "total": response.total, "stories": response.stories, "error": null,
        "warnings": warnings, "hits": hits });
    writeln!(out, "{reply}")?;
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
