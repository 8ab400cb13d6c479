//! Finds again, in the rest of an article, the names that were found in it once.
//!
//! The tagger reads each place by itself; what it called a name in one sentence and
//! passed over in the next is completed here, and a name of several words is of
//! one kind throughout. Time is linear in the words of the article.

use std::collections::HashMap;

use super::sentence::{Sentence, Token};
use super::{Evidence, Found};
use crate::article::Kind;
use crate::names::gazetteer::{CALENDAR, DEMONYM, FUNCTION, HONORIFIC, OFFICE, ORGANIZATION_WORD};
use crate::names::label::{Class, Tag};
use crate::names::tagger::Tagger;

/// A name found in an article: its words, how often each kind was read, and how
/// often it was passed over.
struct Known<'s, 't> {
    words: &'s [Token<'t>],
    counts: [u16; 3],
    passed_over: u16,
}

impl Known<'_, '_> {
    fn kind(&self) -> Kind {
        let kinds = Kind::ALL.into_iter().rev();
        let best = kinds.max_by_key(|kind| self.counts[*kind as usize]);
        best.unwrap_or(Kind::Organization)
    }

    /// Tells whether it is safe to call the places a name that were passed over: a
    /// single word must be a name more often than not.
    fn is_sure(&self) -> bool {
        self.words.len() > 1 || self.counts.iter().sum::<u16>() > self.passed_over
    }
}

/// Adds to `found` the places where a name stands that was passed over.
pub(super) fn complete(
    sentences: &[Sentence<'_>],
    tags: &[Vec<Tag>],
    found: &mut [Vec<Found>],
    tagger: &Tagger,
) {
    let mut known = collect(sentences, found, tagger);
    if known.is_empty() {
        return;
    }
    let mut missed = Vec::new();
    for (number, ((sentence, tags), found)) in sentences.iter().zip(tags).zip(&*found).enumerate() {
        if sentence.is_headline() {
            continue;
        }
        let (mut next, mut at) = (0, 0);
        while at < sentence.tokens.len() {
            if let Some(name) = found.get(next).filter(|name| name.tokens.start <= at) {
                at = at.max(name.tokens.end);
                next += 1;
                continue;
            }
            if !sentence.tokens[at].is_capital() {
                at += 1;
                continue;
            }
            let limit = found
                .get(next)
                .map_or(sentence.tokens.len(), |name| name.tokens.start);
            let first = sentence.tokens[at].text;
            let name = known.get_mut(first).and_then(|names| {
                longest(names, sentence, tags, at, limit).map(|n| (n, &mut names[n]))
            });
            let Some((which, name)) = name else {
                at += 1;
                continue;
            };
            name.passed_over += 1;
            let tokens = at..at + name.words.len();
            at = tokens.end;
            missed.push((number, tokens, first, which));
        }
    }
    for (number, tokens, first, which) in missed {
        let Some(name) = known.get(first).and_then(|names| names.get(which)) else {
            continue;
        };
        if name.is_sure() {
            let names = &mut found[number];
            let at = names.partition_point(|name| name.tokens.start < tokens.start);
            let (kind, evidence) = (name.kind(), Evidence::Repeated);
            names.insert(
                at,
                Found {
                    tokens,
                    kind,
                    evidence,
                },
            );
        }
    }
}

/// Returns the names that may be looked for, by their first word.
fn collect<'s, 't>(
    sentences: &'s [Sentence<'t>],
    found: &[Vec<Found>],
    tagger: &Tagger,
) -> HashMap<&'t str, Vec<Known<'s, 't>>> {
    let mut known: HashMap<&str, Vec<Known<'_, '_>>> = HashMap::new();
    for (sentence, found) in sentences.iter().zip(found) {
        for name in found
            .iter()
            .filter(|name| name.evidence != Evidence::Result)
        {
            let words = &sentence.tokens[name.tokens.clone()];
            if words.len() == 1 && !is_telling(&words[0], tagger) {
                continue;
            }
            let names = known.entry(words[0].text).or_default();
            let same = names.iter_mut().find(|known| are_equal(known.words, words));
            let counts = match same {
                Some(known) => &mut known.counts,
                None => {
                    names.push(Known {
                        words,
                        counts: [0; 3],
                        passed_over: 0,
                    });
                    let last = names.len() - 1;
                    &mut names[last].counts
                }
            };
            counts[name.kind as usize] += 1;
        }
    }
    known
}

/// Tells whether a single word can be looked for: `Finbit`, not `March` or `Council`.
fn is_telling(word: &Token<'_>, tagger: &Tagger) -> bool {
    const COMMON: u32 = FUNCTION | CALENDAR | DEMONYM | ORGANIZATION_WORD | HONORIFIC | OFFICE;
    word.text.len() > 3
        && word.is_capital()
        && !(word.text.ends_with('s')
            && word.text[..word.text.len() - 1]
                .chars()
                .all(char::is_uppercase))
        && tagger.classes_of(word.text) & COMMON == 0
}

fn are_equal(one: &[Token<'_>], other: &[Token<'_>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.text == b.text)
}

/// Returns which known name is the longest at token `at`, before `limit`.
fn longest(
    names: &[Known<'_, '_>],
    sentence: &Sentence<'_>,
    tags: &[Tag],
    at: usize,
    limit: usize,
) -> Option<usize> {
    let is_capital = |at: usize| sentence.tokens.get(at).is_some_and(Token::is_capital);
    let stands = |known: &Known<'_, '_>| {
        let end = at + known.words.len();
        end <= limit
            && are_equal(known.words, &sentence.tokens[at..end])
            // Of a kind that is not shown: a nationality, an event.
            && !tags[at..end].iter().any(|tag| tag.class() == Some(Class::Other))
            && (known.words.len() > 1 || !(is_capital(end) || (at > 0 && is_capital(at - 1))))
    };
    (0..names.len())
        .filter(|which| stands(&names[*which]))
        .max_by_key(|which| names[*which].words.len())
}
