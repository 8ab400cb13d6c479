//! Answers a request: the best articles, how many there are, and why they are ranked so.
//!
//! The search library collects candidates by an upper bound of the ranking function; the
//! candidates are then scored exactly and ordered by score and id. More are collected
//! until the last candidate's bound is below the last hit's score, so that neither the
//! bound, nor ties, nor rounding decide who is in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tantivy::collector::sort_key::{SortByStaticFastValue, SortByString};
use tantivy::collector::{Count, TopDocs};
use tantivy::{DocAddress, Order as SortOrder};

use super::error::IndexError;
use super::plan::{Plan, plan};
use super::ranking::Scorer;
use super::schema::Number;
use super::snapshot::Snapshot;
use crate::article::Article;
use crate::query::{Match, Order, Request, find_spans};

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Response {
    /// How many articles match, unless the request did without.
    pub total: Option<u64>,
    /// The hits asked for, in order.
    pub hits: Vec<Hit>,
    /// How long it took.
    pub took: Duration,
}

/// An article as it appears in an answer.
#[derive(Clone, Debug)]
pub struct Hit {
    /// How well it answers; comparable within one answer only. 0 where nothing ranks.
    pub score: f64,
    /// What the score is the sum of.
    pub contributions: Vec<Contribution>,
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

/// Candidates beyond the hits asked for (chosen: enough that a second round is rare).
const SPARE_CANDIDATES: usize = 30;

/// Scores closer than this share are told apart only exactly.
const ROUNDING: f64 = 1e-4;

impl Snapshot {
    /// Answers `request`. The same articles give the same answer, whatever the index
    /// went through to get them.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn search(&self, request: &Request) -> Result<Response, IndexError> {
        let start = Instant::now();
        let plan = plan(self, request)?;
        let total = match request.want_total {
            true => Some(self.searcher.search(&plan.search, &Count)? as u64),
            false => None,
        };
        let ranked = self.rank(&plan, request.order, self.wanted(request))?;
        let shown = ranked.into_iter().skip(request.offset).take(request.limit);
        let hits: Result<_, _> = shown
            .map(|ranked| self.hit(request, &plan, ranked))
            .collect();
        Ok(Response {
            total,
            hits: hits?,
            took: start.elapsed(),
        })
    }

    /// Returns ids and scores of the hits that `request` asks for, without reading the
    /// articles: for long rankings.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn ranking(&self, request: &Request) -> Result<Vec<(String, f64)>, IndexError> {
        let plan = plan(self, request)?;
        let ranked = self.rank(&plan, request.order, self.wanted(request))?;
        let shown = ranked.into_iter().skip(request.offset);
        shown
            .map(|ranked| Ok((self.id_at(ranked.address)?, ranked.score)))
            .collect()
    }

    /// Returns how many of the best articles must be known.
    fn wanted(&self, request: &Request) -> usize {
        request
            .offset
            .saturating_add(request.limit)
            .min(self.articles() as usize)
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
        let matching = tantivy::collector::DocSetCollector;
        let mut addresses: Vec<_> = self
            .searcher
            .search(&plan.search, &matching)?
            .into_iter()
            .collect();
        addresses.sort_unstable();
        for address in addresses {
            visit(self.id_at(address)?);
        }
        Ok(())
    }

    fn rank(&self, plan: &Plan, order: Order, wanted: usize) -> Result<Vec<Ranked>, IndexError> {
        if wanted == 0 {
            return Ok(Vec::new());
        }
        match order {
            Order::Relevance if !plan.scored.is_empty() => self.rank_by_score(plan, wanted),
            Order::Relevance | Order::Newest => self.rank_by_date(plan, SortOrder::Desc, wanted),
            Order::Oldest => self.rank_by_date(plan, SortOrder::Asc, wanted),
        }
    }

    fn rank_by_score(&self, plan: &Plan, wanted: usize) -> Result<Vec<Ranked>, IndexError> {
        let most = self.articles() as usize;
        let mut limit = wanted
            .saturating_add(SPARE_CANDIDATES.max(wanted / 2))
            .min(most);
        loop {
            let collector = TopDocs::with_limit(limit).order_by_score();
            let candidates =
                self.searcher
                    .search_with_statistics_provider(&plan.search, &collector, self)?;
            let cutoff = candidates
                .last()
                .map_or(0.0, |(score, _)| f64::from(*score));
            let all_seen = candidates.len() < limit || limit >= most;
            let addresses: Vec<DocAddress> = candidates.into_iter().map(|(_, doc)| doc).collect();
            let mut ranked = self.score(plan, addresses)?;
            ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
            let last_hit = ranked.get(wanted - 1).map_or(0.0, |ranked| ranked.score);
            if all_seen || last_hit > cutoff * (1.0 + ROUNDING) {
                self.order_ties_by_id(&mut ranked)?;
                ranked.truncate(wanted);
                return Ok(ranked);
            }
            limit = limit.saturating_mul(3).min(most);
        }
    }

    fn rank_by_date(
        &self,
        plan: &Plan,
        order: SortOrder,
        wanted: usize,
    ) -> Result<Vec<Ranked>, IndexError> {
        let by_date = SortByStaticFastValue::<i64>::for_field(Number::Published.name());
        let by_id = SortByString::for_field("id");
        let collector =
            TopDocs::with_limit(wanted).order_by(((by_date, order), (by_id, SortOrder::Asc)));
        let found = self.searcher.search(&plan.search, &collector)?;
        self.score(
            plan,
            found.into_iter().map(|(_, address)| address).collect(),
        )
    }

    /// Scores articles in the order given.
    fn score(&self, plan: &Plan, addresses: Vec<DocAddress>) -> Result<Vec<Ranked>, IndexError> {
        let contributions = Scorer::new(self, &plan.scored).contributions(&addresses)?;
        let rank = |(address, parts): (DocAddress, Vec<f64>)| {
            // The empty sum of floats is minus zero.
            let score = 0.0 + parts.iter().sum::<f64>();
            Ranked {
                score,
                address,
                parts,
            }
        };
        Ok(addresses.into_iter().zip(contributions).map(rank).collect())
    }

    /// Puts articles of the same score in the order of their ids; only theirs are read.
    fn order_ties_by_id(&self, ranked: &mut [Ranked]) -> Result<(), IndexError> {
        for tied in ranked.chunk_by_mut(|a, b| a.score == b.score) {
            if tied.len() > 1 {
                let mut ids = HashMap::with_capacity(tied.len());
                for one in tied.iter() {
                    ids.insert(one.address, self.id_at(one.address)?);
                }
                tied.sort_by_cached_key(|one| ids.get(&one.address).cloned());
            }
        }
        Ok(())
    }

    fn hit(&self, request: &Request, plan: &Plan, ranked: Ranked) -> Result<Hit, IndexError> {
        let contributions =
            plan.scored
                .iter()
                .zip(&ranked.parts)
                .map(|(leaf, &score)| Contribution {
                    label: leaf.label.clone(),
                    weight: leaf.weight,
                    score,
                });
        let contributions = contributions.collect();
        let article = self.read(ranked.address)?;
        let matches = match request.want_highlights {
            true => find_spans(
                &request.query,
                &article.title,
                &article.body,
                article.language.as_deref(),
            ),
            false => Vec::new(),
        };
        Ok(Hit {
            score: ranked.score,
            contributions,
            article,
            matches,
        })
    }
}

/// An article with its exact score.
struct Ranked {
    score: f64,
    address: DocAddress,
    parts: Vec<f64>,
}
