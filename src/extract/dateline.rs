//! Finds the dateline: place, day and agency before the first words of a report.
//!
//! `LONDON, March 3 (Reuters) -`, `PORT ALDEN (MW) —`, `OSLO, Norway —`. The place is
//! in capitals and a dash ends it; anything else is text.

use std::ops::Range;

use crate::article::Span;

/// The beginning of a report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dateline {
    /// The place, as written.
    pub place: Span,
    /// The agency in brackets.
    pub agency: Option<Span>,
    /// Everything up to and with the dash.
    pub range: Range<usize>,
}

/// A dateline is not longer than this (chosen: a long place, country, date and agency).
const MOST_BYTES: usize = 120;

/// Finds the dateline that `text` begins with.
pub fn find_dateline(text: &str) -> Option<Dateline> {
    let start = text.len() - text.trim_start().len();
    let limit = (start + MOST_BYTES).min(text.len());
    let limit = (start..=limit)
        .rev()
        .find(|&end| text.is_char_boundary(end))?;
    let head = &text[start..limit];
    let head = head.split("\n\n").next().unwrap_or_default();
    let dash = find_dash(head)?;
    let before = head[..dash.start].trim_end();
    let bracket = before.find('(');
    let place_end = before.find([',', '(']).unwrap_or(before.len());
    let place = before[..place_end].trim_end();
    if !is_place(place) || !is_plain_rest(&before[place.len()..]) {
        return None;
    }
    let agency = bracket.and_then(|open| {
        let close = before[open..].find(')')? + open;
        Span::new(text, start + open + 1..start + close)
    });
    let place = Span::new(text, start..start + place.len())?;
    Some(Dateline {
        place,
        agency,
        range: start..start + dash.end,
    })
}

/// Returns the first dash that stands between blanks, or an em dash.
fn find_dash(head: &str) -> Option<Range<usize>> {
    for (at, c) in head.char_indices() {
        let end = at + c.len_utf8();
        let is_spaced = head[..at].ends_with([' ', '\n'])
            && (head[end..].starts_with([' ', '\n']) || head[end..].is_empty());
        match c {
            '—' | '–' => return Some(at..end),
            '-' if head[end..].starts_with('-') => return Some(at..end + 1),
            '-' if is_spaced => return Some(at..end),
            '.' if head[end..].starts_with(' ') && !is_short_word_before(&head[..at]) => {
                return None;
            }
            _ => {}
        }
    }
    None
}

/// `Feb.` and `St.` do not end a sentence.
fn is_short_word_before(text: &str) -> bool {
    let word = text
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    (1..=4).contains(&word.chars().count())
}

/// A place is a few words in capitals.
fn is_place(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let has_lower = text.chars().any(char::is_lowercase);
    letters >= 3
        && !has_lower
        && text.split_whitespace().count() <= 5
        && !text.contains(['"', '“', '!', '?'])
}

/// What stands between place and dash: a country, a day, an agency; no sentence.
fn is_plain_rest(text: &str) -> bool {
    let is_plain = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        bare.is_empty()
            || bare.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            || matches!(bare, "and" | "of" | "the" | "de" | "del")
    };
    text.split_whitespace().count() <= 10 && text.split_whitespace().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, Option<&str>, &str)>) {
        let found = find_dateline(text);
        let shown = found.as_ref().map(|found| {
            (
                found.place.of(text),
                found.agency.map(|agency| agency.of(text)),
                &text[found.range.clone()],
            )
        });
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn datelines_of_news() {
        check(
            "LONDON, March 3 (Reuters) - Shares fell.",
            Some(("LONDON", Some("Reuters"), "LONDON, March 3 (Reuters) -")),
        );
        check(
            "PORT ALDEN (MW) — Dockers met.",
            Some(("PORT ALDEN", Some("MW"), "PORT ALDEN (MW) —")),
        );
        check(
            "OSLO, Norway — It rained.",
            Some(("OSLO", None, "OSLO, Norway —")),
        );
        check(
            "DOBOJ, Bosnia and Herzegovina — The sign",
            Some(("DOBOJ", None, "DOBOJ, Bosnia and Herzegovina —")),
        );
        check(
            "ATHENS, Greece, Feb. 6 (Meridian Wire) — A",
            Some((
                "ATHENS",
                Some("Meridian Wire"),
                "ATHENS, Greece, Feb. 6 (Meridian Wire) —",
            )),
        );
        check(
            "NEW YORK -- Stocks",
            Some(("NEW YORK", None, "NEW YORK --")),
        );
        check("NATO said on Friday — twice — that", None);
        check("The mayor — a Democrat — spoke.", None);
        check("MAYOR RESIGNS", None);
        check("", None);
    }
}
