//! `hinc interval`.

use std::path::Path;

use clap::{Args, Subcommand};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::args::{Histories, HistoryArgs};
use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::settings::{FILE_NAME, HincToml, with_interval};
use crate::error::Hint;
use crate::exit::Exit;
use crate::files::{self, Readers};
use crate::history;
use crate::model::build_cost::BuildCost;
use crate::model::interval_choice::{CANDIDATES, IntervalChoice, IntervalSetting};
use crate::model::revision::CommitId;
use crate::pipeline::{KEPT, Project, Records};
use crate::report::{self, interval::Now};

/// The version of the JSON of `hinc interval suggest`.
const SCHEMA_VERSION: u32 = 1;

/// Find the interval that costs least.
#[derive(Debug, Args)]
pub(super) struct IntervalArgs {
    /// What to do.
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Suggest(SuggestArgs),
}

impl IntervalArgs {
    /// Whether the answer is to be JSON, and so an error as well.
    pub(super) fn wants_json(&self) -> bool {
        match &self.action {
            Action::Suggest(args) => args.json,
        }
    }
}

/// Say which of a week, a day and an hour costs least, and why.
///
/// It counts what the commits of the four weeks before this one would have cost: a full build for each base, and for each
/// commit what lies between it and its base. How dear a full build is beside that, the records of past builds on this
/// machine tell. Since other machines have other records, `--interval auto` does not look at them; `--write` makes the
/// answer that of everybody.
#[derive(Debug, Args)]
pub(super) struct SuggestArgs {
    /// The commit to look back from; without it, HEAD.
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// What becomes of a clone that lacks a part of the history: as for `hinc base`.
    #[arg(long, value_name = "HOW", default_value = "auto", hide_default_value = true)]
    history: Histories,
    /// Set it in `hinc.toml` of the work tree, and leave the rest of the file as it is.
    #[arg(long)]
    write: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Does what is asked.
pub(super) async fn run(args: IntervalArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    match args.action {
        Action::Suggest(args) => suggest(&args, context, &cancel).await,
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Suggestion {
    /// The version of this form: 1.
    schema_version: u32,
    /// The commit that was looked back from.
    head: CommitId,
    /// The interval, and by what it was chosen.
    interval_choice: IntervalChoice,
    /// What builds cost, by the records of this machine.
    build_cost: BuildCost,
    /// How far head is from its base, in commits, for each of the intervals in the order of `candidates`.
    distances: Vec<u64>,
}

async fn suggest(args: &SuggestArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let project = Project::open(&context.folder, args.rev.as_deref())?;
    let settings = HincToml::fetched(&project, args.rev.as_deref(), args.history, context, cancel).await?;
    let asked = HistoryArgs {
        rev: args.rev.clone(),
        history: args.history,
        interval: Some(IntervalSetting::Auto.to_string()),
        ..HistoryArgs::default()
    };
    let options = settings.base_options(&asked, &context.environment)?;
    let build_cost = build_cost(&project, context)?;
    let tell = |text: &str| context.printer.note(text);
    let interval_choice = project.cheapest_interval(&options, &build_cost, &tell, cancel).await?;
    let mut distances = Vec::new();
    for interval in CANDIDATES {
        let options = history::Options { interval: IntervalSetting::Fixed(interval), ..options.clone() };
        distances.push(project.bases(&options, &tell, cancel).await?.first.distance);
    }
    if args.write {
        write(&project.top()?.join(FILE_NAME), &interval_choice, context)?;
    }
    let exit = if args.json {
        let head = project.head().commit.clone();
        context.printer.json(&json(&Suggestion {
            schema_version: SCHEMA_VERSION,
            head,
            interval_choice,
            build_cost,
            distances,
        })?)
    } else {
        let now: Vec<Now> =
            CANDIDATES.into_iter().zip(distances).map(|(interval, distance)| Now { interval, distance }).collect();
        context.printer.answer(&report::interval::interval(&interval_choice, &build_cost, &now))
    };
    Ok(exit)
}

fn build_cost(project: &Project, context: &Context) -> Result<BuildCost, Failure> {
    let (Some(state), Ok(top)) = (&context.environment.state, project.top()) else { return Ok(BuildCost::ASSUMED) };
    Ok(BuildCost::measured(&Records::below(state).last(Some(top), KEPT)?.records))
}

fn json(suggestion: &Suggestion) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(suggestion);
    let text =
        text.map_err(|error| Error::Output { what: "the suggestion as JSON".to_owned(), source: error.into() })?;
    Ok(format!("{text}\n"))
}

/// Sets the interval in the file. A link is not followed: it came with the repository, and may lead anywhere.
fn write(file: &Path, choice: &IntervalChoice, context: &Context) -> Result<(), Error> {
    let failed = |source| Error::Output { what: format!("`{}`", file.display()), source };
    let old = match fs_err::symlink_metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
        Ok(found) if found.is_file() => Some(fs_err::read_to_string(file).map_err(failed)?),
        Ok(_) => {
            let hints = vec![Hint::new(format!("set `interval = \"{}\"` by hand", choice.interval_seconds))];
            return Err(Error::Usage(format!("`{}` is no file of its own", file.display()), hints));
        }
    };
    let new = with_interval(old.as_deref().unwrap_or_default(), choice.interval_seconds)?;
    if old.as_ref() == Some(&new) {
        context.printer.note(&format!("{FILE_NAME} says `{}` already", choice.interval_seconds));
        return Ok(());
    }
    files::replace(file, new.as_bytes(), Readers::AsUsual).map_err(failed)?;
    let track = if old.is_none() {
        format!(": `git add {FILE_NAME}`, as one that is not tracked is not read")
    } else {
        String::new()
    };
    context.printer.note(&format!("wrote `interval = \"{}\"` to {FILE_NAME}{track}", choice.interval_seconds));
    Ok(())
}
