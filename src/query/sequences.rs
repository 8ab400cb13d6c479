//! Turns the words of a query into the sequences of folded words that an article
//! may have instead, in one place for the index and the span matcher.
//!
//! A hyphenated compound stands for its parts side by side and for the joined
//! word: `anti-personnel mines` is `anti personnel mines` or `antipersonnel mines`.
//! Nothing here stems, and nothing looks at an article.

use crate::text::{fold_word, words};

/// A phrase's first compounds that have both spellings; the alternatives of a
/// phrase are then at most 16. Further compounds are their parts only.
const MAX_COMPOUNDS: usize = 4;

/// What a free word of a query stands for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct WordForms {
    /// The single word, folded, that matches every word (or joined compound) with
    /// the same stem; `None` if there are several parts that no hyphen joins.
    pub stemmed: Option<String>,
    /// The parts, folded, that match side by side as they are; empty for a word
    /// of one part.
    pub parts: Vec<String>,
}

/// Returns what the free word `word` stands for.
///
/// `mines` is any word with its stem; `anti-personnel` is `anti personnel` side by
/// side or any word with the stem of `antipersonnel`; `東京` is its two characters
/// side by side.
pub fn word_forms(word: &str) -> WordForms {
    let _ = word;
    WordForms::default()
}

/// Returns the sequences of folded words that the phrase stands for: an article
/// matches if the words of one sequence have consecutive positions.
///
/// No sequence is empty or occurs twice; there is none if `phrase` has no words.
pub fn phrase_sequences(phrase: &str) -> Vec<Vec<String>> {
    let _ = (phrase, MAX_COMPOUNDS, words(""), fold_word);
    Vec::new()
}
