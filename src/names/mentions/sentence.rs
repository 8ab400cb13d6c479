//! Cuts a text into sentences of tokens, the way the tagger learned to read them.
//!
//! Where lines mean something (results, tables, lists) each line is a sentence of
//! its own. What a name is, is decided elsewhere. Time is linear.

use std::ops::Range;

use crate::article::Part;
use crate::text::{self, TokenKind, is_apostrophe, is_quote};

/// A sentence as the tagger is given it.
#[derive(Debug)]
pub(super) struct Sentence<'t> {
    pub(super) part: Part,
    pub(super) tokens: Vec<Token<'t>>,
}

/// A word or mark with its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
}

impl Sentence<'_> {
    /// Returns the bytes that `tokens` cover.
    pub(super) fn range(&self, tokens: &Range<usize>) -> Range<usize> {
        let first = self.tokens[tokens.start];
        let last = self.tokens[tokens.end - 1];
        first.start..last.start + last.text.len()
    }

    /// Tells whether most words begin with a capital, so that capitals mean nothing.
    /// A sentence of the body that ends with a full stop is none.
    pub(super) fn is_headline(&self) -> bool {
        if self.part == Part::Body && self.tokens.last().is_some_and(|last| last.text == ".") {
            return false;
        }
        let words = self
            .tokens
            .iter()
            .filter(|token| token.text.chars().filter(|c| c.is_alphabetic()).count() > 3);
        let (mut capital, mut all) = (0, 0);
        for word in words {
            all += 1;
            capital += usize::from(word.text.starts_with(char::is_uppercase));
        }
        all > 0 && capital * 3 >= all * 2
    }

    /// Returns the text of token `at`; empty beyond the ends.
    pub(super) fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Tells whether token `at` begins the sentence, but for quotes and dashes.
    pub(super) fn is_first_word(&self, at: usize) -> bool {
        let is_word = |at: usize| self.text(at).starts_with(char::is_alphanumeric);
        !(0..at).any(is_word) || matches!(self.text(at - 1), ":" | "“" | "\"" | "‘" | "•" | "`")
    }
}

impl Token<'_> {
    /// Tells whether it begins with a capital letter.
    pub(super) fn is_capital(&self) -> bool {
        match self.text.as_bytes().first() {
            Some(byte) if *byte < 0x80 => byte.is_ascii_uppercase(),
            _ => self.text.starts_with(char::is_uppercase),
        }
    }

    /// Tells whether it has letters and all of them are capitals.
    pub(super) fn is_shouted(&self) -> bool {
        let mut letters = self.text.chars().filter(|c| c.is_alphabetic()).peekable();
        letters.peek().is_some() && letters.all(char::is_uppercase)
    }

    /// Tells whether it is a number.
    pub(super) fn is_number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Tells whether it is the ending of a possessive, `'s` or `'`.
    pub(super) fn is_possessive(&self) -> bool {
        let mut chars = self.text.chars();
        chars.next().is_some_and(is_apostrophe) && chars.as_str().len() < 2
    }
}

/// Cuts `text` into sentences of tokens, as in the text the tagger learned from:
/// the stop of an abbreviation stays with its word, two hyphens are one dash, and
/// a hyphenated name is one token, but not the compound of a name and a common
/// word (`London-based`).
pub(super) fn cut(text: &str, part: Part) -> Vec<Sentence<'_>> {
    let sentence = |range: Range<usize>| {
        let mut tokens: Vec<Token<'_>> = Vec::new();
        for token in text::tokens(&text[range.clone()]) {
            let start = range.start + token.start;
            let end = start + token.text.len();
            let touches = |at: &Token<'_>| at.start + at.text.len() == start;
            if let Some(last) = tokens.last_mut().filter(|last| touches(last)) {
                // The stop before a closing quote ends a sentence: `the other O'Neil."`
                let is_stop = token.text == "."
                    && last.text.ends_with(char::is_alphabetic)
                    && (text[end..range.end]
                        .chars()
                        .next()
                        .is_some_and(|c| !is_quote(c))
                        || matches!(last.text, "Corp" | "Inc" | "Co" | "Ltd" | "Bros" | "Jr"));
                if is_stop || (token.text == "-" && last.text == "-") {
                    last.text = &text[last.start..end];
                    continue;
                }
            }
            if let [.., name, hyphen] = tokens.as_mut_slice()
                && hyphen.text == "-"
                && touches(hyphen)
                && name.start + name.text.len() == hyphen.start
                && name.text.ends_with(char::is_alphanumeric)
                && token.kind == TokenKind::Word
                && !follows_names(token.text)
            {
                name.text = &text[name.start..end];
                tokens.pop();
                continue;
            }
            tokens.push(Token {
                text: &text[start..end],
                start,
            });
        }
        Sentence { part, tokens }
    };
    let mut found = Vec::new();
    for range in text::sentences(text) {
        if is_table(&text[range.clone()]) {
            found.extend(lines(text, range).map(sentence));
        } else {
            found.push(sentence(range));
        }
    }
    found
}

/// Tells whether lines stand for themselves: results, standings, a list, a
/// heading above one. Running text has small words in every line.
fn is_table(text: &str) -> bool {
    let small = |line: &str| {
        let words = line.split_ascii_whitespace();
        words
            .filter(|word| word.starts_with(char::is_lowercase))
            .count()
    };
    text.contains('\n') && text.lines().all(|line| small(line) <= 1)
}

/// Returns the lines of `text` within `range`, trimmed, none empty.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let start = range.start;
    let mut at = start;
    text[range].split_inclusive('\n').filter_map(move |line| {
        let first = at + (line.len() - line.trim_start().len());
        at += line.len();
        let line = line.trim();
        (!line.is_empty()).then(|| first..first + line.len())
    })
}

/// Tells whether a word makes compounds with names that it is no part of.
fn follows_names(word: &str) -> bool {
    const WORDS: [&str; 38] = [
        "based",
        "led",
        "backed",
        "born",
        "owned",
        "controlled",
        "listed",
        "run",
        "made",
        "style",
        "trained",
        "educated",
        "area",
        "held",
        "era",
        "bound",
        "wide",
        "funded",
        "occupied",
        "brokered",
        "mediated",
        "sponsored",
        "dominated",
        "speaking",
        "administered",
        "affiliated",
        "linked",
        "allied",
        "appointed",
        "supported",
        "designed",
        "built",
        "like",
        "inspired",
        "ruled",
        "registered",
        "headquartered",
        "bred",
    ];
    WORDS.contains(&word)
}
