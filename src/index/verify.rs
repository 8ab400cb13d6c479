//! Looks candidates up in their stored texts where the words of the index cannot decide:
//! proximity, loose phrases, words as written, numbers of places.
//!
//! The index proposes articles that have all the words; the span matcher, which is the
//! definition of a match, reads each. So what is found and what is marked cannot differ.
//! It costs about as much as reading the candidates: a [`Watch`] bounds it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tantivy::query::{EnableScoring, Explanation, Query as Search, Scorer, Weight};
use tantivy::store::StoreReader;
use tantivy::{
    DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED, TantivyDocument, Term,
};

use super::document::read_back;
use super::error::IndexError;
use crate::query::{Checker, Query};

/// Ends a search that takes too long, and keeps what went wrong where nothing can be
/// returned.
#[derive(Debug)]
pub(super) struct Watch {
    limit: Option<Duration>,
    start: Instant,
    is_over: AtomicBool,
    fault: Mutex<Option<String>>,
}

impl Watch {
    /// Starts now.
    pub(super) fn new(limit: Option<Duration>) -> Watch {
        Watch {
            limit,
            start: Instant::now(),
            is_over: AtomicBool::new(false),
            fault: Mutex::new(None),
        }
    }

    /// Returns true if the search must end.
    pub(super) fn is_over(&self) -> bool {
        if self.limit.is_some_and(|limit| self.start.elapsed() > limit) {
            self.is_over.store(true, Ordering::Relaxed);
        }
        self.is_over.load(Ordering::Relaxed)
    }

    fn fail(&self, reason: String) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.get_or_insert(reason);
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Fails if the search ended early.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = fault.take() {
            let path = PathBuf::from("articles");
            return Err(IndexError::Damaged { path, reason });
        }
        match self.limit {
            Some(limit) if self.is_over() => Err(IndexError::TimeLimit(limit)),
            _ => Ok(()),
        }
    }
}

/// Those of some candidates that have a place where `condition` matches.
#[derive(Debug)]
pub(super) struct VerifyQuery {
    pub(super) candidates: Box<dyn Search>,
    pub(super) condition: Arc<Query>,
    pub(super) watch: Arc<Watch>,
}

impl Clone for VerifyQuery {
    fn clone(&self) -> VerifyQuery {
        VerifyQuery {
            candidates: self.candidates.box_clone(),
            condition: self.condition.clone(),
            watch: self.watch.clone(),
        }
    }
}

impl Search for VerifyQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(VerifyWeight {
            candidates: self.candidates.weight(scoring)?,
            condition: self.condition.clone(),
            watch: self.watch.clone(),
        }))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.candidates.query_terms(visitor);
    }
}

struct VerifyWeight {
    candidates: Box<dyn Weight>,
    condition: Arc<Query>,
    watch: Arc<Watch>,
}

impl VerifyWeight {
    fn reader(&self, segment: &SegmentReader) -> tantivy::Result<TextReader> {
        let store = segment
            .get_store_reader(CACHED_BLOCKS)
            .map_err(tantivy::TantivyError::from)?;
        Ok(TextReader {
            store,
            checker: Checker::new(self.condition.as_ref().clone()),
            watch: self.watch.clone(),
        })
    }
}

/// Blocks of stored articles that are kept while candidates are read in their order
/// (chosen: each block is left behind for good).
const CACHED_BLOCKS: usize = 4;

impl Weight for VerifyWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut scorer = VerifyScorer {
            candidates: self.candidates.scorer(segment, boost)?,
            texts: self.reader(segment)?,
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
        let mut texts = self.reader(segment)?;
        let mut candidates = self.candidates.scorer(segment, 1.0)?;
        while candidates.doc() != TERMINATED && !self.watch.is_over() {
            let (doc, score) = (candidates.doc(), candidates.score());
            if score > threshold && !segment.is_deleted(doc) && texts.has_match(doc) {
                threshold = callback(doc, score);
            }
            candidates.advance();
        }
        Ok(())
    }
}

/// Reads articles and looks for places in them.
struct TextReader {
    store: StoreReader,
    checker: Checker,
    watch: Arc<Watch>,
}

impl TextReader {
    fn has_match(&mut self, doc: DocId) -> bool {
        let article = match self.store.get::<TantivyDocument>(doc) {
            Ok(document) => read_back(&document),
            Err(error) => {
                self.watch.fail(error.to_string());
                return false;
            }
        };
        match article {
            Some(article) => self.checker.matches(&article),
            None => {
                self.watch.fail("an article cannot be read back".to_owned());
                false
            }
        }
    }
}

struct VerifyScorer {
    candidates: Box<dyn Scorer>,
    texts: TextReader,
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
            if self.texts.watch.is_over() {
                self.is_over = true;
                return TERMINATED;
            }
            if self.texts.has_match(doc) {
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
        if self.is_over || self.texts.watch.is_over() {
            self.is_over = true;
            return SeekDangerResult::SeekLowerBound(TERMINATED);
        }
        match self.candidates.seek_danger(target) {
            SeekDangerResult::Found if self.texts.has_match(target) => SeekDangerResult::Found,
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
