//! `newsdex completions`, and what the scripts that it prints ask the program for.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, bail};
use clap::CommandFactory;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{CompleteEnv, Shells};

use super::{Cli, Status, output};
use crate::article::Kind;
use crate::index::{Completion, Facet, Index, Snapshot, ValueCount};
use crate::query::unfinished;
use crate::text::fold;

/// Print a script that completes commands, names and queries in a shell
///
/// Names of people, organizations, places and sources, words and fields of queries are those of
/// the index, with how many articles have them.
///
/// For bash: newsdex completions bash > ~/.local/share/bash-completion/completions/newsdex
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell: bash, elvish, fish, powershell or zsh
    shell: String,
}

/// The variable by which a shell asks for completions instead of running a command.
const VARIABLE: &str = "NEWSDEX_COMPLETE";

/// Whether it is bash that asks.
static IS_BASH: OnceLock<bool> = OnceLock::new();

/// How many completions are shown at most (chosen: what a terminal shows at once).
const MOST: usize = 40;

impl Args {
    pub(super) fn run(&self) -> anyhow::Result<Status> {
        let shells = Shells::builtins();
        let Some(shell) = shells.completer(&self.shell) else {
            let known: Vec<&str> = shells.names().collect();
            bail!(
                "no shell {:?} is known, but {}",
                self.shell,
                known.join(", ")
            );
        };
        let (name, mut script) = ("newsdex", Vec::new());
        if shell.is("bash") {
            // The library's leaves blanks in names unquoted and cuts queries at colons.
            script.extend_from_slice(include_bytes!("completions.bash"));
        } else {
            shell
                .write_registration(VARIABLE, name, name, name, &mut script)
                .context("cannot write the script")?;
        }
        std::io::Write::write_all(&mut output::stdout(), &script)?;
        Ok(Status::Success)
    }
}

/// Answers a shell that asks for completions, and ends the process then.
pub(super) fn answer_shell() {
    // The library takes the variable away.
    let is_bash = std::env::var_os(VARIABLE).is_some_and(|shell| shell == "bash");
    let _ = IS_BASH.set(is_bash);
    CompleteEnv::with_factory(Cli::command)
        .var(VARIABLE)
        .complete();
}

/// Completes the name of an organization.
pub(super) fn organization(typed: &OsStr) -> Vec<CompletionCandidate> {
    value(Facet::Names(Kind::Organization), typed)
}

/// Completes the name of a person.
pub(super) fn person(typed: &OsStr) -> Vec<CompletionCandidate> {
    value(Facet::Names(Kind::Person), typed)
}

/// Completes the name of a place.
pub(super) fn place(typed: &OsStr) -> Vec<CompletionCandidate> {
    value(Facet::Names(Kind::Place), typed)
}

/// Completes the name of a paper, agency or site.
pub(super) fn source(typed: &OsStr) -> Vec<CompletionCandidate> {
    value(Facet::Sources, typed)
}

/// Completes a language tag.
pub(super) fn language(typed: &OsStr) -> Vec<CompletionCandidate> {
    value(Facet::Languages, typed)
}

/// Completes a query.
pub(super) fn query(typed: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(snapshot), Some(text)) = (snapshot(), unescaped(typed)) else {
        return Vec::new();
    };
    let Some(unfinished) = unfinished(&text, text.len()) else {
        return Vec::new();
    };
    let found = snapshot.complete(&text, text.len(), usize::MAX);
    let items = found.unwrap_or_default().items.into_iter();
    let before = &text[..unfinished.range.start];
    let candidate = |item: Completion| {
        let whole = format!("{before}{}", item.insert);
        described(CompletionCandidate::new(whole), item.articles)
    };
    let begins = |item: &Completion| begins_so(&item.shown, &unfinished.typed);
    items.filter(begins).take(MOST).map(candidate).collect()
}

/// Completes the id of an article.
pub(super) fn id(typed: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(snapshot), Some(text)) = (snapshot(), unescaped(typed)) else {
        return Vec::new();
    };
    let ids = snapshot.ids_with_prefix(&text, MOST).unwrap_or_default();
    ids.into_iter().map(CompletionCandidate::new).collect()
}

fn value(facet: Facet, typed: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(snapshot), Some(text)) = (snapshot(), unescaped(typed)) else {
        return Vec::new();
    };
    let (mark, text) = match text.strip_prefix('=') {
        Some(rest) => ("=", rest),
        None => ("", &*text),
    };
    let found = snapshot.complete_value(facet, text, usize::MAX);
    let values = found.unwrap_or_default().into_iter();
    let candidate = |ValueCount { value, count }| {
        let candidate = CompletionCandidate::new(format!("{mark}{value}"));
        described(candidate, Some(count))
    };
    let begins = |value: &ValueCount| begins_so(&value.value, text);
    values.filter(begins).take(MOST).map(candidate).collect()
}

/// Tells whether a completion goes on as was typed: a shell puts what completions have in
/// common in the place of what was typed.
fn begins_so(completion: &str, typed: &str) -> bool {
    fold(completion).starts_with(&fold(typed))
}

/// Returns what was typed, without the backslashes that bash keeps.
fn unescaped(typed: &OsStr) -> Option<String> {
    let typed = typed.to_str()?;
    if IS_BASH.get() != Some(&true) {
        return Some(typed.to_owned());
    }
    let mut text = String::new();
    let mut letters = typed.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            letter => text.push(letter),
        }
    }
    Some(text)
}

fn described(candidate: CompletionCandidate, articles: Option<u64>) -> CompletionCandidate {
    candidate.help(articles.map(|count| output::counted(count, "article", "articles").into()))
}

/// Opens the index that the command line so far names.
fn snapshot() -> Option<Snapshot> {
    let typed = std::env::args_os();
    let typed: Vec<String> = typed.filter_map(|word| unescaped(&word)).collect();
    let flag = |pair: &[String]| {
        let is_flag = matches!(pair[0].as_str(), "-i" | "--index");
        is_flag.then(|| PathBuf::from(&pair[1]))
    };
    let joined = |word: &String| word.strip_prefix("--index=").map(PathBuf::from);
    let path = typed
        .windows(2)
        .find_map(flag)
        .or_else(|| typed.iter().find_map(joined))
        .or_else(|| std::env::var_os("NEWSDEX_INDEX").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("index"));
    Index::open(&path).ok()?.snapshot().ok()
}
