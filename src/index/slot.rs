//! Reads the postings of one place of a phrase, which any of some words may fill, as if they
//! were those of one word.
//!
//! A few words are looked at one by one. Many are kept in order of their documents, or, if
//! nobody asks for positions, are read as a [`Union`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, TERMINATED};

use super::union::{Union, advance_to};

/// One place of a sequence: any of some words.
pub(super) struct Slot {
    words: Vec<SegmentPostings>,
    /// Stands for many words whose positions are not asked for.
    union: Option<Union>,
    /// For many words, the document that each is at, the nearest first.
    nearest: BinaryHeap<Reverse<(DocId, usize)>>,
    scratch: Vec<usize>,
}

/// More words than this are kept in order of their documents (chosen: a look at each costs
/// less than a heap below that).
const MANY_WORDS: usize = 4;

impl Slot {
    pub(super) fn new(words: Vec<SegmentPostings>) -> Slot {
        let mut slot = Slot {
            words,
            union: None,
            nearest: BinaryHeap::new(),
            scratch: Vec::new(),
        };
        if slot.words.len() > MANY_WORDS {
            let docs = slot.words.iter().map(SegmentPostings::doc).enumerate();
            slot.nearest = docs.map(|(at, doc)| Reverse((doc, at))).collect();
        }
        slot
    }

    /// The same for words whose positions are not asked for.
    pub(super) fn without_positions(words: Vec<SegmentPostings>) -> Slot {
        if words.len() <= MANY_WORDS {
            return Slot::new(words);
        }
        let mut slot = Slot::new(Vec::new());
        slot.union = Some(Union::new(words));
        slot
    }

    pub(super) fn doc_freq(&self) -> u32 {
        if let Some(union) = &self.union {
            return union.doc_freq();
        }
        self.words
            .iter()
            .map(SegmentPostings::doc_freq)
            .fold(0, u32::saturating_add)
    }

    /// Moves to the first document from `target` on.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        if let [word] = &mut self.words[..] {
            return advance_to(word, target);
        }
        if let Some(union) = &mut self.union {
            return union.seek(target);
        }
        if self.words.len() > MANY_WORDS {
            return self.seek_many(target);
        }
        let seek = |word| advance_to(word, target);
        self.words.iter_mut().map(seek).min().unwrap_or(TERMINATED)
    }

    fn seek_many(&mut self, target: DocId) -> DocId {
        while let Some(mut nearest) = self.nearest.peek_mut()
            && nearest.0.0 < target
        {
            let at = nearest.0.1;
            *nearest = Reverse((advance_to(&mut self.words[at], target), at));
        }
        let nearest = self.nearest.peek();
        nearest.map_or(TERMINATED, |nearest| nearest.0.0)
    }

    pub(super) fn term_freq(&self, doc: DocId) -> u32 {
        if let [word] = &self.words[..] {
            return word.term_freq();
        }
        if let Some(union) = &self.union {
            return union.term_freq(doc);
        }
        let mut frequency = 0;
        self.visit_here(doc, |at| frequency += self.words[at].term_freq());
        frequency
    }

    /// Calls `visit` with the numbers of the words that `doc`, the document at hand, has.
    fn visit_here(&self, doc: DocId, mut visit: impl FnMut(usize)) {
        if self.words.len() > MANY_WORDS {
            visit_root(self.nearest.as_slice(), 0, doc, &mut visit);
        } else {
            let all = 0..self.words.len();
            all.filter(|at| self.words[*at].doc() == doc)
                .for_each(visit);
        }
    }

    /// Fills `positions`, in ascending order, with those in `doc`, the document at hand, each
    /// greater by `shift`.
    pub(super) fn positions(&mut self, doc: DocId, shift: u32, positions: &mut Vec<u32>) {
        positions.clear();
        self.append_positions(doc, shift, |_| true, positions);
        if self.words.len() > 1 {
            positions.dedup();
        }
    }

    /// Appends the positions in `doc`, the document at hand, of the words whose numbers are
    /// wanted, each greater by `shift` and as often as words stand there, and sorts those
    /// of several words.
    pub(super) fn append_positions(
        &mut self,
        doc: DocId,
        shift: u32,
        is_wanted: impl Fn(usize) -> bool,
        positions: &mut Vec<u32>,
    ) {
        if let [word] = &mut self.words[..] {
            if is_wanted(0) && word.doc() == doc {
                word.append_positions_with_offset(shift, positions);
            }
            return;
        }
        let mut wanted = std::mem::take(&mut self.scratch);
        wanted.clear();
        self.visit_here(doc, |at| wanted.push(at));
        wanted.retain(|at| is_wanted(*at));
        for &at in &wanted {
            self.words[at].append_positions_with_offset(shift, positions);
        }
        if wanted.len() > 1 {
            positions.sort_unstable();
        }
        self.scratch = wanted;
    }
}

/// Calls `visit` with the numbers of the words in `doc` from number `at` of a heap on, if no
/// word is at an earlier document: those in `doc` hang together at its root.
fn visit_root(
    heap: &[Reverse<(DocId, usize)>],
    at: usize,
    doc: DocId,
    visit: &mut impl FnMut(usize),
) {
    if let Some(Reverse((here, word))) = heap.get(at)
        && *here == doc
    {
        visit(*word);
        visit_root(heap, 2 * at + 1, doc, visit);
        visit_root(heap, 2 * at + 2, doc, visit);
    }
}
