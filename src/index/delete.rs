//! Deletes articles for good, and takes deletions back.

use std::collections::BTreeSet;

use super::error::IndexError;
use super::files::Files;
use super::folder::Index;
use super::tombstones::{Tombstone, Tombstones};
use super::writer::{Resources, Writer};
use crate::article::ArticleId;

const RESOURCES: Resources = Resources {
    threads: 1,
    memory: 32_000_000,
};

/// Deletes the articles `ids`; they stay away until [`undelete`].
///
/// # Errors
///
/// Fails if another process writes to the index, or it cannot be written. A deletion
/// that is cut short is finished by the next writer.
pub fn delete(index: &Index, ids: &[String]) -> Result<(), IndexError> {
    let mut writer = Writer::open(index, RESOURCES)?;
    let snapshot = index.snapshot()?;
    let mut files = Files::load(index.root())?;
    let mut tombstones = Vec::new();
    for id in ids.iter().filter_map(|id| ArticleId::new(id)) {
        if let Some(known) = snapshot.find(&id)? {
            // The file is read once more, so that its record is counted as what it is now.
            files.forget(&known.file);
            tombstones.push(Tombstone {
                id: id.to_string(),
                file: known.file,
            });
            writer.delete(&id);
        }
    }
    Tombstones::load(index.root())?.add(tombstones)?;
    files.save()?;
    writer.close()
}

/// Takes the deletion of `ids` back, and has their files read at the next ingest;
/// returns how many had been deleted.
///
/// # Errors
///
/// Fails if another process writes to the index, or it cannot be written.
pub fn undelete(index: &Index, ids: &[String]) -> Result<usize, IndexError> {
    // The writer is opened for its lock alone.
    let _writer = Writer::open(index, RESOURCES)?;
    let lifted = Tombstones::load(index.root())?.remove(ids)?;
    let mut files = Files::load(index.root())?;
    let again: BTreeSet<&str> = lifted
        .iter()
        .map(|tombstone| tombstone.file.as_str())
        .collect();
    again.into_iter().for_each(|file| files.forget(file));
    files.save()?;
    Ok(lifted.len())
}
