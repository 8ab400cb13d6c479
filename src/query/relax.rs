//! Queries that ask for a little less than one that found nothing, and the parts that one
//! is made of. It proposes; whoever has the articles counts.

use super::request::{NameSource, Request};
use super::tree::{Leaf, Near, Query, Reach, Test};
use crate::text::{fold_word, words};

/// A request that asks for less.
#[derive(Clone, Debug, PartialEq)]
pub struct Relaxation {
    /// What is given up, for people: `without org:acme`.
    pub what: String,
    /// What is asked then.
    pub request: Request,
}

/// Returns the conditions that must all be fulfilled, filters included: of a proximity what it
/// joins, of a phrase its words.
pub fn parts(request: &Request) -> Vec<Query> {
    parts_of(request.whole_query())
}

fn parts_of(query: Query) -> Vec<Query> {
    match query {
        Query::And(parts) => parts,
        Query::Near(near) => near.operands().into_iter().cloned().collect(),
        Query::AtLeast(_, condition) => parts_of(*condition),
        query => match loosen(&query) {
            Some(Query::And(words)) => words,
            _ => vec![query],
        },
    }
}

/// Returns requests that ask for less, those that give up least first.
pub fn relaxations(request: &Request) -> Vec<Relaxation> {
    let whole = request.whole_query();
    let mut relaxed = Vec::new();
    let mut propose = |what: String, query: Query| {
        if query != whole {
            relaxed.push(Relaxation {
                what,
                request: as_query(request, query),
            });
        }
    };
    if request.names != NameSource::Any && asks_for_names(&whole) {
        let mut any = as_query(request, whole.clone());
        any.names = NameSource::Any;
        relaxed.push(Relaxation {
            what: "names whoever found them".to_owned(),
            request: any,
        });
    } else {
        propose(
            "its words, not side by side".to_owned(),
            whole.mapped(&loosen),
        );
        propose("farther from each other".to_owned(), whole.mapped(&widen));
        propose("wherever they stand".to_owned(), whole.mapped(&part));
        propose(
            "in any form, case and accents".to_owned(),
            whole.mapped(&unmark),
        );
    }
    let parts = parts_of(whole.clone());
    for (at, part) in parts.iter().enumerate().filter(|_| parts.len() > 1) {
        let others = parts.iter().enumerate().filter(|(other, _)| *other != at);
        let rest = Query::all_of(others.map(|(_, part)| part.clone()));
        relaxed.push(Relaxation {
            what: format!("without {part}"),
            request: as_query(request, rest),
        });
    }
    if let Query::And(parts) = &whole {
        let words: Vec<Query> = parts.iter().filter(|part| is_text(part)).cloned().collect();
        if words.len() > 1 {
            let others = parts.iter().filter(|part| !is_text(part)).cloned();
            let any = Query::all_of(std::iter::once(Query::any_of(words)).chain(others));
            relaxed.push(Relaxation {
                what: "any of the words".to_owned(),
                request: as_query(request, any),
            });
        }
    }
    relaxed
}

fn as_query(request: &Request, query: Query) -> Request {
    let mut relaxed = request.clone();
    (relaxed.query, relaxed.filters) = (query, Default::default());
    relaxed
}

fn is_text(part: &Query) -> bool {
    match part {
        Query::Leaf(leaf) => leaf.field.is_text(),
        Query::Boosted(inner, _) => is_text(inner),
        Query::Near(_) => true,
        _ => false,
    }
}

fn asks_for_names(query: &Query) -> bool {
    use super::tree::Field;
    let is_name = |field| matches!(field, Field::Person | Field::Organization | Field::Place);
    query.leaves().iter().any(|leaf| is_name(leaf.field))
}

/// A phrase becomes its words.
fn loosen(query: &Query) -> Option<Query> {
    let Query::Leaf(Leaf { field, test }) = query else {
        return None;
    };
    let (Test::Phrase(phrase) | Test::Loose(phrase, _)) = test else {
        return None;
    };
    let of_text = words(phrase).filter(|word| !word.is_compound());
    let parts: Vec<&str> = of_text.map(|word| word.text).collect();
    (field.is_text() && parts.len() > 1).then(|| {
        let word = |word: &str| {
            Query::Leaf(Leaf {
                field: *field,
                test: Test::Word(word.to_owned()),
            })
        };
        Query::all_of(parts.into_iter().map(word))
    })
}

/// Words may be farther apart.
fn widen(query: &Query) -> Option<Query> {
    const FACTOR: u32 = 5;
    let Query::Near(near) = query else {
        return None;
    };
    let reach = match near.reach {
        Reach::Words(words) => Reach::Words(words.saturating_mul(FACTOR).min(1_000)),
        Reach::Sentence => Reach::Paragraph,
        Reach::Paragraph => return None,
    };
    Some(Query::Near(Box::new(Near {
        reach,
        in_order: false,
        ..(**near).clone()
    })))
}

/// What must stand near something, or many times, must only be there.
fn part(query: &Query) -> Option<Query> {
    match query {
        Query::Near(near) => Some(Query::all_of([near.left.clone(), near.right.clone()])),
        Query::AtLeast(_, condition) => Some((**condition).clone()),
        _ => None,
    }
}

/// Words as written become words.
fn unmark(query: &Query) -> Option<Query> {
    let Query::Leaf(Leaf {
        field,
        test: Test::Exactly(text),
    }) = query
    else {
        return None;
    };
    field.is_text().then(|| {
        let is_one = words(text).filter(|word| !word.is_compound()).count() == 1;
        let test = match is_one {
            true => Test::Word(text.clone()),
            false => Test::Phrase(text.clone()),
        };
        Query::Leaf(Leaf {
            field: *field,
            test,
        })
    })
}

impl Query {
    /// Returns the query with every part for which `change` returns another in its place.
    fn mapped(&self, change: &dyn Fn(&Query) -> Option<Query>) -> Query {
        if let Some(changed) = change(self) {
            return changed;
        }
        let all = |parts: &[Query]| {
            parts
                .iter()
                .map(|part| part.mapped(change))
                .collect::<Vec<_>>()
        };
        match self {
            Query::And(parts) => Query::all_of(all(parts)),
            Query::Or(parts) => Query::any_of(all(parts)),
            Query::Not(part) => part.mapped(change).negated(),
            Query::Boosted(part, boost) => Query::Boosted(Box::new(part.mapped(change)), *boost),
            // What stands near something, or is counted, must keep its form.
            other => other.clone(),
        }
    }

    /// Returns the query with a word, or a name, written in another way wherever it stands.
    pub fn with_word(&self, from: &str, to: &str) -> Query {
        let leaf = |leaf: &Leaf| {
            let replaced = |text: &String| replaced(text, from, to);
            let test = match &leaf.test {
                // A name of several words is one value.
                Test::Word(text) if text == from && to.contains(' ') => Test::Phrase(to.to_owned()),
                Test::Word(text) => Test::Word(replaced(text)),
                Test::Phrase(text) => Test::Phrase(replaced(text)),
                Test::Exactly(text) => Test::Exactly(replaced(text)),
                Test::Loose(text, slop) => Test::Loose(replaced(text), *slop),
                other => other.clone(),
            };
            Query::Leaf(Leaf {
                field: leaf.field,
                test,
            })
        };
        let inner = |query: &Query| query.with_word(from, to);
        match self {
            Query::All => Query::All,
            Query::Leaf(one) => leaf(one),
            Query::And(parts) => Query::And(parts.iter().map(inner).collect()),
            Query::Or(parts) => Query::Or(parts.iter().map(inner).collect()),
            Query::Not(part) => Query::Not(Box::new(inner(part))),
            Query::AtLeast(count, part) => Query::AtLeast(*count, Box::new(inner(part))),
            Query::Boosted(part, boost) => Query::Boosted(Box::new(inner(part)), *boost),
            Query::Near(near) => Query::Near(Box::new(Near {
                left: inner(&near.left),
                right: inner(&near.right),
                ..(**near).clone()
            })),
        }
    }
}

/// Replaces the words of `text` that are `from`, folded, and the whole text if it is.
fn replaced(text: &str, from: &str, to: &str) -> String {
    if text == from {
        return to.to_owned();
    }
    let (mut result, mut end, mut folded) = (String::new(), 0, String::new());
    for word in words(text).filter(|word| !word.is_compound()) {
        fold_word(word.text, &mut folded);
        if folded == from {
            result.push_str(&text[end..word.start]);
            result.push_str(to);
            end = word.range().end;
        }
    }
    result.push_str(&text[end..]);
    result
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::parse;
    use super::*;

    fn request(query: &str) -> Request {
        Request::new(parse(query, date(2024, 3, 1)).unwrap().query)
    }

    #[test]
    fn less_is_asked_in_steps() {
        let relaxed = relaxations(&request("\"land mines\" w/5 kiev \"arms fair\" org:acme"));
        let shown: Vec<String> = relaxed
            .iter()
            .map(|one| format!("{}: {}", one.what, one.request.query))
            .collect();
        assert_eq!(
            shown,
            [
                "its words, not side by side: \"land mines\" w/5 kiev AND arms AND fair AND org:acme",
                "farther from each other: \"land mines\" w/25 kiev AND \"arms fair\" AND org:acme",
                "wherever they stand: \"land mines\" AND kiev AND \"arms fair\" AND org:acme",
                "without \"land mines\" w/5 kiev: \"arms fair\" AND org:acme",
                "without \"arms fair\": \"land mines\" w/5 kiev AND org:acme",
                "without org:acme: \"land mines\" w/5 kiev AND \"arms fair\"",
                "any of the words: (\"land mines\" w/5 kiev OR \"arms fair\") AND org:acme",
            ]
        );
        assert_eq!(relaxations(&request("word")), []);
    }

    #[test]
    fn what_must_be_there_are_parts_too() {
        for (query, expected, first_left_out) in [
            ("mines org:acme", "mines | org:acme", "org:acme"),
            ("mines w/5 kiev", "mines | kiev", "kiev"),
            (
                "mines w/5 (kiev OR lviv) w/9 mines",
                "mines | kiev OR lviv",
                "kiev OR lviv",
            ),
            ("\"land mines\" w/s kiev", "\"land mines\" | kiev", "kiev"),
            ("\"land mines\"", "land | mines", "mines"),
            ("\"land mines\"~3", "land | mines", "mines"),
            ("atleast3(mines w/5 kiev)", "mines | kiev", "kiev"),
            ("mines OR kiev", "mines OR kiev", ""),
            ("atleast3(mines)", "mines", ""),
        ] {
            let found = parts(&request(query));
            let found: Vec<String> = found.iter().map(Query::to_string).collect();
            assert_eq!(found.join(" | "), expected, "{query}");
            let relaxed = relaxations(&request(query));
            let mut without = relaxed
                .iter()
                .filter(|one| one.what.starts_with("without "));
            let left = without.next().map(|one| one.request.query.to_string());
            assert_eq!(left.unwrap_or_default(), first_left_out, "{query}");
        }
    }

    #[test]
    fn words_are_replaced_where_they_stand() {
        for (query, from, to, expected) in [
            ("mnes", "mnes", "mines", "mines"),
            (
                "\"land mnes\" OR Mnes",
                "mnes",
                "mines",
                "\"land mines\" OR mines",
            ),
            ("a w/3 mnes^2", "mnes", "mines", "a w/3 mines^2"),
            ("org:\"Amnesti\"", "Amnesti", "Amnesty", "org:\"Amnesty\""),
        ] {
            let replaced = request(query).query.with_word(from, to);
            assert_eq!(
                replaced.to_string(),
                parse(expected, date(2024, 3, 1)).unwrap().query.to_string()
            );
        }
    }
}
