//! What is left of a base whose full build failed.

use crate::log;
use crate::model::base_failure::Left;
use crate::model::event::FailureKind;
use crate::model::plan::Kind;
use crate::model::record::Failure;

/// Returns what is left of a base, given how its full build failed, or its partial one after that.
///
/// Modules are left where the package could be configured: a partial build shows whether any compile. What may be the
/// machine's failure says nothing of the package.
pub fn left_of(kind: Kind, failure: &Failure) -> Left {
    let of_package = failure.kind == FailureKind::Builder && log::hindrance(failure).is_none();
    // Such a build keeps nothing where its log has these words at all (nix/intermediates/partial.sh).
    let in_doubt = kind == Kind::Partial && (failure.no_room || failure.killed);
    if !of_package || in_doubt {
        return Left::Unknown;
    }
    match (kind, failure.phase.as_deref()) {
        (Kind::Partial, _) | (_, None | Some("configure")) => Left::Nothing,
        (_, Some(_)) => Left::Modules,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind, phase: Option<&str>, errors: &[&str]) -> Failure {
        Failure {
            kind,
            phase: phase.map(str::to_owned),
            message: "builder failed with exit code 1".to_owned(),
            errors: errors.iter().map(|&line| line.to_owned()).collect(),
            log_tail: Vec::new(),
            no_room: false,
            killed: false,
        }
    }

    #[test]
    fn only_a_failure_of_the_package_says_what_is_left_of_it() {
        use FailureKind::{Builder, DiskFull, Killed, NoMachine, Stopped, TimedOut};
        let error = ["src/A.hs:3:1: error:", "    No instance"];
        let killed = |failure| Failure { killed: true, ..failure };
        let no_room = |failure| Failure { no_room: true, ..failure };
        for (kind, failure, left) in [
            (Kind::Full, failure(Builder, Some("build"), &error), Left::Modules),
            (Kind::Full, failure(Builder, Some("check"), &[]), Left::Modules),
            (Kind::Full, failure(Builder, Some("install"), &[]), Left::Modules),
            (Kind::Full, failure(Builder, Some("configure"), &[]), Left::Nothing),
            // Before hinc's part began: while it was unpacked or patched.
            (Kind::Full, failure(Builder, None, &[]), Left::Nothing),
            (Kind::Partial, failure(Builder, Some("build"), &error), Left::Nothing),
            (Kind::Full, failure(Killed, Some("build"), &[]), Left::Unknown),
            (Kind::Full, failure(DiskFull, Some("build"), &error), Left::Unknown),
            (Kind::Full, failure(TimedOut, Some("build"), &error), Left::Unknown),
            (Kind::Full, failure(NoMachine, None, &[]), Left::Unknown),
            (Kind::Full, failure(Stopped, None, &[]), Left::Unknown),
            (Kind::Partial, failure(Killed, Some("build"), &[]), Left::Unknown),
            // The words of its log alone.
            (Kind::Full, killed(failure(Builder, Some("build"), &[])), Left::Unknown),
            (Kind::Full, no_room(failure(Builder, Some("build"), &[])), Left::Unknown),
            (Kind::Full, killed(failure(Builder, Some("build"), &error)), Left::Modules),
            (Kind::Partial, killed(failure(Builder, Some("build"), &error)), Left::Unknown),
            (Kind::Partial, no_room(failure(Builder, Some("build"), &error)), Left::Unknown),
        ] {
            assert_eq!(left_of(kind, &failure), left, "{kind:?} {failure:?}");
        }
    }
}
