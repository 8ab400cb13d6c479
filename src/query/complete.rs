//! Tells what is being typed at the end of an unfinished query: a word, a field, or the
//! value of one. Looks at nothing but the query's text.

use std::ops::Range;

use crate::text::is_quote;

use super::tree::Field;

/// What stands before the cursor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unfinished {
    /// The bytes of the query that a completion replaces.
    pub range: Range<usize>,
    /// The field that is asked for; [`Field::Text`] if none is named.
    pub field: Field,
    /// What was typed of the value, without quotes and `=`.
    pub typed: String,
    /// Whether the value is a whole one: `org:=`.
    pub is_whole: bool,
    /// Whether it stands in quotes that are still open.
    pub is_quoted: bool,
}

/// Returns what is being typed at byte `cursor` of `text`; `None` if that is within a
/// character or behind the text, or if nothing has been typed of it.
pub fn unfinished(text: &str, cursor: usize) -> Option<Unfinished> {
    let before = text.get(..cursor)?;
    let open_quote = open_quote(before);
    let end_of_rest = open_quote.unwrap_or(before.len());
    let begins = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | '{' | '+' | '!');
    let start = before[..end_of_rest]
        .char_indices()
        .rev()
        .find(|(_, c)| begins(*c) || is_quote(*c))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let start = start + usize::from(before[start..].starts_with('-'));
    let token = &before[start..];
    let name_end = token[..end_of_rest.max(start) - start].find(':');
    let field = name_end.and_then(|end| Some((Field::from_name(&token[..end])?, end + 1)));
    let (field, value) = match field {
        Some((field, value)) => (field, value),
        None if name_end.is_some() => return None,
        None => (Field::Text, 0),
    };
    let value = &token[value..];
    let (is_whole, value) = match value.strip_prefix('=') {
        Some(rest) if field != Field::Text => (true, rest),
        _ => (false, value),
    };
    let typed = value.trim_start_matches(is_quote);
    if typed.is_empty() && field == Field::Text {
        return None;
    }
    Some(Unfinished {
        range: start..cursor,
        field,
        typed: typed.to_owned(),
        is_whole,
        is_quoted: open_quote.is_some(),
    })
}

impl Unfinished {
    /// Returns what stands in the query for the complete `value`.
    pub fn completed(&self, value: &str) -> String {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’');
        let needs_quotes = self.is_quoted || !value.chars().all(is_plain);
        let value = match needs_quotes {
            true => format!("\"{}\"", value.replace('"', "\\\"")),
            false => value.to_owned(),
        };
        match (self.field, self.is_whole) {
            (Field::Text, _) => value,
            (field, true) => format!("{}:={value}", field.name()),
            (field, false) => format!("{}:{value}", field.name()),
        }
    }
}

/// Returns where the last quote stands that no other closes.
fn open_quote(text: &str) -> Option<usize> {
    let mut open = None;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if is_quote(c) && !is_escaped {
            open = match open {
                None => Some(at),
                Some(_) => None,
            };
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_told_from_what_was() {
        for (text, expected) in [
            ("fra", "text fra 0..3"),
            ("bribes (kick", "text kick 8..12"),
            ("bribes -org:amn", "org amn 8..15"),
            ("org:=amn", "org =amn 0..8"),
            ("org:\"Amnesty Int", "org \"Amnesty Int 0..16"),
            ("people:“Jane D", "person \"Jane D 0..16"),
            ("\"land mi", "text \"land mi 0..8"),
            ("\"land mines\" org:", "org  13..17"),
            ("source:", "source  0..7"),
            ("", ""),
            ("bribes ", ""),
            ("nofield:x", ""),
        ] {
            let shown = unfinished(text, text.len()).map_or(String::new(), |found| {
                let mark = match (found.is_whole, found.is_quoted) {
                    (true, _) => "=",
                    (false, true) => "\"",
                    (false, false) => "",
                };
                let field = match found.field {
                    Field::Text => "text",
                    field => field.name(),
                };
                format!("{field} {mark}{} {:?}", found.typed, found.range)
            });
            assert_eq!(shown, expected, "{text}");
        }
        assert_eq!(unfinished("é", 1), None);
    }

    #[test]
    fn completions_are_quoted_where_they_must() {
        for (text, value, expected) in [
            ("fra", "fraud", "fraud"),
            (
                "org:amn",
                "Amnesty International",
                "org:\"Amnesty International\"",
            ),
            ("orgs:=am", "AMD", "org:=AMD"),
            ("org:\"A", "AMD", "org:\"AMD\""),
        ] {
            let unfinished = unfinished(text, text.len()).unwrap();
            assert_eq!(unfinished.completed(value), expected, "{text}");
        }
    }
}
