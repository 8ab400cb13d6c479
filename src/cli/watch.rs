//! `newsdex watch`.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Subcommand;
use clap_complete::engine::ArgValueCompleter;
use serde_json::json;

use super::args::{FilterArgs, open_index, open_output, read_query_as_typed};
use super::output::{self, ASIDE, NAME, TITLE, counted};
use super::{Globals, Status, completions, page};
use crate::export::rss;
use crate::index::{Index, Item, Period, StoredFilters, Watch, WatchReport};

/// Keep queries, and report what is new to them
///
/// A story is reported once: when an article of it matches for the first time, because it
/// was added, was changed, or a name was united with another; copies of it are not reported
/// again. A run that is cut off is made good by the next one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Add(Add),
    List(List),
    Run(Run),
    Remove(Remove),
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let index = open_index(globals)?;
        match &self.command {
            Task::Add(add) => add.run(globals, &index),
            Task::List(list) => list.run(&index),
            Task::Run(run) => run.run(globals, &index),
            Task::Remove(remove) => {
                index.remove_watch(&remove.name)?;
                Ok(Status::Success)
            }
        }
    }
}

/// Keep a query
///
/// What matches now is not new to it. Says how much it would report.
#[derive(Debug, clap::Args)]
struct Add {
    /// Its name: letters, digits, - and _
    name: String,
    /// What to look for; several words need no quotes around them
    #[arg(add = ArgValueCompleter::new(completions::query))]
    query: Vec<String>,
    #[command(flatten)]
    filters: FilterArgs,
    /// Write a feed to this file after each run
    #[arg(long, value_name = "FILE")]
    rss: Option<PathBuf>,
    /// Run this command with each report: a story a line as JSON on standard input; if it fails, the report comes again
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
}

/// List the kept queries
#[derive(Debug, clap::Args)]
struct List {
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

/// Report what is new, of all kept queries or of some
///
/// Exits with 0 if anything is new, 1 if nothing is, 2 if something failed: as cron jobs
/// want it.
#[derive(Debug, clap::Args)]
struct Run {
    /// The names; all if none is given
    names: Vec<String>,
    /// How to print the reports
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

/// Forget a kept query
#[derive(Debug, clap::Args)]
struct Remove {
    /// Its name
    name: String,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Jsonl,
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

fn today() -> jiff::civil::Date {
    jiff::ZonedDateTime::now().date()
}

impl Add {
    fn run(&self, globals: &Globals, index: &Index) -> anyhow::Result<Status> {
        let query = self.query.join(" ");
        let (filters, names) = self.filters.filters();
        let parsed = read_query_as_typed(&query, !filters.is_empty())?;
        if !globals.quiet {
            parsed.warnings.iter().for_each(output::warn);
        }
        let rss = match &self.rss {
            None => None,
            Some(path) => {
                Some(std::path::absolute(path).context("cannot tell where the feed is to lie")?)
            }
        };
        let watch = Watch {
            name: self.name.clone(),
            query,
            filters: StoredFilters::of(filters, names),
            rss,
            exec: self.exec.clone(),
            made_at: now(),
            last_run: None,
            reported: 0,
            latest: Vec::new(),
        };
        index.add_watch(&watch, today())?;
        if !globals.quiet {
            self.preview(index, &watch)?;
        }
        Ok(Status::Success)
    }

    /// Says how much the query would have reported over the last days that have articles.
    fn preview(&self, index: &Index, watch: &Watch) -> anyhow::Result<()> {
        const DAYS: i32 = 30;
        let snapshot = index.snapshot()?;
        let mut request = watch.request(today())?;
        request.collapse = Some(crate::query::Prefer::Oldest);
        let trend = snapshot.trend(&request, Period::Day)?;
        let mut everything = request.clone();
        everything.query = crate::query::Query::All;
        everything.filters = crate::query::Filters::default();
        let all = snapshot.trend(&everything, Period::Day)?;
        let stories = counted(trend.total, "story matches", "stories match");
        let Some(last) = all.counts.keys().next_back() else {
            output::note_always(format!("{stories} now"));
            return Ok(());
        };
        let recent: u64 = trend
            .counts
            .iter()
            .filter(|(day, _)| last.since(**day).is_ok_and(|span| span.get_days() < DAYS))
            .map(|(_, count)| count)
            .sum();
        let daily = recent as f64 / f64::from(DAYS);
        output::note_always(format!(
            "{stories} now; in the {DAYS} days up to {last} there were {recent}, {daily:.1} a day"
        ));
        Ok(())
    }
}

impl List {
    fn run(&self, index: &Index) -> anyhow::Result<Status> {
        let watches = index.watches()?;
        let mut out = open_output(None)?;
        let row = |watch: &Watch| {
            let mut row = json!(watch);
            if let Some(row) = row.as_object_mut() {
                row.remove("latest");
            }
            row
        };
        match self.format {
            Format::Pretty => {
                for watch in &watches {
                    let last = watch.last_run.as_deref().unwrap_or("never ran");
                    let reported = counted(watch.reported, "story", "stories");
                    writeln!(
                        out,
                        "{TITLE}{}{TITLE:#}  {NAME}{}{NAME:#}",
                        watch.name,
                        watch.request(today())?.whole_query()
                    )?;
                    writeln!(out, "  {ASIDE}{reported} reported, {last}{ASIDE:#}")?;
                }
            }
            Format::Json => {
                let rows: Vec<_> = watches.iter().map(row).collect();
                serde_json::to_writer_pretty(&mut out, &json!({ "watches": rows }))
                    .map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for watch in &watches {
                    writeln!(out, "{}", row(watch))?;
                }
            }
        }
        out.flush()?;
        Ok(match watches.is_empty() {
            true => Status::Nothing,
            false => Status::Success,
        })
    }
}

impl Run {
    fn run(&self, globals: &Globals, index: &Index) -> anyhow::Result<Status> {
        let names = match self.names.as_slice() {
            [] => index
                .watches()?
                .into_iter()
                .map(|watch| watch.name)
                .collect(),
            names => names.to_vec(),
        };
        if names.is_empty() {
            bail!("there are no watches; `newsdex watch add NAME QUERY` makes one");
        }
        let mut any_new = false;
        let mut failures = Vec::new();
        for name in &names {
            let now = now();
            let ran = index.run_watch(name, today(), &now, &mut |watch, report| {
                self.deliver(globals, watch, report, &now)
                    .map_err(|error| format!("{error:#}"))
            });
            match ran {
                Ok(report) => any_new |= !report.items.is_empty(),
                // One that fails does not keep the others from running.
                Err(error) => failures.push(format!("{name}: {error}")),
            }
        }
        if !failures.is_empty() {
            bail!("{}", failures.join("; "));
        }
        Ok(match any_new {
            true => Status::Success,
            false => Status::Nothing,
        })
    }

    fn deliver(
        &self,
        globals: &Globals,
        watch: &Watch,
        report: &WatchReport,
        now: &str,
    ) -> anyhow::Result<()> {
        if report.is_late {
            output::note(
                globals,
                format!("{}: the report of a run that was cut off", watch.name),
            );
        }
        if let Some(command) = watch.exec.as_ref().filter(|_| !report.items.is_empty()) {
            execute(command, watch, report)?;
        }
        let mut out = open_output(None)?;
        match self.format {
            Format::Pretty => print(&mut out, watch, report)?,
            Format::Json => {
                let reply = json!({ "watch": watch.name, "counts": "stories", "new": report.items.len(),
                    "items": report.items });
                serde_json::to_writer_pretty(&mut out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for item in &report.items {
                    writeln!(out, "{}", line(watch, item))?;
                }
            }
        }
        out.flush()?;
        if let Some(path) = &watch.rss {
            write_whole(path, rss::feed(watch, now).as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

fn line(watch: &Watch, item: &Item) -> serde_json::Value {
    let mut line = json!(item);
    line["watch"] = json!(watch.name);
    line
}

/// Runs `command` in the shell, with the stories on its standard input.
fn execute(command: &str, watch: &Watch, report: &WatchReport) -> anyhow::Result<()> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut child = Command::new(shell)
        .args([flag, command])
        .env("NEWSDEX_WATCH", &watch.name)
        .env("NEWSDEX_NEW", report.items.len().to_string())
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        for item in &report.items {
            // A command may leave before it has read everything.
            if writeln!(stdin, "{}", line(watch, item)).is_err() {
                break;
            }
        }
    }
    let status = child
        .wait()
        .with_context(|| format!("cannot run {command:?}"))?;
    match status.success() {
        true => Ok(()),
        false => bail!("{command:?} ended with {status}"),
    }
}

/// Replaces a file in one step, so that nobody reads half a feed.
fn write_whole(path: &std::path::Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("it is no file")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}

fn print(out: &mut impl Write, watch: &Watch, report: &WatchReport) -> std::io::Result<()> {
    if report.items.is_empty() {
        return Ok(());
    }
    let new = counted(report.items.len() as u64, "new story", "new stories");
    writeln!(out, "{TITLE}{}{TITLE:#} {ASIDE}{new}{ASIDE:#}", watch.name)?;
    let room = output::width().saturating_sub(2).max(20);
    for item in &report.items {
        writeln!(
            out,
            "\n  {TITLE}{}{TITLE:#}",
            page::shortened(&item.title, room)
        )?;
        let mut facts: Vec<String> = Vec::new();
        facts.extend(
            item.published
                .as_ref()
                .map(|date| date.chars().take(10).collect()),
        );
        facts.extend(item.source.clone());
        if item.copies > 0 {
            facts.push(format!("+{}", counted(item.copies, "copy", "copies")));
        }
        facts.push(item.id.clone());
        writeln!(out, "  {ASIDE}{}{ASIDE:#}", facts.join(" · "))?;
        writeln!(out, "  {}", page::shortened(&item.lead, room))?;
    }
    writeln!(out)
}
