//! What is built, and how Nix is told: what `hinc build` and `hinc verify` have in common.

use std::path::Path;

use clap::{Args, ValueHint};
use tokio_util::sync::CancellationToken;

use super::args::HistoryArgs;
use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::flakes;
use super::settings::Builders;
use super::settings::HincToml;
use super::toolchain::ToolchainArgs;
use crate::error::Hint;
use crate::nix::{self, UserArg};
use crate::pipeline::{BuildOptions, Project, Selection, Target, Wish};

/// Which package of which commit, on which base.
#[derive(Debug, Args)]
pub(super) struct WantedArgs {
    /// Folders or `.cabal` files of the repository, a Nix file, or attributes of flakes: `.#a .#b`.
    ///
    /// Without it: `package` of `hinc.toml`, the package around this folder, or at the top all packages of the
    /// repository.
    #[arg(value_name = "PACKAGE", value_hint = ValueHint::AnyPath, conflicts_with = "file")]
    packages: Vec<String>,
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
    toolchain: ToolchainArgs,

    #[command(flatten)]
    history: HistoryArgs,
    /// Where to build: the name of a builder, or several with commas between them, of which the first healthy one is
    /// taken, by speed; `any` for all that are known; `local` for this machine.
    ///
    /// Default: `HINC_BUILDER`, then `default-builder` of the settings, then this machine, or for another system than
    /// its own any builder. See docs/builder.md.
    #[arg(long, value_name = "NAME", help_heading = "Builder")]
    builder: Option<String>,
    #[command(flatten)]
    nix: NixArgs,
}

/// What of it is built: what `hinc build` and `hinc plan` have in common.
#[derive(Debug, Args)]
#[command(next_help_heading = "History")]
pub(super) struct WishArgs {
    /// Make the full build of the base and nothing else.
    #[arg(long, conflicts_with = "no_incremental")]
    full_only: bool,
    /// Build from scratch, as plain Nix would.
    #[arg(long)]
    no_incremental: bool,
    /// Try the full build of the base also where it is known to fail.
    ///
    /// hinc remembers for two weeks that one failed, and builds on what compiled of it. A failure that was the
    /// machine's is not remembered.
    #[arg(long, conflicts_with = "no_incremental")]
    retry_base: bool,
}

impl WishArgs {
    /// Returns what is wanted.
    pub(super) fn wish(&self) -> Wish {
        match (self.full_only, self.no_incremental) {
            (true, _) => Wish::FullOnly,
            (_, true) => Wish::Plain,
            _ => Wish::Incremental,
        }
    }

    /// Whether a full build that is known to fail is tried.
    pub(super) const fn retry_base(&self) -> bool {
        self.retry_base
    }
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

impl WantedArgs {
    /// Opens the repository and joins the arguments with its settings: an incremental build without a link.
    pub(super) async fn open(
        &self,
        context: &Context,
        cancel: &CancellationToken,
    ) -> Result<(Project, BuildOptions), Failure> {
        let rev = self.history.rev.as_deref();
        let project = Project::open(&context.folder, rev)?;
        let file = HincToml::fetched(&project, rev, self.history.history, context, cancel).await?;
        let project = project.with_source_options(file.source_options());
        let builders = Builders::read(context, Some((&project, &file)), self.builder.as_deref())?;
        self.refuse_beside(&builders)?;
        let options = BuildOptions {
            base: file.base_options(&self.history, &context.environment)?,
            wish: Wish::Incremental,
            retry_base: false,
            push: Vec::new(),
            push_results: false,
            wait: None,
            verify: false,
            plan_only: false,
            target: target(self, &file, &project, context)?,
            nix: nix_options(&self.nix),
            builders: builders.options()?,
            link: None,
            functions: context.environment.functions.clone(),
            state: context.environment.state.clone(),
            cache: context.cache()?,
            search_path: context.environment.path.clone(),
            clock: context.clock,
        };
        if project.head().dirty {
            context.printer.note("building HEAD with the uncommitted changes to tracked files");
        }
        Ok((project, options))
    }

    /// Refuses what says in two ways where to build.
    fn refuse_beside(&self, builders: &Builders) -> Result<(), Error> {
        let given = [("--store", self.nix.store.is_some()), ("--builders", self.nix.builders.is_some())];
        let Some((option, _)) = given.iter().find(|(_, given)| *given) else { return Ok(()) };
        if builders.build_elsewhere() {
            let hints = vec![Hint::new(format!("leave `{option}` out, or say `--builder local`"))];
            return Err(Error::Usage(format!("`{option}` does not go with a builder of hinc"), hints));
        }
        Ok(())
    }
}

fn target(args: &WantedArgs, file: &HincToml, project: &Project, context: &Context) -> Result<Target, Failure> {
    if let Some(flakes) = flakes::named(&args.packages, project, context)? {
        refuse_with_flakes(args)?;
        args.toolchain.refuse()?;
        return Ok(flakes);
    }
    let named = args.packages.first().map(String::as_str).filter(|_| args.packages.len() == 1);
    let is_nix = |name: &&str| Path::new(name).extension().is_some_and(|extension| extension == "nix");
    let nix_file = args.file.as_deref().or(named.filter(is_nix));
    if let Some(nix_file) = nix_file {
        args.toolchain.refuse()?;
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
    let selection = selection(args, file, project, context)?;
    if selection == Selection::default()
        && args.toolchain.refuse().is_ok()
        && let Some(flake) = flakes::by_default(project, context)?
    {
        return Ok(flake);
    }
    Ok(args.toolchain.target(selection, file)?)
}

/// Which Cabal packages: those that are named, or the one around this folder, or all.
fn selection(args: &WantedArgs, file: &HincToml, project: &Project, context: &Context) -> Result<Selection, Failure> {
    let mut folders = Vec::new();
    for name in &args.packages {
        folders.push(project.path_in_tree(&context.folder, Path::new(name))?);
    }
    if folders.is_empty() {
        folders.extend(file.package().map(str::to_owned).or(project.package_around(&context.folder)?));
    }
    Ok(Selection { folders, patterns: file.packages().to_vec() })
}

/// Refuses what means nothing to a flake, whose evaluation takes no arguments and has no search path.
fn refuse_with_flakes(args: &WantedArgs) -> Result<(), Error> {
    args.toolchain.refuse()?;
    let given = [
        ("-A", !args.attributes.is_empty()),
        ("--arg", !args.args.is_empty()),
        ("--argstr", !args.argstrs.is_empty()),
        ("-I", !args.nix.includes.is_empty()),
    ];
    let Some((option, _)) = given.iter().find(|(_, given)| *given) else { return Ok(()) };
    let hint = match *option {
        "-A" => "name the attribute after a `#`: `.#ATTRIBUTE`",
        _ => "a flake says all that it needs in its inputs; what takes arguments is built with `-f FILE -A ATTRIBUTE`",
    };
    Err(Error::Usage(format!("`{option}` does not go with a flake"), vec![Hint::new(hint)]))
}

/// The arguments of the Nix file's function.
fn arguments(args: &WantedArgs) -> Vec<UserArg> {
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
