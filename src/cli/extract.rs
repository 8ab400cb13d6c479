//! `newsdex extract`.

use std::io::Write;
use std::path::PathBuf;

use super::args::{ReadArgs, ResourceArgs, TaggerArgs, open_output};
use super::{Globals, Status, output, page};
use crate::index::Index;
use crate::ingest::preview;
use crate::json::ArticleReply;

/// Show what ingest would see, without touching an index
///
/// Reads files and folders as `ingest` does, and prints every article. What could
/// not be read is reported on standard error.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files and folders; `-` is JSONL on standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    tagger: TaggerArgs,
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
            threads: self.resources.threads(),
        };
        let mut out = open_output(self.output.as_ref())?;
        let mut articles = 0;
        let mut failure = None;
        preview::preview(&options, &mut |seen| {
            let written = match seen {
                preview::Seen::Article(article) => {
                    articles += 1;
                    self.print(&mut out, &article)
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
        article: &crate::article::Article,
    ) -> std::io::Result<()> {
        match self.format {
            Format::Jsonl => serde_json::to_writer(&mut *out, &ArticleReply::new(article))?,
            Format::Pretty => page::write_article(out, article, &[], output::width())?,
        }
        writeln!(out)
    }
}
