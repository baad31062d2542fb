//! The GHC of another machine, described over a real ssh.

use hinc::error::Diagnose;
use hinc::nix::Error;
use hinc::nix::toolchain::HostToolchain;
use hinc::nix::toolchain::remote::detect_on;
use hinc::nix::toolchain::remote::trouble::Problem;
use tokio_util::sync::CancellationToken;

use crate::sshd::Sshd;

#[tokio::main(flavor = "current_thread")]
async fn detect(machine: &Sshd) -> Result<HostToolchain, Error> {
    detect_on(&machine.connection(), &CancellationToken::new()).await
}

fn fingerprint(machine: &Sshd) -> String {
    detect(machine).expect("a toolchain").toolchain.fingerprint
}

#[test]
fn it_is_what_this_machine_would_say_of_itself() {
    let machine = Sshd::start();
    let there = detect(&machine).expect("a toolchain");
    let path = std::env::var_os("PATH").expect("a search path");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let cancel = CancellationToken::new();
    // The same programs lie at the same places, since it is the same Debian.
    let here = runtime.block_on(hinc::nix::toolchain::detect(&path, None, &cancel)).expect("a toolchain");
    assert_ne!(there.toolchain.fingerprint, here.toolchain.fingerprint, "they are made of other things");
    let fingerprint = here.toolchain.fingerprint.clone();
    let mut same = there;
    same.toolchain.fingerprint = fingerprint;
    assert_eq!(same, here);
}

#[test]
fn the_fingerprint_changes_with_every_ingredient_and_not_with_times() {
    let machine = Sshd::start();
    let mut seen = vec![fingerprint(&machine)];
    machine.run("touch /usr/bin/alex /usr/lib/ghc/lib/settings /var/lib/ghc/package.conf.d/base-4*.conf /usr/bin/ghc");
    assert_eq!(fingerprint(&machine), seen[0], "only times are other ones");
    let base = "/usr/lib/ghc/lib/*/base-4*/libHSbase-*.a";
    for change in [
        "echo >> /usr/bin/alex",
        "echo '-- x' >> /var/lib/ghc/package.conf.d/base-4*.conf",
        &format!("truncate --size=+8 {base}"),
        "truncate --size=+8 /usr/lib/ghc/lib/*/libHSghc-9*.so",
        "echo >> /usr/lib/ghc/lib/settings",
        "mv /usr/bin/c2hs /usr/bin/c2hs.away",
        "echo '#' >> /usr/bin/ghc",
        "printf x >> $(gcc -print-file-name=crt1.o)",
        "cp /var/lib/ghc/package.conf.d/base-4*.conf /var/lib/ghc/package.conf.d/twice.conf",
        &format!("rm {base}"),
    ] {
        machine.run(change);
        let now = fingerprint(&machine);
        assert!(!seen.contains(&now), "not seen: {change}");
        assert_eq!(fingerprint(&machine), now, "not the same twice: {change}");
        seen.push(now);
    }
}

#[track_caller]
fn problem(machine: &Sshd) -> Problem {
    match detect(machine) {
        Err(Error::Builder(trouble)) => {
            assert!(trouble.to_string().starts_with("the builder `far` "), "{trouble}");
            assert!(!trouble.hints().is_empty());
            trouble.problem
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_keeps_it_from_building_is_told() {
    let machine = Sshd::start();
    machine.run("cp /bin/true /usr/local/bin/ghc-pkg; printf '#!/bin/sh\nexit 3' > /usr/local/bin/ghc; chmod +x /usr/local/bin/ghc");
    assert!(matches!(problem(&machine), Problem::Broken { what } if what.contains("/usr/local/bin/ghc --info")));

    machine
        .run("printf '#!/bin/sh\n/usr/bin/ghc \"$@\" | sed /Project.version/s/9[.][0-9]*/9.2/' > /usr/local/bin/ghc");
    assert!(matches!(problem(&machine), Problem::OldGhc { path, .. } if path == "/usr/local/bin/ghc"));

    let place = "/nix/store/00000000000000000000000000000000-ghc/bin";
    machine.run(&format!("mkdir -p {place}; cp /usr/bin/ghc {place}/ghc; ln -sf {place}/ghc /usr/local/bin/ghc"));
    assert!(matches!(problem(&machine), Problem::GhcFromStore { .. }));

    machine.run("rm /usr/local/bin/ghc*; mv /usr/bin/*-gcc /root/; rm -f /usr/bin/*-gcc");
    assert!(matches!(problem(&machine), Problem::Incomplete { what, .. } if what.contains("C compiler")));

    machine.run("rm /usr/bin/ghc");
    assert!(matches!(problem(&machine), Problem::NoGhc { path } if path.contains("/usr/bin")));

    let connection = machine.connection();
    drop(machine);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let gone = runtime.block_on(detect_on(&connection, &CancellationToken::new()));
    assert!(
        matches!(&gone, Err(Error::Builder(trouble)) if matches!(trouble.problem, Problem::Unreachable { .. })),
        "{gone:?}"
    );
}
