//! Sources against the real Nix: the paths that it computes, and the way into its store.

use std::path::Path;

use hinc::source::{self, CacheFolder, Options, Submodules};

use crate::source_repo::{Repo, command, feed, large, recorded, text};

/// Runs a program of Nix and returns what it prints, without the line's end.
fn nix(program: &str, args: &[&str]) -> String {
    let output = feed(command(program).args(args), b"");
    String::from_utf8(output).expect("Nix prints text").trim_end().to_owned()
}

/// Puts a checkout by git and tar into a store of its own, and returns the path.
fn added_by_nix(repo: &Repo) -> String {
    let place = tempfile::tempdir().expect("a folder");
    let checkout = repo.checkout(place.path());
    let store = place.path().join("store");
    let to = format!("local?root={}", store.display());
    let checkout = checkout.to_str().expect("a plain path");
    let path = nix("nix-store", &["--store", &to, "--add-fixed", "--recursive", "sha256", checkout]);
    make_writable(&store);
    path
}

#[test]
fn paths_are_those_of_nix() {
    let mut cases: Vec<(String, Repo)> = recorded()
        .into_iter()
        .map(|(case, stream)| (case, Repo::import(&fs_err::read(stream).expect("a stream"))))
        .collect();
    cases.push(("five thousand files".to_owned(), large()));
    // Nix reads and writes in pieces of 64 KiB.
    let sizes = [65_535_usize, 65_536, 65_537, 131_072, 1_000_003];
    let files = sizes.into_iter().map(|size| (format!("f{size}"), "100644", text(size, size)));
    cases.push(("large files".to_owned(), Repo::with_files(files)));
    let submodule = [("a".to_owned(), "100644", b"a".to_vec()), ("sub".to_owned(), "160000", Vec::new())];
    cases.push(("submodule".to_owned(), Repo::with_files(submodule)));
    for (case, repo) in cases {
        let options = Options { submodules: Submodules::Empty, ..Options::default() };
        let source = source::hash(&repo.open(), &repo.tree(), "", options, None).expect("a source");
        assert_eq!(source.store_path.as_str(), added_by_nix(&repo), "{case}");
    }
}

#[test]
fn paths_are_those_of_fetch_git() {
    // From some 55 folders on the stack of Nix 2.26's own walk through git's trees overflows, on some machines
    // and not on others. What Nix makes of a checkout of them is compared in `paths_are_those_of_nix`.
    let mut repos: Vec<(String, Repo)> = recorded()
        .into_iter()
        .filter(|(case, _)| case != "deep")
        .map(|(case, stream)| (case, Repo::import(&fs_err::read(stream).expect("a stream"))))
        .collect();
    let folders: Vec<String> = (1..=40).map(|number| number.to_string()).collect();
    let leaf = format!("{}/leaf", folders.join("/"));
    repos.push(("forty folders".to_owned(), Repo::with_texts(&[(&leaf, "leaf")])));
    let ignored = [("a", "a"), (".gitattributes", "a export-ignore\n* text=auto eol=crlf\n"), ("b", "1\n2\n")];
    repos.push(("export-ignore".to_owned(), Repo::with_texts(&ignored)));
    for (case, repo) in repos {
        let source = source::hash(&repo.open(), &repo.tree(), "", Options::default(), None).expect("a source");
        let cache = tempfile::tempdir().expect("a folder");
        // Bare as it is, the repository is cloned by Nix and read by libgit2.
        let expression = format!(
            "(builtins.fetchGit {{ url = \"file://{}\"; ref = \"main\"; rev = \"{}\"; exportIgnore = false; }}).outPath",
            repo.path().display(),
            repo.object("main"),
        );
        let mut evaluate = command("nix-instantiate");
        let store = cache.path().join("store");
        evaluate.args(["--store", &format!("local?root={}", store.display())]);
        evaluate.args(["--eval", "--read-write-mode", "--expr", &expression]).env("XDG_CACHE_HOME", cache.path());
        let path = String::from_utf8(feed(&mut evaluate, b"")).expect("text");
        make_writable(&store);
        assert_eq!(format!("\"{}\"", source.store_path), path.trim_end(), "{case}");
    }
}

/// Copies a path from a cache folder into a store and returns what `nix path-info --json` says of it there.
fn copied(cache: &CacheFolder, path: &str, to: &str) -> String {
    let feature = ["--extra-experimental-features", "nix-command"];
    feed(command("nix").args(feature).args(["copy", "--from", &cache.uri(), "--to", to, path]), b"");
    let about = feed(command("nix").args(feature).args(["path-info", "--json", "--store", to, path]), b"");
    String::from_utf8(about).expect("text")
}

/// Adds each recorded tree to a store of its own and compares what lies there with what Nix added itself.
fn sources_enter_a_store(name: &str) {
    for (case, stream) in recorded() {
        let repo = Repo::import(&fs_err::read(stream).expect("a stream"));
        let place = tempfile::tempdir().expect("a folder");
        let cache = CacheFolder::create(&place.path().join(name)).expect("a cache");
        let source = cache.add(&repo.open(), &repo.tree(), "", Options::default(), None).expect("a source");
        let store = place.path().join("store");
        let to = format!("local?root={}", store.display());
        let about = copied(&cache, source.store_path.as_str(), &to);
        assert!(about.contains(&format!("fixed:r:{}", source.nar_hash.base32())), "{case}: {about}");
        let below = format!("{}{}", store.display(), source.store_path);
        assert_eq!(nix("nix-hash", &["--type", "sha256", "--sri", &below]), source.nar_hash.sri(), "{case}");
        make_writable(&store);
    }
}

#[test]
fn sources_enter_a_store_through_a_cache_folder() {
    sources_enter_a_store("cache");
}

#[test]
fn a_cache_folder_may_have_any_name() {
    sources_enter_a_store("with space %20 é?a=b#c&+");
}

/// A store is read-only, which would keep its folder from being removed by anybody but root.
fn make_writable(folder: &Path) {
    feed(command("chmod").arg("-R").arg("u+w").arg(folder), b"");
}
