//! `newsdex entities suggest`.

use std::io::Write;

use anyhow::bail;
use serde_json::json;

use super::super::args::open_output;
use super::super::output::{self, ASIDE, NAME, counted, grouped};
use super::super::table::{Separator, write_row};
use super::super::{Globals, Status, page};
use super::edit::make;
use super::{KindArg, kind_word, open, write_json};
use crate::article::Kind;
use crate::entities::{Change, Entry, Reason, Suggestion};

/// List names that may be one, with the evidence
///
/// Each pair has an id; --accept merges it, --reject remembers that the two are not
/// the same. Both are steps that `undo` takes back.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Merge the pairs with these ids
    #[arg(long, value_name = "ID", num_args = 1..)]
    accept: Vec<String>,
    /// Keep the pairs with these ids apart
    #[arg(long, value_name = "ID", num_args = 1..)]
    reject: Vec<String>,
    /// Only people, organizations or places
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Show at most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Csv,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (index, snapshot) = open(globals)?;
        let (register, _) = index.register()?;
        let is_decision = !self.accept.is_empty() || !self.reject.is_empty();
        let limit = if is_decision { usize::MAX } else { self.limit };
        let found = snapshot.suggestions(&register, self.kind.map(Kind::from), limit)?;
        if is_decision {
            let changes = self.changes(&found)?;
            let done = self.describe(&found);
            return make(globals, &index, &changes, &done, &done, false);
        }
        let mut out = open_output(None)?;
        match self.format {
            Format::Pretty => print(&mut out, &found)?,
            Format::Json => {
                let rows: Vec<_> = found.iter().map(reply).collect();
                write_json(&mut out, &rows)?;
            }
            Format::Csv => print_csv(&mut out, &found)?,
        }
        out.flush()?;
        Ok(match found.is_empty() {
            true => Status::Nothing,
            false => Status::Success,
        })
    }

    fn changes(&self, found: &[Suggestion]) -> anyhow::Result<Vec<Change>> {
        let mut changes = Vec::new();
        for id in &self.accept {
            let Suggestion { into, from, .. } = by_id(found, id)?;
            changes.push(Change::Merge {
                kind: into.kind,
                into: into.name.clone(),
                names: vec![
                    (into.kind, into.name.clone()),
                    (from.kind, from.name.clone()),
                ],
            });
        }
        for id in &self.reject {
            let Suggestion {
                into, from, reason, ..
            } = by_id(found, id)?;
            if *reason == Reason::Kind {
                // Two of one name: entries of their own keep them so.
                changes.push(Change::Add(Entry::new(into.kind, &into.name)));
                changes.push(Change::Add(Entry::new(from.kind, &from.name)));
            } else {
                changes.push(Change::Apart {
                    kind: from.kind,
                    name: from.name.clone(),
                    other: into.name.clone(),
                });
            }
        }
        Ok(changes)
    }

    fn describe(&self, found: &[Suggestion]) -> String {
        let all = |verb: &str, link: &str, ids: &[String]| -> Vec<String> {
            let chosen = found.iter().filter(|one| ids.contains(&one.id()));
            chosen
                .map(|one| format!("{verb} {} {link} {}", one.from.name, one.into.name))
                .collect()
        };
        let mut parts = all("merge", "into", &self.accept);
        parts.extend(all("keep", "apart from", &self.reject));
        parts.join("; ")
    }
}

fn by_id<'s>(found: &'s [Suggestion], id: &str) -> anyhow::Result<&'s Suggestion> {
    match found.iter().find(|one| one.id() == id) {
        Some(suggestion) => Ok(suggestion),
        None => bail!("no suggestion has the id {id}; `newsdex entities suggest` lists them"),
    }
}

fn print(out: &mut impl Write, found: &[Suggestion]) -> std::io::Result<()> {
    let width = output::width();
    for suggestion in found {
        let Suggestion {
            into,
            from,
            reason,
            company,
            ..
        } = suggestion;
        let room = width.saturating_sub(30).max(30) / 2;
        let kind = if from.kind == into.kind {
            String::new()
        } else {
            format!(" {}", kind_word(into.kind))
        };
        writeln!(
            out,
            "{ASIDE}{}{ASIDE:#}  {NAME}{}{NAME:#} {ASIDE}{}{ASIDE:#}  →  {NAME}{}{NAME:#}{ASIDE}{kind} {}{ASIDE:#}",
            suggestion.id(),
            page::shortened(&from.name, room),
            grouped(from.articles),
            page::shortened(&into.name, room),
            grouped(into.articles),
        )?;
        let together = match company.together {
            0 => "never in one article".to_owned(),
            together => format!("together in {}", counted(together, "article", "articles")),
        };
        let shared = match company.shared {
            0 => String::new(),
            shared => {
                let names = counted(shared as u64, "companion", "companions");
                format!(", {names} in common")
            }
        };
        let line = format!(
            "{} {}, {together}{shared}",
            kind_word(from.kind),
            reason.describe()
        );
        let line = page::shortened(&line, width.saturating_sub(8));
        writeln!(out, "{ASIDE}        {line}{ASIDE:#}")?;
    }
    Ok(())
}

fn reply(suggestion: &Suggestion) -> serde_json::Value {
    let Suggestion {
        into,
        from,
        reason,
        company,
        score,
    } = suggestion;
    let name = |one: &crate::entities::Candidate| json!({ "kind": kind_word(one.kind), "name": one.name, "articles": one.articles });
    json!({
        "id": suggestion.id(),
        "from": name(from),
        "into": name(into),
        "reason": reason.describe(),
        "together": company.together,
        "companions_in_common": company.shared,
        "likeness": (company.likeness * 1e3).round() / 1e3,
        "score": (score * 1e3).round() / 1e3,
    })
}

fn print_csv(out: &mut impl Write, found: &[Suggestion]) -> std::io::Result<()> {
    let head = [
        "id",
        "from",
        "from_articles",
        "into",
        "into_articles",
        "kind",
        "reason",
        "together",
        "companions_in_common",
        "score",
    ];
    write_row(out, &head.map(str::to_owned), Separator::Comma)?;
    for suggestion in found {
        let Suggestion {
            into,
            from,
            reason,
            company,
            score,
        } = suggestion;
        let cells = [
            suggestion.id(),
            from.name.clone(),
            from.articles.to_string(),
            into.name.clone(),
            into.articles.to_string(),
            kind_word(into.kind).to_owned(),
            reason.describe().to_owned(),
            company.together.to_string(),
            company.shared.to_string(),
            format!("{score:.3}"),
        ];
        write_row(out, &cells, Separator::Comma)?;
    }
    Ok(())
}
