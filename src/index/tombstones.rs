//! Articles that a person deleted: they stay away, whatever is ingested, until the
//! person takes it back.
//!
//! A tombstone is on disk before the article leaves the index; after a kill in
//! between, the next writer deletes the article again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::IndexError;
use super::folder::replace_file;

/// A deleted article.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The article's id.
    pub id: String,
    /// The file it was read from, to be read again if the deletion is taken back.
    pub file: String,
}

/// All deleted articles.
pub struct Tombstones {
    path: PathBuf,
    by_id: BTreeMap<String, Tombstone>,
}

impl Tombstones {
    /// Loads the tombstones in the index folder `root`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or holds anything else: forgetting a deletion
    /// in silence would bring articles back.
    pub fn load(root: &Path) -> Result<Tombstones, IndexError> {
        let path = root.join("deleted.jsonl");
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(IndexError::io(&path))?,
        };
        let mut by_id = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let tombstone: Tombstone = serde_json::from_str(line).map_err(|error| {
                let reason = format!("line {}: {error}", at + 1);
                IndexError::Damaged {
                    path: path.clone(),
                    reason,
                }
            })?;
            by_id.insert(tombstone.id.clone(), tombstone);
        }
        Ok(Tombstones { path, by_id })
    }

    /// Returns true if the article `id` was deleted.
    pub fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Returns all, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Tombstone> {
        self.by_id.values()
    }

    /// Adds tombstones, durably.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be written; then none was added on disk.
    pub fn add(
        &mut self,
        tombstones: impl IntoIterator<Item = Tombstone>,
    ) -> Result<(), IndexError> {
        for tombstone in tombstones {
            self.by_id.insert(tombstone.id.clone(), tombstone);
        }
        self.write()
    }

    /// Takes deletions back, durably; returns the tombstones that there were.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written; the old one then still stands.
    pub fn remove(&mut self, ids: &[String]) -> Result<Vec<Tombstone>, IndexError> {
        let removed: Vec<Tombstone> = ids.iter().filter_map(|id| self.by_id.remove(id)).collect();
        if !removed.is_empty() {
            self.write()?;
        }
        Ok(removed)
    }

    fn write(&self) -> Result<(), IndexError> {
        let mut lines = String::new();
        for tombstone in self.by_id.values() {
            let line = serde_json::to_string(tombstone).expect("strings are always JSON");
            lines.push_str(&line);
            lines.push('\n');
        }
        replace_file(&self.path, lines.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_last_until_they_are_taken_back() {
        let root = tempfile::tempdir().unwrap();
        let tombstone = Tombstone {
            id: "a".into(),
            file: "f".into(),
        };
        Tombstones::load(root.path())
            .unwrap()
            .add([tombstone.clone()])
            .unwrap();
        let mut tombstones = Tombstones::load(root.path()).unwrap();
        assert!(tombstones.contains("a"));
        assert_eq!(
            tombstones.remove(&["a".into(), "b".into()]).unwrap(),
            [tombstone]
        );
        assert!(!Tombstones::load(root.path()).unwrap().contains("a"));
    }

    #[test]
    fn a_damaged_list_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("deleted.jsonl"), "{").unwrap();
        assert!(Tombstones::load(root.path()).is_err());
    }
}
