use std::collections::BTreeMap;

use proptest::prelude::*;

use super::entry::name_of;
use super::*;
use crate::error::Diagnose;
use crate::model::builder::{BuilderKind, SshMachine};
use crate::model::name::{Name, Rule};

fn parsed(text: &str) -> Machines {
    parse(text, &Origin::Setting, &|_| Ok(None))
}

fn ssh(builder: &Builder) -> &SshMachine {
    match &builder.kind {
        BuilderKind::Ssh(machine) => machine,
        other => panic!("{other:?}"),
    }
}

fn only(text: &str) -> Builder {
    let mut machines = parsed(text);
    assert!(machines.problems.is_empty(), "{:?}", machines.problems);
    assert_eq!(machines.builders.len(), 1, "{:?}", machines.builders);
    machines.builders.remove(0)
}

fn name<R: Rule>(text: &str) -> Name<R> {
    text.parse().expect("a name")
}

fn told_names<R>(names: &[Name<R>]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(" ")
}

/// The texts of the problems, one a line.
fn told(problems: &[Error]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_column_is_read() {
    // The host key of nixpkgs' builder, as nix-darwin writes it: its private half is public.
    let key = "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUpCV2N4Yi9CbGFxdDFhdU90RStGOFFVV3JVb3RpQzVxQkorVXVFV2RWQ2Igcm9vdEBuaXhvcwo=";
    let text =
        format!("ssh-ng://builder@linux-builder aarch64-linux,x86_64-linux /etc/nix/key 4 1.5 kvm,big kvm {key}");
    let builder = only(&text);
    assert_eq!(builder.name.label(), "linux-builder.nix");
    assert_eq!(builder.systems, ["aarch64-linux", "x86_64-linux"]);
    assert_eq!((builder.jobs, builder.speed), (Some(4), 1.5));
    assert_eq!(
        (told_names(&builder.features), told_names(&builder.mandatory_features)),
        ("kvm big".into(), "kvm".into())
    );
    assert!(builder.trusted);
    let machine = ssh(&builder);
    assert_eq!(
        (machine.user.as_ref().map(Name::as_str), machine.host.as_str(), machine.port),
        (Some("builder"), "linux-builder", None)
    );
    assert_eq!(machine.key.as_ref().map(Name::as_str), Some("/etc/nix/key"));
    let host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb";
    assert_eq!(machine.host_key.as_ref().map(ToString::to_string).as_deref(), Some(host_key));
}

#[test]
fn what_is_left_out_is_asked_for() {
    for text in ["nix@build.example.org", "ssh://nix@build.example.org - - - - - - -", "\tnix@build.example.org\t-"] {
        let builder = only(text);
        assert_eq!(builder.name.word().as_str(), "build-example-org");
        assert!(builder.systems.is_empty() && builder.features.is_empty() && builder.mandatory_features.is_empty());
        assert_eq!((builder.jobs, builder.speed), (None, 1.0));
        let wanted = SshMachine { user: Some(name("nix")), ..SshMachine::at(name("build.example.org")) };
        assert_eq!(ssh(&builder), &wanted);
    }
    assert_eq!(only("a - - 0 0").jobs, Some(0));
    assert!((only("a - - 0 0").speed - 1.0).abs() < f64::EPSILON);
    assert_eq!(only("a x - 1 1 - - - more columns than Nix looks at").systems, ["x"]);
}

#[test]
fn an_address_has_many_forms() {
    let machine = |text: &str| ssh(&only(text)).clone();
    assert_eq!(machine("ssh-ng://a:2222").port, Some(2222));
    assert_eq!(machine("me@a:22").port, Some(22));
    assert_eq!((machine("[::1]:22").host.as_str(), machine("[::1]:22").port), ("::1", Some(22)));
    assert_eq!(machine("ssh://root@[fe80::1%25en0]").host, "fe80::1%en0");
    assert_eq!(machine("fe80::1").host, "fe80::1");
    assert_eq!(machine("ssh://a/").host, "a");
    assert_eq!(machine("me@localhost").host, "localhost");
    assert_eq!(machine("localhost:2222").host, "localhost");

    let machine = machine("ssh-ng://a?ssh-key=/my%2Dkey&remote-program=/x/nix-daemon&compress=true");
    assert_eq!(machine.key.as_ref().map(Name::as_str), Some("/my-key"));
    let wanted = [("remote-program", "/x/nix-daemon"), ("compress", "true")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(machine.parameters, wanted);
}

#[test]
fn a_column_counts_more_than_a_parameter() {
    assert_eq!(ssh(&only("ssh://a?ssh-key=/x - /y")).key.as_ref().map(Name::as_str), Some("/y"));
}

#[test]
fn what_the_old_protocol_alone_has_does_not_reach_the_new_one() {
    let parameters = |text: &str| {
        let builder = only(text);
        let pairs = ssh(&builder).parameters.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(parameters("ssh://a?log-fd=4&remote-program=/nix/bin/nix-store"), "remote-program=/nix/bin/nix-daemon");
    assert_eq!(parameters("ssh://a?remote-program=nix-store"), "remote-program=nix-daemon");
    assert_eq!(parameters("ssh://a?remote-program=my-nix-store"), "remote-program=my-nix-store");
    assert_eq!(parameters("ssh-ng://a?remote-program=/nix/bin/nix-store"), "remote-program=/nix/bin/nix-store");
}

// `localhost` and the words for stores of this machine go through no ssh in Nix.
#[test]
fn the_bare_localhost_is_this_machine() {
    for text in ["localhost", "ssh://localhost x86_64-linux", "ssh-ng://localhost", "auto", "daemon", "local"] {
        assert_eq!(only(text).kind, BuilderKind::Local, "{text}");
    }
}

#[test]
fn entries_end_at_newlines_and_semicolons_and_comments_count_for_nothing() {
    let text = "        # comment ; comment\n   a ; nix@b   \n\n    \n\n ;;; \r\n ; ; \nc # d\n# e ; f\n";
    let names: Vec<String> = parsed(text).builders.into_iter().map(|builder| builder.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(parsed(text).problems.is_empty());
}

#[test]
fn builders_of_one_host_have_names_of_their_own() {
    let text = "a x86_64-linux; a aarch64-linux; 10.0.0.7; a-2; ::1; a";
    let names: Vec<String> = parsed(text).builders.into_iter().map(|builder| builder.name.to_string()).collect();
    assert_eq!(names, ["a", "a-2", "10-0-0-7", "a-2-2", "1", "a-3"]);
}

#[test]
fn a_wrong_line_is_told_with_its_place_and_does_not_hide_the_others() {
    let text = "good\n\
        a - - eight ; b - - 8 three\n\
        \tc - - 8 -3\n\
        d - - -1; e - - 8 3 - - BAD_BASE64 # comment\n\
        - x86_64-linux\n\
        ssh://f:0 ; ssh://nix@; ssh://-oProxyCommand=x; ssh://g/store\n\
        h - - - nan\n\
        ssh://i?compress; ssh-ng://localhost?remote-store=/x; ssh://j?a=%zz\n\
        https://cache.example.org; /nix/other; unix:///run/nix; daemon?root=/x\n\
        k - - - - - - bm90IGEga2V5\n\
        ssh://%20l\n\
        ssh://m a,b%c; ssh://n - /k\"; ssh://o - - - - x+y,a/b; ssh://p?ssh-key=/a%20b; ssh://q%0AProxyCommand\n\
        also-good";
    let names: Vec<String> = parsed(text).builders.into_iter().map(|builder| builder.name.to_string()).collect();
    assert_eq!(names, ["good", "also-good"]);
    insta::assert_snapshot!(told(&parsed(text).problems), @r#"
    Nix's setting `builders`, line 2, column 7: `eight` is no number of jobs
    Nix's setting `builders`, line 2, column 23: `three` is no speed: a speed is a number from 0 on, such as 1 or 2.5
    Nix's setting `builders`, line 3, column 10: `-3` is no speed: a speed is a number from 0 on, such as 1 or 2.5
    Nix's setting `builders`, line 4, column 7: `-1` is no number of jobs
    Nix's setting `builders`, line 4, column 25: `BAD_BASE64` is no host key in base64
    Nix's setting `builders`, line 5, column 1: the first column, the machine's address, is missing
    Nix's setting `builders`, line 6, column 1: `0` is no port: a port is a number from 1 to 65535
    Nix's setting `builders`, line 6, column 13: `ssh://nix@` has no host
    Nix's setting `builders`, line 6, column 25: `-oProxyCommand=x` is no host or user that ssh could be given
    Nix's setting `builders`, line 6, column 49: `ssh://g/store` has a path after the host, which an address of ssh cannot have
    Nix's setting `builders`, line 7, column 9: `nan` is no speed: a speed is a number from 0 on, such as 1 or 2.5
    Nix's setting `builders`, line 8, column 1: `compress` is no parameter of a store: it has the form NAME=VALUE, with %XX for special characters
    Nix's setting `builders`, line 8, column 19: `ssh-ng://localhost?remote-store=/x` is a store of this machine with parameters of its own, since `localhost` alone means no ssh
    Nix's setting `builders`, line 8, column 55: `a=%zz` is no parameter of a store: it has the form NAME=VALUE, with %XX for special characters
    Nix's setting `builders`, line 9, column 1: hinc cannot build on `https://cache.example.org`: it is not reached by ssh
    Nix's setting `builders`, line 9, column 28: hinc cannot build on `/nix/other`: it is not reached by ssh
    Nix's setting `builders`, line 9, column 40: hinc cannot build on `unix:///run/nix`: it is not reached by ssh
    Nix's setting `builders`, line 9, column 57: hinc cannot build on `daemon?root=/x`: it is not reached by ssh
    Nix's setting `builders`, line 10, column 15: `bm90IGEga2V5` is no host key in base64
    Nix's setting `builders`, line 11, column 1: `%20l` is no host or user that ssh could be given
    Nix's setting `builders`, line 12, column 9: `b%c` is not a system of Nix, such as `x86_64-linux`: it has ASCII letters, digits, `-` and `_`, and does not begin with `-`
    Nix's setting `builders`, line 12, column 26: `/k\"` is not a path that ssh and Nix can be given: it has no white space, quotes, `%`, `$` or `\`, and does not begin with `-`
    Nix's setting `builders`, line 12, column 47: `a/b` is not a system feature of Nix, such as `kvm`: it has ASCII letters, digits, `-`, `_`, `.`, `:` and `+`, and does not begin with `-`
    Nix's setting `builders`, line 12, column 56: `/a b` is not a path that ssh and Nix can be given: it has no white space, quotes, `%`, `$` or `\`, and does not begin with `-`
    Nix's setting `builders`, line 12, column 80: `q%0AProxyCommand` is no host or user that ssh could be given
    "#);
    for problem in parsed(text).problems {
        assert_eq!((problem.exit().code(), problem.hints().len()), (2, 1));
    }
}

#[test]
fn files_are_read_within_files_and_a_missing_one_has_no_machines() {
    let files: BTreeMap<&str, &str> =
        [("/m", "a\n@/n ; b - - x"), ("/n", "c\n@/m\n@ /with space\n@/missing"), ("/with space", "d"), ("/locked", "")]
            .into();
    let read = |path: &Path| match path.to_str() {
        Some("/locked") => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        path => Ok(path.and_then(|path| files.get(path)).map(|text| (*text).to_owned())),
    };
    let machines = parse("@/m;@/n;@/locked", &Origin::Setting, &read);
    let names: Vec<&str> = machines.builders.iter().map(|builder| builder.name.word().as_str()).collect();
    assert_eq!(names, ["a", "c", "d", "c-2", "a-2", "d-2"]);
    insta::assert_snapshot!(told(&machines.problems), @r"
    /n:2:1: the machines file /m takes in itself
    /m:2:13: `x` is no number of jobs
    /m:2:1: the machines file /n takes in itself
    /m:2:13: `x` is no number of jobs
    cannot read the machines file /locked
    ");
}

#[test]
fn a_file_is_read_from_the_disk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (folder.path().join("machines"), folder.path().join("more"));
    fs_err::write(&first, format!("a\n@{}\n", second.display())).expect("a file");
    assert_eq!(read_file(&first).builders.len(), 1);
    fs_err::write(&second, "b\nc - - z").expect("a file");
    let machines = read(&format!("@{}", first.display()));
    assert_eq!(machines.builders.len(), 2);
    assert!(machines.problems[0].to_string().starts_with(&format!("{}:2:7: ", second.display())));
    assert!(read_file(&folder.path().join("none")).problems.is_empty());
    let problems = read_file(folder.path()).problems;
    assert_eq!((problems.len(), problems[0].exit().code()), (1, 3), "a folder is no file: {problems:?}");
}

#[test]
fn a_line_is_written_as_nix_reads_it() {
    let builder = only("ssh://nix@[::1]:22 a,b - 4 2.5 kvm big c3NoLWVkMjU1MTkgQUFBQQ==");
    let mut machine = ssh(&builder).clone();
    assert_eq!(line(&builder, &machine), "ssh-ng://nix@[::1]:22 a,b - 4 2.5 kvm big c3NoLWVkMjU1MTkgQUFBQQ==");
    machine = SshMachine { key: Some(name("/my#keys/k")), ..SshMachine::at(name("localhost")) };
    assert_eq!(line(&builder, &machine), "ssh-ng://127.0.0.1?ssh-key=/my%23keys/k a,b - 4 2.5 kvm big -");
}

prop_compose! {
    fn machine()(
        host in "[a-z0-9_.]{1,12}|[0-9a-f]{1,4}::[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,3}",
        user in proptest::option::of("[A-Za-z0-9_][A-Za-z0-9._+-]{0,7}"),
        port in proptest::option::of(1_u16..),
        key in proptest::option::of("/[^\\s\\p{Cc}\"'%$\\\\]{0,20}"),
        host_key in proptest::option::of("ssh-[a-z0-9]{1,9} (?:[A-Za-z0-9+/]{4}){1,20}"),
        parameters in proptest::collection::vec(("x[\\PC]{0,6}", "\\PC{0,12}"), 0..3),
    ) -> SshMachine {
        SshMachine {
            host: name(&host),
            user: user.map(|user| name(&user)),
            port,
            key: key.map(|key| name(&key)),
            host_key: host_key.map(|key| key.parse().expect("a key")),
            parameters,
        }
    }
}

prop_compose! {
    fn any_builder()(
        machine in machine(),
        systems in proptest::collection::vec("[a-z0-9_]{1,6}-[a-z]{1,6}", 0..3),
        features in proptest::collection::vec("[a-z][a-z0-9:.-]{0,8}", 0..3),
        mandatory_features in proptest::collection::vec("[a-z][a-z-]{0,8}", 0..3),
        speed in prop_oneof![Just(1.0), 0.001_f64..1e9],
        jobs in proptest::option::of(any::<u32>()),
    ) -> Builder {
        Builder {
            name: BuilderName::new(name_of(&machine.host), Describer::Machines),
            kind: BuilderKind::Ssh(machine),
            systems: systems.iter().map(|system| name(system)).collect(),
            features: features.iter().map(|feature| name(feature)).collect(),
            mandatory_features: mandatory_features.iter().map(|feature| name(feature)).collect(),
            speed,
            jobs,
            trusted: true,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(builder in any_builder()) {
        let machine = ssh(&builder);
        // This one is written as 127.0.0.1 on purpose.
        prop_assume!(machine.host != "localhost" || machine.user.is_some() || machine.port.is_some());
        let text = line(&builder, machine);
        let read = parsed(&text);
        prop_assert!(read.problems.is_empty(), "{text}: {:?}", read.problems);
        prop_assert_eq!(read.builders, vec![builder]);
    }

    #[test]
    fn no_text_is_too_odd_and_every_problem_is_within_it(text in "(?:[a@:/?=%;#\\[\\] \\-1.,\n\t]|ssh|localhost|\\PC){0,60}") {
        let lines: Vec<&str> = text.lines().collect();
        for problem in parsed(&text).problems {
            if let Error::Line { place, .. } | Error::Circle { place, .. } = problem {
                let line = lines.get(place.line - 1).expect("a line of the text");
                let found = line.chars().nth(place.column - 1);
                prop_assert!(found.is_some_and(|c| !c.is_ascii_whitespace()), "{place} of {text:?}");
            }
        }
    }

    #[test]
    fn layout_does_not_matter(builders in proptest::collection::vec(any_builder(), 1..4), space in "[ \t]{1,3}") {
        let lines: Vec<String> =
            builders.iter().map(|builder| line(builder, ssh(builder))).collect();
        let plain = parsed(&lines.join("\n")).builders;
        let spaced = lines.iter().map(|line| line.replace(' ', &space)).collect::<Vec<_>>();
        prop_assert_eq!(&plain, &parsed(&spaced.join(&format!("{space};{space}"))).builders);
        prop_assert_eq!(&plain, &parsed(&format!("# ; x\n{} # y\n;;\n", spaced.join(" # z ; z\n\n"))).builders);
    }
}

const TABLES: &str = r#"
version = 1

[machines.farm]
uri = "ssh-ng://nix@build.example.org"
system-types = ["aarch64-linux", "x86_64-linux"]
jobs = 4
speed-factor = 2
supported-features = ["kvm", "big"]
mandatory-features = ["kvm"]
ssh-key = "/etc/nix/key"
ssh-public-host-key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb root@farm"

[machines.another]
uri = "ssh://other"

[machines.resting]
uri = "ssh://resting"
enabled = false
"#;

// The form is that of Lix 2.95.
#[test]
fn tables_are_read_as_columns_are() {
    let machines = parsed(TABLES);
    assert!(machines.problems.is_empty(), "{:?}", machines.problems);
    let [farm, another] = machines.builders.as_slice() else { panic!("{:?}", machines.builders) };
    assert_eq!((farm.name.label(), another.name.label()), ("farm.nix".into(), "another.nix".into()));
    let key = "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUpCV2N4Yi9CbGFxdDFhdU90RStGOFFVV3JVb3RpQzVxQkorVXVFV2RWQ2Igcm9vdEBuaXhvcwo=";
    let columns = format!(
        "ssh-ng://nix@build.example.org aarch64-linux,x86_64-linux /etc/nix/key 4 2 kvm,big kvm {key}\nssh://other"
    );
    for (table, line) in machines.builders.iter().zip(parsed(&columns).builders) {
        assert_eq!(table, &Builder { name: table.name.clone(), ..line });
    }
}

#[test]
fn a_wrong_table_leaves_the_others() {
    let cases = [
        ("uri = \"\"", "machine `wrong`: `uri`, the machine's address, is missing"),
        ("jobs = 2", "machine `wrong`: `uri`, the machine's address, is missing"),
        ("uri = \"a\"\njobs = -1", "machine `wrong`: invalid value: integer `-1`, expected u32"),
        ("uri = \"a\"\ncolour = 1", "machine `wrong`: unknown field `colour`"),
        ("uri = \"a\"\nspeed-factor = -0.5", "machine `wrong`: `-0.5` is no speed"),
        ("uri = \"a\"\nspeed-factor = nan", "machine `wrong`: `NaN` is no speed"),
        ("uri = \"a\"\nssh-public-host-key = \"x\"", "machine `wrong`: `x` is no host key"),
        ("uri = \"https://a\"", "machine `wrong`: hinc cannot build on `https://a`"),
    ];
    for (table, problem) in cases {
        let machines = parsed(&format!("[machines.fine]\nuri = \"b\"\n\n[machines.wrong]\n{table}\n"));
        assert_eq!(machines.builders.len(), 1, "{table}");
        let told = told(&machines.problems);
        assert!(told.starts_with("Nix's setting `builders`, line 4, column 11: ") && told.contains(problem), "{told}");
        assert_eq!(machines.problems[0].exit().code(), 2);
    }
    assert_eq!(
        told(&parsed("version = 2\n[machines.a]\nuri = \"a\"").problems),
        "Nix's setting `builders`, line 1, column 11: version 2 of the form is not known: hinc reads version 1"
    );
    for (text, place) in [
        ("[machines.a]\nuri = \"a\n", "line 2, column "),
        ("[[machines]]\nuri = \"ssh://x\"", "line 1, column "),
        ("machines.farm.uri = ssh://x", "line 1, column "),
        ("[ machines.farm ]\nuri = ssh://x", "line 2, column "),
        ("version = 1", "line 1, column "),
    ] {
        let broken = parsed(text);
        let told = told(&broken.problems);
        assert!(broken.builders.is_empty() && broken.problems.len() == 1, "{text}: {:?}", broken.builders);
        assert!(told.starts_with(&format!("Nix's setting `builders`, {place}")), "{text}: {told}");
        assert!(broken.problems[0].hints().iter().all(|hint| !format!("{hint:?}").contains("column")), "{text}");
    }
}

#[test]
fn tables_are_written_in_all_ways_of_toml() {
    let names = |text: &str| -> Vec<String> {
        let machines = parsed(text);
        assert!(machines.problems.is_empty(), "{:?}", machines.problems);
        machines.builders.iter().map(|builder| builder.name.label()).collect()
    };
    assert_eq!(names("machines.farm.uri = \"ssh://x\""), ["farm.nix"]);
    assert_eq!(names("machines = { b = { uri = \"x\" }, a = { uri = \"y\", enable = false } }"), ["b.nix"]);
    assert_eq!(names("[machines.\"a.b\"]\nuri = \"x\"\n[machines.a-b]\nuri = \"y\""), ["a-b.nix", "a-b-2.nix"]);
    assert!(names("[machines]").is_empty());
}

#[test]
fn a_comment_makes_no_text_toml() {
    for comment in ["#speed = 2", "x86 # = 1", "#[machines.a]", "# [machines.a] = b"] {
        let machines = parsed(&format!("{comment}\nfarm x86_64-linux\n[::1] x86_64-linux\n"));
        assert!(machines.problems.is_empty(), "{comment}: {:?}", machines.problems);
        assert_eq!(machines.builders.len(), if comment.starts_with('#') { 2 } else { 3 }, "{comment}");
    }
}

#[test]
fn only_what_ssh_reaches_needs_a_host_key() {
    assert!(matches!(only("localhost x86_64-linux - 4 1 - - c29tZXRoaW5n").kind, BuilderKind::Local));
    assert!(told(&parsed("https://x - - - - - - BAD").problems).contains("hinc cannot build on"));
}
