//! Finds the documents that have any of many words, and how often they have them.
//!
//! The postings of all words are read into a window of document numbers, one word after
//! the other, and the window is then read as one list. A word costs nothing for documents
//! between its own, and nothing is kept in order: a posting costs a nanosecond or two,
//! where a queue of words would take the logarithm of their number for each.
//!
//! The window begins small wherever documents are skipped, and widens as it is read
//! through: a condition that asks for few documents does not pay for their neighbors.
//! Positions are not read here.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, TERMINATED};

/// The documents of a window that begins where documents were skipped, and of one that
/// was widened as far as it goes (chosen: 16 KB of frequencies stay in the fastest cache).
const NARROW: u32 = 64;
const WIDE: u32 = 4_096;

/// The documents that have any of some words.
pub(super) struct Union {
    words: Vec<SegmentPostings>,
    /// The document that each word is at: those of rare words are compared without touching
    /// their postings, which are far apart in memory.
    docs: Vec<DocId>,
    /// The nearest document of each [`BLOCK`] of words.
    nearest: Vec<DocId>,
    /// The first document of the window, and how many it covers.
    start: DocId,
    width: u32,
    /// The nearest document behind the window.
    next: DocId,
    /// How often the words stand in each document of the window.
    frequencies: Vec<u32>,
    /// A bit for each document of the window that has one.
    found: Vec<u64>,
}

/// So many words are passed over at once if none is near (chosen: of a wildcard's thousands of
/// words, all but some hundreds are rare).
const BLOCK: usize = if cfg!(test) { 4 } else { 32 };

impl Union {
    /// Returns the union of `words`, of which the most frequent had better come first.
    pub(super) fn new(words: Vec<SegmentPostings>) -> Union {
        let docs: Vec<DocId> = words.iter().map(SegmentPostings::doc).collect();
        let nearest: Vec<DocId> = docs.chunks(BLOCK).map(nearest).collect();
        Union {
            words,
            start: 0,
            width: 0,
            next: self::nearest(&nearest),
            docs,
            nearest,
            frequencies: vec![0; WIDE as usize],
            found: vec![0; WIDE as usize / 64],
        }
    }

    /// Returns the number of postings.
    pub(super) fn doc_freq(&self) -> u32 {
        let sizes = self.words.iter().map(SegmentPostings::doc_freq);
        sizes.fold(0, u32::saturating_add)
    }

    /// Returns the first document from `target` on that has a word; targets ascend.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        let mut target = target;
        loop {
            if target < self.start + self.width
                && let Some(doc) = self.in_window(target.max(self.start))
            {
                return doc;
            }
            let behind = self.start + self.width;
            let width = match target <= behind {
                true => (self.width * 2).clamp(NARROW, WIDE),
                false => NARROW,
            };
            target = target.max(self.next);
            if target == TERMINATED {
                return TERMINATED;
            }
            self.fill(target, width);
        }
    }

    /// Returns how often the words stand in `doc`, the document at hand.
    pub(super) fn term_freq(&self, doc: DocId) -> u32 {
        let at = doc.checked_sub(self.start).filter(|at| *at < self.width);
        at.map_or(0, |at| self.frequencies[at as usize])
    }

    /// Returns the first document of the window from `target` on.
    fn in_window(&self, target: DocId) -> Option<DocId> {
        let at = (target - self.start) as usize;
        let (first, rest) = (at / 64, at % 64);
        let found = &self.found[..self.width as usize / 64];
        let mut bits = *found.get(first)? >> rest << rest;
        for (number, others) in found[first..].iter().enumerate() {
            if number > 0 {
                bits = *others;
            }
            if bits != 0 {
                let at = (first + number) * 64 + bits.trailing_zeros() as usize;
                return Some(self.start + at as u32);
            }
        }
        None
    }

    /// Reads the words of `width` documents from `start` on.
    fn fill(&mut self, start: DocId, width: u32) {
        self.frequencies[..self.width as usize].fill(0);
        self.found[..self.width as usize / 64].fill(0);
        (self.start, self.width) = (start, width);
        let end = start.saturating_add(width);
        let blocks = self
            .words
            .chunks_mut(BLOCK)
            .zip(self.docs.chunks_mut(BLOCK));
        for (nearest, (words, docs)) in self.nearest.iter_mut().zip(blocks) {
            if *nearest >= end {
                continue;
            }
            for (word, at) in words.iter_mut().zip(docs.iter_mut()) {
                if *at >= end {
                    continue;
                }
                let mut doc = advance_to(word, start);
                while doc < end {
                    let at = (doc - start) as usize;
                    self.frequencies[at] += word.term_freq();
                    self.found[at / 64] |= 1 << (at % 64);
                    doc = word.advance();
                }
                *at = doc;
            }
            *nearest = self::nearest(docs);
        }
        self.next = nearest(&self.nearest);
    }
}

fn nearest(docs: &[DocId]) -> DocId {
    docs.iter().copied().min().unwrap_or(TERMINATED)
}

/// Moves to the first document from `target` on.
pub(super) fn advance_to(word: &mut SegmentPostings, target: DocId) -> DocId {
    let doc = word.doc();
    if doc >= target {
        doc
    } else if doc + 1 == target {
        word.advance()
    } else {
        word.seek(target)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tantivy::schema::{IndexRecordOption, STRING, Schema, TEXT};
    use tantivy::{Index, IndexWriter, TantivyDocument, Term, doc};

    use super::*;

    const DOCS: u32 = 20_000;

    /// How often each document has any of the words: few in the first half, many later.
    fn frequencies() -> BTreeMap<DocId, u32> {
        let of_doc = |doc: u32| {
            let random = u64::from(doc).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let rare = if doc < DOCS / 2 { 1_500 } else { 3 };
            (random % rare == 0).then_some((doc, (random / rare % 7 + 1) as u32))
        };
        (0..DOCS).filter_map(of_doc).collect()
    }

    fn index(frequencies: &BTreeMap<DocId, u32>) -> Index {
        let mut schema = Schema::builder();
        let text = schema.add_text_field("text", TEXT);
        schema.add_text_field("id", STRING);
        let index = Index::create_in_ram(schema.build());
        let mut writer: IndexWriter<TantivyDocument> =
            index.writer_with_num_threads(1, 60_000_000).unwrap();
        writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
        for number in 0..DOCS {
            let times = frequencies.get(&number).copied().unwrap_or(0);
            let words: Vec<String> = (0..times)
                .map(|at| format!("w{}", (number + at) % 50))
                .collect();
            writer.add_document(doc!(text => words.join(" "))).unwrap();
        }
        writer.commit().unwrap();
        index
    }

    fn open(index: &Index) -> Union {
        let searcher = index.reader().unwrap().searcher();
        let text = index.schema().get_field("text").unwrap();
        let segment = searcher.segment_reader(0);
        assert_eq!(segment.num_docs(), DOCS);
        let words = (0..50).filter_map(|word| {
            let term = Term::from_field_text(text, &format!("w{word}"));
            let inverted = segment.inverted_index(text).unwrap();
            inverted
                .read_postings(&term, IndexRecordOption::WithFreqs)
                .unwrap()
        });
        Union::new(words.collect())
    }

    #[test]
    fn documents_and_frequencies_are_those_of_all_words_whatever_is_skipped() {
        let expected = frequencies();
        let index = index(&expected);
        for step in [1, 2, 63, 64, 65, 700, 4_096, 5_000] {
            let mut union = open(&index);
            assert_eq!(union.doc_freq(), expected.values().sum::<u32>());
            let mut target = 0;
            while target < DOCS + step {
                let next = expected.range(target..).next();
                let (doc, times) = next.map_or((TERMINATED, 0), |(doc, times)| (*doc, *times));
                assert_eq!(union.seek(target), doc, "from {target} by {step}");
                assert_eq!(union.seek(target), doc, "again from {target} by {step}");
                assert_eq!(union.term_freq(doc), times, "in {doc} by {step}");
                target = doc.saturating_add(step).max(target + step);
            }
        }
    }

    #[test]
    fn no_words_have_no_documents() {
        assert_eq!(Union::new(Vec::new()).seek(0), TERMINATED);
    }
}
