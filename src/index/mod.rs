//! Stores articles and finds them again. The only owner of `index/` and of the
//! search library; nothing else knows what is inside either.
//!
//! - [`folder`](self): what lies in the index folder, its version, its locks.
//! - `schema`, `document`: how an article becomes fields and comes back.
//! - `writer`: adding, replacing, deleting, committing.
//! - `plan`, `patterns`, `phrase`, `verify`, `places`, `matching`, `ranking`, `bonus`,
//!   `recency`, `feedback`, `best`, `search`: how a query is answered.
//! - `export`: all that matches, one after the other.
//! - `entities`, `name_filter`: what the register makes of names, applied when a query is
//!   answered.
//! - `facets`, `values`, `trend`, `subject`: counts of what matches; one entity in full.
//! - `related`, `significant`: articles like another, and what sets a result apart.
//! - `stories`, `collapse`: which articles are copies of which, and one shown for all.
//! - `help`: what to tell whose query found nothing.
//! - `watches`: queries that are asked again, and what is new to them.
//! - `files`, `tombstones`, `ledger`: what past runs read, deleted and reported.
//!
//! It does not read corpora, find names, or print.

mod best;
mod bonus;
mod candidates;
mod collapse;
mod complete;
mod deadline;
pub mod delete;
mod document;
mod entities;
mod error;
mod export;
mod facets;
mod feedback;
mod files;
mod folder;
mod help;
mod ledger;
mod marks;
mod matching;
mod name_filter;
mod occurrences;
mod overview;
mod patterns;
mod phrase;
mod pieces;
mod places;
mod plan;
mod ranking;
mod recency;
mod related;
#[cfg(test)]
mod sample;
mod schema;
mod search;
mod significant;
mod slot;
mod snapshot;
mod stories;
mod subject;
mod tokenizers;
mod tombstones;
mod trend;
mod union;
mod value_query;
mod values;
mod verify;
mod watches;
mod wide;
mod writer;

pub use complete::{Completion, Completions};
pub use document::{ContentHash, Prepared, Vocabularies, prepare};
pub use entities::RegisterError;
pub use error::IndexError;
pub use facets::EntityCount;
pub use files::{FileState, Files, Known as KnownFile, Stamp};
pub use folder::{FORMAT_VERSION, Index};
pub use help::{Correction, Help, PartCount};
pub use ledger::{Entry, Ledger, Outcome, Place, RunSummary, last_failures};
pub use overview::{Counts, Overview};
pub use related::{Copies, RelatedArticle};
pub use search::{Contribution, Hit, Ranked, Ranking, Response};
pub use significant::{Significance, Significant};
pub use snapshot::{Known, Snapshot};
pub use stories::Copy;
pub use subject::{Alias, Companion, CompanyOptions, Named, Network, Profile};
pub use tombstones::{Tombstone, Tombstones};
pub use trend::{Period, Trend};
pub use values::{Facet, FacetCounts, ValueCount};
pub use watches::{Item, StoredFilters, Watch, WatchError, WatchReport};
pub use writer::{Resources, Writer};
