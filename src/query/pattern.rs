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
    let lengths = (typed.chars().count(), known.chars().count());
    if lengths.0.abs_diff(lengths.1) > usize::from(most) {
        return false;
    }
    let typed: Vec<char> = typed.chars().collect();
    super::suggest::distance(&typed, known) <= usize::from(most)
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
        assert!(is_fuzzy_match("wolf", "wofl", 1));
        assert!(!is_fuzzy_match("wolf", "woods", 2));
        assert!(!is_fuzzy_match("wolf", "wolves", 2));
    }
}
