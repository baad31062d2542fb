//! The Cabal packages of a repository that has no Nix file: which there are in head and in the base, which are
//! wanted, and how they are built.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cabal::leaving::Leaving;
use crate::model::package::Package;
use crate::model::revision::TreeId;
use crate::model::source::SourceTree;
use crate::nix::{self, HostOptions};
use crate::pipeline::options::{Selection, Target};
use crate::pipeline::{BuildOptions, Error, Project};
use crate::source::package::Scope;
use crate::source::{self, package};

/// The packages of head and of the base.
pub(super) struct Packages {
    pub(super) head: Vec<Member>,
    /// Nothing where the base has none of them.
    pub(super) base: Vec<Member>,
    /// The names of those that are built, in the order in which they were asked for.
    pub(super) wanted: Vec<String>,
    /// What `cabal.project` chooses for head.
    pub(super) settings: package::ProjectSettings,
    /// What the user should know before it is built.
    pub(super) warnings: Vec<String>,
}

/// One package with its source.
pub(super) struct Member {
    pub(super) package: Package,
    pub(super) source: SourceTree,
    /// The package of the base that it is built on, by name.
    base: Option<String>,
    /// Why there is none, where that is known better than by its name.
    absent: Option<String>,
}

impl Packages {
    /// Finds them. What the base lacks or had broken is no reason to fail: head can be built plainly.
    pub(super) fn find(
        project: &Project,
        options: &BuildOptions,
        selection: &Selection,
        base: &TreeId,
    ) -> Result<Self, Error> {
        let tree = &project.head().tree;
        let mut warnings = Vec::new();
        let (packages, wanted, settings) = of_head(project, selection, &mut warnings)?;
        warnings.extend(settings.warnings());
        if let (Target::Nixpkgs { .. }, [(line, _), ..]) = (&options.target, settings.chosen.as_slice()) {
            let names: BTreeSet<String> = settings.chosen.iter().map(|(_, name)| format!("`{name}`")).collect();
            let names: Vec<String> = names.into_iter().collect();
            warnings.push(format!(
                "{}:{line}: {} {} read with the toolchain `nixpkgs`: override the packages in a Nix file \
                 (docs/nixpkgs.md)",
                settings.file,
                names.join(", "),
                if names.len() == 1 { "is not" } else { "are not" },
            ));
        }

        warnings.extend(packages.iter().flat_map(leaving));

        let cache = Some(options.cache.as_path());
        let mut head = Vec::new();
        for package in packages {
            match project.source(tree, &package.folder, cache) {
                Ok(source) => head.push(Member { package, source, base: None, absent: None }),
                Err(error) if wanted.contains(&package.name) => return Err(error),
                Err(error) => warnings.push(format!("{} is left out of the project: {error}", package.name)),
            }
        }
        let mut older = of_base(project, selection, base, &head);
        let mut members = Vec::new();
        for package in std::mem::take(&mut older.packages) {
            match project.source(base, &package.folder, cache) {
                Ok(source) => members.push(Member { package, source, base: None, absent: None }),
                Err(_) => older.broken.extend([package.folder]),
            }
        }
        let names: BTreeSet<String> = head.iter().map(|member| member.package.name.clone()).collect();
        for member in &mut head {
            // By its name, wherever it lay; else what lay in its folder, which then had another name.
            let same_name = members.iter().find(|old| old.package.name == member.package.name);
            let same_folder = || {
                let mut others = members.iter().filter(|old| !names.contains(&old.package.name));
                others.find(|old| old.package.folder == member.package.folder)
            };
            member.base = same_name.or_else(same_folder).map(|old| old.package.name.clone());
            if member.base.is_none() && older.broken.contains(&member.package.folder) {
                member.absent = Some(format!(
                    "the package {} cannot be read in the base, so there is nothing to start from",
                    member.package.name
                ));
            }
        }
        Ok(Self { head, base: members, wanted, settings, warnings })
    }

    /// Whether the base has anything of what is wanted.
    pub(super) fn has_base(&self) -> bool {
        self.wanted_members().any(|member| member.base.is_some())
    }

    /// Whether nothing of the project differs between the two.
    pub(super) fn are_the_same(&self) -> bool {
        let told = |members: &[Member]| -> BTreeMap<String, (String, String)> {
            let told = |member: &Member| (member.package.version.clone(), member.source.store_path.to_string());
            members.iter().map(|member| (member.package.name.clone(), told(member))).collect()
        };
        told(&self.head) == told(&self.base)
    }

    /// Head or the base, for Nix.
    pub(super) fn side(members: &[Member]) -> nix::Side {
        let packages = members.iter().map(|member| nix::LocalPackage {
            dependencies: member.package.dependencies.clone(),
            name: member.package.name.clone(),
            version: member.package.version.clone(),
            build_type: member.package.build_type,
            source: member.source.store_path.clone(),
            base: member.base.clone(),
            absent: member.absent.clone(),
        });
        nix::Side { source: None, packages: packages.collect() }
    }

    /// What Nix is told of packages over the GHC of the machine. `options` are those of `hinc.toml`, which come
    /// before those of `cabal.project`.
    pub(super) fn host(&self, options: &HostOptions) -> nix::Host {
        let all = joined(&self.settings.all, options);
        let package_options = self.settings.packages.iter().map(|(name, choices)| {
            let both = package::Choices {
                flags: [self.settings.all.flags.clone(), choices.flags.clone()].concat(),
                ghc_options: [self.settings.all.ghc_options.clone(), choices.ghc_options.clone()].concat(),
                tests: choices.tests.or(self.settings.all.tests),
                benchmarks: choices.benchmarks.or(self.settings.all.benchmarks),
                documentation: choices.documentation.or(self.settings.all.documentation),
                profiling: choices.profiling.or(self.settings.all.profiling),
                shared: choices.shared.or(self.settings.all.shared),
            };
            (name.clone(), joined(&both, options))
        });
        nix::Host { wanted: self.wanted.clone(), package_options: package_options.collect(), options: all }
    }

    fn wanted_members(&self) -> impl Iterator<Item = &Member> {
        self.head.iter().filter(|member| self.wanted.contains(&member.package.name))
    }
}

/// What `hinc.toml` says comes before what `cabal.project` says; of flags and options, after it.
fn joined(choices: &package::Choices, options: &HostOptions) -> HostOptions {
    let plain = |flag: &String| flag.trim_start_matches('-').to_owned();
    let own: BTreeSet<String> = options.flags.iter().map(plain).collect();
    let mut flags: Vec<String> = Vec::new();
    for flag in choices.flags.iter().filter(|flag| !own.contains(&plain(flag))) {
        // The last word on a flag counts.
        flags.retain(|known| plain(known) != plain(flag));
        flags.push(flag.clone());
    }
    flags.extend(options.flags.iter().cloned());
    HostOptions {
        tests: options.tests.or(choices.tests),
        benchmarks: options.benchmarks.or(choices.benchmarks),
        haddock: options.haddock.or(choices.documentation),
        profiling: options.profiling.or(choices.profiling),
        shared: options.shared.or(choices.shared),
        flags,
        ghc_options: [choices.ghc_options.clone(), options.ghc_options.clone()].concat(),
        ..options.clone()
    }
}

/// What a package names outside of its folder, in words, with what to do.
fn leaving(package: &Package) -> impl Iterator<Item = String> {
    let file = match package.folder.as_str() {
        "" => package.description.clone(),
        folder => format!("{folder}/{}", package.description),
    };
    package.leaving.iter().map(move |Leaving { line, field, path }| {
        let name = path.rsplit('/').find(|name| !matches!(*name, "" | "." | "..")).unwrap_or("NAME");
        format!(
            "{file}:{line}: `{field}: {path}` leads out of the package's folder, which is all that its build gets: make a \
             link in the folder, `ln -s {path} {name}`, and name the link (hinc takes what it leads to)"
        )
    })
}

/// Where the packages of a selection are looked for.
fn scope<'a>(project: &'a Project, selection: &'a Selection) -> Scope<'a> {
    let from = match selection.folders.as_slice() {
        [] => project.scope().from,
        [first, others @ ..] => others.iter().fold(first.as_str(), |common, folder| common_folder(common, folder)),
    };
    Scope { patterns: &selection.patterns, from }
}

/// The deepest folder that holds both.
fn common_folder<'a>(one: &'a str, other: &str) -> &'a str {
    let mut ends = one.match_indices('/').map(|(at, _)| at).chain([one.len()]).rev();
    let is_above =
        |folder: &str| other.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let end = ends.find(|end| one.get(..*end).is_some_and(is_above));
    end.and_then(|end| one.get(..end)).unwrap_or_default()
}

/// The packages of head, the names of those that are wanted, and what `cabal.project` chooses for them.
fn of_head(
    project: &Project,
    selection: &Selection,
    warnings: &mut Vec<String>,
) -> Result<(Vec<Package>, Vec<String>, package::ProjectSettings), Error> {
    let (git, tree) = (project.git(), &project.head().tree);
    let mut named = Vec::new();
    for folder in &selection.folders {
        let package = package::at(git, tree, folder)?;
        if !named.contains(&package) {
            named.push(package);
        }
    }
    let found = match package::all(git, tree, scope(project, selection)) {
        // A package that is named need not be one that would be found.
        Err(source::Error::NoPackage { .. } | source::Error::ManyDescriptions { .. }) if !named.is_empty() => {
            package::Found::default()
        }
        found => found?,
    };
    warnings.extend(found.nameless.iter().map(ToString::to_string));
    for broken in found.broken {
        if named.is_empty() {
            return Err(broken.error.into());
        }
        if named.iter().all(|package| package.folder != broken.folder) {
            warnings.push(format!("a package is left out of the project: {}", broken.error));
        }
    }
    let all = named.is_empty();
    let mut packages = named.clone();
    packages.extend(found.packages.into_iter().filter(|package| !named.contains(package)));

    // One that is named stands for its name.
    let mut kept: Vec<Package> = Vec::new();
    for package in packages {
        match kept.iter().find(|known| known.name == package.name) {
            None => kept.push(package),
            Some(known) if named.contains(known) && !named.contains(&package) => {}
            Some(known) => {
                let place = |package: &Package| match package.folder.as_str() {
                    "" => ".".to_owned(),
                    folder => folder.to_owned(),
                };
                let folders = vec![place(known), place(&package)];
                return Err(source::Error::SameName { name: package.name, folders }.into());
            }
        }
    }
    let wanted = if all { &kept } else { &named };
    let wanted = wanted.iter().map(|package| package.name.clone()).collect();
    Ok((kept, wanted, found.settings))
}

/// The packages of the base that can be read, and the folders of those that cannot.
struct Older {
    packages: Vec<Package>,
    broken: Vec<String>,
}

fn of_base(project: &Project, selection: &Selection, tree: &TreeId, head: &[Member]) -> Older {
    let scope = scope(project, selection);
    let found = package::all(project.git(), tree, scope).or_else(|_| {
        // A pattern of today may name nothing there yet.
        package::all(project.git(), tree, Scope { patterns: &[], ..scope })
    });
    let found = found.unwrap_or_default();
    let mut older =
        Older { packages: found.packages, broken: found.broken.into_iter().map(|broken| broken.folder).collect() };
    // A package lies where it lies in head, whatever the base's own list of packages says.
    for folder in head.iter().map(|member| &member.package.folder) {
        let is_known = older.packages.iter().any(|package| package.folder == *folder);
        if is_known || older.broken.contains(folder) {
            continue;
        }
        match package::at(project.git(), tree, folder) {
            Ok(package) => older.packages.push(package),
            Err(
                source::Error::Description { .. }
                | source::Error::ManyDescriptions { .. }
                | source::Error::Submodule { .. },
            ) => older.broken.push(folder.clone()),
            Err(_) => {}
        }
    }
    // Of two of one name, that of head's folder is meant.
    let in_head = |package: &Package| head.iter().any(|member| member.package.folder == package.folder);
    older.packages.sort_by_key(|package| !in_head(package));
    let mut names = BTreeSet::new();
    older.packages.retain(|package| names.insert(package.name.clone()));
    older
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_folder_of_two_is_found() {
        let cases = [
            ("a/b/c", "a/b/d", "a/b"),
            ("a/b", "a/b", "a/b"),
            ("a/b", "a/bc", "a"),
            ("a", "b", ""),
            ("a/b", "a/b/c", "a/b"),
        ];
        for (one, other, expected) in cases {
            assert_eq!((common_folder(one, other), common_folder(other, one)), (expected, expected), "{one} {other}");
        }
        assert_eq!(common_folder("", "a"), "");
    }

    #[test]
    fn hinc_toml_comes_before_cabal_project() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let choices = package::Choices {
            tests: Some(true),
            shared: Some(false),
            flags: words(&["dev", "slow", "-dev"]),
            ghc_options: words(&["-O0"]),
            ..package::Choices::default()
        };
        let options = HostOptions {
            tests: Some(false),
            static_libraries: Some(true),
            flags: words(&["-slow"]),
            ghc_options: words(&["-O2"]),
            ..HostOptions::default()
        };
        let both = joined(&choices, &options);
        assert_eq!((both.tests, both.shared, both.static_libraries), (Some(false), Some(false), Some(true)));
        assert_eq!((both.flags, both.ghc_options), (words(&["-dev", "-slow"]), words(&["-O0", "-O2"])));
    }
}
