//! The register and the directory of an index: where they lie, when they are made
//! anew, how they are edited and put back.
//!
//! ```text
//! index/
//!   entities.toml          what a person decided; edited by hand or by command
//!   entities/
//!     directory            names and decisions in one, made anew when either changed
//!     good.toml            the last register that could be read
//!     steps.jsonl          what commands did to the register, for undo
//! ```
//!
//! Articles are never touched: everything is applied when a query is answered. The
//! directory is valid for one state of the register's file (size and time) and one
//! state of the articles; a query that finds another makes it anew, and keeps it if it
//! may. A register that cannot be read leaves the last good one in force.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Term};

use super::error::IndexError;
use super::files::Stamp;
use super::folder::{Index, replace_file};
use super::schema::Keyword;
use super::snapshot::Snapshot;
use super::tokenizers::whole_value_key;
use crate::article::{Article, Kind, Name, Provenance};
use crate::entities::{
    Change, Company, Did, Directory, EditError, History, HistoryError, Register, RegisterFault,
    Seen, directory_of, edit,
};

/// Why the register was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The change itself is impossible.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// There is nothing to take back, or it cannot be taken back.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The index could not be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// The register's part of an index folder.
pub(super) struct Registry {
    root: PathBuf,
    loaded: Mutex<Option<Arc<Loaded>>>,
}

/// A directory with what it was made from.
pub(super) struct Loaded {
    key: Key,
    pub(super) directory: Directory,
    /// Why the register is not the one in its file.
    pub(super) fault: Option<RegisterFault>,
}

/// What a directory is valid for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
struct Key {
    /// The way a directory is made; another version makes its own.
    version: u32,
    /// What the register's file looked like; nothing if there was none.
    register: Option<Stamp>,
    /// A digest of the segments with how many articles are alive in each.
    articles: String,
}

/// Goes up when the same names would give another directory.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    key: Key,
    length: usize,
    fault: Option<(usize, usize, String)>,
}

impl Registry {
    pub(super) fn new(root: &Path) -> Registry {
        Registry {
            root: root.to_owned(),
            loaded: Mutex::new(None),
        }
    }

    fn register_path(&self) -> PathBuf {
        self.root.join("entities.toml")
    }

    fn folder(&self) -> PathBuf {
        self.root.join("entities")
    }

    /// Returns the directory for the articles of `snapshot` and the register as it is.
    pub(super) fn load(&self, snapshot: &Snapshot) -> Result<Arc<Loaded>, IndexError> {
        let key = Key {
            version: VERSION,
            register: stamp(&self.register_path())?,
            articles: snapshot.state(),
        };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.as_ref().filter(|known| known.key == key) {
            return Ok(Arc::clone(known));
        }
        let fresh = match self.kept(&key) {
            Some(kept) => kept,
            None => self.make(key, snapshot)?,
        };
        let fresh = Arc::new(fresh);
        *loaded = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Returns the directory on disk, if it is the one for `key`.
    fn kept(&self, key: &Key) -> Option<Loaded> {
        let file = File::open(self.folder().join("directory")).ok()?;
        let bytes = usize::try_from(file.metadata().ok()?.len()).ok()?;
        let mut file = BufReader::with_capacity(1024, file);
        let mut header = Vec::new();
        file.read_until(b'\n', &mut header).ok()?;
        let begin = header.len();
        let header: Header = serde_json::from_slice(&header).ok()?;
        if header.key != *key || begin.checked_add(header.length) != Some(bytes) {
            return None;
        }
        // Every command line reads it: it is read where it stays.
        let mut body = Vec::with_capacity(header.length + 1);
        file.read_to_end(&mut body).ok()?;
        let fault = header.fault.map(|(line, column, reason)| RegisterFault {
            line,
            column,
            reason,
        });
        Some(Loaded {
            key: header.key,
            directory: Directory::from_bytes(body)?,
            fault,
        })
    }

    fn make(&self, key: Key, snapshot: &Snapshot) -> Result<Loaded, IndexError> {
        let (register, fault, text) = self.register_in_force()?;
        let seen = snapshot.seen_names()?;
        let mut neighbors = Neighbors::new(snapshot);
        // Evidence is a help: without it two names stay apart.
        let mut company = |a: usize, b: usize| {
            let pair = seen.get(a).zip(seen.get(b));
            pair.and_then(|(a, b)| {
                let a = [(a.kind, a.name.clone())];
                let b = [(b.kind, b.name.clone())];
                neighbors.company(&a, &b).ok()
            })
            .unwrap_or_default()
        };
        let directory = directory_of(&seen, &register, &mut company);
        let loaded = Loaded {
            key,
            directory,
            fault,
        };
        // Whoever may only read the folder makes it again next time.
        let _ = self.keep(&loaded, text.as_deref());
        Ok(loaded)
    }

    fn keep(&self, loaded: &Loaded, good: Option<&str>) -> Result<(), IndexError> {
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(IndexError::io(&folder))?;
        if let Some(text) = good {
            let path = folder.join("good.toml");
            if fs::read_to_string(&path).ok().as_deref() != Some(text) {
                replace_file(&path, text.as_bytes())?;
            }
        }
        let fault = loaded.fault.clone();
        let header = Header {
            key: loaded.key.clone(),
            length: loaded.directory.bytes().len(),
            fault: fault.map(|fault| (fault.line, fault.column, fault.reason)),
        };
        let mut bytes = serde_json::to_vec(&header).expect("strings and numbers are always JSON");
        bytes.push(b'\n');
        bytes.extend(loaded.directory.bytes());
        replace_file(&folder.join("directory"), &bytes)
    }

    /// Returns the register that counts, the fault of the file if that is another, and
    /// the text of a file without fault.
    fn register_in_force(
        &self,
    ) -> Result<(Register, Option<RegisterFault>, Option<String>), IndexError> {
        let text = read_text(&self.register_path())?;
        let parsed = match &text {
            None => Ok(Register::default()),
            Some(text) => text
                .as_deref()
                .map_err(Clone::clone)
                .and_then(Register::parse),
        };
        match parsed {
            Ok(register) => Ok((
                register,
                None,
                Some(text.and_then(Result::ok).unwrap_or_default()),
            )),
            Err(fault) => {
                let good = read_text(&self.folder().join("good.toml"))?;
                let good = good.and_then(Result::ok).unwrap_or_default();
                let register = Register::parse(&good).unwrap_or_default();
                Ok((register, Some(fault), None))
            }
        }
    }

    /// Returns the register's text as it is; an error if it is no text.
    fn current(&self) -> Result<Option<String>, RegisterError> {
        match read_text(&self.register_path())? {
            None => Ok(None),
            Some(text) => Ok(Some(text.map_err(EditError::Before)?)),
        }
    }

    fn lock(&self) -> Result<File, IndexError> {
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(IndexError::io(&folder))?;
        let path = folder.join("lock");
        let file = File::create(&path).map_err(IndexError::io(&path))?;
        file.lock().map_err(IndexError::io(&path))?;
        Ok(file)
    }

    fn note(&self, lines: &str) -> Result<(), IndexError> {
        let path = self.folder().join("steps.jsonl");
        let append = || -> io::Result<()> {
            let mut file = File::options().create(true).append(true).open(&path)?;
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        append().map_err(IndexError::io(&path))
    }

    fn history(&self) -> Result<History, IndexError> {
        let text = read_text(&self.folder().join("steps.jsonl"))?;
        Ok(History::parse(
            &text.and_then(Result::ok).unwrap_or_default(),
        ))
    }
}

impl Index {
    /// Returns the register that is in force, and the fault that keeps the one in the
    /// file from being it.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read.
    pub fn register(&self) -> Result<(Register, Option<RegisterFault>), IndexError> {
        let (register, fault, _) = self.registry().register_in_force()?;
        Ok((register, fault))
    }

    /// Returns the path of the register.
    pub fn register_path(&self) -> PathBuf {
        self.registry().register_path()
    }

    /// Returns the register's text with `changes` made, without making them.
    ///
    /// # Errors
    ///
    /// If the register is faulty or would be.
    pub fn preview(&self, changes: &[Change]) -> Result<String, RegisterError> {
        let text = self.registry().current()?.unwrap_or_default();
        Ok(edit(&text, changes)?)
    }

    /// Makes `changes` as one step that can be undone; returns false if there was
    /// nothing to change. They act on the next snapshot.
    ///
    /// # Errors
    ///
    /// If the register is faulty or would be; then nothing was changed.
    pub fn change_register(&self, did: Did<'_>, changes: &[Change]) -> Result<bool, RegisterError> {
        let registry = self.registry();
        let _lock = registry.lock()?;
        let before = registry.current()?;
        let after = edit(before.as_deref().unwrap_or_default(), changes)?;
        if before.as_deref().unwrap_or_default() == after {
            return Ok(false);
        }
        let line = registry.history()?.line_for(did, before.as_deref(), &after);
        registry.note(&format!("\n{line}"))?;
        replace_file(&registry.register_path(), after.as_bytes())?;
        Ok(true)
    }

    /// Takes the last step back, exactly; returns what it was and when it was done.
    ///
    /// # Errors
    ///
    /// If there is none, or the register was edited by hand since.
    pub fn undo_register(&self, at: &str) -> Result<(String, String), RegisterError> {
        let registry = self.registry();
        let _lock = registry.lock()?;
        let now = registry.current()?;
        let history = registry.history()?;
        let (step, before, lines) = history.undo(at, now.as_deref())?;
        let path = registry.register_path();
        match before {
            Some(text) => replace_file(&path, text.as_bytes())?,
            None => fs::remove_file(&path).map_err(IndexError::io(&path))?,
        }
        registry.note(&format!("\n{lines}"))?;
        Ok((step.did.clone(), step.at.clone()))
    }
}

impl Index {
    /// Returns the step that [`Index::undo_register`] would take back, and when it was
    /// done.
    ///
    /// # Errors
    ///
    /// If there is none, or it could not be taken back.
    pub fn last_register_step(&self, at: &str) -> Result<(String, String), RegisterError> {
        let registry = self.registry();
        let now = registry.current()?;
        let history = registry.history()?;
        let (step, ..) = history.undo(at, now.as_deref())?;
        Ok((step.did.clone(), step.at.clone()))
    }
}

impl Snapshot {
    /// Returns why the register is not the one in its file, if it is not.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn register_fault(&self) -> Result<Option<&RegisterFault>, IndexError> {
        Ok(self.loaded()?.fault.as_ref())
    }

    pub(super) fn directory(&self) -> Result<&Directory, IndexError> {
        Ok(&self.loaded()?.directory)
    }

    /// Returns a digest of which articles there are.
    pub fn state(&self) -> String {
        let segments = self.searcher.segment_readers().iter();
        let mut segments: Vec<String> = segments
            .map(|segment| {
                format!(
                    "{}:{}",
                    segment.segment_id().uuid_string(),
                    segment.num_docs()
                )
            })
            .collect();
        segments.sort();
        blake3::hash(segments.join(",").as_bytes()).to_hex()[..16].to_owned()
    }

    /// Returns every stored name with how many articles have it.
    fn seen_names(&self) -> Result<Vec<Seen>, IndexError> {
        let mut seen: BTreeMap<(Kind, String), (u64, u64)> = BTreeMap::new();
        for kind in Kind::ALL {
            for (name, count) in self.count_values(Keyword::Name(kind, Provenance::Extracted))? {
                seen.entry((kind, name)).or_default().0 += count;
            }
            for (name, count) in self.count_values(Keyword::Name(kind, Provenance::Gold))? {
                seen.entry((kind, name)).or_default().1 += count;
            }
        }
        let seen = seen.into_iter();
        Ok(seen
            .map(|((kind, name), (extracted, gold))| Seen {
                kind,
                name,
                extracted,
                gold,
            })
            .collect())
    }
}

/// Gives an article's names the names, kinds and company that the directory says.
pub(super) fn apply(directory: &Directory, article: &mut Article) {
    if directory.is_empty() {
        return;
    }
    let mut names: Vec<Name> = Vec::with_capacity(article.names.len());
    for mut name in std::mem::take(&mut article.names) {
        if let Some(entity) = directory.find(name.kind, &name.canonical) {
            if entity.is_hidden() {
                continue;
            }
            name.kind = entity.kind();
            if entity.is_registered() || name.provenance == Provenance::Extracted {
                name.canonical = entity.name().to_owned();
            }
        }
        let is_same = |known: &&mut Name| {
            (known.kind, known.provenance) == (name.kind, name.provenance)
                && known.canonical == name.canonical
        };
        match names.iter_mut().find(is_same) {
            None => names.push(name),
            Some(known) => {
                known.mentions.extend(name.mentions);
                known.mentions.sort_unstable();
                known.mentions.dedup();
            }
        }
    }
    names.sort_by_key(|name| {
        let first = name.mentions.first();
        let place = first.map(|mention| (mention.part, mention.span));
        (name.kind, name.provenance, place)
    });
    article.names = names;
}

/// The names that stand beside a name, with in how many articles they do.
type Beside = HashMap<(Kind, String), f64>;

/// The articles of a name, by segment and number, and what stands beside it there.
type Surroundings = (Vec<(u32, u32)>, Beside);

/// Finds what company names keep; remembers what it found.
pub(super) struct Neighbors<'s> {
    snapshot: &'s Snapshot,
    known: HashMap<Vec<(Kind, String)>, Arc<Surroundings>>,
}

impl<'s> Neighbors<'s> {
    /// Articles that are looked at for one name; more say nothing new.
    const MOST_ARTICLES: usize = 2_000;

    pub(super) fn new(snapshot: &'s Snapshot) -> Neighbors<'s> {
        Neighbors {
            snapshot,
            known: HashMap::new(),
        }
    }

    /// Returns what company two entities keep, given the stored names of each.
    pub(super) fn company(
        &mut self,
        one: &[(Kind, String)],
        other: &[(Kind, String)],
    ) -> Result<Company, IndexError> {
        let (one, other) = (self.of(one)?, self.of(other)?);
        let (docs, beside) = &*one;
        let (other_docs, other_beside) = &*other;
        let together = docs
            .iter()
            .filter(|doc| other_docs.binary_search(doc).is_ok());
        let together = together.count() as u64;
        let common = beside
            .iter()
            .filter_map(|(name, count)| Some((count, other_beside.get(name)?)));
        let (mut shared, mut product) = (0, 0.0);
        for (count, other) in common {
            shared += 1;
            product += count * other;
        }
        let length = |beside: &Beside| beside.values().map(|count| count * count).sum::<f64>();
        let lengths = (length(beside) * length(other_beside)).sqrt();
        let likeness = if lengths > 0.0 {
            product / lengths
        } else {
            0.0
        };
        Ok(Company {
            together,
            shared,
            likeness,
        })
    }

    fn of(&mut self, names: &[(Kind, String)]) -> Result<Arc<Surroundings>, IndexError> {
        if let Some(known) = self.known.get(names) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(self.look(names)?);
        self.known.insert(names.to_vec(), Arc::clone(&found));
        Ok(found)
    }

    fn look(&self, names: &[(Kind, String)]) -> Result<Surroundings, IndexError> {
        let mut all = Vec::new();
        let mut beside = Beside::new();
        let segments = self.snapshot.searcher.segment_readers().iter().enumerate();
        for (ordinal, segment) in segments {
            let mut docs: Vec<u32> = Vec::new();
            for (kind, name) in names {
                for provenance in [Provenance::Gold, Provenance::Extracted] {
                    let field = self
                        .snapshot
                        .fields
                        .keyword(Keyword::Name(*kind, provenance));
                    let term = Term::from_field_text(field, &whole_value_key(name));
                    let index = segment.inverted_index(field)?;
                    let postings = index.read_postings(&term, IndexRecordOption::Basic);
                    let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else {
                        continue;
                    };
                    while postings.doc() != tantivy::TERMINATED {
                        if !segment.is_deleted(postings.doc()) {
                            docs.push(postings.doc());
                        }
                        postings.advance();
                    }
                }
            }
            docs.sort_unstable();
            docs.dedup();
            all.extend(docs.iter().map(|doc| (ordinal as u32, *doc)));
            docs.truncate(Self::MOST_ARTICLES);
            for keyword in Keyword::ALL {
                let Keyword::Name(kind, _) = keyword else {
                    continue;
                };
                let Some(column) = segment.fast_fields().str(keyword.name())? else {
                    continue;
                };
                let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
                for doc in &docs {
                    for ord in column.term_ords(*doc) {
                        *counts.entry(ord).or_default() += 1.0;
                    }
                }
                let ords: Vec<u64> = counts.keys().copied().collect();
                let mut counts = counts.values();
                column
                    .dictionary()
                    .sorted_ords_to_term_cb(&ords, |term| {
                        let name = String::from_utf8_lossy(term).into_owned();
                        let count = counts.next().copied().unwrap_or_default();
                        *beside.entry((kind, name)).or_default() += count;
                    })
                    .map_err(tantivy::TantivyError::from)?;
            }
        }
        beside.retain(|(kind, name), _| {
            let key = whole_value_key(name);
            !names
                .iter()
                .any(|(own, own_name)| own == kind && whole_value_key(own_name) == key)
        });
        Ok((all, beside))
    }
}

fn stamp(path: &Path) -> Result<Option<Stamp>, IndexError> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(IndexError::io(path))?,
    };
    let modified = metadata.modified().ok();
    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    Ok(Some(Stamp {
        size: metadata.len(),
        modified_ns: since.map_or(0, |since| since.as_nanos() as i64),
    }))
}

/// Returns the text of a file, if there is one; a fault if it is no text.
fn read_text(path: &Path) -> Result<Option<Result<String, RegisterFault>>, IndexError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(IndexError::io(path))?,
    };
    Ok(Some(String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..valid];
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        RegisterFault {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count()
                + 1,
            reason: "text is not UTF-8".to_owned(),
        }
    })))
}
