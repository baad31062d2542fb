//! Carries a plan out, and hears what happens meanwhile.

use std::collections::BTreeSet;

use super::Error;
use super::site::{Elsewhere, Site, Work};
use crate::model::event::{Event, What};
use crate::model::plan::Plan;
use crate::model::record::{Build, FailedDependency, Outcome, Transfer};
use crate::model::store::StorePath;
use crate::nix::toolchain::HostToolchain;
use crate::nix::{self, Installable, Realised, SandboxPaths};
use crate::record::Recorder;

/// A plan that was carried out.
pub(super) struct Carried {
    /// What became of the derivations together.
    pub(super) realised: Realised,
    /// What became of each, in the order of the plan.
    pub(super) builds: Vec<Build>,
    /// What failed outside of the plan.
    pub(super) failed_dependencies: Vec<FailedDependency>,
    /// What failed beyond doubt, in the plan and outside of it: a builder can say of others that they failed.
    pub(super) certain: BTreeSet<StorePath>,
    /// What went to a builder and came back.
    pub(super) transfers: Vec<Transfer>,
}

impl Carried {
    /// A plan whose results are there already.
    pub(super) fn nothing_to_do(plan: &Plan) -> Self {
        Self {
            realised: Realised::Built,
            builds: Recorder::new(plan).finish(true),
            failed_dependencies: Vec::new(),
            certain: BTreeSet::new(),
            transfers: Vec::new(),
        }
    }

    /// Takes what was recorded of a run that ended.
    pub(super) fn of(realised: Realised, mut recorder: Recorder, transfers: Vec<Transfer>, keep_going: bool) -> Self {
        let succeeded = realised == Realised::Built;
        let certain = recorder.failed_for_certain(keep_going);
        let failed_dependencies = recorder.failed_dependencies(succeeded);
        Self { realised, builds: recorder.finish(succeeded), failed_dependencies, certain, transfers }
    }

    /// Says of derivations that they came from another store before Nix was asked for them.
    pub(super) fn were_fetched(&mut self, drvs: &BTreeSet<StorePath>) {
        for build in &mut self.builds {
            if build.outcome == Outcome::Cached && drvs.contains(&build.drv) {
                build.outcome = Outcome::Substituted;
            }
        }
    }

    /// Keeps of the builds what was made and what failed by itself, where the rest is to be built all the same.
    pub(super) fn forget_what_was_stopped(&mut self) {
        self.builds.retain(|build| build.outcome == Outcome::Built || build.failed_by_itself());
    }

    /// Joins it with what was carried out after it, which says how both ended.
    pub(super) fn then(self, later: Self) -> Self {
        let again: BTreeSet<StorePath> = later.failed_dependencies.iter().map(|failed| failed.drv.clone()).collect();
        let failed_before = self.failed_dependencies.into_iter().filter(|failed| !again.contains(&failed.drv));
        let failed_dependencies: Vec<_> = failed_before.chain(later.failed_dependencies).collect();
        // What was made before is there by now, and that it was made is worth more than that.
        let made: BTreeSet<StorePath> =
            self.builds.iter().filter(|build| build.outcome == Outcome::Built).map(|build| build.drv.clone()).collect();
        let later_builds = later.builds.into_iter().filter(|build| !made.contains(&build.drv));
        let builds: Vec<Build> = self.builds.into_iter().chain(later_builds).collect();
        // What was no part of the first plan can be one of the second.
        let is_a_build = |failed: &FailedDependency| {
            let told = |build: &&Build| matches!(build.outcome, Outcome::Built | Outcome::Failed);
            builds.iter().filter(told).any(|build| build.drv == failed.drv)
        };
        Self {
            realised: later.realised,
            failed_dependencies: failed_dependencies.into_iter().filter(|failed| !is_a_build(failed)).collect(),
            builds,
            certain: later.certain,
            transfers: self.transfers.into_iter().chain(later.transfers).collect(),
        }
    }
}

/// Builds or fetches what the plan wants and the store lacks.
pub(super) async fn realise(
    site: &Site,
    work: Work<'_>,
    plan: &Plan,
    host: Option<&HostToolchain>,
) -> Result<Carried, Error> {
    match site {
        Site::Here => here(work, plan, host).await,
        Site::On(elsewhere) => on(elsewhere, work, plan, host).await,
    }
}

/// Asks a store what became of builds of which nobody said it for certain. `outputs` returns those of a derivation, and
/// `invalid` those of some paths that the store does not have. Where it does not answer, less is said. `keep_going` is
/// whether Nix went on after a failure: otherwise it stopped what ran beside it.
pub(super) async fn settle(
    recorder: &mut Recorder,
    keep_going: bool,
    outputs: impl AsyncFn(&StorePath) -> Result<Vec<StorePath>, nix::Error>,
    invalid: impl AsyncFn(&[StorePath]) -> Result<BTreeSet<StorePath>, nix::Error>,
) {
    if !keep_going {
        recorder.discount_stopped();
    }
    match invalid(&recorder.doubtful_outputs()).await {
        Ok(missing) => recorder.missing(&missing),
        Err(error) => tracing::debug!(%error, "whether builds that ended came to anything is not known"),
    }
    let mut failed = BTreeSet::new();
    for drv in recorder.doubtful_dependencies() {
        let missing = match outputs(&drv).await {
            Ok(outputs) => invalid(&outputs).await,
            Err(error) => Err(error),
        };
        match missing {
            Ok(missing) if missing.is_empty() => {}
            Ok(_) => drop(failed.insert(drv)),
            Err(error) => tracing::debug!(%drv, %error, "whether it failed is not known"),
        }
    }
    recorder.confirm(&failed);
}

/// Whether all results of a plan are in the store of this machine.
pub(super) async fn is_here(work: Work<'_>, plan: &Plan) -> Result<bool, Error> {
    let results: Vec<StorePath> = plan.wanted_steps().flat_map(|step| step.derivation.results().cloned()).collect();
    Ok(work.nix.invalid(&results, work.cancel).await?.is_empty())
}

async fn here(work: Work<'_>, plan: &Plan, host: Option<&HostToolchain>) -> Result<Carried, Error> {
    let Work { nix, options, on_event, cancel, .. } = work;
    let clock = options.clock;
    let outputs: Vec<StorePath> =
        plan.wanted_steps().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
    if nix.invalid(&outputs, cancel).await?.is_empty() {
        return Ok(Carried::nothing_to_do(plan));
    }
    on_event(&Event { at: clock.now(), drv: None, what: What::Planned { plan: plan.clone() } });
    let sandbox = match host {
        Some(host) => nix.open_sandbox(host, cancel).await?,
        None => SandboxPaths::AsConfigured,
    };
    let installables: Vec<Installable> = plan.wanted_steps().map(Installable::of).collect();
    let mut recorder = Recorder::new(plan);
    let on_events = |events: &[Event]| {
        for event in events {
            recorder.event(event);
            on_event(event);
        }
    };
    let realised = nix.realise(&installables, &sandbox, on_events, clock, cancel).await?;
    if realised != Realised::Built {
        let outputs = async |drv: &StorePath| nix.outputs(drv, cancel).await;
        settle(&mut recorder, nix.options.keep_going, outputs, async |paths| nix.invalid(paths, cancel).await).await;
    }
    Ok(Carried::of(realised, recorder, Vec::new(), nix.options.keep_going))
}

async fn on(
    elsewhere: &Elsewhere,
    work: Work<'_>,
    plan: &Plan,
    host: Option<&HostToolchain>,
) -> Result<Carried, Error> {
    // What later builds start from never comes back: whether it is there is for the builder to say.
    if work.options.wish != super::Wish::FullOnly && is_here(work, plan).await? {
        return Ok(Carried::nothing_to_do(plan));
    }
    elsewhere.realise(work, plan, host).await
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::event::{FailureKind, Speaker};
    use crate::model::plan::Mode;

    fn drv(name: &str) -> StorePath {
        StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path")
    }

    fn plan(steps: &[&str]) -> Plan {
        let step = |name: &&str| {
            let out = drv(name).as_str().replace(".drv", "");
            serde_json::json!({"package": name, "version": "1", "kind": "plain", "drv": drv(name), "outputs": {"out": out}})
        };
        let steps: Vec<_> = steps.iter().map(step).collect();
        let plan = serde_json::json!({"mode": Mode::Plain, "why": "", "steps": steps, "wanted": [0]});
        serde_json::from_value(plan).expect("a plan")
    }

    /// What is recorded where two dependencies run side by side and both are said to have failed, perhaps by Nix.
    fn recorder() -> Recorder {
        let mut recorder = Recorder::new(&plan(&["app"]));
        let said = What::BuildFailed {
            kind: FailureKind::Builder,
            by: Speaker::Unclear,
            message: "builder failed with exit code 1".to_owned(),
        };
        let started = || What::BuildStarted { machine: String::new() };
        for (name, what) in [
            ("one", started()),
            ("two", started()),
            ("one", said.clone()),
            ("two", said),
            ("one", What::BuildStopped),
            ("two", What::BuildStopped),
        ] {
            recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(drv(name)), what });
        }
        recorder
    }

    fn failed() -> Realised {
        Realised::Failed(nix::BuildFailure {
            exit: crate::exit::Exit::BuildFailed,
            hints: Vec::new(),
            disk_full: false,
            tail: Vec::new(),
        })
    }

    fn no_answer() -> nix::Error {
        nix::Error::Failed {
            command: "nix-store".to_owned(),
            status: crate::process::Status::Code(1),
            tail: Vec::new(),
        }
    }

    fn told(recorder: Recorder) -> Vec<String> {
        let failed = Carried::of(failed(), recorder, Vec::new(), false).failed_dependencies;
        failed.into_iter().map(|failed| failed.name).collect()
    }

    // A builder can say of another that it failed.
    #[tokio::test]
    async fn of_what_is_in_doubt_the_store_decides() {
        let mut asked = recorder();
        // `one` is there, whatever was said.
        let invalid =
            async |paths: &[StorePath]| Ok(paths.iter().filter(|path| path.name() == "two").cloned().collect());
        let outputs = async |drv: &StorePath| Ok(vec![drv.as_str().replace(".drv", "").parse().expect("a path")]);
        settle(&mut asked, false, outputs, invalid).await;
        assert_eq!(told(asked), ["two"]);

        for (knows_outputs, knows_paths) in [(false, true), (true, false)] {
            let mut silent = recorder();
            let outputs = async |drv: &StorePath| knows_outputs.then(|| vec![drv.clone()]).ok_or_else(no_answer);
            let invalid =
                async |paths: &[StorePath]| knows_paths.then(|| paths.iter().cloned().collect()).ok_or_else(no_answer);
            settle(&mut silent, false, outputs, invalid).await;
            assert!(told(silent).is_empty(), "less is said where the store does not answer");
        }
    }

    /// What was said after the claim, whether to keep going, what is told, and of what it is certain.
    type Case<'a> = (&'a [(&'static str, What)], bool, &'a [&'a str], &'a [&'a str]);

    // The lie was taken for true, since Nix had stopped the one that it was about.
    #[tokio::test]
    async fn that_a_stopped_build_is_missing_bears_nothing_out() {
        let started = || What::BuildStarted { machine: String::new() };
        let said = |by| What::BuildFailed {
            kind: FailureKind::Builder,
            by,
            message: "builder failed with exit code 1".to_owned(),
        };
        let (claimed, certain) = (|| said(Speaker::Unclear), || said(Speaker::Nix));
        let run = |last: &[(&'static str, What)]| {
            let mut recorder = Recorder::new(&plan(&["app"]));
            for (name, what) in [("one", started()), ("two", started()), ("one", claimed())].iter().chain(last) {
                recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(drv(name)), what: what.clone() });
            }
            recorder
        };
        let stopped = || What::BuildStopped;
        let cases: [Case<'_>; 5] = [
            (&[("two", certain()), ("two", stopped()), ("one", stopped())], false, &["two"], &["two"]),
            (&[("two", stopped()), ("two", certain()), ("one", stopped())], false, &["two"], &["two"]),
            // Nothing is stopped then: what is not there failed.
            (&[("two", certain()), ("two", stopped()), ("one", stopped())], true, &["one", "two"], &["one", "two"]),
            // It ended before.
            (&[("one", stopped()), ("two", certain()), ("two", stopped())], false, &["one", "two"], &["two"]),
            // A daemon's errors look like a builder's: both are told, and neither keeps head from being built.
            (&[("two", claimed()), ("one", stopped()), ("two", stopped())], false, &["one", "two"], &[]),
        ];
        for (last, keep_going, expected, expected_certain) in cases {
            let mut recorder = run(last);
            let outputs = async |drv: &StorePath| Ok(vec![drv.clone()]);
            settle(&mut recorder, keep_going, outputs, async |paths| Ok(paths.iter().cloned().collect())).await;
            let carried = Carried::of(failed(), recorder, Vec::new(), keep_going);
            let names: Vec<_> = carried.failed_dependencies.iter().map(|failed| failed.name.as_str()).collect();
            assert_eq!(names, expected, "{last:?}");
            let certain: BTreeSet<_> = expected_certain.iter().map(|name| drv(name)).collect();
            assert_eq!(carried.certain, certain, "{last:?}");
        }
    }

    #[test]
    fn nothing_is_told_twice() {
        let carried = |steps: &[&str]| {
            let mut recorder = Recorder::new(&plan(steps));
            let what = || What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Nix, message: "x".to_owned() };
            for (name, what) in
                [("one", what()), ("two", What::BuildStarted { machine: String::new() }), ("two", what())]
            {
                recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(drv(name)), what });
            }
            Carried::of(failed(), recorder, Vec::new(), false)
        };
        let names = |carried: &Carried| -> Vec<String> {
            carried.failed_dependencies.iter().map(|failed| failed.name.clone()).collect()
        };
        let (first, same) = (carried(&["app"]), carried(&["app"]));
        assert_eq!(names(&first), ["one", "two"]);
        assert_eq!(names(&first.then(same)), ["one", "two"]);
        let both = carried(&["app"]).then(carried(&["two"]));
        assert_eq!(names(&both), ["one"], "the other is a build of its own by now");
    }
}
