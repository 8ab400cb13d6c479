//! From typed text to a query tree, shown as it was read, and from a tree to the
//! spans that match it in a text.
//!
//! Nothing here searches: the tree is what an engine is asked, and the spans are
//! what a reader is shown.

mod tree;

pub use tree::{Field, Leaf, Query, Test};
