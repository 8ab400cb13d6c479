//! Reads a text once for everything that is computed from its words.
//!
//! An article's words are needed folded for exact search, stemmed for ranking, and
//! counted; each is a consumer of the same walk, [`Vocabulary::read`]. A word's forms
//! are remembered under the word as written, since nearly every word of an article
//! has stood in an earlier one. What is remembered never changes what is returned.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::fold::fold_word;
use super::stem::{Language, Stemmer, is_common_word};
use super::words::{Word, is_unspaced, words};

/// The forms of a word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Forms {
    folded: Box<str>,
    /// Nothing where it is the folded word itself.
    stem: Option<Box<str>>,
    /// A function word, or one of which folding leaves nothing.
    pub(super) is_common: bool,
    /// A single character of a script without blanks.
    pub(super) is_character: bool,
}

impl Forms {
    /// Returns the form that exact search compares.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Returns the form that ranking compares.
    pub fn stem(&self) -> &str {
        self.stem.as_ref().unwrap_or(&self.folded)
    }

    fn of(word: &str, stemmer: &Stemmer) -> Forms {
        let mut folded = String::new();
        fold_word(word, &mut folded);
        let stem = stemmer.stem_anew(&folded);
        let stem = (*stem != *folded).then(|| stem.as_ref().into());
        Forms {
            stem,
            is_common: folded.is_empty() || is_common_word(&folded),
            is_character: word.chars().next().is_some_and(is_unspaced),
            folded: folded.into(),
        }
    }
}

/// The words of one language, with their forms as they turn up.
pub struct Vocabulary {
    stemmer: Stemmer,
    short: HashMap<Key, Forms, FxBuildHasher>,
    long: HashMap<Box<str>, Forms, FxBuildHasher>,
}

/// A short word as one number: its bytes, and its length in the last. To compare it is
/// no look into memory, and to hash it no loop.
type Key = u128;

/// Longer words are not short.
const MOST_BYTES: usize = 15;

/// Longer ones are hardly ever met again.
const MOST_LONG_BYTES: usize = 60;

fn key_of(word: &str) -> Option<Key> {
    let mut bytes = [0; MOST_BYTES + 1];
    let length = word.len();
    bytes[..MOST_BYTES]
        .get_mut(..length)?
        .copy_from_slice(word.as_bytes());
    bytes[MOST_BYTES] = length as u8;
    Some(Key::from_le_bytes(bytes))
}

/// How many words are remembered (chosen: the vocabulary of 100,000 news articles
/// fits; one entry takes about 100 bytes).
const MOST_WORDS: usize = 200_000;

impl Vocabulary {
    /// Returns the empty vocabulary of `language`.
    pub fn new(language: Language) -> Vocabulary {
        Vocabulary {
            stemmer: Stemmer::new(language),
            short: HashMap::default(),
            long: HashMap::default(),
        }
    }

    /// Hands every word of `text` to `visit`, as [`words`] yields it, with its forms.
    pub fn read<'t>(&mut self, text: &'t str, mut visit: impl FnMut(&Word<'t>, &Forms)) {
        for word in words(text) {
            let key = key_of(word.text);
            let known = match key {
                Some(key) => self.short.get(&key),
                None => self.long.get(word.text),
            };
            if let Some(forms) = known {
                visit(&word, forms);
                continue;
            }
            let forms = Forms::of(word.text, &self.stemmer);
            visit(&word, &forms);
            self.remember(word.text, key, forms);
        }
    }

    fn remember(&mut self, word: &str, key: Option<Key>, forms: Forms) {
        if self.short.len() + self.long.len() >= MOST_WORDS {
            self.short.clear();
            self.long.clear();
        }
        if let Some(key) = key {
            self.short.insert(key, forms);
        } else if word.len() <= MOST_LONG_BYTES {
            self.long.insert(word.into(), forms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_the_same_when_remembered() {
        let mut vocabulary = Vocabulary::new(Language::from_tag("en"));
        let mut read = || {
            let mut found = Vec::new();
            vocabulary.read("The Mines’ mines, 東", |word, forms| {
                let (folded, stem) = (forms.folded(), forms.stem());
                found.push(format!("{} {folded} {stem}", word.text));
            });
            found
        };
        let expected = [
            "The the the",
            "Mines mines mine",
            "mines mines mine",
            "東 東 東",
        ];
        assert_eq!(read(), expected);
        assert_eq!(read(), expected);
    }
}
