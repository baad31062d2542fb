//! Proves an incremental build: builds head from scratch as well, and compares.
//!
//! What is made, and where, is `made`; what is asked of one package, in which order, is `package`; what is
//! said of it is decided by `compare` alone.

mod made;
mod package;

use tokio_util::sync::CancellationToken;

use super::build::seconds_between;
use super::outlooks::Outlooks;
use super::planning::{BaseFailures, Planned, Planner, Prepared, plan_on};
use super::site::{Site, Work};
use super::{BuildOptions, Error, Project};
use crate::compare;
use crate::error::Hint;
use crate::exit::Exit;
use crate::history::Bases;
use crate::model::event::Event;
use crate::model::plan::{Candidate, Mode, Plan, Reuse};
use crate::model::revision::Base;
use crate::model::verification::{VERIFICATION_SCHEMA_VERSION, Verdict, Verification, VerifiedPackage};
use crate::nix::Nix;
use made::{Maker, plan_of};
use package::{Subject, subject_of};

/// A comparison that came to its end.
#[derive(Debug)]
pub struct Verified {
    /// What was found.
    pub verification: Verification,
    /// How the command ends.
    pub exit: Exit,
    /// What can be done about a failure that is one of the machine and not of the package.
    pub hints: Vec<Hint>,
}

/// What was found of all packages that were asked for.
struct Found {
    packages: Vec<VerifiedPackage>,
    plan: Plan,
    hints: Vec<Hint>,
}

/// Builds head on the base and from scratch, and compares the two.
pub async fn verify(
    project: &Project,
    options: &BuildOptions,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<Verified, Error> {
    let started = options.clock.now();
    project.top()?;
    let mut bases = project.bases(&options.base, &options.telling(on_event), cancel).await?;
    // The failure of one build must not keep the other from being made.
    let nix = Nix::new(crate::nix::Options { keep_going: true, ..options.nix.clone() });
    let work = Work { project, nix: &nix, options, on_event, cancel };
    let mut planner = Planner::new(work);
    let mut failures = BaseFailures::new(work);
    // On the next builder where one is lost, which goes on from what its store has.
    let (base, Found { packages, plan, hints }) = loop {
        let Planned { base, prepared, site } = plan_on(&mut planner, work, &bases, &mut failures).await?;
        failures.tell(work, &base);
        match Box::pin(on_site(&site, work, &base, prepared, &mut failures)).await {
            Err(error @ Error::BuilderLost { .. }) if !cancel.is_cancelled() => planner.lost(error)?,
            Err(error) => return Err(error),
            Ok(Some(found)) => break (base, found),
            Ok(None) => {
                planner.begin_again();
                continue;
            }
        }
        bases = Bases { first: base, older: Vec::new() };
    };
    let worst = compare::worst(&packages);
    let verdict = worst.map_or(Verdict::NothingToVerify, |package| package.verdict);
    let why = worst.map_or_else(|| plan.why.clone(), |package| package.why.clone());
    let verification = Verification {
        schema_version: VERIFICATION_SCHEMA_VERSION,
        hinc: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        seconds: seconds_between(started, options.clock.now()),
        head: project.head().clone(),
        base,
        verdict,
        why,
        packages,
        base_failures: failures.into_all(),
    };
    Ok(Verified { verification, exit: verdict.exit(), hints })
}

/// Makes all builds in one place, and looks into them. None where full builds of the base failed: `hinc build` builds on
/// what is left of it, or on an older one, and that is what is to be proved.
async fn on_site(
    site: &Site,
    work: Work<'_>,
    base: &Base,
    prepared: Prepared,
    failures: &mut BaseFailures,
) -> Result<Option<Found>, Error> {
    let Prepared { plan, host, mut candidates, places, .. } = prepared;
    // What these are built with is built as well, but nobody asked for its proof.
    candidates.retain(|candidate| candidate.wanted);
    let outlooks = Outlooks::new(work, base, &candidates, &places, failures.all(), site);
    let on_event = |event: &Event| outlooks.event(event);
    let maker = Maker { work: Work { on_event: &on_event, ..work }, site, host: host.as_ref() };
    let subjects: Vec<Subject<'_>> = candidates.iter().map(|candidate| subject_of(&plan, candidate)).collect();
    let made = maker.make(&plan_of(&plan, subjects.iter().flat_map(Subject::steps))).await?;
    if made.teach(failures, work, base) {
        return Ok(None);
    }
    let mut hints = made.hints();
    let mut packages = Vec::new();
    for subject in &subjects {
        packages.push(package::verify(&maker, subject, &made, &mut hints).await?);
    }
    Ok(Some(Found { packages, plan, hints }))
}

/// Why a package has one build alone, in one sentence.
fn why_alone(plan: &Plan, candidate: &Candidate) -> String {
    match &candidate.reuse {
        Reuse::Nothing { why: Some(why), .. } if plan.mode != Mode::Plain => why.clone(),
        Reuse::Unchanged { .. } => {
            "nothing that goes into the build changed since the base, so its full build is the result".to_owned()
        }
        _ => plan.why.clone(),
    }
}
