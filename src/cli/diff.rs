//! `hinc report diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::context::Context;
use super::failure::Failure;
use super::printer::Stream;
use super::report::load;
use crate::exit::Exit;
use crate::report::{self, TextOptions};

/// Show two builds side by side.
///
/// Which modules only one of them compiled, and what took another time.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The record of the first: a file, `previous` or `latest`.
    #[arg(value_name = "BEFORE", default_value = "previous", value_hint = ValueHint::FilePath)]
    before: PathBuf,
    /// That of the other.
    #[arg(value_name = "AFTER", default_value = "latest", value_hint = ValueHint::FilePath)]
    after: PathBuf,
    /// Print one JSON document (`docs/report.md`).
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the comparison.
pub(super) fn run(args: &DiffArgs, context: &Context) -> Result<Exit, Failure> {
    let (before, after) = (load(&args.before, context)?, load(&args.after, context)?);
    let diff = report::diff(&before, &after);
    let printer = &context.printer;
    if args.json {
        return Ok(printer.json(&report::diff_json(&diff)?));
    }
    let options = TextOptions { colour: printer.colour(Stream::Stdout), width: printer.width() };
    Ok(printer.answer(&report::diff_text(&diff, &options)))
}
