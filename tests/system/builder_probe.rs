//! What another machine is, asked over a real ssh.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use hinc::builder::{ClockSet, Facts, ProbeError, answers, probe, set_clock};
use hinc::clock::Clock;
use hinc::error::Diagnose;
use hinc::model::builder::Connection;
use hinc::model::nix_version::NixVersion;
use hinc::model::unreachable::Unreachable;
use tokio_util::sync::CancellationToken;

use crate::sshd::{Sshd, connection, free_port, make_key, root_at, word};

#[tokio::main(flavor = "current_thread")]
async fn ask(connection: &Connection) -> Result<Facts, ProbeError> {
    probe(connection, Clock::System, &CancellationToken::new()).await
}

#[tokio::main(flavor = "current_thread")]
async fn quick(connection: &Connection) -> bool {
    answers(connection, &CancellationToken::new()).await
}

#[tokio::main(flavor = "current_thread")]
async fn clock(connection: &Connection) -> Result<ClockSet, ProbeError> {
    set_clock(connection, Clock::System, &CancellationToken::new()).await
}

fn nix_there(machine: &Sshd, uri: &str) -> std::process::Output {
    Command::new("nix")
        .args(["store", "info", "--json", "--store", uri])
        .env("NIX_SSHOPTS", machine.connection().nix_sshopts())
        .output()
        .expect("nix starts")
}

#[test]
fn it_says_what_it_is() {
    let machine = Sshd::start();
    let facts = ask(&machine.connection()).expect("facts");
    let version = Command::new("nix").arg("--version").output().expect("nix starts");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    assert_eq!(NixVersion::parse(&version).as_ref(), Some(&facts.nix), "{version}: {facts:?}");
    assert_eq!(facts.system, format!("{}-linux", std::env::consts::ARCH));
    assert_eq!(facts.systems[0], facts.system);
    assert_eq!((facts.user.as_str(), facts.root, facts.trusted), ("root", true, Some(true)));
    assert_eq!((facts.store.as_deref(), facts.sandbox.as_deref()), (Some("local"), Some("true")));
    assert_eq!(facts.clock_skew_seconds, Some(0));
    assert!(facts.free_bytes.is_some_and(|free| Some(free) <= facts.total_bytes), "{facts:?}");
    assert!(facts.cores.is_some_and(|cores| cores > 0) && facts.memory_bytes.is_some_and(|bytes| bytes > 1 << 28));
    assert_eq!(facts.nix_folder, None);
    assert!(quick(&machine.connection()));
}

#[test]
fn nix_outside_of_the_search_path_is_found_and_used() {
    let machine = Sshd::start();
    let profile = "/nix/var/nix/profiles/default/bin";
    machine.run(&format!("mkdir -p {profile} && mv /usr/bin/nix /usr/bin/nix-* {profile}"));
    let facts = ask(&machine.connection()).expect("facts");
    assert_eq!(facts.nix_folder.as_deref(), Some(profile));
    // The oracle is Nix: it reaches the store by that program, and not without.
    let uri = machine.connection().store_uri(&[("remote-program".to_owned(), format!("{profile}/nix-daemon"))]);
    let output = nix_there(&machine, &uri);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!nix_there(&machine, &machine.connection().store_uri(&[])).status.success());

    machine.run(&format!("rm -r {profile}"));
    let error = ask(&machine.connection()).expect_err("there is no Nix");
    assert!(matches!(&error, ProbeError::NoNix { path, .. } if path.contains("/usr/bin")), "{error:?}");
}

// As of a machine that went from Lix back to Nix: a setting that its Nix does not know. The other way round, Lix says
// more than its version.
#[test]
fn its_version_is_found_among_other_lines() {
    let machine = Sshd::start();
    let expected = ask(&machine.connection()).expect("facts").nix;
    machine.run("mkdir -p ~/.config/nix && echo 'pasta-path =' > ~/.config/nix/nix.conf");
    let said = machine.run("nix-store --version 2>&1");
    assert!(said.starts_with("warning: "), "it does not warn: {said}");
    assert_eq!(ask(&machine.connection()).expect("facts").nix, expected);
    machine.run(
        "mkdir /opt/real && ln -s /usr/bin/nix /opt/real/nix-store && rm /usr/bin/nix-store && printf '%s\\n' '#!/bin/sh' \
         'case $* in --version) printf \"nix-store (Lix, like Nix) 2.95.3\\\\nSystem type: x86_64-linux\\\\n\" ;; \
         *) exec /opt/real/nix-store \"$@\" ;; esac' > /usr/bin/nix-store && chmod +x /usr/bin/nix-store",
    );
    assert_eq!(ask(&machine.connection()).expect("facts").nix.to_string(), "Lix 2.95.3");
}

#[test]
fn a_shell_that_greets_is_told_before_nix_stumbles_over_it() {
    let machine = Sshd::start();
    machine.run("echo 'echo welcome to far' > /root/.bashrc");
    let error = ask(&machine.connection()).expect_err("Nix would not understand it");
    assert!(matches!(&error, ProbeError::Greeting { text, .. } if text == "welcome to far"), "{error:?}");
    assert!(!nix_there(&machine, &machine.connection().store_uri(&[])).status.success());
}

#[test]
fn a_store_that_does_not_answer_is_told() {
    let machine = Sshd::start();
    machine.run("nix-store --init");
    assert!(ask(&machine.connection()).is_ok());
    for fault in [
        "head -c 8192 /dev/urandom > /nix/var/nix/db/db.sqlite",
        "rm -rf /nix/var/nix/db; echo broken > /nix/var/nix/db",
    ] {
        machine.run(fault);
        let error = ask(&machine.connection()).expect_err("its database is gone");
        assert!(matches!(&error, ProbeError::Store { tail, .. } if !tail.is_empty()), "{fault}: {error:?}");
    }
}

/// Asserts why a machine is not reached, and that there is something to do about it.
#[track_caller]
fn assert_unreachable(connection: &Connection, expected: Unreachable) {
    let error = ask(connection).expect_err("it is not reached");
    assert!(matches!(&error, ProbeError::Unreachable { why, .. } if *why == expected), "{expected:?}: {error:?}");
    assert_eq!(error.hints().len(), 1);
    assert!(!quick(connection));
}

#[test]
fn why_it_is_not_reached_is_told() {
    let machine = Sshd::start();
    let (key, known) = (machine.file("key"), machine.file("known_hosts"));
    let to = |port| connection(port, &key, &known);

    assert_unreachable(&to(free_port()), Unreachable::Refused);

    let nowhere = Connection {
        ssh_options: ["-F", "none", "-oBatchMode=yes"].map(word).to_vec(),
        destination: root_at("no-such-host.invalid"),
        ..to(22)
    };
    assert_unreachable(&nowhere, Unreachable::NameUnknown);

    let other_key = machine.file("other");
    make_key(&other_key);
    assert_unreachable(&connection(machine.port(), &other_key, &known), Unreachable::Denied);

    let nothing_known = connection(machine.port(), &key, &machine.file("empty"));
    assert_unreachable(&nothing_known, Unreachable::HostKeyUnknown);
    let host_key = fs_err::read_to_string(other_key.with_extension("pub")).expect("a public key");
    let changed = machine.file("changed");
    fs_err::write(&changed, format!("hinc-far {host_key}")).expect("a file");
    assert_unreachable(&connection(machine.port(), &key, &changed), Unreachable::HostKeyChanged);

    let mut no_file = machine.connection();
    no_file.ssh_options[1] = word("/no/such/configuration");
    assert_unreachable(&no_file, Unreachable::Configuration);

    // The kernel takes the connection, and nobody says a word.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let mut half_open = to(silent.local_addr().expect("it is bound").port());
    half_open.ssh_options.insert(0, word("-oConnectTimeout=1"));
    assert_unreachable(&half_open, Unreachable::Silent);

    let open_key = machine.file("open");
    fs_err::copy(&key, &open_key).expect("a copy");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs_err::set_permissions(&open_key, mode).expect("a mode");
    assert_unreachable(&connection(machine.port(), &open_key, &known), Unreachable::KeyOpen);
}

#[test]
fn a_port_of_somebody_else_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\nServer: \xff\r\n\r\n"));
            // Until it hangs up: what is said must arrive before the end.
            drop(stream.read(&mut [0; 64]));
        }
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nothing = folder.path().join("none");
    let error = ask(&connection(port, &nothing, &nothing)).expect_err("it is no sshd");
    let whys = [Unreachable::NotSsh, Unreachable::ClosedAtOnce];
    assert!(matches!(&error, ProbeError::Unreachable { why, .. } if whys.contains(why)), "{error:?}");
}

/// The clock of this machine is nobody's to set, so `date` stands in for it there: what it says is off by what
/// `/root/off` says.
const DATE: &str = r"#!/bin/sh
off=$(cat /root/off)
now=$(/usr/bin/date +%s)
case $1 in
  +%s) echo $((now + off)) ;;
  -u)
    if [ -e /root/forbidden ]; then
      echo 'date: cannot set date: Operation not permitted' >&2
      exit 1
    fi
    then=${3#@}
    echo $((then - now)) >/root/off
    ;;
esac
";

#[test]
fn a_clock_that_is_off_is_set() {
    let machine = Sshd::start();
    let connection = machine.connection();
    assert!(matches!(clock(&connection), Ok(ClockSet::Right { skew: 0 })));

    fs_err::write(machine.file("date"), DATE).expect("a file");
    machine.run(&format!("install -m 755 {} /usr/local/bin/date", machine.file("date").display()));
    machine.run("echo -5400 > /root/off");
    let skew = ask(&connection).expect("facts").clock_skew_seconds;
    assert!(skew.is_some_and(|skew| (-5400..-5395).contains(&skew)), "{skew:?}");
    let set = clock(&connection).expect("root may set it");
    let ClockSet::Set { was, is } = set else { panic!("{set:?}") };
    assert!((-5400..-5395).contains(&was) && is.abs() <= 2, "{set:?}");
    assert!(machine.run("cat /root/off").trim().parse::<i64>().is_ok_and(|off| off.abs() <= 2));

    machine.run("echo 100 > /root/off; touch /root/forbidden");
    let error = clock(&connection).expect_err("it may not be set");
    assert!(
        matches!(&error, ProbeError::Clock { skew, tail, .. } if *skew > 95 && tail[0].contains("not permitted")),
        "{error:?}"
    );
}
