//! Words, sentences, folding and stems: one way to read text for names, index,
//! query and highlights.
//!
//! Whatever two places of newsdex must agree on about text is decided here, so
//! that a phrase found by the index is the phrase that is marked. Pure functions
//! of their input; nothing here knows what an article is.

mod casing;
mod fold;
mod months;
mod ranking;
mod sentences;
mod stem;
mod vocabulary;
mod words;

pub use casing::Casing;
pub use fold::{composed, fold, fold_name, fold_word};
pub use months::month_number;
pub use ranking::{RankingStems, push_stems};
pub use sentences::{paragraphs, sentences};
pub use stem::{Language, Stemmer, is_common_word};
pub use vocabulary::{Forms, Vocabulary, word_hash};
pub(crate) use words::is_unspaced;
pub use words::{Token, TokenKind, Tokens, Word, Words, is_apostrophe, is_quote, tokens, words};
