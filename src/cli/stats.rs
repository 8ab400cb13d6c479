//! `newsdex stats`.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::args::{open_index, open_output};
use super::output::{self, ASIDE, NAME, TITLE, counted, grouped};
use super::{Globals, Status, page};
use crate::article::Provenance;
use crate::index::Overview;

/// Say what the index holds
///
/// Articles, size, days, sources, languages, and the people, organizations and places
/// that most articles name, and how many articles are in languages that no model of
/// names was given for. Editors' names are those that records brought along.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many values of each list to show
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    limit: usize,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
}

type Counts = Vec<(String, u64)>;

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let overview = open_index(globals)?.overview()?;
        let mut out = open_output(None)?;
        match self.format {
            Format::Pretty => self.print(&mut out, &overview)?,
            Format::Json => {
                let reply = self.json(&overview);
                serde_json::to_writer_pretty(&mut out, &reply).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
        }
        out.flush()?;
        Ok(Status::Success)
    }

    fn print(&self, out: &mut impl Write, overview: &Overview) -> std::io::Result<()> {
        writeln!(
            out,
            "{TITLE}{}{TITLE:#}",
            counted(overview.articles, "article", "articles")
        )?;
        let mut fact =
            |label: &str, value: String| writeln!(out, "{ASIDE}{label:<10}{ASIDE:#}{value}");
        fact("stories", grouped(overview.stories))?;
        fact("words", grouped(overview.words))?;
        fact("size", output::bytes(overview.bytes))?;
        let days = overview.days.map_or("none".to_owned(), |(first, last)| {
            format!("{first} to {last}")
        });
        let undated = match overview.undated {
            0 => String::new(),
            undated => format!(", {} without a date", grouped(undated)),
        };
        fact("days", format!("{days}{undated}"))?;
        if !overview.untagged.is_empty() {
            let languages: Vec<&str> = overview.untagged.iter().map(|(tag, _)| &**tag).collect();
            let articles = counted(untagged(overview), "article", "articles");
            fact(
                "untagged",
                format!(
                    "{articles}: no names were looked for in {}",
                    languages.join(", ")
                ),
            )?;
        }
        for (label, counts) in lists(overview) {
            self.print_list(out, &label, counts)?;
        }
        Ok(())
    }

    fn print_list(
        &self,
        out: &mut impl Write,
        label: &str,
        counts: &Counts,
    ) -> std::io::Result<()> {
        if counts.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n{TITLE}{label}{TITLE:#} {ASIDE}{} in all{ASIDE:#}",
            grouped(counts.len() as u64)
        )?;
        for (value, count) in counts.iter().take(self.limit) {
            let value = page::shortened(value, output::width().saturating_sub(12));
            writeln!(out, "{:>9}  {NAME}{value}{NAME:#}", grouped(*count))?;
        }
        Ok(())
    }

    fn json(&self, overview: &Overview) -> Value {
        let mut reply = Map::new();
        reply.insert("articles".into(), json!(overview.articles));
        reply.insert("stories".into(), json!(overview.stories));
        reply.insert("words".into(), json!(overview.words));
        reply.insert("bytes".into(), json!(overview.bytes));
        reply.insert(
            "first_day".into(),
            json!(overview.days.map(|(first, _)| first.to_string())),
        );
        reply.insert(
            "last_day".into(),
            json!(overview.days.map(|(_, last)| last.to_string())),
        );
        reply.insert("undated".into(), json!(overview.undated));
        reply.insert("untagged".into(), json!(untagged(overview)));
        for (label, counts) in lists(overview) {
            let top: Vec<Value> = counts
                .iter()
                .take(self.limit)
                .map(|(value, count)| json!({ "value": value, "articles": count }))
                .collect();
            let key = label
                .to_lowercase()
                .replace(['’', '(', ')'], "")
                .replace(' ', "_");
            reply.insert(key, json!({ "distinct": counts.len(), "top": top }));
        }
        Value::Object(reply)
    }
}

/// Returns the number of articles in languages without a model of names.
fn untagged(overview: &Overview) -> u64 {
    overview.untagged.iter().map(|(_, articles)| articles).sum()
}

fn lists(overview: &Overview) -> Vec<(String, &Counts)> {
    let mut lists = vec![
        ("Sources".to_owned(), &overview.sources),
        ("Languages".to_owned(), &overview.languages),
    ];
    for (kind, provenance, counts) in &overview.names {
        let label = match provenance {
            Provenance::Gold => format!("Editors’ {}", kind.plural()),
            Provenance::Extracted => {
                let mut label = kind.plural().to_owned();
                label[..1].make_ascii_uppercase();
                label
            }
        };
        lists.push((label, counts));
    }
    lists.push(("Editors’ topics".to_owned(), &overview.topics));
    lists.push(("Editors’ exchanges".to_owned(), &overview.exchanges));
    lists
}
