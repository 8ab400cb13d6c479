//! Keeps which documents of a segment have a phrase, and how often, once a segment was gone
//! through as a whole: the thousands of words of a wildcard are opened once for all who ask,
//! be it for counts, for rankings or for scores.
//!
//! Costs eight bytes for each document that has it, for as long as the query is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::{DocId, SegmentReader, TERMINATED};

use super::pieces::count_before;

/// The documents of a segment that have a phrase, in order, and how often they do.
#[derive(Debug, Default)]
pub(super) struct Occurrences {
    docs: Vec<DocId>,
    frequencies: Vec<u32>,
}

impl Occurrences {
    pub(super) fn push(&mut self, doc: DocId, frequency: u32) {
        self.docs.push(doc);
        self.frequencies.push(frequency);
    }

    /// Returns how many documents there are.
    pub(super) fn len(&self) -> u64 {
        self.docs.len() as u64
    }

    /// Adds those of documents that come later.
    pub(super) fn extend(&mut self, later: Occurrences) {
        self.docs.extend(later.docs);
        self.frequencies.extend(later.frequencies);
    }
}

/// The segments that were gone through.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<SegmentId, Arc<Occurrences>>>>);

impl Known {
    pub(super) fn keep(&self, segment: &SegmentReader, occurrences: Occurrences) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(segment.segment_id(), Arc::new(occurrences));
    }

    /// Returns what a segment has, at its first document, if it was gone through.
    pub(super) fn of(&self, segment: &SegmentReader) -> Option<KnownDocs> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let occurrences = known.get(&segment.segment_id())?.clone();
        Some(KnownDocs { occurrences, at: 0 })
    }
}

/// Visits documents that are known, in ascending order.
pub(super) struct KnownDocs {
    occurrences: Arc<Occurrences>,
    at: usize,
}

impl KnownDocs {
    /// Returns the first document from `target` on, and how often it has the phrase; targets
    /// ascend.
    pub(super) fn find(&mut self, target: DocId) -> (DocId, u32) {
        let Occurrences { docs, frequencies } = &*self.occurrences;
        self.at += count_before(&docs[self.at..], target);
        match (docs.get(self.at), frequencies.get(self.at)) {
            (Some(doc), Some(frequency)) => (*doc, *frequency),
            _ => (TERMINATED, 0),
        }
    }

    /// Returns how many documents there are.
    pub(super) fn size_hint(&self) -> u32 {
        self.occurrences.docs.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_in_steps_of_any_length() {
        let mut occurrences = Occurrences::default();
        for doc in (0..3_000).filter(|doc| doc % 7 < 3) {
            occurrences.push(doc, doc % 5 + 1);
        }
        let occurrences = Arc::new(occurrences);
        for step in [1, 2, 3, 5, 8, 60, 700, 5_000] {
            let mut docs = KnownDocs {
                occurrences: occurrences.clone(),
                at: 0,
            };
            for target in (0..4_000).step_by(step) {
                let next = (target..3_000).find(|doc| doc % 7 < 3);
                let expected = next.map_or((TERMINATED, 0), |doc| (doc, doc % 5 + 1));
                assert_eq!(docs.find(target), expected, "from {target} by {step}");
                assert_eq!(docs.find(target), expected, "again from {target} by {step}");
            }
        }
    }
}
