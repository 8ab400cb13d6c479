//! Goes through wildcards and slips that stand for hundreds of words once and as a whole, where
//! many documents may match: who opens them after that finds them known.
//!
//! To look for thousands of words in one document after the other takes a microsecond and more
//! for each; all their postings together take a nanosecond or two each, on all cores.

use tantivy::SegmentReader;
use tantivy::query::{BooleanQuery, EnableScoring, Query as Search, Weight};

use super::deadline::Deadline;
use super::error::IndexError;
use super::phrase::{PhraseQuery, PhraseWeight};
use super::plan::Plan;
use super::snapshot::Snapshot;

/// The phrases of a search that take long to go through, as so many words may fill a place.
pub(super) struct Wide(Vec<PhraseWeight>);

/// Where fewer of the documents may match than one of so many, what each has is looked up
/// (chosen: on a million articles `s* reagan`, one of 25, takes 0.74 s so, and 0.10 s if all are
/// gone through, but a rare word beside `s*` 0.14 s).
const SPARSE: u32 = 64;

impl Snapshot {
    /// Goes through the wide phrases of `plan`, whose search `weight` was made of, where it is
    /// worth it.
    pub(super) fn gather_wide(&self, plan: &Plan, weight: &dyn Weight) -> Result<(), IndexError> {
        let search = plan.search.as_ref();
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
            wide.gather(matching, segment, &plan.deadline)?;
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
    /// it, as far as there is time.
    pub(super) fn gather(
        &self,
        matching: u32,
        segment: &SegmentReader,
        deadline: &Deadline,
    ) -> tantivy::Result<()> {
        if matching < segment.max_doc() / SPARSE {
            return Ok(());
        }
        let mut unknown = self.0.iter().filter(|phrase| !phrase.knows(segment));
        unknown.try_for_each(|phrase| phrase.gather(segment, deadline))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::plan::plan;
    use super::super::sample;
    use super::*;
    use crate::article::Article;
    use crate::query::{Request, parse};

    #[test]
    fn a_segment_is_gone_through_once_and_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let article = |number: usize| {
            let mut article = sample::article(number);
            article.body = format!("x{number} x{}", number + 1);
            article
        };
        let articles: Vec<Article> = (0..100).map(article).collect();
        let index = sample::add(folder.path(), &articles);
        let snapshot = index.snapshot().unwrap();
        let today = jiff::civil::date(2024, 3, 1);
        for (text, limit, expected) in [
            ("x*", None, Some(100_u32)),
            ("x* y", None, Some(100)),
            ("x*", Some(Duration::ZERO), Some(0)),
            // Any of so few is looked up.
            ("x1*", None, None),
        ] {
            let request = Request::new(parse(text, today).unwrap().query);
            let plan = plan(&snapshot, &request).unwrap();
            let scoring = EnableScoring::disabled_from_searcher(&snapshot.searcher);
            let wide = Wide::of(plan.search.as_ref(), scoring).unwrap();
            let segment = snapshot.searcher.segment_reader(0);
            let deadline = Deadline::new(limit);
            wide.gather(segment.max_doc(), segment, &deadline).unwrap();
            let known = wide.0.first().map(|phrase| {
                assert!(phrase.knows(segment), "{text}");
                phrase.scorer(segment, 1.0).unwrap().size_hint()
            });
            assert_eq!(known, expected, "{text} {limit:?}");
        }
    }
}
