//! Keeps what a project uses from the garbage collector of a builder.
//!
//! A build in a remote store leaves no root there (NixOS/nix issue 3139).

use super::{Elsewhere, Work};
use crate::model::plan::{INTERMEDIATES, Plan};
use crate::model::project::ProjectKey;
use crate::nix::store::KEPT_INTERMEDIATES;
use crate::process::system;

/// Links paths below a folder of the builder's user, as `nix-store --realise --add-root` does, and gives up the
/// oldest links of each package. `$1` is the project, `$2` how many stay, then come pairs of package and path.
const SCRIPT: &str = r#"
set -eu
project=$1 kept=$2
shift 2
roots=${XDG_STATE_HOME:-$HOME/.local/state}/hinc/roots/$project
while [ $# -gt 1 ]; do
  folder=$roots/$1 path=$2
  shift 2
  [ -e "$path" ] || continue
  mkdir -p "$folder"
  rm -f "$folder/${path##*/}"
  nix-store --realise "$path" --add-root "$folder/${path##*/}" >/dev/null
  ls -t "$folder" | tail -n "+$((kept + 1))" | while IFS= read -r old; do
    rm -f "$folder/$old"
  done
done
"#;

/// Keeps the intermediates that the plan made or used. Without them the next build would only be slower, so a failure
/// is worth no more than a line in the log.
pub(super) async fn keep(elsewhere: &Elsewhere, work: Work<'_>, plan: &Plan) {
    let Ok(top) = work.project.top() else { return };
    let project = ProjectKey::of(top);
    let kept = KEPT_INTERMEDIATES.to_string();
    let mut arguments: Vec<&str> = vec![project.as_str(), &kept];
    for step in &plan.steps {
        if let Some(path) = step.derivation.outputs.get(INTERMEDIATES) {
            arguments.extend([step.package.as_str(), path.as_str()]);
        }
    }
    if arguments.len() == 2 {
        return;
    }
    let command = elsewhere.connection.script_with_nix(elsewhere.facts.nix_folder.as_ref(), SCRIPT, &arguments);
    if let Err(error) = system::output(&command, work.cancel).await {
        tracing::debug!(%error, "the intermediates are not kept from the builder's garbage collector");
    }
}
