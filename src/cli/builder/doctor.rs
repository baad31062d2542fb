//! `hinc builder doctor`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::cli::context::Context;
use crate::cli::doctor;
use crate::cli::failure::Failure;
use crate::exit::Exit;
use crate::pipeline;

/// Check a builder, and say what to do.
///
/// Looks at any builder of the settings, a guest or a machine: ssh and its keys, QEMU and what makes it fast, the
/// port, Nix and its store, systems, clock and room, whether results would come back, and its GHC. Nothing is
/// started: of a guest that is stopped, only what it is started with is seen. Exits with 3 where something keeps it
/// from building.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the checks.
pub(super) async fn run(args: &DoctorArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let builder = super::builder(&args.name, context)?;
    let checks = pipeline::builder_doctor(&builder, &context.state()?, cancel).await;
    doctor::print(checks, args.json, context)
}
