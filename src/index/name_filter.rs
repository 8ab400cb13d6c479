//! What a condition on people, organizations or places means after the register:
//! which stored names fulfill it, and where an article mentions them.
//!
//! `org:"Amnesty"` is every organization one of whose names has these words side by
//! side, with all names of each; `org:="Amnesty"` only the one that is called so.
//! Hidden names, and names that the register gives another kind, fulfill nothing.

use std::collections::HashSet;

use tantivy::Term;
use tantivy::query::Query as Search;

use super::error::IndexError;
use super::plan::{any_of, any_value_query, folded_words, value_words_query};
use super::schema::Keyword;
use super::snapshot::Snapshot;
use super::tokenizers::whole_value_key;
use crate::article::{Article, Kind, Name, Provenance};
use crate::entities::{Directory, NameSet};
use crate::query::{
    Field, Leaf, Match, NameSource, Near, Query, Test, find_spans, is_fuzzy_match, is_named,
    is_wildcard_match,
};
use crate::text::fold_name;

/// Returns the kind of names that a field holds.
pub(super) fn kind_of(field: Field) -> Option<Kind> {
    match field {
        Field::Person => Some(Kind::Person),
        Field::Organization => Some(Kind::Organization),
        Field::Place => Some(Kind::Place),
        _ => None,
    }
}

/// Returns who may say that an article is about a name.
pub(super) fn provenances(source: NameSource) -> &'static [Provenance] {
    match source {
        NameSource::Any => &[Provenance::Gold, Provenance::Extracted],
        NameSource::Gold => &[Provenance::Gold],
        NameSource::Extracted => &[Provenance::Extracted],
    }
}

impl Snapshot {
    /// Returns the query for articles with a name of `kind` that fulfills `test`;
    /// `None` if the test is about something else than a name.
    pub(super) fn name_query(
        &self,
        kind: Kind,
        source: NameSource,
        test: &Test,
    ) -> Result<Option<Box<dyn Search>>, IndexError> {
        let directory = self.directory()?;
        let field = |kind, provenance| self.fields.keyword(Keyword::Name(kind, provenance));
        let own = provenances(source).iter().map(|one| field(kind, *one));
        let mut alternatives: Vec<Box<dyn Search>> = Vec::new();
        let mut terms: Vec<Term> = Vec::new();
        let also = match test {
            Test::Word(text) | Test::Phrase(text) if !folded_words(text).is_empty() => {
                let words = folded_words(text);
                let NameSet { also, except } = directory.names_with_words(kind, &words);
                for field in own {
                    if except.is_empty() {
                        alternatives.push(value_words_query(field, text));
                    } else {
                        terms.extend(self.values_with_words(field, &words, &except)?);
                    }
                }
                also
            }
            Test::Word(text) | Test::Phrase(text) | Test::Exactly(text) => {
                let names = directory.names_of_whole(kind, text);
                names.map_or_else(|| vec![(kind, fold_name(text))], |names| names.also)
            }
            _ => return Ok(None),
        };
        for (kind, key) in also {
            let fields = provenances(source).iter().map(|one| field(kind, *one));
            terms.extend(fields.map(|field| Term::from_field_text(field, &whole_value_key(&key))));
        }
        if !terms.is_empty() {
            alternatives.push(any_value_query(terms));
        }
        Ok(Some(any_of(alternatives)))
    }

    /// Returns the whole values of a field that have `words` side by side, without
    /// those in `except`. Reads all values of the field: only for the rare words that
    /// a hidden name has too.
    fn values_with_words(
        &self,
        field: tantivy::schema::Field,
        words: &[String],
        except: &[String],
    ) -> Result<Vec<Term>, IndexError> {
        let start = whole_value_key("");
        let mut terms = Vec::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let range = index.terms().range().ge(start.as_bytes());
            let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(start.as_bytes()) {
                let key = String::from_utf8_lossy(&stream.key()[start.len()..]);
                let has_words = crate::entities::has_words(&key, words);
                if has_words && !except.iter().any(|name| *name == key) {
                    terms.push(Term::from_field_text(field, &whole_value_key(&key)));
                }
            }
        }
        Ok(terms)
    }

    /// Returns `query` with each name that is an operand of nearness, or of a number of
    /// places, beside the other names of what is called so: what an article calls it
    /// decides nothing.
    pub(super) fn with_aliases(&self, query: &Query) -> Result<Query, IndexError> {
        self.aliased(query, false)
    }

    fn aliased(&self, query: &Query, is_operand: bool) -> Result<Query, IndexError> {
        let all = |conditions: &[Query]| -> Result<Vec<Query>, IndexError> {
            let aliased = conditions.iter().map(|one| self.aliased(one, is_operand));
            aliased.collect()
        };
        Ok(match query {
            Query::Leaf(leaf) if is_operand => self.leaf_with_aliases(leaf)?,
            Query::All | Query::Leaf(_) => query.clone(),
            Query::And(conditions) => Query::And(all(conditions)?),
            Query::Or(conditions) => Query::Or(all(conditions)?),
            Query::Not(condition) => Query::Not(Box::new(self.aliased(condition, is_operand)?)),
            Query::Near(near) => Query::Near(Box::new(Near {
                left: self.aliased(&near.left, true)?,
                right: self.aliased(&near.right, true)?,
                reach: near.reach,
                in_order: near.in_order,
            })),
            Query::AtLeast(count, condition) => {
                Query::AtLeast(*count, Box::new(self.aliased(condition, true)?))
            }
            Query::Boosted(condition, boost) => {
                Query::Boosted(Box::new(self.aliased(condition, is_operand)?), *boost)
            }
        })
    }

    fn leaf_with_aliases(&self, leaf: &Leaf) -> Result<Query, IndexError> {
        let directory = self.directory()?;
        let names = match (kind_of(leaf.field), &leaf.test) {
            (Some(kind), Test::Word(text) | Test::Phrase(text)) => {
                directory.names_with_words(kind, &folded_words(text)).also
            }
            (Some(kind), Test::Exactly(text)) => directory
                .names_of_whole(kind, text)
                .map_or_else(Vec::new, |names| names.also),
            _ => Vec::new(),
        };
        let others = names.into_iter().map(|(_, name)| name);
        let others = others.filter(|name| !is_named(&leaf.test, name));
        let others = others.map(|name| {
            let test = Test::Exactly(name);
            Query::Leaf(Leaf {
                field: leaf.field,
                test,
            })
        });
        let mut all = vec![Query::Leaf(leaf.clone())];
        all.extend(others);
        Ok(match all.len() {
            1 => all.remove(0),
            _ => Query::Or(all),
        })
    }

    /// Returns every place of `article` that a leaf of `query` matches, mentions of
    /// the names that it asks for included: all of them, unless nearness or a number of
    /// places is asked of the name.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn find_matches(
        &self,
        query: &Query,
        source: NameSource,
        article: &Article,
    ) -> Result<Vec<Match>, IndexError> {
        let query = &self.with_aliases(query)?;
        let mut found = find_spans(query, article);
        let before = found.len();
        let directory = self.directory()?;
        let mut seen = HashSet::new();
        for (number, leaf) in query.standing_leaves() {
            let Some(kind) = kind_of(leaf.field).filter(|_| seen.insert(leaf)) else {
                continue;
            };
            let names = article.names.iter().filter(|name| {
                name.kind == kind
                    && provenances(source).contains(&name.provenance)
                    && fulfills(directory, name, &leaf.test)
            });
            found.extend(names.flat_map(|name| &name.mentions).map(|mention| Match {
                part: mention.part,
                span: mention.span,
                leaf: number,
            }));
        }
        if found.len() > before {
            found.sort_unstable();
            found.dedup();
        }
        Ok(found)
    }
}

/// Tells whether a name, as it is shown, fulfills `test`.
fn fulfills(directory: &Directory, name: &Name, test: &Test) -> bool {
    let (text, is_whole) = match test {
        Test::Word(text) | Test::Phrase(text) => (text, folded_words(text).is_empty()),
        Test::Exactly(text) => (text, true),
        Test::Present => return true,
        Test::Wildcard(..) | Test::Fuzzy(..) | Test::Loose(..) => {
            return has_word_like(directory, name, test);
        }
        Test::Missing | Test::Days(..) | Test::Numbers(..) => return false,
    };
    let (key, words) = (fold_name(text), folded_words(text));
    let is_meant = |name: &str| match is_whole {
        true => name == key,
        false => crate::entities::has_words(name, &words),
    };
    match directory.find(name.kind, &name.canonical) {
        Some(entity) => entity.names().any(|name| is_meant(name.key)),
        None => is_meant(&fold_name(&name.canonical)),
    }
}

/// Tells whether a word of a name, or of the others of what is called so, is like the
/// pattern that `test` is.
fn has_word_like(directory: &Directory, name: &Name, test: &Test) -> bool {
    let is_like = |word: &str| match test {
        Test::Wildcard(pattern) => is_wildcard_match(pattern, word),
        Test::Fuzzy(typed, most) => is_fuzzy_match(typed, word, *most),
        _ => false,
    };
    let has = |name: &str| folded_words(name).iter().any(|word| is_like(word));
    match directory.find(name.kind, &name.canonical) {
        Some(entity) => entity.names().any(|name| has(name.key)),
        None => has(&name.canonical),
    }
}
