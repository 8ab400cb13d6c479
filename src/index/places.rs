//! Decides by the positions of the index whether an article has places that a condition
//! on places asks for: nearness, loose phrases, numbers of places.
//!
//! What a place is, and what is near, is defined by `query::find_spans` on texts; this is
//! the same on positions, and where positions leave it open, the answer is
//! [`Answer::Unknown`], and the text decides:
//!
//! - What must be as written is certain where a mark says how the word is written.
//! - How many mentions there are is open where two cover the same words.
//! - Words that share a stem are found by their beginning. Where the stemmer of an article's
//!   language changes beginnings, nothing is certain.
//!
//! Since more places never make fewer matches, what some of them fulfill is certain, unless it
//! takes a pair made of pairs: of these only the nearest count. So an article is looked at
//! closely only where a glance, at some places of its most frequent words, finds nothing.
//!
//! Running time: linear in the positions of the words in the articles looked at, times a
//! logarithm for each place.

use tantivy::columnar::{Column, StrColumn};
use tantivy::schema::Field;
use tantivy::{DocId, SegmentReader, Term};

use self::node::OpenNode;
use self::sight::{At, Sight};
use self::slots::Depth;
use super::schema::{Keyword, Number};
use crate::query::Reach;
use crate::text::{Casing, Language};

mod node;
mod sight;
mod slots;

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

struct ArticleLanguages {
    column: Option<StrColumn>,
    /// The language of each value of the column.
    of_value: Vec<LanguageSet>,
    default: LanguageSet,
}

impl SegmentPlaces {
    pub(super) fn open(places: &Places, segment: &SegmentReader) -> tantivy::Result<SegmentPlaces> {
        let languages = match places.languages.len() {
            0 | 1 => None,
            _ => Some(ArticleLanguages::open(&places.languages, segment)?),
        };
        Ok(SegmentPlaces {
            root: OpenNode::of(&places.root),
            sight: Sight::open(&places.leaves, places.fields, segment)?,
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
        let at = At {
            doc,
            language,
            lead_words: self.lead_words.first(doc).unwrap_or_default() as u32,
        };
        let first = match self.nests_pairs {
            true => Depth::Whole,
            false => Depth::Glance,
        };
        self.sight.enter(at, first);
        let mut is_fulfilled = self.root.holds(&mut self.sight);
        if !is_fulfilled && self.sight.is_partial() {
            self.sight.enter(at, Depth::Whole);
            is_fulfilled = self.root.holds(&mut self.sight);
        }
        match (is_fulfilled, self.sight.is_unsure()) {
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
