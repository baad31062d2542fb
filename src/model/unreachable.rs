//! Why a machine was not reached, told from the words of ssh.

use serde::{Deserialize, Serialize};

use crate::process::Status;

/// Why ssh did not bring us to a machine, or lost it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreachable {
    /// Its name leads to no address.
    NameUnknown,
    /// Nobody listens at the port.
    Refused,
    /// There is no way to its network.
    NoRoute,
    /// Nothing answers at its address.
    TimedOut,
    /// It takes the connection and then says nothing.
    Silent,
    /// It ends the connection before it has said who it is.
    ClosedAtOnce,
    /// What listens at the port does not talk ssh.
    NotSsh,
    /// Its host key is not known here.
    HostKeyUnknown,
    /// It has another host key than it had.
    HostKeyChanged,
    /// The private key may be read by others, so ssh does not use it.
    KeyOpen,
    /// It does not let this user in with this key.
    Denied,
    /// ssh does not understand its own configuration, or cannot read it.
    Configuration,
    /// The connection was there and was lost.
    Dropped,
}

/// What ssh says, and what it means. The first that is found counts: a changed host key also "failed verification".
const WORDS: [(&str, Unreachable); 27] = [
    ("Could not resolve hostname", Unreachable::NameUnknown),
    ("Can't open user config file", Unreachable::Configuration),
    ("Bad configuration option", Unreachable::Configuration),
    ("Bad owner or permissions on", Unreachable::Configuration),
    ("terminating, 1 bad configuration options", Unreachable::Configuration),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", Unreachable::HostKeyChanged),
    ("has changed and you have requested strict checking", Unreachable::HostKeyChanged),
    ("host key is known for", Unreachable::HostKeyUnknown),
    ("Host key verification failed", Unreachable::HostKeyUnknown),
    ("UNPROTECTED PRIVATE KEY FILE", Unreachable::KeyOpen),
    (": bad permissions", Unreachable::KeyOpen),
    ("Permission denied (", Unreachable::Denied),
    ("Too many authentication failures", Unreachable::Denied),
    ("Connection refused", Unreachable::Refused),
    ("No route to host", Unreachable::NoRoute),
    ("Network is unreachable", Unreachable::NoRoute),
    ("timed out during banner exchange", Unreachable::Silent),
    ("Operation timed out", Unreachable::TimedOut),
    ("Connection timed out", Unreachable::TimedOut),
    ("not responding", Unreachable::Dropped),
    ("banner line contains invalid characters", Unreachable::NotSsh),
    ("banner exchange: Connection to", Unreachable::NotSsh),
    ("kex_exchange_identification:", Unreachable::ClosedAtOnce),
    ("closed by remote host", Unreachable::Dropped),
    ("Broken pipe", Unreachable::Dropped),
    ("Connection closed by", Unreachable::ClosedAtOnce),
    ("Connection reset by", Unreachable::ClosedAtOnce),
];

/// What ssh ends with where it failed itself. Whatever it runs on the other side can end so as well, and does not.
const SSH_FAILED: Status = Status::Code(255);

/// That ssh itself failed, and not what it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SshFailure {
    /// For a reason that is known.
    Known(Unreachable),
    /// In words that hinc does not know.
    Unknown,
}

impl SshFailure {
    /// Tells it from how a call of ssh ended and what it wrote to its standard error; none where ssh did its work.
    pub fn of<T: AsRef<str>>(status: Status, lines: &[T]) -> Option<Self> {
        if status != SSH_FAILED {
            return None;
        }
        // At a low log level ssh says nothing where the other side hangs up before it has said who it is.
        let silent = lines.is_empty().then_some(Unreachable::ClosedAtOnce);
        Some(Unreachable::in_lines(lines).or(silent).map_or(Self::Unknown, Self::Known))
    }
}

impl Unreachable {
    /// Finds the reason in what ssh wrote to its standard error; none where these are no words of ssh.
    pub fn in_lines<T: AsRef<str>>(lines: &[T]) -> Option<Self> {
        let said = |words: &str| lines.iter().any(|line| line.as_ref().contains(words));
        WORDS.iter().find(|(words, _)| said(words)).map(|(_, why)| *why)
    }

    /// Says it in words that go after "the builder NAME".
    pub const fn words(self) -> &'static str {
        match self {
            Self::NameUnknown => "has a host name that leads to no address",
            Self::Refused => "is not reached: nobody listens at its port",
            Self::NoRoute => "is not reached: there is no way to its network",
            Self::TimedOut => "is not reached: nothing answers at its address",
            Self::Silent => "takes the connection and then says nothing",
            Self::ClosedAtOnce => "closes the connection at once",
            Self::NotSsh => "is not reached: what listens at its port does not talk ssh",
            Self::HostKeyUnknown => "has a host key that is not known here",
            Self::HostKeyChanged => "has another host key than it had",
            Self::KeyOpen => "is not reached: others may read the private key, so ssh does not use it",
            Self::Denied => "does not let us in",
            Self::Configuration => "is not reached: ssh does not get along with its configuration",
            Self::Dropped => "was lost: its connection broke",
        }
    }

    /// Says what can be done about it: a sentence without a full stop. `destination` is what ssh was called with.
    pub fn advice(self, destination: &str) -> String {
        match self {
            Self::NameUnknown => {
                format!("see `host` of the builder's settings, and whether `ssh {destination}` finds it")
            }
            Self::Refused => {
                "start the machine, or its sshd; the port stands in the builder's settings (`hinc builder up` starts a guest)"
                    .to_owned()
            }
            Self::NoRoute | Self::TimedOut => {
                "see whether the machine is on, and whether a network, VPN or firewall is between".to_owned()
            }
            Self::Silent => {
                "the machine sleeps, hangs or still starts: wait and try again, or start it anew (`hinc builder down` and `up` for a guest)"
                    .to_owned()
            }
            Self::ClosedAtOnce => {
                "its sshd is full, still starts, or bars this address for a while after failed tries: wait a minute and try again"
                    .to_owned()
            }
            Self::NotSsh => "see `port` of the builder's settings: another program has it".to_owned(),
            Self::HostKeyUnknown => format!(
                "call `ssh {destination}` once and compare what it shows, or set `host-key` to what `ssh-keyscan` prints for it"
            ),
            Self::HostKeyChanged => {
                "was it set up anew? Then remove its old key from `known_hosts` (`ssh-keygen -R HOST`) or the settings; if not, somebody else answers in its place"
                    .to_owned()
            }
            Self::KeyOpen => "`chmod 600` the private key".to_owned(),
            Self::Denied => format!(
                "put the public key into `~/.ssh/authorized_keys` there, and see that `ssh -o BatchMode=yes {destination} true` works: a key with a passphrase wants an agent (`ssh-add`)"
            ),
            Self::Configuration => "mend the file that ssh names".to_owned(),
            Self::Dropped => "see whether the machine is still up, and start again: what was built is kept".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_failed_at_is_told_from_what_it_ran() {
        let refused = ["ssh: connect to host 127.0.0.1 port 2222: Connection refused"];
        let known = |why| Some(SshFailure::Known(why));
        for (status, lines, expected) in [
            (Status::Code(255), &refused[..], known(Unreachable::Refused)),
            (Status::Code(255), &[], known(Unreachable::ClosedAtOnce)),
            (Status::Code(255), &["ssh: words of a later version"], Some(SshFailure::Unknown)),
            (Status::Code(0), &[], None),
            (Status::Code(1), &["curl: Connection refused"], None),
            (Status::Code(127), &["sh: not found"], None),
            (Status::Signal(9), &[], None),
        ] {
            assert_eq!(SshFailure::of(status, lines), expected, "{status:?} {lines:?}");
        }
    }

    /// The words of OpenSSH 10.0. On macOS the parts that the system says differ.
    #[test]
    fn the_words_of_ssh_are_understood() {
        let changed = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @";
        let recorded: [(&[&str], Unreachable); 17] = [
            (&["ssh: connect to host 127.0.0.1 port 2222: Connection refused"], Unreachable::Refused),
            (
                &["ssh: Could not resolve hostname no.such.host.invalid: Name or service not known"],
                Unreachable::NameUnknown,
            ),
            (
                &["ssh: Could not resolve hostname x: nodename nor servname provided, or not known"],
                Unreachable::NameUnknown,
            ),
            (&["ssh: connect to host 192.0.2.1 port 22: Connection timed out"], Unreachable::TimedOut),
            (&["ssh: connect to host 192.0.2.1 port 22: Operation timed out"], Unreachable::TimedOut),
            (&["ssh: connect to host 10.0.0.9 port 22: No route to host"], Unreachable::NoRoute),
            (&["Connection timed out during banner exchange"], Unreachable::Silent),
            (&["kex_exchange_identification: read: Connection reset by peer"], Unreachable::ClosedAtOnce),
            (
                &[
                    "kex_exchange_identification: banner line contains invalid characters",
                    "banner exchange: Connection to 127.0.0.1 port 8080: invalid format",
                ],
                Unreachable::NotSsh,
            ),
            (
                &[
                    "No ED25519 host key is known for far and you have requested strict checking.",
                    "Host key verification failed.",
                ],
                Unreachable::HostKeyUnknown,
            ),
            (&[changed, "Host key verification failed."], Unreachable::HostKeyChanged),
            (
                &[
                    "Permissions 0644 for '/home/ann/key' are too open.",
                    "Load key \"/home/ann/key\": bad permissions",
                    "root@127.0.0.1: Permission denied (publickey,password).",
                ],
                Unreachable::KeyOpen,
            ),
            (&["root@127.0.0.1: Permission denied (publickey,password)."], Unreachable::Denied),
            (&["Can't open user config file /state/ssh_config: No such file or directory"], Unreachable::Configuration),
            (&["Timeout, server 127.0.0.1 not responding."], Unreachable::Dropped),
            (&["Connection to 127.0.0.1 closed by remote host."], Unreachable::Dropped),
            (&["client_loop: send disconnect: Broken pipe"], Unreachable::Dropped),
        ];
        for (lines, why) in recorded {
            assert_eq!(Unreachable::in_lines(lines), Some(why), "{lines:?}");
        }
        for nothing in ["", "bash: line 1: nix-store: command not found", "error: path is not valid"] {
            assert_eq!(Unreachable::in_lines(&[nothing]), None, "{nothing}");
        }
    }
}
