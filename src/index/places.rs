//! Decides by the positions of the index whether an article has places that a condition
//! on places asks for: nearness, loose phrases, numbers of places.
//!
//! What a place is, and what is near, is defined by `query::find_spans` on texts; this is
//! the same on positions, and where positions leave it open, the answer is
//! [`Answer::Unknown`], and the text decides:
//!
//! - A compound begins at its first part, but the index has it at its last part's position.
//!   A word at such a position may be a compound, and counts for nothing here. Since more
//!   places never make fewer matches, what is fulfilled without it is certain, unless it
//!   takes a pair made of pairs: of these only the nearest count.
//! - What must be as written is certain where a mark says how the word is written.
//! - How many mentions there are is open where two cover the same words.
//! - Words that share a stem are found by their beginning. Where the stemmer of an article's
//!   language changes beginnings, nothing is certain.
//!
//! Running time: linear in the positions of the words in the articles looked at, times a
//! logarithm for each place.

use tantivy::columnar::{Column, StrColumn};
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, Term};

use super::marks;
use super::schema::{Keyword, Number};
use super::slot::Slot;
use crate::query::{Positions, Reach, nearest_pairs};
use crate::text::{Casing, Language};

/// What an article must have, in words of the index.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) root: Node,
    /// Title and body.
    pub(super) fields: [Field; 2],
    /// The languages of the index; a set of them has a bit for each.
    pub(super) languages: Vec<Language>,
    /// Those in which nothing is certain.
    pub(super) uncertain: LanguageSet,
    /// Whether some places are pairs that are made of pairs.
    pub(super) nests_pairs: bool,
}

/// A bit for each of [`Places::languages`].
pub(super) type LanguageSet = u64;

/// A condition on places.
#[derive(Debug)]
pub(super) enum Node {
    /// Any of some rows of words.
    Rows(Vec<Row>),
    Any(Vec<Node>),
    /// Two of them near each other, the first of them first if told so.
    Near(Box<Node>, Box<Node>, Reach, bool),
    /// So many different places, in title and body together.
    AtLeast(u32, Box<Node>),
}

/// Words that follow one another in one field.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) field: Field,
    /// The alternatives for each word, with the languages in which they are.
    pub(super) words: Vec<Vec<(Term, LanguageSet)>>,
    /// How each word is written, if it must be in one way.
    pub(super) casings: Option<Vec<Casing>>,
    /// How many words a mention of a name covers, whose mark the row's only word is.
    pub(super) mention: Option<u32>,
    /// How many other words may stand between them.
    pub(super) between: u32,
    /// Whether it must lie in the body's first paragraph.
    pub(super) lead_only: bool,
}

/// Whether an article has what is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Its text must be looked at.
    Unknown,
}

/// Looks at articles of one segment, in ascending order.
pub(super) struct SegmentPlaces {
    root: OpenNode,
    texts: Texts,
    /// The languages of the segment's articles; `None` if there is only one.
    languages: Option<ArticleLanguages>,
    uncertain: LanguageSet,
    nests_pairs: bool,
    lead_words: Column<u64>,
}

struct ArticleLanguages {
    column: Option<StrColumn>,
    /// The language of each value of the column.
    of_value: Vec<LanguageSet>,
    default: LanguageSet,
}

/// Title and body.
type Texts = [TextMarks; 2];

/// The marks of one field.
struct TextMarks {
    compounds: Option<Box<SegmentPostings>>,
    divided: Option<Box<SegmentPostings>>,
    sentences: Option<Box<SegmentPostings>>,
    paragraphs: Option<Box<SegmentPostings>>,
    alike: Option<Box<SegmentPostings>>,
    /// Those of [`MARKED`] casings.
    casings: [Option<Box<SegmentPostings>>; 4],
}

/// The ways of writing that have a mark.
const MARKED: [Casing; 4] = [
    Casing::Capital,
    Casing::Upper,
    Casing::Dotted,
    Casing::Other,
];

enum OpenNode {
    Rows([Vec<OpenRow>; 2]),
    Any(Vec<OpenNode>),
    Near(Box<OpenNode>, Box<OpenNode>, Reach, bool),
    AtLeast(u32, Box<OpenNode>),
}

struct OpenRow {
    slots: Vec<Slot>,
    /// The languages of each word of each slot.
    languages: Vec<Vec<LanguageSet>>,
    positions: Vec<Vec<u32>>,
    casings: Option<Vec<Casing>>,
    mention: Option<u32>,
    between: u32,
    lead_only: bool,
}

/// A place in a text.
type Place = Positions;

/// The article at hand.
struct Sight {
    doc: DocId,
    language: LanguageSet,
    lead_words: u32,
    /// The positions of compounds in title and body, once they were asked for.
    compounds: [Option<Vec<u32>>; 2],
    /// The positions of the words in each of [`MARKED`] casings, likewise.
    casings: [[Option<Vec<u32>>; 4]; 2],
    /// Whether something was seen that positions cannot decide.
    is_unsure: bool,
}

impl SegmentPlaces {
    pub(super) fn open(places: &Places, segment: &SegmentReader) -> tantivy::Result<SegmentPlaces> {
        let text = |field| TextMarks::open(field, segment);
        let languages = match places.languages.len() {
            0 | 1 => None,
            _ => Some(ArticleLanguages::open(&places.languages, segment)?),
        };
        Ok(SegmentPlaces {
            root: OpenNode::open(&places.root, &places.fields, segment)?,
            texts: [text(places.fields[0])?, text(places.fields[1])?],
            languages,
            uncertain: places.uncertain,
            nests_pairs: places.nests_pairs,
            lead_words: segment.fast_fields().u64(Number::LeadWords.name())?,
        })
    }

    /// Tells whether the article `doc` has the places asked for.
    pub(super) fn answer(&mut self, doc: DocId) -> Answer {
        let language = self.languages.as_ref().map_or(1, |all| all.of(doc));
        if language & self.uncertain != 0 {
            return Answer::Unknown;
        }
        let mut sight = Sight {
            doc,
            language,
            lead_words: self.lead_words.first(doc).unwrap_or_default() as u32,
            compounds: Default::default(),
            casings: Default::default(),
            is_unsure: false,
        };
        let is_fulfilled = self.root.holds(&mut self.texts, &mut sight);
        match (is_fulfilled, sight.is_unsure) {
            // What is unsure may be nearer than what made pairs of pairs.
            (true, true) if self.nests_pairs => Answer::Unknown,
            (true, _) => Answer::Yes,
            (false, true) => Answer::Unknown,
            (false, false) => Answer::No,
        }
    }
}

impl ArticleLanguages {
    fn open(languages: &[Language], segment: &SegmentReader) -> tantivy::Result<ArticleLanguages> {
        let set_of = |tag: &str| {
            let language = Language::from_tag(tag);
            let at = languages.iter().position(|known| *known == language);
            at.map_or(0, |at| 1 << at)
        };
        let column = segment.fast_fields().str(Keyword::Language.name())?;
        let mut of_value = Vec::new();
        if let Some(column) = &column {
            let mut tags = column.dictionary().stream()?;
            while tags.advance() {
                of_value.push(set_of(&String::from_utf8_lossy(tags.key())));
            }
        }
        Ok(ArticleLanguages {
            column,
            of_value,
            default: set_of(Language::DEFAULT_TAG),
        })
    }

    fn of(&self, doc: DocId) -> LanguageSet {
        let column = self.column.as_ref();
        let value = column.and_then(|column| column.term_ords(doc).next());
        let known = value.and_then(|value| self.of_value.get(value as usize));
        *known.unwrap_or(&self.default)
    }
}

impl TextMarks {
    fn open(field: Field, segment: &SegmentReader) -> tantivy::Result<TextMarks> {
        let index = segment.inverted_index(field)?;
        let open = |mark| -> tantivy::Result<Option<Box<SegmentPostings>>> {
            let term = Term::from_field_text(field, mark);
            let postings = index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?;
            Ok(postings.map(Box::new))
        };
        Ok(TextMarks {
            compounds: open(marks::COMPOUND)?,
            divided: open(marks::DIVIDED)?,
            sentences: open(marks::SENTENCE)?,
            paragraphs: open(marks::PARAGRAPH)?,
            alike: open(marks::ALIKE)?,
            casings: [
                open(marks::CAPITAL)?,
                open(marks::UPPER)?,
                open(marks::DOTTED)?,
                open(marks::OTHER)?,
            ],
        })
    }

    /// Returns where the stretches of an article end, but for the last; `None` if a word
    /// lies in none of them.
    fn ends(&mut self, doc: DocId, reach: Reach) -> Option<Vec<u32>> {
        if has_mark(&mut self.divided, doc) {
            return None;
        }
        let mut ends = Vec::new();
        positions_in(&mut self.paragraphs, doc, &mut ends);
        if reach == Reach::Sentence {
            let mut sentences = Vec::new();
            positions_in(&mut self.sentences, doc, &mut sentences);
            ends.append(&mut sentences);
            ends.sort_unstable();
        }
        Some(ends)
    }
}

impl Sight {
    /// Drops the places from number `from` on that may begin with a compound, or end with one.
    fn drop_compounds(
        &mut self,
        part: usize,
        texts: &mut Texts,
        ends_too: bool,
        from: usize,
        places: &mut Vec<Place>,
    ) {
        let compounds = self.compounds[part].get_or_insert_with(|| {
            let mut positions = Vec::new();
            positions_in(&mut texts[part].compounds, self.doc, &mut positions);
            positions
        });
        if compounds.is_empty() {
            return;
        }
        let all = places.len();
        let mut number = 0;
        places.retain(|(first, last)| {
            number += 1;
            let end = if ends_too { *last } else { *first };
            let next = compounds.partition_point(|compound| compound < first);
            number <= from || compounds.get(next).is_none_or(|compound| *compound > end)
        });
        self.is_unsure |= places.len() < all;
    }

    /// Leaves of the positions of a word those where it is written in one way for certain.
    fn keep_written(
        &mut self,
        part: usize,
        texts: &mut Texts,
        casing: Casing,
        positions: &mut Vec<u32>,
    ) {
        for (at, marked) in MARKED.into_iter().enumerate() {
            if positions.is_empty() {
                return;
            }
            if casing != Casing::Lower && casing != marked {
                continue;
            }
            let marks = self.casings[part][at].get_or_insert_with(|| {
                let mut marks = Vec::new();
                positions_in(&mut texts[part].casings[at], self.doc, &mut marks);
                marks
            });
            keep(positions, marks, casing == marked);
        }
        if casing == Casing::Other && !positions.is_empty() {
            // One of several ways of writing it.
            self.is_unsure = true;
            positions.clear();
        }
    }
}

/// Keeps the positions that are among `marks`, or those that are not; both ascend.
fn keep(positions: &mut Vec<u32>, marks: &[u32], if_marked: bool) {
    let mut next = 0;
    positions.retain(|position| {
        while marks.get(next).is_some_and(|mark| mark < position) {
            next += 1;
        }
        (marks.get(next) == Some(position)) == if_marked
    });
}

/// Fills `positions` with those of a mark in `doc`.
fn positions_in(mark: &mut Option<Box<SegmentPostings>>, doc: DocId, positions: &mut Vec<u32>) {
    positions.clear();
    if has_mark(mark, doc)
        && let Some(postings) = mark
    {
        postings.positions(positions);
    }
}

/// Moves a mark to `doc`, and tells whether it has it.
fn has_mark(mark: &mut Option<Box<SegmentPostings>>, doc: DocId) -> bool {
    mark.as_mut().is_some_and(|postings| {
        if postings.doc() < doc {
            postings.seek(doc);
        }
        postings.doc() == doc
    })
}

impl OpenNode {
    fn open(
        node: &Node,
        fields: &[Field; 2],
        segment: &SegmentReader,
    ) -> tantivy::Result<OpenNode> {
        let open = |node: &Node| OpenNode::open(node, fields, segment);
        Ok(match node {
            Node::Rows(rows) => {
                let mut open: [Vec<OpenRow>; 2] = Default::default();
                for (field, open) in fields.iter().zip(&mut open) {
                    for row in rows.iter().filter(|row| row.field == *field) {
                        open.extend(OpenRow::open(row, segment)?);
                    }
                }
                OpenNode::Rows(open)
            }
            Node::Any(nodes) => OpenNode::Any(nodes.iter().map(open).collect::<Result<_, _>>()?),
            Node::Near(left, right, reach, in_order) => {
                let (left, right) = (open(left)?, open(right)?);
                OpenNode::Near(Box::new(left), Box::new(right), *reach, *in_order)
            }
            Node::AtLeast(count, node) => OpenNode::AtLeast(*count, Box::new(open(node)?)),
        })
    }

    /// Tells whether the article at hand is sure to fulfill the condition.
    fn holds(&mut self, texts: &mut Texts, sight: &mut Sight) -> bool {
        match self {
            OpenNode::Rows(_) => (0..2).any(|part| !self.places(part, texts, sight).is_empty()),
            OpenNode::Any(nodes) => nodes.iter_mut().any(|node| node.holds(texts, sight)),
            OpenNode::Near(left, right, reach, in_order) => (0..2).any(|part| {
                let left = left.places(part, texts, sight);
                if left.is_empty() {
                    return false;
                }
                let right = right.places(part, texts, sight);
                if let Reach::Words(most) = *reach {
                    return is_near(&left, &right, most)
                        || (!*in_order && is_near(&right, &left, most));
                }
                let Some(ends) = texts[part].ends(sight.doc, *reach) else {
                    sight.is_unsure = true;
                    return false;
                };
                let (left, right) = (in_stretches(&left, &ends), in_stretches(&right, &ends));
                is_ahead(&left, &right) || (!*in_order && is_ahead(&right, &left))
            }),
            OpenNode::AtLeast(count, node) => {
                let places = (0..2).map(|part| {
                    let mut places = node.places(part, texts, sight);
                    places.sort_unstable();
                    places.dedup();
                    places.len()
                });
                places.sum::<usize>() >= *count as usize
            }
        }
    }

    /// Returns the places in title (0) or body (1) that are certain.
    fn places(&mut self, part: usize, texts: &mut Texts, sight: &mut Sight) -> Vec<Place> {
        match self {
            OpenNode::Rows(rows) => {
                let mut places = Vec::new();
                for row in &mut rows[part] {
                    let from = places.len();
                    row.find(part, texts, sight, &mut places);
                    if let Some(words) = row.mention {
                        let found = places[from..].iter_mut();
                        found.for_each(|(first, last)| *first = *last + 1 - words);
                        let is_alike = has_mark(&mut texts[part].alike, sight.doc);
                        sight.is_unsure |= places.len() > from && is_alike;
                    } else if places.len() > from {
                        // What is as written is no compound, not even in its last word.
                        let ends_too = row.casings.is_some();
                        sight.drop_compounds(part, texts, ends_too, from, &mut places);
                    }
                }
                places
            }
            OpenNode::Any(nodes) => {
                let places = nodes.iter_mut();
                places
                    .flat_map(|node| node.places(part, texts, sight))
                    .collect()
            }
            OpenNode::Near(left, right, Reach::Words(most), in_order) => {
                let left = left.places(part, texts, sight);
                if left.is_empty() {
                    return left;
                }
                let right = right.places(part, texts, sight);
                let pairs = nearest_pairs(&left, &right, *most, *in_order).into_iter();
                let place = |(one, other): (usize, usize)| {
                    let (one, other) = (left[one], right[other]);
                    (one.0.min(other.0), one.1.max(other.1))
                };
                let mut places: Vec<Place> = pairs.map(place).collect();
                if places.len() > 1 {
                    places.sort_unstable();
                    places.dedup();
                }
                places
            }
            // The planner lets neither in here.
            OpenNode::Near(..) | OpenNode::AtLeast(..) => {
                sight.is_unsure = true;
                Vec::new()
            }
        }
    }
}

impl OpenRow {
    /// Opens a row in a segment; `None` if it lacks one of the words.
    fn open(row: &Row, segment: &SegmentReader) -> tantivy::Result<Option<OpenRow>> {
        let index = segment.inverted_index(row.field)?;
        let option = IndexRecordOption::WithFreqsAndPositions;
        let (mut slots, mut languages) = (Vec::new(), Vec::new());
        for alternatives in &row.words {
            let (mut words, mut sets) = (Vec::new(), Vec::new());
            for (term, set) in alternatives {
                if let Some(postings) = index.read_postings(term, option)? {
                    words.push(postings);
                    sets.push(*set);
                }
            }
            if words.is_empty() {
                return Ok(None);
            }
            slots.push(Slot::new(words));
            languages.push(sets);
        }
        Ok(Some(OpenRow {
            positions: vec![Vec::new(); slots.len()],
            casings: row.casings.clone(),
            mention: row.mention,
            slots,
            languages,
            between: row.between,
            lead_only: row.lead_only,
        }))
    }

    /// Adds the places of the row in the article at hand: from each place of its first
    /// word on, each further word as soon as it can.
    fn find(&mut self, part: usize, texts: &mut Texts, sight: &mut Sight, places: &mut Vec<Place>) {
        let words = self.slots.iter_mut().zip(&self.languages);
        for (at, ((slot, languages), positions)) in words.zip(&mut self.positions).enumerate() {
            positions.clear();
            if slot.seek(sight.doc) == sight.doc {
                let is_wanted = |word: usize| languages[word] & sight.language != 0;
                slot.positions_of(sight.doc, 0, is_wanted, positions);
            }
            if let Some(casings) = &self.casings {
                sight.keep_written(part, texts, casings[at], positions);
            }
            if positions.is_empty() {
                return;
            }
        }
        let Some((firsts, rest)) = self.positions.split_first() else {
            return;
        };
        for &first in firsts {
            let last = match rest.is_empty() {
                true => Some(first),
                false => last_of(first, rest, self.between),
            };
            let last = last.filter(|last| !self.lead_only || *last < sight.lead_words);
            places.extend(last.map(|last| (first, last)));
        }
    }
}

/// Returns where words that begin at `first` end, if they follow one another with at most
/// `between` other words between them all.
fn last_of(first: u32, rest: &[Vec<u32>], between: u32) -> Option<u32> {
    let (mut position, mut left) = (first, between);
    for positions in rest {
        let next = positions.partition_point(|other| *other <= position);
        let next = *positions.get(next)?;
        left = left.checked_sub(next - position - 1)?;
        position = next;
    }
    Some(position)
}

/// Tells whether one of `right` begins at most `most` after one of `left` ends.
fn is_near(left: &[Place], right: &[Place], most: u32) -> bool {
    let mut firsts: Vec<u32> = right.iter().map(|(first, _)| *first).collect();
    if !firsts.is_sorted() {
        firsts.sort_unstable();
    }
    left.iter().any(|(_, last)| {
        let next = firsts.partition_point(|first| first <= last);
        firsts.get(next).is_some_and(|first| first - last <= most)
    })
}

/// Returns those of `places` that lie in one stretch, with its number.
fn in_stretches(places: &[Place], ends: &[u32]) -> Vec<(usize, Place)> {
    let stretch = |position: u32| ends.partition_point(|end| *end < position);
    let whole = places.iter().filter_map(|&(first, last)| {
        let number = stretch(first);
        (number == stretch(last)).then_some((number, (first, last)))
    });
    whole.collect()
}

/// Tells whether one of `right` begins after one of `left` ends, in the same stretch.
fn is_ahead(left: &[(usize, Place)], right: &[(usize, Place)]) -> bool {
    let firsts = right.iter().map(|(stretch, (first, _))| (*stretch, *first));
    let mut firsts: Vec<(usize, u32)> = firsts.collect();
    firsts.sort_unstable();
    left.iter().any(|(stretch, (_, last))| {
        let next = firsts.partition_point(|first| *first <= (*stretch, *last));
        firsts.get(next).is_some_and(|(other, _)| other == stretch)
    })
}
