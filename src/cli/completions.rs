//! `completions` and `man`: shell completions and manual pages, from the same definitions as `--help`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::exit::Usage;
use super::output::print;
use super::{Arguments, Exit};
use crate::report::plain;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Shell to complete in.
    shell: Shell,
}

pub(super) fn completions(arguments: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "gpu-assay", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Print the manual page of gpu-assay or of a verb, in roff.
///
/// To read it: `gpu-assay man run | man -l -`.
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Verb to describe.
    verb: Option<String>,
}

pub(super) fn man(arguments: &Man) -> anyhow::Result<Exit> {
    let command = Arguments::command();
    let called = |by: &str| arguments.verb.iter().fold("gpu-assay".to_owned(), |name, verb| name + by + verb);
    let command = match &arguments.verb {
        None => command,
        Some(verb) => command
            .find_subcommand(verb)
            .cloned()
            .ok_or_else(|| Usage(format!("there is no verb `{}`", plain(verb))))?,
    };
    let mut page = Vec::new();
    let command = command.display_name(called("-")).bin_name(called(" "));
    clap_mangen::Man::new(command).title(called("-")).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}
