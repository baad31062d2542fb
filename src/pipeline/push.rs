//! Sends full builds to where others find them.

use tokio_util::sync::CancellationToken;

use super::site::{Site, Work};
use super::{BuildOptions, Error};
use crate::error::in_one_line;
use crate::model::builder_name::BuilderName;
use crate::model::event::{Event, Speaker};
use crate::model::plan::{INTERMEDIATES, Kind, Plan};
use crate::model::record::{Build, Outcome};
use crate::model::store::StorePath;
use crate::process::{self, Invocation, system};

/// Where builds are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A store, by its URI as Nix takes it.
    Store(String),
    /// A command of the shell that reads the paths from its standard input, one a line.
    Command(String),
}

impl Destination {
    fn told(&self) -> String {
        match self {
            Self::Store(uri) => format!("`{}`", without_parameters(uri)),
            Self::Command(command) => format!("`{command}`"),
        }
    }
}

/// The parameters of a store's URI can name a secret.
pub(super) fn without_parameters(uri: &str) -> &str {
    uri.split_once('?').map_or(uri, |(uri, _)| uri)
}

/// Why builds were not sent. It ends no command, so it has no exit code.
#[derive(Debug)]
pub(super) enum NotPushed {
    /// Nix did not copy them.
    Copy(Error),
    /// The command failed.
    Command(process::Error),
    /// The full build is in a builder's store, where no command of this machine finds it.
    InStoreOf(BuilderName),
}

impl NotPushed {
    pub(super) fn told(&self) -> String {
        match self {
            Self::Copy(error) => in_one_line(error),
            Self::Command(error) => in_one_line(error),
            Self::InStoreOf(builder) => {
                format!("the full build is in the store of {builder}, from where `--push STORE` sends it")
            }
        }
    }
}

/// Sends what was built, and says so. A failure is told and makes no build fail: it can be built again, and what was
/// sent before the failure need not be sent again.
pub(super) async fn push(site: &Site, work: Work<'_>, plan: &Plan, builds: &[Build]) {
    let BuildOptions { push, push_results, clock, .. } = work.options;
    if push.is_empty() {
        return;
    }
    let tell = |text: String| (work.on_event)(&Event::warning(clock.now(), Speaker::Hinc, text));
    let full = match full_builds(site, work, plan, builds).await {
        Ok(full) => full,
        Err(error) => return tell(format!("warning: not pushed: {}", in_one_line(&error))),
    };
    let results = if *push_results { results(plan, builds) } else { Vec::new() };
    if full.is_empty() && results.is_empty() {
        tell("there is no full build to push".to_owned());
        return;
    }
    for destination in push {
        let told = destination.told();
        match send(destination, site, work, &full, &results).await {
            Ok(()) if results.is_empty() => tell(format!("the full build was pushed: {told}")),
            Ok(()) => tell(format!("the build was pushed: {told}")),
            Err(why) => tell(format!("warning: not pushed: {told}: {}", why.told())),
        }
    }
}

/// Full builds stay where they were made; results are here.
async fn send(
    destination: &Destination,
    site: &Site,
    work: Work<'_>,
    full: &[StorePath],
    results: &[StorePath],
) -> Result<(), NotPushed> {
    match destination {
        Destination::Store(uri) => {
            site.copy_to(work, uri, full).await.map_err(NotPushed::Copy)?;
            Site::Here.copy_to(work, uri, results).await.map_err(NotPushed::Copy)
        }
        Destination::Command(command) => {
            if let (Site::On(elsewhere), false) = (site, full.is_empty()) {
                return Err(NotPushed::InStoreOf(elsewhere.builder.name.clone()));
            }
            run(command, full.iter().chain(results), work.cancel).await
        }
    }
}

/// Gives paths to a command of the shell, one a line.
pub(super) async fn run<'a>(
    command: &str,
    paths: impl IntoIterator<Item = &'a StorePath>,
    cancel: &CancellationToken,
) -> Result<(), NotPushed> {
    let mut shell = Invocation::new("sh").args(["-c", command]);
    for path in paths {
        shell.stdin.extend(format!("{path}\n").into_bytes());
    }
    system::output(&shell, cancel).await.map(drop).map_err(NotPushed::Command)
}

/// Returns all outputs of the full builds that are there. What came from a cache is in one already. Where head was built
/// before, nobody needed the full build now, and the one who sends it was perhaps interrupted that time.
async fn full_builds(site: &Site, work: Work<'_>, plan: &Plan, builds: &[Build]) -> Result<Vec<StorePath>, Error> {
    let came = |drv: &StorePath| builds.iter().any(|build| build.drv == *drv && build.outcome == Outcome::Substituted);
    let full = plan.steps.iter().map(|step| &step.derivation);
    let mut outputs: Vec<StorePath> = full
        .filter(|derivation| derivation.outputs.keys().any(|name| *name == INTERMEDIATES) && !came(&derivation.drv))
        .flat_map(|derivation| derivation.outputs.values().cloned())
        .collect();
    let missing = site.invalid(work, &outputs).await?;
    outputs.retain(|output| !missing.contains(output));
    Ok(outputs)
}

/// Returns the results that were made now.
fn results(plan: &Plan, builds: &[Build]) -> Vec<StorePath> {
    let made = |drv: &StorePath| builds.iter().any(|build| build.drv == *drv && build.outcome == Outcome::Built);
    let wanted = plan.wanted_steps().filter(|step| step.kind != Kind::Full && made(&step.derivation.drv));
    wanted.flat_map(|step| step.derivation.results().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_an_address_is_not_told() {
        let store = Destination::Store("s3://bucket?secret-key=/run/key&profile=me".to_owned());
        assert_eq!(store.told(), "`s3://bucket`");
        assert_eq!(Destination::Command("cachix push me".to_owned()).told(), "`cachix push me`");
    }
}
