//! Reads authors' names from bylines.

/// Words after a comma that say what an author is, not who.
const FUNCTIONS: [&str; 22] = [
    "writer",
    "reporter",
    "correspondent",
    "editor",
    "critic",
    "columnist",
    "staff",
    "bureau",
    "press",
    "news",
    "wire",
    "agency",
    "reuters",
    "times",
    "ledger",
    "courier",
    "tribune",
    "post",
    "contributor",
    "analyst",
    "desk",
    "ap",
];

/// What stands before the author's name, by language.
const BY: [&str; 7] = ["by", "von", "par", "por", "door", "av", "af"];

/// What stands between two authors in other languages than English. In names, as in
/// `Ortega y Gasset`, less than a whole name follows.
const AND: [&str; 7] = [" und ", " et ", " y ", " e ", " en ", " og ", " och "];

/// What follows a reporter's name in Korean and Japanese.
const TITLES_BEHIND: [&str; 3] = ["기자", "특파원", "記者"];

/// Returns the authors that the texts of a byline field name, in order, each once.
pub(super) fn authors(texts: &[String]) -> Vec<String> {
    let mut authors: Vec<String> = Vec::new();
    for text in texts {
        for author in split_authors(text) {
            if !authors.contains(&author) {
                authors.push(author);
            }
        }
    }
    authors
}

/// Returns the authors that a page's data name: as [`authors`] does, and an agency or a
/// desk where no person is named.
pub(super) fn authors_or_agency(texts: &[String]) -> Vec<String> {
    let people = authors(texts);
    if people.is_empty() {
        texts.to_vec()
    } else {
        people
    }
}

/// Returns the authors of a byline that stands on a line of a text: `By Ann Berg`.
pub(super) fn authors_of_line(line: &str) -> Option<Vec<String>> {
    const MOST_WORDS: usize = 16;
    let rest = without_by(line)?;
    let first = rest.chars().next()?;
    let is_line = first.is_uppercase()
        && !line.ends_with(['.', '?', '!'])
        && line.split_whitespace().count() <= MOST_WORDS;
    let authors = split_authors(rest);
    let are_names = authors.iter().all(|author| looks_like_name(author));
    (is_line && are_names && !authors.is_empty()).then_some(authors)
}

fn without_by(text: &str) -> Option<&str> {
    let (first, rest) = text.trim().split_once(char::is_whitespace)?;
    let first = first.trim_end_matches(':').to_lowercase();
    BY.contains(&first.as_str()).then(|| rest.trim())
}

fn split_authors(text: &str) -> Vec<String> {
    let text = without_by(text).unwrap_or(text.trim());
    let text = text.split(" | ").next().unwrap_or_default();
    let text = text
        .replace(" and ", ", ")
        .replace(" AND ", ", ")
        .replace(" & ", ", ")
        .replace([';', '\n'], ",");
    let mut authors = Vec::new();
    for part in text.split(',').flat_map(of_two) {
        // Addresses and what stands in brackets say how to reach someone.
        let bare = part.split(['(', '<', '[']).next().unwrap_or_default();
        let mut words: Vec<&str> = bare
            .split_whitespace()
            .filter(|word| !word.contains('@'))
            .collect();
        if words.len() > 1
            && words
                .last()
                .is_some_and(|last| TITLES_BEHIND.contains(last))
        {
            words.pop();
        }
        let name = words.join(" ");
        if name.chars().any(char::is_alphabetic) && !is_function(&name) {
            authors.push(in_normal_case(&name));
        }
    }
    authors
}

/// Cuts `Anna Berg und Jo Ek` in two.
fn of_two(part: &str) -> Vec<&str> {
    let is_whole = |name: &str| name.split_whitespace().count() >= 2;
    let halves = AND.iter().find_map(|and| {
        let (first, second) = part.split_once(and)?;
        (is_whole(first) && is_whole(second)).then(|| vec![first, second])
    });
    halves.unwrap_or_else(|| vec![part])
}

fn is_function(text: &str) -> bool {
    let last = text
        .split_whitespace()
        .next_back()
        .unwrap_or_default()
        .to_lowercase();
    let lower = text.to_lowercase();
    FUNCTIONS.contains(&last.as_str())
        || matches!(lower.as_str(), "jr" | "jr." | "sr." | "in" | "for the")
        || lower.starts_with("in ")
        || lower.starts_with("for ")
        || lower.starts_with("the ")
}

fn looks_like_name(text: &str) -> bool {
    const PARTICLES: [&str; 14] = [
        "de", "la", "del", "der", "den", "van", "von", "bin", "al", "el", "di", "da", "le", "y",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| {
        PARTICLES.contains(&word.to_lowercase().as_str())
            || word.split('-').any(begins_with_capital)
    };
    words.len() <= 5 && words.iter().all(is_word) && !text.chars().any(|c| c.is_ascii_digit())
}

fn begins_with_capital(word: &str) -> bool {
    word.chars()
        .find(|c| c.is_alphabetic())
        .is_some_and(char::is_uppercase)
}

/// Returns a name that was written in capitals as it is usually written.
fn in_normal_case(name: &str) -> String {
    if name.chars().any(char::is_lowercase) || !name.contains(' ') {
        return name.to_owned();
    }
    name.split(' ')
        .map(capitalized)
        .collect::<Vec<_>>()
        .join(" ")
}

/// `O'NEIL` → `O'Neil`, `MCDONALD` → `McDonald`, `AL-MASRI` → `Al-Masri`, `J.R.` → `J.R.`
fn capitalized(word: &str) -> String {
    let mut result = String::with_capacity(word.len());
    let mut begins = true;
    for c in word.chars() {
        if begins {
            result.push(c)
        } else {
            result.extend(c.to_lowercase())
        }
        begins = !c.is_alphabetic();
    }
    match result.strip_prefix("Mc") {
        Some(rest) if rest.len() > 2 => {
            let mut chars = rest.chars();
            let first: String = chars
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            format!("Mc{first}{}", chars.as_str())
        }
        _ => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bylines_name_authors() {
        for (text, expected) in [
            ("By Ann Berg", "Ann Berg"),
            ("By ANN BERG and JO O'NEIL", "Ann Berg|Jo O'Neil"),
            ("by Ann Berg, Staff Writer", "Ann Berg"),
            ("Ann Berg, Jo Ek and Li Na", "Ann Berg|Jo Ek|Li Na"),
            ("By Ann Berg, Meridian Wire", "Ann Berg"),
            ("By Ann Berg | The Harbor Ledger", "Ann Berg"),
            ("Ann Berg <ann@example.org>", "Ann Berg"),
            ("IAN MCDONALD", "Ian McDonald"),
            ("Von Anna Berg und Jo Ek", "Anna Berg|Jo Ek"),
            ("José Ortega y Gasset", "José Ortega y Gasset"),
            ("신현주 기자", "신현주"),
            ("", ""),
        ] {
            assert_eq!(authors(&[text.to_owned()]).join("|"), expected, "{text}");
        }
    }

    #[test]
    fn only_a_line_of_names_is_a_byline() {
        assert_eq!(
            authors_of_line("By Ann Berg, Business Writer"),
            Some(vec!["Ann Berg".to_owned()])
        );
        assert_eq!(
            authors_of_line("By Khalid bin Rashid al-Harthi"),
            Some(vec!["Khalid bin Rashid al-Harthi".to_owned()])
        );
        assert_eq!(authors_of_line("By then students had left the hall"), None);
        assert_eq!(authors_of_line("By March 3 it was over."), None);
        assert_eq!(authors_of_line("Ann Berg"), None);
    }
}
