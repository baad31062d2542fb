//! What is to be said of builds: one decision, over what became of each.
//!
//! `equal` is said only of builds that all came to their end, whose descriptions were made, and in
//! which something was there to compare. All that is not known is a reason not to compare.

use crate::log;
use crate::model::event::FailureKind;
use crate::model::record::Failure;
use crate::model::verification::{NotCompared, Obstacle, Part, Verdict, VerifiedPackage};

/// What became of a derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its outputs are there.
    Built,
    /// Its builder failed by itself.
    Failed {
        /// In which step, where it said so.
        step: Option<String>,
        /// The first line of each error of GHC.
        errors: Vec<String>,
    },
    /// It was begun, and something kept it from its end.
    Hindered(Obstacle),
    /// It is not there, and it was not begun either.
    NotBegun,
}

/// What became of the builds of a package that has an incremental one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builds {
    /// The full build of the base.
    pub base: Fate,
    /// The incremental build.
    pub incremental: Fate,
    /// The incremental build, made once more.
    pub again: Fate,
    /// The clean build.
    pub clean: Fate,
}

/// How far the comparison of two builds came that are both there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// What became of their descriptions.
    Described {
        /// That of the incremental build.
        incremental: Fate,
        /// That of the clean build.
        clean: Fate,
    },
    /// The descriptions were compared.
    Compared {
        /// Whether there was anything to compare.
        anything: bool,
        /// In how many places they differ.
        differences: usize,
    },
    /// What became of the second clean build, which is made where they differ.
    BuiltTwice {
        /// The build.
        clean: Fate,
        /// Its description.
        described: Fate,
    },
    /// In how many places they differ that the two clean builds have alike.
    Settled {
        /// How many.
        differences: usize,
    },
}

/// What is known, or what is to be done to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The verdict is known.
    Known(Judged),
    /// The builds are to be described.
    Describe,
    /// The descriptions are to be compared.
    Compare,
    /// Head is to be built from scratch a second time.
    BuildTwice,
    /// What differs between the clean builds is to be told apart.
    Split,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// It.
    pub verdict: Verdict,
    /// Why nothing was compared, where that is the verdict.
    pub not_compared: Option<NotCompared>,
    /// The verdict in one sentence.
    pub why: String,
    /// How the two builds ended, where that is the difference: the incremental one and the clean one.
    pub ends: Option<(String, String)>,
}

impl Fate {
    /// Tells it from whether the outputs are there, and how the builder failed.
    pub fn of(is_there: bool, failure: Option<&Failure>) -> Self {
        if is_there {
            return Self::Built;
        }
        let Some(failure) = failure else { return Self::NotBegun };
        match failure.kind {
            FailureKind::Dependency => Self::NotBegun,
            FailureKind::TimedOut => Self::Hindered(Obstacle::TimedOut),
            FailureKind::Killed => Self::Hindered(Obstacle::Killed),
            FailureKind::DiskFull => Self::Hindered(Obstacle::DiskFull),
            FailureKind::HashMismatch => Self::Hindered(Obstacle::HashMismatch),
            FailureKind::NotDeterministic => Self::Hindered(Obstacle::NotDeterministic),
            FailureKind::NoMachine => Self::Hindered(Obstacle::NoMachine),
            FailureKind::Stopped => Self::Hindered(Obstacle::Stopped),
            FailureKind::Builder => {
                if let Some(obstacle) = log::hindrance(failure) {
                    return Self::Hindered(obstacle);
                }
                let errors = failure.errors.iter().filter(|line| log::begins_error(line)).cloned().collect();
                Self::Failed { step: failure.phase.clone(), errors }
            }
        }
    }

    /// What it means for a comparison that this is not there.
    fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Built => None,
            Self::Failed { .. } => Some(Obstacle::Failed),
            Self::Hindered(obstacle) => Some(*obstacle),
            Self::NotBegun => Some(Obstacle::NotBegun),
        }
    }

    /// The same where it says nothing about the package either.
    fn hindrance(&self) -> Option<Obstacle> {
        self.obstacle().filter(|_| !matches!(self, Self::Failed { .. }))
    }

    fn told(&self) -> String {
        match self {
            Self::Failed { step: Some(step), .. } => format!("failed in {step}"),
            Self::Failed { step: None, .. } => "failed".to_owned(),
            _ => "built".to_owned(),
        }
    }
}

/// The package by which the whole is judged. One that could not be begun says least: where another does not build,
/// or is different, that is why, or it is graver.
pub fn worst(packages: &[VerifiedPackage]) -> Option<&VerifiedPackage> {
    let was_begun = |package: &VerifiedPackage| {
        let because = package.not_compared.map(|not_compared| not_compared.because);
        !matches!(because, Some(Obstacle::NotBegun | Obstacle::NeitherBegun))
    };
    let failed = packages.iter().any(|package| package.verdict == Verdict::Fails);
    // Of several, the first one.
    packages.iter().rev().filter(|package| !failed || was_begun(package)).max_by_key(|package| package.verdict)
}

/// The verdict on a package that has one build alone: `why` says why.
pub fn judge_alone(why: &str, build: &Fate) -> Judged {
    match build {
        Fate::Built => said(Verdict::NothingToVerify, why.to_owned()),
        Fate::Failed { step, .. } => {
            let step = step.as_deref().map(|step| format!(", in its step {step}")).unwrap_or_default();
            said(Verdict::Fails, format!("the package does not build{step}, and there is one build alone: {why}"))
        }
        Fate::Hindered(obstacle) => not_compared(*obstacle, Part::Only),
        Fate::NotBegun => not_compared(Obstacle::NotBegun, Part::Only),
    }
}

/// The verdict on an incremental build that Nix gives no way to look into.
pub fn unlooked() -> Judged {
    not_compared(Obstacle::NoDescription, Part::Incremental)
}

/// The verdict on a package, as far as it follows from whether its builds are there.
pub fn judge_builds(builds: &Builds) -> Next {
    let Builds { base, incremental, again, clean } = builds;
    // What was not even begun may be missing for want of the base.
    let of_base = || base.obstacle().map(|obstacle| not_compared(obstacle, Part::Base));
    let judged = match (incremental, clean) {
        (Fate::NotBegun, _) if matches!(base, Fate::Failed { step: Some(_), .. }) => without_base(clean),
        (Fate::NotBegun, _) if *base != Fate::Built => of_base(),
        (Fate::NotBegun, Fate::NotBegun) => Some(Judged {
            verdict: Verdict::NotCompared,
            not_compared: Some(NotCompared { because: Obstacle::NeitherBegun, part: None }),
            why: "nothing was compared: neither build could be begun, since something that they need is not there"
                .to_owned(),
            ends: None,
        }),
        _ => of_two(incremental, clean).or_else(|| match again {
            Fate::Built => None,
            Fate::Failed { .. } => Some(Judged {
                ends: Some((format!("{} when it was made once more", again.told()), clean.told())),
                ..said(Verdict::Different, "the incremental build fails when it is made once more".to_owned())
            }),
            Fate::NotBegun if *base != Fate::Built => of_base(),
            Fate::Hindered(_) | Fate::NotBegun => {
                again.obstacle().map(|obstacle| not_compared(obstacle, Part::IncrementalAgain))
            }
        }),
    };
    judged.map_or(Next::Describe, Next::Known)
}

/// The base fails by itself: `hinc build` builds head from scratch then.
fn without_base(clean: &Fate) -> Option<Judged> {
    Some(match clean {
        Fate::Built => said(
            Verdict::NothingToVerify,
            "the full build of the base failed, so there is nothing to start from: the clean build is the result"
                .to_owned(),
        ),
        Fate::Failed { .. } => {
            said(Verdict::Fails, "the full build of the base fails, and so does the clean build".to_owned())
        }
        Fate::Hindered(_) | Fate::NotBegun => not_compared(clean.obstacle()?, Part::Clean),
    })
}

/// The verdict by how the two ended; none where both are there.
fn of_two(incremental: &Fate, clean: &Fate) -> Option<Judged> {
    for (part, fate) in [(Part::Incremental, incremental), (Part::Clean, clean)] {
        if let Some(obstacle) = fate.hindrance() {
            return Some(not_compared(obstacle, part));
        }
    }
    let different = |why: &str| {
        Some(Judged { ends: Some((incremental.told(), clean.told())), ..said(Verdict::Different, why.to_owned()) })
    };
    let (Fate::Failed { step: ours, errors: our_errors }, Fate::Failed { step: theirs, errors: their_errors }) =
        (incremental, clean)
    else {
        return match (incremental, clean) {
            (Fate::Built, Fate::Built) => None,
            (Fate::Built, _) => different("the clean build fails and the incremental one does not"),
            _ => different("the incremental build fails and the clean one does not"),
        };
    };
    let undecided = |because, why: String| {
        Some(Judged {
            verdict: Verdict::NotCompared,
            not_compared: Some(NotCompared { because, part: None }),
            why: format!("nothing was compared: {why}"),
            ends: None,
        })
    };
    // GHC compiles several modules at once, so it need not come upon all errors.
    let alike =
        our_errors.iter().any(|error| their_errors.contains(error)) || our_errors.is_empty() && their_errors.is_empty();
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours != theirs => different("the two builds fail in different steps"),
        (Some(step), Some(_)) if alike => {
            Some(said(Verdict::Fails, format!("both builds fail, in the same step: {step}")))
        }
        (Some(step), Some(_)) => undecided(
            Obstacle::OtherErrors,
            format!("both builds fail in their step {step}, but with other errors, so it may be for other reasons"),
        ),
        _ => undecided(Obstacle::UnknownStep, "both builds fail, and it is not known in which step".to_owned()),
    }
}

/// The verdict on two builds that are there.
pub fn judge_inside(inside: &Inside) -> Next {
    let first = |fates: [(Part, &Fate); 2]| fates.into_iter().find_map(|(part, fate)| Some((fate.obstacle()?, part)));
    match inside {
        Inside::Described { incremental, clean } => {
            first([(Part::IncrementalDescription, incremental), (Part::CleanDescription, clean)])
                .map_or(Next::Compare, |(obstacle, part)| Next::Known(not_compared(obstacle, part)))
        }
        Inside::Compared { anything: false, .. } => Next::Known(Judged {
            verdict: Verdict::NotCompared,
            not_compared: Some(NotCompared { because: Obstacle::Empty, part: None }),
            why: "nothing was compared: there is nothing in the builds that can be".to_owned(),
            ends: None,
        }),
        Inside::Compared { differences: 0, .. } => Next::Known(settled(0)),
        Inside::Compared { .. } => Next::BuildTwice,
        Inside::BuiltTwice { clean, described } => {
            let missing = first([(Part::CleanAgain, clean), (Part::CleanAgainDescription, described)]);
            missing.map_or(Next::Split, |(obstacle, part)| {
                let without = "something differs, and only a second clean build could tell whether by chance";
                let why = format!("{without}: {}", told(obstacle, part));
                Next::Known(Judged { why, ..not_compared(obstacle, part) })
            })
        }
        Inside::Settled { differences } => Next::Known(settled(*differences)),
    }
}

fn settled(differences: usize) -> Judged {
    match differences {
        0 => said(Verdict::Equal, "the incremental build gives what a clean build gives".to_owned()),
        1 => said(Verdict::Different, "the incremental build differs from a clean one in 1 place".to_owned()),
        count => said(Verdict::Different, format!("the incremental build differs from a clean one in {count} places")),
    }
}

fn said(verdict: Verdict, why: String) -> Judged {
    Judged { verdict, not_compared: None, why, ends: None }
}

fn not_compared(because: Obstacle, part: Part) -> Judged {
    Judged {
        verdict: Verdict::NotCompared,
        not_compared: Some(NotCompared { because, part: Some(part) }),
        why: format!("nothing was compared: {}", told(because, part)),
        ends: None,
    }
}

fn told(because: Obstacle, part: Part) -> String {
    let what = match because {
        Obstacle::TimedOut => "ran into a limit of time",
        Obstacle::DiskFull => "failed, and there was no room left on the disk",
        Obstacle::Killed => "was ended from outside, as happens for want of memory",
        Obstacle::Stopped => "was stopped before its end",
        Obstacle::NoMachine => "finds no machine that may make it",
        Obstacle::HashMismatch => "gave another hash than it should",
        Obstacle::NotDeterministic => "gave something else when Nix repeated it",
        Obstacle::NotBegun | Obstacle::NeitherBegun => "could not be begun, since something that it needs is not there",
        Obstacle::NoDescription => "cannot be looked into: these Nix functions do not say how",
        Obstacle::Failed | Obstacle::UnknownStep | Obstacle::OtherErrors | Obstacle::Empty => "failed",
    };
    format!("{part} {what}")
}

#[cfg(test)]
mod tests;
