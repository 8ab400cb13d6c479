//! Which names of the whole archive mean the same one, and what a person decided
//! about it.
//!
//! - [`Register`]: `entities.toml`, what a person decided, read and edited as text.
//! - `unions`: spelling variants that are united without being told.
//! - [`Directory`]: both together in one compact form that answers at once.
//! - [`History`]: what was done to the register, so that it can be undone exactly.
//! - `suggest`: pairs of names that a person may want to unite.
//!
//! Takes text and values and returns values: no files, no clock, and no knowledge of
//! how articles are stored.

mod directory;
mod edit;
mod history;
mod register;
mod spelling;
mod suggest;
mod unions;

pub use directory::{Directory, Entity, EntityName, NameSet, has_words};
pub use edit::{Change, EditError, edit};
pub use history::{Did, History, HistoryError, Step};
pub use register::{Entry, Register, RegisterFault};
pub use spelling::unlikeness;
pub use suggest::{Candidate, Company, Reason, Suggestion, candidates, judge};
pub use unions::{Evidence, Seen, directory_of};
