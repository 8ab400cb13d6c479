//! Ships bear the names of towns, people and birds, and are none of them: what an
//! article once calls `the ferry Halcyon` is no name in the rest of it.
//!
//! Time is linear.

use std::ops::Range;

use super::Found;
use super::sentence::{Sentence, Token};

/// Drops the names of ships from `found`.
pub(super) fn sink(sentences: &[Sentence<'_>], found: &mut [Vec<Found>]) {
    let mut ships: Vec<Vec<&str>> = Vec::new();
    for sentence in sentences {
        let is_capital = |at: usize| sentence.tokens.get(at).is_some_and(Token::is_capital);
        let mut at = 0;
        while at < sentence.tokens.len() {
            let start = at;
            while is_capital(at) {
                at += 1;
            }
            if at > start && follows_ship(sentence, start) {
                ships.push(words(sentence, start..at).collect());
            }
            at += 1;
        }
    }
    if ships.is_empty() {
        return;
    }
    for (sentence, found) in sentences.iter().zip(found) {
        found.retain(|name| {
            let is_it =
                |ship: &Vec<&str>| words(sentence, name.tokens.clone()).eq(ship.iter().copied());
            !ships.iter().any(is_it)
        });
    }
}

fn words<'t>(sentence: &Sentence<'t>, tokens: Range<usize>) -> impl Iterator<Item = &'t str> {
    sentence.tokens[tokens].iter().map(|token| token.text)
}

/// Tells whether a word for a ship stands just before token `at`: `the ferry Halcyon`,
/// `the ferry, the Halcyon`.
fn follows_ship(sentence: &Sentence<'_>, at: usize) -> bool {
    const SHIPS: [&str; 18] = [
        "barge",
        "boat",
        "cruiser",
        "cutter",
        "destroyer",
        "ferry",
        "freighter",
        "frigate",
        "liner",
        "schooner",
        "ship",
        "steamer",
        "submarine",
        "supertanker",
        "tanker",
        "trawler",
        "tugboat",
        "yacht",
    ];
    let mut before = at;
    for skipped in ["\"", "“", "the", ","] {
        if before > 0 && sentence.text(before - 1) == skipped {
            before -= 1;
        }
    }
    before > 0 && SHIPS.binary_search(&sentence.text(before - 1)).is_ok()
}
