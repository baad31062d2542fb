//! Chooses the machine that builds: the first healthy one that may, by speed.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Mutex;

use tokio_util::sync::CancellationToken;

use super::{Elsewhere, Site};
use crate::builder::{self, Facts, Guest, InUse, LARGEST_SKEW, Room};
use crate::clock::Clock;
use crate::error::in_one_line;
use crate::model::builder::{Builder, BuilderKind, Connection};
use crate::model::builder_name::BuilderName;
use crate::model::event::{Event, Speaker, What};
use crate::model::plan::Plan;
use crate::nix::Nix;
use crate::pipeline::{BuildOptions, Error};

/// What derivations need of the machine that builds them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::pipeline) struct Needs {
    pub(super) systems: BTreeSet<String>,
    features: Vec<String>,
}

impl Needs {
    /// Returns what the derivations of a plan need.
    pub(in crate::pipeline) fn of(plan: &Plan) -> Self {
        let derivations = || plan.steps.iter().map(|step| &step.derivation);
        let features: BTreeSet<String> =
            derivations().flat_map(|derivation| derivation.features.iter().cloned()).collect();
        Self {
            systems: derivations().map(|step| step.system.clone()).filter(|system| !system.is_empty()).collect(),
            features: features.into_iter().collect(),
        }
    }
}

/// A builder that can be spoken to.
struct Reached {
    connection: Connection,
    /// The same as its root, where hinc may be that.
    root: Option<Connection>,
    in_use: Option<InUse>,
}

/// The machines that may build, and what became of those that were tried.
pub(in crate::pipeline) struct Candidates<'a> {
    options: &'a BuildOptions,
    on_event: &'a dyn Fn(&Event),
    cancel: &'a CancellationToken,
    /// The fastest first.
    left: VecDeque<Builder>,
    /// What was wrong with the others.
    refused: Vec<(BuilderName, Error)>,
    /// The one whose connection broke once. It is tried a second time, if it still answers.
    broke: Option<BuilderName>,
}

impl<'a> Candidates<'a> {
    /// Takes machines, in the order of their speed; those of the same speed as they are given.
    pub(in crate::pipeline) fn new(
        mut builders: Vec<Builder>,
        options: &'a BuildOptions,
        on_event: &'a dyn Fn(&Event),
        cancel: &'a CancellationToken,
    ) -> Self {
        builders.sort_by(|one, other| other.speed.total_cmp(&one.speed));
        Self { options, on_event, cancel, left: builders.into(), refused: Vec::new(), broke: None }
    }

    /// Returns the first that answers and has what is needed. It stays the first, until it is lost.
    pub(in crate::pipeline) async fn first(&mut self, needs: &Needs) -> Result<Site, Error> {
        while let Some(builder) = self.left.front().cloned() {
            match self.reach(&builder, needs).await {
                Ok(site) => return Ok(site),
                Err(error) if self.cancel.is_cancelled() => return Err(error),
                Err(error) => {
                    self.left.pop_front();
                    if !self.left.is_empty() {
                        self.say(&format!("warning: {}", in_one_line(&error)));
                    }
                    self.refused.push((builder.name, error));
                }
            }
        }
        Err(match self.refused.pop() {
            // Of one machine, what is wrong with it now says most.
            Some((name, last)) if self.refused.iter().all(|(other, _)| *other == name) => last,
            Some(last) => {
                let refused = std::mem::take(&mut self.refused).into_iter().chain([last]);
                Error::NoBuilder {
                    refused: refused.map(|(name, error)| (name.to_string(), in_one_line(&error))).collect(),
                }
            }
            None => Error::NoBuilder { refused: Vec::new() },
        })
    }

    /// Takes note that the first one was lost in the middle of its work. A connection can break by itself, so the
    /// machine gets a second chance. Returns whether there is one to go on with; the error else.
    pub(in crate::pipeline) fn lost(&mut self, error: Error) -> Result<(), Error> {
        let Some(builder) = self.left.front() else { return Err(error) };
        let name = builder.name.clone();
        if self.broke.as_ref() == Some(&name) {
            self.left.pop_front();
            if self.left.is_empty() {
                return Err(error);
            }
            self.say(&format!("warning: {}; the next builder goes on", in_one_line(&error)));
        } else {
            self.say(&format!("warning: {}; asking whether {name} still answers", in_one_line(&error)));
            self.broke = Some(name.clone());
        }
        self.refused.push((name, error));
        Ok(())
    }

    async fn reach(&self, builder: &Builder, needs: &Needs) -> Result<Site, Error> {
        // What the settings say is enough to pass one over without starting it.
        if let Some(systems) = systems_by_settings(builder)
            // What a builtin builder fetches is the same everywhere.
            && let Some(system) = needs.systems.iter().find(|system| *system != "builtin" && !systems.contains(system))
        {
            let why = format!("is for {} by its settings, and this is for {system}", systems.join(", "));
            return Err(Error::Unfit { builder: builder.name.to_string(), why });
        }
        let state = self.options.state.as_deref().ok_or(Error::NoState)?;
        let Some(Reached { connection, root, in_use }) = self.connect(builder, state).await? else {
            return self.here(builder, needs).await;
        };
        // The real time, also where hinc's own clock stands still.
        let facts = builder::probe(&connection, Clock::System, self.cancel).await.map_err(builder::Error::from)?;
        self.see_to_its_clock(builder, &facts, root.as_ref()).await?;
        self.judge(builder, &facts, needs)?;
        let elsewhere =
            Elsewhere { builder: builder.clone(), connection, facts, sent: Mutex::default(), _in_use: in_use };
        Ok(Site::On(Box::new(elsewhere)))
    }

    /// Returns this machine, if it builds for what is needed.
    async fn here(&self, builder: &Builder, needs: &Needs) -> Result<Site, Error> {
        if needs.systems.iter().any(|system| *system != own_system()) {
            let settings = Nix::new(self.options.nix.clone()).read_settings(self.cancel).await?;
            if let Some(system) = needs.systems.iter().find(|system| !settings.builds(system)) {
                let why = format!("builds for {}, and this is for {system}", settings.systems.join(", "));
                return Err(Error::Unfit { builder: builder.name.to_string(), why });
            }
        }
        Ok(Site::Here)
    }

    /// Returns how a builder is reached; a guest is started where it does not run. None for this machine.
    async fn connect(&self, builder: &Builder, state: &Path) -> Result<Option<Reached>, builder::Error> {
        match &builder.kind {
            BuilderKind::Local => Ok(None),
            BuilderKind::Ssh(machine) => {
                let connection = builder::ssh::connection(state, &builder.name, machine)?;
                Ok(Some(Reached { connection, root: None, in_use: None }))
            }
            BuilderKind::Vm(settings) => {
                let say = |text: &str| self.say(&format!("{}: {text}", builder.name));
                let guest = Guest::at(state, &builder.name, settings.clone())?;
                // Taken first: nobody shuts it down between its start and its work.
                let in_use = Some(guest.wait_in_use(&say, self.cancel).await?);
                let connection = guest.up(&self.options.builders.hinc, &say, self.cancel).await?;
                Ok(Some(Reached { connection, root: guest.root_connection(), in_use }))
            }
        }
    }

    /// Sets the clock of a guest, which stands still while the machine sleeps: a certificate is not yet valid then, and
    /// what is built has times before those of what it is made of. That of another machine is its owner's.
    async fn see_to_its_clock(&self, builder: &Builder, facts: &Facts, root: Option<&Connection>) -> Result<(), Error> {
        let skew = facts.clock_skew_seconds.unwrap_or(0);
        if skew.abs() <= LARGEST_SKEW {
            return Ok(());
        }
        match root {
            Some(root) => {
                builder::set_clock(root, Clock::System, self.cancel).await.map_err(builder::Error::from)?;
                self.say(&format!("{}: its clock was off by {} s and has been set", builder.name, skew.abs()));
            }
            None => self.say(&format!(
                "warning: the clock of the builder `{}` is off by {} s: set it there",
                builder.name,
                skew.abs()
            )),
        }
        Ok(())
    }

    fn judge(&self, builder: &Builder, facts: &Facts, needs: &Needs) -> Result<(), Error> {
        for system in &needs.systems {
            builder::serves(builder, facts, system, &needs.features)
                .map_err(|why| Error::Unfit { builder: builder.name.to_string(), why })?;
        }
        match builder::room(builder.name.word(), facts) {
            Room::Enough => Ok(()),
            Room::Little(warning) => {
                self.say(&format!("warning: {warning}"));
                Ok(())
            }
            Room::TooLittle(error) => Err(builder::Error::from(error).into()),
        }
    }

    fn say(&self, text: &str) {
        let level = if text.starts_with("warning:") { 1 } else { 2 };
        let what = What::Message { by: Speaker::Hinc, level, text: text.to_owned() };
        (self.on_event)(&Event { at: self.options.clock.now(), drv: None, what });
    }
}

/// Returns the system of this machine, as Nix names it.
pub(in crate::pipeline) fn own_system() -> String {
    let kernel = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    format!("{}-{kernel}", std::env::consts::ARCH)
}

/// Returns the systems that a builder can be for at most; none where only it can say.
fn systems_by_settings(builder: &Builder) -> Option<Vec<String>> {
    if !builder.systems.is_empty() {
        return Some(builder.systems.iter().map(ToString::to_string).collect());
    }
    let guest = builder.kind.guest()?;
    // Linux on x86_64 runs programs of 32 bits as well.
    let further = (guest.system == "x86_64-linux").then(|| "i686-linux".to_owned());
    let own = [guest.system.to_string()].into_iter().chain(further);
    Some(own.chain(guest.emulated_systems.iter().map(ToString::to_string)).collect())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use super::*;
    use crate::model::builder::SshMachine;
    use crate::pipeline::{BuilderOptions, Target};
    use crate::{history, nix, plan};

    fn options() -> BuildOptions {
        BuildOptions {
            base: history::Options::default(),
            wish: plan::Wish::default(),
            retry_base: false,
            push: Vec::new(),
            push_results: false,
            wait: None,
            verify: false,
            plan_only: false,
            target: Target::Flake { attributes: Vec::new() },
            nix: nix::Options::default(),
            builders: BuilderOptions { wanted: Vec::new(), known: Vec::new(), hinc: PathBuf::new() },
            link: None,
            functions: None,
            state: None,
            cache: PathBuf::new(),
            search_path: OsString::new(),
            clock: Clock::System,
        }
    }

    fn builder(label: &str) -> Builder {
        Builder::example(label, BuilderKind::Ssh(SshMachine::at("farm".parse().expect("a host"))))
    }

    // Of two that people call by one word, the second had no second chance.
    #[test]
    fn each_builder_has_a_second_chance() {
        let (options, cancel) = (options(), CancellationToken::new());
        let mut candidates = Candidates::new(vec![builder("farm"), builder("farm.nix")], &options, &|_| {}, &cancel);
        let mut lose = || {
            let lost = Error::BuilderLost { builder: "farm".to_owned(), tail: Vec::new() };
            candidates.lost(lost).is_ok().then(|| candidates.left[0].name.label())
        };
        assert_eq!(
            [lose(), lose(), lose(), lose()],
            [Some("farm".to_owned()), Some("farm.nix".to_owned()), Some("farm.nix".to_owned()), None]
        );
    }
}
