//! `newsdex completions`.

use clap::CommandFactory;

use super::{Cli, Status, output};

/// Print a script that completes commands in a shell
///
/// For bash: newsdex completions bash > ~/.local/share/bash-completion/completions/newsdex
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

impl Args {
    pub(super) fn run(&self) -> anyhow::Result<Status> {
        clap_complete::generate(
            self.shell,
            &mut Cli::command(),
            "newsdex",
            &mut output::stdout(),
        );
        Ok(Status::Success)
    }
}
