//! Services that run a guest: for launchd, and for systemd.
//!
//! Both are services of the user and not of the machine: a guest's keys and disk are in the user's home, and nothing
//! of it needs root. For a guest that runs before anybody has logged in there are the modules for NixOS and
//! nix-darwin, whose services run as that user. `hinc build` starts a guest by itself, so nobody needs a service.

use super::plist::{self, Text, Value};
use super::unit::{Unit, Word};
use super::{Declared, Error};

/// How long the guest may take to shut down, in seconds, before it is ended by force.
const SECONDS_TO_STOP: u32 = 120;

/// How long a service that failed waits until it tries again, in seconds.
const SECONDS_TO_REST: u32 = 30;

/// Writes a property list.
pub(super) fn launchd(declared: &Declared<'_>) -> Result<String, Error> {
    let text = |text: &str| Text::new(text).map(Value::Text);
    // On a Mac the store may be mounted later than this is started.
    let words = ["/bin/sh", "-c", r#"/bin/wait4path /nix/store && exec "$0" "$@""#];
    let arguments: Result<Vec<Value>, Error> = words.into_iter().chain(command(declared)?).map(text).collect();
    let service = Value::Dict(vec![
        ("Label", text(&format!("hinc.builder.{}", declared.builder.name))?),
        ("ProgramArguments", Value::List(arguments?)),
        ("EnvironmentVariables", Value::Dict(vec![("PATH", text(declared.path)?)])),
        ("RunAtLoad", Value::Truth(true)),
        ("KeepAlive", Value::Dict(vec![("SuccessfulExit", Value::Truth(false))])),
        ("ThrottleInterval", Value::Whole(SECONDS_TO_REST)),
        ("ExitTimeOut", Value::Whole(SECONDS_TO_STOP)),
    ]);
    Ok(plist::document("A file of ~/Library/LaunchAgents, then: launchctl bootstrap gui/$(id -u) FILE", &service))
}

/// Writes a unit.
pub(super) fn systemd(declared: &Declared<'_>) -> Result<String, Error> {
    let [program, words @ ..] = command(declared)?;
    let words: Result<Vec<Word>, Error> = words.into_iter().map(Word::new).collect();
    let name = declared.builder.name.word();
    let unit = Unit::default()
        .named("# ~/.config/systemd/user/hinc-builder-", name, ".service, then:")
        .named("# systemctl --user daemon-reload && systemctl --user enable --now hinc-builder-", name, "")
        .section("Unit")
        .named("Description=the builder ", name, " of hinc")
        .section("Service")
        .command("ExecStart", &Word::new(program)?, &words?)
        .word("Environment", &Word::new(&format!("PATH={}", declared.path))?)
        .comment("An end with 0 is one that was wished for: idle, or `hinc builder down`.")
        .fixed("Restart", "on-failure")
        .seconds("RestartSec", SECONDS_TO_REST)
        .comment("hinc shuts the guest down; QEMU itself is to get no signal before.")
        .fixed("KillMode", "mixed")
        .seconds("TimeoutStopSec", SECONDS_TO_STOP)
        .section("Install")
        .fixed("WantedBy", "default.target");
    Ok(unit.text())
}

fn command<'a>(declared: &Declared<'a>) -> Result<[&'a str; 5], Error> {
    if declared.guest.is_none() {
        return Err(Error::NoGuest { name: declared.name() });
    }
    Ok([declared.hinc, "builder", "up", "--foreground", declared.builder.name.word()])
}
