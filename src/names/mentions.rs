//! Finds the names in an article's title and body, as spans.
//!
//! Cuts text into sentences and tokens, has the tagger label them, and makes
//! spans a reader would accept of what it labelled: without "the", titles,
//! functions and possessives. What the tagger missed is completed where the
//! article itself shows it (`mend`, `repeats`, `headline`), each time with the
//! [`Evidence`]. It unites nothing: two spans of one person stay two mentions
//! ([`super::unite()`] brings them together).

mod boilerplate;
mod brands;
mod firms;
mod headline;
mod mend;
mod repeats;
mod sentence;
mod vessels;

use std::ops::Range;

use crate::article::{Kind, Mention, Part, Span};

use self::headline::KnownNames;
use self::mend::Mender;
use self::sentence::{Sentence, Token, cut};
use super::gazetteer::{HONORIFIC, LEGAL, LISTED_BODY, OFFICE};
use super::label::{Class, Tag};
use super::lattice::Scores;
use super::scoring::spans;
use super::tagger::Tagger;

/// What made a stretch of words a mention.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Evidence {
    /// The tagger's labels.
    Tagger,
    /// A headline holds a name that the body shows to be one.
    KnownFromBody,
    /// The same words are a name elsewhere in the article.
    Repeated,
    /// It is the town in a dateline.
    Dateline,
    /// It is a team in a result, a fixture or a row of standings.
    Result,
    /// It is an acronym in brackets after the full name.
    Brackets,
    /// It ends with a word for a body: Agency, Museum.
    BodyWord,
    /// It ends with a word for a place: Bridge, River.
    PlaceWord,
    /// Its first words are those of a person's name.
    PersonWords,
    /// It was cut off or left over at a possessive: Ghana's Ministry of Health.
    Owner,
    /// Words beside it belong to it.
    Lengthened,
    /// It is a road or a pier with its number: Route 6.
    Numbered,
    /// It is written in small letters and begins sentences.
    SmallLetters,
}

impl Evidence {
    /// Returns a stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Evidence::Tagger => "tagger",
            Evidence::KnownFromBody => "known_from_body",
            Evidence::Repeated => "repeated",
            Evidence::Dateline => "dateline",
            Evidence::Result => "result",
            Evidence::Brackets => "brackets",
            Evidence::BodyWord => "body_word",
            Evidence::PlaceWord => "place_word",
            Evidence::PersonWords => "person_words",
            Evidence::Owner => "owner",
            Evidence::Lengthened => "lengthened",
            Evidence::Numbered => "numbered",
            Evidence::SmallLetters => "small_letters",
        }
    }

    /// Returns the evidence as a reader is told it.
    pub fn describe(self) -> &'static str {
        match self {
            Evidence::Tagger => "tagger",
            Evidence::KnownFromBody => "headline holds a name of the body",
            Evidence::Repeated => "a name elsewhere in the article",
            Evidence::Dateline => "town of the dateline",
            Evidence::Result => "team in a result or table",
            Evidence::Brackets => "acronym in brackets after the name",
            Evidence::BodyWord => "last word names a body",
            Evidence::PlaceWord => "last word names a place",
            Evidence::PersonWords => "words of a person's name",
            Evidence::Owner => "parted at a possessive",
            Evidence::Lengthened => "lengthened by the words beside it",
            Evidence::Numbered => "a road or pier with its number",
            Evidence::SmallLetters => "a brand in small letters",
        }
    }
}

/// A mention with what made it one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// Where it stands and what it names.
    pub mention: Mention,
    /// What made it a mention.
    pub evidence: Evidence,
    /// How probable the tagger holds its least certain word to belong to a name of this
    /// kind, from 0 to 1; `None` where nobody asked.
    pub probability: Option<f32>,
}

/// What is asked of [`find`] beyond the mentions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Probabilities {
    Wanted,
    Spared,
}

/// Finds every name in `title` and `body`, in reading order and without
/// overlaps. Both are read as one document: a headline in capitals is read with
/// the names of the text below it.
pub fn find_mentions(title: &str, body: &str, tagger: &Tagger) -> Vec<Mention> {
    find(title, body, tagger, Probabilities::Spared)
        .into_iter()
        .map(|sighting| sighting.mention)
        .collect()
}

/// Does what [`find_mentions`] does, and tells what made each a mention and how sure
/// the tagger was. Costs several times as much.
pub fn find_sightings(title: &str, body: &str, tagger: &Tagger) -> Vec<Sighting> {
    find(title, body, tagger, Probabilities::Wanted)
}

fn find(title: &str, body: &str, tagger: &Tagger, wanted: Probabilities) -> Vec<Sighting> {
    let mut sentences = cut(title, Part::Title);
    let title_sentences = sentences.len();
    sentences.extend(cut(body, Part::Body));
    let texts: Vec<Vec<&str>> = sentences
        .iter()
        .map(|sentence| sentence.tokens.iter().map(|token| token.text).collect())
        .collect();
    let tags = tagger.tag(&texts);
    let mut found: Vec<Vec<Found>> = Vec::with_capacity(sentences.len());
    for (number, (sentence, tags)) in sentences.iter().zip(&tags).enumerate() {
        found.push(if boilerplate::is_boilerplate(sentence) {
            Vec::new()
        } else {
            read(sentence, tags, tagger, number == title_sentences)
        });
    }
    vessels::sink(&sentences, &mut found);
    brands::find(&sentences, &mut found, tagger);
    repeats::complete(&sentences, &tags, &mut found, tagger);
    let (titles, bodies) = found.split_at_mut(title_sentences);
    let mut known = None;
    for (sentence, found) in sentences.iter().zip(titles) {
        if sentence.is_headline() {
            let bodies = &*bodies;
            known
                .get_or_insert_with(|| KnownNames::of(&sentences[title_sentences..], bodies))
                .reread(sentence, found);
        }
    }
    let probabilities = match wanted {
        Probabilities::Wanted => tagger.probabilities(&texts),
        Probabilities::Spared => Vec::new(),
    };
    let mut sightings = Vec::new();
    for (number, (sentence, found)) in sentences.iter().zip(&found).enumerate() {
        let text = match sentence.part {
            Part::Title => title,
            Part::Body => body,
        };
        for name in found {
            let range = sentence.range(&name.tokens);
            if let Some(span) = Span::new(text, range) {
                let mention = Mention {
                    part: sentence.part,
                    span,
                    kind: name.kind,
                };
                sightings.push(Sighting {
                    mention,
                    evidence: name.evidence,
                    probability: probabilities
                        .get(number)
                        .map(|words| probability(&words[name.tokens.clone()], name.kind)),
                });
            }
        }
    }
    sightings
}

/// A name as a range of a sentence's tokens.
#[derive(Clone, Debug)]
struct Found {
    tokens: Range<usize>,
    kind: Kind,
    evidence: Evidence,
}

/// Cuts `text` as articles are cut, for learning: sentences of tokens, each with
/// the byte where it starts.
pub(super) fn sentences_of_tokens(text: &str) -> impl Iterator<Item = Vec<(&str, usize)>> {
    cut(text, Part::Body).into_iter().map(|sentence| {
        let tokens = sentence.tokens.iter();
        tokens.map(|token| (token.text, token.start)).collect()
    })
}

/// Returns the names of a sentence; the first of the body may begin with a dateline.
fn read(sentence: &Sentence<'_>, tags: &[Tag], tagger: &Tagger, is_lead: bool) -> Vec<Found> {
    let mut found = names(sentence, tags, tagger);
    if found.is_empty()
        && sentence
            .tokens
            .iter()
            .skip(1)
            .all(|token| !token.is_capital())
    {
        return found;
    }
    let mut mender = Mender {
        sentence,
        tags,
        tagger,
        found: &mut found,
    };
    mender.mend(is_lead);
    if is_lead {
        boilerplate::drop_dateline_agency(sentence, &mut found);
    }
    boilerplate::drop_credits(sentence, &mut found);
    boilerplate::drop_told_agencies(sentence, &mut found);
    found
}

/// Returns the names that `tags` mark in `sentence`, trimmed to what a reader
/// would call the name.
fn names(sentence: &Sentence<'_>, tags: &[Tag], tagger: &Tagger) -> Vec<Found> {
    let mut found = Vec::new();
    for (class, mut start, end) in spans(tags) {
        let Some(kind) = kind_of(class) else { continue };
        while let Some(tokens) = trim(sentence, start..end, kind, tagger) {
            start = tokens.end + 1;
            found.push(Found {
                tokens,
                kind,
                evidence: Evidence::Tagger,
            });
            // `Fox Corp. and News Corp.` are two.
            if start >= end || sentence.text(start - 1) != "and" {
                break;
            }
        }
    }
    found
}

/// Returns the probability of the least certain word to belong to a name of `kind`.
fn probability(words: &[Scores], kind: Kind) -> f32 {
    let class = match kind {
        Kind::Person => Class::Person,
        Kind::Organization => Class::Organization,
        Kind::Place => Class::Place,
    };
    let labels = [Tag::Begin(class).label(), Tag::Inside(class).label()];
    let of_kind = words
        .iter()
        .map(|scores| scores[labels[0]] + scores[labels[1]]);
    of_kind.fold(1.0, f32::min)
}

fn kind_of(class: Class) -> Option<Kind> {
    match class {
        Class::Person => Some(Kind::Person),
        Class::Organization => Some(Kind::Organization),
        Class::Place => Some(Kind::Place),
        Class::Other => None,
    }
}

/// Leaves out "the", titles, functions, possessives and stray marks at the ends
/// of a name. Returns `None` where nothing is left.
fn trim(
    sentence: &Sentence<'_>,
    tokens: Range<usize>,
    kind: Kind,
    tagger: &Tagger,
) -> Option<Range<usize>> {
    let Range { mut start, mut end } = tokens;
    let is_word = |token: &Token<'_>| token.text.chars().any(char::is_alphanumeric);
    while start < end {
        let last = &sentence.tokens[end - 1];
        if is_word(last) && !last.is_possessive() {
            break;
        }
        end -= 1;
    }
    if kind == Kind::Organization && end == start + 1 && owns_its_ending(sentence, start, tagger) {
        end += 1;
    }
    while start < end {
        let token = &sentence.tokens[start];
        let classes = tagger.classes_of(token.text);
        let is_title = kind == Kind::Person
            && classes & (HONORIFIC | OFFICE) != 0
            && start + 1 < end
            && !is_initial(token.text);
        let is_article =
            token.text.eq_ignore_ascii_case("the") && !is_capital_the(sentence, start, kind);
        if is_word(token) && !token.is_possessive() && !is_article && !is_title {
            break;
        }
        start += 1;
    }
    if start > 0 && start < end && is_capital_the(sentence, start - 1, kind) {
        start -= 1;
    }
    // `Acme GmbH of Germany`, `Acme GmbH and Sons AB`: the legal form ends the name.
    if kind == Kind::Organization {
        let is_legal = |token: &Token<'_>| tagger.classes_of(token.text) & LEGAL != 0;
        let ends = (start + 1..end.saturating_sub(1)).find(|at| {
            is_legal(&sentence.tokens[*at])
                && matches!(sentence.tokens[at + 1].text, "of" | "and" | "in")
        });
        end = ends.map_or(end, |at| at + 1);
    }
    let has_capital = sentence.tokens[start..end]
        .iter()
        .any(|token| token.text.chars().any(char::is_uppercase));
    (start < end && has_capital).then_some(start..end)
}

/// Tells whether the possessive after token `at` is part of the name: Macy's.
fn owns_its_ending(sentence: &Sentence<'_>, at: usize, tagger: &Tagger) -> bool {
    sentence.tokens.get(at + 1).is_some_and(|next| {
        next.is_possessive()
            && next.text.ends_with('s')
            && tagger.classes_of(&format!("{}'s", sentence.text(at))) & LISTED_BODY != 0
    })
}

/// Tells whether token `at` is the "The" of a place that is never written without: The Hague.
fn is_capital_the(sentence: &Sentence<'_>, at: usize, kind: Kind) -> bool {
    kind == Kind::Place
        && sentence.text(at) == "The"
        && at > 0
        && sentence.text(at - 1).starts_with(char::is_lowercase)
}

fn is_initial(token: &str) -> bool {
    token.trim_end_matches('.').chars().count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(title: &str, body: &str, expected: Expect) {
        let mentions = find_mentions(title, body, Tagger::built_in());
        let lines: Vec<String> = mentions
            .iter()
            .map(|mention| {
                let text = if mention.part == Part::Title {
                    title
                } else {
                    body
                };
                format!(
                    "{:?} {:?}: {}\n",
                    mention.part,
                    mention.kind,
                    mention.span.of(text)
                )
            })
            .collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn titles_and_possessives_are_no_part_of_a_name() {
        check(
            "",
            "President Joe Biden’s adviser met Dr. Annelies de Vries at the World Bank in Geneva.",
            expect![[r#"
                Body Person: Joe Biden
                Body Person: Annelies de Vries
                Body Organization: World Bank
                Body Place: Geneva
            "#]],
        );
    }

    #[test]
    fn a_dateline_agency_is_no_subject() {
        check(
            "",
            "LONDON, March 3 (Reuters) - Amnesty International criticized the Ministry of Defence.",
            expect![[r#"
                Body Place: LONDON
                Body Organization: Amnesty International
                Body Organization: Ministry of Defence
            "#]],
        );
    }

    #[test]
    fn a_headline_is_read_with_the_names_of_the_body() {
        check(
            "BIDEN VISITS NAIROBI",
            "Joe Biden arrived in Nairobi on Monday. Biden will stay two days, officials said.",
            expect![[r#"
                Title Person: BIDEN
                Title Place: NAIROBI
                Body Person: Joe Biden
                Body Place: Nairobi
                Body Person: Biden
            "#]],
        );
    }

    #[test]
    fn credits_are_passed_over() {
        check(
            "",
            "Reporting by Jane Doe; Editing by John Roe\n\nCopyright 2024 Acme Media Ltd.",
            expect![[""]],
        );
    }

    #[test]
    fn hyphens_hold_names_together_but_not_to_common_words() {
        check(
            "",
            "Hye-jin Seo flew to London with Jean-Pierre Dupont of the Washington-based World Bank.",
            expect![[r#"
                Body Person: Hye-jin Seo
                Body Place: London
                Body Person: Jean-Pierre Dupont
                Body Place: Washington
                Body Organization: World Bank
            "#]],
        );
    }

    #[test]
    fn partners_of_a_firm_are_one_name_and_tables_have_none() {
        check(
            "",
            "The offer was led by Harlan Byre, Upton Vail and Co Inc and by Merrow, Peasley and Co \
             on Monday. Brant and Co Inc bought shares. Peter Lindqvist joined Sorensen & Co Ltd in May.",
            expect![[r#"
                Body Organization: Harlan Byre, Upton Vail and Co Inc
                Body Organization: Merrow, Peasley and Co
                Body Organization: Brant and Co Inc
                Body Person: Peter Lindqvist
                Body Organization: Sorensen & Co Ltd
            "#]],
        );
        check(
            "",
            "The firm said profit fell. Shr 31 cts vs 29 cts. Revs 12.1 mln vs 11.4 mln. Qtr ended May 31. It paid 2.5 mln H.K. Dlrs.",
            expect![""],
        );
    }

    fn news_like() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "President ",
            "Joe Biden",
            "’s ",
            "'s ",
            "the ",
            "World Bank",
            " of ",
            "Oslo",
            ". ",
            ", ",
            "(AP)",
            " - ",
            "-",
            "Mr. ",
            "Müller",
            "\n\n",
            "said ",
            "IBM Corp. ",
            "“",
            "”",
            "東京",
            "El ",
            "U.S.",
            " in ",
            "\u{AD}",
            "BY ",
        ]);
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn mentions_lie_in_order_without_overlaps(title in news_like(), body in news_like()) {
            let mentions = find_mentions(&title, &body, Tagger::built_in());
            for pair in mentions.windows(2) {
                let in_order = pair[0].part < pair[1].part || pair[0].span.end() <= pair[1].span.start();
                prop_assert!(in_order, "{pair:?}");
            }
            for mention in mentions {
                let text = if mention.part == Part::Title { &title } else { &body };
                let name = mention.span.of(text);
                prop_assert!(name.chars().any(char::is_uppercase), "{name:?}");
                prop_assert!(!name.ends_with("’s") && !name.starts_with("the "), "{name:?}");
            }
        }

        #[test]
        fn tags_continue_names_of_their_class(tokens in prop::collection::vec(
            prop::sample::select(vec!["Bank", "of", "England", "Joe", "Biden", "said", "IBM", "-", "3", "de"]), 0..12,
        )) {
            let tags = &Tagger::built_in().tag(std::slice::from_ref(&tokens))[0];
            prop_assert_eq!(tags.len(), tokens.len());
            let mut previous = Tag::Outside;
            for tag in tags {
                if let Tag::Inside(class) = tag {
                    prop_assert_eq!(previous.class(), Some(*class));
                }
                previous = *tag;
            }
        }
    }
}
