//! `hinc report diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::report::{SeveralArgs, load};
use crate::exit::Exit;
use crate::report;

/// Show two builds side by side.
///
/// Which modules only one of them compiled, and what took another time.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The record of the first: a file, `previous` or `latest`.
    #[arg(value_name = "BEFORE", default_value = "previous", value_hint = ValueHint::FilePath)]
    before: PathBuf,
    /// That of the other.
    #[arg(value_name = "AFTER", default_value = "latest", value_hint = ValueHint::FilePath)]
    after: PathBuf,
    #[command(flatten)]
    pub(super) form: SeveralArgs,
}

/// Prints the comparison.
pub(super) fn run(args: &DiffArgs, context: &Context) -> Result<Exit, Failure> {
    let format = args.form.format()?;
    let (before, after) = (load(&args.before, context)?, load(&args.after, context)?);
    let diff = report::diff(&before, &after);
    let shown = format.render_diff(&diff, &args.form.options(context));
    let text = shown.ok_or_else(|| Error::Usage("this form shows one build".to_owned(), Vec::new()))??;
    args.form.put(&text, format, context)
}
