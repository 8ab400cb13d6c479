//! Finds articles that have any of some values: names, sources, languages and the like.
//!
//! Values are terms of any fields, so that a name is looked up among editors' names and
//! among extracted ones at once. Nothing is scored.

use tantivy::postings::SegmentPostings;
use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

use super::ranking::explanation;
use super::slot::Slot;

/// Articles that have any of some terms.
#[derive(Clone, Debug)]
pub(super) struct ValueQuery {
    pub(super) terms: Vec<Term>,
}

impl Query for ValueQuery {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(ValueWeight {
            terms: self.terms.clone(),
        }))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.terms.iter().for_each(|term| visitor(term, false));
    }
}

struct ValueWeight {
    terms: Vec<Term>,
}

impl Weight for ValueWeight {
    fn scorer(&self, segment: &SegmentReader, _boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut values: Vec<SegmentPostings> = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let index = segment.inverted_index(term.field())?;
            values.extend(index.read_postings(term, IndexRecordOption::Basic)?);
        }
        let mut values = Slot::without_positions(values);
        let doc = values.seek(0);
        Ok(Box::new(ValueScorer { values, doc }))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        Ok(explanation("value", self.scorer(segment, 1.0)?, doc))
    }
}

struct ValueScorer {
    values: Slot,
    doc: DocId,
}

impl DocSet for ValueScorer {
    fn advance(&mut self) -> DocId {
        if self.doc != TERMINATED {
            self.doc = self.values.seek(self.doc + 1);
        }
        self.doc
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            self.doc = self.values.seek(target);
        }
        self.doc
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.values.doc_freq()
    }
}

impl Scorer for ValueScorer {
    fn score(&mut self) -> Score {
        0.0
    }
}
