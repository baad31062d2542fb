//! `hinc build`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueHint};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::report;
use super::step;
use super::wanted::{WantedArgs, WishArgs};
use crate::error::Hint;
use crate::exit::Exit;
use crate::model::record::Record;
use crate::pipeline::{self, BuildOptions, Destination};
use crate::report::{Format, annotations};

/// Build packages on the compiled modules of an older commit.
///
/// Prints the store paths of the results on stdout and nothing else. In a Cabal project it needs no
/// argument; `.#a .#b` are packages of a flake, `-f` and `-A` name those of a Nix file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hinc build                          the Cabal package of this folder, or all of the repository\n  \
    hinc build ./core ./app             the packages of two folders\n  \
    hinc build .#app .#tool             packages of the flake of this folder\n  \
    hinc build -f default.nix -A app    a package that a Nix file defines\n  \
    hinc build --full-only --as-of now  after midnight UTC: the full build of the day that begins")]
pub(super) struct BuildArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    #[command(flatten)]
    wish: WishArgs,

    /// Send the full build of the base, with its intermediates, to this store of Nix afterwards, from wherever it was
    /// made. May be given several times. A failure is told, and makes no build fail.
    #[arg(long, value_name = "STORE", help_heading = "Sharing")]
    push: Vec<String>,
    /// Send it by a command of the shell, which reads the store paths from its standard input: `cachix push NAME`.
    #[arg(long, value_name = "COMMAND", help_heading = "Sharing")]
    push_with: Vec<String>,
    /// Wait this long for a full build that another job is making, and tell others who wait that this one makes it, in the
    /// stores of `--push` and `--push-with`: `20m`.
    #[arg(long, value_name = "DURATION", help_heading = "Sharing", value_parser = humantime::parse_duration)]
    wait: Option<Duration>,
    /// Send the results as well.
    #[arg(long, help_heading = "Sharing")]
    push_results: bool,

    /// The link to the result.
    #[arg(short = 'o', long, value_name = "LINK", default_value = "result", help_heading = "Result")]
    out_link: PathBuf,
    /// Make no link.
    #[arg(long, help_heading = "Result", conflicts_with = "out_link")]
    no_out_link: bool,
    /// Print the record of the build on stdout and not the store paths.
    #[arg(long, help_heading = "Result")]
    pub(super) json: bool,
    #[arg(long, value_name = "FILE", help_heading = "Result", value_hint = ValueHint::FilePath, help = report_help())]
    report: Vec<PathBuf>,
}

/// Builds, prints progress while it does and the report afterwards.
pub(super) async fn run(args: BuildArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let printer = &context.printer;
    // What can be refused is refused before anything is built.
    let reports = report_formats(&args.report)?;
    let wish = args.wish.wish();
    let (project, options) = args.wanted.open(context, &cancel).await?;
    let link = (!args.no_out_link).then(|| args.out_link.clone());
    let stores = args.push.iter().cloned().map(Destination::Store);
    let push = stores.chain(args.push_with.iter().cloned().map(Destination::Command)).collect();
    let options = BuildOptions {
        wish,
        retry_base: args.wish.retry_base(),
        link,
        push,
        push_results: args.push_results,
        wait: args.wait,
        ..options
    };

    let progress = printer.progress(context.clock);
    let on_event = |event: &_| progress.event(event);
    let built = Box::pin(progress.during(pipeline::build(&project, &options, &on_event, &cancel), &cancel)).await?;

    let text = report::render(&built.record, Format::Text, context, true)?;
    if built.exit == Exit::Success {
        printer.report(&text);
    } else {
        // The compiler's errors are in it: what failed is said even where nothing else is.
        printer.error(&text);
    }
    let in_repository = |package: &_, file: &str| project.file_of_package(package, file);
    printer.annotate(|| annotations(&built.record, &in_repository));
    if let Some(problem) = &built.record_problem {
        printer.warning(problem);
    }
    write_reports(&reports, &built.record, context);
    step::tell(&built.record, built.record_file.as_deref(), context);
    for hint in &built.hints {
        printer.hint(hint);
    }
    if args.json {
        let written = printer.json(&report::render(&built.record, Format::Json, context, false)?);
        return Ok(if built.exit == Exit::Success { written } else { built.exit });
    }
    let lines: Vec<u8> =
        built.record.out_paths.iter().flat_map(|path| [path.as_str(), "\n"]).flat_map(str::bytes).collect();
    let written = printer.data(&lines);
    Ok(if built.exit == Exit::Success { written } else { built.exit })
}

/// A report that cannot be written never turns a good build into a bad one.
fn write_reports(reports: &[(PathBuf, Format)], record: &Record, context: &Context) {
    for (file, format) in reports {
        let Ok(text) = report::render(record, *format, context, false) else { continue };
        if let Err(error) = report::write(file, &text) {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            context.printer.warning(&format!("{error}{cause}"));
        }
    }
}

fn report_formats(files: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>, Error> {
    files.iter().map(|file| Ok((file.clone(), format_of(file)?))).collect()
}

fn format_of(file: &Path) -> Result<Format, Error> {
    Format::of_file(file).ok_or_else(|| {
        Error::Usage(
            format!("no form of report goes with the ending of {}", file.display()),
            vec![Hint::new(format!("use a name that ends in {}", Format::endings()))],
        )
    })
}

fn report_help() -> String {
    let endings = Format::endings();
    format!("Also write a report to this file; its ending says the form: {endings}. May be given several times")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form_and_help_names_every_ending() {
        let help = BuildArgs::augment_args(clap::Command::new("build")).render_long_help().to_string();
        for format in Format::ALL {
            let file = PathBuf::from(format!("a.b.{}", format.ending()));
            assert_eq!(format_of(&file).ok(), Some(*format));
            assert!(help.contains(&format!("`.{}`", format.ending())), "{help}");
        }
        for file in ["report", "report.", ".txt", "report.pdf"] {
            let Err(Error::Usage(text, hints)) = format_of(Path::new(file)) else { panic!("{file}") };
            assert!(text.ends_with(file), "{text}");
            assert_eq!(hints[0].as_str(), format!("use a name that ends in {}", Format::endings()));
        }
    }
}
