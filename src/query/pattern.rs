//! Says which words a wildcard or a fuzzy word stands for.
//!
//! Both are compared with folded words, by the index with those of its dictionary and
//! by the span matcher with those of a text.

use crate::text::fold_word;

/// Reads the wildcard `signs` as a pattern of folded letters, `*` and `?`; `None` if
/// there is no letter or digit in it.
pub(super) fn read_pattern(signs: &str) -> Option<String> {
    let mut pattern = String::new();
    for piece in signs.split_inclusive(['*', '?']) {
        let letters = piece.trim_end_matches(['*', '?']);
        pattern.push_str(&folded_letters(letters));
        match piece.chars().next_back() {
            Some('*') if !pattern.ends_with('*') => pattern.push('*'),
            Some('?') => pattern.push('?'),
            _ => {}
        }
    }
    pattern
        .chars()
        .any(|c| !matches!(c, '*' | '?'))
        .then_some(pattern)
}

/// Returns `letters` folded, without signs. A mark may lose its letter's apostrophe and
/// become an accent, hence twice.
pub(super) fn folded_letters(letters: &str) -> String {
    let (mut once, mut twice) = (String::new(), String::new());
    fold_word(letters, &mut once);
    once.retain(|c| !matches!(c, '&' | '.'));
    fold_word(&once, &mut twice);
    twice
}

/// Returns true if `word` is what `pattern` stands for. Linear in the word times the
/// number of stars.
///
/// `brib*` is `bribes`, `wom?n` is `women`, `*mine?` is `landmines`.
pub fn is_wildcard_match(pattern: &str, word: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let word: Vec<char> = word.chars().collect();
    let (mut p, mut w) = (0, 0);
    // The last star, and where what it stands for ends.
    let mut star: Option<(usize, usize)> = None;
    while w < word.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, w));
                p += 1;
            }
            Some(c) if *c == '?' || *c == word[w] => {
                p += 1;
                w += 1;
            }
            _ => {
                let Some((at, end)) = star else { return false };
                star = Some((at, end + 1));
                p = at + 1;
                w = end + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Returns true if at most `most` letters have to be changed, added, left out or
/// swapped with their neighbor to make `known` of `typed`.
pub fn is_fuzzy_match(typed: &str, known: &str, most: u8) -> bool {
    let fuzzy = FuzzyWord::new(typed, most);
    let mut read = fuzzy.start();
    known.chars().all(|c| {
        read = fuzzy.step(&read, c);
        fuzzy.may_match(&read)
    }) && fuzzy.is_match(&read)
}

/// A word with a few slips, compared with others letter by letter, so that those that begin
/// alike are compared once, and those that begin too differently are left out together.
///
/// Optimal string alignment (Damerau 1964) within a band of the table of distances (Ukkonen
/// 1985); each letter takes time in proportion to the number of slips.
#[derive(Clone, Debug)]
pub struct FuzzyWord {
    typed: Vec<char>,
    most: usize,
}

/// How much of another word has been read.
#[derive(Clone, Debug)]
pub struct FuzzyRead {
    letters: usize,
    letter: char,
    /// The rows of the table for the letters but the last, and for all.
    before: Band,
    last: Band,
}

/// How many slips a fuzzy word may have at most.
const MOST_SLIPS: usize = 2;

/// The cells of a row of the table of distances that may count: those at most [`MOST_SLIPS`]
/// beside the diagonal.
type Band = [u8; 2 * MOST_SLIPS + 1];

/// More slips than any word may have.
const FAR: u8 = 100;

impl FuzzyWord {
    /// Returns the word `typed` with at most `most` slips, at most 2.
    pub fn new(typed: &str, most: u8) -> FuzzyWord {
        FuzzyWord {
            typed: typed.chars().collect(),
            most: usize::from(most).min(MOST_SLIPS),
        }
    }

    /// Returns what is read before the first letter.
    pub fn start(&self) -> FuzzyRead {
        let mut last = [FAR; 2 * MOST_SLIPS + 1];
        for (cell, ahead) in last[self.most..=2 * self.most].iter_mut().zip(0..) {
            *cell = ahead;
        }
        FuzzyRead {
            letters: 0,
            letter: '\0',
            before: [FAR; 2 * MOST_SLIPS + 1],
            last,
        }
    }

    /// Returns what is read after one more letter.
    pub fn step(&self, read: &FuzzyRead, letter: char) -> FuzzyRead {
        let row = read.letters + 1;
        let mut here = [FAR; 2 * MOST_SLIPS + 1];
        for cell in 0..=2 * self.most {
            let Some(column) = (row + cell).checked_sub(self.most) else {
                continue;
            };
            if column > self.typed.len() {
                break;
            }
            if column == 0 {
                here[cell] = u8::try_from(row).unwrap_or(FAR);
                continue;
            }
            let is_same = letter == self.typed[column - 1];
            let mut least = read.last[cell].saturating_add(u8::from(!is_same));
            if cell < 2 * self.most {
                least = least.min(read.last[cell + 1] + 1);
            }
            if cell > 0 {
                least = least.min(here[cell - 1] + 1);
            }
            let is_swapped = row > 1
                && column > 1
                && letter == self.typed[column - 2]
                && read.letter == self.typed[column - 1];
            if is_swapped {
                least = least.min(read.before[cell] + 1);
            }
            here[cell] = least.min(FAR);
        }
        FuzzyRead {
            letters: row,
            letter,
            before: read.last,
            last: here,
        }
    }

    /// Returns false if no word that begins as was read can match.
    pub fn may_match(&self, read: &FuzzyRead) -> bool {
        let is_near = |cell: &u8| usize::from(*cell) <= self.most;
        read.last.iter().any(is_near) || read.before.iter().any(is_near)
    }

    /// Returns true if what was read matches.
    pub fn is_match(&self, read: &FuzzyRead) -> bool {
        let cell = (self.typed.len() + self.most).checked_sub(read.letters);
        let distance = cell.and_then(|cell| read.last.get(cell));
        distance.is_some_and(|distance| usize::from(*distance) <= self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_folded() {
        for (signs, expected) in [
            ("Brib*", Some("brib*")),
            ("wom?n", Some("wom?n")),
            ("*mine", Some("*mine")),
            ("**mine**", Some("*mine*")),
            ("Müll*", Some("mull*")),
            ("anti-person*", Some("antiperson*")),
            ("*?", None),
            ("**", None),
        ] {
            assert_eq!(read_pattern(signs).as_deref(), expected, "pattern {signs}");
        }
    }

    #[test]
    fn what_patterns_stand_for() {
        for (pattern, word, expected) in [
            ("brib*", "bribes", true),
            ("brib*", "brib", true),
            ("brib*", "abribe", false),
            ("wom?n", "women", true),
            ("wom?n", "womn", false),
            ("*mine?", "landmines", true),
            ("*mine?", "landmine", false),
            ("a*b*c", "axxbyybzc", true),
            ("?", "é", true),
        ] {
            assert_eq!(
                is_wildcard_match(pattern, word),
                expected,
                "{pattern} {word}"
            );
        }
        assert!(is_fuzzy_match("über", "uber", 1) && is_fuzzy_match("", "ab", 2));
        assert!(is_fuzzy_match("wolf", "wofl", 1));
        assert!(!is_fuzzy_match("wolf", "woods", 2));
        assert!(!is_fuzzy_match("wolf", "wolves", 2));
    }

    proptest::proptest! {
        #[test]
        fn a_band_of_the_table_is_enough(one in "[abcé]{0,7}", other in "[abcé]{0,7}") {
            let letters: Vec<char> = one.chars().collect();
            let distance = super::super::suggest::distance(&letters, &other);
            for most in 0..=2 {
                let is_match = is_fuzzy_match(&one, &other, most);
                proptest::prop_assert_eq!(is_match, distance <= usize::from(most));
            }
        }
    }
}
