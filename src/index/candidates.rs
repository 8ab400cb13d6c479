//! Finds the best articles of a plan, and reads none.
//!
//! The search library proposes articles by its own scores, which bound ours; each is scored
//! exactly on the spot, and the best are kept by score and id. Neither the bound, nor ties,
//! nor rounding decide who is in. A single phrase, with its filters, is scored exactly as it
//! is found.
//!
//! Articles with a phrase in the headline come first, and are looked at first: where there
//! are as many as are wanted, no others need to be. So are those with a word that fewer have than
//! are wanted: the bound of scores need not allow for pairs with it after that.
//!
//! Where every article that matches must be scored, or hundreds of words be read, the cores
//! share a segment; since ids decide ties, they find what one would.

use std::ops::Range;

use tantivy::query::{EnableScoring, Weight};
use tantivy::{DocAddress, DocId, DocSet, SegmentReader};

use super::best::Best;
use super::bonus::{Headlines, SegmentBonuses};
use super::error::IndexError;
use super::phrase::{PhraseQuery, PhraseWeight};
use super::pieces::{MANY_DOCS, in_pieces, visit_in};
use super::plan::Plan;
use super::ranking::{Bound, SegmentScorer};
use super::search::Ranked;
use super::snapshot::Snapshot;
use super::verify::VerifyQuery;

/// By how much thresholds are lowered, so that rounding to the library's single
/// precision leaves nothing out.
const ROUNDING: f64 = 1e-5;

/// Which articles must be met.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Meet {
    /// All that match, as they are counted.
    All,
    /// Those that may be among the best.
    Best,
}

impl Meet {
    /// Returns the lowest score that is of interest to `plan`, of whose articles so many were
    /// met: none is when its time is over.
    fn floor(self, best: &Best<'_>, plan: &Plan, met: u64) -> f64 {
        match self {
            _ if plan.deadline.is_over_after(met) => f64::INFINITY,
            Meet::All => f64::NEG_INFINITY,
            Meet::Best => best.floor(),
        }
    }
}

impl Snapshot {
    /// Returns the best articles, and how many match if that is known for free.
    pub(super) fn rank_by_score(
        &self,
        plan: &Plan,
        wanted: usize,
        want_total: bool,
    ) -> Result<(Option<u64>, Vec<Ranked>), IndexError> {
        let mut best = Best::new(wanted, &self.ids);
        let scoring = EnableScoring::enabled_from_statistics_provider(self, &self.searcher);
        let phrase = plan.search.downcast_ref::<PhraseQuery>();
        let phrase = phrase.and_then(|phrase| Some((phrase, plan.bonuses.only_for(phrase)?)));
        // Where articles must be read to know, or positions, those that match are counted
        // while the best are found.
        let is_counted = phrase.is_some() || plan.search.is::<VerifyQuery>();
        let meet = match want_total && is_counted {
            true => Meet::All,
            false => Meet::Best,
        };
        let met = match phrase {
            Some((phrase, 0.0)) => {
                let takes_long = phrase.is_wide();
                self.visit_plain_phrase(
                    &phrase.prepare(scoring)?,
                    takes_long,
                    plan,
                    meet,
                    &mut best,
                )?
            }
            Some((phrase, bonus)) => {
                self.visit_phrase(&phrase.prepare(scoring)?, bonus, plan, meet, &mut best)?
            }
            None => {
                let weight = plan.search.weight(scoring)?;
                self.gather_wide(plan, weight.as_ref())?;
                self.visit_proposed(weight.as_ref(), plan, meet, &mut best)?
            }
        };
        let kept = best.into_sorted()?.into_iter().map(|kept| Ranked {
            score: kept.score,
            copies: 0,
            address: DocAddress::new(kept.segment, kept.doc),
        });
        Ok(((meet == Meet::All).then_some(met), kept.collect()))
    }

    /// Offers articles with a phrase, which earns nothing more in a headline, and returns how
    /// many of them were met.
    fn visit_plain_phrase(
        &self,
        phrase: &PhraseWeight,
        takes_long: bool,
        plan: &Plan,
        meet: Meet,
        best: &mut Best<'_>,
    ) -> Result<u64, IndexError> {
        let mut met = 0;
        for (number, segment) in self.numbered_segments() {
            best.enter(number);
            let lengths = self.lengths(number);
            let takes_long = takes_long && !phrase.knows(segment);
            let counts = in_ranges(segment, takes_long, best, |range, best| {
                let mut met = 0;
                let floor = meet.floor(best, plan, met);
                phrase.visit_all(segment, lengths, range, floor, &mut |doc, score| {
                    if !segment.is_deleted(doc) {
                        met += 1;
                        best.offer(doc, score * plan.factor(number, doc));
                    }
                    meet.floor(best, plan, met)
                })?;
                Ok(met)
            })?;
            met += counts.iter().sum::<u64>();
        }
        Ok(met)
    }

    /// Offers articles with a phrase, which earns `bonus` in a headline, and returns how
    /// many of them were met.
    fn visit_phrase(
        &self,
        phrase: &PhraseWeight,
        bonus: f64,
        plan: &Plan,
        meet: Meet,
        best: &mut Best<'_>,
    ) -> Result<u64, IndexError> {
        let mut met = 0;
        let mut seen = Vec::new();
        for (number, segment) in self.numbered_segments() {
            best.enter(number);
            let lengths = self.lengths(number);
            let mut in_headline = Vec::new();
            let floor = meet.floor(best, plan, met);
            phrase.visit_headlines(segment, lengths, bonus, floor, &mut |doc, score| {
                in_headline.push(doc);
                if !segment.is_deleted(doc) {
                    met += 1;
                    best.offer(doc, (score + bonus) * plan.factor(number, doc));
                }
                meet.floor(best, plan, met)
            })?;
            seen.push(in_headline);
        }
        for ((number, segment), seen) in self.numbered_segments().zip(&seen) {
            best.enter(number);
            let lengths = self.lengths(number);
            let floor = meet.floor(best, plan, met);
            phrase.visit_bodies(segment, lengths, floor, &mut |doc, score| {
                if !segment.is_deleted(doc) && seen.binary_search(&doc).is_err() {
                    met += 1;
                    best.offer(doc, score * plan.factor(number, doc));
                }
                meet.floor(best, plan, met)
            })?;
        }
        Ok(met)
    }

    /// Offers the articles that the library proposes, each with its exact score, and
    /// returns how many were met.
    fn visit_proposed(
        &self,
        weight: &dyn Weight,
        plan: &Plan,
        meet: Meet,
        best: &mut Best<'_>,
    ) -> Result<u64, IndexError> {
        let mut met = 0;
        let mut seen = Vec::new();
        for (number, segment) in self.numbered_segments() {
            let docs = first_docs(weight, plan, segment)?;
            if !docs.is_empty() {
                best.enter(number);
                let mut judge = Judge::open(self, plan, number, Headlines::Looked)?;
                let offer = |&doc: &DocId| judge.offer(doc, best);
                docs.iter().try_for_each(offer)?;
            }
            seen.push(docs);
        }
        let verified = plan.search.downcast_ref::<VerifyQuery>();
        for ((number, segment), seen) in self.numbered_segments().zip(&seen) {
            best.enter(number);
            let proposed = Proposed {
                weight,
                plan,
                meet,
                number,
                segment,
                seen,
                are_known: verified.is_some_and(|verified| verified.knows(segment)),
            };
            let counts = in_ranges(segment, proposed.are_known, best, |range, best| {
                self.score_proposed(&proposed, range, best)
            })?;
            met += counts.iter().sum::<u64>();
        }
        Ok(met)
    }

    /// Offers the articles of a range, or those of the whole segment if it is not known which
    /// match, and returns how many were met.
    fn score_proposed(
        &self,
        proposed: &Proposed<'_>,
        range: Range<DocId>,
        best: &mut Best<'_>,
    ) -> Result<u64, IndexError> {
        let Proposed {
            weight,
            plan,
            meet,
            segment,
            ..
        } = *proposed;
        let growth = plan.bonuses.growth();
        let bound = self.bound(plan, segment)?;
        let (norms, lengths) = (self.norms(), self.lengths(proposed.number));
        let once = norms.saturation(1, self.longest(proposed.number));
        let mut judge = Judge::open(self, plan, proposed.number, Headlines::Without)?;
        let (mut met, mut fault) = (0, Ok(()));
        let threshold = |best: &Best<'_>, met| {
            let floor = meet.floor(best, plan, met);
            threshold(bound.least(growth.least(floor, once)))
        };
        let first = threshold(best, met);
        let mut visit = |doc, score| {
            if segment.is_deleted(doc) {
                return threshold(best, met);
            }
            met += 1;
            let length = lengths.fieldnorm_id(doc);
            let most = bound.most(f64::from(score), length) * (1.0 + ROUNDING);
            if most >= growth.least(best.floor(), norms.saturation(1, length))
                && proposed.seen.binary_search(&doc).is_err()
                && let Err(error) = judge.offer(doc, best)
            {
                fault = Err(error);
                return f32::MAX;
            }
            threshold(best, met)
        };
        if proposed.are_known {
            let mut threshold = first;
            let mut docs = weight.scorer(segment, 1.0)?;
            visit_in(range, docs.as_mut(), |docs| {
                let score = docs.score();
                if score > threshold {
                    threshold = visit(docs.doc(), score);
                }
            });
        } else if meet == Meet::Best {
            weight.for_each_pruning(first, segment, &mut visit)?;
        } else {
            weight.for_each(segment, &mut |doc, score| {
                visit(doc, score);
            })?;
        }
        fault.map(|()| met)
    }

    fn numbered_segments(&self) -> impl Iterator<Item = (u32, &SegmentReader)> {
        (0..).zip(self.searcher.segment_readers())
    }

    /// Returns what the library's scores say of those of `plan` in a segment, but for articles
    /// that are looked at first.
    fn bound(&self, plan: &Plan, segment: &SegmentReader) -> Result<Bound<'_>, IndexError> {
        let index = segment.inverted_index(self.fields.ranking)?;
        let mean = index.total_num_tokens() as f64 / f64::from(segment.max_doc().max(1));
        let ratio = mean.max(1.0) / self.mean_ranking_words();
        let leaves = plan.scored.iter().enumerate();
        let leaves = leaves.filter(|(at, _)| !plan.bonuses.is_of_first(*at));
        Ok(Bound::of(leaves.map(|(_, leaf)| leaf), self.norms(), ratio))
    }
}

/// Calls `visit` for the documents of a segment with the list of the best; where it takes long,
/// on all cores, each with a range of them and a list of its own, which are joined. Returns
/// what `visit` returned, in the order of the documents.
fn in_ranges<T: Send>(
    segment: &SegmentReader,
    takes_long: bool,
    best: &mut Best<'_>,
    visit: impl Fn(Range<DocId>, &mut Best<'_>) -> Result<T, IndexError> + Sync,
) -> Result<Vec<T>, IndexError> {
    let max_doc = segment.max_doc();
    if !takes_long || max_doc < MANY_DOCS {
        return Ok(vec![visit(0..max_doc, best)?]);
    }
    let open = || Ok::<_, IndexError>(());
    let ranges = in_pieces(max_doc, 1, open, |(), range| {
        let mut fork = best.fork();
        Ok((visit(range, &mut fork)?, fork))
    })?;
    let (returned, forks): (Vec<T>, Vec<Best<'_>>) = ranges.into_iter().unzip();
    forks.into_iter().for_each(|fork| best.join(fork));
    Ok(returned)
}

/// What the library proposes of a segment.
struct Proposed<'p> {
    weight: &'p dyn Weight,
    plan: &'p Plan,
    meet: Meet,
    number: u32,
    segment: &'p SegmentReader,
    /// Those that were offered before.
    seen: &'p [DocId],
    /// Whether all that match are known, so that ranges of them can be had.
    are_known: bool,
}

/// Scores articles of one segment, in ascending order.
struct Judge<'a> {
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    segment: u32,
    headlines: Headlines,
    scorer: SegmentScorer<'a>,
    /// Opened for the first article that needs it.
    bonuses: Option<SegmentBonuses<'a>>,
    /// How often the article at hand has each leaf, and what that adds to its score.
    counts: Vec<u32>,
    parts: Vec<f64>,
    /// What it earns at most for each pair.
    bounds: Vec<f64>,
}

impl<'a> Judge<'a> {
    fn open(
        snapshot: &'a Snapshot,
        plan: &'a Plan,
        segment: u32,
        headlines: Headlines,
    ) -> Result<Self, IndexError> {
        Ok(Judge {
            headlines,
            snapshot,
            plan,
            segment,
            scorer: SegmentScorer::open(snapshot, &plan.scored, segment)?,
            bonuses: None,
            counts: Vec::new(),
            parts: Vec::new(),
            bounds: Vec::new(),
        })
    }

    /// Offers `doc` if it may be among the best.
    fn offer(&mut self, doc: DocId, best: &mut Best<'_>) -> Result<(), IndexError> {
        let Plan {
            bonuses, scored, ..
        } = self.plan;
        self.counts.clear();
        self.counts.extend(self.scorer.counts(doc));
        self.parts.clear();
        self.parts.extend(self.scorer.parts(doc, &self.counts));
        // The empty sum of floats is minus zero.
        let mut score = 0.0 + self.parts.iter().sum::<f64>();
        let factor = self.plan.factor(self.segment, doc);
        if !bonuses.is_empty() {
            self.bounds.clear();
            self.bounds.extend(bonuses.bounds(scored, &self.parts));
            let mut more = self.bounds.iter().sum::<f64>();
            if self.headlines == Headlines::Looked {
                more += bonuses.headline_weight();
            }
            let floor = best.floor();
            let may_be_in =
                |score: f64, more: f64| (score + more) * factor * (1.0 + ROUNDING) >= floor;
            if !may_be_in(score, more) {
                return Ok(());
            }
            if more > 0.0 {
                let length = self.scorer.length(doc);
                let bonuses = match &mut self.bonuses {
                    Some(bonuses) => bonuses,
                    closed => {
                        let opened = SegmentBonuses::open(
                            self.snapshot,
                            bonuses,
                            self.segment,
                            self.headlines,
                        )?;
                        closed.insert(opened)
                    }
                };
                let mut bounds = self.bounds.iter();
                let is_whole = bonuses.visit_parts(doc, length, &self.counts, &mut |part| {
                    score += part;
                    more -= bounds.next().unwrap_or(&0.0);
                    may_be_in(score, more)
                });
                if !is_whole {
                    return Ok(());
                }
            }
        }
        best.offer(doc, score * factor);
        Ok(())
    }
}

/// Returns the articles of a segment that match and are looked at before all others.
fn first_docs(
    weight: &dyn Weight,
    plan: &Plan,
    segment: &SegmentReader,
) -> Result<Vec<DocId>, IndexError> {
    let mut docs = plan.bonuses.first_docs(segment)?;
    if !docs.is_empty() {
        let mut matching = weight.scorer(segment, 1.0)?;
        docs.retain(|&doc| {
            if matching.doc() < doc {
                matching.seek(doc);
            }
            matching.doc() == doc && !segment.is_deleted(doc)
        });
    }
    Ok(docs)
}

/// Returns what the library's score must exceed, if it is at least `least` for all articles
/// of interest.
fn threshold(least: f64) -> f32 {
    if least > 0.0 {
        (least * (1.0 - ROUNDING)).min(f64::from(f32::MAX)) as f32
    } else {
        f32::MIN
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::error::IndexError;
    use super::super::plan::plan;
    use super::super::sample::{self, Random};
    use crate::article::Article;
    use crate::query::{Order, Request, parse};

    /// Returns a word: the first are in most articles, the last in a few.
    fn word(random: &mut Random) -> String {
        let most = 1 << random.below(8);
        format!("x{}", random.below(most))
    }

    fn text(words: usize, random: &mut Random) -> String {
        let words: Vec<String> = (0..words).map(|_| word(random)).collect();
        words.join(" ")
    }

    fn article(number: usize, random: &mut Random) -> Article {
        let mut article = sample::article(number);
        article.title = text(random.below(5), random);
        // A few are much longer than most.
        let words = 1 << random.below(if number.is_multiple_of(50) { 10 } else { 6 });
        article.body = text(words, random);
        if number.is_multiple_of(9) {
            // A story that several have.
            let words: Vec<String> = (0..60).map(|word| format!("x{word}")).collect();
            article.body = words.join(" ");
        }
        article
    }

    fn operand(random: &mut Random) -> String {
        match random.below(10) {
            0 => format!("\"{}\"", text(2, random)),
            1 => format!("({})", text(2, random)),
            2 => format!("{}^3", word(random)),
            3 => "x*".to_owned(),
            4 => "title:x*".to_owned(),
            _ => word(random),
        }
    }

    fn query(random: &mut Random) -> String {
        let mut query = operand(random);
        for _ in 0..random.below(4) {
            query += random.pick(&[" OR ", " OR ", " OR ", " ", " -"]);
            query += &operand(random);
        }
        query
    }

    /// Whatever is asked, no article is looked at any more, and the answer says why.
    #[test]
    fn nothing_is_looked_at_when_the_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random(1986);
        let articles: Vec<Article> = (0..300).map(|at| article(at, &mut random)).collect();
        let index = sample::add(folder.path(), &articles);
        let snapshot = index.snapshot().unwrap();
        let today = jiff::civil::date(2024, 3, 1);
        for text in [
            "x0 OR x1",
            "\"x0 x1\"",
            "x*",
            "x* x0",
            "x0 w/9 x1",
            "x* w/9 x1",
        ] {
            let mut request = Request::new(parse(text, today).unwrap().query);
            let best = |request: &Request| {
                let plan = plan(&snapshot, request).unwrap();
                snapshot.rank_by_score(&plan, 10, false).unwrap().1
            };
            assert_eq!(best(&request).len(), 10, "{text}");
            request.time_limit = Some(Duration::ZERO);
            assert!(best(&request).is_empty(), "{text}");
            let fault = snapshot.rank(&request).unwrap_err();
            assert!(matches!(fault, IndexError::TimeLimit(_)), "{text}: {fault}");
        }
    }

    /// However few are wanted, they are the first of all that match, each scored by itself.
    #[test]
    fn the_best_are_the_first_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random(1986);
        let articles: Vec<Article> = (0..900).map(|at| article(at, &mut random)).collect();
        for segment in articles.chunks(300) {
            sample::add(folder.path(), segment);
        }
        let index = sample::add(folder.path(), []);
        let snapshot = index.snapshot().unwrap();
        let today = jiff::civil::date(2024, 3, 1);
        let mut hits = 0;
        for _ in 0..400 {
            let text = query(&mut random);
            let mut request = Request::new(parse(&text, today).unwrap().query);
            (request.order, request.limit) = (Order::Newest, 1_000);
            let all = snapshot.rank(&request).unwrap().hits;
            let id = |ranked: &_| snapshot.id_of(ranked).unwrap();
            let mut all: Vec<(f64, String)> = all.iter().map(|one| (one.score, id(one))).collect();
            all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            request.order = Order::Relevance;
            let is_counted = random.below(2) == 0;
            (request.want_total, request.want_stories) = (is_counted, is_counted);
            for limit in [1, 3, 10, 60] {
                request.limit = limit;
                let ranking = snapshot.rank(&request).unwrap();
                let total = is_counted.then_some(all.len() as u64);
                assert_eq!(ranking.total, total, "{text}");
                let best = ranking.hits;
                assert_eq!(best.len(), all.len().min(limit), "{text}");
                for (ranked, (score, expected)) in best.iter().zip(&all) {
                    assert_eq!(id(ranked), *expected, "{text}, {limit} wanted");
                    assert!((ranked.score - score).abs() < 1e-9, "{text}: {expected}");
                }
                hits += best.len();
            }
        }
        assert!(hits > 10_000, "{hits}");
    }
}
