//! Reads folders: one question to the system for each, and one for each file in it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, DirEntry, Metadata, ReadDir};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Selection, WalkFault, modified_ns};
use crate::corpus::keys::write_key;

/// A folder with a file of this name is an index.
const INDEX_MARK: &str = "newsdex.json";

/// What was found in a folder, in no order.
pub(super) struct Draft {
    pub(super) path: PathBuf,
    /// Name, size and time.
    pub(super) files: Vec<(OsString, u64, i64)>,
    pub(super) faults: Vec<WalkFault>,
}

/// A folder to read.
struct Job {
    path: PathBuf,
    /// Where it is below the folder that was named.
    below: PathBuf,
    /// Whether it was named, and so is read even if it holds an index.
    is_named: bool,
}

/// A link that was met.
struct Link {
    path: PathBuf,
    /// Where it is below the folder that was named.
    below: PathBuf,
    /// The folders that hold the links on the way here.
    way: Vec<PathBuf>,
}

/// What reading a folder gives.
struct Listing {
    draft: Draft,
    folders: Vec<Job>,
    /// Links, and where they are below the folder that was named.
    links: Vec<(PathBuf, PathBuf)>,
}

/// Reads all that is below a path.
pub(super) struct Walker<'a> {
    base: &'a Path,
    selection: &'a Selection,
    threads: usize,
    /// The folders that were read, by their real paths.
    visited: HashSet<PathBuf>,
    drafts: Vec<Draft>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(base: &'a Path, selection: &'a Selection, threads: usize) -> Walker<'a> {
        Walker {
            base,
            selection,
            threads,
            visited: HashSet::new(),
            drafts: Vec::new(),
        }
    }

    /// Walks `root`, a real path; returns the folders with what is in them, in no order.
    pub(super) fn walk(mut self, root: PathBuf) -> io::Result<Vec<Draft>> {
        let metadata = fs::metadata(&root)?;
        if !metadata.is_dir() {
            self.lone(&root, &metadata);
            return Ok(self.drafts);
        }
        let job = Job {
            path: root,
            below: PathBuf::new(),
            is_named: true,
        };
        let mut links = self.tree(job, &[]);
        // One after the other, in order: which of two links a folder is reached by must
        // not depend on the threads.
        while !links.is_empty() {
            links.sort_by(|a, b| a.path.cmp(&b.path));
            for link in std::mem::take(&mut links) {
                links.extend(self.follow(link));
            }
        }
        Ok(self.drafts)
    }

    /// Reads a folder and all below it, level by level; returns the links in it.
    fn tree(&mut self, root: Job, way: &[PathBuf]) -> Vec<Link> {
        let mut links = Vec::new();
        let mut level = vec![root];
        while !level.is_empty() {
            level.retain(|job| self.visited.insert(job.path.clone()));
            let listings = self.read_all(&level);
            level = Vec::new();
            for listing in listings {
                let folder = &listing.draft.path;
                let way: Vec<PathBuf> = match listing.links.is_empty() {
                    true => Vec::new(),
                    false => way.iter().chain([folder]).cloned().collect(),
                };
                links.extend(listing.links.into_iter().map(|(path, below)| Link {
                    path,
                    below,
                    way: way.clone(),
                }));
                level.extend(listing.folders);
                self.drafts.push(listing.draft);
            }
        }
        links
    }

    fn read_all(&self, jobs: &[Job]) -> Vec<Listing> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push(self.read(job));
            }
            done
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.min(jobs.len()))
                .map(|_| scope.spawn(work))
                .collect();
            let mut done = work();
            for other in others {
                done.extend(other.join().expect("reading a folder does not panic"));
            }
            done
        })
    }

    fn read(&self, job: &Job) -> Listing {
        let mut listing = Listing::new(&job.path);
        match fs::read_dir(&job.path) {
            Ok(entries) => self.list(entries, job, &mut listing),
            Err(error) => listing.draft.faults.push(self.unopened(&job.path, &error)),
        }
        listing
    }

    fn list(&self, entries: ReadDir, job: &Job, listing: &mut Listing) {
        for entry in entries {
            let (entry, name) = match entry {
                Ok(entry) => {
                    let name = entry.file_name();
                    (entry, name)
                }
                Err(error) => {
                    listing.draft.faults.push(self.unopened(&job.path, &error));
                    // What cannot be read on would be asked for again and again.
                    return;
                }
            };
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if name == INDEX_MARK && !job.is_named {
                *listing = Listing::new(&job.path);
                return;
            }
            if let Err(error) = self.entry(&entry, name, job, listing) {
                let fault = self.unopened(&entry.path(), &error);
                listing.draft.faults.push(fault);
            }
        }
    }

    fn entry(
        &self,
        entry: &DirEntry,
        name: OsString,
        job: &Job,
        listing: &mut Listing,
    ) -> io::Result<()> {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            listing.folders.push(Job {
                path: entry.path(),
                below: job.below.join(name),
                is_named: false,
            });
        } else if kind.is_symlink() {
            let below = job.below.join(name);
            listing.links.push((entry.path(), below));
        } else if self.selection.takes(&job.below, &name) {
            let metadata = entry.metadata()?;
            if metadata.is_file() {
                let (size, modified_ns) = (metadata.len(), modified_ns(&metadata));
                listing.draft.files.push((name, size, modified_ns));
            } else {
                listing.draft.faults.push(self.irregular(&entry.path()));
            }
        }
        Ok(())
    }

    /// Takes what a link leads to, unless that was taken before; returns the links in it.
    fn follow(&mut self, link: Link) -> Vec<Link> {
        let target = fs::canonicalize(&link.path)
            .and_then(|real| fs::metadata(&real).map(|metadata| (real, metadata)));
        let (real, metadata) = match target {
            Ok(target) => target,
            Err(error) => {
                let fault = self.unopened(&link.path, &error);
                self.fault(&link.path, fault);
                return Vec::new();
            }
        };
        if !metadata.is_dir() {
            let name = link.below.file_name().unwrap_or_default();
            let folder = link.below.parent().unwrap_or(Path::new(""));
            if self.selection.takes(folder, name) {
                self.lone(&real, &metadata);
            }
            return Vec::new();
        }
        if link.way.iter().any(|folder| folder.starts_with(&real)) {
            let fault = WalkFault {
                key: write_key(&link.path, self.base),
                reason: format!("is a link back to {}", write_key(&real, self.base)),
                is_skip: true,
            };
            self.fault(&link.path, fault);
            return Vec::new();
        }
        let job = Job {
            path: real,
            below: link.below,
            is_named: false,
        };
        self.tree(job, &link.way)
    }

    /// Takes a file by itself; `path` is its real path.
    fn lone(&mut self, path: &Path, metadata: &Metadata) {
        let folder = path.parent().unwrap_or(path);
        let mut draft = Draft::new(folder);
        if metadata.is_file() {
            let name = path.file_name().unwrap_or_default().to_owned();
            let (size, modified_ns) = (metadata.len(), modified_ns(metadata));
            draft.files.push((name, size, modified_ns));
        } else {
            draft.faults.push(self.irregular(path));
        }
        self.drafts.push(draft);
    }

    fn fault(&mut self, path: &Path, fault: WalkFault) {
        let mut draft = Draft::new(path.parent().unwrap_or(path));
        draft.faults.push(fault);
        self.drafts.push(draft);
    }

    fn irregular(&self, path: &Path) -> WalkFault {
        WalkFault {
            key: write_key(path, self.base),
            reason: "is no regular file".to_owned(),
            is_skip: true,
        }
    }

    fn unopened(&self, path: &Path, error: &io::Error) -> WalkFault {
        WalkFault {
            key: write_key(path, self.base),
            reason: format!("cannot be opened: {error}"),
            is_skip: false,
        }
    }
}

impl Draft {
    fn new(path: &Path) -> Draft {
        Draft {
            path: path.to_owned(),
            files: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Listing {
    fn new(path: &Path) -> Listing {
        Listing {
            draft: Draft::new(path),
            folders: Vec::new(),
            links: Vec::new(),
        }
    }
}
