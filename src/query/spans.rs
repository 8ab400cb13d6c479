//! Finds what a query matches in the texts of one article.

use crate::article::{Part, Span};

use super::tree::Query;

/// A place in an article that a leaf of the query matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Match {
    /// The text it stands in.
    pub part: Part,
    /// Where it stands.
    pub span: Span,
    /// The leaf's place in [`Query::leaves`].
    pub leaf: usize,
}

/// Returns every place that a leaf matches, by part, start, end and leaf.
pub fn find_spans(query: &Query, title: &str, body: &str, language: Option<&str>) -> Vec<Match> {
    let _ = (query, title, body, language);
    Vec::new()
}

/// Returns how many different places `matches` covers: an article's `matches`.
pub fn count_spans(matches: &[Match]) -> usize {
    matches.len()
}
