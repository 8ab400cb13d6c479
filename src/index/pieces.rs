//! Goes through the documents of a segment on all cores.
//!
//! A segment is cut into pieces, which the cores take one after the other: some are harder
//! than others. What is found does not depend on how it is cut.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use tantivy::query::Scorer;
use tantivy::{DocId, SegmentReader};

/// Fewer documents than this are gone through on one core (chosen: less than a millisecond
/// of work; threads take tens of microseconds to start). In unit tests, few are many.
pub(super) const MANY_DOCS: u32 = if cfg!(test) { 20 } else { 50_000 };

/// A piece has at least so many documents.
const LEAST_PIECE: u32 = if cfg!(test) { 10 } else { 2_000 };

/// Into how many pieces a segment is cut for each core, unless much is opened for each.
pub(super) const PIECES: u32 = 4;

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

/// Returns how many of `docs`, which are in order, come before `target`: mostly a few.
pub(super) fn count_before(docs: &[DocId], target: DocId) -> usize {
    // Twice as far each time: the next one is mostly near.
    let mut reach = 1;
    while docs.get(reach - 1).is_some_and(|doc| *doc < target) {
        reach *= 2;
    }
    docs[..reach.min(docs.len())].partition_point(|doc| *doc < target)
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
