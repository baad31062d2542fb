//! Which edit a compiled module goes back to.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::haskell::{ComponentName, ModuleName, Reason};
use crate::model::precaution::{Cause, LeftOut};

/// Something that GHC compiled, as a place in the chains of reasons.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'a> {
    /// The build, by its place in the plan.
    pub(super) build: usize,
    /// Whether it is a full build, which is one of the base: what was compiled there is no reason in head.
    pub(super) is_base: bool,
    /// Its component.
    pub(super) component: &'a ComponentName,
    /// Its name. A module and its boot file have the same.
    pub(super) module: &'a ModuleName,
    /// Its place in GHC's order: what it imports comes before it.
    pub(super) place: u32,
    /// Why it was compiled.
    pub(super) reason: &'a Reason,
    /// Why GHC had no interface of it, where the restore kept it away.
    pub(super) left_out: Option<&'a LeftOut>,
}

/// What a chain of reasons leads back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// Its name: a module, a file, `flags`, a precaution.
    pub(super) name: String,
    /// The component of the module, where it is one that was compiled.
    pub(super) component: Option<ComponentName>,
}

/// Returns the root cause of each link.
///
/// `[M changed]` leads on to `M`: the one that was compiled last before it in the same component
/// (which tells a module from its boot file), else one of another component of the package, else
/// one of another package. Boot files make cycles of names: a link that was met before ends
/// the chain.
pub(super) fn roots(links: &[Link<'_>]) -> Vec<Root> {
    let mut named: BTreeMap<&ModuleName, Vec<usize>> = BTreeMap::new();
    for (index, link) in links.iter().enumerate() {
        named.entry(link.module).or_default().push(index);
    }
    let mut roots: Vec<Option<Root>> = vec![None; links.len()];
    for start in 0..links.len() {
        let mut chain = Vec::new();
        let mut met = BTreeSet::new();
        let mut here = start;
        let root = loop {
            if let Some(root) = &roots[here] {
                break root.clone();
            }
            chain.push(here);
            met.insert(here);
            match parent(links, &named, here).filter(|next| !met.contains(next)) {
                Some(next) => here = next,
                None => break Root::of(&links[here]),
            }
        };
        for index in chain {
            roots[index] = Some(root.clone());
        }
    }
    roots.into_iter().flatten().collect()
}

/// The link that a reason leads on to.
fn parent(links: &[Link<'_>], named: &BTreeMap<&ModuleName, Vec<usize>>, here: usize) -> Option<usize> {
    let link = &links[here];
    // An imported module comes from another unit where that of a component of this package is
    // another one now, or of another package's. The first is a cause that can be followed.
    let of_unit = |other: &usize| {
        let found = &links[*other];
        found.build == link.build && found.left_out.is_some_and(|left_out| left_out.cause == Cause::Unit)
    };
    let may_lead = |other: &usize| {
        *other != here && links[*other].is_base == link.is_base && (link.reason.is_passed_on() || of_unit(other))
    };
    if !link.reason.is_passed_on() && !matches!(link.reason, Reason::PackageChanged(_)) {
        return None;
    }
    let cause = ModuleName(link.reason.cause()?.to_owned());
    let candidates = named.get(&cause)?;
    candidates.iter().copied().filter(may_lead).max_by_key(|&other| {
        let found = &links[other];
        let same_build = found.build == link.build;
        let same_component = same_build && found.component == link.component;
        let before = same_component && found.place < link.place;
        let library = found.component.0.starts_with("lib");
        // Of two before it, the later one; otherwise the first of the list.
        let place = if before { i64::from(found.place) } else { -i64::from(found.place) };
        (same_component, before, same_build, library, place)
    })
}

impl Root {
    /// What a link that leads on to no other goes back to.
    fn of(link: &Link<'_>) -> Self {
        if let Some(left_out) = link.left_out {
            return Self { name: left_out.root(), component: None };
        }
        let own = matches!(link.reason, Reason::MustCompile | Reason::SourceFileChanged | Reason::SignatureFilled);
        Self { name: own_root(link), component: own.then(|| link.component.clone()) }
    }
}

fn own_root(link: &Link<'_>) -> String {
    let text = match link.reason {
        Reason::MustCompile | Reason::SourceFileChanged | Reason::SignatureFilled => return link.module.0.clone(),
        Reason::Unknown(text) => return text.clone(),
        Reason::MissingArtifact(artifact) => return format!("missing {artifact}"),
        Reason::PackageChanged(module) => return format!("package of {module}"),
        Reason::ModuleChanged(_)
        | Reason::SpliceModuleChanged(_)
        | Reason::ImportAdded(_)
        | Reason::ImportRemoved(_)
        | Reason::FileChanged(_)
        | Reason::PackageRemoved(_) => link.reason.cause().unwrap_or_default(),
        Reason::FlagsChanged => "flags",
        Reason::OptimisationFlagsChanged => "optimisation flags",
        Reason::HpcFlagsChanged => "coverage flags",
        Reason::UnitIdChanged => "unit id",
        Reason::SignaturesChanged => "signatures",
        Reason::ImplementationChanged => "implementing module",
        Reason::ImpurePlugin | Reason::PluginsChanged | Reason::PluginFingerprintChanged => "plugins",
        Reason::HieMissing | Reason::HieOutdated => "HIE files",
        Reason::MismatchedDynamicInterface => "dynamic interface files",
        Reason::ObjectsChanged => "objects",
        Reason::LibraryChanged => "libraries",
        Reason::OldInterfaceIncomplete => "interfaces without recompilation info",
        Reason::JavaScriptSplice => "JavaScript backend",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chain(entries: &[(usize, &str, &str, u32, Reason)]) -> Vec<String> {
        let owned: Vec<_> = entries
            .iter()
            .map(|(build, component, module, place, reason)| {
                (
                    *build,
                    ComponentName((*component).to_owned()),
                    ModuleName((*module).to_owned()),
                    *place,
                    reason.clone(),
                )
            })
            .collect();
        let links: Vec<_> = owned
            .iter()
            .map(|(build, component, module, place, reason)| Link {
                build: *build,
                is_base: false,
                component,
                module,
                place: *place,
                reason,
                left_out: None,
            })
            .collect();
        let roots = roots(&links);
        assert_eq!(roots.len(), links.len());
        roots.into_iter().map(|root| root.name).collect()
    }

    fn changed(module: &str) -> Reason {
        Reason::ModuleChanged(ModuleName(module.to_owned()))
    }

    #[test]
    fn a_chain_leads_to_the_edit() {
        let roots = chain(&[
            (0, "lib", "A", 1, Reason::SourceFileChanged),
            (0, "lib", "B", 2, changed("A")),
            (0, "lib", "C", 3, Reason::SpliceModuleChanged(ModuleName("B".to_owned()))),
            (0, "exe:x", "Main", 1, changed("C")),
            (0, "lib", "D", 4, changed("Outside.Module")),
            (0, "lib", "E", 5, Reason::FlagsChanged),
            (0, "lib", "F", 6, Reason::FileChanged("data/x".to_owned())),
            (1, "lib", "G", 1, changed("B")),
        ]);
        assert_eq!(roots, ["A", "A", "A", "A", "Outside.Module", "flags", "data/x", "A"]);
    }

    // A[boot] was edited, B imports it, A imports B.
    #[test]
    fn a_boot_file_ends_the_cycle() {
        let roots = chain(&[
            (0, "lib", "A", 1, Reason::SourceFileChanged),
            (0, "lib", "B", 2, changed("A")),
            (0, "lib", "A", 3, changed("B")),
            (0, "lib", "C", 4, changed("A")),
        ]);
        assert_eq!(roots, ["A", "A", "A", "A"]);
    }

    // Two programs have a module Main and one of the same name each.
    #[test]
    fn the_own_component_comes_first() {
        let roots = chain(&[
            (0, "exe:a", "Options", 1, Reason::SourceFileChanged),
            (0, "exe:b", "Options", 1, Reason::FlagsChanged),
            (0, "exe:b", "Main", 2, changed("Options")),
            (0, "exe:a", "Main", 2, changed("Options")),
        ]);
        assert_eq!(roots, ["Options", "flags", "flags", "Options"]);
    }

    // Both components use a new package; the second finds that of its import changed.
    #[test]
    fn a_precaution_is_a_root() {
        let component = |name: &str| ComponentName(name.to_owned());
        let module = |name: &str| ModuleName(name.to_owned());
        let unit = LeftOut { cause: Cause::Unit, about: Some("containers was added".to_owned()) };
        let setup = LeftOut { cause: Cause::Setup, about: None };
        let names = [component("lib"), component("exe:x")];
        let modules = ["A", "B", "C", "Main", "Other"].map(module);
        let reasons =
            [Reason::MustCompile, changed("B"), Reason::PackageChanged("A".into()), Reason::PackageChanged("B".into())];
        let link = |component: usize, module: usize, reason: usize, left_out| Link {
            build: 0,
            is_base: false,
            component: &names[component],
            module: &modules[module],
            place: u32::try_from(module).expect("few"),
            reason: &reasons[reason],
            left_out,
        };
        let links = [
            link(0, 0, 0, Some(&unit)),
            link(0, 1, 0, Some(&setup)),
            link(0, 2, 1, None),
            link(1, 3, 2, None),
            link(1, 4, 3, None),
        ];
        let unit = "unit: containers was added";
        let names: Vec<String> = roots(&links).into_iter().map(|root| root.name).collect();
        assert_eq!(names, [unit, "setup", "setup", unit, "package of B"]);
    }

    proptest! {
        #[test]
        fn every_chain_ends(edges in proptest::collection::vec((0usize..3, 0u32..8, 0usize..8, 0usize..9), 0..40)) {
            let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
            let entries: Vec<_> = edges
                .iter()
                .map(|&(build, place, module, cause)| {
                    (build, "lib", names[module], place, names.get(cause).map_or(Reason::FlagsChanged, |name| changed(name)))
                })
                .collect();
            prop_assert!(chain(&entries).iter().all(|root| !root.is_empty()));
        }
    }
}
