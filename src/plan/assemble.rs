//! The plan: a decision joined with the derivations that Nix's evaluation found.

use super::Decision;
use crate::model::plan::{Candidate, Derivation, Kind, Mode, Plan, Reuse, Step};

/// Joins the decision with the packages. Where a package cannot be built as decided, it is built
/// plainly and its step says why: reuse is an offer, never a reason to fail.
pub fn assemble(decision: &Decision, candidates: &[Candidate]) -> Plan {
    let mut plan = Plan { mode: decision.mode, why: decision.why.clone(), steps: Vec::new(), wanted: Vec::new() };
    let (wanted, beneath): (Vec<_>, Vec<_>) = candidates.iter().partition(|candidate| candidate.wanted);
    // Some builders make nothing but plain dependencies for a plain package.
    let needs_plain = |candidate: &&Candidate| matches!(candidate.reuse, Reuse::Nothing { over: None, .. });
    let plain_beneath = decision.mode != Mode::Plain && wanted.iter().any(needs_plain);
    let mut fell_back: Vec<(String, Vec<&str>)> = Vec::new();
    for &candidate in beneath.iter().chain(&wanted) {
        match (decision.mode, &candidate.reuse) {
            (Mode::Plain, _) => want(&mut plan, candidate, Kind::Plain, &candidate.plain, None),
            // Where nothing changed, the commit changed other packages: the base's result is head's as well.
            (Mode::Incremental | Mode::Full, Reuse::Unchanged { full }) => {
                want(&mut plan, candidate, Kind::Full, full, None);
            }
            (Mode::Full, Reuse::OnBase { start, .. }) => {
                want(&mut plan, candidate, start.kind(), start.derivation(), None);
            }
            (Mode::Incremental, Reuse::OnBase { start, incremental, .. }) => {
                add(&mut plan, candidate, start.kind(), start.derivation(), None);
                want(&mut plan, candidate, Kind::Incremental, incremental, None);
            }
            (Mode::Incremental | Mode::Full, Reuse::Nothing { why, over }) => {
                let reason = why.clone().unwrap_or_else(|| format!("the base has no full build of {}", candidate.name));
                if candidate.wanted {
                    match fell_back.iter_mut().find(|(known, _)| *known == reason) {
                        Some((_, names)) => names.push(&candidate.name),
                        None => fell_back.push((reason.clone(), vec![&candidate.name])),
                    }
                }
                let plain = over.as_ref().unwrap_or(&candidate.plain);
                want(&mut plan, candidate, Kind::Plain, plain, Some(reason));
            }
        }
        if plain_beneath && !candidate.wanted {
            add(&mut plan, candidate, Kind::Plain, &candidate.plain, None);
        }
    }
    let is_incremental = plan.steps.iter().any(|step| step.kind == Kind::Incremental);
    let why = reasons(&fell_back, wanted.len());
    if plan.mode == Mode::Incremental && !is_incremental && all_wanted(&plan, Kind::Full) {
        plan.mode = Mode::Full;
        "nothing that goes into the build changed since the base, so its full build is the result"
            .clone_into(&mut plan.why);
    }
    if !fell_back.is_empty() && !is_incremental && all_wanted(&plan, Kind::Plain) {
        plan.mode = Mode::Plain;
        plan.why = why;
    } else if !fell_back.is_empty() {
        plan.why = format!("{}, but {why}", plan.why);
    }
    plan
}

/// Whether all that is wanted, and that is something, is of one kind.
fn all_wanted(plan: &Plan, kind: Kind) -> bool {
    let mut steps = plan.wanted_steps().peekable();
    steps.peek().is_some() && steps.all(|step| step.kind == kind)
}

/// Returns what is left of a plan where nothing but full builds of the base is wanted, or what compiles of those that fail;
/// none where there are none.
pub fn full_builds_alone(plan: &Plan) -> Option<Plan> {
    let is_wanted = |index: &usize| plan.wanted.contains(index);
    let kept: Vec<usize> = (0..plan.steps.len())
        .filter(|index| plan.steps.get(*index).is_some_and(|step| step.kind.is_of_base()))
        .collect();
    let wanted: Vec<usize> = (0..kept.len()).filter(|place| kept.get(*place).is_some_and(is_wanted)).collect();
    if wanted.is_empty() {
        return None;
    }
    let steps = kept.iter().filter_map(|&index| plan.steps.get(index)).cloned().collect();
    Some(Plan { mode: Mode::Full, why: plan.why.clone(), steps, wanted })
}

/// Why packages are built plainly. Of several they are named, unless one sentence holds for all.
fn reasons(fell_back: &[(String, Vec<&str>)], wanted: usize) -> String {
    let told = fell_back.iter().map(|(reason, names)| {
        if names.len() == wanted { reason.clone() } else { format!("{}: {reason}", names.join(", ")) }
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Adds a step once: two attributes may be one derivation.
fn add(plan: &mut Plan, candidate: &Candidate, kind: Kind, derivation: &Derivation, why: Option<String>) -> usize {
    if let Some(index) = plan.steps.iter().position(|step| step.derivation.drv == derivation.drv) {
        return index;
    }
    plan.steps.push(Step {
        package: candidate.name.clone(),
        version: candidate.version.clone(),
        kind,
        why,
        derivation: derivation.clone(),
    });
    plan.steps.len() - 1
}

/// The same for the result of a package; whether anybody asked for it, the package knows.
fn want(plan: &mut Plan, candidate: &Candidate, kind: Kind, derivation: &Derivation, why: Option<String>) {
    let index = add(plan, candidate, kind, derivation, why);
    if candidate.wanted && !plan.wanted.contains(&index) {
        plan.wanted.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Start;
    use crate::model::store::StorePath;

    fn derivation(letter: char) -> Derivation {
        let path = |name: &str| StorePath::from_parts(&letter.to_string().repeat(32), name).expect("a path");
        Derivation {
            drv: path("foo-1.0.drv"),
            outputs: [("out".parse().expect("a name"), path("foo-1.0"))].into(),
            system: "x86_64-linux".to_owned(),
            features: Vec::new(),
        }
    }

    fn on_base(full: char, incremental: char) -> Reuse {
        let start = Start::Full { full: derivation(full), partial: Box::new(derivation('p')) };
        let incremental = derivation(incremental);
        Reuse::OnBase { start, incremental, clean: derivation('g'), proof: None }
    }

    fn nothing(over: Option<char>) -> Reuse {
        Reuse::Nothing { why: Some("GHC changed".to_owned()), over: over.map(derivation) }
    }

    fn candidate(reusable: bool) -> Candidate {
        Candidate {
            attribute: String::new(),
            name: "foo".parse().expect("a name"),
            version: "1.0".to_owned(),
            plain: derivation('a'),
            reuse: if reusable { on_base('b', 'c') } else { nothing(None) },
            wanted: true,
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
    fn a_base_that_fails_is_built_as_far_as_it_compiles() {
        let mut candidate = candidate(true);
        candidate.reuse = Reuse::OnBase {
            start: Start::Partial(derivation('p')),
            incremental: derivation('c'),
            clean: derivation('g'),
            proof: None,
        };
        let plan = assemble(&decision(Mode::Incremental), &[candidate]);
        assert_eq!((kinds(&plan), plan.wanted.clone()), (vec![Kind::Partial, Kind::Incremental], vec![1]));
        assert_eq!(plan.helpers().map(|step| step.kind).collect::<Vec<_>>(), [Kind::Partial]);
    }

    #[test]
    fn a_package_that_did_not_change_is_not_built_again() {
        let mut same = candidate(true);
        same.reuse = Reuse::Unchanged { full: derivation('f') };
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
        let mut other = named("bar", candidate(false));
        other.plain = derivation('d');
        let plan = assemble(&decision(Mode::Incremental), &[candidate(true), other]);
        assert_eq!(kinds(&plan), [Kind::Full, Kind::Incremental, Kind::Plain]);
        assert_eq!((plan.mode, plan.why.as_str()), (Mode::Incremental, "because, but bar: GHC changed"));
        assert_eq!(plan.wanted, [1, 2]);
    }

    #[test]
    fn a_reason_that_several_share_is_said_once() {
        let mut other = candidate(false);
        other.plain = derivation('d');
        let plan = assemble(&decision(Mode::Incremental), &[candidate(false), other]);
        assert_eq!((plan.why.as_str(), plan.wanted), ("GHC changed", vec![0, 1]));
    }

    fn named(name: &str, candidate: Candidate) -> Candidate {
        Candidate { name: name.parse().expect("a name"), ..candidate }
    }

    /// A package that was not asked for, with derivations of its own.
    fn beneath(reusable: bool) -> Candidate {
        Candidate {
            wanted: false,
            plain: derivation('h'),
            reuse: if reusable { on_base('i', 'j') } else { nothing(Some('k')) },
            ..named("low", candidate(reusable))
        }
    }

    #[test]
    fn what_others_are_built_with_comes_first_and_is_not_wanted() {
        let plan = assemble(&decision(Mode::Incremental), &[candidate(true), beneath(true)]);
        let packages: Vec<_> = plan.steps.iter().map(|step| step.package.as_str()).collect();
        assert_eq!(packages, ["low", "low", "foo", "foo"]);
        assert_eq!(plan.wanted, [3]);
    }

    #[test]
    fn a_package_that_cannot_be_reused_stands_on_those_that_can() {
        let mut other = candidate(false);
        other.reuse = nothing(Some('d'));
        let plan = assemble(&decision(Mode::Incremental), &[other, beneath(true)]);
        assert_eq!((plan.mode, kinds(&plan)), (Mode::Incremental, vec![Kind::Full, Kind::Incremental, Kind::Plain]));
        assert_eq!(
            (plan.steps[2].derivation.clone(), plan.steps[2].why.as_deref()),
            (derivation('d'), Some("GHC changed"))
        );
        // Where its builder knows no such form, the plain dependencies are told as well.
        let plan = assemble(&decision(Mode::Incremental), &[candidate(false), beneath(true)]);
        assert_eq!(plan.steps[2].derivation, derivation('h'));
        assert_eq!(plan.steps[3].derivation, derivation('a'));
        // That a dependency is built plainly is said of it alone.
        let plan = assemble(&decision(Mode::Incremental), &[candidate(true), beneath(false)]);
        assert_eq!((plan.mode, plan.why.as_str()), (Mode::Incremental, "because"));
        assert_eq!(
            (plan.steps[0].derivation.clone(), plan.steps[0].why.as_deref()),
            (derivation('k'), Some("GHC changed"))
        );
    }

    #[test]
    fn full_builds_are_made_of_what_has_them() {
        let mut other = named("new", candidate(false));
        other.plain = derivation('d');
        let plan = assemble(&decision(Mode::Full), &[other.clone(), candidate(true), beneath(true)]);
        let alone = full_builds_alone(&plan).expect("foo has one");
        assert_eq!((kinds(&alone), alone.wanted, alone.mode), (vec![Kind::Full, Kind::Full], vec![1], Mode::Full));
        assert_eq!(alone.why, "because, but new: GHC changed");
        assert_eq!(full_builds_alone(&assemble(&decision(Mode::Full), &[other])), None);
    }

    #[test]
    fn a_derivation_stands_once() {
        let plan = assemble(&decision(Mode::Full), &[candidate(true), candidate(true)]);
        assert_eq!((kinds(&plan), plan.wanted), (vec![Kind::Full], vec![0]));
    }
}
