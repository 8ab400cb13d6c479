//! Finds the words of the index that a wildcard or a fuzzy word stands for.
//!
//! The beginning of a wildcard, up to its first sign, is looked up; from there on the
//! dictionary is read in order. For fuzzy words it is walked as the tree of beginnings that
//! it is, and what begins too differently is not entered.

use std::collections::BTreeSet;

use tantivy::schema::Field;
use tantivy_fst::Automaton;

use super::error::IndexError;
use super::marks::{first_word, is_mark};
use super::snapshot::Snapshot;
use crate::query::{FuzzyRead, FuzzyWord, Test, is_wildcard_match};

/// What the words of a pattern are looked up for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    /// Which articles have one.
    Articles,
    /// At which places they stand: near others, or in the lead.
    Places,
}

impl Wanted {
    /// Returns the most words that one pattern may stand for (chosen: on a million articles
    /// neither takes much more than a second, on most machines less; a word whose places are
    /// read costs 2 KB for each core).
    pub(super) fn most(self) -> usize {
        match self {
            Wanted::Articles => 16_384,
            Wanted::Places => 8_192,
        }
    }
}

impl Snapshot {
    /// Returns the words of `field` that `test` stands for, in alphabetical order.
    ///
    /// # Errors
    ///
    /// Fails if there are too many for what is wanted of them, or if the index cannot be read.
    pub(super) fn words_of_pattern(
        &self,
        field: Field,
        test: &Test,
        wanted: Wanted,
    ) -> Result<BTreeSet<String>, IndexError> {
        let pattern = match test {
            Test::Wildcard(pattern) => pattern,
            Test::Fuzzy(word, slips) => return self.words_like(field, word, *slips, wanted),
            _ => return Ok(BTreeSet::new()),
        };
        let beginning = pattern.split(['*', '?']).next().unwrap_or_default();
        let mut found = Found::of(pattern, wanted);
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let range = index.terms().range().ge(first_word(beginning));
            let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                found.take(stream.key(), |word| is_wildcard_match(pattern, word))?;
            }
        }
        Ok(found.words)
    }

    fn words_like(
        &self,
        field: Field,
        typed: &str,
        slips: u8,
        wanted: Wanted,
    ) -> Result<BTreeSet<String>, IndexError> {
        let mut found = Found::of(&format!("{typed}~{slips}"), wanted);
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let like = Like(FuzzyWord::new(typed, slips));
            let search = index.terms().search(like);
            let mut stream = search.into_stream().map_err(tantivy::TantivyError::from)?;
            while stream.advance() {
                found.take(stream.key(), |_| true)?;
            }
        }
        Ok(found.words)
    }
}

/// Words that a pattern stands for.
struct Found {
    pattern: String,
    wanted: Wanted,
    words: BTreeSet<String>,
}

impl Found {
    fn of(pattern: &str, wanted: Wanted) -> Found {
        Found {
            pattern: pattern.to_owned(),
            wanted,
            words: BTreeSet::new(),
        }
    }

    /// Takes the key if it is that of a word and matches.
    fn take(&mut self, key: &[u8], is_match: impl Fn(&str) -> bool) -> Result<(), IndexError> {
        if let Ok(word) = std::str::from_utf8(key)
            && !word.starts_with('=')
            && !is_mark(key)
            && is_match(word)
        {
            self.words.insert(word.to_owned());
            if self.words.len() > self.wanted.most() {
                return Err(IndexError::TooManyWords {
                    pattern: self.pattern.clone(),
                    most: self.wanted.most(),
                    places: self.wanted == Wanted::Places,
                });
            }
        }
        Ok(())
    }
}

/// Walks a dictionary for words like one.
struct Like(FuzzyWord);

/// What is read of a word, and of a letter of several bytes.
#[derive(Clone)]
struct ReadBytes {
    read: FuzzyRead,
    letter: [u8; 4],
    bytes: usize,
}

impl Automaton for Like {
    type State = ReadBytes;

    fn start(&self) -> ReadBytes {
        ReadBytes {
            read: self.0.start(),
            letter: [0; 4],
            bytes: 0,
        }
    }

    fn is_match(&self, state: &ReadBytes) -> bool {
        state.bytes == 0 && self.0.is_match(&state.read)
    }

    fn can_match(&self, state: &ReadBytes) -> bool {
        self.0.may_match(&state.read)
    }

    fn accept(&self, state: &ReadBytes, byte: u8) -> ReadBytes {
        let mut next = state.clone();
        if next.bytes < next.letter.len() {
            next.letter[next.bytes] = byte;
            next.bytes += 1;
        }
        let letter = std::str::from_utf8(&next.letter[..next.bytes]).ok();
        if let Some(letter) = letter.and_then(|letter| letter.chars().next()) {
            next.read = self.0.step(&next.read, letter);
            next.bytes = 0;
        }
        next
    }
}
