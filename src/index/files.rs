//! What each corpus file looked like when it was last read, so that a file that has
//! not changed need not be read again.
//!
//! A file's state is written only after a commit that holds all of its articles. It
//! may be lost (a kill between commit and writing), and then the file is read once
//! more and its articles turn out unchanged; it is never ahead of the articles.
//! The file is a log of JSON lines, the last line of a key counts; it is written anew
//! when a run ends.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::IndexError;
use super::folder::replace_file;
use super::ledger::Entry;

/// What tells a file that was touched from one that was not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// When it was last modified, in nanoseconds since 1970.
    pub modified_ns: i128,
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
    path: PathBuf,
    states: HashMap<String, FileState>,
    unsaved: Vec<String>,
    /// Whether the file on disk has lines that are not the last of their key, or lacks any.
    is_scattered: bool,
}

#[derive(Serialize, Deserialize)]
struct Line {
    file: String,
    /// Nothing for a file that is to be forgotten.
    state: Option<FileState>,
}

impl Files {
    /// Returns the states of no files, kept nowhere.
    pub fn none() -> Files {
        Files {
            path: PathBuf::new(),
            states: HashMap::new(),
            unsaved: Vec::new(),
            is_scattered: false,
        }
    }

    /// Loads the states kept in the index folder `root`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read. Lines that were cut short are ignored.
    pub fn load(root: &Path) -> Result<Files, IndexError> {
        let path = root.join("files.jsonl");
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            text => text.map_err(IndexError::io(&path))?,
        };
        let mut states = HashMap::new();
        let mut is_scattered = false;
        for line in text.split(|&byte| byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Line {
                    file,
                    state: Some(state),
                }) => is_scattered |= states.insert(file, state).is_some(),
                Ok(Line { file, state: None }) => {
                    states.remove(&file);
                    is_scattered = true;
                }
                Err(_) => is_scattered |= !line.is_empty(),
            }
        }
        Ok(Files {
            path,
            states,
            unsaved: Vec::new(),
            is_scattered,
        })
    }

    /// Returns the state of the file `key`.
    pub fn get(&self, key: &str) -> Option<&FileState> {
        self.states.get(key)
    }

    /// Returns all files, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FileState)> {
        self.states.iter().map(|(key, state)| (key.as_str(), state))
    }

    /// Notes the state of a file whose articles are all committed.
    pub fn set(&mut self, key: String, state: FileState) {
        self.is_scattered = true;
        self.unsaved.push(key.clone());
        self.states.insert(key, state);
    }

    /// Forgets a file, so that it is read when it is next met.
    pub fn forget(&mut self, key: &str) {
        if self.states.remove(key).is_some() {
            self.is_scattered = true;
            self.unsaved.push(key.to_owned());
        }
    }

    /// Appends what is new to the file on disk.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn save(&mut self) -> Result<(), IndexError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let mut lines = String::from("\n");
        for key in self.unsaved.drain(..) {
            push_line(&key, self.states.get(&key), &mut lines);
        }
        let append = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            file.write_all(lines.as_bytes())
        };
        append().map_err(IndexError::io(&self.path))
    }

    /// Writes the file anew, without what was overtaken; not if nothing was.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written; the old file then still stands.
    pub fn compact(&mut self) -> Result<(), IndexError> {
        if !self.is_scattered {
            return Ok(());
        }
        let mut keys: Vec<&String> = self.states.keys().collect();
        keys.sort();
        let mut lines = String::new();
        for key in keys {
            push_line(key, self.states.get(key), &mut lines);
        }
        replace_file(&self.path, lines.as_bytes())?;
        self.unsaved.clear();
        self.is_scattered = false;
        Ok(())
    }
}

fn push_line(key: &str, state: Option<&FileState>, lines: &mut String) {
    let line = Line {
        file: key.to_owned(),
        state: state.cloned(),
    };
    lines.push_str(&serde_json::to_string(&line).expect("strings and numbers are always JSON"));
    lines.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(size: u64) -> FileState {
        let stamp = Stamp {
            size,
            modified_ns: 5,
        };
        FileState {
            stamp,
            pipeline: "p".into(),
            articles: 3,
            rest: Vec::new(),
        }
    }

    #[test]
    fn the_last_state_counts_even_after_a_torn_line() {
        let root = tempfile::tempdir().unwrap();
        let mut files = Files::load(root.path()).unwrap();
        files.set("a".into(), state(1));
        files.set("b".into(), state(2));
        files.save().unwrap();
        let mut log = OpenOptions::new().append(true).open(&files.path).unwrap();
        log.write_all(b"{\"file\":\"b\",\"sta").unwrap();
        let mut files = Files::load(root.path()).unwrap();
        files.set("a".into(), state(7));
        files.forget("b");
        files.save().unwrap();
        let mut files = Files::load(root.path()).unwrap();
        assert_eq!(files.get("a"), Some(&state(7)));
        assert_eq!(files.get("b"), None);
        files.compact().unwrap();
        assert_eq!(fs::read_to_string(&files.path).unwrap().lines().count(), 1);
        assert_eq!(Files::load(root.path()).unwrap().get("a"), Some(&state(7)));
    }
}
