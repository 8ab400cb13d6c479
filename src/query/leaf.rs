//! Reads one word or phrase of a query as a condition on a field.
//!
//! What the language will have but this version does not (wildcards, fuzzy words,
//! proximity) is refused by name, so that it is never read as something else.

use std::ops::Range;

use jiff::civil::Date;

use crate::text::{fold, words};

use super::dates::{read_days, read_numbers};
use super::error::{ErrorCode, QueryError};
use super::lex::TypedWord;
use super::tree::{Field, Leaf, Query, Test};

/// Longer phrases are refused, which bounds the time that matching takes (chosen:
/// two long paragraphs).
const MAX_PHRASE_WORDS: usize = 512;

/// Where a condition looks, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) field: Field,
    /// Whether the value is a whole one: `org:=`.
    pub(super) is_whole: bool,
    pub(super) today: Date,
}

/// What a typed word turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    Condition(Query),
    /// There is no letter or digit in it.
    NoLetters,
    /// The condition, without signs that are not searched.
    WithoutSigns(Query),
}

/// Reads `word`, whose bytes in the query are `range`.
pub(super) fn read_word(
    word: &TypedWord,
    scope: Scope,
    range: Range<usize>,
) -> Result<Reading, QueryError> {
    if scope.field == Field::Date || scope.field == Field::Words {
        return read_value(&word.text, scope, range).map(Reading::Condition);
    }
    if word.signs == "*" && !scope.is_whole {
        return Ok(Reading::Condition(match scope.field {
            Field::Text => Query::All,
            field => condition(field, Test::Present),
        }));
    }
    if let Some(feature) = later_feature(&word.signs, scope) {
        return Err(not_yet(feature, range));
    }
    if scope.field.is_text() {
        return Ok(free_word(word, scope.field));
    }
    let unequal = TypedWord {
        text: word.text.chars().skip(1).collect(),
        signs: word.signs.chars().skip(1).collect(),
    };
    let (is_whole, word) = match word.signs.starts_with('=') {
        true if !scope.is_whole => (true, &unequal),
        _ => (scope.is_whole, word),
    };
    let test = if is_whole { Test::Exactly } else { Test::Word };
    value(&word.text, Scope { is_whole, ..scope }, range, test).map(Reading::Condition)
}

/// Reads the phrase `content`, whose bytes in the query, with quotes, are `range`.
pub(super) fn read_phrase(
    content: &str,
    scope: Scope,
    range: Range<usize>,
) -> Result<Query, QueryError> {
    if scope.field == Field::Date || scope.field == Field::Words {
        return read_value(content, scope, range);
    }
    if scope.is_whole && scope.field.is_text() {
        return Err(not_yet(WHOLE_TEXT, range));
    }
    if words(content).nth(MAX_PHRASE_WORDS).is_some() {
        return Err(QueryError {
            message: format!("a phrase has at most {MAX_PHRASE_WORDS} words"),
            position: range.start,
            length: range.len(),
            hint: Some("a piece of it will do".into()),
            code: ErrorCode::TooManyWords,
        });
    }
    let test = if scope.is_whole {
        Test::Exactly
    } else {
        Test::Phrase
    };
    value(content, scope, range, test)
}

/// Reads the range `inside` of `[a TO b]`, whose bytes in the query are `range`.
pub(super) fn read_range(
    inside: &str,
    scope: Scope,
    range: Range<usize>,
) -> Result<Query, QueryError> {
    if scope.field == Field::Date || scope.field == Field::Words {
        read_value(inside, scope, range)
    } else {
        Err(not_yet("a range of words", range))
    }
}

/// Returns the error for a feature that this version does not have.
pub(super) fn not_yet(feature: &str, range: Range<usize>) -> QueryError {
    QueryError {
        message: format!("{feature} comes in a later version"),
        position: range.start,
        length: range.len(),
        hint: Some("in quotes it is searched as written".into()),
        code: ErrorCode::NotYet,
    }
}

fn condition(field: Field, test: Test) -> Query {
    Query::Leaf(Leaf { field, test })
}

/// Returns the condition for a value of `date:` or `words:`.
fn read_value(text: &str, scope: Scope, range: Range<usize>) -> Result<Query, QueryError> {
    let field = scope.field;
    let text = text.trim();
    let text = text.strip_prefix('=').unwrap_or(text);
    if matches!(text, "*" | "* TO *") {
        return Ok(condition(field, Test::Present));
    }
    let (test, code, hint) = if field == Field::Date {
        if text.eq_ignore_ascii_case("none") {
            return Ok(condition(field, Test::Missing));
        }
        let days = read_days(text, scope.today).map(|(from, to)| Test::Days(from, to));
        let hint = "write 2024, 2024-03, 2024-03-05, 2024-03-01..2024-04-15, >=2024-03-01, \
                    last-7d, today, yesterday or none, without blanks";
        (days, ErrorCode::BadDate, hint)
    } else {
        let numbers = read_numbers(text).map(|(from, to)| Test::Numbers(from, to));
        let hint = "write 500, >1000, <=200 or 100..200, without blanks";
        (numbers, ErrorCode::BadNumber, hint)
    };
    test.map(|test| condition(field, test))
        .map_err(|message| QueryError {
            message,
            position: range.start,
            length: range.len(),
            hint: Some(hint.into()),
            code,
        })
}

/// Returns the condition of `test` on `text`, if `text` has anything to search for.
fn value(
    text: &str,
    scope: Scope,
    range: Range<usize>,
    test: fn(String) -> Test,
) -> Result<Query, QueryError> {
    let is_key = matches!(scope.field, Field::Url | Field::Id);
    let is_empty = if scope.is_whole || is_key {
        text.trim().is_empty()
    } else {
        fold(text).trim().is_empty()
    };
    if !is_empty {
        return Ok(condition(scope.field, test(text.trim().to_string())));
    }
    Err(QueryError {
        message: "there is no letter or digit to search for".into(),
        position: range.start,
        length: range.len(),
        hint: None,
        code: ErrorCode::EmptyPart,
    })
}

/// Returns the part of `text` from its first to its last letter or digit, if
/// there is anything to search for in it.
pub(super) fn searched_part(text: &str) -> Option<Range<usize>> {
    let mut words = words(text);
    let first = words.next()?;
    let start = first.start;
    let end = words.fold(first.range().end, |end, word| end.max(word.range().end));
    let is_empty = fold(&text[start..end]).trim().is_empty();
    (!is_empty).then_some(start..end)
}

/// Reads a word of running text.
fn free_word(word: &TypedWord, field: Field) -> Reading {
    let text = &word.text;
    let Some(core) = searched_part(text) else {
        return Reading::NoLetters;
    };
    let query = condition(field, Test::Word(text[core.clone()].to_string()));
    if are_quiet_before(&text[..core.start]) && are_quiet_after(&text[core.end..]) {
        Reading::Condition(query)
    } else {
        Reading::WithoutSigns(query)
    }
}

/// Returns true for signs that nobody expects to be searched at the beginning of a word.
fn are_quiet_before(signs: &str) -> bool {
    signs.chars().all(|c| {
        matches!(
            c,
            '\'' | '’' | '‘' | '‚' | '‹' | '›' | '`' | '´' | '¿' | '¡' | '…' | '.'
        )
    })
}

/// Returns true for signs, or a possessive ending, that nobody expects to be
/// searched at the end of a word.
pub(super) fn are_quiet_after(signs: &str) -> bool {
    let ending = signs.trim_start_matches(['\'', '’', '‘', '`', '´', '\u{2BC}', '\u{FF07}']);
    let signs = match ending.strip_prefix(['s', 'S']) {
        Some(rest) if ending.len() < signs.len() => rest,
        _ => ending,
    };
    signs.chars().all(|c| {
        matches!(
            c,
            '.' | ','
                | ';'
                | ':'
                | '!'
                | '?'
                | '…'
                | '\''
                | '’'
                | '‘'
                | '‹'
                | '›'
                | '-'
                | '–'
                | '—'
                | '。'
                | '、'
                | '，'
                | '！'
                | '？'
                | '：'
        )
    })
}

/// What a value with `=` asks of running text.
const WHOLE_TEXT: &str = "a word with its exact case and accents (=Term)";

/// Returns the feature of the whole language that `signs` asks for, if this
/// version does not have it.
fn later_feature(signs: &str, scope: Scope) -> Option<&'static str> {
    let is_text = scope.field.is_text();
    let number_after = |sign: char| {
        let (word, number) = signs.rsplit_once(sign)?;
        let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
        is_number.then_some((word, number))
    };
    if matches!(scope.field, Field::Url | Field::Id) || signs.contains("://") {
        return signs.contains('*').then_some("a wildcard (*)");
    }
    if is_text && is_proximity(signs) {
        return Some("proximity (w/5, pre/5, w/s, w/p)");
    }
    if number_after('~').is_some_and(|(word, _)| ends_with_letter(word)) {
        return Some("a fuzzy word (wolf~1)");
    }
    if number_after('^').is_some_and(|(_, number)| !number.is_empty()) {
        return Some("a boost (^2)");
    }
    if signs.contains('*') {
        return Some("a wildcard (*)");
    }
    if signs.contains('?') && signs != "?" {
        return Some("a wildcard (?)");
    }
    let begins_word = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric());
    if is_text && (scope.is_whole || signs.strip_prefix('=').is_some_and(begins_word)) {
        return Some(WHOLE_TEXT);
    }
    is_number_range(signs).then_some("a range of numbers in text")
}

fn ends_with_letter(word: &str) -> bool {
    word.ends_with(|c: char| c.is_alphanumeric())
}

/// Returns true for `w/5`, `pre/5`, `w/s`, `w/p` and their like, in any case.
fn is_proximity(signs: &str) -> bool {
    let Some((kind, distance)) = signs.split_once('/') else {
        return false;
    };
    let is_kind = kind.eq_ignore_ascii_case("w") || kind.eq_ignore_ascii_case("pre");
    let is_number = !distance.is_empty() && distance.bytes().all(|byte| byte.is_ascii_digit());
    let is_unit = distance.eq_ignore_ascii_case("s") || distance.eq_ignore_ascii_case("p");
    is_kind && (is_number || is_unit)
}

/// Returns true for `>5`, `<=5` and `5..10`.
fn is_number_range(signs: &str) -> bool {
    let compared = signs.strip_prefix(['>', '<']);
    let is_compared = compared
        .map(|rest| rest.strip_prefix('=').unwrap_or(rest))
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_between = signs
        .split_once("..")
        .is_some_and(|(from, to)| is_number(from) && is_number(to));
    is_compared || is_between
}
