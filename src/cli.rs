//! The command line: one file per subcommand, each with its flags, its help and its
//! `run`. It adds no meaning of its own: everything is a call into the library.

mod args;
mod batch;
mod chart;
mod completions;
mod delete;
mod duplicates;
mod entities;
mod export;
mod extract;
mod facets;
mod failures;
mod help;
mod ingest;
mod man;
mod names;
mod output;
mod page;
mod reasons;
mod related;
mod search;
mod show;
mod significant;
mod stats;
mod table;
mod trend;
mod watch;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Search an archive of news articles on this machine, offline
///
/// Ingest files and folders once, then search them by word, phrase, person,
/// organization, place, source and date. Nothing leaves the machine.
///
/// Exit status: 0 if there were hits (or the work was done), 1 if there were none,
/// 2 if something failed.
#[derive(Debug, Parser)]
#[command(name = "newsdex", version, max_term_width = 100)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  newsdex ingest archive/                         index a folder
  newsdex search '\"land mines\"' --org 'Amnesty International'
  newsdex search 'strike AND (dockworkers OR union)' --from 2024-03-01
  newsdex show ID --query '\"land mines\"'          read a hit with its marks";

/// What every subcommand understands.
#[derive(Debug, clap::Args)]
pub(crate) struct Globals {
    /// The index folder
    #[arg(
        short,
        long,
        global = true,
        value_name = "DIR",
        default_value = "index",
        env = "NEWSDEX_INDEX"
    )]
    index: PathBuf,
    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Take the synonyms of free words from this file instead of synonyms.txt in the index folder
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "no_synonyms"
    )]
    synonyms: Option<PathBuf>,
    /// Use no synonyms
    #[arg(long, global = true)]
    no_synonyms: bool,
    /// When to use color
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: clap::ColorChoice,
    /// Draw no progress bar
    #[arg(long, global = true)]
    no_progress: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ingest(ingest::Args),
    Search(search::Args),
    Show(show::Args),
    Related(related::Args),
    Export(export::Args),
    Facets(facets::Args),
    Trend(trend::Args),
    Duplicates(duplicates::Args),
    Significant(significant::Args),
    Batch(batch::Args),
    Watch(watch::Args),
    Stats(stats::Args),
    Failures(failures::Args),
    Delete(delete::Args),
    Entities(entities::Args),
    Extract(extract::Args),
    Names(names::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// What a command found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    /// There were hits, or the work was done.
    Success,
    /// There was nothing.
    Nothing,
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    completions::answer_shell();
    let cli = Cli::parse();
    output::choose_color(cli.globals.color);
    let globals = &cli.globals;
    let ran = match cli.command {
        Command::Ingest(args) => args.run(globals),
        Command::Search(args) => args.run(globals),
        Command::Show(args) => args.run(globals),
        Command::Related(args) => args.run(globals),
        Command::Significant(args) => args.run(globals),
        Command::Export(args) => args.run(globals),
        Command::Facets(args) => args.run(globals),
        Command::Trend(args) => args.run(globals),
        Command::Duplicates(args) => args.run(globals),
        Command::Batch(args) => args.run(globals),
        Command::Watch(args) => args.run(globals),
        Command::Stats(args) => args.run(globals),
        Command::Failures(args) => args.run(globals),
        Command::Delete(args) => args.run(globals),
        Command::Entities(args) => args.run(globals),
        Command::Extract(args) => args.run(globals),
        Command::Names(args) => args.run(),
        Command::Completions(args) => args.run(),
        Command::Man(args) => args.run(),
    };
    match ran {
        Ok(Status::Success) => ExitCode::SUCCESS,
        Ok(Status::Nothing) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
