use super::*;
use crate::model::builder::{BuilderKind, GuestSettings, Image};

fn user_file(text: &str) -> UserFile {
    UserFile::parse(text, Path::new("config.toml")).expect("settings")
}

fn repository(text: &str) -> Repository {
    let file: UserFile = toml::from_str(text).expect("tables");
    Repository { top: PathBuf::from("/project"), tables: file.builder, default: file.default_builder }
}

fn join(of_repository: &str, user: &str, flag: Option<&str>) -> Result<Builders, Error> {
    Builders::join(Some(&repository(of_repository)), &UserFile::parse(user, Path::new("config.toml"))?, flag, None)
}

fn chosen(builders: &Builders) -> Vec<&str> {
    builders.chosen().map(|builder| builder.name.word().as_str()).collect()
}

fn guest_of<'a>(builders: &'a Builders, name: &str) -> &'a GuestSettings {
    let BuilderKind::Vm(guest) = &builders.named(Some(name)).expect("it is known").kind else {
        panic!("{name} is a guest")
    };
    guest
}

#[test]
fn without_settings_there_is_this_machine_and_a_guest() {
    let builders = join("", "", None).expect("right");
    let names: Vec<&str> = builders.known().map(|builder| builder.name.word().as_str()).collect();
    assert_eq!(names, ["local", "vm"]);
    assert_eq!(builders.chosen().count(), 0);
    let guest = guest_of(&builders, "vm");
    assert_eq!(guest.image, Image::Profile { installable: builder_table::DEFAULT_IMAGE.to_owned() });
    assert_eq!((guest.disk_gib, guest.memory_mib, guest.idle_minutes), (100, 6144, 15));
    assert_eq!(builders.named(None).expect("the guest").name.word().as_str(), "vm");
}

// A repository set port and host key of a machine that the user trusts, its kind, and that the guest's disk is forgotten.
#[test]
fn a_table_of_the_user_is_theirs_whole() {
    let user = "[builder.farm]\nhost = \"farm\"\n[builder.big]\nkind = \"vm\"\ncores = 4\n";
    let alone = join("", user, None).expect("right");
    for table in [
        "[builder.farm]\nport = 2222\nhost-key = \"ssh-ed25519 AAAA\"\nuser = \"stranger\"\n",
        "[builder.farm]\nkind = \"vm\"\n",
        "[builder.farm]\nhost = \"elsewhere\"\nsystems = [\"x-y\"]\nspeed = 9.0\n",
        "[builder.big]\nephemeral = true\ndisk-size = \"1GiB\"\nport = 22\nidle = \"never\"\n",
        "[builder.big]\nkind = \"ssh\"\nhost = \"elsewhere\"\nhost-key = \"ssh-ed25519 AAAA\"\n",
    ] {
        assert_eq!(join(table, user, None).expect("right"), alone, "{table}");
        let asked = join(table, user, Some("farm,big")).expect("right");
        assert_eq!(chosen(&asked), ["farm", "big"]);
        assert!(asked.chosen().all(|builder| builder.trusted && !builder.name.is_of_repository()), "{table}");
    }
    // The administrator's too.
    let mut settings = user_file("");
    settings.add(user_file(user));
    let with = Builders::join(Some(&repository("[builder.farm]\nport = 2222\n")), &settings, None, None);
    assert_eq!(with.expect("right"), alone);
}

#[test]
fn the_user_s_own_two_cannot_be_described_by_a_repository() {
    for (table, part) in [
        ("[builder.vm]\nephemeral = true\n", "`vm` is the user's own"),
        ("[builder.vm]\nkind = \"ssh\"\nhost = \"x\"\nhost-key = \"ssh-ed25519 AAAA\"\n", "`vm` is the user's own"),
        ("[builder.local]\nkind = \"ssh\"\nhost = \"x\"\n", "`local` is the user's own"),
    ] {
        for user in ["", "[builder.vm]\ncores = 2\n"] {
            let error = join(table, user, None).expect_err(part).to_string();
            assert!(error.contains(part) && error.contains("hinc.toml"), "{error}");
        }
    }
}

#[test]
fn a_builder_of_a_repository_is_another_one_and_never_trusted() {
    let text = "[builder.theirs]\nhost = \"theirs\"\n[builder.guest]\nkind = \"vm\"\n";
    let builders = join(text, "[builder.mine]\nhost = \"mine\"\n", Some("theirs,guest,mine")).expect("right");
    let key = ProjectKey::of(Path::new("/project"));
    for name in ["theirs", "guest"] {
        let builder = builders.named(Some(name)).expect("it is known");
        assert_eq!(builder.name, BuilderName::new(BuilderWord::fixed(name), Describer::Repository(key.clone())));
        assert!(!builder.trusted, "{name}");
    }
    assert!(builders.named(Some("mine")).expect("it is known").trusted);
}

#[test]
fn a_builder_of_a_repository_is_not_taken_without_the_user_s_word() {
    let theirs = "default-builder = \"theirs\"\n[builder.theirs]\nhost = \"theirs\"\n";
    let word = "[repository.\"/project\"]\nbuilders = [\"theirs\"]\n";
    let other = "[repository.\"/other\"]\nbuilders = [\"theirs\"]\n[repository.\"/project\"]\nbuilders = [\"x\"]\n";
    let known = |builders: &Builders| builders.known().any(|builder| *builder.name.word() == "theirs");
    // Settings of the user, flag, what is taken, whether it is taken for what this machine cannot build.
    let cases: [(&str, Option<&str>, &[&str], bool); 7] = [
        ("", None, &[], false),
        (other, None, &[], false),
        ("", Some("any"), &["vm"], false),
        ("", Some("theirs"), &["theirs"], false),
        (word, None, &["theirs"], true),
        (word, Some("any"), &["theirs"], true),
        (word, Some("local"), &["local"], true),
    ];
    for (user, flag, taken, is_known) in cases {
        let builders = join(theirs, user, flag).expect("right");
        assert_eq!((chosen(&builders), known(&builders)), (taken.to_vec(), is_known), "{user:?} {flag:?}");
        assert_eq!(builders.not_taken.is_empty(), flag.is_some() || is_known, "{user:?} {flag:?}");
    }
    // Settings that were made for no repository name the user's own.
    let user = format!("default-builder = \"theirs\"\n{word}");
    assert_eq!(chosen(&join(theirs, &user, None).expect("allowed")), ["theirs"]);
    let error = join(theirs, "default-builder = \"theirs\"\n", None).expect_err("a stranger's");
    assert_eq!(error.to_string(), "the builder `theirs` is described by hinc.toml alone, and not by you");
    let by_environment = Builders::join(Some(&repository(theirs)), &user_file(""), None, Some("theirs"));
    assert!(by_environment.is_err());
}

#[test]
fn a_repository_may_ask_for_the_user_s_own() {
    let user = "[builder.farm]\nhost = \"farm\"\n";
    assert_eq!(chosen(&join("default-builder = \"farm\"\n", user, None).expect("right")), ["farm"]);
    assert_eq!(chosen(&join("default-builder = \"farm\"\n", user, Some("local")).expect("right")), ["local"]);
}

#[test]
fn the_administrator_says_what_the_user_does_not() {
    let mut user = user_file("[builder.vm]\ncores = 3\n");
    user.add(user_file(
        "default-builder = \"vm\"\n[builder.vm]\ncores = 8\nport = 31022\n[builder.farm]\nhost = \"farm\"\n",
    ));
    let builders = Builders::join(None, &user, None, None).expect("right");
    let guest = guest_of(&builders, "vm");
    assert_eq!((guest.cores, guest.port), (3, Some(31022)));
    assert!(builders.build_elsewhere() && builders.named(Some("farm")).expect("known").trusted);
}

#[test]
fn the_user_says_what_is_trusted() {
    let trusted = |table: &str| {
        let builders = join("", table, None).expect("right");
        builders.named(Some("farm")).expect("known").trusted
    };
    assert!(trusted("[builder.farm]\nhost = \"farm\"\n"));
    assert!(!trusted("[builder.farm]\nhost = \"farm\"\ntrusted = false\n"));
}

#[test]
fn several_may_be_named() {
    let user = "[builder.a]\nhost = \"a\"\n[builder.b]\nhost = \"b\"\n";
    let names = |names: &str| {
        let builders = join("", user, Some(names)).expect("right");
        chosen(&builders).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names("b, a"), ["b", "a"]);
    assert_eq!(names("any"), ["a", "b"]);
    assert_eq!(names("local"), ["local"]);
    assert!(!join("", user, Some("local")).expect("right").build_elsewhere());
    assert!(join("", user, Some("local,a")).expect("right").build_elsewhere());
    assert_eq!(chosen(&join("", "", Some("any")).expect("right")), ["vm"]);
}

#[test]
fn a_disk_has_a_user_and_parameters_by_itself() {
    let builders = join("", "[builder.vm]\ndisk = \"/d\"\nkernel = \"/k\"\nidle = \"never\"\n", None).expect("right");
    let guest = guest_of(&builders, "vm");
    assert_eq!(guest.idle_minutes, 0);
    let Image::Disk { user, parameters, .. } = &guest.image else { panic!("a disk") };
    assert_eq!((user.as_str(), parameters.as_str()), ("root", "root=/dev/vda"));
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        ("[builder.x]\nqemu = \"/bin/sh\"\n", "", None, "`qemu` of [builder.x] in hinc.toml"),
        ("[builder.x]\nhost = \"x\"\ntrusted = true\n", "", None, "`trusted` of [builder.x] in hinc.toml"),
        ("[builder.vm]\nuser = \"root\\n    ProxyCommand x\"\n", "", None, "cannot read [builder.vm] of hinc.toml"),
        ("", "[builder.x]\n", None, "does not say what it is"),
        ("", "[builder.x]\nkind = \"ssh\"\n", None, "has no `host`"),
        ("", "[builder.x]\nhost = \"a@b\"\n", None, "cannot read [builder.x] of config.toml"),
        ("", "[builder.vm]\ndisk = \"/d\"\n", None, "needs both `disk` and `kernel`"),
        ("", "[builder.vm]\nmemory = \"4\"\n", None, "`memory` of [builder.vm] is not a size"),
        ("", "[builder.vm]\nidle = \"soon\"\n", None, "`idle` of [builder.vm] is wrong"),
        ("", "[builder.vm]\nspeed = 0.0\n", None, "`speed` of [builder.vm]"),
        ("", "[builder.\"a b\"]\nhost = \"x\"\n", None, "cannot read the settings of config.toml"),
        ("", "[repository.project]\nbuilders = [\"x\"]\n", None, "cannot read the settings of config.toml"),
        ("", "", Some("farm"), "there is no builder `farm`"),
        ("", "", Some("\u{1b}[2J"), "there is no builder `\\u{1b}[2J`"),
        ("", "[builder.vm]\ncore = 4\n", None, "cannot read [builder.vm] of"),
    ];
    for (repository, user, chosen, part) in cases {
        let error = join(repository, user, chosen).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
}
