//! `hinc builder gc` and `hinc builder resize`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use super::status::size;
use crate::builder::guest::{Freed, GcOptions};
use crate::cli::context::Context;
use crate::cli::error::Error;
use crate::cli::failure::Failure;
use crate::cli::settings::bytes;
use crate::error::Hint;
use crate::exit::Exit;

/// Remove from the guest's store what nothing needs.
///
/// What the last builds of each project made is kept. Waits for builds that run on the guest, and starts it where it
/// does not run.
#[derive(Debug, Args)]
pub(super) struct GcArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Remove also what was last built more than so many days ago.
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Remove no more than brings what is used on its disk down to this size, such as `20GiB`.
    #[arg(long, value_name = "SIZE")]
    max: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Make the guest's disk larger.
///
/// Nothing on it is lost, and it never becomes smaller. Where the guest runs, the room is there at once; otherwise
/// at its next start. The setting `disk-size` does the same at the next start, where it is larger than the disk.
#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub(super) struct ResizeArgs {
    #[command(flatten)]
    name: NameArgs,
    /// The new size, such as `200GiB`.
    #[arg(value_name = "SIZE", required = true)]
    size: String,
}

/// Cleans the guest's store.
pub(super) async fn gc(args: &GcArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let max_bytes = args.max.as_deref().map(read_size).transpose()?;
    let guest = super::guest(&args.name, context)?;
    super::started(&guest, context, cancel).await?;
    let say = |text: &str| context.printer.note(&format!("{}: {text}", guest.name()));
    let freed = guest.gc(GcOptions { older_than_days: args.older_than, max_bytes }, &say, cancel).await?;
    if args.json {
        return Ok(context.printer.json(&json(&freed)?));
    }
    context.printer.note(&format!(
        "{}: {} store paths and {} roots removed, {} freed; {} are in use",
        guest.name(),
        freed.paths,
        freed.roots,
        size(freed.bytes),
        size(freed.used)
    ));
    Ok(Exit::Success)
}

fn json(freed: &Freed) -> Result<String, Error> {
    let to_json = || {
        let mut value = serde_json::to_value(freed)?;
        value["schema_version"] = 1.into();
        serde_json::to_string_pretty(&value)
    };
    let text = to_json()
        .map_err(|error| Error::Output { what: "what was removed as JSON".to_owned(), source: error.into() })?;
    Ok(format!("{text}\n"))
}

/// Makes the guest's disk larger.
pub(super) async fn resize(args: &ResizeArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let gib = read_size(&args.size)?.div_ceil(1 << 30);
    let gib = u32::try_from(gib).map_err(|_| wrong_size(&args.size))?;
    let guest = super::guest(&args.name, context)?;
    let say = |text: &str| context.printer.note(&format!("{}: {text}", guest.name()));
    let before = guest.resize(gib, &say, cancel).await?;
    let after = u64::from(gib) << 30;
    context.printer.note(&format!("{}: its disk had {}, and has {} now", guest.name(), size(before), size(after)));
    Ok(Exit::Success)
}

fn read_size(text: &str) -> Result<u64, Error> {
    bytes(text).ok_or_else(|| wrong_size(text))
}

fn wrong_size(text: &str) -> Error {
    Error::Usage(format!("`{text}` is not a size"), vec![Hint::new("write it as `200GiB` or `1TiB`")])
}
