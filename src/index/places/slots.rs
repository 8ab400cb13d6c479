//! Reads where any of some words stand in the article at hand, and where they are compounds.
//!
//! Of many words the most frequent are read first: mostly these decide, and the others, of
//! which an article has a few and each must be looked for, stay unread.

use std::cmp::Reverse;

use tantivy::postings::{Postings as _, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{SegmentReader, Term};

use super::super::marks;
use super::super::slot::Slot;
use super::super::union::advance_to;
use super::LanguageSet;
use super::sight::At;

/// One word of a row: any of some.
pub(super) struct OpenSlot {
    /// The words that most articles have, the most frequent first.
    frequent: Vec<Word>,
    /// The others, if there are many.
    rest: Option<Words>,
}

/// How closely an article is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Depth {
    /// For some places of the most frequent words: mostly these decide.
    Glance,
    Whole,
}

/// Where the words of a slot stand in an article, in ascending order.
#[derive(Default)]
pub(super) struct Stands {
    /// Each position as often as words stand there: a compound stands with its last part.
    pub(super) words: Vec<u32>,
    /// The position of each compound, as often as it has parts before the last.
    pub(super) compounds: Vec<u32>,
}

struct Word {
    postings: SegmentPostings,
    /// Its mark, if it is a compound somewhere.
    compounds: Option<Box<SegmentPostings>>,
    languages: LanguageSet,
}

/// Many words, and the marks of those that are compounds somewhere.
struct Words {
    words: Postings,
    compounds: Postings,
}

/// Postings, each of some languages.
struct Postings {
    slot: Slot,
    languages: Vec<LanguageSet>,
}

const POSITIONS: IndexRecordOption = IndexRecordOption::WithFreqsAndPositions;

/// More words than this are parted (chosen: fewer are read in a microsecond).
const MANY_WORDS: usize = 16;

/// At a glance, so many places are seen in a text (chosen: in most articles that match these
/// do, and work on pairs grows with their number).
pub(super) const GLANCED_PLACES: usize = 16;

/// So many are frequent then (chosen: of the words of a wildcard or a slip, these are most of
/// what an article has).
const FREQUENT_WORDS: usize = 8;

impl OpenSlot {
    /// Opens a slot in a segment, with the marks of compounds if they are asked for; `None`
    /// if the segment has none of the words.
    pub(super) fn open(
        alternatives: &[(Term, LanguageSet)],
        with_compounds: bool,
        segment: &SegmentReader,
    ) -> tantivy::Result<Option<OpenSlot>> {
        // Postings are large: they are put in order before they are opened.
        let mut known = Vec::new();
        for (term, languages) in alternatives {
            let index = segment.inverted_index(term.field())?;
            let info = index.get_term_info(term)?;
            known.extend(info.map(|info| (info, term, *languages)));
        }
        if known.is_empty() {
            return Ok(None);
        }
        known.sort_by_key(|(info, ..)| Reverse(info.doc_freq));
        let at_first = match known.len() > MANY_WORDS {
            true => FREQUENT_WORDS,
            false => known.len(),
        };
        let open = |(info, term, languages): &(TermInfo, &Term, LanguageSet)| {
            let index = segment.inverted_index(term.field())?;
            let compounds = match term.value().as_str() {
                Some(word) if with_compounds => {
                    let mark = Term::from_field_text(term.field(), &marks::of_compound(word));
                    index.read_postings(&mark, POSITIONS)?.map(Box::new)
                }
                _ => None,
            };
            tantivy::Result::Ok(Word {
                postings: index.read_postings_from_terminfo(info, POSITIONS)?,
                compounds,
                languages: *languages,
            })
        };
        let (frequent, others) = known.split_at(at_first);
        let rest = match others.is_empty() {
            true => None,
            false => Some(Words::of(others.iter().map(open))?),
        };
        let frequent = frequent.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Some(OpenSlot { frequent, rest }))
    }

    /// Finds where the words stand in an article, and tells whether all were read: a glance
    /// is for places of the most frequent.
    pub(super) fn read(&mut self, at: At, depth: Depth, stands: &mut Stands) -> bool {
        stands.words.clear();
        stands.compounds.clear();
        let mut read = 0;
        for word in &mut self.frequent {
            if depth == Depth::Glance && stands.words.len() >= GLANCED_PLACES {
                break;
            }
            word.append(at, stands);
            read += 1;
        }
        let mut is_whole = read == self.frequent.len();
        if let Some(rest) = &mut self.rest {
            match depth {
                Depth::Glance => is_whole = false,
                Depth::Whole => rest.append(at, stands),
            }
        }
        if read > 1 || self.rest.is_some() {
            stands.words.sort_unstable();
            stands.compounds.sort_unstable();
        }
        is_whole
    }
}

impl Stands {
    /// Leaves only the words that are no compounds.
    pub(super) fn drop_compounds(&mut self) {
        if self.compounds.is_empty() {
            return;
        }
        self.compounds.dedup();
        let mut compounds = self.compounds.drain(..).peekable();
        // No two compounds have one position: the other word there is the last part.
        self.words.retain(|position| {
            while compounds.next_if(|compound| compound < position).is_some() {}
            compounds.next_if_eq(position).is_none()
        });
    }
}

impl Word {
    fn append(&mut self, at: At, stands: &mut Stands) {
        if self.languages & at.language == 0 {
            return;
        }
        append_positions(&mut self.postings, at, &mut stands.words);
        if let Some(compounds) = &mut self.compounds {
            append_positions(compounds, at, &mut stands.compounds);
        }
    }
}

fn append_positions(postings: &mut SegmentPostings, at: At, positions: &mut Vec<u32>) {
    if advance_to(postings, at.doc) == at.doc {
        postings.append_positions_with_offset(0, positions);
    }
}

impl Words {
    fn of(words: impl Iterator<Item = tantivy::Result<Word>>) -> tantivy::Result<Words> {
        let (mut plain, mut compounds) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        plain.0.reserve(words.size_hint().0);
        for word in words {
            let word = word?;
            plain.0.push(word.postings);
            plain.1.push(word.languages);
            if let Some(of_compound) = word.compounds {
                compounds.0.push(*of_compound);
                compounds.1.push(word.languages);
            }
        }
        Ok(Words {
            words: Postings::of(plain),
            compounds: Postings::of(compounds),
        })
    }

    fn append(&mut self, at: At, stands: &mut Stands) {
        self.words.append(at, &mut stands.words);
        self.compounds.append(at, &mut stands.compounds);
    }
}

impl Postings {
    fn of((postings, languages): (Vec<SegmentPostings>, Vec<LanguageSet>)) -> Postings {
        Postings {
            slot: Slot::new(postings),
            languages,
        }
    }

    fn append(&mut self, at: At, positions: &mut Vec<u32>) {
        if self.slot.seek(at.doc) == at.doc {
            let is_read = |word: usize| self.languages[word] & at.language != 0;
            self.slot.append_positions(at.doc, 0, is_read, positions);
        }
    }
}
