//! Collects what the parser noticed and puts it into words: what may not have
//! been meant the way it was read. It never changes the reading.

use std::ops::Range;

use super::error::{Warning, WarningCode};
use super::tree::Query;

/// What was noticed while reading, by where it stands in the query.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) mixed: Option<Range<usize>>,
    pub(super) optional: Option<Range<usize>>,
    pub(super) question_mark: Option<Range<usize>>,
    /// A second proximity operator in a row.
    pub(super) chained: Option<Range<usize>>,
    /// Words whose only wildcard is a `?` at their end.
    pub(super) letters: Vec<Range<usize>>,
    pub(super) lower_case: Vec<Range<usize>>,
    /// What looks like an operator of another program.
    pub(super) foreign: Vec<Range<usize>>,
    pub(super) apostrophes: Vec<Range<usize>>,
    pub(super) common: Vec<Range<usize>>,
    pub(super) no_letters: Vec<Range<usize>>,
    /// With the word that was read instead.
    pub(super) signs: Vec<(Range<usize>, String)>,
    pub(super) blank_after_field: Vec<Range<usize>>,
}

/// Warnings list at most this many words (chosen: one line).
const MAX_LISTED: usize = 8;

impl Seen {
    pub(super) fn warnings(&self, text: &str, query: &Query) -> Vec<Warning> {
        let shown = |ranges: &[Range<usize>]| {
            list(ranges.iter().map(|range| text[range.clone()].to_string()))
        };
        let mut warnings = Vec::new();
        if let Some(at) = &self.mixed {
            let message = format!("AND and OR are mixed without brackets: read as {query}");
            warnings.push(warning(WarningCode::MixedOperators, at, message));
        }
        if let Some(at) = &self.optional {
            let message = format!("beside a part with + the others are optional: read as {query}");
            warnings.push(warning(WarningCode::Optional, at, message));
        }
        if let Some(at) = &self.chained {
            let message = format!("proximity is read from the left: read as {query}");
            warnings.push(warning(WarningCode::ChainedProximity, at, message));
        }
        if let Some(at) = self.letters.first() {
            let words = shown(&self.letters);
            let message =
                format!("? stands for one more letter: {words} (put words in quotes to ask)");
            warnings.push(warning(WarningCode::OneLetter, at, message));
        }
        if let Some(at) = self.lower_case.first() {
            let words = shown(&self.lower_case);
            let message = format!(
                "read as words, not as operators: {words} (write {} for the operator, or put \
                 the words in quotes)",
                words.to_uppercase()
            );
            warnings.push(warning(WarningCode::LowerCaseOperator, at, message));
        }
        if let Some(at) = self.foreign.first() {
            let message = format!(
                "read as a word, not as an operator: {} (w/5 is within five words, pre/5 in that \
                 order, w/s in one sentence, w/p in one paragraph)",
                shown(&self.foreign)
            );
            warnings.push(warning(WarningCode::ForeignOperator, at, message));
        }
        if let Some(at) = self.apostrophes.first() {
            let message = format!(
                "single quotes are read as a phrase: {} (leave them out to ask for the words)",
                shown(&self.apostrophes)
            );
            warnings.push(warning(WarningCode::SingleQuotes, at, message));
        }
        if let (Some(at), false) = (self.common.first(), query.requires_common_words()) {
            let words = shown(&self.common).to_lowercase();
            let message = format!(
                "common words are not required: {words} (put them in quotes to require them)"
            );
            warnings.push(warning(WarningCode::CommonWords, at, message));
        }
        warnings.extend(self.left_out(text));
        if let Some(at) = self.blank_after_field.first() {
            let message = format!(
                "read as a word, because a blank follows: {} (write the value right after the \
                 colon to ask the field)",
                shown(&self.blank_after_field)
            );
            warnings.push(warning(WarningCode::BlankAfterField, at, message));
        }
        warnings
    }

    /// Returns the warnings about signs that are not searched.
    fn left_out(&self, text: &str) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(at) = self.no_letters.first() {
            let words = self.no_letters.iter();
            let message = format!(
                "left out, without a letter or digit to search for: {}",
                list(words.map(|range| text[range.clone()].to_string()))
            );
            warnings.push(warning(WarningCode::NoLetters, at, message));
        }
        if let Some((at, _)) = self.signs.first() {
            let words = self.signs.iter();
            let words = words.map(|(range, word)| format!("{} as {word}", &text[range.clone()]));
            let message = format!("signs are not searched: read {}", list(words));
            warnings.push(warning(WarningCode::Signs, at, message));
        }
        if let Some(at) = &self.question_mark {
            let message = "the question mark at the end was left out".to_string();
            warnings.push(warning(WarningCode::QuestionMark, at, message));
        }
        warnings
    }
}

fn warning(code: WarningCode, at: &Range<usize>, message: String) -> Warning {
    Warning {
        code,
        message,
        position: at.start,
        length: at.len(),
    }
}

/// Returns the first few different items, joined by commas.
fn list(items: impl Iterator<Item = String>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for item in items {
        if listed.contains(&item) {
            continue;
        }
        if listed.len() == MAX_LISTED {
            listed.push("…".into());
            break;
        }
        listed.push(item);
    }
    listed.join(", ")
}
