//! Says what the documents of one segment earn: how often pairs stand there is counted by the
//! positions of their words.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, InvertedIndexReader, TERMINATED, Term};

use super::super::error::IndexError;
use super::super::phrase::PhraseDocs;
use super::super::ranking::LengthNorms;
use super::super::schema::TITLE_WEIGHT;
use super::super::snapshot::Snapshot;
use super::super::union::advance_to;
use super::{Bonuses, Pair, Typed};

/// Whether articles may have a phrase in the headline.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(in super::super) enum Headlines {
    /// They are looked at.
    Looked,
    /// They are known to have none.
    Without,
}

/// Says what documents of one segment earn, in ascending order.
pub(in super::super) struct SegmentBonuses<'a> {
    bonuses: &'a Bonuses,
    words: OpenWords,
    headlines: Vec<PhraseDocs>,
    norms: &'a LengthNorms,
}

impl<'a> SegmentBonuses<'a> {
    /// Opens what there is to earn in the segment number `segment` of `snapshot`; phrases in
    /// headlines only if the articles to come may have some.
    pub(in super::super) fn open(
        snapshot: &'a Snapshot,
        bonuses: &'a Bonuses,
        segment: u32,
        headlines: Headlines,
    ) -> Result<SegmentBonuses<'a>, IndexError> {
        let in_headlines = match headlines {
            Headlines::Looked => &bonuses.headlines[..],
            Headlines::Without => &[],
        };
        let reader = snapshot.searcher.segment_reader(segment);
        let title = reader.inverted_index(snapshot.fields.title)?;
        let body = reader.inverted_index(snapshot.fields.body)?;
        let mut words = Vec::new();
        for word in &bonuses.words {
            words.push([
                OpenWord::open(&title, &word.title)?,
                OpenWord::open(&body, &word.body)?,
            ]);
        }
        let mut headlines = Vec::new();
        for headline in in_headlines {
            headlines.push(PhraseDocs::open(
                &headline.sequences,
                reader,
                false,
                || Ok(Vec::new()),
            )?);
        }
        Ok(SegmentBonuses {
            bonuses,
            words: OpenWords(words),
            headlines,
            norms: snapshot.norms(),
        })
    }

    /// Calls `add` with each thing that `doc`, of that length, earns, in the order of
    /// [`Bonuses::labels`], until it returns false; tells whether it was called for all. The
    /// document has each leaf so many times.
    pub(in super::super) fn visit_parts(
        &mut self,
        doc: DocId,
        length: u8,
        counts: &[u32],
        add: &mut dyn FnMut(f64) -> bool,
    ) -> bool {
        for pair in &self.bonuses.pairs {
            let typed = [pair.first, pair.second].map(|word| &self.bonuses.words[word]);
            let most = |word: &Typed| word.leaves.iter().map(|&at| counts[at]).max();
            // A pair cannot be there more often than either word; a title's counts several times.
            let most = typed.map(|word| most(word).unwrap_or(0)).into_iter().min();
            let most = most.unwrap_or(0);
            let mut count = 0;
            if most >= TITLE_WEIGHT {
                count += TITLE_WEIGHT * self.words.count(pair, 0, doc);
            }
            if most > count {
                count += self.words.count(pair, 1, doc);
            }
            let earned = match count {
                0 => 0.0,
                count => pair.weight * self.norms.saturation(count, length),
            };
            if !add(earned) {
                return false;
            }
        }
        for (headline, docs) in self.bonuses.headlines.iter().zip(&mut self.headlines) {
            let is_there = docs.count_at(doc) > 0;
            if !add(if is_there { headline.weight } else { 0.0 }) {
                return false;
            }
        }
        true
    }
}

/// Free words, as they were typed, in title and body.
struct OpenWords(Vec<[OpenWord; 2]>);

impl OpenWords {
    /// Returns how often `pair` stands in the title (0) or body (1) of `doc`.
    fn count(&mut self, pair: &Pair, field: usize, doc: DocId) -> u32 {
        let both = [pair.first, pair.second];
        if !both.iter().all(|&word| self.0[word][field].is_in(doc)) {
            return 0;
        }
        both.iter()
            .for_each(|&word| self.0[word][field].find_positions(doc));
        let [first, second] = both.map(|word| &self.0[word][field].positions);
        count_pairs(first, second, pair.distance)
    }
}

/// One of them in one field.
struct OpenWord {
    postings: Option<Box<SegmentPostings>>,
    /// The document that `positions` are those of.
    doc: DocId,
    positions: Vec<u32>,
}

impl OpenWord {
    fn open(index: &InvertedIndexReader, term: &Term) -> tantivy::Result<OpenWord> {
        let postings = index.read_postings(term, IndexRecordOption::WithFreqsAndPositions)?;
        Ok(OpenWord {
            postings: postings.map(Box::new),
            doc: TERMINATED,
            positions: Vec::new(),
        })
    }

    /// Moves to `doc`, and tells whether it has the word.
    fn is_in(&mut self, doc: DocId) -> bool {
        let postings = self.postings.as_mut();
        postings.is_some_and(|postings| advance_to(postings, doc) == doc)
    }

    /// Finds the positions in `doc`, to which it moved.
    fn find_positions(&mut self, doc: DocId) {
        if self.doc != doc
            && let Some(postings) = &mut self.postings
        {
            self.doc = doc;
            postings.positions(&mut self.positions);
        }
    }
}

/// Returns how many of `first` have one of `second` just `distance` after them; both ascend.
fn count_pairs(first: &[u32], second: &[u32], distance: u32) -> u32 {
    let (mut count, mut from) = (0, 0);
    for &at in first {
        while from < second.len() && second[from] < at + distance {
            from += 1;
        }
        count += u32::from(second.get(from) == Some(&(at + distance)));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_stand_as_far_apart_as_in_the_query() {
        for (first, second, distance, count) in [
            (&[0, 5, 9][..], &[1, 7, 10][..], 1, 2),
            (&[0, 5, 9], &[1, 7, 10], 2, 1),
            (&[3], &[2], 1, 0),
            (&[], &[2], 1, 0),
        ] {
            assert_eq!(
                count_pairs(first, second, distance),
                count,
                "{first:?} {second:?}"
            );
        }
    }
}
