//! `newsdex entities merge`, `rename`, `hide`, `split` and `undo`.

use std::io::Write;

use anyhow::bail;

use super::super::args::open_output;
use super::super::output::{self, counted};
use super::super::{Globals, Status};
use super::{KindArg, did, everything, find, kind_word, now, open, typed_kind};
use crate::article::Kind;
use crate::entities::Change;
use crate::index::{Index, Named, Snapshot};
use crate::query::{Field, Leaf, Query, Test};
use crate::text::fold_name;

/// Say that several names are one entity
///
/// The first name stays, unless --into gives another. To correct a kind, merge the
/// name into itself: `merge person:Hezbollah --kind organization`.
#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Names of the entity
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Show it under this name
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
    /// What it is
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// Show an entity under another name
#[derive(Debug, clap::Args)]
pub(super) struct RenameArgs {
    /// Any of its names
    #[arg(value_name = "NAME")]
    name: String,
    /// The name to show it under
    #[arg(value_name = "NEW NAME")]
    to: String,
    /// What it is
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// Leave entities out of every list, count, filter and article
///
/// For what is no name at all, or is in every article.
#[derive(Debug, clap::Args)]
pub(super) struct HideArgs {
    /// Any name of each entity
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// What they are
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Bring them back
    #[arg(long)]
    off: bool,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// Say that a name is not the entity that it was united with
#[derive(Debug, clap::Args)]
pub(super) struct SplitArgs {
    /// Names to take out
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// What they are
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// Take the last change back, exactly
///
/// Once more takes the one before it back, and so on.
#[derive(Debug, clap::Args)]
pub(super) struct UndoArgs {
    /// Only say what would be taken back
    #[arg(long)]
    dry_run: bool,
}

impl MergeArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (index, snapshot) = open(globals)?;
        let kind = self.kind.map(Kind::from);
        let found: Result<Vec<Named>, _> = self
            .names
            .iter()
            .map(|name| find(&snapshot, name, kind))
            .collect();
        let found = found?;
        let Some(first) = found.first() else {
            bail!("there is no name");
        };
        let kind = kind.unwrap_or(first.kind);
        let into = self.into.clone().unwrap_or_else(|| first.name.clone());
        if let Some(other) = found
            .iter()
            .find(|one| one.kind != kind && self.kind.is_none())
        {
            bail!(
                "{:?} is a {}, {:?} a {}; say with --kind what they are together",
                first.name,
                kind_word(kind),
                other.name,
                kind_word(other.kind)
            );
        }
        let is_one = found
            .iter()
            .all(|one| one.kind == kind && fold_name(&one.name) == fold_name(&into));
        if is_one {
            output::note(globals, format!("all of them are {into} already"));
            return Ok(Status::Nothing);
        }
        let parts: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.name, output::grouped(one.articles)))
            .collect();
        let total = counted(articles_of_any(&snapshot, &found)?, "article", "articles");
        let change = Change::Merge {
            kind,
            into: into.clone(),
            names: found
                .iter()
                .map(|one| (one.kind, one.name.clone()))
                .collect(),
        };
        let what = format!("merge {} into {into}", names_of(&found));
        let result = format!(
            "{into} ({}): {total}; {}",
            kind_word(kind),
            parts.join(", ")
        );
        make(globals, &index, &[change], &what, &result, self.dry_run)
    }
}

impl RenameArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (index, snapshot) = open(globals)?;
        let found = find(&snapshot, &self.name, self.kind.map(Kind::from))?;
        let (_, to) = typed_kind(&self.to);
        if to.is_empty() {
            bail!("the new name is empty");
        }
        let taken = snapshot.entities_named(to, Some(found.kind))?;
        if let Some(other) = taken.iter().find(|one| one.name != found.name) {
            let articles = counted(other.articles, "article", "articles");
            bail!(
                "{:?} is another {} already ({articles}); if the two are one: newsdex entities merge {:?} {:?}",
                other.name,
                kind_word(found.kind),
                other.name,
                found.name
            );
        }
        let change = Change::Rename {
            kind: found.kind,
            from: found.name.clone(),
            to: to.to_owned(),
        };
        let what = format!("rename {} to {to}", found.name);
        let articles = counted(found.articles, "article", "articles");
        let result = format!(
            "{to} ({}): {articles}; was {}",
            kind_word(found.kind),
            found.name
        );
        make(globals, &index, &[change], &what, &result, self.dry_run)
    }
}

impl HideArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (index, snapshot) = open(globals)?;
        let found: Result<Vec<Named>, _> = self
            .names
            .iter()
            .map(|name| find(&snapshot, name, self.kind.map(Kind::from)))
            .collect();
        let found = found?;
        let changes: Vec<Change> = found
            .iter()
            .filter(|one| one.is_hidden == self.off)
            .map(|one| Change::Hide {
                kind: one.kind,
                name: one.name.clone(),
                hide: !self.off,
            })
            .collect();
        let verb = if self.off { "shown again" } else { "hidden" };
        let what = format!(
            "{} {}",
            if self.off { "show" } else { "hide" },
            names_of(&found)
        );
        let result = format!("{verb}: {}", names_of(&found));
        make(globals, &index, &changes, &what, &result, self.dry_run)
    }
}

impl SplitArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (index, snapshot) = open(globals)?;
        let mut changes = Vec::new();
        let mut done = Vec::new();
        for text in &self.names {
            let found = find(&snapshot, text, self.kind.map(Kind::from))?;
            let (_, name) = typed_kind(text);
            let others = snapshot.other_names(found.kind, &found.name)?;
            if others.is_empty() {
                bail!("{:?} has no other name", found.name);
            }
            done.push(format!("{name} from {}", found.name));
            changes.push(Change::Split {
                kind: found.kind,
                name: name.to_owned(),
                from: found.name,
            });
        }
        let what = format!("split {}", done.join(", "));
        make(globals, &index, &changes, &what, &what, self.dry_run)
    }
}

impl UndoArgs {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let index = super::super::args::open_index(globals)?;
        let (what, at) = match self.dry_run {
            true => index.last_register_step(&now())?,
            false => index.undo_register(&now())?,
        };
        let verb = if self.dry_run { "would undo" } else { "undone" };
        output::note(globals, format!("{verb}: {what} ({at})"));
        Ok(Status::Success)
    }
}

/// Makes changes and says what came of it, or only shows them.
pub(super) fn make(
    globals: &Globals,
    index: &Index,
    changes: &[Change],
    what: &str,
    result: &str,
    is_dry: bool,
) -> anyhow::Result<Status> {
    if is_dry {
        let before = std::fs::read_to_string(index.register_path()).unwrap_or_default();
        let after = index.preview(changes)?;
        let mut out = open_output(None)?;
        write_difference(&mut out, &before, &after)?;
        out.flush()?;
        output::note(globals, format!("would be {result}"));
        return Ok(Status::Success);
    }
    let at = now();
    if !index.change_register(did(&at, what), changes)? {
        output::note(globals, "nothing to change");
        return Ok(Status::Nothing);
    }
    output::note(globals, result);
    Ok(Status::Success)
}

/// Writes the lines that differ, as a patch does, without the rest of the file.
fn write_difference(out: &mut impl Write, before: &str, after: &str) -> std::io::Result<()> {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    let same =
        |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let start = same(&mut before.iter().zip(&after));
    let end = same(
        &mut before[start..]
            .iter()
            .rev()
            .zip(after[start..].iter().rev()),
    );
    for line in &before[start..before.len() - end] {
        writeln!(out, "-{line}")?;
    }
    for line in &after[start..after.len() - end] {
        writeln!(out, "+{line}")?;
    }
    Ok(())
}

/// Returns how many articles name any of `found`.
fn articles_of_any(snapshot: &Snapshot, found: &[Named]) -> anyhow::Result<u64> {
    let leaf = |one: &Named| {
        let field = match one.kind {
            Kind::Person => Field::Person,
            Kind::Organization => Field::Organization,
            Kind::Place => Field::Place,
        };
        Query::Leaf(Leaf {
            field,
            test: Test::Exactly(one.name.clone()),
        })
    };
    let mut request = everything();
    request.query = Query::any_of(found.iter().map(leaf));
    Ok(snapshot.count(&request)?)
}

fn names_of(found: &[Named]) -> String {
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    names.join(", ")
}
