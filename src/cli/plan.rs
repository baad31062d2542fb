//! `hinc plan`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::failure::Failure;
use super::printer::Stream;
use super::wanted::{WantedArgs, WishArgs};
use crate::exit::Exit;
use crate::pipeline::{self, BuildOptions};
use crate::report::{self, TextOptions};

/// Say what `hinc build` would do, and build nothing.
///
/// Prints the base and why that one, sources and derivations, what each store has, how each package would be built and
/// why, and which modules GHC would compile: for certain, and at most. Takes what `hinc build` takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hinc plan                         the Cabal package of this folder, or all of the repository\n  \
    hinc plan --rev main --json       another commit, as JSON\n  \
    hinc plan .#app --interval 1w     a package of the flake of this folder, on the base of the week")]
pub(super) struct PlanArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    #[command(flatten)]
    wish: WishArgs,
    /// Print JSON: docs/plan.md describes it.
    #[arg(long, help_heading = "Result")]
    pub(super) json: bool,
}

/// Plans, and prints what it comes to.
pub(super) async fn run(args: PlanArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let printer = &context.printer;
    let (project, options) = args.wanted.open(context, &cancel).await?;
    let options =
        BuildOptions { wish: args.wish.wish(), retry_base: args.wish.retry_base(), plan_only: true, ..options };
    let progress = printer.progress(context.clock);
    let on_event = |event: &_| progress.event(event);
    let forecast =
        Box::pin(progress.during(pipeline::forecast(&project, &options, &on_event, &cancel), &cancel)).await?;
    if args.json {
        return Ok(printer.json(&report::forecast_json(&forecast)?));
    }
    let layout = TextOptions { colour: printer.colour(Stream::Stdout), width: printer.width() };
    Ok(printer.answer(&report::forecast_text(&forecast, &layout)))
}
