//! Watches: queries that are asked again and again, and report what is new.
//!
//! ```text
//! index/watches/
//!   NAME             the query, and every article that matched so far
//!   NAME.report      what a run found, until it was delivered
//! ```
//!
//! A story is reported when an article of it matches that never matched before, and no copy
//! of it did: because it was added, was changed, or a name was united with another. A run
//! writes its report down, delivers it, and only then notes what it has seen. A run that is
//! killed in between is made good by the next one, which delivers that same report.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::error::IndexError;
use super::folder::{Index, replace_file, sync_folder};
use super::snapshot::Snapshot;
use crate::article::{Article, ArticleId};
use crate::query::{self, Filters, NameSource, Query, Request};

/// A query that is asked again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// The query as typed; relative dates are those of the day it is asked.
    pub query: String,
    /// Its filters.
    #[serde(flatten)]
    pub filters: StoredFilters,
    /// A feed that is written after each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rss: Option<PathBuf>,
    /// A command that is given each report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<String>,
    /// When it was made, in UTC.
    pub made_at: String,
    /// When it last ran to its end, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<String>,
    /// How many stories it reported in all.
    #[serde(default)]
    pub reported: u64,
    /// The stories it reported last, the latest first, for the feed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latest: Vec<Item>,
}

/// Filters as a watch keeps them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredFilters {
    /// Names of people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub person: Vec<String>,
    /// Names of organizations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub org: Vec<String>,
    /// Names of places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub place: Vec<String>,
    /// Names of papers, agencies or sites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<String>,
    /// Languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lang: Vec<String>,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Which names are looked at: `gold`, `extracted`, or any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
}

impl StoredFilters {
    /// Returns what is to be kept of `filters` and `names`.
    pub fn of(filters: Filters, names: NameSource) -> StoredFilters {
        let provenance = match names {
            NameSource::Any => None,
            NameSource::Gold => Some("gold".to_owned()),
            NameSource::Extracted => Some("extracted".to_owned()),
        };
        StoredFilters {
            person: filters.people,
            org: filters.organizations,
            place: filters.places,
            source: filters.sources,
            lang: filters.languages,
            from: filters.from.map(|day| day.to_string()),
            to: filters.to.map(|day| day.to_string()),
            provenance,
        }
    }

    fn filters(&self) -> Filters {
        let day = |text: &str| text.parse().ok();
        Filters {
            people: self.person.clone(),
            organizations: self.org.clone(),
            places: self.place.clone(),
            sources: self.source.clone(),
            languages: self.lang.clone(),
            from: self.from.as_deref().and_then(day),
            to: self.to.as_deref().and_then(day),
        }
    }

    fn names(&self) -> NameSource {
        match self.provenance.as_deref() {
            Some("gold") => NameSource::Gold,
            Some("extracted") => NameSource::Extracted,
            _ => NameSource::Any,
        }
    }
}

/// A story that is new to a watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The id of its earliest article that is new.
    pub id: String,
    /// The headline, or the beginning of the text.
    pub title: String,
    /// The first paragraph.
    pub lead: String,
    /// When it was published, in ISO 8601.
    pub published: Option<String>,
    /// The paper, agency or site.
    pub source: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// How many more new articles are copies of it.
    pub copies: u64,
    /// When it was reported, in UTC.
    pub reported_at: String,
}

/// What a run of a watch found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchReport {
    /// The stories that are new, the latest published first.
    pub items: Vec<Item>,
    /// When it was made, in UTC.
    pub made_at: String,
    /// Whether an earlier run made it, and was cut off before it was delivered.
    #[serde(skip)]
    pub is_late: bool,
}

/// Why a watch cannot be made or run.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// Not a name.
    #[error("{0:?} is no name for a watch; use letters, digits, - and _")]
    Name(String),
    /// There is one already.
    #[error("there is a watch {0:?} already; remove it first")]
    Exists(String),
    /// There is none.
    #[error("there is no watch {name:?}{}", listed(.known))]
    Unknown {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The query cannot be read.
    #[error("cannot read the query of the watch: {0}")]
    Query(query::QueryError),
    /// The report could not be delivered; the next run delivers it again.
    #[error("the report could not be delivered: {0}; the next run tries again")]
    Delivery(String),
    /// The index cannot be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "; `newsdex watch add` makes one".to_owned(),
        names => format!("; there are {}", names.join(", ")),
    }
}

/// Stories that a watch keeps for its feed.
const LATEST: usize = 100;

/// A digest of an article's id.
type Digest = [u8; 16];

fn digest(id: &str) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..16]);
    digest
}

impl Watch {
    /// Returns what the watch asks on the day `today`.
    ///
    /// # Errors
    ///
    /// If its query cannot be read.
    pub fn request(&self, today: Date) -> Result<Request, WatchError> {
        let filters = self.filters.filters();
        let query = match self.query.trim() {
            "" if !filters.is_empty() => Query::All,
            text => query::parse(text, today).map_err(WatchError::Query)?.query,
        };
        let mut request = Request::new(query);
        (request.filters, request.names) = (filters, self.filters.names());
        Ok(request)
    }
}

impl Index {
    /// Returns the watches, in alphabetical order.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn watches(&self) -> Result<Vec<Watch>, IndexError> {
        let mut watches = Vec::new();
        for name in watch_names(self.root())? {
            watches.extend(read(self.root(), &name)?.map(|(watch, _)| watch));
        }
        Ok(watches)
    }

    /// Makes a watch. What matches now is not new to it.
    ///
    /// # Errors
    ///
    /// If its name or its query cannot be used, or there is one of that name.
    pub fn add_watch(&self, watch: &Watch, today: Date) -> Result<(), WatchError> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if watch.name.is_empty() || watch.name.len() > 100 || !watch.name.chars().all(is_name) {
            return Err(WatchError::Name(watch.name.clone()));
        }
        let _lock = lock(self.root())?;
        if read(self.root(), &watch.name)?.is_some() {
            return Err(WatchError::Exists(watch.name.clone()));
        }
        let request = watch.request(today)?;
        let mut seen = Vec::new();
        let snapshot = self.snapshot()?;
        snapshot.visit_ids(&request, |id| seen.push(digest(&id)))?;
        Ok(write(self.root(), watch, seen)?)
    }

    /// Removes the watch `name`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn remove_watch(&self, name: &str) -> Result<(), WatchError> {
        let _lock = lock(self.root())?;
        self.watch(name)?;
        let folder = folder(self.root());
        for path in [report_path(self.root(), name), folder.join(name)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(IndexError::io(&path)(error).into());
                }
                _ => {}
            }
        }
        Ok(sync_folder(&folder)?)
    }

    fn watch(&self, name: &str) -> Result<(Watch, Vec<Digest>), WatchError> {
        let found = match watch_names(self.root())?.iter().any(|known| known == name) {
            true => read(self.root(), name)?,
            false => None,
        };
        match found {
            Some(found) => Ok(found),
            None => Err(WatchError::Unknown {
                name: name.to_owned(),
                known: watch_names(self.root())?,
            }),
        }
    }

    /// Runs the watch `name` on the day `today`, at the time `now`: has `deliver` deliver
    /// what is new, and notes it as seen once that has worked. `deliver` is given the watch
    /// as it will be, and is called when there is nothing new, too.
    ///
    /// # Errors
    ///
    /// If there is none, or its report could not be delivered; then the next run delivers
    /// the same.
    pub fn run_watch(
        &self,
        name: &str,
        today: Date,
        now: &str,
        deliver: &mut dyn FnMut(&Watch, &WatchReport) -> Result<(), String>,
    ) -> Result<WatchReport, WatchError> {
        let _lock = lock(self.root())?;
        let (mut watch, mut seen) = self.watch(name)?;
        let path = report_path(self.root(), name);
        let request = watch.request(today)?;
        let snapshot = self.snapshot()?;
        let mut matching = Vec::new();
        snapshot.visit_ids(&request, |id| matching.push(id))?;
        let report = match waiting(&path) {
            Some(report) => report,
            None => {
                let known: HashSet<Digest> = seen.iter().copied().collect();
                let items = snapshot.new_stories(&matching, &known, now)?;
                let made_at = now.to_owned();
                let report = WatchReport {
                    items,
                    made_at,
                    is_late: false,
                };
                if !report.items.is_empty() {
                    let text = serde_json::to_vec(&Waiting::of(&report, &matching));
                    replace_file(&path, &text.expect("strings are always JSON"))?;
                }
                report
            }
        };
        // What a late report was made of is seen; what came since is for the next run.
        let delivered = match report.is_late {
            true => Waiting::matching(&path).unwrap_or_default(),
            false => matching,
        };
        watch.last_run = Some(now.to_owned());
        watch.reported += report.items.len() as u64;
        watch.latest = report
            .items
            .iter()
            .chain(&watch.latest)
            .take(LATEST)
            .cloned()
            .collect();
        deliver(&watch, &report).map_err(WatchError::Delivery)?;
        seen.extend(delivered.iter().map(|id| digest(id)));
        write(self.root(), &watch, seen)?;
        if !report.items.is_empty() {
            fs::remove_file(&path).map_err(IndexError::io(&path))?;
        }
        Ok(report)
    }
}

/// A report that was not yet delivered, with the articles that matched.
#[derive(Serialize, Deserialize)]
struct Waiting {
    report: WatchReport,
    matching: Vec<String>,
}

impl Waiting {
    fn of(report: &WatchReport, matching: &[String]) -> Waiting {
        Waiting {
            report: report.clone(),
            matching: matching.to_vec(),
        }
    }

    fn read(path: &Path) -> Option<Waiting> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    fn matching(path: &Path) -> Option<Vec<String>> {
        Waiting::read(path).map(|waiting| waiting.matching)
    }
}

fn waiting(path: &Path) -> Option<WatchReport> {
    let mut report = Waiting::read(path)?.report;
    report.is_late = true;
    Some(report)
}

impl Snapshot {
    /// Returns the stories of `matching` of which nothing was known, the latest first.
    fn new_stories(
        &self,
        matching: &[String],
        known: &HashSet<Digest>,
        now: &str,
    ) -> Result<Vec<Item>, IndexError> {
        // New articles by story; those without copies are stories of their own.
        let mut stories: BTreeMap<(Option<u64>, &str), Vec<ArticleId>> = BTreeMap::new();
        let new = matching.iter().filter(|id| !known.contains(&digest(id)));
        for id in new {
            let Some(article) = ArticleId::new(id) else {
                continue;
            };
            let story = match self.address(&article)? {
                Some(address) => self.story_at(address)?,
                None => None,
            };
            let key = match story {
                Some(story) => (Some(story), ""),
                None => (None, id.as_str()),
            };
            stories.entry(key).or_default().push(article);
        }
        let mut items = Vec::new();
        for ((story, _), articles) in stories {
            if story.is_some() && self.has_known_copy(&articles[0], known)? {
                continue;
            }
            let mut read: Vec<Article> = Vec::new();
            for id in &articles {
                read.extend(self.article(id)?);
            }
            // The earliest stands for all; those without a date come last.
            let age = |article: &Article| {
                let moment = article.published.map(|date| date.unix_seconds());
                (moment.is_none(), moment, article.id.clone())
            };
            let copies = read.len().saturating_sub(1) as u64;
            if let Some(article) = read.into_iter().min_by_key(age) {
                items.push((age(&article), item(&article, copies, now)));
            }
        }
        items.sort_by(|(a, _), (b, _)| b.1.cmp(&a.1).then_with(|| a.2.cmp(&b.2)));
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    fn has_known_copy(&self, id: &ArticleId, known: &HashSet<Digest>) -> Result<bool, IndexError> {
        let copies = self.copies(id)?.unwrap_or_default();
        let is_known =
            |copy: &super::stories::Copy| known.contains(&digest(copy.article.id.as_str()));
        Ok(copies.iter().any(is_known))
    }
}

fn item(article: &Article, copies: u64, now: &str) -> Item {
    let lead = article.lead();
    Item {
        id: article.id.to_string(),
        title: match article.title.is_empty() {
            true => lead.chars().take(100).collect(),
            false => article.title.clone(),
        },
        lead: lead.to_owned(),
        published: article.published.map(|date| date.to_string()),
        source: article.source.clone(),
        url: article.url.clone(),
        copies,
        reported_at: now.to_owned(),
    }
}

fn folder(root: &Path) -> PathBuf {
    root.join("watches")
}

fn report_path(root: &Path, name: &str) -> PathBuf {
    folder(root).join(format!("{name}.report"))
}

fn watch_names(root: &Path) -> Result<Vec<String>, IndexError> {
    let folder = folder(root);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(IndexError::io(&folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(IndexError::io(&folder))?.file_name();
        let name = name.to_string_lossy().into_owned();
        if !name.contains('.') && name != "lock" {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Keeps two runs apart for as long as it lives.
fn lock(root: &Path) -> Result<File, IndexError> {
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(IndexError::io(&folder))?;
    let path = folder.join("lock");
    let file = File::create(&path).map_err(IndexError::io(&path))?;
    file.lock().map_err(IndexError::io(&path))?;
    Ok(file)
}

/// Reads a watch: a line of JSON, then the digests of what it has seen.
fn read(root: &Path, name: &str) -> Result<Option<(Watch, Vec<Digest>)>, IndexError> {
    let path = folder(root).join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(IndexError::io(&path)(error)),
    };
    let damaged = |reason: &str| IndexError::Damaged {
        path: path.clone(),
        reason: reason.to_owned(),
    };
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let end = end.ok_or_else(|| damaged("it has no first line"))?;
    let watch: Watch =
        serde_json::from_slice(&bytes[..end]).map_err(|error| damaged(&error.to_string()))?;
    let (digests, rest) = bytes[end + 1..].as_chunks::<16>();
    match rest.is_empty() {
        true => Ok(Some((watch, digests.to_vec()))),
        false => Err(damaged("its end is cut off")),
    }
}

fn write(root: &Path, watch: &Watch, mut seen: Vec<Digest>) -> Result<(), IndexError> {
    seen.sort_unstable();
    seen.dedup();
    let mut bytes = serde_json::to_vec(watch).expect("strings and numbers are always JSON");
    bytes.push(b'\n');
    bytes.extend(seen.as_flattened());
    replace_file(&folder(root).join(&watch.name), &bytes)
}
