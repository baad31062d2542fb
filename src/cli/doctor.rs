//! `hinc doctor`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::args::HistoryArgs;
use super::builder;
use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::printer::Stream;
use super::settings::HincToml;
use crate::error::{Hint, hints_beside};
use crate::exit::Exit;
use crate::history;
use crate::model::builder::Builder;
use crate::model::check::{Check, State};
use crate::pipeline::{self, Project};

/// Check Nix, GHC, the repository, the sandbox and the store, and say what to do.
///
/// Exits with 3 where something is missing that a build needs.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the checks.
pub(super) async fn run(args: DoctorArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let environment = &context.environment;
    let settings = settings(context);
    let (path, cache) = (&environment.path, environment.cache.as_deref());
    let mut checks = pipeline::doctor(&context.folder, settings.as_ref().ok(), path, cache, &cancel).await;
    match settings {
        // Without them nobody knows the builders.
        Err(broken) => checks.push(*broken),
        Ok(_) => checks.extend(builders(context, &cancel).await),
    }
    print(checks, args.json, context)
}

/// Prints checks, and returns how a command ends because of them.
pub(super) fn print(mut checks: Vec<Check>, as_json: bool, context: &Context) -> Result<Exit, Failure> {
    for check in &mut checks {
        check.advice = hints_beside(context.running, &check.advice).cloned().collect();
        if check.advice.is_empty() && check.state == State::Failed {
            check.advice.push(Hint::new("see the message"));
        }
    }
    let checks = &checks;
    let text = if as_json { json(checks)? } else { text(checks, context.printer.colour(Stream::Stdout)) };
    let written = if as_json { context.printer.json(&text) } else { context.printer.answer(&text) };
    let failed = checks.iter().any(|check| check.state == State::Failed);
    Ok(if failed { Exit::Environment } else { written })
}

/// Looks at the builders that builds would go to by default. Of the others, `hinc builder doctor NAME` tells.
async fn builders(context: &Context, cancel: &CancellationToken) -> Vec<Check> {
    let (builders, state) = match (builder::builders(context), context.state()) {
        (Ok(builders), Ok(state)) => (builders, state),
        (Err(Failure(error)), _) => {
            return vec![failed("builder", error.to_string(), error.hints())];
        }
        (_, Err(error)) => return vec![Check::failed("builder", error.to_string(), "set HOME or XDG_STATE_HOME")],
    };
    let chosen: Vec<Builder> = builders.chosen().cloned().collect();
    if chosen.iter().all(|builder| builder.kind.is_this_machine()) {
        return vec![Check::ok("builder", "this machine, for the systems that its Nix builds for")];
    }
    pipeline::builders_at_a_glance(&chosen, &state, cancel).await
}

/// Reads how builds choose the base, from the settings and the environment; a failed check where these are wrong. Where
/// there is no repository, which is a check of its own, it does not matter.
fn settings(context: &Context) -> Result<history::Options, Box<Check>> {
    let Ok(project) = Project::open(&context.folder, None) else { return Ok(history::Options::default()) };
    let options = HincToml::of(&project, None, context)
        .and_then(|file| Ok(file.base_options(&HistoryArgs::default(), &context.environment)?));
    options.map_err(|Failure(error)| {
        let cause = error.source().map(|cause| format!(": {}", cause.to_string().trim_end())).unwrap_or_default();
        Box::new(failed("settings", format!("{error}{cause}"), error.hints()))
    })
}

fn failed(name: &str, found: String, advice: Vec<Hint>) -> Check {
    Check { name: name.to_owned(), state: State::Failed, found, advice }
}

fn json(checks: &[Check]) -> Result<String, Error> {
    let document = serde_json::json!({ "schema_version": 1, "checks": checks });
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Error::Output { what: "the checks as JSON".to_owned(), source: error.into() })?;
    Ok(format!("{text}\n"))
}

fn text(checks: &[Check], colour: bool) -> String {
    let mut text = String::new();
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    for check in checks {
        let (mark, style): (&str, Style) = match check.state {
            State::Ok => ("ok", AnsiColor::Green.on_default()),
            State::Warning => ("warning", AnsiColor::Yellow.on_default()),
            State::Failed => ("failed", AnsiColor::Red.on_default()),
        };
        writeln!(text, "{style}{mark:<8}{style:#}{:<width$}  {}", check.name, check.found).ok();
        for line in check.advice.iter().flat_map(|advice| advice.as_str().lines()) {
            writeln!(text, "        {:<width$}  → {line}", "").ok();
        }
    }
    if colour { text } else { anstream::adapter::strip_str(&text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_has_a_line_and_its_advice_below() {
        let check = |name: &str, state, found: &str, advice: Option<&str>| Check {
            name: name.to_owned(),
            state,
            found: found.to_owned(),
            advice: advice.map(Hint::new).into_iter().collect(),
        };
        let checks = [
            check("Nix", State::Ok, "2.26.3", None),
            check("sandbox", State::Failed, "the build does not see /usr/bin/ghc", Some("set it\nand restart")),
        ];
        insta::assert_snapshot!(text(&checks, false), @r"
        ok      Nix      2.26.3
        failed  sandbox  the build does not see /usr/bin/ghc
                         → set it
                         → and restart
        ");
    }
}
