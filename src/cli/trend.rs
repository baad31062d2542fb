//! `hinc report trend`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::printer::Stream;
use super::report::{records, write};
use crate::error::Hint;
use crate::exit::Exit;
use crate::pipeline;
use crate::report::{self, Format, TextOptions};

/// Show the last builds of this repository, and what the edits of each module cost.
///
/// Outside of a repository, the last builds of all.
#[derive(Debug, Args)]
pub(super) struct TrendArgs {
    /// How many builds; the newest 100 are kept.
    #[arg(long, value_name = "N", default_value = "20")]
    last: NonZeroUsize,
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format_of_trend,
        help = format!("The form: {}", Format::names_of(Format::OF_TREND)))]
    format: Format,
    /// Print one JSON document (`docs/report.md`): `--format json`.
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// Write to this file and not to stdout.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

impl TrendArgs {
    /// The form that is asked for.
    pub(super) const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

fn format_of_trend(text: &str) -> Result<Format, String> {
    let format: Format = text.parse()?;
    if Format::OF_TREND.contains(&format) {
        return Ok(format);
    }
    Err(format!("`{format}` shows one build: several are shown as {}", Format::names_of(Format::OF_TREND)))
}

/// Prints the trend.
pub(super) fn run(args: &TrendArgs, context: &Context) -> Result<Exit, Failure> {
    let project = pipeline::project_folder(&context.folder);
    let past = records(context)?.last(project.as_deref(), args.last.get())?;
    let left_out = past.left_out();
    if past.records.is_empty() {
        return Err(match left_out {
            None => {
                let hint = Hint::new("run `hinc build` first");
                Error::Usage("no build has left a record here yet".to_owned(), vec![hint]).into()
            }
            Some(told) => {
                let hint = Hint::new("read them with the version of hinc that wrote them, or run `hinc build`");
                Error::Usage(format!("no record here can be read: {told}"), vec![hint]).into()
            }
        });
    }
    if let Some(told) = left_out {
        context.printer.warning(&told);
    }
    let trend = report::trend(&past.records);
    let printer = &context.printer;
    let colour = args.output.is_none() && printer.colour(Stream::Stdout);
    let options = TextOptions { colour, width: printer.width() };
    let shown = args.format().render_trend(&trend, &options);
    let text = shown.ok_or_else(|| Error::Usage("this form shows one build".to_owned(), Vec::new()))??;
    if let Some(output) = &args.output {
        write(output, &text)?;
        return Ok(Exit::Success);
    }
    Ok(if args.format() == Format::Json { printer.json(&text) } else { printer.answer(&text) })
}
