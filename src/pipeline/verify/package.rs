//! One package: its builds are looked into, as far as there is anything to look into.

use std::path::PathBuf;

use super::made::{Made, Maker, step};
use super::why_alone;
use crate::compare::{self, Builds, Description, Inside, Installed, Judged, Next, Outcome};
use crate::error::Hint;
use crate::model::plan::{Candidate, Comparison, Derivation, Kind, Mode, Plan, Proof, Reuse, Start, Step};
use crate::model::verification::{Compared, Difference, FailedPart, Part, Subject as About, Verdict, VerifiedPackage};
use crate::pipeline::Error;

/// A package, and what is asked of it.
pub(super) enum Subject<'a> {
    /// Its incremental build is compared.
    Pair(Pair<'a>),
    /// It has one build alone.
    Alone {
        candidate: &'a Candidate,
        why: String,
        /// What `hinc build` makes of it.
        step: Option<&'a Step>,
    },
}

/// The derivations of a package whose builds are to be compared.
pub(super) struct Pair<'a> {
    candidate: &'a Candidate,
    start: &'a Start,
    incremental: &'a Derivation,
    kept: &'a Derivation,
    clean: &'a Derivation,
    comparison: &'a Comparison,
}

/// What is asked of a package.
pub(super) fn subject_of<'a>(plan: &'a Plan, candidate: &'a Candidate) -> Subject<'a> {
    if let Some(pair) = pair(plan, candidate) {
        return Subject::Pair(pair);
    }
    let mut results = vec![&candidate.plain];
    match &candidate.reuse {
        Reuse::Unchanged { full } => results.push(full),
        Reuse::OnBase { start, incremental, .. } => results.extend([start.derivation(), incremental]),
        Reuse::Nothing { over, .. } => results.extend(over),
    }
    let is_its = |step: &&Step| results.iter().any(|result| result.drv == step.derivation.drv);
    let step = plan.wanted_steps().find(is_its);
    Subject::Alone { candidate, why: why_alone(plan, candidate), step }
}

/// The builds of a package, where there is an incremental one.
fn pair<'a>(plan: &Plan, candidate: &'a Candidate) -> Option<Pair<'a>> {
    match &candidate.reuse {
        Reuse::OnBase { start, incremental, clean, proof: Some(proof) } if plan.mode == Mode::Incremental => {
            let Proof { kept, comparison } = &**proof;
            Some(Pair { candidate, start, incremental, kept, clean, comparison })
        }
        Reuse::OnBase { .. } | Reuse::Unchanged { .. } | Reuse::Nothing { .. } => None,
    }
}

impl Subject<'_> {
    /// What is to be made of it first.
    pub(super) fn steps(&self) -> Vec<Step> {
        match self {
            Self::Pair(pair) => [
                (pair.start.kind(), pair.start.derivation()),
                (Kind::Incremental, pair.incremental),
                (Kind::Kept, pair.kept),
                (Kind::Clean, pair.clean),
            ]
            .into_iter()
            .map(|(kind, derivation)| step(pair.candidate, kind, derivation))
            .collect(),
            Self::Alone { step, .. } => step.iter().copied().cloned().collect(),
        }
    }
}

/// Finds out what is to be said of a package.
pub(super) async fn verify(
    maker: &Maker<'_>,
    subject: &Subject<'_>,
    made: &Made,
    hints: &mut Vec<Hint>,
) -> Result<VerifiedPackage, Error> {
    match subject {
        Subject::Pair(pair) => Look { maker, pair, package: begun(pair, made), hints }.through(made).await,
        Subject::Alone { candidate, why, step } => {
            let mut package = nothing(candidate);
            let judged = match step {
                // An incremental build that Nix gives no way to look into.
                Some(step) if step.kind == Kind::Incremental => compare::unlooked(),
                Some(step) => {
                    note(&mut package, Part::Only, made, &step.derivation);
                    compare::judge_alone(why, &made.fate_of(&step.derivation))
                }
                None => compare::judge_alone(why, &compare::Fate::NotBegun),
            };
            Ok(judge(package, judged))
        }
    }
}

fn nothing(candidate: &Candidate) -> VerifiedPackage {
    VerifiedPackage {
        package: candidate.name.clone(),
        version: candidate.version.clone(),
        verdict: Verdict::NotCompared,
        why: String::new(),
        incremental: None,
        clean: None,
        incremental_seconds: None,
        clean_seconds: None,
        not_compared: None,
        failures: Vec::new(),
        compared: Compared::default(),
        differences: Vec::new(),
        unstable: Vec::new(),
        same_code: Vec::new(),
    }
}

fn begun(pair: &Pair<'_>, made: &Made) -> VerifiedPackage {
    let mut package = VerifiedPackage {
        incremental: made.result_of(pair.incremental),
        clean: made.result_of(pair.clean),
        incremental_seconds: made.seconds_of(pair.incremental),
        clean_seconds: made.seconds_of(pair.clean),
        ..nothing(pair.candidate)
    };
    for (part, derivation) in [
        (Part::Base, pair.start.derivation()),
        (Part::Incremental, pair.incremental),
        (Part::IncrementalAgain, pair.kept),
        (Part::Clean, pair.clean),
    ] {
        note(&mut package, part, made, derivation);
    }
    package
}

/// Notes how a part failed, where it did.
fn note(package: &mut VerifiedPackage, part: Part, made: &Made, derivation: &Derivation) {
    package.failures.extend(made.failure_of(derivation).map(|failure| FailedPart { part, failure: failure.clone() }));
}

fn judge(mut package: VerifiedPackage, judged: Judged) -> VerifiedPackage {
    let Judged { verdict, not_compared, why, ends } = judged;
    package.verdict = verdict;
    package.not_compared = not_compared;
    package.why = why;
    package.differences.extend(ends.map(|(incremental, clean)| Difference {
        subject: About::Build,
        component: None,
        module: None,
        file: String::new(),
        what: "outcome".to_owned(),
        incremental: Some(incremental),
        clean: Some(clean),
    }));
    package
}

/// A package that is being looked into.
struct Look<'a, 'b> {
    maker: &'a Maker<'b>,
    pair: &'a Pair<'a>,
    package: VerifiedPackage,
    hints: &'a mut Vec<Hint>,
}

impl Look<'_, '_> {
    async fn through(mut self, made: &Made) -> Result<VerifiedPackage, Error> {
        let Pair { start, incremental, kept, clean, comparison, .. } = *self.pair;
        let Comparison { again, described_incremental, described_clean, described_again } = comparison;
        let mut found = Vec::new();
        let mut next = compare::judge_builds(&Builds {
            base: made.fate_of(start.derivation()),
            incremental: made.fate_of(incremental),
            again: made.fate_of(kept),
            clean: made.fate_of(clean),
        });
        loop {
            let inside = match next {
                Next::Known(judged) => {
                    let not_told_apart = found.into_iter().map(|found: compare::Found| found.difference);
                    self.package.differences.extend(not_told_apart);
                    return Ok(judge(self.package, judged));
                }
                Next::Describe => {
                    let parts = [
                        (Part::IncrementalDescription, described_incremental),
                        (Part::CleanDescription, described_clean),
                    ];
                    let made = self.describe(&[], &parts).await?;
                    Inside::Described {
                        incremental: made.fate_of(described_incremental),
                        clean: made.fate_of(described_clean),
                    }
                }
                Next::Compare => {
                    let sides = Installed { incremental: folder(incremental), clean: folder(clean) };
                    let outcome =
                        compare::compare(&description(described_incremental), &description(described_clean), &sides)?;
                    let Outcome { compared, anything, found: all, same_code } = outcome;
                    (self.package.compared, self.package.same_code, found) = (compared, same_code, all);
                    Inside::Compared { anything, differences: found.len() }
                }
                Next::BuildTwice => {
                    let parts = [(Part::CleanAgain, again), (Part::CleanAgainDescription, described_again)];
                    let made = self.describe(&[again], &parts[..]).await?;
                    Inside::BuiltTwice { clean: made.fate_of(again), described: made.fate_of(described_again) }
                }
                Next::Split => {
                    let (ours, theirs) = (description(described_incremental), description(described_clean));
                    let all = std::mem::take(&mut found);
                    let (real, unstable) = compare::split(all, &ours, &theirs, &description(described_again))?;
                    (self.package.differences, self.package.unstable) = (real, unstable);
                    Inside::Settled { differences: self.package.differences.len() }
                }
            };
            next = compare::judge_inside(&inside);
        }
    }

    /// Makes descriptions, and notes what failed.
    async fn describe(&mut self, builds: &[&Derivation], parts: &[(Part, &Derivation)]) -> Result<Made, Error> {
        let descriptions: Vec<&Derivation> = parts
            .iter()
            .map(|(_, derivation)| *derivation)
            .filter(|derivation| !builds.iter().any(|build| build.drv == derivation.drv))
            .collect();
        let made = self.maker.describe(self.pair.candidate, builds, &descriptions).await?;
        let before = self.package.failures.len();
        for (part, derivation) in parts {
            note(&mut self.package, *part, &made, derivation);
        }
        // Where the builds are there and nothing of this failed, it is the program, which belongs to no package.
        if let (true, Some((part, _))) = (self.package.failures.len() == before, parts.last()) {
            let failure = made.failure_beneath("the program that describes a build could not be made");
            self.package.failures.extend(failure.map(|failure| FailedPart { part: *part, failure }));
        }
        self.hints.extend(made.hints());
        Ok(made)
    }
}

fn description(derivation: &Derivation) -> Description {
    Description::at(&folder(derivation))
}

/// Where a derivation puts its result; nowhere where it has none.
fn folder(derivation: &Derivation) -> PathBuf {
    let path = derivation.outputs.get("out").or_else(|| derivation.results().next());
    path.map(|path| path.as_path().to_owned()).unwrap_or_default()
}
