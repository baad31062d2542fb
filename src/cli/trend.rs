//! `hinc report trend`.

use std::num::NonZeroUsize;

use clap::Args;

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::report::{SeveralArgs, records};
use crate::error::Hint;
use crate::exit::Exit;
use crate::pipeline;
use crate::report;

/// Show the last builds of this repository, and what the edits of each module cost.
///
/// Outside of a repository, the last builds of all.
#[derive(Debug, Args)]
pub(super) struct TrendArgs {
    /// How many builds; the newest 100 are kept.
    #[arg(long, value_name = "N", default_value = "20")]
    last: NonZeroUsize,
    #[command(flatten)]
    pub(super) form: SeveralArgs,
}

/// Prints the trend.
pub(super) fn run(args: &TrendArgs, context: &Context) -> Result<Exit, Failure> {
    let format = args.form.format()?;
    let project = pipeline::project_folder(&context.folder);
    let past = records(context)?.last(project.as_deref(), args.last.get())?;
    let left_out = past.left_out();
    if past.records.is_empty() {
        return Err(match left_out {
            None => {
                let hint = Hint::new("run `hinc build` first");
                Error::Usage("no build has left a record here yet".to_owned(), vec![hint]).into()
            }
            Some(told) => {
                let hint = Hint::new("read them with the version of hinc that wrote them, or run `hinc build`");
                Error::Usage(format!("no record here can be read: {told}"), vec![hint]).into()
            }
        });
    }
    if let Some(told) = left_out {
        context.printer.warning(&told);
    }
    let trend = report::trend(&past.records);
    let shown = format.render_trend(&trend, &args.form.options(context));
    let text = shown.ok_or_else(|| Error::Usage("this form shows one build".to_owned(), Vec::new()))??;
    args.form.put(&text, format, context)
}
