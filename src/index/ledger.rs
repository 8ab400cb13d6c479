//! The ledger: what happened to each record of each run, as plain JSON lines.
//!
//! One file a run under `runs/`: an entry for every record that was added, updated,
//! a duplicate, skipped, failed or removed, and the totals as the last line. Records
//! that had not changed are counted by file, not listed one by one: they are most of
//! any later run. A run that was killed has no totals; its lines are still there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::IndexError;
use crate::article::Origin;

/// What became of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is a new article.
    Added,
    /// It replaced the article of its id.
    Updated,
    /// The index has it just so.
    Unchanged,
    /// Another record of its id came first.
    Duplicate,
    /// It is no article.
    Skipped,
    /// It should be an article, but cannot be read.
    Failed,
    /// It is in the corpus no longer, or was deleted; not counted as read.
    Removed,
}

impl Outcome {
    /// The outcomes a record that was read can have, in the order they are reported.
    pub const READ: [Outcome; 6] = [
        Outcome::Added,
        Outcome::Updated,
        Outcome::Unchanged,
        Outcome::Duplicate,
        Outcome::Skipped,
        Outcome::Failed,
    ];

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Added => "added",
            Outcome::Updated => "updated",
            Outcome::Unchanged => "unchanged",
            Outcome::Duplicate => "duplicate",
            Outcome::Skipped => "skipped",
            Outcome::Failed => "failed",
            Outcome::Removed => "removed",
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What became of the record.
    pub outcome: Outcome,
    /// The article's id, where it got that far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the record is.
    #[serde(flatten)]
    pub place: Place,
    /// Why, where it is not plain; or what was odd about a record that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a record is.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The file's key.
    pub file: String,
    /// The path inside the file, where that is an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The record's number, from 1; 0 for the file as a whole.
    pub record: u64,
    /// The offset of the record's first byte.
    pub offset: u64,
}

impl Place {
    /// Returns the place of all of the file `file`.
    pub fn whole(file: &str) -> Place {
        Place {
            file: file.to_owned(),
            ..Place::default()
        }
    }
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Place {
        Place {
            file: origin.file.clone(),
            member: origin.member.clone(),
            record: origin.record,
            offset: origin.offset,
        }
    }
}

/// The totals of a run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Records that became new articles.
    pub added: u64,
    /// Records that replaced an article.
    pub updated: u64,
    /// Records that the index had.
    pub unchanged: u64,
    /// Records whose id came before.
    pub duplicate: u64,
    /// Records that are no articles.
    pub skipped: u64,
    /// Records that could not be read.
    pub failed: u64,
    /// Articles taken out of the index.
    pub removed: u64,
    /// Files walked.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl RunSummary {
    /// Counts one record.
    pub fn count(&mut self, outcome: Outcome, records: u64) {
        *self.slot(outcome) += records;
    }

    /// Returns how many records had `outcome`.
    pub fn of(mut self, outcome: Outcome) -> u64 {
        *self.slot(outcome)
    }

    /// Returns how many records were read: the sum of all outcomes but removals.
    pub fn read(self) -> u64 {
        Outcome::READ
            .into_iter()
            .map(|outcome| self.of(outcome))
            .sum()
    }

    fn slot(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Added => &mut self.added,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Duplicate => &mut self.duplicate,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Failed => &mut self.failed,
            Outcome::Removed => &mut self.removed,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct LastLine {
    totals: RunSummary,
}

/// The ledger of a run that goes on.
pub struct Ledger {
    path: PathBuf,
    file: BufWriter<File>,
    summary: RunSummary,
}

impl Ledger {
    /// Begins the ledger of a new run in the index folder `root`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be made.
    pub fn begin(root: &Path) -> Result<Ledger, IndexError> {
        let folder = runs_folder(root);
        fs::create_dir_all(&folder).map_err(IndexError::io(&folder))?;
        let number = runs(root)?.last().map_or(1, |(number, _)| number + 1);
        let path = folder.join(format!("{number:06}.jsonl"));
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = BufWriter::new(file.map_err(IndexError::io(&path))?);
        Ok(Ledger {
            path,
            file,
            summary: RunSummary::default(),
        })
    }

    /// Writes one entry and counts it.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn enter(&mut self, entry: &Entry) -> Result<(), IndexError> {
        self.summary.count(entry.outcome, 1);
        let line = serde_json::to_string(entry).map_err(io::Error::other);
        let written = line.and_then(|line| writeln!(self.file, "{line}"));
        written.map_err(IndexError::io(&self.path))
    }

    /// Counts `records` of a file that had not changed.
    pub fn count_unchanged(&mut self, records: u64) {
        self.summary.count(Outcome::Unchanged, records);
    }

    /// Takes back what was counted for a file that is to be read after all: its
    /// unchanged articles and its other entries. What was listed stays listed.
    pub fn take_back(&mut self, unchanged: u64, rest: &[Entry]) {
        let uncount = |slot: &mut u64, records: u64| *slot = slot.saturating_sub(records);
        uncount(self.summary.slot(Outcome::Unchanged), unchanged);
        rest.iter()
            .for_each(|entry| uncount(self.summary.slot(entry.outcome), 1));
    }

    /// Counts files and their bytes.
    pub fn count_files(&mut self, files: u64, bytes: u64) {
        self.summary.files += files;
        self.summary.bytes += bytes;
    }

    /// Returns the totals so far.
    pub fn summary(&self) -> RunSummary {
        self.summary
    }

    /// Hands what was entered to the system.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn flush(&mut self) -> Result<(), IndexError> {
        self.file.flush().map_err(IndexError::io(&self.path))
    }

    /// Ends the ledger with its totals, and returns them.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn end(mut self) -> Result<RunSummary, IndexError> {
        let line = serde_json::to_string(&LastLine {
            totals: self.summary,
        });
        let written = line
            .map_err(io::Error::other)
            .and_then(|line| writeln!(self.file, "{line}"));
        written.map_err(IndexError::io(&self.path))?;
        self.flush()?;
        Ok(self.summary)
    }
}

/// Returns the failures of the last run in the index folder `root`, in the order they
/// were met; none if nothing was ever ingested.
///
/// # Errors
///
/// Fails if the ledger cannot be read.
pub fn last_failures(root: &Path) -> Result<Vec<Entry>, IndexError> {
    let Some((_, path)) = runs(root)?.pop() else {
        return Ok(Vec::new());
    };
    let file = File::open(&path).map_err(IndexError::io(&path))?;
    let mut failures = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(IndexError::io(&path))?;
        // The totals are no entry, nor is a line that a kill cut short.
        if let Ok(entry) = serde_json::from_str::<Entry>(&line)
            && entry.outcome == Outcome::Failed
        {
            failures.push(entry);
        }
    }
    Ok(failures)
}

fn runs_folder(root: &Path) -> PathBuf {
    root.join("runs")
}

/// Returns the ledgers by number.
fn runs(root: &Path) -> Result<Vec<(u64, PathBuf)>, IndexError> {
    let folder = runs_folder(root);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(IndexError::io(&folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(IndexError::io(&folder))?.path();
        let number = path
            .file_stem()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse().ok());
        found.extend(number.map(|number: u64| (number, path)));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(outcome: Outcome, record: u64) -> Entry {
        let place = Place {
            record,
            offset: 10,
            ..Place::whole("a.jsonl")
        };
        Entry {
            outcome,
            id: None,
            place,
            reason: Some("why".into()),
        }
    }

    #[test]
    fn totals_add_up_and_failures_are_those_of_the_last_run() {
        let root = tempfile::tempdir().unwrap();
        let mut first = Ledger::begin(root.path()).unwrap();
        first.enter(&entry(Outcome::Failed, 1)).unwrap();
        first.end().unwrap();
        let mut second = Ledger::begin(root.path()).unwrap();
        second.enter(&entry(Outcome::Added, 1)).unwrap();
        second.enter(&entry(Outcome::Failed, 2)).unwrap();
        second.enter(&entry(Outcome::Removed, 0)).unwrap();
        second.count_unchanged(40);
        let totals = second.end().unwrap();
        assert_eq!(totals.read(), 42);
        assert_eq!(
            last_failures(root.path()).unwrap(),
            [entry(Outcome::Failed, 2)]
        );
    }

    #[test]
    fn a_killed_run_keeps_its_lines() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::begin(root.path()).unwrap();
        ledger.enter(&entry(Outcome::Failed, 1)).unwrap();
        ledger.file.write_all(b"{\"outcome\":\"fai").unwrap();
        ledger.flush().unwrap();
        assert_eq!(last_failures(root.path()).unwrap().len(), 1);
    }
}
