//! From typed text to a query tree, shown as it was read, and from a tree to the
//! spans that match it in a text.
//!
//! Nothing here searches: the tree is what an engine is asked, and the spans are
//! what a reader is shown.

mod complete;
mod dates;
mod error;
mod leaf;
mod lex;
mod near;
mod notices;
mod parse;
mod pattern;
mod print;
mod relax;
mod request;
mod sequences;
mod snippet;
mod spans;
mod suggest;
mod synonyms;
mod tree;

pub use complete::{Unfinished, unfinished};
pub use error::{ErrorCode, QueryError, Warning, WarningCode};
pub(crate) use near::{
    Positions, Stretched, partners, share_stretch, shared_stretches, visit_nearest_pairs,
};
pub use parse::{MAX_LEAVES, MAX_QUERY_BYTES, Parsed, parse, parse_plain};
pub use pattern::{FuzzyRead, FuzzyWord, is_fuzzy_match, is_wildcard_match};
pub use relax::{Relaxation, parts, relaxations};
pub use request::{Expansion, Filters, HalfLife, NameSource, Order, Prefer, Request};
pub use sequences::{WordForms, is_named, phrase_sequences, word_forms};
pub use snippet::{Snippet, snippet};
pub use spans::{Checker, Match, count_spans, find_spans};
pub use suggest::distance;
pub use synonyms::{SynonymFault, Synonyms};
pub use tree::{Boost, Field, Leaf, Near, Query, Reach, Test};
