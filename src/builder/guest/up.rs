//! Starts a guest and waits until Nix answers on it.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::folder::{Kept, Phase, Plan, Ready, Run, Unclean};
use super::lock::{self, Lock, pause};
use super::stop;
use super::wait::{self, Tried};
use super::{Guest, disk, emulate, logs, port, prepare, store};
use crate::model::builder::Connection;
use crate::process::system::{self, Place};
use crate::process::{Invocation, TAIL_LINES};

/// How often it is looked how far a guest is.
const STEP: Duration = Duration::from_millis(300);

/// For how long a guest may be silent before it is given up.
const SILENCE: Duration = Duration::from_secs(240);

/// How long a guest may take in all.
const LONGEST: Duration = Duration::from_secs(1200);

/// How long a guest that has answered before may be silent: it is there already.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often a wrong host key or a refused key is tried again: sshd may start before systemd has written the files.
const REFUSALS: u32 = 4;

const GOES_ON: &str =
    "the guest goes on starting in the background: `hinc builder status` shows it, `hinc builder down` ends it";

impl Guest {
    /// Starts it if it does not run, and waits until Nix answers on it. `hinc` is the program that becomes its
    /// supervisor. Two that start it at once start it once.
    pub async fn up(
        &self,
        hinc: &Path,
        on_progress: &dyn Fn(&str),
        cancel: &CancellationToken,
    ) -> Result<Connection, Error> {
        let _used = self.wait_in_use(on_progress, cancel).await?;
        if self.answers(cancel).await? {
            return self.connection();
        }
        let _start = Lock::wait_exclusive(
            &self.folder.file("start.lock"),
            || on_progress("waiting: another hinc starts it"),
            cancel,
        )
        .await?;
        self.wait_for_its_end(on_progress, cancel).await?;
        let begun = Instant::now();
        if !lock::is_held(&self.folder.file("lock"))? {
            if stop::lives(&self.folder)? {
                on_progress("taking over a guest that lost its supervisor");
            } else {
                prepare::prepare(self, on_progress, cancel).await?;
            }
            self.start_supervisor(hinc, cancel).await?;
        }
        if let Err(error) = self.wait_until_ready(begun, on_progress, cancel).await {
            return Err(self.cause_of(error, cancel).await);
        }
        self.touch()?;
        self.connection()
    }

    /// Whether it runs and Nix answers on it, and nothing is left to be done before it is used.
    async fn answers(&self, cancel: &CancellationToken) -> Result<bool, Error> {
        let (Some(run), Some(ready)) = (self.run()?, self.folder.read::<Ready>("ready.json")?) else {
            return Ok(false);
        };
        let runs =
            run.phase == Phase::Started && lock::is_held(&self.folder.file("lock"))? && stop::lives(&self.folder)?;
        if !runs || ready.boot != run.boot {
            return Ok(false);
        }
        let tried = wait::try_once(&self.connection()?, cancel).await?;
        Ok(matches!(tried, Tried::Answered(answer) if answer.guest_boot == ready.guest_boot))
    }

    /// Waits for the end of a guest that is being shut down.
    async fn wait_for_its_end(&self, on_progress: &dyn Fn(&str), cancel: &CancellationToken) -> Result<(), Error> {
        let mut said = false;
        while lock::is_held(&self.folder.file("lock"))?
            && self.run()?.is_some_and(|run| run.phase != Phase::Started && self.plan_is(&run))
        {
            if !said {
                on_progress("waiting: it is being shut down");
                said = true;
            }
            pause(STEP, cancel, "it is being shut down").await?;
        }
        Ok(())
    }

    fn plan_is(&self, run: &Run) -> bool {
        matches!(self.folder.read::<Plan>("plan.json"), Ok(Some(plan)) if plan.boot == run.boot)
    }

    async fn start_supervisor(&self, hinc: &Path, cancel: &CancellationToken) -> Result<(), Error> {
        self.folder.remove("stop")?;
        let log = self.folder.log("supervisor.log")?;
        let command = Invocation::new(hinc).args(["builder", "supervise"]).arg(self.folder.path()).cwd("/");
        let mut supervisor = system::start(&command, Place::Here, None, log)?;
        // It has its lock at once; one that ended at once has none.
        for _ in 0..200 {
            if lock::is_held(&self.folder.file("lock"))? {
                return Ok(());
            }
            tokio::select! {
                status = supervisor.wait() => {
                    return if lock::is_held(&self.folder.file("lock"))? || self.has_ended()? {
                        Ok(())
                    } else {
                        let problem = format!("its supervisor {}", status?);
                        let tail = logs::tail(&self.folder.file("supervisor.log"), TAIL_LINES);
                        Err(Error::DidNotCome { name: self.name.to_string(), problem, tail })
                    };
                }
                slept = pause(Duration::from_millis(50), cancel, "the guest goes on starting") => slept?,
            }
        }
        let problem = "its supervisor does not begin".to_owned();
        Err(Error::DidNotCome { name: self.name.to_string(), problem, tail: Vec::new() })
    }

    /// Whether this start of it has come to its end.
    fn has_ended(&self) -> Result<bool, Error> {
        let ended = |run: Run| self.plan_is(&run) && matches!(run.phase, Phase::Stopped | Phase::Failed);
        Ok(self.run()?.is_some_and(ended))
    }

    /// Waits until Nix answers and the guest can be used.
    async fn wait_until_ready(
        &self,
        begun: Instant,
        on_progress: &dyn Fn(&str),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let mut progress = Progress { said: String::new(), tell: on_progress };
        let connection = self.connection()?;
        let was_ready = self.is_ready()?;
        let mut console = (0, Instant::now());
        let mut refusals = 0;
        let mut last = "its sshd does not answer".to_owned();
        loop {
            // Asked before what it wrote last is read.
            let supervised = lock::is_held(&self.folder.file("lock"))?;
            let run = self.run()?.filter(|run| self.plan_is(run));
            self.check_alive(supervised, run.as_ref())?;
            let Some(run) = run else {
                Self::sleep(cancel).await?;
                continue;
            };
            if wait::sshd_is_there(&self.folder, run.port, run.since).await {
                progress.say("ssh answers");
                let tried = wait::try_once(&connection, cancel).await.map_err(Self::left)?;
                match tried {
                    Tried::Answered(answer) => {
                        progress.say(&format!("{} answers", answer.nix));
                        return self.make_ready(&run, &answer, on_progress, cancel).await;
                    }
                    Tried::NotYet(problem) => last = problem,
                    Tried::HostKey(_) | Tried::KeyRefused(_) | Tried::NoNix(_) if refusals < REFUSALS => {
                        refusals += 1;
                        pause(Duration::from_secs(2), cancel, GOES_ON).await?;
                    }
                    Tried::HostKey(tail) => {
                        let holder = port::holder(run.port, cancel).await;
                        return Err(Error::HostKey { name: self.name.to_string(), port: run.port, holder, tail });
                    }
                    Tried::KeyRefused(tail) => return Err(Error::KeyRefused { name: self.name.to_string(), tail }),
                    Tried::NoNix(tail) => return Err(Error::NoNix { name: self.name.to_string(), tail }),
                }
            } else {
                self.say_how_far(&run, &mut progress);
            }
            let length = fs_err::metadata(self.folder.file("console.log")).map_or(0, |metadata| metadata.len());
            if length != console.0 {
                console = (length, Instant::now());
            }
            let patience = if was_ready { PATIENCE } else { SILENCE };
            if console.1.elapsed() > patience || begun.elapsed() > LONGEST {
                return Err(Error::NoAnswer {
                    name: self.name.to_string(),
                    seconds: begun.elapsed().as_secs(),
                    problem: last,
                    tail: logs::tail(&self.folder.file("console.log"), TAIL_LINES / 2),
                });
            }
            Self::sleep(cancel).await?;
        }
    }

    async fn sleep(cancel: &CancellationToken) -> Result<(), Error> {
        pause(STEP, cancel, GOES_ON).await
    }

    /// Says what goes on when a program of the wait was stopped.
    fn left(error: Error) -> Error {
        match error {
            Error::Cancelled { .. } => Error::Cancelled { left: GOES_ON.to_owned() },
            other => other,
        }
    }

    /// Fails where the guest that is waited for has ended.
    fn check_alive(&self, supervised: bool, run: Option<&Run>) -> Result<(), Error> {
        let over = run.is_some_and(|run| matches!(run.phase, Phase::Stopped | Phase::Failed));
        if supervised && !over {
            return Ok(());
        }
        let problem = match run {
            Some(run) if run.phase == Phase::Stopped => "it was shut down meanwhile".to_owned(),
            Some(run) if run.phase == Phase::Failed && !run.notes.is_empty() => run.notes.join("; "),
            _ if stop::lives(&self.folder)? => "its supervisor was ended, and QEMU lives".to_owned(),
            _ => "its supervisor was ended".to_owned(),
        };
        let tail = logs::both(&self.folder.file("qemu.log"), &self.folder.file("console.log"));
        Err(Error::DidNotCome { name: self.name.to_string(), problem, tail })
    }

    /// What to say of a start that ended with `error`: that the guest ended, or is being shut down, where it does.
    /// What was asked of it at that time fails in whatever way.
    async fn cause_of(&self, error: Error, cancel: &CancellationToken) -> Error {
        if matches!(error, Error::Cancelled { .. }) {
            return error;
        }
        match self.its_end(cancel).await {
            Err(end @ (Error::DidNotCome { .. } | Error::Cancelled { .. })) => end,
            Ok(()) | Err(_) => error,
        }
    }

    /// Fails where the guest that is waited for has ended; waits for the end of one whose end has begun.
    async fn its_end(&self, cancel: &CancellationToken) -> Result<(), Error> {
        loop {
            let supervised = lock::is_held(&self.folder.file("lock"))?;
            let run = self.run()?.filter(|run| self.plan_is(run));
            self.check_alive(supervised, run.as_ref())?;
            // Its supervisor sees within a moment that QEMU is gone, and shuts it down in less than its grace.
            if run.is_some_and(|run| run.phase == Phase::Started) && stop::lives(&self.folder)? {
                return Ok(());
            }
            Self::sleep(cancel).await?;
        }
    }

    fn say_how_far(&self, run: &Run, progress: &mut Progress<'_>) {
        let line = logs::tail(&self.folder.file("console.log"), 1).pop();
        match line {
            Some(line) => progress.say(&format!("the guest starts ({}): {line}", run.accelerator)),
            None => progress.say(&format!("starting QEMU ({})", run.accelerator)),
        }
    }

    /// Does what is to be done between the first answer and the first use.
    async fn make_ready(
        &self,
        run: &Run,
        answer: &wait::Answer,
        on_progress: &dyn Fn(&str),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let goes_on = Self::left;
        let mut kept: Kept = self.folder.read("kept.json")?.unwrap_or_default();
        if kept.grow && self.has_root() {
            on_progress("making its file system as large as its disk");
            disk::grow_file_system(self, cancel).await.map_err(goes_on)?;
            kept.grow = false;
            self.folder.write("kept.json", &kept)?;
        }
        if kept.verify {
            on_progress("its image is another one than before: looking whether what its store names is there");
            store::forget_missing(self, cancel).await.map_err(goes_on)?;
            kept.verify = false;
            self.folder.write("kept.json", &kept)?;
        }
        for warning in emulate::emulate(self, cancel).await.map_err(goes_on)? {
            on_progress(&warning);
        }
        let mut unclean: Unclean = self.folder.read("unclean")?.unwrap_or(Unclean { since: run.since, pending: false });
        // A guest that was reset while it ran is one that was cut off.
        let before: Option<Ready> = self.folder.read("ready.json")?;
        unclean.pending |=
            before.is_some_and(|before| before.boot == run.boot && before.guest_boot != answer.guest_boot);
        if unclean.pending {
            self.folder.write("unclean", &unclean)?;
            on_progress("it was cut off the last time: looking through what was built since");
            let checked = store::check(self, unclean.since, cancel).await.map_err(goes_on)?;
            on_progress(&checked.to_string());
        }
        // From here on something of worth may be written there.
        self.folder.write("unclean", &Unclean { since: run.since, pending: false })?;
        let ready = Ready { boot: run.boot.clone(), guest_boot: answer.guest_boot.clone(), nix: answer.nix.clone() };
        self.folder.write("ready.json", &ready)
    }
}

/// Says each thing once.
struct Progress<'a> {
    said: String,
    tell: &'a dyn Fn(&str),
}

impl Progress<'_> {
    fn say(&mut self, text: &str) {
        if self.said != text {
            (self.tell)(text);
            text.clone_into(&mut self.said);
        }
    }
}
