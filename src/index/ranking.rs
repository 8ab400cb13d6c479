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
//! The search library computes BM25 with k1 = 1.2 and b = 0.75 built in. How far its scores
//! are from ours is known ([`Bound`]), so that its block-max WAND proposes every article that
//! may be as good as the worst of the best so far, and few others; these are scored exactly
//! on the spot. Scores are summed in the query's order and in double precision, so that they
//! do not depend on how the index is cut into segments.
//!
//! k1 and b were chosen on four judged collections (`tests/relevance/scores.txt`): mean
//! MAP .383, against .375 with k1 0.75, .378 with 0.9, .377 with b 0.75.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Explanation, Query, Scorer};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, Term};

use super::error::IndexError;
use super::occurrences::{Known, KnownDocs};
use super::phrase::{PhraseDocs, Sequence};
use super::snapshot::Snapshot;

/// How soon more occurrences stop to count.
const K1: f64 = 1.2;
/// How much longer articles need more occurrences.
const B: f64 = 0.6;
/// The same in the library.
const LIBRARY_B: f64 = 0.75;
/// The library's constant factor, 1 + k1, kept so that both sums compare.
const SCALE: f64 = 2.2;

/// The part of BM25 that depends on an article's length, by the byte that stands for
/// the length in the index.
#[derive(Clone)]
pub(super) struct LengthNorms {
    norms: Arc<[f64; 256]>,
    /// What ours are of the library's.
    ratios: Arc<[f64; 256]>,
}

impl LengthNorms {
    pub(super) fn new(mean_length: f64) -> LengthNorms {
        let (mut norms, mut ratios) = ([0.0; 256], [0.0; 256]);
        for code in 0..=u8::MAX {
            let length = f64::from(FieldNormReader::id_to_fieldnorm(code)) / mean_length;
            let norm = K1 * (1.0 - B + B * length);
            norms[usize::from(code)] = norm;
            let of_library = K1 * (1.0 - LIBRARY_B + LIBRARY_B * length);
            ratios[usize::from(code)] = norm / of_library;
        }
        LengthNorms {
            norms: Arc::new(norms),
            ratios: Arc::new(ratios),
        }
    }

    /// Returns the share of a term's weight that `tf` occurrences earn, 0 to 1.
    pub(super) fn saturation(&self, tf: u32, length_code: u8) -> f64 {
        let tf = f64::from(tf);
        tf / (tf + self.norm(length_code))
    }

    /// Returns how many occurrences earn half of a term's weight.
    pub(super) fn norm(&self, length_code: u8) -> f64 {
        self.norms[usize::from(length_code)]
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
    /// How many articles have it at most.
    pub(super) articles: u64,
    pub(super) evidence: Evidence,
    /// Whether an article may earn it that the library finds for another reason, so that the
    /// library's score leaves it out: in `(a AND b) OR c`, an article of `a` and `c` earns both.
    pub(super) is_hidden: bool,
}

pub(super) enum Evidence {
    /// The stem's frequency in the ranking text.
    Stem(Term),
    /// How often the phrase stands in title and body, and where that is known.
    Phrase(Vec<Sequence>, Known),
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

    /// Returns how often `doc` has each leaf, in the query's order.
    pub(super) fn counts(&mut self, doc: DocId) -> impl Iterator<Item = u32> {
        self.counters
            .iter_mut()
            .map(move |counter| counter.count(doc))
    }

    /// Returns what each leaf adds to the score of `doc`, which has them `counts` times.
    pub(super) fn parts(&self, doc: DocId, counts: &[u32]) -> impl Iterator<Item = f64> {
        let length = self.lengths.fieldnorm_id(doc);
        let leaves = self.leaves.iter().zip(counts);
        leaves.map(move |(leaf, count)| match *count {
            0 => 0.0,
            tf => leaf.weight * self.norms.saturation(tf, length),
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
    Known(KnownDocs),
}

impl Counter {
    fn open(evidence: &Evidence, segment: &SegmentReader) -> tantivy::Result<Counter> {
        Ok(match evidence {
            Evidence::Stem(term) => {
                let index = segment.inverted_index(term.field())?;
                let postings = index.read_postings(term, IndexRecordOption::WithFreqs)?;
                Counter::Stem(postings.map(Box::new))
            }
            Evidence::Phrase(sequences, known) => match known.of(segment) {
                Some(docs) => Counter::Known(docs),
                None => {
                    let no_filters = || Ok(Vec::new());
                    Counter::Phrase(PhraseDocs::open(sequences, segment, true, no_filters)?)
                }
            },
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
            Counter::Known(docs) => match docs.find(doc) {
                (found, frequency) if found == doc => frequency,
                _ => 0,
            },
        }
    }
}

/// What the library's scores say of ours in one segment.
///
/// With `x` the length of an article in mean lengths, one of `n` words earns the share
/// `1 / (1 + 1.2 e)` of its weight, `e = (0.4 + 0.6 x) / tf`. The library has
/// `r = (0.25 + 0.75 x) / tf` in the place of `e`, and knows of a block of postings only the
/// article whose `r` was least as computed with the mean length of the segment, `ρ` times
/// ours. With that one's `r*`, every article of the block has
///
/// ```text
/// e ≥ γ r*,   γ = min(1.6, 0.8 ρ) / max(1, ρ)
/// ```
///
/// since `e / r` lies between 0.8 and 1.6 where both means are the same. So if the library has
/// the share `y` for the block, ours is at most `f(y) = y / (γ + (1 − γ) y)`. As `f` is concave,
/// several words together earn at most their whole weight times `f` of the library's share of
/// it (Jensen's inequality). For an article by itself `γ` is the `e / r` of its length; where
/// that is above 1, the library's score is the bound.
///
/// Worked example: ρ = 1 gives γ = 0.8. An article that must earn 0.6 of what its words weigh
/// has at least 0.545 of it by the library.
///
/// What hidden words earn may come on top of all that.
pub(super) struct Bound<'n> {
    /// What all words weigh together.
    weight: f64,
    /// What hidden words do.
    hidden: f64,
    closeness: f64,
    norms: &'n LengthNorms,
}

impl<'n> Bound<'n> {
    /// Returns the bound for scores of `leaves` in a segment whose mean length is `ratio`
    /// times that of all articles.
    pub(super) fn of<'l>(
        leaves: impl IntoIterator<Item = &'l ScoredLeaf>,
        norms: &'n LengthNorms,
        ratio: f64,
    ) -> Bound<'n> {
        let (mut weight, mut hidden) = (0.0, 0.0);
        for leaf in leaves {
            weight += leaf.weight;
            hidden += if leaf.is_hidden { leaf.weight } else { 0.0 };
        }
        Bound {
            hidden,
            weight: weight.max(f64::MIN_POSITIVE),
            closeness: (0.8 * ratio).min(1.6) / ratio.max(1.0),
            norms,
        }
    }

    /// Returns the highest score of an article of that length that has `library` by the
    /// library.
    #[inline]
    pub(super) fn most(&self, library: f64, length_code: u8) -> f64 {
        let closeness = self.norms.ratios[usize::from(length_code)].min(1.0);
        self.hidden + library / (closeness + (1.0 - closeness) * (library / self.weight))
    }

    /// Returns what an article's blocks have by the library, at least, if it scores `score`.
    pub(super) fn least(&self, score: f64) -> f64 {
        let score = score - self.hidden;
        if score > self.weight {
            return f64::INFINITY;
        }
        self.closeness * score / (1.0 - (1.0 - self.closeness) * (score / self.weight))
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

/// Returns what the library is told of the score of `doc`, if `scorer` finds it.
pub(super) fn explanation(
    label: &'static str,
    mut scorer: Box<dyn Scorer>,
    doc: DocId,
) -> Explanation {
    let found = scorer.doc() == doc || (scorer.doc() < doc && scorer.seek(doc) == doc);
    Explanation::new(label, if found { scorer.score() } else { 0.0 })
}

/// A query that matches but adds nothing to a score.
pub(super) fn unscored(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(tantivy::query::ConstScoreQuery::new(query, 0.0))
}

#[cfg(test)]
mod tests {
    use tantivy::query::Bm25Weight;

    use super::*;

    #[test]
    fn the_worked_example() {
        let norms = LengthNorms::new(10.0);
        let length = FieldNormReader::fieldnorm_to_id(10);
        let score = term_weight(1, 2) / SCALE * norms.saturation(1, length);
        assert!((score - 0.315).abs() < 0.001, "{score}");
    }

    /// Whatever a block of postings holds, no article of it scores more than the bound says.
    #[test]
    fn no_score_is_above_its_bound() {
        let (total, n, mean) = (1_000, 17, 120.0);
        let weight = term_weight(n, total);
        let library = Bm25Weight::for_one_term(n, total, mean as f32);
        let norms = LengthNorms::new(mean);
        let lengths = [0, 1, 10, 60, 120, 300, 900, 100_000].map(FieldNormReader::fieldnorm_to_id);
        let frequencies = [1, 2, 3, 9, 40, 5_000];
        let pairs = lengths.map(|length| frequencies.map(|tf| (length, tf)));
        let pairs = pairs.as_flattened();
        for segment_mean in [40.0, 100.0, 120.0, 150.0, 400.0] {
            let of_segment = Bm25Weight::for_one_term(n, total, segment_mean as f32);
            let leaf = ScoredLeaf {
                label: String::new(),
                weight,
                articles: n,
                evidence: Evidence::Phrase(Vec::new(), Known::default()),
                is_hidden: false,
            };
            let bound = Bound::of(&[leaf], &norms, segment_mean / mean);
            for (at, &(length, tf)) in pairs.iter().enumerate() {
                let ours = weight * norms.saturation(tf, length);
                let own = f64::from(library.score(length, tf));
                let most = bound.most(own, length);
                assert!(most * (1.0 + 1e-5) >= ours && most <= ours * 1.15);
                assert!(bound.least(ours) <= own * (1.0 + 1e-5));
                for &(other_length, other_tf) in &pairs[at..] {
                    // The one that the library keeps for a block of both.
                    let kept =
                        [(length, tf), (other_length, other_tf)]
                            .into_iter()
                            .max_by(|a, b| {
                                of_segment
                                    .score(a.0, a.1)
                                    .total_cmp(&of_segment.score(b.0, b.1))
                            });
                    let (kept_length, kept_tf) = kept.unwrap();
                    let of_block = f64::from(library.score(kept_length, kept_tf));
                    assert!(
                        bound.least(ours) <= of_block * (1.0 + 1e-5),
                        "{ours} in a block of {of_block}, mean {segment_mean}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_bound_is_close() {
        let leaf = |weight| ScoredLeaf {
            label: String::new(),
            weight,
            articles: 1,
            evidence: Evidence::Phrase(Vec::new(), Known::default()),
            is_hidden: false,
        };
        let norms = LengthNorms::new(120.0);
        let bound = Bound::of(&[leaf(2.0), leaf(3.0)], &norms, 1.0);
        assert!((bound.least(3.0) - 2.727).abs() < 0.001);
        assert_eq!(bound.least(5.1), f64::INFINITY);
    }
}
