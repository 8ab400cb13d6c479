//! Joins planned conditions: all of them, any of them, or the rest of the articles.
//!
//! Filters go down into a phrase, so that they are applied before positions are read, and
//! what must be looked up in stored texts goes up, so that it is looked up last.

use tantivy::query::{AllQuery, BooleanQuery, EmptyQuery, Occur, Query as Search};

use super::super::phrase::PhraseQuery;
use super::super::ranking::unscored;
use super::super::verify::VerifyQuery;

/// A planned condition.
pub(super) struct Part {
    pub(super) search: Box<dyn Search>,
    pub(super) role: Role,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Role {
    /// Adds to the score.
    Scores,
    /// Only lets pass.
    Filters,
    /// Must not match.
    Excludes,
}

impl Part {
    pub(super) fn filter(search: Box<dyn Search>) -> Part {
        Part {
            search,
            role: Role::Filters,
        }
    }
}

/// All of `parts`. What has to be looked up in stored texts is looked up last.
pub(super) fn conjunction(parts: Vec<Part>) -> Part {
    let mut checks = Vec::new();
    let mut plain = Vec::with_capacity(parts.len());
    for mut part in parts {
        while part.role != Role::Excludes && part.search.is::<VerifyQuery>() {
            match part.search.downcast::<VerifyQuery>() {
                Ok(verify) => {
                    part.search = verify.candidates;
                    checks.push((verify.check, verify.deadline));
                }
                Err(search) => part.search = search,
            }
        }
        plain.push(part);
    }
    let mut part = indexed_conjunction(plain);
    for (check, deadline) in checks {
        part.search = Box::new(VerifyQuery::new(part.search, check, deadline));
    }
    part
}

fn indexed_conjunction(parts: Vec<Part>) -> Part {
    let mut parts = parts;
    if parts.len() == 1 && parts[0].role != Role::Excludes {
        return parts.remove(0);
    }
    let role = match parts.iter().any(|part| part.role == Role::Scores) {
        true => Role::Scores,
        false => Role::Filters,
    };
    parts.retain(is_condition);
    let mut parts = push_filters_down(parts);
    if parts.iter().all(|part| part.role == Role::Excludes) {
        parts.push(Part::filter(Box::new(AllQuery)));
    }
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let clauses = parts.into_iter().map(|part| match part.role {
        Role::Scores => (Occur::Must, part.search),
        Role::Filters => (Occur::Must, unscored(part.search)),
        Role::Excludes => (Occur::MustNot, part.search),
    });
    Part {
        search: Box::new(BooleanQuery::new(clauses.collect())),
        role,
    }
}

/// `*` beside other conditions says nothing.
fn is_condition(part: &Part) -> bool {
    part.role == Role::Excludes || !part.search.is::<AllQuery>()
}

/// Lets a single phrase check the filters before it reads positions. Where any of hundreds of
/// words will do, there are none to read, and all of them are better gone through at once.
fn push_filters_down(parts: Vec<Part>) -> Vec<Part> {
    let is_phrase = |part: &Part| {
        let phrase = part.search.downcast_ref::<PhraseQuery>();
        part.role == Role::Scores && phrase.is_some_and(|phrase| !phrase.is_wide())
    };
    let scoring = parts
        .iter()
        .filter(|part| part.role == Role::Scores)
        .count();
    if scoring != 1 || !parts.iter().any(is_phrase) {
        return parts;
    }
    let (filters, mut rest): (Vec<Part>, Vec<Part>) = parts
        .into_iter()
        .partition(|part| part.role == Role::Filters);
    if let Some(phrase) = rest.iter_mut().find(|part| is_phrase(part))
        && let Some(query) = phrase.search.downcast_mut::<PhraseQuery>()
    {
        query
            .filters
            .extend(filters.into_iter().map(|part| part.search));
    }
    rest
}

pub(super) fn disjunction(parts: Vec<Part>) -> Part {
    let mut parts = parts;
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let scores = parts.iter().any(|part| part.role == Role::Scores);
    let clauses = parts.into_iter().map(|part| match part.role {
        Role::Scores => (Occur::Should, part.search),
        Role::Filters => (Occur::Should, unscored(part.search)),
        Role::Excludes => (Occur::Should, negation(part.search)),
    });
    let clauses: Vec<_> = clauses.collect();
    let search: Box<dyn Search> = if clauses.is_empty() {
        Box::new(EmptyQuery)
    } else {
        Box::new(BooleanQuery::new(clauses))
    };
    Part {
        search,
        role: if scores { Role::Scores } else { Role::Filters },
    }
}

pub(in super::super) fn any_of(mut alternatives: Vec<Box<dyn Search>>) -> Box<dyn Search> {
    match alternatives.len() {
        0 => Box::new(EmptyQuery),
        1 => alternatives.remove(0),
        _ => Box::new(BooleanQuery::union(alternatives)),
    }
}

pub(super) fn negation(search: Box<dyn Search>) -> Box<dyn Search> {
    let all: Box<dyn Search> = unscored(Box::new(AllQuery));
    Box::new(BooleanQuery::new(vec![
        (Occur::Must, all),
        (Occur::MustNot, search),
    ]))
}
