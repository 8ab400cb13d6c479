//! `newsdex duplicates`.

use std::io::Write;

use anyhow::bail;
use clap_complete::engine::ArgValueCompleter;
use serde_json::json;

use super::args::{open_output, open_snapshot};
use super::output::{self, ASIDE, TITLE, counted};
use super::{Globals, Status, completions, page, show};
use crate::article::ArticleId;
use crate::index::{Copy, Snapshot};

/// List the copies of an article, or all stories that have copies
///
/// Two articles are copies if enough runs of three words are in both; copies of copies
/// belong to the same story. How similar each is to the article is the share of those
/// runs, from 0 to 1.
///
/// Exits with 0 if there are copies, 1 if there are none.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The article's id; without it, all stories with copies are listed, the largest first
    #[arg(add = ArgValueCompleter::new(completions::id))]
    id: Option<String>,
    /// List at most this many stories; 0 lists all
    #[arg(
        short = 'n',
        long,
        value_name = "COUNT",
        default_value_t = 20,
        conflicts_with = "id"
    )]
    limit: usize,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Jsonl,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let snapshot = open_snapshot(globals)?;
        let mut out = open_output(None)?;
        let found = match &self.id {
            Some(id) => self.copies(&snapshot, id, &mut out)?,
            None => self.stories(&snapshot, &mut out)?,
        };
        out.flush()?;
        Ok(match found {
            0 => Status::Nothing,
            _ => Status::Success,
        })
    }

    fn copies(&self, snapshot: &Snapshot, id: &str, out: &mut impl Write) -> anyhow::Result<usize> {
        let Some(id) = ArticleId::new(id) else {
            bail!("{id:?} is no article id")
        };
        let Some(copies) = snapshot.copies(&id)? else {
            return Err(show::not_found(snapshot, &id)?);
        };
        match self.format {
            Format::Pretty => {
                let count = counted(copies.len() as u64, "copy", "copies");
                writeln!(out, "{TITLE}{count}{TITLE:#} {ASIDE}of {id}{ASIDE:#}")?;
                for copy in &copies {
                    write_copy(out, copy)?;
                }
            }
            Format::Json => {
                let copies: Vec<_> = copies.iter().map(reply).collect();
                let reply = json!({ "id": id.as_str(), "copies": copies });
                serde_json::to_writer_pretty(&mut *out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for copy in &copies {
                    writeln!(out, "{}", reply(copy))?;
                }
            }
        }
        Ok(copies.len())
    }

    fn stories(&self, snapshot: &Snapshot, out: &mut impl Write) -> anyhow::Result<usize> {
        let stories = snapshot.stories_with_copies()?;
        let limit = if self.limit == 0 {
            usize::MAX
        } else {
            self.limit
        };
        let shown = stories.iter().take(limit);
        match self.format {
            Format::Pretty => {
                let articles: usize = stories.iter().map(Vec::len).sum();
                writeln!(
                    out,
                    "{TITLE}{}{TITLE:#} {ASIDE}with copies, of {}{ASIDE:#}",
                    counted(stories.len() as u64, "story", "stories"),
                    counted(articles as u64, "article", "articles"),
                )?;
                for ids in shown {
                    let title = title_of(snapshot, &ids[0])?;
                    let room = output::width().saturating_sub(6).max(20);
                    writeln!(
                        out,
                        "\n{:>3}  {TITLE}{}{TITLE:#}",
                        ids.len(),
                        page::shortened(&title, room)
                    )?;
                    let line = ids
                        .iter()
                        .map(ArticleId::as_str)
                        .collect::<Vec<_>>()
                        .join(" · ");
                    writeln!(out, "     {ASIDE}{}{ASIDE:#}", page::shortened(&line, room))?;
                }
                if limit < stories.len() {
                    let left = output::grouped((stories.len() - limit) as u64);
                    writeln!(out, "\n{ASIDE}{left} more: -n 0 lists all{ASIDE:#}")?;
                }
            }
            Format::Json | Format::Jsonl => {
                let rows = shown.map(|ids| {
                    let ids: Vec<&str> = ids.iter().map(ArticleId::as_str).collect();
                    json!({ "articles": ids.len(), "ids": ids })
                });
                if let Format::Jsonl = self.format {
                    for row in rows {
                        writeln!(out, "{row}")?;
                    }
                } else {
                    let reply = json!({ "stories": rows.collect::<Vec<_>>() });
                    serde_json::to_writer_pretty(&mut *out, &reply)
                        .map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
            }
        }
        Ok(stories.len())
    }
}

fn title_of(snapshot: &Snapshot, id: &ArticleId) -> anyhow::Result<String> {
    let article = snapshot.article(id)?;
    Ok(
        article.map_or(String::new(), |article| match article.title.is_empty() {
            true => article.lead().to_owned(),
            false => article.title,
        }),
    )
}

fn write_copy(out: &mut impl Write, copy: &Copy) -> std::io::Result<()> {
    let article = &copy.article;
    let title = match article.title.is_empty() {
        true => article.lead(),
        false => &article.title,
    };
    let room = output::width().saturating_sub(6).max(20);
    writeln!(
        out,
        "\n{:.2}  {TITLE}{}{TITLE:#}",
        copy.similarity,
        page::shortened(title, room)
    )?;
    let mut facts: Vec<String> = Vec::new();
    facts.extend(article.published.map(|date| date.day().to_string()));
    facts.extend(article.source.clone());
    facts.push(article.id.to_string());
    writeln!(out, "      {ASIDE}{}{ASIDE:#}", facts.join(" · "))
}

fn reply(copy: &Copy) -> serde_json::Value {
    let article = &copy.article;
    json!({
        "id": article.id.as_str(),
        "similarity": (copy.similarity * 1e4).round() / 1e4,
        "title": article.title,
        "published": article.published.map(|date| date.to_string()),
        "source": article.source,
        "url": article.url,
    })
}
