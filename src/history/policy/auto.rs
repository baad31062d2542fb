//! What is best where nobody said more.

use super::{Circumstances, Rule, branch, mainline};

/// For a pull request `mainline`, so that all of them share a full build; elsewhere `branch`, which depends on nothing
/// but the commit.
pub(super) fn rule(circumstances: &Circumstances) -> Rule {
    if circumstances.pull_request.is_some() { mainline::rule(circumstances) } else { branch::rule(circumstances) }
}
