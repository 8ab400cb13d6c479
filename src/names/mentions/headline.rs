//! Reads headlines, where capitals mean nothing, with the names of the text below.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::sentence::{Sentence, Token};
use super::{Evidence, Found};
use crate::article::Kind;
use crate::names::features::AlreadyHashed;
use crate::names::hash::{lower_hash, mix};
use crate::text::fold_word;

/// The names of a body by the hash of their folded words, to find them in a headline.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    kinds: HashMap<u64, Kind, BuildHasherDefault<AlreadyHashed>>,
    longest: usize,
}

impl KnownNames {
    /// Collects the names `found` in the sentences of a body.
    pub(super) fn of(sentences: &[Sentence<'_>], found: &[Vec<Found>]) -> KnownNames {
        let mut counts: Vec<(u64, Kind, usize)> = Vec::new();
        let mut longest = 0;
        let mut folded = String::new();
        for (sentence, names) in sentences.iter().zip(found) {
            for name in names {
                let tokens = &sentence.tokens[name.tokens.clone()];
                if name.kind == Kind::Person && tokens.len() > 1 {
                    let surname = word_hash(tokens[tokens.len() - 1].text, &mut folded);
                    counts.push((mix(0, surname), name.kind, 1));
                }
                counts.push((hash(tokens, &mut folded), name.kind, 2));
                longest = longest.max(tokens.len());
            }
        }
        // The kind that is read most often wins; the first kind where two are even.
        counts.sort_unstable();
        counts.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 += if same { next.2 } else { 0 };
            same
        });
        counts.sort_by(|(_, a_kind, a), (_, b_kind, b)| a.cmp(b).then(b_kind.cmp(a_kind)));
        let kinds = counts.into_iter().map(|(name, kind, _)| (name, kind));
        KnownNames {
            kinds: kinds.collect(),
            longest,
        }
    }

    /// Puts the known names that `sentence` holds in place of what was found there.
    pub(super) fn reread(&self, sentence: &Sentence<'_>, found: &mut Vec<Found>) {
        let mut folded = String::new();
        let words: Vec<u64> = sentence
            .tokens
            .iter()
            .map(|token| word_hash(token.text, &mut folded))
            .collect();
        let begins = |at: usize| {
            let first = sentence.text(at).chars().next();
            first.is_some_and(|c| c.is_uppercase() || c.is_numeric())
        };
        let mut at = 0;
        while at < words.len() {
            let longest = (at + 1..=words.len().min(at + self.longest))
                .rev()
                .filter(|end| begins(at) && begins(*end - 1))
                .find_map(|end| {
                    let name = words[at..end]
                        .iter()
                        .fold(0, |state, word| mix(state, *word));
                    let kind = *self.kinds.get(&name)?;
                    Some(Found {
                        tokens: at..end,
                        kind,
                        evidence: Evidence::KnownFromBody,
                    })
                });
            let Some(name) = longest else {
                at += 1;
                continue;
            };
            at = name.tokens.end;
            // A longer name found in the headline itself stands, unless it is one of
            // those chains that title case makes.
            let covered = found.iter().any(|other| {
                other.kind == name.kind
                    && other.tokens.start <= name.tokens.start
                    && other.tokens.end >= name.tokens.end
                    && other.tokens.len() <= name.tokens.len() + 2
            });
            if !covered {
                found.retain(|other| {
                    other.tokens.end <= name.tokens.start || other.tokens.start >= name.tokens.end
                });
                found.push(name);
            }
        }
        found.sort_by_key(|name| name.tokens.start);
    }
}

fn hash(tokens: &[Token<'_>], folded: &mut String) -> u64 {
    tokens
        .iter()
        .fold(0, |state, token| mix(state, word_hash(token.text, folded)))
}

/// Returns a hash of a word without case and accents; `folded` is room to work in.
fn word_hash(word: &str, folded: &mut String) -> u64 {
    if word.is_ascii() {
        return lower_hash(word.strip_suffix('.').unwrap_or(word));
    }
    folded.clear();
    fold_word(word, folded);
    lower_hash(folded)
}
