//! What a build leaves: links, GC roots and the record.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::{BuildOptions, Error, Project, Records};
use crate::model::plan::{INTERMEDIATES, Plan, Step};
use crate::model::project::ProjectKey;
use crate::model::record::{Outcome, Record};
use crate::model::store::StorePath;
use crate::nix::{self, Nix};

/// The paths that the user asked for: the output `out` of what is wanted, or the first where there is none.
pub(super) fn out_paths(plan: &Plan) -> Vec<StorePath> {
    let first = |step: &Step| {
        let outputs = &step.derivation.outputs;
        outputs.get("out").or_else(|| outputs.values().next()).cloned()
    };
    plan.wanted_steps().filter_map(first).collect()
}

/// The links to what is wanted, with the paths they lead to. What a later build starts from is kept
/// elsewhere, and is no result.
pub(super) fn links<'a>(plan: &'a Plan, link: &'a Path) -> impl Iterator<Item = (PathBuf, &'a StorePath)> {
    plan.wanted_steps().enumerate().flat_map(move |(index, step)| {
        let outputs = step.derivation.outputs.iter().filter(|(name, _)| *name != INTERMEDIATES);
        outputs.map(move |(name, path)| (nix::store::link_name(link, index, name), path))
    })
}

pub(super) async fn make_links(
    nix: &Nix,
    options: &BuildOptions,
    plan: &Plan,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let Some(link) = &options.link else { return Ok(()) };
    for (link, path) in links(plan, link) {
        nix.link(path, &link, cancel).await?;
    }
    Ok(())
}

/// Keeps the intermediates of full builds from the garbage collector. Without it the next build would
/// only be slower, so a failure is worth no more than a line in the log.
pub(super) async fn keep_intermediates(
    nix: &Nix,
    project: &Project,
    options: &BuildOptions,
    plan: &Plan,
    record: &Record,
    cancel: &CancellationToken,
) {
    let (Some(state), Ok(top)) = (&options.state, project.top()) else { return };
    for step in &plan.steps {
        let Some(path) = step.derivation.intermediates() else { continue };
        // One that nothing needed now is needed by the next build, and this job may be the only one that keeps it. It
        // need not be there.
        let has_failed = record.build_of(&step.derivation.drv).is_none_or(|build| build.outcome == Outcome::Failed);
        if has_failed || !path.as_path().exists() {
            continue;
        }
        let project = ProjectKey::of(top);
        if let Err(error) = nix.keep_intermediates(state, &step.package, &project, path, cancel).await {
            tracing::debug!(%path, %error, "the intermediates are not kept from the garbage collector");
        }
    }
}

/// Keeps the record, and returns its file, or why it cannot be kept; none where there is no folder for records.
pub(super) fn keep_record(
    project: &Project,
    options: &BuildOptions,
    record: &Record,
) -> Option<Result<PathBuf, String>> {
    let state = options.state.as_deref()?;
    let top = project.top().ok()?;
    Some(Records::below(state).write(top, record).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    }))
}
