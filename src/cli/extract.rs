//! `newsdex extract`.

use std::io::Write;
use std::path::PathBuf;

use super::args::{ReadArgs, ResourceArgs, TaggerArgs, open_output};
use super::{Globals, Status, output, page, reasons};
use crate::article::Article;
use crate::index::Index;
use crate::ingest::preview;
use crate::json::ArticleReply;
use crate::names::Explanation;

/// Show what ingest would see, without touching an index
///
/// Reads files and folders as `ingest` does, and prints every article. What could
/// not be read is reported on standard error.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, archives and folders; `-` is standard input, JSONL unless it looks like something else
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    tagger: TaggerArgs,
    /// Show for every name what found each of its mentions and what united them
    ///
    /// In JSONL, mentions get the fields text, found_by, probability and united_by, and
    /// left_out holds what was found and is of no name for certain.
    #[arg(long)]
    explain: bool,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    resources: ResourceArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Jsonl,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let tagger = self.tagger.load()?;
        let options = preview::Options {
            paths: self.paths.clone(),
            base: Index::base_of(&globals.index),
            selection: self.read.selection()?,
            read: self.read.options()?,
            tagger,
            explain: self.explain,
            threads: self.resources.threads(),
        };
        let mut out = open_output(self.output.as_ref())?;
        let mut articles = 0;
        let mut failure = None;
        preview::preview(&options, &mut |seen| {
            let written = match seen {
                preview::Seen::Article(article, explanation) => {
                    articles += 1;
                    self.print(&mut out, &article, explanation.as_ref())
                }
                preview::Seen::Entry(entry) => {
                    output::note(globals, super::ingest::describe(&entry));
                    Ok(())
                }
            };
            written.map_err(|error| failure = Some(error)).is_ok()
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        out.flush()?;
        Ok(if articles == 0 {
            Status::Nothing
        } else {
            Status::Success
        })
    }

    fn print(
        &self,
        out: &mut impl Write,
        article: &Article,
        explanation: Option<&Explanation>,
    ) -> std::io::Result<()> {
        match (self.format, explanation) {
            (Format::Jsonl, None) => serde_json::to_writer(&mut *out, &ArticleReply::new(article))?,
            (Format::Jsonl, Some(explanation)) => {
                let reply = ArticleReply::new(article).with_reasons(article, explanation);
                serde_json::to_writer(&mut *out, &reply)?;
            }
            (Format::Pretty, None) => page::write_article(out, article, 0, &[], output::width())?,
            (Format::Pretty, Some(explanation)) => {
                reasons::write_reasons(out, article, explanation)?;
            }
        }
        writeln!(out)
    }
}
