//! Makes firms named after several people one name, and keeps what stands in tables of
//! earnings from being a name.
//!
//! Nothing here looks beyond one sentence.

use super::Evidence;
use super::mend::Mender;
use crate::article::Kind;
use crate::names::gazetteer::LEGAL;

/// What wire services abbreviate in tables of earnings.
const TABLE_WORDS: [&str; 15] = [
    "shr", "shrs", "revs", "qtr", "qtrs", "oper", "avg", "mth", "mths", "dlr", "dlrs", "mln",
    "bln", "byr", "slr",
];

impl Mender<'_, '_> {
    /// Drops what ends with a word of tables, as `Shr` does before `31 cts`, and `U.S. Dlrs`.
    pub(super) fn drop_table_words(&mut self) {
        let sentence = self.sentence;
        let is_table_word = |at: usize| {
            let word = sentence.text(at).trim_end_matches('.');
            TABLE_WORDS.iter().any(|one| one.eq_ignore_ascii_case(word))
        };
        self.found
            .retain(|name| !is_table_word(name.tokens.end - 1));
    }

    /// Makes `Kidder, Peabody and Co Inc` one firm; a legal form alone is no name.
    pub(super) fn join_firms(&mut self) {
        for at in 0..self.found.len() {
            self.add_forms(at);
        }
        let mut at = 0;
        while at < self.found.len() {
            let tokens = self.found[at].tokens.clone();
            let is_form = |at: usize| self.classes(at) & LEGAL != 0;
            let mut forms = tokens.end;
            while forms > tokens.start && is_form(forms - 1) {
                forms -= 1;
            }
            // Where the name before "and Co" begins.
            let is_alone = forms == tokens.start;
            let joint = forms.checked_sub(1).filter(|at| self.is_and(*at));
            let before = match is_alone {
                true => joint.and_then(|joint| self.ending_at(joint)),
                false => Some(at),
            };
            let joins = forms < tokens.end && joint.is_some();
            match before {
                Some(first) if joins => {
                    let start = self.first_of_firm(first);
                    let tokens = self.found[start].tokens.start..tokens.end;
                    let is_longer = tokens.start < self.found[at].tokens.start;
                    if is_longer {
                        self.put(tokens, Kind::Organization, Evidence::Lengthened);
                    } else if self.found[at].kind != Kind::Organization {
                        self.found[at].kind = Kind::Organization;
                        self.found[at].evidence = Evidence::BodyWord;
                    }
                    at = start + 1;
                }
                _ if is_alone && self.found[at].kind != Kind::Place => {
                    self.found.remove(at);
                }
                _ => at += 1,
            }
        }
    }

    /// Adds `and Co Inc` to the name before it, of a partner or of the firm.
    fn add_forms(&mut self, at: usize) {
        let end = self.found[at].tokens.end;
        let is_form = |at: usize| self.is_free_capital(at) && self.classes(at) & LEGAL != 0;
        if self.found[at].kind == Kind::Place || !self.is_and(end) || !is_form(end + 1) {
            return;
        }
        let after = (end + 1..).find(|at| !is_form(*at));
        self.found[at].tokens.end = after.unwrap_or(end);
    }

    fn is_and(&self, at: usize) -> bool {
        matches!(self.sentence.text(at), "and" | "&" | "AND")
    }

    /// Returns the name that ends before token `end`.
    fn ending_at(&self, end: usize) -> Option<usize> {
        self.found.iter().position(|name| name.tokens.end == end)
    }

    /// Returns the first of the names that commas part from the one at `last`, as far as
    /// they can be partners.
    fn first_of_firm(&self, last: usize) -> usize {
        let mut first = last;
        while let Some(comma) = self.found[first].tokens.start.checked_sub(1)
            && self.sentence.text(comma) == ","
            && let Some(partner) = self.ending_at(comma)
            && self.found[partner].kind != Kind::Place
            && self.found[partner].tokens.len() <= 2
            && !self.found[partner]
                .tokens
                .clone()
                .any(|at| self.classes(at) & LEGAL != 0)
        {
            first = partner;
        }
        first
    }
}
