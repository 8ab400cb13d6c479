//! Turns text into the stems that free-word ranking counts.
//!
//! The same function makes the ranking text of an article and the ranking words of
//! a query, so that the two cannot disagree. Function words are left out, words are
//! folded and stemmed, a hyphenated compound gives its parts and the whole, and a
//! run of characters in a script without blanks gives its overlapping pairs (the
//! usual bigrams for Chinese, Japanese and Korean retrieval).

use super::fold::fold_word;
use super::stem::{Stemmer, is_common_word};
use super::words::{is_unspaced, words};

/// Appends the stems of `text` to `stems`, each followed by a blank.
pub fn push_stems(text: &str, stemmer: &mut Stemmer, stems: &mut String) {
    let mut folded = String::new();
    // The last word, if it was a single character of a script without blanks:
    // where it ends, whether it is part of a pair, and its folded form.
    let mut character: Option<(usize, bool, String)> = None;
    for word in words(text) {
        fold_word(word.text, &mut folded);
        let is_character = word.text.chars().next().is_some_and(is_unspaced);
        let joins = is_character
            && character
                .as_ref()
                .is_some_and(|(end, ..)| *end == word.start);
        if let Some((_, paired, alone)) = character.take() {
            if joins {
                stems.push_str(&alone);
                stems.push_str(&folded);
                stems.push(' ');
            } else if !paired {
                stems.push_str(&alone);
                stems.push(' ');
            }
        }
        if is_character {
            character = Some((word.range().end, joins, folded.clone()));
        } else if !is_common_word(&folded) && !folded.is_empty() {
            stems.push_str(stemmer.stem(&folded));
            stems.push(' ');
        }
    }
    if let Some((_, false, alone)) = character {
        stems.push_str(&alone);
        stems.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::super::stem::Language;
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut stems = String::new();
        push_stems(
            text,
            &mut Stemmer::new(Language::from_tag("en")),
            &mut stems,
        );
        assert_eq!(stems.trim_end(), expected, "stems of {text:?}");
    }

    #[test]
    fn stems_of_news() {
        check("The bribing of Biden’s ministers", "bribe biden minist");
        check("anti-personnel mines", "anti personnel antipersonnel mine");
        check("東京都 in 京", "東京 京都 京");
        check("the of", "");
    }
}
