//! Counts articles under a request: by person, organization and place after the
//! register, and by month.
//!
//! A count is the number of different articles that have any name of the entity, so
//! that it is what a search filtered by the entity finds. Names are read from columns;
//! no article is. Linear in the matching articles and their names.

use std::collections::HashMap;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::error::IndexError;
use super::name_filter::provenances;
use super::schema::{Keyword, Number};
use super::snapshot::Snapshot;
use crate::article::{Kind, Provenance};
use crate::entities::Directory;
use crate::query::{NameSource, Request};
use crate::text::fold_name;

/// An entity with how many articles name it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntityCount {
    /// What it is.
    pub kind: Kind,
    /// The name it is shown under.
    pub name: String,
    /// How many articles name it.
    pub articles: u64,
}

/// Entities that were met, numbered from 0, each with its kind and shown name.
pub(super) type Met = Vec<(Kind, String)>;

impl Snapshot {
    /// Counts the articles that match `request` and name each person, organization or
    /// place: the most frequent first, equal ones in alphabetical order. Which names
    /// count is for `request.names` to say; hidden ones do not.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn count_entities(
        &self,
        request: &Request,
        kind: Kind,
    ) -> Result<Vec<EntityCount>, IndexError> {
        let mut counts: Vec<u64> = Vec::new();
        let met = self.visit_entities(request, &[kind], |entities| {
            for entity in entities {
                let at = *entity as usize;
                if counts.len() <= at {
                    counts.resize(at + 1, 0);
                }
                counts[at] += 1;
            }
        })?;
        let mut counted: Vec<EntityCount> = met
            .into_iter()
            .zip(counts)
            .map(|((kind, name), articles)| EntityCount {
                kind,
                name,
                articles,
            })
            .collect();
        counted.sort_by(|a, b| {
            b.articles
                .cmp(&a.articles)
                .then_with(|| a.name.cmp(&b.name))
        });
        Ok(counted)
    }

    /// Counts the articles that match `request` by month, as yyyymm, in order; those
    /// without a date are left out.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn count_months(&self, request: &Request) -> Result<Vec<(u64, u64)>, IndexError> {
        let mut months: HashMap<u64, u64> = HashMap::new();
        for (segment, docs) in self.matching(request)? {
            let segment = self.searcher.segment_reader(segment);
            let column = segment.fast_fields().u64(Number::Month.name())?;
            for month in docs.into_iter().filter_map(|doc| column.first(doc)) {
                *months.entry(month).or_default() += 1;
            }
        }
        let mut months: Vec<(u64, u64)> = months.into_iter().collect();
        months.sort_unstable();
        Ok(months)
    }

    /// Calls `visit` once for each article that matches `request`, with the numbers of
    /// the entities of `kinds` that it names, each once; returns what the numbers mean.
    pub(super) fn visit_entities(
        &self,
        request: &Request,
        kinds: &[Kind],
        mut visit: impl FnMut(&[u32]),
    ) -> Result<Met, IndexError> {
        let directory = self.directory()?;
        let mut numbers = Numbers::new(directory, kinds, request.names);
        let columns = columns(directory, kinds, request.names);
        for (segment, docs) in self.matching(request)? {
            let segment = self.searcher.segment_reader(segment);
            let mut opened = Vec::new();
            for (kind, provenance) in &columns {
                let name = Keyword::Name(*kind, *provenance).name();
                if let Some(column) = segment.fast_fields().str(name)? {
                    let numbered = numbers.of_column(*kind, &column, &docs)?;
                    opened.push((column, numbered));
                }
            }
            let mut entities: Vec<u32> = Vec::new();
            for doc in docs {
                entities.clear();
                for (column, numbered) in &opened {
                    let found = column.term_ords(doc).filter_map(|ord| numbered.of(ord));
                    entities.extend(found);
                }
                entities.sort_unstable();
                entities.dedup();
                visit(&entities);
            }
        }
        Ok(numbers.met)
    }
}

/// Returns the columns in which names of `kinds` may stand: their own, and those of
/// kinds that the register says they were mistaken for.
fn columns(directory: &Directory, kinds: &[Kind], source: NameSource) -> Vec<(Kind, Provenance)> {
    let mut stored: Vec<Kind> = kinds.to_vec();
    for entity in directory.entities().filter(|entity| entity.is_registered()) {
        if kinds.contains(&entity.kind()) {
            stored.extend(entity.names().map(|name| name.kind));
        }
    }
    stored.sort_unstable();
    stored.dedup();
    let who = |kind| provenances(source).iter().map(move |one| (kind, *one));
    stored.into_iter().flat_map(who).collect()
}

/// Gives entities numbers as they are met.
struct Numbers<'d> {
    directory: &'d Directory,
    kinds: &'d [Kind],
    source: NameSource,
    met: Met,
    /// By place in the directory.
    entities: HashMap<usize, u32>,
    /// Names that stand for themselves, folded.
    names: HashMap<(Kind, String), u32>,
}

/// The numbers of a column's values that were met.
struct Numbered(Vec<u32>);

impl Numbered {
    const NONE: u32 = u32::MAX;

    fn of(&self, ord: u64) -> Option<u32> {
        let number = self.0.get(ord as usize).copied();
        number.filter(|number| *number != Numbered::NONE)
    }
}

impl<'d> Numbers<'d> {
    fn new(directory: &'d Directory, kinds: &'d [Kind], source: NameSource) -> Numbers<'d> {
        Numbers {
            directory,
            kinds,
            source,
            met: Vec::new(),
            entities: HashMap::new(),
            names: HashMap::new(),
        }
    }

    fn of_column(
        &mut self,
        kind: Kind,
        column: &StrColumn,
        docs: &[DocId],
    ) -> Result<Numbered, IndexError> {
        let mut is_seen = vec![false; column.num_terms()];
        for doc in docs {
            for ord in column.term_ords(*doc) {
                if let Some(seen) = is_seen.get_mut(ord as usize) {
                    *seen = true;
                }
            }
        }
        let seen = is_seen.iter().enumerate().filter(|(_, seen)| **seen);
        let ords: Vec<u64> = seen.map(|(ord, _)| ord as u64).collect();
        let mut numbers = Vec::with_capacity(ords.len());
        column
            .dictionary()
            .sorted_ords_to_term_cb(&ords, |term| {
                let name = String::from_utf8_lossy(term);
                numbers.push(self.of_name(kind, &name));
            })
            .map_err(tantivy::TantivyError::from)?;
        let mut numbered = vec![Numbered::NONE; column.num_terms()];
        for (ord, number) in ords.into_iter().zip(numbers) {
            numbered[ord as usize] = number.unwrap_or(Numbered::NONE);
        }
        Ok(Numbered(numbered))
    }

    /// Returns the number of the entity that `name`, stored under `kind`, belongs to;
    /// none for what is hidden or of another kind.
    fn of_name(&mut self, kind: Kind, name: &str) -> Option<u32> {
        let Some(entity) = self.directory.find(kind, name) else {
            if !self.kinds.contains(&kind) {
                return None;
            }
            // A filter makes no difference between cases and accents, and neither does a count.
            let key = (kind, fold_name(name));
            if let Some(number) = self.names.get(&key) {
                // Of several spellings the first in alphabetical order is shown: capitals.
                let shown = &mut self.met[*number as usize].1;
                if name < shown.as_str() {
                    name.clone_into(shown);
                }
                return Some(*number);
            }
            let number = self.met.len() as u32;
            self.met.push((kind, name.to_owned()));
            self.names.insert(key, number);
            return Some(number);
        };
        if entity.is_hidden() || !self.kinds.contains(&entity.kind()) {
            return None;
        }
        let number = self.entities.entry(entity.number()).or_insert_with(|| {
            let shown = match self.source {
                NameSource::Gold => entity.gold_name(),
                NameSource::Any | NameSource::Extracted => entity.name(),
            };
            self.met.push((entity.kind(), shown.to_owned()));
            self.met.len() as u32 - 1
        });
        Some(*number)
    }
}
