//! Finds phrases in title and body, with filters applied before positions are read.
//!
//! A sequence is a row of slots, each a set of alternative words; it stands where
//! every slot is filled by consecutive words of one field. Documents are found by
//! leapfrogging the slots' postings and the filters, rarest first; only where all of
//! them agree are positions decoded and intersected. A rare filter therefore makes a
//! phrase of common words cheap: reading positions is what costs.
//!
//! Running time: the shortest list drives, `O(shortest · lists · log gap)` seeks.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

use super::ranking::{LengthNorms, weighted_count};
use super::schema::Number;

/// Consecutive words of one field.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub(super) field: Field,
    /// The alternatives for each place.
    pub(super) slots: Vec<Vec<Term>>,
    /// How often an occurrence counts.
    pub(super) times: u32,
    /// Whether it must lie in the body's first paragraph.
    pub(super) lead_only: bool,
}

/// Articles in which any of some sequences stands, and which pass all filters.
#[derive(Debug)]
pub(super) struct PhraseQuery {
    pub(super) sequences: Vec<Sequence>,
    pub(super) filters: Vec<Box<dyn Query>>,
    pub(super) scoring: Option<PhraseScoring>,
}

/// What is needed to score a phrase as if it were one term of the ranking text.
#[derive(Clone)]
pub(super) struct PhraseScoring {
    pub(super) weight: f64,
    pub(super) ranking: Field,
    pub(super) norms: LengthNorms,
}

impl std::fmt::Debug for PhraseScoring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PhraseScoring({})", self.weight)
    }
}

impl Clone for PhraseQuery {
    fn clone(&self) -> PhraseQuery {
        PhraseQuery {
            sequences: self.sequences.clone(),
            filters: self
                .filters
                .iter()
                .map(|filter| filter.box_clone())
                .collect(),
            scoring: self.scoring.clone(),
        }
    }
}

impl Query for PhraseQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let disabled = EnableScoring::disabled_from_schema(scoring.schema());
        let disabled = scoring
            .searcher()
            .map_or(disabled, EnableScoring::disabled_from_searcher);
        let filters: tantivy::Result<_> = self
            .filters
            .iter()
            .map(|filter| filter.weight(disabled))
            .collect();
        let scores = scoring.is_scoring_enabled();
        Ok(Box::new(PhraseWeight {
            sequences: self.sequences.clone(),
            filters: filters?,
            scoring: self.scoring.clone().filter(|_| scores),
        }))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        let slots = self.sequences.iter().flat_map(|sequence| &sequence.slots);
        slots.flatten().for_each(|term| visitor(term, true));
    }
}

struct PhraseWeight {
    sequences: Vec<Sequence>,
    filters: Vec<Box<dyn Weight>>,
    scoring: Option<PhraseScoring>,
}

impl Weight for PhraseWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut sequences = Vec::new();
        for sequence in &self.sequences {
            let filters: tantivy::Result<Vec<_>> = self
                .filters
                .iter()
                .map(|filter| filter.scorer(reader, 1.0))
                .collect();
            let docs = SequenceDocs::open(sequence, reader, filters?, self.scoring.is_some())?;
            sequences.extend(docs.map(|docs| (docs, sequence.field, sequence.times)));
        }
        let scoring = match &self.scoring {
            Some(scoring) => Some((
                scoring.clone(),
                reader.get_fieldnorms_reader(scoring.ranking)?,
            )),
            None => None,
        };
        let doc = sequences
            .iter()
            .map(|(docs, ..)| docs.doc())
            .min()
            .unwrap_or(TERMINATED);
        Ok(Box::new(PhraseScorer {
            sequences,
            scoring,
            boost,
            doc,
        }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        let found = scorer.doc() == doc || (scorer.doc() < doc && scorer.seek(doc) == doc);
        Ok(Explanation::new(
            "phrase",
            if found { scorer.score() } else { 0.0 },
        ))
    }
}

struct PhraseScorer {
    sequences: Vec<(SequenceDocs, Field, u32)>,
    scoring: Option<(PhraseScoring, FieldNormReader)>,
    boost: Score,
    doc: DocId,
}

impl PhraseScorer {
    fn settle(&mut self) -> DocId {
        self.doc = self
            .sequences
            .iter()
            .map(|(docs, ..)| docs.doc())
            .min()
            .unwrap_or(TERMINATED);
        self.doc
    }
}

impl DocSet for PhraseScorer {
    fn advance(&mut self) -> DocId {
        let doc = self.doc;
        for (docs, ..) in &mut self.sequences {
            if docs.doc() == doc && doc != TERMINATED {
                docs.advance();
            }
        }
        self.settle()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        for (docs, ..) in &mut self.sequences {
            if docs.doc() < target {
                docs.seek(target);
            }
        }
        self.settle()
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        let sum: u64 = self
            .sequences
            .iter()
            .map(|(docs, ..)| u64::from(docs.size_hint()))
            .sum();
        u32::try_from(sum).unwrap_or(u32::MAX)
    }

    fn cost(&self) -> u64 {
        self.sequences.iter().map(|(docs, ..)| docs.cost()).sum()
    }
}

impl Scorer for PhraseScorer {
    fn score(&mut self) -> Score {
        let Some((scoring, lengths)) = &self.scoring else {
            return 0.0;
        };
        let doc = self.doc;
        let counts = self.sequences.iter().map(|(docs, field, times)| {
            (
                *field,
                *times,
                if docs.doc() == doc {
                    docs.occurrences()
                } else {
                    0
                },
            )
        });
        let tf = weighted_count(counts);
        let share = scoring.norms.saturation(tf, lengths.fieldnorm_id(doc));
        (scoring.weight * share) as Score * self.boost
    }
}

/// The documents of one segment in which one sequence stands.
pub(super) struct SequenceDocs {
    slots: Vec<Slot>,
    /// Slots from the rarest to the most frequent.
    rarest_first: Vec<usize>,
    filters: Vec<Box<dyn Scorer>>,
    lead_words: Option<tantivy::columnar::Column<u64>>,
    counts: bool,
    doc: DocId,
    count: u32,
    ends: Vec<u32>,
    scratch: Vec<u32>,
}

impl SequenceDocs {
    /// Opens `sequence` in a segment, at its first document; `None` if a slot has no
    /// word there. With `counts` every occurrence is counted, else one is enough.
    pub(super) fn open(
        sequence: &Sequence,
        segment: &SegmentReader,
        filters: Vec<Box<dyn Scorer>>,
        counts: bool,
    ) -> tantivy::Result<Option<SequenceDocs>> {
        let index = segment.inverted_index(sequence.field)?;
        let option = if sequence.slots.len() == 1 && !sequence.lead_only {
            IndexRecordOption::WithFreqs
        } else {
            IndexRecordOption::WithFreqsAndPositions
        };
        let mut slots = Vec::with_capacity(sequence.slots.len());
        for alternatives in &sequence.slots {
            let mut words = Vec::new();
            for term in alternatives {
                words.extend(index.read_postings(term, option)?);
            }
            if words.is_empty() {
                return Ok(None);
            }
            slots.push(Slot { words });
        }
        let mut rarest_first: Vec<usize> = (0..slots.len()).collect();
        rarest_first.sort_by_key(|&at| slots[at].doc_freq());
        let lead_words = match sequence.lead_only {
            true => Some(segment.fast_fields().u64(Number::LeadWords.name())?),
            false => None,
        };
        let (ends, scratch) = (Vec::new(), Vec::new());
        let mut docs = SequenceDocs {
            slots,
            rarest_first,
            filters,
            lead_words,
            counts,
            doc: 0,
            count: 0,
            ends,
            scratch,
        };
        docs.find(0);
        Ok((docs.doc != TERMINATED).then_some(docs))
    }

    /// Returns how often the sequence stands in the current document; just 1 unless
    /// opened to count.
    pub(super) fn occurrences(&self) -> u32 {
        self.count
    }

    /// Moves to the first document from `target` on in which the sequence stands.
    fn find(&mut self, target: DocId) -> DocId {
        let mut target = target;
        loop {
            self.doc = self.agree(target);
            if self.doc == TERMINATED {
                self.count = 0;
                return TERMINATED;
            }
            self.count = self.count_here();
            if self.count > 0 {
                return self.doc;
            }
            target = self.doc + 1;
        }
    }

    /// Returns the first document from `target` on that every slot and filter has.
    fn agree(&mut self, target: DocId) -> DocId {
        let mut target = target;
        'candidates: loop {
            if target >= TERMINATED {
                return TERMINATED;
            }
            for at in 0..self.rarest_first.len() {
                let doc = self.slots[self.rarest_first[at]].seek(target);
                if doc > target {
                    target = doc;
                    continue 'candidates;
                }
            }
            for filter in &mut self.filters {
                let doc = if filter.doc() < target {
                    filter.seek(target)
                } else {
                    filter.doc()
                };
                if doc > target {
                    target = doc;
                    continue 'candidates;
                }
            }
            return target;
        }
    }

    /// Counts the occurrences in the current document, which every slot is at.
    fn count_here(&mut self) -> u32 {
        let last = self.slots.len() - 1;
        if last == 0 && self.lead_words.is_none() {
            return self.slots[0].term_freq(self.doc);
        }
        // Every slot's positions, shifted to where the sequence would end.
        let first = self.rarest_first[0];
        self.slots[first].positions(self.doc, (last - first) as u32, &mut self.ends);
        for at in 1..self.rarest_first.len() {
            let slot = self.rarest_first[at];
            self.slots[slot].positions(self.doc, (last - slot) as u32, &mut self.scratch);
            intersect(&mut self.ends, &self.scratch);
            if self.ends.is_empty() {
                return 0;
            }
        }
        if let Some(column) = &self.lead_words {
            let words = column.first(self.doc).unwrap_or_default();
            self.ends.retain(|&end| u64::from(end) < words);
        }
        let found = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        if self.counts { found } else { found.min(1) }
    }
}

impl DocSet for SequenceDocs {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED {
            TERMINATED
        } else {
            self.find(self.doc + 1)
        }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            self.find(target)
        } else {
            self.doc
        }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        let rarest = self
            .rarest_first
            .first()
            .map_or(0, |&at| self.slots[at].doc_freq());
        // A guess that suffices to order an intersection: adjacent words are one in ten
        // of the documents that have both.
        if self.slots.len() > 1 {
            rarest / 10 + 1
        } else {
            rarest
        }
    }

    fn cost(&self) -> u64 {
        let rarest = self
            .rarest_first
            .first()
            .map_or(0, |&at| self.slots[at].doc_freq());
        u64::from(rarest) * 10 * self.slots.len() as u64
    }
}

/// Keeps in `left` what is in `right` too; both ascend.
fn intersect(left: &mut Vec<u32>, right: &[u32]) {
    let mut at = 0;
    left.retain(|&value| {
        while at < right.len() && right[at] < value {
            at += 1;
        }
        at < right.len() && right[at] == value
    });
}

/// One place of a sequence: any of some words.
struct Slot {
    words: Vec<SegmentPostings>,
}

impl Slot {
    fn doc_freq(&self) -> u32 {
        self.words
            .iter()
            .map(SegmentPostings::doc_freq)
            .fold(0, u32::saturating_add)
    }

    fn seek(&mut self, target: DocId) -> DocId {
        let seek = |word: &mut SegmentPostings| {
            if word.doc() < target {
                word.seek(target)
            } else {
                word.doc()
            }
        };
        self.words.iter_mut().map(seek).min().unwrap_or(TERMINATED)
    }

    fn term_freq(&self, doc: DocId) -> u32 {
        let here = self.words.iter().filter(|word| word.doc() == doc);
        here.map(SegmentPostings::term_freq).sum()
    }

    fn positions(&mut self, doc: DocId, shift: u32, positions: &mut Vec<u32>) {
        positions.clear();
        let mut here = 0;
        for word in self.words.iter_mut().filter(|word| word.doc() == doc) {
            word.append_positions_with_offset(shift, positions);
            here += 1;
        }
        if here > 1 {
            positions.sort_unstable();
            positions.dedup();
        }
    }
}
