//! Decides on candidates what words alone cannot: proximity, loose phrases, words as
//! written, numbers of places.
//!
//! The index proposes articles that have all the words. Positions decide most of them
//! (`src/index/places.rs`); for the others the span matcher, which is the definition of a
//! match, reads the text. It costs about as much as reading these: a
//! [`Deadline`] bounds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::query::{EnableScoring, Explanation, Query as Search, Scorer, Weight};
use tantivy::store::StoreReader;
use tantivy::{
    DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED, TantivyDocument, Term,
};

use super::deadline::Deadline;
use super::document::{Texts, read_back};
use super::pieces::{PIECES, count_before, in_pieces, visit_in};
use super::places::{Answer, Places, SegmentPlaces};
use super::wide::Wide;
use crate::article::{Article, ArticleId, Origin};
use crate::query::{Checker, Leaf, Query, Test};
use crate::text::words;

/// What is asked of places, in an article's text and, as far as it can be said so, of the
/// positions in the index.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) condition: Query,
    pub(super) places: Option<Places>,
    /// Whether title and body are all that matters in an article: neither its names nor, in
    /// an index of several languages, its language.
    pub(super) reads_texts: bool,
}

/// Those of some candidates that have a place where a condition matches.
#[derive(Debug)]
pub(super) struct VerifyQuery {
    pub(super) candidates: Box<dyn Search>,
    pub(super) check: Arc<Check>,
    pub(super) deadline: Arc<Deadline>,
    /// What is found once serves all who ask: counts, rankings, stories.
    found: Arc<Found>,
}

/// The articles that match in segments which were looked through as a whole.
type Found = Mutex<HashMap<SegmentId, Arc<Matches>>>;

/// Articles of one segment that match, in order.
#[derive(Debug, Default)]
struct Matches {
    docs: Vec<DocId>,
    /// What the library scores each; empty if who looked for them did not ask.
    scores: Vec<Score>,
}

impl VerifyQuery {
    pub(super) fn new(
        candidates: Box<dyn Search>,
        check: Arc<Check>,
        deadline: Arc<Deadline>,
    ) -> VerifyQuery {
        VerifyQuery {
            candidates,
            check,
            deadline,
            found: Arc::default(),
        }
    }

    /// Tells whether every article of a segment that matches is known.
    pub(super) fn knows(&self, segment: &SegmentReader) -> bool {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.contains_key(&segment.segment_id())
    }
}

impl Clone for VerifyQuery {
    fn clone(&self) -> VerifyQuery {
        VerifyQuery {
            candidates: self.candidates.box_clone(),
            check: self.check.clone(),
            deadline: self.deadline.clone(),
            found: self.found.clone(),
        }
    }
}

impl Search for VerifyQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(VerifyWeight {
            candidates: self.candidates.weight(scoring)?,
            wide: Wide::of(self.candidates.as_ref(), scoring)?,
            is_scored: scoring.is_scoring_enabled(),
            check: self.check.clone(),
            deadline: self.deadline.clone(),
            found: self.found.clone(),
        }))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.candidates.query_terms(visitor);
    }
}

struct VerifyWeight {
    candidates: Box<dyn Weight>,
    wide: Wide,
    is_scored: bool,
    check: Arc<Check>,
    deadline: Arc<Deadline>,
    found: Arc<Found>,
}

/// Fewer candidates than this are looked at on one core, as they are asked for (chosen:
/// some milliseconds of work; threads take tens of microseconds to start).
const FEW_CANDIDATES: u32 = if cfg!(test) { 20 } else { 2_000 };

impl VerifyWeight {
    fn reader(&self, segment: &SegmentReader) -> tantivy::Result<Verifier> {
        let places = self.check.places.as_ref();
        let places = places.map(|places| SegmentPlaces::open(places, segment));
        Ok(Verifier {
            places: places.transpose()?,
            texts: TextReader::open(segment, &self.check, &self.deadline)?,
        })
    }
}

impl VerifyWeight {
    /// Returns every article of a segment that matches, of so many candidates, found on all
    /// cores.
    fn all_matching(
        &self,
        segment: &SegmentReader,
        candidates: u32,
    ) -> tantivy::Result<Arc<Matches>> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = found.get(&segment.segment_id()) {
            return Ok(known.clone());
        }
        self.wide.gather(candidates, segment, &self.deadline)?;
        let open =
            || tantivy::Result::Ok((self.candidates.scorer(segment, 1.0)?, self.reader(segment)?));
        let pieces = in_pieces(segment.max_doc(), PIECES, open, |opened, piece| {
            let (candidates, articles) = opened;
            let mut matches = Matches::default();
            visit_in(piece, candidates.as_mut(), |candidates| {
                let doc = candidates.doc();
                if !segment.is_deleted(doc) && !self.deadline.is_over() && articles.has_match(doc) {
                    matches.docs.push(doc);
                    if self.is_scored {
                        matches.scores.push(candidates.score());
                    }
                }
            });
            tantivy::Result::Ok(matches)
        })?;
        let mut matches = Matches::default();
        for piece in pieces {
            matches.docs.extend(piece.docs);
            matches.scores.extend(piece.scores);
        }
        let matches = Arc::new(matches);
        found.insert(segment.segment_id(), matches.clone());
        Ok(matches)
    }
}

impl Weight for VerifyWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let candidates = self.candidates.scorer(segment, boost)?;
        if candidates.size_hint() >= FEW_CANDIDATES {
            let matches = self.all_matching(segment, candidates.size_hint())?;
            let scorer = FoundScorer {
                candidates,
                matches,
                boost,
                at: 0,
            };
            return Ok(Box::new(scorer));
        }
        let mut scorer = VerifyScorer {
            candidates,
            articles: self.reader(segment)?,
            is_over: false,
        };
        scorer.settle();
        Ok(Box::new(scorer))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        self.candidates.explain(segment, doc)
    }

    /// Reads only candidates that are good enough.
    fn for_each_pruning(
        &self,
        threshold: Score,
        segment: &SegmentReader,
        callback: &mut dyn FnMut(DocId, Score) -> Score,
    ) -> tantivy::Result<()> {
        let mut threshold = threshold;
        let mut candidates = self.candidates.scorer(segment, 1.0)?;
        let mut articles = self.reader(segment)?;
        while candidates.doc() != TERMINATED && !self.deadline.is_over() {
            let (doc, score) = (candidates.doc(), candidates.score());
            if score > threshold && !segment.is_deleted(doc) && articles.has_match(doc) {
                threshold = callback(doc, score);
            }
            candidates.advance();
        }
        Ok(())
    }
}

/// Looks for places in articles of one segment, in ascending order.
struct Verifier {
    places: Option<SegmentPlaces>,
    texts: TextReader,
}

impl Verifier {
    fn has_match(&mut self, doc: DocId) -> bool {
        let answer = self.places.as_mut().map(|places| places.answer(doc));
        match answer.unwrap_or(Answer::Unknown) {
            Answer::Yes => true,
            Answer::No => false,
            Answer::Unknown => self.texts.has_match(doc),
        }
    }
}

/// Reads articles and looks for places in them.
struct TextReader {
    store: StoreReader,
    checker: Checker,
    /// Whether title and body are all that is looked at.
    reads_texts: bool,
    /// What must be in title or body.
    needle: Option<String>,
    deadline: Arc<Deadline>,
}

/// Blocks of stored articles that are kept while candidates are read in their order
/// (chosen: each block is left behind for good).
const CACHED_BLOCKS: usize = 4;

impl TextReader {
    fn open(
        segment: &SegmentReader,
        check: &Check,
        deadline: &Arc<Deadline>,
    ) -> tantivy::Result<TextReader> {
        let store = segment
            .get_store_reader(CACHED_BLOCKS)
            .map_err(tantivy::TantivyError::from)?;
        Ok(TextReader {
            store,
            checker: Checker::new(check.condition.clone()),
            reads_texts: check.reads_texts,
            needle: needle(&check.condition),
            deadline: deadline.clone(),
        })
    }

    fn has_match(&mut self, doc: DocId) -> bool {
        match self.read(doc) {
            Ok(Some(article)) => self.checker.matches(&article),
            Ok(None) => false,
            Err(reason) => {
                self.deadline.fail(reason);
                false
            }
        }
    }

    /// Returns the article `doc`, or as much of it as is needed; `None` if it is sure to have
    /// no match.
    fn read(&self, doc: DocId) -> Result<Option<Article>, String> {
        if !self.reads_texts {
            let document: TantivyDocument = self.store.get(doc).map_err(|e| e.to_string())?;
            let article = read_back(&document).ok_or("an article cannot be read back")?;
            return Ok(Some(article));
        }
        let texts: Texts = self.store.get(doc).map_err(|e| e.to_string())?;
        if let Some(needle) = &self.needle
            && !texts.title.contains(needle)
            && !texts.body.contains(needle)
        {
            return Ok(None);
        }
        let id = ArticleId::new("?").ok_or("an id cannot be made")?;
        let mut article = Article::new(id, Origin::default());
        (article.title, article.body) = (texts.title, texts.body);
        Ok(Some(article))
    }
}

/// Returns the longest part of a word as written that an article must have somewhere.
fn needle(condition: &Query) -> Option<String> {
    let Query::Leaf(Leaf {
        test: Test::Exactly(text),
        ..
    }) = condition
    else {
        return None;
    };
    let words = words(text).filter(|word| !word.is_compound() && word.text.is_ascii());
    let longest = words.max_by_key(|word| word.text.len());
    longest.map(|word| word.text.to_owned())
}

/// Articles that are known to match.
struct FoundScorer {
    candidates: Box<dyn Scorer>,
    matches: Arc<Matches>,
    boost: Score,
    at: usize,
}

impl DocSet for FoundScorer {
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        let rest = self.matches.docs.get(self.at..).unwrap_or_default();
        self.at += count_before(rest, target);
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.matches
            .docs
            .get(self.at)
            .copied()
            .unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        self.matches.docs.len() as u32
    }
}

impl Scorer for FoundScorer {
    fn score(&mut self) -> Score {
        if let Some(score) = self.matches.scores.get(self.at) {
            return score * self.boost;
        }
        let doc = self.doc();
        if self.candidates.doc() < doc {
            self.candidates.seek(doc);
        }
        self.candidates.score()
    }
}

struct VerifyScorer {
    candidates: Box<dyn Scorer>,
    articles: Verifier,
    is_over: bool,
}

impl VerifyScorer {
    /// Moves on from a candidate that does not match.
    fn settle(&mut self) -> DocId {
        loop {
            let doc = self.candidates.doc();
            if doc == TERMINATED {
                return doc;
            }
            if self.articles.texts.deadline.is_over() {
                self.is_over = true;
                return TERMINATED;
            }
            if self.articles.has_match(doc) {
                return doc;
            }
            self.candidates.advance();
        }
    }
}

impl DocSet for VerifyScorer {
    fn advance(&mut self) -> DocId {
        if self.is_over {
            return TERMINATED;
        }
        self.candidates.advance();
        self.settle()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.is_over {
            return TERMINATED;
        }
        if self.candidates.doc() < target {
            self.candidates.seek(target);
        }
        self.settle()
    }

    fn seek_danger(&mut self, target: DocId) -> SeekDangerResult {
        if self.is_over || self.articles.texts.deadline.is_over() {
            self.is_over = true;
            return SeekDangerResult::SeekLowerBound(TERMINATED);
        }
        match self.candidates.seek_danger(target) {
            SeekDangerResult::Found if self.articles.has_match(target) => SeekDangerResult::Found,
            SeekDangerResult::Found => SeekDangerResult::SeekLowerBound(target + 1),
            lower_bound => lower_bound,
        }
    }

    fn doc(&self) -> DocId {
        if self.is_over {
            TERMINATED
        } else {
            self.candidates.doc()
        }
    }

    fn size_hint(&self) -> u32 {
        self.candidates.size_hint()
    }

    fn cost(&self) -> u64 {
        self.candidates.cost().saturating_mul(1_000)
    }
}

impl Scorer for VerifyScorer {
    fn score(&mut self) -> Score {
        self.candidates.score()
    }
}
