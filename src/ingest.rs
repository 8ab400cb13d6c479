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
mod gate;
mod reader;
mod worker;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::corpus::{self, ReadOptions, Selection};
use crate::index::{
    Entry, Files, Index, IndexError, Resources, RunSummary, Snapshot, Writer,
};
use crate::names::Tagger;
use bookkeeper::Bookkeeper;
use gate::Gate;
use reader::Task;
use worker::Outcome;

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
    let from_stdin = options.paths.iter().any(|path| path.as_os_str() == "-");
    let on_disk: Vec<PathBuf> =
        options.paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
    let walk = corpus::walk(&on_disk, &base, &options.selection)?;

    let pipeline = pipeline(options);
    let threads = options.threads.max(1);
    let resources = Resources { threads: threads.min(MOST_INDEX_THREADS), memory: options.memory };
    // The writer's lock comes first: it guards the other files of the index too.
    let writer = Writer::open(index, resources)?;
    let files = Mutex::new(Files::load(index.root())?);
    let mut books = Bookkeeper::open(index, writer, &files, options, &pipeline)?;
    let scope: Vec<String> = on_disk.iter().map(|path| corpus::key_of(path, &base)).collect();
    books.prepare(options, &scope)?;

    let snapshot = books.snapshot().clone();
    let pass = Pass { options, pipeline: &pipeline, snapshot: &snapshot, files: &files, stop, threads };
    pass.run(reader::Work::Walk { walk, from_stdin }, &mut books, observe)?;
    if !stop.load(Ordering::Relaxed) {
        if options.prune {
            books.prune_missing_files(&scope, &base)?;
        }
        let again = books.files_to_read_again();
        if !again.is_empty() {
            books.unbook(&again)?;
            pass.run(reader::Work::Again { files: again, base }, &mut books, observe)?;
        }
    }
    let interrupted = stop.load(Ordering::Relaxed);
    let summary = books.close(observe)?;
    Ok(Report { summary, interrupted })
}

/// More indexing threads make more and smaller segments, which slows searching down
/// (the library's own default has the same bound).
const MOST_INDEX_THREADS: usize = 8;

/// Returns what stands for all options and models that change what is made of a record.
fn pipeline(options: &Options<'_>) -> String {
    let names = options.tagger.map_or_else(|| "none".to_owned(), |tagger| tagger.fingerprint());
    let text = format!("1 {} names={names}", options.read.fingerprint());
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// One walk over some files, with everything it needs.
struct Pass<'a> {
    options: &'a Options<'a>,
    pipeline: &'a str,
    snapshot: &'a Snapshot,
    files: &'a Mutex<Files>,
    stop: &'a AtomicBool,
    threads: usize,
}

impl Pass<'_> {
    /// Reads what `work` names and books the results.
    fn run(
        &self,
        work: reader::Work,
        books: &mut Bookkeeper<'_>,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IngestError> {
        let gate = Gate::new(ROOM);
        let (task_sender, tasks) = bounded(4 * self.threads);
        let (result_sender, results) = unbounded();
        let reader = reader::Reader {
            read: &self.options.read,
            pipeline: self.pipeline,
            known: self.files,
            gate: &gate,
            stop: self.stop,
        };
        std::thread::scope(|scope| {
            scope.spawn(move || reader.run(work, &task_sender));
            for _ in 0..self.threads {
                let (tasks, results) = (tasks.clone(), result_sender.clone());
                scope.spawn(move || self.work(&tasks, &results));
            }
            drop((tasks, result_sender));
            let booked = self.book(&results, &gate, books, observe);
            // After an error nobody takes results any more: let the others run dry.
            gate.close();
            for _ in results {}
            booked
        })
    }

    fn work(&self, tasks: &Receiver<Task>, results: &Sender<Outcome>) {
        let mut worker =
            worker::Worker::new(&self.options.read, self.options.tagger, self.pipeline, self.snapshot);
        for task in tasks {
            if results.send(worker.work(task)).is_err() {
                return;
            }
        }
    }

    /// Takes results in the order their tasks were given out.
    fn book(
        &self,
        results: &Receiver<Outcome>,
        gate: &Gate,
        books: &mut Bookkeeper<'_>,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IngestError> {
        let mut early: BTreeMap<u64, Outcome> = BTreeMap::new();
        let mut next = 0;
        for outcome in results {
            early.insert(outcome.number, outcome);
            while let Some(outcome) = early.remove(&next) {
                gate.leave(outcome.size);
                next += 1;
                books.book(outcome.result, observe)?;
            }
        }
        Ok(())
    }
}

/// Returns true if the file `key` is one of `scope` or lies below one of them.
fn is_under(key: &str, scope: &[String]) -> bool {
    scope.iter().any(|root| {
        root.is_empty()
            || key == root
            || key.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/') || root.ends_with('/'))
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
