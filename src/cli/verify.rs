//! `hinc verify`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::failure::Failure;
use super::wanted::WantedArgs;
use crate::exit::Exit;
use crate::model::verification::Verdict;
use crate::pipeline::{self, BuildOptions};
use crate::report::{self, TextOptions};

use super::printer::Stream;

/// Prove that the incremental result is what a clean build gives.
///
/// Builds head on its base and from scratch, and compares what GHC knows of every module, the code,
/// what the test suites print and what is installed. Prints the verdict and the differences on stdout.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hinc verify                          the Cabal package of this folder\n  \
    hinc verify .#app                    a package of the flake of this folder\n  \
    hinc verify -f default.nix -A app    a package that a Nix file defines\n  \
    hinc verify --rev HEAD~1 --json      the commit before, as JSON\n\n\
    Exit codes: 0 equal or nothing to verify, 6 different, 7 not compared, 100 the package does not build.")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// Print JSON: docs/verify.md describes it.
    #[arg(long, help_heading = "Result")]
    pub(super) json: bool,
}

/// Builds and compares, prints progress while it does and the verdict afterwards.
pub(super) async fn run(args: VerifyArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let printer = &context.printer;
    let (project, options) = args.wanted.open(context, &cancel).await?;
    let options = BuildOptions { verify: true, ..options };
    let progress = printer.progress(context.clock);
    let on_event = |event: &_| progress.event(event);
    let verified = Box::pin(progress.during(pipeline::verify(&project, &options, &on_event, &cancel), &cancel)).await?;
    let verification = &verified.verification;

    let stream = if args.json { Stream::Stderr } else { Stream::Stdout };
    let layout = TextOptions { colour: printer.colour(stream), width: printer.width() };
    let text = report::verification_text(verification, &layout);
    let written = if args.json {
        match verification.verdict {
            Verdict::NothingToVerify | Verdict::Equal => printer.report(&text),
            Verdict::Fails | Verdict::NotCompared | Verdict::Different => printer.error(&text),
        }
        printer.json(&report::verification_json(verification)?)
    } else {
        printer.answer(&text)
    };
    // Packages that fail for one reason have the same hints.
    for (index, hint) in verified.hints.iter().enumerate() {
        if !verified.hints[..index].contains(hint) {
            printer.hint(hint);
        }
    }
    Ok(if verified.exit == Exit::Success { written } else { verified.exit })
}
