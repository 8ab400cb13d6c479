//! Prints a query tree as the query it is.

use std::fmt;

use super::tree::Query;

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
