//! Flags that several subcommands share, parsed into the library's types at once.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap_complete::engine::ArgValueCompleter;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Globals, completions};
use crate::article::{DateRules, DayOrder};
use crate::corpus::{FieldMap, Format, ReadOptions, Selection};
use crate::index::{Index, Snapshot};
use crate::names::Tagger;
use crate::query::{self, Filters, NameSource, Parsed, Prefer, Query, Synonyms};

/// Which articles, beside the query.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArgs {
    /// Only articles that name this organization, or one whose name contains these words; `=NAME` for the whole name
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(completions::organization))]
    org: Vec<String>,
    /// Only articles that name this person
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(completions::person))]
    person: Vec<String>,
    /// Only articles that name this place
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(completions::place))]
    place: Vec<String>,
    /// Only articles of this paper, agency or site
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(completions::source))]
    source: Vec<String>,
    /// Only articles in this language
    #[arg(long, value_name = "TAG", add = ArgValueCompleter::new(completions::language))]
    lang: Vec<String>,
    /// Only articles of this day or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Only articles of this day or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// Which names the name filters look at: editors' own, those found in the text, or any
    #[arg(long, value_name = "WHICH", default_value = "any")]
    provenance: ProvenanceArg,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum ProvenanceArg {
    Gold,
    Extracted,
    #[default]
    Any,
}

impl FilterArgs {
    /// Returns the filters, and which names they look at.
    pub(super) fn filters(&self) -> (Filters, NameSource) {
        let names = match self.provenance {
            ProvenanceArg::Gold => NameSource::Gold,
            ProvenanceArg::Extracted => NameSource::Extracted,
            ProvenanceArg::Any => NameSource::Any,
        };
        let filters = Filters {
            people: self.person.clone(),
            organizations: self.org.clone(),
            places: self.place.clone(),
            sources: self.source.clone(),
            languages: self.lang.clone(),
            from: self.from,
            to: self.to,
        };
        (filters, names)
    }
}

/// Whether copies are shown once.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Copies")]
pub(super) struct CollapseArgs {
    /// Show one article a story (what the pretty listing does anyway)
    #[arg(long, conflicts_with = "no_collapse")]
    collapse: bool,
    /// Show all articles, copies too
    #[arg(long)]
    no_collapse: bool,
    /// Which of a story's articles is shown: best, newest, oldest, longest or source=NAME
    #[arg(long, value_name = "WHICH", value_parser = prefer, default_value = "best", hide_default_value = true)]
    prefer: Prefer,
}

fn prefer(text: &str) -> Result<Prefer, String> {
    Ok(match text.trim().to_lowercase().as_str() {
        "best" => Prefer::Best,
        "newest" => Prefer::Newest,
        "oldest" => Prefer::Oldest,
        "longest" => Prefer::Longest,
        _ => match text.trim().split_once('=') {
            Some(("source", name)) if !name.trim().is_empty() => {
                Prefer::Source(name.trim().to_owned())
            }
            _ => return Err("write best, newest, oldest, longest or source=NAME".to_owned()),
        },
    })
}

impl CollapseArgs {
    /// Returns which article of a story is shown, if only one is; `by_default` says what
    /// happens where no flag does.
    pub(super) fn prefer(&self, by_default: bool) -> Option<Prefer> {
        let is_collapsed = self.collapse || (by_default && !self.no_collapse);
        is_collapsed.then(|| self.prefer.clone())
    }
}

/// How corpus files are chosen and read.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(super) struct ReadArgs {
    /// Read only files whose name or path matches this pattern
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Leave out files whose name or path matches this pattern
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Take every file for this format instead of looking at it: text, jsonl, json, jsonfeed, rss, atom, nitf, newsml1, newsml-g2, markdown, csv, mail, mbox, trec, export, html, warc or reuters
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<Format>,
    /// Read a field from another name: title=headline,body=content.text
    #[arg(long, value_name = "FIELD=NAME,…")]
    map: Vec<String>,
    /// Give a field to records that lack it: source="Harbor Ledger"
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Which number is the day in 03/04/2024; without it the other dates of the file tell, then its language, or there is no date
    #[arg(long, value_name = "ORDER")]
    date_order: Option<DateOrderArg>,
    /// The zone of times that name none: +01:00, UTC, Europe/Berlin
    #[arg(long, value_name = "ZONE", value_parser = zone, allow_hyphen_values = true)]
    default_zone: Option<TimeZone>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DateOrderArg {
    DayFirst,
    MonthFirst,
}

/// Reads a zone's offset or its name.
fn zone(text: &str) -> Result<TimeZone, String> {
    let text = text.trim();
    let known = match text.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" => Some(TimeZone::UTC),
        _ if text.starts_with(['+', '-']) => jiff::fmt::temporal::DateTimeParser::new()
            .parse_time_zone(text)
            .ok(),
        _ => TimeZone::get(text).ok(),
    };
    known.ok_or_else(|| {
        "no such zone; write +01:00, UTC, or a name such as Europe/Berlin".to_owned()
    })
}

impl ReadArgs {
    pub(super) fn selection(&self) -> anyhow::Result<Selection> {
        Ok(Selection::new(&self.include, &self.exclude)?)
    }

    pub(super) fn options(&self) -> anyhow::Result<ReadOptions> {
        let mut options = ReadOptions {
            input_format: self.input_format,
            ..ReadOptions::default()
        };
        options.map = FieldMap::parse(&self.map)?;
        options.set = crate::corpus::parse_set(&self.set)?;
        options.dates = DateRules {
            order: self.date_order.map(|order| match order {
                DateOrderArg::DayFirst => DayOrder::DayFirst,
                DateOrderArg::MonthFirst => DayOrder::MonthFirst,
            }),
            zone: self.default_zone.clone(),
        };
        Ok(options)
    }
}

/// Whether and how names are found.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Names")]
pub(super) struct TaggerArgs {
    /// Find no people, organizations and places in the text
    #[arg(long)]
    no_names: bool,
    /// Find names with the model in this file instead of the built-in one
    #[arg(long, value_name = "FILE", conflicts_with = "no_names")]
    names_model: Option<PathBuf>,
}

impl TaggerArgs {
    /// Returns the tagger; `None` if names are to be left out.
    pub(super) fn load(&self) -> anyhow::Result<Option<&'static Tagger>> {
        if self.no_names {
            return Ok(None);
        }
        let Some(path) = &self.names_model else {
            return Ok(Some(Tagger::built_in()));
        };
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let tagger = Tagger::from_bytes(&bytes)
            .with_context(|| format!("cannot use names model {}", path.display()))?;
        // It is used until the program ends.
        Ok(Some(Box::leak(Box::new(tagger))))
    }
}

/// How much of the machine may be used.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Resources")]
pub(super) struct ResourceArgs {
    /// Threads to use; all cores if not given
    #[arg(long, value_name = "COUNT")]
    pub(super) threads: Option<NonZeroUsize>,
    /// Megabytes the index may hold in memory before it writes them out
    #[arg(long, value_name = "MB", default_value_t = ResourceArgs::DEFAULT_MEMORY)]
    pub(super) memory: usize,
}

impl Default for ResourceArgs {
    fn default() -> ResourceArgs {
        ResourceArgs {
            threads: None,
            memory: ResourceArgs::DEFAULT_MEMORY,
        }
    }
}

impl ResourceArgs {
    const DEFAULT_MEMORY: usize = 256;

    pub(super) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(cores, NonZeroUsize::get)
    }
}

/// Opens the index that was named.
pub(super) fn open_index(globals: &Globals) -> anyhow::Result<Index> {
    Ok(Index::open(&globals.index)?)
}

/// Opens the articles as of the last commit; warns if the register is not in force.
pub(super) fn open_snapshot(globals: &Globals) -> anyhow::Result<Snapshot> {
    let snapshot = open_index(globals)?.snapshot()?;
    warn_of_register(globals, &snapshot)?;
    Ok(snapshot)
}

/// Says so if the register cannot be read and an older state of it is in force.
pub(super) fn warn_of_register(globals: &Globals, snapshot: &Snapshot) -> anyhow::Result<()> {
    if let Some(fault) = snapshot.register_fault()?.filter(|_| !globals.quiet) {
        super::output::warn(format!(
            "cannot read entities.toml: {fault}; its last good state is in force"
        ));
    }
    Ok(())
}

/// Reads a query, and shows where it went wrong if it did. Without a query, every
/// article is meant, if there is a filter that narrows it down.
///
/// Free words have their synonyms beside them, unless that is not wanted.
pub(super) fn read_query(
    globals: &Globals,
    text: &str,
    may_be_empty: bool,
) -> anyhow::Result<Parsed> {
    let mut parsed = read_query_as_typed(text, may_be_empty)?;
    parsed.query = synonyms(globals)?.apply(&parsed.query);
    Ok(parsed)
}

/// Returns the synonyms that are in force: those of the index folder, or of the file that
/// was named.
pub(super) fn synonyms(globals: &Globals) -> anyhow::Result<Synonyms> {
    if globals.no_synonyms {
        return Ok(Synonyms::default());
    }
    let own = globals.index.join("synonyms.txt");
    let path = globals.synonyms.as_ref().unwrap_or(&own);
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error)
            if globals.synonyms.is_none() && error.kind() == std::io::ErrorKind::NotFound =>
        {
            return Ok(Synonyms::default());
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    Synonyms::parse(&text).with_context(|| format!("cannot use the synonyms in {}", path.display()))
}

/// Reads a query as [`read_query`] does, without synonyms.
pub(super) fn read_query_as_typed(text: &str, may_be_empty: bool) -> anyhow::Result<Parsed> {
    if text.trim().is_empty() {
        if !may_be_empty {
            bail!(
                "there is no query; `*` finds every article, and with a filter it may be left out"
            );
        }
        return Ok(Parsed {
            query: Query::All,
            warnings: Vec::new(),
        });
    }
    let today = jiff::ZonedDateTime::now().date();
    query::parse(text, today).map_err(|error| {
        let place = point_at(text, error.position, error.length);
        let hint = error
            .hint
            .as_ref()
            .map(|hint| format!("\n  hint: {hint}"))
            .unwrap_or_default();
        anyhow::anyhow!("cannot read the query: {}\n{place}{hint}", error.message)
    })
}

/// Draws the line of a query with a mark under the part that is at fault.
fn point_at(text: &str, position: usize, length: usize) -> String {
    let flat = text.replace(['\n', '\t'], " ");
    let width = |range: std::ops::Range<usize>| {
        console::measure_text_width(flat.get(range).unwrap_or_default())
    };
    let position = position.min(flat.len());
    let end = position.saturating_add(length).min(flat.len());
    let marks = "^".repeat(width(position..end).max(1));
    format!("  {flat}\n  {}{marks}", " ".repeat(width(0..position)))
}

/// Opens what `-o` names, or standard output.
pub(super) fn open_output(path: Option<&PathBuf>) -> anyhow::Result<Box<dyn std::io::Write>> {
    Ok(match path {
        None => Box::new(std::io::BufWriter::new(super::output::stdout())),
        Some(path) => {
            let file = std::fs::File::create(path);
            let file = file.with_context(|| format!("cannot write {}", path.display()))?;
            Box::new(std::io::BufWriter::new(file))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_pointed_at_by_columns_not_bytes() {
        assert_eq!(point_at("é foo:x", 3, 4), "  é foo:x\n    ^^^^");
        assert_eq!(point_at("ab", 9, 9), "  ab\n    ^");
    }
}
