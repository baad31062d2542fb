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
    #[arg(long, value_name = "FORMAT", help = format!("The form: {}. Default: that of the file's name, else `text`", Format::names()))]
    format: Option<Format>,
    /// Write to this file and not to stdout; the end of its name says the form where `--format` does not.
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
            Some(ReportCommand::Diff(args)) => args.form.asked() == Some(Format::Json),
            Some(ReportCommand::Trend(args)) => args.form.asked() == Some(Format::Json),
            Some(ReportCommand::Post(_)) | None => false,
        }
    }
}

/// Prints a report.
pub(super) fn run(args: &ReportArgs, context: &Context) -> Result<Exit, Failure> {
    let format = of_output(args.format, args.output.as_deref());
    let record = load(&args.record, context)?;
    let colour = args.output.is_none() && context.printer.colour(Stream::Stdout);
    let text = render(&record, format, context, colour)?;
    put(&text, format, args.output.as_deref(), context)
}

/// The form that is asked for, else that of the file's name, else text.
fn of_output(asked: Option<Format>, output: Option<&Path>) -> Format {
    asked.or_else(|| Format::of_file(output?)).unwrap_or(Format::Text)
}

/// Prints a text, or writes it to the file that is named.
fn put(text: &str, format: Format, output: Option<&Path>, context: &Context) -> Result<Exit, Failure> {
    if let Some(output) = output {
        write(output, text)?;
        return Ok(Exit::Success);
    }
    Ok(if format == Format::Json { context.printer.json(text) } else { context.printer.answer(text) })
}

/// In which form several builds are shown, and where.
#[derive(Debug, Args)]
pub(super) struct SeveralArgs {
    #[arg(long, value_name = "FORMAT", value_parser = format_of_several,
        help = format!("The form: {}. Default: that of the file's name, else `text`", Format::names_of(Format::OF_SEVERAL)))]
    format: Option<Format>,
    /// Print one JSON document (`docs/report.md`): `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to this file and not to stdout; the end of its name says the form where `--format` does not.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

impl SeveralArgs {
    /// The form that is named.
    pub(super) const fn asked(&self) -> Option<Format> {
        if self.json { Some(Format::Json) } else { self.format }
    }

    /// The form that is to be written.
    pub(super) fn format(&self) -> Result<Format, Error> {
        let format = of_output(self.asked(), self.output.as_deref());
        if Format::OF_SEVERAL.contains(&format) {
            return Ok(format);
        }
        let endings = Format::endings_of(Format::OF_SEVERAL);
        let hint = format!("use a name that ends in {endings}, or `--format`");
        Err(Error::Usage(not_of_several(format), vec![Hint::new(hint)]))
    }

    /// What the text form needs.
    pub(super) fn options(&self, context: &Context) -> TextOptions {
        let colour = self.output.is_none() && context.printer.colour(Stream::Stdout);
        TextOptions { colour, width: context.printer.width() }
    }

    /// Prints or writes what was rendered.
    pub(super) fn put(&self, text: &str, format: Format, context: &Context) -> Result<Exit, Failure> {
        put(text, format, self.output.as_deref(), context)
    }
}

fn not_of_several(format: Format) -> String {
    format!("`{format}` shows one build: several are shown as {}", Format::names_of(Format::OF_SEVERAL))
}

fn format_of_several(text: &str) -> Result<Format, String> {
    let format: Format = text.parse()?;
    if Format::OF_SEVERAL.contains(&format) { Ok(format) } else { Err(not_of_several(format)) }
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
