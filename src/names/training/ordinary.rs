//! Collects the words that running text writes with a small letter.
//!
//! The first word of a sentence has a capital, whatever it is. If it is none of these, it
//! is likely a name, even if nobody has heard of it. Words that the sets have only once or
//! twice are left out, so that training meets ordinary words that are not listed, too, as
//! any other text does.

use std::collections::BTreeMap;

use super::Lesson;

/// The least occurrences of an ordinary word (chosen among 1, 2, 3, 4 and 10 on the
/// development sets).
const LEAST: u32 = 3;

/// Occurrences of a word inside sentences.
#[derive(Clone, Copy, Default)]
struct Occurrences {
    small: u32,
    capital: u32,
}

/// Returns the ordinary words of `lessons` in alphabetical order: of two letters and more, and
/// written with a capital inside sentences at most twice as often as without.
pub(super) fn ordinary_words(lessons: &[Lesson]) -> Vec<String> {
    let mut words: BTreeMap<String, Occurrences> = BTreeMap::new();
    for sentence in lessons.iter().flat_map(|lesson| &lesson.sentences) {
        for (at, token) in sentence.iter().enumerate() {
            if token.bytes().all(|byte| byte.is_ascii_lowercase()) {
                words.entry(token.clone()).or_default().small += 1;
            } else if at > 0 && token.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                words.entry(token.to_ascii_lowercase()).or_default().capital += 1;
            }
        }
    }
    words.retain(|word, seen| {
        word.len() > 1 && seen.small >= LEAST && seen.capital <= 2 * seen.small
    });
    words.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::columns::TaggedText;
    use super::super::lessons_of;
    use super::*;

    fn of_text(text: &str) -> Vec<String> {
        ordinary_words(&lessons_of(TaggedText::parse(text).unwrap(), 1.0))
    }

    #[test]
    fn words_with_small_letters_are_ordinary_unless_capitals_prevail() {
        let sentence = "The\tO\nreading\tO\nof\tO\nTurkey\tB-LOC\nbill\tO\nfell\tO\n\n";
        let capitals = "See\tO\nBill\tO\nBill\tO\nBill\tO\n\nfell\tO\nturkey\tO\n\n";
        let text = sentence.repeat(3) + &capitals.repeat(3);
        assert_eq!(of_text(&text), ["fell", "of", "reading", "turkey"]);
    }

    #[test]
    fn rare_words_are_left_out() {
        let sets = "rare\tO\nfrequent\tO\n\n-DOCSTART-\tO\n\na\tO\nrare\tO\n\n";
        assert!(of_text(sets).is_empty());
        let frequent = "frequent\tO\na\tO\n".repeat(2) + "\n-DOCSTART-\tO\n\nfrequent\tO\n";
        assert_eq!(of_text(&frequent), ["frequent"]);
    }
}
