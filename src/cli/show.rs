//! `newsdex show`.

use std::io::Write;

use anyhow::{anyhow, bail};
use clap_complete::engine::ArgValueCompleter;

use super::args::{open_output, open_snapshot, read_query};
use super::{Globals, Status, completions, output, page};
use crate::article::ArticleId;
use crate::index::Snapshot;
use crate::json::ArticleReply;
use crate::query::NameSource;

/// Show one article
///
/// With --query, the places that match it are marked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The article's id, as `search` prints it
    #[arg(add = ArgValueCompleter::new(completions::id))]
    id: String,
    /// Mark what this query matches
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let snapshot = open_snapshot(globals)?;
        let Some(id) = ArticleId::new(&self.id) else {
            bail!("{:?} is no article id", self.id)
        };
        let Some(article) = snapshot.article(&id)? else {
            return Err(not_found(&snapshot, &id)?);
        };
        let matches = match &self.query {
            None => Vec::new(),
            Some(text) => {
                let query = read_query(globals, text, false)?.query;
                snapshot.find_matches(&query, NameSource::Any, &article)?
            }
        };
        let mut out = open_output(None)?;
        match self.format {
            Format::Pretty => {
                let copies = snapshot.copies(&id)?.unwrap_or_default().len();
                page::write_article(&mut out, &article, copies, &matches, output::width())?;
            }
            Format::Json => {
                let mut reply = ArticleReply::new(&article);
                if self.query.is_some() {
                    reply = reply.with_highlights(&matches);
                }
                serde_json::to_writer_pretty(&mut out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
        }
        out.flush()?;
        Ok(Status::Success)
    }
}

/// Returns the error that says so, with ids that may have been meant.
pub(super) fn not_found(snapshot: &Snapshot, id: &ArticleId) -> anyhow::Result<anyhow::Error> {
    let similar = snapshot.ids_with_prefix(id.as_str(), 3)?;
    if similar.is_empty() {
        return Ok(anyhow!("no article has the id {id}"));
    }
    let similar = similar.join(" or ");
    Ok(anyhow!(
        "no article has the id {id}; did you mean {similar}?"
    ))
}
