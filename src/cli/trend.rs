//! `hinc report trend`.

use std::num::NonZeroUsize;

use clap::Args;

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::printer::Stream;
use super::report::records;
use crate::error::Hint;
use crate::exit::Exit;
use crate::pipeline;
use crate::report::{self, TextOptions};

/// Show the last builds of this repository, and what the edits of each module cost.
///
/// Outside of a repository, the last builds of all.
#[derive(Debug, Args)]
pub(super) struct TrendArgs {
    /// How many builds; the newest 100 are kept.
    #[arg(long, value_name = "N", default_value = "20")]
    last: NonZeroUsize,
    /// Print one JSON document (`docs/report.md`).
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the trend.
pub(super) fn run(args: &TrendArgs, context: &Context) -> Result<Exit, Failure> {
    let project = pipeline::project_folder(&context.folder);
    let records = records(context)?.last(project.as_deref(), args.last.get())?;
    if records.is_empty() {
        let hint = Hint::new("run `hinc build` first");
        return Err(Error::Usage("no build has left a record here yet".to_owned(), vec![hint]).into());
    }
    let trend = report::trend(&records);
    let printer = &context.printer;
    if args.json {
        return Ok(printer.json(&report::trend_json(&trend)?));
    }
    let options = TextOptions { colour: printer.colour(Stream::Stdout), width: printer.width() };
    Ok(printer.answer(&report::trend_text(&trend, &options)))
}
