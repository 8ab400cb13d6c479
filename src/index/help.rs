//! What to tell a person whose query found nothing, or has a word that no article has:
//! which part found none, which word was probably meant, and what would find something.
//!
//! Words come from the vocabulary of the articles themselves, names and sources from what
//! they name, by the number of letters that differ (optimal string alignment), the nearer
//! first, then the more frequent. It reads dictionaries and counts articles, no text.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use tantivy::Term;
use tantivy::collector::Count;

use super::error::IndexError;
use super::marks::is_mark;
use super::plan::plan;
use super::snapshot::Snapshot;
use super::values::Facet;
use crate::query::{Query, Relaxation, Request, Test, distance, parts, relaxations};
use crate::text::{Language, Stemmer, fold_name, fold_word, words};

/// A part of a query, with how many articles it finds alone.
#[derive(Clone, Debug, PartialEq)]
pub struct PartCount {
    /// The part.
    pub part: Query,
    /// How many articles it finds.
    pub articles: u64,
}

/// A word or name that no article has, and what was probably meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// What was written, as the query has it.
    pub written: String,
    /// What was probably meant.
    pub meant: String,
    /// How many articles have that.
    pub articles: u64,
}

/// What to tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Help {
    /// Words and names that no article has, with what was probably meant.
    pub corrections: Vec<Correction>,
    /// Words, and names with their field, that no article has, nor any like them; if the query
    /// found nothing.
    pub unknown: Vec<String>,
    /// The first and the last day that an article has, if the query found nothing and asks for
    /// days beyond.
    pub days: Option<(Date, Date)>,
    /// The query with all corrections made, and how many articles it finds.
    pub corrected: Option<(Query, u64)>,
    /// The parts that must all be fulfilled, if the query found nothing.
    pub parts: Vec<PartCount>,
    /// What would find something, with how much; if the query found nothing.
    pub relaxations: Vec<(Relaxation, u64)>,
}

/// So many relaxations are proposed.
const MOST_RELAXATIONS: usize = 5;

impl Snapshot {
    /// Says what may help with `request`, which found `total` articles.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read, or it takes longer than the request may.
    pub fn help(&self, request: &Request, total: u64) -> Result<Help, IndexError> {
        let whole = request.whole_query();
        let mut help = Help::default();
        self.add_corrections(&whole, request, &mut help)?;
        if !help.corrections.is_empty() {
            let corrected = help.corrections.iter().fold(whole.clone(), |query, one| {
                query.with_word(&one.written, &one.meant)
            });
            let found = self.count_of(request, corrected.clone())?;
            help.corrected = (found > total).then_some((corrected, found));
        }
        if total > 0 {
            // They may be synonyms, which nobody typed.
            help.unknown.clear();
            return Ok(help);
        }
        help.days = self.days_missed(&whole)?;
        let all = parts(request);
        if all.len() > 1 {
            for part in all {
                let articles = self.count_of(request, part.clone())?;
                help.parts.push(PartCount { part, articles });
            }
        }
        for relaxation in relaxations(request) {
            if help.relaxations.len() == MOST_RELAXATIONS {
                break;
            }
            let found = self.count_request(&relaxation.request)?;
            let is_known = help.relaxations.iter().any(|(_, known)| *known == found);
            if found > 0 && found < self.articles() && !is_known {
                help.relaxations.push((relaxation, found));
            }
        }
        Ok(help)
    }

    fn count_of(&self, request: &Request, query: Query) -> Result<u64, IndexError> {
        let mut asked = request.clone();
        (asked.query, asked.filters) = (query, Default::default());
        self.count_request(&asked)
    }

    fn count_request(&self, request: &Request) -> Result<u64, IndexError> {
        let mut asked = request.clone();
        (asked.limit, asked.collapse) = (0, None);
        let plan = plan(self, &asked)?;
        let found = self.searcher.search(&plan.search, &Count)?;
        plan.deadline.check()?;
        Ok(found as u64)
    }

    /// Returns the days that there are if `whole` asks for others only.
    fn days_missed(&self, whole: &Query) -> Result<Option<(Date, Date)>, IndexError> {
        let mut asked = Vec::new();
        for (leaf, is_wanted) in whole.signed_leaves() {
            if let (true, Test::Days(from, to)) = (is_wanted, &leaf.test) {
                asked.push((*from, *to));
            }
        }
        if asked.is_empty() {
            return Ok(None);
        }
        let is_missed = |(first, last): &(Date, Date)| {
            let mut asked = asked.iter();
            asked.any(|(from, to)| {
                from.is_some_and(|from| from > *last) || to.is_some_and(|to| to < *first)
            })
        };
        Ok(self.days()?.filter(is_missed))
    }

    /// Says what is meant by words and names that no article has, as far as that can be guessed.
    fn add_corrections(
        &self,
        whole: &Query,
        request: &Request,
        help: &mut Help,
    ) -> Result<(), IndexError> {
        let mut add = |written: &str, nearest: Option<Correction>| match nearest {
            Some(one) if !help.corrections.contains(&one) => help.corrections.push(one),
            None if !help.unknown.iter().any(|known| known == written) => {
                help.unknown.push(written.to_owned());
            }
            _ => {}
        };
        let mut seen = HashSet::new();
        let mut vocabulary: Option<HashMap<String, u64>> = None;
        for (leaf, is_wanted) in whole.signed_leaves() {
            let (Test::Word(text)
            | Test::Phrase(text)
            | Test::Exactly(text)
            | Test::Loose(text, _)) = &leaf.test
            else {
                continue;
            };
            if !is_wanted || !seen.insert((leaf.field, text)) {
                continue;
            }
            if leaf.field.is_text() {
                for word in self.unknown_words(text)? {
                    let vocabulary = match &mut vocabulary {
                        Some(vocabulary) => vocabulary,
                        none => none.insert(self.vocabulary()?),
                    };
                    add(&word, nearest_word(&word, vocabulary));
                }
            } else if let Some(facet) = Facet::of_field(leaf.field)
                && self.count_of(request, Query::Leaf(leaf.clone()))? == 0
            {
                let mut everything = Request::new(Query::All);
                (everything.names, everything.time_limit) = (request.names, request.time_limit);
                let values = self.facet(&everything, facet)?.values;
                let values = values.into_iter().map(|value| (value.value, value.count));
                add(&leaf.to_string(), nearest_name(text, values));
            }
        }
        Ok(())
    }

    /// Returns the words of `text`, folded, that stand in no article in any form.
    fn unknown_words(&self, text: &str) -> Result<Vec<String>, IndexError> {
        let mut unknown = Vec::new();
        let mut folded = String::new();
        for word in words(text).filter(|word| !word.is_compound()) {
            fold_word(word.text, &mut folded);
            let mut found = 0;
            for field in [self.fields.title, self.fields.body] {
                found += self.alive_doc_freq(&Term::from_field_text(field, &folded))?;
            }
            if found == 0 && !folded.is_empty() && !self.has_form(&folded)? {
                unknown.push(folded.clone());
            }
        }
        Ok(unknown)
    }

    /// Tells whether an article has another form of a word, in any language of the index.
    fn has_form(&self, folded: &str) -> Result<bool, IndexError> {
        let tags = self.languages().iter().map(String::as_str);
        for tag in std::iter::once(Language::DEFAULT_TAG).chain(tags) {
            let mut stemmer = Stemmer::new(Language::from_tag(tag));
            let term = Term::from_field_text(self.fields.ranking, stemmer.stem(folded));
            if self.alive_doc_freq(&term)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns every word of the articles with how many have it in their text.
    fn vocabulary(&self) -> Result<HashMap<String, u64>, IndexError> {
        let mut vocabulary: HashMap<String, u64> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.body)?;
            let stream = index.terms().stream();
            let mut stream = stream.map_err(tantivy::TantivyError::from)?;
            while stream.advance() {
                if let Ok(word) = std::str::from_utf8(stream.key())
                    && !is_mark(stream.key())
                {
                    let count = u64::from(stream.value().doc_freq);
                    match vocabulary.get_mut(word) {
                        Some(known) => *known += count,
                        None => {
                            vocabulary.insert(word.to_owned(), count);
                        }
                    }
                }
            }
        }
        Ok(vocabulary)
    }
}

/// Returns how many letters may differ: one in short words, two in others, none in words
/// that are hardly longer than a slip.
fn most_slips(letters: usize) -> usize {
    match letters {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    }
}

fn nearest_word(written: &str, vocabulary: &HashMap<String, u64>) -> Option<Correction> {
    let letters: Vec<char> = written.chars().collect();
    let most = most_slips(letters.len());
    let nearest = vocabulary
        .iter()
        .filter(|(word, _)| word.chars().count().abs_diff(letters.len()) <= most)
        .map(|(word, count)| {
            // A slip in the first letter is rare (Pollock and Zamora 1984: one in 13).
            let other_start = usize::from(!word.starts_with(letters[0]));
            (distance(&letters, word) + other_start, word, count)
        })
        .filter(|(slips, ..)| (1..=most).contains(slips))
        .min_by_key(|(slips, word, count)| (*slips, std::cmp::Reverse(**count), (*word).clone()));
    nearest.map(|(_, word, count)| Correction {
        written: written.to_owned(),
        meant: word.clone(),
        articles: *count,
    })
}

/// Returns the name that is nearest to `written`, whole or by as many words of it.
fn nearest_name(written: &str, names: impl Iterator<Item = (String, u64)>) -> Option<Correction> {
    let folded = fold_name(written);
    let letters: Vec<char> = folded.chars().collect();
    let most = most_slips(letters.len());
    let wanted = folded.split(' ').count();
    let slips = |name: &str| -> usize {
        let name = fold_name(name);
        let words: Vec<&str> = name.split(' ').collect();
        let windows = words
            .windows(wanted)
            .map(|window| distance(&letters, &window.join(" ")));
        windows.min().unwrap_or(usize::MAX)
    };
    let nearest = names
        .map(|(name, count)| (slips(&name), name, count))
        .filter(|(slips, ..)| *slips <= most)
        .min_by_key(|(slips, name, count)| (*slips, std::cmp::Reverse(*count), name.clone()));
    nearest.map(|(_, meant, articles)| Correction {
        written: written.to_owned(),
        meant,
        articles,
    })
}
