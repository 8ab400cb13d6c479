//! `newsdex search`.

use std::io::Write;
use std::path::PathBuf;

use clap_complete::engine::ArgValueCompleter;

use super::args::{
    CollapseArgs, FilterArgs, ReadArgs, ResourceArgs, open_output, open_snapshot, read_query,
};
use super::output::{self, ASIDE, counted};
use super::{Globals, Status, completions, page};
use crate::index::{Help, Response, Snapshot};
use crate::json::{HitReply, SearchReply};
use crate::query::{Expansion, Field, HalfLife, Order, Parsed, Request, Test};
use crate::text::fold_name;

/// Search the index
///
/// Bare words must all be there (in any form), "quoted phrases" exactly as written.
/// AND, OR, NOT and brackets combine; field:value looks in one field: title, lead,
/// body, person, org, place, source, author, date, lang, section, topic, exchange,
/// url, id, words. `*` finds every article.
///
/// brib* and wom?n are wildcards, wolf~1 allows a slip, "a b"~5 lets five words
/// between, =Turkey is as written. a w/5 b is near in any order, a pre/5 b in this
/// order, w/s in one sentence, w/p in one paragraph; names can stand there too:
/// fraud w/10 org:"Acme". atleast3(x) counts places, headline(x) and hlead(x) look in
/// headline and lead, ^2 makes a word count twice.
///
/// Prints the best matches first. Exits with 0 if there were any, 1 if there were
/// none, and 2 if the search failed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look for; several words need no quotes around them
    #[arg(add = ArgValueCompleter::new(completions::query))]
    query: Vec<String>,
    /// Ingest what is new or changed in this folder first
    #[arg(long, value_name = "DIR")]
    corpus: Vec<PathBuf>,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    collapse: CollapseArgs,
    /// Show at most this many articles
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    limit: usize,
    /// Leave out this many of the first articles
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    offset: usize,
    /// Which articles come first
    #[arg(long, value_name = "ORDER", default_value = "relevance")]
    sort: Sort,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
    /// Print only how many articles match
    #[arg(long)]
    count: bool,
    /// Show what each score is made of
    #[arg(long)]
    explain: bool,
    /// Rank by telling words of the best articles too
    #[arg(long)]
    expand: bool,
    /// Let an article count half when it is so much older than the newest: 30d, 2w, 6m, 1y
    #[arg(long, value_name = "HALF-LIFE")]
    recency: Option<HalfLife>,
    /// Give a query up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time_limit: u64,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    Relevance,
    Newest,
    Oldest,
}

impl Sort {
    fn order(self) -> Order {
        match self {
            Sort::Relevance => Order::Relevance,
            Sort::Newest => Order::Newest,
            Sort::Oldest => Order::Oldest,
        }
    }
}

/// How hits are printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Pretty,
    /// One object with everything.
    Json,
    /// One hit a line.
    Jsonl,
    /// A table with a header, comma-separated.
    Csv,
    /// A table with a header, tab-separated.
    Tsv,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let text = self.query.join(" ");
        let (filters, names) = self.filters.filters();
        let parsed = read_query(globals, &text, !filters.is_empty())?;
        if !self.corpus.is_empty() {
            super::ingest::bring_up_to_date(
                globals,
                &self.corpus,
                &ReadArgs::default(),
                &ResourceArgs::default(),
            )?;
        }
        let snapshot = open_snapshot(globals)?;
        let mut request = Request::new(parsed.query.clone());
        request.filters = filters;
        request.names = names;
        request.order = self.sort.order();
        request.limit = if self.count { 0 } else { self.limit };
        request.offset = self.offset;
        request.want_highlights = !self.count;
        request.want_stories = !self.count && matches!(self.format, Format::Pretty | Format::Json);
        let is_listing = self.format == Format::Pretty && !self.count;
        request.collapse = self.collapse.prefer(is_listing);
        request.recency = self.recency;
        if self.expand {
            request.expansion = Expansion::Ranks;
        }
        request.time_limit = Some(std::time::Duration::from_secs(self.time_limit));
        if self.format != Format::Json && !globals.quiet {
            parsed.warnings.iter().for_each(output::warn);
        }
        let response = snapshot.search(&request)?;
        let help = self.help(&snapshot, &request, &response)?;
        let mut out = open_output(self.output.as_ref())?;
        self.print(&mut out, &text, &parsed, &request, &response, help.as_ref())?;
        out.flush()?;
        Ok(if response.total == Some(0) {
            Status::Nothing
        } else {
            Status::Success
        })
    }

    /// Returns what may help, where somebody reads it: if nothing was found, or if a word is
    /// in no article.
    fn help(
        &self,
        snapshot: &Snapshot,
        request: &Request,
        response: &Response,
    ) -> anyhow::Result<Option<Help>> {
        let is_read = !self.count && matches!(self.format, Format::Pretty | Format::Json);
        let Some(total) = response.total.filter(|_| is_read) else {
            return Ok(None);
        };
        let help = snapshot.help(request, total)?;
        Ok((help != Help::default()).then_some(help))
    }

    fn print(
        &self,
        out: &mut impl Write,
        text: &str,
        parsed: &Parsed,
        request: &Request,
        response: &Response,
        help: Option<&Help>,
    ) -> anyhow::Result<()> {
        if self.count {
            let count = match request.collapse {
                Some(_) => response.stories,
                None => response.total,
            };
            writeln!(out, "{}", count.unwrap_or_default())?;
            return Ok(());
        }
        let read_as = request.whole_query().to_string();
        match self.format {
            Format::Pretty => {
                self.print_pretty(out, request, &read_as, response)?;
                if let Some(help) = help {
                    super::help::print(out, help)?;
                }
            }
            Format::Json => {
                let reply = SearchReply::new(text, read_as, &parsed.warnings, response);
                let reply = reply.with_help(help);
                serde_json::to_writer_pretty(&mut *out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for hit in &response.hits {
                    serde_json::to_writer(&mut *out, &HitReply::new(hit))
                        .map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
            }
            Format::Csv => super::table::write_hits(out, response, super::table::Separator::Comma)?,
            Format::Tsv => super::table::write_hits(out, response, super::table::Separator::Tab)?,
        }
        Ok(())
    }

    fn print_pretty(
        &self,
        out: &mut impl Write,
        request: &Request,
        read_as: &str,
        response: &Response,
    ) -> anyhow::Result<()> {
        let layout = page::Layout {
            width: output::width(),
            explain: self.explain,
            wanted: wanted_names(request),
        };
        let total = response.total.unwrap_or_default();
        let milliseconds = response.took.as_secs_f64() * 1e3;
        let found = match total {
            0 => "No article".to_owned(),
            total => counted(total, "article", "articles"),
        };
        let stories = response.stories.unwrap_or(total);
        let found = match stories < total {
            true => format!("{found}, {}", counted(stories, "story", "stories")),
            false => found,
        };
        writeln!(
            out,
            "{found} {ASIDE}in {milliseconds:.1} ms, read as: {read_as}{ASIDE:#}\n"
        )?;
        for (at, hit) in response.hits.iter().enumerate() {
            page::write_hit(out, hit, self.offset + at + 1, &layout)?;
        }
        let shown = (self.offset + response.hits.len()) as u64;
        let all = match request.collapse {
            Some(_) => stories,
            None => total,
        };
        if shown < all && !response.hits.is_empty() {
            let left = output::grouped(all - shown);
            writeln!(
                out,
                "{ASIDE}{left} more: --offset {shown}, or -n COUNT for a longer list{ASIDE:#}"
            )?;
        }
        Ok(())
    }
}

/// Returns the names that a request asks for, in filters or query, folded.
fn wanted_names(request: &Request) -> Vec<String> {
    let query = request.whole_query();
    let names = query
        .signed_leaves()
        .into_iter()
        .filter_map(|(leaf, is_wanted)| {
            let is_name = matches!(leaf.field, Field::Person | Field::Organization);
            match &leaf.test {
                Test::Word(name) | Test::Phrase(name) | Test::Exactly(name)
                    if is_name && is_wanted =>
                {
                    Some(fold_name(name))
                }
                _ => None,
            }
        });
    names.collect()
}
