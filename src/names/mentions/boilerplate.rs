//! What is about the paper rather than the world: bylines, credits, notices of
//! rights, buttons. No name comes out of it.

use std::ops::Range;

use super::Found;
use super::sentence::{Sentence, Token};
use crate::article::{Kind, Part};

/// Tells whether a sentence is about the paper rather than the world: a byline,
/// a credit, a notice of rights.
pub(super) fn is_boilerplate(sentence: &Sentence<'_>) -> bool {
    const BEGINNINGS: [&[&str]; 40] = [
        &["copyright"],
        &["©"],
        &["all", "rights", "reserved"],
        &["reporting", "by"],
        &["editing", "by"],
        &["additional", "reporting"],
        &["writing", "by"],
        &["compiled", "by"],
        &["sign", "up"],
        &["subscribe"],
        &["follow", "us"],
        &["read", "more"],
        &["click", "here"],
        &["image", "credit"],
        &["image", ":"],
        &["photo", ":"],
        &["photo", "by"],
        &["photos", "by"],
        &["photograph", ":"],
        &["photograph", "by"],
        &["photography", "by"],
        &["picture", ":"],
        &["credit", ":"],
        &["edited", "by"],
        &["reported", "by"],
        &["written", "by"],
        &["translated", "by"],
        &["share", "on"],
        &["share", "this"],
        &["share", "via"],
        &["like", "us", "on"],
        &["find", "us", "on"],
        &["join", "our"],
        &["download", "the"],
        &["download", "our"],
        &["we", "use", "cookies"],
        &["this", "site", "uses"],
        &["this", "website", "uses"],
        &["by", "clicking"],
        &["terms", "of", "use"],
    ];
    let mut words = sentence
        .tokens
        .iter()
        .map(|token| token.text)
        .filter(|text| !matches!(*text, "(" | "[" | "-" | "--" | "—" | "–" | "*" | "|"));
    let first: [&str; 3] = std::array::from_fn(|_| words.next().unwrap_or_default());
    if BEGINNINGS.iter().any(|beginning| {
        beginning
            .iter()
            .zip(&first)
            .all(|(word, token)| token.eq_ignore_ascii_case(word))
    }) {
        return true;
    }
    const PHRASES: [[&str; 2]; 4] = [
        ["privacy", "policy"],
        ["cookie", "policy"],
        ["rights", "reserved"],
        ["getty", "images"],
    ];
    let is_phrase = |pair: &[Token<'_>]| {
        PHRASES.iter().any(|phrase| {
            pair.iter()
                .zip(phrase)
                .all(|(token, word)| token.text.eq_ignore_ascii_case(word))
        })
    };
    if sentence.tokens.len() < 16 && sentence.tokens.windows(2).any(is_phrase) {
        return true;
    }
    // `P W D L GF GA Pts`: the head of a table.
    if sentence.tokens.len() > 4
        && sentence
            .tokens
            .iter()
            .all(|token| token.text.len() < 4 && token.is_capital())
    {
        return true;
    }
    // `By Jane Doe, Foreign Correspondent`: a line of its own without a full stop.
    let ends = sentence
        .tokens
        .last()
        .is_some_and(|token| matches!(token.text, "." | "!" | "?"));
    first[0].eq_ignore_ascii_case("by")
        && !ends
        && sentence.part == Part::Body
        && sentence.tokens.len() <= 12
        && sentence
            .tokens
            .get(1)
            .is_some_and(|token| token.text.starts_with(char::is_uppercase))
}

/// Drops the agency of a dateline, `LONDON, March 3 (Reuters) -`: it is the source, not the subject.
pub(super) fn drop_dateline_agency(sentence: &Sentence<'_>, found: &mut Vec<Found>) {
    let text = |at: usize| sentence.tokens.get(at).map_or("", |token| token.text);
    found.retain(|name| {
        let Range { start, end } = name.tokens;
        let in_brackets = start > 0 && text(start - 1) == "(" && text(end) == ")";
        let before_dash = matches!(text(end + 1), "-" | "--" | "—" | "–" | "_");
        !(name.kind == Kind::Organization && start < 12 && in_brackets && before_dash)
    });
}

/// Drops who took a picture: `(AP Photo/Jane Doe)`, `(Photo by Jane Doe, Acme Images)`.
pub(super) fn drop_credits(sentence: &Sentence<'_>, found: &mut Vec<Found>) {
    let is_credit = |token: &str| {
        const WORDS: [&str; 6] = [
            "photo",
            "photograph",
            "picture",
            "image",
            "images",
            "credit",
        ];
        WORDS.iter().any(|word| {
            let begins = token.get(..word.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(word))
        })
    };
    let Some(open) = sentence.tokens.iter().position(|token| token.text == "(") else {
        return;
    };
    let rest = &sentence.tokens[open + 1..];
    let close = rest.iter().position(|token| token.text == ")");
    let end = close.map_or(sentence.tokens.len(), |at| open + 1 + at);
    let beginning = rest
        .iter()
        .take(3)
        .any(|token| is_credit(token.text) && token.is_capital());
    if beginning && end - open <= 14 {
        found.retain(|name| name.tokens.end <= open || name.tokens.start >= end);
    }
}

/// Drops agencies that somebody told something: `officials told Reuters`.
pub(super) fn drop_told_agencies(sentence: &Sentence<'_>, found: &mut Vec<Found>) {
    const AGENCIES: [&str; 8] = [
        "AFP",
        "AP",
        "Bloomberg",
        "Interfax",
        "Reuters",
        "TASS",
        "UPI",
        "Xinhua",
    ];
    found.retain(|name| {
        let start = name.tokens.start;
        let is_told = start > 0 && sentence.text(start - 1) == "told";
        !(is_told && name.tokens.len() == 1 && AGENCIES.contains(&sentence.text(start)))
    });
}
