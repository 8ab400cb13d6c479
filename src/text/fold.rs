//! Folds words to the form they are compared by.
//!
//! Case, accents, width, ligatures and the marks inside a word (apostrophes,
//! the periods of an acronym, hyphens of a compound, thousands separators) make
//! no difference to a search; letters do. Nothing here stems or drops a word.
//!
//! Accents are the combining marks that Unicode's compatibility decomposition
//! (NFKD, UAX #15) splits off Latin and Greek letters, and the vowel signs of
//! Arabic and Hebrew. Marks that make another letter stay: `й` is not `и`, and
//! Indic vowels are kept.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::words::{is_apostrophe, words};

/// Longer words are compared by their first bytes only, so that a megabyte of
/// letters is no megabyte of index key (chosen: the longest entry of a large
/// dictionary of German compounds has 79 letters).
const MAX_WORD_BYTES: usize = 255;

/// Writes the folded form of one word to `folded`, which is emptied first.
///
/// `Biden` → `biden`, `U.S.` → `us`, `O’Neil` → `oneil`, `5,000` → `5000`,
/// `3.5` → `3.5`, `Müller` → `muller`, `anti-personnel` → `antipersonnel`.
#[inline]
pub fn fold_word(word: &str, folded: &mut String) {
    folded.clear();
    let word = cut(word);
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        folded.push_str(word);
        folded.make_ascii_lowercase();
    } else if word.is_ascii() {
        fold_ascii(word.as_bytes(), folded);
    } else {
        fold_unicode(word, folded);
    }
}

/// Returns the folded words of `text`, joined by single blanks: the form in which
/// two phrases are the same.
pub fn fold(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut folded = String::new();
    for word in words(text).filter(|word| !word.is_compound()) {
        fold_word(word.text, &mut folded);
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&folded);
    }
    all
}

/// Returns the key under which a whole name is looked up: its folded words, or,
/// for a name without any word, its characters in lower case.
pub fn fold_name(name: &str) -> String {
    let folded = fold(name);
    if folded.is_empty() {
        name.trim().to_lowercase()
    } else {
        folded
    }
}

/// Returns `word` with each letter and its accents in as few characters as there can be
/// (NFC), so that words as written compare however they are stored.
pub fn composed(word: &str) -> Cow<'_, str> {
    match is_nfc_quick(word.chars()) {
        IsNormalized::Yes => Cow::Borrowed(word),
        _ => Cow::Owned(word.nfc().collect()),
    }
}

fn cut(word: &str) -> &str {
    if word.len() <= MAX_WORD_BYTES {
        return word;
    }
    let end = (0..=MAX_WORD_BYTES)
        .rev()
        .find(|&end| word.is_char_boundary(end));
    &word[..end.unwrap_or_default()]
}

#[inline]
fn fold_ascii(word: &[u8], folded: &mut String) {
    for (at, &byte) in word.iter().enumerate() {
        if byte.is_ascii_alphanumeric() {
            folded.push(byte.to_ascii_lowercase() as char);
        } else if byte == b'&' || byte == b'.' && is_decimal_point(word, at) {
            folded.push(byte as char);
        }
    }
}

fn is_decimal_point(word: &[u8], at: usize) -> bool {
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| word.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    is_digit(at.checked_sub(1)) && is_digit(Some(at + 1))
}

fn fold_unicode(word: &str, folded: &mut String) {
    let mut plain = String::with_capacity(word.len());
    let mut base = ' ';
    for c in word.nfkd() {
        if is_combining_mark(c) {
            if !is_accent_of(c, base) {
                plain.push(c);
            }
        } else {
            base = c;
            push_plain(c, &mut plain);
        }
    }
    let bytes = plain.as_bytes();
    let mut kept = String::with_capacity(plain.len());
    for (at, c) in plain.char_indices() {
        let stays = c.is_alphanumeric()
            || is_combining_mark(c)
            || c == '&'
            || c == '.' && is_decimal_point(bytes, at);
        if stays {
            kept.push(c);
        }
    }
    folded.extend(kept.nfc());
}

/// Pushes `c` in lower case, with letters that no decomposition takes apart
/// spelled in plain ones.
fn push_plain(c: char, plain: &mut String) {
    match c {
        'ø' | 'Ø' => plain.push('o'),
        'ł' | 'Ł' => plain.push('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => plain.push('d'),
        'ħ' | 'Ħ' => plain.push('h'),
        'ı' => plain.push('i'),
        'ß' | 'ẞ' => plain.push_str("ss"),
        'æ' | 'Æ' => plain.push_str("ae"),
        'œ' | 'Œ' => plain.push_str("oe"),
        'þ' | 'Þ' => plain.push_str("th"),
        'ς' => plain.push('σ'),
        'ё' | 'Ё' => plain.push('е'),
        'أ' | 'إ' | 'آ' | 'ٱ' => plain.push('ا'),
        'ـ' => {}
        _ if is_apostrophe(c) => {}
        _ => plain.extend(c.to_lowercase().filter(|lower| !is_combining_mark(*lower))),
    }
}

/// Returns true if the mark `mark` on `base` only says how to pronounce it.
fn is_accent_of(mark: char, base: char) -> bool {
    match mark {
        '\u{0300}'..='\u{036F}' => {
            matches!(base, '\u{0}'..='\u{024F}' | '\u{0370}'..='\u{03FF}' | '\u{1E00}'..='\u{1FFF}')
                || (matches!(base, 'е' | 'Е') && mark == '\u{0308}')
        }
        '\u{0591}'..='\u{05C7}' | '\u{064B}'..='\u{0655}' | '\u{0670}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_that_are_the_same() {
        for (word, expected) in [
            ("Biden", "biden"),
            ("U.S.", "us"),
            ("O’Neil", "oneil"),
            ("O'Neil", "oneil"),
            ("5,000", "5000"),
            ("3.5", "3.5"),
            ("AT&T", "at&t"),
            ("anti-personnel", "antipersonnel"),
            ("Müller", "muller"),
            ("Muller", "muller"),
            ("Łukasz", "lukasz"),
            ("İstanbul", "istanbul"),
            ("Straße", "strasse"),
            ("ﬁnance", "finance"),
            ("ＡＢＣ１２", "abc12"),
            ("co\u{AD}operate", "cooperate"),
            ("Ελλάς", "ελλασ"),
            ("ΕΛΛΑΣ", "ελλασ"),
            ("й", "й"),
            ("Ёлка", "елка"),
            ("हिन्दी", "हिन्दी"),
            ("한국", "한국"),
            ("東", "東"),
        ] {
            let mut folded = String::from("left over");
            fold_word(word, &mut folded);
            assert_eq!(folded, expected, "fold of {word:?}");
        }
    }

    #[test]
    fn phrases_are_compared_word_by_word() {
        assert_eq!(
            fold("The “Anti-Personnel” Mines, again"),
            "the anti personnel mines again"
        );
        assert_eq!(fold_name("!!!"), "!!!");
    }

    #[test]
    fn endless_words_are_cut() {
        let mut folded = String::new();
        fold_word(&"é".repeat(10_000), &mut folded);
        assert_eq!(folded.len(), 127);
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(word in "[a-zA-ZÀ-ž0-9'’.&,ßİıΑ-Ωа-яёЁ]{1,12}") {
            let mut once = String::new();
            fold_word(&word, &mut once);
            let mut twice = String::new();
            fold_word(&once, &mut twice);
            prop_assert_eq!(once, twice);
        }
    }
}
