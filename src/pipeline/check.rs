//! Looks at the machine and the repository, and says what is wrong with them.

use std::ffi::OsStr;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Project;
use crate::error::Diagnose;
use crate::history;
use crate::model::check::{Check, State};
use crate::nix::{self, Nix};
use crate::report;
use crate::source::{self, package::Found};

/// Checks Nix, its store and sandbox, GHC, and the repository around a folder. What cannot be checked is
/// a failed check. `base` is how builds choose the base; none where the settings that say so cannot be read.
pub async fn doctor(
    folder: &Path,
    base: Option<&history::Options>,
    search_path: &OsStr,
    cache: Option<&Path>,
    cancel: &CancellationToken,
) -> Vec<Check> {
    let mut checks = Nix::new(nix::Options::default()).doctor(search_path, cache, cancel).await;
    let project = match Project::open(folder, None) {
        Ok(project) => project,
        Err(error) => {
            checks.push(Check::of_error("repository", &error));
            return checks;
        }
    };
    checks.push(match project.top() {
        Ok(top) => Check::ok("repository", top.display().to_string()),
        Err(error) => Check::of_error("repository", &error),
    });
    if let Some(options) = base {
        // Whoever asks what is wrong does not want it changed meanwhile.
        let options = history::Options { fetching: history::Fetching::Never, ..options.clone() };
        checks.push(match project.bases(&options, &|_| {}, cancel).await {
            Ok(history::Bases { first: base, .. }) => {
                let place = report::base::place(&base, project.head().committer_time);
                Check::ok("base", format!("{}, {place}", base.commit.short()))
            }
            Err(error) => Check::of_error("base", &error),
        });
    }
    checks.push(match source::package::all(project.git(), &project.head().tree, project.scope()) {
        Ok(Found { packages, broken, .. }) => match (packages.as_slice(), broken.first()) {
            (_, Some(broken)) => broken_package(&broken.error),
            ([package], _) => Check::ok("package", format!("{} {}", package.name, package.version)),
            (packages, _) => {
                let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
                Check::ok("packages", format!("{}: {}", names.len(), names.join(", ")))
            }
        },
        // A Nix file may define the packages all the same.
        Err(error) => broken_package(&error),
    });
    checks
}

fn broken_package(error: &dyn Diagnose) -> Check {
    Check { name: "package".to_owned(), state: State::Warning, found: error.to_string(), advice: error.hints() }
}
