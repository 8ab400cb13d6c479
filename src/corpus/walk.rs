//! Finds the files of a corpus, in an order that never depends on how paths were written.
//!
//! A file is known by its key: its real path, relative to the folder that holds the
//! index where it lies below that, written with `/`. Links are followed; a loop of
//! them, an unreadable folder or anything that is no regular file is reported and the
//! walk goes on. Hidden files, and folders that hold an index, are left out unless
//! they are named themselves.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use globset::{Glob, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use super::options::OptionError;

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

    fn takes(&self, below: &Path) -> bool {
        let name = below.file_name().map_or(below, Path::new);
        let is_in = |set: &GlobSet| set.is_match(name) || set.is_match(below);
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
    pub modified_ns: i128,
}

/// Something that could not be walked.
#[derive(Clone, Debug, Eq, PartialEq)]
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

/// The files found, in the order of their keys.
#[derive(Debug)]
pub struct Walk(std::vec::IntoIter<Result<SourceFile, WalkFault>>);

impl Iterator for Walk {
    type Item = Result<SourceFile, WalkFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Finds all files under `paths`, each once. Keys are relative to `base`.
///
/// # Errors
///
/// A path that does not exist.
pub fn walk(paths: &[PathBuf], base: &Path, selection: &Selection) -> Result<Walk, PathError> {
    let mut found = Vec::new();
    for path in paths {
        let real = fs::canonicalize(path).map_err(|source| PathError {
            path: path.clone(),
            source,
        })?;
        let mut walker = Walker {
            base,
            selection,
            links: HashSet::new(),
            found: &mut found,
        };
        walker.walk(&real);
    }
    fn key(item: &Result<SourceFile, WalkFault>) -> &str {
        match item {
            Ok(file) => &file.key,
            Err(fault) => &fault.key,
        }
    }
    found.sort_by(|a, b| key(a).cmp(key(b)));
    found.dedup_by(|a, b| key(a) == key(b));
    Ok(Walk(found.into_iter()))
}

struct Walker<'a> {
    base: &'a Path,
    selection: &'a Selection,
    /// Linked folders on the way: what lies below them has its real path elsewhere.
    links: HashSet<PathBuf>,
    found: &'a mut Vec<Result<SourceFile, WalkFault>>,
}

impl Walker<'_> {
    fn walk(&mut self, root: &Path) {
        let entries = WalkDir::new(root).follow_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(is_wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {
                    if entry.path_is_symlink() {
                        self.links.insert(entry.path().to_owned());
                    }
                }
                Ok(entry) => self.file(root, &entry),
                Err(error) => self.fault(root, &error),
            }
        }
    }

    fn file(&mut self, root: &Path, entry: &DirEntry) {
        let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
        if entry.depth() > 0 && !self.selection.takes(below) {
            return;
        }
        let is_linked = entry.path_is_symlink()
            || (!self.links.is_empty()
                && entry
                    .path()
                    .ancestors()
                    .any(|folder| self.links.contains(folder)));
        let path = match is_linked {
            true => fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path().to_owned()),
            false => entry.path().to_owned(),
        };
        let key = write_key(&path, self.base);
        self.found.push(match entry.metadata() {
            Ok(metadata) if metadata.is_file() => {
                let (size, modified_ns) = (metadata.len(), modified_ns(&metadata));
                Ok(SourceFile {
                    path,
                    key,
                    size,
                    modified_ns,
                })
            }
            Ok(_) => Err(WalkFault {
                key,
                reason: "is no regular file".to_owned(),
                is_skip: true,
            }),
            Err(error) => Err(WalkFault {
                key,
                reason: error.to_string(),
                is_skip: false,
            }),
        });
    }

    fn fault(&mut self, root: &Path, error: &walkdir::Error) {
        let key = write_key(error.path().unwrap_or(root), self.base);
        let (reason, is_skip) = match (error.loop_ancestor(), error.io_error()) {
            (Some(ancestor), _) => (
                format!("is a link back to {}", write_key(ancestor, self.base)),
                true,
            ),
            (None, Some(cause)) => (format!("cannot be opened: {cause}"), false),
            (None, None) => (error.to_string(), false),
        };
        self.found.push(Err(WalkFault {
            key,
            reason,
            is_skip,
        }));
    }
}

fn is_wanted(entry: &DirEntry) -> bool {
    if entry.depth() == 0 {
        return true;
    }
    let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
    let is_index = entry.file_type().is_dir() && entry.path().join("newsdex.json").is_file();
    !is_hidden && !is_index
}

/// Returns the key of a path, whether anything is there or not.
pub fn key_of(path: &Path, base: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // What is gone has no real path: take that of the nearest folder that is there.
    let mut missing = Vec::new();
    let mut there = absolute.as_path();
    let real = loop {
        match (fs::canonicalize(there), there.parent(), there.file_name()) {
            (Ok(real), ..) => break real,
            (Err(_), Some(parent), Some(name)) => {
                missing.push(name);
                there = parent;
            }
            _ => break absolute.clone(),
        }
    };
    let whole: PathBuf = std::iter::once(real.as_os_str())
        .chain(missing.into_iter().rev())
        .collect();
    write_key(&whole, base)
}

fn write_key(path: &Path, base: &Path) -> String {
    let Ok(below) = path.strip_prefix(base) else {
        return path.to_string_lossy().replace('\\', "/");
    };
    let parts: Vec<_> = below
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        })
        .collect();
    parts.join("/")
}

/// Returns when a file was last modified, in nanoseconds since 1970; 0 where the
/// system does not say.
pub fn modified_ns(metadata: &Metadata) -> i128 {
    let Ok(modified) = metadata.modified() else {
        return 0;
    };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
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
        let show = |item: Result<SourceFile, WalkFault>| match item {
            Ok(file) => file.key,
            Err(fault) => format!("{}! {}", fault.key, fault.reason),
        };
        walk(&paths, &base, &selection).unwrap().map(show).collect()
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
            found[3].starts_with("b/broken! cannot be opened"),
            "{found:?}"
        );
        assert_eq!(found[4], "b/loop! is a link back to ");
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn a_missing_path_is_an_error_and_still_has_a_key() {
        let folder = corpus();
        let base = fs::canonicalize(folder.path()).unwrap();
        let gone = folder.path().join("a/../gone/x.txt");
        assert!(walk(std::slice::from_ref(&gone), &base, &Selection::default()).is_err());
        assert_eq!(
            key_of(&folder.path().join("gone/x.txt"), &base),
            "gone/x.txt"
        );
    }
}
