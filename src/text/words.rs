//! Splits text into words and punctuation.
//!
//! One tokenizer for names, index, query and highlights. It decides where words
//! begin and end; what they are compared by is `fold`'s business. It knows no
//! language, drops no word, and never fails: any text is some list of words.
//!
//! A word is a run of letters, marks and digits, with these additions:
//!
//! - a possessive ending is left out (`Biden’s` is `Biden`), any other apostrophe
//!   between letters stays inside (`O'Neil`), except after the elided articles of
//!   the Romance languages, which stand alone (`l'avion` is `l`, `avion`);
//! - dotted acronyms are one word with their last period (`U.S.`), as are numbers
//!   with a decimal point or thousands (`5,000`, `3.5`) and letters joined by an
//!   ampersand (`AT&T`);
//! - a hyphenated compound is its parts in order and, at the position of the
//!   last part, the whole (`anti-personnel` is `anti`, then `personnel` and
//!   `anti-personnel`);
//! - scripts written without blanks (Chinese, Japanese, Thai, …) give one word a
//!   character.
//!
//! Running time is linear: every character is looked at a bounded number of times.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum TokenKind {
    /// A word, as [`Words`] yields it.
    Word,
    /// A hyphenated compound, after its parts.
    Compound,
    /// A single character that is neither part of a word nor white space, or
    /// the `'s` of a possessive.
    Punctuation,
}

/// A piece of text: a word or a punctuation character.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token<'t> {
    /// The text as it stands there.
    pub text: &'t str,
    /// The offset of its first byte.
    pub start: usize,
    /// What it is.
    pub kind: TokenKind,
}

impl Token<'_> {
    /// Returns the bytes it covers.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// A word with its place among the words of its text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Word<'t> {
    /// The word as written, without a possessive ending.
    pub text: &'t str,
    /// The offset of its first byte.
    pub start: usize,
    /// Its number among the words, from 0; a compound has that of its last part.
    pub position: u32,
    /// How many positions it covers: 1, or the number of a compound's parts.
    pub parts: u32,
}

impl Word<'_> {
    /// Returns the bytes it covers.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Returns true for a hyphenated compound, whose parts came just before.
    pub fn is_compound(&self) -> bool {
        self.parts > 1
    }
}

/// Splits `text` into words, each hyphenated compound following its parts.
pub fn words(text: &str) -> Words<'_> {
    Words {
        scanner: Scanner::new(text),
        position: 0,
        parts: 0,
        compound_start: 0,
        pending: None,
    }
}

/// Splits `text` into words and punctuation, without compounds: every byte that
/// is not white space belongs to exactly one token.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens {
        scanner: Scanner::new(text),
        waiting: None,
        at: 0,
    }
}

/// The words of a text; see [`words`].
#[derive(Clone, Debug)]
pub struct Words<'t> {
    scanner: Scanner<'t>,
    position: u32,
    parts: u32,
    compound_start: usize,
    pending: Option<Word<'t>>,
}

impl<'t> Iterator for Words<'t> {
    type Item = Word<'t>;

    #[inline]
    fn next(&mut self) -> Option<Word<'t>> {
        if let Some(compound) = self.pending.take() {
            return Some(compound);
        }
        let range = self.scanner.next_word()?;
        let position = self.position;
        self.position += 1;
        if self.parts == 0 {
            self.compound_start = range.start;
        }
        self.parts += 1;
        if !self.scanner.hyphen_follows(range.end) {
            if self.parts > 1 && self.parts <= MAX_COMPOUND_PARTS {
                let text = &self.scanner.text[self.compound_start..range.end];
                let start = self.compound_start;
                self.pending = Some(Word {
                    text,
                    start,
                    position,
                    parts: self.parts,
                });
            }
            self.parts = 0;
        }
        let text = &self.scanner.text[range.clone()];
        Some(Word {
            text,
            start: range.start,
            position,
            parts: 1,
        })
    }
}

/// Longer chains of hyphens are lists or rules, not compounds (chosen: no English
/// compound of six parts is in common use).
const MAX_COMPOUND_PARTS: u32 = 6;

/// The words and punctuation of a text; see [`tokens`].
#[derive(Clone, Debug)]
pub struct Tokens<'t> {
    scanner: Scanner<'t>,
    waiting: Option<Range<usize>>,
    at: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let text = self.scanner.text;
        loop {
            if self.waiting.is_none() {
                self.waiting = self.scanner.next_word();
            }
            let stop = self.waiting.as_ref().map_or(text.len(), |word| word.start);
            let Some(c) = text[self.at..stop].chars().next() else {
                break;
            };
            let start = self.at;
            self.at += c.len_utf8();
            if c.is_whitespace() || is_invisible(c) {
                continue;
            }
            if is_apostrophe(c) && possessive_end(text, start) == Some(start + c.len_utf8() + 1) {
                self.at += 1;
            }
            let text = &text[start..self.at];
            return Some(Token {
                text,
                start,
                kind: TokenKind::Punctuation,
            });
        }
        let word = self.waiting.take()?;
        self.at = word.end;
        let kind = TokenKind::Word;
        Some(Token {
            text: &text[word.clone()],
            start: word.start,
            kind,
        })
    }
}

/// Finds word after word.
#[derive(Clone, Debug)]
struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0 }
    }

    fn char_at(&self, at: usize) -> Option<char> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte < 0x80 {
            Some(byte as char)
        } else {
            self.text[at..].chars().next()
        }
    }

    #[inline]
    fn next_word(&mut self) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        loop {
            let byte = *bytes.get(at)?;
            if byte < 0x80 {
                if byte.is_ascii_alphanumeric() {
                    break;
                }
                if byte == b'\'' {
                    at = possessive_end(self.text, at).unwrap_or(at + 1);
                } else {
                    at += 1;
                }
            } else {
                let c = self.text[at..].chars().next()?;
                if starts_word(c) {
                    break;
                }
                let possessive = if is_apostrophe(c) {
                    possessive_end(self.text, at)
                } else {
                    None
                };
                at = possessive.unwrap_or(at + c.len_utf8());
            }
        }
        let end = self.word_end(at);
        self.at = end;
        Some(at..end)
    }

    /// Returns where the word that begins at `start` ends.
    #[inline]
    fn word_end(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = start;
        // How many letters stand since the last period of a dotted acronym.
        let mut letters = 0;
        let mut dotted = false;
        while let Some(&byte) = bytes.get(end) {
            if byte.is_ascii_alphanumeric() {
                letters += 1;
                end += 1;
                continue;
            }
            if byte >= 0x80 {
                let Some(c) = self.char_at(end) else { break };
                if is_unspaced(c) {
                    return if end == start {
                        self.unspaced_end(end)
                    } else {
                        end
                    };
                }
                if c.is_alphanumeric() || is_mark(c) {
                    letters += 1;
                    end += c.len_utf8();
                    continue;
                }
                if is_invisible(c) && self.char_at(end + c.len_utf8()).is_some_and(starts_word) {
                    end += c.len_utf8();
                    continue;
                }
            }
            match self.joiner(start, end, letters, dotted) {
                Joiner::Inside(length) => {
                    dotted |= byte == b'.' && letters == 1;
                    letters = 0;
                    end += length;
                }
                Joiner::LastPeriod => return end + 1,
                Joiner::None => break,
            }
        }
        end
    }

    /// Says whether the character at `at` holds the word together that began at `start`.
    fn joiner(&self, start: usize, at: usize, letters: usize, dotted: bool) -> Joiner {
        let Some(c) = self.char_at(at) else {
            return Joiner::None;
        };
        let length = c.len_utf8();
        let Some(before) = self.text[start..at].chars().next_back() else {
            return Joiner::None;
        };
        let after = self.char_at(at + length);
        let inside = match c {
            '.' => return self.period(at, before, after, letters, dotted),
            ',' => before.is_ascii_digit() && is_thousand(&self.text.as_bytes()[at + 1..]),
            '&' => before.is_alphabetic() && after.is_some_and(char::is_alphabetic),
            _ if is_apostrophe(c) => {
                before.is_alphabetic()
                    && after.is_some_and(|after| after.is_alphabetic() && !is_unspaced(after))
                    && possessive_end(self.text, at).is_none()
                    && !is_elided(&self.text[start..at])
            }
            _ => false,
        };
        if inside {
            Joiner::Inside(length)
        } else {
            Joiner::None
        }
    }

    fn period(
        &self,
        at: usize,
        before: char,
        after: Option<char>,
        letters: usize,
        dotted: bool,
    ) -> Joiner {
        if before.is_ascii_digit() && after.is_some_and(|after| after.is_ascii_digit()) {
            return Joiner::Inside(1);
        }
        if letters != 1 || !before.is_alphabetic() {
            return Joiner::None;
        }
        let Some(next) = after.filter(|after| after.is_alphabetic() && !is_unspaced(*after)) else {
            return if dotted {
                Joiner::LastPeriod
            } else {
                Joiner::None
            };
        };
        // Only single letters go on an acronym: `e.g.` yes, `p.Miller` no.
        match self.char_at(at + 1 + next.len_utf8()) {
            Some(beyond) if beyond.is_alphanumeric() => Joiner::None,
            _ => Joiner::Inside(1),
        }
    }

    fn unspaced_end(&self, start: usize) -> usize {
        let mut chars = self.text[start..].char_indices();
        chars.next();
        chars
            .find(|(_, c)| !is_mark(*c) && !continues_character(*c))
            .map_or(self.text.len(), |(length, _)| start + length)
    }

    /// Returns true if a hyphen and another part of a compound follow at `end`.
    #[inline]
    fn hyphen_follows(&self, end: usize) -> bool {
        let Some(c) = self.char_at(end) else {
            return false;
        };
        let is_hyphen = matches!(c, '-' | '\u{2010}' | '\u{2011}');
        is_hyphen && self.char_at(end + c.len_utf8()).is_some_and(starts_word)
    }
}

enum Joiner {
    /// The word goes on after this many bytes.
    Inside(usize),
    /// The period ends a dotted acronym and belongs to it.
    LastPeriod,
    /// The word ends before the character.
    None,
}

/// Returns true for every character used as an apostrophe.
pub fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '\u{2019}' | '\u{2018}' | '\u{02BC}' | '\u{FF07}' | '\u{02B9}' | '\u{60}' | '\u{B4}'
    )
}

/// Returns true for every double quotation mark, in any script.
pub fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\u{201C}'..='\u{201F}' | '\u{AB}' | '\u{BB}' | '\u{300C}'..='\u{300F}' | '\u{301D}'..='\u{301F}' | '\u{FF02}'
    )
}

/// Returns where the possessive ending whose apostrophe stands at `at` ends, if
/// there is one: `s` and then no further letter.
fn possessive_end(text: &str, at: usize) -> Option<usize> {
    let before = text[..at].chars().next_back()?;
    let mut after = text[at..].chars();
    let apostrophe = after.next()?;
    let is_ending = matches!(after.next()?, 's' | 'S');
    let ends = after
        .next()
        .is_none_or(|next| !(next.is_alphanumeric() || is_mark(next)));
    (before.is_alphanumeric() && is_ending && ends).then(|| at + apostrophe.len_utf8() + 1)
}

/// Articles and pronouns that lose their vowel before an apostrophe in French,
/// Italian and Catalan. `o` is not among them: O'Neil is one word.
fn is_elided(part: &str) -> bool {
    const ELIDED: [&str; 17] = [
        "l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu", "dell", "nell",
        "all", "dall", "sull",
    ];
    part.len() <= 6
        && ELIDED
            .iter()
            .any(|elided| part.eq_ignore_ascii_case(elided))
}

/// Returns true if exactly three digits follow.
fn is_thousand(after: &[u8]) -> bool {
    after.len() >= 3
        && after[..3].iter().all(u8::is_ascii_digit)
        && !after.get(3).is_some_and(u8::is_ascii_digit)
}

#[inline]
fn starts_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Returns true for characters that take no room and mean nothing to a search:
/// soft hyphens, joiners, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'
    )
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Returns true for the vowels and final consonants of a Korean syllable that is written in
/// its parts, and for the sound marks of half-width Katakana.
fn continues_character(c: char) -> bool {
    matches!(c, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}' | '\u{FF9E}' | '\u{FF9F}')
}

/// Returns true for scripts that put no blanks between words, and for Korean, whose blanks
/// part words with all that is joined to them.
#[inline]
pub(crate) fn is_unspaced(c: char) -> bool {
    c >= '\u{0E00}' && is_unspaced_letter(c)
}

fn is_unspaced_letter(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}'      // Thai, Lao
        | '\u{1000}'..='\u{109F}'    // Myanmar
        | '\u{1100}'..='\u{11FF}'    // Korean letters
        | '\u{1780}'..='\u{17FF}'    // Khmer
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30FF}'    // Hiragana, Katakana
        | '\u{3130}'..='\u{318F}'    // Korean letters
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'    // Han
        | '\u{A960}'..='\u{A97F}'    // Korean letters
        | '\u{AC00}'..='\u{D7FF}'    // Korean syllables
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FFDC}'    // half-width Katakana and Korean
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let found: Vec<String> = words(text)
            .map(|word| {
                let mark = if word.is_compound() { "=" } else { "" };
                format!("{mark}{}@{}", word.text, word.position)
            })
            .collect();
        assert_eq!(found.join(" "), expected, "words of {text:?}");
    }

    #[test]
    fn words_of_news() {
        for (text, expected) in [
            ("Biden's plan", "Biden@0 plan@1"),
            ("Biden’s plan", "Biden@0 plan@1"),
            ("the workers' strike", "the@0 workers@1 strike@2"),
            ("O'Neil and O’Neil", "O'Neil@0 and@1 O’Neil@2"),
            ("don't", "don't@0"),
            ("l'avion d’Orly", "l@0 avion@1 d@2 Orly@3"),
            ("the U.S. said", "the@0 U.S.@1 said@2"),
            ("in the U.S.", "in@0 the@1 U.S.@2"),
            ("U.S.-led", "U.S.@0 led@1 =U.S.-led@1"),
            ("J.P. Morgan Chase & Co.", "J.P.@0 Morgan@1 Chase@2 Co@3"),
            ("AT&T and s&p 500 & co", "AT&T@0 and@1 s&p@2 500@3 co@4"),
            (
                "5,000 of 3.5 at 10:30, 1,23",
                "5,000@0 of@1 3.5@2 at@3 10@4 30@5 1@6 23@7",
            ),
            (
                "anti-personnel mines",
                "anti@0 personnel@1 =anti-personnel@1 mines@2",
            ),
            (
                "state-of-the-art",
                "state@0 of@1 the@2 art@3 =state-of-the-art@3",
            ),
            ("1987-88 -- and - so", "1987@0 88@1 =1987-88@1 and@2 so@3"),
            ("“land mines”—again", "land@0 mines@1 again@2"),
            ("end.Start", "end@0 Start@1"),
            ("A.Miller", "A@0 Miller@1"),
            ("東京は", "東@0 京@1 は@2"),
            ("서울 시장", "서@0 울@1 시@2 장@3"),
            // In its parts, as some systems write it.
            (
                "\u{1109}\u{1165}\u{110B}\u{116E}\u{11AF}",
                "\u{1109}\u{1165}@0 \u{110B}\u{116E}\u{11AF}@1",
            ),
            ("ｶﾞｽ", "ｶﾞ@0 ｽ@1"),
            ("in 東京 today", "in@0 東@1 京@2 today@3"),
            ("co\u{AD}operate", "co\u{AD}operate@0"),
            ("it's s's 's", "it@0 s@1 s@2"),
            ("", ""),
            ("-- ' ’ .", ""),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn tokens_keep_punctuation() {
        let found: Vec<&str> = tokens("“Biden’s” U.S. (AP) -- O'Neil")
            .map(|token| token.text)
            .collect();
        assert_eq!(
            found,
            [
                "“", "Biden", "’s", "”", "U.S.", "(", "AP", ")", "-", "-", "O'Neil"
            ]
        );
    }

    fn news_like() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "Biden",
            "’s",
            "'s",
            "'",
            "U",
            ".",
            "S",
            "-",
            " ",
            "é",
            "東",
            "ก",
            "\u{301}",
            ",",
            "000",
            "1",
            "&",
            "A",
            "\u{AD}",
            "\n",
            "“",
            "l",
            "x",
            "\u{1F600}",
            "İ",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn words_lie_on_char_boundaries_in_order(text in news_like()) {
            let mut end = 0;
            let mut position = 0;
            for word in words(&text) {
                prop_assert_eq!(&text[word.range()], word.text);
                prop_assert!(word.position >= position);
                position = word.position;
                if !word.is_compound() {
                    prop_assert!(word.start >= end);
                    end = word.range().end;
                }
            }
        }

        #[test]
        fn tokens_cover_all_that_is_seen(text in news_like()) {
            let mut covered = vec![false; text.len()];
            for token in tokens(&text) {
                prop_assert_eq!(&text[token.range()], token.text);
                for byte in token.range() {
                    prop_assert!(!covered[byte]);
                    covered[byte] = true;
                }
            }
            for (at, c) in text.char_indices() {
                prop_assert!(covered[at] || c.is_whitespace() || is_invisible(c));
            }
        }

        #[test]
        fn words_and_tokens_agree(text in news_like()) {
            let from_words: Vec<_> =
                words(&text).filter(|word| !word.is_compound()).map(|word| word.range()).collect();
            let from_tokens: Vec<_> =
                tokens(&text).filter(|t| t.kind == TokenKind::Word).map(|t| t.range()).collect();
            prop_assert_eq!(from_words, from_tokens);
        }
    }
}
