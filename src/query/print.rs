//! Prints a query tree as a query: how it was read.
//!
//! The print parses to the same tree, and without warnings: ANDs are written out,
//! and an AND and an OR inside each other have brackets. Fields have their first
//! name, dates are days, and phrases stand in straight quotes. It holds for every
//! tree that `parse` can return; others print as something readable.

use std::fmt::{self, Display as _, Write as _};

use jiff::civil::date;

use crate::text::is_quote;

use super::dates::print_ends;
use super::leaf::{Reading, Scope, is_proximity, read_word, split_boost};
use super::lex::{Token, TokenKind, Tokens, lex};
use super::tree::{Field, Leaf, Query, Reach, Test};

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Query::All => f.write_str("*"),
            Query::Leaf(leaf) => leaf.fmt(f),
            Query::And(conditions) => join(f, conditions, " AND "),
            Query::Or(conditions) => join(f, conditions, " OR "),
            Query::Not(condition) => {
                f.write_str("NOT ")?;
                tight_operand(f, condition)
            }
            Query::Near(near) => {
                tight_operand(f, &near.left)?;
                let kind = if near.in_order { "pre" } else { "w" };
                match near.reach {
                    Reach::Words(most) => write!(f, " {kind}/{most} ")?,
                    Reach::Sentence => write!(f, " {kind}/s ")?,
                    Reach::Paragraph => write!(f, " {kind}/p ")?,
                }
                tight_operand(f, &near.right)
            }
            Query::AtLeast(count, condition) => write!(f, "atleast{count}({condition})"),
            Query::Boosted(condition, boost) => match **condition {
                Query::Leaf(ref leaf) => write!(f, "{leaf}^{boost}"),
                _ => write!(f, "({condition})^{boost}"),
            },
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, conditions: &[Query], operator: &str) -> fmt::Result {
    for (place, condition) in conditions.iter().enumerate() {
        if place > 0 {
            f.write_str(operator)?;
        }
        operand(f, condition)?;
    }
    Ok(())
}

/// Writes what an operator that binds tighter than AND stands at.
fn tight_operand(f: &mut fmt::Formatter<'_>, condition: &Query) -> fmt::Result {
    match condition {
        Query::Near(_) => write!(f, "({condition})"),
        _ => operand(f, condition),
    }
}

fn operand(f: &mut fmt::Formatter<'_>, condition: &Query) -> fmt::Result {
    match condition {
        Query::And(_) | Query::Or(_) => write!(f, "({condition})"),
        _ => condition.fmt(f),
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field != Field::Text {
            write!(f, "{}:", self.field.name())?;
        }
        match &self.test {
            Test::Word(word) => write_word(f, self, word),
            Test::Phrase(content) => write_quoted(f, content),
            Test::Exactly(content) => {
                f.write_char('=')?;
                write_quoted(f, content)
            }
            Test::Loose(content, between) => {
                write_quoted(f, content)?;
                write!(f, "~{between}")
            }
            Test::Wildcard(pattern) => f.write_str(pattern),
            Test::Fuzzy(word, slips) => write!(f, "{word}~{slips}"),
            Test::Present => f.write_char('*'),
            Test::Missing => f.write_str("none"),
            Test::Days(from, to) => f.write_str(&print_ends(from.as_ref(), to.as_ref())),
            Test::Numbers(from, to) => f.write_str(&print_ends(from.as_ref(), to.as_ref())),
        }
    }
}

/// Writes `content` in quotes, with a backslash before each quote of its own.
fn write_quoted(f: &mut fmt::Formatter<'_>, content: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in content.chars() {
        if is_quote(c) {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    if content.ends_with('\\') {
        // A blank keeps the backslash off the closing quote; the parser trims it.
        f.write_char(' ')?;
    }
    f.write_char('"')
}

/// Writes `word` as it is if it is read as itself, else with every sign escaped.
fn write_word(f: &mut fmt::Formatter<'_>, leaf: &Leaf, word: &str) -> fmt::Result {
    if is_read_as_itself(leaf, word) {
        return f.write_str(word);
    }
    for (at, c) in word.char_indices() {
        if at == 0 || !c.is_alphanumeric() {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    Ok(())
}

fn is_read_as_itself(leaf: &Leaf, word: &str) -> bool {
    let typed = match leaf.field {
        Field::Text => word.to_string(),
        field => format!("{}:{word}", field.name()),
    };
    // A backslash or bracket can change the meaning of what comes after the word.
    if word.contains('\\') || word.starts_with('[') {
        return false;
    }
    let Ok(Tokens { mut tokens, .. }) = lex(&typed) else {
        return false;
    };
    let Some(Token { kind, range }) = tokens.pop() else {
        return false;
    };
    let is_alone = match tokens.as_slice() {
        [] => leaf.field == Field::Text,
        [field] => matches!(
            field.kind,
            TokenKind::Field {
                is_whole: false,
                ..
            }
        ),
        _ => false,
    };
    let TokenKind::Word(typed) = kind else {
        return false;
    };
    if is_proximity(&typed.signs) || split_boost(&typed).is_some() {
        return false;
    }
    let scope = Scope {
        field: leaf.field,
        is_whole: false,
        // No word means a day, so any day will do.
        today: date(2000, 1, 1),
    };
    let read = read_word(&typed, scope, range);
    is_alone && matches!(read, Ok(Reading::Condition(Query::Leaf(read))) if read == *leaf)
}
