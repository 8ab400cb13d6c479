//! Reads one word or phrase of a query as a condition on a field.
//!
//! What looks like an operator but means nothing where it stands is refused by name, so
//! that it is never read as something else.

use std::ops::Range;

use jiff::civil::Date;

use crate::text::{fold, words};

use super::dates::{read_days, read_numbers};
use super::error::{ErrorCode, QueryError};
use super::lex::TypedWord;
use super::pattern::{folded_letters, read_pattern};
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
    if let Some(reason) = refused(&word.signs, scope) {
        return Err(refusal(reason, range));
    }
    if let Some(test) = pattern_test(word, scope, &range)? {
        if scope.is_whole || word.signs.starts_with('=') {
            let reason = "= asks for what is written, so there can be no wildcard, nor ~";
            return Err(refusal(reason, range));
        }
        return Ok(Reading::Condition(condition(scope.field, test)));
    }
    if scope.field.is_text() {
        return match exact_word(word, scope) {
            Some(text) => {
                let scope = Scope {
                    is_whole: true,
                    ..scope
                };
                value(text, scope, range, Test::Exactly).map(Reading::Condition)
            }
            None => Ok(free_word(word, scope.field)),
        };
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
        if scope.field.is_text() && words(content).next().is_none() {
            return Err(no_letters(range));
        }
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
        Err(refusal(RANGE, range))
    }
}

/// Why ranges are refused outside dates and numbers.
const RANGE: &str = "only date: and words: have ranges";

/// Returns the error for something that looks like an operator but cannot be one here.
pub(super) fn refusal(reason: &str, range: Range<usize>) -> QueryError {
    QueryError {
        message: reason.to_string(),
        position: range.start,
        length: range.len(),
        hint: Some("in quotes it is searched as written".into()),
        code: ErrorCode::BadValue,
    }
}

/// Returns the condition of a word with `*`, `?` or `~`.
fn pattern_test(
    word: &TypedWord,
    scope: Scope,
    range: &Range<usize>,
) -> Result<Option<Test>, QueryError> {
    let signs = without_ending(&word.signs);
    if let Some((letters, slips)) = fuzzy_parts(signs) {
        let most = match slips {
            "" | "1" => 1,
            "2" => 2,
            _ => return Err(refusal("a fuzzy word ends with ~1 or ~2", range.clone())),
        };
        if letters.contains(['*', '?']) {
            let reason = "a word has wildcards (*, ?) or slips (~), not both";
            return Err(refusal(reason, range.clone()));
        }
        let mut all = words(letters).filter(|word| !word.is_compound());
        let (Some(only), None) = (all.next(), all.next()) else {
            let reason = "~ stands after a single word";
            return Err(refusal(reason, range.clone()));
        };
        let folded = folded_letters(only.text);
        if folded.is_empty() {
            return Err(no_letters(range.clone()));
        }
        return Ok(Some(Test::Fuzzy(folded, most)));
    }
    let is_mark = matches!(signs, "?") || !signs.contains(['*', '?']) || signs.contains("://");
    if is_mark || matches!(scope.field, Field::Url | Field::Id) {
        return Ok(None);
    }
    let pattern = read_pattern(signs).ok_or_else(|| no_letters(range.clone()));
    pattern.map(|pattern| Some(Test::Wildcard(pattern)))
}

/// Returns a word without the `^2` at its end, and the number of that.
pub(super) fn split_boost(word: &TypedWord) -> Option<(TypedWord, String)> {
    let (signs, number) = without_ending(&word.signs).rsplit_once('^')?;
    let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let begins = number.starts_with(|c: char| c.is_ascii_digit());
    if signs.is_empty() || !is_number || !begins {
        return None;
    }
    // What follows has no escapes, and so as many bytes in the text as in the signs.
    let text = &word.text[..word.text.len() - (word.signs.len() - signs.len())];
    let bare = TypedWord {
        text: text.to_string(),
        signs: signs.to_string(),
    };
    Some((bare, number.to_string()))
}

/// Returns `signs` without the punctuation at its end.
fn without_ending(signs: &str) -> &str {
    signs.trim_end_matches(|c: char| c != '?' && are_quiet_after(c.encode_utf8(&mut [0; 4])))
}

/// Returns the word before a `~`, and the number after it.
fn fuzzy_parts(signs: &str) -> Option<(&str, &str)> {
    let (word, number) = signs.rsplit_once('~')?;
    let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    (is_number && ends_with_letter(word)).then_some((word, number))
}

/// Returns the part of `=Term` that must stand there as written.
fn exact_word(word: &TypedWord, scope: Scope) -> Option<&str> {
    let begins_word = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric());
    let is_exact = scope.is_whole || word.signs.strip_prefix('=').is_some_and(begins_word);
    let core = searched_part(&word.text).filter(|_| is_exact)?;
    word.text.get(core)
}

fn no_letters(range: Range<usize>) -> QueryError {
    QueryError {
        message: "there is no letter or digit to search for".into(),
        position: range.start,
        length: range.len(),
        hint: None,
        code: ErrorCode::EmptyPart,
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
    Err(no_letters(range))
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

/// Returns why a word with `signs` cannot be read in `scope`, if it cannot.
fn refused(signs: &str, scope: Scope) -> Option<&'static str> {
    let is_key = matches!(scope.field, Field::Url | Field::Id);
    if (is_key || signs.contains("://")) && signs.contains('*') {
        return Some("an address or id has no wildcards");
    }
    (!is_key && is_number_range(signs)).then_some(RANGE)
}

fn ends_with_letter(word: &str) -> bool {
    word.ends_with(|c: char| c.is_alphanumeric())
}

/// Returns true for `w/5`, `pre/5`, `w/s`, `w/p` and their like, in any case.
pub(super) fn is_proximity(signs: &str) -> bool {
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
