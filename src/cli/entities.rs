//! `newsdex entities`: who is in the archive, and what a person decides about it.

mod edit;
mod list;
mod network;
mod show;
mod suggest;
mod transfer;

use std::io::Write;

use anyhow::bail;

use super::output;
use super::{Globals, Status};
use crate::article::Kind;
use crate::entities::Did;
use crate::index::{Index, Named, Snapshot};
use crate::query::{Query, Request};

/// See and correct the people, organizations and places of the archive
///
/// One person often has several names. Spelling variants and legal forms are united
/// by themselves; the rest is for you to say, here or in entities.toml in the index
/// folder. What you say acts at once on filters, counts, marks and exports; no article
/// is read again, and `undo` takes it back exactly.
///
/// A NAME may be any name of an entity. Where a person, an organization and a place
/// are called so, say which with --kind, or write person:NAME, org:NAME, place:NAME.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Merge(edit::MergeArgs),
    Rename(edit::RenameArgs),
    Hide(edit::HideArgs),
    Split(edit::SplitArgs),
    Undo(edit::UndoArgs),
    Suggest(suggest::Args),
    Import(transfer::ImportArgs),
    Export(transfer::ExportArgs),
    Network(network::Args),
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        match &self.command {
            Command::List(args) => args.run(globals),
            Command::Show(args) => args.run(globals),
            Command::Merge(args) => args.run(globals),
            Command::Rename(args) => args.run(globals),
            Command::Hide(args) => args.run(globals),
            Command::Split(args) => args.run(globals),
            Command::Undo(args) => args.run(globals),
            Command::Suggest(args) => args.run(globals),
            Command::Import(args) => args.run(globals),
            Command::Export(args) => args.run(globals),
            Command::Network(args) => args.run(globals),
        }
    }
}

/// A kind as it is typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum KindArg {
    #[value(alias = "people")]
    Person,
    #[value(aliases = ["org", "orgs", "organizations"])]
    Organization,
    #[value(alias = "places")]
    Place,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Kind {
        match kind {
            KindArg::Person => Kind::Person,
            KindArg::Organization => Kind::Organization,
            KindArg::Place => Kind::Place,
        }
    }
}

/// How many times as often as the others a name must be of one kind to mean it (chosen
/// by judgment, not measured: so rare a kind is more likely a mistake of the tagger).
const CLEARLY: u64 = 10;

/// Returns the word for one of a kind.
fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::Organization => "organization",
        Kind::Place => "place",
    }
}

/// Cuts `org:` and the like off a name.
fn typed_kind(text: &str) -> (Option<Kind>, &str) {
    let prefixes = [
        ("person:", Kind::Person),
        ("org:", Kind::Organization),
        ("organization:", Kind::Organization),
        ("place:", Kind::Place),
    ];
    for (prefix, kind) in prefixes {
        if let Some(name) = text.strip_prefix(prefix) {
            return (Some(kind), name.trim());
        }
    }
    (None, text.trim())
}

/// Finds the one entity that is called `text`, or says what is like it.
fn find(snapshot: &Snapshot, text: &str, kind: Option<Kind>) -> anyhow::Result<Named> {
    let (typed, name) = typed_kind(text);
    let wanted = typed.or(kind);
    let mut found = snapshot.entities_named(name, wanted)?;
    if found.is_empty() && typed.is_none() && kind.is_some() {
        // The kind that was asked for may be the correction.
        found = snapshot.entities_named(name, None)?;
    }
    // A name that is nearly always one kind means that kind.
    found.sort_by_key(|one| std::cmp::Reverse(one.articles));
    let others: u64 = found.iter().skip(1).map(|one| one.articles).sum();
    if found
        .first()
        .is_some_and(|first| first.articles >= CLEARLY * others.max(1))
    {
        found.truncate(1);
    }
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => {
            let near = snapshot.names_near(name, wanted)?;
            let near: Vec<String> = near
                .iter()
                .map(|one| {
                    format!(
                        "{} ({}, {})",
                        one.name,
                        kind_word(one.kind),
                        output::counted(one.articles, "article", "articles")
                    )
                })
                .collect();
            if near.is_empty() {
                bail!("no article names {name:?}");
            }
            bail!(
                "no article names {name:?}; did you mean {}?",
                near.join(" or ")
            )
        }
        _ => {
            let kinds: Vec<String> = found
                .iter()
                .map(|one| {
                    let articles = output::counted(one.articles, "article", "articles");
                    format!("--kind {} ({articles})", kind_word(one.kind))
                })
                .collect();
            bail!("{name:?} is several; say {}", kinds.join(" or "))
        }
    }
}

/// Opens an index and its articles, and warns if its register is not in force.
fn open(globals: &Globals) -> anyhow::Result<(Index, Snapshot)> {
    let index = super::args::open_index(globals)?;
    let snapshot = index.snapshot()?;
    super::args::warn_of_register(globals, &snapshot)?;
    Ok((index, snapshot))
}

/// Returns when something is done, for the history.
fn now() -> String {
    jiff::ZonedDateTime::now()
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// Describes a step for the history.
fn did<'a>(at: &'a str, what: &'a str) -> Did<'a> {
    Did { at, what }
}

fn everything() -> Request {
    Request::new(Query::All)
}

/// Writes one JSON value, indented, and a line break.
fn write_json(out: &mut impl Write, value: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
