//! `hinc builder supervise`: what runs in the background while a guest does. Not for people.

use std::path::PathBuf;

use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::builder::guest;
use crate::cli::failure::Failure;
use crate::exit::Exit;

/// Look after a guest until it has ended.
#[derive(Debug, Args)]
pub(super) struct SuperviseArgs {
    /// The guest's folder.
    folder: PathBuf,
    /// Shut it down after so many seconds without use, whatever its settings say. For tests.
    #[arg(long)]
    idle_seconds: Option<u64>,
}

/// Looks after the guest.
pub(super) async fn run(args: &SuperviseArgs, cancel: &CancellationToken) -> Result<Exit, Failure> {
    guest::supervise(&args.folder, args.idle_seconds, cancel).await?;
    Ok(Exit::Success)
}
