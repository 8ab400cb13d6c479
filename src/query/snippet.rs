//! Chooses the piece of a body that shows best why it matched.

use std::ops::Range;

use super::spans::Match;

/// A piece of a body.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Snippet {
    /// The bytes of the body, on `char` boundaries.
    pub range: Range<usize>,
    /// Whether a sentence was begun before it.
    pub is_cut_before: bool,
    /// Whether a sentence goes on after it.
    pub is_cut_after: bool,
}

/// Returns the piece of at most `max_chars` characters with the most different
/// leaves of the query, of those the one with the most matches, of those the first.
/// Without matches it is the beginning of the lead.
pub fn snippet(body: &str, matches: &[Match], max_chars: usize) -> Snippet {
    let _ = (body, matches, max_chars);
    Snippet::default()
}
