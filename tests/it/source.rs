//! Sources, held against what real Nix recorded and against a second writer of NARs.

use std::io::{self, Read};

use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::model::revision::TreeId;
use hinc::model::source::SourceTree;
use hinc::source::{self, CacheFolder, Error, LfsPointers, Options, Submodules};
use sha2::{Digest, Sha256};

use crate::source_repo::{Repo, large, recorded, text};

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

fn hash(repo: &Repo, folder: &str, options: Options) -> Result<SourceTree, Error> {
    source::hash(&repo.open(), &repo.tree(), folder, options, None)
}

fn nar(repo: &Repo, folder: &str) -> (SourceTree, Vec<u8>) {
    let mut bytes = Vec::new();
    let source =
        source::write_nar(&repo.open(), &repo.tree(), folder, Options::default(), None, &mut bytes).expect("a NAR");
    (source, bytes)
}

#[test]
fn nars_and_paths_are_those_of_nix() {
    for (case, stream) in recorded() {
        let repo = Repo::import(&fs_err::read(&stream).expect("a stream"));
        let (source, bytes) = nar(&repo, "");
        let expected = fs_err::read(stream.with_extension("nar")).expect("a recorded NAR");
        assert!(bytes == expected, "{case}: the NAR differs");
        assert_eq!(source.nar_size, expected.len() as u64, "{case}");
        let path = fs_err::read_to_string(stream.with_extension("path")).expect("a recorded path");
        assert_eq!(source.store_path.as_str(), path.trim_end(), "{case}");
        assert_eq!(hash(&repo, "", Options::default()).expect("a source"), source, "{case}");
    }
}

#[test]
fn five_thousand_files_are_hashed_as_a_second_writer_does() {
    let repo = large();
    let place = tempfile::tempdir().expect("a folder");
    let checkout = repo.checkout(place.path());
    let mut encoder = nix_nar::Encoder::new(checkout).expect("a checkout");
    let mut hasher = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 65536];
    loop {
        let read = encoder.read(&mut buffer).expect("a NAR");
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
    }
    for _ in 0..3 {
        let source = hash(&repo, "", Options::default()).expect("a source");
        assert_eq!(source.nar_size, size);
        assert_eq!(
            source.nar_hash.sri(),
            format!("sha256-{}", data_encoding::BASE64.encode(&hasher.clone().finalize()))
        );
    }
}

#[test]
fn a_subfolder_is_a_source_of_its_own() {
    let repo = Repo::with_texts(&[("a/b/c.txt", "c"), ("a/d", "d"), ("e", "e")]);
    let below = Repo::with_texts(&[("c.txt", "c")]);
    let source = hash(&repo, "a/b", Options::default()).expect("a source");
    assert_eq!(source, hash(&below, "", Options::default()).expect("a source"));
    assert_eq!(source.tree.as_str(), repo.object("main:a/b"));
    for spelled in ["./a/b/", "a//b", "a/../a/b"] {
        assert_eq!(hash(&repo, spelled, Options::default()).expect("a source"), source, "{spelled}");
    }
    let fault = |folder| hash(&repo, folder, Options::default()).expect_err("no folder").to_string();
    assert_eq!(fault("a/x"), format!("there is no `a/x` in the tree {}", repo.tree().short()));
    assert_eq!(fault("e"), "`e` is not a folder");
    assert_eq!(fault("e/f"), format!("there is no `e/f` in the tree {}", repo.tree().short()));
    assert_eq!(fault("../e"), "`../e` is not a path inside of the repository");
    assert_eq!(fault("/e"), "`/e` is not a path inside of the repository");
}

#[test]
fn a_link_that_leads_out_of_the_folder_gives_way_to_what_it_leads_to() {
    let file = |path: &str, text: &str| (path.to_owned(), "100644", text.as_bytes().to_vec());
    let link = |path: &str, target: &str| (path.to_owned(), "120000", target.as_bytes().to_vec());
    let repo = Repo::with_files([
        file("LICENSE", "free"),
        ("run".to_owned(), "100755", b"run".to_vec()),
        link("kept", "LICENSE"),
        file("other/deep/a", "a"),
        link("other/deep/b", "a"),
        link("other/deep/c", "../../pkg/own"),
        link("way", "other"),
        file("pkg/own", "own"),
        link("pkg/LICENSE", "../LICENSE"),
        link("pkg/again", "../kept"),
        link("pkg/deep", "../way/deep"),
        link("pkg/run", "../run"),
        link("pkg/inside", "own"),
        link("pkg/up", ".."),
        link("pkg/absolute", "/etc/passwd"),
        link("pkg/nowhere", "../nowhere"),
        link("pkg/out", "../../out"),
    ]);
    let expected = Repo::with_files([
        file("own", "own"),
        file("LICENSE", "free"),
        file("again", "free"),
        file("deep/a", "a"),
        // Within what came as a whole it stays as it is.
        link("deep/b", "a"),
        file("deep/c", "own"),
        ("run".to_owned(), "100755", b"run".to_vec()),
        link("inside", "own"),
        link("up", ".."),
        link("absolute", "/etc/passwd"),
        link("nowhere", "../nowhere"),
        link("out", "../../out"),
    ]);
    let store_path = |repo: &Repo, folder| hash(repo, folder, Options::default()).expect("a source").store_path;
    assert_eq!(store_path(&repo, "pkg"), store_path(&expected, ""));

    let names = |repo: &Repo, folder| -> Vec<_> {
        let files = source::Files::of(&repo.open(), &repo.tree(), folder).expect("files");
        files.iter().map(|(path, named)| (path.clone(), named.clone())).collect()
    };
    assert_eq!(names(&repo, "pkg"), names(&expected, ""));
}

#[test]
fn a_folder_with_links_out_of_it_is_known_by_what_they_lead_to() {
    let link = || ("pkg/LICENSE".to_owned(), "120000", b"../LICENSE".to_vec());
    let license = |text: &str| ("LICENSE".to_owned(), "100644", text.as_bytes().to_vec());
    let repos = [
        Repo::with_files([link()]),
        Repo::with_files([link(), license("one")]),
        Repo::with_files([link(), license("two")]),
    ];
    assert_eq!(repos[0].object("main:pkg"), repos[2].object("main:pkg"));
    let cache = tempfile::tempdir().expect("a folder");
    let remembered =
        |repo: &Repo| source::hash(&repo.open(), &repo.tree(), "pkg", Options::default(), Some(cache.path()));
    for _ in 0..2 {
        for repo in &repos {
            let source = remembered(repo).expect("a source");
            assert_eq!(source, hash(repo, "pkg", Options::default()).expect("a source"));
        }
    }
    let known = source::known(&repos[1].open(), &repos[1].tree(), "pkg", Options::default(), Some(cache.path()));
    assert!(known.expect("a tree").is_some());
}

#[test]
fn links_that_lead_round_or_stand_for_too_much_are_refused() {
    let link = |path: &str, target: &str| (path.to_owned(), "120000", target.as_bytes().to_vec());
    let round = Repo::with_files([link("a/b", "../c"), link("c/d", "../a")]);
    let error = hash(&round, "a", Options::default()).expect_err("a circle").to_string();
    assert!(error.contains("deeper than the 63 levels"), "{error}");
    // Each folder twice in the one before it.
    let mut files = vec![("f20/x".to_owned(), "100644", b"x".to_vec())];
    for level in 0..20 {
        files.push(link(&format!("f{level}/a"), &format!("../f{}", level + 1)));
        files.push(link(&format!("f{level}/b"), &format!("../f{}", level + 1)));
    }
    let error = hash(&Repo::with_files(files), "f0", Options::default()).expect_err("a million").to_string();
    assert!(error.contains("more than 200,000 files"), "{error}");
}

#[test]
fn a_submodule_is_refused_or_empty() {
    let file = || ("a".to_owned(), "100644", b"a".to_vec());
    let repo = Repo::with_files([file(), ("libs/sub".to_owned(), "160000", Vec::new())]);
    let error = hash(&repo, "", Options::default()).expect_err("a submodule");
    assert_eq!(error.to_string(), "`libs/sub` is a submodule, whose files are not part of this repository");
    assert_eq!(error.exit(), Exit::Usage);
    assert!(!error.hints().is_empty());

    let options = Options { submodules: Submodules::Empty, ..Options::default() };
    let place = tempfile::tempdir().expect("a folder");
    // git makes an empty folder of it too, so its checkout is the oracle.
    let mut expected = Vec::new();
    nix_nar::Encoder::new(repo.checkout(place.path())).expect("a checkout").read_to_end(&mut expected).expect("a NAR");
    let mut bytes = Vec::new();
    source::write_nar(&repo.open(), &repo.tree(), "", options, None, &mut bytes).expect("a NAR");
    assert!(bytes == expected);
}

#[test]
fn a_pointer_of_lfs_is_refused_or_kept_whatever_the_memo_says() {
    let repo = Repo::with_texts(&[("data/big.bin", POINTER), ("a", "a")]);
    let cache = tempfile::tempdir().expect("a folder");
    let hash = |options| source::hash(&repo.open(), &repo.tree(), "", options, Some(cache.path()));
    let keep = Options { lfs: LfsPointers::Keep, ..Options::default() };
    let kept = hash(keep).expect("a source");
    assert_eq!(hash(keep).expect("a source"), kept);
    for _ in 0..2 {
        let error = hash(Options::default()).expect_err("a pointer");
        assert_eq!(error.to_string(), "`data/big.bin` is a pointer of Git LFS, not the file itself");
    }
}

/// Removes all objects, so that only what is remembered can answer. The top tree is needed for a subfolder only.
fn remove_objects(repo: &Repo) {
    fs_err::remove_dir_all(repo.path().join("objects")).expect("the objects");
    fs_err::create_dir_all(repo.path().join("objects/pack")).expect("a folder");
}

#[test]
fn a_tree_that_is_known_is_not_read_again() {
    let repo = Repo::with_texts(&[("a/b", "b")]);
    let place = tempfile::tempdir().expect("a folder");
    let cache = place.path().join("not/yet/there");
    let tree = repo.tree();
    let hash = || source::hash(&repo.open(), &tree, "", Options::default(), Some(&cache));
    let known = || source::known(&repo.open(), &tree, "", Options::default(), Some(&cache)).expect("a tree");
    assert_eq!(known(), None);
    let first = hash().expect("a source");
    assert_eq!(known().as_ref(), Some(&first));
    let file = cache.join(format!("{tree}.json"));
    assert_eq!(fs_err::read_dir(&cache).expect("the cache").count(), 1, "no temporary file is left");

    for broken in ["", "{", "[]", "{\"schema_version\":2}", "\u{0}"] {
        fs_err::write(&file, broken).expect("a file");
        assert_eq!(hash().expect("a source"), first, "{broken:?}");
        assert_ne!(fs_err::read_to_string(&file).expect("a file"), broken, "it is written anew");
    }
    let other = fs_err::read_to_string(&file).expect("a file").replace(tree.as_str(), &"0".repeat(40));
    fs_err::write(&file, other).expect("a file");
    assert_eq!(hash().expect("a source"), first);

    remove_objects(&repo);
    assert_eq!(hash().expect("what is remembered"), first);
    fs_err::remove_file(&file).expect("a file");
    let error = hash().expect_err("no object is there");
    assert_eq!(error.to_string(), format!("the repository lacks the object {tree} of the top folder"));
    assert_eq!(error.exit(), Exit::History);
}

#[test]
fn a_memo_that_cannot_be_written_is_no_error() {
    let repo = Repo::with_texts(&[("a", "a")]);
    let file = tempfile::NamedTempFile::new().expect("a file");
    let below_a_file = file.path().join("cache");
    let source = source::hash(&repo.open(), &repo.tree(), "", Options::default(), Some(&below_a_file));
    assert_eq!(source.expect("a source"), hash(&repo, "", Options::default()).expect("a source"));
}

#[test]
fn a_missing_file_is_named() {
    for count in [10_usize, 500] {
        let files = (0..count).map(|index| (format!("d/f{index:05}"), "100644", text(index, 300)));
        let repo = Repo::with_files(files);
        let missing = repo.object(&format!("main:d/f{:05}", count / 2));
        // Loose objects can be taken away one by one.
        let pack = fs_err::read_dir(repo.path().join("objects/pack")).expect("packs");
        for entry in pack.map(|entry| entry.expect("an entry").path()) {
            let moved = repo.path().join(entry.file_name().expect("a name"));
            fs_err::rename(&entry, &moved).expect("a pack");
            if moved.extension().is_some_and(|extension| extension == "pack") {
                repo.git(&["unpack-objects", "-q"], &fs_err::read(&moved).expect("a pack"));
            }
        }
        if count == 10 {
            assert!(hash(&repo, "", Options::default()).is_ok());
        }
        fs_err::remove_file(repo.path().join("objects").join(&missing[..2]).join(&missing[2..])).expect("an object");
        let error = hash(&repo, "", Options::default()).expect_err("an object is missing");
        let path = format!("d/f{:05}", count / 2);
        assert_eq!(error.to_string(), format!("the repository lacks the object {missing} of `{path}`"));
    }
}

#[test]
fn a_writer_that_fails_ends_the_work() {
    struct Full(usize);
    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let repo = large();
    for room in [0, 1_000_000] {
        let result = source::write_nar(&repo.open(), &repo.tree(), "", Options::default(), None, &mut Full(room));
        let error = result.expect_err("no room");
        assert!(matches!(&error, Error::Write { source } if source.kind() == io::ErrorKind::StorageFull), "{error}");
        assert_eq!(error.exit(), Exit::Environment);
    }
}

#[test]
fn large_files_pass() {
    let sizes = [2_000_000, 10, 1_700_000, 0, 300_000];
    let files =
        (0..100_usize).map(|index| (format!("f{index:03}"), "100644", text(index, sizes[index % 5] / (1 + index))));
    let repo = Repo::with_files(files);
    let (source, bytes) = nar(&repo, "");
    let place = tempfile::tempdir().expect("a folder");
    let mut expected = Vec::new();
    nix_nar::Encoder::new(repo.checkout(place.path())).expect("a checkout").read_to_end(&mut expected).expect("a NAR");
    assert!(bytes == expected);
    assert_eq!(source.nar_size, expected.len() as u64);
}

#[test]
fn trees_that_no_file_system_takes_are_refused() {
    let repo = Repo::with_texts(&[("a", "a")]);
    let blob = hex(&repo.object("main:a"));
    for (names, problem) in [
        (&["..", "a"][..], "`..` cannot be in a store path: its name is not a file name"),
        (&["a", "a"], "`a` cannot be in a store path: two entries of one folder have this name"),
        (&["x/y"], "`x/y` cannot be in a store path: its name is not a file name"),
    ] {
        let mut tree = Vec::new();
        for name in names {
            tree.extend_from_slice(b"100644 ");
            tree.extend_from_slice(name.as_bytes());
            tree.push(0);
            tree.extend_from_slice(&blob);
        }
        let id = repo.git(&["hash-object", "-t", "tree", "--literally", "-w", "--stdin"], &tree);
        let tree: TreeId = id.trim_end().parse().expect("a tree");
        let error = source::hash(&repo.open(), &tree, "", Options::default(), None).expect_err("a bad name");
        assert_eq!(error.to_string(), problem);
    }
    let empty_link = Repo::with_files([("l".to_owned(), "120000", Vec::new())]);
    let error = hash(&empty_link, "", Options::default()).expect_err("a bad link");
    assert_eq!(error.to_string(), "`l` cannot be in a store path: it is a link with an empty target");
}

#[test]
fn a_path_deeper_than_nix_takes_is_refused() {
    let deep = |names: usize| Repo::with_texts(&[(vec!["d"; names].join("/").as_str(), "x")]);
    assert!(hash(&deep(63), "", Options::default()).is_ok());
    let error = hash(&deep(64), "", Options::default()).expect_err("too deep");
    assert!(
        error.to_string().ends_with("d` cannot be in a store path: it lies deeper than the 63 levels that Nix takes")
    );
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hexadecimal digits")
}

#[test]
fn modes_of_old_commits_are_those_of_git() {
    let repo = Repo::with_texts(&[("a", "a")]);
    let blob = hex(&repo.object("main:a"));
    let tree_of = |mode: &str| -> TreeId {
        let tree = [mode.as_bytes(), b" a\0", &blob].concat();
        let id = repo.git(&["hash-object", "-t", "tree", "--literally", "-w", "--stdin"], &tree);
        id.trim_end().parse().expect("a tree")
    };
    let path = |mode| {
        let source = source::hash(&repo.open(), &tree_of(mode), "", Options::default(), None).expect("a source");
        source.store_path
    };
    assert_eq!(path("100664"), path("100644"));
    assert_eq!(path("100775"), path("100755"));
    assert_ne!(path("100755"), path("100644"));
}

#[test]
fn a_replacement_is_not_followed() {
    let repo = Repo::with_texts(&[("a", "old"), ("b", "new")]);
    let before = hash(&repo, "", Options::default()).expect("a source");
    repo.git(&["replace", &repo.object("main:a"), &repo.object("main:b")], b"");
    assert_eq!(hash(&repo, "", Options::default()).expect("a source"), before);
}

#[test]
fn objects_that_are_only_in_memory_count() {
    let expected = Repo::with_files((0..200).map(|index| (format!("f{index}"), "100644", b"edited".to_vec())));
    let repo = Repo::with_files((0..200).map(|index| (format!("f{index}"), "100644", b"stored".to_vec())));
    let in_memory = repo.open().with_object_memory();
    let blob = in_memory.write_blob("edited").expect("a blob");
    let top: gix::ObjectId = repo.tree().as_str().parse().expect("a name");
    let mut editor = in_memory.edit_tree(top).expect("a tree");
    for index in 0..200 {
        editor.upsert(format!("f{index}"), gix::objs::tree::EntryKind::Blob, blob).expect("an edit");
    }
    let tree: TreeId = editor.write().expect("a tree").to_string().parse().expect("a name");
    let source = source::hash(&in_memory, &tree, "", Options::default(), None).expect("a source");
    assert_eq!(source, hash(&expected, "", Options::default()).expect("a source"));
    assert!(source::hash(&repo.open(), &tree, "", Options::default(), None).is_err(), "nothing was stored");
}

#[test]
fn a_cache_folder_describes_what_it_holds() {
    let repo = Repo::with_texts(&[("a", "a")]);
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("with a space");
    let cache = CacheFolder::create(&folder).expect("a cache");
    assert!(cache.uri().ends_with("/with%20a%20space"), "{}", cache.uri());
    let source = cache.add(&repo.open(), &repo.tree(), "", Options::default(), None).expect("a source");
    assert_eq!(cache.add(&repo.open(), &repo.tree(), "", Options::default(), None).expect("a source"), source);
    let narinfo = fs_err::read_to_string(folder.join(format!("{}.narinfo", source.store_path.hash_part())));
    insta::assert_snapshot!(narinfo.expect("a narinfo"), @r"
    StorePath: /nix/store/yrhzp6k58sg932q6nlzkj9hqc2mvp369-source
    URL: nar/yrhzp6k58sg932q6nlzkj9hqc2mvp369.nar
    Compression: none
    FileHash: sha256:0j1hh207iip23ga64bnqmgjb45814jkk3sjzwkpmd7v3ylmr78y6
    FileSize: 288
    NarHash: sha256:0j1hh207iip23ga64bnqmgjb45814jkk3sjzwkpmd7v3ylmr78y6
    NarSize: 288
    References: 
    CA: fixed:r:sha256:0j1hh207iip23ga64bnqmgjb45814jkk3sjzwkpmd7v3ylmr78y6
    ");
    let mut names: Vec<String> = walkdir::WalkDir::new(&folder)
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(&folder).expect("below").display().to_string())
        .collect();
    names.sort();
    let hash = source.store_path.hash_part();
    assert_eq!(names, [format!("nar/{hash}.nar"), "nix-cache-info".to_owned(), format!("{hash}.narinfo")]);

    let memo = place.path().join("memo");
    cache.add(&repo.open(), &repo.tree(), "", Options::default(), Some(&memo)).expect("a source");
    let known = source::known(&repo.open(), &repo.tree(), "", Options::default(), Some(&memo));
    assert_eq!(known.expect("a tree"), Some(source));

    // A failing source leaves no part of itself.
    let pointer = Repo::with_texts(&[("p", POINTER)]);
    assert!(cache.add(&pointer.open(), &pointer.tree(), "", Options::default(), None).is_err());
    assert_eq!(walkdir::WalkDir::new(&folder).into_iter().count(), names.len() + 2);
}
