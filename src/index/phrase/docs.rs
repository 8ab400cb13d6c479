//! Finds the documents of one segment in which a sequence of words stands.
//!
//! A sequence is a row of slots, each a set of alternative words; it stands where
//! every slot is filled by consecutive words of one field. Documents are found by
//! leapfrogging the slots' postings and the filters, rarest first; only where all of
//! them agree are positions decoded and intersected. A rare filter therefore makes a
//! phrase of common words cheap: reading positions is what costs.
//!
//! Running time: the shortest list drives, `O(shortest · lists · log gap)` seeks.

use std::cmp::Reverse;

use tantivy::query::Scorer;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader, TERMINATED, Term};

use super::super::ranking::weighted_count;
use super::super::schema::Number;
use super::super::slot::Slot;

/// Consecutive words of one field.
#[derive(Clone, Debug)]
pub(in super::super) struct Sequence {
    pub(in super::super) field: Field,
    /// The alternatives for each place.
    pub(in super::super) slots: Vec<Vec<Term>>,
    /// How often an occurrence counts.
    pub(in super::super) times: u32,
    /// Whether it must lie in the body's first paragraph.
    pub(in super::super) lead_only: bool,
}

/// The documents of one segment in which any of some sequences may stand.
pub(in super::super) struct PhraseDocs {
    sequences: Vec<SequenceDocs>,
    counts: bool,
}

impl PhraseDocs {
    /// Opens `sequences` in a segment. With `counts` all occurrences are counted, else
    /// one is enough. `filters` opens what documents must fulfill besides.
    pub(in super::super) fn open<'s>(
        sequences: impl IntoIterator<Item = &'s Sequence>,
        segment: &SegmentReader,
        counts: bool,
        filters: impl Fn() -> tantivy::Result<Vec<Box<dyn Scorer>>>,
    ) -> tantivy::Result<PhraseDocs> {
        let mut open = Vec::new();
        for sequence in sequences {
            open.extend(SequenceDocs::open(sequence, segment, &filters)?);
        }
        let sequences = open;
        Ok(PhraseDocs { sequences, counts })
    }

    /// Returns the first document from `target` on that may have a sequence: one that
    /// has all its words, and passes the filters.
    pub(super) fn approach(&mut self, target: DocId) -> DocId {
        if let [sequence] = &mut self.sequences[..] {
            return sequence.approach(target);
        }
        let approach = |sequence: &mut SequenceDocs| sequence.approach(target);
        self.sequences
            .iter_mut()
            .map(approach)
            .min()
            .unwrap_or(TERMINATED)
    }

    /// Does the same, and may leave out documents that are not `wanted` although they have it
    /// so many times at most.
    pub(super) fn approach_where(
        &mut self,
        target: DocId,
        wanted: impl Fn(DocId, u32) -> bool,
    ) -> DocId {
        match &mut self.sequences[..] {
            [sequence] => sequence.approach_where(target, wanted),
            _ => self.approach(target),
        }
    }

    /// Returns the first document from `target` on that has a sequence, and how often.
    pub(in super::super) fn find(&mut self, target: DocId) -> (DocId, u32) {
        let mut target = target;
        loop {
            let doc = self.approach(target);
            if doc == TERMINATED {
                return (TERMINATED, 0);
            }
            let frequency = self.count_here(doc);
            if frequency > 0 {
                return (doc, frequency);
            }
            target = doc + 1;
        }
    }

    /// Returns how often the sequences stand in `doc`, to which it moves.
    pub(in super::super) fn count_at(&mut self, doc: DocId) -> u32 {
        if self.approach(doc) == doc {
            self.count_here(doc)
        } else {
            0
        }
    }

    /// Does the same for a document that was approached.
    pub(super) fn count_here(&mut self, doc: DocId) -> u32 {
        if let [one] = &mut self.sequences[..] {
            return one.times * one.count_here();
        }
        let mut here = self.sequences.iter_mut().filter(|one| one.doc == doc);
        if self.counts {
            weighted_count(here.map(|one| (one.field, one.times, one.count_here())))
        } else {
            u32::from(here.any(|one| one.count_here() > 0))
        }
    }

    /// Returns how often the sequences can stand in the current document at most.
    pub(super) fn most_at(&self, doc: DocId) -> u32 {
        if let [one] = &self.sequences[..] {
            return one.times * one.most_here();
        }
        let here = self.sequences.iter().filter(|one| one.doc == doc);
        weighted_count(here.map(|one| (one.field, one.times, one.most_here())))
    }

    /// A guess that suffices to order an intersection: adjacent words are one in ten of
    /// the documents that have both.
    pub(super) fn size_hint(&self) -> u32 {
        let of_one = |one: &SequenceDocs| one.rarest / if one.slots.len() > 1 { 10 } else { 1 } + 1;
        self.sequences
            .iter()
            .map(of_one)
            .fold(0, u32::saturating_add)
    }
}

/// The documents of one segment that have all words of a sequence and pass the filters.
struct SequenceDocs {
    field: Field,
    times: u32,
    slots: Vec<Slot>,
    filters: Vec<Box<dyn Scorer>>,
    /// Slots and filters, from the rarest to the most frequent.
    order: Vec<Member>,
    /// Slots from the rarest to the most frequent.
    rarest_first: Vec<usize>,
    /// How many documents the rarest of all has.
    rarest: u32,
    lead_words: Option<tantivy::columnar::Column<u64>>,
    doc: DocId,
    ends: Vec<u32>,
    scratch: Vec<u32>,
}

/// What all must agree on a document.
#[derive(Clone, Copy)]
enum Member {
    Slot(usize),
    Filter(usize),
}

impl SequenceDocs {
    /// Opens `sequence` in a segment, at its first document; `None` if it has none.
    fn open(
        sequence: &Sequence,
        segment: &SegmentReader,
        filters: impl Fn() -> tantivy::Result<Vec<Box<dyn Scorer>>>,
    ) -> tantivy::Result<Option<SequenceDocs>> {
        let Some(slots) = open_slots(sequence, segment)? else {
            return Ok(None);
        };
        let filters = filters()?;
        let mut rarest_first: Vec<usize> = (0..slots.len()).collect();
        rarest_first.sort_by_key(|&at| slots[at].doc_freq());
        let by_slots = rarest_first.iter().map(|&at| Member::Slot(at));
        let mut order: Vec<Member> = by_slots
            .chain((0..filters.len()).map(Member::Filter))
            .collect();
        let size = |member: &Member| match *member {
            Member::Slot(at) => slots[at].doc_freq(),
            Member::Filter(at) => filters[at].size_hint(),
        };
        order.sort_by_key(size);
        let rarest = order.first().map_or(0, size);
        let lead_words = match sequence.lead_only {
            true => Some(segment.fast_fields().u64(Number::LeadWords.name())?),
            false => None,
        };
        let mut docs = SequenceDocs {
            field: sequence.field,
            times: sequence.times,
            slots,
            filters,
            order,
            rarest_first,
            rarest,
            lead_words,
            doc: 0,
            ends: Vec::new(),
            scratch: Vec::new(),
        };
        docs.doc = docs.agree(0, |_, _| true);
        Ok((docs.doc != TERMINATED).then_some(docs))
    }

    /// Moves to the first document from `target` on that may have the sequence.
    fn approach(&mut self, target: DocId) -> DocId {
        self.approach_where(target, |_, _| true)
    }

    /// Does the same for documents that are `wanted` although they have it so many times at most.
    fn approach_where(&mut self, target: DocId, wanted: impl Fn(DocId, u32) -> bool) -> DocId {
        if self.doc < target {
            self.doc = self.agree(target, wanted);
        }
        self.doc
    }

    /// Returns the first document from `target` on that every slot and filter has, and that is
    /// `wanted` however rare a word is in it: before more frequent words are looked for.
    fn agree(&mut self, target: DocId, wanted: impl Fn(DocId, u32) -> bool) -> DocId {
        let mut target = target;
        'candidates: loop {
            if target >= TERMINATED {
                return TERMINATED;
            }
            for member in &self.order {
                let doc = match *member {
                    Member::Slot(at) => self.slots[at].seek(target),
                    Member::Filter(at) => seek(&mut self.filters[at], target),
                };
                if doc > target {
                    target = doc;
                    continue 'candidates;
                }
                if let Member::Slot(at) = *member
                    && !wanted(doc, self.times * self.slots[at].term_freq(doc))
                {
                    target += 1;
                    continue 'candidates;
                }
            }
            return target;
        }
    }

    /// Returns how often the sequence can stand in the current document at most.
    fn most_here(&self) -> u32 {
        let frequency = |slot: &Slot| slot.term_freq(self.doc);
        self.slots.iter().map(frequency).min().unwrap_or(0)
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
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }
}

/// Opens the words of each place of `sequence`; `None` if a place has no word here.
fn open_slots(sequence: &Sequence, segment: &SegmentReader) -> tantivy::Result<Option<Vec<Slot>>> {
    let index = segment.inverted_index(sequence.field)?;
    let option = if sequence.slots.len() == 1 && !sequence.lead_only {
        IndexRecordOption::WithFreqs
    } else {
        IndexRecordOption::WithFreqsAndPositions
    };
    // Look all words up before any postings are opened: titles lack most words.
    let mut known = Vec::with_capacity(sequence.slots.len());
    for alternatives in &sequence.slots {
        let mut infos = Vec::with_capacity(alternatives.len());
        for term in alternatives {
            infos.extend(index.get_term_info(term)?);
        }
        if infos.is_empty() {
            return Ok(None);
        }
        infos.sort_by_key(|info| Reverse(info.doc_freq));
        known.push(infos);
    }
    let mut slots = Vec::with_capacity(known.len());
    for infos in known {
        let mut words = Vec::with_capacity(infos.len());
        for info in &infos {
            words.push(index.read_postings_from_terminfo(info, option)?);
        }
        slots.push(match option {
            IndexRecordOption::WithFreqs => Slot::without_positions(words),
            _ => Slot::new(words),
        });
    }
    Ok(Some(slots))
}

fn seek(docs: &mut Box<dyn Scorer>, target: DocId) -> DocId {
    if docs.doc() < target {
        docs.seek(target)
    } else {
        docs.doc()
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
