//! `newsdex ingest`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ReadArgs, ResourceArgs, TaggerArgs};
use super::output::{self, counted, grouped};
use super::{Globals, Status};
use crate::corpus::{Change, Follow};
use crate::index::{Entry, Index, Outcome, RunSummary};
use crate::ingest::{self, Event, Options, Progress, Report};

/// Add articles to the index
///
/// Reads files and folders, finds the title, names and date of every article, and
/// keeps the index up to date: new articles are added, changed ones replaced,
/// unchanged ones passed over. Running the same command again costs next to nothing.
///
/// Every record is accounted for; `newsdex failures` lists those that could not be
/// read. Interrupt it at any time: what was committed stays, and the same command
/// goes on where it stopped.
///
/// With --watch it goes on: what is added, changed, renamed or removed below the paths is
/// in the index a moment later, until it is interrupted.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, archives and folders; `-` is standard input, JSONL unless it looks like something else
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    tagger: TaggerArgs,
    /// Remove articles whose file under the paths, or whose record in a changed file, is gone
    #[arg(long)]
    prune: bool,
    /// Keep following the paths, removed files included; folders that vanish keep their articles until they are back
    #[arg(long)]
    watch: bool,
    /// With --watch: wait until nothing changed for this long
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = 1000,
        requires = "watch"
    )]
    settle: u64,
    /// Let deleted articles under the paths in again
    #[arg(long)]
    undelete: bool,
    /// Fail if any record could not be read
    #[arg(long)]
    strict: bool,
    /// Commit after this many changed articles at the latest
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    commit_every: u64,
    /// How similar two articles must be to be copies of one story, from 0 to 1; the index keeps it, 0.8 at first
    #[arg(long, value_name = "SIMILARITY", value_parser = similarity)]
    duplicates: Option<f64>,
    #[command(flatten)]
    resources: ResourceArgs,
}

fn similarity(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim().parse().ok();
    number
        .filter(|number| *number > 0.0 && *number <= 1.0)
        .ok_or_else(|| "write a number above 0 and up to 1, such as 0.8".to_owned())
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let tagger = self.tagger.load()?;
        let options = Options {
            paths: self.paths.clone(),
            selection: self.read.selection()?,
            read: self.read.options()?,
            tagger,
            prune: self.prune || self.watch,
            undelete: self.undelete,
            threads: self.resources.threads(),
            memory: self.resources.memory.saturating_mul(1_000_000),
            commit_every: self.commit_every,
        };
        if let Some(duplicates) = self.duplicates {
            Index::open_or_create(&globals.index)?.set_duplicate_threshold(duplicates)?;
        }
        if self.watch {
            return self.follow(globals, &options);
        }
        let stop = stop_on_interrupt()?;
        let report = run_shown(globals, &options, Telling::Everything, &stop)?;
        conclude(report, self.strict)
    }

    /// Ingests, and again whenever something changes, until it is interrupted.
    fn follow(&self, globals: &Globals, options: &Options<'_>) -> anyhow::Result<Status> {
        if self.paths.iter().any(|path| path.as_os_str() == "-") {
            bail!("standard input cannot be followed; name files and folders");
        }
        let stop = stop_on_interrupt()?;
        // The index must be there to be left out of what is followed.
        Index::open_or_create(&globals.index)?;
        // What changes during the first run is met by the second.
        let settle = Duration::from_millis(self.settle.max(1));
        let mut follow = Follow::new(&self.paths, &globals.index, settle)?;
        let report = run_shown(globals, options, Telling::Everything, &stop)?;
        if !report.interrupted {
            output::note(globals, "following; Ctrl-C stops");
        }
        let mut told: Vec<PathBuf> = Vec::new();
        loop {
            let missing = match follow.wait(&stop) {
                Change::Stopped => return Ok(Status::Success),
                Change::Walk { missing } => missing,
            };
            for path in missing.iter().filter(|path| !told.contains(path)) {
                output::warn(format!(
                    "{} is gone; its articles stay until it is back",
                    path.display()
                ));
            }
            let is_there = |path: &&PathBuf| path.exists();
            let round = Options {
                paths: self.paths.iter().filter(is_there).cloned().collect(),
                selection: options.selection.clone(),
                read: options.read.clone(),
                undelete: false,
                ..*options
            };
            told = missing;
            if round.paths.is_empty() {
                continue;
            }
            let ran = run_shown(globals, &round, Telling::Changes, &stop);
            match ran {
                Ok(_) => {}
                // Something went while it was walked: the next change is on its way.
                Err(error) => output::warn(format!("{error:#}; trying again at the next change")),
            }
        }
    }
}

/// Ingests `paths` before a search, quietly if nothing changed.
pub(super) fn bring_up_to_date(
    globals: &Globals,
    paths: &[PathBuf],
    read: &ReadArgs,
    resources: &ResourceArgs,
) -> anyhow::Result<()> {
    let tagger = TaggerArgs::default().load()?;
    let options = Options {
        paths: paths.to_vec(),
        selection: read.selection()?,
        read: read.options()?,
        tagger,
        prune: false,
        undelete: false,
        threads: resources.threads(),
        memory: resources.memory.saturating_mul(1_000_000),
        commit_every: 100_000,
    };
    let stop = stop_on_interrupt()?;
    let report = run_shown(globals, &options, Telling::Changes, &stop)?;
    conclude(report, false).map(|_| ())
}

fn conclude(report: Report, strict: bool) -> anyhow::Result<Status> {
    let summary = report.summary;
    if report.interrupted {
        bail!("stopped before the end; run the same command again to go on");
    }
    if summary.failed > 0 && strict {
        let failed = counted(summary.failed, "record", "records");
        bail!("{failed} could not be read; `newsdex failures` lists them");
    }
    let articles = summary.added + summary.updated + summary.unchanged + summary.duplicate;
    if articles == 0 && summary.read() > 0 {
        bail!("nothing could be read; `newsdex failures` says why");
    }
    if summary.read() == 0 {
        bail!("there was nothing to read");
    }
    if summary.failed > 0 {
        let failed = counted(summary.failed, "record", "records");
        output::warn(format!(
            "{failed} could not be read; `newsdex failures` lists them"
        ));
    }
    Ok(Status::Success)
}

/// How much is told of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Telling {
    Everything,
    /// Nothing, unless something changed.
    Changes,
}

fn run_shown(
    globals: &Globals,
    options: &Options<'_>,
    telling: Telling,
    stop: &AtomicBool,
) -> anyhow::Result<Report> {
    let index = Index::open_or_create(&globals.index)?;
    let started = Instant::now();
    let mut teller = Teller::new(globals, telling);
    let report = ingest::ingest(&index, options, stop, &mut |event| teller.tell(&event))?;
    teller.bar.finish_and_clear();
    let summary = report.summary;
    let changed = summary.added + summary.updated + summary.removed + summary.failed > 0;
    if telling == Telling::Everything || changed {
        output::note(globals, totals(&summary, started.elapsed()));
    }
    Ok(report)
}

/// Returns a flag that the first Ctrl-C sets; the second ends the process at once.
fn stop_on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        output::warn("stopping; committing what was read (Ctrl-C again stops at once)");
    })?;
    Ok(stop)
}

fn totals(summary: &RunSummary, took: Duration) -> String {
    let parts: Vec<String> = Outcome::READ
        .into_iter()
        .filter(|&outcome| summary.of(outcome) > 0)
        .map(|outcome| format!("{} {}", grouped(summary.of(outcome)), outcome.word()))
        .collect();
    let records = counted(summary.read(), "record", "records");
    let files = counted(summary.files, "file", "files");
    let sum = if parts.is_empty() {
        String::new()
    } else {
        format!(" = {}", parts.join(" + "))
    };
    let removed = match summary.removed {
        0 => String::new(),
        removed => format!("; {} removed", counted(removed, "article", "articles")),
    };
    let size = output::bytes(summary.bytes);
    format!(
        "{records}{sum}{removed} ({files}, {size}, {:.1} s)",
        took.as_secs_f64()
    )
}

/// Tells a person how a run goes: a bar on a terminal, plain lines elsewhere.
struct Teller<'a> {
    globals: &'a Globals,
    telling: Telling,
    bar: ProgressBar,
    on_terminal: bool,
    shown: u64,
    last_line: Instant,
    last_update: Instant,
}

/// Failures beyond these are only counted; `newsdex failures` has them all.
const MOST_SHOWN: u64 = 10;
/// How often a plain line tells the progress where there is no bar.
const LINE_INTERVAL: Duration = Duration::from_secs(15);
const BAR_INTERVAL: Duration = Duration::from_millis(100);

impl Teller<'_> {
    fn new(globals: &Globals, telling: Telling) -> Teller<'_> {
        let on_terminal = std::io::stderr().is_terminal() && !globals.no_progress && !globals.quiet;
        let target = if on_terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let now = Instant::now();
        Teller {
            globals,
            telling,
            bar,
            on_terminal,
            shown: 0,
            last_line: now,
            last_update: now,
        }
    }

    fn tell(&mut self, event: &Event<'_>) {
        match event {
            Event::Progress(progress) => self.progress(progress),
            Event::Committed(count) => {
                let changes = counted(*count, "article", "articles");
                self.line(&format!("committed {changes}"));
            }
            Event::Entered(entry) => self.entry(entry),
            Event::Note(note) => self.line(note),
        }
    }

    fn line(&self, line: &str) {
        self.bar.suspend(|| output::note(self.globals, line));
    }

    fn entry(&mut self, entry: &Entry) {
        if self.telling == Telling::Changes || entry.outcome == Outcome::Duplicate {
            return;
        }
        self.shown += 1;
        if self.shown <= MOST_SHOWN {
            self.line(&describe(entry));
        } else if self.shown == MOST_SHOWN + 1 {
            self.line("more are in the ledger; `newsdex failures` lists what failed");
        }
    }

    fn progress(&mut self, progress: &Progress) {
        if self.on_terminal {
            if self.last_update.elapsed() >= BAR_INTERVAL {
                self.last_update = Instant::now();
                self.draw(progress);
            }
        } else if self.last_line.elapsed() >= LINE_INTERVAL {
            self.last_line = Instant::now();
            let summary = &progress.summary;
            let failed = grouped(summary.failed);
            let total = progress
                .bytes_total
                .map(|total| format!(" of {}", output::bytes(total)));
            self.line(&format!(
                "{} read, {}{}, {failed} failed",
                counted(summary.read(), "record", "records"),
                output::bytes(progress.bytes_done),
                total.unwrap_or_default(),
            ));
        }
    }

    fn draw(&self, progress: &Progress) {
        if let Some(total) = progress.bytes_total
            && self.bar.length() != Some(total)
        {
            let template = "{bar:16} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} ETA {eta} · {msg}";
            let style = ProgressStyle::with_template(template);
            self.bar
                .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.set_length(total);
        }
        let summary = &progress.summary;
        let failed = match summary.failed {
            0 => String::new(),
            failed => format!(" · {} failed", grouped(failed)),
        };
        self.bar.set_message(format!(
            "{}{failed}",
            counted(summary.read(), "record", "records")
        ));
        self.bar.set_position(progress.bytes_done);
    }
}

/// Returns one line about a record that is not plainly an article.
pub(super) fn describe(entry: &Entry) -> String {
    let place = &entry.place;
    let path = match &place.member {
        Some(member) => format!("{}!{member}", place.file),
        None => place.file.clone(),
    };
    let place = match place.record {
        0 => path,
        record => format!("{path}: record {record} at byte {}", place.offset),
    };
    let reason = entry.reason.as_deref().unwrap_or("no reason was given");
    let outcome = match entry.outcome {
        Outcome::Added | Outcome::Updated | Outcome::Unchanged => "note",
        other => other.word(),
    };
    format!("{outcome}: {place}: {reason}")
}
