use proptest::prelude::*;

use super::*;

/// The answer of root on Debian trixie, over ssh.
const TRIXIE: &str = include_str!("recorded/trixie-root.txt");

/// The answer of a user whom the daemon does not trust, on Debian sid, over ssh.
const SID: &str = include_str!("recorded/sid-daemon-user.txt");

/// A Mac whose shells do not find Nix. Not recorded: what its programs print, by their manuals.
const MAC: &str = "hinc-probe 1\nuser ann\nuid 501\nos Darwin\nmachine arm64\nkernel 24.6.0\n\
    folder /nix/var/nix/profiles/default/bin\npath /usr/bin:/bin:/usr/sbin:/sbin\n\
    version nix-store (Nix) 2.33.1\nsetting extra-platforms = x86_64-darwin\nsetting max-jobs = 10\n\
    setting sandbox = false\nsetting system = aarch64-darwin\n\
    setting system-features = apple-virt benchmark big-parallel nixos-test\nstore-status 0\n\
    store-answer /nix/store/00000000000000000000000000000000-hinc-probe\n\
    store-info {\"trusted\":true,\"url\":\"daemon\",\"version\":\"2.33.1\"}\n\
    df /dev/disk3s7 of ann   971350180 81234560 512345678    14%    /nix\n\
    rosetta yes\nmemory 34359738368\ncores 10\nhinc-probe end\n";

fn said(text: &str) -> Said {
    Said { text: text.to_owned(), tail: Vec::new(), skew: Some(0) }
}

fn read(text: &str) -> Result<Facts, Error> {
    Facts::read("far", &said(text))
}

/// What root on Debian trixie answered.
pub(in crate::builder) fn debian() -> Facts {
    read(TRIXIE).expect("a recorded answer")
}

#[test]
fn a_folder_that_would_be_more_than_a_word_is_refused() {
    let folder = "/nix/var/nix/profiles/default/bin";
    for odd in ["/x --option sandbox false #", "bin", "-x", "/x'"] {
        let error = read(&MAC.replace(folder, odd)).expect_err(odd);
        assert!(error.to_string().contains("far"), "{error}");
    }
}

#[test]
fn the_answer_of_root_is_read() {
    insta::assert_json_snapshot!(debian());
}

#[test]
fn a_version_is_found_among_warnings_and_details() {
    let lix = TRIXIE.replace(
        "version nix-store (Nix) 2.26.3",
        "version warning: unknown setting 'x'\nversion nix-store (Lix, like Nix) 2.95.3\nversion System type: x86_64-linux",
    );
    assert_eq!(read(&lix).expect("an answer").nix.to_string(), "Lix 2.95.3");
    let warned = TRIXIE
        .replace("version nix", "version nix-store: /lib/libcurl.so.4: no version information available\nversion nix");
    assert_eq!(read(&warned).expect("an answer").nix.to_string(), "Nix 2.26.3");
}

#[test]
fn the_answer_of_a_user_of_the_daemon_is_read() {
    let facts = read(SID).expect("a recorded answer");
    assert_eq!((facts.nix.to_string().as_str(), facts.user.as_str(), facts.root), ("Nix 2.34.8", "dev", false));
    assert_eq!((facts.store.as_deref(), facts.trusted), (Some("daemon"), Some(false)));
    assert!(!facts.features.contains(&"kvm".to_owned()), "{:?}", facts.features);
}

#[test]
fn a_mac_tells_where_its_nix_is() {
    let facts = read(MAC).expect("an answer");
    assert_eq!(facts.nix_folder.as_deref(), Some("/nix/var/nix/profiles/default/bin"));
    assert_eq!(facts.systems, ["aarch64-darwin", "x86_64-darwin"]);
    assert!(facts.emulated_systems.is_empty());
    assert_eq!(facts.memory_bytes, Some(32 << 30));
    assert_eq!((facts.total_bytes, facts.free_bytes), (Some(971_350_180 * 1024), Some(512_345_678 * 1024)));
    assert_eq!(
        facts.notes,
        ["`nix-store` is not on the search path of ssh there, but in /nix/var/nix/profiles/default/bin"]
    );
    let facts = read(&MAC.replace("rosetta yes\n", "")).expect("an answer");
    assert_eq!(facts.systems, ["aarch64-darwin"], "without Rosetta");
}

#[test]
fn an_imitated_system_is_registered_and_in_the_settings() {
    let with = |binfmt: &str, extra: &str| {
        let text = TRIXIE.replace("kvm opens\n", &format!("kvm opens\n{binfmt}"));
        let text = text.replace("extra-platforms = i686-linux", &format!("extra-platforms = {extra} i686-linux"));
        read(&text).expect("an answer")
    };
    for entry in ["qemu-aarch64", "aarch64-linux"] {
        let facts = with(&format!("binfmt {entry}\nbinfmt python3.12\n"), "aarch64-linux");
        assert_eq!(facts.emulated_systems, ["aarch64-linux"], "{entry}");
        assert!(facts.systems.contains(&"aarch64-linux".to_owned()));
        assert!(facts.notes.is_empty(), "{:?}", facts.notes);
    }
    let only_registered = with("binfmt qemu-aarch64\n", "");
    assert!(only_registered.emulated_systems.is_empty(), "Nix there would refuse it");
    let only_said = with("", "aarch64-linux");
    assert!(!only_said.systems.contains(&"aarch64-linux".to_owned()), "its programs would not run");
    assert_eq!(
        only_said.notes,
        ["`extra-platforms` there names aarch64-linux, but its kernel has nothing that runs such programs"]
    );
}

#[test]
fn kvm_is_a_feature_where_it_opens() {
    assert!(debian().features.contains(&"kvm".to_owned()));
    for (said, why) in [
        ("kvm closed\n", "`/dev/kvm` does not open for this user"),
        ("kvm imitated\n", "its processor is imitated by QEMU, and so is `/dev/kvm`"),
        ("", "there is no `/dev/kvm`"),
    ] {
        let facts = read(&TRIXIE.replace("kvm opens\n", said)).expect("an answer");
        assert_eq!(facts.features, ["benchmark", "big-parallel", "nixos-test", "uid-range"]);
        assert_eq!(facts.notes, [format!("`system-features` there names kvm, but {why}")]);
    }
}

#[test]
fn what_keeps_it_from_building_is_an_error() {
    let no_nix = "hinc-probe 1\nuser ann\nuid 501\nos Darwin\npath /usr/bin:/bin\nhinc-probe end\n";
    assert!(matches!(read(no_nix), Err(Error::NoNix { path, .. }) if path == "/usr/bin:/bin"));

    let broken = TRIXIE.replace("store-status 0", "store-status 1").replace(
        "store-answer /nix/store/00000000000000000000000000000000-hinc-probe",
        "store-answer error: disk full",
    );
    assert!(matches!(read(&broken), Err(Error::Store { tail, .. }) if tail == ["error: disk full"]));
    let hangs = TRIXIE.replace("store-status 0", "store-status 124");
    assert!(matches!(read(&hangs), Err(Error::Store { tail, .. }) if tail == ["it said nothing within 30 seconds"]));

    let greeting = format!("\nwelcome to far\n{TRIXIE}");
    assert!(matches!(read(&greeting), Err(Error::Greeting { text, .. }) if text == "welcome to far"));

    for odd in ["", "login:", "hinc-probe 1\nuser ann\n"] {
        assert!(matches!(read(odd), Err(Error::Answer { .. })), "{odd:?}");
    }
    let failing = TRIXIE.replace(
        "version nix-store (Nix) 2.26.3",
        "version warning: unknown setting 'x'\nversion error:\nversion   … while opening the store\nversion   error: it is gone",
    );
    let Err(Error::Store { tail, .. }) = read(&failing) else { panic!("its store does not open") };
    assert_eq!(tail[..3], ["error:", "… while opening the store", "error: it is gone"]);
    let no_version = TRIXIE.replace("version nix-store (Nix) 2.26.3", "version dyld: library not loaded");
    assert!(matches!(read(&no_version), Err(Error::Answer { .. })));
}

#[test]
fn without_settings_the_kernel_tells_the_system() {
    let text: Vec<&str> = MAC.lines().filter(|line| !line.starts_with("setting")).collect();
    let facts = read(&text.join("\n")).expect("an answer");
    assert_eq!((facts.system.as_str(), facts.features.len()), ("aarch64-darwin", 0));
}

#[test]
fn room_is_read_whatever_the_names_are() {
    assert_eq!(room("tmpfs 100 30 70 30% /nix"), Some((102_400, 71_680)));
    assert_eq!(room("//me@host/a 1 b 100 30 70 30% /my disk"), Some((102_400, 71_680)));
    for none in ["", "df: /nix: No such file", "tmpfs 1 2 3", "tmpfs a b c 3% /", "x 99999999999999999999 1 1 1% /"] {
        assert_eq!(room(none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(
        text in "\\PC*",
        lines in prop::collection::vec("(version|setting|df|store-info|binfmt|memory|kvm|cores|uid)? ?[-%{}\"=0-9a-z /]*", 0..20),
    ) {
        let _ = read(&text).is_ok();
        let _ = read(&format!("hinc-probe 1\n{}\nhinc-probe end", lines.join("\n"))).is_ok();
        let cut = TRIXIE.char_indices().map(|(index, _)| index).nth(text.len() % TRIXIE.len()).unwrap_or(0);
        let _ = read(&TRIXIE[..cut]).is_ok();
    }
}
