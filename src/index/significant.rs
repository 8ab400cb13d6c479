//! What sets the articles of a query apart from all others: words and names that stand in
//! more of them than chance would have it.
//!
//! The measure is the log-likelihood ratio of the 2 × 2 table of articles (Dunning 1993,
//! *Accurate Methods for the Statistics of Surprise and Coincidence*), which needs no
//! minimum count to be honest, but has one to be useful. Counts are of articles, exact,
//! over all that match.
//!
//! Running time: one pass over the stems' postings, and over the names of the articles.

use std::collections::{BTreeMap, HashMap};

use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, TERMINATED, Term};

use super::document::Vocabularies;
use super::error::IndexError;
use super::snapshot::Snapshot;
use super::subject::log_likelihood;
use crate::article::Kind;
use crate::query::{Query, Request};

/// A word or name that sets articles apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Significant {
    /// The word as it is mostly written there, or the name.
    pub text: String,
    /// In how many of the articles.
    pub articles: u64,
    /// In how many of all articles.
    pub everywhere: u64,
    /// The log-likelihood ratio.
    pub strength: f64,
}

/// What sets the articles of a query apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Significance {
    /// How many articles match.
    pub total: u64,
    /// How many articles there are.
    pub all: u64,
    /// The words, the strongest first.
    pub words: Vec<Significant>,
    /// The people, organizations and places, each the strongest first.
    pub names: Vec<(Kind, Vec<Significant>)>,
}

/// What stands in fewer of the articles is chance (chosen).
const FEWEST_ARTICLES: u64 = 2;

/// Articles that are read to see how a word is written.
const READ_FOR_FORMS: usize = 5;

impl Snapshot {
    /// Returns up to `limit` words, people, organizations and places each that set the
    /// articles of `request` apart from all. The words of the query are among them.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn significant(&self, request: &Request, limit: usize) -> Result<Significance, IndexError> {
        let matching = self.matching(request)?;
        let total = matching.iter().map(|(_, docs)| docs.len() as u64).sum();
        let mut everything = Request::new(Query::All);
        everything.names = request.names;
        everything.time_limit = request.time_limit;
        let mut names = Vec::new();
        for kind in Kind::ALL {
            let everywhere: HashMap<String, u64> = self
                .count_entities(&everything, kind)?
                .into_iter()
                .map(|one| (one.name, one.articles))
                .collect();
            let here = self.count_entities(request, kind)?.into_iter();
            let counted = here.map(|one| {
                let all = everywhere.get(&one.name).copied();
                (one.name, one.articles, all.unwrap_or(one.articles))
            });
            names.push((kind, self.strongest(counted, total, limit)));
        }
        let words = self.strongest(self.count_stems(&matching)?, total, limit);
        Ok(Significance {
            total,
            all: self.articles(),
            words: self.written(words, &matching)?,
            names,
        })
    }

    /// Keeps the strongest of what stands in so many articles here and everywhere.
    fn strongest(
        &self,
        counted: impl IntoIterator<Item = (String, u64, u64)>,
        total: u64,
        limit: usize,
    ) -> Vec<Significant> {
        let mut strong: Vec<Significant> = counted
            .into_iter()
            .filter(|(_, articles, _)| *articles >= FEWEST_ARTICLES.min(total))
            .map(|(text, articles, everywhere)| Significant {
                strength: log_likelihood(articles, total, everywhere, self.articles()),
                text,
                articles,
                everywhere,
            })
            .filter(|one| one.strength > 0.0)
            .collect();
        strong.sort_by(|a, b| {
            let strength = b.strength.total_cmp(&a.strength);
            strength.then_with(|| a.text.cmp(&b.text))
        });
        strong.truncate(limit);
        strong
    }

    /// Counts the articles of each stem, here and everywhere.
    fn count_stems(
        &self,
        matching: &[(u32, Vec<DocId>)],
    ) -> Result<Vec<(String, u64, u64)>, IndexError> {
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let io = |error: std::io::Error| IndexError::Search(error.into());
        for (number, segment) in (0..).zip(self.searcher.segment_readers()) {
            let here = matching.iter().find(|(segment, _)| *segment == number);
            let mut is_here = vec![false; segment.max_doc() as usize];
            for doc in here.iter().flat_map(|(_, docs)| docs) {
                is_here[*doc as usize] = true;
            }
            let index = segment.inverted_index(self.fields.ranking)?;
            let mut terms = index.terms().stream().map_err(io)?;
            while terms.advance() {
                let info = terms.value().clone();
                let option = IndexRecordOption::Basic;
                let mut postings = index
                    .read_postings_from_terminfo(&info, option)
                    .map_err(io)?;
                let (mut found, mut all) = (0, 0);
                while postings.doc() != TERMINATED {
                    let doc = postings.doc();
                    all += u64::from(!segment.is_deleted(doc));
                    found += u64::from(is_here[doc as usize]);
                    postings.advance();
                }
                let stem = String::from_utf8_lossy(terms.key());
                match counts.get_mut(stem.as_ref()) {
                    Some(count) => *count = (count.0 + found, count.1 + all),
                    None => {
                        counts.insert(stem.into_owned(), (found, all));
                    }
                }
            }
        }
        let counts = counts.into_iter().filter(|(_, (found, _))| *found > 0);
        Ok(counts
            .map(|(stem, (found, all))| (stem, found, all))
            .collect())
    }

    /// Gives stems the form in which they are mostly written in some of the articles.
    fn written(
        &self,
        mut words: Vec<Significant>,
        matching: &[(u32, Vec<DocId>)],
    ) -> Result<Vec<Significant>, IndexError> {
        let mut vocabularies = Vocabularies::default();
        for word in &mut words {
            let mut forms: BTreeMap<String, u64> = BTreeMap::new();
            for address in self.some_with_stem(&word.text, matching)? {
                let article = self.read(address)?;
                let vocabulary = vocabularies.of(article.language.as_deref());
                for text in [&article.title, &article.body] {
                    vocabulary.read(text, |_, form| {
                        if form.stem() == word.text {
                            *forms.entry(form.folded().to_owned()).or_default() += 1;
                        }
                    });
                }
            }
            // The first of the most frequent in alphabetical order.
            let most = forms.into_iter().rev().max_by_key(|(_, count)| *count);
            if let Some((form, _)) = most {
                word.text = form;
            }
        }
        Ok(words)
    }

    fn some_with_stem(
        &self,
        stem: &str,
        matching: &[(u32, Vec<DocId>)],
    ) -> Result<Vec<DocAddress>, IndexError> {
        let term = Term::from_field_text(self.fields.ranking, stem);
        let mut found = Vec::new();
        for (number, docs) in matching {
            let index = self
                .searcher
                .segment_reader(*number)
                .inverted_index(self.fields.ranking)?;
            let option = IndexRecordOption::Basic;
            let postings = index.read_postings(&term, option);
            let Some(mut postings) = postings.map_err(|error| IndexError::Search(error.into()))?
            else {
                continue;
            };
            for doc in docs {
                if found.len() == READ_FOR_FORMS {
                    return Ok(found);
                }
                if postings.doc() < *doc && postings.seek(*doc) == TERMINATED {
                    break;
                }
                if postings.doc() == *doc {
                    found.push(DocAddress::new(*number, *doc));
                }
            }
        }
        Ok(found)
    }
}
