//! When GHC began with modules of which it is known what they import, and which of them the others waited for.
//!
//! GHC begins with a module when all that it imports is done and one of its `-j` slots is free, and gives slots to
//! those first that waited first: a thread a module waits for its imports and then for a semaphore
//! (`GHC/Driver/Make.hs`, `runLoop` and `withAbstractSem`; `QSem` of base serves the first first). So begins follow from
//! ends, imports and the number of slots. What GHC still does for a module when its files are written, such as the
//! shared object of `-dynamic-too`, counts to the module that has its slot next, or that waited for it.

use std::collections::{BTreeMap, BTreeSet};

use super::timing::CLOCK_STEP;

/// More slots than this no machine has.
const SLOTS: usize = 1024;

/// A module that was compiled.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    /// The path of its interface, without its suffix.
    pub(super) stem: String,
    /// When it ended, in seconds since 1970.
    pub(super) ended: f64,
    /// When it had been begun at the latest, where that shows otherwise.
    pub(super) latest: Option<f64>,
}

/// What follows for the modules of a component.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Schedule {
    /// When each was begun, in the order of the modules, in seconds since 1970.
    pub(super) begins: Vec<f64>,
    /// The chain of imports that takes longest, by places in that order, the first first.
    pub(super) longest: Vec<usize>,
    /// How long it takes, in seconds.
    pub(super) seconds: f64,
}

/// A node of the graph: a module that was compiled, or one that was not and lies between two that were.
struct Node {
    /// Where it is in the order in which all ended: with what it imports before it.
    key: (f64, usize),
    imports: Vec<usize>,
}

/// Returns what follows for a component whose modules, in GHC's order, began at `from` in so many slots; none where it is
/// not known of each of them what it imports.
///
/// What ended after a module, it did not wait for: it imports that by its boot file.
pub(super) fn schedule(
    modules: &[Compiled],
    imports: &BTreeMap<String, Vec<String>>,
    slots: usize,
    from: f64,
) -> Option<Schedule> {
    let nodes = graph(modules, imports)?;
    // What each waited for, of all nodes; and when the last of that ended.
    let is_before = |one: usize, other: usize| {
        let latest = modules.get(other).and_then(|module| module.latest).unwrap_or(f64::INFINITY);
        let (one, other) = (nodes[one].key, nodes[other].key);
        (one.0, one.1) < (other.0, other.1) && one.0 <= latest + CLOCK_STEP
    };
    let waited: Vec<Vec<usize>> = (0..nodes.len())
        .map(|at| nodes[at].imports.iter().copied().filter(|&import| is_before(import, at)).collect())
        .collect();
    let ready = |at: usize| waited[at].iter().map(|&import| nodes[import].key.0).fold(from, f64::max);
    let ready: Vec<f64> = (0..modules.len()).map(ready).collect();
    let begins = begins(modules, &ready, slots.clamp(1, SLOTS));

    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by(|&a, &b| nodes[a].key.0.total_cmp(&nodes[b].key.0).then(nodes[a].key.1.cmp(&nodes[b].key.1)));
    // The longest chain up to each node, and the node before it there.
    let mut longest: Vec<(f64, Option<usize>)> = vec![(0.0, None); nodes.len()];
    for at in order {
        let before = waited[at].iter().copied().max_by(|&a, &b| longest[a].0.total_cmp(&longest[b].0).then(b.cmp(&a)));
        let own = modules.get(at).map_or(0.0, |module| (module.ended - begins[at]).max(0.0));
        longest[at] = (before.map_or(0.0, |before| longest[before].0) + own, before);
    }
    let last = (0..modules.len()).max_by(|&a, &b| longest[a].0.total_cmp(&longest[b].0).then(b.cmp(&a)))?;
    let mut chain: Vec<usize> = std::iter::successors(Some(last), |&at| longest[at].1).collect();
    chain.retain(|&at| at < modules.len());
    chain.reverse();
    Some(Schedule { begins, seconds: longest[last].0, longest: chain })
}

/// The modules, and behind them what lies between. None where nobody said what one of the modules imports.
fn graph(modules: &[Compiled], imports: &BTreeMap<String, Vec<String>>) -> Option<Vec<Node>> {
    let compiled: BTreeMap<&str, usize> =
        modules.iter().enumerate().map(|(at, module)| (module.stem.as_str(), at)).collect();
    let mut places = compiled.clone();
    let mut stems: Vec<&str> = modules.iter().map(|module| module.stem.as_str()).collect();
    let mut nodes: Vec<Node> = Vec::new();
    while let Some(&stem) = stems.get(nodes.len()) {
        let own = imports.get(stem)?;
        let mut found = Vec::with_capacity(own.len());
        for import in own.iter().filter(|import| imports.contains_key(*import)) {
            found.push(*places.entry(import).or_insert_with(|| {
                stems.push(import);
                stems.len() - 1
            }));
        }
        let ended = modules.get(nodes.len()).map_or(f64::NEG_INFINITY, |module| module.ended);
        nodes.push(Node { key: (ended, 0), imports: found });
    }
    // What was not compiled ends with the last that it imports. A module is left when all below it were.
    let mut rank = 0;
    let mut is_met = vec![false; nodes.len()];
    for start in modules.len()..nodes.len() {
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.pop() {
            if next == 0 && std::mem::replace(&mut is_met[at], true) {
                continue;
            }
            if let Some(&import) = nodes[at].imports.get(next) {
                path.push((at, next + 1));
                if import >= modules.len() && !is_met[import] {
                    path.push((import, 0));
                }
            } else {
                rank += 1;
                let last = nodes[at].imports.iter().map(|&import| nodes[import].key.0);
                nodes[at].key = (last.fold(f64::NEG_INFINITY, f64::max), rank);
            }
        }
    }
    Some(nodes)
}

/// When each module was begun, given when all that it imports had ended.
fn begins(modules: &[Compiled], ready: &[f64], slots: usize) -> Vec<f64> {
    let mut queue: Vec<usize> = (0..modules.len()).collect();
    queue.sort_by(|&a, &b| ready[a].total_cmp(&ready[b]).then(a.cmp(&b)));
    let mut place = vec![0; modules.len()];
    for (at, &module) in queue.iter().enumerate() {
        place[module] = at;
    }
    let mut ends: Vec<usize> = (0..modules.len()).collect();
    ends.sort_by(|&a, &b| modules[a].ended.total_cmp(&modules[b].ended).then(a.cmp(&b)));

    let mut begins: Vec<f64> = ready.to_vec();
    let mut now = queue.first().map_or(0.0, |&first| ready[first]);
    let (mut waiting, mut next) = (BTreeSet::new(), 0);
    let mut running: Vec<usize> = Vec::new();
    for ended in ends {
        while let Some(&module) = queue.get(next).filter(|&&module| ready[module] <= now) {
            waiting.insert(place[module]);
            next += 1;
        }
        while running.len() < slots
            && let Some(first) = waiting.pop_first()
        {
            begins[queue[first]] = now;
            running.push(queue[first]);
        }
        if let Some(at) = running.iter().position(|&module| module == ended) {
            running.swap_remove(at);
        } else {
            // It had a slot after all, and so another one had none: of those that took it the one that ended last.
            waiting.remove(&place[ended]);
            let other = (0..running.len())
                .max_by(|&a, &b| modules[running[a]].ended.total_cmp(&modules[running[b]].ended).then(a.cmp(&b)));
            if let Some(other) = other.map(|at| running.swap_remove(at)) {
                begins[ended] = begins[other].max(ready[ended]);
                waiting.insert(place[other]);
            }
        }
        now = modules[ended].ended.max(now);
    }
    for ((begin, module), ready) in begins.iter_mut().zip(modules).zip(ready) {
        *begin = begin.min(module.latest.unwrap_or(f64::INFINITY)).max(*ready).min(module.ended);
    }
    begins
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use proptest::prelude::*;

    fn module(index: usize, ended: f64) -> Compiled {
        Compiled { stem: format!("M{index}"), ended, latest: None }
    }

    fn imports(all: &[&[usize]]) -> BTreeMap<String, Vec<String>> {
        let name = |index: &usize| format!("M{index}");
        all.iter().enumerate().map(|(at, own)| (name(&at), own.iter().map(name).collect())).collect()
    }

    fn told(ends: &[f64], all: &[&[usize]], slots: usize) -> Schedule {
        let modules: Vec<_> = ends.iter().enumerate().map(|(at, &ended)| module(at, ended)).collect();
        schedule(&modules, &imports(all), slots, 0.0).expect("all is known")
    }

    #[test]
    fn a_chain_takes_all_of_the_time() {
        for slots in [1, 4] {
            let told = told(&[1.0, 3.0, 6.0], &[&[], &[0], &[1]], slots);
            assert_eq!(told, Schedule { begins: vec![0.0, 1.0, 3.0], longest: vec![0, 1, 2], seconds: 6.0 });
        }
    }

    #[test]
    fn of_modules_that_wait_for_nothing_the_slowest_counts() {
        // One after another: 1, 4 and 2 seconds.
        let one = told(&[1.0, 5.0, 7.0], &[&[], &[], &[0]], 1);
        assert_eq!((one.begins, one.longest, one.seconds), (vec![0.0, 1.0, 5.0], vec![1], 4.0));
        let two = told(&[1.0, 4.0, 3.0], &[&[], &[], &[0]], 2);
        assert_eq!((two.begins, two.longest, two.seconds), (vec![0.0, 0.0, 1.0], vec![1], 4.0));
    }

    #[test]
    fn what_was_not_compiled_passes_the_wait_on() {
        // The last imports `S`, which imports `T`, which imports the first. Both import one another by boot files.
        let mut imports = imports(&[&[], &[]]);
        imports.insert("M1".to_owned(), vec!["S".to_owned()]);
        imports.insert("S".to_owned(), vec!["T".to_owned()]);
        imports.insert("T".to_owned(), vec!["S".to_owned(), "M0".to_owned()]);
        let told = schedule(&[module(0, 2.0), module(1, 3.0)], &imports, 4, 0.0).expect("all is known");
        assert_eq!(told, Schedule { begins: vec![0.0, 2.0], longest: vec![0, 1], seconds: 3.0 });
    }

    #[test]
    fn nobody_waits_for_what_ends_later() {
        // They import one another, the first by a boot file.
        let told = told(&[1.0, 3.0], &[&[1], &[0]], 2);
        assert_eq!((told.begins, told.longest), (vec![0.0, 1.0], vec![0, 1]));
        // By its line the second had been begun before the first ended.
        let mut modules = [module(0, 2.0), module(1, 3.0)];
        modules[1].latest = Some(0.5);
        let told = schedule(&modules, &imports(&[&[], &[0]]), 2, 0.0).expect("all is known");
        assert_eq!((told.begins, told.longest, told.seconds), (vec![0.0, 0.0], vec![1], 3.0));
    }

    #[test]
    fn whoever_ended_had_a_slot() {
        // By the order the first two have the slots, but the third ends before both.
        let told = told(&[5.0, 6.0, 1.0], &[&[], &[], &[]], 2);
        assert_eq!(told.begins, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn where_imports_are_missing_nothing_is_told() {
        let mut known = imports(&[&[], &[0]]);
        known.remove("M1");
        assert_eq!(schedule(&[module(0, 1.0), module(1, 2.0)], &known, 1, 0.0), None);
        assert_eq!(schedule(&[], &known, 1, 0.0), None);
    }

    // Whoever prints such lines: a log has 100,000 modules at most, and this many of them take no minutes.
    #[test]
    fn many_modules_and_what_lies_between_are_soon_done() {
        const MODULES: usize = 20_000;
        let all: Vec<Compiled> = (0..MODULES)
            .map(|at| module(at, f64::from(u32::try_from(at + at * 7919 % 64).expect("few")) + 1.0))
            .collect();
        let name = |at: usize| if at.is_multiple_of(2) { format!("M{at}") } else { format!("S{at}") };
        let own = |at: usize| (1..=10).map(|by| name(at / by)).collect::<Vec<_>>();
        let both = (0..MODULES).flat_map(|at| [(format!("M{at}"), own(at)), (format!("S{at}"), own(at))]);
        let imports: BTreeMap<String, Vec<String>> = both.collect();
        let started = Instant::now();
        let told = schedule(&all, &imports, 64, 0.0).expect("all is known");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert!(told.begins.len() == MODULES && told.longest.len() > 1);
    }

    /// What GHC does: modules in the order of the list, each with what it imports of those before it.
    fn compiled(modules: &[(u32, Vec<usize>)], slots: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut begins, mut ends) = (vec![f64::NAN; modules.len()], vec![f64::INFINITY; modules.len()]);
        let mut queue: Vec<usize> = Vec::new();
        let mut now = 0.0;
        loop {
            let is_ready = |at: &usize| modules[*at].1.iter().all(|&import| ends[import] <= now);
            let ready: Vec<usize> = (0..modules.len()).filter(is_ready).collect();
            queue
                .extend(ready.into_iter().filter(|at| begins[*at].is_nan() && !queue.contains(at)).collect::<Vec<_>>());
            let running = (0..modules.len()).filter(|&at| begins[at] <= now && now < ends[at]).count();
            for at in queue.drain(..queue.len().min(slots - running)) {
                begins[at] = now;
                ends[at] = now + f64::from(modules[at].0);
            }
            let later = ends.iter().copied().filter(|&end| end > now && end.is_finite());
            let next = later.fold(f64::INFINITY, f64::min);
            if next.is_infinite() {
                return (begins, ends);
            }
            now = next;
        }
    }

    proptest! {
        // What GHC does is found again from the ends alone, and no chain is longer than all of it took.
        #[test]
        fn begins_follow_from_ends(
            lengths in proptest::collection::vec(1u32..40, 1..25),
            edges in proptest::collection::vec((0usize..25, 0usize..25), 0..40),
            slots in 1usize..6,
        ) {
            let mut modules: Vec<(u32, Vec<usize>)> = lengths.into_iter().map(|length| (length, Vec::new())).collect();
            for (one, other) in edges {
                let count = modules.len();
                let (one, other) = (one % count, other % count);
                if one < other && !modules[other].1.contains(&one) {
                    modules[other].1.push(one);
                }
            }
            let (begins, ends) = compiled(&modules, slots);
            let all: Vec<&[usize]> = modules.iter().map(|(_, own)| own.as_slice()).collect();
            let told = told(&ends, &all, slots);
            // Which of two that end at once did so first nobody can say.
            let mut sorted = ends.clone();
            sorted.sort_by(f64::total_cmp);
            if sorted.windows(2).all(|pair| pair[0] < pair[1]) {
                prop_assert_eq!(&told.begins, &begins);
            }
            let last = sorted.last().copied().expect("one");
            prop_assert!(told.seconds <= last + 1e-9);
            prop_assert!(told.longest.windows(2).all(|pair| modules[pair[1]].1.contains(&pair[0])));
            let sum: f64 = told.longest.iter().map(|&at| ends[at] - told.begins[at]).sum();
            prop_assert!((sum - told.seconds).abs() < 1e-9);
            // With a slot for each the chain is all there is.
            let (_, ends) = compiled(&modules, modules.len());
            let alone = schedule(
                &ends.iter().enumerate().map(|(at, &ended)| module(at, ended)).collect::<Vec<_>>(),
                &imports(&all),
                modules.len(),
                0.0,
            );
            let all_of_it = ends.iter().copied().fold(0.0, f64::max);
            prop_assert!((alone.expect("known").seconds - all_of_it).abs() < 1e-9);
        }
    }
}
