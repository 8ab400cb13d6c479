//! A phrase's count is that of a plain scan of the folded text.
//!
//! The scanner here is its own: it lower-cases, spells accented letters plainly, cuts
//! possessives, and takes every other character that is neither letter nor digit for a
//! gap. It is right only for words of plain letters, so phrases are drawn among those;
//! what stands around them in the text may be anything.

use crate::{Desk, text};

/// A small generator of pseudo-random numbers (Marsaglia 2003, xorshift64), so that the
/// phrases are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// Returns the words of a text; `None` stands for what this scanner cannot judge.
fn scan(text: &str) -> Vec<Option<String>> {
    let text = text
        .replace(['’', '‘'], "'")
        .replace("'s ", " ")
        .replace("'s\n", "\n")
        .replace("'S ", " ");
    let is_gap = |c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '.' | '&' | ',' | '-'));
    let mut words = Vec::new();
    for chunk in text.split(is_gap) {
        let bare = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = bare.strip_suffix("'s").unwrap_or(bare);
        if bare.is_empty() {
            continue;
        }
        // A hyphen joins words that each stand for themselves.
        for part in bare.split('-').filter(|part| !part.is_empty()) {
            let plain: String = part.to_lowercase().chars().map(plain).collect();
            let is_plain = plain.chars().all(|c| c.is_ascii_lowercase()) && plain.len() > 1;
            words.push(is_plain.then_some(plain));
        }
    }
    words
}

fn plain(c: char) -> char {
    match c {
        'á' | 'à' | 'ä' | 'ã' | 'â' => 'a',
        'é' | 'è' | 'ë' | 'ê' => 'e',
        'í' | 'ï' => 'i',
        'ó' | 'ö' | 'õ' | 'ô' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' | 'ć' => 'c',
        'ł' => 'l',
        'ś' => 's',
        other => other,
    }
}

fn has(words: &[Option<String>], phrase: &[String]) -> bool {
    words.windows(phrase.len()).any(|window| {
        window
            .iter()
            .zip(phrase)
            .all(|(word, wanted)| word.as_ref() == Some(wanted))
    })
}

#[test]
fn counts_are_those_of_a_plain_scan() {
    let desk = Desk::indexed();
    let rows = desk
        .ok(&["extract", "--no-names", "--format", "jsonl", "corpus"])
        .rows();
    let articles: Vec<[Vec<Option<String>>; 2]> = rows
        .iter()
        .map(|row| [scan(&text(&row["title"])), scan(&text(&row["body"]))])
        .collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut phrases: Vec<Vec<String>> = Vec::new();
    while phrases.len() < 500 {
        let article = &articles[random.below(articles.len())];
        let words = &article[1];
        let length = 1 + random.below(4);
        let start = random.below(words.len().saturating_sub(length).max(1));
        let phrase: Option<Vec<String>> = words.iter().skip(start).take(length).cloned().collect();
        phrases.extend(phrase.filter(|phrase| !phrase.is_empty()));
    }
    let queries: String = phrases
        .iter()
        .map(|phrase| format!("\"{}\"\n", phrase.join(" ")))
        .collect();
    desk.write("phrases.txt", queries);
    let rows = desk.ok(&["batch", "-n", "1", "phrases.txt"]).rows();
    assert_eq!(rows.len(), 500);
    for (row, phrase) in rows.iter().zip(&phrases) {
        let scanned = articles
            .iter()
            .filter(|parts| parts.iter().any(|words| has(words, phrase)))
            .count();
        assert_eq!(
            row["total"].as_u64(),
            Some(scanned as u64),
            "{phrase:?}: {}",
            row["parsed"]
        );
        assert!(scanned > 0, "{phrase:?} was drawn from the corpus");
    }
}
