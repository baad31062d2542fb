//! The newest commit before the boundary on the way back from head: a branch that lives for days has a full build a day.

use super::{Circumstances, From, Rule};

pub(super) const fn rule(_: &Circumstances) -> Rule {
    Rule { from: From::Head, boundaries: 1 }
}
