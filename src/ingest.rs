//! Strings the stages together: files become records, records articles, articles
//! entries of the index; and every record is accounted for.
//!
//! One thread walks the corpus and cuts files into records; one worker per core
//! parses, extracts, finds names and prepares index documents; the calling thread
//! takes their results in the order of the corpus, decides what is new, writes, and
//! keeps the books. Results in corpus order mean that a run gives the same index
//! however its workers were scheduled, and that of two records with one id the first
//! wins.
//!
//! ```text
//! walk + split ──records──▶ workers ──results, put back in order──▶ bookkeeper ──▶ index, ledger
//! ```
//!
//! It decides nothing about text: what a record says is the stages' business.

mod bookkeeper;
mod date_order;
mod gate;
pub mod preview;
mod reader;
mod worker;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::corpus::{self, ReadOptions, Selection, Walk};
use crate::index::{Entry, Files, Index, IndexError, Resources, RunSummary, Writer};
use crate::names::Tagger;
use bookkeeper::Bookkeeper;
use date_order::DateOrders;
use gate::Gate;
use reader::{Reader, Task, Work};
use worker::{Finished, Outcome, Worker};

/// What to ingest, and how.
pub struct Options<'a> {
    /// Files and folders; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// Which files below the folders.
    pub selection: Selection,
    /// How files are read.
    pub read: ReadOptions,
    /// Finds names in the articles; `None` leaves them out.
    pub tagger: Option<&'a Tagger>,
    /// Removes articles whose file or record is gone.
    pub prune: bool,
    /// Takes back the deletion of articles under the paths.
    pub undelete: bool,
    /// Worker threads.
    pub threads: usize,
    /// Bytes the index writer may hold.
    pub memory: usize,
    /// A commit comes after this many changed articles at the latest.
    pub commit_every: u64,
}

/// What is worth telling while a run goes on.
#[derive(Debug)]
pub enum Event<'a> {
    /// How far it is; comes often.
    Progress(Progress),
    /// This many changes are safe on disk.
    Committed(u64),
    /// A record was skipped or failed, or something was odd about it.
    Entered(&'a Entry),
    /// Something a person should know.
    Note(String),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// What became of the records so far.
    pub summary: RunSummary,
    /// Bytes of the files that are done.
    pub bytes_done: u64,
    /// Bytes of all files, once they are known.
    pub bytes_total: Option<u64>,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A path cannot be read at all.
    #[error(transparent)]
    Path(#[from] corpus::PathError),
    /// The index failed; what was committed is safe.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// What became of the records.
    pub summary: RunSummary,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// How long a change may wait for its commit (chosen: what a person calls soon).
const COMMIT_INTERVAL: Duration = Duration::from_secs(10);

/// Bytes of records that may be under way between reader and bookkeeper (chosen: a
/// few of the longest records, thousands of ordinary ones).
const ROOM: u64 = 64 << 20;

/// Brings the index up to date with the files under the paths.
///
/// Once `stop` is set, nothing more is read, what was read is committed, and the
/// report says that it was interrupted.
///
/// # Errors
///
/// Fails if a path does not exist or the index cannot be written. Everything that
/// was reported as committed is then still there.
pub fn ingest(
    index: &Index,
    options: &Options<'_>,
    stop: &AtomicBool,
    observe: &mut dyn FnMut(Event<'_>),
) -> Result<Report, IngestError> {
    let base = Index::base_of(index.root());
    let threads = options.threads.max(1);
    let (walk, from_stdin) = walk(&options.paths, &base, &options.selection, threads)?;
    let scope: Vec<String> = files_of(&options.paths)
        .map(|path| corpus::key_of(path, &base))
        .collect();
    let pipeline = pipeline(options);
    let resources = Resources {
        threads: threads.div_ceil(2).min(MOST_INDEX_THREADS),
        memory: options.memory,
    };
    // The writer's lock comes first: it guards the other files of the index too.
    let writer = Writer::open(index, resources)?;
    let files = Mutex::new(Files::load(index.root())?);
    let mut books = Bookkeeper::open(index, writer, &files, &walk, options, &pipeline)?;
    books.prepare(options, &scope)?;

    let snapshot = books.snapshot().clone();
    let orders = DateOrders::new(&base, &options.read);
    let mut pass = |work: Work<'_>, books: &mut Bookkeeper<'_>| {
        let gate = Gate::new(ROOM);
        let reader = Reader {
            read: &options.read,
            pipeline: &pipeline,
            known: &files,
            gate: &gate,
            stop,
        };
        let make_worker = || {
            let mut worker =
                Worker::new(&options.read, &orders, options.tagger, &pipeline, &snapshot);
            move |task| worker.work(task)
        };
        in_order(&reader, work, threads, make_worker, &mut |finished| {
            books.book(finished, observe).map(|()| true)
        })
    };
    let everything = Work::Walk {
        walk: &walk,
        from_stdin,
    };
    pass(everything, &mut books)?;
    if !stop.load(Ordering::Relaxed) {
        if options.prune {
            books.prune_missing_files(&scope, &base)?;
        }
        let again = books.files_to_read_again();
        if !again.is_empty() {
            books.unbook(&again)?;
            pass(Work::Again { files: again, base }, &mut books)?;
        }
    }
    let interrupted = stop.load(Ordering::Relaxed);
    let summary = books.close(observe)?;
    if !interrupted {
        // Every article knows its story when the run ends.
        index.snapshot()?.stories()?;
    }
    Ok(Report {
        summary,
        interrupted,
    })
}

/// More indexing threads make more and smaller segments, which take more room and slow
/// searching down (the library's own default has the same bound). The workers take at
/// least as much of the processor, so that half as many keep up with them.
const MOST_INDEX_THREADS: usize = 8;

/// Returns what stands for all options and models that change what is made of a record.
fn pipeline(options: &Options<'_>) -> String {
    let names = options
        .tagger
        .map_or_else(|| "none".to_owned(), |tagger| tagger.checksum().to_string());
    let text = format!("1 {} names={names}", options.read.fingerprint());
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// Walks `paths`; the second value says whether standard input is one of them.
fn walk(
    paths: &[PathBuf],
    base: &Path,
    selection: &Selection,
    threads: usize,
) -> Result<(Walk, bool), IngestError> {
    let on_disk: Vec<PathBuf> = files_of(paths).cloned().collect();
    Ok((
        corpus::walk(&on_disk, base, selection, threads)?,
        on_disk.len() < paths.len(),
    ))
}

fn files_of(paths: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    paths.iter().filter(|path| path.as_os_str() != "-")
}

/// Reads what `work` names on one thread, works on it on others, and hands the results
/// to `handle` in the order they were read, until it returns false.
fn in_order<W: FnMut(Task) -> Outcome + Send>(
    reader: &Reader<'_>,
    work: Work<'_>,
    threads: usize,
    make_worker: impl Fn() -> W,
    handle: &mut dyn FnMut(Finished) -> Result<bool, IngestError>,
) -> Result<(), IngestError> {
    let threads = threads.max(1);
    let (task_sender, tasks) = bounded(64 * threads);
    let (result_sender, results) = unbounded();
    std::thread::scope(|scope| {
        scope.spawn(move || reader.run(work, &task_sender));
        for _ in 0..threads {
            let (tasks, results): (Receiver<Task>, Sender<Outcome>) =
                (tasks.clone(), result_sender.clone());
            let mut worker = make_worker();
            scope.spawn(move || {
                for task in tasks {
                    if results.send(worker(task)).is_err() {
                        return;
                    }
                }
            });
        }
        drop((tasks, result_sender));
        let handled = take_in_order(&results, reader.gate, handle);
        // Nobody takes results any more: let the others run dry.
        reader.gate.close();
        for _ in results {}
        handled
    })
}

fn take_in_order(
    results: &Receiver<Outcome>,
    gate: &Gate,
    handle: &mut dyn FnMut(Finished) -> Result<bool, IngestError>,
) -> Result<(), IngestError> {
    let mut early: BTreeMap<u64, Outcome> = BTreeMap::new();
    let mut next = 0;
    for outcome in results {
        early.insert(outcome.number, outcome);
        while let Some(outcome) = early.remove(&next) {
            gate.leave(outcome.size);
            next += 1;
            if !handle(outcome.result?)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns true if the file `key` is one of `scope` or lies below one of them.
fn is_under(key: &str, scope: &[String]) -> bool {
    scope.iter().any(|root| {
        root.is_empty()
            || key == root
            || key
                .strip_prefix(root.as_str())
                .is_some_and(|rest| rest.starts_with('/') || root.ends_with('/'))
    })
}

/// A set of ids that takes 16 bytes each, however long they are.
#[derive(Default)]
struct IdSet(HashSet<[u8; 16]>);

impl IdSet {
    /// Adds `id`; returns false if it was there.
    fn insert(&mut self, id: &str) -> bool {
        self.0.insert(IdSet::digest(id))
    }

    fn contains(&self, id: &str) -> bool {
        self.0.contains(&IdSet::digest(id))
    }

    fn digest(id: &str) -> [u8; 16] {
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..16]);
        digest
    }
}
