//! Hands the words of `text` to the search library, in the three forms it indexes.

use std::str::SplitWhitespace;

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::text::{Words, fold_name, fold_word, words};

/// Exact words: folded, with the positions of `text::words`.
pub(super) const WORDS: &str = "newsdex_words";
/// Stems that were joined by blanks.
pub(super) const STEMS: &str = "newsdex_stems";
/// A whole value, then its words.
pub(super) const KEYWORDS: &str = "newsdex_keywords";

/// Stands before a whole value, so that it is never taken for one of its words.
const WHOLE: char = '=';

/// Positions that are left free before each value of a field, so that no phrase, nor
/// any slop a person would type, reaches from one value into the next.
const VALUE_GAP: usize = 1_000;

/// Returns the key of a whole value: what `field:="value"` looks up.
pub(super) fn whole_value_key(value: &str) -> String {
    format!("{WHOLE}{}", fold_name(value))
}

/// Returns the tokenizers under their names.
pub(super) fn manager() -> TokenizerManager {
    // The library's own are kept: it asks for its default even where nothing is cut.
    let manager = TokenizerManager::default();
    manager.register(WORDS, TextAnalyzer::from(ExactWords));
    manager.register(STEMS, TextAnalyzer::from(Stems));
    manager.register(KEYWORDS, TextAnalyzer::from(Keywords));
    manager
}

#[derive(Clone)]
struct ExactWords;

impl Tokenizer for ExactWords {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        WordStream {
            words: words(text),
            token: Token::default(),
            first: None,
            base: 0,
        }
    }
}

#[derive(Clone)]
struct Keywords;

impl Tokenizer for Keywords {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        let first = Some(whole_value_key(text));
        WordStream {
            words: words(text),
            token: Token::default(),
            first,
            base: VALUE_GAP,
        }
    }
}

/// Folded words, after the key of the whole value if there is one.
struct WordStream<'a> {
    words: Words<'a>,
    token: Token,
    first: Option<String>,
    base: usize,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        if let Some(whole) = self.first.take() {
            self.token = Token {
                text: whole,
                position: self.base,
                ..Token::default()
            };
            self.base += 1;
            return true;
        }
        let Some(word) = self.words.next() else {
            return false;
        };
        fold_word(word.text, &mut self.token.text);
        self.token.offset_from = word.start;
        self.token.offset_to = word.start + word.text.len();
        self.token.position = self.base + word.position as usize;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[derive(Clone)]
struct Stems;

impl Tokenizer for Stems {
    type TokenStream<'a> = StemStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> StemStream<'a> {
        let token = Token {
            position: usize::MAX,
            ..Token::default()
        };
        StemStream {
            stems: text.split_whitespace(),
            token,
        }
    }
}

struct StemStream<'a> {
    stems: SplitWhitespace<'a>,
    token: Token,
}

impl TokenStream for StemStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(stem) = self.stems.next() else {
            return false;
        };
        self.token.text.clear();
        self.token.text.push_str(stem);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tokenizer: &str, text: &str, expected: &str) {
        let mut analyzer = manager().get(tokenizer).unwrap();
        let mut stream = analyzer.token_stream(text);
        let mut found = Vec::new();
        while stream.advance() {
            found.push(format!(
                "{}@{}",
                stream.token().text,
                stream.token().position
            ));
        }
        assert_eq!(found.join(" "), expected, "{tokenizer} of {text:?}");
    }

    #[test]
    fn forms_of_a_text() {
        check(
            WORDS,
            "Biden’s anti-mine plan",
            "biden@0 anti@1 mine@2 antimine@2 plan@3",
        );
        check(STEMS, "mine plan ", "mine@0 plan@1");
        check(
            KEYWORDS,
            "Amnesty International",
            "=amnesty international@1000 amnesty@1001 international@1002",
        );
        check(KEYWORDS, "!", "=!@1000");
    }
}
