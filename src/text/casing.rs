//! How a word is written, told from its folded form.
//!
//! A folded word and its casing give back the word as written, unless the casing is
//! [`Casing::Other`]: an index that keeps both knows which of its words are `US` and
//! which are `us` without a look into the texts.

use super::fold::composed;

/// How a word differs from its folded form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Casing {
    /// Not at all: `apple`, `1987`.
    Lower,
    /// By the case of its first character: `Apple`.
    Capital,
    /// By the case of all its characters, of which there are two or more: `US`.
    Upper,
    /// By a full stop after each of its letters, all of them capitals: `U.S.`
    Dotted,
    /// In another way, by accents or marks too: `iPhone`, `U.S`, `Müller`.
    Other,
}

impl Casing {
    /// Returns the casing of `word`, which folds to `folded`.
    pub fn of(word: &str, folded: &str) -> Casing {
        if word.is_ascii() {
            return Casing::of_ascii(word.as_bytes(), folded.as_bytes());
        }
        let word = &*composed(word);
        if word == folded {
            return Casing::Lower;
        }
        let mut characters = folded.chars();
        let first = characters.next().into_iter();
        let capital = first.flat_map(char::to_uppercase).chain(characters);
        if capital.eq(word.chars()) {
            Casing::Capital
        } else if folded.chars().flat_map(char::to_uppercase).eq(word.chars()) {
            Casing::Upper
        } else {
            Casing::Other
        }
    }

    fn of_ascii(word: &[u8], folded: &[u8]) -> Casing {
        if word == folded {
            return Casing::Lower;
        }
        let (Some((first, rest)), Some((other, others))) =
            (word.split_first(), folded.split_first())
        else {
            return Casing::Other;
        };
        if *first != other.to_ascii_uppercase() {
            Casing::Other
        } else if rest.len() == 2 * others.len() + 1 && is_dotted(word, folded) {
            Casing::Dotted
        } else if rest.len() != others.len() {
            Casing::Other
        } else if rest == others {
            Casing::Capital
        } else if (rest.iter().zip(others)).all(|(one, other)| *one == other.to_ascii_uppercase()) {
            Casing::Upper
        } else {
            Casing::Other
        }
    }
}

fn is_dotted(word: &[u8], folded: &[u8]) -> bool {
    let (pairs, _) = word.as_chunks::<2>();
    let is_letter = |folded: &u8| folded.is_ascii_lowercase();
    (pairs.iter().zip(folded))
        .all(|(pair, letter)| is_letter(letter) && *pair == [letter.to_ascii_uppercase(), b'.'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fold::fold_word;
    use super::*;

    fn casing(word: &str) -> Casing {
        let mut folded = String::new();
        fold_word(word, &mut folded);
        Casing::of(word, &folded)
    }

    #[test]
    fn words_differ_from_their_folded_forms() {
        for (word, expected) in [
            ("apple", Casing::Lower),
            ("1987", Casing::Lower),
            ("Apple", Casing::Capital),
            ("A", Casing::Capital),
            ("US", Casing::Upper),
            ("G7", Casing::Capital),
            ("MP3", Casing::Upper),
            ("iPhone", Casing::Other),
            ("U.S.", Casing::Dotted),
            ("U.S", Casing::Other),
            ("u.s.", Casing::Other),
            ("5,000", Casing::Other),
            ("Müller", Casing::Other),
            ("москва", Casing::Lower),
            ("Москва", Casing::Capital),
            ("МОСКВА", Casing::Upper),
            ("\u{212a}", Casing::Capital),
            ("", Casing::Lower),
        ] {
            assert_eq!(casing(word), expected, "{word}");
        }
    }

    proptest! {
        #[test]
        fn a_folded_word_and_its_casing_are_one_word(
            word in "[.a-cA-CäÄбБßK\u{212a}İıǅ가\u{301}]{1,4}",
            other in "[.a-cA-CäÄбБßK\u{212a}İıǅ가\u{301}]{1,4}",
        ) {
            let (mut folded, mut other_folded) = (String::new(), String::new());
            fold_word(&word, &mut folded);
            fold_word(&other, &mut other_folded);
            let casing = Casing::of(&word, &folded);
            let is_same = folded == other_folded && casing == Casing::of(&other, &other_folded);
            if is_same && casing != Casing::Other {
                prop_assert_eq!(composed(&word), composed(&other));
            }
            if composed(&word) == composed(&other) && folded == other_folded {
                prop_assert_eq!(casing, Casing::of(&other, &other_folded));
            }
        }
    }
}
