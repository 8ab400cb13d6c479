//! Goes through wildcards and slips that stand for hundreds of words once and as a whole, where
//! many documents may match: who opens them after that finds them known.
//!
//! To look for thousands of words in one document after the other takes a microsecond and more
//! for each; all their postings together take a nanosecond or two each, on all cores.

use tantivy::SegmentReader;
use tantivy::query::{BooleanQuery, EnableScoring, Query as Search, Weight};

use super::error::IndexError;
use super::phrase::{PhraseQuery, PhraseWeight};
use super::snapshot::Snapshot;

/// The phrases of a search that take long to go through, as so many words may fill a place.
pub(super) struct Wide(Vec<PhraseWeight>);

/// Where fewer of the documents may match than one of so many, what each has is looked up
/// (chosen: on a million articles `s* reagan`, one of 25, takes 0.74 s so, and 0.10 s if all are
/// gone through, but a rare word beside `s*` 0.14 s).
const SPARSE: u32 = 64;

impl Snapshot {
    /// Goes through the wide phrases of `search`, which `weight` was made of, where it is worth
    /// it.
    pub(super) fn gather_wide(
        &self,
        search: &dyn Search,
        weight: &dyn Weight,
    ) -> Result<(), IndexError> {
        let scoring = EnableScoring::disabled_from_searcher(&self.searcher);
        let wide = Wide::of(search, scoring)?;
        if wide.0.is_empty() {
            return Ok(());
        }
        for segment in self.searcher.segment_readers() {
            let matching = match search.is::<PhraseQuery>() {
                true => segment.max_doc(),
                false => weight.scorer(segment, 1.0)?.size_hint(),
            };
            wide.gather(matching, segment)?;
        }
        Ok(())
    }
}

impl Wide {
    /// Returns the wide phrases that `search` is made of.
    pub(super) fn of(search: &dyn Search, scoring: EnableScoring<'_>) -> tantivy::Result<Wide> {
        let mut phrases = Vec::new();
        add_wide(search, &mut phrases);
        let weights = phrases.iter().map(|phrase| phrase.prepare(scoring));
        Ok(Wide(weights.collect::<Result<_, _>>()?))
    }

    /// Goes through a segment for each phrase if so many documents may match that it is worth
    /// it.
    pub(super) fn gather(&self, matching: u32, segment: &SegmentReader) -> tantivy::Result<()> {
        if matching < segment.max_doc() / SPARSE {
            return Ok(());
        }
        let mut unknown = self.0.iter().filter(|phrase| !phrase.knows(segment));
        unknown.try_for_each(|phrase| phrase.gather(segment))
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
