//! Ends a guest: cleanly where it listens, and in any case.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::folder::Folder;
use super::lock;
use super::qmp::Qmp;
use super::ssh;
use crate::model::builder_name::BuilderName;
use crate::process::{Invocation, system};

/// How long a guest may take to end by itself.
const GRACE: Duration = Duration::from_secs(90);

/// How long one that has not come up may take: nothing is lost with it.
const GRACE_OF_NEW: Duration = Duration::from_secs(15);

/// After how long root is asked in the guest itself: one without a daemon for the power button does not see it.
const ASK_INSIDE: Duration = Duration::from_secs(12);

/// How long QEMU may take to end when it was told to.
const LAST_GRACE: Duration = Duration::from_secs(8);

const STEP: Duration = Duration::from_millis(300);

/// How a guest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It switched itself off.
    Clean,
    /// QEMU was told to end with the guest running. What was written last may be lost.
    Quit,
    /// QEMU was killed.
    Killed,
}

/// Whether a guest's QEMU lives.
pub(super) fn lives(folder: &Folder) -> Result<bool, Error> {
    lock::is_held(&folder.file("qemu.lock"))
}

/// Ends the guest, whatever state it is in. The caller is its supervisor, or has its lock. `root` says whether hinc
/// can become root in it, `ready` whether it has come up.
pub(super) async fn shut_down(folder: &Folder, name: &BuilderName, root: bool, ready: bool) -> Result<Ending, Error> {
    let grace = if ready { GRACE } else { GRACE_OF_NEW };
    let socket = folder.file("qmp.sock");
    let begun = Instant::now();
    let mut pressed: Option<Instant> = None;
    let mut asked_inside = false;
    while lives(folder)? && begun.elapsed() < grace {
        let Ok(mut qmp) = Qmp::connect(&socket).await else {
            // A process that somebody stopped (SIGSTOP) can end by itself when it goes on.
            signal(&holders(folder).await, Signal::CONT);
            tokio::time::sleep(STEP).await;
            continue;
        };
        if qmp.status().await.is_ok_and(|status| status == "shutdown") {
            return finish(folder, name, &mut qmp).await;
        }
        // A kernel that still boots does not see the button, so it is pressed again.
        if pressed.is_none_or(|last| last.elapsed() > Duration::from_secs(10)) {
            qmp.execute("system_powerdown", Value::Null).await.ok();
            pressed = Some(Instant::now());
        }
        drop(qmp);
        if root && ready && !asked_inside && begun.elapsed() > ASK_INSIDE {
            asked_inside = true;
            let poweroff = ssh::root_connection(folder, name)?
                .script("systemctl poweroff || poweroff", &[])
                .within(Duration::from_secs(10));
            let cancel = CancellationToken::new();
            drop(system::output(&poweroff, &cancel).await);
        }
        tokio::time::sleep(STEP).await;
    }
    if !lives(folder)? {
        // It was gone before it was seen to switch itself off.
        return Ok(Ending::Quit);
    }
    if let Ok(mut qmp) = Qmp::connect(&socket).await {
        qmp.execute("quit", Value::Null).await.ok();
        if gone_within(folder, LAST_GRACE).await? {
            return Ok(Ending::Quit);
        }
    }
    kill(folder, name).await
}

/// Ends a QEMU whose guest has switched itself off.
pub(super) async fn finish(folder: &Folder, name: &BuilderName, qmp: &mut Qmp) -> Result<Ending, Error> {
    // The answer may be cut off by the end.
    qmp.execute("quit", Value::Null).await.ok();
    if !gone_within(folder, LAST_GRACE).await? {
        kill(folder, name).await?;
    }
    Ok(Ending::Clean)
}

/// Kills the guest's QEMU, found by the lock that is its standard input and not by a number that was written down.
pub(super) async fn kill(folder: &Folder, name: &BuilderName) -> Result<Ending, Error> {
    let holders = holders(folder).await;
    signal(&holders, Signal::KILL);
    if gone_within(folder, LAST_GRACE).await? {
        return Ok(Ending::Killed);
    }
    let problem = if holders.is_empty() {
        "its QEMU lives and cannot be found".to_owned()
    } else {
        format!("its QEMU (process {}) was killed and does not end", holders[0])
    };
    Err(Error::StillRuns { name: name.to_string(), problem })
}

fn signal(processes: &[u32], signal: Signal) {
    for pid in processes {
        if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
            // It may have ended, which is what is wanted.
            kill_process(pid, signal).ok();
        }
    }
}

async fn gone_within(folder: &Folder, time: Duration) -> Result<bool, Error> {
    let begun = Instant::now();
    loop {
        if !lives(folder)? {
            return Ok(true);
        }
        if begun.elapsed() > time {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Returns the processes whose standard input is the guest's lock: its QEMU.
pub(super) async fn holders(folder: &Folder) -> Vec<u32> {
    let path = folder.file("qemu.lock");
    // The folder may be reached by a symbolic link, and the system tells true paths.
    let path = fs_err::canonicalize(&path).unwrap_or(path);
    if let Ok(processes) = fs_err::read_dir("/proc") {
        let is_holder = |pid: &u32| fs_err::read_link(format!("/proc/{pid}/fd/0")).is_ok_and(|link| link == path);
        let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        return pids.filter(is_holder).collect();
    }
    let lsof = Invocation::new("lsof").args(["-t", "-a", "-d", "0", "--"]).arg(&path);
    let output = system::output(&lsof, &CancellationToken::new()).await;
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::system::Place;

    #[tokio::test]
    async fn what_does_not_listen_is_killed() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let vm: BuilderName = "vm".parse().expect("a label");
        let folder = Folder::of(state.path(), &vm).expect("a folder");
        folder.make().expect("it can be made");
        assert!(!lives(&folder).expect("it can be asked"));
        let lock = lock::Lock::exclusive(&folder.file("qemu.lock")).expect("it can be taken").expect("it is free");
        let log = fs_err::File::create(folder.file("qemu.log")).expect("a file").into_file();
        // Not `sleep` by itself in a shell: the shell would be a second holder.
        let sleep = Invocation::new("sleep").arg("60");
        let mut running = system::start(&sleep, Place::OwnGroup, Some(lock.into_file()), log).expect("it starts");
        assert!(lives(&folder).expect("it can be asked"));
        assert_eq!(holders(&folder).await, [running.pid().expect("it runs")]);
        assert_eq!(kill(&folder, &vm).await.expect("it can be killed"), Ending::Killed);
        assert!(!lives(&folder).expect("it can be asked"));
        running.wait().await.expect("it has ended");
        assert_eq!(shut_down(&folder, &vm, true, true).await.expect("nothing runs"), Ending::Quit);
    }
}
