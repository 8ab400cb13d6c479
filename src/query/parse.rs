//! Reads a typed query.

use jiff::civil::Date;

use super::error::{ErrorCode, QueryError, Warning};
use super::tree::Query;

/// Longer queries are refused (chosen: more than anyone types, less than a file).
pub const MAX_QUERY_BYTES: usize = 64 * 1024;
/// Queries of more conditions are refused (chosen: a list of a few thousand names fits).
pub const MAX_LEAVES: usize = 4_096;

/// A query as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What was understood; it prints as "how it was read".
    pub query: Query,
    /// What may not have been meant that way, in no particular order.
    pub warnings: Vec<Warning>,
}

/// Reads a query. Days such as `last-7d` are counted back from `today`.
pub fn parse(text: &str, today: Date) -> Result<Parsed, QueryError> {
    let _ = (text, today);
    Err(QueryError {
        message: String::new(),
        position: 0,
        length: 0,
        hint: None,
        code: ErrorCode::Empty,
    })
}

/// Reads plain text as the question for articles with any of its words, as often
/// as they stand there. Nothing in it is an operator, and it never fails: text
/// without words is [`Query::nothing`].
pub fn parse_plain(text: &str) -> Query {
    let _ = text;
    Query::nothing()
}
