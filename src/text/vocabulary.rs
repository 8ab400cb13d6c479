//! Reads a text once for everything that is computed from its words.
//!
//! An article's words are needed folded for exact search, stemmed for ranking, and
//! counted; each is a consumer of the same walk, [`Vocabulary::read`]. A word's forms
//! are remembered under the word as written, since nearly every word of an article
//! has stood in an earlier one. What is remembered never changes what is returned.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::casing::Casing;
use super::fold::fold_word;
use super::stem::{Language, Stemmer, is_common_word};
use super::words::{Word, is_unspaced, words};

/// The forms of a word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forms<'v> {
    folded: &'v str,
    stem: &'v str,
    hash: u32,
    casing: Casing,
    /// A function word, or one of which folding leaves nothing.
    pub(super) is_common: bool,
    /// A single character of a script without blanks.
    pub(super) is_character: bool,
}

impl<'v> Forms<'v> {
    /// Returns the form that exact search compares.
    #[inline]
    pub fn folded(&self) -> &'v str {
        self.folded
    }

    /// Returns [`word_hash`] of the folded word.
    #[inline]
    pub fn hash(&self) -> u32 {
        self.hash
    }

    /// Returns how the word is written.
    #[inline]
    pub fn casing(&self) -> Casing {
        self.casing
    }

    /// Returns the form that ranking compares.
    #[inline]
    pub fn stem(&self) -> &'v str {
        self.stem
    }
}

/// The words of one language, with their forms as they turn up.
pub struct Vocabulary {
    stemmer: Stemmer,
    short: HashMap<Key, Entry, FxBuildHasher>,
    long: HashMap<Box<str>, Entry, FxBuildHasher>,
    /// The forms of all words, one behind the other: frequent words, which come early,
    /// stay close together.
    texts: String,
}

/// Where the forms of a word stand in [`Vocabulary::texts`]. A stem that the folded
/// word begins with is that beginning.
#[derive(Clone, Copy)]
struct Entry {
    folded: u32,
    stem: u32,
    hash: u32,
    /// With the casing above the bits of the length.
    folded_bytes: u16,
    /// With [`COMMON`] and [`CHARACTER`] above the bits of the length.
    stem_bytes: u16,
}

const COMMON: u16 = 1 << 15;
const CHARACTER: u16 = 1 << 14;
const CASING_BIT: u32 = 13;
const LENGTH: u16 = (1 << 13) - 1;

/// In the order of their bits.
const CASINGS: [Casing; 5] = [
    Casing::Lower,
    Casing::Capital,
    Casing::Upper,
    Casing::Dotted,
    Casing::Other,
];

impl Entry {
    /// Appends the forms of a word of at most [`MOST_LONG_BYTES`] to `texts`.
    fn of(forms: Forms<'_>, texts: &mut String) -> Entry {
        let mut enter = |text: &str| {
            let start = texts.len() as u32;
            texts.push_str(text);
            start
        };
        let folded = enter(forms.folded);
        let stem = match forms.folded.starts_with(forms.stem) {
            true => folded,
            false => enter(forms.stem),
        };
        let flag = |is_set: bool, flag: u16| if is_set { flag } else { 0 };
        Entry {
            folded,
            stem,
            hash: forms.hash,
            folded_bytes: forms.folded.len() as u16 | ((forms.casing as u16) << CASING_BIT),
            stem_bytes: forms.stem.len() as u16
                | flag(forms.is_common, COMMON)
                | flag(forms.is_character, CHARACTER),
        }
    }

    #[inline]
    fn forms(self, texts: &str) -> Forms<'_> {
        let text = |start: u32, bytes: u16| {
            let start = start as usize;
            &texts[start..start + usize::from(bytes)]
        };
        Forms {
            folded: text(self.folded, self.folded_bytes & LENGTH),
            stem: text(self.stem, self.stem_bytes & LENGTH),
            hash: self.hash,
            casing: CASINGS[usize::from(self.folded_bytes >> CASING_BIT)],
            is_common: self.stem_bytes & COMMON != 0,
            is_character: self.stem_bytes & CHARACTER != 0,
        }
    }
}

/// Returns a number for a folded word that never changes, since indexes keep what is made
/// of it: FNV-1a of 64 bits, folded to 32 (Fowler, Noll and Vo).
pub fn word_hash(folded: &str) -> u32 {
    let hash = folded
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    (hash ^ (hash >> 32)) as u32
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
/// fits; one word takes about 60 bytes).
const MOST_WORDS: usize = 200_000;

impl Vocabulary {
    /// Returns the empty vocabulary of `language`.
    pub fn new(language: Language) -> Vocabulary {
        Vocabulary {
            stemmer: Stemmer::new(language),
            short: HashMap::default(),
            long: HashMap::default(),
            texts: String::new(),
        }
    }

    /// Hands every word of `text` to `visit`, as [`words`] yields it, with its forms.
    pub fn read<'t>(&mut self, text: &'t str, mut visit: impl FnMut(&Word<'t>, &Forms<'_>)) {
        for word in words(text) {
            let key = key_of(word.text);
            let known = match key {
                Some(key) => self.short.get(&key),
                None => self.long.get(word.text),
            };
            if let Some(entry) = known {
                visit(&word, &entry.forms(&self.texts));
                continue;
            }
            let mut folded = String::new();
            fold_word(word.text, &mut folded);
            let stem = self.stemmer.stem_anew(&folded);
            let forms = Forms {
                is_common: folded.is_empty() || is_common_word(&folded),
                is_character: word.text.chars().next().is_some_and(is_unspaced),
                folded: &folded,
                stem: &stem,
                hash: word_hash(&folded),
                casing: Casing::of(word.text, &folded),
            };
            visit(&word, &forms);
            if self.short.len() + self.long.len() >= MOST_WORDS {
                self.short.clear();
                self.long.clear();
                self.texts.clear();
            }
            if let Some(key) = key {
                self.short.insert(key, Entry::of(forms, &mut self.texts));
            } else if word.text.len() <= MOST_LONG_BYTES {
                let entry = Entry::of(forms, &mut self.texts);
                self.long.insert(word.text.into(), entry);
            }
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
                found.push(format!(
                    "{} {folded} {stem} {:?}",
                    word.text,
                    forms.casing()
                ));
            });
            found
        };
        let expected = [
            "The the the Capital",
            "Mines mines mine Capital",
            "mines mines mine Lower",
            "東 東 東 Lower",
        ];
        assert_eq!(read(), expected);
        assert_eq!(read(), expected);
    }
}
