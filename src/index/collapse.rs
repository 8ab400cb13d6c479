//! Shows one article a story where that is wanted, and counts stories.
//!
//! A story has the place of its best article, and is shown by the one that is preferred
//! among its articles that match. So every story is shown once, whatever page of the list
//! is asked for, and the copies of all stories and the stories add up to the total.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use tantivy::{DocAddress, DocId};

use super::error::IndexError;
use super::matching::Scores;
use super::pieces::count_before;
use super::plan::Plan;
use super::schema::{Keyword, Number};
use super::search::Ranked;
use super::snapshot::{Snapshot, string_value};
use crate::query::{Prefer, Request};
use crate::text::fold_name;

/// The articles that match, by story.
pub(super) struct Matched {
    /// How many articles.
    pub(super) total: u64,
    /// How many stories.
    pub(super) stories: u64,
    /// Of stories of which several match, those that do.
    several: HashMap<u64, Vec<DocAddress>>,
}

impl Snapshot {
    /// Finds the stories of the articles that match `plan`; `None` if no article of the
    /// index has copies.
    pub(super) fn matched(
        &self,
        plan: &Plan,
        scores: Scores,
    ) -> Result<Option<Matched>, IndexError> {
        let members = self.members()?;
        if members.iter().all(Vec::is_empty) {
            return Ok(None);
        }
        let matching = self.found_by(plan, scores)?;
        let total = matching.iter().map(|(_, docs)| docs.len() as u64).sum();
        let several = self.several_of(&matching)?;
        let copies: usize = several.values().map(|articles| articles.len() - 1).sum();
        Ok(Some(Matched {
            total,
            stories: total - copies as u64,
            several,
        }))
    }

    /// Leaves one article of each story in `matching`: the preferred one, or the earliest
    /// where the best is, since nothing is ranked.
    pub(super) fn keep_one_a_story(
        &self,
        matching: &mut [(u32, Vec<DocId>)],
        prefer: &Prefer,
    ) -> Result<(), IndexError> {
        let prefer = match prefer {
            Prefer::Best => &Prefer::Oldest,
            prefer => prefer,
        };
        let mut left_out: HashSet<DocAddress> = HashSet::new();
        for articles in self.several_of(matching)?.into_values() {
            let kept = self.preferred(articles[0], &articles, prefer)?;
            left_out.extend(articles.into_iter().filter(|article| *article != kept));
        }
        if !left_out.is_empty() {
            for (segment, docs) in matching {
                docs.retain(|doc| !left_out.contains(&DocAddress::new(*segment, *doc)));
            }
        }
        Ok(())
    }

    /// Returns the stories of which several articles are in `matching`.
    fn several_of(
        &self,
        matching: &[(u32, Vec<DocId>)],
    ) -> Result<HashMap<u64, Vec<DocAddress>>, IndexError> {
        let members = self.members()?;
        let mut of_story: HashMap<u64, Vec<DocAddress>> = HashMap::new();
        for (segment, docs) in matching {
            in_both(docs, &members[*segment as usize], |doc, story| {
                let address = DocAddress::new(*segment, doc);
                of_story.entry(story).or_default().push(address);
            });
        }
        of_story.retain(|_, articles| articles.len() > 1);
        Ok(of_story)
    }

    /// Returns the first `wanted` stories of a ranking; `rank` returns as many of its first
    /// articles as it is asked for.
    pub(super) fn collapse(
        &self,
        matched: &Matched,
        wanted: usize,
        request: &Request,
        rank: &mut dyn FnMut(usize) -> Result<Vec<Ranked>, IndexError>,
    ) -> Result<Vec<Ranked>, IndexError> {
        // As many as so many stories have on average, and some more, but no more than match.
        let all = usize::try_from(matched.total).unwrap_or(usize::MAX);
        let copies = matched.total.div_ceil(matched.stories.max(1));
        let articles = wanted.saturating_mul(usize::try_from(copies).unwrap_or(usize::MAX));
        let mut asked = articles.saturating_add(articles / 2 + 8).min(all);
        let mut shown = loop {
            let ranked = rank(asked)?;
            let is_all = ranked.len() < asked || asked == all;
            let shown = self.first_of_each(ranked, matched)?;
            if is_all || shown.len() >= wanted {
                break shown;
            }
            asked = asked.saturating_mul(4).min(all);
        };
        shown.truncate(wanted);
        for ranked in &mut shown {
            if let Some(articles) = self.several(matched, ranked.address)? {
                ranked.copies = articles.len() as u64 - 1;
                if let Some(prefer) = &request.collapse {
                    ranked.address = self.preferred(ranked.address, articles, prefer)?;
                }
            }
        }
        Ok(shown)
    }

    fn several<'m>(
        &self,
        matched: &'m Matched,
        address: DocAddress,
    ) -> Result<Option<&'m Vec<DocAddress>>, IndexError> {
        let story = self.story_at(address)?;
        Ok(story.and_then(|story| matched.several.get(&story)))
    }

    fn first_of_each(
        &self,
        ranked: Vec<Ranked>,
        matched: &Matched,
    ) -> Result<Vec<Ranked>, IndexError> {
        let mut seen: HashSet<u64> = HashSet::new();
        let mut first = Vec::new();
        for ranked in ranked {
            let story = self.story_at(ranked.address)?;
            let story = story.filter(|story| matched.several.contains_key(story));
            if story.is_none_or(|story| seen.insert(story)) {
                first.push(ranked);
            }
        }
        Ok(first)
    }

    /// Returns the article that stands for its story, `best` being the best of them.
    fn preferred(
        &self,
        best: DocAddress,
        articles: &[DocAddress],
        prefer: &Prefer,
    ) -> Result<DocAddress, IndexError> {
        let number = |address: DocAddress, number: Number| -> Result<Option<u64>, IndexError> {
            let segment = self.searcher.segment_reader(address.segment_ord);
            let column = segment.fast_fields().u64(number.name())?;
            Ok(column.first(address.doc_id))
        };
        // The least key is preferred; equal ones go by id.
        let mut preferred: Option<((Reverse<u64>, String), DocAddress)> = None;
        for &address in articles {
            let worth = match prefer {
                Prefer::Best => u64::from(address == best),
                Prefer::Longest => number(address, Number::Words)?.unwrap_or_default(),
                Prefer::Newest => self
                    .moment(address)?
                    .map_or(0, |moment| moment.saturating_add(1)),
                Prefer::Oldest => self.moment(address)?.map_or(0, |moment| u64::MAX - moment),
                Prefer::Source(source) => {
                    let segment = self.searcher.segment_reader(address.segment_ord);
                    let own = string_value(segment, Keyword::Source.name(), address.doc_id)?;
                    2 * u64::from(fold_name(&own) == fold_name(source)) + u64::from(address == best)
                }
            };
            let key = (Reverse(worth), self.id_at(address)?);
            if preferred.as_ref().is_none_or(|(known, _)| key < *known) {
                preferred = Some((key, address));
            }
        }
        Ok(preferred.map_or(best, |(_, address)| address))
    }

    /// Returns when an article was published, as a number that grows with time.
    fn moment(&self, address: DocAddress) -> Result<Option<u64>, IndexError> {
        let segment = self.searcher.segment_reader(address.segment_ord);
        let column = segment.fast_fields().i64(Number::Published.name())?;
        let seconds = column.first(address.doc_id);
        Ok(seconds.map(|seconds| seconds.wrapping_sub(i64::MIN) as u64))
    }
}

/// Calls `visit` for every document of `docs` that is a member, both in order.
fn in_both(docs: &[DocId], members: &[(DocId, u64)], mut visit: impl FnMut(DocId, u64)) {
    let mut rest = docs;
    for (doc, story) in members {
        rest = &rest[count_before(rest, *doc)..];
        match rest.first() {
            Some(other) if other == doc => visit(*doc, *story),
            Some(_) => {}
            None => break,
        }
    }
}
