//! Words that stand for each other, as a person wrote them down.
//!
//! ```text
//! # both ways
//! bribe, kickback, pay-off
//! # one way: who asks for the first finds the others too
//! cops => police, police officers
//! ```
//!
//! A free word of a query becomes any of its synonyms, in the tree, so that what is found,
//! marked and shown as read is the same. Words in quotes, as written (`=Turkey`), with
//! wildcards, or in other fields stay as they are. Words are compared by their English stems.
//! What a synonym brings in has no synonyms of its own.

use super::tree::{Field, Leaf, Query, Test};
use crate::text::{Language, Stemmer, fold_word, words};

/// Words that stand for each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Synonyms {
    rules: Vec<Rule>,
}

/// What stands for some words, beside themselves.
#[derive(Clone, Debug, PartialEq)]
struct Rule {
    /// The stems of the words, in order.
    stems: Vec<String>,
    /// The synonyms as written.
    others: Vec<String>,
}

/// A line that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct SynonymFault {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// More rules are refused (chosen: each query looks at all of them).
const MOST_RULES: usize = 100_000;

impl Synonyms {
    /// Reads a list of synonyms.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read.
    pub fn parse(text: &str) -> Result<Synonyms, SynonymFault> {
        let mut rules = Vec::new();
        let mut stemmer = Stemmer::new(Language::from_tag("en"));
        for (at, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
            let content = line.split('#').next().unwrap_or_default();
            if content.trim().is_empty() {
                continue;
            }
            let fault = |byte: usize, reason: &'static str| SynonymFault {
                line: at + 1,
                column: line[..byte].chars().count() + 1,
                reason,
            };
            let (left, right) = match content.split_once("=>") {
                Some((left, right)) => (left, Some((left.len() + 2, right))),
                None => (content, None),
            };
            if let Some((start, right)) = right
                && let Some(second) = right.find("=>")
            {
                return Err(fault(start + second, "a line has one => at most"));
            }
            let mut read = |start: usize, list: &str| -> Result<Vec<Entry>, SynonymFault> {
                entries(start, list, &mut stemmer)
                    .map_err(|byte| fault(byte, "a word is missing here"))
            };
            let from = read(0, left)?;
            match right {
                Some((start, right)) => {
                    let to: Vec<String> = read(start, right)?
                        .into_iter()
                        .map(|one| one.written)
                        .collect();
                    rules.extend(from.into_iter().map(|one| Rule {
                        stems: one.stems,
                        others: to.clone(),
                    }));
                }
                None if from.len() < 2 => {
                    return Err(fault(
                        content.trim_end().len(),
                        "one word alone has no synonym",
                    ));
                }
                None => {
                    for one in &from {
                        let others = from.iter().filter(|other| other.stems != one.stems);
                        rules.push(Rule {
                            stems: one.stems.clone(),
                            others: others.map(|other| other.written.clone()).collect(),
                        });
                    }
                }
            }
            if rules.len() > MOST_RULES {
                return Err(fault(0, "there are more than 100,000 synonyms"));
            }
        }
        // Longer ones first: they say more.
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.stems.len()));
        Ok(Synonyms { rules })
    }

    /// Returns `query` with the synonyms of its free words, each beside the word.
    pub fn apply(&self, query: &Query) -> Query {
        if self.rules.is_empty() {
            return query.clone();
        }
        let mut stemmer = Stemmer::new(Language::from_tag("en"));
        self.in_query(query, &mut stemmer)
    }

    fn in_query(&self, query: &Query, stemmer: &mut Stemmer) -> Query {
        match query {
            Query::And(parts) => Query::all_of(self.in_parts(parts, stemmer)),
            Query::Or(parts) => Query::any_of(
                parts
                    .iter()
                    .map(|part| self.in_query(part, stemmer))
                    .collect::<Vec<_>>(),
            ),
            Query::Not(part) => self.in_query(part, stemmer).negated(),
            Query::Boosted(part, boost) => {
                Query::Boosted(Box::new(self.in_query(part, stemmer)), *boost)
            }
            Query::Near(near) => {
                let mut near = (**near).clone();
                near.left = self.in_query(&near.left, stemmer);
                near.right = self.in_query(&near.right, stemmer);
                Query::Near(Box::new(near))
            }
            Query::AtLeast(count, part) => {
                Query::AtLeast(*count, Box::new(self.in_query(part, stemmer)))
            }
            Query::Leaf(_) | Query::All => {
                Query::all_of(self.in_parts(std::slice::from_ref(query), stemmer))
            }
        }
    }

    /// Words side by side may be one entry: `land mines`.
    fn in_parts(&self, parts: &[Query], stemmer: &mut Stemmer) -> Vec<Query> {
        let mut done = Vec::new();
        let mut at = 0;
        while at < parts.len() {
            let rule = self
                .rules
                .iter()
                .find(|rule| is_said(rule, &parts[at..], stemmer));
            match (rule, field_of(&parts[at])) {
                (Some(rule), Some(field)) => {
                    let said = parts[at..at + rule.stems.len()].iter().cloned();
                    let synonym = |text: &String| synonym(text, field);
                    let others = rule.others.iter().map(synonym);
                    done.push(Query::any_of(
                        std::iter::once(Query::all_of(said)).chain(others),
                    ));
                    at += rule.stems.len();
                }
                _ => {
                    done.push(match &parts[at] {
                        leaf @ (Query::Leaf(_) | Query::All) => leaf.clone(),
                        part => self.in_query(part, stemmer),
                    });
                    at += 1;
                }
            }
        }
        done
    }
}

/// Tells whether `parts` begin with the words of `rule`, as free words of one field.
fn is_said(rule: &Rule, parts: &[Query], stemmer: &mut Stemmer) -> bool {
    let Some(field) = parts.first().and_then(field_of) else {
        return false;
    };
    parts.len() >= rule.stems.len()
        && parts.iter().zip(&rule.stems).all(|(part, stem)| {
            let Query::Leaf(Leaf {
                field: own,
                test: Test::Word(word),
            }) = part
            else {
                return false;
            };
            *own == field && stems_of(word, stemmer) == [stem.as_str()]
        })
}

/// Returns the field of a free word of running text.
fn field_of(part: &Query) -> Option<Field> {
    match part {
        Query::Leaf(Leaf {
            field,
            test: Test::Word(_),
        }) if field.is_text() => Some(*field),
        _ => None,
    }
}

fn synonym(text: &str, field: Field) -> Query {
    let is_one = !text.contains(char::is_whitespace);
    let test = match is_one {
        true => Test::Word(text.to_owned()),
        false => Test::Phrase(text.to_owned()),
    };
    Query::Leaf(Leaf { field, test })
}

/// An entry of a list.
struct Entry {
    stems: Vec<String>,
    written: String,
}

/// Reads a list of entries with commas between; an error is the byte at which one is missing.
fn entries(start: usize, list: &str, stemmer: &mut Stemmer) -> Result<Vec<Entry>, usize> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut byte = start;
    for written in list.split(',') {
        let stems = stems_of(written, stemmer);
        if stems.is_empty() {
            return Err(byte);
        }
        if entries.iter().all(|known| known.stems != stems) {
            entries.push(Entry {
                stems,
                written: written.trim().to_owned(),
            });
        }
        byte += written.len() + 1;
    }
    Ok(entries)
}

fn stems_of(text: &str, stemmer: &mut Stemmer) -> Vec<String> {
    let mut folded = String::new();
    let mut stems = Vec::new();
    for word in words(text) {
        // A compound is one word here: `pay-off`.
        fold_word(word.text, &mut folded);
        let stem = stemmer.stem(&folded).to_owned();
        if word.is_compound() {
            stems.truncate(stems.len() - (word.parts as usize).min(stems.len()));
        }
        stems.push(stem);
    }
    stems
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::parse;
    use super::*;

    const LIST: &str = "# money\nbribe, kickback, pay-off\ncops => police, police officers  # one way\nland mine => ordnance\n";

    #[test]
    fn free_words_stand_for_their_synonyms() {
        let synonyms = Synonyms::parse(LIST).unwrap();
        for (query, expected) in [
            ("bribes", "bribes OR kickback OR pay-off"),
            (
                "mayor kickbacks",
                "mayor AND (kickbacks OR bribe OR pay-off)",
            ),
            ("cops", "cops OR police OR \"police officers\""),
            ("police", "police"),
            ("land mines port", "((land AND mines) OR ordnance) AND port"),
            (
                "title:bribe",
                "title:bribe OR title:kickback OR title:pay-off",
            ),
            (
                "bribe w/5 mayor",
                "(bribe OR kickback OR pay-off) w/5 mayor",
            ),
            ("NOT bribe^2", "NOT (bribe OR kickback OR pay-off)^2"),
            // As written is as written.
            (
                "\"bribe\" =cops brib* org:bribe",
                "\"bribe\" AND =\"cops\" AND brib* AND org:bribe",
            ),
        ] {
            let read = parse(query, date(2024, 3, 1)).unwrap().query;
            assert_eq!(synonyms.apply(&read).to_string(), expected, "{query}");
        }
    }

    #[test]
    fn faults_have_a_place() {
        for (list, line, column) in [
            ("a, b\nlonely\n", 2, 7),
            ("a, , b", 1, 3),
            ("a => b => c", 1, 8),
            ("=> b", 1, 1),
            ("é =>", 1, 5),
        ] {
            let fault = Synonyms::parse(list).unwrap_err();
            assert_eq!(
                (fault.line, fault.column),
                (line, column),
                "{list:?}: {fault}"
            );
        }
        assert_eq!(Synonyms::parse("\n# nothing\n"), Ok(Synonyms::default()));
    }
}
