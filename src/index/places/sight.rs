//! Finds where rows of words stand in the article at hand.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::super::marks;
use super::super::slot::Slot;
use super::{LanguageSet, Leaf, Row};
use crate::query::{Positions, Reach};
use crate::text::Casing;

/// The article at hand, and what is known of its places.
pub(super) struct Sight {
    at: At,
    texts: Texts,
    leaves: Vec<[OpenLeaf; 2]>,
    /// Whether something was seen that positions cannot decide.
    is_unsure: bool,
}

/// Which article is at hand.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) doc: DocId,
    pub(super) language: LanguageSet,
    pub(super) lead_words: u32,
}

/// A place in a text.
pub(super) type Place = Positions;

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

impl Sight {
    /// Returns the sight of no article yet.
    pub(super) fn open(
        leaves: &[Leaf],
        [title, body]: [Field; 2],
        segment: &SegmentReader,
    ) -> tantivy::Result<Sight> {
        let open = |leaf| -> tantivy::Result<[OpenLeaf; 2]> {
            Ok([
                OpenLeaf::open(leaf, title, segment)?,
                OpenLeaf::open(leaf, body, segment)?,
            ])
        };
        Ok(Sight {
            at: At {
                doc: TERMINATED,
                language: 0,
                lead_words: 0,
            },
            texts: [
                TextMarks::open(title, segment)?,
                TextMarks::open(body, segment)?,
            ],
            leaves: leaves.iter().map(open).collect::<Result<_, _>>()?,
            is_unsure: false,
        })
    }

    /// Turns to another article.
    pub(super) fn enter(&mut self, at: At) {
        self.at = at;
        self.is_unsure = false;
    }

    /// Tells whether something was seen that positions cannot decide.
    pub(super) fn is_unsure(&self) -> bool {
        self.is_unsure
    }

    /// Says that positions cannot decide something.
    pub(super) fn leave_open(&mut self) {
        self.is_unsure = true;
    }

    /// Returns the places of a leaf in title (0) or body (1) that were found.
    pub(super) fn found(&self, number: usize, part: usize) -> &[Place] {
        &self.leaves[number][part].places
    }

    /// Tells whether they are mentions of names.
    pub(super) fn are_mentions(&self, number: usize, part: usize) -> bool {
        let rows = &self.leaves[number][part].rows;
        rows.iter().any(|row| row.mention.is_some())
    }

    /// Returns where the stretches of title or body end, but for the last; `None`, and
    /// something is open, if a word lies in none of them.
    pub(super) fn ends(&mut self, part: usize, reach: Reach) -> Option<Vec<u32>> {
        let ends = self.texts[part].ends(self.at.doc, reach);
        self.is_unsure |= ends.is_none();
        ends
    }

    /// Finds the places of a leaf in title or body, unless they are known.
    pub(super) fn find(&mut self, number: usize, part: usize) {
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
