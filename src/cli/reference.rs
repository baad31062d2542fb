//! The command line reference, made of the help texts. A test holds `docs/cli.md` against it.

use std::fmt::Write as _;

use clap::CommandFactory;

use super::args::Cli;

/// Returns `docs/cli.md`: the help of every command, as `hinc help COMMAND` prints it at 100 columns.
pub fn reference() -> String {
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut text = String::from(
        "# The command line\n\nMade of the program's own help by `make docs`; a test holds the two together.\n",
    );
    section(&mut text, &mut root);
    sections(&mut text, &mut root);
    text
}

fn sections(text: &mut String, command: &mut clap::Command) {
    for command in command.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        // What no help lists is for hinc itself.
        if command.is_hide_set() && command.get_name() == "supervise" {
            continue;
        }
        section(text, command);
        sections(text, command);
    }
}

fn section(text: &mut String, command: &mut clap::Command) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end()).ok();
}
