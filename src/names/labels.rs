//! Reads the labels of a set of tagged text without its text: a second opinion
//! on the set, which may be kept where the text may not.
//!
//! Lines that begin with `#` are comments, one of them the BLAKE3 checksum of the
//! set: `# set 3f2a…`. The rest is one letter for each word of a name (`P`, `O`,
//! `L`, `M` for the first word of a person, organization, place or other name,
//! small for the words that follow) and a number for the words between names;
//! line breaks mean nothing. `2P p5L` are nine words with two names.

use super::label::{Class, Tag};

/// Labels that could not be read.
#[derive(Debug, thiserror::Error, Eq, PartialEq)]
pub enum LabelsError {
    /// The labels were made for another text.
    #[error(
        "the labels are for a set with checksum {wanted:?}, this one has {found}; use the set they were made for"
    )]
    OtherSet {
        /// The checksum that the labels state.
        wanted: String,
        /// The checksum of the set.
        found: String,
    },
    /// A character is neither a digit nor a letter of a class.
    #[error("{0:?} is no label; labels are numbers and the letters PpOoLlMm")]
    Character(char),
    /// There are not as many labels as words.
    #[error("there are {labels} labels for {words} words")]
    Count {
        /// How many labels there are.
        labels: usize,
        /// How many words the set has.
        words: usize,
    },
}

/// Reads the labels in `text` for the set that has `words` words and the content `set`.
pub(crate) fn parse(text: &str, set: &str, words: usize) -> Result<Vec<Tag>, LabelsError> {
    let found = blake3::hash(set.as_bytes()).to_string();
    let stated = text.lines().find_map(|line| line.strip_prefix("# set "));
    if stated.is_none_or(|stated| stated.trim() != found) {
        let wanted = stated.unwrap_or_default().trim().to_owned();
        return Err(LabelsError::OtherSet { wanted, found });
    }
    let mut tags: Vec<Tag> = Vec::with_capacity(words);
    let mut outside = 0usize;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    for c in lines.flat_map(str::chars).chain(['\n']) {
        if let Some(digit) = c.to_digit(10) {
            outside = outside.saturating_mul(10).saturating_add(digit as usize);
            continue;
        }
        // A number cannot ask for more memory than the set has words.
        if outside > words - tags.len().min(words) {
            let labels = tags.len().saturating_add(outside);
            return Err(LabelsError::Count { labels, words });
        }
        tags.resize(tags.len() + outside, Tag::Outside);
        outside = 0;
        if c.is_whitespace() {
            continue;
        }
        let class = Class::ALL
            .into_iter()
            .zip(['P', 'O', 'L', 'M'])
            .find_map(|(class, letter)| (letter == c.to_ascii_uppercase()).then_some(class))
            .ok_or(LabelsError::Character(c))?;
        tags.push(if c.is_ascii_uppercase() {
            Tag::Begin(class)
        } else {
            Tag::Inside(class)
        });
    }
    if tags.len() == words {
        Ok(tags)
    } else {
        let labels = tags.len();
        Err(LabelsError::Count { labels, words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(labels: &str, words: usize, expected: &str) {
        let head = format!("# set {}\n", blake3::hash(b"text"));
        let found = match parse(&(head + labels), "text", words) {
            Ok(tags) => {
                let tags: Vec<String> = tags.iter().map(Tag::to_string).collect();
                tags.join(" ")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{labels}");
    }

    #[test]
    fn letters_and_numbers_become_tags() {
        check("1Pp2\nL", 6, "O B-PER I-PER O O B-LOC");
        check("# a word\nMm Oo", 4, "B-MISC I-MISC B-ORG I-ORG");
    }

    #[test]
    fn labels_of_another_text_are_refused() {
        check("3", 4, "there are 3 labels for 4 words");
        check(
            "9999999999999999999999",
            4,
            "there are 18446744073709551615 labels for 4 words",
        );
        check(
            "PX",
            2,
            "'X' is no label; labels are numbers and the letters PpOoLlMm",
        );
        assert!(matches!(
            parse("# set abc\n4", "text", 4),
            Err(LabelsError::OtherSet { .. })
        ));
    }
}
