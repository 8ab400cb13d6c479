//! Finds every article that matches, on all cores where there are many.

use std::sync::{Mutex, PoisonError};

use tantivy::DocId;
use tantivy::query::EnableScoring;

use super::error::IndexError;
use super::pieces::{MANY_DOCS, PIECES, docs_in, in_pieces};
use super::plan::{Plan, plan};
use super::snapshot::Snapshot;
use super::verify::VerifyQuery;
use crate::query::Request;

/// The articles that match, in order, with the number of their segment.
pub(super) type Matching = Vec<(u32, Vec<DocId>)>;

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
        let plan = plan(self, request)?;
        let mut found = self.found_by(&plan, Scores::Unused)?;
        plan.deadline.check()?;
        if let Some(prefer) = &request.collapse {
            self.keep_one_a_story(&mut found, prefer)?;
        }
        Ok(found)
    }

    /// Returns the articles that `plan` finds, as far as there is time.
    pub(super) fn found_by(&self, plan: &Plan, scores: Scores) -> Result<Matching, IndexError> {
        let search = plan.search.as_ref();
        // What is looked up in each article is looked up once, so that scores are kept with it.
        let scoring = match scores == Scores::Used && search.is::<VerifyQuery>() {
            true => EnableScoring::enabled_from_statistics_provider(self, &self.searcher),
            false => EnableScoring::disabled_from_searcher(&self.searcher),
        };
        let weight = search.weight(scoring)?;
        self.gather_wide(plan, weight.as_ref())?;
        let mut found = Vec::new();
        for (number, segment) in (0..).zip(self.searcher.segment_readers()) {
            let mut docs = weight.scorer(segment, 1.0)?;
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
