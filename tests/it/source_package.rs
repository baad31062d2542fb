//! The package of a tree.

use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::model::package::{BuildType, Package};
use hinc::source::package::Found;
use hinc::source::{Error, package};

use crate::source_repo::Repo;

const FOO: &str = "cabal-version: 3.0\nname: foo\nversion: 1.2\n";
const BAR: &str = "cabal-version: 3.0\nname: bar\nversion: 3\n";

fn find(files: &[(&str, &str)], folder: Option<&str>) -> Result<Package, Error> {
    let repo = Repo::with_texts(files);
    let (repo, tree) = (repo.open(), repo.tree());
    match folder {
        Some(folder) => package::at(&repo, &tree, folder),
        None => package::all(&repo, &tree, package::Scope::default()).and_then(only),
    }
}

/// The first package that was found, if all can be read.
fn only(found: Found) -> Result<Package, Error> {
    match (found.packages.into_iter().next(), found.broken.into_iter().next()) {
        (_, Some(broken)) => Err(broken.error),
        (package, None) => Ok(package.expect("some package or an error")),
    }
}

/// The folders of all packages, and of those that cannot be read.
fn folders(files: &[(&str, &str)], patterns: &[&str]) -> String {
    let repo = Repo::with_texts(files);
    let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    match package::all(&repo.open(), &repo.tree(), package::Scope { patterns: &patterns, from: "" }) {
        Ok(found) => {
            let packages = found.packages.iter().map(|package| package.folder.clone());
            let broken = found.broken.iter().map(|broken| format!("!{}", broken.folder));
            packages.chain(broken).collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("{error} | {}", error.hints().first().expect("a hint").as_str()),
    }
}

/// Finds a package and names its file.
fn found(files: &[(&str, &str)], folder: Option<&str>) -> String {
    let package = find(files, folder).expect("a package");
    format!("{}-{} {}:{}", package.name, package.version, package.folder, package.description)
}

/// Fails and returns the message with the first hint.
fn fault(files: &[(&str, &str)], folder: Option<&str>) -> String {
    let error = find(files, folder).expect_err("no package");
    assert_eq!(error.exit(), Exit::Usage);
    format!("{error} | {}", error.hints().first().expect("a hint").as_str())
}

#[test]
fn the_top_comes_before_the_folders_and_after_cabal_project() {
    assert_eq!(found(&[("foo.cabal", FOO), ("bar/bar.cabal", BAR)], None), "foo-1.2 :foo.cabal");
    let files = [("cabal.project", "packages: . bar\n"), ("foo.cabal", FOO), ("bar/bar.cabal", BAR)];
    assert_eq!(folders(&files, &[]), " bar");
    assert_eq!(found(&[("foo.cabal", FOO), (".cabal", ""), ("x.cabal/y", "")], None), "foo-1.2 :foo.cabal");
}

#[test]
fn cabal_project_may_name_the_one() {
    let files = |project| [("cabal.project", project), ("a/foo.cabal", FOO), ("b/c/bar.cabal", BAR), ("b/d/x", "")];
    for project in
        ["packages: a", "packages:\n  ./a/\n", "packages: a/*.cabal", "packages: a/foo.cabal ../z", "packages: a/f*"]
    {
        assert_eq!(found(&files(project), None), "foo-1.2 a:foo.cabal", "{project}");
    }
    assert_eq!(found(&files("packages: b/*"), None), "bar-3 b/c:bar.cabal");
    assert_eq!(folders(&files("packages: */*.cabal b/*"), &[]), "a b/c");
    assert_eq!(folders(&files("packages: b/c\noptional-packages: a nowhere"), &[]), "a b/c");
}

#[test]
fn braces_stand_for_several_and_what_names_nothing_is_told() {
    let project = "packages: ./{a,b/c}/*.cabal\n  gone ../out\n  {a\noptional-packages: nowhere\n";
    let repo = Repo::with_texts(&[("cabal.project", project), ("a/foo.cabal", FOO), ("b/c/bar.cabal", BAR)]);
    let found = package::all(&repo.open(), &repo.tree(), package::Scope::default()).expect("packages");
    let names: Vec<_> = found.packages.iter().map(|package| package.folder.as_str()).collect();
    assert_eq!(names, ["a", "b/c"]);
    let told: Vec<_> = found.nameless.iter().map(ToString::to_string).collect();
    let expected = [
        "`gone` names no package: no folder",
        "`../out` names no package: it leads out of",
        "`{a` names no package: its braces",
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(&format!("cabal.project:1: {expected}")), "{told}");
    }
    let broken = [("cabal.project", "packages: a\n\n(x)\n"), ("a/foo.cabal", FOO)];
    assert!(folders(&broken, &[]).starts_with("cabal.project:3: a field or a section was expected here | "));
}

#[test]
fn a_project_may_lie_in_a_folder() {
    let files = [
        ("one/cabal.project", "packages: app/*/*\n\ntests: True\noptimization: 2\n"),
        ("one/app/x/foo/foo.cabal", FOO),
        ("one/other/foo.cabal", FOO),
        ("two/cabal.project", "packages: ../shared/x/bar\n"),
        ("shared/x/bar/bar.cabal", BAR),
    ];
    let all = |files: &[(&str, &str)], from: &str| {
        let repo = Repo::with_texts(files);
        package::all(&repo.open(), &repo.tree(), package::Scope { patterns: &[], from })
    };
    let names =
        |found: &Found| found.packages.iter().map(|package| package.folder.clone()).collect::<Vec<_>>().join(" ");
    for from in ["one", "one/app", "one/app/x/foo"] {
        let found = all(&files, from).expect("packages");
        assert_eq!((names(&found).as_str(), found.settings.all.tests), ("one/app/x/foo", Some(true)), "{from}");
        let told: Vec<_> = found.settings.warnings().collect();
        assert!(told[0].starts_with("one/cabal.project:4: `optimization` is not read"), "{told:?}");
    }
    assert_eq!(names(&all(&files, "two").expect("packages")), "shared/x/bar");
    // From the top, what lies there comes first; then the only project.
    assert_eq!(names(&all(&files, "").expect("packages")), "one/other");
    assert_eq!(names(&all(&files[..2], "").expect("packages")), "one/app/x/foo");
    let error = all(&[files[0], files[1], files[3], files[4]], "").expect_err("two projects");
    assert_eq!(error.to_string(), "there are 2 Cabal projects, in one, two");
    assert_eq!((error.exit(), error.hints()[0].as_str()), (Exit::Usage, "run hinc in the folder of one: `cd one`"));
}

#[test]
fn the_only_folder_is_found() {
    assert_eq!(found(&[("a/b/foo.cabal", FOO), ("c/d/e/bar.cabal", BAR)], None), "foo-1.2 a/b:foo.cabal");
    assert_eq!(folders(&[("a/foo.cabal", FOO), ("b/c/bar.cabal", BAR)], &[]), "a b/c");
}

#[test]
fn the_settings_may_name_them_all() {
    let files = [
        ("cabal.project", "packages: b/c"),
        ("top.cabal", FOO),
        ("a/foo.cabal", FOO),
        ("b/c/bar.cabal", BAR),
        ("b/d/bad.cabal", "name: 1-2"),
    ];
    assert_eq!(folders(&files, &[]), "b/c");
    assert_eq!(folders(&files, &["a", "b/*"]), "a b/c !b/d");
    assert_eq!(folders(&files, &["b/c/bar.cabal", "b/c", "."]), " b/c");
    assert!(folders(&files, &["a", "c/*"]).starts_with("no package lies at `c/*` | "));
    assert_eq!(folders(&files[1..], &[]), "");
}

#[test]
fn a_folder_or_a_file_may_be_given() {
    let files = [("a/foo.cabal", FOO), ("b/bar.cabal", BAR), ("b/foo.cabal", FOO), ("x", "")];
    for folder in ["a", "./a/", "b/../a", "a/foo.cabal"] {
        assert_eq!(found(&files, Some(folder)), "foo-1.2 a:foo.cabal", "{folder}");
    }
    assert_eq!(found(&files, Some("b/bar.cabal")), "bar-3 b:bar.cabal");
    assert!(fault(&files, Some("b")).starts_with("there are 2 package descriptions in `b`: bar.cabal, foo.cabal | "));
    assert!(fault(&files, Some(".")).starts_with("there is no Cabal package in the top folder | "));
    assert!(fault(&files, Some("x")).starts_with("`x` is not a folder | "));
    assert!(fault(&files, Some("nowhere")).starts_with("there is no `nowhere` in the tree "));
    assert!(fault(&files, Some("../a")).starts_with("`../a` is not a path inside of the repository | "));
}

#[test]
fn hpack_alone_is_no_description() {
    let message = fault(&[("package.yaml", "name: foo\n"), ("Setup.hs", "")], None);
    insta::assert_snapshot!(message, @"there is no Cabal package in the top folder | `package.yaml` is for hpack: run `hpack` beside it and commit the `.cabal` file that it makes");
    assert!(fault(&[("p/package.yaml", "")], Some("p")).contains("`p/package.yaml` is for hpack"));
}

#[test]
fn two_descriptions_at_the_top_are_refused() {
    insta::assert_snapshot!(fault(&[("a.cabal", FOO), ("b.cabal", BAR)], None), @"there are 2 package descriptions in the top folder: a.cabal, b.cabal | Cabal wants one `.cabal` file in a folder: remove the others");
}

#[test]
fn a_fault_has_its_file_and_line() {
    let bad = |text| fault(&[("p/foo.cabal", text)], None);
    insta::assert_snapshot!(bad("name: foo\nversion: one\n"), @"p/foo.cabal:2: `one` is not a version: numbers with dots between them | `cabal check` says more");
    insta::assert_snapshot!(bad("executable foo\n"), @"p/foo.cabal: it has no `name:` | `cabal check` says more");
    insta::assert_snapshot!(bad("\n\nname: 1-2\nversion: 1\n"), @"p/foo.cabal:3: `1-2` is not a package name: words of letters and digits, with hyphens between them, none a bare number | `cabal check` says more");
    insta::assert_snapshot!(bad("name: f\nversion: 1\nbuild-type: Magic\n"), @"p/foo.cabal:3: `Magic` is not a build type: Simple, Configure, Custom, Hooks or Make | `cabal check` says more");
}

#[test]
fn an_open_build_type_depends_on_the_setup() {
    let old = "name: foo\nversion: 1\ncabal-version: >= 1.10\n";
    let build_type = |files: &[_]| find(files, None).expect("a package").build_type;
    assert_eq!(build_type(&[("foo.cabal", old)]), BuildType::Simple);
    assert_eq!(build_type(&[("foo.cabal", old), ("Setup.lhs", "")]), BuildType::Custom);
    assert_eq!(build_type(&[("foo.cabal", FOO), ("Setup.hs", "")]), BuildType::Simple);
}

#[test]
fn a_description_may_be_a_link() {
    let link = |target: &str| ("foo.cabal".to_owned(), "120000", target.as_bytes().to_vec());
    let real = || ("real/x.cabal".to_owned(), "100644", FOO.as_bytes().to_vec());
    let find = |target| {
        let repo = Repo::with_files([link(target), real()]);
        package::all(&repo.open(), &repo.tree(), package::Scope::default()).and_then(only)
    };
    assert_eq!(find("./real/x.cabal").expect("a package").name, "foo");
    assert_eq!(find("foo.cabal").expect_err("a circle").to_string(), "`foo.cabal` is not a file");
    assert_eq!(find("/etc/x").expect_err("outside").to_string(), "`/etc/x` is not a path inside of the repository");
    assert_eq!(find("real").expect_err("a folder").to_string(), "`real` is not a file");
}
