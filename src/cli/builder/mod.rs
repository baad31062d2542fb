//! `hinc builder`: one file a command.

mod cleaning;
mod config;
mod doctor;
mod logs;
mod running;
mod shell;
mod status;
mod supervise;

use clap::{Args, Subcommand};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::settings::Builders;
use super::settings::HincToml;
use crate::builder::Guest;
use crate::error::{Hint, OwnCommand};
use crate::exit::Exit;
use crate::model::builder::Builder;
use crate::pipeline::Project;

/// Run and look after a Linux guest that builds.
///
/// `hinc build --builder vm` starts it by itself, and it is shut down when nobody has used it for a while. These
/// commands are for looking at it, and for what is done by hand.
#[derive(Debug, Args)]
pub(super) struct BuilderArgs {
    /// What to do.
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Up(running::UpArgs),
    Down(running::DownArgs),
    Status(status::StatusArgs),
    Ssh(shell::SshArgs),
    Logs(logs::LogsArgs),
    Gc(cleaning::GcArgs),
    Resize(cleaning::ResizeArgs),
    Config(config::ConfigArgs),
    Doctor(doctor::DoctorArgs),
    #[command(hide = true)]
    Supervise(supervise::SuperviseArgs),
}

impl BuilderArgs {
    /// Returns which command it is, where hints may name it.
    pub(super) fn own(&self) -> Option<OwnCommand> {
        match &self.action {
            Action::Up(_) => Some(OwnCommand::BuilderUp),
            Action::Down(_) => Some(OwnCommand::BuilderDown),
            Action::Status(_) => Some(OwnCommand::BuilderStatus),
            Action::Logs(_) => Some(OwnCommand::BuilderLogs),
            Action::Gc(_) => Some(OwnCommand::BuilderGc),
            Action::Resize(_) => Some(OwnCommand::BuilderResize),
            Action::Doctor(_) => Some(OwnCommand::BuilderDoctor),
            Action::Ssh(_) | Action::Config(_) | Action::Supervise(_) => None,
        }
    }

    /// Whether the answer is to be JSON, and so an error as well.
    pub(super) fn wants_json(&self) -> bool {
        match &self.action {
            Action::Status(args) => args.json,
            Action::Gc(args) => args.json,
            Action::Doctor(args) => args.json,
            _ => false,
        }
    }
}

/// Which guest is meant.
#[derive(Debug, Args)]
struct NameArgs {
    /// The guest's name in the settings: `[builder.NAME]`.
    ///
    /// Without it, the default builder of the settings, and without that `vm`.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Does what is asked.
pub(super) async fn run(args: BuilderArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let result = match args.action {
        Action::Up(args) => running::up(&args, context, &cancel).await,
        Action::Down(args) => running::down(&args, context, &cancel).await,
        Action::Status(args) => status::run(&args, context, &cancel).await,
        Action::Ssh(args) => shell::run(&args, context, &cancel).await,
        Action::Logs(args) => logs::run(&args, context, &cancel).await,
        Action::Gc(args) => cleaning::gc(&args, context, &cancel).await,
        Action::Config(args) => config::run(&args, context, &cancel).await,
        Action::Resize(args) => cleaning::resize(&args, context, &cancel).await,
        Action::Doctor(args) => doctor::run(&args, context, &cancel).await,
        Action::Supervise(args) => supervise::run(&args, &cancel).await,
    };
    // What was stopped ends without an error, but what goes on in the background is said.
    if let Err(Failure(error)) = &result
        && error.exit() == Exit::Interrupted
    {
        context.printer.note(&error.to_string());
    }
    result
}

/// Returns the builders of the settings.
pub(super) fn builders(context: &Context) -> Result<Builders, Failure> {
    // Outside of a repository the user's own settings count alone.
    let repository = match Project::open(&context.folder, None) {
        Ok(project) => {
            let file = HincToml::of(&project, None, context)?;
            Some((project, file))
        }
        Err(_) => None,
    };
    Builders::read(context, repository.as_ref().map(|(project, file)| (project, file)), None)
}

/// Returns the builder of a name.
fn builder(name: &NameArgs, context: &Context) -> Result<Builder, Failure> {
    Ok(builders(context)?.named(name.name.as_deref())?.clone())
}

/// Returns the guest of a name.
fn guest(name: &NameArgs, context: &Context) -> Result<Guest, Failure> {
    let builder = builder(name, context)?;
    let Some(settings) = builder.kind.guest() else {
        let hints = vec![Hint::new("`hinc builder` runs guests: builders with `kind = \"vm\"`")];
        return Err(Error::Usage(format!("the builder `{}` is no guest of hinc's", builder.name), hints).into());
    };
    Ok(Guest::at(&context.state()?, &builder.name, settings.clone())?)
}

/// Starts a guest, if it does not run, and says meanwhile how far it is.
async fn started(guest: &Guest, context: &Context, cancel: &CancellationToken) -> Result<(), Failure> {
    let hinc = std::env::current_exe()
        .map_err(|source| Error::Output { what: "the path of hinc itself".to_owned(), source })?;
    let say = |text: &str| context.printer.note(&format!("{}: {text}", guest.name()));
    guest.up(&hinc, &say, cancel).await?;
    Ok(())
}
