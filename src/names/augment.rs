//! Prepares training text: takes out what a set does against our rules, and
//! adds copies in other spellings.
//!
//! It invents no facts about the text itself: a copy has the names of its original.

use super::gazetteer::{DEMONYM, Gazetteer, HONORIFIC, OFFICE};
use super::label::{Class, Tag};
use super::training::Lesson;

/// A small generator of pseudo-random numbers: SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut hash = self.0;
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }

    /// Returns a number below `limit`, or 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % (limit.max(1) as u64)) as usize
    }

    /// Puts `items` into a random order (Fisher & Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Brings the sets to one set of rules: no "the", titles or functions in front
/// of a name; nationalities and religions are MISC; a name has a capital.
pub(crate) fn clean(lessons: &mut [Lesson], gazetteer: &Gazetteer) {
    for lesson in lessons {
        let opinions = lesson.tags.iter_mut().zip(&lesson.sentences);
        for (tags, tokens) in opinions.chain(lesson.second.iter_mut().zip(&lesson.sentences)) {
            let mut at = 0;
            while at < tags.len() {
                let Some(class) = tags[at].class() else {
                    at += 1;
                    continue;
                };
                let mut end = at + 1;
                while end < tags.len() && tags[end] == Tag::Inside(class) {
                    end += 1;
                }
                clean_name(&tokens[at..end], &mut tags[at..end], class, gazetteer);
                at = end;
            }
        }
    }
}

fn clean_name(tokens: &[String], tags: &mut [Tag], class: Class, gazetteer: &Gazetteer) {
    let is_capital = |token: &String| token.chars().any(char::is_uppercase);
    let is_title = |token: &String| gazetteer.classes_of(token) & (HONORIFIC | OFFICE) != 0;
    let mut start = 0;
    while start < tokens.len() {
        let token = &tokens[start];
        let leads = token.eq_ignore_ascii_case("the")
            || !token.chars().any(char::is_alphanumeric)
            || (class == Class::Person && is_title(token) && start + 1 < tokens.len());
        if !leads {
            break;
        }
        start += 1;
    }
    tags[..start].fill(Tag::Outside);
    if start == tokens.len() || !tokens[start..].iter().any(is_capital) {
        tags.fill(Tag::Outside);
        return;
    }
    let whole = tokens[start..].join(" ");
    let is_people = gazetteer.classes_of(&whole) & DEMONYM != 0 || is_religion(&whole);
    let class = if is_people && class != Class::Person {
        Class::Other
    } else {
        class
    };
    for (at, tag) in tags[start..].iter_mut().enumerate() {
        *tag = if at == 0 {
            Tag::Begin(class)
        } else {
            Tag::Inside(class)
        };
    }
}

fn is_religion(name: &str) -> bool {
    const RELIGIONS: [&str; 28] = [
        "christian",
        "christians",
        "christianity",
        "catholic",
        "catholics",
        "catholicism",
        "jewish",
        "jews",
        "jew",
        "judaism",
        "protestant",
        "protestants",
        "muslim",
        "muslims",
        "islam",
        "islamic",
        "islamist",
        "hindu",
        "hindus",
        "buddhist",
        "buddhists",
        "buddhism",
        "sunni",
        "sunnis",
        "shiite",
        "shiites",
        "anglican",
        "nazi",
    ];
    RELIGIONS.contains(&name.to_lowercase().as_str())
}

/// Returns copies of some sentences as headlines: in capitals, or with every word capitalised.
pub(crate) fn copies(lessons: &[Lesson], seed: u64) -> Vec<Lesson> {
    let mut random = Random::new(seed ^ 0xc0b1e5);
    let mut copies = Vec::new();
    for lesson in lessons {
        for (number, (tokens, tags)) in lesson.sentences.iter().zip(&lesson.tags).enumerate() {
            let dice = random.below(100);
            if tokens.len() < 4
                || tokens.len() > 30
                || !tags.iter().any(|tag| tag.class().is_some())
            {
                continue;
            }
            let written: Vec<String> = match dice {
                0..6 => tokens.iter().map(|token| token.to_uppercase()).collect(),
                6..12 => tokens
                    .iter()
                    .enumerate()
                    .map(|(at, token)| headline_word(at, token))
                    .collect(),
                _ => continue,
            };
            copies.push(Lesson {
                sentences: vec![written],
                tags: vec![tags.clone()],
                second: lesson.second.get(number).cloned().into_iter().collect(),
                has_other: lesson.has_other,
                weight: lesson.weight,
                is_copy: true,
            });
        }
    }
    copies
}

fn headline_word(at: usize, token: &str) -> String {
    const SMALL: [&str; 16] = [
        "a", "an", "the", "of", "in", "on", "to", "for", "and", "at", "by", "with", "as", "'s",
        "n't", "from",
    ];
    if at > 0 && SMALL.contains(&token) {
        return token.to_owned();
    }
    let mut chars = token.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
