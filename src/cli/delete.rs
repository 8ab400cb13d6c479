//! `newsdex delete`.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::bail;

use super::args::{FilterArgs, open_index, read_query_as_typed};
use super::output::{self, counted};
use super::{Globals, Status};
use crate::index::delete::{delete, undelete};
use crate::query::Request;

/// Delete articles for good
///
/// Deleted articles stay away when their files are ingested again, until --undelete
/// takes it back. Asks first, unless --yes is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids of articles
    #[arg(value_name = "ID", required_unless_present = "query")]
    ids: Vec<String>,
    /// Delete every article that matches this query
    #[arg(long, value_name = "QUERY", conflicts_with = "undelete")]
    query: Option<String>,
    #[command(flatten)]
    filters: FilterArgs,
    /// Take the deletion of these articles back; they return with the next ingest
    #[arg(long)]
    undelete: bool,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let index = open_index(globals)?;
        if self.undelete {
            let lifted = undelete(&index, &self.ids)?;
            let articles = counted(lifted as u64, "article", "articles");
            output::note(
                globals,
                format!("{articles} may return with the next ingest"),
            );
            return Ok(if lifted == 0 {
                Status::Nothing
            } else {
                Status::Success
            });
        }
        let snapshot = index.snapshot()?;
        let mut ids = Vec::new();
        for id in &self.ids {
            let known = crate::article::ArticleId::new(id)
                .map(|id| snapshot.find(&id))
                .transpose()?;
            match known.flatten() {
                Some(_) => ids.push(id.clone()),
                None => output::warn(format!("no article has the id {id}")),
            }
        }
        if let Some(text) = &self.query {
            let (filters, names) = self.filters.filters();
            let mut request = Request::new(read_query_as_typed(text, !filters.is_empty())?.query);
            (request.filters, request.names) = (filters, names);
            snapshot.visit_ids(&request, |id| ids.push(id))?;
        }
        if ids.is_empty() {
            output::note(globals, "there is nothing to delete");
            return Ok(Status::Nothing);
        }
        if !self.yes && !confirmed(&ids)? {
            bail!("nothing was deleted");
        }
        delete(&index, &ids)?;
        output::note(
            globals,
            format!(
                "deleted {}",
                counted(ids.len() as u64, "article", "articles")
            ),
        );
        Ok(Status::Success)
    }
}

fn confirmed(ids: &[String]) -> anyhow::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!("deleting needs a yes: there is no terminal to ask at, so give --yes");
    }
    let articles = counted(ids.len() as u64, "article", "articles");
    let some = ids.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let more = if ids.len() > 3 { ", …" } else { "" };
    write!(
        anstream::stderr(),
        "Delete {articles} ({some}{more}) for good? [y/N] "
    )?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
