//! What can be wrong with a typed query, and what a reader should be told about
//! one that is not wrong. Codes are stable names for programs; messages are for
//! people. Nothing here decides what is an error.

use std::fmt;

/// Why a query could not be read.
///
/// It prints as one line: what is wrong, at which byte, and the cure if we know it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message} (at byte {position} of the query){}", show_hint(.hint.as_deref()))]
pub struct QueryError {
    /// What is wrong, in lower case and without a final period.
    pub message: String,
    /// The byte offset in the query where the fault begins.
    pub position: usize,
    /// How many bytes of the query are at fault; 0 where something is missing.
    pub length: usize,
    /// What to write instead.
    pub hint: Option<String>,
    /// The kind of fault, for programs.
    pub code: ErrorCode,
}

fn show_hint(hint: Option<&str>) -> String {
    hint.map(|hint| format!("; {hint}")).unwrap_or_default()
}

/// The kinds of faults a query can have; their printed names never change.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum ErrorCode {
    /// There is nothing to search for.
    Empty,
    /// The query has too many bytes.
    TooLong,
    /// Brackets or NOTs are nested too deeply.
    TooDeep,
    /// The query has too many words, or one phrase does.
    TooManyWords,
    /// A quote is opened and not closed.
    UnclosedQuote,
    /// A bracket has no partner.
    UnbalancedBracket,
    /// A pair of brackets, or of quotes, holds no word.
    EmptyPart,
    /// An operator lacks what it operates on.
    MissingOperand,
    /// No field has that name.
    UnknownField,
    /// The value can't be one of the field's.
    BadValue,
    /// The value is no date.
    BadDate,
    /// The value is no number.
    BadNumber,
}

impl ErrorCode {
    /// Returns the stable name, such as `unknown-field`.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::Empty => "empty",
            ErrorCode::TooLong => "too-long",
            ErrorCode::TooDeep => "too-deep",
            ErrorCode::TooManyWords => "too-many-words",
            ErrorCode::UnclosedQuote => "unclosed-quote",
            ErrorCode::UnbalancedBracket => "unbalanced-bracket",
            ErrorCode::EmptyPart => "empty-part",
            ErrorCode::MissingOperand => "missing-operand",
            ErrorCode::UnknownField => "unknown-field",
            ErrorCode::BadValue => "bad-value",
            ErrorCode::BadDate => "bad-date",
            ErrorCode::BadNumber => "bad-number",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something about a query that was read, but perhaps not as it was meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// The kind of warning, for programs.
    pub code: WarningCode,
    /// What was done, in lower case and without a final period.
    pub message: String,
    /// The byte offset in the query of the first place it is about.
    pub position: usize,
    /// How many bytes that place has.
    pub length: usize,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The kinds of warnings; their printed names never change.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum WarningCode {
    /// AND and OR are mixed without brackets.
    MixedOperators,
    /// Several proximity operators follow each other without brackets.
    ChainedProximity,
    /// A question mark at the end of a word was read as one more letter.
    OneLetter,
    /// A lower-case `and`, `or` or `not` was read as a word.
    LowerCaseOperator,
    /// An operator of another program was read as a word.
    ForeignOperator,
    /// Words between signs that may be apostrophes were read as a phrase.
    SingleQuotes,
    /// Function words are in the query, but articles need not have them.
    CommonWords,
    /// A word without letters and digits was left out.
    NoLetters,
    /// Signs around a word were left out.
    Signs,
    /// A question mark at the end was left out.
    QuestionMark,
    /// A field's name with a blank after the colon was read as a word.
    BlankAfterField,
    /// A part is optional beside a part marked with `+`.
    Optional,
}

impl WarningCode {
    /// Returns the stable name, such as `mixed-operators`.
    pub fn as_str(self) -> &'static str {
        match self {
            WarningCode::MixedOperators => "mixed-operators",
            WarningCode::ChainedProximity => "chained-proximity",
            WarningCode::OneLetter => "one-letter",
            WarningCode::LowerCaseOperator => "lower-case-operator",
            WarningCode::ForeignOperator => "foreign-operator",
            WarningCode::SingleQuotes => "single-quotes",
            WarningCode::CommonWords => "common-words",
            WarningCode::NoLetters => "no-letters",
            WarningCode::Signs => "signs",
            WarningCode::QuestionMark => "question-mark",
            WarningCode::BlankAfterField => "blank-after-field",
            WarningCode::Optional => "optional",
        }
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
