//! What each corpus file looked like when it was last read, so that a file that has
//! not changed need not be read again.
//!
//! A file's state is written only after a commit that holds all of its articles. It
//! may be lost (a kill between commit and writing), and then the file is read once
//! more and its articles turn out unchanged; it is never ahead of the articles.
//!
//! States lie in a sorted table (`files`), which a run loads without parsing, and what
//! changed since that was written in a log of JSON lines (`files.jsonl`), of which the
//! last of a file counts. The log goes into a new table once it has grown; one that a
//! kill left beside the new table only says again what that says.

mod table;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::IndexError;
use super::folder::replace_file;
use super::ledger::Entry;
use table::{Builder, Table};

/// What tells a file that was touched from one that was not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// When it was last modified, in nanoseconds since 1970.
    pub modified_ns: i64,
}

/// A file as it was last read.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct FileState {
    /// What it looked like.
    pub stamp: Stamp,
    /// Under which options and models it was read.
    pub pipeline: String,
    /// How many of its records are articles in the index.
    pub articles: u64,
    /// Its records that are not, with their reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<Entry>,
}

/// The states of all files that were read.
pub struct Files {
    root: PathBuf,
    table: Table,
    /// What is no longer as in the table, by folder and name; nothing for a file that was
    /// forgotten.
    changes: BTreeMap<String, BTreeMap<String, Option<Change>>>,
    changed: usize,
    pipelines: Vec<String>,
    /// Lines for the log.
    unsaved: String,
    log_bytes: u64,
}

/// A state as it is kept: the pipeline by its number, the rest as JSON, empty if there is
/// none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Kept<'a> {
    stamp: Stamp,
    pipeline: usize,
    articles: u64,
    rest: &'a str,
}

struct Change {
    stamp: Stamp,
    pipeline: usize,
    articles: u64,
    rest: Box<str>,
}

impl Change {
    fn kept(&self) -> Kept<'_> {
        Kept {
            stamp: self.stamp,
            pipeline: self.pipeline,
            articles: self.articles,
            rest: &self.rest,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    file: String,
    /// Nothing for a file that is to be forgotten.
    state: Option<FileState>,
}

/// So many changes lie beside the table in memory (chosen: some 20 MB).
const MOST_CHANGES: usize = 100_000;

/// A log up to this size is left beside the table, however small that is (chosen: parsing
/// it takes less than a millisecond).
const LEAST_LOG_BYTES: u64 = 64 << 10;

impl Files {
    /// Returns the states of no files, kept nowhere.
    pub fn none() -> Files {
        Files {
            root: PathBuf::new(),
            table: Table::default(),
            changes: BTreeMap::new(),
            changed: 0,
            pipelines: Vec::new(),
            unsaved: String::new(),
            log_bytes: 0,
        }
    }

    /// Loads the states kept in the index folder `root`. Whatever was cut short or damaged
    /// is ignored.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read.
    pub fn load(root: &Path) -> Result<Files, IndexError> {
        let mut files = Files::none();
        files.root = root.to_owned();
        if let Some((table, pipelines)) = Table::open(read(&files.table_path())?) {
            (files.table, files.pipelines) = (table, pipelines);
        }
        let log = read(&files.log_path())?;
        for line in log.split(|&byte| byte == b'\n') {
            if let Ok(Line { file, state }) = serde_json::from_slice(line) {
                files.put(&file, state.as_ref());
            }
        }
        files.log_bytes = log.len() as u64;
        Ok(files)
    }

    /// Returns the state of the file `key`.
    pub fn get(&self, key: &str) -> Option<FileState> {
        let (prefix, name) = parts(key);
        let mut files = self.folder(prefix);
        files
            .find(|(found, _)| *found == name)
            .map(|(_, kept)| self.state(kept))
    }

    /// Returns the files of a folder that were read as `pipeline` says, with their states,
    /// sorted by name. `prefix` is what their keys begin with: the folder's path and a
    /// slash.
    pub fn read_by(
        &self,
        pipeline: &str,
        prefix: &str,
    ) -> impl Iterator<Item = Known<'_>> + use<'_> {
        let number = self.pipelines.iter().position(|known| known == pipeline);
        self.folder(prefix)
            .filter(move |(_, kept)| Some(kept.pipeline) == number)
            .map(|(name, kept)| Known {
                name,
                stamp: kept.stamp,
                articles: kept.articles,
                rest: kept.rest,
            })
    }

    /// Shows the key of every file, with its records that are no articles of the index.
    pub fn each(&self, show: &mut dyn FnMut(&str, Vec<Entry>)) {
        for prefix in self.prefixes() {
            for (name, kept) in self.folder(prefix) {
                show(&format!("{prefix}{name}"), entries(kept.rest));
            }
        }
    }

    /// Notes the state of a file whose articles are all committed.
    pub fn set(&mut self, key: &str, state: FileState) {
        self.put(key, Some(&state));
        self.note(key, Some(state));
    }

    /// Forgets a file, so that it is read when it is next met.
    pub fn forget(&mut self, key: &str) {
        self.put(key, None);
        self.note(key, None);
    }

    /// Adds what is new to the log.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn save(&mut self) -> Result<(), IndexError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let path = self.log_path();
        let append = || -> io::Result<()> {
            let mut log = OpenOptions::new().create(true).append(true).open(&path)?;
            // The last line may have been cut short.
            log.write_all(b"\n")?;
            log.write_all(self.unsaved.as_bytes())
        };
        append().map_err(IndexError::io(&path))?;
        self.log_bytes += self.unsaved.len() as u64;
        self.unsaved.clear();
        Ok(())
    }

    /// Writes the table anew and drops the log, if that has grown beside the table. All
    /// must be saved.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be written; table and log then still stand.
    pub fn compact(&mut self) -> Result<(), IndexError> {
        if self.log_bytes <= LEAST_LOG_BYTES.max(self.table.len() as u64 / 4) {
            return Ok(());
        }
        let bytes = self.table_bytes();
        replace_file(&self.table_path(), &bytes)?;
        let path = self.log_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(IndexError::io(&path)(error));
            }
            _ => {}
        }
        self.log_bytes = 0;
        self.adopt(bytes);
        Ok(())
    }

    fn table_path(&self) -> PathBuf {
        self.root.join("files")
    }

    fn log_path(&self) -> PathBuf {
        self.root.join("files.jsonl")
    }

    fn put(&mut self, key: &str, state: Option<&FileState>) {
        let change = state.map(|state| Change {
            stamp: state.stamp,
            pipeline: self.number(&state.pipeline),
            articles: state.articles,
            rest: match state.rest.is_empty() {
                true => Box::default(),
                false => to_json(&state.rest).into(),
            },
        });
        let (prefix, name) = parts(key);
        if !self.changes.contains_key(prefix) {
            self.changes.insert(prefix.to_owned(), BTreeMap::new());
        }
        let folder = self.changes.get_mut(prefix);
        let before = folder.and_then(|folder| folder.insert(name.to_owned(), change));
        self.changed += usize::from(before.is_none());
        if self.changed > MOST_CHANGES {
            let bytes = self.table_bytes();
            self.adopt(bytes);
        }
    }

    fn note(&mut self, key: &str, state: Option<FileState>) {
        let file = key.to_owned();
        self.unsaved.push_str(&to_json(&Line { file, state }));
        self.unsaved.push('\n');
    }

    fn number(&mut self, pipeline: &str) -> usize {
        let known = self.pipelines.iter().position(|known| known == pipeline);
        known.unwrap_or_else(|| {
            self.pipelines.push(pipeline.to_owned());
            self.pipelines.len() - 1
        })
    }

    /// Takes a table in the place of what there is.
    fn adopt(&mut self, bytes: Vec<u8>) {
        if let Some((table, pipelines)) = Table::open(bytes) {
            (self.table, self.pipelines) = (table, pipelines);
            self.changes.clear();
            self.changed = 0;
        }
    }

    fn table_bytes(&self) -> Vec<u8> {
        let mut builder = Builder::new(&self.pipelines);
        for prefix in self.prefixes() {
            builder.folder(prefix, self.folder(prefix));
        }
        builder.finish()
    }

    fn prefixes(&self) -> Vec<&str> {
        let changed = self.changes.keys().map(String::as_str);
        let mut all: Vec<&str> = self.table.prefixes().chain(changed).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn folder(&self, prefix: &str) -> impl Iterator<Item = (&str, Kept<'_>)> + use<'_> {
        let mut old = self.table.files(prefix).peekable();
        let changes = self.changes.get(prefix).into_iter().flatten();
        let mut new = changes
            .map(|(name, change)| (name.as_str(), change.as_ref()))
            .peekable();
        std::iter::from_fn(move || {
            while let (Some((old_name, _)), Some((new_name, _))) = (old.peek(), new.peek()) {
                match old_name.cmp(new_name) {
                    std::cmp::Ordering::Less => return old.next(),
                    std::cmp::Ordering::Equal => drop(old.next()),
                    std::cmp::Ordering::Greater => {
                        if let Some((name, Some(change))) = new.next() {
                            return Some((name, change.kept()));
                        }
                    }
                }
            }
            old.next().or_else(|| {
                new.find_map(|(name, change)| change.map(|change| (name, change.kept())))
            })
        })
    }

    fn state(&self, kept: Kept<'_>) -> FileState {
        let pipeline = self.pipelines.get(kept.pipeline);
        FileState {
            stamp: kept.stamp,
            pipeline: pipeline.cloned().unwrap_or_default(),
            articles: kept.articles,
            rest: entries(kept.rest),
        }
    }
}

/// A file that was read, found among those of its folder.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it looked like.
    pub stamp: Stamp,
    /// How many of its records are articles in the index.
    pub articles: u64,
    rest: &'a str,
}

impl Known<'_> {
    /// Returns its records that are no articles, with their reasons.
    pub fn rest(&self) -> Vec<Entry> {
        entries(self.rest)
    }
}

/// Splits a key after its last slash.
fn parts(key: &str) -> (&str, &str) {
    key.split_at(key.rfind('/').map_or(0, |slash| slash + 1))
}

fn entries(json: &str) -> Vec<Entry> {
    match json.is_empty() {
        true => Vec::new(),
        false => serde_json::from_str(json).unwrap_or_default(),
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings and numbers are always JSON")
}

fn read(path: &Path) -> Result<Vec<u8>, IndexError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        bytes => bytes.map_err(IndexError::io(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Outcome, Place};

    fn state(size: u64) -> FileState {
        let stamp = Stamp {
            size,
            modified_ns: 5,
        };
        let rest = Entry {
            outcome: Outcome::Failed,
            id: None,
            place: Place::whole("x"),
            reason: Some("torn".into()),
        };
        FileState {
            stamp,
            pipeline: "p".into(),
            articles: 3,
            rest: vec![rest; (size % 2) as usize],
        }
    }

    #[test]
    fn the_last_state_counts_even_after_a_torn_line() {
        let root = tempfile::tempdir().unwrap();
        let mut files = Files::load(root.path()).unwrap();
        files.set("a", state(1));
        files.set("b", state(2));
        files.save().unwrap();
        let log = OpenOptions::new().append(true).open(files.log_path());
        log.unwrap().write_all(b"{\"file\":\"b\",\"sta").unwrap();
        let mut files = Files::load(root.path()).unwrap();
        files.set("a", state(7));
        files.forget("b");
        files.save().unwrap();
        let files = Files::load(root.path()).unwrap();
        assert_eq!(files.get("a"), Some(state(7)));
        assert_eq!(files.get("b"), None);
    }

    /// What a map would say, through tables, logs and loads, and a kill between the new
    /// table and the end of the log.
    #[test]
    fn table_and_log_together_are_one_map() {
        let root = tempfile::tempdir().unwrap();
        let mut expected: BTreeMap<String, FileState> = BTreeMap::new();
        for round in 0..6 {
            let mut files = Files::load(root.path()).unwrap();
            for number in (0..2000u64).filter(|number| number % (round + 2) == 1) {
                let key = format!("{}/{number:05}", number % 7);
                if number % 5 == round {
                    files.forget(&key);
                    expected.remove(&key);
                } else {
                    files.set(&key, state(number + round));
                    expected.insert(key, state(number + round));
                }
            }
            files.save().unwrap();
            let log = fs::read(files.log_path()).unwrap();
            files.compact().unwrap();
            assert_eq!(files.log_path().exists(), files.log_bytes > 0);
            if round % 2 == 0 {
                fs::write(files.log_path(), log).unwrap();
            }
            let files = Files::load(root.path()).unwrap();
            let mut keys = Vec::new();
            files.each(&mut |key, rest| {
                assert_eq!(rest, expected[key].rest);
                keys.push(key.to_owned());
            });
            assert_eq!(keys, expected.keys().cloned().collect::<Vec<_>>());
            for (key, state) in &expected {
                assert_eq!(files.get(key).as_ref(), Some(state), "{key}");
            }
        }
    }

    #[test]
    fn many_changes_are_kept_in_little_room_and_none_is_lost() {
        let mut files = Files::none();
        for number in 0..MOST_CHANGES + 10 {
            files.set(&format!("{number}"), state(number as u64 * 2));
        }
        assert!(files.changed <= 10);
        assert_eq!(files.get("77"), Some(state(154)));
        assert_eq!(files.read_by("p", "").count(), MOST_CHANGES + 10);
        assert_eq!(files.read_by("q", "").count(), 0);
    }
}
