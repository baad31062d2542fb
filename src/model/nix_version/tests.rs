use super::*;

#[test]
fn every_form_of_the_version_is_read() {
    let cases = [
        ("nix (Nix) 2.26.3\n", Flavour::Nix, "2.26.3", (2, 26), "Nix 2.26.3"),
        ("nix-instantiate (Nix) 2.34.8", Flavour::Nix, "2.34.8", (2, 34), "Nix 2.34.8"),
        ("nix (Lix, like Nix) 2.93.0-lix", Flavour::Lix, "2.93.0-lix", (2, 93), "Lix 2.93.0-lix"),
        (
            // The first lines of what Lix 2.95.3 prints.
            "nix (Lix, like Nix) 2.95.3\nSystem type: x86_64-linux\nAdditional system types: i686-linux\nFeatures: gc",
            Flavour::Lix,
            "2.95.3",
            (2, 95),
            "Lix 2.95.3",
        ),
        (
            "nix (Determinate Nix 3.11.2) 2.31.1",
            Flavour::Determinate,
            "2.31.1",
            (2, 31),
            "Determinate Nix 3.11.2 (Nix 2.31.1)",
        ),
        (
            "warning: unknown setting 'pasta-path'\nnix (Nix) 2.32pre20250901_abc",
            Flavour::Nix,
            "2.32pre20250901_abc",
            (2, 32),
            "Nix 2.32pre20250901_abc",
        ),
        ("nix-store (Tvix) 0.1", Flavour::Unknown, "0.1", (0, 1), "Tvix 0.1"),
        ("nix 2.3", Flavour::Nix, "2.3", (2, 3), "Nix 2.3"),
    ];
    for (text, flavour, version, numbers, shown) in cases {
        let read = NixVersion::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((read.flavour, read.text.as_str(), read.numbers), (flavour, version, numbers), "{text}");
        assert_eq!(read.to_string(), shown);
    }
    for text in [
        "",
        "nix",
        "bash 5.2",
        "nix (Nix) banana",
        "error: cannot open",
        "nixos-vm 24.11",
        "nixos 24.11",
        "nix-store: /lib/x.so.4: no version",
        "nix is 2.3",
    ] {
        assert_eq!(NixVersion::parse(text), None, "{text}");
    }
}

#[test]
fn numbers_are_those_of_a_flavour() {
    let standing = |text: &str| NixVersion::parse(text).expect("a version").standing();
    let untried = |text: &str| matches!(standing(text), Standing::Untried { .. });
    assert!(matches!(standing("nix (Nix) 2.3.16"), Standing::TooOld { since: "2.4", .. }));
    assert!(untried("nix (Nix) 2.18.1"));
    assert_eq!(standing("nix (Nix) 2.26.3"), Standing::Tried);
    assert_eq!(standing("nix (Nix) 2.36.0"), Standing::Tried);
    // Higher than any number of Nix, and still older than what was tried.
    assert!(untried("nix (Lix, like Nix) 2.94.2"));
    assert_eq!(standing("nix (Lix, like Nix) 2.95.3"), Standing::Tried);
    assert!(untried("nix (Determinate Nix 3.22.2) 2.35.2"));
    assert!(untried("nix (Somebody's Nix) 9.9"));
    assert!(untried("nix (Lix, like Nix) 2.3"));
    assert_eq!(NixVersion::parse("nix (Somebody's Nix) 9.9").expect("a version").to_string(), "Somebody's Nix 9.9");
}

#[test]
fn what_differs_is_what_differs_with_that_version() {
    let about = |text: &str| -> Vec<&str> {
        NixVersion::parse(text).expect("a version").differences().map(|difference| difference.about).collect()
    };
    assert_eq!(about("nix (Nix) 2.26.3"), [""; 0]);
    assert_eq!(about("nix (Nix) 2.34.8"), ["`nix path-info --json`", "`external-builders`"]);
    assert!(about("nix (Lix, like Nix) 2.95.3").contains(&"`/etc/nix/machines`"));
    assert!(!about("nix (Lix, like Nix) 2.94.2").contains(&"`/etc/nix/machines`"));
    assert!(!about("nix (Lix, like Nix) 2.95.3").contains(&"`max-connections`"));
    assert!(about("nix (Determinate Nix 3.22.2) 2.35.2").contains(&"Results 109 and 110 of the log"));
}

#[test]
fn the_table_of_the_documentation_is_this_one() {
    let named = |flavour: Flavour| match flavour {
        Flavour::Nix => "Nix",
        Flavour::Lix => "Lix",
        Flavour::Determinate => "Determinate Nix",
        Flavour::Unknown => "unknown",
    };
    let name = |with: &With| match with {
        With::All(flavour) => named(*flavour).to_owned(),
        With::Since(Flavour::Determinate, (major, minor)) => format!("Determinate Nix, of Nix {major}.{minor}"),
        With::Since(flavour, (major, minor)) => format!("{} {major}.{minor}", named(*flavour)),
    };
    let row = |it: &Difference| {
        let with: Vec<String> = it.with.iter().map(name).collect();
        format!("| {} | {} | {} | {} |\n", it.about, with.join("; "), it.how, it.so)
    };
    let rows = DIFFERENCES.iter().map(row).collect::<Vec<_>>().concat();
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/nix-versions.md");
    let page = fs_err::read_to_string(page).expect("the page");
    assert!(page.contains(&rows), "docs/nix-versions.md needs these rows:\n{rows}");
}
