//! `newsdex related`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap_complete::engine::ArgValueCompleter;
use serde_json::json;

use super::args::{open_output, open_snapshot};
use super::output::{self, ASIDE, NAME, TITLE};
use super::{Globals, Status, completions, page, show};
use crate::article::ArticleId;
use crate::index::{Copies, RelatedArticle};

/// List articles like a given one
///
/// Articles that share its most telling words and its people, organizations and places,
/// the rarer the better. Copies of the same story are left out, and of each other story
/// one article is listed, unless --with-copies keeps them all.
///
/// Exits with 0 if there are any, 1 if there are none.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The article's id, as `search` prints it
    #[arg(add = ArgValueCompleter::new(completions::id))]
    id: String,
    /// List at most this many articles
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    limit: usize,
    /// List copies too: of the article, which come first, and of the others
    #[arg(long)]
    with_copies: bool,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
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
        let Some(id) = ArticleId::new(&self.id) else {
            bail!("{:?} is no article id", self.id)
        };
        let copies = match self.with_copies {
            true => Copies::Kept,
            false => Copies::LeftOut,
        };
        let Some(related) = snapshot.related(&id, copies, self.limit)? else {
            return Err(show::not_found(&snapshot, &id)?);
        };
        let mut out = open_output(self.output.as_ref())?;
        match self.format {
            Format::Pretty => {
                for (at, one) in related.iter().enumerate() {
                    write_related(&mut out, at + 1, one)?;
                }
            }
            Format::Json => {
                let related: Vec<_> = related.iter().map(reply).collect();
                let counts = match copies {
                    Copies::Kept => "articles",
                    Copies::LeftOut => "stories",
                };
                let reply = json!({ "id": id.as_str(), "counts": counts, "related": related });
                serde_json::to_writer_pretty(&mut out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for one in &related {
                    writeln!(out, "{}", reply(one))?;
                }
            }
        }
        out.flush()?;
        if related.is_empty() {
            output::note(globals, "no article is like it");
            return Ok(Status::Nothing);
        }
        Ok(Status::Success)
    }
}

fn write_related(out: &mut impl Write, rank: usize, one: &RelatedArticle) -> std::io::Result<()> {
    let indent = " ".repeat(rank.to_string().len() + 2);
    let room = output::width().saturating_sub(indent.len()).max(20);
    let article = &one.article;
    let title = match article.title.is_empty() {
        true => article.lead(),
        false => &article.title,
    };
    let title = page::shortened(title, room);
    writeln!(out, "{ASIDE}{rank}.{ASIDE:#} {TITLE}{title}{TITLE:#}")?;
    let mut facts: Vec<String> = vec![format!("{:.0}% alike", one.score * 100.0)];
    facts.extend(article.published.map(|date| date.day().to_string()));
    facts.extend(article.source.clone());
    facts.push(article.id.to_string());
    writeln!(out, "{indent}{ASIDE}{}{ASIDE:#}", facts.join(" · "))?;
    let names = page::shortened(&one.names.join(" · "), room);
    if !names.is_empty() {
        writeln!(out, "{indent}{NAME}{names}{NAME:#}")?;
    }
    writeln!(out)
}

fn reply(one: &RelatedArticle) -> serde_json::Value {
    let article = &one.article;
    json!({
        "id": article.id.as_str(),
        "score": (one.score * 1e4).round() / 1e4,
        "title": article.title,
        "lead": article.lead(),
        "published": article.published.map(|date| date.to_string()),
        "source": article.source,
        "url": article.url,
        "shared_names": one.names,
        "shared_stems": one.stems,
    })
}
