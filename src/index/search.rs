//! Answers a request: the best articles, how many there are, and why they are ranked so.
//!
//! Which are best is found without reading any (`src/index/candidates.rs`). Articles are read
//! last, and only those that are shown.

use std::time::{Duration, Instant};

use tantivy::collector::sort_key::{SortByStaticFastValue, SortByString};
use tantivy::collector::{Count, TopDocs};
use tantivy::{DocAddress, Order as SortOrder};

use super::bonus::{Headlines, SegmentBonuses};
use super::error::IndexError;
use super::matching::Scores;
use super::plan::{Plan, plan};
use super::ranking::SegmentScorer;
use super::schema::Number;
use super::snapshot::Snapshot;
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

impl Snapshot {
    /// Answers `request`. The same articles give the same answer, whatever the index
    /// went through to get them.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn search(&self, request: &Request) -> Result<Response, IndexError> {
        let start = Instant::now();
        let plan = self.plan(request)?;
        let ranking = self.ranking(request, &plan)?;
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
        self.ranking(request, &self.plan(request)?)
    }

    fn plan(&self, request: &Request) -> Result<Plan, IndexError> {
        let plan = plan(self, request)?;
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

    fn ranking(&self, request: &Request, plan: &Plan) -> Result<Ranking, IndexError> {
        let wanted = request
            .offset
            .saturating_add(request.limit)
            .min(self.articles() as usize);
        let asks_for_stories = request.want_stories || request.collapse.is_some();
        let matched = match asks_for_stories {
            true => self.matched(plan, scores_of(request, plan))?,
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
        plan.deadline.check()?;
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
        if scores_of(request, plan) == Scores::Unused {
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
        let plan = plan(self, request)?;
        let found = self.found_by(&plan, Scores::Unused)?;
        plan.deadline.check()?;
        for (segment, docs) in found {
            for doc in docs {
                visit(self.id_at(DocAddress::new(segment, doc))?);
            }
        }
        Ok(())
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
            let mut bonuses =
                SegmentBonuses::open(self, &plan.bonuses, segment, Headlines::Looked)?;
            for at in visited {
                let doc = address(at).doc_id;
                let counts: Vec<u32> = scorer.counts(doc).collect();
                all[*at] = scorer.parts(doc, &counts).collect();
                let length = scorer.length(doc);
                bonuses.visit_parts(doc, length, &counts, &mut |part| {
                    all[*at].push(part);
                    true
                });
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

/// Tells whether articles are ranked by their scores.
fn scores_of(request: &Request, plan: &Plan) -> Scores {
    match request.order == Order::Relevance && !plan.scored.is_empty() {
        true => Scores::Used,
        false => Scores::Unused,
    }
}
