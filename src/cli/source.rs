//! `hinc source`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::args::Histories;
use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::settings::HincToml;
use crate::exit::Exit;
use crate::model::source::{SOURCE_SCHEMA_VERSION, SourceTree};
use crate::pipeline::{self, Project};

/// Print the store path of a commit's tree.
///
/// The path depends on the content of the tree alone. It is computed from git's objects, without a checkout.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// The commit; without it, HEAD with the changes to tracked files in the work tree.
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// The folder of the tree that is taken, relative to its top.
    #[arg(long, value_name = "FOLDER", default_value = "")]
    folder: String,
    /// What becomes of a partial clone (`git clone --filter`) that lacks files of the commit: as for `hinc base`.
    #[arg(long, value_name = "HOW", default_value = "auto", hide_default_value = true)]
    history: Histories,
    /// Put it into the Nix store as well.
    #[arg(long)]
    add: bool,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the path.
pub(super) async fn run(args: SourceArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let project = Project::open(&context.folder, args.rev.as_deref())?;
    let file = HincToml::fetched(&project, args.rev.as_deref(), args.history, context, &cancel).await?;
    let project = project.with_source_options(file.source_options());
    let cache = context.environment.cache.as_deref();
    let source = project.source(&project.head().tree, args.folder.trim_matches('/'), cache)?;
    if args.add {
        pipeline::add_source(&project, &source, args.folder.trim_matches('/'), &cancel).await?;
    }
    let text = if args.json { json(&source)? } else { format!("{}\n", source.store_path) };
    Ok(if args.json { context.printer.json(&text) } else { context.printer.answer(&text) })
}

fn json(source: &SourceTree) -> Result<String, Error> {
    let to_json = || {
        let mut value = serde_json::to_value(source)?;
        value["schema_version"] = SOURCE_SCHEMA_VERSION.into();
        serde_json::to_string_pretty(&value)
    };
    let text =
        to_json().map_err(|error| Error::Output { what: "the source as JSON".to_owned(), source: error.into() })?;
    Ok(format!("{text}\n"))
}
