//! Finds phrases in title and body, with filters applied before positions are read.
//!
//! Documents are found in `phrase/docs.rs`. Where only the best are wanted, positions are not even
//! read if the rarest word's frequency could not lift the article among them.

use std::ops::Range;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

use super::deadline::Deadline;
use super::occurrences::{Known, KnownDocs, Occurrences};
use super::pieces::{PIECES, in_pieces};
use super::ranking::{LengthNorms, explanation};

mod docs;

pub(super) use docs::{PhraseDocs, Sequence};

/// Makes up for bounds that are computed in another way than scores.
const ROUNDING: f64 = 1e-9;

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
        scoring.visit_in(&mut docs, lengths, range, floor, visit);
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
        scoring.visit_in(&mut docs, lengths, 0..TERMINATED, floor, visit);
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

    /// Calls `visit` with those of `docs` in a range, as [`PhraseWeight::visit_all`] does.
    fn visit_in(
        &self,
        docs: &mut PhraseDocs,
        lengths: &FieldNormReader,
        range: Range<DocId>,
        floor: f64,
        visit: &mut dyn FnMut(DocId, f64) -> f64,
    ) {
        let mut floor = floor;
        let mut target = range.start;
        loop {
            let can_reach =
                |doc, most| floor <= 0.0 || self.can_reach(floor, most, lengths.fieldnorm_id(doc));
            let doc = docs.approach_where(target, can_reach);
            if doc >= range.end || self.weight < floor {
                return;
            }
            if can_reach(doc, docs.most_at(doc)) {
                let frequency = docs.count_here(doc);
                if frequency > 0 {
                    floor = visit(doc, self.score(frequency, lengths.fieldnorm_id(doc)));
                }
            }
            target = doc + 1;
        }
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
