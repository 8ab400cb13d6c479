//! Finds what a query matches in the texts of one article.
//!
//! This is the definition of a match. Positions are those of [`words`], where a
//! hyphenated compound stands, joined, at the position of its last part.
//!
//! - A free word matches every word, and every joined compound, with its stem in
//!   the article's language. One of several parts also matches its parts, as they
//!   are, at consecutive positions.
//! - A phrase matches its folded words at consecutive positions, a compound of it
//!   in either spelling. Every place where it begins counts, so that spans of one
//!   phrase may overlap: `"a a"` is twice in `a a a`. A loose phrase lets so many
//!   other words between; it begins at each place of its first word and ends as soon
//!   as it can.
//! - A wildcard or fuzzy word matches every word, and every joined compound, that it
//!   stands for; a word as written (`=Turkey`) the same letters, case and accents.
//! - `a w/n b` matches the places of `a` that have a place of `b` within `n`, and those
//!   of `b` likewise ([`near`](super::near)); names are places there too, as the
//!   article mentions them.
//! - `atleast3(a)` matches the places of `a` if there are three different ones in title
//!   and body together, else none.
//! - Conditions under NOT, and on anything but title, lead and body, match no
//!   place in a text.
//! - Function words match no place unless the query has nothing else, or something must
//!   be near them; a condition that stands in the query twice matches as the first of
//!   them only.
//!
//! The text is cut into words once, whatever the query. A word is folded only if
//! its first letter is that of a word asked for. Linear in the text, plus, for each
//! phrase, its length times the places of its first word.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::article::{Article, Mention, Name, Part, Span, lead_range};
use crate::text::{Language, Stemmer, composed, fold_word, words};

use super::near::{Scene, Unit, add_marks, near_each_other, pairs};
use super::pattern::{is_fuzzy_match, is_wildcard_match};
use super::sequences::{is_named, phrase_sequences, word_forms};
use super::tree::{Field, Leaf, Near, Query, Reach, Test};

/// A place in an article that a leaf of the query matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Match {
    /// The text it stands in.
    pub part: Part,
    /// Where it stands.
    pub span: Span,
    /// The leaf's place in [`Query::leaves`].
    pub leaf: usize,
}

/// Returns every place of `article` that a leaf matches, by part, start, end and leaf.
pub fn find_spans(query: &Query, article: &Article) -> Vec<Match> {
    let language = article.language.as_deref();
    Matcher::new(query, language.unwrap_or(Language::DEFAULT_TAG)).find_spans(article)
}

/// Returns how many different places `matches`, in the order of [`find_spans`],
/// covers: an article's `matches`.
pub fn count_spans(matches: &[Match]) -> usize {
    let place = |found: &Match| (found.part, found.span);
    matches
        .chunk_by(|one, other| place(one) == place(other))
        .count()
}

/// Tells which articles have a place that a condition matches: for conditions that the
/// words of an index alone cannot decide.
pub struct Checker {
    query: Query,
    /// One for each language met.
    matchers: HashMap<String, Matcher>,
}

impl Checker {
    /// Returns a checker of `query`, a condition on places in a text.
    pub fn new(query: Query) -> Checker {
        let matchers = HashMap::new();
        Checker { query, matchers }
    }

    /// Returns true if `article` has a place that matches.
    pub fn matches(&mut self, article: &Article) -> bool {
        let language = article.language.as_deref().unwrap_or(Language::DEFAULT_TAG);
        if !self.matchers.contains_key(language) {
            // As an operand every word counts, common or not.
            let matcher = Matcher::of_operand(&self.query, language);
            self.matchers.insert(language.to_owned(), matcher);
        }
        let matcher = self.matchers.get_mut(language);
        matcher.is_some_and(|matcher| !matcher.find_spans(article).is_empty())
    }
}

/// Stands for a folded word, a stem, a pattern or a word as written.
type WordId = usize;

/// A leaf with places in a text: any of its sequences, at consecutive positions but for
/// so many other words between.
struct Wanted {
    leaf: usize,
    field: Field,
    sequences: Vec<Vec<WordId>>,
    between: u32,
}

/// A condition with places in a text.
enum Node {
    /// The leaf at this place of [`Matcher::wanted`].
    Leaf(usize),
    /// Names, with their leaf's number.
    Names(usize, Leaf),
    Any(Vec<Node>),
    Near(Box<Node>, Box<Node>, Reach, bool),
    AtLeast(u32, Box<Node>),
}

struct Matcher {
    root: Node,
    wanted: Vec<Wanted>,
    /// Folded words that are asked for as they are.
    exact: HashMap<String, WordId>,
    /// Stems that are asked for.
    stems: HashMap<String, WordId>,
    /// Words that are asked for with their case and accents.
    written: HashMap<String, WordId>,
    /// Wildcards and fuzzy words.
    patterns: Vec<(Test, WordId)>,
    ids: usize,
    /// Whether anything but words as written is asked for.
    folds: bool,
    stemmer: Stemmer,
    /// The first bytes of words that can be asked for.
    first_bytes: [bool; 256],
    /// Whether a stem begins as its word does.
    keeps_beginning: bool,
    needs_names: bool,
    marks_common_words: bool,
    /// How many leaves were passed.
    leaves: usize,
    seen: HashSet<Leaf>,
}

impl Matcher {
    fn new(query: &Query, language: &str) -> Matcher {
        Matcher::read(query, language, query.requires_common_words())
    }

    fn of_operand(query: &Query, language: &str) -> Matcher {
        Matcher::read(query, language, true)
    }

    fn read(query: &Query, language: &str, marks_common_words: bool) -> Matcher {
        let language_of = Language::from_tag(language);
        let keeps_beginning = language_of.keeps_beginnings();
        let mut matcher = Matcher {
            root: Node::Any(Vec::new()),
            wanted: Vec::new(),
            exact: HashMap::new(),
            stems: HashMap::new(),
            written: HashMap::new(),
            patterns: Vec::new(),
            ids: 0,
            folds: true,
            stemmer: Stemmer::new(language_of),
            first_bytes: [false; 256],
            keeps_beginning,
            needs_names: false,
            marks_common_words,
            leaves: 0,
            seen: HashSet::new(),
        };
        matcher.root = matcher.node(query, true, false);
        matcher
    }

    /// Reads `query`, which `is_wanted` unless it stands under NOT, as a node.
    fn node(&mut self, query: &Query, is_wanted: bool, is_operand: bool) -> Node {
        match query {
            Query::All => Node::Any(Vec::new()),
            Query::Leaf(leaf) => self.leaf_node(leaf, is_wanted, is_operand),
            Query::And(conditions) | Query::Or(conditions) => {
                let nodes = conditions
                    .iter()
                    .map(|condition| self.node(condition, is_wanted, is_operand));
                Node::Any(nodes.collect())
            }
            Query::Not(condition) => {
                self.node(condition, false, is_operand);
                Node::Any(Vec::new())
            }
            Query::Near(near) => {
                let Near {
                    left,
                    right,
                    reach,
                    in_order,
                } = near.as_ref();
                let left = Box::new(self.node(left, is_wanted, true));
                let right = Box::new(self.node(right, is_wanted, true));
                Node::Near(left, right, *reach, *in_order)
            }
            Query::AtLeast(count, condition) => {
                Node::AtLeast(*count, Box::new(self.node(condition, is_wanted, true)))
            }
            Query::Boosted(condition, _) => self.node(condition, is_wanted, is_operand),
        }
    }

    fn leaf_node(&mut self, leaf: &Leaf, is_wanted: bool, is_operand: bool) -> Node {
        let number = self.leaves;
        self.leaves += 1;
        let nothing = Node::Any(Vec::new());
        if !is_wanted {
            return nothing;
        }
        if !leaf.field.is_text() {
            if !is_operand {
                return nothing;
            }
            self.needs_names = true;
            return Node::Names(number, leaf.clone());
        }
        let is_marked = is_operand
            || ((self.marks_common_words || !leaf.is_common_word())
                && self.seen.insert(leaf.clone()));
        if !is_marked {
            return nothing;
        }
        self.want(number, leaf.field, &leaf.test);
        Node::Leaf(self.wanted.len() - 1)
    }

    fn want(&mut self, leaf: usize, field: Field, test: &Test) {
        let mut between = 0;
        let sequences = match test {
            Test::Word(word) => {
                let forms = word_forms(word);
                let parts: Vec<WordId> = forms.parts.iter().map(|part| self.exact(part)).collect();
                let stem = forms.stemmed.map(|word| vec![self.stem(&word)]);
                stem.into_iter()
                    .chain((!parts.is_empty()).then_some(parts))
                    .collect()
            }
            Test::Loose(phrase, others) => {
                between = *others;
                self.phrase(phrase)
            }
            Test::Phrase(phrase) => self.phrase(phrase),
            Test::Exactly(text) => {
                let parts = words(text).filter(|word| !word.is_compound());
                vec![parts.map(|word| self.written(word.text)).collect()]
            }
            Test::Wildcard(_) | Test::Fuzzy(..) => vec![vec![self.pattern(test)]],
            Test::Present | Test::Missing | Test::Days(..) | Test::Numbers(..) => Vec::new(),
        };
        self.wanted.push(Wanted {
            leaf,
            field,
            sequences,
            between,
        });
    }

    fn phrase(&mut self, phrase: &str) -> Vec<Vec<WordId>> {
        phrase_sequences(phrase)
            .iter()
            .map(|sequence| sequence.iter().map(|word| self.exact(word)).collect())
            .collect()
    }

    fn pattern(&mut self, test: &Test) -> WordId {
        self.first_bytes = [true; 256];
        self.patterns.push((test.clone(), self.ids));
        self.ids += 1;
        self.ids - 1
    }

    fn written(&mut self, word: &str) -> WordId {
        let word = composed(word);
        // A letter and its accent may be one character or two.
        match word.bytes().next() {
            Some(first) if word.is_ascii() => self.first_bytes[usize::from(first)] = true,
            _ => self.first_bytes = [true; 256],
        }
        let next = self.ids;
        let id = *self.written.entry(word.into_owned()).or_insert(next);
        self.ids = next.max(id + 1);
        id
    }

    fn exact(&mut self, folded: &str) -> WordId {
        self.expect_beginning(folded);
        let next = self.ids;
        let id = *self.exact.entry(folded.to_string()).or_insert(next);
        self.ids = next.max(id + 1);
        id
    }

    fn stem(&mut self, folded: &str) -> WordId {
        let stem = self.stemmer.stem(folded).to_string();
        if self.keeps_beginning {
            self.expect_beginning(&stem);
        } else {
            self.first_bytes = [true; 256];
        }
        let next = self.ids;
        let id = *self.stems.entry(stem).or_insert(next);
        self.ids = next.max(id + 1);
        id
    }

    /// Lets words through that fold to something that begins as `folded` does. A
    /// letter outside ASCII can fold to any other.
    fn expect_beginning(&mut self, folded: &str) {
        self.first_bytes[0x80..].fill(true);
        match folded.as_bytes().first() {
            Some(byte) => {
                self.first_bytes[usize::from(byte.to_ascii_lowercase())] = true;
                self.first_bytes[usize::from(byte.to_ascii_uppercase())] = true;
            }
            None => self.first_bytes = [true; 256],
        }
    }

    fn find_spans(&mut self, article: &Article) -> Vec<Match> {
        let scenes = [Part::Title, Part::Body].map(|part| {
            let text = article.text(part);
            Scene {
                part,
                text,
                occurrences: self.occurrences(part, text, &article.names),
            }
        });
        let mut found = Vec::new();
        self.mark(&self.root, &scenes, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds the places that `node` matches.
    fn mark(&self, node: &Node, scenes: &[Scene<'_, Occurrences>], found: &mut Vec<Match>) {
        match node {
            Node::Any(nodes) => nodes.iter().for_each(|node| self.mark(node, scenes, found)),
            Node::Leaf(_) | Node::Names(..) => {
                for scene in scenes {
                    add_marks(&self.units(node, scene), found);
                }
            }
            Node::Near(left, right, reach, in_order) => {
                for scene in scenes {
                    let (left, right) = (self.units(left, scene), self.units(right, scene));
                    let how = (*reach, *in_order);
                    add_marks(near_each_other(&left, &right, scene.text, how), found);
                }
            }
            Node::AtLeast(count, node) => {
                let mut inside = Vec::new();
                self.mark(node, scenes, &mut inside);
                inside.sort_unstable();
                if count_spans(&inside) >= *count as usize {
                    found.extend(inside);
                }
            }
        }
    }

    /// Returns the places of an operand in one text.
    fn units(&self, node: &Node, scene: &Scene<'_, Occurrences>) -> Vec<Unit> {
        match node {
            Node::Any(nodes) => {
                let units = nodes.iter().flat_map(|node| self.units(node, scene));
                units.collect()
            }
            Node::Leaf(place) => self.leaf_units(&self.wanted[*place], scene),
            Node::Names(number, leaf) => scene.occurrences.named(*number, leaf, scene),
            Node::Near(left, right, reach, in_order) => {
                let (left, right) = (self.units(left, scene), self.units(right, scene));
                match *reach {
                    Reach::Words(most) => pairs(&left, &right, most, *in_order),
                    // The parser lets none of them in here.
                    Reach::Sentence | Reach::Paragraph => Vec::new(),
                }
            }
            Node::AtLeast(..) => Vec::new(),
        }
    }

    fn leaf_units(&self, wanted: &Wanted, scene: &Scene<'_, Occurrences>) -> Vec<Unit> {
        let Scene {
            part,
            text,
            occurrences,
        } = scene;
        let within = match (part, wanted.field) {
            (_, Field::Text)
            | (Part::Title, Field::Title | Field::HeadlineLead)
            | (Part::Body, Field::Body) => 0..text.len(),
            (Part::Body, Field::Lead | Field::HeadlineLead) => lead_range(text),
            _ => return Vec::new(),
        };
        let mut units = Vec::new();
        for sequence in &wanted.sequences {
            for (positions, range) in occurrences.find(sequence, wanted.between) {
                if within.start <= range.start
                    && range.end <= within.end
                    && let Some(span) = Span::new(text, range)
                {
                    let (part, leaf) = (*part, wanted.leaf);
                    units.push(Unit::new(positions, Match { part, span, leaf }));
                }
            }
        }
        units
    }

    fn occurrences(&mut self, part: Part, text: &str, names: &[Name]) -> Occurrences {
        let mut occurrences = Occurrences {
            all: Vec::new(),
            by_word: vec![Vec::new(); self.ids],
            mentions: Vec::new(),
        };
        if self.ids > 0 {
            self.folds = self.written.len() < self.ids;
            self.find_words(text, &mut occurrences);
        }
        if self.needs_names {
            occurrences.mentions = mentions(part, text, names);
        }
        occurrences
    }

    fn find_words(&mut self, text: &str, occurrences: &mut Occurrences) {
        let mut folded = String::new();
        for word in words(text) {
            let first = word.text.as_bytes().first().copied().unwrap_or_default();
            if !self.first_bytes[usize::from(first)] {
                continue;
            }
            // Of words as written alone nothing need be folded.
            if self.folds {
                fold_word(word.text, &mut folded);
            }
            let exact = match self.exact.is_empty() {
                true => None,
                false => self.exact.get(folded.as_str()).copied(),
            };
            let stem = if self.stems.is_empty() {
                None
            } else {
                self.stems.get(self.stemmer.stem(&folded)).copied()
            };
            let written = match word.is_compound() || self.written.is_empty() {
                true => None,
                false => self.written.get(composed(word.text).as_ref()).copied(),
            };
            let patterns = self.patterns.iter().filter_map(|(test, id)| {
                let is_match = match test {
                    Test::Wildcard(pattern) => is_wildcard_match(pattern, &folded),
                    Test::Fuzzy(typed, slips) => is_fuzzy_match(typed, &folded, *slips),
                    _ => false,
                };
                is_match.then_some(*id)
            });
            let ids = exact.into_iter().chain(stem).chain(written);
            for id in ids.chain(patterns) {
                occurrences.by_word[id].push(occurrences.all.len());
                occurrences.all.push(Occurrence {
                    first: word.position + 1 - word.parts,
                    position: word.position,
                    range: word.range(),
                });
            }
        }
    }
}

/// A word of the text that is asked for.
struct Occurrence {
    /// The position of a compound's first part.
    first: u32,
    position: u32,
    range: Range<usize>,
}

/// What is asked for and stands in a text.
struct Occurrences {
    /// Words in the order of their positions.
    all: Vec<Occurrence>,
    /// The places in `all` of every word.
    by_word: Vec<Vec<usize>>,
    /// Names, with their first and last position.
    mentions: Vec<(String, Range<u32>, Span)>,
}

/// Returns the places where `names` are mentioned in a text, with the positions of their
/// first and last word.
fn mentions(part: Part, text: &str, names: &[Name]) -> Vec<(String, Range<u32>, Span)> {
    let all: Vec<(Range<usize>, u32)> = words(text)
        .filter(|word| !word.is_compound())
        .map(|word| (word.range(), word.position))
        .collect();
    let positions = |span: Span| {
        let first = all.partition_point(|(range, _)| range.end <= span.start());
        let after = all.partition_point(|(range, _)| range.start < span.end());
        let last = all.get(after.checked_sub(1)?)?;
        (first < after).then(|| all[first].1..last.1)
    };
    let mut found = Vec::new();
    for name in names {
        let here = |mention: &&Mention| mention.part == part;
        for mention in name.mentions.iter().filter(here) {
            let places = positions(mention.span);
            found.extend(places.map(|places| (name_key(name), places, mention.span)));
        }
    }
    found
}

/// Tells names of one kind from those of another.
fn name_key(name: &Name) -> String {
    format!("{}:{}", name.kind.plural(), name.canonical)
}

impl Occurrences {
    /// Returns the mentions of names that `leaf` asks for.
    fn named(&self, number: usize, leaf: &Leaf, scene: &Scene<'_, Occurrences>) -> Vec<Unit> {
        let is_wanted = |key: &str| {
            let (kind, canonical) = key.split_once(':').unwrap_or_default();
            let is_kind = match leaf.field {
                Field::Person => kind == "people",
                Field::Organization => kind == "organizations",
                Field::Place => kind == "places",
                _ => false,
            };
            is_kind && is_named(&leaf.test, canonical)
        };
        let mentions = self.mentions.iter().filter(|(key, ..)| is_wanted(key));
        let unit = |(_, positions, span): &(String, Range<u32>, Span)| {
            let (part, span, leaf) = (scene.part, *span, number);
            Unit::new(positions.clone(), Match { part, span, leaf })
        };
        mentions.map(unit).collect()
    }

    /// Returns where the words of `sequence` stand one after the other, with at most
    /// `between` other words between them: first and last position, and the bytes.
    fn find(
        &self,
        sequence: &[WordId],
        between: u32,
    ) -> impl Iterator<Item = (Range<u32>, Range<usize>)> {
        let starts = sequence
            .first()
            .map(|first| self.by_word[*first].as_slice());
        starts
            .unwrap_or_default()
            .iter()
            .filter_map(move |start| self.match_at(*start, sequence, between))
    }

    /// Matches `sequence` from the word at `first` of `all` on, each word as soon as it
    /// can: no later choice could end sooner.
    fn match_at(
        &self,
        first: usize,
        sequence: &[WordId],
        between: u32,
    ) -> Option<(Range<u32>, Range<usize>)> {
        let begin = &self.all[first];
        let Range { mut start, mut end } = begin.range.clone();
        let (mut position, mut left) = (begin.position, between);
        for id in &sequence[1..] {
            let places = &self.by_word[*id];
            let next = places.partition_point(|place| self.all[*place].position <= position);
            let word = &self.all[*places.get(next)?];
            left = left.checked_sub(word.position - position - 1)?;
            position = word.position;
            start = start.min(word.range.start);
            end = end.max(word.range.end);
        }
        Some((begin.first..position, start..end))
    }
}

#[cfg(test)]
pub(super) mod tests;
