//! What a build did beside its modules: Cabal compiles C sources, preprocesses and makes archives without a word, so
//! it is told from when it spoke of other things.

use std::collections::BTreeMap;

use super::timing;
use crate::model::haskell::{ComponentName, NodeKind};
use crate::model::record::{Beside, Part};

/// How many turns are kept: more than the components of any package, ten times over. Anybody can print such lines.
const TURNS: usize = 10_000;

/// The components that Cabal worked on, in order. All times are seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Course {
    turns: Vec<Turn>,
}

/// From when Cabal says that it works on a component to when it says something else.
#[derive(Debug)]
struct Turn {
    component: ComponentName,
    began: f64,
    /// When GHC said of the first module that it compiles it, and of the last.
    compiling: Option<(f64, f64)>,
    /// When GHC said that it links.
    linking: Option<f64>,
    ended: Option<f64>,
}

impl Course {
    /// Cabal works on a component.
    pub(super) fn component(&mut self, component: &ComponentName, at: f64) {
        // It says so twice: it preprocesses, and builds.
        if self.turns.last().is_some_and(|turn| turn.component == *component && turn.ended.is_none()) {
            return;
        }
        self.end(at);
        if self.turns.len() < TURNS {
            let component = component.clone();
            self.turns.push(Turn { component, began: at, compiling: None, linking: None, ended: None });
        }
    }

    /// Returns the components that Cabal said it works on; some come more than once.
    pub(super) fn components(&self) -> impl Iterator<Item = &ComponentName> {
        self.turns.iter().map(|turn| &turn.component)
    }

    /// Returns when Cabal first said that it works on a component.
    pub(super) fn began(&self) -> Option<f64> {
        self.turns.first().map(|turn| turn.began)
    }

    /// GHC begins with something of the component.
    pub(super) fn compiling(&mut self, kind: NodeKind, at: f64) {
        let Some(turn) = self.turns.last_mut().filter(|turn| turn.ended.is_none()) else { return };
        if kind == NodeKind::Link {
            turn.linking.get_or_insert(at);
        } else {
            turn.compiling = Some((turn.compiling.map_or(at, |(first, _)| first), at));
        }
    }

    /// The builder does something else.
    pub(super) fn end(&mut self, at: f64) {
        if let Some(turn) = self.turns.last_mut() {
            turn.ended.get_or_insert(at);
        }
    }

    /// Returns when each component was begun, at its first turn at which modules were compiled.
    pub(super) fn begins(&self) -> BTreeMap<&ComponentName, Begins> {
        let mut all: BTreeMap<&ComponentName, Begins> = BTreeMap::new();
        for turn in &self.turns {
            let begins = Begins { compiling: turn.compiling.map(|(first, _)| first), cabal: turn.began };
            let known = all.entry(&turn.component).or_insert(begins);
            if known.compiling.is_none() && begins.compiling.is_some() {
                *known = begins;
            }
        }
        all
    }

    /// Returns what each component took beside its modules. `ends` are when modules ended, in order, and `built` is
    /// when all was, by the builder's clock: what does not go together with what was seen is left out.
    pub(super) fn beside(&self, ends: &BTreeMap<&ComponentName, Vec<f64>>, built: Option<f64>) -> Vec<Beside> {
        let mut sums: Vec<Beside> = Vec::new();
        let mut places: BTreeMap<(&ComponentName, Part), usize> = BTreeMap::new();
        for (index, turn) in self.turns.iter().enumerate() {
            let is_last = index + 1 == self.turns.len();
            let built = built.filter(|&built| is_last && built >= turn.began);
            let Some(end) = built.or(turn.ended) else { continue };
            let own = ends.get(&turn.component).map_or(&[][..], Vec::as_slice);
            for (part, seconds) in turn.parts(own, end) {
                let place = *places.entry((&turn.component, part)).or_insert(sums.len());
                match sums.get_mut(place) {
                    Some(sum) => sum.seconds = timing::rounded(sum.seconds + seconds),
                    None => sums.push(Beside { component: turn.component.clone(), part, seconds }),
                }
            }
        }
        sums.retain(|sum| sum.seconds > 0.0);
        sums
    }
}

/// When a component was begun.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Begins {
    /// When GHC said so of its first module.
    pub(super) compiling: Option<f64>,
    /// When Cabal said so of the component.
    pub(super) cabal: f64,
}

impl Turn {
    /// `ends` are in order.
    fn parts(&self, ends: &[f64], end: f64) -> [(Part, f64); 2] {
        let from = ends.partition_point(|&own| own < self.began);
        let to = ends.partition_point(|&own| own <= end);
        let ends = ends.get(from..to).unwrap_or_default();
        let first_end = ends.first().copied().unwrap_or(f64::INFINITY);
        let first = self.compiling.map(|(first, _)| first).filter(|&first| first <= first_end);
        let last = self.compiling.map_or(self.began, |(_, last)| last).min(end);
        let last = ends.last().map_or(last, |&own| last.max(own));
        let links = self.linking.map_or(end, |links| links.clamp(last, end));
        let before = first.map_or(0.0, |first| first - self.began);
        [(Part::Other, timing::rounded(before + links - last)), (Part::Linking, timing::rounded(end - links))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(name: &str) -> ComponentName {
        ComponentName(name.to_owned())
    }

    fn told(course: &Course, ends: &[(&str, &[f64])], built: Option<f64>) -> Vec<(String, Part, f64)> {
        let names: Vec<_> = ends.iter().map(|(component, ends)| (name(component), ends.to_vec())).collect();
        let ends = names.iter().map(|(component, ends)| (component, ends.clone())).collect();
        course
            .beside(&ends, built)
            .into_iter()
            .map(|beside| (beside.component.0, beside.part, beside.seconds))
            .collect()
    }

    /// A library with C sources, and a program.
    fn course() -> Course {
        let mut course = Course::default();
        course.component(&name("lib"), 10.0);
        course.component(&name("lib"), 10.1);
        course.compiling(NodeKind::Module, 11.0);
        course.compiling(NodeKind::Module, 12.0);
        course.component(&name("exe:x"), 50.0);
        course.compiling(NodeKind::Module, 50.5);
        course.compiling(NodeKind::Link, 52.0);
        course
    }

    #[test]
    fn time_that_no_module_took_is_somebodys() {
        let (lib, exe): (&[f64], &[f64]) = (&[11.5, 13.0], &[51.0]);
        let all = told(&course(), &[("lib", lib), ("exe:x", exe)], Some(54.0));
        assert_eq!(
            all,
            [
                // One second before the first module, and 37 after the last.
                ("lib".to_owned(), Part::Other, 38.0),
                ("exe:x".to_owned(), Part::Other, 1.5),
                ("exe:x".to_owned(), Part::Linking, 2.0),
            ]
        );
        assert_eq!(course().begins()[&name("lib")], Begins { compiling: Some(11.0), cabal: 10.0 });
    }

    #[test]
    fn a_component_without_compiled_modules_has_its_time_too() {
        let mut course = Course::default();
        course.component(&name("lib"), 10.0);
        course.component(&name("exe:x"), 30.0);
        course.compiling(NodeKind::Link, 31.0);
        course.end(33.0);
        // Another phase begins: what GHC compiles then is nobody's.
        course.compiling(NodeKind::Module, 40.0);
        let expected = [("lib", Part::Other, 20.0), ("exe:x", Part::Other, 1.0), ("exe:x", Part::Linking, 2.0)];
        assert_eq!(
            told(&course, &[], None),
            expected.map(|(component, part, time)| (component.to_owned(), part, time))
        );
    }

    #[test]
    fn what_did_not_end_is_not_told() {
        let told = told(&course(), &[("lib", &[13.0])], None);
        assert_eq!(told.iter().map(|(component, ..)| component.as_str()).collect::<Vec<_>>(), ["lib"]);
    }

    proptest! {
        // Whatever the builder's clock says: no time is less than nothing, and all is not more than there was.
        #[test]
        fn no_clock_makes_more_time_than_there_was(
            ends in proptest::collection::vec(-1e3f64..1e3, 0..6),
            marks in proptest::collection::vec((0u8..4, 0u32..20), 0..20),
            built in proptest::option::of(-1e3f64..1e3),
        ) {
            let mut course = Course::default();
            let mut now = 0.0;
            for (what, seconds) in marks {
                now += f64::from(seconds);
                match what {
                    0 => course.component(&name("lib"), now),
                    1 => course.component(&name("exe:x"), now),
                    2 => course.compiling(NodeKind::Module, now),
                    _ => course.compiling(NodeKind::Link, now),
                }
            }
            let told = told(&course, &[("lib", &ends)], built);
            let sum: f64 = told.iter().map(|(.., seconds)| seconds).sum();
            prop_assert!(told.iter().all(|(.., seconds)| *seconds > 0.0));
            prop_assert!(sum <= now.max(built.unwrap_or(0.0)) + 1e-3);
        }
    }
}
