//! Which articles are copies of one another?
//!
//! A wire story runs in many papers, with another headline, a paragraph less, a word
//! changed. Two articles are copies if enough of the runs of three words that either has
//! are in both: the Jaccard similarity of their shingles (Broder, *On the resemblance and
//! containment of documents*, 1997). A [`Signature`] made at ingest finds the pairs that
//! may be; the texts themselves decide; and a story is what copies connect
//! ([`group`]). Which articles are of one story depends on the articles alone, never on
//! the order in which they came.
//!
//! Pure: it knows neither how articles are stored nor who asks.

mod groups;
mod signature;

pub use groups::{Grouping, Judged, Signed, group};
pub use signature::{BANDS, Shingles, Signature};

/// Copies have at least this similarity, unless an index is told otherwise (the measure of
/// wire copies with small edits: in thirty words, one may be changed).
pub const DEFAULT_THRESHOLD: f64 = 0.8;
