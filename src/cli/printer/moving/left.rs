//! How long a build will still take, from the last one like it.

use std::collections::BTreeMap;

use crate::model::outlook::Outlook;

/// How much quicker or slower than the last build this one can be held for, as a factor.
const SLOWEST: f64 = 4.0;

/// Before this much of the last build has passed, in seconds, the speed of this one is not told from it.
const TELLING: f64 = 5.0;

/// What a build is compared with, and where it is.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// How long the last one took, in seconds.
    total: Option<f64>,
    /// When the last one began with a module, by component and name, in seconds.
    marks: BTreeMap<String, BTreeMap<String, f64>>,
    /// The last module that both had: when the last build had begun with it and when this one did, in seconds.
    at: Option<(f64, f64)>,
}

impl Pace {
    /// Begins with what is known beforehand.
    pub(super) fn of(outlook: &Outlook) -> Self {
        let mut marks: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for mark in &outlook.marks {
            marks.entry(mark.component.0.clone()).or_default().insert(mark.module.0.clone(), mark.seconds);
        }
        Self { total: outlook.seconds, marks, at: None }
    }

    /// The build has begun with a module of a component, this many milliseconds after it was started.
    pub(super) fn begun(&mut self, (component, module): (&str, &str), milliseconds: i64) {
        let Some(&then) = self.marks.get(component).and_then(|marks| marks.get(module)) else { return };
        // A module that is compiled once more, in another way, was there before.
        if self.at.is_none_or(|(before, _)| then > before) {
            self.at = Some((then, in_seconds(milliseconds)));
        }
    }

    /// How many seconds the build will still take, of one that was started this many milliseconds ago; none where nobody
    /// knows, and where it takes longer than the last.
    pub(super) fn left(&self, milliseconds: i64) -> Option<f64> {
        let total = self.total?;
        let now = in_seconds(milliseconds);
        let left = match self.at {
            None => total - now,
            Some((then, here)) => {
                let factor = if then < TELLING { 1.0 } else { (here / then).clamp(1.0 / SLOWEST, SLOWEST) };
                (total - then).max(0.0) * factor - (now - here)
            }
        };
        (left > 0.0).then_some(left)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no build takes 2^53 milliseconds")]
fn in_seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::haskell::{ComponentName, ModuleName};
    use crate::model::outlook::Mark;

    fn pace() -> Pace {
        let mark = |module: &str, seconds| Mark {
            component: ComponentName("lib".to_owned()),
            module: ModuleName(module.to_owned()),
            seconds,
        };
        let marks = vec![mark("A", 2.0), mark("B", 20.0), mark("C", 80.0)];
        Pace::of(&Outlook { modules: None, seconds: Some(100.0), marks })
    }

    /// The modules that began at which second, the second of now, and what is left.
    type Case<'a> = (&'a [(&'a str, i64)], i64, Option<f64>);

    #[test]
    fn what_is_left_is_told_by_where_the_last_one_was() {
        let cases: [Case<'_>; 10] = [
            (&[], 0, Some(100.0)),
            (&[], 30, Some(70.0)),
            (&[], 100, None),
            // Too early to tell how quick it is.
            (&[("A", 4)], 5, Some(97.0)),
            (&[("A", 2), ("B", 20)], 25, Some(75.0)),
            // Twice as quick.
            (&[("B", 10)], 10, Some(40.0)),
            // Twice as slow.
            (&[("B", 40)], 50, Some(150.0)),
            (&[("C", 80)], 130, None),
            // Compiled again, for profiling.
            (&[("C", 80), ("B", 85)], 90, Some(10.0)),
            (&[("Unknown", 80)], 90, Some(10.0)),
        ];
        for (begun, now, expected) in cases {
            let mut pace = pace();
            for &(module, second) in begun {
                pace.begun(("lib", module), second * 1000);
            }
            assert_eq!(pace.left(now * 1000), expected, "{begun:?} at {now}");
        }
        assert_eq!(Pace::default().left(0), None);
    }
}
