//! Proves an incremental build: builds head from scratch as well, and compares.

use tokio_util::sync::CancellationToken;

use super::build::seconds_between;
use super::prepare::Prepared;
use super::realise::{Carried, realise};
use super::site::{Site, Sites, Work};
use super::{BuildOptions, Error, Project};
use crate::compare::{self, Facts, Installed, Outcome};
use crate::error::Hint;
use crate::exit::Exit;
use crate::model::event::{Event, FailureKind};
use crate::model::plan::{Candidate, Comparison, Derivation, Kind, Mode, Plan, Proof, Reuse, Step};
use crate::model::record::{Build, Failure};
use crate::model::store::StorePath;
use crate::model::verification::{
    Compared, Difference, Subject, VERIFICATION_SCHEMA_VERSION, Verdict, Verification, VerifiedPackage,
};
use crate::nix::toolchain::HostToolchain;
use crate::nix::{BuildFailure, Nix, Realised};

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

/// What the builds of one package are made with.
struct Builds<'a> {
    at: Work<'a>,
    site: &'a Site,
    host: Option<&'a HostToolchain>,
}

/// The derivations of a package whose builds are to be compared.
struct Pair<'a> {
    candidate: &'a Candidate,
    full: &'a Derivation,
    incremental: &'a Derivation,
    kept: &'a Derivation,
    clean: &'a Derivation,
    comparison: &'a Comparison,
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
    let base = project.base(&options.base)?;
    // The failure of one build must not keep the other from being made.
    let nix = Nix::new(crate::nix::Options { keep_going: true, ..options.nix.clone() });
    let at = Work { project, nix: &nix, options, on_event, cancel };
    let (Prepared { plan, host, mut candidates, .. }, site) = Sites::new(at).prepare(&base).await?;
    // What these are built with is built as well, but nobody asked for its proof.
    candidates.retain(|candidate| candidate.wanted);
    let work = Builds { at, site: &site, host: host.as_ref() };
    let pairs: Vec<Option<Pair<'_>>> = candidates.iter().map(|candidate| pair(&plan, candidate)).collect();

    let built = work.build(&plan_of(&plan, pairs.iter().flatten())).await?;
    let mut packages = Vec::new();
    for (candidate, pair) in candidates.iter().zip(&pairs) {
        packages.push(match pair {
            None => nothing(candidate, &why_nothing(&plan, candidate)),
            Some(pair) => package(&work, pair, &built).await?,
        });
    }
    let verdict = packages.iter().map(|package| package.verdict).max().unwrap_or(Verdict::NothingToVerify);
    let why = packages.iter().find(|package| package.verdict == verdict);
    let why = why.map_or_else(|| plan.why.clone(), |package| package.why.clone());
    let failed =
        packages.iter().any(|package| package.incremental_failure.is_some() || package.clean_failure.is_some());
    let failure = built.failure.filter(|_| failed || verdict == Verdict::Failed);
    let exit = match verdict {
        Verdict::Different => Exit::Difference,
        _ => failure.as_ref().map_or(Exit::Success, |failure| failure.exit),
    };
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
    };
    Ok(Verified { verification, exit, hints: failure.map(|failure| failure.hints).unwrap_or_default() })
}

/// The builds of a package, where there is an incremental one.
fn pair<'a>(plan: &Plan, candidate: &'a Candidate) -> Option<Pair<'a>> {
    match &candidate.reuse {
        Reuse::OnBase { full, incremental, clean, proof: Some(proof) } if plan.mode == Mode::Incremental => {
            let Proof { kept, comparison } = &**proof;
            Some(Pair { candidate, full, incremental, kept, clean, comparison })
        }
        Reuse::OnBase { .. } | Reuse::Unchanged { .. } | Reuse::Nothing { .. } => None,
    }
}

fn why_nothing(plan: &Plan, candidate: &Candidate) -> String {
    match &candidate.reuse {
        Reuse::Nothing { why: Some(why), .. } if plan.mode != Mode::Plain => why.clone(),
        Reuse::Unchanged { .. } => {
            "nothing that goes into the build changed since the base, so its full build is the result".to_owned()
        }
        _ => plan.why.clone(),
    }
}

fn nothing(candidate: &Candidate, why: &str) -> VerifiedPackage {
    VerifiedPackage {
        package: candidate.name.clone(),
        version: candidate.version.clone(),
        verdict: Verdict::NothingToVerify,
        why: why.to_owned(),
        incremental: None,
        clean: None,
        incremental_seconds: None,
        clean_seconds: None,
        incremental_failure: None,
        clean_failure: None,
        compared: Compared::default(),
        differences: Vec::new(),
        unstable: Vec::new(),
        same_code: Vec::new(),
    }
}

fn step(candidate: &Candidate, kind: Kind, derivation: &Derivation) -> Step {
    Step {
        package: candidate.name.clone(),
        version: candidate.version.clone(),
        kind,
        why: None,
        derivation: derivation.clone(),
    }
}

/// The builds that are compared. The full build of the base comes along with the one on it.
fn plan_of<'a>(plan: &Plan, pairs: impl Iterator<Item = &'a Pair<'a>>) -> Plan {
    let mut steps: Vec<Step> = Vec::new();
    let mut wanted = Vec::new();
    for pair in pairs {
        for (kind, derivation) in [
            (Kind::Full, pair.full),
            (Kind::Incremental, pair.incremental),
            (Kind::Kept, pair.kept),
            (Kind::Clean, pair.clean),
        ] {
            if steps.iter().any(|step| step.derivation.drv == derivation.drv) {
                continue;
            }
            if kind != Kind::Full {
                wanted.push(steps.len());
            }
            steps.push(step(pair.candidate, kind, derivation));
        }
    }
    Plan { mode: plan.mode, why: plan.why.clone(), steps, wanted }
}

/// What became of some derivations.
struct Built {
    builds: Vec<Build>,
    missing: std::collections::BTreeSet<StorePath>,
    failure: Option<BuildFailure>,
}

impl Built {
    fn is_there(&self, derivation: &Derivation) -> bool {
        derivation.outputs.values().all(|path| !self.missing.contains(path))
    }

    fn of(&self, derivation: &Derivation) -> Option<&Build> {
        self.builds.iter().find(|build| build.drv == derivation.drv)
    }

    fn failure_of(&self, derivation: &Derivation) -> Option<&Failure> {
        self.of(derivation)?.failure.as_ref()
    }
}

impl Builds<'_> {
    async fn build(&self, plan: &Plan) -> Result<Built, Error> {
        if plan.steps.is_empty() {
            return Ok(Built { builds: Vec::new(), missing: std::collections::BTreeSet::new(), failure: None });
        }
        let Carried { realised, builds, .. } = realise(self.site, self.at, plan, self.host).await?;
        let failure = match realised {
            Realised::Built => return Ok(Built { builds, missing: std::collections::BTreeSet::new(), failure: None }),
            Realised::Failed(failure) => failure,
        };
        let outputs: Vec<StorePath> =
            plan.steps.iter().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
        let missing = self.site.invalid(self.at, &outputs).await?;
        Ok(Built { builds, missing, failure: Some(failure) })
    }

    /// Makes some descriptions and reads them; the failure where one cannot be made.
    async fn describe(&self, pair: &Pair<'_>, wanted: &[&Derivation]) -> Result<Result<Vec<Facts>, Failure>, Error> {
        let steps: Vec<Step> =
            wanted.iter().map(|derivation| step(pair.candidate, Kind::Description, derivation)).collect();
        let wanted_steps = (0..steps.len()).collect();
        let why = "the builds are described, to be compared".to_owned();
        let built = self.build(&Plan { mode: Mode::Incremental, why, steps, wanted: wanted_steps }).await?;
        if let Some(failure) = built.failure {
            let found = built.builds.into_iter().find_map(|build| build.failure);
            return Ok(Err(found.unwrap_or_else(|| Failure {
                kind: FailureKind::Dependency,
                phase: None,
                message: "the program that describes a build could not be made".to_owned(),
                errors: Vec::new(),
                log_tail: failure.tail,
            })));
        }
        let mut facts = Vec::new();
        for derivation in wanted {
            let Some(path) = derivation.outputs.get("out") else { continue };
            let text =
                fs_err::read(path.as_path()).map_err(|source| Error::Description { path: path.clone(), source })?;
            facts.push(Facts::read(&text).map_err(|line| Error::NotADescription { path: path.clone(), line })?);
        }
        Ok(Ok(facts))
    }
}

fn out(derivation: &Derivation) -> Option<&StorePath> {
    derivation.outputs.get("out")
}

/// Compares the builds of one package.
async fn package(work: &Builds<'_>, pair: &Pair<'_>, built: &Built) -> Result<VerifiedPackage, Error> {
    let there = |derivation: &Derivation| built.is_there(derivation).then(|| out(derivation).cloned()).flatten();
    let seconds = |derivation: &Derivation| built.of(derivation).and_then(|build| build.compile_seconds);
    let mut package = VerifiedPackage {
        incremental: there(pair.incremental),
        clean: there(pair.clean),
        incremental_seconds: seconds(pair.incremental),
        clean_seconds: seconds(pair.clean),
        incremental_failure: built.failure_of(pair.incremental).cloned(),
        clean_failure: built.failure_of(pair.clean).cloned(),
        ..nothing(pair.candidate, "")
    };
    if !built.is_there(pair.full) {
        "the full build of the base failed, so there is nothing to start from".clone_into(&mut package.why);
        return Ok(package);
    }
    let verdict = |mut package: VerifiedPackage, verdict, why: &str| {
        package.verdict = verdict;
        why.clone_into(&mut package.why);
        Ok(package)
    };
    // Only a failure of the package itself says something about the package.
    let by_itself =
        |failure: &Option<Failure>| failure.as_ref().is_none_or(|failure| failure.kind == FailureKind::Builder);
    if !by_itself(&package.incremental_failure) || !by_itself(&package.clean_failure) {
        return verdict(package, Verdict::Failed, "a build was kept from coming to its end, so nothing was compared");
    }
    let step_of = |failure: &Option<Failure>| failure.as_ref().and_then(|failure| failure.phase.clone());
    let steps = (step_of(&package.incremental_failure), step_of(&package.clean_failure));
    match (package.incremental.is_some(), package.clean.is_some()) {
        (true, true) => {}
        (false, false) if steps.0 == steps.1 => {
            let why = match steps.0 {
                Some(step) => format!("both builds fail, in the same step: {step}"),
                None => "neither build could be begun, since something that they need failed".to_owned(),
            };
            return verdict(package, Verdict::Equal, &why);
        }
        (incremental, clean) => {
            let why = match (incremental, clean) {
                (true, _) => "the clean build fails and the incremental one does not",
                (_, true) => "the incremental build fails and the clean one does not",
                _ => "the two builds fail in different steps",
            };
            let told = |there: bool, step: Option<String>| {
                Some(if there {
                    "built".to_owned()
                } else {
                    format!("failed in {}", step.as_deref().unwrap_or("what it needs"))
                })
            };
            package.differences.push(of_builds("outcome", told(incremental, steps.0), told(clean, steps.1)));
            return verdict(package, Verdict::Different, why);
        }
    }
    if !built.is_there(pair.kept) {
        if let Some(failure) = built.failure_of(pair.kept).filter(|failure| failure.kind != FailureKind::Builder) {
            package.incremental_failure = Some(failure.clone());
            return verdict(
                package,
                Verdict::Failed,
                "a build was kept from coming to its end, so nothing was compared",
            );
        }
        package.incremental_failure = built.failure_of(pair.kept).cloned();
        package.differences.push(of_builds("outcome when it is made once more", None, None));
        return verdict(package, Verdict::Different, "the incremental build fails when it is made once more");
    }
    contents(work, pair, package).await
}

fn of_builds(what: &str, incremental: Option<String>, clean: Option<String>) -> Difference {
    Difference {
        subject: Subject::Build,
        component: None,
        module: None,
        file: String::new(),
        what: what.to_owned(),
        incremental,
        clean,
    }
}

/// Compares what two builds made that both came to their end.
async fn contents(work: &Builds<'_>, pair: &Pair<'_>, mut package: VerifiedPackage) -> Result<VerifiedPackage, Error> {
    let comparison = pair.comparison;
    let failed = |mut package: VerifiedPackage, failure: Failure| {
        package.verdict = Verdict::Failed;
        "the builds could not be compared".clone_into(&mut package.why);
        package.clean_failure = Some(failure);
        package
    };
    let both = [&comparison.described_incremental, &comparison.described_clean];
    let facts = match work.describe(pair, &both).await? {
        Ok(facts) => facts,
        Err(failure) => return Ok(failed(package, failure)),
    };
    let ([incremental, clean], Some(ours), Some(theirs)) = (facts.as_slice(), out(pair.incremental), out(pair.clean))
    else {
        return Ok(package);
    };
    let installed = Installed { incremental: ours.as_path().to_owned(), clean: theirs.as_path().to_owned() };
    let Outcome { compared, found, same_code } = compare::compare(incremental, clean, &installed);
    package.compared = compared;
    package.same_code = same_code;
    if !found.is_empty() {
        let again = match work.describe(pair, &[&comparison.described_again]).await? {
            Ok(facts) => facts.into_iter().next().unwrap_or_default(),
            Err(failure) => return Ok(failed(package, failure)),
        };
        (package.differences, package.unstable) = compare::split(found, clean, &again);
    }
    package.verdict = if package.differences.is_empty() { Verdict::Equal } else { Verdict::Different };
    package.why = match package.differences.len() {
        0 => "the incremental build gives what a clean build gives".to_owned(),
        1 => "the incremental build differs from a clean one in 1 place".to_owned(),
        count => format!("the incremental build differs from a clean one in {count} places"),
    };
    Ok(package)
}
