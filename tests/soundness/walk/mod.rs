//! A random walk: edits applied in any order, and after each an incremental build of that state on
//! an earlier one is compared with a clean build. The model knows what each module reads, so that
//! it can also say which ones were left out of the restore for nothing.
//!
//! `HINC_WALK_STEPS` and `HINC_WALK_SEEDS` (numbers with commas between them) say how far to go.

mod edits;
mod looks;
mod model;
mod predicted;
mod random;

use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use serde_json::{Value, json};

use edits::Edit;
use model::Package;
use random::Random;

use super::nix::{self, Answer, Drv, Request};
use super::recipes;
use super::seen::Seen;

/// What a walk needs to build a state.
struct Surroundings {
    functions: PathBuf,
    options: Value,
}

impl Surroundings {
    fn evaluate(&self, base: Option<&Package>, head: &Package) -> Answer {
        nix::evaluate(&Request {
            functions: &self.functions,
            base: base.map(Package::render).as_ref(),
            head: &head.render(),
            options: &self.options,
            attribute: None,
            nixpkgs: None,
            on_partial: None,
        })
    }

    /// Builds a state both ways, and returns what differs.
    fn differences(&self, base: &Package, head: &Package) -> Vec<String> {
        let answer = self.evaluate(Some(base), head);
        let Some(kept) = &answer.incremental_kept else { return Vec::new() };
        nix::realise(&[&answer.head_full, kept], "2");
        Seen::of(&answer.head_full).differences(&Seen::of(kept))
    }
}

/// A step of a walk: the edit, what it leads to, and the clean build of that.
struct Step {
    edit: Option<Edit>,
    package: Package,
    answer: Answer,
}

/// An incremental build of one step on another.
struct Pair {
    base: usize,
    head: usize,
    clean: Drv,
    kept: Drv,
}

fn number_of(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

fn seeds() -> Vec<u64> {
    let told = std::env::var("HINC_WALK_SEEDS").unwrap_or_else(|_| "1".to_owned());
    told.split(',').map(|seed| seed.trim().parse().unwrap_or_else(|_| panic!("`{seed}` is no seed"))).collect()
}

/// Applies a function to all items, on all processors, and keeps their order.
fn in_parallel<T: Send, R: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let mut items: Vec<_> = items.into_iter().collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        while !items.is_empty() {
            let part: Vec<_> = items.drain(..share.min(items.len())).collect();
            running.push(scope.spawn(move || part.into_iter().map(work).collect::<Vec<_>>()));
        }
        running.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// Edits from an empty start, each of which changes the files of the package.
fn steps(random: &mut Random, length: usize, surroundings: &Surroundings) -> Vec<Step> {
    let mut states = vec![(None, Package::default())];
    while states.len() <= length {
        let package = &states.last().expect("a state").1;
        // What cannot be built is no base, so it is mended soon.
        let mending = Edit::that_mends(package).filter(|_| random.below(2) == 0);
        let edit = mending.unwrap_or_else(|| Edit::any(random));
        let mut next = package.clone();
        edit.apply(&mut next);
        if next.render() != package.render() {
            states.push((Some(edit), next));
        }
    }
    let answers = in_parallel(&states, |(_, package)| surroundings.evaluate(None, package));
    states.into_iter().zip(answers).map(|((edit, package), answer)| Step { edit, package, answer }).collect()
}

/// For each of these steps a base one to five steps before it, of those that can be built.
fn pairs(random: &mut Random, heads: Range<usize>, steps: &[Step], surroundings: &Surroundings) -> Vec<Pair> {
    let built = |step: &Step| nix::is_valid(step.answer.head_full.output("out"));
    assert!(built(&steps[0]), "the first state does not build:\n{}", nix::log_of(&steps[0].answer.head_full));
    let mut chosen = Vec::new();
    for head in heads {
        let bases: Vec<_> = (0..head).rev().filter(|&base| built(&steps[base])).take(5).collect();
        chosen.push((bases[random.below(u32::try_from(bases.len()).expect("five at most")) as usize], head));
    }
    let answers =
        in_parallel(&chosen, |&(base, head)| surroundings.evaluate(Some(&steps[base].package), &steps[head].package));
    let pairs = chosen.into_iter().zip(answers).filter_map(|((base, head), answer)| {
        // An edit and its opposite lead back to where they started; other dependencies lead to a
        // plain build.
        let nothing_changed = answer.full.as_ref().is_some_and(|full| full.drv == answer.head_full.drv);
        let kept = answer.incremental_kept.filter(|_| !nothing_changed)?;
        Some(Pair { base, head, clean: answer.head_full, kept })
    });
    pairs.collect()
}

/// The shortest list of edits that still gives a difference, found by leaving out one at a time.
fn shortest(base: &Package, mut edits: Vec<Edit>, surroundings: &Surroundings) -> (Vec<Edit>, Package, Vec<String>) {
    let after = |edits: &[Edit]| {
        let mut package = base.clone();
        for edit in edits {
            edit.apply(&mut package);
        }
        package
    };
    let mut head = after(&edits);
    let mut differences = surroundings.differences(base, &head);
    let mut index = 0;
    while index < edits.len() {
        let mut fewer = edits.clone();
        fewer.remove(index);
        let package = after(&fewer);
        let found =
            if package.render() == base.render() { Vec::new() } else { surroundings.differences(base, &package) };
        if found.is_empty() {
            index += 1;
        } else {
            // What was kept may be of no use without the one that is gone.
            (edits, head, differences, index) = (fewer, package, found, 0);
        }
    }
    (edits, head, differences)
}

/// What two builds of one state showed.
struct Comparison {
    pair: Pair,
    /// Whether the clean build succeeds.
    built: bool,
    agree: bool,
    left_out: usize,
    /// Modules that were left out although nothing that they need changed.
    needless: Vec<String>,
}

fn compare(pair: Pair, steps: &[Step]) -> Comparison {
    let (clean, incremental) = (Seen::of(&pair.clean), Seen::of(&pair.kept));
    let (base, head) = (&steps[pair.base].package, &steps[pair.head].package);
    let needless = incremental.log.left_out.iter().filter(|event| !base.needs(head, event));
    let needless = needless.map(|event| format!("step {} on {}: {event}", pair.head, pair.base)).collect();
    Comparison {
        built: clean.built,
        agree: clean.differences(&incremental).is_empty(),
        left_out: incremental.log.left_out.len(),
        needless,
        pair,
    }
}

/// Takes one walk, and returns what went wrong. It builds and compares some steps at a time, and
/// says how far it is: a long walk that is stopped has shown something, and one that goes wrong ends.
fn walk(seed: u64, length: usize) -> Option<String> {
    const AT_A_TIME: usize = 25;
    const SHOWN: usize = 10;
    let surroundings = Surroundings { functions: nix::functions(), options: json!({ "shared": false, "tests": true }) };
    let mut random = Random::of(seed);
    let steps = steps(&mut random, length, &surroundings);
    let mut compared: Vec<Comparison> = Vec::new();
    for start in (1..steps.len()).step_by(AT_A_TIME) {
        let heads = start..steps.len().min(start + AT_A_TIME);
        let with_the_first = if start == 1 { 0..heads.end } else { heads.clone() };
        nix::realise(&steps[with_the_first].iter().map(|step| &step.answer.head_full).collect::<Vec<_>>(), "2");
        let pairs = pairs(&mut random, heads.clone(), &steps, &surroundings);
        nix::realise(&pairs.iter().map(|pair| &pair.kept).collect::<Vec<_>>(), "2");
        let new = in_parallel(pairs, |pair| compare(pair, &steps));
        let needless: Vec<_> = new.iter().flat_map(|comparison| &comparison.needless).take(SHOWN).cloned().collect();
        compared.extend(new);
        let told = so_far(seed, heads.end - 1, &compared);
        // Past the test harness, which shows nothing of a test that runs.
        writeln!(std::io::stderr(), "{told}\n{}", needless.join("\n")).expect("stderr is open");
        if compared.iter().any(|comparison| !comparison.agree) {
            break;
        }
    }

    let Some(first) = compared.iter().find(|comparison| !comparison.agree) else {
        let built = compared.iter().filter(|comparison| comparison.built).count();
        assert!(compared.len() * 2 > length, "most of the walk is built plainly");
        assert!(built * 2 > compared.len(), "most of the walk does not build, so that little was compared");
        let needless: Vec<_> = compared.iter().flat_map(|comparison| comparison.needless.clone()).collect();
        return (!needless.is_empty()).then(|| format!("seed {seed}: left out needlessly:\n{}", needless.join("\n")));
    };

    let first = &first.pair;
    let base = &steps[first.base].package;
    let edits: Vec<_> = steps[first.base + 1..=first.head].iter().filter_map(|step| step.edit.clone()).collect();
    let (edits, head, differences) = shortest(base, edits, &surroundings);
    let failing = compared.iter().filter(|comparison| !comparison.agree).map(|comparison| &comparison.pair);
    let others: Vec<_> = failing.map(|pair| format!("{} on {}", pair.head, pair.base)).collect();
    Some(format!(
        "seed {seed}: the incremental build of step {} on step {} differs from a clean one\n\
         all that differ: {}\nthe fewest edits: {edits:?}\n{}\n{}",
        first.head,
        first.base,
        others.join(", "),
        differences.join("\n"),
        base.render().describe_changes(&head.render()),
    ))
}

fn so_far(seed: u64, step: usize, compared: &[Comparison]) -> String {
    let built = compared.iter().filter(|comparison| comparison.built).count();
    let left_out: usize = compared.iter().map(|comparison| comparison.left_out).sum();
    let needless: usize = compared.iter().map(|comparison| comparison.needless.len()).sum();
    format!(
        "walk with seed {seed}, up to step {step}: {} comparisons, {built} of them of builds that succeed; \
         {left_out} modules left out, {needless} of them needlessly",
        compared.len()
    )
}

#[test]
fn every_state_of_a_random_walk_agrees() {
    let length = number_of("HINC_WALK_STEPS").unwrap_or(12);
    let failures: Vec<_> = seeds().into_iter().filter_map(|seed| walk(seed, length)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// With a restore that is not sound a walk goes wrong, and the edit that does it is found among
/// others.
#[test]
fn the_edit_that_nixpkgs_recipe_gets_wrong_is_found() {
    let functions = recipes::nixpkgs_recipe("0");
    let surroundings =
        Surroundings { functions: functions.path().to_owned(), options: json!({ "shared": false, "tests": true }) };
    let edits = vec![Edit::Comment(2, 7), Edit::UntrackedFile(44), Edit::DataFile(3)];
    let (fewest, head, differences) = shortest(&Package::default(), edits, &surroundings);
    assert_eq!(fewest, [Edit::UntrackedFile(44)]);
    assert_eq!(head.untracked, 44);
    assert!(differences.iter().any(|told| told.contains("untracked 0")), "{differences:#?}");
}

/// Edits are total, and what they change shows in the files.
#[test]
fn the_same_seed_gives_the_same_walk() {
    let take = |seed| {
        let mut random = Random::of(seed);
        let mut package = Package::default();
        for _ in 0..500 {
            Edit::any(&mut random).apply(&mut package);
        }
        package.render()
    };
    assert_eq!(take(7), take(7));
    assert_ne!(take(7), take(8));
}
