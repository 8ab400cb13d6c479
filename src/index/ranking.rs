//! The ranking function: BM25 over the ranking text, with phrases as terms of it.
//!
//! Okapi BM25 (Robertson and Zaragoza 2009, *The Probabilistic Relevance Framework*,
//! eq. 3.15) over one field in which the title counts three times:
//!
//! ```text
//! score = Σ idf · tf / (tf + k1 · (1 − b + b · length / mean length))
//! idf   = ln(1 + (N − n + 0.5) / (n + 0.5))
//! ```
//!
//! Worked example: N = 2, n = 1 gives idf = ln 2 = 0.693; a word that stands once in
//! an article of mean length with k1 = 1.2 scores 0.693 · 1 / 2.2 = 0.315, times the
//! constant [`SCALE`].
//!
//! The search library computes BM25 with k1 = 1.2 and b = 0.75 built in. It is told a
//! mean length [`LENGTH_STRETCH`] times the real one, so that its denominators,
//! 1.2 · (0.25 + 0.75 · l / 1.25 m) = 1.2 · (0.25 + 0.6 · l / m), are never greater than
//! ours, 1.2 · (0.4 + 0.6 · l / m): its sums are close upper bounds of our scores. So
//! its block-max WAND proposes articles whose bound reaches the worst of the best so far
//! ([`block_slack`] makes up for what its blocks forget), and those are scored exactly on
//! the spot. Scores are summed in the query's order and in double precision, so that
//! they do not depend on how the index is cut into segments.
//!
//! k1 and b were chosen on four judged collections (`tests/relevance/scores.txt`): mean
//! MAP .383, against .375 with k1 0.75, .378 with 0.9, .377 with b 0.75.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::Query;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, Term};

use super::error::IndexError;
use super::phrase::{PhraseDocs, Sequence};
use super::snapshot::Snapshot;

/// How many times its mean length the index claims to have; see the module's comment.
pub(super) const LENGTH_STRETCH: f64 = 1.25;

/// How soon more occurrences stop to count.
const K1: f64 = 1.2;
/// How much longer articles need more occurrences.
const B: f64 = 0.6;
/// The library's constant factor, 1 + k1, kept so that both sums compare.
const SCALE: f64 = 2.2;

/// The part of BM25 that depends on an article's length, by the byte that stands for
/// the length in the index.
#[derive(Clone)]
pub(super) struct LengthNorms(Arc<[f64; 256]>);

impl LengthNorms {
    pub(super) fn new(mean_length: f64) -> LengthNorms {
        let mut norms = [0.0; 256];
        for (code, norm) in norms.iter_mut().enumerate() {
            let length = f64::from(FieldNormReader::id_to_fieldnorm(code as u8));
            *norm = K1 * (1.0 - B + B * length / mean_length);
        }
        LengthNorms(Arc::new(norms))
    }

    /// Returns the share of a term's weight that `tf` occurrences earn, 0 to 1.
    pub(super) fn saturation(&self, tf: u32, length_code: u8) -> f64 {
        let tf = f64::from(tf);
        tf / (tf + self.norm(length_code))
    }

    /// Returns how many occurrences earn half of a term's weight.
    pub(super) fn norm(&self, length_code: u8) -> f64 {
        self.0[usize::from(length_code)]
    }
}

/// Returns the weight of a term that stands in `n` of `total` articles.
pub(super) fn term_weight(n: u64, total: u64) -> f64 {
    let (n, total) = (n as f64, (total.max(n)) as f64);
    SCALE * (1.0 + (total - n + 0.5) / (n + 0.5)).ln()
}

/// One thing that articles are ranked by.
pub(super) struct ScoredLeaf {
    /// How the query wrote it.
    pub(super) label: String,
    pub(super) weight: f64,
    pub(super) evidence: Evidence,
}

pub(super) enum Evidence {
    /// The stem's frequency in the ranking text.
    Stem(Term),
    /// How often the phrase stands in title and body.
    Phrase(Vec<Sequence>),
}

/// Scores articles of one segment that are already known to match, in ascending order.
pub(super) struct SegmentScorer<'a> {
    leaves: &'a [ScoredLeaf],
    counters: Vec<Counter>,
    norms: &'a LengthNorms,
    lengths: &'a FieldNormReader,
}

impl<'a> SegmentScorer<'a> {
    /// Opens `leaves` in the segment number `segment` of `snapshot`.
    pub(super) fn open(
        snapshot: &'a Snapshot,
        leaves: &'a [ScoredLeaf],
        segment: u32,
    ) -> Result<SegmentScorer<'a>, IndexError> {
        let reader = snapshot.searcher.segment_reader(segment);
        let open = |leaf: &ScoredLeaf| Counter::open(&leaf.evidence, reader);
        let counters = leaves.iter().map(open).collect::<Result<_, _>>()?;
        Ok(SegmentScorer {
            leaves,
            counters,
            norms: snapshot.norms(),
            lengths: snapshot.lengths(segment),
        })
    }

    /// Returns what each leaf adds to the score of `doc`, in the query's order.
    pub(super) fn parts(&mut self, doc: DocId) -> impl Iterator<Item = f64> {
        let length = self.lengths.fieldnorm_id(doc);
        let norms = self.norms;
        let leaves = self.leaves.iter().zip(&mut self.counters);
        leaves.map(move |(leaf, counter)| match counter.count(doc) {
            0 => 0.0,
            tf => leaf.weight * norms.saturation(tf, length),
        })
    }

    /// Returns the byte that stands for the length of `doc`.
    pub(super) fn length(&self, doc: DocId) -> u8 {
        self.lengths.fieldnorm_id(doc)
    }
}

/// Counts one leaf's evidence in ascending documents of one segment.
enum Counter {
    Stem(Option<Box<SegmentPostings>>),
    Phrase(PhraseDocs),
}

impl Counter {
    fn open(evidence: &Evidence, segment: &SegmentReader) -> tantivy::Result<Counter> {
        Ok(match evidence {
            Evidence::Stem(term) => {
                let index = segment.inverted_index(term.field())?;
                let postings = index.read_postings(term, IndexRecordOption::WithFreqs)?;
                Counter::Stem(postings.map(Box::new))
            }
            Evidence::Phrase(sequences) => {
                let no_filters = || Ok(Vec::new());
                Counter::Phrase(PhraseDocs::open(sequences, segment, true, no_filters)?)
            }
        })
    }

    fn count(&mut self, doc: DocId) -> u32 {
        match self {
            Counter::Stem(None) => 0,
            Counter::Stem(Some(postings)) => {
                if postings.doc() < doc {
                    postings.seek(doc);
                }
                if postings.doc() == doc {
                    postings.term_freq()
                } else {
                    0
                }
            }
            Counter::Phrase(docs) => docs.count_at(doc),
        }
    }
}

/// Returns by how much at most the library underestimates a block's best score in a
/// segment whose mean length is `segment_mean`; at least 1.
///
/// For each block of postings the library stored the pair of frequency and length that
/// was best by its own function with the segment's mean, `r = (0.25 + 0.75 ρ x) / tf`
/// at `x = l / m` and `ρ = m / segment mean`. Of all pairs in the block none has a
/// smaller `r`, but one may have a smaller `e = (0.4 + 0.6 x) / tf`, which is ours. As
/// `e / r` lies between 0.8 / ρ and 1.6, and the bound's `(0.25 + 0.6 x) / tf` is at most
/// `max(1, 0.8 / ρ)` times `r`, no score is higher than the bound by more than their ratio.
pub(super) fn block_slack(mean: f64, segment_mean: f64) -> f64 {
    let ratio = 0.8 * segment_mean.max(1.0) / mean.max(1.0);
    ratio.max(1.0) / ratio.min(1.6)
}

/// Returns the frequency of a phrase whose variants were counted by field: spellings of
/// one phrase are one occurrence, a title's counts as often as its words do.
pub(super) fn weighted_count(counts: impl Iterator<Item = (Field, u32, u32)>) -> u32 {
    let mut by_field: [(Option<Field>, u32); 2] = [(None, 0); 2];
    for (field, times, count) in counts {
        let slot = by_field
            .iter_mut()
            .find(|(known, _)| known.is_none_or(|known| known == field));
        if let Some((known, most)) = slot {
            *known = Some(field);
            *most = (*most).max(count * times);
        }
    }
    by_field.iter().map(|(_, most)| most).sum()
}

/// A query that matches but adds nothing to a score.
pub(super) fn unscored(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(tantivy::query::ConstScoreQuery::new(query, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example() {
        let norms = LengthNorms::new(10.0);
        let length = FieldNormReader::fieldnorm_to_id(10);
        let score = term_weight(1, 2) / SCALE * norms.saturation(1, length);
        assert!((score - 0.315).abs() < 0.001, "{score}");
    }

    #[test]
    fn the_library_never_scores_lower_than_we_do() {
        let (total, n, mean) = (1_000, 17, 120.0);
        let stretched = (mean * LENGTH_STRETCH) as f32;
        let library = tantivy::query::Bm25Weight::for_one_term(n, total, stretched);
        let norms = LengthNorms::new(mean);
        for length in [0, 1, 10, 120, 900, 100_000] {
            for tf in [1, 2, 40, 5_000] {
                let code = FieldNormReader::fieldnorm_to_id(length);
                let ours = term_weight(n, total) * norms.saturation(tf, code);
                let bound = f64::from(library.score(code, tf));
                assert!(
                    bound >= ours * (1.0 - 1e-5),
                    "{bound} < {ours} at {length}, {tf}"
                );
                assert!(
                    bound <= ours * 1.2,
                    "{bound} is far from {ours} at {length}, {tf}"
                );
            }
        }
    }
}
