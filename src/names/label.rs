//! The labels a word can bear: BIO tags over four classes.
//!
//! Only the alphabet and its grammar are here; which label a word gets is
//! decided in [`super::tagger`].

use std::fmt;
use std::str::FromStr;

/// What a tagged name is. MISC (nationalities, events, works) is never shown to
/// a reader: it keeps such names out of the other three classes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Class {
    /// A human being.
    Person,
    /// A company, agency, party, team or other body.
    Organization,
    /// A country, town, region, building or water.
    Place,
    /// Any other name: a nationality, event, product or work.
    Other,
}

impl Class {
    /// All classes, in the order of their labels.
    pub const ALL: [Class; 4] = [
        Class::Person,
        Class::Organization,
        Class::Place,
        Class::Other,
    ];

    /// Returns the class as it is written in tagged text: `PER`, `ORG`, `LOC`, `MISC`.
    pub fn code(self) -> &'static str {
        match self {
            Class::Person => "PER",
            Class::Organization => "ORG",
            Class::Place => "LOC",
            Class::Other => "MISC",
        }
    }
}

/// The tag of one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Tag {
    /// No part of a name.
    Outside,
    /// The first word of a name.
    Begin(Class),
    /// A later word of the name that the word before belongs to.
    Inside(Class),
}

/// How many labels there are.
pub(crate) const LABELS: usize = 9;

impl Tag {
    /// Returns the tag's number: O is 0, then B and I of each class.
    pub(crate) fn label(self) -> usize {
        match self {
            Tag::Outside => 0,
            Tag::Begin(class) => 1 + 2 * class as usize,
            Tag::Inside(class) => 2 + 2 * class as usize,
        }
    }

    /// Returns the tag with number `label`; numbers without a tag are O.
    pub(crate) fn from_label(label: usize) -> Tag {
        let class = |at: usize| Class::ALL.get(at / 2).copied();
        match label.checked_sub(1) {
            None => Tag::Outside,
            Some(at) if at % 2 == 0 => class(at).map_or(Tag::Outside, Tag::Begin),
            Some(at) => class(at).map_or(Tag::Outside, Tag::Inside),
        }
    }

    /// Returns the class of the name that the word belongs to.
    pub fn class(self) -> Option<Class> {
        match self {
            Tag::Outside => None,
            Tag::Begin(class) | Tag::Inside(class) => Some(class),
        }
    }
}

/// Tells whether label `next` may follow label `previous` (0 before the first word):
/// an I must continue a name of its own class.
pub(crate) fn may_follow(previous: usize, next: usize) -> bool {
    let is_inside = next > 0 && next.is_multiple_of(2);
    !is_inside || previous == next || previous + 1 == next
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tag::Outside => f.write_str("O"),
            Tag::Begin(class) => write!(f, "B-{}", class.code()),
            Tag::Inside(class) => write!(f, "I-{}", class.code()),
        }
    }
}

/// A word that is no tag.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no tag; tags are O and B- or I- with PER, ORG, LOC or MISC")]
pub struct TagError(String);

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Tag, TagError> {
        if text == "O" {
            return Ok(Tag::Outside);
        }
        let named = |code: &str| Class::ALL.into_iter().find(|class| class.code() == code);
        let tag = match text.split_once('-') {
            Some(("B", code)) => named(code).map(Tag::Begin),
            Some(("I", code)) => named(code).map(Tag::Inside),
            _ => None,
        };
        tag.ok_or_else(|| TagError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_codes_come_back_as_the_same_tag() {
        for label in 0..LABELS {
            let tag = Tag::from_label(label);
            assert_eq!(tag.label(), label);
            assert_eq!(tag.to_string().parse::<Tag>().unwrap(), tag);
        }
        assert!("B-DOG".parse::<Tag>().is_err());
        assert!("PER".parse::<Tag>().is_err());
    }

    #[test]
    fn inside_continues_its_own_class_only() {
        let label = |text: &str| text.parse::<Tag>().unwrap().label();
        assert!(may_follow(label("B-ORG"), label("I-ORG")));
        assert!(may_follow(label("I-ORG"), label("I-ORG")));
        assert!(may_follow(label("O"), label("B-PER")));
        assert!(!may_follow(label("O"), label("I-ORG")));
        assert!(!may_follow(label("B-PER"), label("I-ORG")));
    }
}
