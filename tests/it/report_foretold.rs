//! Where GHC did not do what was foretold, the report says so.

use hinc::model::haskell::{ComponentName, ModuleName};
use hinc::model::plan::Mode;
use hinc::model::prediction::{Known, ModuleId, Prediction};
use hinc::model::record::{Build, Outcome};

use crate::report::{incremental, module, options, record};

fn id(component: &str, name: &str) -> ModuleId {
    ModuleId { component: ComponentName(component.to_owned()), module: ModuleName(name.to_owned()) }
}

fn prediction(at_most: &[ModuleId], certain: &[ModuleId]) -> Prediction {
    Prediction {
        known: Known::Interfaces,
        changed: certain.to_vec(),
        at_most: at_most.to_vec(),
        certain: certain.to_vec(),
        precaution: Vec::new(),
        everything: None,
    }
}

/// The line that tells it.
fn told(build: Build) -> Option<String> {
    let text = hinc::report::text(&record(Mode::Incremental, vec![build]), &options());
    text.lines().find(|line| line.contains("foretold")).map(str::to_owned)
}

fn build(prediction: Prediction) -> Build {
    let compiled = |component| module(component, "A.B", "source-file-changed", None, "A.B", 1.0);
    Build { prediction: Some(prediction), ..incremental(vec![compiled("lib"), compiled("")]) }
}

#[test]
fn what_happens_as_foretold_is_no_news() {
    let (one, other) = (id("lib", "A.B"), id("lib", "A.C"));
    assert_eq!(told(build(prediction(std::slice::from_ref(&one), std::slice::from_ref(&one)))), None);
    assert_eq!(told(build(prediction(&[one.clone(), other.clone()], &[]))), None, "less is the usual case");
    let everything = Prediction { everything: Some("x".to_owned()), ..prediction(&[], &[]) };
    assert_eq!(told(build(everything)), None);
    let failed = Build { outcome: Outcome::Failed, ..build(prediction(&[one, other.clone()], &[other])) };
    assert_eq!(told(failed), None, "it did not come to it");
}

#[test]
fn what_was_foretold_wrongly_is_told() {
    let (one, other) = (id("lib", "A.B"), id("lib", "A.C"));
    let missed = build(prediction(&[id("exe:x", "A.B"), other.clone()], &[]));
    let text = "  compiled though hinc had foretold that it could not be: A.B (this is a bug of hinc's)";
    assert_eq!(told(missed).as_deref(), Some(text));
    let idle = build(prediction(&[one, other.clone()], &[other]));
    let text = "  not compiled though hinc had foretold that it would be: A.C (this is a bug of hinc's)";
    assert_eq!(told(idle).as_deref(), Some(text));
}
