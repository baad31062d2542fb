use super::*;
use crate::builder::machines::{Origin, parse};
use crate::error::Diagnose;
use crate::model::builder::BuilderKind;
use crate::model::name::{Name, Rule};

fn name<R: Rule>(text: &str) -> Name<R> {
    text.parse().expect("a name")
}

fn guest(system: &str) -> Builder {
    let settings = GuestSettings {
        image: Image::Profile { installable: "nixpkgs#darwin.linux-builder".to_owned() },
        system: name(system),
        cores: 8,
        memory_mib: 6144,
        disk_gib: 100,
        port: None,
        ephemeral: false,
        idle_minutes: 15,
        emulated_systems: Vec::new(),
        qemu: None,
        qemu_options: Vec::new(),
    };
    builder("vm", BuilderKind::Vm(settings))
}

fn builder(word: &str, kind: BuilderKind) -> Builder {
    Builder { trusted: true, ..Builder::example(word, kind) }
}

fn settings(builder: &mut Builder) -> &mut GuestSettings {
    match &mut builder.kind {
        BuilderKind::Vm(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn place(folder: &str) -> GuestPlace {
    let file = |file: &str| name(&format!("{folder}/{file}"));
    let host_key = Some("ssh-ed25519 AAAA".parse().expect("a key"));
    GuestPlace { key: file("key"), known_hosts: file("known_hosts"), port: Some(40022), host_key }
}

/// All formats of a builder, one after the other.
fn all(declared: &Declared<'_>, formats: &[Format]) -> String {
    let text = |format: &Format| match declared.text(*format) {
        Ok(text) => format!("=== {format:?}\n{text}"),
        Err(error) => format!("=== {format:?}\nerror: {error}\nhint: {}\n", error.hints()[0].as_str()),
    };
    formats.iter().map(text).collect::<Vec<_>>().join("\n")
}

const MAC: [Format; 4] = [Format::Ssh, Format::Machines, Format::NixDarwin, Format::Launchd];
const LINUX: [Format; 4] = [Format::Ssh, Format::Machines, Format::Nixos, Format::Systemd];

fn on_a_mac(system: &str) -> String {
    let (builder, place) = (guest(system), place("/Users/ann/.local/state/hinc/builders/vm"));
    let hinc = "/Users/ann/.cargo/bin/hinc";
    let path = "/usr/bin:/bin:/nix/var/nix/profiles/default/bin";
    all(&Declared { builder: &builder, guest: Some(&place), hinc, user: "ann", path }, &MAC)
}

fn on_linux(system: &str) -> String {
    let mut builder = guest(system);
    settings(&mut builder).image = Image::Disk {
        disk: "/srv/builder/disk.qcow2".into(),
        kernel: "/srv/builder/vmlinuz".into(),
        initrd: Some("/srv/builder/initrd".into()),
        parameters: name("root=/dev/vda"),
        user: name("root"),
    };
    settings(&mut builder).port = Some(31322);
    let place = place("/home/ann/.local/state/hinc/builders/vm");
    let path = "/usr/local/bin:/usr/bin:/bin";
    all(&Declared { builder: &builder, guest: Some(&place), hinc: "/usr/bin/hinc", user: "ann", path }, &LINUX)
}

#[test]
fn a_guest_on_macos_aarch64() {
    insta::assert_snapshot!(on_a_mac("aarch64-linux"));
}

#[test]
fn a_guest_on_macos_x86_64() {
    insta::assert_snapshot!(on_a_mac("x86_64-linux"));
}

#[test]
fn a_guest_on_linux_aarch64() {
    insta::assert_snapshot!(on_linux("aarch64-linux"));
}

#[test]
fn a_guest_on_linux_x86_64() {
    insta::assert_snapshot!(on_linux("x86_64-linux"));
}

fn farm() -> Builder {
    let machine = SshMachine {
        host: name("farm.example.org"),
        user: Some(name("nix")),
        port: Some(2222),
        key: Some(name("/keys-of-ann/#1/farm")),
        host_key: Some("ssh-ed25519 AAAA".parse().expect("a key")),
        parameters: Vec::new(),
    };
    let farm = builder("farm", BuilderKind::Ssh(machine));
    Builder { systems: vec![name("x86_64-linux")], speed: 2.5, jobs: Some(16), ..farm }
}

fn declared(builder: &Builder) -> Declared<'_> {
    Declared { builder, guest: None, hinc: "/usr/bin/hinc", user: "ann", path: "/usr/bin" }
}

#[test]
fn another_machine() {
    let builder = farm();
    insta::assert_snapshot!(all(&declared(&builder), &LINUX));
}

#[test]
fn what_cannot_be_declared_says_what_to_do() {
    let formats = [Format::Ssh, Format::Machines, Format::Systemd];
    let mut never_ran = place("/state/vm");
    (never_ran.port, never_ran.host_key) = (None, None);
    let vm = guest("x86_64-linux");
    let mut unknown = farm();
    unknown.systems.clear();
    let here = builder("local", BuilderKind::Local);
    let texts = [
        all(&Declared { guest: Some(&never_ran), ..declared(&vm) }, &formats[..2]),
        all(&declared(&unknown), &formats[1..]),
        all(&declared(&here), &formats[..1]),
    ];
    insta::assert_snapshot!(texts.join("\n"), @r#"
    === Ssh
    error: the guest `vm` has no port yet
    hint: run `hinc builder up vm` once, or set `port` in [builder.vm]

    === Machines
    error: the guest `vm` has no port yet
    hint: run `hinc builder up vm` once, or set `port` in [builder.vm]

    === Machines
    error: the settings do not say for which systems `farm` builds, and Nix would take this machine's own
    hint: add `systems = ["x86_64-linux"]`, or what it is, to [builder.farm]

    === Systemd
    error: the builder `farm` is no guest of hinc's, so no service runs it
    hint: a machine of the kind `ssh` has to be there by itself

    === Ssh
    error: the builder `local` is this machine: nothing has to be declared for it
    hint: name a builder with `kind = "ssh"` or `kind = "vm"`
    "#);
}

#[test]
fn every_format_quotes_in_its_own_way() {
    let odd = r#"/a b/100%/$HOME & <"x">\y"#;
    let mut vm = guest("x86_64-linux");
    settings(&mut vm).qemu_options = vec!["${x} \"$y\"\n".to_owned()];
    let place = place("/state/vm");
    let with = |hinc, path| Declared { builder: &vm, guest: Some(&place), hinc, user: "ann", path };

    let unit = with(odd, odd).text(Format::Systemd).expect("it can be quoted");
    assert!(unit.contains(r#"ExecStart="/a b/100%%/$HOME & <\"x\">\\y" builder up --foreground vm"#), "{unit}");
    assert!(unit.contains(r#"Environment="PATH=/a b/100%%/$HOME & <\"x\">\\y""#), "{unit}");
    let list = with(odd, odd).text(Format::Launchd).expect("it can be quoted");
    assert!(list.contains(r#"<string>/a b/100%/$HOME &amp; &lt;"x"&gt;\y</string>"#), "{list}");
    let module = with("/h", "/p").text(Format::Nixos).expect("it can be quoted");
    assert!(module.contains(r#"qemuOptions = [ "\${x} \"\$y\"\n" ];"#), "{module}");

    let refused = |error: Error| error.to_string();
    let unit = with("/a\nExecStartPre=/bin/x", "/p").text(Format::Systemd).expect_err("a line of its own");
    assert_eq!(refused(unit), r"a unit of systemd cannot hold `/a\nExecStartPre=/bin/x`");
    let module = with("/h", "/p");
    let mut escapes = module.builder.clone();
    settings(&mut escapes).qemu_options = vec!["a\u{9b}31m".to_owned()];
    let module = Declared { builder: &escapes, ..module }.text(Format::NixDarwin).expect_err("it is not printed");
    assert_eq!(refused(module), r#"what is printed cannot hold `qemuOptions = [ \"a\u{9b}31m\" ];`"#);
    let list = with("/a\u{1}", "/p").text(Format::Launchd).expect_err("no character of XML");
    assert_eq!(refused(list), r"a property list cannot hold `/a\u{1}`");
}

// What is printed for Nix's machines is what hinc itself reads there.
#[test]
fn the_machines_line_is_read_again() {
    let (vm, farm) = (guest("aarch64-linux"), farm());
    let place = place("/state/vm");
    let line = Declared { guest: Some(&place), ..declared(&vm) }.text(Format::Machines).expect("it can");
    let lines = line + &declared(&farm).text(Format::Machines).expect("it can");
    let read = parse(&lines, &Origin::Setting, &|_| Ok(None));
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    let names: Vec<&str> = read.builders.iter().map(|builder| builder.name.word().as_str()).collect();
    assert_eq!(names, ["hinc-vm", "farm-example-org"]);
    assert_eq!(read.builders[1].kind, farm.kind);
}
