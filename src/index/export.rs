//! Hands over every article that matches, one after the other.
//!
//! By id, which costs twelve bytes an article, or in the order of a ranking. Articles are
//! read when it is their turn, and forgotten.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use tantivy::DocAddress;

use super::error::IndexError;
use super::plan::plan;
use super::search::{Hit, Ranked};
use super::snapshot::Snapshot;
use crate::query::{Order, Request};

impl Snapshot {
    /// Calls `visit` with every article that matches `request`, whatever its limit and
    /// offset, until it breaks; returns how many match. The order is that of the ids, or
    /// `order`. Where the request shows copies once, one article a story is visited.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn export(
        &self,
        request: &Request,
        order: Option<Order>,
        visit: &mut dyn FnMut(Hit) -> ControlFlow<()>,
    ) -> Result<u64, IndexError> {
        let plan = plan(self, request)?;
        let Some(order) = order else {
            let matching = self.matching(request)?;
            let total = matching.iter().map(|(_, docs)| docs.len() as u64).sum();
            let mut by_id = ById::new(self, matching)?;
            while let Some(address) = by_id.next()? {
                let ranked = Ranked {
                    score: 0.0,
                    copies: 0,
                    address,
                };
                if visit(self.hit(request, &plan, ranked, Vec::new())?).is_break() {
                    break;
                }
            }
            return Ok(total);
        };
        let mut all = request.clone();
        (all.order, all.offset, all.limit) = (order, 0, usize::MAX);
        (all.want_total, all.want_stories) = (true, true);
        let ranking = self.rank(&all)?;
        let total = match request.collapse {
            Some(_) => ranking.stories,
            None => ranking.total,
        };
        for ranked in ranking.hits {
            if visit(self.hit(request, &plan, ranked, Vec::new())?).is_break() {
                break;
            }
        }
        Ok(total.unwrap_or_default())
    }
}

/// Articles by id, from several segments that have theirs in order.
struct ById<'s> {
    snapshot: &'s Snapshot,
    /// Each segment's articles by the number of their id, the last first.
    waiting: Vec<(u32, Vec<(u64, u32)>)>,
    /// The next article of each.
    next: BinaryHeap<Reverse<(String, usize, u32)>>,
}

impl<'s> ById<'s> {
    fn new(snapshot: &'s Snapshot, matching: Vec<(u32, Vec<u32>)>) -> Result<ById<'s>, IndexError> {
        let mut waiting = Vec::new();
        for (segment, docs) in matching {
            let ids = snapshot.ids.get(segment as usize).and_then(Option::as_ref);
            let ordinal = |doc: u32| ids.and_then(|ids| ids.ords().first(doc)).unwrap_or(0);
            let mut docs: Vec<(u64, u32)> =
                docs.into_iter().map(|doc| (ordinal(doc), doc)).collect();
            docs.sort_unstable_by(|a, b| b.cmp(a));
            waiting.push((segment, docs));
        }
        let mut by_id = ById {
            snapshot,
            next: BinaryHeap::with_capacity(waiting.len()),
            waiting,
        };
        for at in 0..by_id.waiting.len() {
            by_id.push(at)?;
        }
        Ok(by_id)
    }

    /// Takes the next article of one segment among those that are next.
    fn push(&mut self, at: usize) -> Result<(), IndexError> {
        let (segment, docs) = &mut self.waiting[at];
        if let Some((_, doc)) = docs.pop() {
            let id = self.snapshot.id_at(DocAddress::new(*segment, doc))?;
            self.next.push(Reverse((id, at, doc)));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<DocAddress>, IndexError> {
        let Some(Reverse((_, at, doc))) = self.next.pop() else {
            return Ok(None);
        };
        self.push(at)?;
        Ok(Some(DocAddress::new(self.waiting[at].0, doc)))
    }
}
