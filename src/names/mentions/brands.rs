//! Companies that write themselves in small letters: adidas, and what an article
//! shows to be one.
//!
//! A tagger that looks at capitals cannot see them. A word in small letters that
//! begins a sentence of an otherwise well-written article, owns or says something, and
//! is no word of the language we know of, is a brand. Time is linear.

use super::sentence::Sentence;
use super::{Evidence, Found};
use crate::article::Kind;
use crate::names::gazetteer::SAYS;
use crate::names::tagger::Tagger;
use crate::text::is_common_word;

/// Brands that are known well enough to need no evidence.
const KNOWN: [&str; 4] = ["adidas", "bpost", "lululemon", "thyssenkrupp"];

/// Adds the brands in small letters to `found`.
pub(super) fn find(sentences: &[Sentence<'_>], found: &mut [Vec<Found>], tagger: &Tagger) {
    let mut brands: Vec<&str> = Vec::new();
    let mut small = 0;
    for sentence in sentences {
        let Some(first) = sentence.tokens.first() else {
            continue;
        };
        if first.text.starts_with(char::is_lowercase) {
            small += 1;
            if is_candidate(first.text, tagger) && !brands.contains(&first.text) {
                brands.push(first.text);
            }
        }
    }
    // Where many sentences begin small, capitals mean nothing.
    if small * 8 > sentences.len() + 8 {
        brands.clear();
    }
    brands.retain(|brand| acts(sentences, brand, tagger));
    for (sentence, found) in sentences.iter().zip(found) {
        for (at, token) in sentence.tokens.iter().enumerate() {
            if !token.text.as_bytes()[0].is_ascii_lowercase() {
                continue;
            }
            if KNOWN.contains(&token.text) || brands.contains(&token.text) {
                let place = found.partition_point(|name| name.tokens.start < at);
                if found[..place]
                    .last()
                    .is_some_and(|name| name.tokens.end > at)
                {
                    continue;
                }
                found.insert(
                    place,
                    Found {
                        tokens: at..at + 1,
                        kind: Kind::Organization,
                        evidence: Evidence::SmallLetters,
                    },
                );
            }
        }
    }
}

fn is_candidate(word: &str, tagger: &Tagger) -> bool {
    word.len() > 3
        && word.bytes().all(|byte| byte.is_ascii_lowercase())
        && !is_common_word(word)
        && tagger.classes_of(word) == 0
}

/// Tells whether a word owns or says something, and is written small throughout.
fn acts(sentences: &[Sentence<'_>], word: &str, tagger: &Tagger) -> bool {
    let (mut acts, mut uses) = (false, 0);
    for sentence in sentences {
        for (at, token) in sentence.tokens.iter().enumerate() {
            if token.text == word {
                uses += 1;
                let next = sentence.tokens.get(at + 1);
                acts |= next.is_some_and(|next| {
                    next.is_possessive() || tagger.classes_of(next.text) & SAYS != 0
                });
            } else if token.text.len() == word.len() && token.text.eq_ignore_ascii_case(word) {
                return false;
            }
        }
    }
    acts && uses > 1
}
