//! What a page says about its parts: elements that no reader sees, parts that are
//! something else than the article, notices that every page of a site has.
//!
//! Word lists stand in `hints.txt`, one class a line; nothing here is made for a single
//! publisher.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::dom::{Dom, NodeId};

/// What an element says of what is in it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Hint {
    /// Nothing.
    None,
    /// It is not the article: a menu, a box, a caption.
    Aside,
    /// It is what readers say, or what the law demands.
    Never,
    /// It has no text for readers.
    Unseen,
}

static LISTS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    let mut lists: HashMap<&str, HashSet<&str>> = HashMap::new();
    let lines = include_str!("hints.txt").lines();
    for line in lines.filter(|line| !line.starts_with('#')) {
        if let Some((name, words)) = line.split_once(':') {
            let words = words.split(if name.ends_with("phrase") { ';' } else { ' ' });
            let words = words.map(str::trim).filter(|word| !word.is_empty());
            lists.entry(name.trim()).or_default().extend(words);
        }
    }
    lists
});

fn is_in(list: &str, word: &str) -> bool {
    LISTS.get(list).is_some_and(|words| words.contains(word))
}

/// Returns what the element at `node` says of what is in it.
pub(super) fn of_element(dom: &Dom, node: NodeId) -> Hint {
    let Some(name) = dom.name(node) else {
        return Hint::None;
    };
    if is_in("unseen-element", name) {
        return Hint::Unseen;
    }
    let name: &str = name;
    if matches!(name, "html" | "body" | "main" | "article" | "h1") {
        return Hint::None;
    }
    // Pages that are put together by a program may carry their text in hidden parts.
    if is_in("aside-element", name) || is_hidden(dom, node) {
        return Hint::Aside;
    }
    if let Some(role) = dom.attribute(node, "role")
        && is_in("aside-role", role)
    {
        return Hint::Aside;
    }
    let names = [
        "class",
        "id",
        "data-component",
        "data-testid",
        "data-module",
    ];
    let hints = names
        .into_iter()
        .filter_map(|attribute| dom.attribute(node, attribute))
        .map(of_names);
    hints.max().unwrap_or(Hint::None)
}

fn is_hidden(dom: &Dom, node: NodeId) -> bool {
    // Paragraphs behind a pay barrier are kept from some readers only.
    let is_paragraph = dom.name(node).is_some_and(|name| &**name == "p");
    dom.attribute(node, "hidden").is_some()
        || (dom.attribute(node, "aria-hidden") == Some("true") && !is_paragraph)
        || dom.attribute(node, "style").is_some_and(|style| {
            let style: String = style.split_whitespace().collect();
            style.contains("display:none") || style.contains("visibility:hidden")
        })
}

/// Names of more words are not made by those who lay out pages.
const MOST_NAME_WORDS: usize = 6;

/// Returns what the words of a class or an id say.
fn of_names(names: &str) -> Hint {
    let mut hint = Hint::None;
    for name in names.split_ascii_whitespace() {
        let words = words_of(name);
        // A heading made into a name says what the part is about.
        if words.len() > MOST_NAME_WORDS {
            continue;
        }
        // A part named for the article (`article-body`, `story-content`) is the article.
        if words.iter().any(|word| is_in("article-word", word))
            && words.iter().any(|word| is_in("text-word", word))
        {
            return Hint::None;
        }
        let pairs = words.windows(2).any(|pair| {
            let joined = [pair[0].as_str(), pair[1].as_str()].join("-");
            is_in("aside-pair", &joined)
        });
        if words.iter().any(|word| is_in("never-word", word)) {
            hint = Hint::Never;
        } else if hint == Hint::None
            && (pairs || words.iter().any(|word| is_in("aside-word", word)))
        {
            hint = Hint::Aside;
        }
    }
    hint
}

/// Cuts `relatedStories`, `related-stories2`, `related_stories` into words in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        let begins = c.is_uppercase() && was_small;
        if !c.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        was_small = c.is_lowercase();
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Tells whether a block is a notice that has nothing to do with the article.
pub(super) fn is_notice(text: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    if is_in("whole-phrase", bare) {
        return true;
    }
    let is_short = text.split_whitespace().count() <= 30;
    let begins = |phrase: &str| {
        bare.strip_prefix(phrase)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    is_short
        && LISTS
            .get("begin-phrase")
            .is_some_and(|phrases| phrases.iter().any(|phrase| begins(phrase)))
}

/// Tells whether a short text is nothing but a date and what goes with it.
pub(super) fn is_date_line(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has_number = words
        .iter()
        .any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let known = words
        .iter()
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()) || is_in("date-word", word))
        .count();
    has_number && words.len() <= 16 && known * 10 >= words.len() * 7
}

/// Returns a date without the words that pages put before it (`Published on`, `Updated`).
pub(super) fn without_date_words(text: &str) -> String {
    let is_label = |word: &&str| {
        let bare = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        is_in("date-label", &bare)
    };
    text.split_whitespace()
        .skip_while(is_label)
        .collect::<Vec<_>>()
        .join(" ")
}
