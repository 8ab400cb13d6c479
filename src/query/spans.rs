//! Finds what a query matches in the texts of one article.
//!
//! This is the definition of a match. Positions are those of [`words`], where a
//! hyphenated compound stands, joined, at the position of its last part.
//!
//! - A free word matches every word, and every joined compound, with its stem in
//!   the article's language. One of several parts also matches its parts, as they
//!   are, at consecutive positions.
//! - A phrase matches its folded words at consecutive positions, a compound of it
//!   in either spelling. Every place where it begins counts, so that spans of one
//!   phrase may overlap: `"a a"` is twice in `a a a`.
//! - Conditions under NOT, and on anything but title, lead and body, match no
//!   place in a text. The places of names are stored with the article; who has
//!   them adds them as matches of the name's leaf.
//! - Function words match no place unless the query has nothing else; a condition
//!   that stands in the query twice matches as the first of them only.
//!
//! The text is cut into words once, whatever the query. A word is folded only if
//! its first letter is that of a word asked for. Linear in the text, plus, for each
//! phrase, its length times the places of its first word.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::article::{Part, Span, lead};
use crate::text::{Language, Stemmer, fold_word, words};

use super::sequences::{phrase_sequences, word_forms};
use super::tree::{Field, Query, Test};

/// A place in an article that a leaf of the query matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Match {
    /// The text it stands in.
    pub part: Part,
    /// Where it stands.
    pub span: Span,
    /// The leaf's place in [`Query::leaves`].
    pub leaf: usize,
}

/// Returns every place that a leaf matches, by part, start, end and leaf.
///
/// `language` is the article's tag, English if unknown.
pub fn find_spans(query: &Query, title: &str, body: &str, language: Option<&str>) -> Vec<Match> {
    let mut matcher = Matcher::new(query, language.unwrap_or(Language::DEFAULT_TAG));
    let mut found = Vec::new();
    matcher.find_in(Part::Title, title, &mut found);
    matcher.find_in(Part::Body, body, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns how many different places `matches`, in the order of [`find_spans`],
/// covers: an article's `matches`.
pub fn count_spans(matches: &[Match]) -> usize {
    let place = |found: &Match| (found.part, found.span);
    matches
        .chunk_by(|one, other| place(one) == place(other))
        .count()
}

/// Stands for a folded word, or for a stem.
type WordId = usize;

/// A leaf with places in a text: any of its sequences, at consecutive positions.
struct Wanted {
    leaf: usize,
    field: Field,
    sequences: Vec<Vec<WordId>>,
}

struct Matcher {
    wanted: Vec<Wanted>,
    /// Folded words that are asked for as they are.
    exact: HashMap<String, WordId>,
    /// Stems that are asked for.
    stems: HashMap<String, WordId>,
    ids: usize,
    stemmer: Stemmer,
    /// The first bytes of words that can be one of `exact` or have one of `stems`.
    first_bytes: [bool; 256],
    /// Whether a stem begins as its word does.
    keeps_beginning: bool,
}

/// Languages whose stemmers never touch the first letter of a word.
const KEEPS_BEGINNING: [&str; 11] = [
    "da", "de", "en", "es", "fr", "it", "nb", "nn", "no", "pt", "sv",
];

impl Matcher {
    fn new(query: &Query, language: &str) -> Matcher {
        let language_of = Language::from_tag(language);
        let keeps_beginning = language_of == Language::Other
            || KEEPS_BEGINNING
                .iter()
                .any(|tag| Language::from_tag(tag) == language_of);
        let mut matcher = Matcher {
            wanted: Vec::new(),
            exact: HashMap::new(),
            stems: HashMap::new(),
            ids: 0,
            stemmer: Stemmer::new(language_of),
            first_bytes: [false; 256],
            keeps_beginning,
        };
        let marks_common_words = query.requires_common_words();
        let mut seen = HashSet::new();
        for (place, (leaf, is_wanted)) in query.signed_leaves().into_iter().enumerate() {
            let is_marked = is_wanted && (marks_common_words || !leaf.is_common_word());
            if is_marked && leaf.field.is_text() && seen.insert(leaf) {
                matcher.want(place, leaf.field, &leaf.test);
            }
        }
        matcher
    }

    fn want(&mut self, leaf: usize, field: Field, test: &Test) {
        let sequences = match test {
            Test::Word(word) => {
                let forms = word_forms(word);
                let parts: Vec<WordId> = forms.parts.iter().map(|part| self.exact(part)).collect();
                let stem = forms.stemmed.map(|word| vec![self.stem(&word)]);
                stem.into_iter()
                    .chain((!parts.is_empty()).then_some(parts))
                    .collect()
            }
            Test::Phrase(phrase) => phrase_sequences(phrase)
                .iter()
                .map(|sequence| sequence.iter().map(|word| self.exact(word)).collect())
                .collect(),
            _ => Vec::new(),
        };
        self.wanted.push(Wanted {
            leaf,
            field,
            sequences,
        });
    }

    fn exact(&mut self, folded: &str) -> WordId {
        self.expect_beginning(folded);
        let next = self.ids;
        let id = *self.exact.entry(folded.to_string()).or_insert(next);
        self.ids = next.max(id + 1);
        id
    }

    fn stem(&mut self, folded: &str) -> WordId {
        let stem = self.stemmer.stem(folded).to_string();
        if self.keeps_beginning {
            self.expect_beginning(&stem);
        } else {
            self.first_bytes = [true; 256];
        }
        let next = self.ids;
        let id = *self.stems.entry(stem).or_insert(next);
        self.ids = next.max(id + 1);
        id
    }

    /// Lets words through that fold to something that begins as `folded` does. A
    /// letter outside ASCII can fold to any other.
    fn expect_beginning(&mut self, folded: &str) {
        self.first_bytes[0x80..].fill(true);
        match folded.as_bytes().first() {
            Some(byte) => {
                self.first_bytes[usize::from(byte.to_ascii_lowercase())] = true;
                self.first_bytes[usize::from(byte.to_ascii_uppercase())] = true;
            }
            None => self.first_bytes = [true; 256],
        }
    }

    fn find_in(&mut self, part: Part, text: &str, found: &mut Vec<Match>) {
        let looks_here = |field| part == Part::Body || matches!(field, Field::Text | Field::Title);
        if !self.wanted.iter().any(|wanted| looks_here(wanted.field)) {
            return;
        }
        let occurrences = self.occurrences(text);
        let within = |field| match (part, field) {
            (_, Field::Text) | (Part::Title, Field::Title) | (Part::Body, Field::Body) => {
                Some(0..text.len())
            }
            (Part::Body, Field::Lead) => Some(lead_range(text)),
            _ => None,
        };
        for wanted in &self.wanted {
            let Some(within) = within(wanted.field) else {
                continue;
            };
            for sequence in &wanted.sequences {
                let spans = occurrences.find(sequence);
                let inside =
                    spans.filter(|span| within.start <= span.start && span.end <= within.end);
                found.extend(inside.filter_map(|range| {
                    Some(Match {
                        part,
                        span: Span::new(text, range)?,
                        leaf: wanted.leaf,
                    })
                }));
            }
        }
    }

    fn occurrences(&mut self, text: &str) -> Occurrences {
        let mut occurrences = Occurrences {
            all: Vec::new(),
            by_word: vec![Vec::new(); self.ids],
        };
        let mut folded = String::new();
        for word in words(text) {
            let first = word.text.as_bytes().first().copied().unwrap_or_default();
            if !self.first_bytes[usize::from(first)] {
                continue;
            }
            fold_word(word.text, &mut folded);
            let exact = self.exact.get(folded.as_str()).copied();
            let stem = if self.stems.is_empty() {
                None
            } else {
                self.stems.get(self.stemmer.stem(&folded)).copied()
            };
            for id in exact.into_iter().chain(stem) {
                occurrences.by_word[id].push(occurrences.all.len());
                occurrences.all.push(Occurrence {
                    id,
                    position: word.position,
                    range: word.range(),
                });
            }
        }
        occurrences
    }
}

/// Returns where the lead stands in `body`.
fn lead_range(body: &str) -> Range<usize> {
    let lead = lead(body);
    let start = body.find(lead).unwrap_or_default();
    start..start + lead.len()
}

struct Occurrence {
    id: WordId,
    position: u32,
    range: Range<usize>,
}

/// The words of a text that are asked for.
struct Occurrences {
    /// In the order of their positions.
    all: Vec<Occurrence>,
    /// The places in `all` of every word.
    by_word: Vec<Vec<usize>>,
}

impl Occurrences {
    /// Returns where the words of `sequence` stand at consecutive positions.
    fn find(&self, sequence: &[WordId]) -> impl Iterator<Item = Range<usize>> {
        let starts = sequence
            .first()
            .map(|first| self.by_word[*first].as_slice());
        starts
            .unwrap_or_default()
            .iter()
            .filter_map(|start| self.match_at(*start, sequence))
    }

    fn match_at(&self, first: usize, sequence: &[WordId]) -> Option<Range<usize>> {
        let Range { mut start, mut end } = self.all[first].range.clone();
        let positions = self.all[first].position..;
        let mut rest = &self.all[first..];
        for (position, id) in positions.zip(sequence).skip(1) {
            let skipped = rest
                .iter()
                .take_while(|word| word.position < position)
                .count();
            rest = &rest[skipped..];
            let word = rest
                .iter()
                .take_while(|word| word.position == position)
                .find(|word| word.id == *id)?;
            start = start.min(word.range.start);
            end = end.max(word.range.end);
        }
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;
    use crate::query::tree::Leaf;
    use jiff::civil::date;
    use proptest::prelude::*;

    /// Shows what matches, with the leaf's number, an article without a title.
    fn check(query: &str, body: &str, expected: &str) {
        let parsed = parse(query, date(2024, 3, 10)).unwrap().query;
        let found = find_spans(&parsed, "", body, None);
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
        let found = find_spans(&query, "Mine", "minen mine", Some("de"));
        let parts: Vec<Part> = found.iter().map(|found| found.part).collect();
        assert_eq!(parts, [Part::Title, Part::Body, Part::Body]);
        assert_eq!(count_spans(&found), 3);
        assert_eq!(find_spans(&query, "Mine", "minen mine", None).len(), 1);
    }

    #[test]
    fn long_repetitions_are_bounded() {
        let body = "a ".repeat(20_000);
        let query = Query::Leaf(Leaf {
            field: Field::Text,
            test: Test::Phrase("a ".repeat(512)),
        });
        assert_eq!(find_spans(&query, "", &body, None).len(), 20_000 - 511);
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
            let found: Vec<Range<usize>> = find_spans(&query, "", &text, None)
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
            prop_assert!(!find_spans(&parsed, "", &text, None).is_empty());
        }
    }
}
