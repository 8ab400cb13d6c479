//! Finds the files of a corpus, in an order that never depends on how paths were written.
//!
//! A file is known by its key: its real path, relative to the folder that holds the
//! index where it lies below that, written with `/`. Files come folder by folder, sorted
//! by the folder's key, then by name. Links are followed, and what they lead to is met
//! once; a loop of them, an unreadable folder or anything that is no regular file is
//! reported and the walk goes on. Hidden files, and folders that hold an index, are left
//! out unless they are named themselves.
//!
//! A later run over files that have not changed does little else than this, so that it
//! asks the system once for each folder and once for each file, on several threads.

mod walker;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::keys::{write_key, write_name};
use super::options::OptionError;
use walker::{Draft, Walker};

/// Which files below a folder are read.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Selection {
    /// Returns the selection of files that match one of `include` (any, if there is
    /// none) and none of `exclude`. Patterns are tried on the file's name and on its
    /// path below the folder that was named.
    ///
    /// # Errors
    ///
    /// Something that is no pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Selection, OptionError> {
        let include = if include.is_empty() {
            None
        } else {
            Some(globs(include)?)
        };
        Ok(Selection {
            include,
            exclude: globs(exclude)?,
        })
    }

    /// `folder` is the file's folder below the one that was named.
    fn takes(&self, folder: &Path, name: &OsStr) -> bool {
        if self.include.is_none() && self.exclude.is_empty() {
            return true;
        }
        let below = folder.join(name);
        let is_in = |set: &GlobSet| set.is_match(name) || set.is_match(&below);
        self.include.as_ref().is_none_or(is_in) && !is_in(&self.exclude)
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, OptionError> {
    let mut builder = GlobSetBuilder::new();
    let bad = |pattern: &String| OptionError::Pattern(pattern.clone());
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|_| bad(pattern))?);
    }
    builder
        .build()
        .map_err(|_| OptionError::Pattern(patterns.join(" ")))
}

/// A file to read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is known by.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last modified, in nanoseconds since 1970.
    pub modified_ns: i64,
}

/// Something that could not be walked.
#[derive(Clone, Debug, Eq, PartialEq, PartialOrd, Ord)]
pub struct WalkFault {
    /// What it is known by.
    pub key: String,
    /// Why, for people.
    pub reason: String,
    /// True if it is no file to read; false if it is one that cannot be reached.
    pub is_skip: bool,
}

/// A path that cannot be walked at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot find {}", path.display())]
pub struct PathError {
    /// The path as given.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// The files that were found.
#[derive(Debug, Default)]
pub struct Walk {
    folders: Vec<Folder>,
}

/// Where a file stands in a walk's order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Position {
    /// The number of its folder.
    pub folder: usize,
    /// Its number in the folder.
    pub file: usize,
}

impl Walk {
    /// Returns the folders that have files or faults, in order.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// Returns how many bytes all files have.
    pub fn bytes(&self) -> u64 {
        let files = self.folders.iter().flat_map(|folder| &folder.files);
        files.map(|file| file.size).sum()
    }

    /// Returns where the file `key` stands, if it was found.
    pub fn find(&self, key: &str) -> Option<Position> {
        let (prefix, name) = key.split_at(key.rfind('/').map_or(0, |slash| slash + 1));
        let by_prefix = |folder: &Folder| folder.prefix.as_str().cmp(prefix);
        let folder = self.folders.binary_search_by(by_prefix).ok()?;
        let found = &self.folders[folder];
        let by_name = |file: &Found| found.names[file.name.clone()].cmp(name);
        let file = found.files.binary_search_by(by_name).ok()?;
        Some(Position { folder, file })
    }
}

/// The files of a folder, sorted by name.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    prefix: String,
    /// All names in a row: a million small strings would take twice the room.
    names: String,
    files: Vec<Found>,
    /// What is called otherwise than it is known by: names that are no text.
    odd_names: BTreeMap<usize, OsString>,
    faults: Vec<WalkFault>,
}

#[derive(Debug)]
struct Found {
    name: Range<usize>,
    size: u64,
    modified_ns: i64,
}

impl Folder {
    /// Returns what the keys of its files begin with: its own key and a slash.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns how many files it has.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns true if it has no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns what in it could not be walked, in the order of keys.
    pub fn faults(&self) -> &[WalkFault] {
        &self.faults
    }

    /// Returns name, size and time of its files, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, u64, i64)> {
        let entry = |file: &Found| (file.name.clone(), file.size, file.modified_ns);
        let entries = self.files.iter().map(entry);
        entries.map(|(name, size, modified_ns)| (&self.names[name], size, modified_ns))
    }

    /// Returns the file of this number.
    pub fn file(&self, number: usize) -> Option<SourceFile> {
        let found = self.files.get(number)?;
        let name = &self.names[found.name.clone()];
        let real_name = self.odd_names.get(&number).map(OsString::as_os_str);
        Some(SourceFile {
            path: self.path.join(real_name.unwrap_or(OsStr::new(name))),
            key: format!("{}{name}", self.prefix),
            size: found.size,
            modified_ns: found.modified_ns,
        })
    }
}

/// Finds all files under `paths`, each once. Keys are relative to `base`.
///
/// # Errors
///
/// A path that does not exist.
pub fn walk(
    paths: &[PathBuf],
    base: &Path,
    selection: &Selection,
    threads: usize,
) -> Result<Walk, PathError> {
    let mut drafts = Vec::new();
    for path in paths {
        let fail = |source| PathError {
            path: path.clone(),
            source,
        };
        let real = fs::canonicalize(path).map_err(fail)?;
        let walker = Walker::new(base, selection, threads.max(1));
        drafts.extend(walker.walk(real).map_err(fail)?);
    }
    let mut folders: BTreeMap<String, Draft> = BTreeMap::new();
    for draft in drafts {
        let key = write_key(&draft.path, base);
        let has_slash = key.is_empty() || key.ends_with('/');
        let prefix = if has_slash { key } else { format!("{key}/") };
        match folders.get_mut(&prefix) {
            // Reached twice: by two paths, or by a link.
            Some(known) => {
                known.files.extend(draft.files);
                known.faults.extend(draft.faults);
            }
            None => drop(folders.insert(prefix, draft)),
        }
    }
    folders.retain(|_, draft| !draft.files.is_empty() || !draft.faults.is_empty());
    let folders = folders.into_iter();
    Ok(Walk {
        folders: folders.map(|(prefix, draft)| pack(prefix, draft)).collect(),
    })
}

/// Sorts what was found in a folder, and packs it closely.
fn pack(prefix: String, draft: Draft) -> Folder {
    let mut folder = Folder {
        path: draft.path,
        prefix,
        names: String::new(),
        files: Vec::with_capacity(draft.files.len()),
        odd_names: BTreeMap::new(),
        faults: draft.faults,
    };
    folder.faults.sort();
    folder.faults.dedup();
    let named = |(name, size, modified_ns): (OsString, u64, i64)| match name.into_string() {
        Ok(name) => (name, None, size, modified_ns),
        Err(name) => (
            write_name(&name).into_owned(),
            Some(name),
            size,
            modified_ns,
        ),
    };
    let mut files: Vec<_> = draft.files.into_iter().map(named).collect();
    files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    files.dedup_by(|a, b| a.0 == b.0);
    for (name, real_name, size, modified_ns) in files {
        if let Some(real_name) = real_name {
            folder.odd_names.insert(folder.files.len(), real_name);
        }
        let start = folder.names.len();
        folder.names.push_str(&name);
        folder.files.push(Found {
            name: start..folder.names.len(),
            size,
            modified_ns,
        });
    }
    folder
}

/// Returns when a file was last modified, in nanoseconds since 1970; 0 where the
/// system does not say.
pub fn modified_ns(metadata: &Metadata) -> i64 {
    let Ok(modified) = metadata.modified() else {
        return 0;
    };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("a/2.txt", "two"),
            ("a/1.txt", "one"),
            ("b/3.md", "three"),
            (".hidden/4.txt", "no"),
            ("index/newsdex.json", "{}"),
            ("index/5.txt", "no"),
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn keys(folder: &Path, paths: &[&str], include: &[&str], exclude: &[&str]) -> Vec<String> {
        let texts = |all: &[&str]| all.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        let selection = Selection::new(&texts(include), &texts(exclude)).unwrap();
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
        let base = fs::canonicalize(folder).unwrap();
        let walk = walk(&paths, &base, &selection, 2).unwrap();
        let mut shown = Vec::new();
        for (number, folder) in walk.folders().iter().enumerate() {
            for fault in folder.faults() {
                shown.push(format!("{}! {}", fault.key, fault.reason));
            }
            for (file, (name, size, _)) in folder.entries().enumerate() {
                let source = folder.file(file).unwrap();
                assert_eq!(fs::read(&source.path).unwrap().len() as u64, size);
                assert_eq!(source.key, format!("{}{name}", folder.prefix()));
                let position = Position {
                    folder: number,
                    file,
                };
                assert_eq!(walk.find(&source.key), Some(position));
                shown.push(source.key);
            }
        }
        assert_eq!(walk.find("a/none"), None);
        shown
    }

    #[test]
    fn files_come_once_and_in_order_however_they_are_named() {
        let folder = corpus();
        let all = ["a/1.txt", "a/2.txt", "b/3.md"];
        assert_eq!(keys(folder.path(), &["."], &[], &[]), all);
        assert_eq!(
            keys(folder.path(), &["b", "./a/", "b/../a/1.txt"], &[], &[]),
            all
        );
        assert_eq!(
            keys(folder.path(), &["."], &["*.txt"], &["a/2*"]),
            ["a/1.txt"]
        );
        assert_eq!(
            keys(folder.path(), &[".hidden/4.txt"], &[], &[]),
            [".hidden/4.txt"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_loops_reported() {
        let folder = corpus();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/loop")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("z")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("b/broken")).unwrap();
        let found = keys(folder.path(), &["."], &[], &[]);
        assert_eq!(found[..2], ["a/1.txt", "a/2.txt"]);
        assert!(
            found[2].starts_with("b/broken! cannot be opened"),
            "{found:?}"
        );
        assert_eq!(found[3], "b/loop! is a link back to ");
        assert_eq!(found[4..], ["b/3.md"]);
    }

    /// Followed one by one, they would be 2 to the power of 30 ways.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_many_links_lead_to_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..30 {
            let path = folder.path().join(format!("{number:02}"));
            fs::create_dir(&path).unwrap();
            let next = format!("../{:02}", number + 1);
            std::os::unix::fs::symlink(&next, path.join("x")).unwrap();
            std::os::unix::fs::symlink(&next, path.join("y")).unwrap();
        }
        fs::create_dir(folder.path().join("30")).unwrap();
        fs::write(folder.path().join("30/one.txt"), "one").unwrap();
        std::os::unix::fs::symlink("../10", folder.path().join("30/back")).unwrap();
        assert_eq!(
            keys(folder.path(), &["00"], &[], &[]),
            ["30/back! is a link back to 10", "30/one.txt"]
        );
        assert_eq!(keys(folder.path(), &["."], &[], &[]), ["30/one.txt"]);
    }

    #[test]
    fn a_missing_path_is_an_error_and_still_has_a_key() {
        let folder = corpus();
        let base = fs::canonicalize(folder.path()).unwrap();
        let gone = folder.path().join("a/../gone/x.txt");
        assert!(walk(std::slice::from_ref(&gone), &base, &Selection::default(), 1).is_err());
        assert_eq!(
            super::super::key_of(&folder.path().join("gone/x.txt"), &base),
            "gone/x.txt"
        );
    }
}
