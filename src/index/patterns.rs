//! Finds the words of the index that a wildcard or a fuzzy word stands for.
//!
//! The beginning of a wildcard, up to its first sign, is looked up; from there on, and
//! for fuzzy words from the first word on, the dictionary is read in order.

use std::collections::BTreeSet;

use tantivy::schema::Field;

use super::error::IndexError;
use super::marks::is_mark;
use super::snapshot::Snapshot;
use crate::query::{Test, is_fuzzy_match, is_wildcard_match};

/// The most words that one pattern may stand for (chosen: `a*` of a large archive is
/// refused, every ending of a word is not; each word costs 2 KB while it is searched).
const MAX_WORDS: usize = 2_048;

impl Snapshot {
    /// Returns the words of `field` that `test` stands for, in alphabetical order.
    ///
    /// # Errors
    ///
    /// Fails if there are more than [`MAX_WORDS`], or if the index cannot be read.
    pub(super) fn words_of_pattern(
        &self,
        field: Field,
        test: &Test,
    ) -> Result<BTreeSet<String>, IndexError> {
        let (pattern, beginning) = match test {
            Test::Wildcard(pattern) => {
                let beginning = pattern.split(['*', '?']).next().unwrap_or_default();
                (pattern.clone(), beginning)
            }
            Test::Fuzzy(word, slips) => (format!("{word}~{slips}"), ""),
            _ => return Ok(BTreeSet::new()),
        };
        let is_match = |word: &str| match test {
            Test::Wildcard(pattern) => is_wildcard_match(pattern, word),
            Test::Fuzzy(typed, slips) => is_fuzzy_match(typed, word, *slips),
            _ => false,
        };
        let mut found = BTreeSet::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let range = index.terms().range().ge(beginning.as_bytes());
            let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                if let Ok(word) = std::str::from_utf8(stream.key())
                    && !word.starts_with('=')
                    && !is_mark(stream.key())
                    && is_match(word)
                {
                    found.insert(word.to_owned());
                    if found.len() > MAX_WORDS {
                        let most = MAX_WORDS;
                        return Err(IndexError::TooManyWords { pattern, most });
                    }
                }
            }
        }
        Ok(found)
    }
}
