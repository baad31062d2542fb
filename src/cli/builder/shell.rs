//! `hinc builder ssh`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::builder::GuestError;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::exit::Exit;
use crate::process::{Invocation, system};

/// Open a shell in the guest, or run a command there.
///
/// Starts the guest where it does not run. Ends with the exit status of the command.
#[derive(Debug, Args)]
pub(super) struct SshArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Become root, and not the user that builds.
    #[arg(long)]
    root: bool,
    /// The command, for the shell of the guest; none for a shell.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Becomes ssh.
pub(super) async fn run(args: &SshArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let guest = super::guest(&args.name, context)?;
    super::started(&guest, context, cancel).await?;
    let connection = if args.root {
        guest.root_connection().ok_or(GuestError::NoRoot { what: "a shell of root" })?
    } else {
        guest.connection()?
    };
    let mut ssh = Invocation::new("ssh").args(&connection.ssh_options).arg(connection.destination.to_string());
    if !args.command.is_empty() {
        ssh = ssh.arg("--").args(&args.command);
    }
    Err(system::become_program(&ssh).into())
}
