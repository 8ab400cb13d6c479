//! Names the field that was probably meant by one that does not exist.
//! It knows the fields, not what is in them.

use std::ops::Range;

use super::error::{ErrorCode, QueryError};
use super::tree::Field;

/// Returns the error for the field `name`, which stands with its colon at `range`.
pub(super) fn unknown_field(name: &str, range: Range<usize>) -> QueryError {
    let meant = match probably_meant(name) {
        Some(field) => format!("; did you mean {field}?"),
        None => String::new(),
    };
    let fields: Vec<&str> = Field::NAMES.iter().map(|(_, names)| names[0]).collect();
    QueryError {
        message: format!("there is no field {name}{meant}"),
        position: range.start,
        length: range.len(),
        hint: Some(format!(
            "fields are {}; words with a colon need quotes around them",
            fields.join(", ")
        )),
        code: ErrorCode::UnknownField,
    }
}

/// Returns the name nearest to `name`, if it could be a slip of the keyboard or
/// the beginning of a longer one.
fn probably_meant(name: &str) -> Option<&'static str> {
    let typed: Vec<char> = name.to_lowercase().chars().take(20).collect();
    let begun: String = typed.iter().collect();
    let names = || Field::NAMES.iter().flat_map(|(_, names)| names.iter());
    let slip = names()
        .map(|known| (distance(&typed, known), *known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= 2 && *distance * 2 <= known.len().min(typed.len()))
        .map(|(_, known)| known);
    slip.or_else(|| {
        let is_begun = |known: &&&str| begun.len() >= 3 && known.starts_with(&begun);
        names().find(is_begun).copied()
    })
}

/// Returns how many letters have to be changed, added, left out or swapped with
/// their neighbor to make `known` of `typed` (optimal string alignment, Boytsov
/// 2011; the product of both lengths in time).
///
/// `titel` → `title` is 1: two neighbors swapped.
pub fn distance(typed: &[char], known: &str) -> usize {
    let known: Vec<char> = known.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=known.len()).collect();
    for i in 1..=typed.len() {
        let mut row = vec![i];
        for j in 1..=known.len() {
            let change = last[j - 1] + usize::from(typed[i - 1] != known[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && typed[i - 1] == known[j - 2] && typed[i - 2] == known[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[known.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognized() {
        for (typed, expected) in [
            ("orgg", Some("org")),
            ("titel", Some("title")),
            ("Persn", Some("person")),
            ("organisation", Some("organization")),
            ("auth", Some("author")),
            ("ogr", Some("org")),
            ("Re", None),
            ("mailto", None),
            ("météo", None),
        ] {
            assert_eq!(probably_meant(typed), expected, "meant by {typed}");
        }
    }
}
