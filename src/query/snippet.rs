//! Chooses the piece of a body that shows best why it matched.
//!
//! Characters are counted, never bytes. Nothing is marked or shortened here: a
//! snippet is a range of the body. Linear in the body and its matches.

use std::collections::HashMap;
use std::ops::Range;

use crate::article::{Part, lead_range};
use crate::text::sentences;

use super::spans::Match;

/// A piece of a body.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Snippet {
    /// The bytes of the body, on `char` boundaries.
    pub range: Range<usize>,
    /// Whether it begins within a sentence.
    pub is_cut_before: bool,
    /// Whether it ends within a sentence.
    pub is_cut_after: bool,
}

/// Returns the piece of at most `max_chars` characters with the most different
/// leaves of the query, of those the one with the most matches, of those the first.
/// Without matches it is the beginning of the lead.
///
/// `matches` are those of `find_spans` for this body; others are passed over. A
/// piece begins and ends with a sentence where it can, else with a word.
pub fn snippet(body: &str, matches: &[Match], max_chars: usize) -> Snippet {
    let places: Vec<Place> = places(body, matches);
    let core = match best_window(&places, max_chars) {
        Some(window) => places[window.start].range.start..latest_end(&places[window]),
        None => {
            let start = lead_range(body).start;
            start..start
        }
    };
    widen(body, core, max_chars)
}

/// A match with its place in characters.
struct Place {
    leaf: usize,
    range: Range<usize>,
    chars: Range<usize>,
}

fn places(body: &str, matches: &[Match]) -> Vec<Place> {
    let mut places = Vec::new();
    let (mut at, mut chars) = (0, 0);
    for found in matches.iter().filter(|found| found.part == Part::Body) {
        let range = found.span.range();
        let (Some(before), Some(inside)) = (body.get(at..range.start), body.get(range.clone()))
        else {
            continue;
        };
        chars += before.chars().count();
        at = range.start;
        places.push(Place {
            leaf: found.leaf,
            chars: chars..chars + inside.chars().count(),
            range,
        });
    }
    places
}

fn latest_end(places: &[Place]) -> usize {
    places
        .iter()
        .map(|place| place.range.end)
        .max()
        .unwrap_or_default()
}

/// Returns the run of places within `max_chars` that shows the most.
fn best_window(places: &[Place], max_chars: usize) -> Option<Range<usize>> {
    let mut best: Option<((usize, usize), Range<usize>)> = None;
    let mut leaves: HashMap<usize, usize> = HashMap::new();
    let mut end = 0;
    for start in 0..places.len() {
        let fits =
            |place: &Place| place.chars.end <= places[start].chars.start.saturating_add(max_chars);
        // A single match that is too long is shown as far as it goes.
        while end < places.len() && (end == start || fits(&places[end])) {
            *leaves.entry(places[end].leaf).or_default() += 1;
            end += 1;
        }
        let score = (leaves.len(), end - start);
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, start..end));
        }
        if let Some(count) = leaves.get_mut(&places[start].leaf) {
            *count -= 1;
            if *count == 0 {
                leaves.remove(&places[start].leaf);
            }
        }
    }
    best.map(|(_, window)| window)
}

/// Returns the piece of at most `max_chars` characters around `core`, or the
/// beginning of `core` if it is longer.
fn widen(body: &str, core: Range<usize>, max_chars: usize) -> Snippet {
    let core = core.start..core.end.min(ahead(body, core.start, max_chars));
    let room = max_chars - body[core.clone()].chars().count();
    // Sentences are looked for only around the piece: a body may have megabytes.
    let from = behind(body, core.start, max_chars.saturating_mul(4));
    let to = ahead(body, core.end, max_chars.saturating_mul(4));
    let sentences: Vec<Range<usize>> = sentences(&body[from..to])
        .into_iter()
        .map(|sentence| sentence.start + from..sentence.end + from)
        .collect();

    let earliest = behind(body, core.start, room);
    let begins = |start: &usize| (earliest..=core.start).contains(start);
    let sentence = sentences.iter().map(|sentence| sentence.start);
    // The first sentence found may have begun before the part that was looked at.
    let sentence = sentence
        .filter(|start| *start > from || from == 0)
        .rfind(begins);
    let start = sentence
        .unwrap_or_else(|| word_start(body, behind(body, core.start, room / 2), core.start));

    let room = room - body[start..core.start].chars().count();
    let latest = ahead(body, core.end, room);
    let shown = body[start..latest].chars().count();
    let long_enough = ahead(body, start, shown / 2).max(core.end);
    let ends = |end: &usize| (long_enough..=latest).contains(end);
    let last = sentences.iter().map(|sentence| sentence.end);
    let last = last.filter(|end| *end < to || to == body.len()).rfind(ends);
    let end = last.unwrap_or_else(|| word_end(body, latest, core.end.max(start)));
    let end = start + body[start..end].trim_end().len();
    Snippet {
        is_cut_before: sentence.is_none() && !body[..start].trim().is_empty(),
        is_cut_after: last.is_none() && !body[end..].trim().is_empty(),
        range: start..end,
    }
}

/// Returns the offset `chars` characters after `at`, or the end.
fn ahead(body: &str, at: usize, chars: usize) -> usize {
    body[at..]
        .char_indices()
        .nth(chars)
        .map_or(body.len(), |(offset, _)| at + offset)
}

/// Returns the offset `chars` characters before `at`, or 0.
fn behind(body: &str, at: usize, chars: usize) -> usize {
    match chars.checked_sub(1) {
        None => at,
        Some(back) => body[..at]
            .char_indices()
            .nth_back(back)
            .map_or(0, |(offset, _)| offset),
    }
}

/// Returns the first beginning of a word between `at` and `limit`; `at` in text
/// without blanks.
fn word_start(body: &str, at: usize, limit: usize) -> usize {
    if at == 0 || body[..at].ends_with(char::is_whitespace) {
        return at;
    }
    let blank = body[at..limit].find(char::is_whitespace);
    let after = blank.map(|blank| {
        let rest = &body[at + blank..limit];
        limit - rest.trim_start().len()
    });
    after.unwrap_or(if body[at..limit].is_ascii() {
        limit
    } else {
        at
    })
}

/// Returns the last end of a word between `limit` and `at`; `at` in text without blanks.
fn word_end(body: &str, at: usize, limit: usize) -> usize {
    if at == body.len() || body[at..].starts_with(char::is_whitespace) {
        return at;
    }
    let blank = body[limit..at].rfind(char::is_whitespace);
    blank.map_or(at, |blank| limit + blank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;
    use crate::query::spans::tests::spans_of;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn find(query: &str, body: &str, max_chars: usize) -> (String, Snippet) {
        let query = parse(query, date(2024, 3, 10)).unwrap().query;
        let matches = spans_of(&query, "", body, None);
        let snippet = snippet(body, &matches, max_chars);
        (body[snippet.range.clone()].to_string(), snippet)
    }

    #[test]
    fn the_piece_that_shows_most() {
        let body = "A wolf was seen. Later, the mayor spoke at length about roads. \
                    The wolf met a bear near the river and left. Wolf, wolf, wolf, said the boy.";
        for (query, max_chars, expected) in [
            (
                "bear river",
                46,
                "The wolf met a bear near the river and left.",
            ),
            ("wolf", 40, "Wolf, wolf, wolf, said the boy."),
            ("mayor", 14, "the mayor"),
            ("mayor", 50, "Later, the mayor spoke at length about roads."),
            ("mayor", 20, "Later, the mayor"),
            ("fox", 20, "A wolf was seen."),
            ("fox", 10, "A wolf was"),
            ("length", 3, "len"),
            ("wolf", 0, ""),
        ] {
            let (shown, _) = find(query, body, max_chars);
            assert_eq!(shown, expected, "snippet for {query} of {max_chars}");
        }
    }

    #[test]
    fn cuts_are_known() {
        let (shown, snippet) = find("mayor", "Later, the mayor spoke at length.", 14);
        assert_eq!(shown, "the mayor");
        assert!(snippet.is_cut_before && snippet.is_cut_after);
    }

    proptest! {
        #[test]
        fn snippets_are_short_slices_that_show_a_match(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["wolf", " ", " ", "bear", ". ", "\n\n", "é", "東", "A", "-"]),
                0..60,
            ),
            max_chars in 0..40_usize,
        ) {
            let body = pieces.concat();
            let query = parse("wolf OR bear", date(2024, 3, 10)).unwrap().query;
            let matches = spans_of(&query, "", &body, None);
            let snippet = snippet(&body, &matches, max_chars);
            let shown = body.get(snippet.range.clone());
            prop_assert!(shown.is_some_and(|shown| shown.chars().count() <= max_chars));
            let shows = |found: &&Match| {
                let span = found.span.range();
                snippet.range.start <= span.start && span.end <= snippet.range.end
            };
            if max_chars >= 8 && !matches.is_empty() {
                prop_assert!(matches.iter().find(shows).is_some());
            }
        }
    }
}
