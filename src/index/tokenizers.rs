//! Hands the words of `text` to the search library, in the three forms it indexes.
//!
//! Running text is cut into words elsewhere, once for all its uses; what is handed over
//! are its words in a row, each followed by a blank ([`push_word`], [`push_stem`]). No
//! folded word or stem has a blank in it.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::text::{Words, fold_name, fold_word, words};

/// Exact words as [`push_word`] writes them, with the positions of `text::words`.
pub(super) const WORDS: &str = "newsdex_words";
/// Stems as [`push_stem`] writes them.
pub(super) const STEMS: &str = "newsdex_stems";
/// A whole value, then its words.
pub(super) const KEYWORDS: &str = "newsdex_keywords";

/// Stands before a whole value, so that it is never taken for one of its words.
const WHOLE: char = '=';

/// Stands before a compound, which takes no position of its own.
const COMPOUND: u8 = b'-';

/// Positions that are left free before each value of a field, so that no phrase, nor
/// any slop a person would type, reaches from one value into the next.
const VALUE_GAP: usize = 1_000;

/// Returns the key of a whole value: what `field:="value"` looks up.
pub(super) fn whole_value_key(value: &str) -> String {
    format!("{WHOLE}{}", fold_name(value))
}

/// Appends a folded word to a text that [`WORDS`] splits.
#[inline]
pub(super) fn push_word(folded: &str, is_compound: bool, row: &mut String) {
    if is_compound {
        row.push(char::from(COMPOUND));
    }
    row.push_str(folded);
    row.push(' ');
}

/// Appends a stem to a text that [`STEMS`] splits.
#[inline]
pub(super) fn push_stem(stem: &str, row: &mut String) {
    row.push_str(stem);
    row.push(' ');
}

/// Returns the tokenizers under their names.
pub(super) fn manager() -> TokenizerManager {
    // The library's own are kept: it asks for its default even where nothing is cut.
    let manager = TokenizerManager::default();
    manager.register(
        WORDS,
        TextAnalyzer::from(Row {
            has_compounds: true,
        }),
    );
    manager.register(
        STEMS,
        TextAnalyzer::from(Row {
            has_compounds: false,
        }),
    );
    manager.register(KEYWORDS, TextAnalyzer::from(Keywords));
    manager
}

/// Splits words in a row.
#[derive(Clone)]
struct Row {
    has_compounds: bool,
}

impl Tokenizer for Row {
    type TokenStream<'a> = RowStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> RowStream<'a> {
        let token = Token {
            position: usize::MAX,
            ..Token::default()
        };
        RowStream {
            row: text,
            has_compounds: self.has_compounds,
            token,
        }
    }
}

struct RowStream<'a> {
    row: &'a str,
    has_compounds: bool,
    token: Token,
}

impl TokenStream for RowStream<'_> {
    #[inline]
    fn advance(&mut self) -> bool {
        let Some(end) = self.row.bytes().position(|byte| byte == b' ') else {
            return false;
        };
        let is_compound = self.has_compounds && self.row.as_bytes()[0] == COMPOUND;
        let word = &self.row[usize::from(is_compound)..end];
        if !is_compound {
            self.token.position = self.token.position.wrapping_add(1);
        }
        self.token.text.clear();
        self.token.text.push_str(word);
        self.row = &self.row[end + 1..];
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
            "biden anti mine -antimine  plan ",
            "biden@0 anti@1 mine@2 antimine@2 @3 plan@4",
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
