//! Who is in this text? Finds people, organizations and places, and tells which
//! mentions of an article mean the same one.
//!
//! [`find_mentions`] gives spans, [`unite()`] gives names. Between them stands the
//! [`Tagger`], a conditional random field of our own with its model inside the
//! program, trained by [`training`] and measured by [`scoring`]. Everything here
//! works on one article and in memory: no files, no knowledge of other articles.

mod augment;
pub mod columns;
mod consistency;
mod explain;
mod features;
mod gazetteer;
mod hash;
mod label;
mod labels;
mod lattice;
mod mentions;
mod model;
mod own_news;
pub mod scoring;
mod sports;
mod tagger;
#[cfg(test)]
mod tests;
pub mod training;
mod unite;

pub use explain::{Explanation, Reason, Verdict};
pub use label::{Class, Tag, TagError};
pub use mentions::{Evidence, Sighting, find_mentions, find_sightings};
pub use model::{ModelError, ModelInfo, Source};
pub use tagger::Tagger;
pub use unite::{Doubt, Rule, Union, United, unite, unite_with_rules};

/// Returns source and licence of a file that the built-in model may be trained
/// on, as `ATTRIBUTION.md` states them.
pub fn attribution(file_name: &str) -> Option<&'static str> {
    include_str!("ATTRIBUTION.md").lines().find_map(|line| {
        let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let (name, rest) = row.split_once(" | ")?;
        (name == file_name).then_some(rest)
    })
}
