//! `newsdex facets`.

use std::io::Write;
use std::path::PathBuf;

use clap_complete::engine::ArgValueCompleter;
use serde_json::json;

use super::args::{CollapseArgs, FilterArgs, open_output, open_snapshot, read_query};
use super::output::{self, ASIDE, NAME, TITLE, counted, grouped};
use super::table::{Separator, write_row};
use super::{Globals, Status, completions, page};
use crate::article::Kind;
use crate::index::{Facet, FacetCounts, ValueCount};
use crate::query::{Query, Request};
use crate::text::fold_name;

/// Count the articles of a query by person, organization, source, topic or tag
///
/// Counts are exact, of all values, under the query and the filters, and follow the
/// register: a merged name counts the articles that have any of its names. They are of
/// articles, or of stories with --collapse, each by its earliest article.
///
/// Exits with 0 if any article matches, 1 if none does.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to count by
    #[arg(value_name = "FACET")]
    facet: FacetArg,
    /// What to look for, every article if nothing is given; several words need no quotes around them
    #[arg(add = ArgValueCompleter::new(completions::query))]
    query: Vec<String>,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    collapse: CollapseArgs,
    /// Show only values of which a word begins with this
    #[arg(long, value_name = "LETTERS")]
    prefix: Option<String>,
    /// Show at most this many values; 0 shows all
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
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
enum FacetArg {
    People,
    Organizations,
    Places,
    Topics,
    Exchanges,
    Sources,
    Languages,
    Sections,
    Tags,
    Bylines,
}

impl From<FacetArg> for Facet {
    fn from(arg: FacetArg) -> Facet {
        match arg {
            FacetArg::People => Facet::Names(Kind::Person),
            FacetArg::Organizations => Facet::Names(Kind::Organization),
            FacetArg::Places => Facet::Names(Kind::Place),
            FacetArg::Topics => Facet::Topics,
            FacetArg::Exchanges => Facet::Exchanges,
            FacetArg::Sources => Facet::Sources,
            FacetArg::Languages => Facet::Languages,
            FacetArg::Sections => Facet::Sections,
            FacetArg::Tags => Facet::Tags,
            FacetArg::Bylines => Facet::Bylines,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Jsonl,
    Csv,
    Tsv,
}

/// What is printed.
struct Answer<'a> {
    facet: Facet,
    query: &'a str,
    read_as: String,
    /// `articles` or `stories`.
    counts: &'static str,
    found: &'a FacetCounts,
    shown: Vec<&'a ValueCount>,
    /// How many values there are, of which some are shown.
    values: usize,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let text = self.query.join(" ");
        let (filters, names) = self.filters.filters();
        let query = match text.trim() {
            "" => Query::All,
            text => {
                let parsed = read_query(globals, text, false)?;
                if !globals.quiet {
                    parsed.warnings.iter().for_each(output::warn);
                }
                parsed.query
            }
        };
        let mut request = Request::new(query);
        (request.filters, request.names) = (filters, names);
        request.collapse = self.collapse.prefer(false);
        request.time_limit = Some(std::time::Duration::from_secs(self.time_limit));
        let snapshot = open_snapshot(globals)?;
        let facet = Facet::from(self.facet);
        let found = snapshot.facet(&request, facet)?;
        let prefix = self.prefix.as_deref().map(fold_name).unwrap_or_default();
        let fits = |value: &&ValueCount| {
            let name = fold_name(&value.value);
            name.starts_with(&prefix) || name.contains(&format!(" {prefix}"))
        };
        let limit = match self.limit {
            0 => usize::MAX,
            limit => limit,
        };
        let values: Vec<&ValueCount> = found.values.iter().filter(fits).collect();
        let answer = Answer {
            facet,
            query: &text,
            read_as: request.whole_query().to_string(),
            counts: match request.collapse {
                Some(_) => "stories",
                None => "articles",
            },
            found: &found,
            values: values.len(),
            shown: values.into_iter().take(limit).collect(),
        };
        let mut out = open_output(self.output.as_ref())?;
        match self.format {
            Format::Pretty => answer.print(&mut out)?,
            Format::Json => answer.write_json(&mut out)?,
            Format::Jsonl => answer.write_jsonl(&mut out)?,
            Format::Csv => answer.write_table(&mut out, Separator::Comma)?,
            Format::Tsv => answer.write_table(&mut out, Separator::Tab)?,
        }
        out.flush()?;
        Ok(match found.total {
            0 => Status::Nothing,
            _ => Status::Success,
        })
    }
}

impl Answer<'_> {
    fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        let total = match self.counts {
            "stories" => counted(self.found.total, "story", "stories"),
            _ => counted(self.found.total, "article", "articles"),
        };
        let (facet, values) = (self.facet.name(), grouped(self.values as u64));
        let read_as = &self.read_as;
        writeln!(
            out,
            "{TITLE}{values} {facet}{TITLE:#} {ASIDE}in {total}, read as: {read_as}{ASIDE:#}\n"
        )?;
        let widest = self.shown.first().map_or(0, |one| grouped(one.count).len());
        let room = output::width().saturating_sub(widest + 12).max(20);
        for one in &self.shown {
            let share = 100.0 * one.count as f64 / self.found.total.max(1) as f64;
            let (count, value) = (grouped(one.count), page::shortened(&one.value, room));
            writeln!(
                out,
                "{count:>widest$} {ASIDE}{share:>5.1} %{ASIDE:#}  {NAME}{value}{NAME:#}"
            )?;
        }
        if self.shown.len() < self.values {
            let left = grouped((self.values - self.shown.len()) as u64);
            writeln!(
                out,
                "\n{ASIDE}{left} more: -n 0 shows all, --prefix looks for some{ASIDE:#}"
            )?;
        }
        Ok(())
    }

    fn write_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        let values = self.shown.iter().map(|one| self.row(one));
        let reply = json!({
            "facet": self.facet.name(),
            "query": self.query,
            "parsed": self.read_as,
            "counts": self.counts,
            "total": self.found.total,
            "distinct": self.values,
            "values": values.collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &reply)?;
        writeln!(out)
    }

    fn write_jsonl(&self, out: &mut impl Write) -> std::io::Result<()> {
        for one in &self.shown {
            writeln!(out, "{}", self.row(one))?;
        }
        Ok(())
    }

    fn row(&self, one: &ValueCount) -> serde_json::Value {
        json!({ "value": one.value, self.counts: one.count })
    }

    fn write_table(&self, out: &mut impl Write, separator: Separator) -> std::io::Result<()> {
        let header = [self.facet.name().to_owned(), self.counts.to_owned()];
        write_row(out, &header, separator)?;
        for one in &self.shown {
            write_row(out, &[one.value.clone(), one.count.to_string()], separator)?;
        }
        Ok(())
    }
}
