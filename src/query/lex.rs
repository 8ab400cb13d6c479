//! Cuts a typed query into operators, brackets, phrases, field names and words.
//!
//! It decides where each piece begins and ends, never what a word means: that is
//! `leaf`'s business. Anything that is no operator is part of some word. Linear in
//! the length of the query.
//!
//! A backslash takes its meaning from the character after it (`\AND`, `wom\?n`);
//! inside quotes it does so only before a quotation mark.

use std::ops::Range;

use crate::text::is_quote;

use super::error::{ErrorCode, QueryError};
use super::suggest::unknown_field;
use super::tree::Field;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Its bytes in the query.
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Open,
    Close,
    And,
    Or,
    Not,
    /// The sign `+`.
    Required,
    /// `org:`, or `org:=` for whole values; what it is asked for follows at once.
    Field {
        field: Field,
        is_whole: bool,
    },
    Phrase(String),
    /// What stands between the brackets of `[a TO b]`.
    Range(String),
    Word(TypedWord),
}

/// A run of characters without blanks, brackets and quotes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TypedWord {
    /// The characters, without the backslashes that took their meaning.
    pub(super) text: String,
    /// The same with [`MASK`] for characters without meaning: what to look for signs in.
    pub(super) signs: String,
}

/// Stands for a character after a backslash; neither a letter nor a sign.
pub(super) const MASK: char = '\u{FFFD}';

impl TypedWord {
    fn push(&mut self, c: char, is_escaped: bool) {
        self.text.push(c);
        self.signs.push(if is_escaped { MASK } else { c });
    }
}

/// The pieces of a query, and the field names that a blank made words of.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) tokens: Vec<Token>,
    pub(super) blank_after_field: Vec<Range<usize>>,
    /// Phrases between signs that may also have been apostrophes.
    pub(super) apostrophes: Vec<Range<usize>>,
}

/// Cuts `query` into its pieces.
pub(super) fn lex(query: &str) -> Result<Tokens, QueryError> {
    let mut lexer = Lexer {
        query,
        at: 0,
        found: Tokens::default(),
        unclosed: Vec::new(),
    };
    while lexer.next_piece()? {}
    Ok(lexer.found)
}

struct Lexer<'q> {
    query: &'q str,
    at: usize,
    found: Tokens,
    /// Single quotes that nothing closes, each up to a place in the query.
    unclosed: Vec<(char, usize)>,
}

impl Lexer<'_> {
    /// Reads one piece; returns false at the end.
    fn next_piece(&mut self) -> Result<bool, QueryError> {
        let rest = &self.query[self.at..];
        let Some(c) = rest.chars().next() else {
            return Ok(false);
        };
        let sign = self.operator(c, rest);
        if is_blank(c) {
            self.at += c.len_utf8();
        } else if is_open(c) {
            self.push(TokenKind::Open, c.len_utf8());
        } else if is_close(c) {
            self.push(TokenKind::Close, c.len_utf8());
        } else if is_quote(c) {
            self.phrase(c)?;
        } else if let Some(inside) = self.single_quoted(c, rest) {
            let length = c.len_utf8() + inside.len();
            let closing = rest[length..].chars().next().map_or(0, char::len_utf8);
            if c == '\'' {
                let range = self.at..self.at + length + closing;
                self.found.apostrophes.push(range);
            }
            let content = inside.trim().to_string();
            self.push(TokenKind::Phrase(content), length + closing);
        } else if let Some((kind, length)) = sign {
            self.push(kind, length);
        } else if let Some(inside) = bracketed_range(rest) {
            self.push(TokenKind::Range(inside.to_string()), inside.len() + 2);
        } else {
            self.word()?;
        }
        Ok(true)
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let range = self.at..self.at + length;
        self.at = range.end;
        self.found.tokens.push(Token { kind, range });
    }

    /// Returns the last piece, if nothing stands between it and here.
    fn touching(&self) -> Option<&TokenKind> {
        let last = self.found.tokens.last()?;
        (last.range.end == self.at).then_some(&last.kind)
    }

    /// Returns true right after `field:`, where no sign is an operator.
    fn is_value(&self) -> bool {
        matches!(self.touching(), Some(TokenKind::Field { .. }))
    }

    fn operator(&self, c: char, rest: &str) -> Option<(TokenKind, usize)> {
        if self.is_value() {
            return None;
        }
        if rest.starts_with("&&") {
            return Some((TokenKind::And, 2));
        }
        if rest.starts_with("||") {
            return Some((TokenKind::Or, 2));
        }
        let kind = match c {
            '!' | '-' => TokenKind::Not,
            '+' => TokenKind::Required,
            _ => return None,
        };
        let begins = !matches!(
            self.touching(),
            Some(TokenKind::Close | TokenKind::Phrase(_) | TokenKind::Word(_))
        );
        let next = rest.chars().nth(1)?;
        let has_operand = next.is_alphanumeric()
            || is_quote(next)
            || is_open(next)
            || matches!(next, '$' | '€' | '£' | '#' | '@' | '\\' | '*' | '=');
        (begins && has_operand).then_some((kind, 1))
    }

    fn phrase(&mut self, opening: char) -> Result<(), QueryError> {
        let start = self.at;
        let inside = start + opening.len_utf8();
        let mut content = String::new();
        let mut chars = self.query[inside..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            let escaped = chars.peek().map(|(_, next)| *next);
            if let (true, Some(quote)) = (c == '\\', escaped.filter(|next| is_quote(*next))) {
                content.push(quote);
                chars.next();
            } else if is_quote(c) {
                let length = inside + offset + c.len_utf8() - start;
                self.push(TokenKind::Phrase(content.trim().to_string()), length);
                return Ok(());
            } else {
                content.push(c);
            }
        }
        Err(QueryError {
            message: "the quote that opens here is never closed".into(),
            position: start,
            length: opening.len_utf8(),
            hint: Some(r#"close it with ", or leave the mark out"#.into()),
            code: ErrorCode::UnclosedQuote,
        })
    }

    /// Returns the words between single quotes, if `rest` begins with them: at least two, so
    /// that nothing but quotes can be meant, and no apostrophe. The closing one ends a word.
    fn single_quoted<'r>(&mut self, opening: char, rest: &'r str) -> Option<&'r str> {
        let closes = |c: char| match opening {
            '\'' | '‘' => matches!(c, '\'' | '’'),
            '‚' => matches!(c, '‘' | '’'),
            _ => c == '›',
        };
        let is_single = matches!(opening, '\'' | '‘' | '‚' | '‹');
        let is_unclosed = |(known, to): &(char, usize)| *known == opening && self.at < *to;
        if !is_single
            || matches!(self.touching(), Some(TokenKind::Word(_)))
            || self.unclosed.iter().any(is_unclosed)
        {
            return None;
        }
        let inside = &rest[opening.len_utf8()..];
        let mut before = ' ';
        for (at, c) in inside.char_indices() {
            if is_quote(c) || is_open(c) || is_close(c) || c == '\\' {
                break;
            }
            let mut after = inside[at + c.len_utf8()..].chars();
            let ends_word = |c: char| is_blank(c) || is_close(c) || matches!(c, '~' | '^');
            if closes(c) && !is_blank(before) && after.next().is_none_or(ends_word) {
                let inside = &inside[..at];
                let is_phrase = inside.contains(is_blank) && !inside.starts_with(is_blank);
                return is_phrase.then_some(inside);
            }
            before = c;
        }
        // None that begins before that is closed either: the search is linear.
        let end = inside.find(|c| is_quote(c) || is_open(c) || is_close(c) || c == '\\');
        let end = self.at + opening.len_utf8() + end.unwrap_or(inside.len());
        self.unclosed.retain(|(known, _)| *known != opening);
        self.unclosed.push((opening, end));
        None
    }

    fn word(&mut self) -> Result<(), QueryError> {
        let is_value = self.is_value();
        let start = self.at;
        let mut word = TypedWord::default();
        let mut may_be_field = !is_value;
        let mut chars = self.query[start..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            let after = start + offset + c.len_utf8();
            let rest = &self.query[start + offset..];
            let is_operator = !is_value && (rest.starts_with("&&") || rest.starts_with("||"));
            if is_blank(c) || is_open(c) || is_close(c) || is_quote(c) || is_operator {
                break;
            }
            let escaped = chars.peek().map(|(_, next)| *next);
            if let (true, Some(next)) = (c == '\\', escaped) {
                word.push(next, true);
                chars.next();
                self.at = after + next.len_utf8();
                continue;
            }
            if c == ':' && may_be_field {
                may_be_field = false;
                if let Some(kind) = self.field(&word.signs, start..after)? {
                    let length = after - start + usize::from(is_whole(&kind));
                    self.at = start;
                    self.push(kind, length);
                    return Ok(());
                }
            }
            word.push(c, false);
            self.at = after;
        }
        let range = start..self.at;
        let kind = match word.signs.as_str() {
            "AND" if !is_value => TokenKind::And,
            "OR" if !is_value => TokenKind::Or,
            "NOT" if !is_value => TokenKind::Not,
            _ => TokenKind::Word(word),
        };
        self.found.tokens.push(Token { kind, range });
        Ok(())
    }

    /// Says whether `name`, whose bytes with the colon are `range`, names a field;
    /// an error if it could be nothing else but does not exist.
    fn field(&mut self, name: &str, range: Range<usize>) -> Result<Option<TokenKind>, QueryError> {
        let rest = &self.query[range.end..];
        let field = Field::from_name(name);
        let blank_follows = rest.chars().next().is_none_or(is_blank);
        if field.is_some() && blank_follows {
            self.found.blank_after_field.push(range.clone());
        }
        let is_word = !is_identifier(name)
            || blank_follows
            || rest.starts_with(is_close)
            || rest.starts_with("//")
            || rest.starts_with(':');
        match field {
            _ if is_word => Ok(None),
            Some(field) => Ok(Some(TokenKind::Field {
                field,
                is_whole: rest.starts_with('='),
            })),
            None => Err(unknown_field(name, range)),
        }
    }
}

fn is_whole(kind: &TokenKind) -> bool {
    matches!(kind, TokenKind::Field { is_whole: true, .. })
}

/// Returns true for characters that separate words; invisible ones that come
/// along with pasted text are among them.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{2060}')
}

fn is_open(c: char) -> bool {
    matches!(c, '(' | '（')
}

fn is_close(c: char) -> bool {
    matches!(c, ')' | '）')
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Returns what stands inside, if `rest` begins with `[a TO b]`.
fn bracketed_range(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix('[')?;
    let inside = &inside[..inside.find([']', '['])?];
    inside.contains(" TO ").then_some(inside)
}
