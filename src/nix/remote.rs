//! Builds in the store of a builder, over `ssh-ng`.
//!
//! Nix evaluates here and builds there: derivations go over, and only what is asked for comes back. Nothing of it
//! needs root, a trusted user or `/etc/nix/machines` on this machine (`nix build --store` does the same; the old
//! commands are taken for the reasons of [`super::command`]).
//!
//! No option of the client crosses `ssh-ng` (`SSHStore::setOptions` is empty, NixOS/nix issue 5600). So they are put
//! into the command line of the program on the other side, `nix-daemon --option NAME VALUE`: it uses them where it
//! opens the store by itself, and sends them on where it asks a daemon. Seen with Nix 2.26 and 2.34, for root, for a
//! trusted and for an untrusted user; the last has restricted settings ignored, with a warning.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::command::{Installable, Nix, new_program};
use super::failure::Trouble;
use super::realise::{Realised, heard, outcome, would_build};
use super::renamed::by_either_name;
use super::signing::{self, SigningKey};
use super::{Error, StoreInfo};
use crate::clock::Clock;
use crate::model::builder::{Connection, LONGEST_TIME, single_quoted};
use crate::model::event::{Event, What};
use crate::model::name::{SettingName, SettingValue, SshPath};
use crate::model::store::StorePath;
use crate::process::{Invocation, system};

/// The program that speaks for the store of a builder, where nothing else is said.
const DAEMON: &str = "nix-daemon";

/// How long a builder may take to sign paths: it reads what is known of each, of all that they refer to as well.
const LONGEST_SIGNING: Duration = Duration::from_secs(15 * 60);

/// How the builds of a builder are made. These settings count there, not here.
pub type RemoteSettings = Vec<RemoteSetting>;

/// A setting of Nix, as a builder's shell and Nix are given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSetting {
    name: SettingName,
    value: SettingValue,
}

impl RemoteSetting {
    /// Checks a setting.
    pub fn new(name: &str, value: &str) -> Result<Self, Error> {
        let odd = |source| Error::Setting { name: name.escape_debug().to_string(), source };
        Ok(Self { name: name.parse().map_err(odd)?, value: value.parse().map_err(odd)? })
    }

    /// Returns it as an argument for the shell of a builder.
    fn argument(&self) -> String {
        format!("--option {} {}", self.name, single_quoted(&self.value))
    }
}

/// The store of a builder.
#[derive(Debug, Clone)]
pub struct BuilderStore {
    nix: Nix,
    connection: Connection,
    /// The folder of the builder's Nix, where it is not on the search path of a plain ssh.
    folder: Option<SshPath>,
    settings: RemoteSettings,
}

/// Store paths that went from one store to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copied {
    /// How many.
    pub paths: u32,
    /// Their sizes as NARs together, in bytes: what crosses the wire where nothing compresses it. 0 where they could not
    /// be asked for.
    pub bytes: u64,
}

impl Nix {
    /// Returns the store of a builder as this user's Nix reaches it.
    pub fn at(&self, connection: &Connection, folder: Option<SshPath>, settings: RemoteSettings) -> BuilderStore {
        let mut nix = self.clone();
        nix.options.store = None;
        BuilderStore { nix, connection: connection.clone(), folder, settings }
    }

    /// Returns what the user's own options say of builds, for a builder that would not hear of them.
    pub fn remote_settings(&self) -> Result<RemoteSettings, Error> {
        let options = &self.options;
        let on = |switch: bool| switch.then_some("true");
        let named = [
            ("max-jobs", options.max_jobs.as_deref()),
            ("cores", options.cores.as_deref()),
            ("keep-going", on(options.keep_going)),
            ("keep-failed", on(options.keep_failed)),
        ];
        let given = options.options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let named = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.chain(named).map(|(name, value)| RemoteSetting::new(name, value)).collect()
    }
}

impl BuilderStore {
    /// Returns the address of the store as Nix takes it.
    pub fn uri(&self) -> String {
        let own = self.connection.parameters.iter().any(|(name, _)| name == "remote-program");
        let daemon = self.folder.as_ref().map(|folder| format!("{folder}/{DAEMON}"));
        let program = if own {
            Vec::new()
        } else if self.settings.is_empty() {
            daemon.map(|daemon| ("remote-program".to_owned(), daemon)).into_iter().collect()
        } else {
            // Nix splits this at white space and ssh puts it together again: the shell there sees the quotes.
            let options = self.settings.iter().map(RemoteSetting::argument);
            let words: Vec<String> = [daemon.unwrap_or_else(|| DAEMON.to_owned())].into_iter().chain(options).collect();
            vec![("remote-program".to_owned(), words.join(" "))]
        };
        self.connection.store_uri(&program)
    }

    pub(super) fn reached(&self, command: Invocation) -> Invocation {
        command.env("NIX_SSHOPTS", self.connection.nix_sshopts())
    }

    /// Sends derivations with all that they are made of. Says which paths went over.
    pub fn sending(&self, drvs: &[StorePath]) -> Invocation {
        let command = new_program(&["copy", "--log-format", "internal-json", "--derivation", "--to", &self.uri()]);
        self.reached(command.args(drvs.iter().map(StorePath::as_str)))
    }

    /// Builds derivations there that were sent.
    pub fn realisation(&self, wanted: &[Installable]) -> Invocation {
        let there = Nix::new(super::Options { store: Some(self.uri()), ..super::Options::default() });
        self.reached(there.realisation(wanted, &super::SandboxPaths::AsConfigured))
    }

    /// Fetches paths with all that they refer to. `unsigned` is whether they need no signature.
    pub fn fetching(&self, paths: &[StorePath], unsigned: bool) -> Invocation {
        let mut command = new_program(&["copy", "--log-format", "internal-json", "--from", &self.uri()]);
        if unsigned {
            command = command.arg("--no-check-sigs");
        }
        self.reached(command.args(paths.iter().map(StorePath::as_str)))
    }

    /// Copies paths of the builder with all that they refer to into another store.
    pub fn copying_to(&self, uri: &str, paths: &[StorePath]) -> Invocation {
        let command = new_program(&["copy", "--from", &self.uri(), "--to", uri]);
        self.reached(command.args(paths.iter().map(StorePath::as_str)))
    }

    fn validity(&self, paths: &[StorePath]) -> Invocation {
        let command = super::command::program("nix-store").args(["--check-validity", "--print-invalid"]);
        let command = command.args(["--store", &self.uri()]);
        self.reached(command.args(paths.iter().map(StorePath::as_str)))
    }

    /// Asks the store what it is, as Nix reaches it.
    pub async fn info(&self, cancel: &CancellationToken) -> Result<StoreInfo, Error> {
        let there = Nix::new(super::Options { store: Some(self.uri()), ..super::Options::default() });
        let reached = |command: Invocation| self.reached(command).within(LONGEST_TIME);
        let output = by_either_name(&reached(there.store_info()), &reached(there.store_info_of_old()), cancel).await;
        super::evaluate::read_json("nix", &output.map_err(Error::of_nix)?.stdout)
    }

    /// Returns those of the paths that the builder does not have.
    pub async fn invalid(&self, paths: &[StorePath], cancel: &CancellationToken) -> Result<BTreeSet<StorePath>, Error> {
        if paths.is_empty() {
            return Ok(BTreeSet::new());
        }
        let output = system::output(&self.validity(paths).within(LONGEST_TIME), cancel).await.map_err(Error::of_nix)?;
        super::store::paths(&output.stdout)
    }

    /// Makes the builder have derivations, with all sources that they name.
    pub async fn send(
        &self,
        drvs: &[StorePath],
        on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<Copied, Error> {
        self.copy(&self.sending(drvs), on_events, clock, cancel).await
    }

    /// Brings paths of the builder into the store of this machine.
    pub async fn fetch(
        &self,
        paths: &[StorePath],
        unsigned: bool,
        on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<Copied, Error> {
        self.copy(&self.fetching(paths, unsigned), on_events, clock, cancel).await
    }

    /// Copies paths of the builder into another store. What that has is not sent again.
    pub async fn copy_to(&self, uri: &str, paths: &[StorePath], cancel: &CancellationToken) -> Result<(), Error> {
        system::output(&self.copying_to(uri, paths), cancel).await.map_err(Error::of_nix).map(drop)
    }

    /// Signs paths there, with all that they refer to.
    pub async fn sign(&self, paths: &[StorePath], key: &SigningKey, cancel: &CancellationToken) -> Result<(), Error> {
        let paths: Vec<&str> = paths.iter().map(StorePath::as_str).collect();
        let command = self.connection.script_with_nix(self.folder.as_ref(), &signing::script(key), &paths);
        let command = command.within(LONGEST_SIGNING);
        system::output(&command, cancel).await.map_err(Error::of_nix).map(drop)
    }

    /// Makes the outputs be there, on the builder. As [`Nix::realise`].
    pub async fn realise(
        &self,
        wanted: &[Installable],
        on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<Realised, Error> {
        let command = self.realisation(wanted);
        let (classifier, finished) = heard(&command, on_events, clock, cancel).await?;
        // A connection that breaks can look like builds that fail.
        if let Some(trouble) = classifier.lost_connection() {
            return Err(Error::Trouble { trouble, tail: classifier.tail().to_vec() });
        }
        outcome(&command, &classifier, finished.status)
    }

    /// Returns the derivations that would be built there, of those that were sent. As [`Nix::would_build`].
    pub async fn would_build(
        &self,
        wanted: &[Installable],
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<BTreeSet<StorePath>, Error> {
        would_build(self.realisation(wanted).within(LONGEST_TIME), clock, cancel).await
    }

    async fn copy(
        &self,
        command: &Invocation,
        mut on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<Copied, Error> {
        let mut copied = BTreeSet::new();
        let on_events = |events: &[Event]| {
            copied.extend(events.iter().filter_map(|event| match &event.what {
                What::CopyStarted { path, .. } => Some(path.clone()),
                _ => None,
            }));
            on_events(events);
        };
        let (classifier, finished) = heard(command, on_events, clock, cancel).await?;
        if !finished.status.success() {
            let tail = classifier.tail().to_vec();
            if classifier.has_heard_of(Trouble::Unsigned) {
                return Err(Error::Unsigned { builder: self.connection.name.clone(), key: None, tail });
            }
            return Err(match classifier.trouble() {
                Some(trouble) => Error::Trouble { trouble, tail },
                None => Error::Failed { command: command.summary(), status: finished.status, tail },
            });
        }
        let paths: Vec<StorePath> = copied.into_iter().collect();
        let bytes = total(self.nix.sizes(&paths, cancel).await);
        Ok(Copied { paths: u32::try_from(paths.len()).unwrap_or(u32::MAX), bytes })
    }
}

impl Nix {
    /// Returns the sizes of paths of this machine's store, as NARs, in bytes.
    async fn sizes(&self, paths: &[StorePath], cancel: &CancellationToken) -> Result<Vec<u64>, Error> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = super::command::program("nix-store").args(["--query", "--size"]);
        command = command.args(paths.iter().map(StorePath::as_str));
        let output = system::output(&command, cancel).await.map_err(Error::of_nix)?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().map(|line| line.trim().parse::<u64>().unwrap_or(0)).collect())
    }
}

/// The sum of sizes; 0 where they cannot be asked for, which is no fault of what was copied.
fn total(sizes: Result<Vec<u64>, Error>) -> u64 {
    match sizes {
        Ok(sizes) => sizes.into_iter().fold(0, u64::saturating_add),
        Err(error) => {
            tracing::debug!(%error, "how much was copied is not known");
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Diagnose;
    use crate::exit::Exit;
    use crate::model::builder::Destination;
    use crate::nix::{Options, SandboxPaths};

    #[test]
    fn a_copy_does_not_fail_for_a_size_that_cannot_be_asked_for() {
        let failed = || Error::Failed {
            command: "nix-store --query --size".to_owned(),
            status: crate::process::Status::Code(1),
            tail: Vec::new(),
        };
        assert_eq!(total(Ok(vec![1, 2])), 3);
        assert_eq!(total(Ok(vec![u64::MAX, 2])), u64::MAX);
        assert_eq!(total(Err(failed())), 0);
    }

    #[test]
    fn a_setting_is_one_word_for_the_shell_of_a_builder() {
        let setting = RemoteSetting::new("extra-platforms", "it's $(id) `id` ;").expect("it is a value");
        assert_eq!(setting.argument(), r"--option extra-platforms 'it'\''s $(id) `id` ;'");
        for (name, value) in
            [("a; id", "x"), ("$(id)", "x"), ("-x", "x"), ("cores", "1\nsandbox = false"), ("x", "\u{1b}")]
        {
            let options = Options { options: vec![(name.to_owned(), value.to_owned())], ..Options::default() };
            let error = Nix::new(options).remote_settings().expect_err(name);
            assert_eq!(error.exit(), Exit::Usage);
            assert!(
                error.to_string().starts_with("Nix cannot be given the setting `")
                    && !error.to_string().contains(char::is_control)
            );
        }
        let options = Options { cores: Some("2".to_owned()), keep_going: true, ..Options::default() };
        assert_eq!(Nix::new(options).remote_settings().expect("both are right").len(), 2);
    }

    #[test]
    fn hinc_adds_no_cache_and_lifts_no_signature() {
        let nix = Nix::default();
        let destination = Destination { user: None, host: "farm".parse().expect("a host") };
        let connection =
            Connection { name: "farm".into(), ssh_options: Vec::new(), destination, parameters: Vec::new() };
        let store = nix.at(&connection, None, nix.remote_settings().expect("there are none"));
        let path: StorePath = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x".parse().expect("a path");
        let wanted = [Installable { drv: path.clone(), outputs: Vec::new() }];
        let paths = [path];
        let commands = [
            nix.realisation(&wanted, &SandboxPaths::AsConfigured),
            nix.copy_from_cache("file:///cache", &paths),
            nix.validity(&paths),
            nix.settings(),
            nix.store_info(),
            nix.instantiation("{ }: { }", &[]),
            store.sending(&paths),
            store.realisation(&wanted),
            store.validity(&paths),
            store.fetching(&paths, false),
        ];
        let said = |command: &Invocation| {
            let text = format!("{command:?}");
            let words =
                ["substituters", "trusted-public-keys", "require-sigs", "check-sigs", "trusted=", "trusted-users"];
            words.into_iter().filter(|word| text.contains(word)).collect::<Vec<_>>()
        };
        for command in &commands {
            assert_eq!(said(command), [""; 0], "{command:?}");
        }
        // What the user's own builder built is the one exception.
        assert_eq!(said(&store.fetching(&paths, true)), ["check-sigs"]);
    }
}
