//! Answers a request: the best articles, how many there are, and why they are ranked so.
//!
//! The search library proposes articles by an upper bound of the ranking function; each
//! is scored exactly on the spot, and the best are kept by score and id. Neither the
//! bound, nor ties, nor rounding decide who is in. A single phrase, with its filters, is
//! scored exactly as it is found. Articles are read last, and only those that are shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tantivy::collector::sort_key::{SortByStaticFastValue, SortByString};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{EnableScoring, Weight};
use tantivy::{DocAddress, DocId, DocSet, Order as SortOrder, SegmentReader};

use super::best::Best;
use super::bonus::{Pool, SegmentBonuses};
use super::error::IndexError;
use super::phrase::{PhraseQuery, PhraseWeight};
use super::plan::{Plan, plan};
use super::ranking::{SegmentScorer, block_slack};
use super::schema::Number;
use super::snapshot::Snapshot;
use super::verify::{VerifyQuery, Watch};
use crate::article::Article;
use crate::query::{Expansion, Match, Order, Request};

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Response {
    /// How many articles match, unless the request did without.
    pub total: Option<u64>,
    /// How many stories they are, copies counted once, if the request asked.
    pub stories: Option<u64>,
    /// The hits asked for, in order.
    pub hits: Vec<Hit>,
    /// How long it took.
    pub took: Duration,
    /// Why the register is not the one in its file, if it is not.
    pub register_fault: Option<String>,
}

/// An article as it appears in an answer.
#[derive(Clone, Debug)]
pub struct Hit {
    /// How well it answers; comparable within one answer only. 0 where nothing ranks.
    pub score: f64,
    /// What the score is the sum of.
    pub contributions: Vec<Contribution>,
    /// How many copies of it match too, where it stands for all of them; else 0.
    pub copies: u64,
    /// The article.
    pub article: Article,
    /// The places that match, by part and start; empty unless highlights were wanted.
    pub matches: Vec<Match>,
}

/// What one word or phrase adds to a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The word or phrase as the query has it.
    pub label: String,
    /// What it would add at most.
    pub weight: f64,
    /// What it adds.
    pub score: f64,
}

/// The best articles of an answer, none of them read yet.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// How many articles match, unless the request did without.
    pub total: Option<u64>,
    /// How many stories they are, copies counted once, if the request asked.
    pub stories: Option<u64>,
    /// The hits asked for, in order.
    pub hits: Vec<Ranked>,
}

/// An article of a [`Ranking`], which [`Snapshot::id_of`] and [`Snapshot::search`] read.
#[derive(Clone, Copy, Debug)]
pub struct Ranked {
    /// How well it answers; 0 where nothing ranks.
    pub score: f64,
    /// How many copies of it match too, where it stands for all of them; else 0.
    pub copies: u64,
    pub(super) address: DocAddress,
}

/// By how much thresholds are lowered, so that rounding to the library's single
/// precision leaves nothing out.
const ROUNDING: f64 = 1e-5;

impl Snapshot {
    /// Answers `request`. The same articles give the same answer, whatever the index
    /// went through to get them.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn search(&self, request: &Request) -> Result<Response, IndexError> {
        let start = Instant::now();
        let watch = Arc::new(Watch::new(request.time_limit));
        let plan = self.plan(request, &watch)?;
        let ranking = self.ranking(request, &plan, &watch)?;
        let parts = self.parts(&plan, &ranking.hits)?;
        let ranked = ranking.hits.into_iter().zip(parts);
        let hits: Result<_, _> = ranked
            .map(|(ranked, parts)| self.hit(request, &plan, ranked, parts))
            .collect();
        Ok(Response {
            total: ranking.total,
            stories: ranking.stories,
            hits: hits?,
            took: start.elapsed(),
            register_fault: self.register_fault()?.map(ToString::to_string),
        })
    }

    /// Answers `request` without reading any article: for long rankings, and for those
    /// who need but a few of the hits.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn rank(&self, request: &Request) -> Result<Ranking, IndexError> {
        let watch = Arc::new(Watch::new(request.time_limit));
        self.ranking(request, &self.plan(request, &watch)?, &watch)
    }

    fn plan(&self, request: &Request, watch: &Arc<Watch>) -> Result<Plan, IndexError> {
        let plan = plan(self, request, watch)?;
        let is_ranked = request.order == Order::Relevance && !plan.scored.is_empty();
        if request.expansion == Expansion::Off || !is_ranked || self.articles() == 0 {
            return Ok(plan);
        }
        let widens = request.expansion == Expansion::Widens && request.filters.is_empty();
        self.with_feedback(plan, widens)
    }

    /// Returns the best articles of `plan`, read.
    pub(super) fn best_articles(
        &self,
        plan: &Plan,
        wanted: usize,
    ) -> Result<Vec<Article>, IndexError> {
        let (_, best) = self.rank_by_score(plan, wanted, false)?;
        best.iter()
            .map(|ranked| self.read(ranked.address))
            .collect()
    }

    /// Returns the id of a ranked article.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn id_of(&self, ranked: &Ranked) -> Result<String, IndexError> {
        self.id_at(ranked.address)
    }

    fn ranking(
        &self,
        request: &Request,
        plan: &Plan,
        watch: &Watch,
    ) -> Result<Ranking, IndexError> {
        let wanted = request
            .offset
            .saturating_add(request.limit)
            .min(self.articles() as usize);
        let asks_for_stories = request.want_stories || request.collapse.is_some();
        let matched = match asks_for_stories {
            true => self.matched(plan)?,
            false => None,
        };
        let mut total = matched.as_ref().map(|matched| matched.total);
        let mut hits = match &matched {
            Some(matched) if request.collapse.is_some() && wanted > 0 => {
                self.collapse(matched, wanted, request, &mut |wanted| {
                    self.best(plan, request, wanted, &mut Some(0))
                })?
            }
            _ => self.best(plan, request, wanted, &mut total)?,
        };
        if request.want_total && total.is_none() {
            total = Some(self.searcher.search(&plan.search, &Count)? as u64);
        }
        watch.check()?;
        hits.drain(..request.offset.min(hits.len()));
        Ok(Ranking {
            total: total.filter(|_| request.want_total),
            stories: match matched {
                Some(matched) => Some(matched.stories),
                // Without copies, every article is a story.
                None => total.filter(|_| asks_for_stories),
            },
            hits,
        })
    }

    /// Returns the first articles, and sets the total if it is wanted, not known, and
    /// found on the way.
    fn best(
        &self,
        plan: &Plan,
        request: &Request,
        wanted: usize,
        total: &mut Option<u64>,
    ) -> Result<Vec<Ranked>, IndexError> {
        if wanted == 0 {
            return Ok(Vec::new());
        }
        if request.order != Order::Relevance || plan.scored.is_empty() {
            return self.rank_by_date(plan, request.order, wanted);
        }
        let want_total = request.want_total && total.is_none();
        let (found, hits) = self.rank_by_score(plan, wanted, want_total)?;
        *total = total.or(found);
        Ok(hits)
    }

    /// Calls `visit` with the id of every article that matches, in no order.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn visit_ids(
        &self,
        request: &Request,
        mut visit: impl FnMut(String),
    ) -> Result<(), IndexError> {
        let watch = Arc::new(Watch::new(request.time_limit));
        let plan = plan(self, request, &watch)?;
        let matching = tantivy::collector::DocSetCollector;
        let mut addresses: Vec<_> = self
            .searcher
            .search(&plan.search, &matching)?
            .into_iter()
            .collect();
        watch.check()?;
        addresses.sort_unstable();
        for address in addresses {
            visit(self.id_at(address)?);
        }
        Ok(())
    }

    /// Returns the best articles, and how many match if that is known for free.
    pub(super) fn rank_by_score(
        &self,
        plan: &Plan,
        wanted: usize,
        want_total: bool,
    ) -> Result<(Option<u64>, Vec<Ranked>), IndexError> {
        let mut best = Best::new(wanted, &self.ids);
        let scoring = EnableScoring::enabled_from_statistics_provider(self, &self.searcher);
        let total = match plan.search.downcast_ref::<PhraseQuery>() {
            Some(phrase) => {
                let phrase = phrase.prepare(scoring)?;
                let total = self.visit_phrase(&phrase, plan, want_total, &mut best)?;
                want_total.then_some(total)
            }
            None => {
                // Where articles must be read to know, those that match are counted
                // while the best are found.
                let want_total = want_total && plan.search.is::<VerifyQuery>();
                let weight = plan.search.weight(scoring)?;
                let total = self.visit_proposed(weight.as_ref(), plan, want_total, &mut best)?;
                want_total.then_some(total)
            }
        };
        let kept = best.into_sorted()?.into_iter().map(|kept| Ranked {
            score: kept.score,
            copies: 0,
            address: DocAddress::new(kept.segment, kept.doc),
        });
        Ok((total, kept.collect()))
    }

    /// Offers articles with a phrase, and returns how many of them were met: with
    /// `want_all` that is every one that matches.
    fn visit_phrase(
        &self,
        phrase: &PhraseWeight,
        plan: &Plan,
        want_all: bool,
        best: &mut Best<'_>,
    ) -> Result<u64, IndexError> {
        let mut met = 0;
        let first = self.in_headlines(phrase, plan)?;
        for ((number, _), docs) in self.numbered_segments().zip(&first) {
            if docs.is_empty() {
                continue;
            }
            best.enter(number);
            let mut scorer = SegmentScorer::open(self, &plan.scored, number)?;
            let mut bonuses = SegmentBonuses::open(self, &plan.bonuses, number)?;
            for &doc in docs {
                let (base, length) = (scorer.score(doc), scorer.length(doc));
                let parts = bonuses.parts(doc, length);
                let score = parts.iter().fold(base, |sum, part| sum + part);
                best.offer(doc, score * plan.factor(number, doc));
            }
        }
        let least = |best: &Best<'_>| match want_all {
            true => f64::NEG_INFINITY,
            false => best.floor(),
        };
        for ((number, segment), first) in self.numbered_segments().zip(&first) {
            best.enter(number);
            let floor = least(best);
            phrase.visit_from(segment, self.lengths(number), floor, &mut |doc, score| {
                if !segment.is_deleted(doc) {
                    met += 1;
                    if first.binary_search(&doc).is_err() {
                        best.offer(doc, score * plan.factor(number, doc));
                    }
                }
                least(best)
            })?;
        }
        Ok(met)
    }

    /// Offers the articles that the library proposes, each with its exact score, and
    /// returns how many were met: with `want_all` that is every one that matches.
    fn visit_proposed(
        &self,
        weight: &dyn Weight,
        plan: &Plan,
        want_all: bool,
        best: &mut Best<'_>,
    ) -> Result<u64, IndexError> {
        let mut met = 0;
        let mut pool = Pool::new(best.wanted(), &plan.bonuses);
        let first = self.in_headlines(weight, plan)?;
        for ((number, _), docs) in self.numbered_segments().zip(&first) {
            if docs.is_empty() {
                continue;
            }
            pool.enter(number);
            let mut scorer = SegmentScorer::open(self, &plan.scored, number)?;
            for &doc in docs {
                pool.offer(doc, scorer.score(doc), true, plan.factor(number, doc));
            }
        }
        let least = |pool: &Pool, slack: f64| match want_all {
            true => f32::MIN,
            false => threshold(pool.least(), slack),
        };
        for ((number, segment), first) in self.numbered_segments().zip(&first) {
            pool.enter(number);
            let slack = self.slack(segment)?;
            let mut scorer = SegmentScorer::open(self, &plan.scored, number)?;
            weight.for_each_pruning(least(&pool, slack), segment, &mut |doc, bound| {
                if segment.is_deleted(doc) {
                    return least(&pool, slack);
                }
                met += 1;
                let can_be_among = f64::from(bound) >= pool.least() * (1.0 - ROUNDING);
                if can_be_among && first.binary_search(&doc).is_err() {
                    pool.offer(doc, scorer.score(doc), false, plan.factor(number, doc));
                }
                least(&pool, slack)
            })?;
        }
        self.offer_with_bonuses(plan, pool, best)?;
        Ok(met)
    }

    fn offer_with_bonuses(
        &self,
        plan: &Plan,
        pool: Pool,
        best: &mut Best<'_>,
    ) -> Result<(), IndexError> {
        let candidates = pool.into_candidates();
        for of_segment in candidates.chunk_by(|a, b| a.segment == b.segment) {
            let number = of_segment[0].segment;
            best.enter(number);
            let mut bonuses = SegmentBonuses::open(self, &plan.bonuses, number)?;
            for one in of_segment {
                let length = self.lengths(number).fieldnorm_id(one.doc);
                let parts = bonuses.parts(one.doc, length);
                let score = parts.iter().fold(one.base, |sum, part| sum + part);
                best.offer(one.doc, score * plan.factor(number, one.doc));
            }
        }
        Ok(())
    }

    /// Returns the articles of each segment that match and have a phrase in the headline.
    fn in_headlines(
        &self,
        weight: &dyn Weight,
        plan: &Plan,
    ) -> Result<Vec<Vec<DocId>>, IndexError> {
        let segments = self.searcher.segment_readers().iter();
        segments
            .map(|segment| self.in_headline(weight, plan, segment))
            .collect()
    }

    /// Returns the articles of a segment that match and have a phrase in the headline.
    fn in_headline(
        &self,
        weight: &dyn Weight,
        plan: &Plan,
        segment: &SegmentReader,
    ) -> Result<Vec<DocId>, IndexError> {
        let mut docs = plan.bonuses.headline_docs(segment)?;
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

    fn numbered_segments(&self) -> impl Iterator<Item = (u32, &SegmentReader)> {
        (0..).zip(self.searcher.segment_readers())
    }

    fn slack(&self, segment: &SegmentReader) -> Result<f64, IndexError> {
        let index = segment.inverted_index(self.fields.ranking)?;
        let mean = index.total_num_tokens() as f64 / f64::from(segment.max_doc().max(1));
        Ok(block_slack(self.mean_ranking_words(), mean))
    }

    fn rank_by_date(
        &self,
        plan: &Plan,
        order: Order,
        wanted: usize,
    ) -> Result<Vec<Ranked>, IndexError> {
        let by_date = SortByStaticFastValue::<i64>::for_field(Number::Published.name());
        let by_id = SortByString::for_field("id");
        let order = match order {
            Order::Oldest => SortOrder::Asc,
            Order::Relevance | Order::Newest => SortOrder::Desc,
        };
        let collector =
            TopDocs::with_limit(wanted).order_by(((by_date, order), (by_id, SortOrder::Asc)));
        let found = self.searcher.search(&plan.search, &collector)?;
        let mut ranked: Vec<Ranked> = found
            .into_iter()
            .map(|(_, address)| Ranked {
                score: 0.0,
                copies: 0,
                address,
            })
            .collect();
        let parts = self.parts(plan, &ranked)?;
        for (ranked, parts) in ranked.iter_mut().zip(parts) {
            // The empty sum of floats is minus zero.
            ranked.score = 0.0 + parts.iter().sum::<f64>();
        }
        Ok(ranked)
    }

    /// Returns what each leaf adds to the scores of some articles.
    pub(super) fn parts(
        &self,
        plan: &Plan,
        articles: &[Ranked],
    ) -> Result<Vec<Vec<f64>>, IndexError> {
        let mut all = vec![Vec::new(); articles.len()];
        // Postings only move forward: visit each segment's articles in their order.
        let address = |at: &usize| articles[*at].address;
        let mut order: Vec<usize> = (0..articles.len()).collect();
        order.sort_by_key(address);
        for visited in order.chunk_by(|a, b| address(a).segment_ord == address(b).segment_ord) {
            let segment = address(&visited[0]).segment_ord;
            let mut scorer = SegmentScorer::open(self, &plan.scored, segment)?;
            let mut bonuses = SegmentBonuses::open(self, &plan.bonuses, segment)?;
            for at in visited {
                let doc = address(at).doc_id;
                all[*at] = scorer.parts(doc).collect();
                all[*at].extend(bonuses.parts(doc, scorer.length(doc)));
                if let Some(recency) = &plan.recency {
                    let score: f64 = all[*at].iter().sum();
                    all[*at].push(score * (recency.factor(segment, doc) - 1.0));
                }
            }
        }
        Ok(all)
    }

    pub(super) fn hit(
        &self,
        request: &Request,
        plan: &Plan,
        ranked: Ranked,
        parts: Vec<f64>,
    ) -> Result<Hit, IndexError> {
        // Where another article stands for the story than the best, the score is its own.
        let score = match ranked.copies {
            0 => ranked.score,
            _ => 0.0 + parts.iter().sum::<f64>(),
        };
        let leaves = plan.scored.iter().map(|leaf| (&*leaf.label, leaf.weight));
        let contributions = leaves
            .chain(plan.bonuses.labels())
            .chain(plan.recency.iter().map(|_| ("age", 0.0)))
            .zip(parts);
        let contributions = contributions.map(|((label, weight), score)| Contribution {
            label: label.to_owned(),
            weight,
            score,
        });
        let article = self.read(ranked.address)?;
        let matches = match request.want_highlights {
            true => self.find_matches(&request.query, request.names, &article)?,
            false => Vec::new(),
        };
        Ok(Hit {
            score,
            copies: ranked.copies,
            contributions: contributions.collect(),
            article,
            matches,
        })
    }
}

/// Returns what a bound must exceed for its article to be of interest.
fn threshold(floor: f64, slack: f64) -> f32 {
    if floor > 0.0 {
        (floor * (1.0 - ROUNDING) / slack) as f32
    } else {
        f32::MIN
    }
}
