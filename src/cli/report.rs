//! `hinc report`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::printer::Stream;
use super::{diff, post, trend};
use crate::error::Hint;
use crate::exit::Exit;
use crate::model::record::Record;
use crate::model::trend::Trend;
use crate::pipeline::{self, Records};
use crate::report::{self, Format, TextOptions};

/// Show what a build did, post it where the change is discussed, or show several builds together.
///
/// Each build leaves a record behind; the newest 100 are kept. A record whose file is called as one of the commands is
/// named with its folder: `./post`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(super) struct ReportArgs {
    /// What else to do with a record.
    #[command(subcommand)]
    pub(super) command: Option<ReportCommand>,
    /// A record's file, `latest`: the last build of this repository, or `previous`: the one before it.
    #[arg(value_name = "RECORD", default_value = "latest", value_hint = ValueHint::FilePath)]
    record: PathBuf,
    #[arg(long, value_name = "FORMAT", default_value = "text", help = format!("The form: {}", Format::names()))]
    format: Format,
    /// Write to this file and not to stdout.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

/// What else is done with records.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    Post(Box<post::PostArgs>),
    Diff(diff::DiffArgs),
    Trend(trend::TrendArgs),
}

impl ReportArgs {
    /// Whether the answer is to be JSON, and so an error as well.
    pub(super) fn wants_json(&self) -> bool {
        match &self.command {
            Some(ReportCommand::Diff(args)) => args.json,
            Some(ReportCommand::Trend(args)) => args.format() == Format::Json,
            Some(ReportCommand::Post(_)) | None => false,
        }
    }
}

/// Prints a report.
pub(super) fn run(args: &ReportArgs, context: &Context) -> Result<Exit, Failure> {
    let record = load(&args.record, context)?;
    let Some(output) = &args.output else {
        let text = render(&record, args.format, context, context.printer.colour(Stream::Stdout))?;
        return Ok(if args.format == Format::Json {
            context.printer.json(&text)
        } else {
            context.printer.answer(&text)
        });
    };
    write(output, &render(&record, args.format, context, false)?)?;
    Ok(Exit::Success)
}

/// Reads a record of a file, or the one of the last build.
pub(super) fn load(record: &Path, context: &Context) -> Result<Record, Failure> {
    let file = file(record, context)?;
    let bytes = fs_err::read(&file).map_err(|source| Error::Input { path: file.clone(), source })?;
    Ok(report::read(&bytes).map_err(|source| Error::Record { path: file, source })?)
}

/// Renders a record in a form.
pub(super) fn render(
    record: &Record,
    format: Format,
    context: &Context,
    colour: bool,
) -> Result<String, report::Error> {
    let options = TextOptions { colour, width: context.printer.width() };
    match past(record, format, context) {
        Some(past) => format.render_among(record, &past, &options),
        None => format.render(record, &options),
    }
}

/// How many past builds the page of a build shows, itself among them.
const PAST: usize = 20;

/// Returns the builds of this repository up to that of a record, for a form that shows them. None where there is no other
/// one, or where the record is not among those of this repository.
fn past(record: &Record, format: Format, context: &Context) -> Option<Trend> {
    if format != Format::Html {
        return None;
    }
    let project = pipeline::project_folder(&context.folder)?;
    let past = records(context).ok()?.up_to(&project, record, PAST).ok()?;
    (past.len() > 1).then(|| report::trend(&past))
}

/// Writes a report whole or not at all.
pub(super) fn write(file: &Path, text: &str) -> Result<(), Error> {
    pipeline::write_whole(file, text.as_bytes())
        .map_err(|source| Error::Output { what: file.display().to_string(), source })
}

/// Returns the file of the record that is meant: `latest` is that of the last build, `previous` of the one before it.
pub(super) fn file(record: &Path, context: &Context) -> Result<PathBuf, Failure> {
    let back = match record.to_str() {
        Some("latest") => 0,
        Some("previous") => 1,
        _ => return Ok(record.to_owned()),
    };
    // Outside of a repository it is the last build of all.
    let project = pipeline::project_folder(&context.folder);
    let found = records(context)?.newest(project.as_deref(), back)?;
    let what = ["no build has left a record here yet", "there is no record here of a build before the last one"];
    let hint = "run `hinc build` first, or name a record's file";
    Ok(found.ok_or_else(|| Error::Usage(what[back].to_owned(), vec![Hint::new(hint)]))?)
}

/// Returns where the records of past builds are.
pub(super) fn records(context: &Context) -> Result<Records, Error> {
    let hint = "set HOME, or XDG_STATE_HOME to an absolute path, or name a record's file";
    let nothing = || Error::Usage("there is no folder for records".to_owned(), vec![Hint::new(hint)]);
    context.environment.state.as_deref().map(Records::below).ok_or_else(nothing)
}
