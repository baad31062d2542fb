//! What GHC compiled, numbered, so that the timeline, the table and the causes speak of the same entries.

use std::collections::BTreeMap;

use crate::model::record::Module;
use crate::report::cascade;
use crate::report::content::{Change, Content, Subject};

/// What GHC compiled in all derivations that are worth words.
pub(super) struct Entries<'a> {
    /// The derivations that compiled something.
    pub(super) subjects: Vec<&'a Subject<'a>>,
    /// The changes of all of them, in their order.
    pub(super) changes: Vec<&'a Change<'a>>,
    /// What was compiled, in the order of the derivations and of GHC.
    pub(super) all: Vec<Entry<'a>>,
}

/// Something that GHC compiled.
pub(super) struct Entry<'a> {
    /// It.
    pub(super) module: &'a Module,
    /// The index of its derivation.
    pub(super) subject: usize,
    /// The index of the change that it was compiled for; none in a build from scratch.
    pub(super) change: Option<usize>,
    /// The index of the entry that its reason names, of those of the same change; none of a root.
    pub(super) parent: Option<usize>,
}

impl<'a> Entries<'a> {
    /// Numbers what a report speaks of.
    pub(super) fn of(content: &'a Content<'a>) -> Self {
        let subjects: Vec<_> = content.subjects.iter().filter(|subject| !subject.build.modules.is_empty()).collect();
        let mut all: Vec<Entry<'a>> = Vec::new();
        let mut changes = Vec::new();
        for (subject, told) in subjects.iter().enumerate() {
            let first = all.len();
            let entry = |module| Entry { module, subject, change: None, parent: None };
            all.extend(told.build.modules.iter().map(entry));
            // A change has references into the same list.
            let places: BTreeMap<*const Module, usize> =
                told.build.modules.iter().enumerate().map(|(at, one)| (std::ptr::from_ref(one), first + at)).collect();
            for change in &told.changes {
                let members: Vec<usize> =
                    change.modules.iter().filter_map(|&one| places.get(&std::ptr::from_ref(one)).copied()).collect();
                adopt(&mut all, &members, changes.len());
                changes.push(change);
            }
        }
        Self { subjects, changes, all }
    }

    /// Whether an entry is of a full build of the base that nobody asked for.
    pub(super) fn is_of_helper(&self, entry: &Entry<'_>) -> bool {
        self.subjects[entry.subject].build.is_helper()
    }

    /// Returns what a derivation is called among the others.
    pub(super) fn label(&self, subject: usize) -> String {
        let build = self.subjects[subject].build;
        if build.is_helper() { format!("{}, base", build.package) } else { build.package.to_string() }
    }
}

/// Says of the entries of a change which of the others, compiled before, its reason names: one of its own component if
/// there is one. A boot file and its module have one name, and the later is what importers see.
fn adopt(all: &mut [Entry<'_>], members: &[usize], change: usize) {
    let mut of_component: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut of_any: BTreeMap<&str, usize> = BTreeMap::new();
    for &at in members {
        let module = all[at].module;
        let (component, name) = (module.component.0.as_str(), module.module.0.as_str());
        let parent = cascade::leads_to(module);
        all[at].change = Some(change);
        all[at].parent =
            parent.and_then(|cause| of_component.get(&(component, cause)).or_else(|| of_any.get(cause)).copied());
        of_component.insert((component, name), at);
        of_any.insert(name, at);
    }
}
