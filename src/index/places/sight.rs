//! Finds where rows of words stand in the article at hand.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::super::marks;
use super::slots::{Depth, GLANCED_PLACES, OpenSlot, Stands};
use super::{LanguageSet, Leaf, Row};
use crate::query::{Positions, Reach};
use crate::text::Casing;

/// The article at hand, and what is known of its places.
pub(super) struct Sight {
    at: At,
    texts: Texts,
    leaves: Vec<[OpenLeaf; 2]>,
    depth: Depth,
    /// Whether something was seen that positions cannot decide.
    is_unsure: bool,
    /// Whether a glance may have left out places.
    is_partial: bool,
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
    divided: Mark,
    sentences: Mark,
    paragraphs: Mark,
    alike: Mark,
    /// Those of [`MARKED`] casings.
    casings: [Mark; 4],
    /// Where the stretches that were asked for end, but for the last.
    ends: Vec<u32>,
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
    /// In ascending order, each once.
    places: Vec<Place>,
    gaps: Gaps,
}

/// Which places may be missing.
#[derive(Clone, Copy, Default)]
struct Gaps {
    /// Those that positions cannot decide.
    is_unsure: bool,
    /// Those of words that a glance left unread.
    is_partial: bool,
}

struct OpenRow {
    slots: Vec<OpenSlot>,
    stands: Vec<Stands>,
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
            depth: Depth::Whole,
            is_unsure: false,
            is_partial: false,
        })
    }

    /// Turns to another article, or to the same one to look deeper.
    pub(super) fn enter(&mut self, at: At, depth: Depth) {
        self.at = at;
        self.depth = depth;
        self.is_unsure = false;
        self.is_partial = false;
    }

    /// Tells whether a glance may have left out places.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Tells whether something was seen that positions cannot decide.
    pub(super) fn is_unsure(&self) -> bool {
        self.is_unsure
    }

    /// Says that positions cannot decide something.
    pub(super) fn leave_open(&mut self) {
        self.is_unsure = true;
    }

    /// Returns the places of a leaf in title (0) or body (1) that were found, in ascending order.
    pub(super) fn found(&self, number: usize, part: usize) -> &[Place] {
        let places = &self.leaves[number][part].places;
        match self.depth {
            Depth::Glance => &places[..places.len().min(GLANCED_PLACES)],
            Depth::Whole => places,
        }
    }

    /// Tells whether they are mentions of names.
    pub(super) fn are_mentions(&self, number: usize, part: usize) -> bool {
        let rows = &self.leaves[number][part].rows;
        rows.iter().any(|row| row.mention.is_some())
    }

    /// Finds where the stretches of title or body end; something is open, and it is false, if
    /// a word lies in none of them.
    pub(super) fn find_ends(&mut self, part: usize, reach: Reach) -> bool {
        let is_found = self.texts[part].find_ends(self.at.doc, reach);
        self.is_unsure |= !is_found;
        is_found
    }

    /// Returns where the stretches that were found end, but for the last.
    pub(super) fn ends(&self, part: usize) -> &[u32] {
        &self.texts[part].ends
    }

    /// Finds the places of a leaf in title or body, unless they are known.
    pub(super) fn find(&mut self, number: usize, part: usize) {
        let leaf = &mut self.leaves[number][part];
        let is_known = leaf.doc == self.at.doc;
        if !is_known || (leaf.gaps.is_partial && self.depth == Depth::Whole) {
            leaf.doc = self.at.doc;
            leaf.places.clear();
            leaf.gaps = Gaps::default();
            let text = &mut self.texts[part];
            for row in &mut leaf.rows {
                row.find(self.at, self.depth, text, &mut leaf.places, &mut leaf.gaps);
            }
            // A stable sort takes ascending runs as they are.
            leaf.places.sort();
            leaf.places.dedup();
        }
        let hides_places = self.depth == Depth::Glance && leaf.places.len() > GLANCED_PLACES;
        self.is_unsure |= leaf.gaps.is_unsure;
        self.is_partial |= leaf.gaps.is_partial || hides_places;
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
            ends: Vec::new(),
        })
    }

    /// Finds where the stretches of an article end; false if a word lies in none of them.
    fn find_ends(&mut self, doc: DocId, reach: Reach) -> bool {
        self.ends.clear();
        if self.divided.is_in(doc) {
            return false;
        }
        self.ends.extend(self.paragraphs.positions_in(doc));
        if reach == Reach::Sentence {
            self.ends.extend(self.sentences.positions_in(doc));
            self.ends.sort_unstable();
        }
        true
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
            gaps: Gaps::default(),
        })
    }
}

impl OpenRow {
    /// Opens a row in a segment; `None` if it lacks one of the words.
    fn open(row: &Row, segment: &SegmentReader) -> tantivy::Result<Option<OpenRow>> {
        let mut slots = Vec::new();
        for (number, alternatives) in row.words.iter().enumerate() {
            // Where a place begins depends on them, and what is as written is none.
            let with_compounds = row.mention.is_none() && (number == 0 || row.casings.is_some());
            match OpenSlot::open(alternatives, with_compounds, segment)? {
                Some(slot) => slots.push(slot),
                None => return Ok(None),
            }
        }
        Ok(Some(OpenRow {
            stands: slots.iter().map(|_| Stands::default()).collect(),
            slots,
            casings: row.casings.clone(),
            mention: row.mention,
            between: row.between,
            lead_only: row.lead_only,
        }))
    }

    /// Adds the places of the row in an article that are certain, and what gaps there are.
    fn find(
        &mut self,
        at: At,
        depth: Depth,
        text: &mut TextMarks,
        places: &mut Vec<Place>,
        gaps: &mut Gaps,
    ) {
        for (number, (slot, stands)) in self.slots.iter_mut().zip(&mut self.stands).enumerate() {
            gaps.is_partial |= !slot.read(at, depth, stands);
            if let Some(casings) = &self.casings {
                stands.drop_compounds();
                gaps.is_unsure |= text.keep_written(at.doc, casings[number], &mut stands.words);
            }
            if stands.words.is_empty() {
                return;
            }
        }
        let from = places.len();
        self.add_places(at, places);
        if let Some(words) = self.mention {
            let found = places[from..].iter_mut();
            found.for_each(|(first, last)| *first = *last + 1 - words);
            gaps.is_unsure |= places.len() > from && text.alike.is_in(at.doc);
        }
    }

    /// Adds the places of the words: from each place of the first on, each further word as
    /// soon as it can.
    fn add_places(&mut self, at: At, places: &mut Vec<Place>) {
        let Some((firsts, rest)) = self.stands.split_first_mut() else {
            return;
        };
        let end = match self.lead_only {
            true => at.lead_words,
            false => u32::MAX,
        };
        let between = self.between;
        let mut add = |first, position| {
            let last = last_of(position, rest, between).filter(|last| *last < end);
            places.extend(last.map(|last| (first, last)));
        };
        for compound in firsts.compounds.chunk_by(|one, other| one == other) {
            let parts_before = compound.len() as u32;
            add(compound[0] - parts_before, compound[0]);
        }
        firsts.drop_compounds();
        firsts
            .words
            .iter()
            .for_each(|&position| add(position, position));
    }
}

/// Returns where words whose first ends at `first` end, if they follow one another with at
/// most `between` other words between them all.
fn last_of(first: u32, rest: &[Stands], between: u32) -> Option<u32> {
    let (mut position, mut left) = (first, between);
    for Stands { words, .. } in rest {
        let next = words.partition_point(|other| *other <= position);
        let next = *words.get(next)?;
        left = left.checked_sub(next - position - 1)?;
        position = next;
    }
    Some(position)
}
