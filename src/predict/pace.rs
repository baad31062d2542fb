//! How long it takes to compile what is foretold.

use std::collections::BTreeMap;

use super::recorded::Recorded;
use crate::model::prediction::{ModuleId, Prediction};

/// Returns the seconds that the modules which are compiled for certain, or as a precaution, took in the full build of
/// the base, of the wall clock. What else GHC compiles of those that it may is not in it. None where the base does not
/// say it.
pub fn expected_seconds(recorded: &Recorded, prediction: &Prediction) -> Option<f64> {
    let total = recorded.seconds?;
    let count = recorded.finished.len();
    if count == 0 {
        return None;
    }
    let shares = shares(recorded);
    let average = total / f64::from(u32::try_from(count).ok()?);
    let wanted: std::collections::BTreeSet<&ModuleId> = if prediction.everything.is_some() {
        prediction.at_most.iter().collect()
    } else {
        prediction.certain.iter().chain(&prediction.precaution).collect()
    };
    let sum: f64 =
        wanted.into_iter().map(|id| shares.get(id).copied().unwrap_or(average)).fold(0.0, |sum, share| sum + share);
    Some(sum.min(total))
}

/// The share of each module: from the end of the one that ended before it, in its component, to its own end.
fn shares(recorded: &Recorded) -> BTreeMap<&ModuleId, f64> {
    let mut shares = BTreeMap::new();
    let mut last: Option<(&ModuleId, f64)> = None;
    for (stem, end) in &recorded.finished {
        let node = recorded.graph.at(stem).and_then(|index| recorded.graph.nodes().get(index));
        let Some(node) = node else { continue };
        if let Some((before, ended)) = last
            && before.component == node.id.component
        {
            shares.insert(&node.id, (end - ended).max(0.0));
        }
        last = Some((&node.id, *end));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::haskell::{ComponentName, ModuleName};
    use crate::model::prediction::Known;

    fn id(component: &str, module: &str) -> ModuleId {
        ModuleId { component: ComponentName(component.to_owned()), module: ModuleName(module.to_owned()) }
    }

    fn prediction(certain: Vec<ModuleId>, everything: Option<String>) -> Prediction {
        let at_most = vec![id("lib", "A"), id("lib", "B"), id("exe:x", "Main")];
        Prediction {
            known: Known::Interfaces,
            changed: Vec::new(),
            at_most,
            certain,
            precaution: Vec::new(),
            everything,
        }
    }

    #[test]
    fn modules_take_as_long_as_in_the_full_build() {
        let file = |name: &str| {
            let text = match name {
                "format" => "5",
                "modules" => "lib\tA\tA\t\t\nlib\tB\tB\t\t\nexe:x\tMain\tx/x-tmp/Main\t\t\n",
                "components" => "lib\tl\t.\nexe:x\te\tx/x-tmp\n",
                "contents" => "",
                "seconds" => "9",
                "finished" => "100.5\tA.hi\n102.5\tB.dyn_hi\n109.0\tx/x-tmp/Main.hi\n",
                _ => return None,
            };
            Some(text.as_bytes().to_vec())
        };
        let recorded = Recorded::read(&file).expect("it has this form");
        let expected = |certain, everything| expected_seconds(&recorded, &prediction(certain, everything));
        let nothing = expected(Vec::new(), None).expect("a time");
        assert!(nothing == 0.0 && nothing.is_sign_positive(), "{nothing}");
        assert_eq!(expected(vec![id("lib", "B")], None), Some(2.0));
        // Of the first of a component it is not known when it began.
        assert_eq!(expected(vec![id("lib", "A"), id("lib", "B")], None), Some(5.0));
        assert_eq!(expected(vec![id("exe:x", "Main")], None), Some(3.0));
        assert_eq!(expected(Vec::new(), Some("x".to_owned())), Some(8.0));
        let silent = Recorded::read(&|name| file(name).filter(|_| name != "seconds")).expect("it has this form");
        assert_eq!(expected_seconds(&silent, &prediction(Vec::new(), None)), None);
    }
}
