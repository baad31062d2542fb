//! `hinc builder config`.

use clap::{Args, ValueEnum};
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::builder::Guest;
use crate::builder::declare::{Declared, Format, GuestPlace};
use crate::cli::context::Context;
use crate::cli::error::Error;
use crate::cli::failure::Failure;
use crate::exit::Exit;

/// Print what ssh, Nix, NixOS, nix-darwin, launchd or systemd has to be told of a builder.
///
/// hinc itself needs none of it: this is for those who want a builder declared, or used by Nix without hinc.
/// Nothing is written anywhere.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    name: NameArgs,
    /// What is to be told; without it, all that this operating system has.
    #[arg(long, value_name = "FORMAT")]
    format: Option<Wanted>,
}

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// A block for `/etc/ssh/ssh_config.d` or `~/.ssh/config`.
    Ssh,
    /// A line for `/etc/nix/machines`; it needs the block for ssh.
    Machines,
    /// A module for nix-darwin.
    NixDarwin,
    /// A module for NixOS.
    Nixos,
    /// A property list for launchd.
    Launchd,
    /// A unit for systemd.
    Systemd,
}

impl Wanted {
    fn format(self) -> Format {
        match self {
            Self::Ssh => Format::Ssh,
            Self::Machines => Format::Machines,
            Self::NixDarwin => Format::NixDarwin,
            Self::Nixos => Format::Nixos,
            Self::Launchd => Format::Launchd,
            Self::Systemd => Format::Systemd,
        }
    }

    /// What it is, and where it belongs.
    fn title(self) -> &'static str {
        match self {
            Self::Ssh => "ssh: a file of /etc/ssh/ssh_config.d for all users and Nix's daemon, or ~/.ssh/config",
            Self::Machines => "Nix's own distribution of builds: a line of /etc/nix/machines",
            Self::NixDarwin => "nix-darwin",
            Self::Nixos => "NixOS",
            Self::Launchd => "launchd: an agent that starts the guest when you log in",
            Self::Systemd => "systemd: a service that starts the guest when you log in",
        }
    }

    /// What this operating system has.
    fn here() -> [Self; 4] {
        if cfg!(target_os = "macos") {
            [Self::Ssh, Self::Machines, Self::NixDarwin, Self::Launchd]
        } else {
            [Self::Ssh, Self::Machines, Self::Nixos, Self::Systemd]
        }
    }
}

/// Prints it.
pub(super) async fn run(args: &ConfigArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let builder = super::builder(&args.name, context)?;
    let guest = match builder.kind.guest() {
        Some(settings) => Some(place(&Guest::at(&context.state()?, &builder.name, settings.clone())?, cancel).await?),
        None => None,
    };
    let hinc = std::env::current_exe()
        .map_err(|source| Error::Output { what: "the path of hinc itself".to_owned(), source })?;
    let (hinc, path) = (hinc.to_string_lossy(), context.environment.path.to_string_lossy());
    let user = context.environment.user.as_deref().unwrap_or("root");
    let declared = Declared { builder: &builder, guest: guest.as_ref(), hinc: &hinc, user, path: &path };
    let text = match args.format {
        Some(wanted) => declared.text(wanted.format())?,
        None => all(&declared),
    };
    Ok(context.printer.data(text.as_bytes()))
}

/// Finds out where a guest is.
async fn place(guest: &Guest, cancel: &CancellationToken) -> Result<GuestPlace, Failure> {
    let (key, known_hosts) = guest.ssh_files()?;
    let known = guest.folder().join("known_hosts");
    let host_key = match fs_err::read_to_string(&known) {
        Ok(text) => text.trim().split_once(' ').and_then(|(_, key)| key.parse().ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => return Err(Error::Input { path: known, source }.into()),
    };
    let port = guest.status(cancel).await?.port;
    Ok(GuestPlace { key, known_hosts, port, host_key })
}

/// All that this operating system has. What one builder cannot have is told in its place.
fn all(declared: &Declared<'_>) -> String {
    let part = |wanted: Wanted| {
        let text = declared.text(wanted.format()).unwrap_or_else(|error| format!("# none: {error}\n"));
        format!("### {}\n\n{text}", wanted.title())
    };
    Wanted::here().map(part).join("\n")
}
