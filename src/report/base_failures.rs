//! Bases that fail, in words: the same while it is built and afterwards.

use super::sentence::{Sentence, name, sentence};
use crate::foreign::line;
use crate::model::base_failure::{BaseFailure, Known, Left};
use crate::model::revision::CommitId;

/// Says that a full build fails, and what becomes of head. `base` is the base that is built on.
pub fn base_failure(failure: &BaseFailure, base: &CommitId) -> Sentence {
    let BaseFailure { commit, package, left, known, error, .. } = failure;
    let fails = match known {
        Known::ThisBuild => " failed",
        Known::EarlierBuild => " failed before",
        Known::PartialBuild => " is known to fail",
    };
    let why = error.as_deref().map(|error| sentence![" (", name(line(error.trim())), ")"]).unwrap_or_default();
    let (commit_told, package) = (name(commit.short()), name(package.as_str()));
    if commit != base {
        return sentence!["the base ", commit_told, " is passed over: there the full build of ", package, fails, why];
    }
    let then = match left {
        Left::Modules => "; head is built on the modules that do compile",
        Left::Nothing => "; nothing of it can be built on",
        Left::Unknown => "; as it may be the machine that failed, this is not remembered",
    };
    sentence!["the full build of ", package, " at the base ", commit_told, fails, why, then]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::store::StorePath;

    #[test]
    fn it_says_what_is_built_on() {
        let commit: CommitId = "a".repeat(40).parse().expect("a name");
        let failure = |left, known, error: Option<&str>| BaseFailure {
            commit: commit.clone(),
            package: "app".parse().expect("a name"),
            drv: StorePath::from_parts(&"0".repeat(32), "app-1.drv").expect("a path"),
            left,
            known,
            phase: None,
            error: error.map(str::to_owned),
        };
        let other = "b".repeat(40).parse().expect("a name");
        let told: Vec<String> = [
            (failure(Left::Modules, Known::ThisBuild, Some("A.hs:1:2: error: [GHC-1]")), &commit),
            (failure(Left::Modules, Known::EarlierBuild, Some("A.hs:1:2: error:\u{1b}[31m")), &commit),
            (failure(Left::Modules, Known::PartialBuild, None), &commit),
            (failure(Left::Nothing, Known::ThisBuild, Some("builder failed with exit code 1")), &commit),
            (failure(Left::Unknown, Known::ThisBuild, None), &commit),
            (failure(Left::Nothing, Known::EarlierBuild, None), &other),
        ]
        .iter()
        .map(|(failure, base)| base_failure(failure, base).to_string())
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        the full build of app at the base aaaaaaaaaa failed (A.hs:1:2: error: [GHC-1]); head is built on the modules that do compile
        the full build of app at the base aaaaaaaaaa failed before (A.hs:1:2: error:); head is built on the modules that do compile
        the full build of app at the base aaaaaaaaaa is known to fail; head is built on the modules that do compile
        the full build of app at the base aaaaaaaaaa failed (builder failed with exit code 1); nothing of it can be built on
        the full build of app at the base aaaaaaaaaa failed; as it may be the machine that failed, this is not remembered
        the base aaaaaaaaaa is passed over: there the full build of app failed before
        ");
    }
}
