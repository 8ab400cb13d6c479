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
//! its block-max WAND collects candidates, and once the last candidate's bound is lower
//! than the last hit's score, no article outside can be better. Scores themselves are
//! summed in the query's order and in double precision, so that they do not depend on
//! how the index is cut into segments.
//!
//! k1 and b were chosen on four judged collections (`tests/relevance/scores.txt`): mean
//! MAP .383, against .375 with k1 0.75, .378 with 0.9, .377 with b 0.75.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::Query;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, SegmentReader, TERMINATED, Term};

use super::error::IndexError;
use super::phrase::{Sequence, SequenceDocs};
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
        tf / (tf + self.0[usize::from(length_code)])
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

/// Computes exact scores of articles that are already known to match.
pub(super) struct Scorer<'a> {
    snapshot: &'a Snapshot,
    leaves: &'a [ScoredLeaf],
    norms: LengthNorms,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, leaves: &'a [ScoredLeaf]) -> Scorer<'a> {
        Scorer {
            snapshot,
            leaves,
            norms: LengthNorms::new(snapshot.mean_ranking_words()),
        }
    }

    /// Returns, for each article, what each leaf adds to its score.
    pub(super) fn contributions(
        &self,
        articles: &[DocAddress],
    ) -> Result<Vec<Vec<f64>>, IndexError> {
        let mut all = vec![vec![0.0; self.leaves.len()]; articles.len()];
        // Postings only move forward: visit each segment's articles in their order.
        let mut order: Vec<usize> = (0..articles.len()).collect();
        order.sort_by_key(|&at| articles[at]);
        for visited in order.chunk_by(|&a, &b| articles[a].segment_ord == articles[b].segment_ord) {
            let segment = self
                .snapshot
                .searcher
                .segment_reader(articles[visited[0]].segment_ord);
            let lengths = segment.get_fieldnorms_reader(self.snapshot.fields.ranking)?;
            for (leaf_at, leaf) in self.leaves.iter().enumerate() {
                let mut counter = Counter::new(&leaf.evidence, segment)?;
                for &at in visited {
                    let doc = articles[at].doc_id;
                    let tf = counter.count(doc);
                    if tf > 0 {
                        let share = self.norms.saturation(tf, lengths.fieldnorm_id(doc));
                        all[at][leaf_at] = leaf.weight * share;
                    }
                }
            }
        }
        Ok(all)
    }
}

/// Counts one leaf's evidence in ascending documents of one segment.
enum Counter {
    Stem(Option<Box<tantivy::postings::SegmentPostings>>),
    Phrase(Vec<(SequenceDocs, Field, u32)>),
}

impl Counter {
    fn new(evidence: &Evidence, segment: &SegmentReader) -> Result<Counter, IndexError> {
        Ok(match evidence {
            Evidence::Stem(term) => {
                let index = segment.inverted_index(term.field())?;
                let postings = index.read_postings(term, IndexRecordOption::WithFreqs);
                Counter::Stem(postings.map_err(tantivy::TantivyError::from)?.map(Box::new))
            }
            Evidence::Phrase(sequences) => {
                let mut counters = Vec::new();
                for sequence in sequences {
                    if let Some(docs) = SequenceDocs::open(sequence, segment, Vec::new(), true)? {
                        counters.push((docs, sequence.field, sequence.times));
                    }
                }
                Counter::Phrase(counters)
            }
        })
    }

    fn count(&mut self, doc: u32) -> u32 {
        use tantivy::postings::Postings;
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
            Counter::Phrase(sequences) => {
                let counts = sequences.iter_mut().map(|(docs, field, times)| {
                    if docs.doc() < doc && docs.doc() != TERMINATED {
                        docs.seek(doc);
                    }
                    let count = if docs.doc() == doc {
                        docs.occurrences()
                    } else {
                        0
                    };
                    (*field, *times, count)
                });
                weighted_count(counts)
            }
        }
    }
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
