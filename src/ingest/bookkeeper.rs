//! Decides what a record is to the index, writes it, and keeps the books.
//!
//! It sees everything in the order of the corpus. A file's state is noted only once
//! its articles are committed, so that a kill at any moment costs no more than
//! reading again what was not committed.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::reader::{Item, Unchanged};
use super::worker::{Finished, Worked};
use super::{COMMIT_INTERVAL, Event, IdSet, IngestError, Options, Progress, is_under};
use crate::article::ArticleId;
use crate::corpus::{self, Position, Rejection, RejectionKind, Walk, WalkFault};
use crate::index::{
    Entry, FileState, Files, Index, IndexError, Ledger, Outcome, Place, RunSummary, Snapshot,
    Tombstones, Writer,
};

pub(super) struct Bookkeeper<'a> {
    writer: Writer,
    snapshot: Snapshot,
    ledger: Ledger,
    tombstones: Tombstones,
    files: &'a Mutex<Files>,
    pipeline: &'a str,
    prune: bool,
    commit_every: u64,
    last_commit: Instant,
    /// Every id that a record of this run had.
    seen: IdSet,
    /// Ids that pruning removed.
    removed: HashSet<String>,
    walk: &'a Walk,
    /// Every file before this place was met.
    next: Position,
    /// The files that were not read again, in order: numbers of folders, and of files in them.
    passed_over: Vec<(usize, Range<usize>)>,
    /// Those of them that were read after all.
    read_again: HashSet<String>,
    /// Files that lost an article to another file in this run.
    robbed: BTreeSet<String>,
    /// Those of them whose states are forgotten.
    forgotten: BTreeSet<String>,
    current: Option<FileBook>,
    /// States that wait for a commit.
    waiting: Vec<(String, FileState)>,
    bytes_done: u64,
    bytes_total: Option<u64>,
}

/// The file that is being read.
struct FileBook {
    articles: u64,
    rest: Vec<Entry>,
    ids: HashSet<String>,
    has_failures: bool,
}

impl<'a> Bookkeeper<'a> {
    pub(super) fn open(
        index: &'a Index,
        writer: Writer,
        files: &'a Mutex<Files>,
        walk: &'a Walk,
        options: &Options<'_>,
        pipeline: &'a str,
    ) -> Result<Bookkeeper<'a>, IndexError> {
        Ok(Bookkeeper {
            writer,
            snapshot: index.snapshot()?,
            ledger: Ledger::begin(index.root())?,
            tombstones: Tombstones::load(index.root())?,
            files,
            pipeline,
            prune: options.prune,
            commit_every: options.commit_every.max(1),
            last_commit: Instant::now(),
            seen: IdSet::default(),
            removed: HashSet::new(),
            walk,
            next: Position { folder: 0, file: 0 },
            passed_over: Vec::new(),
            read_again: HashSet::new(),
            robbed: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            current: None,
            waiting: Vec::new(),
            bytes_done: 0,
            bytes_total: None,
        })
    }

    /// Takes deletions back where asked, and finishes those that a kill interrupted.
    pub(super) fn prepare(
        &mut self,
        options: &Options<'_>,
        scope: &[String],
    ) -> Result<(), IndexError> {
        if options.undelete {
            let under = self
                .tombstones
                .iter()
                .filter(|tombstone| is_under(&tombstone.file, scope));
            let ids: Vec<String> = under.map(|tombstone| tombstone.id.clone()).collect();
            let lifted = self.tombstones.remove(&ids)?;
            lifted
                .iter()
                .for_each(|tombstone| self.files().forget(&tombstone.file));
        }
        let deleted: Vec<ArticleId> = self
            .tombstones
            .iter()
            .filter_map(|tombstone| ArticleId::new(&tombstone.id))
            .collect();
        for id in deleted {
            if self.snapshot.find(&id)?.is_some() {
                self.writer.delete(&id);
            }
        }
        Ok(())
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn files(&self) -> MutexGuard<'a, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Books one result.
    pub(super) fn book(
        &mut self,
        finished: Finished,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IngestError> {
        match finished {
            Finished::Article(worked) => self.article(*worked, observe)?,
            Finished::Item(item) => self.item(item, observe)?,
            Finished::Seen(..) => {}
        }
        let due = self.last_commit.elapsed() >= COMMIT_INTERVAL;
        if self.writer.uncommitted() >= self.commit_every || (due && self.writer.uncommitted() > 0)
        {
            self.commit(observe)?;
        }
        observe(Event::Progress(self.progress()));
        Ok(())
    }

    fn progress(&self) -> Progress {
        let summary = self.ledger.summary();
        Progress {
            summary,
            bytes_done: self.bytes_done,
            bytes_total: self.bytes_total,
        }
    }

    fn item(&mut self, item: Item, observe: &mut dyn FnMut(Event<'_>)) -> Result<(), IngestError> {
        match item {
            Item::Total(bytes) => self.bytes_total = Some(bytes),
            Item::Begin(position) => {
                if let Some(Position { folder, file }) = position {
                    let file = file + 1;
                    self.next = Position { folder, file };
                }
                let (rest, ids) = (Vec::new(), HashSet::new());
                self.current = Some(FileBook {
                    articles: 0,
                    rest,
                    ids,
                    has_failures: false,
                });
            }
            Item::Record(_) => {}
            Item::Rejected(rejection) => {
                self.rest(rejection_entry(rejection), observe)?;
            }
            Item::End { key, stamp, bytes } => {
                self.bytes_done += bytes;
                self.ledger.count_files(1, bytes);
                let Some(book) = self.current.take() else {
                    return Ok(());
                };
                if self.prune {
                    self.prune_missing_records(&key, &book, observe)?;
                }
                if let Some(stamp) = stamp {
                    let (articles, rest) = (book.articles, book.rest);
                    let pipeline = self.pipeline.to_owned();
                    self.waiting.push((
                        key,
                        FileState {
                            stamp,
                            pipeline,
                            articles,
                            rest,
                        },
                    ));
                }
            }
            Item::Unchanged(unchanged) => self.pass_over(unchanged, observe)?,
            Item::Fault(fault) => {
                let entry = fault_entry(fault);
                observe(Event::Entered(&entry));
                self.ledger.enter(&entry)?;
            }
        }
        Ok(())
    }

    /// Books a record that is not an article of the index.
    fn rest(&mut self, entry: Entry, observe: &mut dyn FnMut(Event<'_>)) -> Result<(), IndexError> {
        observe(Event::Entered(&entry));
        self.ledger.enter(&entry)?;
        if let Some(book) = &mut self.current {
            book.has_failures |= entry.outcome == Outcome::Failed;
            book.rest.push(entry);
        }
        Ok(())
    }

    fn article(
        &mut self,
        worked: Worked,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IndexError> {
        let place = Place::from(&worked.origin);
        let id = worked.id;
        let known = worked.known;
        if let Some(book) = &mut self.current
            && self.prune
        {
            book.ids.insert(id.clone());
        }
        if self.tombstones.contains(&id) {
            let reason =
                Some("was deleted; `newsdex delete --undelete ID` lets it in again".to_owned());
            return self.rest(
                Entry {
                    outcome: Outcome::Skipped,
                    id: Some(id),
                    place,
                    reason,
                },
                observe,
            );
        }
        let owner = known
            .as_ref()
            .map(|known| known.file.as_str())
            .filter(|file| *file != place.file);
        let came_before =
            !self.seen.insert(&id) || owner.is_some_and(|file| self.is_unchanged(file));
        if came_before {
            let reason = Some("another record of this id came first".to_owned());
            return self.rest(
                Entry {
                    outcome: Outcome::Duplicate,
                    id: Some(id),
                    place,
                    reason,
                },
                observe,
            );
        }
        self.robbed.extend(owner.map(str::to_owned));
        let reason = (!worked.notes.is_empty()).then(|| worked.notes.join("; "));
        let outcome = match (&known, worked.prepared) {
            (_, None) => Outcome::Unchanged,
            (None, Some(article)) => {
                // No other article of this id was added in this run, and one that is
                // deleted in it was deleted before.
                self.writer.add(article)?;
                Outcome::Added
            }
            (Some(_), Some(article)) => {
                self.writer.replace(article)?;
                Outcome::Updated
            }
        };
        if let Some(book) = &mut self.current {
            book.articles += 1;
        }
        if outcome == Outcome::Unchanged && reason.is_none() {
            self.ledger.count_unchanged(1);
            return Ok(());
        }
        let entry = Entry {
            outcome,
            id: Some(id),
            place,
            reason,
        };
        if entry.reason.is_some() {
            observe(Event::Entered(&entry));
        }
        self.ledger.enter(&entry)
    }

    /// Counts files that were not read, and lists again what was wrong with them.
    fn pass_over(
        &mut self,
        unchanged: Unchanged,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IndexError> {
        let files = unchanged.files;
        self.next = Position {
            folder: unchanged.folder,
            file: files.end,
        };
        self.bytes_done += unchanged.bytes;
        self.ledger.count_files(files.len() as u64, unchanged.bytes);
        self.ledger.count_unchanged(unchanged.articles);
        for entry in &unchanged.rest {
            observe(Event::Entered(entry));
            self.ledger.enter(entry)?;
        }
        self.passed_over.push((unchanged.folder, files));
        Ok(())
    }

    /// Whether the run came to the file yet.
    fn has_met(&self, key: &str) -> bool {
        self.walk
            .find(key)
            .is_some_and(|position| position < self.next)
    }

    /// Whether the run came to the file and did not read it.
    fn is_unchanged(&self, key: &str) -> bool {
        let Some(Position { folder, file }) = self.walk.find(key) else {
            return false;
        };
        let runs = &self.passed_over;
        let after =
            runs.partition_point(|(number, files)| (*number, files.start) <= (folder, file));
        let run = after.checked_sub(1).and_then(|before| runs.get(before));
        run.is_some_and(|(number, files)| *number == folder && files.contains(&file))
            && !self.read_again.contains(key)
    }

    /// Removes the articles of `key` that its new content no longer has.
    fn prune_missing_records(
        &mut self,
        key: &str,
        book: &FileBook,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IndexError> {
        let mut gone = Vec::new();
        self.snapshot.ids_of_file(key, |id| {
            if !book.ids.contains(&id) && !self.seen.contains(&id) {
                gone.push(id);
            }
        })?;
        if !gone.is_empty() && book.has_failures {
            // One of the broken records may be the one that is missing.
            let count = gone.len();
            let note = format!(
                "{key} has records that cannot be read; kept the {count} of its articles that were not found"
            );
            observe(Event::Note(note));
            return Ok(());
        }
        gone.into_iter().try_for_each(|id| self.remove(id, key))
    }

    /// Removes the articles of files under `scope` that are no longer there.
    pub(super) fn prune_missing_files(
        &mut self,
        scope: &[String],
        base: &Path,
    ) -> Result<(), IndexError> {
        let mut missing: BTreeSet<String> = BTreeSet::new();
        let mut visit = |key: &str| {
            if is_under(key, scope) && !self.has_met(key) && !missing.contains(key) {
                missing.insert(key.to_owned());
            }
        };
        self.snapshot.each_file(&mut visit)?;
        self.files().each(&mut |key, _| visit(key));
        for key in missing {
            if corpus::path_of(&key, base).exists() {
                continue;
            }
            let mut gone = Vec::new();
            self.snapshot.ids_of_file(&key, |id| {
                if !self.seen.contains(&id) {
                    gone.push(id);
                }
            })?;
            gone.into_iter().try_for_each(|id| self.remove(id, &key))?;
            self.files().forget(&key);
        }
        Ok(())
    }

    fn remove(&mut self, id: String, file: &str) -> Result<(), IndexError> {
        let Some(article) = ArticleId::new(&id) else {
            return Ok(());
        };
        self.writer.delete(&article);
        let place = Place::whole(file);
        let reason = Some("is no longer in the corpus".to_owned());
        self.ledger.enter(&Entry {
            outcome: Outcome::Removed,
            id: Some(id.clone()),
            place,
            reason,
        })?;
        self.removed.insert(id);
        Ok(())
    }

    /// Returns the files of which a record must be looked at again: those that lost an
    /// article to another file, and those whose duplicate of a removed article may now
    /// take its place.
    pub(super) fn files_to_read_again(&self) -> Vec<String> {
        let robbed = self.robbed.iter().filter(|key| self.is_unchanged(key));
        let mut again: BTreeSet<String> = robbed.cloned().collect();
        if !self.removed.is_empty() {
            let is_heir = |entry: &Entry| {
                let id = entry.id.as_ref().filter(|id| self.removed.contains(*id));
                entry.outcome == Outcome::Duplicate && id.is_some()
            };
            self.files().each(&mut |key, rest| {
                if rest.iter().any(is_heir) && self.is_unchanged(key) {
                    again.insert(key.to_owned());
                }
            });
        }
        again.into_iter().collect()
    }

    /// Takes back what was booked for files that are about to be read again.
    pub(super) fn unbook(&mut self, files: &[String]) -> Result<(), IngestError> {
        for key in files {
            self.read_again.insert(key.clone());
            let state = self.files().get(key);
            if let Some(state) = state {
                self.ledger.take_back(state.articles, &state.rest);
            }
        }
        Ok(())
    }

    /// Makes everything so far safe, and says so.
    fn commit(&mut self, observe: &mut dyn FnMut(Event<'_>)) -> Result<(), IndexError> {
        let changes = self.writer.uncommitted();
        self.ledger.flush()?;
        self.writer.commit()?;
        let robbed = self.robbed.difference(&self.forgotten);
        let ahead: Vec<String> = robbed.filter(|key| !self.has_met(key)).cloned().collect();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.iter().for_each(|key| files.forget(key));
        self.forgotten.extend(ahead);
        for (key, state) in self.waiting.drain(..) {
            files.set(&key, state);
        }
        files.save()?;
        drop(files);
        self.last_commit = Instant::now();
        if changes > 0 {
            observe(Event::Committed(changes));
        }
        Ok(())
    }

    /// Commits, waits for the index to settle, and ends the ledger.
    pub(super) fn close(
        mut self,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<RunSummary, IndexError> {
        self.commit(observe)?;
        self.files().compact()?;
        self.writer.close()?;
        self.ledger.end()
    }
}

pub(super) fn fault_entry(fault: WalkFault) -> Entry {
    let outcome = if fault.is_skip {
        Outcome::Skipped
    } else {
        Outcome::Failed
    };
    let place = Place::whole(&fault.key);
    Entry {
        outcome,
        id: None,
        place,
        reason: Some(fault.reason),
    }
}

pub(super) fn rejection_entry(rejection: Rejection) -> Entry {
    let outcome = match rejection.kind {
        RejectionKind::Skipped => Outcome::Skipped,
        RejectionKind::Failed => Outcome::Failed,
    };
    let place = Place::from(&rejection.origin);
    Entry {
        outcome,
        id: None,
        place,
        reason: Some(rejection.reason),
    }
}
