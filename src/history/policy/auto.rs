//! What is best where nobody said more.

use super::{Circumstances, Rule, available, branch, mainline};

/// For a pull request `mainline` and then `available`: its job is one of many, and another one may not yet have made
/// today's full build. Elsewhere `branch`, which depends on nothing but the commit.
pub(super) fn rule(circumstances: &Circumstances) -> Rule {
    if circumstances.pull_request.is_some() {
        Rule { boundaries: available::BOUNDARIES, ..mainline::rule(circumstances) }
    } else {
        branch::rule(circumstances)
    }
}
