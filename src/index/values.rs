//! Counts articles under a request by what their records say: topics, exchanges, sources,
//! languages, sections, tags, authors. Spellings that differ in case or accents are one
//! value, as they are for filters, shown in the most frequent one.

use std::collections::{BTreeMap, HashMap};

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::error::IndexError;
use super::facets::EntityCount;
use super::schema::Keyword;
use super::snapshot::Snapshot;
use crate::article::Kind;
use crate::query::{Field, Request};
use crate::text::fold_name;

/// What articles are counted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Facet {
    /// People, organizations or places, after the register.
    Names(Kind),
    /// Editors' subject codes.
    Topics,
    /// Editors' stock exchange codes.
    Exchanges,
    /// Papers, agencies and sites.
    Sources,
    /// Languages.
    Languages,
    /// Parts of papers.
    Sections,
    /// Words that articles are filed under.
    Tags,
    /// Authors.
    Bylines,
}

impl Facet {
    /// Every facet, in the order they are listed.
    pub const ALL: [Facet; 10] = [
        Facet::Names(Kind::Person),
        Facet::Names(Kind::Organization),
        Facet::Names(Kind::Place),
        Facet::Topics,
        Facet::Exchanges,
        Facet::Sources,
        Facet::Languages,
        Facet::Sections,
        Facet::Tags,
        Facet::Bylines,
    ];

    /// Returns the name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Facet::Names(kind) => kind.plural(),
            Facet::Topics => "topics",
            Facet::Exchanges => "exchanges",
            Facet::Sources => "sources",
            Facet::Languages => "languages",
            Facet::Sections => "sections",
            Facet::Tags => "tags",
            Facet::Bylines => "bylines",
        }
    }

    /// Returns the facet whose values `field` of the query language asks for.
    pub fn of_field(field: Field) -> Option<Facet> {
        Some(match field {
            Field::Person => Facet::Names(Kind::Person),
            Field::Organization => Facet::Names(Kind::Organization),
            Field::Place => Facet::Names(Kind::Place),
            Field::Topic => Facet::Topics,
            Field::Exchange => Facet::Exchanges,
            Field::Source => Facet::Sources,
            Field::Language => Facet::Languages,
            Field::Section => Facet::Sections,
            Field::Tag => Facet::Tags,
            Field::Author => Facet::Bylines,
            _ => return None,
        })
    }

    fn keyword(self) -> Option<Keyword> {
        Some(match self {
            Facet::Names(_) => return None,
            Facet::Topics => Keyword::Topic,
            Facet::Exchanges => Keyword::Exchange,
            Facet::Sources => Keyword::Source,
            Facet::Languages => Keyword::Language,
            Facet::Sections => Keyword::Section,
            Facet::Tags => Keyword::Tag,
            Facet::Bylines => Keyword::Byline,
        })
    }
}

/// A value with how many have it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How many articles have it; stories if the request shows copies once.
    pub count: u64,
}

/// The values of a facet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FacetCounts {
    /// How many articles match; stories if the request shows copies once.
    pub total: u64,
    /// Every value, the most frequent first, equal ones in alphabetical order.
    pub values: Vec<ValueCount>,
}

impl Snapshot {
    /// Counts the articles that match `request` by `facet`, exactly and all values. Where the
    /// request shows copies once, stories are counted, each by the article that it shows.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn facet(&self, request: &Request, facet: Facet) -> Result<FacetCounts, IndexError> {
        let matching = self.matching(request)?;
        let total = matching.iter().map(|(_, docs)| docs.len() as u64).sum();
        let values = match (facet, facet.keyword()) {
            (_, Some(keyword)) => self.count_keyword(&matching, keyword)?,
            (Facet::Names(kind), None) => {
                let counts = self.count_entities(request, kind)?.into_iter();
                let value = |EntityCount { name, articles, .. }| ValueCount {
                    value: name,
                    count: articles,
                };
                counts.map(value).collect()
            }
            _ => Vec::new(),
        };
        Ok(FacetCounts { total, values })
    }

    fn count_keyword(
        &self,
        matching: &[(u32, Vec<DocId>)],
        keyword: Keyword,
    ) -> Result<Vec<ValueCount>, IndexError> {
        // Counts by folded value, and of each spelling.
        let mut counts: HashMap<String, (u64, BTreeMap<String, u64>)> = HashMap::new();
        for (number, docs) in matching {
            let segment = self.searcher.segment_reader(*number);
            let Some(column) = segment.fast_fields().str(keyword.name())? else {
                continue;
            };
            for (key, spellings, articles) in count_column(&column, docs)? {
                let count = counts.entry(key).or_default();
                count.0 += articles;
                for (spelling, times) in spellings {
                    *count.1.entry(spelling).or_default() += times;
                }
            }
        }
        let shown = |(_, (count, spellings)): (String, (u64, BTreeMap<String, u64>))| {
            // The first of the most frequent in alphabetical order.
            let most = spellings.into_iter().rev().max_by_key(|(_, times)| *times);
            let value = most.map(|(spelling, _)| spelling).unwrap_or_default();
            ValueCount { value, count }
        };
        let mut values: Vec<ValueCount> = counts.into_iter().map(shown).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        Ok(values)
    }
}

/// A folded value, its spellings with how often each stands, and in how many articles any.
type Counted = (String, Vec<(String, u64)>, u64);

fn count_column(column: &StrColumn, docs: &[DocId]) -> Result<Vec<Counted>, IndexError> {
    let mut times = vec![0_u64; column.num_terms()];
    for doc in docs {
        for ordinal in column.term_ords(*doc) {
            times[ordinal as usize] += 1;
        }
    }
    let seen = times.iter().enumerate().filter(|(_, times)| **times > 0);
    let ordinals: Vec<u64> = seen.map(|(ordinal, _)| ordinal as u64).collect();
    let mut groups: HashMap<String, usize> = HashMap::new();
    let mut counted: Vec<Counted> = Vec::new();
    let mut group_of = vec![usize::MAX; column.num_terms()];
    let mut at = 0;
    column
        .dictionary()
        .sorted_ords_to_term_cb(&ordinals, |term| {
            let value = String::from_utf8_lossy(term).into_owned();
            let ordinal = ordinals[at] as usize;
            at += 1;
            let key = fold_name(&value);
            let group = *groups.entry(key.clone()).or_insert_with(|| {
                counted.push((key, Vec::new(), 0));
                counted.len() - 1
            });
            counted[group].1.push((value, times[ordinal]));
            group_of[ordinal] = group;
        })
        .map_err(tantivy::TantivyError::from)?;
    let mut met: Vec<usize> = Vec::new();
    for doc in docs {
        met.clear();
        met.extend(
            column
                .term_ords(*doc)
                .map(|ordinal| group_of[ordinal as usize]),
        );
        met.sort_unstable();
        met.dedup();
        met.iter().for_each(|group| counted[*group].2 += 1);
    }
    Ok(counted)
}
