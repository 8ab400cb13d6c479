//! Finds phrases in title and body, with filters applied before positions are read.
//!
//! A sequence is a row of slots, each a set of alternative words; it stands where
//! every slot is filled by consecutive words of one field. Documents are found by
//! leapfrogging the slots' postings and the filters, rarest first; only where all of
//! them agree are positions decoded and intersected. A rare filter therefore makes a
//! phrase of common words cheap: reading positions is what costs.
//!
//! Where only the best are wanted, positions are not even read if the rarest word's
//! frequency could not lift the article among them.
//!
//! Running time: the shortest list drives, `O(shortest · lists · log gap)` seeks.

use std::cmp::Reverse;
use std::ops::Range;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

use super::deadline::Deadline;
use super::occurrences::{Known, KnownDocs, Occurrences};
use super::pieces::{PIECES, in_pieces};
use super::ranking::{LengthNorms, explanation, weighted_count};
use super::schema::Number;
use super::slot::Slot;

/// Makes up for bounds that are computed in another way than scores.
const ROUNDING: f64 = 1e-9;

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
    known: Known,
}

/// What is needed to score a phrase as if it were one term of the ranking text.
#[derive(Clone)]
pub(super) struct PhraseScoring {
    pub(super) weight: f64,
    pub(super) title: Field,
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
            known: self.known.clone(),
        }
    }
}

impl Query for PhraseQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let mut weight = self.prepare(scoring)?;
        if !scoring.is_scoring_enabled() {
            weight.scoring = None;
        }
        Ok(Box::new(weight))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        let slots = self.sequences.iter().flat_map(|sequence| &sequence.slots);
        slots.flatten().for_each(|term| visitor(term, true));
    }
}

impl PhraseQuery {
    /// Returns the phrase without filters; what is found of it is kept in `known`.
    pub(super) fn new(
        sequences: Vec<Sequence>,
        scoring: Option<PhraseScoring>,
        known: Known,
    ) -> PhraseQuery {
        PhraseQuery {
            sequences,
            filters: Vec::new(),
            scoring,
            known,
        }
    }

    /// Returns the phrase wherever it stands in a body.
    pub(super) fn in_whole_body(mut self) -> PhraseQuery {
        let sequences = self.sequences.iter_mut();
        sequences.for_each(|sequence| sequence.lead_only = false);
        self.known = Known::default();
        self
    }

    /// Tells whether so many words may fill a place that it takes long to go through them.
    pub(super) fn is_wide(&self) -> bool {
        let mut slots = self.sequences.iter().flat_map(|one| &one.slots);
        slots.any(|words| words.len() > WIDE_SLOT)
    }

    /// Returns the phrase with its filters, ready to be opened in segments.
    pub(super) fn prepare(&self, scoring: EnableScoring<'_>) -> tantivy::Result<PhraseWeight> {
        let disabled = EnableScoring::disabled_from_schema(scoring.schema());
        let disabled = scoring
            .searcher()
            .map_or(disabled, EnableScoring::disabled_from_searcher);
        let filters: tantivy::Result<_> = self
            .filters
            .iter()
            .map(|filter| filter.weight(disabled))
            .collect();
        Ok(PhraseWeight {
            sequences: self.sequences.clone(),
            filters: filters?,
            scoring: self.scoring.clone(),
            known: self.known.clone(),
        })
    }
}

/// More words than this in one place are gone through on all cores (chosen: those of a
/// wildcard or a slip, not the inflections of a word).
const WIDE_SLOT: usize = 64;

/// A phrase with its filters, not yet opened in a segment.
pub(super) struct PhraseWeight {
    sequences: Vec<Sequence>,
    filters: Vec<Box<dyn Weight>>,
    scoring: Option<PhraseScoring>,
    known: Known,
}

impl PhraseWeight {
    fn open(&self, segment: &SegmentReader, counts: bool) -> tantivy::Result<PhraseDocs> {
        PhraseDocs::open(&self.sequences, segment, counts, || {
            self.open_filters(segment)
        })
    }

    fn open_filters(&self, segment: &SegmentReader) -> tantivy::Result<Vec<Box<dyn Scorer>>> {
        let filters = self.filters.iter();
        filters.map(|filter| filter.scorer(segment, 1.0)).collect()
    }

    fn of_field(&self, is_title: bool) -> Vec<&Sequence> {
        let title = self.scoring.as_ref().map(|scoring| scoring.title);
        let sequences = self.sequences.iter();
        sequences
            .filter(|one| (Some(one.field) == title) == is_title)
            .collect()
    }

    /// Goes through a segment on all cores, as far as there is time, and keeps what it has for
    /// all who ask.
    pub(super) fn gather(
        &self,
        segment: &SegmentReader,
        deadline: &Deadline,
    ) -> tantivy::Result<()> {
        let open = || self.open(segment, true);
        let pieces = in_pieces(segment.max_doc(), PIECES, open, |docs, piece| {
            let mut found = Occurrences::default();
            let (mut doc, mut frequency) = docs.find(piece.start);
            while doc < piece.end && !deadline.is_over_after(found.len()) {
                found.push(doc, frequency);
                (doc, frequency) = docs.find(doc + 1);
            }
            tantivy::Result::Ok(found)
        })?;
        let mut all = Occurrences::default();
        pieces.into_iter().for_each(|piece| all.extend(piece));
        self.known.keep(segment, all);
        Ok(())
    }

    /// Tells whether a segment was gone through.
    pub(super) fn knows(&self, segment: &SegmentReader) -> bool {
        self.known.of(segment).is_some()
    }

    /// Calls `visit` with articles of a range that have the phrase, wherever, and their scores,
    /// in the order of the segment. It returns the lowest score that is still of interest,
    /// `floor` at first. Articles that cannot reach it may be left out.
    pub(super) fn visit_all(
        &self,
        segment: &SegmentReader,
        lengths: &FieldNormReader,
        range: Range<DocId>,
        floor: f64,
        visit: &mut dyn FnMut(DocId, f64) -> f64,
    ) -> tantivy::Result<()> {
        let Some(scoring) = self.scoring.as_ref().filter(|one| one.weight >= floor) else {
            return Ok(());
        };
        let mut floor = floor;
        if let Some(mut known) = self.known.of(segment) {
            let (mut doc, mut frequency) = known.find(range.start);
            while doc < range.end {
                let length = lengths.fieldnorm_id(doc);
                if scoring.can_reach(floor, frequency, length) {
                    floor = visit(doc, scoring.score(frequency, length));
                }
                (doc, frequency) = known.find(doc + 1);
            }
            return Ok(());
        }
        let mut docs = self.open(segment, true)?;
        docs.visit_in(scoring, lengths, range, floor, visit);
        Ok(())
    }

    /// Calls `visit` with articles that have the phrase in the headline, and
    /// their scores, in the order of the segment. It returns the lowest score that is still
    /// of interest, `floor` at first. Articles that cannot reach it, if the headline earns
    /// `bonus` beside, may be left out.
    pub(super) fn visit_headlines(
        &self,
        segment: &SegmentReader,
        lengths: &FieldNormReader,
        bonus: f64,
        floor: f64,
        visit: &mut dyn FnMut(DocId, f64) -> f64,
    ) -> tantivy::Result<()> {
        let Some(scoring) = &self.scoring else {
            return Ok(());
        };
        let mut titles = PhraseDocs::open(self.of_field(true), segment, true, || {
            self.open_filters(segment)
        })?;
        let mut bodies: Option<PhraseDocs> = None;
        let mut floor = floor - bonus;
        let mut doc = titles.approach(0);
        while doc != TERMINATED && scoring.weight >= floor {
            let in_title = titles.count_here(doc);
            if in_title > 0 {
                let bodies = match &mut bodies {
                    Some(bodies) => bodies,
                    closed => {
                        let no_filters = || Ok(Vec::new());
                        let sequences = self.of_field(false);
                        closed.insert(PhraseDocs::open(sequences, segment, true, no_filters)?)
                    }
                };
                let length = lengths.fieldnorm_id(doc);
                let most = match bodies.approach(doc) == doc {
                    true => bodies.most_at(doc),
                    false => 0,
                };
                if scoring.can_reach(floor, in_title + most, length) {
                    let frequency = in_title + bodies.count_at(doc);
                    floor = visit(doc, scoring.score(frequency, length)) - bonus;
                }
            }
            doc = titles.approach(doc + 1);
        }
        Ok(())
    }

    /// Does the same for articles that have the phrase elsewhere, be it in the headline too:
    /// their scores leave the headline out.
    pub(super) fn visit_bodies(
        &self,
        segment: &SegmentReader,
        lengths: &FieldNormReader,
        floor: f64,
        visit: &mut dyn FnMut(DocId, f64) -> f64,
    ) -> tantivy::Result<()> {
        let Some(scoring) = self.scoring.as_ref().filter(|one| one.weight >= floor) else {
            return Ok(());
        };
        let mut docs = PhraseDocs::open(self.of_field(false), segment, true, || {
            self.open_filters(segment)
        })?;
        docs.visit_in(scoring, lengths, 0..TERMINATED, floor, visit);
        Ok(())
    }
}

impl PhraseScoring {
    fn score(&self, frequency: u32, length_code: u8) -> f64 {
        self.weight * self.norms.saturation(frequency, length_code)
    }

    /// Tells whether `frequency` occurrences may score `floor`; without dividing, as most
    /// cannot.
    fn can_reach(&self, floor: f64, frequency: u32, length_code: u8) -> bool {
        let reach = f64::from(frequency) * (self.weight - floor);
        floor <= 0.0 || reach >= floor * self.norms.norm(length_code) * (1.0 - ROUNDING)
    }
}

impl Weight for PhraseWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut docs = match self.known.of(reader) {
            Some(known) => Docs::Known(known),
            None => Docs::Open(self.open(reader, self.scoring.is_some())?),
        };
        let scoring = match &self.scoring {
            Some(scoring) => Some((
                scoring.clone(),
                reader.get_fieldnorms_reader(scoring.ranking)?,
            )),
            None => None,
        };
        let (doc, frequency) = docs.find(0);
        Ok(Box::new(PhraseScorer {
            docs,
            scoring,
            boost,
            doc,
            frequency,
        }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        Ok(explanation("phrase", self.scorer(reader, 1.0)?, doc))
    }
}

/// Where documents with a phrase come from.
enum Docs {
    Open(PhraseDocs),
    Known(KnownDocs),
}

impl Docs {
    /// Returns the first document from `target` on that has the phrase, and how often.
    fn find(&mut self, target: DocId) -> (DocId, u32) {
        match self {
            Docs::Open(docs) => docs.find(target),
            Docs::Known(docs) => docs.find(target),
        }
    }

    fn size_hint(&self) -> u32 {
        match self {
            Docs::Open(docs) => docs.size_hint(),
            Docs::Known(docs) => docs.size_hint(),
        }
    }
}

struct PhraseScorer {
    docs: Docs,
    scoring: Option<(PhraseScoring, FieldNormReader)>,
    boost: Score,
    doc: DocId,
    frequency: u32,
}

impl DocSet for PhraseScorer {
    fn advance(&mut self) -> DocId {
        if self.doc != TERMINATED {
            (self.doc, self.frequency) = self.docs.find(self.doc + 1);
        }
        self.doc
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            (self.doc, self.frequency) = self.docs.find(target);
        }
        self.doc
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.docs.size_hint()
    }

    fn cost(&self) -> u64 {
        u64::from(self.docs.size_hint()) * 20
    }
}

impl Scorer for PhraseScorer {
    fn score(&mut self) -> Score {
        let Some((scoring, lengths)) = &self.scoring else {
            return 0.0;
        };
        let score = scoring.score(self.frequency, lengths.fieldnorm_id(self.doc));
        score as Score * self.boost
    }
}

/// The documents of one segment in which any of some sequences may stand.
pub(super) struct PhraseDocs {
    sequences: Vec<SequenceDocs>,
    counts: bool,
}

impl PhraseDocs {
    /// Opens `sequences` in a segment. With `counts` all occurrences are counted, else
    /// one is enough. `filters` opens what documents must fulfill besides.
    pub(super) fn open<'s>(
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
    fn approach(&mut self, target: DocId) -> DocId {
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

    /// Calls `visit` as [`PhraseWeight::visit_all`] does.
    fn visit_in(
        &mut self,
        scoring: &PhraseScoring,
        lengths: &FieldNormReader,
        range: Range<DocId>,
        floor: f64,
        visit: &mut dyn FnMut(DocId, f64) -> f64,
    ) {
        let mut floor = floor;
        let mut target = range.start;
        loop {
            let can_reach = |doc, most| {
                floor <= 0.0 || scoring.can_reach(floor, most, lengths.fieldnorm_id(doc))
            };
            let doc = match &mut self.sequences[..] {
                [sequence] => sequence.approach_where(target, can_reach),
                _ => self.approach(target),
            };
            if doc >= range.end || scoring.weight < floor {
                return;
            }
            if can_reach(doc, self.most_at(doc)) {
                let frequency = self.count_here(doc);
                if frequency > 0 {
                    floor = visit(doc, scoring.score(frequency, lengths.fieldnorm_id(doc)));
                }
            }
            target = doc + 1;
        }
    }

    /// Returns the first document from `target` on that has a sequence, and how often.
    pub(super) fn find(&mut self, target: DocId) -> (DocId, u32) {
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
    pub(super) fn count_at(&mut self, doc: DocId) -> u32 {
        if self.approach(doc) == doc {
            self.count_here(doc)
        } else {
            0
        }
    }

    /// Does the same for a document that was approached.
    fn count_here(&mut self, doc: DocId) -> u32 {
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
    fn most_at(&self, doc: DocId) -> u32 {
        if let [one] = &self.sequences[..] {
            return one.times * one.most_here();
        }
        let here = self.sequences.iter().filter(|one| one.doc == doc);
        weighted_count(here.map(|one| (one.field, one.times, one.most_here())))
    }

    /// A guess that suffices to order an intersection: adjacent words are one in ten of
    /// the documents that have both.
    fn size_hint(&self) -> u32 {
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
