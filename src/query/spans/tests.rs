//! What matches where, by example and against a naive matcher.

use super::*;
use crate::query::parse;
use crate::query::tree::Leaf;
use jiff::civil::date;
use proptest::prelude::*;

/// Finds the spans in an article of these texts.
pub(in crate::query) fn spans_of(
    query: &Query,
    title: &str,
    body: &str,
    language: Option<&str>,
) -> Vec<Match> {
    let id = crate::article::ArticleId::new("a").unwrap();
    let mut article = Article::new(id, crate::article::Origin::default());
    (article.title, article.body) = (title.into(), body.into());
    article.language = language.map(str::to_owned);
    find_spans(query, &article)
}

/// Shows what matches, with the leaf's number, an article without a title.
fn check(query: &str, body: &str, expected: &str) {
    let parsed = parse(query, date(2024, 3, 10)).unwrap().query;
    let found = spans_of(&parsed, "", body, None);
    let shown: Vec<String> = found
        .iter()
        .map(|found| {
            format!(
                "{}@{}={}",
                found.leaf,
                found.span.start(),
                found.span.of(body)
            )
        })
        .collect();
    assert_eq!(shown.join(" "), expected, "spans of {query} in {body:?}");
}

#[test]
fn what_matches_where() {
    for (query, body, expected) in [
        ("mine", "Mines, mining", "0@0=Mines 0@7=mining"),
        ("biden", "Biden’s BIDEN", "0@0=Biden 0@10=BIDEN"),
        (
            "anti-personnel",
            "anti-personnel antipersonnel anti personnel",
            "0@0=anti-personnel 0@15=antipersonnel 0@29=anti personnel",
        ),
        ("antipersonnel", "anti-personnel", "0@0=anti-personnel"),
        ("personnel", "anti-personnel", "0@5=personnel"),
        (
            "U.S.-led",
            "the US led, the U.S.-led",
            "0@4=US led 0@16=U.S.-led",
        ),
        ("東京", "在東京。東", "0@3=東京"),
        ("\"mine\"", "mines mine", "0@6=mine"),
        ("\"a a\"", "a a a", "0@0=a a 0@2=a a"),
        (
            "\"land mines\"",
            "“Land”, mines. land; land mines",
            "0@3=Land”, mines 0@25=land mines",
        ),
        (
            "\"anti-personnel mines\"",
            "antipersonnel mines",
            "0@0=antipersonnel mines",
        ),
        (
            "\"antipersonnel mines\"",
            "anti-personnel mines",
            "0@0=anti-personnel mines",
        ),
        (
            "\"État-major\"",
            "l’etat-major, etatmajor",
            "0@4=etat-major 0@16=etatmajor",
        ),
        ("lead:mine", "a mine\n\nmine", "0@2=mine"),
        ("lead:\"a b\"", "x a\n\nb a b", ""),
        ("title:mine", "mine", ""),
        ("mine NOT land", "land mine", "0@5=mine"),
        ("org:mine mine", "mine", "1@0=mine"),
        ("mine mine", "mine", "0@0=mine"),
        ("mine \"mine\"", "mine", "0@0=mine 1@0=mine"),
        ("the mine", "the mine", "1@4=mine"),
        ("the", "the mine", "0@0=the"),
        ("*", "mine", ""),
    ] {
        check(query, body, expected);
    }
}

#[test]
fn titles_come_first_and_languages_stem() {
    let query = parse("minen", date(2024, 3, 10)).unwrap().query;
    let found = spans_of(&query, "Mine", "minen mine", Some("de"));
    let parts: Vec<Part> = found.iter().map(|found| found.part).collect();
    assert_eq!(parts, [Part::Title, Part::Body, Part::Body]);
    assert_eq!(count_spans(&found), 3);
    assert_eq!(spans_of(&query, "Mine", "minen mine", None).len(), 1);
}

#[test]
fn long_repetitions_are_bounded() {
    let body = "a ".repeat(20_000);
    let query = Query::Leaf(Leaf {
        field: Field::Text,
        test: Test::Phrase("a ".repeat(512)),
    });
    assert_eq!(spans_of(&query, "", &body, None).len(), 20_000 - 511);
}

/// Words of the generated texts, with their stems.
const STEMS: [(&str, &str); 12] = [
    ("mine", "mine"),
    ("mines", "mine"),
    ("mining", "mine"),
    ("land", "land"),
    ("lands", "land"),
    ("anti", "anti"),
    ("personnel", "personnel"),
    ("antipersonnel", "antipersonnel"),
    ("antimine", "antimin"),
    ("landmine", "landmin"),
    ("landmines", "landmin"),
    ("antimines", "antimin"),
];

/// One word of a text as the naive matcher sees it.
struct Naive {
    position: usize,
    form: String,
    range: Range<usize>,
}

/// Cuts ASCII text at blanks, possessive endings, punctuation and hyphens.
fn naive_words(text: &str) -> Vec<Naive> {
    let mut found = Vec::new();
    let (mut at, mut position) = (0, 0);
    for chunk in text.split(' ') {
        let core = chunk.trim_end_matches([',', '.']);
        let core = core.strip_suffix("'s").unwrap_or(core);
        let mut start = at;
        let parts: Vec<&str> = core.split('-').collect();
        for part in &parts {
            found.push(Naive {
                position,
                form: part.to_lowercase(),
                range: start..start + part.len(),
            });
            start += part.len() + 1;
            position += 1;
        }
        if parts.len() > 1 {
            found.push(Naive {
                position: position - 1,
                form: parts.concat().to_lowercase(),
                range: at..at + core.len(),
            });
        }
        at += chunk.len() + 1;
    }
    found
}

fn naive_stem(form: &str) -> String {
    let known = STEMS.iter().find(|(word, _)| *word == form);
    known.map_or_else(|| form.to_string(), |(_, stem)| stem.to_string())
}

/// Finds `forms` one position after the other by trying every combination of words.
fn naive_phrase(words: &[Naive], forms: &[&str]) -> Vec<Range<usize>> {
    let Some((first, rest)) = forms.split_first() else {
        return Vec::new();
    };
    let mut found: Vec<(usize, Range<usize>)> = words
        .iter()
        .filter(|word| word.form == *first)
        .map(|word| (word.position, word.range.clone()))
        .collect();
    for form in rest {
        found = found
            .iter()
            .flat_map(|(position, range)| {
                words
                    .iter()
                    .filter(move |word| word.form == *form && word.position == position + 1)
                    .map(move |word| {
                        let start = range.start.min(word.range.start);
                        (word.position, start..range.end.max(word.range.end))
                    })
            })
            .collect();
    }
    found.into_iter().map(|(_, range)| range).collect()
}

/// Finds a phrase in both spellings of each compound, or a free word.
fn naive_spans(text: &str, typed: &str, is_phrase: bool) -> Vec<Range<usize>> {
    let words = naive_words(text);
    let mut found = Vec::new();
    if is_phrase {
        let typed: Vec<&str> = typed.split(' ').collect();
        for choice in 0..1_u32 << typed.len() {
            let mut spelled = String::new();
            for (place, word) in typed.iter().enumerate() {
                let other = if choice >> place & 1 == 0 { " " } else { "" };
                spelled.push_str(&word.replace('-', other));
                spelled.push(' ');
            }
            let forms: Vec<&str> = spelled.split_whitespace().collect();
            found.extend(naive_phrase(&words, &forms));
        }
    } else {
        let stem = naive_stem(&typed.replace('-', ""));
        let with_stem = words.iter().filter(|word| naive_stem(&word.form) == stem);
        found.extend(with_stem.map(|word| word.range.clone()));
        if typed.contains('-') {
            found.extend(naive_phrase(&words, &typed.split('-').collect::<Vec<_>>()));
        }
    }
    found.sort_by_key(|range| (range.start, range.end));
    found.dedup();
    found
}

fn word() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(STEMS.map(|(word, _)| word).to_vec());
    let compound = prop::sample::select(vec![
        "anti-personnel",
        "anti-mine",
        "anti-mines",
        "land-mine",
        "land-mines",
    ]);
    prop_oneof![3 => plain, 1 => compound].prop_map(String::from)
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["", "", "", "'s", ",", "'s."]);
    let case = any::<bool>();
    let word = (word(), ending, case).prop_map(|(word, ending, upper)| {
        let word = if upper { word.to_uppercase() } else { word };
        word + ending
    });
    prop::collection::vec(word, 1..30).prop_map(|words| words.join(" "))
}

/// A text and a query that stands in it, or nearly so.
fn text_and_query() -> impl Strategy<Value = (String, String, bool)> {
    let drawn = (
        text(),
        any::<prop::sample::Index>(),
        1..4_usize,
        any::<bool>(),
    );
    let from_text = drawn.prop_map(|(text, place, length, is_phrase)| {
        let words: Vec<String> = text
            .to_lowercase()
            .split(' ')
            .map(|word| {
                word.trim_end_matches(',')
                    .trim_end_matches('.')
                    .replace("'s", "")
            })
            .collect();
        let start = place.index(words.len());
        let end = (start + if is_phrase { length } else { 1 }).min(words.len());
        (text, words[start..end].join(" "), is_phrase)
    });
    let other = (text(), prop::collection::vec(word(), 1..3))
        .prop_map(|(text, words)| (text, words.join(" "), true));
    prop_oneof![3 => from_text, 1 => other]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_naive_matcher_agrees((text, typed, is_phrase) in text_and_query()) {
        let test = if is_phrase { Test::Phrase } else { Test::Word };
        let query = Query::Leaf(Leaf { field: Field::Text, test: test(typed.clone()) });
        let found: Vec<Range<usize>> = spans_of(&query, "", &text, None)
            .iter()
            .map(|found| found.span.range())
            .collect();
        prop_assert_eq!(found, naive_spans(&text, &typed, is_phrase));
    }

    #[test]
    fn the_naive_stems_are_the_real_ones(place in 0..STEMS.len()) {
        let mut stemmer = Stemmer::new(Language::from_tag("en"));
        prop_assert_eq!(stemmer.stem(STEMS[place].0), STEMS[place].1);
    }

    #[test]
    fn what_is_drawn_from_a_text_is_found(text in text(), place: prop::sample::Index) {
        let words: Vec<&str> = text.split(' ').collect();
        let typed = words[place.index(words.len())];
        let parsed = parse(typed, date(2024, 3, 10)).unwrap().query;
        prop_assert!(!spans_of(&parsed, "", &text, None).is_empty());
    }
}
