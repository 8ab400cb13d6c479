//! `newsdex man`.

use std::io::Write;

use clap::CommandFactory;

use super::{Cli, Status, output};

/// Print the manual page
///
/// To read it: newsdex man | man -l -
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

impl Args {
    pub(super) fn run(&self) -> anyhow::Result<Status> {
        let mut out = output::stdout();
        let mut command = Cli::command();
        command.build();
        clap_mangen::Man::new(command.clone()).render(&mut out)?;
        for subcommand in command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
        {
            clap_mangen::Man::new(subcommand.clone()).render(&mut out)?;
        }
        out.flush()?;
        Ok(Status::Success)
    }
}
