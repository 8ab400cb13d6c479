//! Marks among the words of a text: where its sentences and paragraphs end, which words
//! may be compounds, and how words are written.
//!
//! A mark is a word that nobody can type, at the position of the word before it. With them
//! positions alone tell whether two words stand in one sentence, where a position may be a
//! compound's, whose first part the index does not know, and whether a word is `US` or `us`.

use std::ops::Range;

use super::tokenizers::push_word;
use crate::text::{Casing, Forms, Word, paragraphs, sentences};

/// Ends a sentence that does not end its paragraph.
pub(super) const SENTENCE: &str = "\u{1}s";
/// Ends a paragraph, and so a sentence.
pub(super) const PARAGRAPH: &str = "\u{1}p";
/// Stands with each compound.
pub(super) const COMPOUND: &str = "\u{1}c";
/// Stands with a word that no sentence holds as a whole: what is in one sentence is then
/// looked up in the text.
pub(super) const DIVIDED: &str = "\u{1}d";

/// Stands with each word that begins with a capital and goes on without.
pub(super) const CAPITAL: &str = "\u{1}C";
/// Stands with each word in capitals.
pub(super) const UPPER: &str = "\u{1}U";
/// Stands with each word of capitals that all have a full stop.
pub(super) const DOTTED: &str = "\u{1}D";
/// Stands with each word that its folded form and case do not tell.
pub(super) const OTHER: &str = "\u{1}O";

/// Returns the mark of words that are written in this way, if they have one.
pub(super) fn of_casing(casing: Casing) -> Option<&'static str> {
    match casing {
        Casing::Lower => None,
        Casing::Capital => Some(CAPITAL),
        Casing::Upper => Some(UPPER),
        Casing::Dotted => Some(DOTTED),
        Casing::Other => Some(OTHER),
    }
}

/// Returns true for the key of a mark in a dictionary.
pub(super) fn is_mark(key: &[u8]) -> bool {
    key.first() == Some(&1)
}

/// Puts marks between the words of one text.
pub(super) struct Marker {
    sentences: Stretches,
    paragraphs: Stretches,
    has_words: bool,
}

impl Marker {
    pub(super) fn of(text: &str) -> Marker {
        Marker {
            sentences: Stretches::new(sentences(text)),
            paragraphs: Stretches::new(paragraphs(text)),
            has_words: false,
        }
    }

    /// Appends the folded form of `word`, the next of the text, and the marks around it.
    pub(super) fn push(&mut self, word: &Word<'_>, forms: &Forms<'_>, row: &mut String) {
        if word.is_compound() {
            push_word(forms.folded(), true, row);
            push_word(COMPOUND, true, row);
            return;
        }
        let ends_sentence = self.sentences.enter(word.start);
        let ends_paragraph = self.paragraphs.enter(word.start);
        if self.has_words && ends_paragraph {
            push_word(PARAGRAPH, true, row);
        } else if self.has_words && ends_sentence {
            push_word(SENTENCE, true, row);
        }
        push_word(forms.folded(), false, row);
        if let Some(mark) = of_casing(forms.casing()) {
            push_word(mark, true, row);
        }
        self.has_words = true;
        if !self.sentences.hold(&word.range()) {
            push_word(DIVIDED, true, row);
        }
    }
}

/// Stretches of a text, and the one that was entered.
struct Stretches {
    all: Vec<Range<usize>>,
    at: usize,
}

impl Stretches {
    fn new(all: Vec<Range<usize>>) -> Stretches {
        Stretches { all, at: 0 }
    }

    /// Moves on to the stretch that ends after `start`; returns true if it is another.
    fn enter(&mut self, start: usize) -> bool {
        let before = self.at;
        while self.all.get(self.at).is_some_and(|one| one.end <= start) {
            self.at += 1;
        }
        self.at > before
    }

    fn hold(&self, range: &Range<usize>) -> bool {
        let stretch = self.all.get(self.at);
        stretch.is_some_and(|one| one.start <= range.start && range.end <= one.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Vocabulary};

    #[test]
    fn sentences_paragraphs_compounds_and_casing_are_marked() {
        for (text, expected) in [
            ("Rates fell. Banks lost.", "rates -C fell -s banks -C lost"),
            ("One\n\nTWO. Iii", "one -C -p two -U -s iii -C"),
            ("an anti-mine law", "an anti mine -antimine -c law"),
            ("... iPod", "ipod -O"),
            ("", ""),
        ] {
            let mut marker = Marker::of(text);
            let mut row = String::new();
            let mut vocabulary = Vocabulary::new(Language::from_tag("en"));
            vocabulary.read(text, |word, forms| marker.push(word, forms, &mut row));
            assert_eq!(row.replace('\u{1}', "").trim_end(), expected, "{text}");
        }
    }
}
