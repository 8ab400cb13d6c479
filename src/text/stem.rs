//! Reduces folded words to the stems that free-word ranking compares.
//!
//! The stemmers are Snowball's (Porter 2001, <https://snowballstem.org>), one per
//! language; words of other languages stay as they are. Exact search never comes
//! here. Names are stemmed only as words of running text.

use std::borrow::Cow;
use std::collections::HashMap;

use frostem::Algorithm;
use rustc_hash::FxBuildHasher;

/// A language that newsdex can stem, or `Other`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Language {
    /// Stemmed by the Snowball algorithm at this place of the list.
    Stemmed(u8),
    /// Not stemmed.
    Other,
}

/// BCP 47 primary tags and their stemmers.
const ALGORITHMS: [(&str, Algorithm); 20] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nb", Algorithm::Norwegian),
    ("nl", Algorithm::Dutch),
    ("nn", Algorithm::Norwegian),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

/// Languages whose stemmers only cut and change endings: not Arabic, Tamil and Dutch, which
/// lose prefixes, nor Turkish, which turns `c` into `ç`, nor Greek.
const KEEPS_BEGINNINGS: [&str; 15] = [
    "da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nn", "no", "pt", "ro", "ru", "sv",
];

impl Language {
    /// What an article is taken for when nothing says otherwise.
    pub const DEFAULT_TAG: &'static str = "en";

    /// Returns the language of a BCP 47 tag such as `en` or `pt-BR`.
    pub fn from_tag(tag: &str) -> Language {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let found = ALGORITHMS
            .iter()
            .position(|(known, _)| primary.eq_ignore_ascii_case(known));
        match found.and_then(|at| u8::try_from(at).ok()) {
            Some(at) => Language::Stemmed(at),
            None => Language::Other,
        }
    }

    /// Returns true if words that share a stem begin as it does, but for what
    /// [`Language::beginning_of_stem`] leaves out.
    pub fn keeps_beginnings(self) -> bool {
        let tag = self.tag();
        tag.is_none_or(|tag| KEEPS_BEGINNINGS.contains(&tag))
    }

    fn tag(self) -> Option<&'static str> {
        match self {
            Language::Stemmed(at) => ALGORITHMS.get(usize::from(at)).map(|(tag, _)| *tag),
            Language::Other => None,
        }
    }

    /// Returns how words with `stem` begin: as the stem, without the last letter, which a
    /// stemmer may change (`pony`, `poni`), or all but the first of a short one (`dying`,
    /// `die`). In languages that do not [keep beginnings](Language::keeps_beginnings) it
    /// is how most of them begin.
    pub fn beginning_of_stem(self, stem: &str) -> &str {
        let letters = stem.chars().count();
        let kept = match self.tag() {
            None => letters,
            Some("fi") => letters.min(1),
            // Where the stem has `u` a word may have `ue`.
            Some("de") => {
                let after_vowel = stem.chars().position(|c| matches!(c, 'a' | 'o' | 'u'));
                let most = letters.saturating_sub(1).clamp(1, 5);
                after_vowel.map_or(most, |at| most.min(at + 1))
            }
            Some(_) if letters <= 3 => letters.min(1),
            Some(_) => (letters - 1).min(5),
        };
        let end = stem.char_indices().nth(kept);
        &stem[..end.map_or(stem.len(), |(end, _)| end)]
    }

    fn algorithm(self) -> Option<Algorithm> {
        match self {
            Language::Stemmed(at) => ALGORITHMS
                .get(usize::from(at))
                .map(|(_, algorithm)| *algorithm),
            Language::Other => None,
        }
    }
}

/// Stems the words of one language and remembers what it did.
pub struct Stemmer {
    stemmer: Option<frostem::Stemmer>,
    known: HashMap<Box<str>, Box<str>, FxBuildHasher>,
}

/// How many words are remembered (chosen: the vocabulary of 100,000 news articles
/// fits; one entry takes about 60 bytes).
const CACHE_WORDS: usize = 200_000;

impl Stemmer {
    /// Returns the stemmer of `language`.
    pub fn new(language: Language) -> Stemmer {
        let stemmer = language.algorithm().map(frostem::Stemmer::new);
        Stemmer {
            stemmer,
            known: HashMap::default(),
        }
    }

    /// Returns the stem of a folded word; the word itself in a language that is not stemmed.
    pub fn stem<'a>(&'a mut self, folded: &'a str) -> &'a str {
        if self.stemmer.is_none() {
            return folded;
        }
        if !self.known.contains_key(folded) {
            if self.known.len() >= CACHE_WORDS {
                self.known.clear();
            }
            let stem = self.stem_anew(folded).into();
            self.known.insert(folded.into(), stem);
        }
        self.known.get(folded).map_or(folded, |stem| stem)
    }

    /// Returns true if `stem` is that of a folded word; remembers nothing.
    pub fn has_stem(&self, folded: &str, stem: &str) -> bool {
        self.stem_anew(folded) == stem
    }

    /// Returns the stem of a folded word, and remembers nothing.
    pub(super) fn stem_anew<'a>(&self, folded: &'a str) -> Cow<'a, str> {
        match &self.stemmer {
            Some(stemmer) => stemmer.stem(folded),
            None => Cow::Borrowed(folded),
        }
    }
}

/// Returns true for English function words (folded), which say nothing about what
/// an article is about: free-word search neither ranks by them nor requires them.
pub fn is_common_word(folded: &str) -> bool {
    use std::collections::HashSet;
    use std::sync::LazyLock;
    static COMMON: LazyLock<HashSet<&str, FxBuildHasher>> = LazyLock::new(|| {
        include_str!("common_words.txt")
            .split_whitespace()
            .collect()
    });
    folded.len() <= 10 && COMMON.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: &str, word: &str, expected: &str) {
        let mut stemmer = Stemmer::new(Language::from_tag(tag));
        assert_eq!(stemmer.stem(word), expected, "{word} in {tag}");
        assert_eq!(stemmer.stem(word), expected, "{word} in {tag}, remembered");
    }

    #[test]
    fn stems_by_language() {
        check("en", "bribing", "bribe");
        check("en-US", "bribes", "bribe");
        check("de", "minen", "min");
        check("xx", "mines", "mines");
    }

    #[test]
    fn function_words_are_common() {
        assert!(is_common_word("the"));
        assert!(!is_common_word("mines"));
    }

    /// Words of random letters with and without what is an ending in some language.
    #[test]
    fn words_begin_as_their_stems() {
        const LATIN: &str = "aabcdeeefgghiijklmnnoopqrrssttuuvwxyz";
        const ENDINGS: [&str; 8] = ["", "s", "ing", "ungen", "ciones", "issent", "ies", "ying"];
        let mut random = 88_172_645_463_325_252_u64;
        let mut below = |most: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % most as u64).unwrap()
        };
        for tag in KEEPS_BEGINNINGS {
            let language = Language::from_tag(tag);
            let stemmer = Stemmer::new(language);
            let letters = match tag {
                "ru" => "абвгдежзийклмнопрстуфхцчшщъыьэюя",
                _ => LATIN,
            };
            let letters: Vec<char> = letters.chars().collect();
            for _ in 0..20_000 {
                let length = 1 + below(8);
                let mut word: String = (0..length).map(|_| letters[below(letters.len())]).collect();
                word.push_str(ENDINGS[below(ENDINGS.len())]);
                let stem = stemmer.stem_anew(&word);
                let beginning = language.beginning_of_stem(&stem);
                assert!(word.starts_with(beginning), "{tag}: {word} is {stem}");
            }
        }
    }
}
