//! Looks at a builder, and says what is wrong with it. Nothing is started or changed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::{Error, Facts, Guest, LARGEST_SKEW, Room, gib, probe, room, ssh};
use crate::clock::Clock;
use crate::model::builder::{Builder, BuilderKind, Connection, Image, SshMachine};
use crate::model::check::Check;
use crate::model::name::{Feature, SshPath, System};
use crate::model::nix_version::Standing;
use crate::process::{Invocation, system};

/// GHC alone can take this much for one large module.
const LITTLE_MEMORY: u64 = 2 << 30;

/// What was found of a builder.
#[derive(Debug)]
pub struct Findings {
    /// Each thing that was looked at.
    pub checks: Vec<Check>,
    /// How it is reached and what it said; none where it did not answer, and for this machine.
    pub reached: Option<(Connection, Facts)>,
}

/// Looks at a builder as far as it can be seen without starting it. It never fails: what cannot be checked is a
/// failed check. `state` is hinc's state folder.
pub async fn doctor(builder: &Builder, state: &Path, clock: Clock, cancel: &CancellationToken) -> Findings {
    let mut checks = Vec::new();
    if builder.kind.is_this_machine() {
        checks.push(Check::ok("builder", "this machine: `hinc doctor` looks at it"));
        return Findings { checks, reached: None };
    }
    checks.push(program_check(cancel).await);
    let connection = match &builder.kind {
        BuilderKind::Local => None,
        BuilderKind::Ssh(machine) => machine_checks(builder, machine, state, &mut checks),
        BuilderKind::Vm(settings) => match Guest::at(state, &builder.name, settings.clone()) {
            Ok(guest) => guest.doctor(&mut checks, cancel).await,
            Err(error) => {
                checks.push(Check::of_error("guest", &error));
                None
            }
        },
    };
    let Some(connection) = connection else { return Findings { checks, reached: None } };
    match probe(&connection, clock, cancel).await {
        Ok(facts) => {
            checks.extend(facts_checks(builder, &facts));
            Findings { checks, reached: Some((connection, facts)) }
        }
        Err(error) => {
            checks.push(Check::of_error("answer", &error));
            Findings { checks, reached: None }
        }
    }
}

/// The ssh of this machine.
async fn program_check(cancel: &CancellationToken) -> Check {
    const NAME: &str = "ssh";
    let version = match system::output(&Invocation::new("ssh").arg("-V"), cancel).await {
        // It says so on the standard error.
        Ok(output) => String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default().to_owned(),
        Err(error) => return Check::of_error(NAME, &error),
    };
    let place = system::output(&Invocation::new("sh").args(["-c", "command -v ssh"]), cancel).await;
    let place =
        place.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    ssh_check(&version, &place, cfg!(target_os = "macos"))
}

fn ssh_check(version: &str, place: &str, macos: bool) -> Check {
    let found = format!("{version} at {place}");
    // macOS 15 asks for leave to use the local network, for each program, and in the background nobody answers.
    if macos && place != "/usr/bin/ssh" {
        let advice = "macOS may keep other programs than its own from the local network, and these do not know `UseKeychain`: put /usr/bin first on PATH";
        return Check::warning("ssh", found, advice);
    }
    Check::ok("ssh", found)
}

/// The settings of a machine: its key, its host key.
fn machine_checks(
    builder: &Builder,
    machine: &SshMachine,
    state: &Path,
    checks: &mut Vec<Check>,
) -> Option<Connection> {
    let connection = match ssh::connection(state, &builder.name, machine) {
        Ok(connection) => connection,
        Err(error) => {
            checks.push(Check::of_error("connection", &error));
            return None;
        }
    };
    checks.push(match &machine.key {
        Some(key) => match as_ssh_finds_it(key, std::env::home_dir()) {
            Some(path) => key_check("key", &path),
            None => Check::ok("key", format!("{key}, which ssh alone can look up")),
        },
        None => Check::ok("key", "what ssh takes: its configuration, its agent, or ~/.ssh"),
    });
    checks.push(match &machine.host_key {
        Some(key) => Check::ok("host key", key.kind()),
        None => Check::ok("host key", "what `known_hosts` of the user says"),
    });
    Some(connection)
}

/// Returns where a key of the settings is: ssh takes a `~` for the user's home. None for that of another user.
fn as_ssh_finds_it(key: &SshPath, home: Option<PathBuf>) -> Option<PathBuf> {
    match key.strip_prefix('~') {
        None => Some(PathBuf::from(key.as_str())),
        Some("") => home,
        Some(rest) => rest.strip_prefix('/').and_then(|below| Some(home?.join(below))),
    }
}

/// Whether a private key is there, and this user's alone: ssh uses no other.
pub(super) fn key_check(name: &str, path: &Path) -> Check {
    let place = path.display();
    let mode = match fs_err::metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(error) => {
            return Check::failed(name, error.to_string(), "make one with `ssh-keygen -t ed25519`, or mend the path");
        }
    };
    if mode & 0o077 != 0 {
        return Check::failed(
            name,
            format!("{place} may be read by others (mode {mode:o}), so ssh does not use it"),
            format!("chmod 600 {place}"),
        );
    }
    match fs_err::File::open(path) {
        Ok(_) => Check::ok(name, place.to_string()),
        Err(error) => Check::failed(name, error.to_string(), "hinc and Nix read it as this user: make it this user's"),
    }
}

/// What a builder said of itself.
fn facts_checks(builder: &Builder, facts: &Facts) -> Vec<Check> {
    let mut checks = vec![Check::ok("machine", machine(facts)), nix_check(facts)];
    checks.push(systems_check(builder, facts));
    checks.push(features_check(builder, facts));
    if !facts.notes.is_empty() {
        let advice = "see `nix config show` there; hinc goes by what it saw, so nothing has to be done";
        checks.push(Check::warning("noticed", facts.notes.join("; "), advice));
    }
    checks.push(user_check(facts));
    checks.push(clock_check(builder, facts));
    checks.extend(room_check(builder, facts));
    checks.push(sandbox_check(facts));
    checks
}

fn machine(facts: &Facts) -> String {
    let mut words = vec![facts.platform.clone()];
    words.extend(facts.cores.map(|cores| if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") }));
    words.extend(facts.memory_bytes.map(|bytes| format!("{} of memory", gib(bytes))));
    words.join(", ")
}

fn nix_check(facts: &Facts) -> Check {
    let place = facts.nix_folder.as_ref().map(|folder| format!(" in {folder}, which hinc names in each call"));
    let found = format!("{}{}", facts.nix, place.unwrap_or_default());
    let standing = facts.nix.standing();
    if let Some(advice) = standing.advice() {
        return match standing {
            Standing::TooOld { lacks, .. } => Check::failed("nix", format!("{found}, which lacks {lacks}"), advice),
            _ => Check::warning("nix", found, advice),
        };
    }
    if facts.memory_bytes.is_some_and(|bytes| bytes < LITTLE_MEMORY) {
        let advice = "GHC may take more than that for one module: give the machine 4 GiB (`memory` of a guest)";
        return Check::warning("nix", format!("{found}, with little memory"), advice);
    }
    Check::ok("nix", found)
}

fn systems_check(builder: &Builder, facts: &Facts) -> Check {
    let found: Vec<String> = facts
        .systems
        .iter()
        .map(|system| {
            let imitated = facts.emulated_systems.contains(system);
            format!("{system}{}", if imitated { " (imitated: slow)" } else { "" })
        })
        .collect();
    let found = found.join(", ");
    let missing: Vec<&str> = builder
        .systems
        .iter()
        .map(System::as_str)
        .filter(|system| !facts.systems.iter().any(|own| own == system))
        .collect();
    if missing.is_empty() {
        return Check::ok("systems", found);
    }
    let advice = format!(
        "the settings say that it builds for {}: register that with binfmt there and add it to `extra-platforms`, or take it out of `systems`",
        missing.join(", ")
    );
    Check::warning("systems", found, advice)
}

fn features_check(builder: &Builder, facts: &Facts) -> Check {
    let found = if facts.features.is_empty() { "none".to_owned() } else { facts.features.join(" ") };
    let said = builder.features.iter().chain(&builder.mandatory_features);
    let missing: Vec<&str> =
        said.map(Feature::as_str).filter(|feature| !facts.features.iter().any(|own| own == feature)).collect();
    if missing.is_empty() {
        return Check::ok("features", found);
    }
    let advice = format!(
        "the settings say that it has {}: add that to `system-features` there, or take it out of the settings",
        missing.join(", ")
    );
    Check::warning("features", found, advice)
}

fn user_check(facts: &Facts) -> Check {
    let how = match facts.store.as_deref() {
        Some("daemon") => "through the daemon",
        _ if facts.root => "with a store of its own",
        _ => "by itself",
    };
    let trust = match facts.trusted {
        Some(true) => ", which trusts it",
        Some(false) => ", which does not trust it",
        None => "",
    };
    let found = format!("{} {how}{}", facts.user, if how == "through the daemon" { trust } else { "" });
    // Derivations and sources go over all the same; only restricted settings do not.
    Check::ok("user", found)
}

fn clock_check(builder: &Builder, facts: &Facts) -> Check {
    let Some(skew) = facts.clock_skew_seconds else {
        return Check::warning("clock", "not known", "`date +%s` says nothing there");
    };
    if skew.abs() <= LARGEST_SKEW {
        return Check::ok("clock", "right to two seconds");
    }
    let found = format!("{} s {}", skew.abs(), if skew < 0 { "behind" } else { "ahead" });
    let advice = match &builder.kind {
        BuilderKind::Vm(guest) if matches!(guest.image, Image::Disk { .. }) => {
            "nothing to do: hinc sets it before it builds"
        }
        // Its user cannot become root.
        BuilderKind::Vm(_) => "`hinc builder down` and `up` set it right",
        _ => "set it there (chrony, systemd-timesyncd, or `date -s` as root)",
    };
    Check::warning("clock", found, advice)
}

fn room_check(builder: &Builder, facts: &Facts) -> Option<Check> {
    let found = format!("{} of {} free", gib(facts.free_bytes?), gib(facts.total_bytes?));
    let advice = format!(
        "`hinc builder gc {0}` or `hinc builder resize {0}` makes room; on another machine `nix-collect-garbage`",
        builder.name
    );
    Some(match room(builder.name.word(), facts) {
        Room::Enough => Check::ok("disk space", found),
        Room::Little(_) => Check::warning("disk space", found, advice),
        Room::TooLittle(_) => Check::failed("disk space", found, advice),
    })
}

fn sandbox_check(facts: &Facts) -> Check {
    let on = facts.sandbox.as_deref().unwrap_or("not known");
    let is_linux = facts.system.ends_with("-linux");
    // On macOS it is off by default, and Nix advises nothing else.
    if on == "true" || !is_linux {
        return Check::ok("sandbox", on);
    }
    let advice = "a build can then use files that it does not name: put `sandbox = true` into /etc/nix/nix.conf there";
    Check::warning("sandbox", on, advice)
}

/// The one line of a builder for those who look at everything: whether it could be used now. A guest is not started.
pub async fn glance(builder: &Builder, state: &Path, cancel: &CancellationToken) -> Check {
    let name = format!("builder {}", builder.name);
    match glanced(builder, state, cancel).await {
        Ok(found) => Check::ok(&name, found),
        Err(error) => Check::of_error(&name, &error),
    }
}

async fn glanced(builder: &Builder, state: &Path, cancel: &CancellationToken) -> Result<String, Error> {
    match &builder.kind {
        BuilderKind::Local => Ok("this machine".to_owned()),
        BuilderKind::Ssh(machine) => {
            let connection = ssh::connection(state, &builder.name, machine)?;
            let facts = probe(&connection, Clock::System, cancel).await?;
            Ok(format!("{} with {}, for {}", machine.host, facts.nix, facts.systems.join(", ")))
        }
        BuilderKind::Vm(settings) => {
            let guest = Guest::at(state, &builder.name, settings.clone())?;
            Ok(guest.glance(cancel).await?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::debian;
    use super::*;
    use crate::model::check::State;
    use crate::model::nix_version::NixVersion;

    fn builder() -> Builder {
        Builder::example("far", BuilderKind::Ssh(SshMachine::at("far".parse().expect("a host"))))
    }

    fn lines(checks: &[Check]) -> String {
        let line = |check: &Check| format!("{:?} {}: {}", check.state, check.name, check.found);
        checks.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_healthy_builder_has_nothing_to_complain_about() {
        let facts = Facts { free_bytes: Some(50 << 30), total_bytes: Some(100 << 30), ..debian() };
        insta::assert_snapshot!(lines(&facts_checks(&builder(), &facts)));
    }

    #[test]
    fn each_fault_is_one_check() {
        let good = || Facts { free_bytes: Some(50 << 30), total_bytes: Some(100 << 30), ..debian() };
        let faults: [(&str, State, Facts); 8] = [
            ("nix", State::Warning, Facts { nix: NixVersion::parse("nix (Nix) 2.18.9").expect("a version"), ..good() }),
            ("nix", State::Warning, Facts { memory_bytes: Some(1 << 30), ..good() }),
            ("clock", State::Warning, Facts { clock_skew_seconds: Some(-4000), ..good() }),
            ("clock", State::Warning, Facts { clock_skew_seconds: None, ..good() }),
            ("disk space", State::Warning, Facts { free_bytes: Some(2 << 30), ..good() }),
            ("disk space", State::Failed, Facts { free_bytes: Some(1 << 20), ..good() }),
            ("sandbox", State::Warning, Facts { sandbox: Some("false".to_owned()), ..good() }),
            ("noticed", State::Warning, Facts { notes: vec!["odd".to_owned()], ..good() }),
        ];
        for (name, state, facts) in faults {
            let checks = facts_checks(&builder(), &facts);
            let bad: Vec<_> = checks
                .iter()
                .filter(|check| check.state != State::Ok)
                .map(|check| (check.name.as_str(), check.state))
                .collect();
            assert_eq!(bad, [(name, state)], "{facts:?}");
        }
        let hopeful = Builder { systems: vec!["aarch64-linux".parse().expect("a system")], ..builder() };
        assert_eq!(systems_check(&hopeful, &good()).state, State::Warning);
    }

    #[test]
    fn a_key_is_this_users_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key");
        assert_eq!(key_check("key", &key).state, State::Failed, "it is not there");
        fs_err::write(&key, "").expect("a file");
        for (mode, state) in [(0o600, State::Ok), (0o400, State::Ok), (0o644, State::Failed), (0o640, State::Failed)] {
            fs_err::set_permissions(&key, PermissionsExt::from_mode(mode)).expect("a mode");
            assert_eq!(key_check("key", &key).state, state, "{mode:o}");
        }
    }

    // It was said to be missing.
    #[test]
    fn a_key_of_the_home_is_looked_for_where_ssh_does() {
        let found = |key: &str| {
            let path = as_ssh_finds_it(&key.parse().expect("a path"), Some(PathBuf::from("/home/ann")));
            path.map(|path| path.display().to_string())
        };
        for (key, path) in [
            ("~/.ssh/farm", Some("/home/ann/.ssh/farm")),
            ("~", Some("/home/ann")),
            ("/keys/farm", Some("/keys/farm")),
            ("keys/~/farm", Some("keys/~/farm")),
            ("~ben/farm", None),
        ] {
            assert_eq!(found(key).as_deref(), path, "{key}");
        }
        assert_eq!(as_ssh_finds_it(&"~/farm".parse().expect("a path"), None), None);
    }

    #[test]
    fn on_macos_its_own_ssh_is_best() {
        assert_eq!(ssh_check("OpenSSH_9.9p2", "/usr/bin/ssh", true).state, State::Ok);
        assert_eq!(ssh_check("OpenSSH_10.0p2", "/nix/store/x/bin/ssh", true).state, State::Warning);
        assert_eq!(ssh_check("OpenSSH_10.0p2", "/nix/store/x/bin/ssh", false).state, State::Ok);
    }
}
