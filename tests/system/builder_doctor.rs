//! `hinc builder doctor`, with a real machine behind a real ssh.

use serde_json::Value;

use crate::scene::{Ran, Scene};
use crate::sshd::{Sshd, free_port};

/// Describes the machine in the user's own settings, with more lines.
fn describe(scene: &Scene, machine: &Sshd, more: &str) {
    let host_key = fs_err::read_to_string(machine.file("host_key.pub")).expect("a public key");
    let settings = format!(
        "default-builder = \"far\"\n[builder.far]\nkind = \"ssh\"\nhost = \"127.0.0.1\"\nuser = \"root\"\nport = {}\nkey = \"{}\"\nhost-key = \"{}\"\ntrusted = true\n{more}",
        machine.port(),
        machine.file("key").display(),
        host_key.trim(),
    );
    write_settings(scene, &settings);
}

fn write_settings(scene: &Scene, text: &str) {
    let folder = scene.home().join(".config/hinc");
    fs_err::create_dir_all(&folder).expect("a folder");
    fs_err::write(folder.join("config.toml"), text).expect("a file");
}

fn doctor(scene: &Scene, args: &[&str]) -> Ran {
    let words: Vec<&str> = ["builder", "doctor", "--json"].iter().chain(args).copied().collect();
    scene.hinc(&words)
}

/// Returns the checks that are not well, by name, with what was found.
fn ill(ran: &Ran) -> Vec<(String, String)> {
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let checks = ran.json()["checks"].as_array().expect("checks").clone();
    let ill = checks.iter().filter(|check| check["state"] != "ok");
    ill.map(|check| {
        assert!(check["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{check}");
        (text(check, "name"), text(check, "found"))
    })
    .collect()
}

#[test]
fn a_healthy_machine_passes_and_each_fault_is_named() {
    let scene = Scene::new();
    let machine = Sshd::start();
    describe(&scene, &machine, "");
    let healthy = doctor(&scene, &[]).status(0);
    assert_eq!(ill(&healthy), [], "{}", healthy.stdout);
    let checks = healthy.json();
    let names: Vec<&str> =
        checks["checks"].as_array().expect("checks").iter().filter_map(|check| check["name"].as_str()).collect();
    for name in ["ssh", "key", "host key", "nix", "systems", "clock", "disk space", "store", "results", "ghc"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    // The same for people, and as one line of what looks at all.
    assert!(scene.hinc(&["builder", "doctor", "far"]).status(0).stdout.contains("ok      store"));
    let all = scene.hinc(&["doctor"]);
    assert!(all.stdout.contains("builder far") && all.stdout.contains("127.0.0.1 with Nix 2."), "{}", all.stdout);

    // What it has not, and results that nobody vouches for.
    describe(&scene, &machine, "systems = [\"riscv64-linux\"]\nfeatures = [\"gccarch-z80\"]\n");
    let faults = ill(&doctor(&scene, &[]).status(0));
    let names: Vec<&str> = faults.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["systems", "features"]);
    describe(&scene, &machine, "");
    let settings = fs_err::read_to_string(scene.home().join(".config/hinc/config.toml")).expect("the settings");
    write_settings(&scene, &settings.replace("trusted = true", "trusted = false"));
    assert_eq!(ill(&doctor(&scene, &[]).status(0))[0].0, "results");
    describe(&scene, &machine, "");

    machine.run("rm /usr/bin/ghc");
    let faults = ill(&doctor(&scene, &[]).status(0));
    assert!(faults.len() == 1 && faults[0].0 == "ghc", "{faults:?}");

    machine.run("rm /usr/bin/nix*");
    let faults = ill(&doctor(&scene, &[]).status(3));
    assert!(faults.len() == 1 && faults[0].1 == "there is no Nix on the builder `far`", "{faults:?}");

    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs_err::set_permissions(machine.file("key"), mode).expect("a mode");
    let faults = ill(&doctor(&scene, &[]).status(3));
    assert_eq!(faults[0].0, "key");

    drop(machine);
    let faults = ill(&doctor(&scene, &[]).status(3));
    assert!(faults.iter().any(|(_, found)| found.contains("nobody listens at its port")), "{faults:?}");
    assert!(scene.hinc(&["doctor"]).status(3).stdout.contains("nobody listens at its port"));
}

#[test]
fn of_a_guest_that_is_stopped_its_start_is_looked_at() {
    let scene = Scene::new();
    let port = free_port();
    let settings = format!(
        "[builder.vm]\nport = {port}\nsystem = \"{}-linux\"\ndisk = \"/no/such/disk\"\nkernel = \"/bin/true\"\nkernel-parameters = \"\"\nuser = \"root\"\nqemu = \"/no/such/qemu\"\n",
        std::env::consts::ARCH
    );
    write_settings(&scene, &settings);
    let ran = doctor(&scene, &["vm"]).status(3);
    let faults = ill(&ran);
    let failed: Vec<&str> = faults.iter().map(|(name, _)| name.as_str()).collect();
    assert!(failed.contains(&"image") && failed.contains(&"qemu"), "{}", ran.stdout);
    assert!(!failed.contains(&"kernel") && !failed.contains(&"port"), "{}", ran.stdout);

    let _holder = std::net::TcpListener::bind(("127.0.0.1", port)).expect("it was free");
    let faults = ill(&doctor(&scene, &["vm"]).status(3));
    let taken = faults.iter().find(|(name, _)| name == "port").expect("it is taken");
    assert!(taken.1.starts_with(&format!("{port} is taken")), "{taken:?}");
    assert!(!scene.home().join(".local/state/hinc/builders/vm").exists(), "nothing is made by looking");
}

#[test]
fn a_name_that_nobody_described_is_an_error() {
    let scene = Scene::without_repository();
    let ran = doctor(&scene, &["nowhere"]).status(2);
    assert!(
        ran.stderr.contains("there is no builder `nowhere`") || ran.stdout.contains("there is no builder"),
        "{ran:?}"
    );
    let here = doctor(&scene, &["local"]).status(0);
    assert_eq!(ill(&here), []);
}
