//! What a build is called while it runs.

use std::collections::BTreeMap;

use crate::foreign;
use crate::model::event::{Event, Speaker, What};
use crate::model::plan::Kind;
use crate::model::store::StorePath;

/// Returns the lines of a message, each with whose it is: no line of Nix's or of a builder's can be
/// taken for one of hinc's own.
pub(super) fn message(by: Speaker, text: &str) -> Vec<String> {
    let whose = match by {
        Speaker::Hinc => "",
        Speaker::Nix | Speaker::Program => "nix> ",
        Speaker::Unclear => "log> ",
    };
    let indented = |(number, line)| match (by, number) {
        // What hinc says can quote others: only its first line begins as hinc's lines do.
        (Speaker::Hinc, 1..) => format!("  {line}"),
        _ => format!("{whose}{line}"),
    };
    text.lines().enumerate().map(indented).collect()
}

/// The names of the derivations of the plan. A full build and the incremental one on it have the
/// same name in the store, so the plan must tell them apart.
#[derive(Default)]
pub(super) struct Labels {
    planned: BTreeMap<StorePath, String>,
}

impl Labels {
    /// Learns the names, where an event is the plan.
    pub(super) fn learn(&mut self, event: &Event) {
        let What::Planned { plan } = &event.what else { return };
        for step in &plan.steps {
            let kind = match step.kind {
                Kind::Full => " (full)",
                Kind::Partial => " (partial)",
                Kind::Kept => " (again)",
                Kind::Clean => " (clean)",
                Kind::Description => " (comparing)",
                Kind::Incremental | Kind::Plain => "",
            };
            // A derivation that is no package may have no version.
            let name: Vec<&str> =
                [step.package.as_str(), step.version.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
            let label = format!("{}{kind}", name.join("-"));
            self.planned.insert(step.derivation.drv.clone(), foreign::line(&label).into_owned());
        }
    }

    /// Returns what a derivation is called: by the plan, or else by its name without hash and `.drv`.
    pub(super) fn of(&self, drv: &StorePath) -> String {
        let by_name = || drv.name().trim_end_matches(".drv").to_owned();
        self.planned.get(drv).cloned().unwrap_or_else(by_name)
    }

    /// Whether a derivation is of the plan.
    pub(super) fn is_planned(&self, drv: &StorePath) -> bool {
        self.planned.contains_key(drv)
    }

    /// Returns what the derivation of an event is called; nothing where it has none.
    pub(super) fn of_event(&self, event: &Event) -> String {
        event.drv.as_ref().map_or_else(String::new, |drv| self.of(drv))
    }
}
