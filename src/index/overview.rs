//! What an index holds, in numbers.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use jiff::civil::Date;

use super::error::IndexError;
use super::folder::Index;
use super::schema::{Keyword, Number};
use super::snapshot::Snapshot;
use crate::article::{Kind, Provenance};
use crate::query::{NameSource, Query, Request};

/// Values with how many articles have them, the most frequent first.
pub type Counts = Vec<(String, u64)>;

/// What an index holds.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// How many articles.
    pub articles: u64,
    /// How many stories they are: copies count once.
    pub stories: u64,
    /// How many bytes its folder takes.
    pub bytes: u64,
    /// How many words its articles have.
    pub words: u64,
    /// The first and the last day; none if no article has a date.
    pub days: Option<(Date, Date)>,
    /// How many articles have no date.
    pub undated: u64,
    /// Articles by source, the most frequent first.
    pub sources: Vec<(String, u64)>,
    /// Articles by language, the most frequent first.
    pub languages: Vec<(String, u64)>,
    /// Articles by language, of the languages in whose articles the model of names
    /// found none: it is for another language, or names were left out.
    pub untagged: Vec<(String, u64)>,
    /// Articles by name: people, then organizations, then places.
    pub names: Vec<(Kind, Provenance, Counts)>,
    /// Articles by editors' topic.
    pub topics: Vec<(String, u64)>,
    /// Articles by editors' stock exchange.
    pub exchanges: Vec<(String, u64)>,
}

impl Index {
    /// Counts what the index holds.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn overview(&self) -> Result<Overview, IndexError> {
        let snapshot = self.snapshot()?;
        let mut overview = Overview {
            articles: snapshot.articles(),
            stories: snapshot.stories()?,
            bytes: folder_bytes(self.root()),
            sources: snapshot.count_values(Keyword::Source)?,
            languages: snapshot.count_values(Keyword::Language)?,
            topics: snapshot.count_values(Keyword::Topic)?,
            exchanges: snapshot.count_values(Keyword::Exchange)?,
            ..Overview::default()
        };
        for kind in Kind::ALL {
            for provenance in [Provenance::Gold, Provenance::Extracted] {
                let counts = snapshot.count_names(kind, provenance)?;
                overview.names.push((kind, provenance, counts));
            }
        }
        overview.untagged = snapshot.untagged(&overview.languages)?;
        snapshot.add_numbers(&mut overview)?;
        Ok(overview)
    }
}

impl Snapshot {
    /// Counts the articles of each name after the register, the most frequent first.
    fn count_names(&self, kind: Kind, provenance: Provenance) -> Result<Counts, IndexError> {
        let mut request = Request::new(Query::All);
        request.names = match provenance {
            Provenance::Gold => NameSource::Gold,
            Provenance::Extracted => NameSource::Extracted,
        };
        let counts = self.count_entities(&request, kind)?.into_iter();
        Ok(counts.map(|count| (count.name, count.articles)).collect())
    }

    /// Counts the living articles of each value, the most frequent first, equal ones
    /// in alphabetical order.
    pub(super) fn count_values(&self, keyword: Keyword) -> Result<Vec<(String, u64)>, IndexError> {
        let mut totals: HashMap<String, u64> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let Some(column) = segment.fast_fields().str(keyword.name())? else {
                continue;
            };
            let mut counts = vec![0_u64; column.num_terms()];
            for doc in segment.doc_ids_alive() {
                for ordinal in column.term_ords(doc) {
                    counts[ordinal as usize] += 1;
                }
            }
            for (ordinal, count) in counts
                .into_iter()
                .enumerate()
                .filter(|(_, count)| *count > 0)
            {
                let mut value = String::new();
                let found = column.ord_to_str(ordinal as u64, &mut value);
                found.map_err(tantivy::TantivyError::from)?;
                *totals.entry(value).or_default() += count;
            }
        }
        let mut totals: Vec<(String, u64)> = totals.into_iter().collect();
        totals.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(totals)
    }

    /// Returns those of `languages` in whose articles no name was found.
    fn untagged(&self, languages: &[(String, u64)]) -> Result<Vec<(String, u64)>, IndexError> {
        let mut tagged: HashSet<String> = HashSet::new();
        for segment in self.searcher.segment_readers() {
            let columns = segment.fast_fields();
            let Some(language) = columns.str(Keyword::Language.name())? else {
                continue;
            };
            let mut names = Vec::new();
            for kind in Kind::ALL {
                names.extend(columns.str(Keyword::Name(kind, Provenance::Extracted).name())?);
            }
            let mut seen = vec![false; language.num_terms()];
            for doc in segment.doc_ids_alive() {
                if names
                    .iter()
                    .any(|names| names.term_ords(doc).next().is_some())
                {
                    for ordinal in language.term_ords(doc) {
                        seen[ordinal as usize] = true;
                    }
                }
            }
            for (ordinal, _) in seen.into_iter().enumerate().filter(|(_, seen)| *seen) {
                let mut value = String::new();
                let found = language.ord_to_str(ordinal as u64, &mut value);
                found.map_err(tantivy::TantivyError::from)?;
                tagged.insert(value);
            }
        }
        let untagged = languages
            .iter()
            .filter(|(language, _)| !tagged.contains(language));
        Ok(untagged.cloned().collect())
    }

    fn add_numbers(&self, overview: &mut Overview) -> Result<(), IndexError> {
        for segment in self.searcher.segment_readers() {
            let words = segment.fast_fields().u64(Number::Words.name())?;
            let day = segment.fast_fields().u64(Number::Day.name())?;
            for doc in segment.doc_ids_alive() {
                overview.words += words.first(doc).unwrap_or_default();
                overview.undated += u64::from(day.first(doc).is_none());
            }
        }
        overview.days = self.days()?;
        Ok(())
    }

    /// Returns the first and the last day that an article has; `None` if none has any.
    pub(super) fn days(&self) -> Result<Option<(Date, Date)>, IndexError> {
        let mut days: Option<(u64, u64)> = None;
        for segment in self.searcher.segment_readers() {
            let column = segment.fast_fields().u64(Number::Day.name())?;
            let alive = segment.doc_ids_alive();
            for day in alive.filter_map(|doc| column.first(doc)) {
                let (first, last) = days.unwrap_or((day, day));
                days = Some((first.min(day), last.max(day)));
            }
        }
        Ok(days.and_then(|(first, last)| Some((to_date(first)?, to_date(last)?))))
    }
}

pub(super) fn to_date(day: u64) -> Option<Date> {
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}
