//! What one builder's log comes to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::causes::Root;
use super::course::{Begins, Course};
use super::schedule::{self, Schedule};
use super::tail::Tail;
use super::timing::{self, Heard, Span};
use crate::foreign;
use crate::log::{ghc, says_killed, says_no_room};
use crate::model::event::What;
use crate::model::haskell::{ComponentName, ModuleName, NodeKind, Progress};
use crate::model::precaution::LeftOut;
use crate::model::reason::Reason;
use crate::model::record::{Beside, ChangedDeclarations, CriticalPath, Machine, Module};

/// How many lines of errors are kept: more than anybody reads, less than a log.
const ERROR_LINES: usize = 1000;

/// How many bytes of errors are kept.
const ERROR_BYTES: usize = 4 << 20;

/// How many modules of a log are told apart: ten times those of the largest packages there are. Anybody
/// can print lines that look like GHC's.
const MODULES: usize = 100_000;

/// How many imports of a log are kept.
const IMPORTS: usize = 2_000_000;

/// How many declarations of one module are named that changed for another.
const NAMES: usize = 5;

/// How many lines of one module are kept: there are four ways at most, and whatever is compiled once more.
const LINES_OF_A_MODULE: usize = 16;

/// The folder that Cabal compiles into, within the package.
const BUILD_FOLDER: &str = "dist/build/";

/// What a builder's log said so far.
#[derive(Debug, Default)]
pub(super) struct BuilderLog {
    compiled: Vec<Compiled>,
    /// Where each is in `compiled`. Of one module there may be several objects: Backpack makes several units of a
    /// component.
    seen: BTreeMap<(NodeKind, ModuleName, String), usize>,
    /// Whether GHC compiles again, in another way, what it compiled already: then it says its
    /// warnings again as well.
    repeats: bool,
    /// When Cabal and GHC worked on which component, as hinc saw it.
    course: Course,
    /// When modules ended, by the path of the interface below the build folder without its suffix.
    ended: BTreeMap<String, f64>,
    /// What modules import, by such paths, of what was compiled or lies between; and how many imports these are.
    imports: (BTreeMap<String, Vec<String>>, usize),
    machine: Option<Machine>,
    /// What changed for modules, by such a path and the name of the module that it is of.
    declarations: BTreeMap<(String, ModuleName), ChangedDeclarations>,
    /// What the restore kept from GHC. A module and its boot file go together.
    left_out: BTreeMap<(ComponentName, ModuleName), LeftOut>,
    restored: Option<(f64, u32)>,
    built: Option<Built>,
    failed_step: Option<(String, i32)>,
    warnings: u32,
    warnings_replayed: u32,
    errors: Errors,
    tail: Tail,
    no_room: bool,
    killed: bool,
}

/// Something that GHC compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    /// Its component.
    pub(super) component: ComponentName,
    /// Its name.
    pub(super) module: ModuleName,
    /// Its place in GHC's order.
    pub(super) place: u32,
    /// Why.
    pub(super) reason: Reason,
    /// Why GHC had no interface of it, where the restore kept it away.
    pub(super) left_out: Option<LeftOut>,
    kind: NodeKind,
    reason_text: String,
    /// The path of the object below the build folder, without its suffix.
    stem: String,
    /// When GHC said that it compiles it, once for each way, in seconds since 1970.
    lines: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Built {
    modules: u32,
    compiled: u32,
    start: f64,
    seconds: f64,
}

/// When a module was compiled: fields of `model::record::Module`.
#[derive(Debug, Clone, Default)]
struct Times {
    share: Option<f64>,
    began: Option<f64>,
    ended: Option<f64>,
}

/// What [`BuilderLog::fold`] gives: fields of `model::record::Build`.
pub(super) struct Folded {
    pub(super) modules: Vec<Module>,
    pub(super) modules_total: Option<u32>,
    /// How many modules GHC printed.
    pub(super) printed: u32,
    /// How many modules the builder saw finished, where it says so.
    pub(super) finished: Option<u32>,
    /// When the compilation began, in seconds since 1970.
    pub(super) compile_start: Option<f64>,
    pub(super) compile_seconds: Option<f64>,
    pub(super) full_compile_seconds: Option<f64>,
    pub(super) beside_modules: Vec<Beside>,
    pub(super) critical_path: Option<CriticalPath>,
    pub(super) machine: Option<Machine>,
    pub(super) warnings: u32,
    pub(super) warnings_replayed: u32,
    pub(super) signs: Signs,
}

/// What a log says of why its builder failed.
pub(super) struct Signs {
    /// The step that failed, and its exit status.
    pub(super) failed_step: Option<(String, i32)>,
    pub(super) errors: Vec<String>,
    pub(super) tail: Vec<String>,
    /// Whether a line says that there was no room on the disk.
    pub(super) no_room: bool,
    /// Whether a line says that a program was ended from outside.
    pub(super) killed: bool,
}

impl BuilderLog {
    /// Takes one event of this builder in.
    pub(super) fn event(&mut self, what: &What, at: DateTime<Utc>) {
        match what {
            What::Component { name, text } => {
                self.course.component(name, timing::epoch_seconds(at));
                self.repeats = false;
                self.line(text);
            }
            What::Compiling { component, progress, text } => {
                self.course.compiling(progress.kind, timing::epoch_seconds(at));
                self.compiling(component, progress, timing::epoch_seconds(at));
                self.line(text);
            }
            What::Warning { text, replayed, .. } => {
                if *replayed {
                    self.warnings_replayed += 1;
                } else if !self.repeats {
                    self.warnings += 1;
                }
                self.line(text);
            }
            What::LeftOut { component, module, why } if self.left_out.len() < MODULES => {
                self.left_out.entry((component.clone(), module.clone())).or_insert_with(|| why.clone());
            }
            What::Restored { full_seconds, full_modules, .. } => self.restored = Some((*full_seconds, *full_modules)),
            What::Finished { interface, time } if self.ended.len() < MODULES => {
                self.ended.insert(stem(interface).to_owned(), *time);
            }
            What::Imports { module, of } if self.imports.1.saturating_add(of.len()) <= IMPORTS => {
                self.imports.1 += of.len().max(1);
                self.imports.0.insert(module.clone(), of.clone());
            }
            What::DeclarationsChanged { module, by, changed } if self.declarations.len() < IMPORTS => {
                let mut changed = changed.clone();
                let hidden = changed.names.len().saturating_sub(NAMES);
                changed.names.truncate(NAMES);
                changed.more = changed.more.saturating_add(count(hidden));
                self.declarations.insert((module.clone(), by.clone()), changed);
            }
            &What::Machine { cores, jobs, memory_kib, ref processor } => {
                let known = |number: u32| Some(number).filter(|&number| number > 0);
                self.machine = Some(Machine {
                    system: None,
                    cores: known(cores),
                    jobs: known(jobs),
                    memory_bytes: Some(memory_kib.saturating_mul(1024)).filter(|&memory| memory > 0),
                    processor: Some(processor.clone()).filter(|processor| !processor.is_empty()),
                });
            }
            &What::Built { modules, compiled, start, seconds } => {
                self.built = Some(Built { modules, compiled, start, seconds });
            }
            What::StepFailed { phase, status } => self.failed_step = Some((phase.clone(), *status)),
            What::Line { text } => self.line(text),
            What::Phase { .. } => self.course.end(timing::epoch_seconds(at)),
            What::LeftOut { .. }
            | What::Finished { .. }
            | What::Imports { .. }
            | What::DeclarationsChanged { .. }
            | What::Planned { .. }
            | What::BuildStarted { .. }
            | What::BuildStopped
            | What::BuildFailed { .. }
            | What::SubstitutionStarted { .. }
            | What::CopyStarted { .. }
            | What::TransferProgress { .. }
            | What::TransferStopped { .. }
            | What::Counted { .. }
            | What::Foretold { .. }
            | What::Message { .. } => {}
        }
    }

    /// Returns what GHC compiled so far, in GHC's order.
    pub(super) fn compiled(&self) -> &[Compiled] {
        &self.compiled
    }

    /// Returns the components of modules that were finished, whether GHC said so or not. A module is here by its
    /// path, as `A/B`; of several components it is the first.
    pub(super) fn finished(&self) -> BTreeMap<&str, &ComponentName> {
        let nothing = ModuleName(String::new());
        let mut folders: BTreeMap<String, &ComponentName> = BTreeMap::new();
        for component in self.course.components() {
            folders.entry(expected_stem(component, &nothing)).or_insert(component);
        }
        let mut finished = BTreeMap::new();
        for stem in self.ended.keys() {
            // Libraries lie in `` and `NAME/`, programs in `NAME/NAME-tmp/`.
            let below = stem.match_indices('/').map(|(slash, _)| slash + 1).take(2);
            for start in std::iter::once(0).chain(below) {
                if let Some(component) = folders.get(&stem[..start]) {
                    finished.entry(&stem[start..]).or_insert(*component);
                }
            }
        }
        finished
    }

    fn line(&mut self, text: &str) {
        self.tail.push(text);
        self.no_room |= says_no_room(text);
        self.killed |= says_killed(text);
        self.errors.line(&foreign::line(text));
    }

    fn compiling(&mut self, component: &ComponentName, progress: &Progress, at: f64) {
        if progress.kind == NodeKind::Link || self.compiled.len() >= MODULES {
            return;
        }
        let object = progress.objects.first().map(String::as_str);
        let below = |path: &str| path.find(BUILD_FOLDER).map(|at| stem(&path[at + BUILD_FOLDER.len()..]).to_owned());
        let stem = object.and_then(below).unwrap_or_else(|| expected_stem(component, &progress.module));
        let known = *self
            .seen
            .entry((progress.kind, progress.module.clone(), stem.clone()))
            .or_insert_with(|| self.compiled.len());
        self.repeats = known < self.compiled.len();
        if let Some(known) = self.compiled.get_mut(known) {
            if known.lines.len() < LINES_OF_A_MODULE {
                known.lines.push(at);
            }
            return;
        }
        let place = (component.clone(), progress.module.clone());
        let left_out = self.left_out.get(&place).filter(|_| progress.reason == Reason::MustCompile).cloned();
        self.compiled.push(Compiled {
            component: component.clone(),
            module: progress.module.clone(),
            place: progress.index,
            reason: progress.reason.clone(),
            left_out,
            kind: progress.kind,
            reason_text: progress.reason_text.clone(),
            stem,
            lines: vec![at],
        });
    }

    /// Ends the log. `roots` are the root causes of [`Self::compiled`], in its order.
    pub(super) fn fold(self, roots: Vec<Root>) -> Folded {
        let mut all_ended: Vec<f64> = self.ended.values().copied().collect();
        all_ended.sort_by(f64::total_cmp);
        let compile_start = self.compile_start(all_ended.first().copied());
        let (times, critical_path) = self.times(compile_start, &all_ended);
        let beside_modules = self.beside_modules();
        let counted = |compiled: &&Compiled| matches!(compiled.kind, NodeKind::Module | NodeKind::Signature);
        let printed = count(self.compiled.iter().filter(counted).count());
        let told = self.built.is_some() || self.failed_step.is_some();
        let mut declarations = self.declarations;
        let mut changed = |compiled: &Compiled| {
            let cause = compiled.reason.cause().filter(|_| compiled.kind == NodeKind::Module)?;
            declarations.remove(&(compiled.stem.clone(), ModuleName(cause.to_owned())))
        };
        let modules = self.compiled.into_iter().zip(roots).zip(times);
        Folded {
            modules: modules
                .map(|((compiled, root), times)| Module {
                    changed_declarations: changed(&compiled),
                    component: compiled.component,
                    module: compiled.module,
                    kind: compiled.kind,
                    reason: compiled.reason.code(),
                    reason_text: compiled.reason_text,
                    cause: compiled.reason.cause().map(str::to_owned),
                    left_out: compiled.left_out,
                    root_cause: root.name,
                    root_reason: Some(root.reason),
                    root_package: root.package,
                    root_component: root.component,
                    seconds: times.share,
                    began: times.began,
                    ended: times.ended,
                })
                .collect(),
            modules_total: self
                .built
                .map(|built| built.modules)
                .or_else(|| self.restored.map(|(_, modules)| modules).filter(|&modules| modules > 0)),
            printed,
            finished: told.then(|| self.built.map_or(count(self.ended.len()), |built| built.compiled)),
            compile_start,
            compile_seconds: self.built.map(|built| built.seconds),
            // Of a partial build there is no such time.
            full_compile_seconds: self.restored.map(|(seconds, _)| seconds).filter(|seconds| *seconds > 0.0),
            beside_modules,
            critical_path,
            machine: self.machine,
            warnings: self.warnings,
            warnings_replayed: self.warnings_replayed,
            signs: Signs {
                failed_step: self.failed_step,
                errors: self.errors.into_lines(),
                tail: self.tail.into_lines(),
                no_room: self.no_room,
                killed: self.killed,
            },
        }
    }

    /// The times of each compiled module, component by component, and what these waited for. `all_ended` are the ends of
    /// all, in order.
    fn times(&self, origin: Option<f64>, all_ended: &[f64]) -> (Vec<Times>, Option<CriticalPath>) {
        let mut of_component: BTreeMap<&ComponentName, Vec<usize>> = BTreeMap::new();
        for (index, compiled) in self.compiled.iter().enumerate() {
            // A boot file's interface has a name of its own, which is not reported.
            if compiled.kind != NodeKind::Boot {
                of_component.entry(&compiled.component).or_default().push(index);
            }
        }
        let since = |time: f64| origin.map(|origin| timing::rounded(time - origin));
        let begins = self.course.begins();
        let mut times = vec![Times::default(); self.compiled.len()];
        let mut path = Path::default();
        for (component, indices) in of_component {
            let end = |&index: &usize| self.ended.get(&self.compiled[index].stem).copied();
            let ended: Vec<_> = indices.iter().map(end).collect();
            let first = ended.iter().flatten().copied().fold(f64::INFINITY, f64::min);
            let began = self.began_before(begins.get(component), first, all_ended);
            let shares = timing::shares(&Span { began, ended: &ended });
            let heard = indices.iter().zip(ended).zip(shares).map(|((&index, ended), share)| Heard {
                lines: self.compiled[index].lines.clone(),
                ended,
                share,
            });
            let heard: Vec<_> = heard.collect();
            let mut begins = timing::begins(&heard, self.built.map(|built| built.start));
            let schedule = began.and_then(|from| self.schedule(&indices, &heard, &begins, from));
            path.add(schedule.as_ref(), &indices, &heard);
            if let Some(schedule) = schedule.filter(|_| self.slots() > Some(1)) {
                begins = schedule.begins.into_iter().map(Some).collect();
            }
            for ((index, heard), began) in indices.into_iter().zip(heard).zip(begins) {
                times[index] = Times {
                    share: heard.share.map(timing::rounded),
                    // What began before all did is of another clock.
                    began: began.and_then(since).filter(|began| *began >= 0.0),
                    ended: heard.ended.and_then(since),
                };
            }
        }
        (times, self.built.and_then(|built| path.finish(built.seconds)))
    }

    /// How many modules GHC compiles at once, where that is known.
    fn slots(&self) -> Option<u32> {
        self.machine.as_ref()?.jobs
    }

    /// What follows from the imports of a component that began at `from`; none where they are not known of each module,
    /// or one of them was not finished.
    fn schedule(&self, indices: &[usize], heard: &[Heard], begins: &[Option<f64>], from: f64) -> Option<Schedule> {
        let modules = indices.iter().zip(heard).zip(begins);
        let modules = modules.map(|((&index, heard), &latest)| {
            Some(schedule::Compiled { stem: self.compiled[index].stem.clone(), ended: heard.ended?, latest })
        });
        let modules: Vec<_> = modules.collect::<Option<_>>()?;
        schedule::schedule(&modules, &self.imports.0, usize::try_from(self.slots()?).ok()?, from)
    }

    /// When the compilation began, in seconds since 1970: as the builder says, or where it failed, when Cabal said that
    /// it works on a component, unless a module ended before that, by the builder's clock.
    fn compile_start(&self, first_end: Option<f64>) -> Option<f64> {
        let start = self.built.map(|built| built.start).or_else(|| self.course.began())?;
        (start <= first_end.unwrap_or(f64::INFINITY)).then_some(start)
    }

    /// When the modules of a component began of which the first ended at a time: when GHC said so, or Cabal, unless the
    /// builder's clock is another one; else the last end before it, or the begin of all.
    fn began_before(&self, begins: Option<&Begins>, first: f64, all_ended: &[f64]) -> Option<f64> {
        let start = self.built.map(|built| built.start);
        let last = all_ended[..all_ended.partition_point(|&end| end < first)].last().copied();
        let least = start.filter(|&start| last.is_none_or(|last| start > last)).or(last);
        let seen = begins.into_iter().flat_map(|begins| [begins.compiling, Some(begins.cabal)]).flatten();
        seen.into_iter().find(|&seen| seen <= first && least.is_none_or(|least| seen >= least)).or(least)
    }

    fn beside_modules(&self) -> Vec<Beside> {
        let mut ends: BTreeMap<&ComponentName, Vec<f64>> = BTreeMap::new();
        for compiled in &self.compiled {
            ends.entry(&compiled.component).or_default().extend(self.ended.get(&compiled.stem));
        }
        for ends in ends.values_mut() {
            ends.sort_by(f64::total_cmp);
        }
        self.course.beside(&ends, self.built.map(|built| built.start + built.seconds))
    }
}

/// The chain of modules that the compilation waited for: Cabal builds one component after another, and so it is one of
/// each.
#[derive(Debug, Default)]
struct Path {
    /// Where they are in the list of modules, by components, with when the first of each ended.
    modules: Vec<(f64, Vec<usize>)>,
    /// How long they took, and all modules together, in seconds of the wall clock.
    seconds: f64,
    all: f64,
    is_unknown: bool,
}

impl Path {
    fn add(&mut self, schedule: Option<&Schedule>, indices: &[usize], heard: &[Heard]) {
        let Some(schedule) = schedule else {
            self.is_unknown = true;
            return;
        };
        let first = heard.iter().filter_map(|heard| heard.ended).fold(f64::INFINITY, f64::min);
        self.modules.push((first, schedule.longest.iter().map(|&at| indices[at]).collect()));
        self.seconds += schedule.seconds;
        self.all += heard.iter().filter_map(|heard| heard.share).sum::<f64>();
    }

    /// `seconds` is how long the compilation took.
    fn finish(mut self, seconds: f64) -> Option<CriticalPath> {
        if self.is_unknown || self.modules.is_empty() {
            return None;
        }
        self.modules.sort_by(|one, other| one.0.total_cmp(&other.0));
        let modules = self.modules.into_iter().flat_map(|(_, own)| own);
        Some(CriticalPath {
            modules: modules.map(|at| u32::try_from(at).ok()).collect::<Option<_>>()?,
            seconds: timing::rounded(self.seconds),
            endless_cores_seconds: timing::rounded((seconds - (self.all - self.seconds).max(0.0)).max(self.seconds)),
        })
    }
}

/// Errors in full: from the first line of each to the last that belongs to it.
#[derive(Debug, Default)]
struct Errors {
    lines: Vec<String>,
    bytes: usize,
    open: bool,
}

impl Errors {
    fn line(&mut self, text: &str) {
        self.open = ghc::is_error(text) || self.open && ghc::continues(text);
        if self.open && self.lines.len() < ERROR_LINES && self.bytes + text.len() <= ERROR_BYTES {
            self.bytes += text.len();
            self.lines.push(text.to_owned());
        }
    }

    fn into_lines(mut self) -> Vec<String> {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines
    }
}

/// Takes the suffix off a path.
fn stem(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    path[name..].rfind('.').map_or(path, |at| &path[..name + at])
}

/// Where Cabal puts a module (`Distribution/Simple/GHC.hs`), for when GHC hides the paths.
fn expected_stem(component: &ComponentName, module: &ModuleName) -> String {
    let path = module.0.replace('.', "/");
    match component.0.split_once(':') {
        Some(("lib", name)) => format!("{name}/{path}"),
        Some((_, name)) => format!("{name}/{name}-tmp/{path}"),
        None => path,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn log(components: &[String], interfaces: impl Iterator<Item = String>) -> BuilderLog {
        let mut log = BuilderLog::default();
        for component in components {
            let name = ComponentName(component.clone());
            log.event(&What::Component { name, text: String::new() }, DateTime::UNIX_EPOCH);
        }
        for interface in interfaces {
            log.event(&What::Finished { interface, time: 1.0 }, DateTime::UNIX_EPOCH);
        }
        log
    }

    #[test]
    fn the_component_of_a_module_that_was_finished_is_told_by_its_path() {
        let components = ["lib", "lib:inner", "exe:app"].map(str::to_owned);
        let interfaces = ["A/B.hi", "inner/C.hi", "app/app-tmp/Main.hi", "elsewhere/elsewhere-tmp/Main.hi"];
        let log = log(&components, interfaces.into_iter().map(str::to_owned));
        let finished = log.finished();
        let of = |path: &str| finished.get(path).map(|component| component.0.as_str());
        assert_eq!([of("A/B"), of("C"), of("Main"), of("D")], [Some("lib"), Some("lib:inner"), Some("exe:app"), None]);
    }

    // Some 10 MB of a log that only looks like Cabal's and GHC's kept hinc busy for minutes.
    #[test]
    fn a_log_of_many_components_and_modules_takes_no_minutes() {
        let components: Vec<String> = (0..10_000).map(|n| format!("exe:x{}", n % 5_000)).collect();
        let started = Instant::now();
        let log = log(&components, (0..MODULES).map(|n| format!("x{0}/x{0}-tmp/M{n}.hi", n % 5_000)));
        let finished = log.finished();
        assert_eq!(finished["M7"].0, "exe:x7");
        assert_eq!(log.beside_modules(), []);
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }
}
