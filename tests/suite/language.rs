//! What the query language finds and marks is what a naive matcher finds in the plain
//! texts: in thousands of generated queries, the same articles and the same spans.
//!
//! The matcher here is its own: it knows a few words and their forms, cuts texts at
//! blanks, sentences at periods and paragraphs at empty lines, and tries every
//! combination of places.

use std::collections::BTreeSet;

use newsdex::index::Index;
use newsdex::query::{Request, parse};

use crate::Desk;

/// A small generator of pseudo-random numbers (Marsaglia 2003, xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// The words of the generated texts, with what makes two of them forms of one.
const FORMS: [(&str, &str); 14] = [
    ("mine", "mine"),
    ("mines", "mine"),
    ("Mines", "mine"),
    ("land", "land"),
    ("Land", "land"),
    ("lands", "land"),
    ("wolf", "wolf"),
    ("Wolf", "wolf"),
    ("bear", "bear"),
    ("bears", "bear"),
    ("boar", "boar"),
    ("harbor", "harbor"),
    ("HARBOR", "harbor"),
    ("strike", "strike"),
];

/// A word of a text.
struct Word {
    written: String,
    position: usize,
    start: usize,
    sentence: usize,
    paragraph: usize,
}

impl Word {
    fn folded(&self) -> String {
        self.written.to_lowercase()
    }

    fn end(&self) -> usize {
        self.start + self.written.len()
    }
}

fn cut(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut at, mut sentence, mut paragraph) = (0, 0, 0);
    for chunk in text.split_inclusive([' ', '\n']) {
        let word = chunk.trim_end();
        let written = word.trim_end_matches('.');
        if !written.is_empty() {
            words.push(Word {
                written: written.to_owned(),
                position: words.len(),
                start: at,
                sentence,
                paragraph,
            });
        }
        sentence += usize::from(word.ends_with('.'));
        paragraph += usize::from(word.is_empty());
        at += chunk.len();
    }
    words
}

/// First and last word of a place, by their numbers.
type Place = (usize, usize);

/// A condition, with the text a person would type for it.
#[derive(Clone, Debug)]
enum Condition {
    Word(&'static str),
    Phrase(Vec<&'static str>, usize),
    Written(&'static str),
    Wildcard(&'static str),
    Fuzzy(&'static str, usize),
    Any(Vec<Condition>),
    Near(Box<Condition>, Box<Condition>, String, bool),
    AtLeast(usize, Box<Condition>),
    Lead(Box<Condition>),
}

fn draw(random: &mut Random, depth: usize, may_be_group: bool) -> Condition {
    let word = |random: &mut Random| FORMS[random.below(FORMS.len())].0;
    let limit = if depth == 0 { 5 } else { 7 };
    match random.below(limit) {
        0 | 1 => Condition::Word(word(random)),
        2 => {
            let length = 2 + random.below(2);
            let words = (0..length).map(|_| word(random)).collect();
            Condition::Phrase(words, [0, 0, 1, 3][random.below(4)])
        }
        3 => Condition::Wildcard(random.pick(&["mine*", "?ear*", "*ar", "b*r", "l?nd*"])),
        4 => match random.below(2) {
            0 => Condition::Written(word(random)),
            _ => Condition::Fuzzy(random.pick(&["bear", "mine", "wolfe", "strikes"]), 1),
        },
        5 => Condition::Any(vec![
            draw(random, depth - 1, false),
            draw(random, depth - 1, false),
        ]),
        _ => {
            let reach = match random.below(if may_be_group { 5 } else { 3 }) {
                0 => "1".to_owned(),
                1 => "2".to_owned(),
                2 => "5".to_owned(),
                3 => "s".to_owned(),
                _ => "p".to_owned(),
            };
            Condition::Near(
                Box::new(draw(random, depth - 1, false)),
                Box::new(draw(random, depth - 1, false)),
                reach,
                random.below(2) == 0,
            )
        }
    }
}

fn typed(condition: &Condition) -> String {
    match condition {
        Condition::Word(word) => (*word).to_owned(),
        Condition::Phrase(words, 0) => format!("\"{}\"", words.join(" ")),
        Condition::Phrase(words, between) => format!("\"{}\"~{between}", words.join(" ")),
        Condition::Written(word) => format!("={word}"),
        Condition::Wildcard(pattern) => (*pattern).to_owned(),
        Condition::Fuzzy(word, slips) => format!("{word}~{slips}"),
        Condition::Any(all) => {
            let all: Vec<String> = all.iter().map(typed).collect();
            format!("({})", all.join(" OR "))
        }
        Condition::Near(left, right, reach, in_order) => {
            let kind = if *in_order { "pre" } else { "w" };
            format!("({} {kind}/{reach} {})", typed(left), typed(right))
        }
        Condition::AtLeast(count, inner) => format!("atleast{count}({})", typed(inner)),
        Condition::Lead(inner) => format!("hlead({})", typed(inner)),
    }
}

fn form(word: &str) -> String {
    let lower = word.to_lowercase();
    let known = FORMS.iter().find(|(form, _)| *form == lower);
    known.map_or(lower.clone(), |(_, stem)| (*stem).to_owned())
}

fn is_wildcard(pattern: &[u8], word: &[u8]) -> bool {
    match (pattern.first(), word.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            is_wildcard(&pattern[1..], word)
                || (!word.is_empty() && is_wildcard(pattern, &word[1..]))
        }
        (Some(b'?'), Some(_)) => is_wildcard(&pattern[1..], &word[1..]),
        (Some(a), Some(b)) if a == b => is_wildcard(&pattern[1..], &word[1..]),
        _ => false,
    }
}

/// Returns true if one letter changed, added, left out or swapped makes one of the other.
fn is_one_slip(one: &str, other: &str) -> bool {
    let without = |word: &str, at: usize| format!("{}{}", &word[..at], &word[at + 1..]);
    let (short, long) = match one.len() <= other.len() {
        true => (one, other),
        false => (other, one),
    };
    if long.len() == short.len() + 1 {
        return (0..long.len()).any(|at| without(long, at) == short);
    }
    let is_swap = |at: usize| {
        let mut letters = short.as_bytes().to_vec();
        letters.swap(at - 1, at);
        letters == long.as_bytes()
    };
    let is_change = |at: usize| without(short, at) == without(long, at);
    short.len() == long.len() && ((0..short.len()).any(is_change) || (1..short.len()).any(is_swap))
}

/// The places of a condition, each with the places that are marked for it.
fn places(condition: &Condition, text: &[Word]) -> Vec<(Place, BTreeSet<Place>)> {
    let single = |is_match: &dyn Fn(&Word) -> bool| {
        let found = text.iter().filter(|word| is_match(word));
        let place = |word: &Word| (word.position, word.position);
        found
            .map(|word| (place(word), BTreeSet::from([place(word)])))
            .collect()
    };
    match condition {
        Condition::Word(wanted) => single(&|word| form(&word.written) == form(wanted)),
        Condition::Written(wanted) => single(&|word| word.written == *wanted),
        Condition::Wildcard(pattern) => {
            single(&|word| is_wildcard(pattern.as_bytes(), word.folded().as_bytes()))
        }
        Condition::Fuzzy(wanted, _) => single(&|word| is_one_slip(wanted, &word.folded())),
        Condition::Phrase(words, between) => {
            let mut found = Vec::new();
            for start in 0..text.len() {
                let ends = phrase_ends(words, text, start, *between);
                found.extend(ends.into_iter().min().map(|end| (start, end)));
            }
            found
                .into_iter()
                .map(|place| (place, BTreeSet::from([place])))
                .collect()
        }
        Condition::Any(all) => all.iter().flat_map(|one| places(one, text)).collect(),
        Condition::Near(left, right, reach, in_order) => {
            let (left, right) = (places(left, text), places(right, text));
            let is_near = |before: &Place, after: &Place| {
                after.0 > before.1 && reaches(text, *before, *after, reach)
            };
            let of_side = |side: &[(Place, BTreeSet<Place>)]| -> Vec<Place> {
                side.iter().map(|(place, _)| *place).collect()
            };
            let (lefts, rights) = (of_side(&left), of_side(&right));
            // One of the two is the nearest that the other has on that side of it.
            let is_pair = |before: &Place, after: &Place, befores: &[Place], afters: &[Place]| {
                let next = afters.iter().filter(|one| is_near(before, one));
                let last = befores.iter().filter(|one| is_near(one, after));
                is_near(before, after)
                    && (next.map(|one| one.0).min() == Some(after.0)
                        || last.map(|one| one.1).max() == Some(before.1))
            };
            let mut found = Vec::new();
            for (one, marks) in &left {
                for (other, more) in &right {
                    if is_pair(one, other, &lefts, &rights)
                        || (!in_order && is_pair(other, one, &rights, &lefts))
                    {
                        let place = (one.0.min(other.0), one.1.max(other.1));
                        found.push((place, marks.union(more).copied().collect()));
                    }
                }
            }
            found
        }
        Condition::AtLeast(..) | Condition::Lead(_) => Vec::new(),
    }
}

fn phrase_ends(words: &[&str], text: &[Word], start: usize, between: usize) -> Vec<usize> {
    let is_word = |at: usize, wanted: &str| {
        text.get(at)
            .is_some_and(|word| word.folded() == wanted.to_lowercase())
    };
    if !is_word(start, words[0]) {
        return Vec::new();
    }
    let Some((_, rest)) = words.split_first() else {
        return Vec::new();
    };
    if rest.is_empty() {
        return vec![start];
    }
    (0..=between)
        .flat_map(|others| phrase_ends(rest, text, start + 1 + others, between - others))
        .collect()
}

fn reaches(text: &[Word], before: Place, after: Place, reach: &str) -> bool {
    let all = [before.0, before.1, after.0, after.1].map(|at| &text[at]);
    match reach {
        "s" => all.iter().all(|word| word.sentence == all[0].sentence),
        "p" => all.iter().all(|word| word.paragraph == all[0].paragraph),
        words => after.0 - before.1 <= words.parse().unwrap(),
    }
}

/// What is marked in title and body: part and bytes.
fn marks(condition: &Condition, parts: [&str; 2]) -> BTreeSet<(usize, usize, usize)> {
    match condition {
        Condition::AtLeast(count, inner) => {
            let marked = marks(inner, parts);
            if marked.len() >= *count {
                marked
            } else {
                BTreeSet::new()
            }
        }
        Condition::Lead(inner) => {
            let lead = parts[1].split("\n\n").next().unwrap_or_default();
            marks(inner, [parts[0], lead])
        }
        Condition::Any(all) => all.iter().flat_map(|one| marks(one, parts)).collect(),
        _ => {
            let mut found = BTreeSet::new();
            for (part, text) in parts.iter().enumerate() {
                let words = cut(text);
                let places = places(condition, &words).into_iter();
                let marked = places.flat_map(|(_, marks)| marks);
                found.extend(
                    marked.map(|(first, last)| (part, words[first].start, words[last].end())),
                );
            }
            found
        }
    }
}

fn draw_text(random: &mut Random, sentences: usize) -> String {
    let mut text = String::new();
    for at in 0..sentences {
        if at > 0 {
            text.push_str(if random.below(3) == 0 { "\n\n" } else { " " });
        }
        // A capital begins every sentence, so that any reader ends the one before.
        text.push_str(random.pick(&["Mines", "Land", "Wolf", "HARBOR"]));
        for _ in 0..1 + random.below(7) {
            text.push(' ');
            text.push_str(FORMS[random.below(FORMS.len())].0);
        }
        text.push('.');
    }
    text
}

#[test]
fn a_naive_matcher_finds_and_marks_the_same() {
    let mut random = Random(0x5DEE_CE66_D1CE_4E5B);
    let desk = Desk::empty();
    let mut articles = Vec::new();
    let mut lines = String::new();
    for number in 0..60 {
        let title = draw_text(&mut random, 1).trim_end_matches('.').to_owned();
        let sentences = 1 + random.below(6);
        let body = draw_text(&mut random, sentences);
        let row =
            serde_json::json!({ "id": format!("a{number:02}"), "title": title, "body": body });
        lines += &format!("{row}\n");
        articles.push([title, body]);
    }
    desk.write("in.jsonl", lines);
    desk.ok(&["ingest", "--no-names", "in.jsonl"]);
    let index = Index::open(&desk.path("index")).unwrap();
    let snapshot = index.snapshot().unwrap();
    let mut with_hits = 0;
    for number in 0..2_000 {
        let drawn = draw(&mut random, 3, true);
        let condition = match number % 5 {
            0 => Condition::Lead(Box::new(drawn)),
            1 => Condition::AtLeast(1 + random.below(4), Box::new(drawn)),
            _ => drawn,
        };
        let text = typed(&condition);
        let parsed = parse(&text, jiff::civil::date(2024, 3, 10));
        let query = parsed
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .query;
        let mut request = Request::new(query);
        request.limit = articles.len();
        let response = snapshot.search(&request).unwrap();
        let mut expected = BTreeSet::new();
        for (number, [title, body]) in articles.iter().enumerate() {
            let marked = marks(&condition, [title.as_str(), body.as_str()]);
            if !marked.is_empty() {
                expected.insert((format!("a{number:02}"), marked));
            }
        }
        let found: BTreeSet<_> = response
            .hits
            .iter()
            .map(|hit| {
                let marked = hit.matches.iter().map(|found| {
                    let part = usize::from(found.part == newsdex::article::Part::Body);
                    (part, found.span.start(), found.span.end())
                });
                (hit.article.id.to_string(), marked.collect::<BTreeSet<_>>())
            })
            .collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(response.total, Some(expected.len() as u64), "{text}");
        with_hits += usize::from(!expected.is_empty());
    }
    assert!(with_hits > 500, "only {with_hits} queries found anything");
}
