//! What articles earn beside the words themselves: words of the query that stand together
//! as the query has them, and phrases that stand in the headline.
//!
//! Two free words side by side in the query are a pair. Where they stand in an article just
//! as far apart and in that order, they earn a share of what both weigh, as a term that
//! occurs so often (after Metzler and Croft 2005, *A Markov Random Field Model for Term
//! Dependencies*, its ordered features, here with BM25). Words count as they were typed, but
//! for function words, and those that most articles have.
//!
//! A phrase of the query, or the row that free words make which must all be there, earns
//! more in the headline than all the rest together: such articles come first.
//!
//! A pair cannot stand in an article more often than either of its words. So what it earns is
//! a share of what they did: [`Growth`] bounds a score by its words alone, and
//! [`Bonuses::bounds`] by what each of them earned. Positions are read only of articles that
//! may still be among the best.
//!
//! Worked example: of two words that weigh 3 and 2 and stand side by side once, in an
//! article of mean length, the pair earns 0.2 · (3 + 2) · 1 / 2.2 = 0.455.

use std::collections::BTreeMap;

use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::phrase::{PhraseDocs, PhraseQuery, Sequence};
use super::ranking::{Evidence, ScoredLeaf};
use super::snapshot::Snapshot;
use crate::query::{Field, Leaf, Query, Test, phrase_sequences, word_forms};
use crate::text::{fold, is_common_word};

mod segment;

pub(super) use segment::{Headlines, SegmentBonuses};

/// Which share of its words' weight a pair earns. Measured on four judged collections
/// (`tests/relevance/scores.txt`): mean MAP .389 and RR@10 of known articles .738 with 0.2,
/// .386 and .732 with 0.1, .389 and .737 with 0.3, .383 and .729 without. Words that are
/// near each other in any order, within 8 or 16, made known articles harder to find.
/// A single word as it was typed earns nothing beside its stem: with a share of 0.05, 0.1,
/// 0.2, 0.4 of its weight the mean MAP is .390, .389, .388, .388 and RR@10 .737, .734, .734,
/// .730, so that it would cost time for nothing.
const SHARE: f64 = 0.2;

/// A word that so many articles have is not rare, however many are wanted (chosen: to look at
/// as many takes a tenth of a millisecond).
const RARE: u64 = 1_000;

/// Words of pairs that fewer articles have are looked up however common they are (chosen: to
/// look up as many takes a millisecond).
const MANY: u64 = if cfg!(test) { 20 } else { 10_000 };

/// Makes up for sums in another order.
const ROUNDING: f64 = 1e-9;

/// What the articles of one query earn beside its words.
#[derive(Default)]
pub(super) struct Bonuses {
    words: Vec<Typed>,
    pairs: Vec<Pair>,
    headlines: Vec<Headline>,
    /// Stems of rare words.
    rare_stems: Vec<Term>,
}

/// A free word as it was typed.
struct Typed {
    title: Term,
    body: Term,
    /// What the heaviest of its stems weighs.
    weight: f64,
    /// What the lightest does.
    lightest: f64,
    /// The numbers of its stems' leaves.
    leaves: Vec<usize>,
    /// Whether fewer articles have it than are wanted, and than [`RARE`].
    is_rare: bool,
}

/// Two words of the query, by their numbers.
struct Pair {
    label: String,
    first: usize,
    second: usize,
    /// How far apart the query has them.
    distance: u32,
    /// What it earns at most.
    weight: f64,
}

/// A phrase that may stand in the headline.
struct Headline {
    label: String,
    sequences: Vec<Sequence>,
    weight: f64,
}

/// What pairs can make of scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// How many times its words' score an article reaches at most.
    ratio: f64,
    /// What the words of the lightest pair weigh; infinite if there are none.
    lightest_pair: f64,
}

impl Growth {
    /// Returns what an article's words must earn, at least, for it to reach `floor` without a
    /// phrase in the headline, if a word that stands in it once earns the share `once` of its
    /// weight.
    ///
    /// An article with a pair has both of its words, and one without has its words alone.
    #[inline]
    pub(super) fn least(self, floor: f64, once: f64) -> f64 {
        let with_pair = (floor / self.ratio).max(self.lightest_pair * once);
        floor.min(with_pair)
    }
}

/// Tells whether more than half of the articles have a free word, and more than [`MANY`]: it is
/// as good as a function word.
fn is_everywhere(snapshot: &Snapshot, text: &str, leaves: &[ScoredLeaf]) -> bool {
    let most = MANY.max(snapshot.articles() / 2);
    let folded = word_forms(text).stemmed;
    folded.is_some_and(|folded| stems_of(&folded, leaves).any(|at| leaves[at].articles > most))
}

/// Returns the numbers of the leaves that are stems of a folded word.
fn stems_of(folded: &str, leaves: &[ScoredLeaf]) -> impl Iterator<Item = usize> {
    (0..leaves.len()).filter(move |&at| {
        leaves[at].label == folded && matches!(leaves[at].evidence, Evidence::Stem(_))
    })
}

/// A free word and its place in its row.
struct Placed<'q> {
    text: &'q str,
    place: u32,
}

impl Bonuses {
    /// Returns what `query` earns articles that are ranked by `leaves`, of which so many are
    /// wanted.
    pub(super) fn of(
        snapshot: &Snapshot,
        query: &Query,
        leaves: &[ScoredLeaf],
        wanted: usize,
    ) -> Bonuses {
        let mut bonuses = Bonuses::default();
        let mut known = BTreeMap::new();
        let mut phrases = Vec::new();
        let mut rows = Vec::new();
        collect(query, &mut rows, &mut phrases);
        for row in &mut rows {
            row.retain(|word| !is_everywhere(snapshot, word.text, leaves));
        }
        for two in rows.iter().flat_map(|row| row.windows(2)) {
            let number = |word: &Placed<'_>, bonuses: &mut Bonuses, known: &mut BTreeMap<_, _>| {
                bonuses.word(snapshot, word.text, leaves, wanted, known)
            };
            let first = number(&two[0], &mut bonuses, &mut known);
            let second = number(&two[1], &mut bonuses, &mut known);
            let (Some(first), Some(second)) = (first, second) else {
                continue;
            };
            bonuses.pairs.push(Pair {
                label: format!("\"{} {}\"", two[0].text, two[1].text),
                first,
                second,
                distance: two[1].place - two[0].place,
                weight: SHARE * (bonuses.words[first].weight + bonuses.words[second].weight),
            });
        }
        let all: f64 = leaves.iter().map(|leaf| leaf.weight).sum();
        let title = snapshot.fields.title;
        for phrase in phrases {
            let slot = |word: &String| vec![Term::from_field_text(title, word)];
            let sequence = |words: &Vec<String>| Sequence {
                field: title,
                slots: words.iter().map(slot).collect(),
                times: 1,
                lead_only: false,
            };
            bonuses.headlines.push(Headline {
                sequences: phrase_sequences(&phrase).iter().map(sequence).collect(),
                label: format!("headline \"{phrase}\""),
                weight: 2.0 * all,
            });
        }
        bonuses
    }

    fn word(
        &mut self,
        snapshot: &Snapshot,
        text: &str,
        leaves: &[ScoredLeaf],
        wanted: usize,
        known: &mut BTreeMap<String, Option<usize>>,
    ) -> Option<usize> {
        if let Some(number) = known.get(text) {
            return *number;
        }
        let number = word_forms(text).stemmed.and_then(|folded| {
            let stems: Vec<usize> = stems_of(&folded, leaves).collect();
            let weights = || stems.iter().map(|&at| leaves[at].weight);
            let weight = weights().reduce(f64::max)?;
            let lightest = weights().reduce(f64::min)?;
            let articles: u64 = stems.iter().map(|&at| leaves[at].articles).sum();
            let is_rare = articles < RARE.min(wanted as u64);
            if is_rare {
                let of_stems = stems.iter().filter_map(|&at| match &leaves[at].evidence {
                    Evidence::Stem(term) => Some(term.clone()),
                    Evidence::Phrase(..) => None,
                });
                self.rare_stems.extend(of_stems);
            }
            self.words.push(Typed {
                title: Term::from_field_text(snapshot.fields.title, &folded),
                body: Term::from_field_text(snapshot.fields.body, &folded),
                weight,
                lightest,
                leaves: stems,
                is_rare,
            });
            Some(self.words.len() - 1)
        });
        known.insert(text.to_owned(), number);
        number
    }

    /// Returns what pairs can make of scores, but for those of [`Bonuses::first_docs`].
    pub(super) fn growth(&self) -> Growth {
        let is_rare =
            |pair: &Pair| self.words[pair.first].is_rare || self.words[pair.second].is_rare;
        let pairs: Vec<&Pair> = self.pairs.iter().filter(|pair| !is_rare(pair)).collect();
        let weight = |word: usize| self.words[word].lightest;
        let of_pair = |pair: &&Pair| weight(pair.first) + weight(pair.second);
        Growth {
            ratio: self.ratio(&pairs),
            lightest_pair: pairs.iter().map(of_pair).fold(f64::INFINITY, f64::min),
        }
    }

    /// Returns how many times its words' score `pairs` make of it at most.
    ///
    /// With `s` the saturation of each word it is `1 + max Σ pair · min(s, s') / Σ word · s`.
    /// Both sums are integrals over the words that reach a level, so that the greatest ratio
    /// is reached where some words side by side have all of it and the others nothing.
    fn ratio(&self, pairs: &[&Pair]) -> f64 {
        if !self.are_rows(pairs) {
            // A word that comes twice: each pair counts, as if its words were the lightest.
            let lightest = self.words.iter().map(|word| word.lightest);
            let all: f64 = pairs.iter().map(|pair| pair.weight).sum();
            return 1.0
                + all
                    / lightest
                        .fold(f64::INFINITY, f64::min)
                        .max(f64::MIN_POSITIVE);
        }
        let mut most: f64 = 0.0;
        for (at, first) in pairs.iter().enumerate() {
            let (mut earned, mut words) = (0.0, self.words[first.first].lightest);
            let mut end = first.first;
            for pair in &pairs[at..] {
                if pair.first != end {
                    break;
                }
                end = pair.second;
                earned += pair.weight;
                words += self.words[end].lightest;
                most = most.max(earned / words.max(f64::MIN_POSITIVE));
            }
        }
        1.0 + most
    }

    /// Tells whether pairs join words to rows in which each stands once: a pair goes on where
    /// the last one ended, or begins with a word that none had.
    fn are_rows(&self, pairs: &[&Pair]) -> bool {
        let mut seen = vec![false; self.words.len()];
        let mut end = None;
        pairs.iter().all(|pair| {
            let goes_on = end == Some(pair.first) || !seen[pair.first];
            seen[pair.first] = true;
            let is_new = !std::mem::replace(&mut seen[pair.second], true);
            end = Some(pair.second);
            goes_on && is_new
        })
    }

    /// Returns what an article earns at most for each pair, if its words, `leaves`, earned
    /// `parts`.
    pub(super) fn bounds(&self, leaves: &[ScoredLeaf], parts: &[f64]) -> impl Iterator<Item = f64> {
        let saturation = |word: usize| {
            let leaves_of = self.words[word].leaves.iter();
            let shares = leaves_of.map(|&at| parts[at] / leaves[at].weight);
            shares.fold(0.0, f64::max)
        };
        self.pairs.iter().map(move |pair| {
            let most = saturation(pair.first).min(saturation(pair.second));
            pair.weight * most * (1.0 + ROUNDING)
        })
    }

    /// Returns true if there is nothing to earn.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.headlines.is_empty()
    }

    /// Returns what `phrase` earns in the headline, if that is all that there is to earn.
    pub(super) fn only_for(&self, phrase: &PhraseQuery) -> Option<f64> {
        match &self.headlines[..] {
            [] if self.pairs.is_empty() => Some(0.0),
            [one] if self.pairs.is_empty() => {
                let wanted = one.sequences.iter().map(|one| (one.field, &one.slots));
                let title = one.sequences.first()?.field;
                let there = phrase.sequences.iter().filter(|one| one.field == title);
                let there = there.map(|one| (one.field, &one.slots));
                wanted.eq(there).then_some(one.weight)
            }
            _ => None,
        }
    }

    /// Returns what there is to earn, each with the most that it is.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, f64)> {
        let pairs = self.pairs.iter().map(|pair| (&*pair.label, pair.weight));
        pairs.chain(self.headlines.iter().map(|one| (&*one.label, one.weight)))
    }

    /// Returns what phrases in the headline earn at most.
    pub(super) fn headline_weight(&self) -> f64 {
        self.headlines.iter().map(|one| one.weight).sum()
    }

    /// Tells whether only documents that are looked at first have the leaf number `leaf`.
    pub(super) fn is_of_first(&self, leaf: usize) -> bool {
        let mut rare = self.words.iter().filter(|word| word.is_rare);
        rare.any(|word| word.leaves.contains(&leaf))
    }

    /// Returns the documents of a segment that are looked at before all others: those with a
    /// phrase in the headline, and those with a word of a pair that few have.
    pub(super) fn first_docs(&self, segment: &SegmentReader) -> tantivy::Result<Vec<DocId>> {
        let mut found = Vec::new();
        for stem in &self.rare_stems {
            let index = segment.inverted_index(stem.field())?;
            let postings = index.read_postings(stem, IndexRecordOption::Basic)?;
            let mut docs = postings.unwrap_or_else(SegmentPostings::empty);
            while docs.doc() != TERMINATED {
                found.push(docs.doc());
                docs.advance();
            }
        }
        for headline in &self.headlines {
            let mut docs =
                PhraseDocs::open(&headline.sequences, segment, false, || Ok(Vec::new()))?;
            let (mut doc, _) = docs.find(0);
            while doc != TERMINATED {
                found.push(doc);
                (doc, _) = docs.find(doc + 1);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Collects rows of at least two free words, and phrases.
fn collect<'q>(query: &'q Query, rows: &mut Vec<Vec<Placed<'q>>>, phrases: &mut Vec<String>) {
    match query {
        Query::Leaf(Leaf {
            field: Field::Text | Field::Title | Field::HeadlineLead,
            test: Test::Phrase(text),
        }) => {
            if phrase_sequences(text).iter().all(|words| words.len() > 1) {
                phrases.push(text.clone());
            }
        }
        Query::And(conditions) | Query::Or(conditions) => {
            for row in conditions.chunk_by(|a, b| free_word(a).is_some() && free_word(b).is_some())
            {
                let mut place = 0;
                let placed = row.iter().filter_map(free_word).map(|text| {
                    let at = place;
                    place += word_forms(text).parts.len().max(1) as u32;
                    Placed { text, place: at }
                });
                let mut placed: Vec<Placed<'q>> = placed.collect();
                if placed.len() < 2 {
                    continue;
                }
                if matches!(query, Query::And(_)) {
                    let words: Vec<&str> = placed.iter().map(|word| word.text).collect();
                    phrases.push(words.join(" "));
                }
                placed.retain(|word| !is_common_word(&fold(word.text)));
                rows.push(placed);
            }
            for condition in conditions {
                collect(condition, rows, phrases);
            }
        }
        Query::Boosted(condition, _) => collect(condition, rows, phrases),
        Query::All | Query::Leaf(_) | Query::Not(_) | Query::Near(_) | Query::AtLeast(..) => {}
    }
}

fn free_word(condition: &Query) -> Option<&str> {
    match condition {
        Query::Leaf(Leaf {
            field: Field::Text,
            test: Test::Word(text),
        }) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::plan;
    use super::super::sample;
    use super::*;
    use crate::article::Article;
    use crate::query::{Request, parse};

    #[test]
    fn rows_are_of_free_words_side_by_side() {
        for (query, rows, phrases) in [
            ("harbour strike", "harbour@0 strike@1", "harbour strike"),
            ("bank of england", "bank@0 england@2", "bank of england"),
            ("harbour OR strike", "harbour@0 strike@1", ""),
            ("\"harbour strike\" ferry", "", "harbour strike"),
            ("body:\"harbour strike\"", "", ""),
            ("harbour NOT strike", "", ""),
            ("harbour", "", ""),
        ] {
            let today = jiff::civil::date(2024, 3, 1);
            let parsed = crate::query::parse(query, today).unwrap().query;
            let (mut found, mut named) = (Vec::new(), Vec::new());
            collect(&parsed, &mut found, &mut named);
            let shown = |row: &Vec<Placed<'_>>| {
                let words = row
                    .iter()
                    .map(|word| format!("{}@{}", word.text, word.place));
                words.collect::<Vec<_>>().join(" ")
            };
            let found: Vec<String> = found.iter().map(shown).collect();
            assert_eq!(found.join(" | "), rows, "rows of {query}");
            assert_eq!(named.join(" | "), phrases, "phrases of {query}");
        }
    }

    #[test]
    fn words_of_most_articles_make_no_pairs() {
        let folder = tempfile::tempdir().unwrap();
        let article = |number: usize| {
            let mut article = sample::article(number);
            let third = number % 3;
            article.body = format!("everywhere here{third} there{third}");
            article
        };
        let today = jiff::civil::date(2024, 3, 1);
        for (articles, expected) in [
            (60, "\"here0 there0\""),
            (18, "\"everywhere here0\", \"here0 there0\""),
        ] {
            let articles: Vec<Article> = (0..articles).map(article).collect();
            let index = sample::add(&folder.path().join(articles.len().to_string()), &articles);
            let query = parse("everywhere OR here0 OR there0", today).unwrap().query;
            let plan = plan(&index.snapshot().unwrap(), &Request::new(query)).unwrap();
            let pairs: Vec<&str> = plan.bonuses.labels().map(|(label, _)| label).collect();
            assert_eq!(pairs.join(", "), expected);
        }
    }

    #[test]
    fn pairs_lift_no_article_that_lacks_a_rare_word() {
        let growth = Growth {
            ratio: 1.2,
            lightest_pair: 10.0,
        };
        for (floor, once, expected) in [
            // Two words that both stand there earn 3 at least, so that what has less has no pair.
            (2.0, 0.3, 2.0),
            (3.3, 0.3, 3.0),
            (6.0, 0.3, 5.0),
            (f64::NEG_INFINITY, 0.3, f64::NEG_INFINITY),
        ] {
            assert_eq!(growth.least(floor, once), expected, "{floor}");
        }
    }

    /// Whatever words an article has, and however often, it earns no more than the bound.
    #[test]
    fn no_article_earns_more_than_its_words_grow() {
        let words = |weights: &[f64]| -> Vec<Typed> {
            let term = Term::from_field_text(tantivy::schema::Field::from_field_id(0), "x");
            let typed = |weight: &f64| Typed {
                title: term.clone(),
                body: term.clone(),
                weight: *weight,
                lightest: *weight,
                leaves: Vec::new(),
                is_rare: false,
            };
            weights.iter().map(typed).collect()
        };
        for (weights, pairs, expected) in [
            (&[3.0, 2.0][..], &[(0, 1)][..], Some(1.2)),
            (&[1.0, 1.0, 1.0], &[(0, 1), (1, 2)], Some(1.0 + 0.8 / 3.0)),
            (&[5.0, 1.0, 5.0], &[(0, 1), (1, 2)], None),
            (&[1.0, 9.0, 1.0, 4.0], &[(0, 1), (1, 2), (2, 3)], None),
            (&[1.0, 2.0, 3.0], &[(0, 1), (0, 2)], None),
            (&[1.0, 2.0], &[(0, 1), (1, 0)], None),
            (&[1.0, 2.0, 3.0], &[(0, 1), (2, 0)], None),
        ] {
            let words = words(weights);
            let pair = |&(first, second): &(usize, usize)| Pair {
                label: String::new(),
                first,
                second,
                distance: 1,
                weight: SHARE * (weights[first] + weights[second]),
            };
            let pairs: Vec<Pair> = pairs.iter().map(pair).collect();
            let bonuses = Bonuses {
                words,
                pairs,
                ..Bonuses::default()
            };
            let growth = bonuses.growth();
            let ratio = growth.ratio;
            if let Some(expected) = expected {
                assert!((ratio - expected).abs() < 1e-9, "{weights:?}: {ratio}");
            }
            // Saturations in steps of a third.
            for choice in 1..4_usize.pow(weights.len() as u32) {
                let at = |word: usize| (choice / 4_usize.pow(word as u32) % 4) as f64 / 3.0;
                let base: f64 = (0..weights.len())
                    .map(|word| weights[word] * at(word))
                    .sum();
                let pairs = bonuses.pairs.iter();
                let earned: f64 = pairs
                    .map(|pair| pair.weight * at(pair.first).min(at(pair.second)))
                    .sum();
                assert!(
                    base + earned <= base * ratio * (1.0 + ROUNDING),
                    "{weights:?}"
                );
                // A word that stands there at all stands there once.
                let least = growth.least(base + earned, 1.0 / 3.0);
                assert!(least <= base * (1.0 + ROUNDING), "{weights:?}: {least}");
            }
        }
    }
}
