//! `hinc completions`.

use clap::{Args, CommandFactory};

use super::args::Cli;
use super::printer::Printer;
use crate::exit::Exit;

/// Print a completion script for a shell.
///
/// For bash: `hinc completions bash > ~/.local/share/bash-completion/completions/hinc`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs, printer: &Printer) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hinc", &mut script);
    printer.data(&script)
}
