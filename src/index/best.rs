//! Keeps the best articles met so far: by score, then by id.
//!
//! Ids are compared by their numbers in a segment's dictionary, which has them in
//! alphabetical order; only articles of different segments that tie are compared by
//! the ids themselves. So ties cost no reading of ids, and neither the order of
//! segments nor that of documents decides anything.
//!
//! Running time: `O(log wanted)` for each article that is better than the worst kept.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::error::IndexError;

/// An article among the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) score: f64,
    pub(super) segment: u32,
    pub(super) doc: DocId,
    /// The number of its id among those of its segment.
    ordinal: u64,
}

/// The best articles of the segments visited so far.
pub(super) struct Best<'a> {
    wanted: usize,
    /// Each segment's ids.
    ids: &'a [Option<StrColumn>],
    segment: u32,
    /// The best of this segment, the worst of them on top.
    here: BinaryHeap<Worst>,
    /// The best of the segments before, and all that tie with the last of them.
    before: Vec<Kept>,
    /// No article with a lower score is among the best.
    floor: f64,
}

impl<'a> Best<'a> {
    /// Returns an empty list of at most `wanted` articles, at least one.
    pub(super) fn new(wanted: usize, ids: &'a [Option<StrColumn>]) -> Best<'a> {
        let (here, before) = (BinaryHeap::new(), Vec::new());
        Best {
            wanted: wanted.max(1),
            ids,
            segment: 0,
            here,
            before,
            floor: f64::NEG_INFINITY,
        }
    }

    /// Returns an empty list for other articles of the same segment, of which only those are
    /// wanted that would be kept here.
    pub(super) fn fork(&self) -> Best<'a> {
        Best {
            segment: self.segment,
            floor: self.floor,
            ..Best::new(self.wanted, self.ids)
        }
    }

    /// Takes over what a fork kept.
    pub(super) fn join(&mut self, fork: Best<'_>) {
        for Worst(kept) in fork.here {
            self.offer(kept.doc, kept.score);
        }
    }

    /// Says that the articles offered from now on are those of `segment`.
    pub(super) fn enter(&mut self, segment: u32) {
        self.leave();
        self.segment = segment;
    }

    /// Returns the lowest score that may still be among the best.
    pub(super) fn floor(&self) -> f64 {
        self.floor
    }

    /// Takes the article if it is among the best.
    pub(super) fn offer(&mut self, doc: DocId, score: f64) {
        if score < self.floor {
            return;
        }
        let ids = self.ids.get(self.segment as usize).and_then(Option::as_ref);
        let ordinal = ids.and_then(|ids| ids.ords().first(doc)).unwrap_or(0);
        let kept = Worst(Kept {
            score,
            segment: self.segment,
            doc,
            ordinal,
        });
        if self.here.len() < self.wanted {
            self.here.push(kept);
        } else if let Some(mut worst) = self.here.peek_mut()
            && kept < *worst
        {
            *worst = kept;
        }
        if self.here.len() == self.wanted
            && let Some(worst) = self.here.peek()
        {
            self.floor = self.floor.max(worst.0.score);
        }
    }

    /// Returns the best articles in their order.
    pub(super) fn into_sorted(mut self) -> Result<Vec<Kept>, IndexError> {
        self.leave();
        let mut kept = self.before;
        for tied in kept.chunk_by_mut(|a, b| a.score == b.score) {
            if tied.iter().all(|one| one.segment == tied[0].segment) {
                tied.sort_unstable_by_key(|one| one.ordinal);
                continue;
            }
            let mut named = Vec::with_capacity(tied.len());
            for one in tied.iter() {
                let ids = self.ids.get(one.segment as usize).and_then(Option::as_ref);
                let mut id = String::new();
                if let Some(ids) = ids {
                    ids.ord_to_str(one.ordinal, &mut id)
                        .map_err(tantivy::TantivyError::from)?;
                }
                named.push((id, *one));
            }
            named.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (slot, (_, one)) in tied.iter_mut().zip(named) {
                *slot = one;
            }
        }
        kept.truncate(self.wanted);
        Ok(kept)
    }

    /// Joins this segment's best with those before.
    fn leave(&mut self) {
        self.before.extend(self.here.drain().map(|worst| worst.0));
        self.before.sort_by(|a, b| b.score.total_cmp(&a.score));
        if let Some(last) = self.before.get(self.wanted - 1) {
            let floor = last.score;
            self.floor = self.floor.max(floor);
            let kept = self.before.partition_point(|one| one.score >= floor);
            self.before.truncate(kept);
        }
    }
}

/// Of two articles of one segment, the greater is the worse.
#[derive(PartialEq)]
struct Worst(Kept);

impl Eq for Worst {}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Worst) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Worst {
    fn cmp(&self, other: &Worst) -> Ordering {
        let by_score = other.0.score.total_cmp(&self.0.score);
        by_score.then(self.0.ordinal.cmp(&other.0.ordinal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_stay_and_the_floor_rises() {
        let mut best = Best::new(2, &[]);
        best.enter(0);
        for (doc, score) in [(1, 0.5), (2, 2.0), (3, 1.0), (4, 0.7)] {
            best.offer(doc, score);
        }
        assert_eq!(best.floor(), 1.0);
        best.enter(1);
        best.offer(9, 1.5);
        best.offer(10, 0.9);
        let sorted = best.into_sorted().unwrap();
        let shown: Vec<_> = sorted.iter().map(|one| (one.segment, one.doc)).collect();
        assert_eq!(shown, [(0, 2), (1, 9)]);
    }
}
