//! Turns the words of a query into the sequences of folded words that an article
//! may have instead, in one place for the index and the span matcher.
//!
//! A hyphenated compound stands for its parts side by side and for the joined
//! word: `anti-personnel mines` is `anti personnel mines` or `antipersonnel mines`.
//! Nothing here stems, and nothing looks at an article.

use crate::text::{fold, fold_name, fold_word, is_unspaced, words};

use super::tree::Test;

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
    /// of one part, unless it is a character of a script without blanks.
    pub parts: Vec<String>,
}

/// Returns what the free word `word` stands for.
///
/// `mines` is any word with its stem; `京` is the character; `anti-personnel` is `anti personnel` side by
/// side or any word with the stem of `antipersonnel`; `東京` is its two characters
/// side by side.
pub fn word_forms(word: &str) -> WordForms {
    let mut pieces = pieces(word);
    if pieces.len() > 1 {
        return WordForms {
            stemmed: None,
            parts: pieces.into_iter().flat_map(|piece| piece.parts).collect(),
        };
    }
    match pieces.pop() {
        None => WordForms::default(),
        Some(Piece { parts, joined }) if joined.is_some() => WordForms {
            stemmed: joined,
            parts,
        },
        // A character of a script without blanks is no word that has a stem.
        Some(Piece { parts, .. }) if is_character(&parts) => WordForms {
            stemmed: None,
            parts,
        },
        Some(Piece { mut parts, .. }) => WordForms {
            stemmed: parts.pop(),
            parts,
        },
    }
}

/// Returns the sequences of folded words that the phrase stands for: an article
/// matches if the words of one sequence have consecutive positions, as
/// [`crate::text::words`] numbers them.
///
/// No sequence is empty or occurs twice; there is none if `phrase` has no words.
pub fn phrase_sequences(phrase: &str) -> Vec<Vec<String>> {
    let mut sequences: Vec<Vec<String>> = vec![Vec::new()];
    let mut compounds = 0;
    for Piece { parts, joined } in pieces(phrase) {
        let joined = joined.filter(|_| compounds < MAX_COMPOUNDS);
        let mut others = Vec::new();
        if let Some(joined) = joined {
            compounds += 1;
            others = sequences.clone();
            others
                .iter_mut()
                .for_each(|other| other.push(joined.clone()));
        }
        for sequence in &mut sequences {
            sequence.extend_from_slice(&parts);
        }
        sequences.extend(others);
    }
    sequences.retain(|sequence| !sequence.is_empty());
    sequences.sort();
    sequences.dedup();
    sequences
}

/// Returns true if the name `canonical` is one that `test` asks for: one with its words
/// side by side in their order, or with [`Test::Exactly`] only itself.
pub fn is_named(test: &Test, canonical: &str) -> bool {
    match test {
        Test::Exactly(name) => fold_name(name) == fold_name(canonical),
        Test::Word(words) | Test::Phrase(words) => {
            let words = fold(words);
            !words.is_empty() && format!(" {} ", fold(canonical)).contains(&format!(" {words} "))
        }
        _ => false,
    }
}

fn is_character(parts: &[String]) -> bool {
    parts
        .last()
        .and_then(|part| part.chars().next())
        .is_some_and(is_unspaced)
}

/// A word, or a compound with its parts; all folded.
struct Piece {
    parts: Vec<String>,
    joined: Option<String>,
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for word in words(text) {
        let mut folded = String::new();
        fold_word(word.text, &mut folded);
        if !word.is_compound() {
            pieces.push(Piece {
                parts: vec![folded],
                joined: None,
            });
            continue;
        }
        let count = usize::try_from(word.parts).unwrap_or(usize::MAX);
        let parts = pieces.split_off(pieces.len().saturating_sub(count));
        pieces.push(Piece {
            parts: parts.into_iter().flat_map(|piece| piece.parts).collect(),
            joined: Some(folded),
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_stems_and_parts() {
        for (word, stemmed, parts) in [
            ("mines", Some("mines"), ""),
            ("Biden’s", Some("biden"), ""),
            ("anti-personnel", Some("antipersonnel"), "anti personnel"),
            ("U.S.-led", Some("usled"), "us led"),
            ("jane@example.org", None, "jane example org"),
            ("東京", None, "東 京"),
            ("京", None, "京"),
            ("서울", None, "서 울"),
            ("--", None, ""),
        ] {
            let forms = word_forms(word);
            assert_eq!(forms.stemmed.as_deref(), stemmed, "stem of {word}");
            assert_eq!(forms.parts.join(" "), parts, "parts of {word}");
        }
    }

    #[test]
    fn phrases_stand_for_both_spellings_of_a_compound() {
        for (phrase, expected) in [
            ("land mines", "land mines"),
            (
                "The anti-personnel mines",
                "the anti personnel mines | the antipersonnel mines",
            ),
            ("a-b c-d", "a b c d | a b cd | ab c d | ab cd"),
            ("antipersonnel", "antipersonnel"),
            ("", ""),
        ] {
            let sequences: Vec<String> = phrase_sequences(phrase)
                .iter()
                .map(|words| words.join(" "))
                .collect();
            assert_eq!(sequences.join(" | "), expected, "sequences of {phrase}");
        }
    }

    #[test]
    fn many_compounds_stay_cheap() {
        assert_eq!(phrase_sequences(&"a-b ".repeat(1_000)).len(), 16);
    }
}
