//! Turns a query tree into a query of the search library, and says what to rank by.
//!
//! What a leaf means is said once, in `query`; here it is only carried out:
//!
//! - a free word of running text is its stem in the ranking text, in each language
//!   that the index has; in one part of an article (`title:`), it is every word of
//!   that part with the same stem;
//! - a phrase is consecutive exact words in title or body;
//! - names and other metadata filter and add nothing to a score (`plan/filters.rs`);
//! - wildcards and fuzzy words are any of the words of the index they stand for;
//! - what positions alone cannot decide is looked up in the stored text;
//! - function words among other conditions are not required.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use tantivy::Term;
use tantivy::query::{AllQuery, BoostQuery, EmptyQuery, Query as Search, TermQuery};
use tantivy::schema::{Field as IndexField, IndexRecordOption};

use super::bonus::Bonuses;
use super::deadline::Deadline;
use super::error::IndexError;
use super::marks::{first_word, is_mark};
use super::occurrences::Known;
use super::patterns::Wanted;
use super::phrase::{PhraseQuery, PhraseScoring, Sequence};
use super::ranking::{Evidence, ScoredLeaf, term_weight};
use super::recency::Recency;
use super::schema::TITLE_WEIGHT;
use super::snapshot::Snapshot;
use super::verify::{Check, VerifyQuery};
use crate::query::{Field, Leaf, NameSource, Query, Request, Test, phrase_sequences, word_forms};
use crate::text::{Language, Stemmer, is_common_word};

mod combine;
mod filters;
mod places;

pub(super) use combine::any_of;
use combine::{Part, Role, conjunction, disjunction};
use filters::text_presence;
pub(super) use filters::{any_value_query, folded_words, value_words_query};

/// How a query is carried out.
pub(super) struct Plan {
    /// Which articles match.
    pub(super) search: Box<dyn Search>,
    /// What they are ranked by, in the query's order.
    pub(super) scored: Vec<ScoredLeaf>,
    /// What they earn beside.
    pub(super) bonuses: Bonuses,
    /// What their age does to that.
    pub(super) recency: Option<Recency>,
    /// When that must end.
    pub(super) deadline: Arc<Deadline>,
}

impl Plan {
    /// Returns what the score of an article is multiplied by.
    pub(super) fn factor(&self, segment: u32, doc: tantivy::DocId) -> f64 {
        let recency = self.recency.as_ref();
        recency.map_or(1.0, |recency| recency.factor(segment, doc))
    }
}

/// Plans the query and the filters of `request`, whose time begins to run.
pub(super) fn plan(snapshot: &Snapshot, request: &Request) -> Result<Plan, IndexError> {
    let mut planner = Planner::new(snapshot, request);
    let mut parts: Vec<Part> = planner.part(&request.query)?.into_iter().collect();
    if let Some(filter) = request.filters.clone().into_query() {
        planner.scoring = false;
        parts.extend(planner.part(&filter)?);
    }
    let scored = planner.scored;
    let wanted = request.offset.saturating_add(request.limit);
    Ok(Plan {
        search: conjunction(parts).search,
        bonuses: Bonuses::of(snapshot, &request.query, &scored, wanted),
        recency: Recency::open(snapshot, request.recency)?,
        deadline: planner.deadline,
        scored,
    })
}

struct Planner<'a> {
    snapshot: &'a Snapshot,
    names: NameSource,
    /// Whether function words must be there too, as there is nothing else to look for.
    keep_common: bool,
    scored: Vec<ScoredLeaf>,
    /// False below a NOT and in filters.
    scoring: bool,
    /// False where nobody asks which articles are best: nothing is weighed.
    ranks: bool,
    /// How much more what is planned counts.
    boost: f64,
    /// False below a condition on places, which looks at those of all its parts at once.
    verifies: bool,
    deadline: Arc<Deadline>,
    patterns: Vec<Pattern>,
    /// Those of the index.
    languages: Vec<Language>,
    /// One for each of them.
    stemmers: Vec<Stemmer>,
}

/// The words of a field that a wildcard or a fuzzy word stands for.
struct Pattern {
    field: IndexField,
    test: Test,
    words: Rc<BTreeSet<String>>,
}

impl<'a> Planner<'a> {
    fn new(snapshot: &'a Snapshot, request: &Request) -> Planner<'a> {
        let known = snapshot.languages().iter().map(String::as_str);
        let known = std::iter::once(Language::DEFAULT_TAG).chain(known);
        // A filter by language narrows how words are read.
        let asked = asked_languages(request);
        let is_asked = |language: &Language| asked.is_empty() || asked.contains(language);
        let languages: BTreeSet<Language> =
            known.map(Language::from_tag).filter(is_asked).collect();
        let languages: Vec<Language> = languages.into_iter().collect();
        Planner {
            snapshot,
            names: request.names,
            keep_common: request.query.requires_common_words(),
            scored: Vec::new(),
            scoring: true,
            ranks: request.limit > 0,
            boost: 1.0,
            verifies: true,
            deadline: Arc::new(Deadline::new(request.time_limit)),
            patterns: Vec::new(),
            stemmers: languages.iter().copied().map(Stemmer::new).collect(),
            languages,
        }
    }
}

impl Planner<'_> {
    /// Plans one condition; `None` for a function word that need not be there.
    fn part(&mut self, query: &Query) -> Result<Option<Part>, IndexError> {
        Ok(Some(match query {
            Query::All => Part::filter(Box::new(AllQuery)),
            Query::Leaf(leaf) => {
                if self.scoring && !self.keep_common && leaf.is_common_word() {
                    return Ok(None);
                }
                self.leaf(leaf)?
            }
            Query::And(children) => conjunction(self.parts(children)?),
            Query::Or(children) => {
                let mut parts = Vec::with_capacity(children.len());
                for child in children {
                    let first = self.scored.len();
                    parts.extend(self.part(child)?);
                    let scored = self.scored[first..].iter_mut();
                    scored.for_each(|leaf| leaf.is_hidden |= !is_word(child));
                }
                disjunction(parts)
            }
            Query::Not(child) => {
                let scoring = std::mem::replace(&mut self.scoring, false);
                let part = self.part(child);
                self.scoring = scoring;
                match part? {
                    None => return Ok(None),
                    Some(part) if part.role == Role::Excludes => Part::filter(part.search),
                    Some(part) => Part {
                        search: part.search,
                        role: Role::Excludes,
                    },
                }
            }
            Query::Near(near) => {
                // The places of all are compared in one go.
                let operands = near.operands();
                let mut parts = Vec::with_capacity(operands.len());
                for operand in operands {
                    parts.extend(self.operand(operand)?);
                }
                self.verified(conjunction(parts), query)?
            }
            Query::AtLeast(_, condition) => match self.operand(condition)? {
                Some(part) => self.verified(part, query)?,
                None => return Ok(None),
            },
            Query::Boosted(condition, boost) => {
                let before = self.boost;
                self.boost *= boost.factor();
                let part = self.part(condition);
                self.boost = before;
                return part;
            }
        }))
    }

    /// Plans a condition on places: common words must be there, and names may be
    /// anyone's, as the text decides.
    fn operand(&mut self, query: &Query) -> Result<Option<Part>, IndexError> {
        let keep_common = std::mem::replace(&mut self.keep_common, true);
        let names = std::mem::replace(&mut self.names, NameSource::Any);
        let verifies = std::mem::replace(&mut self.verifies, false);
        let part = self.part(query);
        (self.keep_common, self.names, self.verifies) = (keep_common, names, verifies);
        part
    }

    /// Leaves of the articles of `part` those with a place where `condition` matches.
    fn verified(&mut self, part: Part, condition: &Query) -> Result<Part, IndexError> {
        if !self.verifies {
            return Ok(part);
        }
        // The stored text has the names as they were found.
        let condition = self.snapshot.with_aliases(condition)?;
        let places = self.places(&condition)?;
        let leaves = condition.leaves();
        let has_names = leaves.iter().any(|leaf| !leaf.field.is_text());
        let has_stems = leaves.iter().any(|leaf| matches!(leaf.test, Test::Word(_)));
        let reads_texts = !has_names && (!has_stems || self.languages.len() < 2);
        let check = Check {
            condition,
            places,
            reads_texts,
        };
        Ok(Part {
            search: Box::new(VerifyQuery::new(
                part.search,
                Arc::new(check),
                self.deadline.clone(),
            )),
            role: part.role,
        })
    }

    fn parts(&mut self, children: &[Query]) -> Result<Vec<Part>, IndexError> {
        let mut parts = Vec::with_capacity(children.len());
        for child in children {
            parts.extend(self.part(child)?);
        }
        Ok(parts)
    }

    fn leaf(&mut self, leaf: &Leaf) -> Result<Part, IndexError> {
        if leaf.field.is_text() {
            return self.text_leaf(leaf);
        }
        Ok(Part::filter(self.filter(leaf)?))
    }

    fn text_leaf(&mut self, leaf: &Leaf) -> Result<Part, IndexError> {
        let text = match &leaf.test {
            Test::Word(text) => text,
            Test::Phrase(text) => {
                return self.phrase_part(leaf.field, text, phrase_sequences(text));
            }
            Test::Exactly(text) => {
                let part = self.phrase_part(leaf.field, text, phrase_sequences(text))?;
                return self.verified(part, &Query::Leaf(leaf.clone()));
            }
            Test::Loose(text, _) => {
                let part = self.all_words_part(leaf.field, phrase_sequences(text))?;
                return self.verified(part, &Query::Leaf(leaf.clone()));
            }
            Test::Wildcard(_) | Test::Fuzzy(..) => return self.pattern_part(leaf),
            Test::Present | Test::Missing => return Ok(Part::filter(text_presence(leaf))),
            Test::Days(..) | Test::Numbers(..) => return Ok(Part::filter(Box::new(EmptyQuery))),
        };
        let forms = word_forms(text);
        let mut alternatives = Vec::new();
        if !forms.parts.is_empty() {
            alternatives.push(self.phrase_part(leaf.field, text, vec![forms.parts])?);
        }
        if let Some(word) = forms.stemmed {
            alternatives.push(match leaf.field {
                Field::Text if !is_common_word(&word) => self.stem_part(&word)?,
                field => self.inflected_part(field, &word)?,
            });
        }
        Ok(disjunction(alternatives))
    }

    /// A free word anywhere: its stem in the ranking text.
    fn stem_part(&mut self, text: &str) -> Result<Part, IndexError> {
        let mut alternatives: Vec<Part> = Vec::new();
        for stem in self.stems(text) {
            let term = Term::from_field_text(self.snapshot.fields.ranking, &stem);
            self.score(text, Evidence::Stem(term.clone()), &[vec![term.clone()]])?;
            let search = TermQuery::new(term, IndexRecordOption::WithFreqs);
            let search: Box<dyn Search> = match self.boost == 1.0 {
                true => Box::new(search),
                false => Box::new(BoostQuery::new(Box::new(search), self.boost as f32)),
            };
            alternatives.push(Part {
                search,
                role: self.role(),
            });
        }
        Ok(disjunction(alternatives))
    }

    /// A free word in one part of the article: every word there that has its stem.
    fn inflected_part(&mut self, field: Field, text: &str) -> Result<Part, IndexError> {
        let mut sequences = Vec::new();
        for (index_field, times) in self.text_fields(field) {
            let words = self.words_with_stem(index_field, text)?;
            sequences.extend(self.slot(field, (index_field, times), &words));
        }
        self.sequences_part(text, sequences)
    }

    /// A wildcard or a fuzzy word: every word it stands for.
    fn pattern_part(&mut self, leaf: &Leaf) -> Result<Part, IndexError> {
        let mut sequences = Vec::new();
        for (index_field, times) in self.text_fields(leaf.field) {
            let wanted = match self.is_lead_only(leaf.field, index_field) {
                true => Wanted::Places,
                false => Wanted::Articles,
            };
            let words = self.words_of_pattern(index_field, &leaf.test, wanted)?;
            sequences.extend(self.slot(leaf.field, (index_field, times), &words));
        }
        let mut part = self.sequences_part(&leaf.to_string(), sequences)?;
        if !is_lead(leaf.field) {
            return Ok(part);
        }
        // Of so many words, positions are better looked at one article after the other.
        if let Some(query) = part.search.downcast_mut::<PhraseQuery>() {
            *query = query.clone().in_whole_body();
        }
        self.verified(part, &Query::Leaf(leaf.clone()))
    }

    /// Returns the words that a wildcard or a fuzzy word stands for: candidates, places and
    /// each part of a query may ask for the same.
    fn words_of_pattern(
        &mut self,
        field: IndexField,
        test: &Test,
        wanted: Wanted,
    ) -> Result<Rc<BTreeSet<String>>, IndexError> {
        let mut known = self.patterns.iter();
        let is_meant = |known: &&Pattern| known.field == field && known.test == *test;
        if let Some(known) = known.find(is_meant)
            && known.words.len() <= wanted.most()
        {
            return Ok(known.words.clone());
        }
        let words = Rc::new(self.snapshot.words_of_pattern(field, test, wanted)?);
        self.patterns.push(Pattern {
            field,
            test: test.clone(),
            words: words.clone(),
        });
        Ok(words)
    }

    /// Returns any of `words` as a sequence of one; `None` if there are none.
    fn slot(
        &self,
        field: Field,
        (index_field, times): (IndexField, u32),
        words: &BTreeSet<String>,
    ) -> Option<Sequence> {
        let term = |word: &String| Term::from_field_text(index_field, word);
        let terms: Vec<Term> = words.iter().map(term).collect();
        (!terms.is_empty()).then(|| Sequence {
            field: index_field,
            slots: vec![terms],
            times,
            lead_only: self.is_lead_only(field, index_field),
        })
    }

    fn is_lead_only(&self, field: Field, index_field: IndexField) -> bool {
        is_lead(field) && index_field == self.snapshot.fields.body
    }

    /// All words of any of `variants`, wherever they stand.
    fn all_words_part(
        &mut self,
        field: Field,
        variants: Vec<Vec<String>>,
    ) -> Result<Part, IndexError> {
        let mut alternatives = Vec::with_capacity(variants.len());
        for words in variants {
            let mut parts = Vec::with_capacity(words.len());
            for word in BTreeSet::from_iter(words) {
                parts.push(self.phrase_part(field, &word, vec![vec![word.clone()]])?);
            }
            alternatives.push(conjunction(parts));
        }
        Ok(disjunction(alternatives))
    }

    fn phrase_part(
        &mut self,
        field: Field,
        text: &str,
        variants: Vec<Vec<String>>,
    ) -> Result<Part, IndexError> {
        let mut sequences = Vec::new();
        for (index_field, times) in self.text_fields(field) {
            for words in &variants {
                let term = |word: &String| vec![Term::from_field_text(index_field, word)];
                let slots = words.iter().map(term).collect();
                let lead_only = self.is_lead_only(field, index_field);
                sequences.push(Sequence {
                    field: index_field,
                    slots,
                    times,
                    lead_only,
                });
            }
        }
        self.sequences_part(text, sequences)
    }

    fn sequences_part(
        &mut self,
        label: &str,
        sequences: Vec<Sequence>,
    ) -> Result<Part, IndexError> {
        if sequences.is_empty() {
            return Ok(Part {
                search: Box::new(EmptyQuery),
                role: self.role(),
            });
        }
        // The words that weigh are those of the body; a title's words are there too.
        let slots = sequences
            .last()
            .map_or(Vec::new(), |last| last.slots.clone());
        let known = Known::default();
        let evidence = Evidence::Phrase(sequences.clone(), known.clone());
        let weight = self.score(label, evidence, &slots)?;
        let scoring = weight.map(|weight| PhraseScoring {
            weight,
            title: self.snapshot.fields.title,
            ranking: self.snapshot.fields.ranking,
            norms: self.snapshot.norms().clone(),
        });
        Ok(Part {
            search: Box::new(PhraseQuery::new(sequences, scoring, known)),
            role: self.role(),
        })
    }

    fn role(&self) -> Role {
        if self.scoring {
            Role::Scores
        } else {
            Role::Filters
        }
    }

    /// Notes that articles are ranked by `evidence`, and returns what it weighs: the
    /// sum over its slots, as if each stood alone.
    fn score(
        &mut self,
        label: &str,
        evidence: Evidence,
        slots: &[Vec<Term>],
    ) -> Result<Option<f64>, IndexError> {
        if !self.scoring || !self.ranks {
            return Ok(None);
        }
        let mut weight = 0.0;
        let mut articles = self.snapshot.articles();
        for slot in slots {
            let mut n = 0;
            for word in slot {
                n += self.snapshot.alive_doc_freq(word)?;
            }
            let n = n.min(self.snapshot.articles());
            weight += term_weight(n, self.snapshot.articles()) * self.boost;
            articles = articles.min(n);
        }
        self.scored.push(ScoredLeaf {
            label: label.to_owned(),
            weight,
            articles,
            evidence,
            is_hidden: false,
        });
        Ok(Some(weight))
    }

    /// Returns the stems of a folded word in every language of the index.
    fn stems(&mut self, word: &str) -> BTreeSet<String> {
        self.stemmers
            .iter_mut()
            .map(|stemmer| stemmer.stem(word).to_owned())
            .collect()
    }

    /// Returns the words of a field that share a stem with `word` in some language.
    fn words_with_stem(
        &mut self,
        field: IndexField,
        word: &str,
    ) -> Result<BTreeSet<String>, IndexError> {
        let mut found = BTreeSet::new();
        for at in 0..self.languages.len() {
            found.extend(self.words_with_stem_of(field, word, at)?);
        }
        Ok(found)
    }

    /// Returns the words of a field that share a stem with `word` in the language number
    /// `at`. They share its beginning too, but for the letters that a stemmer may change, so
    /// only that part of the dictionary is read; all of it where stemmers change beginnings.
    fn words_with_stem_of(
        &mut self,
        field: IndexField,
        word: &str,
        at: usize,
    ) -> Result<BTreeSet<String>, IndexError> {
        let mut found = BTreeSet::new();
        let stemmer = &mut self.stemmers[at];
        let stem = stemmer.stem(word).to_owned();
        let beginning = self.languages[at].beginning_of_stem(&stem);
        for segment in self.snapshot.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let range = index.terms().range().ge(first_word(beginning));
            let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                if let Ok(word) = std::str::from_utf8(stream.key())
                    && !is_mark(stream.key())
                    && stemmer.has_stem(word, &stem)
                {
                    found.insert(word.to_owned());
                }
            }
        }
        Ok(found)
    }

    fn text_fields(&self, field: Field) -> Vec<(IndexField, u32)> {
        let fields = &self.snapshot.fields;
        match field {
            Field::Title => vec![(fields.title, TITLE_WEIGHT)],
            Field::Body | Field::Lead => vec![(fields.body, 1)],
            _ => vec![(fields.title, TITLE_WEIGHT), (fields.body, 1)],
        }
    }
}

/// Tells whether only the first paragraph of a body is meant.
fn is_lead(field: Field) -> bool {
    matches!(field, Field::Lead | Field::HeadlineLead)
}

/// Tells whether an article that has a word or phrase of `query` always matches it.
fn is_word(query: &Query) -> bool {
    match query {
        Query::Leaf(leaf) => {
            !is_lead(leaf.field) && !matches!(leaf.test, Test::Exactly(_) | Test::Loose(..))
        }
        Query::Or(children) => children.iter().all(is_word),
        Query::Boosted(condition, _) => is_word(condition),
        _ => false,
    }
}

/// Returns the languages that articles must be in; none if any will do.
fn asked_languages(request: &Request) -> Vec<Language> {
    let mut tags: Vec<&str> = request
        .filters
        .languages
        .iter()
        .map(String::as_str)
        .collect();
    let conditions = match &request.query {
        Query::And(conditions) => &conditions[..],
        condition => std::slice::from_ref(condition),
    };
    for condition in conditions {
        if let Query::Leaf(Leaf {
            field: Field::Language,
            test: Test::Word(tag) | Test::Phrase(tag) | Test::Exactly(tag),
        }) = condition
        {
            tags.push(tag);
        }
    }
    let tags = tags.iter().map(|tag| tag.trim_start_matches('='));
    tags.map(Language::from_tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    #[test]
    fn a_filter_by_language_says_how_words_are_read() {
        let today = jiff::civil::date(2024, 3, 1);
        for (query, filter, expected) in [
            ("mine", &[][..], &[][..]),
            ("mine", &["de", "=pt-BR"], &["de", "pt"]),
            ("mine lang:de", &[], &["de"]),
            ("lang:=de-AT", &[], &["de"]),
            ("mine NOT lang:de", &[], &[]),
            ("mine OR lang:de", &[], &[]),
        ] {
            let mut request = Request::new(parse(query, today).unwrap().query);
            request.filters.languages = filter.iter().map(|tag| (*tag).to_owned()).collect();
            let expected: Vec<Language> =
                expected.iter().map(|tag| Language::from_tag(tag)).collect();
            assert_eq!(asked_languages(&request), expected, "{query} {filter:?}");
        }
    }
}
