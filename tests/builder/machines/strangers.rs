//! A machine that a repository names, behind a real ssh: what it learns, and what is taken from it.

use std::path::PathBuf;
use std::process::{Child, Command};

use crate::machines::Machine;
use crate::packages::{SLOW, derivations, is_here, user_settings};
use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// An agent that holds the key of a machine, as a user has one for hosts of their own.
struct Agent {
    process: Child,
    socket: PathBuf,
}

impl Agent {
    fn with(scene: &Scene, machine: &Machine) -> Self {
        let socket = scene.home().join("agent");
        let process = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).spawn().expect("ssh-agent starts");
        for _ in 0..200 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let mut add = Command::new("ssh-add");
        add.arg("-q").arg(machine.key()).env("SSH_AUTH_SOCK", &socket);
        assert!(add.status().expect("ssh-add runs").success());
        Self { process, socket }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Where the user's own files of ssh are.
fn users_ssh() -> PathBuf {
    std::env::home_dir().expect("a home").join(".ssh")
}

/// A configuration of the user's that does for a machine all that is dangerous. ssh reads it from the home in
/// `/etc/passwd`, so it is for one address and made before any other test can mind.
fn careless(scene: &Scene, machine: &Machine) -> PathBuf {
    let victim = scene.home().join("victim");
    let text = format!(
        "Host {}\n  ForwardAgent yes\n  SendEnv LC_SECRET\n  StrictHostKeyChecking no\n  PermitLocalCommand yes\n  LocalCommand touch {}\n",
        machine.address(),
        victim.display()
    );
    let folder = users_ssh();
    fs_err::create_dir_all(&folder).expect("a folder");
    let file = folder.join("config");
    let before = fs_err::read_to_string(&file).unwrap_or_default();
    fs_err::write(&file, before + &text).expect("a file");
    victim
}

/// Has the machine write down what each connection brings along.
fn listen(machine: &Machine) {
    machine.sh("mkdir -p ~/.ssh && echo 'env >>~/seen' >~/.ssh/rc");
}

fn build(scene: &Scene, agent: &Agent, builder: &str) -> Ran {
    scene.hinc_with(&[&SLOW[..], &["--builder", builder]].concat(), |command| {
        command.env("SSH_AUTH_SOCK", &agent.socket).env("LC_SECRET", "the-secret");
    })
}

#[test]
fn a_machine_of_a_repository_learns_nothing_and_is_not_believed() {
    let far = Machine::start("stranger");
    let scene = derivations(0);
    let (agent, victim) = (Agent::with(&scene, &far), careless(&scene, &far));
    listen(&far);
    let table = |name: &str, more: &str| {
        format!("[builder.{name}]\nhost = \"{}\"\nuser = \"{}\"\n{more}\n", far.address(), far.user())
    };
    let host_key = format!("host-key = \"{}\"", far.host_key());
    scene.write(
        "hinc.toml",
        &format!("default-builder = \"theirs\"\n{}{}", table("theirs", &host_key), table("unknown", "")),
    );
    scene.commit_at(MIDNIGHT + HOUR, "Settings");

    // A host key that nobody knows is not taken, though the user's configuration would take any.
    let ran = build(&scene, &agent, "unknown").status(3);
    assert!(ran.stderr.contains("has a host key that is not known here"), "{}", ran.stderr);
    let known = fs_err::read_to_string(users_ssh().join("known_hosts")).unwrap_or_default();
    assert!(!known.contains(far.address()), "{known}");
    assert!(!far.does("test -e ~/seen"), "nobody got in");

    // It is spoken to after the user's word, and what it built is not taken.
    let ran = build(&scene, &agent, "theirs").status(3);
    assert!(ran.stderr.contains("what `theirs` built has no signature"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let built = far.sh("ls -d /nix/store/*-slow");
    assert!(!is_here(&scene, built.trim()), "{built} came here");
    let seen = far.sh("cat ~/seen");
    assert!(seen.contains("SSH_CONNECTION="), "{seen}");
    for word in ["SSH_AUTH_SOCK", "the-secret", "DISPLAY="] {
        assert!(!seen.contains(word), "{word} went there:\n{seen}");
    }
    assert!(!victim.exists(), "the user's LocalCommand was run");

    // The same machine as the user's own.
    far.sh("rm ~/seen");
    user_settings(&scene, &table("mine", &host_key));
    let ran = build(&scene, &agent, "mine").status(0);
    assert_eq!(fs_err::read_to_string(ran.line()).expect("the result"), "slow\n");
    let seen = far.sh("cat ~/seen");
    assert!(
        seen.contains("LC_SECRET=the-secret"),
        "the user's own settings of ssh are for the user's own machines:\n{seen}"
    );
    assert!(!seen.contains("SSH_AUTH_SOCK"), "no agent is ever forwarded");
    assert!(!victim.exists(), "the user's LocalCommand was run");
}

// The name was a part of the path below which the script that gives up old roots removes files.
#[test]
fn a_package_that_is_named_by_a_path_removes_nothing_on_a_builder() {
    let far = Machine::start("victim");
    let scene = derivations(0);
    user_settings(&scene, &far.settings(""));
    let file = fs_err::read_to_string(scene.project().join("default.nix")).expect("the file");
    scene.write(
        "default.nix",
        &format!("let all = {file}; in {{ slow = all.slow // {{ pname = \"../../../victim\"; }}; }}\n"),
    );
    scene.commit_at(MIDNIGHT + HOUR, "A name");
    far.sh("mkdir -p ~/.local/state/victim && cd ~/.local/state/victim && touch 1 2 3 4 5 6 7 8");
    let ran = scene.hinc(&[&SLOW[..], &["--builder", "victim"]].concat()).status(5);
    assert!(ran.stderr.contains("`../../../victim` is not a name of a package"), "{}", ran.stderr);
    assert_eq!(far.sh("ls ~/.local/state/victim | wc -l").trim(), "8");
    assert!(far.sh("ls -d /nix/store/*-slow 2>/dev/null || true").is_empty(), "nothing went there");
}
