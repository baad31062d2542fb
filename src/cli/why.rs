//! `hinc why`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::printer::Stream;
use super::report::load;
use crate::error::Hint;
use crate::exit::Exit;
use crate::model::haskell::ComponentName;
use crate::report::{self, Question, TextOptions};

/// Say why a module was compiled, or was not.
///
/// Names what leads from the module to the edit, step by step, with GHC's reason for each. What was not compiled has no
/// reason: then it says what is known of that.
#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The name of a module, or its end: `Strict` is also `Data.Map.Strict`.
    #[arg(value_name = "MODULE")]
    module: String,
    /// A record's file, or `latest`: the last build of this repository.
    #[arg(value_name = "RECORD", default_value = "latest", value_hint = ValueHint::FilePath)]
    record: PathBuf,
    /// Only the module of this package.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Only the module of this component: `lib`, `exe:NAME`, `test:NAME`.
    #[arg(long, value_name = "COMPONENT")]
    component: Option<String>,
}

/// Prints the answer.
pub(super) fn run(args: &WhyArgs, context: &Context) -> Result<Exit, Failure> {
    let package = args.package.as_deref().map(str::parse).transpose().map_err(|error| {
        Error::Usage(
            format!("`{}` is no name of a package: {error}", args.package.as_deref().unwrap_or_default()),
            vec![Hint::new("use the name that the `.cabal` file has")],
        )
    })?;
    let record = load(&args.record, context)?;
    let question =
        Question { module: args.module.clone(), package, component: args.component.clone().map(ComponentName) };
    let options = TextOptions { colour: context.printer.colour(Stream::Stdout), width: context.printer.width() };
    Ok(context.printer.answer(&report::why_text(&record, &question, &options)))
}
