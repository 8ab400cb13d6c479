//! The query tree: what was asked, after every ambiguity has been settled.
//!
//! The tree says nothing about how it is answered; the index and the span matcher
//! both read it, and must mean the same by it. Printing a tree gives a query that
//! parses to the same tree.
//!
//! A condition under [`Query::Not`] means every other article, wherever it stands:
//! `NOT a` alone, and `a OR NOT b`, are legal. What matches nothing is [`Query::nothing`].

use jiff::civil::Date;

use crate::text::{fold_word, is_common_word, words};

/// What an article must be like.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
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
    /// Two conditions that stand near each other in one text: `a w/5 b`.
    Near(Box<Near>),
    /// Articles in which the condition has at least so many places: `atleast3(a)`.
    AtLeast(u32, Box<Query>),
    /// The same articles, the condition counting so much for the ranking: `a^2`.
    Boosted(Box<Query>, Boost),
}

/// Two conditions that must stand near each other; both are [operands](Query::operand_fault).
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub struct Near {
    /// The condition on the left.
    pub left: Query,
    /// The condition on the right.
    pub right: Query,
    /// How near they must be.
    pub reach: Reach,
    /// Whether the left one must come first.
    pub in_order: bool,
}

impl Near {
    /// Returns what must be near each other in this and in proximities that are its operands,
    /// each once.
    pub fn operands(&self) -> Vec<&Query> {
        let mut operands = Vec::new();
        self.add_operands(&mut operands);
        operands
    }

    fn add_operands<'q>(&'q self, operands: &mut Vec<&'q Query>) {
        for operand in [&self.left, &self.right] {
            match operand {
                Query::Near(inner) => inner.add_operands(operands),
                other if operands.contains(&other) => {}
                other => operands.push(other),
            }
        }
    }
}

/// Where a leaf stands in its query.
#[derive(Clone, Copy)]
struct Place {
    /// Whether it stands under no NOT.
    is_wanted: bool,
    /// Whether nearness or a number of places is asked of it.
    is_operand: bool,
}

/// How near is near.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Reach {
    /// Their positions differ by at most so much; neighbors differ by 1.
    Words(u32),
    /// Both stand in one sentence.
    Sentence,
    /// Both stand in one paragraph.
    Paragraph,
}

/// How much more a condition counts for the ranking, in hundredths.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Boost(u32);

impl Boost {
    /// Reads a number from 0.01 to 1000 with at most two decimals.
    pub fn read(number: &str) -> Option<Boost> {
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if number.is_empty() || decimals.len() > 2 || !is_number(whole) || !is_number(decimals) {
            return None;
        }
        let hundredths = format!("{whole}{decimals:0<2}").parse().ok()?;
        (1..=100_000)
            .contains(&hundredths)
            .then_some(Boost(hundredths))
    }

    /// Returns what a score is multiplied by.
    pub fn factor(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl std::fmt::Display for Boost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.factor())
    }
}

impl Query {
    /// Returns the query that no article matches: `NOT *`.
    pub fn nothing() -> Query {
        Query::Not(Box::new(Query::All))
    }

    /// Returns the query for all of `conditions`, without an AND right inside an
    /// AND; [`Query::All`] for none.
    pub fn all_of(conditions: impl IntoIterator<Item = Query>) -> Query {
        let mut flat = Vec::new();
        for condition in conditions {
            match condition {
                Query::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.swap_remove(0),
            0 => Query::All,
            _ => Query::And(flat),
        }
    }

    /// Returns the query for any of `conditions`, without an OR right inside an
    /// OR; [`Query::nothing`] for none.
    pub fn any_of(conditions: impl IntoIterator<Item = Query>) -> Query {
        let mut flat = Vec::new();
        for condition in conditions {
            match condition {
                Query::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.swap_remove(0),
            0 => Query::nothing(),
            _ => Query::Or(flat),
        }
    }

    /// Returns the query for the articles that this one does not match.
    pub fn negated(self) -> Query {
        Query::Not(Box::new(self))
    }

    /// Returns every leaf in reading order, those under NOT included; a leaf's
    /// place in this list is its number in the matches of `find_spans`.
    pub fn leaves(&self) -> Vec<&Leaf> {
        self.signed_leaves()
            .into_iter()
            .map(|(leaf, _)| leaf)
            .collect()
    }

    /// Returns every leaf in reading order, with true for those under no NOT.
    pub fn signed_leaves(&self) -> Vec<(&Leaf, bool)> {
        let placed = self.placed_leaves().into_iter();
        placed
            .map(|(leaf, place)| (leaf, place.is_wanted))
            .collect()
    }

    /// Returns the leaves that ask something of the whole article, with their numbers:
    /// those under no NOT that are no operands of nearness or of a number of places.
    pub fn standing_leaves(&self) -> Vec<(usize, &Leaf)> {
        let placed = self.placed_leaves().into_iter().enumerate();
        placed
            .filter(|(_, (_, place))| place.is_wanted && !place.is_operand)
            .map(|(number, (leaf, _))| (number, leaf))
            .collect()
    }

    fn placed_leaves(&self) -> Vec<(&Leaf, Place)> {
        let mut found = Vec::new();
        let place = Place {
            is_wanted: true,
            is_operand: false,
        };
        self.collect_leaves(place, &mut found);
        found
    }

    fn collect_leaves<'q>(&'q self, place: Place, found: &mut Vec<(&'q Leaf, Place)>) {
        let operand = Place {
            is_operand: true,
            ..place
        };
        let unwanted = Place {
            is_wanted: false,
            ..place
        };
        match self {
            Query::All => {}
            Query::Leaf(leaf) => found.push((leaf, place)),
            Query::And(conditions) | Query::Or(conditions) => {
                for condition in conditions {
                    condition.collect_leaves(place, found);
                }
            }
            Query::Not(condition) => condition.collect_leaves(unwanted, found),
            Query::Near(near) => {
                near.left.collect_leaves(operand, found);
                near.right.collect_leaves(operand, found);
            }
            Query::AtLeast(_, condition) => condition.collect_leaves(operand, found),
            Query::Boosted(condition, _) => condition.collect_leaves(place, found),
        }
    }

    /// Returns what keeps the condition from having places in a text that others can be
    /// near; `None` for words, phrases and names, for any of them, and for those near each
    /// other.
    pub fn operand_fault(&self) -> Option<&'static str> {
        match self {
            Query::All => Some("every article (*) has no place in a text"),
            Query::Leaf(leaf) => leaf.operand_fault(),
            Query::And(_) => Some("AND and NOT say nothing about places in a text"),
            Query::Not(_) => Some("NOT has no place in a text"),
            Query::Or(conditions) => conditions.iter().find_map(Query::operand_fault),
            Query::Near(near) => match near.reach {
                Reach::Words(_) => None,
                _ => Some("w/s and w/p cannot be part of another proximity"),
            },
            Query::AtLeast(..) => Some("atleast counts in whole articles"),
            Query::Boosted(condition, _) => condition.operand_fault(),
        }
    }

    /// Returns what keeps the places of the condition from being counted; `None` for all
    /// operands, and for those in one sentence or paragraph.
    pub fn count_fault(&self) -> Option<&'static str> {
        match self {
            Query::Near(_) => None,
            Query::Or(conditions) => conditions.iter().find_map(Query::count_fault),
            Query::Boosted(condition, _) => condition.count_fault(),
            other => other.operand_fault(),
        }
    }

    /// Returns true if articles must have the query's common words too, because
    /// it asks for no other words or values.
    pub fn requires_common_words(&self) -> bool {
        self.signed_leaves()
            .iter()
            .all(|(leaf, is_wanted)| !is_wanted || leaf.is_common_word())
    }
}

/// One condition on one field.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub struct Leaf {
    /// Where to look.
    pub field: Field,
    /// What must be there.
    pub test: Test,
}

impl Leaf {
    fn operand_fault(&self) -> Option<&'static str> {
        let is_name = matches!(
            self.field,
            Field::Person | Field::Organization | Field::Place
        );
        match self.test {
            Test::Word(_) | Test::Phrase(_) | Test::Exactly(_) if is_name => None,
            Test::Present | Test::Missing => Some("a field's being there has no place in a text"),
            _ if self.field.is_text() => None,
            _ if is_name => Some("names near something must be written out"),
            _ => Some("only words, phrases and names have places in a text"),
        }
    }

    /// Returns true for a free word of running text that is a function word.
    ///
    /// Articles need not have it (and it is not marked) unless
    /// [`Query::requires_common_words`]; under NOT it counts as any other word.
    pub fn is_common_word(&self) -> bool {
        let Test::Word(word) = &self.test else {
            return false;
        };
        let mut parts = words(word);
        let (Some(only), None) = (parts.next(), parts.next()) else {
            return false;
        };
        let mut folded = String::new();
        fold_word(only.text, &mut folded);
        self.field.is_text() && is_common_word(&folded)
    }
}

/// What must be in a field.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub enum Test {
    /// A free word, as typed: compared by its stem in running text, folded in
    /// other fields. It may hold several parts (`anti-personnel`, `東京`); what
    /// they stand for in running text is what `word_forms` returns.
    Word(String),
    /// The words as written, in this order and side by side (folded, never
    /// stemmed), in either spelling of a compound: `phrase_sequences`.
    Phrase(String),
    /// The whole value (folded), for names its aliases too: `org:="Amnesty
    /// International"`; in running text the words with their case and accents: `=Turkey`.
    Exactly(String),
    /// The words in this order with at most so many others between them: `"a b"~5`.
    /// Only for running text.
    Loose(String, u32),
    /// A word with `*` for any letters and `?` for one letter, folded: `brib*`.
    Wildcard(String),
    /// A folded word with at most so many slips in it (1 or 2): `wolf~1`.
    Fuzzy(String, u8),
    /// Anything at all: `org:*`.
    Present,
    /// A day between the two, both included; an open end is `None`. Only for
    /// [`Field::Date`], as is [`Test::Missing`].
    Days(Option<Date>, Option<Date>),
    /// No value at all: `date:none`.
    Missing,
    /// A number between the two, both included; an open end is `None`. Only for
    /// [`Field::Words`].
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
    /// `hlead:`, `hlead(…)`: headline and lead.
    HeadlineLead,
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
    /// `tag:`, `tags:`.
    Tag,
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
    pub const NAMES: [(Field, &'static [&'static str]); 19] = [
        (Field::Title, &["title", "headline"]),
        (Field::Lead, &["lead"]),
        (Field::Body, &["body"]),
        (Field::HeadlineLead, &["hlead"]),
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
        (Field::Tag, &["tag", "tags"]),
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
        matches!(
            self,
            Field::Text | Field::Title | Field::Lead | Field::Body | Field::HeadlineLead
        )
    }
}
