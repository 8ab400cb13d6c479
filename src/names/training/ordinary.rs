//! Collects the words that running text writes with a small letter.
//!
//! The first word of a sentence has a capital, whatever it is. If it is none of these, it
//! is likely a name, even if nobody has heard of it. Words that the sets have only once or
//! twice are left out, so that training meets ordinary words that are not listed, too, as
//! any other text does.

use std::collections::BTreeMap;

use super::super::columns::DOCUMENT_START;
use super::TrainingFile;

/// The least occurrences of an ordinary word (chosen among 1, 2, 3, 4 and 10 on the
/// development sets).
const LEAST: u32 = 3;

/// Occurrences of a word inside sentences.
#[derive(Clone, Copy, Default)]
struct Occurrences {
    small: u32,
    capital: u32,
}

/// Returns the ordinary words of `sets` in alphabetical order: of two letters and more, and
/// written with a capital inside sentences at most twice as often as without.
pub(super) fn ordinary_words(sets: &[TrainingFile]) -> Vec<String> {
    let mut words: BTreeMap<String, Occurrences> = BTreeMap::new();
    for set in sets {
        let mut begins_sentence = true;
        for line in set.text.lines() {
            let token = line.split('\t').next().unwrap_or_default();
            if token.is_empty() || token == DOCUMENT_START {
                begins_sentence = true;
                continue;
            }
            if token.bytes().all(|byte| byte.is_ascii_lowercase()) {
                words.entry(token.to_owned()).or_default().small += 1;
            } else if !begins_sentence && token.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                words.entry(token.to_ascii_lowercase()).or_default().capital += 1;
            }
            begins_sentence = false;
        }
    }
    words.retain(|word, seen| {
        word.len() > 1 && seen.small >= LEAST && seen.capital <= 2 * seen.small
    });
    words.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_small_letters_are_ordinary_unless_capitals_prevail() {
        let sentence = "The\tO\nreading\tO\nof\tO\nTurkey\tB-LOC\nbill\tO\nfell\tO\n\n";
        let capitals = "See\tO\nBill\tO\nBill\tO\nBill\tO\n\nfell\tO\nturkey\tO\n\n";
        let text = sentence.repeat(3) + &capitals.repeat(3);
        let name = "set".to_owned();
        let words = ordinary_words(&[TrainingFile { name, text }]);
        assert_eq!(words, ["fell", "of", "reading", "turkey"]);
    }

    #[test]
    fn rare_words_are_left_out() {
        let set = |text: &str| TrainingFile {
            name: "set".to_owned(),
            text: text.to_owned(),
        };
        let sets = [set("rare\tO\nfrequent\tO\n"), set("a\tO\nrare\tO\n")];
        assert!(ordinary_words(&sets).is_empty());
        let sets = [set(&"frequent\tO\na\tO\n".repeat(2)), set("frequent\tO\n")];
        assert_eq!(ordinary_words(&sets), ["frequent"]);
    }
}
