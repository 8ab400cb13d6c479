//! Plans conditions on what an article has beside its texts: values and their words, names,
//! days, numbers, ids. They only let pass, and add nothing to a score.

use std::ops::Bound;

use jiff::civil::Date;
use tantivy::Term;
use tantivy::query::{
    AllQuery, EmptyQuery, ExistsQuery, Query as Search, RangeQuery, TermSetQuery,
};
use tantivy::schema::Field as IndexField;

use super::super::error::IndexError;
use super::super::name_filter::{kind_of, provenances};
use super::super::occurrences::Known;
use super::super::patterns::Wanted;
use super::super::phrase::{PhraseQuery, Sequence};
use super::super::ranking::unscored;
use super::super::schema::{Keyword, Number};
use super::super::tokenizers::whole_value_key;
use super::super::value_query::ValueQuery;
use super::Planner;
use super::combine::{any_of, negation};
use crate::article::Kind;
use crate::query::{Field, Leaf, Test};
use crate::text::{fold_word, words};

impl Planner<'_> {
    /// Plans a condition on anything but texts.
    pub(super) fn filter(&self, leaf: &Leaf) -> Result<Box<dyn Search>, IndexError> {
        Ok(match leaf.field {
            Field::Date => day_query(&leaf.test),
            Field::Words => number_query(&leaf.test),
            Field::Id => self.id_query(&leaf.test),
            field => match kind_of(field) {
                Some(kind) => self.name_query(field, kind, &leaf.test)?,
                None => self.keyword_query(&self.keywords(field), &leaf.test)?,
            },
        })
    }

    fn keywords(&self, field: Field) -> Vec<Keyword> {
        let named = |kind| {
            let wanted = provenances(self.names).iter();
            wanted
                .map(|provenance| Keyword::Name(kind, *provenance))
                .collect()
        };
        match field {
            Field::Person => named(Kind::Person),
            Field::Organization => named(Kind::Organization),
            Field::Place => named(Kind::Place),
            Field::Source => vec![Keyword::Source],
            Field::Author => vec![Keyword::Byline],
            Field::Language => vec![Keyword::Language],
            Field::Section => vec![Keyword::Section],
            Field::Topic => vec![Keyword::Topic],
            Field::Tag => vec![Keyword::Tag],
            Field::Exchange => vec![Keyword::Exchange],
            Field::ItemType => vec![Keyword::ItemType],
            Field::Url => vec![Keyword::Url],
            Field::Text
            | Field::Title
            | Field::Lead
            | Field::Body
            | Field::HeadlineLead
            | Field::Date
            | Field::Id
            | Field::Words => Vec::new(),
        }
    }

    /// Names are expanded by the register; whether there is any is asked of columns.
    fn name_query(
        &self,
        field: Field,
        kind: Kind,
        test: &Test,
    ) -> Result<Box<dyn Search>, IndexError> {
        let expanded = self.snapshot.name_query(kind, self.names, test)?;
        match expanded {
            Some(expanded) => Ok(expanded),
            None => self.keyword_query(&self.keywords(field), test),
        }
    }

    fn keyword_query(
        &self,
        keywords: &[Keyword],
        test: &Test,
    ) -> Result<Box<dyn Search>, IndexError> {
        let mut alternatives: Vec<Box<dyn Search>> = Vec::new();
        for &keyword in keywords {
            let field = self.snapshot.fields.keyword(keyword);
            match test {
                Test::Word(text) | Test::Phrase(text) => {
                    alternatives.push(value_words_query(field, text));
                }
                Test::Exactly(text) => {
                    let term = Term::from_field_text(field, &whole_value_key(text));
                    alternatives.push(any_value_query(vec![term]));
                }
                Test::Wildcard(_) | Test::Fuzzy(..) => {
                    let words = self
                        .snapshot
                        .words_of_pattern(field, test, Wanted::Articles)?;
                    let terms = words.iter().map(|word| Term::from_field_text(field, word));
                    alternatives.push(any_value_query(terms.collect()));
                }
                Test::Present | Test::Missing => alternatives.push(exists(keyword.name())),
                Test::Days(..) | Test::Numbers(..) | Test::Loose(..) => {}
            }
        }
        let any = any_of(alternatives);
        Ok(if matches!(test, Test::Missing) {
            negation(any)
        } else {
            any
        })
    }

    fn id_query(&self, test: &Test) -> Box<dyn Search> {
        match test {
            Test::Word(id) | Test::Phrase(id) | Test::Exactly(id) => {
                let term = Term::from_field_text(self.snapshot.fields.id, id);
                any_value_query(vec![term])
            }
            Test::Present => Box::new(AllQuery),
            _ => Box::new(EmptyQuery),
        }
    }
}

pub(in super::super) fn folded_words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for word in words(text).filter(|word| !word.is_compound()) {
        let mut folded = String::new();
        fold_word(word.text, &mut folded);
        all.push(folded);
    }
    all
}

/// A value that holds the words of `text` in their order and side by side.
pub(in super::super) fn value_words_query(field: IndexField, text: &str) -> Box<dyn Search> {
    let slots: Vec<Vec<Term>> = folded_words(text)
        .iter()
        .map(|word| vec![Term::from_field_text(field, word)])
        .collect();
    if slots.is_empty() {
        let term = Term::from_field_text(field, &whole_value_key(text));
        return any_value_query(vec![term]);
    }
    let sequences = vec![Sequence {
        field,
        slots,
        times: 1,
        lead_only: false,
    }];
    Box::new(PhraseQuery::new(sequences, None, Known::default()))
}

/// How many values are looked up one by one (measured: the automaton of the library's set
/// of terms takes some 150 µs to make, 30 look-ups in two segments about as long).
const FEW_VALUES: usize = 32;

/// A value that is any of `terms`.
pub(in super::super) fn any_value_query(terms: Vec<Term>) -> Box<dyn Search> {
    if terms.len() > FEW_VALUES {
        return unscored(Box::new(TermSetQuery::new(terms)));
    }
    Box::new(ValueQuery { terms })
}

fn exists(column: &str) -> Box<dyn Search> {
    unscored(Box::new(ExistsQuery::new(column.to_owned(), false)))
}

pub(super) fn text_presence(leaf: &Leaf) -> Box<dyn Search> {
    let present = |number| number_range(number, Some(1), None);
    let search = match leaf.field {
        Field::Title => present(Number::TitleWords),
        Field::Text | Field::HeadlineLead => {
            any_of(vec![present(Number::TitleWords), present(Number::Words)])
        }
        _ => present(Number::Words),
    };
    if leaf.test == Test::Missing {
        negation(search)
    } else {
        search
    }
}

fn day_query(test: &Test) -> Box<dyn Search> {
    match test {
        Test::Days(from, to) => number_range(Number::Day, from.map(day_number), to.map(day_number)),
        Test::Present => exists(Number::Day.name()),
        Test::Missing => negation(exists(Number::Day.name())),
        _ => Box::new(EmptyQuery),
    }
}

fn number_query(test: &Test) -> Box<dyn Search> {
    match test {
        Test::Numbers(from, to) => number_range(Number::Words, *from, *to),
        Test::Present => Box::new(AllQuery),
        _ => Box::new(EmptyQuery),
    }
}

/// Returns a day as yyyymmdd.
fn day_number(day: Date) -> u64 {
    let year = u64::try_from(day.year()).unwrap_or_default();
    year * 10_000
        + u64::from(day.month().unsigned_abs()) * 100
        + u64::from(day.day().unsigned_abs())
}

fn number_range(number: Number, from: Option<u64>, to: Option<u64>) -> Box<dyn Search> {
    let field = number_field(number);
    let bound = |value: Option<u64>| match value {
        Some(value) => Bound::Included(Term::from_field_u64(field, value)),
        None => Bound::Unbounded,
    };
    if from.is_none() && to.is_none() {
        return exists(number.name());
    }
    unscored(Box::new(RangeQuery::new(bound(from), bound(to))))
}

fn number_field(number: Number) -> IndexField {
    super::super::document::fields().number(number)
}
