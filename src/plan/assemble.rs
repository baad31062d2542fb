//! The plan: a decision joined with the derivations that Nix's evaluation found.

use super::Decision;
use crate::model::plan::{Candidate, Derivation, Kind, Mode, Plan, Step};

/// Joins the decision with the packages. Where a package cannot be built as decided, it is built
/// plainly and the plan says why: reuse is an offer, never a reason to fail.
pub fn assemble(decision: &Decision, candidates: &[Candidate]) -> Plan {
    let mut plan = Plan { mode: decision.mode, why: decision.why.clone(), steps: Vec::new(), wanted: Vec::new() };
    let mut fell_back = Vec::new();
    for candidate in candidates {
        match (decision.mode, &candidate.full, &candidate.incremental) {
            // The commit changed other packages: the base's result is head's as well.
            (Mode::Incremental, Some(full), _) if candidate.head_full.as_ref() == Some(full) => {
                want(&mut plan, candidate, Kind::Full, full);
            }
            (Mode::Incremental, Some(full), Some(incremental)) => {
                add(&mut plan, candidate, Kind::Full, full);
                want(&mut plan, candidate, Kind::Incremental, incremental);
            }
            (Mode::Full, Some(full), _) => want(&mut plan, candidate, Kind::Full, full),
            (Mode::Plain, _, _) => want(&mut plan, candidate, Kind::Plain, &candidate.plain),
            (Mode::Incremental | Mode::Full, _, _) => {
                let reason = reason_of(candidate);
                if !fell_back.contains(&reason) {
                    fell_back.push(reason);
                }
                want(&mut plan, candidate, Kind::Plain, &candidate.plain);
            }
        }
    }
    let only = |kind| !plan.steps.is_empty() && plan.steps.iter().all(|step| step.kind == kind);
    if plan.mode == Mode::Incremental && only(Kind::Full) {
        plan.mode = Mode::Full;
        "nothing that goes into the build changed since the base, so its full build is the result"
            .clone_into(&mut plan.why);
    }
    if !fell_back.is_empty() && only(Kind::Plain) {
        plan.mode = Mode::Plain;
        plan.why = fell_back.join("; ");
    } else if !fell_back.is_empty() {
        plan.why = format!("{}, but {}", plan.why, fell_back.join("; "));
    }
    plan
}

fn reason_of(candidate: &Candidate) -> String {
    candidate.why_plain.clone().unwrap_or_else(|| format!("the base has no full build of {}", candidate.name))
}

/// Adds a step once: two attributes may be one derivation.
fn add(plan: &mut Plan, candidate: &Candidate, kind: Kind, derivation: &Derivation) -> usize {
    if let Some(index) = plan.steps.iter().position(|step| step.derivation.drv == derivation.drv) {
        return index;
    }
    plan.steps.push(Step {
        package: candidate.name.clone(),
        version: candidate.version.clone(),
        kind,
        derivation: derivation.clone(),
    });
    plan.steps.len() - 1
}

fn want(plan: &mut Plan, candidate: &Candidate, kind: Kind, derivation: &Derivation) {
    let index = add(plan, candidate, kind, derivation);
    if !plan.wanted.contains(&index) {
        plan.wanted.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::store::StorePath;

    fn derivation(letter: char) -> Derivation {
        let path = |name: &str| StorePath::from_parts(&letter.to_string().repeat(32), name).expect("a path");
        Derivation { drv: path("foo-1.0.drv"), outputs: [("out".to_owned(), path("foo-1.0"))].into() }
    }

    fn candidate(reusable: bool) -> Candidate {
        Candidate {
            attribute: String::new(),
            name: "foo".to_owned(),
            version: "1.0".to_owned(),
            plain: derivation('a'),
            full: Some(derivation('b')),
            incremental: reusable.then(|| derivation('c')),
            head_full: Some(derivation('g')),
            incremental_kept: None,
            compared: None,
            why_plain: (!reusable).then(|| "GHC changed".to_owned()),
        }
    }

    fn decision(mode: Mode) -> Decision {
        Decision { mode, why: "because".to_owned() }
    }

    fn kinds(plan: &Plan) -> Vec<Kind> {
        plan.steps.iter().map(|step| step.kind).collect()
    }

    #[test]
    fn an_incremental_build_comes_after_its_full_build() {
        let plan = assemble(&decision(Mode::Incremental), &[candidate(true)]);
        assert_eq!((kinds(&plan), plan.wanted), (vec![Kind::Full, Kind::Incremental], vec![1]));
    }

    #[test]
    fn a_package_that_did_not_change_is_not_built_again() {
        let mut same = candidate(true);
        same.full = Some(derivation('f'));
        same.head_full = Some(derivation('f'));
        let plan = assemble(&decision(Mode::Incremental), &[same.clone()]);
        assert_eq!((plan.mode, kinds(&plan), &plan.wanted), (Mode::Full, vec![Kind::Full], &vec![0]));
        assert!(plan.why.contains("nothing that goes into the build changed"), "{}", plan.why);
        let plan = assemble(&decision(Mode::Incremental), &[same, candidate(true)]);
        assert_eq!(kinds(&plan), [Kind::Full, Kind::Full, Kind::Incremental]);
        assert_eq!((plan.mode, plan.wanted), (Mode::Incremental, vec![0, 2]));
    }

    #[test]
    fn a_package_that_cannot_be_reused_is_built_plainly_with_its_reason() {
        let plan = assemble(&decision(Mode::Incremental), &[candidate(false)]);
        assert_eq!((plan.mode, kinds(&plan), plan.why.as_str()), (Mode::Plain, vec![Kind::Plain], "GHC changed"));
    }

    #[test]
    fn one_that_cannot_does_not_stop_the_others() {
        let mut other = candidate(false);
        other.plain = derivation('d');
        let plan = assemble(&decision(Mode::Incremental), &[candidate(true), other]);
        assert_eq!(kinds(&plan), [Kind::Full, Kind::Incremental, Kind::Plain]);
        assert_eq!((plan.mode, plan.why.as_str()), (Mode::Incremental, "because, but GHC changed"));
        assert_eq!(plan.wanted, [1, 2]);
    }

    #[test]
    fn a_reason_that_several_share_is_said_once() {
        let mut other = candidate(false);
        other.plain = derivation('d');
        let plan = assemble(&decision(Mode::Incremental), &[candidate(false), other]);
        assert_eq!((plan.why.as_str(), plan.wanted), ("GHC changed", vec![0, 1]));
    }

    #[test]
    fn a_derivation_stands_once() {
        let plan = assemble(&decision(Mode::Full), &[candidate(true), candidate(true)]);
        assert_eq!((kinds(&plan), plan.wanted), (vec![Kind::Full], vec![0]));
    }
}
