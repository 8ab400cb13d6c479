//! Compares found names with the right ones, the way CoNLL's conlleval does.
//!
//! A span is right if its class, first and last word are. For search it counts
//! whether a document's *set* of lower-cased names is right; both are measured.
//! MISC is not counted.

use std::collections::HashSet;

use super::columns::TaggedText;
use super::label::{Class, Tag};
use super::tagger::Tagger;

/// How many names there are, were found, and were found rightly.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Names in the truth.
    pub gold: usize,
    /// Names found.
    pub found: usize,
    /// Names found that are in the truth.
    pub right: usize,
}

impl Counts {
    /// Returns the counts of both taken together.
    #[must_use]
    pub fn plus(self, other: Counts) -> Counts {
        Counts {
            gold: self.gold + other.gold,
            found: self.found + other.found,
            right: self.right + other.right,
        }
    }

    /// Returns the share of found names that are right.
    pub fn precision(self) -> f64 {
        share(self.right, self.found)
    }

    /// Returns the share of right names that were found.
    pub fn recall(self) -> f64 {
        share(self.right, self.gold)
    }

    /// Returns the harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        share(2 * self.right, self.found + self.gold)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// The classes that count.
pub const SCORED: [Class; 3] = [Class::Person, Class::Organization, Class::Place];

/// The scores of one text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scores {
    /// Strict spans, by class in the order of [`SCORED`].
    pub spans: [Counts; 3],
    /// Distinct names of each document, by class.
    pub names: [Counts; 3],
}

/// Tags the tokens of `gold` with `tagger` and compares.
pub fn evaluate(gold: &TaggedText, tagger: &Tagger) -> Scores {
    let found: Vec<_> = gold
        .documents
        .iter()
        .map(|document| tagger.tag(&document.tokens()))
        .collect();
    score(gold, &found)
}

/// Compares the tags of `gold` with `found`, which holds the tags of the same
/// tokens, sentence by sentence.
pub fn score(gold: &TaggedText, found: &[Vec<Vec<Tag>>]) -> Scores {
    let mut scores = Scores::default();
    for (document, found) in gold.documents.iter().zip(found) {
        let mut right_spans = HashSet::new();
        let mut right_names = HashSet::new();
        let mut found_spans = HashSet::new();
        let mut found_names = HashSet::new();
        for (number, (sentence, found)) in document.sentences.iter().zip(found).enumerate() {
            let tags: Vec<Tag> = sentence.iter().map(|(_, tag)| *tag).collect();
            let name = |start: usize, end: usize| -> String {
                let tokens: Vec<&str> = sentence[start..end]
                    .iter()
                    .map(|(token, _)| token.as_str())
                    .collect();
                tokens.join(" ").to_lowercase()
            };
            for (class, start, end) in spans(&tags) {
                right_spans.insert((class, number, start, end));
                right_names.insert((class, name(start, end)));
            }
            for (class, start, end) in spans(found) {
                found_spans.insert((class, number, start, end));
                found_names.insert((class, name(start, end)));
            }
        }
        for (at, class) in SCORED.into_iter().enumerate() {
            let spans = &mut scores.spans[at];
            let of_class = |span: &&(Class, usize, usize, usize)| span.0 == class;
            spans.gold += right_spans.iter().filter(of_class).count();
            spans.found += found_spans.iter().filter(of_class).count();
            spans.right += right_spans
                .intersection(&found_spans)
                .filter(of_class)
                .count();
            let names = &mut scores.names[at];
            let of_class = |name: &&(Class, String)| name.0 == class;
            names.gold += right_names.iter().filter(of_class).count();
            names.found += found_names.iter().filter(of_class).count();
            names.right += right_names
                .intersection(&found_names)
                .filter(of_class)
                .count();
        }
    }
    scores
}

/// Returns the names of a sentence: class, first word, and the word after the
/// last. An I tag that continues nothing begins a name, as in conlleval.
pub(crate) fn spans(tags: &[Tag]) -> Vec<(Class, usize, usize)> {
    let mut spans: Vec<(Class, usize, usize)> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let Some(class) = tag.class() else { continue };
        match spans.last_mut() {
            Some(last) if matches!(tag, Tag::Inside(_)) && last.0 == class && last.2 == at => {
                last.2 += 1
            }
            _ => spans.push((class, at, at + 1)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(gold: &str, found: &str, expected: [(usize, usize, usize); 3]) {
        let read = |tags: &str| {
            let lines = tags.split(' ').enumerate();
            TaggedText::parse(
                &lines
                    .map(|(at, tag)| format!("w{at}\t{tag}\n"))
                    .collect::<String>(),
            )
            .unwrap()
        };
        let tags = |text: &TaggedText| -> Vec<Vec<Tag>> {
            let sentences = text.documents[0].sentences.iter();
            sentences
                .map(|sentence| sentence.iter().map(|(_, tag)| *tag).collect())
                .collect()
        };
        let gold = read(gold);
        let scores = score(&gold, &[tags(&read(found))]);
        let counts = scores
            .spans
            .map(|counts| (counts.gold, counts.found, counts.right));
        assert_eq!(counts, expected, "{found}");
    }

    #[test]
    fn a_span_is_right_in_class_and_both_ends() {
        check(
            "B-PER I-PER O B-ORG",
            "B-PER I-PER O B-ORG",
            [(1, 1, 1), (1, 1, 1), (0, 0, 0)],
        );
        check(
            "B-PER I-PER O B-ORG",
            "B-PER O O B-LOC",
            [(1, 1, 0), (1, 0, 0), (0, 1, 0)],
        );
    }

    #[test]
    fn an_inside_tag_that_continues_nothing_begins_a_name() {
        check(
            "B-ORG I-ORG O",
            "I-ORG I-ORG O",
            [(0, 0, 0), (1, 1, 1), (0, 0, 0)],
        );
        check(
            "B-ORG B-ORG O",
            "B-ORG I-LOC O",
            [(0, 0, 0), (2, 1, 1), (0, 1, 0)],
        );
    }
}
