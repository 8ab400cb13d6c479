//! From typed text to a query tree, shown as it was read, and from a tree to the
//! spans that match it in a text.
//!
//! Nothing here searches: the tree is what an engine is asked, and the spans are
//! what a reader is shown.

mod dates;
mod error;
mod leaf;
mod lex;
mod notices;
mod parse;
mod print;
mod request;
mod sequences;
mod snippet;
mod spans;
mod suggest;
mod tree;

pub use error::{ErrorCode, QueryError, Warning, WarningCode};
pub use parse::{MAX_LEAVES, MAX_QUERY_BYTES, Parsed, parse, parse_plain};
pub use request::{Filters, NameSource, Order, Request};
pub use sequences::{WordForms, phrase_sequences, word_forms};
pub use snippet::{Snippet, snippet};
pub use spans::{Match, count_spans, find_spans};
pub use tree::{Field, Leaf, Query, Test};
