//! Services that run a guest: for launchd, and for systemd.
//!
//! Both are services of the user and not of the machine: a guest's keys and disk are in the user's home, and nothing
//! of it needs root. For a guest that runs before anybody has logged in there are the modules for NixOS and
//! nix-darwin, whose services run as that user. `hinc build` starts a guest by itself, so nobody needs a service.

use std::fmt::Write as _;

use super::{Declared, Error};

/// How long the guest may take to shut down, in seconds, before it is ended by force.
const SECONDS_TO_STOP: u32 = 120;

/// How long a service that failed waits until it tries again, in seconds.
const SECONDS_TO_REST: u32 = 30;

/// Writes a property list.
pub(super) fn launchd(declared: &Declared<'_>) -> Result<String, Error> {
    // On a Mac the store may be mounted later than this is started.
    let words = ["/bin/sh", "-c", r#"/bin/wait4path /nix/store && exec "$0" "$@""#];
    let mut arguments = String::new();
    for word in words.into_iter().chain(command(declared)?) {
        writeln!(arguments, "    <string>{}</string>", xml(word)?).ok();
    }
    let name = xml(declared.builder.name.word())?;
    let path = xml(declared.path)?;
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- A file of ~/Library/LaunchAgents, then: launchctl bootstrap gui/$(id -u) FILE -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>hinc.builder.{name}</string>
  <key>ProgramArguments</key>
  <array>
{arguments}  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    <string>{path}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>{SECONDS_TO_REST}</integer>
  <key>ExitTimeOut</key>
  <integer>{SECONDS_TO_STOP}</integer>
</dict>
</plist>
"#
    ))
}

/// Writes a unit.
pub(super) fn systemd(declared: &Declared<'_>) -> Result<String, Error> {
    let mut words = command(declared)?.into_iter();
    // In the program's path a `$` is only a `$`.
    let mut line = unit_word(words.next().unwrap_or_default())?;
    for word in words {
        line.push(' ');
        line.push_str(&unit_word(word)?.replace('$', "$$"));
    }
    let name = &declared.builder.name;
    let path = unit_word(&format!("PATH={}", declared.path))?;
    Ok(format!(
        "# ~/.config/systemd/user/hinc-builder-{name}.service, then:\n\
         # systemctl --user daemon-reload && systemctl --user enable --now hinc-builder-{name}\n\
         [Unit]\n\
         Description=the builder {name} of hinc\n\
         \n\
         [Service]\n\
         ExecStart={line}\n\
         Environment={path}\n\
         # An end with 0 is one that was wished for: idle, or `hinc builder down`.\n\
         Restart=on-failure\n\
         RestartSec={SECONDS_TO_REST}\n\
         # hinc shuts the guest down; QEMU itself is to get no signal before.\n\
         KillMode=mixed\n\
         TimeoutStopSec={SECONDS_TO_STOP}\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    ))
}

fn command<'a>(declared: &Declared<'a>) -> Result<[&'a str; 5], Error> {
    if declared.guest.is_none() {
        return Err(Error::NoGuest { name: declared.name() });
    }
    Ok([declared.hinc, "builder", "up", "--foreground", declared.builder.name.word()])
}

/// Text of XML. What XML has no way to write is refused.
fn xml(text: &str) -> Result<String, Error> {
    if text.contains(|c: char| c.is_control() && !"\t\n".contains(c) || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        return Err(Error::Character { format: "a property list", text: text.to_owned() });
    }
    Ok(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// A word of a unit, in quotes where it needs them. A `%` would begin something that systemd puts in.
fn unit_word(text: &str) -> Result<String, Error> {
    if text.contains(|c: char| c.is_control() && c != '\t') {
        return Err(Error::Character { format: "a unit of systemd", text: text.to_owned() });
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.:=+,@%$".contains(c);
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%").replace('\t', r"\t");
    Ok(if !text.is_empty() && text.chars().all(plain) { escaped } else { format!("\"{escaped}\"") })
}
