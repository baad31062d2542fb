//! The command line. Its doc comments are its help, and the reference under `docs/` is made of them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};

use super::as_of::AsOf;
use super::env::Environment;
use super::settings::Override;
use super::{base, build, builder, completions, doctor, interval, man, plan, report, source, verify, why};
use crate::error::OwnCommand;
use crate::history::Fetching;

/// Incremental Haskell builds on Nix.
///
/// hinc picks an older commit as the base, builds that one in full once for everybody, and
/// builds today's commit on its compiled modules. Afterwards it says which modules were
/// rebuilt, and why.
#[derive(Debug, Parser)]
#[command(name = "hinc", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 built, 2 usage, 3 environment, 4 history, 5 Nix, 6 a difference was found, 100 to 104 the build failed."
)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// What all commands take.
    #[command(flatten)]
    pub(super) global: GlobalArgs,
}

/// What all commands take.
#[derive(Debug, Args)]
pub(super) struct GlobalArgs {
    /// Run as if hinc had been started in this folder.
    #[arg(short = 'C', long = "directory", global = true, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) directory: Option<PathBuf>,
    /// Print more: once every line of the builders, twice also what hinc itself does.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Print no progress and no report; errors are still printed.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Take this for what `hinc.toml` says: `--config source.submodules=empty`. Repeatable.
    ///
    /// KEY is a key of `hinc.toml`, `TABLE.KEY` in a table; VALUE is written as there, and a text needs no quotes. For
    /// commits that cannot be changed: see docs/settings.md.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(super) config: Vec<Override>,
    /// When to use colours: `auto` also respects `NO_COLOR`.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Colour,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Build(Box<build::BuildArgs>),
    Verify(Box<verify::VerifyArgs>),
    Plan(Box<plan::PlanArgs>),
    Base(base::BaseArgs),
    Interval(interval::IntervalArgs),
    Source(source::SourceArgs),
    Report(report::ReportArgs),
    Why(why::WhyArgs),
    Builder(builder::BuilderArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Man(man::ManArgs),
}

impl Command {
    /// Returns which command it is, where hints may name it.
    pub(super) fn own(&self) -> Option<OwnCommand> {
        match self {
            Self::Doctor(_) => Some(OwnCommand::Doctor),
            Self::Builder(args) => args.own(),
            _ => None,
        }
    }

    /// Whether the answer is to be JSON, and so an error as well.
    pub(super) fn wants_json(&self) -> bool {
        match self {
            Self::Build(args) => args.json,
            Self::Verify(args) => args.json,
            Self::Plan(args) => args.json,
            Self::Base(args) => args.json,
            Self::Interval(args) => args.wants_json(),
            Self::Source(args) => args.json,
            Self::Builder(args) => args.wants_json(),
            Self::Doctor(args) => args.json,
            Self::Report(args) => args.wants_json(),
            Self::Why(_) | Self::Completions(_) | Self::Man(_) => false,
        }
    }
}

/// What becomes of a clone that lacks a part of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Histories {
    /// In CI it is fetched, elsewhere it is an error.
    #[default]
    Auto,
    /// It is fetched.
    Deepen,
    /// It is an error.
    Error,
}

impl Histories {
    /// Whether what is lacking is fetched.
    pub(super) fn fetching(self, environment: &Environment) -> Fetching {
        // Not every service that says of a pull request sets `CI`.
        let in_ci = environment.ci || environment.pull_request.is_some();
        match (self, in_ci) {
            (Self::Deepen, _) | (Self::Auto, true) => Fetching::AsNeeded,
            (Self::Error, _) | (Self::Auto, false) => Fetching::Never,
        }
    }
}

/// Which commit is built, and on which base.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "History")]
pub(super) struct HistoryArgs {
    /// The commit to build: a branch, a tag, a hash, `HEAD~3`.
    ///
    /// Without it, HEAD with the changes to tracked files in the work tree.
    #[arg(long, value_name = "REV")]
    pub(super) rev: Option<String>,
    /// The length of time that shares one base: `30m`, `1h`, `1d`, `1w`. Counted in UTC. `auto` takes the one of `1w`,
    /// `1d` and `1h` that was the cheapest for the commits of the four weeks before.
    ///
    /// Default: `HINC_INTERVAL`, then `interval` of `hinc.toml`, then `1d`.
    #[arg(long, value_name = "TIME")]
    pub(super) interval: Option<String>,
    /// Take this commit as the base, whatever its time.
    #[arg(long, value_name = "REV", conflicts_with_all = ["base_policy", "against"])]
    pub(super) base: Option<String>,
    /// Choose the base that a commit on top of this one would have at that time: `now`, or a time such as
    /// `2026-02-01T00:05:00Z`. For the job that makes a full build before there is a commit that needs it.
    #[arg(long, value_name = "TIME", conflicts_with = "base")]
    pub(super) as_of: Option<AsOf>,
    /// How the base is chosen: `branch`, along head's own branch; `mainline`, along the main line from where head left
    /// it, so that all pull requests share its full build; `available`, the newest of seven whose full build is at hand;
    /// `auto`, `mainline` and then `available` for a pull request in CI, `branch` elsewhere.
    ///
    /// Default: `HINC_BASE_POLICY`, then `base-policy` of `hinc.toml`, then `auto`; `mainline` with `--against`.
    #[arg(long, value_name = "POLICY")]
    pub(super) base_policy: Option<String>,
    /// The main line that `mainline` looks along.
    ///
    /// Default: `against` of `hinc.toml`, in CI the branch that the pull request goes to, then the remote's default
    /// branch.
    #[arg(long, value_name = "REV")]
    pub(super) against: Option<String>,
    /// What becomes of a clone that lacks what the base depends on (`git clone --depth`, `--filter`): `deepen` has git
    /// fetch more until the answer is certain, `error` stops, `auto` is `deepen` in CI and `error` elsewhere.
    #[arg(long, value_name = "HOW", default_value = "auto", hide_default_value = true)]
    pub(super) history: Histories,
    /// Look for the base along all parents of a merge, as `git rev-list --before` does, and not along the first alone.
    #[arg(long)]
    pub(super) all_parents: bool,
}
