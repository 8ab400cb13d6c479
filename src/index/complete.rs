//! Completes what is being typed: names, sources and other values with how many articles
//! have them, words of the articles, and names of fields.
//!
//! A value is proposed if it, or one of its words, begins as was typed, folded; the most
//! frequent first. Values are counted once a snapshot, on first use: linear in the articles
//! and their values. Words are read from the part of the dictionary that begins so.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::IndexError;
use super::marks::is_mark;
use super::snapshot::Snapshot;
use super::values::{Facet, ValueCount};
use crate::query::{Field, Query, Request, unfinished};
use crate::text::{fold, fold_word};

/// What may be meant by the end of an unfinished query.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Completions {
    /// The bytes of the query that a completion stands for.
    pub range: Range<usize>,
    /// What may be meant, the most frequent first.
    pub items: Vec<Completion>,
}

/// One thing that may be meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Completion {
    /// The value, word or field as a person reads it.
    pub shown: String,
    /// What the query has instead.
    pub insert: String,
    /// How many articles have it; nothing for fields.
    pub articles: Option<u64>,
}

/// Values of one facet, folded, with a blank before each word; the most frequent first.
type Values = Arc<Vec<(String, ValueCount)>>;

/// The values of facets that were asked for.
#[derive(Default)]
pub(super) struct KnownValues(Mutex<Vec<(Facet, Values)>>);

/// With less typed, words are not proposed: too many begin so (chosen).
const FEWEST_LETTERS: usize = 2;

impl Snapshot {
    /// Proposes at most `limit` ways to go on where a query is being typed.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn complete(
        &self,
        text: &str,
        cursor: usize,
        limit: usize,
    ) -> Result<Completions, IndexError> {
        let Some(unfinished) = unfinished(text, cursor) else {
            return Ok(Completions::default());
        };
        let mut items = Vec::new();
        if let Some(facet) = Facet::of_field(unfinished.field) {
            for value in self.complete_value(facet, &unfinished.typed, limit)? {
                items.push(Completion {
                    insert: unfinished.completed(&value.value),
                    shown: value.value,
                    articles: Some(value.count),
                });
            }
        } else if unfinished.field.is_text() {
            if unfinished.field == Field::Text && !unfinished.is_quoted {
                items.extend(fields_with(&unfinished.typed));
            }
            let (before, word) = last_word(&unfinished.typed);
            for value in self.complete_word(word, limit)? {
                let shown = format!("{before}{}", value.value);
                items.push(Completion {
                    insert: match before.is_empty() && !unfinished.is_quoted {
                        true => unfinished.completed(&shown),
                        // The phrase goes on.
                        false => {
                            let typed = text[unfinished.range.clone()].len() - word.len();
                            let kept = unfinished.range.start..unfinished.range.start + typed;
                            format!("{}{}", &text[kept], value.value)
                        }
                    },
                    shown,
                    articles: Some(value.count),
                });
            }
        }
        items.truncate(limit);
        Ok(Completions {
            range: unfinished.range,
            items,
        })
    }

    /// Proposes at most `limit` values of `facet` that begin, or have a word that begins, as
    /// `typed` does.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn complete_value(
        &self,
        facet: Facet,
        typed: &str,
        limit: usize,
    ) -> Result<Vec<ValueCount>, IndexError> {
        let beginning = format!(" {}", fold(typed));
        let values = self.values_of(facet)?;
        let matching = values.iter().filter(|(key, _)| match beginning.trim() {
            "" => true,
            _ => key.contains(&beginning),
        });
        Ok(matching
            .take(limit)
            .map(|(_, value)| value.clone())
            .collect())
    }

    /// Returns every value of a facet.
    fn values_of(&self, facet: Facet) -> Result<Values, IndexError> {
        let known = &self.known_values.0;
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, values)) = lock().iter().find(|(known, _)| *known == facet) {
            return Ok(values.clone());
        }
        let counted = self.facet(&Request::new(Query::All), facet)?.values;
        let keyed = counted
            .into_iter()
            .map(|value| (format!(" {}", fold(&value.value)), value));
        let values: Values = Arc::new(keyed.collect());
        lock().push((facet, values.clone()));
        Ok(values)
    }

    /// Proposes the words of the articles' texts that begin as `typed` does.
    fn complete_word(&self, typed: &str, limit: usize) -> Result<Vec<ValueCount>, IndexError> {
        let mut beginning = String::new();
        fold_word(typed, &mut beginning);
        if beginning.chars().count() < FEWEST_LETTERS {
            return Ok(Vec::new());
        }
        let mut counts: HashMap<String, u64> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.body)?;
            let range = index.terms().range().ge(beginning.as_bytes());
            let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                if let Ok(word) = std::str::from_utf8(stream.key())
                    && !is_mark(stream.key())
                {
                    let count = u64::from(stream.value().doc_freq);
                    *counts.entry(word.to_owned()).or_default() += count;
                }
            }
        }
        let mut words: Vec<ValueCount> = counts
            .into_iter()
            .map(|(value, count)| ValueCount { value, count })
            .collect();
        words.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        words.truncate(limit);
        Ok(words)
    }
}

/// Returns what stands before the last word of `typed`, and that.
fn last_word(typed: &str) -> (&str, &str) {
    let start = typed.rfind(char::is_whitespace);
    typed.split_at(start.map_or(0, |at| {
        at + typed[at..].chars().next().map_or(1, char::len_utf8)
    }))
}

/// Returns the fields whose names begin as `typed` does.
fn fields_with(typed: &str) -> impl Iterator<Item = Completion> {
    let typed = typed.to_lowercase();
    let names = Field::NAMES
        .iter()
        .filter_map(move |(_, names)| names.iter().find(|name| name.starts_with(&typed)));
    names.map(|name| Completion {
        shown: format!("{name}:"),
        insert: format!("{name}:"),
        articles: None,
    })
}
