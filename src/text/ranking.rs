//! Turns text into the stems that free-word ranking counts.
//!
//! Function words are left out, words are folded and stemmed, a hyphenated compound
//! gives its parts and the whole, and a run of characters in a script without blanks
//! gives its overlapping pairs (the usual bigrams for Chinese, Japanese and Korean
//! retrieval).

use super::vocabulary::{Forms, Vocabulary};
use super::words::Word;

/// Takes the words of one text in order and gives its stems.
#[derive(Debug, Default)]
pub struct RankingStems {
    /// The last word, if it was a single character of a script without blanks.
    character: Option<Character>,
}

#[derive(Debug)]
struct Character {
    end: usize,
    /// Whether it is the second of a pair.
    is_paired: bool,
    folded: String,
}

impl RankingStems {
    /// Takes the next word, and calls `give` with the stems that it completes.
    #[inline]
    pub fn take(&mut self, word: &Word<'_>, forms: &Forms<'_>, give: &mut impl FnMut(&str)) {
        if self.character.is_some() || forms.is_character {
            self.take_character(word, forms, give);
        }
        if !forms.is_character && !forms.is_common {
            give(forms.stem());
        }
    }

    fn take_character(&mut self, word: &Word<'_>, forms: &Forms<'_>, give: &mut impl FnMut(&str)) {
        let joins = forms.is_character
            && self
                .character
                .as_ref()
                .is_some_and(|character| character.end == word.start);
        match self.character.take() {
            Some(before) if joins => give(&format!("{}{}", before.folded, forms.folded())),
            Some(before) if !before.is_paired => give(&before.folded),
            _ => {}
        }
        if forms.is_character {
            self.character = Some(Character {
                end: word.range().end,
                is_paired: joins,
                folded: forms.folded().to_owned(),
            });
        }
    }

    /// Gives what the end of the text completes.
    pub fn finish(self, give: &mut impl FnMut(&str)) {
        if let Some(last) = self.character.filter(|last| !last.is_paired) {
            give(&last.folded);
        }
    }
}

/// Appends the stems of `text` to `stems`, each followed by a blank.
pub fn push_stems(text: &str, vocabulary: &mut Vocabulary, stems: &mut String) {
    let mut ranking = RankingStems::default();
    let mut give = |stem: &str| {
        stems.push_str(stem);
        stems.push(' ');
    };
    vocabulary.read(text, |word, forms| ranking.take(word, forms, &mut give));
    ranking.finish(&mut give);
}

#[cfg(test)]
mod tests {
    use super::super::stem::Language;
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut stems = String::new();
        let mut vocabulary = Vocabulary::new(Language::from_tag("en"));
        push_stems(text, &mut vocabulary, &mut stems);
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
