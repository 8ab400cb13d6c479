//! Names of months, in the languages that most news is written in.

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxBuildHasher;

/// Returns the number of the month that `word` names, whole or cut short, in any case and
/// with or without a period: 3 for `March`, `mar.` and `März`.
pub fn month_number(word: &str) -> Option<i8> {
    const LONGEST_BYTES: usize = 40;
    let word = word.trim_end_matches('.');
    let may_be =
        word.len() <= LONGEST_BYTES && word.chars().next().is_some_and(char::is_alphabetic);
    may_be.then(|| MONTHS.get(word.to_lowercase().as_str()).copied())?
}

static MONTHS: LazyLock<HashMap<&str, i8, FxBuildHasher>> = LazyLock::new(|| {
    let lines = include_str!("months.txt").lines();
    let lists = lines.filter_map(|line| line.split_once(": ").filter(|_| !line.starts_with('#')));
    let mut months = HashMap::default();
    for (_, list) in lists {
        for (number, names) in (1..).zip(list.split(';')) {
            months.extend(names.split_whitespace().map(|name| (name, number)));
        }
    }
    months
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_by_their_names() {
        for (word, number) in [
            ("March", Some(3)),
            ("SEPT.", Some(9)),
            ("Okt.", Some(10)),
            ("mars", Some(3)),
            ("августа", Some(8)),
            ("août", Some(8)),
            ("Monday", None),
            ("3", None),
            ("", None),
        ] {
            assert_eq!(month_number(word), number, "{word}");
        }
    }

    #[test]
    fn every_language_names_twelve_and_none_contradicts_another() {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let lines = include_str!("months.txt").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let (language, list) = line.split_once(": ").unwrap();
            assert_eq!(list.split(';').count(), 12, "{language}");
            for (number, names) in list.split(';').enumerate() {
                for name in names.split_whitespace() {
                    assert_eq!(
                        *known.entry(name).or_insert(number),
                        number,
                        "{name} in {language}"
                    );
                }
            }
        }
    }
}
