//! Whether a base is passed over for an older one.

use std::collections::BTreeSet;

use crate::model::base_failure::{BaseFailure, Left};
use crate::model::name::PackageName;
use crate::model::plan::{Candidate, Reuse};

/// Whether a package that is wanted could be built on a base if its full builds succeeded (`hoped`), and cannot since
/// these `failures` of that base are known. Of what the machine may be the cause of, nobody can say that an older base
/// does better.
pub fn is_ruined<'a>(
    hoped: &BTreeSet<PackageName>,
    candidates: &[Candidate],
    failures: impl IntoIterator<Item = &'a BaseFailure>,
) -> bool {
    let is_lost = |candidate: &Candidate| {
        candidate.wanted && hoped.contains(&candidate.name) && matches!(candidate.reuse, Reuse::Nothing { .. })
    };
    let in_doubt = failures.into_iter().any(|failure| failure.left == Left::Unknown);
    !in_doubt && candidates.iter().any(is_lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::base_failure::Known;
    use crate::model::plan::{Derivation, Start};
    use crate::model::store::StorePath;

    fn derivation() -> Derivation {
        Derivation {
            drv: StorePath::from_parts(&"0".repeat(32), "x.drv").expect("a path"),
            outputs: [].into(),
            system: String::new(),
            features: Vec::new(),
        }
    }

    fn candidate(&(name, wanted, has_base): &(&str, bool, bool)) -> Candidate {
        let on_base = Reuse::OnBase {
            start: Start::Partial(derivation()),
            incremental: derivation(),
            clean: derivation(),
            proof: None,
        };
        Candidate {
            attribute: String::new(),
            name: name.parse().expect("a name"),
            version: "1".to_owned(),
            plain: derivation(),
            reuse: if has_base { on_base } else { Reuse::Nothing { why: None, over: None } },
            wanted,
        }
    }

    fn failure(left: Left) -> BaseFailure {
        BaseFailure {
            commit: "a".repeat(40).parse().expect("a name"),
            package: "a".parse().expect("a name"),
            drv: derivation().drv,
            left,
            known: Known::ThisBuild,
            phase: None,
            error: None,
        }
    }

    /// Packages by name, whether they are wanted, and whether they have something to start from; what is left of those
    /// that fail; and whether the base is passed over.
    type Case<'a> = (&'a [(&'a str, bool, bool)], &'a [Left], bool);

    #[test]
    fn a_base_is_passed_over_for_a_package_that_lost_it() {
        let hoped: BTreeSet<PackageName> = ["a", "b"].map(|name| name.parse().expect("a name")).into();
        let cases: [Case<'_>; 8] = [
            (&[("a", true, true), ("b", true, true)], &[], false),
            // Modules are left of what fails, and nothing is built with it.
            (&[("a", true, true), ("b", true, true)], &[Left::Modules], false),
            (&[("a", true, false), ("b", true, true)], &[Left::Nothing], true),
            // `b` is built with it.
            (&[("a", true, true), ("b", true, false)], &[Left::Modules], true),
            // It had no base before anything failed.
            (&[("a", true, true), ("new", true, false)], &[Left::Modules], false),
            // Nobody asked for it.
            (&[("a", false, false), ("b", true, true)], &[Left::Nothing], false),
            (&[("a", true, false), ("b", true, true)], &[Left::Unknown], false),
            (&[("a", true, false), ("b", true, false)], &[Left::Nothing, Left::Unknown], false),
        ];
        for (packages, left, expected) in cases {
            let candidates: Vec<Candidate> = packages.iter().map(candidate).collect();
            let failures: Vec<BaseFailure> = left.iter().copied().map(failure).collect();
            assert_eq!(is_ruined(&hoped, &candidates, &failures), expected, "{packages:?} {left:?}");
        }
    }
}
