//! Articles like a given one: by the words that tell most about it, and by who is in it.
//!
//! The words are the stems with the greatest `tf · idf` of the article (Salton and Buckley
//! 1988, *Term-weighting approaches in automatic text retrieval*), and articles are
//! proposed by BM25 over them. Proposed articles are ranked by their share of what the
//! article itself would score, and by the share of its names that they have, where a name
//! counts by its rarity: `0.65 · words + 0.35 · names`. An article without names is
//! compared by words alone. Only articles in the same language are. The scale is from 0 to 1, and a copy is close to 1.
//!
//! Running time: one query with [`STEMS`] words, and reading [`CANDIDATES`] articles.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query as Search, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Term};

use super::bonus::Bonuses;
use super::deadline::Deadline;
use super::document::Vocabularies;
use super::error::IndexError;
use super::plan::{Plan, any_value_query};
use super::ranking::{Evidence, ScoredLeaf, term_weight};
use super::schema::{Keyword, TITLE_WEIGHT};
use super::search::Ranked;
use super::snapshot::Snapshot;
use super::tokenizers::whole_value_key;
use crate::article::{Article, ArticleId, Kind, Provenance};
use crate::text::{fold_name, push_stems};

/// How many stems stand for an article (chosen: a story's own words come first, and what
/// follows after thirty is in most articles of its section).
const STEMS: usize = 30;

/// How many proposed articles are read.
const CANDIDATES: usize = 200;

/// How much the words count beside the names (chosen on the sample corpus, where the list
/// of 20 articles in `tests/truth/related.jsonl` was judged by hand).
const WORDS: f64 = 0.65;

/// An article like another.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedArticle {
    /// The article.
    pub article: Article,
    /// How much it is like the other, from 0 to 1.
    pub score: f64,
    /// The most telling words that both have, as the index stems them; at most five.
    pub stems: Vec<String>,
    /// The people, organizations and places that both name, the rarest first.
    pub names: Vec<String>,
}

/// Whether copies of an article count as related to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Copies {
    /// They are the same story, and left out.
    LeftOut,
    /// They are listed, and come first.
    Kept,
}

impl Snapshot {
    /// Returns up to `limit` articles like the article `id`, the most alike first, equal
    /// ones by id; `None` if there is no such article. Of several copies of a story, the
    /// most alike is listed, unless copies are kept.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn related(
        &self,
        id: &ArticleId,
        copies: Copies,
        limit: usize,
    ) -> Result<Option<Vec<RelatedArticle>>, IndexError> {
        let Some(address) = self.address(id)? else {
            return Ok(None);
        };
        let article = self.read(address)?;
        let subject = self.subject_of(&article, address)?;
        if subject.plan.scored.is_empty() || limit == 0 {
            return Ok(Some(Vec::new()));
        }
        let wanted = CANDIDATES.max(2 * limit);
        let (_, mut proposed) = self.rank_by_score(&subject.plan, wanted, false)?;
        proposed.retain(|ranked| ranked.address != address);
        let parts = self.parts(&subject.plan, &proposed)?;
        let mut related = Vec::new();
        for (ranked, parts) in proposed.into_iter().zip(parts) {
            let words = (ranked.score / subject.own_score).min(1.0);
            let other = self.read(ranked.address)?;
            let (share, names) = subject.names_in(&other);
            let score = match subject.names.is_empty() {
                true => words,
                false => WORDS * words + (1.0 - WORDS) * share,
            };
            let stems = subject.shared_stems(&parts);
            related.push((
                self.story_at(ranked.address)?,
                RelatedArticle {
                    article: other,
                    score,
                    stems,
                    names,
                },
            ));
        }
        related.sort_by(|(_, a), (_, b)| {
            let score = b.score.total_cmp(&a.score);
            score.then_with(|| a.article.id.cmp(&b.article.id))
        });
        if copies == Copies::LeftOut {
            let mut seen: HashSet<u64> = self.story_at(address)?.into_iter().collect();
            related.retain(|(story, _)| story.is_none_or(|story| seen.insert(story)));
        }
        related.truncate(limit);
        Ok(Some(related.into_iter().map(|(_, one)| one).collect()))
    }

    fn subject_of(&self, article: &Article, address: DocAddress) -> Result<Subject, IndexError> {
        let mut occurrences: BTreeMap<String, u32> = BTreeMap::new();
        let mut vocabularies = Vocabularies::default();
        let vocabulary = vocabularies.of(article.language.as_deref());
        let mut stems = String::new();
        for (text, times) in [(&article.title, TITLE_WEIGHT), (&article.body, 1)] {
            stems.clear();
            push_stems(text, vocabulary, &mut stems);
            for stem in stems.split_ascii_whitespace() {
                *occurrences.entry(stem.to_owned()).or_default() += times;
            }
        }
        let mut weighed = Vec::with_capacity(occurrences.len());
        for (stem, tf) in occurrences {
            let term = Term::from_field_text(self.fields.ranking, &stem);
            let n = self.alive_doc_freq(&term)?;
            let weight = term_weight(n, self.articles());
            // A word that no other article has relates it to none.
            if n > 1 {
                weighed.push((weight * (1.0 + f64::from(tf)).ln(), (weight, n), stem, term));
            }
        }
        // Stems come in alphabetical order, which ties keep.
        weighed.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
        weighed.truncate(STEMS);
        let (mut clauses, mut scored) = (Vec::new(), Vec::new());
        for (telling, (weight, articles), stem, term) in weighed {
            let search = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
            let factor = telling / weight;
            let boosted: Box<dyn Search> =
                Box::new(BoostQuery::new(Box::new(search), factor as f32));
            clauses.push((Occur::Should, boosted));
            scored.push(ScoredLeaf {
                label: stem,
                weight: telling,
                articles,
                evidence: Evidence::Stem(term),
                is_hidden: false,
            });
        }
        let mut search: Box<dyn Search> = Box::new(BooleanQuery::new(clauses));
        if let Some(language) = &article.language {
            // The small words of a language are rare where few articles are in it, and would
            // relate all of them to whoever quotes one.
            let field = self.fields.keyword(Keyword::Language);
            let term = Term::from_field_text(field, &whole_value_key(language));
            search = Box::new(BooleanQuery::new(vec![
                (Occur::Must, search),
                (Occur::Must, any_value_query(vec![term])),
            ]));
        }
        let plan = Plan {
            search,
            scored,
            bonuses: Bonuses::default(),
            recency: None,
            deadline: Arc::new(Deadline::new(None)),
        };
        let itself = Ranked {
            score: 0.0,
            copies: 0,
            address,
        };
        let own: f64 = self.parts(&plan, &[itself])?.iter().flatten().sum();
        Ok(Subject {
            plan,
            own_score: own.max(f64::MIN_POSITIVE),
            rarest: term_weight(1, self.articles()),
            names: self.weighed_names(article)?,
        })
    }

    /// Returns the article's names, folded, with how much each says, the rarest first.
    fn weighed_names(&self, article: &Article) -> Result<Vec<(Kind, String, f64)>, IndexError> {
        let mut names = Vec::new();
        for kind in Kind::ALL {
            for name in article.names_of(kind) {
                let mut n = 0;
                for provenance in [Provenance::Gold, Provenance::Extracted] {
                    let field = self.fields.keyword(Keyword::Name(kind, provenance));
                    let term = Term::from_field_text(field, &whole_value_key(name));
                    n = n.max(self.alive_doc_freq(&term)?);
                }
                names.push((
                    kind,
                    name.to_owned(),
                    term_weight(n.max(1), self.articles()),
                ));
            }
        }
        names.sort_by(|(.., a), (.., b)| b.total_cmp(a));
        Ok(names)
    }
}

/// What an article is about.
struct Subject {
    plan: Plan,
    /// What the article itself scores.
    own_score: f64,
    /// What a name of one article alone would weigh.
    rarest: f64,
    names: Vec<(Kind, String, f64)>,
}

impl Subject {
    /// Returns the share of the names that `other` has too, by weight, and these names. As
    /// if there were one more that nobody else has, so that the only name of a brief does
    /// not decide.
    fn names_in(&self, other: &Article) -> (f64, Vec<String>) {
        let all: f64 = self.names.iter().map(|(.., weight)| weight).sum();
        let keys: HashSet<(Kind, String)> = Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                other
                    .names_of(kind)
                    .into_iter()
                    .map(move |name| (kind, name))
            })
            .map(|(kind, name)| (kind, fold_name(name)))
            .collect();
        let (mut share, mut shared) = (0.0, Vec::new());
        for (kind, name, weight) in &self.names {
            if keys.contains(&(*kind, fold_name(name))) {
                share += weight;
                shared.push(name.clone());
            }
        }
        (share / (all + self.rarest), shared)
    }

    /// Returns the stems that add most to a score, given what each adds.
    fn shared_stems(&self, parts: &[f64]) -> Vec<String> {
        const MOST: usize = 5;
        let stems = self.plan.scored.iter().map(|leaf| leaf.label.as_str());
        let mut shared: Vec<(f64, &str)> = parts.iter().copied().zip(stems).collect();
        shared.retain(|(part, _)| *part > 0.0);
        shared.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let stems = shared.into_iter().take(MOST);
        stems.map(|(_, stem)| stem.to_owned()).collect()
    }
}
