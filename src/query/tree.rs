//! The query tree: what was asked, after every ambiguity has been settled.
//!
//! The tree says nothing about how it is answered; the index and the span matcher
//! both read it, and must mean the same by it. Printing a tree gives a query that
//! parses to the same tree.

use jiff::civil::Date;

/// What an article must be like.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Every article: `*`.
    All,
    /// One condition.
    Leaf(Leaf),
    /// All of at least two conditions.
    And(Vec<Query>),
    /// Any of at least two conditions.
    Or(Vec<Query>),
    /// Articles that don't fulfil the condition.
    Not(Box<Query>),
}

/// One condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Where to look.
    pub field: Field,
    /// What must be there.
    pub test: Test,
}

/// What must be in a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A free word, as typed: compared by its stem in running text, folded in
    /// other fields. It may hold several parts (`anti-personnel`, `東京`).
    Word(String),
    /// The words as written, in this order and side by side (folded, never stemmed).
    Phrase(String),
    /// The whole value (folded), for names its aliases too: `org:="Amnesty International"`.
    Exactly(String),
    /// Anything at all: `org:*`.
    Present,
    /// A day between the two, both included; an open end is `None`.
    Days(Option<Date>, Option<Date>),
    /// No value at all: `date:none`.
    Missing,
    /// A number between the two, both included; an open end is `None`.
    Numbers(Option<u64>, Option<u64>),
}

/// A field that can be asked for by name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Field {
    /// Headline and body; what a query without a field looks at.
    Text,
    /// `title:`, `headline:`.
    Title,
    /// `lead:`: the body's first paragraph.
    Lead,
    /// `body:`, the lead included.
    Body,
    /// `person:`, `people:`.
    Person,
    /// `org:`, `organization:`, `organizations:`.
    Organization,
    /// `place:`, `places:`.
    Place,
    /// `source:`.
    Source,
    /// `author:`, `byline:`.
    Author,
    /// `date:`.
    Date,
    /// `lang:`, `language:`.
    Language,
    /// `section:`.
    Section,
    /// `topic:`, `topics:`.
    Topic,
    /// `exchange:`, `exchanges:`.
    Exchange,
    /// `type:`: the kind of item in the words of its source.
    ItemType,
    /// `url:`.
    Url,
    /// `id:`.
    Id,
    /// `words:`: how many words the body has.
    Words,
}

impl Field {
    /// Every field that has a name, with its names; the first is the one printed.
    pub const NAMES: [(Field, &'static [&'static str]); 17] = [
        (Field::Title, &["title", "headline"]),
        (Field::Lead, &["lead"]),
        (Field::Body, &["body"]),
        (Field::Person, &["person", "people"]),
        (
            Field::Organization,
            &["org", "organization", "organizations", "orgs"],
        ),
        (Field::Place, &["place", "places"]),
        (Field::Source, &["source"]),
        (Field::Author, &["author", "byline"]),
        (Field::Date, &["date"]),
        (Field::Language, &["lang", "language"]),
        (Field::Section, &["section"]),
        (Field::Topic, &["topic", "topics"]),
        (Field::Exchange, &["exchange", "exchanges"]),
        (Field::ItemType, &["type"]),
        (Field::Url, &["url"]),
        (Field::Id, &["id"]),
        (Field::Words, &["words"]),
    ];

    /// Returns the field of that name, in any case.
    pub fn from_name(name: &str) -> Option<Field> {
        let named = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        Field::NAMES
            .iter()
            .find(|(_, names)| named(names))
            .map(|(field, _)| *field)
    }

    /// Returns the name it is printed under; empty for [`Field::Text`].
    pub fn name(self) -> &'static str {
        Field::NAMES
            .iter()
            .find(|(field, _)| *field == self)
            .map_or("", |(_, names)| names[0])
    }

    /// Returns true for fields of running text, which are searched by words and phrases.
    pub fn is_text(self) -> bool {
        matches!(self, Field::Text | Field::Title | Field::Lead | Field::Body)
    }
}
