//! Which edit a compiled module goes back to.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::name::PackageName;
use crate::model::precaution::{Cause, LeftOut};
use crate::model::reason::{Reason, ReasonCode};

/// A build, as far as chains of reasons lead through it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The package.
    pub(super) package: &'a PackageName,
    /// Whether it is a full build, which is one of the base: what was compiled there is no reason in head.
    pub(super) is_base: bool,
    /// The component of a module that it finished, though GHC may have said nothing of it (`-v0`).
    pub(super) finished: &'a dyn Fn(&ModuleName) -> Option<ComponentName>,
}

/// How many modules of one name are looked at: a package has one in each component, in each way. Anybody can print
/// that GHC compiles a module.
const OF_ONE_NAME: usize = 1_000;

/// Something that GHC compiled, as a place in the chains of reasons.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'a> {
    /// The build, as an index of the places.
    pub(super) build: usize,
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
    /// The reason of what the chain ends at.
    pub(super) reason: ReasonCode,
    /// The package of what the chain ends at; none where it leads on to a module that no build has.
    pub(super) package: Option<PackageName>,
    /// The component of the module that is named, where a build has it.
    pub(super) component: Option<ComponentName>,
}

/// All that was compiled, and where.
struct Chains<'a> {
    places: &'a [Place<'a>],
    links: &'a [Link<'a>],
    named: BTreeMap<&'a ModuleName, Vec<usize>>,
}

/// Returns the root cause of each link.
///
/// `[M changed]` leads on to `M`: the one that was compiled last before it in the same component
/// (which tells a module from its boot file), else one of another component of the package, else
/// one of another package; of other components, a library. Boot files make cycles of names: a link that was met before ends
/// the chain.
pub(super) fn roots(places: &[Place<'_>], links: &[Link<'_>]) -> Vec<Root> {
    let mut chains = Chains { places, links, named: BTreeMap::new() };
    for (index, link) in links.iter().enumerate() {
        chains.named.entry(link.module).or_default().push(index);
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
            match chains.parent(here).filter(|next| !met.contains(next)) {
                Some(next) => here = next,
                None => break chains.end(here),
            }
        };
        for index in chain {
            roots[index] = Some(root.clone());
        }
    }
    roots.into_iter().flatten().collect()
}

impl Chains<'_> {
    fn place(&self, link: &Link<'_>) -> &Place<'_> {
        &self.places[link.build]
    }

    /// The link that a reason leads on to.
    fn parent(&self, here: usize) -> Option<usize> {
        let link = &self.links[here];
        if !link.reason.is_passed_on() && !matches!(link.reason, Reason::PackageChanged(_)) {
            return None;
        }
        let may_lead = |&other: &usize| {
            let found = &self.links[other];
            other != here
                && can_import(link, found)
                && self.place(found).is_base == self.place(link).is_base
                && (link.reason.is_passed_on() || is_another_unit_now(link, found))
        };
        let cause = ModuleName(link.reason.cause()?.to_owned());
        self.named.get(&cause)?.iter().copied().take(OF_ONE_NAME).filter(may_lead).max_by_key(|&other| {
            let found = &self.links[other];
            let same_build = found.build == link.build;
            let same_component = same_build && found.component == link.component;
            let before = same_component && found.place < link.place;
            // Of two before it, the later one; otherwise the first of the list.
            let place = if before { i64::from(found.place) } else { -i64::from(found.place) };
            (same_component, before, same_build, place)
        })
    }

    /// What a link that leads on to no other goes back to.
    fn end(&self, here: usize) -> Root {
        let link = &self.links[here];
        let root = |name, package: Option<&PackageName>, component: Option<&ComponentName>| Root {
            name,
            reason: link.reason.code(),
            package: package.cloned(),
            component: component.cloned(),
        };
        let own = self.place(link).package;
        if let Some(left_out) = link.left_out {
            return root(left_out.root(), Some(own), None);
        }
        let name = name_of(link);
        match link.reason {
            Reason::MustCompile | Reason::SourceFileChanged | Reason::SignatureFilled => {
                root(name, Some(own), Some(link.component))
            }
            reason if reason.is_passed_on() => {
                // A module whose own chain leads back here, or one of this package that GHC did not print.
                let next = self.parent(here).map(|next| &self.links[next]);
                let silent = self.component_in(link, reason);
                let package = next.map(|next| self.place(next).package).or(silent.is_some().then_some(own));
                root(name, package, next.map(|next| next.component).or(silent.as_ref()))
            }
            Reason::PackageChanged(_) => root(name, Some(own), self.component_in(link, link.reason).as_ref()),
            _ => root(name, Some(own), None),
        }
    }

    /// The component of the module that a reason names, where it is one of the link's own package.
    fn component_in(&self, link: &Link<'_>, reason: &Reason) -> Option<ComponentName> {
        let module = ModuleName(reason.cause()?.to_owned());
        let mut found =
            self.named.get(&module).into_iter().flatten().take(OF_ONE_NAME).map(|&index| &self.links[index]);
        let compiled = found
            .find(|found| found.build == link.build && can_import(link, found))
            .map(|found| found.component.clone());
        compiled.or_else(|| (self.place(link).finished)(&module))
    }
}

/// Whether one could import the other, as far as their components tell.
fn can_import(link: &Link<'_>, found: &Link<'_>) -> bool {
    found.component.is_library() || found.build == link.build && found.component == link.component
}

/// Whether an imported module comes from another unit now, where that can be followed: from a component of the same
/// package that has another unit id, or from one that did not have the module.
fn is_another_unit_now(link: &Link<'_>, found: &Link<'_>) -> bool {
    let another = match found.left_out {
        Some(left_out) => left_out.cause == Cause::Unit,
        None => *found.reason == Reason::MustCompile,
    };
    found.build == link.build && another
}

/// The name of what changed, where the chain ends at a link.
fn name_of(link: &Link<'_>) -> String {
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

    /// The roots of entries, of which each has its build, component, module, place and reason. `builds` has the
    /// package of each build, and whether it is one of the base.
    fn roots_in(builds: &[(&str, bool)], entries: &[(usize, &str, &str, u32, Reason)]) -> Vec<Root> {
        let packages: Vec<PackageName> = builds.iter().map(|(name, _)| name.parse().expect("a name")).collect();
        // GHC said nothing of one module, which was finished all the same.
        let finished = |module: &ModuleName| (module.0 == "Silent").then(|| ComponentName("lib:inner".to_owned()));
        let places: Vec<_> = std::iter::zip(&packages, builds)
            .map(|(package, &(_, is_base))| Place { package, is_base, finished: &finished })
            .collect();
        let owned: Vec<_> = entries
            .iter()
            .map(|(_, component, module, ..)| {
                (ComponentName((*component).to_owned()), ModuleName((*module).to_owned()))
            })
            .collect();
        let links: Vec<_> = std::iter::zip(&owned, entries)
            .map(|((component, module), (build, _, _, place, reason))| Link {
                build: *build,
                component,
                module,
                place: *place,
                reason,
                left_out: None,
            })
            .collect();
        let roots = roots(&places, &links);
        assert_eq!(roots.len(), links.len());
        roots
    }

    fn chain(entries: &[(usize, &str, &str, u32, Reason)]) -> Vec<String> {
        let builds = [("a", false), ("b", false), ("c", false)];
        roots_in(&builds, entries).into_iter().map(|root| root.name).collect()
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

    // Each package has a Main; what the base's full build compiled is no reason in head.
    #[test]
    fn a_root_is_told_by_package_component_and_module() {
        use {Reason as R, ReasonCode as C};
        let builds = [("core", true), ("core", false), ("app", false)];
        let package = |name: &str| R::PackageChanged(name.to_owned());
        let entries = [
            // An edited module beside one of the same name that is new to GHC.
            (0, "exe:core", "Main", 1, R::MustCompile, Some(("Main", C::MustCompile, "core", "exe:core"))),
            (2, "exe:app", "Main", 1, R::SourceFileChanged, Some(("Main", C::SourceFileChanged, "app", "exe:app"))),
            (2, "test:t", "Main", 1, R::MustCompile, Some(("Main", C::MustCompile, "app", "test:t"))),
            // An edit of another package, and flags of another one.
            (1, "lib", "A", 1, R::SourceFileChanged, Some(("A", C::SourceFileChanged, "core", "lib"))),
            (2, "lib", "B", 1, changed("A"), Some(("A", C::SourceFileChanged, "core", "lib"))),
            (1, "lib", "F", 2, R::FlagsChanged, Some(("flags", C::FlagsChanged, "core", ""))),
            (2, "lib", "G", 2, changed("F"), Some(("flags", C::FlagsChanged, "core", ""))),
            // Nobody imports the module of another program.
            (
                1,
                "exe:core",
                "Options",
                3,
                R::SourceFileChanged,
                Some(("Options", C::SourceFileChanged, "core", "exe:core")),
            ),
            (2, "exe:app", "Args", 2, changed("Options"), None),
            // Of no package of the record.
            (2, "lib", "H", 3, changed("Elsewhere"), None),
            // Of this package, though GHC did not print it, or leads in a circle.
            (2, "exe:app", "I", 4, changed("Silent"), Some(("Silent", C::ModuleChanged, "app", "lib:inner"))),
            (2, "lib", "J", 5, changed("K"), Some(("J", C::ModuleChanged, "app", "lib"))),
            (2, "lib", "K", 6, changed("J"), Some(("J", C::ModuleChanged, "app", "lib"))),
            // An import that comes from a component which has it since today, or from another package.
            (2, "lib", "New", 7, R::MustCompile, Some(("New", C::MustCompile, "app", "lib"))),
            (2, "exe:app", "L", 8, package("New"), Some(("New", C::MustCompile, "app", "lib"))),
            (2, "exe:app", "M", 9, package("B"), Some(("package of B", C::PackageChanged, "app", "lib"))),
            (2, "exe:app", "N", 10, package("Data.X"), Some(("package of Data.X", C::PackageChanged, "app", ""))),
        ];
        let given: Vec<_> = entries
            .iter()
            .map(|(build, component, module, place, reason, _)| (*build, *component, *module, *place, reason.clone()))
            .collect();
        for (entry, root) in std::iter::zip(entries, roots_in(&builds, &given)) {
            let Some((name, reason, package, component)) = entry.5 else {
                assert_eq!(
                    (root.package, root.component, &root.reason),
                    (None, None, &C::ModuleChanged),
                    "{}",
                    entry.2
                );
                continue;
            };
            let component = (!component.is_empty()).then(|| ComponentName(component.to_owned()));
            let package = Some(package.parse().expect("a name"));
            assert_eq!(root, Root { name: name.to_owned(), reason, package, component }, "{}", entry.2);
        }
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
        let package = "a".parse().expect("a name");
        let places = [Place { package: &package, is_base: false, finished: &|_| None }];
        let link = |component: usize, module: usize, reason: usize, left_out| Link {
            build: 0,
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
        let names: Vec<String> = roots(&places, &links).into_iter().map(|root| root.name).collect();
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
