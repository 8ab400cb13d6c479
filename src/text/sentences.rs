//! Cuts text into paragraphs and sentences.
//!
//! A paragraph ends at an empty line. A sentence ends with its paragraph, or at a
//! period, question or exclamation mark (with closing quotes and brackets) before
//! a blank and a capital, a digit or a quote, unless the period belongs to an
//! abbreviation, an initial or an acronym. The rules are for news in Latin script;
//! the full stops of Chinese and Japanese end sentences too.
//!
//! Linear in the length of the text.

use std::ops::Range;

use super::words::{is_apostrophe, is_quote};

/// Returns the paragraphs of `text`: stretches between empty lines, trimmed, none empty.
pub fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut end = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            found.extend(start.take().map(|start| start..end));
        } else {
            let lead = at + (line.len() - line.trim_start().len());
            start.get_or_insert(lead);
            end = lead + trimmed.len();
        }
        at += line.len();
    }
    found.extend(start.map(|start| start..end));
    found
}

/// Returns the sentences of `text` in order, trimmed, none empty.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let mut start = paragraph.start;
        let mut next = paragraph.start;
        while let Some((at, c)) = next_end_mark(text, next..paragraph.end) {
            next = at + c.len_utf8();
            let stop = close(text, at + c.len_utf8(), paragraph.end);
            if ends_sentence(text, start, at, c, stop, paragraph.end) {
                push_trimmed(text, start..stop, &mut found);
                (start, next) = (stop, stop);
            }
        }
        push_trimmed(text, start..paragraph.end, &mut found);
    }
    found
}

fn push_trimmed(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let sentence = &text[range.clone()];
    let trimmed = sentence.trim_start();
    let start = range.start + (sentence.len() - trimmed.len());
    let end = start + trimmed.trim_end().len();
    if end > start {
        found.push(start..end);
    }
}

/// Returns the first mark in `range` that may end a sentence, and where it stands.
fn next_end_mark(text: &str, range: Range<usize>) -> Option<(usize, char)> {
    // Whole words are passed at a time: most bytes begin no mark.
    let mut at = range.start;
    loop {
        let bytes = &text.as_bytes()[at..range.end];
        at += bytes
            .iter()
            .position(|byte| BEGINS_MARK[usize::from(*byte)])?;
        let c = text[at..].chars().next()?;
        if is_end_mark(c) {
            return Some((at, c));
        }
        at += c.len_utf8();
    }
}

/// True for the first bytes of the marks in [`is_end_mark`].
static BEGINS_MARK: [bool; 256] = {
    let mut begins = [false; 256];
    let first_bytes = [b'.', b'!', b'?', 0xE2, 0xE3, 0xEF];
    let mut at = 0;
    while at < first_bytes.len() {
        begins[first_bytes[at] as usize] = true;
        at += 1;
    }
    begins
};

fn is_end_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？')
}

/// Returns where the marks, quotes and brackets that close a sentence end.
fn close(text: &str, from: usize, limit: usize) -> usize {
    let mut end = from;
    for c in text[from..limit].chars() {
        if !(is_end_mark(c) || is_quote(c) || is_apostrophe(c) || matches!(c, ')' | ']')) {
            break;
        }
        end += c.len_utf8();
    }
    end
}

fn ends_sentence(
    text: &str,
    start: usize,
    at: usize,
    mark: char,
    stop: usize,
    limit: usize,
) -> bool {
    if matches!(mark, '。' | '！' | '？') {
        return true;
    }
    let rest = &text[stop..limit];
    let next = rest.trim_start();
    if next.is_empty() || next.len() == rest.len() {
        return next.is_empty();
    }
    let opens = |c: char| {
        c.is_uppercase()
            || c.is_numeric()
            || is_quote(c)
            || matches!(c, '(' | '[' | '-' | '—' | '–' | '\'' | '‘' | '•')
    };
    if !next.chars().next().is_some_and(opens) {
        return false;
    }
    mark != '.' || !is_abbreviation(&text[start..at], next)
}

/// Returns true if a period after `before` ends an abbreviation rather than a sentence.
fn is_abbreviation(before: &str, next: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '-' | '“' | '"'))
        .next();
    let word = word.unwrap_or_default();
    let after = next.find(|c: char| !c.is_alphabetic());
    let next_word = &next[..after.unwrap_or(next.len())];
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        // An initial: J. Smith; but `Plan B. The` ends with a common word behind it.
        (Some(initial), None) if initial.is_uppercase() => !begins_sentence(next_word),
        // A dotted acronym: ends a sentence only before a word that begins one.
        _ if word.contains('.') && word.split('.').all(|part| part.chars().count() <= 1) => {
            !begins_sentence(next_word)
        }
        _ => {
            let is_one_of = |all: &[&str]| all.iter().any(|other| other.eq_ignore_ascii_case(word));
            if word.len() > LONGEST_ABBREVIATION {
                return false;
            }
            if is_one_of(&TITLES) {
                return true;
            }
            let dated = is_one_of(&MONTHS) && word.starts_with(char::is_uppercase);
            if dated || word.eq_ignore_ascii_case("no") {
                return next.starts_with(|c: char| c.is_ascii_digit());
            }
            is_one_of(&ENDINGS) && !begins_sentence(next_word)
        }
    }
}

fn begins_sentence(word: &str) -> bool {
    const STARTERS: [&str; 44] = [
        "The", "A", "An", "He", "She", "It", "They", "We", "I", "You", "This", "That", "These",
        "Those", "But", "And", "In", "On", "At", "For", "From", "To", "By", "As", "After",
        "Before", "While", "When", "If", "There", "His", "Her", "Its", "Their", "Our", "My",
        "Some", "Many", "Most", "However", "Last", "No", "Not", "Mr",
    ];
    STARTERS.contains(&word)
}

/// The length of the longest abbreviation below, in bytes.
const LONGEST_ABBREVIATION: usize = 6;

/// Abbreviations that a name or number always follows.
const TITLES: [&str; 37] = [
    "mr", "mrs", "ms", "dr", "prof", "gen", "sen", "rep", "gov", "lt", "col", "maj", "capt",
    "cmdr", "sgt", "cpl", "pvt", "adm", "rev", "hon", "st", "pres", "supt", "det", "insp", "msgr",
    "fr", "sr.", "messrs", "mme", "mlle", "vs", "v", "cf", "e.g", "i.e", "ft",
];

/// Abbreviations that may end a sentence.
const ENDINGS: [&str; 26] = [
    "inc", "corp", "co", "ltd", "llc", "plc", "bros", "jr", "sr", "ave", "blvd", "rd", "dept",
    "univ", "assn", "bldg", "est", "etc", "calif", "mass", "fla", "tex", "conn", "wash", "pa",
    "ill",
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(text)
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, expected, "sentences of {text:?}");
    }

    #[test]
    fn sentences_of_news() {
        check("One. Two.", &["One.", "Two."]);
        check(
            "He said so. “Why?” she asked.",
            &["He said so.", "“Why?” she asked."],
        );
        check("“Go.” They went.", &["“Go.”", "They went."]);
        check(
            "Mr. Smith met Gen. Lee on Oct. 3 in St. Paul.",
            &["Mr. Smith met Gen. Lee on Oct. 3 in St. Paul."],
        );
        check(
            "J. P. Morgan left the U.S. Army. It stayed.",
            &["J. P. Morgan left the U.S. Army.", "It stayed."],
        );
        check(
            "It left the U.S. The army stayed.",
            &["It left the U.S.", "The army stayed."],
        );
        check(
            "Apple Inc. sued. Shares of Apple Inc. The rest",
            &["Apple Inc. sued.", "Shares of Apple Inc.", "The rest"],
        );
        check("up 3.5 percent. version 2", &["up 3.5 percent. version 2"]);
        check(
            "First line\nwraps here.\n\nNext paragraph",
            &["First line\nwraps here.", "Next paragraph"],
        );
        check("今日。明日！", &["今日。", "明日！"]);
        check(
            "No. 3 was there. No. He left.",
            &["No. 3 was there.", "No.", "He left."],
        );
        check("", &[]);
        check(" \n \n", &[]);
    }

    #[test]
    fn paragraphs_are_trimmed() {
        let text = "  a\n b\n\n \nc  ";
        let found: Vec<&str> = paragraphs(text)
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, ["a\n b", "c"]);
    }

    proptest! {
        #[test]
        fn sentences_cover_every_word(text in "[A-Za-z.!?\"“”’ \n é。()]{0,60}") {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(range.start >= end && range.end > range.start);
                prop_assert!(text[end..range.start].trim().is_empty());
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
