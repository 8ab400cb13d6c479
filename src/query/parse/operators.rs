//! Reads what stands between, after and around conditions: `w/5`, `"a b"~5`, `^2`,
//! `atleast3(…)`, `headline(…)` and `hlead(…)`.

use std::ops::Range;

use super::super::error::{ErrorCode, QueryError};
use super::super::leaf::{are_quiet_after, is_proximity, refusal, split_boost};
use super::super::lex::{Token, TokenKind, TypedWord};
use super::super::tree::{Boost, Field, Near, Query, Reach, Test};
use super::{Parser, begins_operand, fault, is_proximity_word};

/// The widest `w/n` (chosen: a page of a newspaper; beyond it w/p says more).
const MAX_REACH: u32 = 255;
/// The loosest phrase (chosen: as `w/n`).
const MAX_LOOSENESS: u32 = 255;
/// The most places that `atleast` can ask for (chosen: no article has as many).
const MAX_PLACES: u32 = 100_000;

impl Parser<'_> {
    /// Reads one condition, or several with `w/n` between them.
    pub(super) fn proximity(&mut self, field: Field) -> Result<Option<Query>, QueryError> {
        let start = self.at;
        let common = self.seen.common.len();
        let mut left = self.condition(field)?;
        let mut chained = 0;
        while let Some((range, reach, in_order)) = self.proximity_operator()? {
            let operator = self.at;
            self.at += 1;
            if !begins_operand(self.peek()) || self.peek_proximity() {
                return Err(self.missing_operand(operator));
            }
            let right_start = self.at;
            let right = self.condition(field)?;
            let (Some(one), Some(other)) = (left, right) else {
                return Err(self.missing_operand(operator));
            };
            self.check_places(one.operand_fault(), start..operator)?;
            self.check_places(other.operand_fault(), right_start..self.at)?;
            // Near something every word must be there, common or not.
            self.seen.common.truncate(common);
            chained += 1;
            if chained == 2 {
                self.seen.chained.get_or_insert(range);
            }
            left = Some(Query::Near(Box::new(Near {
                left: one,
                right: other,
                reach,
                in_order,
            })));
        }
        Ok(left)
    }

    fn peek_proximity(&self) -> bool {
        is_proximity_word(self.peek())
    }

    /// Returns the proximity operator that comes next, and where it stands.
    fn proximity_operator(&self) -> Result<Option<(Range<usize>, Reach, bool)>, QueryError> {
        let Some(Token {
            kind: TokenKind::Word(word),
            range,
        }) = self.tokens.get(self.at)
        else {
            return Ok(None);
        };
        if !is_proximity(&word.signs) {
            return Ok(None);
        }
        let (kind, distance) = word.signs.split_once('/').unwrap_or_default();
        let in_order = kind.eq_ignore_ascii_case("pre");
        let reach = match distance {
            "s" | "S" => Reach::Sentence,
            "p" | "P" => Reach::Paragraph,
            number => match number.parse() {
                Ok(most @ 1..=MAX_REACH) => Reach::Words(most),
                _ => {
                    let message = format!("a distance is a number from 1 to {MAX_REACH}");
                    let mut error = fault(ErrorCode::BadNumber, range.clone(), &message);
                    error.hint =
                        Some("w/1 is side by side, w/p in one paragraph, AND anywhere".into());
                    return Err(error);
                }
            },
        };
        Ok(Some((range.clone(), reach, in_order)))
    }

    /// Fails if something keeps the tokens of `range` from having places in a text.
    fn check_places(
        &self,
        fault_found: Option<&'static str>,
        range: Range<usize>,
    ) -> Result<(), QueryError> {
        let Some(reason) = fault_found else {
            return Ok(());
        };
        let range = self.tokens[range.start].range.start..self.tokens[range.end - 1].range.end;
        let mut error = fault(ErrorCode::BadValue, range, reason);
        error.hint = Some(
            "put words, phrases, wildcards, names or (a OR b) there, and join the rest with AND"
                .into(),
        );
        Err(error)
    }

    /// Reads the brackets after `atleast3`, `headline` and `hlead`; `None` if `word`,
    /// which was just read, is no such name.
    pub(super) fn function(
        &mut self,
        word: &TypedWord,
        field: Field,
        range: &Range<usize>,
    ) -> Result<Option<Option<Query>>, QueryError> {
        let opens = self.tokens.get(self.at).filter(|next| {
            next.kind == TokenKind::Open && next.range.start == range.end && !word.signs.is_empty()
        });
        let Some(open) = opens.map(|open| open.range.clone()) else {
            return Ok(None);
        };
        let name = word.signs.to_ascii_lowercase();
        let within = match name.as_str() {
            "headline" => Some(Field::Title),
            "hlead" => Some(Field::HeadlineLead),
            _ => None,
        };
        if let Some(within) = within {
            self.at += 1;
            return self.brackets(within, open).map(Some);
        }
        let count = name
            .strip_prefix("atleast")
            .filter(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(count) = count else { return Ok(None) };
        let Ok(count @ 1..=MAX_PLACES) = count.parse() else {
            let message = format!("atleast counts from 1 to {MAX_PLACES}");
            return Err(fault(ErrorCode::BadNumber, range.clone(), &message));
        };
        let common = self.seen.common.len();
        self.at += 1;
        let first = self.at;
        let Some(inside) = self.brackets(field, open)? else {
            return Err(refusal("atleast has nothing to count here", range.clone()));
        };
        self.check_places(inside.count_fault(), first..self.at.max(first + 1) - 1)?;
        self.seen.common.truncate(common);
        Ok(Some(Some(Query::AtLeast(count, Box::new(inside)))))
    }

    /// Applies `~5` and `^2` right after the phrase that was just read.
    pub(super) fn phrase_suffix(&mut self, query: Query) -> Result<Query, QueryError> {
        let Some((signs, range)) = self.suffix(&['~', '^']) else {
            return Ok(query);
        };
        let (loose, boost) = match signs.split_once('^') {
            Some((loose, boost)) => (loose, Some(boost)),
            None => (signs.as_str(), None),
        };
        let query = match loose.strip_prefix('~') {
            None => query,
            Some(number) => self.loosened(query, number, &range)?,
        };
        match boost {
            None => Ok(query),
            Some(number) => self.boosted(query, number, range),
        }
    }

    fn loosened(
        &self,
        query: Query,
        number: &str,
        range: &Range<usize>,
    ) -> Result<Query, QueryError> {
        let number = number.trim_end_matches(|c: char| are_quiet_after(&c.to_string()));
        let Ok(between @ 0..=MAX_LOOSENESS) = number.parse() else {
            let message = format!("~ after a phrase takes a number up to {MAX_LOOSENESS}");
            let mut error = fault(ErrorCode::BadNumber, range.clone(), &message);
            error.hint = Some("\"a b\"~5 lets up to five other words between".into());
            return Err(error);
        };
        match query {
            Query::Leaf(mut leaf) if leaf.field.is_text() => match leaf.test {
                Test::Phrase(content) => {
                    leaf.test = Test::Loose(content, between);
                    Ok(Query::Leaf(leaf))
                }
                _ => Err(refusal(
                    "a phrase as written cannot be loose",
                    range.clone(),
                )),
            },
            _ => {
                let reason = "only phrases of headline and text can be loose";
                Err(refusal(reason, range.clone()))
            }
        }
    }

    /// Applies `^2` right after the bracket that was just read.
    pub(super) fn bracket_suffix(
        &mut self,
        inside: Option<Query>,
    ) -> Result<Option<Query>, QueryError> {
        let Some((signs, range)) = self.suffix(&['~', '^']) else {
            return Ok(inside);
        };
        let Some(number) = signs.strip_prefix('^') else {
            let reason = "~ stands after a word or a phrase, not after a bracket";
            return Err(refusal(reason, range));
        };
        let boosted = inside.map(|query| self.boosted(query, number, range));
        boosted.transpose()
    }

    /// Takes the `^2` off the end of `word`.
    pub(super) fn word_boost(
        &self,
        word: &TypedWord,
        range: &Range<usize>,
    ) -> Option<(TypedWord, String, Range<usize>)> {
        let (bare, number) = split_boost(word)?;
        // Marks behind the number belong to the word but not to its signs.
        let start = range.start + self.text.get(range.clone())?.rfind('^')?;
        Some((bare, number, start..range.end))
    }

    /// Returns `query` with the boost `number`, which stands with its sign at `range`.
    pub(super) fn boosted(
        &self,
        query: Query,
        number: &str,
        range: Range<usize>,
    ) -> Result<Query, QueryError> {
        let number = number.trim_end_matches(|c: char| are_quiet_after(&c.to_string()));
        let Some(boost) = Boost::read(number) else {
            let message = "a boost is a number from 0.01 to 1000 with at most two decimals";
            return Err(fault(ErrorCode::BadNumber, range, message));
        };
        let ranks = |(leaf, is_wanted): &(&super::super::tree::Leaf, bool)| {
            let is_words = !matches!(leaf.test, Test::Present | Test::Missing);
            *is_wanted && leaf.field.is_text() && is_words
        };
        if !query.signed_leaves().iter().any(ranks) {
            let reason = "a boost (^) counts for words and phrases in headline and text only";
            return Err(refusal(reason, range));
        }
        Ok(match query {
            Query::Boosted(..) => {
                return Err(refusal("this already has a boost", range));
            }
            query => Query::Boosted(Box::new(query), boost),
        })
    }

    /// Takes the word that begins with one of `signs` and touches what was just read.
    fn suffix(&mut self, signs: &[char]) -> Option<(String, Range<usize>)> {
        let before = self.at.checked_sub(1).map(|before| &self.tokens[before])?;
        let next = self.tokens.get(self.at)?;
        let TokenKind::Word(word) = &next.kind else {
            return None;
        };
        if before.range.end != next.range.start || !word.signs.starts_with(signs) {
            return None;
        }
        let taken = (word.signs.clone(), next.range.clone());
        self.at += 1;
        Some(taken)
    }
}
