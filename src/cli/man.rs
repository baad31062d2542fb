//! `hinc man`: the manual pages, for those who package hinc.

use std::path::PathBuf;

use clap::{Args, CommandFactory, ValueHint};

use super::args::Cli;
use super::error::Error;
use super::printer::Printer;
use crate::exit::Exit;

/// Write the manual pages, one a command, into a folder.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder; it is made where it is missing.
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// Writes the pages.
pub(super) fn run(args: &ManArgs, printer: &Printer) -> Result<Exit, Error> {
    let write = || -> std::io::Result<()> {
        fs_err::create_dir_all(&args.folder)?;
        clap_mangen::generate_to(Cli::command(), &args.folder)
    };
    write().map_err(|source| Error::Output { what: "the manual pages".to_owned(), source })?;
    printer.note(&format!("wrote the manual pages to {}", args.folder.display()));
    Ok(Exit::Success)
}
