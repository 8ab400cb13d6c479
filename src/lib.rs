//! newsdex searches an archive of news articles on one machine, offline.
//!
//! The modules follow an article's journey and then a query's:
//!
//! 1. [`article`]: what every stage passes on.
//! 2. [`text`]: words, sentences, folding and stems, the same everywhere.
//! 3. [`names`]: who is in this text?
//! 4. [`query`]: typed text becomes a tree, shown as it was read.

pub mod article;
pub mod cli;
pub mod corpus;
pub mod entities;
pub mod export;
pub mod extract;
pub mod index;
pub mod ingest;
pub mod json;
pub mod names;
pub mod query;
pub mod stories;
pub mod text;
