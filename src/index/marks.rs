//! Marks among the words of a text: where its sentences and paragraphs end, and which
//! words may be compounds.
//!
//! A mark is a word that nobody can type, at the position of the word before it. With them
//! positions alone tell whether two words stand in one sentence, and where a position may
//! be a compound's, whose first part the index does not know.

use std::ops::Range;

use super::tokenizers::push_word;
use crate::text::{Word, paragraphs, sentences};

/// Ends a sentence that does not end its paragraph.
pub(super) const SENTENCE: &str = "\u{1}s";
/// Ends a paragraph, and so a sentence.
pub(super) const PARAGRAPH: &str = "\u{1}p";
/// Stands with each compound.
pub(super) const COMPOUND: &str = "\u{1}c";
/// Stands with a word that no sentence holds as a whole: what is in one sentence is then
/// looked up in the text.
pub(super) const DIVIDED: &str = "\u{1}d";

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
    pub(super) fn push(&mut self, word: &Word<'_>, folded: &str, row: &mut String) {
        if word.is_compound() {
            push_word(folded, true, row);
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
        push_word(folded, false, row);
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
    use crate::text::words;

    #[test]
    fn sentences_paragraphs_and_compounds_are_marked() {
        for (text, expected) in [
            ("Rates fell. Banks lost.", "Rates fell -s Banks lost"),
            ("One\n\nTwo. Three", "One -p Two -s Three"),
            ("an anti-mine law", "an anti mine -antimine -c law"),
            ("... One", "One"),
            ("", ""),
        ] {
            let mut marker = Marker::of(text);
            let mut row = String::new();
            words(text).for_each(|word| {
                let joined = word.text.replace('-', "");
                marker.push(&word, &joined, &mut row);
            });
            assert_eq!(row.replace('\u{1}', "").trim_end(), expected, "{text}");
        }
    }
}
