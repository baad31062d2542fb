//! The command line: arguments, settings, output. Layer 4.
//!
//! One file a command, with its arguments beside the function that carries it out. A command
//! turns its arguments into plain settings; no stage sees clap.

mod args;
mod as_of;
mod base;
mod build;
mod builder;
mod ci;
mod completions;
mod context;
mod diagnostic;
mod diff;
mod doctor;
mod env;
mod error;
mod failure;
mod flake_address;
mod flakes;
#[doc(hidden)]
pub mod fuzzed;
mod interval;
mod man;
mod plan;
mod post;
mod printer;
mod reference;
mod report;
#[cfg(test)]
mod schema;
mod settings;
mod signals;
mod source;
mod step;
mod toolchain;
mod trend;
mod verify;
mod wanted;
mod why;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

#[doc(hidden)]
pub use printer::measured;
pub use reference::reference;

use crate::exit::Exit;
use crate::pipeline;
use args::{Cli, Command};
use context::Context;
use env::Environment;
use failure::Failure;
use printer::{OwnLog, Printer, Stream};
use signals::Second;

/// Runs the program: arguments in, exit code out.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    exit_of(args).into()
}

fn exit_of(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers and go to stdout; clap knows which is which.
            error.print().ok();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
                _ => Exit::Usage,
            };
        }
    };
    let environment = Environment::read();
    let printer = Printer::new(&cli.global, &environment);
    install_tracing(cli.global.verbose, printer.colour(Stream::Stderr));
    let clock = environment.clock();
    let running = cli.command.own();
    let overrides = cli.global.config;
    let context = Context { environment, printer, clock, folder: PathBuf::from("."), overrides, running };
    context.close_folders();
    let json = cli.command.wants_json();
    let result = enter(cli.global.directory.as_deref()).and_then(|()| dispatch(cli.command, &context));
    match result {
        Ok(exit) => exit,
        Err(Failure(error)) => {
            if json {
                context.printer.json(&diagnostic::render_json(error.as_ref(), running));
            }
            context.printer.error(&diagnostic::render(error.as_ref(), running));
            error.exit()
        }
    }
}

/// Goes to the folder of `-C`, so that every path of the command line is meant from there.
fn enter(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else { return Ok(()) };
    std::env::set_current_dir(folder)
        .map_err(|source| pipeline::Error::Folder { folder: folder.to_owned(), source })?;
    Ok(())
}

fn dispatch(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Build(args) => signals::block_on(Second::Ends, |cancel| build::run(*args, context, cancel))?,
        Command::Verify(args) => signals::block_on(Second::Ends, |cancel| verify::run(*args, context, cancel))?,
        Command::Plan(args) => signals::block_on(Second::Ends, |cancel| plan::run(*args, context, cancel))?,
        Command::Base(args) => signals::block_on(Second::Ends, |cancel| base::run(args, context, cancel))?,
        Command::Interval(args) => signals::block_on(Second::Ends, |cancel| interval::run(args, context, cancel))?,
        Command::Source(args) => signals::block_on(Second::Ends, |cancel| source::run(args, context, cancel))?,
        Command::Report(args) => match args.command {
            Some(report::ReportCommand::Post(args)) => {
                signals::block_on(Second::Ends, |cancel| post::run(*args, context, cancel))?
            }
            Some(report::ReportCommand::Diff(args)) => diff::run(&args, context),
            Some(report::ReportCommand::Trend(args)) => trend::run(&args, context),
            None => report::run(&args, context),
        },
        Command::Why(args) => why::run(&args, context),
        Command::Builder(args) => signals::block_on(Second::Waits, |cancel| builder::run(args, context, cancel))?,
        Command::Doctor(args) => signals::block_on(Second::Ends, |cancel| doctor::run(args, context, cancel))?,
        Command::Completions(args) => Ok(completions::run(&args, &context.printer)),
        Command::Man(args) => Ok(man::run(&args, &context.printer)?),
    }
}

/// Sends hinc's own log to stderr: off, unless `-vv` asks for it.
fn install_tracing(verbose: u8, colour: bool) {
    let level = match verbose {
        0 | 1 => return,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let filter = tracing_subscriber::EnvFilter::new(format!("hinc={level}"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || OwnLog { colour });
    log.with_ansi(colour).without_time().init();
}
