//! Reads a typed query.
//!
//! Recursive descent over the pieces that `lex` cuts: proximity (`w/5`) binds tightest,
//! from the left, NOT tighter than AND, AND (also unwritten, between neighbors) tighter than OR. Whatever could have
//! been meant otherwise becomes a warning; nothing is left out without one. The
//! clock is the caller's.
//!
//! `+` is as in Lucene: under AND it changes nothing; beside OR the part marked
//! with it is required and the others only add to the ranking, so `+a OR b` is
//! `a AND (* OR b)`.

use std::ops::Range;

use jiff::civil::Date;

use crate::text::words;

use super::error::{ErrorCode, QueryError, Warning};
use super::leaf::{
    Reading, Scope, are_quiet_after, is_proximity, read_phrase, read_range, read_word,
    searched_part,
};
use super::lex::{Token, TokenKind, Tokens, TypedWord, lex};
use super::notices::Seen;
use super::tree::{Field, Leaf, Query, Test};

/// Longer queries are refused (chosen: more than anyone types, less than a file).
pub const MAX_QUERY_BYTES: usize = 64 * 1024;
/// Queries of more conditions are refused (chosen: a list of a few thousand names fits).
pub const MAX_LEAVES: usize = 4_096;
/// Deeper trees are refused, so that walking one never exhausts the stack (chosen:
/// nobody reads even ten levels).
const MAX_DEPTH: usize = 100;
/// More open brackets are refused even where they change nothing.
const MAX_NESTING: usize = 128;

/// A query as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What was understood; it prints as "how it was read".
    pub query: Query,
    /// What may not have been meant that way, each kind once.
    pub warnings: Vec<Warning>,
}

/// Reads a query. Days such as `last-7d` are counted back from `today`.
pub fn parse(text: &str, today: Date) -> Result<Parsed, QueryError> {
    if text.len() > MAX_QUERY_BYTES {
        let message = format!("a query has at most {MAX_QUERY_BYTES} bytes");
        return Err(fault(
            ErrorCode::TooLong,
            MAX_QUERY_BYTES..text.len(),
            &message,
        ));
    }
    let Tokens {
        tokens,
        blank_after_field,
        apostrophes,
    } = lex(text)?;
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        today,
        nesting: 0,
        negations: 0,
        leaves: 0,
        seen: Seen {
            blank_after_field,
            apostrophes,
            ..Seen::default()
        },
    };
    parser.drop_last_question_mark();
    parser.look_for_lower_case_operators();
    let query = parser.whole()?;
    let warnings = parser.seen.warnings(text, &query);
    Ok(Parsed { query, warnings })
}

/// Reads plain text as the question for articles with any of its words, as often
/// as they stand there. Nothing in it is an operator, and it never fails: text
/// without words is [`Query::nothing`].
pub fn parse_plain(text: &str) -> Query {
    let words = words(text).filter(|word| !word.is_compound());
    // Out of its surroundings a word may lose an ending, or be all decoration.
    let parts = words.filter_map(|word| searched_part(word.text).map(|part| &word.text[part]));
    Query::any_of(parts.map(|part| {
        Query::Leaf(Leaf {
            field: Field::Text,
            test: Test::Word(part.to_string()),
        })
    }))
}

fn fault(code: ErrorCode, range: Range<usize>, message: &str) -> QueryError {
    QueryError {
        message: message.to_string(),
        position: range.start,
        length: range.len(),
        hint: None,
        code,
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// The next token's place.
    at: usize,
    today: Date,
    nesting: usize,
    /// How many NOTs stand around the next token.
    negations: usize,
    leaves: usize,
    seen: Seen,
}

/// Conditions without an OR between them.
#[derive(Default)]
struct Joined {
    conditions: Vec<Query>,
    /// Whether `+` stands before the first of them.
    is_required: bool,
    range: Range<usize>,
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Query, QueryError> {
        if self.tokens.is_empty() {
            let mut error = fault(ErrorCode::Empty, 0..self.text.len(), "the query is empty");
            error.hint = Some("* finds every article".into());
            return Err(error);
        }
        let query = self.alternatives(Field::Text)?;
        if let Some(token) = self.tokens.get(self.at) {
            let message = "this bracket closes nothing";
            let mut error = fault(ErrorCode::UnbalancedBracket, token.range.clone(), message);
            error.hint = Some("put it in quotes to search for it, or leave it out".into());
            return Err(error);
        }
        let Some(query) = query else {
            let message = "there is no letter or digit to search for";
            return Err(fault(ErrorCode::Empty, 0..self.text.len(), message));
        };
        if depth(&query) > MAX_DEPTH {
            return Err(self.too_deep(0..self.text.len()));
        }
        Ok(query)
    }

    fn too_deep(&self, range: Range<usize>) -> QueryError {
        let message = format!("the query is nested deeper than {MAX_DEPTH} levels");
        fault(ErrorCode::TooDeep, range, &message)
    }

    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn begins_operand(&self) -> bool {
        begins_operand(self.peek())
    }

    /// Returns the error for the operator at `operator`, which has nothing on one side.
    fn missing_operand(&self, operator: usize) -> QueryError {
        let range = self.tokens[operator].range.clone();
        let sign = &self.text[range.clone()];
        let message = format!("{sign} has nothing to join here");
        let mut error = fault(ErrorCode::MissingOperand, range, &message);
        error.hint = Some(format!("put it in quotes to search for it: \"{sign}\""));
        error
    }

    /// Reads what stands between ORs; `None` if none of it could be searched.
    fn alternatives(&mut self, field: Field) -> Result<Option<Query>, QueryError> {
        let mut alternatives = Vec::new();
        loop {
            alternatives.push(self.conditions(field)?);
            if self.peek() != Some(&TokenKind::Or) {
                break;
            }
            self.at += 1;
            if !self.begins_operand() {
                return Err(self.missing_operand(self.at - 1));
            }
        }
        let is_single = alternatives.len() == 1;
        alternatives.retain(|joined| !joined.conditions.is_empty());
        if is_single {
            let conditions = alternatives.pop().map(|joined| joined.conditions);
            return Ok(conditions.map(Query::all_of));
        }
        let mixed = alternatives
            .iter()
            .find(|joined| joined.conditions.len() > 1);
        if let (Some(mixed), None) = (mixed, &self.seen.mixed) {
            self.seen.mixed = Some(mixed.range.clone());
        }
        Ok(self.any_of(alternatives))
    }

    /// Joins alternatives, of which those with `+` are required.
    fn any_of(&mut self, alternatives: Vec<Joined>) -> Option<Query> {
        if alternatives.is_empty() {
            return None;
        }
        let required = alternatives.iter().find(|joined| joined.is_required);
        let Some(range) = required.map(|joined| joined.range.clone()) else {
            return Some(Query::any_of(
                alternatives
                    .into_iter()
                    .map(|joined| Query::all_of(joined.conditions)),
            ));
        };
        let mut all = Vec::new();
        let mut optional = vec![Query::All];
        for joined in alternatives {
            let is_required = joined.is_required;
            match Query::all_of(joined.conditions) {
                condition @ Query::Not(_) => all.push(condition),
                condition if is_required => all.push(condition),
                condition => optional.push(condition),
            }
        }
        if optional.len() > 1 {
            all.push(Query::any_of(optional));
            self.seen.optional.get_or_insert(range);
        }
        Some(Query::all_of(all))
    }

    /// Reads what stands side by side or between ANDs, up to an OR or a bracket.
    fn conditions(&mut self, field: Field) -> Result<Joined, QueryError> {
        let first = self.at;
        let mut joined = Joined::default();
        let mut operands = 0;
        loop {
            match self.peek() {
                None | Some(TokenKind::Close | TokenKind::Or) if operands > 0 => break,
                None | Some(TokenKind::Close) => return Err(self.empty_brackets()),
                Some(TokenKind::Or) => return Err(self.missing_operand(self.at)),
                Some(TokenKind::And) => {
                    self.at += 1;
                    if operands == 0 || !self.begins_operand() {
                        return Err(self.missing_operand(self.at - 1));
                    }
                }
                Some(TokenKind::Required) => {
                    joined.is_required |= operands == 0;
                    self.at += 1;
                    if !self.begins_operand() {
                        return Err(self.missing_operand(self.at - 1));
                    }
                }
                Some(_) => {
                    operands += 1;
                    joined.conditions.extend(self.proximity(field)?);
                }
            }
        }
        joined.is_required &= operands == 1;
        joined.range = self.tokens[first].range.start..self.tokens[self.at - 1].range.end;
        Ok(joined)
    }

    /// Returns the error for brackets with nothing in them.
    fn empty_brackets(&self) -> QueryError {
        let open = self.at.checked_sub(1).map(|at| &self.tokens[at]);
        match open.map(|token| (&token.kind, token.range.clone())) {
            Some((TokenKind::Open, range)) if self.at == self.tokens.len() => unclosed(range),
            Some((TokenKind::Open, range)) => {
                let range = range.start..self.tokens[self.at].range.end;
                fault(
                    ErrorCode::EmptyPart,
                    range,
                    "there is nothing between these brackets",
                )
            }
            Some((TokenKind::Required, _)) => self.missing_operand(self.at - 1),
            _ => {
                let range = self.tokens[self.at].range.clone();
                fault(
                    ErrorCode::UnbalancedBracket,
                    range,
                    "this bracket closes nothing",
                )
            }
        }
    }

    fn condition(&mut self, field: Field) -> Result<Option<Query>, QueryError> {
        let Some(Token { kind, range }) = self.tokens.get(self.at).cloned() else {
            return Ok(None);
        };
        let at = self.at;
        self.at += 1;
        let scope = |field, is_whole| Scope {
            field,
            is_whole,
            today: self.today,
        };
        match kind {
            TokenKind::Not => self.negation(field, at),
            TokenKind::Open => self.brackets(field, range),
            TokenKind::Field { field, is_whole } => self.value(scope(field, is_whole), range),
            other => self.leaf(other, scope(field, false), range),
        }
    }

    fn negation(&mut self, field: Field, at: usize) -> Result<Option<Query>, QueryError> {
        if !self.begins_operand() {
            return Err(self.missing_operand(at));
        }
        if self.peek() == Some(&TokenKind::Required) {
            self.at += 1;
        }
        self.enter(at)?;
        self.negations += 1;
        let condition = self.proximity(field)?;
        self.negations -= 1;
        self.nesting -= 1;
        Ok(condition.map(Query::negated))
    }

    fn enter(&mut self, at: usize) -> Result<(), QueryError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.too_deep(self.tokens[at].range.clone()));
        }
        Ok(())
    }

    /// Reads up to the bracket that closes the one at `open`.
    fn brackets(&mut self, field: Field, open: Range<usize>) -> Result<Option<Query>, QueryError> {
        self.enter(self.at - 1)?;
        let inside = self.alternatives(field)?;
        self.nesting -= 1;
        if self.peek() != Some(&TokenKind::Close) {
            return Err(unclosed(open));
        }
        self.at += 1;
        self.bracket_suffix(inside)
    }

    /// Reads what a field is asked for; `name` is where it is named.
    fn value(&mut self, scope: Scope, name: Range<usize>) -> Result<Option<Query>, QueryError> {
        let next = self.tokens.get(self.at).cloned();
        let touching = next.filter(|token| token.range.start == name.end);
        let Some(Token { kind, range }) = touching else {
            let message = format!("{} has no value", &self.text[name.clone()]);
            return Err(fault(ErrorCode::BadValue, name, &message));
        };
        self.at += 1;
        match kind {
            TokenKind::Open if scope.is_whole => {
                let message = "= stands before a single value, not before a bracket";
                let mut error = fault(ErrorCode::BadValue, range, message);
                error.hint = Some(format!(
                    "write ({0}:=\"one\" OR {0}:=\"other\")",
                    scope.field.name()
                ));
                Err(error)
            }
            TokenKind::Open => self.brackets(scope.field, range),
            other => self.leaf(other, scope, range),
        }
    }

    fn leaf(
        &mut self,
        kind: TokenKind,
        scope: Scope,
        range: Range<usize>,
    ) -> Result<Option<Query>, QueryError> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            let message = format!("a query has at most {MAX_LEAVES} words and phrases");
            return Err(fault(ErrorCode::TooManyWords, range, &message));
        }
        match kind {
            TokenKind::Phrase(content) => {
                let query = read_phrase(&content, scope, range)?;
                self.phrase_suffix(query).map(Some)
            }
            TokenKind::Range(inside) => read_range(&inside, scope, range).map(Some),
            TokenKind::Word(word) => self.word(&word, scope, range),
            // Operators and brackets never come here.
            _ => Err(fault(
                ErrorCode::MissingOperand,
                range,
                "a word is missing here",
            )),
        }
    }

    fn word(
        &mut self,
        word: &TypedWord,
        scope: Scope,
        range: Range<usize>,
    ) -> Result<Option<Query>, QueryError> {
        if self.is_ending(word, &range) {
            return Ok(None);
        }
        if let Some(query) = self.function(word, scope.field, &range)? {
            return Ok(query);
        }
        if scope.field.is_text() && is_proximity(&word.signs) {
            return Err(self.missing_operand(self.at - 1));
        }
        if let Some((bare, number, suffix)) = self.word_boost(word, &range) {
            let range = range.start..suffix.start;
            let query = self.bare_word(&bare, scope, range)?;
            let boosted = query.map(|query| self.boosted(query, &number, suffix));
            return boosted.transpose();
        }
        self.bare_word(word, scope, range)
    }

    fn bare_word(
        &mut self,
        word: &TypedWord,
        scope: Scope,
        range: Range<usize>,
    ) -> Result<Option<Query>, QueryError> {
        if word.signs == "="
            && let Some(Token {
                kind: TokenKind::Phrase(_),
                range: phrase,
            }) = self.tokens.get(self.at)
            && phrase.start == range.end
        {
            let scope = Scope {
                is_whole: true,
                ..scope
            };
            return self.value(scope, range);
        }
        let query = match read_word(word, scope, range.clone())? {
            Reading::NoLetters => {
                self.seen.no_letters.push(range);
                return Ok(None);
            }
            Reading::WithoutSigns(query) => {
                self.seen.signs.push((range.clone(), query.to_string()));
                query
            }
            Reading::Condition(query) => query,
        };
        if let Query::Leaf(leaf) = &query
            && let Test::Wildcard(pattern) = &leaf.test
            && pattern.find(['*', '?']) == Some(pattern.len() - 1)
            && pattern.ends_with('?')
        {
            self.seen.letters.push(range.clone());
        }
        if let Query::Leaf(leaf) = &query
            && self.negations == 0
            && leaf.is_common_word()
        {
            self.seen.common.push(range);
        }
        Ok(Some(query))
    }

    /// Returns true for the comma of `"land mines", wolf` and the like, which no
    /// more needs a warning than that of `mines, wolf`.
    fn is_ending(&self, word: &TypedWord, range: &Range<usize>) -> bool {
        let before = self.at.checked_sub(2).map(|before| &self.tokens[before]);
        are_quiet_after(&word.signs)
            && before.is_some_and(|before| {
                let ends = matches!(before.kind, TokenKind::Phrase(_) | TokenKind::Close);
                ends && before.range.end == range.start
            })
    }

    /// Takes the question mark off a query that is nothing but a question.
    fn drop_last_question_mark(&mut self) {
        let is_word = |token: &Token| {
            let is_word = matches!(token.kind, TokenKind::Word(_) | TokenKind::Phrase(_));
            is_word && !is_proximity_word(Some(&token.kind))
        };
        // A single word with a question mark is a wildcard, as it is in a printed tree.
        let is_plain = self.tokens.len() > 1 && self.tokens.iter().all(is_word);
        let Some(Token { kind, range }) = self.tokens.last_mut().filter(|_| is_plain) else {
            return;
        };
        let TokenKind::Word(word) = kind else { return };
        let kept = word.signs.trim_end_matches(['?', '!']);
        let marks = word.signs.len() - kept.len();
        if !word.signs[kept.len()..].contains('?') || kept.is_empty() {
            return;
        }
        self.seen.question_mark = Some(range.end - marks..range.end);
        word.signs.truncate(kept.len());
        word.text.truncate(word.text.len() - marks);
    }

    fn look_for_lower_case_operators(&mut self) {
        for at in 0..self.tokens.len() {
            let TokenKind::Word(word) = &self.tokens[at].kind else {
                continue;
            };
            let before = at.checked_sub(1).map(|before| &self.tokens[before].kind);
            let after = self.tokens.get(at + 1).map(|token| &token.kind);
            if is_proximity_word(before) || is_proximity_word(after) {
                continue;
            }
            if is_foreign_operator(&word.signs) && ends_operand(before) && begins_operand(after) {
                self.seen.foreign.push(self.tokens[at].range.clone());
            }
            let is_operator = match word.signs.to_ascii_lowercase().as_str() {
                "and" | "or" => ends_operand(before) && begins_operand(after),
                "not" => !matches!(before, Some(TokenKind::Field { .. })) && begins_operand(after),
                _ => false,
            };
            if is_operator {
                self.seen.lower_case.push(self.tokens[at].range.clone());
            }
        }
    }
}

/// Returns true for the proximity operators of other programs: `NEAR`, `NEAR/5`, `near5`,
/// `ADJ3`, `SAME`, `/5`, `/s`.
fn is_foreign_operator(signs: &str) -> bool {
    let is_number = |rest: &str| {
        let digits = rest.strip_prefix('/').unwrap_or(rest);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let name_end = signs.find(|c: char| !c.is_ascii_alphabetic());
    let (name, rest) = signs.split_at(name_end.unwrap_or(signs.len()));
    let is_known = [
        "NEAR", "ONEAR", "ADJ", "SAME", "WITHIN", "BEFORE", "AFTER", "XOR",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known));
    let is_loud = name.bytes().all(|byte| byte.is_ascii_uppercase()) || !rest.is_empty();
    (is_known && is_loud && is_number(rest))
        || matches!(signs, "/s" | "/p" | "/S" | "/P")
        || (signs.len() > 1 && name.is_empty() && signs.starts_with('/') && is_number(rest))
}

fn is_proximity_word(kind: Option<&TokenKind>) -> bool {
    matches!(kind, Some(TokenKind::Word(word)) if is_proximity(&word.signs))
}

fn unclosed(range: Range<usize>) -> QueryError {
    let message = "the bracket that opens here is never closed";
    let mut error = fault(ErrorCode::UnbalancedBracket, range, message);
    error.hint = Some("close it with )".into());
    error
}

fn begins_operand(kind: Option<&TokenKind>) -> bool {
    !matches!(
        kind,
        None | Some(TokenKind::And | TokenKind::Or | TokenKind::Close)
    )
}

fn ends_operand(kind: Option<&TokenKind>) -> bool {
    matches!(
        kind,
        Some(TokenKind::Word(_) | TokenKind::Phrase(_) | TokenKind::Range(_) | TokenKind::Close)
    )
}

fn depth(query: &Query) -> usize {
    match query {
        Query::All | Query::Leaf(_) => 1,
        Query::Not(inner) | Query::AtLeast(_, inner) | Query::Boosted(inner, _) => 1 + depth(inner),
        Query::Near(near) => 1 + depth(&near.left).max(depth(&near.right)),
        Query::And(inner) | Query::Or(inner) => 1 + inner.iter().map(depth).max().unwrap_or(0),
    }
}

mod operators;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
