//! The process that a guest's QEMU is the child of: `hinc builder supervise`, in the background.
//!
//! It tries the accelerators, notices how the guest ends, shuts it down where it is asked to or where nobody uses
//! it, and takes over a QEMU that lost its supervisor. It holds `lock` while it lives.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::accelerator::{Accelerator, Experience};
use super::death::{After, Death};
use super::error::Error;
use super::folder::{Attempt, Folder, Phase, Plan, Ready, Run, Unclean};
use super::lock::{self, Lock};
use super::qmp::Qmp;
use super::stop::{self, Ending};
use super::wait;
use crate::clock::Clock;
use crate::process::Invocation;
use crate::process::system::{self, Place, Running};

/// How often it looks.
const STEP: Duration = Duration::from_millis(400);

/// How often QEMU is asked how the guest is.
const ASK: Duration = Duration::from_secs(1);

/// How often it is looked whether anybody is connected.
const LOOK: Duration = Duration::from_secs(5);

/// For how long the console of a guest may be silent under an accelerator that has not worked before.
const SILENCE: Duration = Duration::from_secs(45);

/// How long such a guest may take until its sshd answers.
const TRIAL: Duration = Duration::from_secs(120);

/// How many bytes this machine's disk has free when a guest that was halted for want of room goes on.
const ROOM: u64 = 256 << 20;

/// How a guest came to its end.
enum End {
    /// As somebody wanted, or the guest itself.
    Wanted(Ending),
    /// By itself.
    Died(Death),
}

/// Looks after the guest of a folder until it has ended. Returns at once where another supervisor does.
pub async fn supervise(folder: &Path, idle_seconds: Option<u64>, cancel: &CancellationToken) -> Result<(), Error> {
    // A session of its own: closing the terminal does not reach it. It fails where it has one already.
    rustix::process::setsid().ok();
    // Logs and sockets, QEMU's too, are for this user alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let folder = Folder::at(folder)?;
    let Some(_lock) = patiently(&folder, "lock").await? else { return Ok(()) };
    let Some(mut plan) = folder.read::<Plan>("plan.json")? else { return Ok(()) };
    plan.idle_seconds = idle_seconds.unwrap_or(plan.idle_seconds);
    let run = folder.read::<Run>("run.json")?.filter(|run| run.boot == plan.boot);
    let adopts = stop::lives(&folder)?;
    let run = run.filter(|_| adopts).unwrap_or_else(|| new_run(&plan));
    let now = Instant::now();
    let mut supervisor = Supervisor {
        folder,
        plan,
        run,
        cancel: cancel.clone(),
        answered: adopts,
        given_up: Vec::new(),
        used: now,
        asked: now,
        looked: now,
        console: (0, now),
    };
    let result = if adopts { supervisor.adopt().await } else { supervisor.try_all().await };
    if let Err(error) = &result {
        supervisor.run.notes.push(error.to_string());
        supervisor.set(Phase::Failed)?;
    }
    result
}

/// Takes a lock that somebody may hold for the moment of a look.
async fn patiently(folder: &Folder, name: &str) -> Result<Option<Lock>, Error> {
    for _ in 0..20 {
        if let Some(lock) = Lock::exclusive(&folder.file(name))? {
            return Ok(Some(lock));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(None)
}

fn new_run(plan: &Plan) -> Run {
    Run {
        boot: plan.boot.clone(),
        phase: Phase::Started,
        since: Clock::System.now(),
        supervisor: std::process::id(),
        pid: None,
        accelerator: plan.attempts.first().map_or(Accelerator::Tcg, |attempt| attempt.accelerator),
        port: plan.port,
        memory_mib: plan.memory_mib,
        cores: plan.cores,
        notes: Vec::new(),
    }
}

struct Supervisor {
    folder: Folder,
    plan: Plan,
    run: Run,
    cancel: CancellationToken,
    /// Whether the guest's sshd has answered.
    answered: bool,
    /// The accelerators that were tried before, and why each was given up.
    given_up: Vec<(Accelerator, String)>,
    /// When the guest was last seen to be used.
    used: Instant,
    /// When QEMU was last asked how the guest is.
    asked: Instant,
    /// When it was last looked whether anybody is connected.
    looked: Instant,
    /// How long the console was, and since when it has been.
    console: (u64, Instant),
}

impl Supervisor {
    fn set(&mut self, phase: Phase) -> Result<(), Error> {
        self.run.phase = phase;
        self.folder.write("run.json", &self.run)
    }

    /// Takes over a QEMU that lost its supervisor.
    async fn adopt(&mut self) -> Result<(), Error> {
        self.run.supervisor = std::process::id();
        self.run.pid = stop::holders(&self.folder).await.first().copied();
        self.set(Phase::Started)?;
        let end = self.watch(None, false).await?;
        self.ended(end)
    }

    /// Starts QEMU with each accelerator until the guest answers with one.
    async fn try_all(&mut self) -> Result<(), Error> {
        let attempts = self.plan.attempts.clone();
        drop(self.folder.log("qemu.log")?);
        let (mut index, mut repeated) = (0, false);
        loop {
            let attempt = &attempts[index];
            let may_fall_back = index + 1 < attempts.len() && !attempt.proven;
            let child = self.start(attempt).await?;
            let death = match self.watch(Some(child), may_fall_back).await? {
                End::Died(death) if !self.answered => death,
                end => return self.ended(end),
            };
            match death.after(may_fall_back, repeated) {
                After::Other => {
                    self.run.notes.push(format!("{} does not work here: {}", attempt.accelerator, death.problem));
                    self.given_up.push((attempt.accelerator, death.problem));
                    (index, repeated) = (index + 1, false);
                }
                After::Again => {
                    self.run.notes.push(format!("{} while the guest started: it is started again", death.problem));
                    repeated = true;
                }
                After::End => return self.ended(End::Died(death)),
            }
        }
    }

    async fn start(&mut self, attempt: &Attempt) -> Result<Running, Error> {
        self.folder.remove("qmp.sock")?;
        drop(self.folder.log("console.log")?);
        let Some(lock) = patiently(&self.folder, "qemu.lock").await? else {
            let problem = "a QEMU of an earlier start still lives".to_owned();
            return Err(Error::StillRuns { name: self.plan.name.to_string(), problem });
        };
        let log = fs_err::OpenOptions::new().append(true).create(true).open(self.folder.file("qemu.log"))?.into_file();
        let mut invocation = Invocation::new(&attempt.program).args(&attempt.args).cwd(self.folder.path());
        for (name, value) in &attempt.env {
            invocation = invocation.env(name, value);
        }
        let child = system::start(&invocation, Place::OwnGroup, Some(lock.into_file()), log)?;
        self.run.accelerator = attempt.accelerator;
        self.run.pid = child.pid();
        self.run.since = Clock::System.now();
        let now = Instant::now();
        (self.used, self.asked, self.looked, self.console) = (now, now, now, (0, now));
        self.set(Phase::Started)?;
        Ok(child)
    }

    /// Looks after a QEMU until it has ended. One on trial is ended where its guest gets nowhere.
    async fn watch(&mut self, mut child: Option<Running>, trial: bool) -> Result<End, Error> {
        let begun = Instant::now();
        loop {
            let ended = async {
                match child.as_mut() {
                    Some(child) => child.wait().await.map(Some),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                status = ended => return Ok(End::Died(Death::of(status?))),
                () = self.cancel.cancelled() => {}
                () = tokio::time::sleep(STEP) => {}
            }
            if child.is_none() && !stop::lives(&self.folder)? {
                return Ok(End::Died(Death::of(None)));
            }
            if self.cancel.is_cancelled() || self.folder.file("stop").exists() || self.idle().await? {
                self.set(Phase::Stopping)?;
                let ending = stop::shut_down(&self.folder, &self.plan.name, self.plan.root, self.is_ready()?).await?;
                return Ok(End::Wanted(ending));
            }
            if self.asked.elapsed() >= ASK {
                self.asked = Instant::now();
                if let Some(end) = self.ask().await? {
                    return Ok(end);
                }
            }
            if !self.answered {
                if wait::sshd_is_there(&self.folder, self.plan.port, self.run.since).await {
                    self.answered = true;
                    if trial || !self.given_up.is_empty() {
                        self.learn()?;
                    }
                } else if let Some(problem) = self.stuck(begun).filter(|_| trial) {
                    stop::kill(&self.folder, &self.plan.name).await?;
                    return Ok(End::Died(Death::because(problem)));
                }
            }
        }
    }

    /// Asks QEMU how the guest is.
    async fn ask(&mut self) -> Result<Option<End>, Error> {
        let Ok(mut qmp) = Qmp::connect(&self.folder.file("qmp.sock")).await else { return Ok(None) };
        Ok(match qmp.status().await.as_deref() {
            Ok("shutdown") => Some(End::Wanted(stop::finish(&self.folder, &self.plan.name, &mut qmp).await?)),
            Ok(state @ ("internal-error" | "guest-panicked")) => {
                let problem = format!("QEMU stopped the guest: {state}");
                drop(qmp);
                stop::kill(&self.folder, &self.plan.name).await?;
                Some(End::Died(Death::because(problem)))
            }
            Ok("io-error") => {
                // The disk of this machine was full. Once there is room, the guest goes on with what it wrote.
                if self.has_room() {
                    qmp.execute("cont", Value::Null).await.ok();
                }
                None
            }
            _ => None,
        })
    }

    fn has_room(&self) -> bool {
        rustix::fs::statvfs(self.folder.path()).is_ok_and(|system| system.f_bavail * system.f_frsize > ROOM)
    }

    /// Says why a guest on trial is given up.
    fn stuck(&mut self, begun: Instant) -> Option<String> {
        let length = fs_err::metadata(self.folder.file("console.log")).map_or(0, |metadata| metadata.len());
        if length != self.console.0 {
            self.console = (length, Instant::now());
        }
        if self.console.1.elapsed() > SILENCE {
            return Some(format!("the guest's console has been silent for {} s", SILENCE.as_secs()));
        }
        (begun.elapsed() > TRIAL).then(|| format!("the guest did not answer within {} s", TRIAL.as_secs()))
    }

    /// Keeps what came of the accelerators. Only a guest that answers with one tells that the fault was in those
    /// before: an image or an argument that is wrong fails with all.
    fn learn(&self) -> Result<(), Error> {
        let keep =
            |accelerator, problem| Experience::keep(&self.plan.accelerators, &self.plan.machine, accelerator, problem);
        for (accelerator, problem) in &self.given_up {
            keep(*accelerator, Some(problem))?;
        }
        keep(self.run.accelerator, None)
    }

    fn is_ready(&self) -> Result<bool, Error> {
        Ok(self.folder.read::<Ready>("ready.json")?.is_some_and(|ready| ready.boot == self.plan.boot))
    }

    /// Whether nobody has used the guest for as long as it waits. It then is not used: whoever begins to use it
    /// now sees that it is being shut down.
    async fn idle(&mut self) -> Result<bool, Error> {
        if self.plan.idle_seconds == 0 || self.looked.elapsed() < LOOK.min(Duration::from_secs(self.plan.idle_seconds))
        {
            return Ok(false);
        }
        self.looked = Instant::now();
        let use_lock = self.folder.file("use.lock");
        let connections = match Qmp::connect(&self.folder.file("qmp.sock")).await {
            Ok(mut qmp) => qmp.connections().await.unwrap_or(1),
            Err(_) => return Ok(false),
        };
        // Whoever asks for its status is connected too, and does not use it.
        if connections > 0 && lock::is_shared(&self.folder.file("look.lock"))? {
            return Ok(false);
        }
        if connections > 0 || lock::is_shared(&use_lock)? {
            self.used = Instant::now();
            return Ok(false);
        }
        let idle = Duration::from_secs(self.plan.idle_seconds);
        if self.used.elapsed() < idle || self.used_by_file() < idle {
            return Ok(false);
        }
        let Some(_alone) = Lock::exclusive(&use_lock)? else { return Ok(false) };
        self.run.notes.push(format!("nobody used it for {} s", self.plan.idle_seconds));
        // Before the lock is given back.
        self.set(Phase::Stopping)?;
        Ok(true)
    }

    /// Returns for how long nobody has said that he uses the guest.
    fn used_by_file(&self) -> Duration {
        let modified = fs_err::metadata(self.folder.file("use.lock")).and_then(|metadata| metadata.modified());
        let since = |modified| (Clock::System.now() - DateTime::<Utc>::from(modified)).to_std().unwrap_or_default();
        modified.map_or(Duration::MAX, since)
    }

    /// Writes down how it ended.
    fn ended(&mut self, end: End) -> Result<(), Error> {
        for left in ["stop", "qmp.sock", "ready.json"] {
            self.folder.remove(left)?;
        }
        match end {
            End::Wanted(ending) => {
                // A store that is still to be looked through stays so.
                let pending = self.folder.read::<Unclean>("unclean")?.is_some_and(|unclean| unclean.pending);
                if ending == Ending::Clean && !pending {
                    self.folder.remove("unclean")?;
                }
                self.set(Phase::Stopped)
            }
            End::Died(death) => {
                self.run.notes.push(death.problem);
                self.set(Phase::Failed)
            }
        }
    }
}
