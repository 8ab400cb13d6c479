//! Finds every article that matches, on all cores where there are many.
//!
//! A segment is cut into pieces, which the cores take one after the other: some are harder
//! than others. What matches does not depend on how it is cut.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::query::{BooleanQuery, EnableScoring, Query as Search, Scorer};
use tantivy::{DocId, SegmentReader};

use super::error::IndexError;
use super::phrase::{PhraseQuery, PhraseWeight};
use super::plan::plan;
use super::snapshot::Snapshot;
use super::verify::{VerifyQuery, Watch};
use crate::query::Request;

/// The articles that match, in order, with the number of their segment.
pub(super) type Matching = Vec<(u32, Vec<DocId>)>;

/// Fewer documents than this are gone through on one core (chosen: less than a millisecond
/// of work; threads take tens of microseconds to start). In unit tests, few are many.
pub(super) const MANY_DOCS: u32 = if cfg!(test) { 20 } else { 50_000 };

/// A piece has at least so many documents.
const LEAST_PIECE: u32 = if cfg!(test) { 10 } else { 2_000 };

/// Into how many pieces a segment is cut for each core, unless much is opened for each.
pub(super) const PIECES: u32 = 4;

/// Whether articles that are found will be ranked.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Scores {
    Used,
    Unused,
}

impl Snapshot {
    /// Returns the articles that match `request`; one a story, if the request shows copies
    /// once.
    pub(super) fn matching(&self, request: &Request) -> Result<Matching, IndexError> {
        let watch = Arc::new(Watch::new(request.time_limit));
        let plan = plan(self, request, &watch)?;
        let mut found = self.found_by(plan.search.as_ref(), Scores::Unused)?;
        watch.check()?;
        if let Some(prefer) = &request.collapse {
            self.keep_one_a_story(&mut found, prefer)?;
        }
        Ok(found)
    }

    /// Returns the articles that `search` finds.
    pub(super) fn found_by(
        &self,
        search: &dyn Search,
        scores: Scores,
    ) -> Result<Matching, IndexError> {
        // What is looked up in each article is looked up once, so that scores are kept with it.
        let scoring = match scores == Scores::Used && search.is::<VerifyQuery>() {
            true => EnableScoring::enabled_from_statistics_provider(self, &self.searcher),
            false => EnableScoring::disabled_from_searcher(&self.searcher),
        };
        let weight = search.weight(scoring)?;
        let mut found = Vec::new();
        let wide = match scores {
            Scores::Used => Wide::of(search, scoring)?,
            Scores::Unused => Wide::default(),
        };
        for (number, segment) in (0..).zip(self.searcher.segment_readers()) {
            if search.is::<PhraseQuery>() {
                wide.gather(segment)?;
            }
            let mut docs = weight.scorer(segment, 1.0)?;
            if wide.gather_for(docs.size_hint(), segment)? {
                docs = weight.scorer(segment, 1.0)?;
            }
            if docs.size_hint() < MANY_DOCS {
                let all = 0..segment.max_doc();
                found.push((number, docs_in(all, docs.as_mut(), segment, |_| true)));
                continue;
            }
            let opened = Mutex::new(Some(docs));
            let open = || match opened.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(docs) => Ok(docs),
                None => weight.scorer(segment, 1.0),
            };
            let pieces = in_pieces(segment.max_doc(), PIECES, open, |docs, piece| {
                Ok(docs_in(piece, docs.as_mut(), segment, |_| true))
            })?;
            found.push((number, pieces.concat()));
        }
        Ok(found)
    }
}

/// The phrases of a search that take long to go through, as so many words may fill a place.
#[derive(Default)]
pub(super) struct Wide(Vec<PhraseWeight>);

/// Where fewer of the documents may match than one of so many, what each has is looked up
/// (chosen: a window of a [`Union`](super::union::Union) that is skipped costs about as much).
const SPARSE: u32 = 64;

impl Wide {
    pub(super) fn of(search: &dyn Search, scoring: EnableScoring<'_>) -> tantivy::Result<Wide> {
        let mut phrases = Vec::new();
        add_wide(search, &mut phrases);
        let weights = phrases.iter().map(|phrase| phrase.prepare(scoring));
        Ok(Wide(weights.collect::<Result<_, _>>()?))
    }

    /// Goes through a segment for each phrase, so that who opens it after that finds it known.
    pub(super) fn gather(&self, segment: &SegmentReader) -> tantivy::Result<()> {
        let mut unknown = self.0.iter().filter(|phrase| !phrase.knows(segment));
        unknown.try_for_each(|phrase| phrase.gather(segment))
    }

    /// Does so if it is worth it, as so many documents may match, and tells whether it did.
    pub(super) fn gather_for(
        &self,
        matching: u32,
        segment: &SegmentReader,
    ) -> tantivy::Result<bool> {
        let is_worth_it = !self.0.is_empty() && matching >= segment.max_doc() / SPARSE;
        if is_worth_it {
            self.gather(segment)?;
        }
        Ok(is_worth_it)
    }
}

fn add_wide<'s>(search: &'s dyn Search, phrases: &mut Vec<&'s PhraseQuery>) {
    if let Some(phrase) = search.downcast_ref::<PhraseQuery>() {
        let is_meant = phrase.is_wide() && phrase.filters.is_empty();
        phrases.extend(is_meant.then_some(phrase));
    } else if let Some(parts) = search.downcast_ref::<BooleanQuery>() {
        let parts = parts.clauses().iter();
        parts.for_each(|(_, part)| add_wide(part.as_ref(), phrases));
    }
}

/// Returns the living documents of `docs` in `piece` that are wanted; pieces ascend.
pub(super) fn docs_in(
    piece: Range<DocId>,
    docs: &mut dyn Scorer,
    segment: &SegmentReader,
    mut is_wanted: impl FnMut(DocId) -> bool,
) -> Vec<DocId> {
    let mut found = Vec::new();
    visit_in(piece, docs, |docs| {
        let doc = docs.doc();
        if !segment.is_deleted(doc) && is_wanted(doc) {
            found.push(doc);
        }
    });
    found
}

/// Calls `visit` at each of `docs` in `piece`; pieces ascend.
pub(super) fn visit_in(
    piece: Range<DocId>,
    docs: &mut dyn Scorer,
    mut visit: impl FnMut(&mut dyn Scorer),
) {
    if docs.doc() < piece.start {
        docs.seek(piece.start);
    }
    while docs.doc() < piece.end {
        visit(docs);
        docs.advance();
    }
}

/// Returns what `work` returns for each piece of a segment of `max_doc` documents, in order,
/// of which there are `pieces` for each core. Each core opens for itself what it works with,
/// and takes pieces that ascend.
///
/// # Errors
///
/// Fails as `open` and `work` do.
pub(super) fn in_pieces<S, T: Send, E: Send>(
    max_doc: DocId,
    pieces: u32,
    open: impl Fn() -> Result<S, E> + Sync,
    work: impl Fn(&mut S, Range<DocId>) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    let length = max_doc.div_ceil(cores * pieces).max(LEAST_PIECE);
    let starts: Vec<DocId> = (0..max_doc).step_by(length as usize).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, T)>, E> {
        let mut done = Vec::new();
        let mut opened = None;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(&start) = starts.get(at) else {
                return Ok(done);
            };
            let opened = match &mut opened {
                Some(opened) => opened,
                closed => closed.insert(open()?),
            };
            let piece = start..start.saturating_add(length).min(max_doc);
            done.push((at, work(opened, piece)?));
        }
    };
    let mut done = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(some) => done.extend(some?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(())
    })?;
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, one)| one).collect())
}
