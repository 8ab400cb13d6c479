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
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::marks;
use super::schema::{Keyword, Number};
use super::slot::Slot;
use crate::query::{
    Positions, Reach, Stretched, share_stretch, stretch_partners, visit_nearest_pairs,
};
use crate::text::{Casing, Language};

/// What an article must have, in words of the index.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) root: Node,
    /// What the root is made of, each once.
    pub(super) leaves: Vec<Leaf>,
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

/// Any of some rows of words.
pub(super) type Leaf = Vec<Row>;

/// A condition on places.
#[derive(Debug)]
pub(super) enum Node {
    /// One of [`Places::leaves`], by its number.
    Leaf(usize),
    Any(Vec<Node>),
    /// Two of them near each other, the first of them first if told so.
    Near(Box<Node>, Box<Node>, Reach, bool),
    /// So many different places, in title and body together.
    AtLeast(u32, Box<Node>),
}

/// Words that follow one another in one field.
#[derive(Debug, PartialEq)]
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
    sight: Sight,
    /// The languages of the segment's articles; `None` if there is only one.
    languages: Option<ArticleLanguages>,
    uncertain: LanguageSet,
    nests_pairs: bool,
    lead_words: Column<u64>,
}

/// The article at hand, and what is known of its places.
struct Sight {
    at: At,
    texts: Texts,
    leaves: Vec<[OpenLeaf; 2]>,
    /// Whether something was seen that positions cannot decide.
    is_unsure: bool,
}

/// Which article is at hand.
#[derive(Clone, Copy)]
struct At {
    doc: DocId,
    language: LanguageSet,
    lead_words: u32,
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
    compounds: Mark,
    divided: Mark,
    sentences: Mark,
    paragraphs: Mark,
    alike: Mark,
    /// Those of [`MARKED`] casings.
    casings: [Mark; 4],
}

/// The ways of writing that have a mark.
const MARKED: [Casing; 4] = [
    Casing::Capital,
    Casing::Upper,
    Casing::Dotted,
    Casing::Other,
];

/// Where a mark is, in the article at hand.
struct Mark {
    /// `None` if the segment has none.
    postings: Option<Box<SegmentPostings>>,
    /// The article that `positions` are those of.
    doc: DocId,
    positions: Vec<u32>,
}

enum OpenNode {
    Leaf(usize),
    Any(Vec<OpenNode>, Vec<Place>),
    Near(Box<OpenNear>),
    AtLeast(u32, Box<OpenNode>),
}

struct OpenNear {
    left: OpenNode,
    right: OpenNode,
    reach: Reach,
    in_order: bool,
    places: Vec<Place>,
}

/// Rows of words in one of the texts.
struct OpenLeaf {
    rows: Vec<OpenRow>,
    /// The article that `places` are those of.
    doc: DocId,
    places: Vec<Place>,
    /// Whether there may be others.
    is_unsure: bool,
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

impl SegmentPlaces {
    pub(super) fn open(places: &Places, segment: &SegmentReader) -> tantivy::Result<SegmentPlaces> {
        let text = |field| TextMarks::open(field, segment);
        let languages = match places.languages.len() {
            0 | 1 => None,
            _ => Some(ArticleLanguages::open(&places.languages, segment)?),
        };
        let [title, body] = places.fields;
        let open = |leaf| -> tantivy::Result<[OpenLeaf; 2]> {
            Ok([
                OpenLeaf::open(leaf, title, segment)?,
                OpenLeaf::open(leaf, body, segment)?,
            ])
        };
        Ok(SegmentPlaces {
            root: OpenNode::of(&places.root),
            sight: Sight {
                at: At {
                    doc: 0,
                    language: 0,
                    lead_words: 0,
                },
                texts: [text(title)?, text(body)?],
                leaves: places.leaves.iter().map(open).collect::<Result<_, _>>()?,
                is_unsure: false,
            },
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
        self.sight.at = At {
            doc,
            language,
            lead_words: self.lead_words.first(doc).unwrap_or_default() as u32,
        };
        self.sight.is_unsure = false;
        let is_fulfilled = self.root.holds(&mut self.sight);
        match (is_fulfilled, self.sight.is_unsure) {
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
        let open = |mark| -> tantivy::Result<Mark> {
            let term = Term::from_field_text(field, mark);
            let postings = index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?;
            Ok(Mark {
                postings: postings.map(Box::new),
                doc: TERMINATED,
                positions: Vec::new(),
            })
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
        if self.divided.is_in(doc) {
            return None;
        }
        let mut ends = self.paragraphs.positions_in(doc).to_vec();
        if reach == Reach::Sentence {
            ends.extend(self.sentences.positions_in(doc));
            ends.sort_unstable();
        }
        Some(ends)
    }

    /// Drops the places, in ascending order, that may begin with a compound, or end with
    /// one, and tells whether there were any.
    fn drop_compounds(
        &mut self,
        doc: DocId,
        ends_too: bool,
        places: &mut Vec<Place>,
        from: usize,
    ) -> bool {
        let compounds = self.compounds.positions_in(doc);
        if compounds.is_empty() {
            return false;
        }
        let all = places.len();
        let (mut number, mut next) = (0, 0);
        places.retain(|(first, last)| {
            number += 1;
            if number <= from {
                return true;
            }
            while compounds.get(next).is_some_and(|compound| compound < first) {
                next += 1;
            }
            let end = if ends_too { *last } else { *first };
            compounds.get(next).is_none_or(|compound| *compound > end)
        });
        places.len() < all
    }

    /// Leaves of the positions of a word those where it is written in one way for certain,
    /// and tells whether others may be too.
    fn keep_written(&mut self, doc: DocId, casing: Casing, positions: &mut Vec<u32>) -> bool {
        for (marked, marks) in MARKED.into_iter().zip(&mut self.casings) {
            if positions.is_empty() {
                return false;
            }
            if casing == Casing::Lower || casing == marked {
                keep(positions, marks.positions_in(doc), casing == marked);
            }
        }
        // One of several ways of writing it.
        let is_unsure = casing == Casing::Other && !positions.is_empty();
        if is_unsure {
            positions.clear();
        }
        is_unsure
    }
}

impl Mark {
    /// Moves to `doc`, and tells whether it has the mark.
    fn is_in(&mut self, doc: DocId) -> bool {
        let Some(postings) = &mut self.postings else {
            return false;
        };
        if postings.doc() < doc {
            postings.seek(doc);
        }
        postings.doc() == doc
    }

    /// Returns the positions of the mark in `doc`, in ascending order.
    fn positions_in(&mut self, doc: DocId) -> &[u32] {
        if self.doc != doc {
            self.doc = doc;
            self.positions.clear();
            if self.is_in(doc)
                && let Some(postings) = &mut self.postings
            {
                postings.positions(&mut self.positions);
            }
        }
        &self.positions
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

/// Body and title: where there are more words, there is more to be found.
const BODY_FIRST: [usize; 2] = [1, 0];

impl OpenNode {
    fn of(node: &Node) -> OpenNode {
        match node {
            Node::Leaf(number) => OpenNode::Leaf(*number),
            Node::Any(nodes) => OpenNode::Any(nodes.iter().map(OpenNode::of).collect(), Vec::new()),
            Node::Near(left, right, reach, in_order) => OpenNode::Near(Box::new(OpenNear {
                left: OpenNode::of(left),
                right: OpenNode::of(right),
                reach: *reach,
                in_order: *in_order,
                places: Vec::new(),
            })),
            Node::AtLeast(count, node) => OpenNode::AtLeast(*count, Box::new(OpenNode::of(node))),
        }
    }

    /// Tells whether the article at hand is sure to fulfill the condition.
    fn holds(&mut self, sight: &mut Sight) -> bool {
        match self {
            OpenNode::Any(nodes, _) => nodes.iter_mut().any(|node| node.holds(sight)),
            OpenNode::Near(near) => BODY_FIRST.iter().any(|&part| near.holds(part, sight)),
            OpenNode::AtLeast(count, node) => {
                let mut most = 0;
                let mut certain = 0;
                for part in BODY_FIRST {
                    let mut marked = Vec::new();
                    node.mark(part, sight, &mut marked);
                    marked.sort_unstable();
                    marked.dedup();
                    most += marked.len();
                    // Where a word is a mention as well, the text tells whether they are alike.
                    marked.dedup_by_key(|(place, _)| *place);
                    certain += marked.len();
                    if certain >= *count as usize {
                        return true;
                    }
                }
                sight.is_unsure |= *count as usize <= most;
                false
            }
            OpenNode::Leaf(_) => BODY_FIRST.iter().any(|&part| {
                self.find(part, sight);
                !self.found(part, sight).is_empty()
            }),
        }
    }

    /// Finds the places in title (0) or body (1) that are certain, which [`OpenNode::found`]
    /// returns.
    fn find(&mut self, part: usize, sight: &mut Sight) {
        match self {
            OpenNode::Leaf(number) => sight.find(*number, part),
            OpenNode::Any(nodes, places) => {
                places.clear();
                for node in nodes {
                    node.find(part, sight);
                    places.extend(node.found(part, sight));
                }
                // A stable sort takes ascending runs as they are.
                places.sort();
            }
            OpenNode::Near(near) => near.find(part, sight),
            // The planner lets no such in here.
            OpenNode::AtLeast(..) => sight.is_unsure = true,
        }
    }

    fn found<'s>(&'s self, part: usize, sight: &'s Sight) -> &'s [Place] {
        match self {
            OpenNode::Leaf(number) => &sight.leaves[*number][part].places,
            OpenNode::Any(_, places) => places,
            OpenNode::Near(near) => &near.places,
            OpenNode::AtLeast(..) => &[],
        }
    }

    /// Adds the places that are marked where the node matches in title or body, and whether
    /// they are mentions.
    fn mark(&mut self, part: usize, sight: &mut Sight, marked: &mut Vec<(Place, bool)>) {
        match self {
            OpenNode::Any(nodes, _) => nodes
                .iter_mut()
                .for_each(|node| node.mark(part, sight, marked)),
            OpenNode::Near(near) => {
                let [left, right] = near.partners(part, sight);
                near.left.mark_at(&left, part, sight, marked);
                near.right.mark_at(&right, part, sight, marked);
            }
            OpenNode::Leaf(_) | OpenNode::AtLeast(..) => {
                self.find(part, sight);
                self.mark_at(self.found(part, sight), part, sight, marked);
            }
        }
    }

    /// Adds what is marked for those places that were found and are in `wanted`, which ascend.
    fn mark_at(
        &self,
        wanted: &[Place],
        part: usize,
        sight: &Sight,
        marked: &mut Vec<(Place, bool)>,
    ) {
        if wanted.is_empty() {
            return;
        }
        match self {
            OpenNode::Leaf(number) => {
                let is_mention = sight.leaves[*number][part].is_mention();
                marked.extend(wanted.iter().map(|place| (*place, is_mention)));
            }
            OpenNode::Any(nodes, _) => {
                for node in nodes {
                    let found = node.found(part, sight).iter();
                    let is_wanted = |place: &&Place| wanted.binary_search(place).is_ok();
                    let here: Vec<Place> = found.filter(is_wanted).copied().collect();
                    node.mark_at(&here, part, sight, marked);
                }
            }
            OpenNode::Near(near) => {
                let [left, right] = near.pairs_at(Some(wanted), part, sight);
                near.left.mark_at(&left, part, sight, marked);
                near.right.mark_at(&right, part, sight, marked);
            }
            OpenNode::AtLeast(..) => {}
        }
    }
}

impl OpenNear {
    /// Finds the places of both sides, and tells whether both have any.
    fn find_sides(&mut self, part: usize, sight: &mut Sight) -> bool {
        let mut has_any = |side: &mut OpenNode| {
            side.find(part, sight);
            !side.found(part, sight).is_empty()
        };
        has_any(&mut self.left) && has_any(&mut self.right)
    }

    fn holds(&mut self, part: usize, sight: &mut Sight) -> bool {
        if !self.find_sides(part, sight) {
            return false;
        }
        let Reach::Words(most) = self.reach else {
            let [left, right] = self.stretched_sides(part, sight);
            return share_stretch(&left, &right, self.in_order);
        };
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        is_near(left, right, most) || (!self.in_order && is_near(right, left, most))
    }

    /// Returns the places of both sides that lie in one stretch, with its number.
    fn stretched_sides(&self, part: usize, sight: &mut Sight) -> [Vec<Stretched>; 2] {
        let Some(ends) = sight.texts[part].ends(sight.at.doc, self.reach) else {
            sight.is_unsure = true;
            return Default::default();
        };
        [&self.left, &self.right].map(|side| in_stretches(side.found(part, sight), &ends))
    }

    fn find(&mut self, part: usize, sight: &mut Sight) {
        self.places.clear();
        let Reach::Words(most) = self.reach else {
            // The planner lets no such in here.
            sight.is_unsure = true;
            return;
        };
        if !self.find_sides(part, sight) {
            return;
        }
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        let places = &mut self.places;
        visit_nearest_pairs(left, right, most, self.in_order, |one, other| {
            places.push(whole(left[one], right[other]));
        });
        // They come in a few runs that ascend.
        places.sort();
        places.dedup();
    }

    /// Returns the places of either side that have a partner, in ascending order.
    fn partners(&mut self, part: usize, sight: &mut Sight) -> [Vec<Place>; 2] {
        if !self.find_sides(part, sight) {
            return Default::default();
        }
        if matches!(self.reach, Reach::Words(_)) {
            return self.pairs_at(None, part, sight);
        }
        let [left, right] = self.stretched_sides(part, sight);
        let [lefts, rights] = stretch_partners(&left, &right, self.in_order);
        [
            ascending(lefts.into_iter().map(|at| left[at].1).collect()),
            ascending(rights.into_iter().map(|at| right[at].1).collect()),
        ]
    }

    /// Returns the places of either side that make a nearest pair, or one that is in `wanted`;
    /// all in ascending order.
    fn pairs_at(&self, wanted: Option<&[Place]>, part: usize, sight: &Sight) -> [Vec<Place>; 2] {
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        let (mut lefts, mut rights) = (Vec::new(), Vec::new());
        if let Reach::Words(most) = self.reach {
            visit_nearest_pairs(left, right, most, self.in_order, |one, other| {
                let (one, other) = (left[one], right[other]);
                if wanted.is_none_or(|all| all.binary_search(&whole(one, other)).is_ok()) {
                    lefts.push(one);
                    rights.push(other);
                }
            });
        }
        [lefts, rights].map(ascending)
    }
}

/// Returns the places in ascending order, each once.
fn ascending(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    places.dedup();
    places
}

/// Returns the place from the beginning of the first of two to the end of the last.
fn whole(one: Place, other: Place) -> Place {
    (one.0.min(other.0), one.1.max(other.1))
}

impl Sight {
    /// Finds the places of a leaf in title or body, unless they are known.
    fn find(&mut self, number: usize, part: usize) {
        let leaf = &mut self.leaves[number][part];
        if leaf.doc != self.at.doc {
            leaf.doc = self.at.doc;
            leaf.places.clear();
            leaf.is_unsure = false;
            let text = &mut self.texts[part];
            for row in &mut leaf.rows {
                leaf.is_unsure |= row.find(self.at, text, &mut leaf.places);
            }
        }
        self.is_unsure |= leaf.is_unsure;
    }
}

impl OpenLeaf {
    fn open(leaf: &Leaf, field: Field, segment: &SegmentReader) -> tantivy::Result<OpenLeaf> {
        let mut rows = Vec::new();
        for row in leaf.iter().filter(|row| row.field == field) {
            rows.extend(OpenRow::open(row, segment)?);
        }
        Ok(OpenLeaf {
            rows,
            doc: TERMINATED,
            places: Vec::new(),
            is_unsure: false,
        })
    }

    fn is_mention(&self) -> bool {
        self.rows.iter().any(|row| row.mention.is_some())
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

    /// Adds the places of the row in an article that are certain, and tells whether others
    /// may be.
    fn find(&mut self, at: At, text: &mut TextMarks, places: &mut Vec<Place>) -> bool {
        let from = places.len();
        let mut is_unsure = self.find_words(at, text, places);
        if places.len() == from {
            return is_unsure;
        }
        if let Some(words) = self.mention {
            let found = places[from..].iter_mut();
            found.for_each(|(first, last)| *first = *last + 1 - words);
            is_unsure |= text.alike.is_in(at.doc);
        } else {
            // What is as written is no compound, not even in its last word.
            let ends_too = self.casings.is_some();
            is_unsure |= text.drop_compounds(at.doc, ends_too, places, from);
        }
        is_unsure
    }

    /// Adds the places of the words: from each place of the first on, each further word as
    /// soon as it can.
    fn find_words(&mut self, at: At, text: &mut TextMarks, places: &mut Vec<Place>) -> bool {
        let mut is_unsure = false;
        let words = self.slots.iter_mut().zip(&self.languages);
        for (number, ((slot, languages), positions)) in words.zip(&mut self.positions).enumerate() {
            positions.clear();
            if slot.seek(at.doc) == at.doc {
                let is_wanted = |word: usize| languages[word] & at.language != 0;
                slot.positions_of(at.doc, 0, is_wanted, positions);
            }
            if let Some(casings) = &self.casings {
                is_unsure |= text.keep_written(at.doc, casings[number], positions);
            }
            if positions.is_empty() {
                return is_unsure;
            }
        }
        let Some((firsts, rest)) = self.positions.split_first() else {
            return is_unsure;
        };
        for &first in firsts {
            let last = match rest.is_empty() {
                true => Some(first),
                false => last_of(first, rest, self.between),
            };
            let last = last.filter(|last| !self.lead_only || *last < at.lead_words);
            places.extend(last.map(|last| (first, last)));
        }
        is_unsure
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
    let mut sorted = Vec::new();
    let right = match right.is_sorted_by_key(|(first, _)| *first) {
        true => right,
        false => {
            sorted.extend_from_slice(right);
            sorted.sort_unstable();
            &sorted
        }
    };
    left.iter().any(|(_, last)| {
        let next = right.partition_point(|(first, _)| first <= last);
        right
            .get(next)
            .is_some_and(|(first, _)| first - last <= most)
    })
}

/// Returns those of `places` that lie in one stretch as a whole, with its number.
fn in_stretches(places: &[Place], ends: &[u32]) -> Vec<Stretched> {
    let (mut stretch, mut from) = (0, 0);
    let whole = places.iter().filter_map(|&(first, last)| {
        // Places mostly ascend: the stretch is that of the one before, or soon behind.
        if first < from {
            stretch = ends.partition_point(|end| *end < first);
        }
        stretch += ends[stretch..]
            .iter()
            .take_while(|end| **end < first)
            .count();
        from = first;
        let is_whole = ends.get(stretch).is_none_or(|end| last <= *end);
        is_whole.then_some((stretch, (first, last)))
    });
    whole.collect()
}
