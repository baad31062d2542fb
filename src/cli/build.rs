//! `hinc build`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueHint};
use tokio_util::sync::CancellationToken;

use super::args::{HistoryArgs, ReuseArgs};
use super::error::Error;
use super::settings::File;
use super::{Context, Failure, report};
use crate::error::Hint;
use crate::exit::Exit;
use crate::model::record::Record;
use crate::nix::{self, UserArg};
use crate::pipeline::{self, BuildOptions, Project, Target, Wish};
use crate::report::Format;

/// Build a package on the compiled modules of an older commit.
///
/// Prints the store paths of the result on stdout and nothing else. In a Cabal project it needs no
/// argument; with `-f` and `-A` it takes packages that a Nix file defines by hinc's functions.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(after_help = "Examples:\n  \
    hinc build                          the Cabal package of this folder\n  \
    hinc build ./core                   the package of a folder\n  \
    hinc build -f default.nix -A app    a package that a Nix file defines\n  \
    hinc build --full-only --base HEAD  at midnight UTC: the full build of the day that begins")]
pub(super) struct BuildArgs {
    /// A folder or a `.cabal` file of the repository, or a Nix file.
    #[arg(value_name = "PACKAGE", value_hint = ValueHint::AnyPath, conflicts_with = "file")]
    package: Option<String>,
    /// A Nix file of the repository that defines packages, or a folder with a `default.nix`.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<String>,
    /// An attribute of the Nix file. May be given several times.
    #[arg(short = 'A', long = "attr", value_name = "ATTRIBUTE")]
    attributes: Vec<String>,
    /// Pass a Nix expression to the function that the file is.
    #[arg(long = "arg", value_names = ["NAME", "EXPR"], num_args = 2, action = clap::ArgAction::Append)]
    args: Vec<String>,
    /// Pass a string to the function that the file is.
    #[arg(long = "argstr", value_names = ["NAME", "STRING"], num_args = 2, action = clap::ArgAction::Append)]
    argstrs: Vec<String>,

    #[command(flatten)]
    history: HistoryArgs,
    /// Make the full build of the base and nothing else.
    #[arg(long, help_heading = "History", conflicts_with = "no_incremental")]
    full_only: bool,
    /// Build from scratch, as plain Nix would.
    #[arg(long, help_heading = "History")]
    no_incremental: bool,
    #[command(flatten)]
    reuse: ReuseArgs,

    /// The link to the result.
    #[arg(short = 'o', long, value_name = "LINK", default_value = "result", help_heading = "Result")]
    out_link: PathBuf,
    /// Make no link.
    #[arg(long, help_heading = "Result", conflicts_with = "out_link")]
    no_out_link: bool,
    /// Print the record of the build on stdout and not the store paths.
    #[arg(long, help_heading = "Result")]
    pub(super) json: bool,
    /// Also write a report to this file; its ending says the form: `.txt` or `.json`. May be given several times.
    #[arg(long, value_name = "FILE", help_heading = "Result", value_hint = ValueHint::FilePath)]
    report: Vec<PathBuf>,

    #[command(flatten)]
    nix: NixArgs,
}

/// What is passed on to Nix.
#[derive(Debug, Args)]
#[command(next_help_heading = "Nix")]
struct NixArgs {
    /// How many derivations are built at once: a number or `auto`.
    #[arg(short = 'j', long, value_name = "N", value_parser = jobs)]
    max_jobs: Option<String>,
    /// How many cores a build may use; GHC compiles that many modules at once.
    #[arg(long, value_name = "N")]
    cores: Option<u32>,
    /// Go on with other derivations when one fails.
    #[arg(short, long)]
    keep_going: bool,
    /// Keep the folder of a build that failed.
    #[arg(short = 'K', long)]
    keep_failed: bool,
    /// Add an entry to Nix's search path.
    #[arg(short = 'I', long = "include", value_name = "PATH")]
    includes: Vec<String>,
    /// Set an option of Nix for this build.
    #[arg(long = "option", value_names = ["NAME", "VALUE"], num_args = 2, action = clap::ArgAction::Append)]
    options: Vec<String>,
    /// The store to build in.
    #[arg(long, value_name = "URI")]
    store: Option<String>,
    /// The machines that Nix may build on, as in nix.conf.
    #[arg(long, value_name = "MACHINES")]
    builders: Option<String>,
}

/// Checks a number of jobs, which Nix would do only after the evaluation.
fn jobs(text: &str) -> Result<String, &'static str> {
    let good = text == "auto" || text.parse::<u32>().is_ok();
    good.then(|| text.to_owned()).ok_or("it is neither a number nor `auto`")
}

/// Builds, prints progress while it does and the report afterwards.
pub(super) async fn run(args: BuildArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let printer = &context.printer;
    // What can be refused is refused before anything is built.
    let reports = report_formats(&args.report)?;
    let project = Project::open(&context.folder, args.history.rev.as_deref())?;
    let file = File::of(&project, args.history.rev.as_deref(), printer)?;
    let project = project.with_source_options(file.source_options());
    let options = options(&args, &file, &project, context)?;
    if project.head().dirty {
        printer.note("building HEAD with the uncommitted changes to tracked files");
    }

    let progress = printer.progress(context.clock);
    let on_event = |event: &_| progress.event(event);
    let result = {
        let build = pipeline::build(&project, &options, &on_event, &cancel);
        tokio::pin!(build);
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                result = &mut build => break result,
                _ = second.tick() => progress.tick(),
            }
        }
    };
    progress.finish();
    let built = result?;

    let text = report::render(&built.record, Format::Text, context, true)?;
    if built.exit == Exit::Success {
        printer.report(&text);
    } else {
        // The compiler's errors are in it: what failed is said even where nothing else is.
        printer.error(&text);
    }
    if let Some(problem) = &built.record_problem {
        printer.warning(problem);
    }
    write_reports(&reports, &built.record, context);
    for hint in &built.hints {
        printer.hint(hint);
    }
    if args.json {
        let written = printer.data(report::render(&built.record, Format::Json, context, false)?.as_bytes());
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
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("txt") => Ok(Format::Text),
        Some("json") => Ok(Format::Json),
        _ => Err(Error::Usage(
            format!("no form of report goes with the ending of {}", file.display()),
            vec![Hint::new("use a name that ends in `.txt` or `.json`")],
        )),
    }
}

fn options(args: &BuildArgs, file: &File, project: &Project, context: &Context) -> Result<BuildOptions, Failure> {
    let wish = match (args.full_only, args.no_incremental) {
        (true, _) => Wish::FullOnly,
        (_, true) => Wish::Plain,
        _ => Wish::Incremental,
    };
    Ok(BuildOptions {
        base: file.base_options(&args.history, &context.environment)?,
        wish,
        target: target(args, file, project, context)?,
        trust_th: args.reuse.trust_th,
        nix: nix_options(&args.nix),
        link: (!args.no_out_link).then(|| args.out_link.clone()),
        state: context.environment.state.clone(),
        cache: context.cache()?,
        search_path: context.environment.path.clone(),
        clock: context.clock,
    })
}

fn target(args: &BuildArgs, file: &File, project: &Project, context: &Context) -> Result<Target, Failure> {
    let named = args.package.as_deref();
    if let Some(flake) = named.filter(|name| name.contains('#')) {
        let hints = vec![Hint::new("define the package in a Nix file and use `-f FILE -A ATTRIBUTE`")];
        return Err(
            Error::Usage(format!("`{flake}` is a flake reference, which this version does not read"), hints).into()
        );
    }
    let is_nix = |name: &&str| Path::new(name).extension().is_some_and(|extension| extension == "nix");
    let nix_file = args.file.as_deref().or(named.filter(is_nix));
    if let Some(nix_file) = nix_file {
        return Ok(Target::File {
            path: project.nix_file(&context.folder, Path::new(nix_file))?,
            attributes: args.attributes.clone(),
            arguments: arguments(args),
        });
    }
    if !args.attributes.is_empty() || !args.args.is_empty() || !args.argstrs.is_empty() {
        let hints = vec![Hint::new("name the Nix file with `-f`, such as `-f default.nix`")];
        return Err(Error::Usage("attributes and arguments need a Nix file".to_owned(), hints).into());
    }
    let folder = match named {
        Some(name) => Some(project.path_in_tree(&context.folder, Path::new(name))?),
        None => file.package().map(str::to_owned).or(project.package_around(&context.folder)?),
    };
    Ok(Target::Host { folder, options: file.host_options() })
}

/// The arguments of the Nix file's function.
fn arguments(args: &BuildArgs) -> Vec<UserArg> {
    let pairs =
        |flat: &[String]| flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect::<Vec<_>>();
    let expressions = pairs(&args.args).into_iter().map(|(name, value)| UserArg::Expression { name, value });
    let texts = pairs(&args.argstrs).into_iter().map(|(name, value)| UserArg::Text { name, value });
    expressions.chain(texts).collect()
}

fn nix_options(args: &NixArgs) -> nix::Options {
    nix::Options {
        max_jobs: args.max_jobs.clone(),
        cores: args.cores.map(|cores| cores.to_string()),
        keep_going: args.keep_going,
        keep_failed: args.keep_failed,
        includes: args.includes.clone(),
        options: args.options.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
        store: args.store.clone(),
        builders: args.builders.clone(),
        ..nix::Options::default()
    }
}
